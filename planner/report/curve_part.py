"""What a report shows of a plan's surroundings: speed and memory against experts in RAM and against the context."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.plan_curves import PlanCurves, plan_curves
from planner.report.blocks import Block, Paragraph
from planner.report.curve_drawing import Panel, curves_chart
from planner.words import say

if TYPE_CHECKING:
    from planner.machine import Machine
    from planner.plan import Plan
    from planner.wishes import Wishes


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
    try:
        return plan_curves(library, plan, machine, wishes)
    except RequestFault:
        return PlanCurves()


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
