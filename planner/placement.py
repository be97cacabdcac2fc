"""Where to put a model: all layers on GPUs, experts in RAM, layers split, or everything on the CPU.

Every question is answered by evaluating :func:`planner.memory.estimate_memory` and picking, never by a formula of its own.
Cells have the shape (models, cases): a case is a quantization, a context, or both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from planner.columns import Selection
from planner.devices import DeviceSet, HostBudget
from planner.formulas.kv_cache import cache_cells
from planner.formulas.layer_placement import LayerBoundaries
from planner.llama_context import LlamaContext
from planner.memory import estimate_memory
from planner.records import MemoryBreakdown, Placement

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
NO, YES = np.array(False), np.array(True)


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether the engine's buffers have room on every device."""

    host_left: Floats
    """Host memory left without paging; 0 where host and GPU share one pool. [bytes]"""
    gpu_left: tuple[Floats, ...]
    """Memory left on each GPU with the reserve used up. [bytes]"""
    reserves: tuple[float, ...]
    """Wanted free on each GPU. [bytes]"""

    @property
    def with_reserve(self) -> Bools:
        """On every GPU with the reserve kept, and in host memory."""
        return self._all_left(self.reserves)

    @property
    def without_reserve(self) -> Bools:
        """The same with the reserve used up."""
        return self._all_left((0.0,) * len(self.gpu_left))

    @property
    def shortfall(self) -> Floats:
        """Bytes missing over all devices, 0 when it fits without reserve."""
        missing = np.maximum(-self.host_left, 0.0)
        for left in self.gpu_left:
            missing = missing + np.maximum(-left, 0.0)
        return np.asarray(missing)

    def _all_left(self, least: tuple[float, ...]) -> Bools:
        fits = np.asarray(self.host_left >= 0)
        for left, kept in zip(self.gpu_left, least, strict=True):
            fits = fits & (left >= kept)
        return np.asarray(fits)


@dataclass(frozen=True, slots=True)
class Placed:
    """The best placement of every cell."""

    code: NDArray[np.int8]
    """:class:`planner.records.Placement`."""
    tight: Bools
    """Fits with less than the reserve left."""
    gpu_set: NDArray[np.int8]
    """Index into ``sets``; -1 = no GPU used."""
    sets: tuple[tuple[int, ...], ...]
    """GPU indices of each candidate set."""
    n_gpu_layers: Ints
    n_cpu_moe: Ints
    start: Ints
    """Layer boundaries over all GPUs of the machine, shape (..., n_gpus + 2); unused GPUs hold nothing."""
    shortfall: Floats
    """Bytes missing where nothing fits, in the best case tried."""
    one_copy: Bools
    """All layers are on several GPUs without room for the copies of pipeline parallelism: llama.cpp does without."""


def fit_of(memory: MemoryBreakdown, devices: DeviceSet) -> Fit:
    """Compare what the engine allocates with what each device has."""
    host = memory.total[..., 0] - memory.overhead[..., 0]
    gpu_left = []
    for index, gpu in enumerate(devices.gpus):
        left = (gpu.room + gpu.overhead) - memory.total[..., index + 1]
        gpu_left.append(left - host if devices.unified else left)
    host_left = np.zeros(()) if devices.unified else devices.host.usable - host
    return Fit(np.asarray(host_left), tuple(gpu_left), tuple(g.reserve for g in devices.gpus))


def candidate_sets(devices: DeviceSet) -> tuple[tuple[int, ...], ...]:
    """Sets of GPUs to try, smallest first: the fastest one, the fastest two, … , all.

    One card is as fast as several that share the layers, without the hops; so the smallest set that holds the model wins.
    """
    order = sorted(
        range(len(devices.gpus)),
        key=lambda i: (-np.nan_to_num(devices.gpus[i].bandwidth), -devices.gpus[i].usable, i),
    )
    by_room = sorted(range(len(devices.gpus)), key=lambda i: (-devices.gpus[i].usable, i))
    sets: list[tuple[int, ...]] = []
    for n in range(1, len(order) + 1):
        for chosen in (order[:n], by_room[:n]):
            candidate = tuple(sorted(chosen))
            if candidate not in sets:
                sets.append(candidate)
    return tuple(sets)


