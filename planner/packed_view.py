"""A list in a third of its memory, for lists that are kept: the cells of quantizations that are offered, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from planner.fit_class import FitClass
from planner.ranking import Reasons
from planner.records import Placement

if TYPE_CHECKING:
    from planner.catalogue_view import CatalogueView

Array = NDArray[Any]
Change = Callable[[str, Array], Array]
Record = TypeVar("Record")
ELSEWHERE = {"fit": FitClass.NONE, "code": Placement.NONE, "gpu_set": -1}
"""What a whole view says of quantizations that are not offered; NaN of figures, else 0."""


class PackedView:
    """The figures of a list without those of quantizations nobody offers.

    Parameters
    ----------
    view : CatalogueView
        Any list whose every quantization is llama.cpp's.
    """

    def __init__(self, view: CatalogueView) -> None:
        self._grid = view.fit.shape
        cells = view.facts.offered.copy()
        cells[np.arange(len(view.best)), view.best] = True
        self._index = np.flatnonzero(cells)
        self._packed: dict[int, Array] = {}
        taken: dict[int, Array] = {}

        def pack(_name: str, values: Array) -> Array:
            if values.shape[:2] != self._grid or values is view.file:
                return values
            if id(values) not in taken:
                few = values.reshape(values.shape[0] * values.shape[1], *values.shape[2:])[self._index]
                taken[id(values)] = self._packed[id(few)] = few
            return taken[id(values)]

        self._view = _everywhere(view, pack)

    @property
    def n_bytes(self) -> int:
        """Size of what is packed. [bytes]"""
        return sum(values.nbytes for values in self._packed.values())

    def whole(self) -> CatalogueView:
        """The view as it was, for quantizations that are offered."""
        made: dict[int, Array] = {}

        def unpack(name: str, values: Array) -> Array:
            if id(values) not in self._packed:
                return values
            if id(values) not in made:
                nothing = np.nan if values.dtype.kind == "f" else ELSEWHERE.get(name, 0)
                every = np.full((self._grid[0] * self._grid[1], *values.shape[1:]), nothing, values.dtype)
                every[self._index] = values
                made[id(values)] = every.reshape(*self._grid, *values.shape[1:])
            return made[id(values)]

        return _everywhere(self._view, unpack)


def _everywhere(view: CatalogueView, change: Change) -> CatalogueView:
    """The view, its evaluation, placements and memory with every array changed."""
    found = replace(
        _changed(view.found, change),
        placed=_changed(view.found.placed, change),
        memory=_changed(view.found.memory, change),
    )
    reasons = view.reasons.of(found) if isinstance(view.reasons, Reasons) else view.reasons
    return replace(_changed(view, change), found=found, reasons=reasons)


def _changed(record: Record, change: Change) -> Record:
    arrays = {f.name: getattr(record, f.name) for f in fields(record)}  # type: ignore[arg-type]
    changed = {name: change(name, a) for name, a in arrays.items() if isinstance(a, np.ndarray)}
    return replace(record, **changed)  # type: ignore[type-var]
