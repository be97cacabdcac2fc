"""The curves around a plan of llama.cpp: over experts in RAM and over the context."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.curves import Curve
    from planner.library import Library
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


def plan_curves(library: Library, plan: Plan, machine: Machine, wishes: Wishes) -> PlanCurves:
    """Evaluate the curves of a plan for a model of the catalogue, the context always full.

    Raises
    ------
    RequestFault
        If the quantization of the plan is none of llama.cpp's for the model.
    """
    from planner.curves import context_curve, experts_curve
    from planner.model_facts import facts_of
    from planner.plan_layers import layer_places, n_layers_with_experts_in_ram

    row = library.rows[plan.model_id]
    quant, _ = library.llama_quant(library.find_quant(str(plan.quant)), library.models[plan.model_id])
    experts = experts_curve(library, None, machine, wishes, row, quant)
    at = None if experts is None else n_layers_with_experts_in_ram(layer_places(plan))
    full = replace(wishes, workload=replace(wishes.workload, filled=True))
    return PlanCurves(experts, at, context_curve(library, facts_of(library), machine, full, row, quant))
