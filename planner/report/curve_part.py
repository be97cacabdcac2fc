"""What a report shows of a plan's surroundings: speed and memory against experts in RAM and against the context."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.report.blocks import Block, Paragraph
from planner.report.curve_drawing import Panel, curves_chart
from planner.words import say

if TYPE_CHECKING:
    from planner.curves import Curve
    from planner.machine import Machine
    from planner.plan import Plan
    from planner.wishes import Wishes


@dataclass(frozen=True, slots=True)
class PlanCurves:
    """Curves of one plan; None where there is none."""

    experts: Curve | None = None
    experts_at: int | None = None
    """Layers whose experts the plan keeps in RAM."""
    context: Curve | None = None


def curves_of(plan: Plan, machine: Machine, wishes: Wishes | None) -> PlanCurves:
    """The curves of a plan of llama.cpp for a model of the catalogue; those it has already, else made anew.

    Parameters
    ----------
    plan : Plan
    machine : Machine
        The machine the plan was made for.
    wishes : Wishes or None
        The question; without it nothing is made.
    """
    if plan.curve is not None or plan.context_curve is not None:
        return PlanCurves(plan.curve, plan.curve_at, plan.context_curve)
    from planner.library import load_library
    from planner.request import RequestFault

    library = load_library()
    if wishes is None or plan.engine != "llama.cpp" or not plan.fits or plan.model_id not in library.rows:
        return PlanCurves()
    from planner.curves import context_curve, experts_curve
    from planner.model_facts import facts_of
    from planner.plan_layers import layer_places, n_layers_with_experts_in_ram

    model, row = library.models[plan.model_id], library.rows[plan.model_id]
    try:
        quant, _ = library.llama_quant(library.find_quant(str(plan.quant)), model)
    except RequestFault:
        return PlanCurves()
    experts = experts_curve(library, None, machine, wishes, row, quant)
    at = None if experts is None else n_layers_with_experts_in_ram(layer_places(plan))
    full = replace(wishes, workload=replace(wishes.workload, filled=True))
    return PlanCurves(experts, at, context_curve(library, facts_of(library), machine, full, row, quant))


def curve_blocks(plan: Plan, curves: PlanCurves) -> list[Block]:
    """The curves side by side, and what they assume."""
    panels = []
    if curves.experts is not None and len(curves.experts.x) > 1:
        axis = say("layers with experts in RAM")
        panels.append(Panel(say("Experts in RAM"), curves.experts, curves.experts_at, axis))
    if curves.context is not None and len(curves.context.x) > 1:
        axis = say("context per user, tokens, full")
        panels.append(Panel(say("Context"), curves.context, plan.n_ctx, axis, logarithmic=True))
    if not panels:
        return []
    note = say(
        "Each point is planned by itself, in whole layers, so that the plan can be a little faster; the memory counts what "
        "other programs use as well."
    )
    return [curves_chart(panels), Paragraph(note, note=True)]
