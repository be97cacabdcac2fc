"""Memory of llama.cpp per device: the one place where the formulas of weights, caches and buffers are put together."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from planner.columns import Selection
from planner.devices import DeviceSet
from planner.formulas.compute_buffer import GraphRequest, compute_buffer_bytes
from planner.formulas.kv_cache import CacheCells, cache_cells, kv_cache_bytes
from planner.formulas.layer_placement import LayerBoundaries
from planner.formulas.output_buffer import output_buffer_bytes
from planner.formulas.recurrent_state import recurrent_state_bytes
from planner.formulas.weights import WeightBytes, weight_bytes
from planner.llama_context import LlamaContext
from planner.records import MemoryBreakdown

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def estimate_memory(
    chosen: Selection,
    placement: LayerBoundaries,
    n_cpu_moe: Ints,
    n_ctx: Ints,
    context: LlamaContext,
    devices: DeviceSet,
    pipeline: ArrayLike = True,
) -> MemoryBreakdown:
    """Bytes on every device for every cell.

    Parameters
    ----------
    chosen : Selection
        Models and quantizations.
    placement : LayerBoundaries
        Layers of each device (host and ``devices.gpus``); leading shape broadcasts with the cells.
    n_cpu_moe : ndarray of int
        First blocks whose routed experts stay in host memory.
    n_ctx : ndarray of int
        Context of all sequences together (``-c``), resolved. [tokens]
    context : LlamaContext
    devices : DeviceSet
    pipeline : bool or ndarray of bool
        False where llama.cpp, which tries copies for pipeline parallelism first, had no room for them and does without.

    Returns
    -------
    MemoryBreakdown
        Last axis: host, then GPUs.
    """
    weights = chosen.columns.weights
    held = weight_bytes(
        (weights.dense, weights.experts),
        (weights.host_dense, weights.host_experts),
        weights.input,
        weights.rope,
        chosen.rows,
        chosen.quant,
        placement,
        n_cpu_moe,
    )
    if (moved := chosen.columns.moved) is not None:
        held = WeightBytes(held.total + moved.dense + moved.experts, held.experts + moved.experts)
    cells = cache_cells(
        n_ctx,
        context.n_seq_max,
        context.kv_unified,
        chosen.cache.window,
        context.n_ubatch,
        context.swa_full,
        context.n_batch,
    )
    kv = kv_cache_bytes(
        chosen.cache,
        placement,
        cells,
        context.bytes_per_k,
        context.bytes_per_v,
        context.flash_attn,
        context.build.mtp_block_cached,
    )
    if not context.kv_offload:
        kv = _all_on_host(kv)
    recurrent = recurrent_state_bytes(chosen.cache, placement, context.n_seq_max, context.n_rs_seq)
    if not context.kv_offload:
        recurrent = _all_on_host(recurrent)
    compute = compute_buffer_bytes(
        chosen.graph, placement, graph_request(chosen, placement, n_cpu_moe, n_ctx, context, cells, pipeline)
    )
    output = np.zeros((*np.shape(chosen.cache.n_vocab), placement.n_devices))
    output[..., 0] = output_buffer_bytes(chosen.cache.n_vocab, context.n_seq_max)
    overhead = np.concatenate([[devices.host.overhead], devices.per_gpu("overhead")])
    beside_weights = kv + recurrent + compute + output + overhead
    repack = np.zeros(1)
    if not devices.gpus and context.repack:
        repack = weights.repack[chosen.rows, chosen.quant]
    return MemoryBreakdown(
        model=held.total,
        kv=kv,
        recurrent=recurrent,
        compute=compute,
        output=output,
        overhead=overhead,
        total=_sum_by_device(held.total, beside_weights),
        experts=held.experts,
        repack=repack,
    )


def graph_request(
    chosen: Selection,
    placement: LayerBoundaries,
    n_cpu_moe: Ints,
    n_ctx: Ints,
    context: LlamaContext,
    cells: CacheCells,
    pipeline: ArrayLike = True,
) -> GraphRequest:
    """Settings of the compute graph for every cell."""
    weights = chosen.columns.weights
    n_gpus = placement.n_devices - 1
    host_layers = placement.start[..., 1] > 0
    full = placement.start[..., 1] == 0
    host_matrix = np.zeros(())
    if np.any(n_cpu_moe > 0) or np.any(host_layers):
        experts = weights.largest_experts[chosen.rows, chosen.quant]
        anything = np.maximum(experts, weights.largest_dense[chosen.rows, chosen.quant])
        host_matrix = np.where(n_cpu_moe > 0, experts, np.where(host_layers, anything, 0.0))
    tokens = np.minimum(np.minimum(n_ctx, context.n_batch), context.n_ubatch)
    outputs = tokens if context.reserves_whole_ubatch else np.asarray(context.n_seq_max)
    return GraphRequest(
        cells=cells,
        n_tokens=tokens,
        n_seq_max=np.asarray(context.n_seq_max),
        n_outputs=outputs,
        flash_attn=np.asarray(context.flash_attn),
        cache_type_k=context.cache_type_k,
        cache_type_v=context.cache_type_v,
        kv_offload=context.kv_offload,
        op_offload=context.op_offload,
        pipeline=full & (np.asarray(n_cpu_moe) == 0) & np.asarray(pipeline)
        if n_gpus > 1 and not context.rpc
        else False,
        host_matrix_bytes=host_matrix,
    )


def _sum_by_device(weights: Floats, beside_weights: Floats) -> Floats:
    """Add two arrays device by device: the last axis is too short for numpy to run along it quickly."""
    shape = np.broadcast_shapes(weights.shape, beside_weights.shape)
    total = np.empty((shape[-1], *shape[:-1]))
    for device in range(shape[-1]):
        np.add(weights[..., device], beside_weights[..., device], out=total[device])
    return np.moveaxis(total, 0, -1)


def _all_on_host(values: Floats) -> Floats:
    moved = np.zeros_like(values)
    moved[..., 0] = values.sum(axis=-1)
    return moved
