"""What the list leaves out and how it is sorted, and which rows that gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.fit_class import FitClass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Filters:
    """What the list leaves out."""

    text: str = ""
    classes: frozenset[FitClass] = frozenset(FitClass)
    osi: bool = False
    commercial: bool = False
    no_eu: bool = False
    min_speed: bool = True
    """Hide what fits but is slower than the least speed asked for."""


FILTER_NAMES = ("text", "use", "fit", "speed", "osi", "commercial", "no_eu")


@dataclass(frozen=True)
class ListOrder:
    """Rows to show, in order, and what was left out."""

    rows: Ints
    """Models, those that fit first."""
    n_fitting: int
    hidden: dict[str, int]
    """Models that one filter alone hides."""
    class_counts: tuple[int, ...]
    """Models of each :class:`FitClass` that the other filters let through."""
    licence_counts: dict[str, int]
    axis_max: float = 100.0
    """Right end of the speed axis. [tokens/s]"""


SORTS = ("recommended", "name", "placement", "decode", "first_token", "loss", "file", "licence", "provenance")
