"""Bytes of recurrent state (Mamba, delta net, short convolutions) on each device."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from planner.formulas.layer_placement import FloatArray, LayerBoundaries
from planner.graph_columns import CacheColumns

BYTES_PER_STATE_ELEMENT = 4.0
"""Recurrent state is always F32 (llama.cpp src/llama-model.cpp, ``create_memory``)."""


def recurrent_state_bytes(
    columns: CacheColumns, placement: LayerBoundaries, n_seq_max: ArrayLike, n_draft_max: ArrayLike = 0
) -> FloatArray:
    """Bytes of recurrent state on each device.

    Parameters
    ----------
    columns : CacheColumns
    placement : LayerBoundaries
    n_seq_max : array_like of int
        Slots; each has its own state whether the KV cache is unified or not.
    n_draft_max : array_like of int
        Tokens drafted at once by speculative decoding (``rs_seq``): that many more states are kept per slot.

    Returns
    -------
    ndarray, shape (..., n_gpus + 1)
        Bytes; column 0 is the host. [bytes]

    Notes
    -----
    llama.cpp src/llama-memory-recurrent.cpp, constructor, 0.5.0-dev: ``mem_size * (1 + n_rs_seq)`` rows of
    ``n_embd_r`` and
    ``n_embd_s`` F32 elements per recurrent layer.
    """
    if not columns.recurrent.any():
        return np.zeros((*placement.start.shape[:-1], placement.n_devices))
    rows = np.maximum(np.asarray(n_seq_max, dtype=np.float64), 1.0) * (
        1.0 + np.asarray(n_draft_max, dtype=np.float64)
    )
    elements = placement.sums(columns.recurrent, columns.n_layers)
    return np.asarray(elements * rows[..., None] * BYTES_PER_STATE_ELEMENT)
