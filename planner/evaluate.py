"""Evaluate many cells at once: place, size and time them. The list, the map, a single plan and a batch all come here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.columns import Columns, Selection
from planner.devices import DeviceSet
from planner.formulas.layer_placement import LayerBoundaries, layer_boundaries
from planner.llama_context import LlamaContext
from planner.memory import estimate_memory
from planner.placement import Placed, fit_of, place
from planner.records import MEMORY_KINDS, MemoryBreakdown, Placement
from planner.settings import Workload
from planner.speed import SpeedEstimate, estimate_speed

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The best placement of every cell with its memory and speed; shape (models, cases)."""

    chosen: Selection
    n_ctx: Ints
    """Context of all sequences together. [tokens]"""
    context: LlamaContext
    devices: DeviceSet
    placed: Placed
    memory: MemoryBreakdown
    """Over all GPUs of the machine; last axis host, GPU 0, GPU 1, …"""
    decode_p10: Floats
    decode_p50: Floats
    decode_p90: Floats
    """Tokens per second; NaN where nothing fits or something needed is unknown."""

    def to_keep(self) -> Evaluation:
        """The same in less memory, for evaluations that are kept.

        Of the memory it holds the total of each device only, the kinds being empty arrays; layers are counted in two bytes.
        """
        nothing = np.empty(0)
        memory = MemoryBreakdown(
            model=nothing,
            kv=nothing,
            recurrent=nothing,
            compute=nothing,
            output=nothing,
            overhead=nothing,
            total=self.memory.total,
            experts=nothing,
            repack=nothing,
        )
        placed = replace(
            self.placed,
            n_gpu_layers=self.placed.n_gpu_layers.astype(np.int16),
            n_cpu_moe=self.placed.n_cpu_moe.astype(np.int16),
            start=self.placed.start.astype(np.int16),
        )
        return replace(self, memory=memory, placed=placed)

    @property
    def fits(self) -> NDArray[np.bool_]:
        """Cells that have a placement."""
        return np.asarray(self.placed.code != Placement.NONE)


def used_devices(devices: DeviceSet, placed: Placed, gpu_set: int) -> tuple[DeviceSet, tuple[int, ...]]:
    """Devices of one candidate set: GPUs and their indices on the machine."""
    if gpu_set < 0:
        return DeviceSet((), devices.host, "cpu"), ()
    gpus = placed.sets[gpu_set]
    return devices.subset(gpus), gpus


def narrowed(start: Ints, gpus: tuple[int, ...]) -> LayerBoundaries:
    """Boundaries over all GPUs as boundaries over the used ones."""
    columns = [0, 1, *(gpu + 2 for gpu in gpus)]
    taken = start[..., columns].astype(np.int64)
    if gpus:
        taken[..., -1] = start[..., -1]
    return LayerBoundaries(taken)


def evaluate(
    columns: Columns,
    rows: Ints | Sequence[int],
    quant: Ints,
    n_ctx: Ints,
    context: LlamaContext,
    devices: DeviceSet,
    workload: Workload,
    allow: frozenset[Placement] | None = None,
) -> Evaluation:
    """Find and evaluate the best placement of every cell.

    Parameters
    ----------
    columns : Columns
    rows : sequence of int, shape (models,)
        Models.
    quant : ndarray of int, shape (1, cases) or (models, cases)
        Quantization of each case.
    n_ctx : ndarray of int, broadcastable to (models, cases)
        Context of all sequences together. [tokens]
    context : LlamaContext
    devices : DeviceSet
        Every GPU of the machine; the search picks.
    workload : Workload
    allow : set of Placement or None
        Placements to consider.
    """
    chosen = Selection.of(columns, np.asarray(rows, dtype=np.int64)[:, None], quant)
    shape = np.broadcast_shapes(chosen.rows.shape, chosen.quant.shape, n_ctx.shape)
    placed = place(chosen, n_ctx, context, devices, allow)
    workload = workload.within(n_ctx // context.n_seq_max)
    n_gpus = len(devices.gpus)
    merged = {name: np.zeros((*shape, n_gpus + 1)) for name in (*MEMORY_KINDS, "total", "experts")}
    repack = np.zeros(shape)
    speeds = [np.full(shape, np.nan) for _ in range(3)]
    for index in np.unique(placed.gpu_set).tolist():
        mask = placed.gpu_set == index
        some, gpus = used_devices(devices, placed, index)
        here = context if gpus else replace(context, backend="cpu")
        placement = narrowed(placed.start, gpus)
        memory = estimate_memory(
            chosen, placement, placed.n_cpu_moe, n_ctx, here, some, pipeline=~placed.one_copy
        )
        at = [0, *(gpu + 1 for gpu in gpus)]
        for name, target in merged.items():
            values = np.broadcast_to(getattr(memory, name), (*shape, len(at)))
            target[..., at] = np.where(mask[..., None], values, target[..., at])
        repack = np.where(mask, memory.repack, repack)
        speed = estimate_speed(chosen, placement, placed.n_cpu_moe, here, some, workload, with_prefill=False)
        fits = mask & (placed.code != Placement.NONE)
        for target, values in zip(
            speeds, (speed.decode.tps_p10, speed.decode.tps_p50, speed.decode.tps_p90), strict=True
        ):
            np.copyto(target, np.broadcast_to(values, shape), where=fits)
    return Evaluation(
        chosen, n_ctx, context, devices, placed, MemoryBreakdown(**merged, repack=repack), *speeds
    )


@dataclass(frozen=True, slots=True)
class GridEstimate:
    """Estimates of every model × quantization × context at given settings."""

    memory: MemoryBreakdown
    fits: NDArray[np.bool_]
    speed: SpeedEstimate


def evaluate_grid(
    columns: Columns,
    n_ctx: Sequence[int],
    context: LlamaContext,
    devices: DeviceSet,
    workload: Workload,
    n_gpu_layers: int = -1,
    n_cpu_moe: int = 0,
) -> GridEstimate:
    """Memory, fit and decode speed of the whole catalogue in one call, at one setting of layers and experts.

    Parameters
    ----------
    columns : Columns
    n_ctx : sequence of int
        Contexts of all sequences together. [tokens]
    context : LlamaContext
    devices : DeviceSet
    workload : Workload
    n_gpu_layers, n_cpu_moe : int
        As llama.cpp's flags; -1 = all layers.

    Returns
    -------
    GridEstimate
        Arrays of shape (models, quantizations, contexts), memory with a last axis of devices.
    """
    n_models, n_quants = len(columns.ids), len(columns.quants)
    chosen = Selection.of(columns, np.arange(n_models)[:, None, None], np.arange(n_quants)[None, :, None])
    contexts = np.asarray(n_ctx, dtype=np.int64)[None, None, :]
    experts = np.full((1, 1, 1), n_cpu_moe, dtype=np.int64)
    proportions = devices.per_gpu("usable").reshape(1, 1, 1, len(devices.gpus))
    placement = layer_boundaries(chosen.cache.n_layer_all, np.asarray(n_gpu_layers), proportions)
    memory = estimate_memory(chosen, placement, experts, contexts, context, devices)
    asked = workload.within(contexts // context.n_seq_max)
    speed = estimate_speed(chosen, placement, experts, context, devices, asked, with_prefill=False)
    return GridEstimate(memory, fit_of(memory, devices).with_reserve, speed)
