"""A list in a third of its memory, for lists that are kept: the cells of quantizations that are offered, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from planner.evaluate import Evaluation
from planner.fit_class import FitClass
from planner.ranking import Reasons
from planner.records import Placement

if TYPE_CHECKING:
    from planner.catalogue_view import CatalogueView

Array = NDArray[Any]
Record = TypeVar("Record")
ELSEWHERE = {"fit": FitClass.NONE, "code": Placement.NONE, "gpu_set": -1}
"""What a whole view says of quantizations that are not offered; NaN of figures, else 0."""
SHARED = frozenset({"file"})
"""Arrays of the catalogue itself, which are not copied."""


class PackedView:
    """The figures of a list without those of quantizations nobody offers.

    Parameters
    ----------
    view : CatalogueView
        Any list whose every quantization is llama.cpp's.
    """

    def __init__(self, view: CatalogueView) -> None:
        cells = view.facts.offered.copy()
        cells[np.arange(len(view.best)), view.best] = True
        grid = _Grid(view.fit.shape, np.flatnonzero(cells))
        known: dict[int, Array] = {}
        self._bars = {"bars": grid.packed(view.bars)}
        found, reasons = view.found, view.reasons
        if isinstance(reasons, Reasons):
            reasons = reasons.of(_nothing)  # the whole evaluation is not held on to
        self._grid = grid
        bare = replace(view, bars_of=_nothing, evaluation=_nothing, reasons=reasons)
        self._view, self._own = grid.pack(bare, known)
        self._placed, self._of_placed = grid.pack(found.placed, known)
        self._memory, self._of_memory = grid.pack(found.memory, known)
        inner = replace(found, placed=self._placed, memory=self._memory)
        self._found, self._of_found = grid.pack(inner, known)
        self.n_bytes = sum(few.nbytes for few in (*known.values(), *self._bars.values()))
        """Size of what is packed. [bytes]"""

    def whole(self) -> CatalogueView:
        """The view as it was, for quantizations that are offered; bars and evaluation are unpacked when asked for."""
        view = self._view
        found = cache(self._evaluation)
        reasons = view.reasons.of(found) if isinstance(view.reasons, Reasons) else view.reasons
        own = self._grid.unpack(self._own)
        return replace(view, **own, bars_of=cache(self._whole_bars), evaluation=found, reasons=reasons)

    def _whole_bars(self) -> Array:
        return self._grid.unpack(self._bars)["bars"]  # type: ignore[no-any-return]

    def _evaluation(self) -> Evaluation:
        grid = self._grid
        return replace(
            self._found,
            **grid.unpack(self._of_found),
            placed=replace(self._placed, **grid.unpack(self._of_placed)),
            memory=replace(self._memory, **grid.unpack(self._of_memory)),
        )


@dataclass(frozen=True, slots=True)
class _Grid:
    """Which cells of a grid of models and quantizations are kept."""

    shape: tuple[int, ...]
    index: NDArray[np.intp]

    def pack(self, record: Record, known: dict[int, Array]) -> tuple[Record, dict[str, Array]]:
        """A record without its arrays of cells, and these packed; an array seen before is not packed again."""
        packed: dict[str, Array] = {}
        for field in fields(record):  # type: ignore[arg-type]
            values = getattr(record, field.name)
            if field.name in SHARED or not isinstance(values, np.ndarray) or values.shape[:2] != self.shape:
                continue
            few = known.get(id(values))
            if few is None:
                few = known[id(values)] = self.packed(values)
            packed[field.name] = few
        bare = dict.fromkeys(packed, np.empty(0))
        return replace(record, **bare), packed  # type: ignore[type-var]

    def packed(self, values: Array) -> Array:
        """The cells that are kept, one after the other."""
        return values.reshape(self.shape[0] * self.shape[1], *values.shape[2:])[self.index]

    def unpack(self, packed: dict[str, Array]) -> dict[str, Any]:
        """Arrays of cells by the name of their field."""
        made: dict[str, Any] = {}
        for name, few in packed.items():
            nothing = np.nan if few.dtype.kind == "f" else ELSEWHERE.get(name, 0)
            every = np.empty((self.shape[0] * self.shape[1], *few.shape[1:]), few.dtype)
            every.fill(nothing)
            every[self.index] = few
            made[name] = every.reshape(*self.shape, *few.shape[1:])
        return made


def _nothing() -> Any:
    raise LookupError("a packed view has its bars and its evaluation beside it")