def balanced_boundaries(
    chosen: Selection,
    devices: DeviceSet,
    n_gpu_layers: Ints,
    n_cpu_moe: Ints,
    n_ctx: Ints,
    context: LlamaContext,
) -> LayerBoundaries:
    """Share the layers over the GPUs by bytes rather than by count.

    Every GPU gets layers worth its share of the usable memory, cache included; the output matrix counts as a layer.
    """
    blocks = chosen.cache.n_layer_all
    n_gpus = len(devices.gpus)
    active = np.minimum(n_gpu_layers, blocks + 1)
    shape = np.broadcast_shapes(
        blocks.shape, chosen.quant.shape, active.shape, n_cpu_moe.shape, n_ctx.shape if n_gpus > 1 else ()
    )
    start = np.zeros((*shape, n_gpus + 2), dtype=np.int64)
    first = blocks + 1 - (active if n_gpus else 0)
    start[..., 1] = first
    start[..., -1] = blocks + 1
    if n_gpus > 1:
        bytes_below = _bytes_below(chosen, n_cpu_moe, n_ctx, context)
        whole_first = np.broadcast_to(first, shape)
        whole_end = np.broadcast_to(blocks + 1, shape)
        below, above = bytes_below(whole_first), bytes_below(whole_end)
        usable = np.maximum(devices.per_gpu("usable"), 1.0)
        shares = np.cumsum(usable) / usable.sum()
        for gpu in range(1, n_gpus):
            target = below + (above - below) * shares[gpu - 1]
            lower = _first_true(partial(_reaches, bytes_below, target), whole_first, whole_end)
            before = np.maximum(lower - 1, whole_first)
            nearer = (target - bytes_below(before)) < (bytes_below(lower) - target)
            start[..., gpu + 1] = np.where(nearer, before, lower)
        np.maximum.accumulate(start[..., 1:], axis=-1, out=start[..., 1:])
    return LayerBoundaries(start)


def place(
    chosen: Selection,
    n_ctx: Ints,
    context: LlamaContext,
    devices: DeviceSet,
    allow: frozenset[Placement] | None = None,
) -> Placed:
    """Find the best placement of every cell.

    Parameters
    ----------
    chosen : Selection
        Shape (models, cases).
    n_ctx : ndarray of int
        Context of all sequences together. [tokens]
    context : LlamaContext
    devices : DeviceSet
    allow : set of Placement or None
        Placements to consider; None = all.

    Notes
    -----
    Order of preference: all on the smallest set of GPUs with the reserve kept; the same with less left; the same without
    copies for pipeline parallelism, which llama.cpp gives up when they have no room; the fewest experts in RAM; as many
    layers as fit on the GPUs; everything on the CPU.
    """
    shape = np.broadcast_shapes(chosen.rows.shape, chosen.quant.shape, n_ctx.shape)
    n_gpus = len(devices.gpus)
    sets = candidate_sets(devices)
    blocks = np.broadcast_to(chosen.cache.n_layer_all, shape)
    found = _Found(shape, n_gpus, blocks)
    allowed = allow or frozenset(Placement)
    if n_gpus and Placement.GPU in allowed:
        _try_all_on_gpu(found, chosen, n_ctx, context, devices, sets)
    if n_gpus and Placement.EXPERTS_IN_RAM in allowed and not devices.unified:
        _try_split(found, chosen, n_ctx, context, devices, sets, Placement.EXPERTS_IN_RAM)
    if n_gpus and Placement.PARTIAL in allowed and not devices.unified:
        _try_split(found, chosen, n_ctx, context, devices, sets, Placement.PARTIAL)
    if Placement.CPU in allowed:
        _try_cpu(found, chosen, n_ctx, context, devices)
    return Placed(
        found.code,
        found.tight,
        found.gpu_set,
        sets,
        found.n_gpu_layers,
        found.n_cpu_moe,
        found.start,
        np.where(found.code == Placement.NONE, found.shortfall, 0.0),
        found.one_copy,
    )


