"""What is selected in the list and shown in the plan pane."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Selection:
    """What the plan pane shows."""

    model_id: str
    quant: str | None = None
    """None = the recommended one, which may change with the question."""
    n_cpu_moe: int | None = None
    """Layers with experts in RAM as the slider asks; None = the planner chooses."""
