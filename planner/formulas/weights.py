"""Bytes of weights on each device, routed experts apart, from cumulative per-layer sums."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.formulas.layer_placement import LayerBoundaries
from planner.layer_table import LayerTable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class WeightBytes:
    """Weights per device; host first, then GPUs (last axis)."""

    total: Floats
    """All weights on the device. [bytes]"""
    experts: Floats
    """Routed experts among them. [bytes]"""


def weight_bytes(
    device: tuple[LayerTable, LayerTable],
    host: tuple[LayerTable, LayerTable],
    input_bytes: Floats,
    rope_bytes: Floats,
    rows: Ints,
    quant: Ints,
    placement: LayerBoundaries,
    n_cpu_moe: Ints,
) -> WeightBytes:
    """Weights each device holds.

    Parameters
    ----------
    device, host : pair of LayerTable
        Cumulative bytes over layers as a GPU buffer and as a host buffer rounds them: everything but routed experts, and
        routed experts. The output layer is layer ``n_layer_all`` of the first; for a GPU it includes the second copy of
        a tied token embedding, for the host it does not. [bytes]
    input_bytes : ndarray, shape (n_models, n_quants)
        Tensors of the input side, always in host memory. [bytes]
    rope_bytes : ndarray, shape (n_models, n_quants)
        Rope factors, one copy on each device that has blocks. [bytes]
    rows, quant, n_cpu_moe : ndarray of int, shape (...)
        Model, quantization, and number of first blocks whose routed experts stay on the host.
    placement : LayerBoundaries
        Leading shape broadcasts with ``rows``.

    Returns
    -------
    WeightBytes
        Arrays of shape (..., n_gpus + 1).

    Notes
    -----
    llama.cpp src/llama-model.cpp ``load_tensors`` (input tensors on the CPU, output with the last layer, token embedding
    loaded twice when tied and the output layer is on a GPU) and common/arg.cpp (``--n-cpu-moe`` overrides the buffer of
    ``ffn_(up|down|gate|gate_up)_(ch|)exps`` in the first N blocks), 0.5.0-dev.
    """
    start = placement.start
    moved_to = n_cpu_moe[..., None]
    dense = np.diff(device[0].gather(rows, quant, start[..., 1:]), axis=-1)
    experts = np.diff(device[1].gather(rows, quant, np.maximum(start[..., 1:], moved_to)), axis=-1)
    blocks_from = np.diff(start, axis=-1) > 0
    rope = np.where(blocks_from, rope_bytes[rows, quant][..., None], 0.0)
    # routed experts on the host: of the layers it runs, and of the first n_cpu_moe blocks
    host_experts = host[1].gather(rows, quant, np.maximum(start[..., 1:2], moved_to))[..., 0]
    host_dense = host[0].gather(rows, quant, start[..., 1:2])[..., 0] + input_bytes[rows, quant]
    shape = np.broadcast_shapes(dense.shape[:-1], experts.shape[:-1], host_experts.shape, rope.shape[:-1])
    n_devices = placement.n_devices
    on_device = np.empty((*shape, n_devices))
    on_device[..., 0] = host_experts
    on_device[..., 1:] = experts
    total = on_device + rope
    total[..., 0] += host_dense
    total[..., 1:] += dense
    return WeightBytes(total, on_device)