class _Found:
    """Arrays of the search, filled stage by stage."""

    def __init__(self, shape: tuple[int, ...], n_gpus: int, blocks: Ints) -> None:
        self.code = np.full(shape, Placement.NONE, dtype=np.int8)
        self.tight = np.zeros(shape, dtype=np.bool_)
        self.gpu_set = np.full(shape, -1, dtype=np.int8)
        self.n_gpu_layers = np.zeros(shape, dtype=np.int64)
        self.n_cpu_moe = np.zeros(shape, dtype=np.int64)
        self.start = np.zeros((*shape, n_gpus + 2), dtype=np.int64)
        self.start[..., 1:] = (blocks + 1)[..., None]
        self.shortfall = np.full(shape, np.inf)
        self.one_copy = np.zeros(shape, dtype=np.bool_)

    @property
    def open(self) -> Bools:
        return np.asarray(self.code == Placement.NONE)

    def note_attempt(
        self,
        rows: slice | Bools,
        fit: Fit,
        set_index: int,
        gpus: tuple[int, ...],
        start: Ints,
        n_gpu_layers: Ints,
        n_cpu_moe: Ints,
    ) -> None:
        """Keep the attempt that misses least, so that what does not fit can be shown as what it would need."""
        nearer = self.open[rows] & ~(fit.shortfall >= self.shortfall[rows])
        self.shortfall[rows] = np.where(nearer, fit.shortfall, self.shortfall[rows])
        none = Placement.NONE
        self.take(rows, nearer, none, set_index, gpus, start, n_gpu_layers, n_cpu_moe, NO)

    def take(
        self,
        rows: slice | Bools,
        mask: Bools,
        code: Placement,
        set_index: int,
        gpus: tuple[int, ...],
        start: Ints,
        n_gpu_layers: Ints,
        n_cpu_moe: Ints,
        tight: Bools,
    ) -> None:
        """Record a placement for the cells of ``mask`` (within ``rows``)."""
        for target, value in (
            (self.code, np.int8(code)),
            (self.gpu_set, np.int8(set_index)),
            (self.n_gpu_layers, n_gpu_layers),
            (self.n_cpu_moe, n_cpu_moe),
            (self.tight, tight),
        ):
            target[rows] = np.where(mask, value, target[rows])
        self.start[rows] = np.where(
            mask[..., None], _spread_out(start, gpus, self.start.shape[-1]), self.start[rows]
        )


def _spread_out(start: Ints, gpus: tuple[int, ...], width: int) -> Ints:
    """Boundaries over a set of GPUs as boundaries over all of them (``width - 2`` GPUs)."""
    out = np.zeros((*start.shape[:-1], width), dtype=np.int64)
    out[..., 1] = start[..., 1]
    for gpu in range(width - 2):
        held = gpus.index(gpu) if gpu in gpus else -1
        out[..., gpu + 2] = start[..., held + 2] if held >= 0 else out[..., gpu + 1]
    out[..., -1] = start[..., -1]
    return out


def _try_all_on_gpu(
    found: _Found,
    chosen: Selection,
    n_ctx: Ints,
    context: LlamaContext,
    devices: DeviceSet,
    sets: tuple[tuple[int, ...], ...],
) -> None:
    everything = slice(None)
    none = np.zeros((1, 1), dtype=np.int64)
    full = chosen.cache.n_layer_all + 1
    tried = []
    for index, gpus in enumerate(sets):
        if not found.open.any():
            return
        some = devices.subset(gpus)
        placement = balanced_boundaries(chosen, some, full, none, n_ctx, context)
        fit = fit_of(estimate_memory(chosen, placement, none, n_ctx, context, some), some)
        found.note_attempt(everything, fit, index, gpus, placement.start, full, none)
        found.take(
            everything,
            found.open & fit.with_reserve,
            Placement.GPU,
            index,
            gpus,
            placement.start,
            full,
            none,
            NO,
        )
        tried.append((index, gpus, placement.start, fit.without_reserve))
    for index, gpus, start, fits in tried:
        found.take(everything, found.open & fits, Placement.GPU, index, gpus, start, full, none, YES)
    index, gpus, start, _ = tried[-1]
    if len(gpus) > 1 and found.open.any():
        some, placement = devices.subset(gpus), LayerBoundaries(start)
        fit = fit_of(estimate_memory(chosen, placement, none, n_ctx, context, some, False), some)
        fits = found.open & fit.without_reserve
        found.one_copy |= fits
        found.take(everything, fits, Placement.GPU, index, gpus, start, full, none, ~fit.with_reserve)


