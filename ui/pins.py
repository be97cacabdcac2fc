"""Plans kept for comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.machine import Machine
    from planner.plan import Plan
    from planner.wishes import Wishes

MAX_PINS = 4


@dataclass(frozen=True)
class Pin:
    """One plan kept for comparison."""

    plan: Plan
    machine: str
    planned_for: Machine | None = None
    """The machine itself."""
    wishes: Wishes | None = None
    """The question."""


def pinned_at(pins: list[Pin], plan: Plan, machine: str) -> int | None:
    """Place of a plan for a machine among the pins; None if it is not pinned."""
    return next((i for i, p in enumerate(pins) if same_plan(p.plan, plan) and p.machine == machine), None)


def same_plan(one: Plan, other: Plan) -> bool:
    """Whether two plans answer the same question about the same model."""
    return (
        one.model_id == other.model_id
        and one.quant == other.quant
        and one.n_ctx == other.n_ctx
        and one.settings == other.settings
        and [d.total_bytes for d in one.devices] == [d.total_bytes for d in other.devices]
    )
