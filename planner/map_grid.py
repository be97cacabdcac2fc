"""Model × context as the map shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.catalogue_view import bar_bytes, fit_classes
from planner.devices import device_set
from planner.evaluate import evaluate
from planner.fit_class import FitClass
from planner.shown_device import ShownDevice, shown_devices

if TYPE_CHECKING:
    from planner.library import Library
    from planner.machine import Machine
    from planner.model_facts import Facts
    from planner.wishes import Wishes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MAP_CONTEXTS = tuple(1024 * 2**i for i in range(1, 11))
"""Columns of the map: 2K to 1M. [tokens]"""


@dataclass(frozen=True)
class MapGrid:
    """Model × context, shape (models, contexts)."""

    rows: Ints
    quants: Ints
    contexts: tuple[int, ...]
    fit: NDArray[np.int8]
    offered: Bools
    """False beyond the longest context of a model."""
    decode_p10: Floats
    decode_p50: Floats
    decode_p90: Floats
    headroom: Floats
    """Left on the fullest GPU, or in RAM without one. [bytes]"""
    bars: Floats
    """As :attr:`CatalogueView.bars`."""
    devices: tuple[ShownDevice, ...]
    last_on_gpu: Ints
    """Number of contexts, from the shortest, that stay on the GPU, shape (models,)."""
    beyond: Bools
    """True beyond the context a model was trained for: it needs YaRN scaling there."""
    shortfall: Floats
    """[bytes]"""
    needed: Floats
    """All devices together, overhead left out. [bytes]"""
    facts: Facts
    """Names of the rows."""
    waiting: Bools | None = None
    """Rows whose figures are still being made, shape (models,); None = none."""


@dataclass(frozen=True)
class CellSum:
    """What one cell takes of the GPUs together, or of RAM without one. [bytes]"""

    kinds: tuple[float, ...]
    """By :data:`planner.shown_device.BAR_KINDS`, what others use left out."""
    others: float
    total: float
    """Of the kinds."""
    capacity: float
    free: float


def cell_sum(grid: MapGrid, row: int, column: int) -> CellSum:
    """Add up one cell of a map."""
    used = [i for i, d in enumerate(grid.devices) if d.kind != "host"] or [0]
    kinds = grid.bars[row, column][used].sum(axis=0)
    others = sum(grid.devices[i].others for i in used)
    kinds[-1] -= others
    capacity, total = sum(grid.devices[i].capacity for i in used), float(kinds.sum())
    return CellSum(tuple(kinds.tolist()), others, total, capacity, capacity - total - others)


def map_grid(
    library: Library,
    facts: Facts,
    machine: Machine,
    wishes: Wishes,
    rows: Ints,
    quants: Ints,
    contexts: Sequence[int] = MAP_CONTEXTS,
    stretched: bool = False,
) -> MapGrid:
    """Evaluate some models at every context of the map.

    Parameters
    ----------
    library : Library
    facts : Facts
    machine : Machine
    wishes : Wishes
    rows, quants : ndarray of int, shape (n,)
        Models, and a quantization of each; a model may come several times.
    contexts : sequence of int
        Columns. [tokens]
    stretched : bool
        True offers the contexts that a maker states with YaRN scaling as well.
    """
    devices = device_set(machine, wishes.backend, wishes.reserve_bytes)
    asked = np.asarray(contexts, dtype=np.int64)[None, :]
    trained = facts.n_ctx_train[rows][:, None]
    longest = library.longest_contexts[rows][:, None] if stretched else trained
    offered = asked <= longest
    n_ctx = np.minimum(asked, longest) * wishes.n_parallel
    found = evaluate(
        library.columns,
        rows,
        np.broadcast_to(quants[:, None], n_ctx.shape),
        n_ctx,
        wishes.context(devices.backend),
        devices,
        wishes.workload,
    )
    fit = fit_classes(found)
    shown = shown_devices(found.devices)
    bars = bar_bytes(found)
    capacity = np.array([d.capacity for d in shown])
    left = capacity - bars.sum(axis=-1)
    gpus = [i for i, d in enumerate(shown) if d.kind != "host"] or [0]
    on_gpu = offered & (fit <= FitClass.TIGHT)
    last = np.where(on_gpu.all(axis=1), on_gpu.shape[1], np.argmin(on_gpu, axis=1))
    return MapGrid(
        rows,
        quants,
        tuple(contexts),
        fit,
        offered,
        found.decode_p10,
        found.decode_p50,
        found.decode_p90,
        left[..., gpus].min(axis=-1),
        bars,
        shown,
        last.astype(np.int64),
        offered & (asked > trained),
        found.placed.shortfall,
        (found.memory.total - found.memory.overhead).sum(axis=-1),
        facts,
    )