def _try_split(
    found: _Found,
    chosen: Selection,
    n_ctx: Ints,
    context: LlamaContext,
    devices: DeviceSet,
    sets: tuple[tuple[int, ...], ...],
    code: Placement,
) -> None:
    """Move the fewest experts, or the fewest layers, to host memory."""
    is_moe = np.broadcast_to(chosen.columns.work.expert_share[chosen.rows] > 0, found.code.shape)
    wanted = found.open & (is_moe if code == Placement.EXPERTS_IN_RAM else YES)
    rows: Bools = np.any(wanted, axis=-1)
    if not rows.any():
        return
    part = Selection.of(chosen.columns, chosen.rows[rows], _rows_of(chosen.quant, rows))
    part_ctx = _rows_of(n_ctx, rows)
    gpus = sets[-1]
    some = devices.subset(gpus)
    shape = found.code[rows].shape
    blocks = np.broadcast_to(part.cache.n_layer_all, shape)
    moe = is_moe[rows]

    def settings(steps: Ints) -> tuple[Ints, Ints]:
        """``n_gpu_layers`` and ``n_cpu_moe`` after moving ``steps`` blocks to the host."""
        if code == Placement.EXPERTS_IN_RAM:
            return blocks + 1, steps
        return blocks + 1 - steps, np.where(moe, blocks, 0)

    def evaluate(steps: Ints) -> tuple[LayerBoundaries, Fit]:
        n_gpu_layers, n_cpu_moe = settings(steps)
        placement = balanced_boundaries(part, some, n_gpu_layers, n_cpu_moe, part_ctx, context)
        return placement, fit_of(estimate_memory(part, placement, n_cpu_moe, part_ctx, context, some), some)

    host_free = DeviceSet(some.gpus, _unlimited(some), some.backend, some.unified)
    usable = some.per_gpu("usable").sum()

    def engine_bytes(steps: Ints) -> MemoryBreakdown:
        n_gpu_layers, n_cpu_moe = settings(steps)
        placement = balanced_boundaries(part, some, n_gpu_layers, n_cpu_moe, part_ctx, context)
        return estimate_memory(part, placement, n_cpu_moe, part_ctx, context, some)

    def gpu_fits(steps: Ints) -> Bools:
        return fit_of(engine_bytes(steps), host_free).with_reserve

    # a guess from the bytes that have to go; the tests that follow decide, the guess only saves most of them
    least = np.ones(shape, dtype=np.int64)
    moved: Callable[[Ints], Floats]
    if code == Placement.EXPERTS_IN_RAM:
        moved = partial(_experts_below, part)
    else:
        moved = _bytes_below(part, np.where(moe, blocks, 0), part_ctx, context)
    excess = engine_bytes(least).engine[..., 1:].sum(axis=-1) - usable + moved(least)
    guess = _first_true(partial(_reaches, moved, excess), least, blocks)
    steps = _first_true(gpu_fits, least, blocks, guess)
    placement, fit = evaluate(steps)
    n_gpu_layers, n_cpu_moe = settings(steps)
    found.note_attempt(rows, fit, len(sets) - 1, gpus, placement.start, n_gpu_layers, n_cpu_moe)
    found.take(
        rows,
        wanted[rows] & fit.with_reserve,
        code,
        len(sets) - 1,
        gpus,
        placement.start,
        n_gpu_layers,
        n_cpu_moe,
        NO,
    )


