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
MIN_OFFLOAD_BATCH = 32
"""Smaller micro-batches are not sent to a GPU for weights on the host (``GGML_OP_OFFLOAD_MIN_BATCH``). [tokens]"""
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
    pipeline: ArrayLike = False
    """Two or more GPUs, all layers on them, nothing overridden: inputs are kept four times."""
    host_matrix_bytes: ArrayLike = 0.0
    """Largest weight matrix that stays on the host although a GPU may multiply with it. [bytes]"""


def compute_buffer_bytes(
    columns: GraphColumns, placement: LayerBoundaries, request: GraphRequest
) -> FloatArray:
    """Bytes of the compute buffer on the host and on each GPU, for many cells at once.

    Parameters
    ----------
    columns : GraphColumns
        Coefficients drawn from each model's simulated graph.
    placement : LayerBoundaries
    request : GraphRequest

    Returns
    -------
    ndarray, shape (..., n_gpus + 1)
        Column 0 is the host. [bytes]

    Notes
    -----
    With every layer on GPUs or none this is what :func:`planner.graph.compute.compute_buffers` gives; where weights
    stay on the host beside a GPU, the copies of the largest one are an approximation of it (the exact figure depends
    on how the allocator packs them): ask the exact function for a plan that is shown.
    """
    tokens = np.asarray(request.n_tokens, dtype=np.float64)
    on = np.asarray(request.flash_attn, dtype=bool)
    cells = np.asarray(request.cells.per_stream, dtype=np.float64)
    kept = cells * np.asarray(request.cells.n_stream, dtype=np.float64)
    window = np.asarray(request.cells.window, dtype=np.float64)
    outputs = np.asarray(request.n_outputs, dtype=np.float64)
    mask = (cells + window) * tokens * np.where(on, 2.0, 4.0)
    n_gpus = placement.n_devices - 1
    inputs = columns.n_embd * tokens * F32
    fixed = columns.gpu_fixed if n_gpus else columns.cpu_fixed
    per_token = columns.gpu_per_token if n_gpus else columns.cpu_per_token
    work = fixed + per_token * tokens
    if request.cache_type_k != "f16" and n_gpus:
        attending = columns.quantized_per_token * tokens + columns.quantized_per_cell * kept
        work = np.maximum(work, attending)
    unfused = columns.off_per_token * tokens + columns.off_per_token_cell * tokens * cells
    work = np.where(on, work, np.maximum(work, unfused)) + mask
    logits = columns.n_vocab * outputs * F32 + columns.logit_rows * inputs
    work = np.maximum(work, logits)
    copies = np.where(request.pipeline, (PIPELINE_COPIES - 1.0) * mask + PIPELINE_COPIES * inputs, 0.0)
    uses_gpu = placement.n_layers()[..., 1:] > 0
    matrix = np.asarray(request.host_matrix_bytes, dtype=np.float64)
    matrix = np.where(request.op_offload & (tokens >= MIN_OFFLOAD_BATCH), matrix, 0.0)
    beside = (columns.host_fixed + columns.host_per_token * tokens + mask) * np.where(
        request.pipeline, float(PIPELINE_COPIES), 1.0
    )
    host = beside if n_gpus else work
    beside_matrix = columns.experts_away_per_token * tokens + mask + matrix
    gpu = np.where(matrix > 0, np.maximum(work, beside_matrix), work) + copies
    shape = np.broadcast_shapes(np.shape(host), np.shape(gpu), uses_gpu.shape[:-1])
    result = np.zeros((*shape, n_gpus + 1))
    result[..., 0] = host
    if n_gpus:
        active = uses_gpu | (matrix[..., None] > 0)
        result[..., 1:] = np.where(active, np.broadcast_to(gpu, shape)[..., None], 0)
    return result
