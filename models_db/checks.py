"""Do the computed counts agree with what was published?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from models_db.inventory import ModelInventory
from models_db.parameters import PARTS, active_parameters, parameter_parts

MAX_TOTAL_ERROR = 0.01
"""Largest tolerated relative error of a total count."""
MAX_ACTIVE_ERROR = 0.05
"""Largest tolerated relative error of an active count without a stated reason."""


@dataclass(frozen=True, slots=True)
class PublishedParameters:
    """What was published about one model's size."""

    hf_id: str
    total: int | None
    """Elements of all tensors in the published files; None = not published."""
    compared_as: tuple[str, ...]
    """Pieces of the computed count (:data:`models_db.parameters.PARTS`) whose sum it is."""
    source: str
    date: str
    active: int | None = None
    """The vendor's active count, rounded as vendors do."""
    active_source: str = ""
    active_note: str = ""
    """Why a vendor's active figure differs by more than 5 %."""
    unverified: str = ""
    """Why the total cannot be checked; ``""`` = it is checked."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ParameterCheck:
    """Published and computed counts of one model side by side."""

    published: PublishedParameters
    computed_total: int
    computed_active: int
    computed_active_without_embedding: int

    @property
    def total_error(self) -> float | None:
        """Computed over published, minus one; None without a published count."""
        total = self.published.total
        return None if total is None else self.computed_total / total - 1.0

    @property
    def is_exact(self) -> bool:
        """Whether the computed sum is the published count to the last parameter."""
        return self.published.total == self.computed_total

    @property
    def active_error(self) -> float | None:
        """Error of the nearer of the two active counts; None without a vendor's figure."""
        active = self.published.active
        if active is None:
            return None
        both = (self.computed_active, self.computed_active_without_embedding)
        return min((n / active - 1.0 for n in both), key=abs)

    @property
    def faults(self) -> tuple[str, ...]:
        """One line per disagreement that nothing explains."""
        out: list[str] = []
        name = self.published.hf_id
        error = self.total_error
        if error is not None and abs(error) > MAX_TOTAL_ERROR and not self.published.unverified:
            out.append(
                f"{name}: computed {self.computed_total}, published {self.published.total} ({error:+.2%})"
            )
        active = self.active_error
        if active is not None and abs(active) > MAX_ACTIVE_ERROR and not self.published.active_note:
            out.append(
                f"{name}: active {self.computed_active}, vendor {self.published.active} ({active:+.1%})"
            )
        return tuple(out)


@cache
def published_parameters() -> dict[str, PublishedParameters]:
    """The table of published counts by Hugging Face id."""
    text = files("models_db").joinpath("data/published_parameters.json").read_text(encoding="utf-8")
    out: dict[str, PublishedParameters] = {}
    for row in json.loads(text):
        parts = tuple(row.pop("compared_as", ()))
        unknown = set(parts) - set(PARTS)
        if unknown:
            raise ValueError(f"{row['hf_id']}: compared_as: {', '.join(sorted(unknown))} is no part")
        record = PublishedParameters(compared_as=parts, **row)
        out[record.hf_id] = record
    return out


def parameter_check(inventory: ModelInventory, published: PublishedParameters) -> ParameterCheck:
    """Compare an inventory with what was published about the model."""
    parts = parameter_parts(inventory)
    return ParameterCheck(
        published,
        sum(parts[p] for p in published.compared_as),
        active_parameters(inventory),
        active_parameters(inventory, input_embedding=False),
    )