def _try_cpu(
    found: _Found, chosen: Selection, n_ctx: Ints, context: LlamaContext, devices: DeviceSet
) -> None:
    if not found.open.any():
        return
    alone = devices.subset(())
    alone = DeviceSet((), alone.host, "cpu")
    none = np.zeros((1, 1), dtype=np.int64)
    placement = balanced_boundaries(chosen, alone, none, none, n_ctx, context)
    fit = fit_of(estimate_memory(chosen, placement, none, n_ctx, context, alone), alone)
    everything = slice(None)
    found.note_attempt(everything, fit, -1, (), placement.start, none, none)
    found.take(
        everything,
        found.open & fit.with_reserve,
        Placement.CPU,
        -1,
        (),
        placement.start,
        none,
        none,
        NO,
    )


def _unlimited(devices: DeviceSet) -> HostBudget:
    return replace(devices.host, capacity=float("inf"), others=0.0)


def _rows_of(values: Ints, rows: Bools) -> Ints:
    return values[rows] if values.shape[0] == rows.shape[0] and rows.shape[0] > 1 else values


def _first_true(test: Callable[[Ints], Bools], low: Ints, high: Ints, guess: Ints | None = None) -> Ints:
    """Smallest value in ``low … high`` for which a test that turns from false to true holds (``high`` if none does).

    A good guess is confirmed by two tests: it holds, and the value below it does not.
    """
    lo, hi = low.copy(), np.array(high, copy=True)
    trial = guess
    for attempt in range(64):
        unsettled = lo < hi
        if not unsettled.any():
            break
        middle = (lo + hi) // 2 if trial is None else np.clip(trial, lo, np.maximum(hi - 1, lo))
        good = test(middle)
        hi = np.where(unsettled & good, middle, hi)
        lo = np.where(unsettled & ~good, middle + 1, lo)
        trial = np.where(good, hi - 1, lo) if guess is not None and attempt < 2 else None
    return lo


def _experts_below(chosen: Selection, at: Ints) -> Floats:
    return chosen.columns.weights.experts.gather(chosen.rows, chosen.quant, at[..., None])[..., 0]


def _reaches(bytes_below: Callable[[Ints], Floats], target: Floats, at: Ints) -> Bools:
    return np.asarray(bytes_below(at) >= target)


def _bytes_below(
    chosen: Selection, n_cpu_moe: Ints, n_ctx: Ints, context: LlamaContext
) -> Callable[[Ints], Floats]:
    """Bytes that the layers below a boundary put on GPUs: weights, kept experts, cache and state."""
    weights, cached = chosen.columns.weights, chosen.cache
    cells = cache_cells(
        n_ctx,
        context.n_seq_max,
        context.kv_unified,
        cached.window,
        context.n_ubatch,
        context.swa_full,
        context.n_batch,
    )
    full = (cells.per_stream * cells.n_stream).astype(np.float64)
    window = (cells.window * cells.n_stream).astype(np.float64)
    k, v = context.bytes_per_k, context.bytes_per_v
    last = cached.n_layers
    state_bytes = 4.0 * context.n_seq_max
    per_cell = (
        (cached.k_full + cached.indexer) * k + cached.v_full * v,
        cached.k_window * k + cached.v_window * v,
    )

    def below(at: Ints) -> Floats:
        on = np.minimum(at, last)[..., None]

        def read(table: Floats) -> Floats:
            wide = np.broadcast_to(table, (*on.shape[:-1], table.shape[-1]))
            return np.take_along_axis(wide, on, axis=-1)[..., 0]

        kept = np.maximum(at, n_cpu_moe)
        dense = weights.dense.gather(chosen.rows, chosen.quant, at[..., None])
        experts = weights.experts.gather(chosen.rows, chosen.quant, kept[..., None])
        total = (dense + experts)[..., 0]
        if context.kv_offload:
            total = total + read(per_cell[0]) * full + read(per_cell[1]) * window
        result: Floats = total + read(cached.recurrent) * state_bytes
        return result

    return below
