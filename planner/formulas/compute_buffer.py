"""Bytes of llama.cpp's compute buffers: what the graph of one micro-batch needs on each device and on the
host."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from planner.formulas.kv_cache import CacheCells
from planner.formulas.layer_placement import FloatArray, LayerBoundaries
from planner.graph_columns import GraphColumns

F32 = 4.0
PIPELINE_COPIES = 4
"""``GGML_SCHED_MAX_COPIES`` (ggml-backend.cpp): copies of every input under pipeline parallelism."""


@dataclass(frozen=True, slots=True)
class GraphRequest:
    """One batch of graph settings; every array broadcasts to the placement's leading shape."""

    cells: CacheCells
    n_tokens: NDArray[np.int64]
    """Micro-batch: min(n_ctx, n_batch, n_ubatch)."""
    n_seq_max: NDArray[np.int64]
    n_outputs: NDArray[np.int64]
    """Rows of logits reserved: slots for llama-server, the whole micro-batch otherwise."""
    flash_attn: NDArray[np.bool_]
    cache_type_k: str = "f16"
    cache_type_v: str = "f16"
    kv_offload: bool = True
    op_offload: bool = True
    pipeline: bool = False
    """Two or more GPUs, all layers on them, nothing overridden: inputs are kept four times."""
    host_matrix_bytes: ArrayLike = 0.0
    """Largest weight matrix that stays on the host although a GPU may multiply with it. [bytes]"""


def compute_buffer_bytes(
    columns: GraphColumns, placement: LayerBoundaries, request: GraphRequest
) -> FloatArray:
    """Bytes of the compute buffer on the host (column 0) and on each GPU; shape (..., n_gpus + 1). [bytes]"""
    tokens = np.asarray(request.n_tokens, dtype=np.float64)
    on = np.asarray(request.flash_attn, dtype=bool)
    cells = np.asarray(request.cells.per_stream, dtype=np.float64)
    window = np.asarray(request.cells.window, dtype=np.float64)
    outputs = np.asarray(request.n_outputs, dtype=np.float64)
    mask = (cells + window) * tokens * np.where(on, 2.0, 4.0)
    scores = np.where(on, 0.0, columns.n_heads * cells * tokens * F32)
    base = columns.base_elements * tokens * F32
    logits = (columns.n_vocab * outputs + columns.n_embd * tokens) * F32
    inputs = columns.n_embd * tokens * F32
    work = np.maximum(base + mask + scores, logits)
    copies = np.where(request.pipeline, 4.0 * inputs + 3.0 * mask, 0.0)
    uses_gpu = placement.n_layers()[..., 1:] > 0
    matrix = np.asarray(request.host_matrix_bytes, dtype=np.float64)
    matrix = np.where(request.op_offload, matrix, 0.0)
    n_gpus = placement.n_devices - 1
    host = (2.0 * inputs + mask) * np.where(request.pipeline, 4.0, 1.0) if n_gpus else work + inputs
    gpu = work + copies + matrix
    shape = np.broadcast_shapes(np.shape(host), np.shape(gpu), uses_gpu.shape[:-1])
    result = np.zeros((*shape, n_gpus + 1))
    result[..., 0] = host
    if n_gpus:
        result[..., 1:] = np.where(
            uses_gpu | (matrix[..., None] > 0), np.broadcast_to(gpu, shape)[..., None], 0
        )
    return result
