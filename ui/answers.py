"""What the core answers to one question: the list and the plan of what is selected; pure, for any thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ui.selection import Selection

if TYPE_CHECKING:
    from planner.library import Library
    from planner.machine import Machine
    from planner.nearest import NearestFit
    from planner.plan import Plan
    from planner.view_data import CatalogueView, Curve, Facts
    from planner.vllm.compare import SideBySide
    from planner.wishes import Wishes


@dataclass(frozen=True)
class Answer:
    """One result: the list, and the plan of what is selected."""

    view: CatalogueView
    plan: Plan | None
    fault: str | None
    experts: Curve | None = None
    context: Curve | None = None
    selection: Selection | None = None
    """What the plan was asked for."""
    both: SideBySide | None = None
    """Both engines, when the question is not about llama.cpp alone."""
    nearest: tuple[NearestFit, ...] = ()
    """What fits instead of a plan that does not."""


def make_answer(
    library: Library,
    facts: Facts,
    machine: Machine,
    wishes: Wishes,
    selection: Selection | None,
    known: CatalogueView | None = None,
) -> Answer:
    """Answer a question about a machine.

    Parameters
    ----------
    library : Library
    facts : Facts
    machine : Machine
    wishes : Wishes
    selection : Selection or None
        None = the list only.
    known : CatalogueView or None
        The list, where it was made before.
    """
    from planner import view_data
    from planner.request import RequestFault
    from planner.units import ValueFault

    view = known or view_data.evaluate_view(library, facts, machine, wishes)
    if selection is None or selection.model_id not in library.rows:
        return Answer(view, None, None)
    row = library.rows[selection.model_id]
    quant = selection.quant or facts.quants[int(view.best[row])]
    if quant not in facts.quants:
        quant = facts.quants[int(view.best[row])]  # a format of vLLM; llama.cpp's plan is made beside it
    try:
        plan = view_data.plan_for(library, machine, wishes, selection.model_id, quant, selection.n_cpu_moe)
    except (ValueFault, RequestFault) as fault:
        return Answer(view, None, one_line(fault), selection=selection)
    both = None
    if wishes.engine != "llama.cpp":
        from planner.engine_plan import with_vllm

        plan, both = with_vllm(library, machine, wishes, selection.model_id, selection.quant, plan)
    nearest: tuple[NearestFit, ...] = ()
    if plan.fits is False:
        from planner.nearest import nearest_fits

        nearest = nearest_fits(library, machine, wishes, plan, view)
    if plan.engine == "vllm":
        return Answer(view, plan, None, selection=selection, both=both, nearest=nearest)
    index = facts.quants.index(quant) if quant in facts.quants else int(view.best[row])
    experts = view_data.experts_curve(library, facts, machine, wishes, row, index)
    context = view_data.context_curve(library, facts, machine, wishes, row, index)
    return Answer(view, plan, None, experts, context, selection, both, nearest)


def plan_other_engine(
    library: Library, machine: Machine, wishes: Wishes, plan: Plan
) -> tuple[Plan, Plan | None, str]:
    """Plan asked about, the other engine's plan or None, and why there is none."""
    from planner.engine_plan import other_engine
    from planner.request import RequestFault
    from planner.units import ValueFault

    try:
        return plan, other_engine(library, machine, wishes, plan), ""
    except (ValueFault, RequestFault) as fault:
        return plan, None, one_line(fault)


def one_line(fault: BaseException) -> str:
    """What a fault says, without line breaks."""
    text = " ".join(str(fault).split())
    return text or type(fault).__name__
