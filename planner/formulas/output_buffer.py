"""Bytes of the buffer that holds logits on the host."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def output_buffer_bytes(n_vocab: ArrayLike, n_seq_max: ArrayLike) -> NDArray[np.float64]:
    """Bytes of the logits buffer on the host (pinned where there is a GPU).

    Parameters
    ----------
    n_vocab : array_like of int
        Vocabulary size.
    n_seq_max : array_like of int
        Slots.

    Returns
    -------
    ndarray
        ``n_vocab * n_seq_max`` F32 values. [bytes]

    Notes
    -----
    llama.cpp src/llama-context.cpp, ``output_reserve``, 0.5.0-dev.
    """
    return np.asarray(np.asarray(n_vocab, dtype=np.float64) * np.asarray(n_seq_max, dtype=np.float64) * 4.0)
