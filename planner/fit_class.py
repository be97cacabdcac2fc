"""How a plan fits, in six classes; the list, the map and the filters use these."""

from __future__ import annotations

from enum import IntEnum


class FitClass(IntEnum):
    """How a plan fits, from best to worst; the list, the map and the filters use these."""

    GPU = 0
    TIGHT = 1
    EXPERTS_IN_RAM = 2
    PARTIAL = 3
    CPU = 4
    NONE = 5


FIT_LETTERS = "GTEPC×"
"""One letter per class, shown beside its colour."""
