"""The plan of the selected model as the plan pane asks for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from models_db.model_spec import Provenance
from planner.catalogue_json import models_with_words
from planner.fit_plan import plan_model
from planner.kept_models import forget_older_models
from planner.settings import ALL_LAYERS
from planner.settings_plan import plan_settings, quant_column
from planner.yarn import cut_note, with_yarn

if TYPE_CHECKING:
    from planner.commands.launch_command import LaunchCommand
    from planner.library import Library
    from planner.machine import Machine
    from planner.plan import Plan
    from planner.wishes import Wishes


def plan_for(
    library: Library,
    machine: Machine,
    wishes: Wishes,
    model_id: str,
    quant: str | None = None,
    n_cpu_moe: int | None = None,
) -> Plan:
    """Plan of one model for the plan pane.

    Parameters
    ----------
    library : Library
    machine : Machine
    wishes : Wishes
        A context beyond the model's is cut to what it was trained for, or its maker offers with YaRN, and the plan says so.
    model_id : str
    quant : str or None
        A column of the library; None = recommended.
    n_cpu_moe : int or None
        Experts of so many layers in RAM, as the slider asks; None = the planner chooses.
    """
    forget_older_models()
    model = library.models[model_id]
    row = library.rows[model_id]
    trained = int(library.columns.cache.n_ctx_train[row])
    longest = int(library.context_limits(wishes.yarn)[row])
    asked = replace(wishes, n_ctx=min(wishes.n_ctx, longest))
    scheme = None if quant is None else library.find_quant(quant)
    if n_cpu_moe is None or scheme is None:
        plan = plan_model(library, model, machine, asked, scheme)
    else:
        settings = replace(
            with_yarn(asked.settings(asked.n_ctx * asked.n_parallel), model, trained, asked.n_ctx),
            n_gpu_layers=ALL_LAYERS,
            n_cpu_moe=n_cpu_moe,
        )
        column = quant_column(library, model, scheme)
        plan = plan_settings(library, model, machine, settings, column, asked)
    if asked.n_ctx < wishes.n_ctx:
        plan = replace(plan, reasons=(*plan.reasons, cut_note(longest, wishes.n_ctx)))
    return plan


def reported_answer(library: Library, text: str) -> str | None:
    """What is known of a model that the press names and nobody published, when that is what was searched for."""
    held = models_with_words(library, text)
    model = next((m for m in held if m.provenance is Provenance.REPORTED), None)
    if model is None and not held:
        model = library.find_reported(text)
    if model is None:
        return None
    nearest = library.models.get(model.nearest or "")
    lines = [f"{model.name} is named in the press; no such weights are published."]
    lines += [f"Claimed: {claim}" for claim in model.claims[:2]]
    lines += [f"Found: {fact}" for fact in model.evidence[:2]]
    if nearest is not None:
        lines.append(f"Nearest published model: {nearest.name} ({nearest.id})")
    return "\n".join(lines)


def command_for(library: Library, plan: Plan, program: str) -> LaunchCommand | None:
    """The command of a plan for another program of its engine; see :func:`planner.plan_command.plan_command`."""
    from planner.plan_command import plan_command

    return plan_command(library, plan, program)
