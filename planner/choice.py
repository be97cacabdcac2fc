"""Choose one case per model from an evaluation: which quantization, at which context."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.evaluate import Evaluation
from planner.records import Placement

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

ACCEPTABLE_LOSS = 0.11
"""Mean KL divergence up to which a quantization counts as usable: Q3_K_M and better in the table used. [nats]"""
NO_LOSS = 0.0014
"""Losses below this (Q8_0) count as equal: nothing is gained by twice the bytes. [nats]"""


def choose_case(
    evaluation: Evaluation, losses: Floats, offered: Bools, objective: str, min_decode_tps: float
) -> NDArray[np.int64]:
    """Index of the best case of every model.

    Parameters
    ----------
    evaluation : Evaluation
        Shape (models, cases).
    losses : ndarray, broadcastable to (models, cases)
        Quality loss of each case's quantization; NaN counts as none (trained in that format). [nats]
    offered : ndarray of bool, broadcastable to (models, cases)
        Cases to choose from.
    objective : str
        ``quality``, ``speed`` or ``context``.
    min_decode_tps : float
        Speed below which a case is only taken if no other fits.

    Returns
    -------
    ndarray of int, shape (models,)
        Cases that do not fit are taken only if none fits, then the one that misses least.
    """
    shape = evaluation.placed.code.shape
    loss = np.broadcast_to(np.nan_to_num(losses, nan=0.0), shape)
    code = evaluation.placed.code.astype(np.int64)
    speed = evaluation.decode_p50
    fits = evaluation.fits & offered
    meets = fits & ~(speed < min_decode_tps)
    acceptable = loss <= ACCEPTABLE_LOSS
    place = np.where(evaluation.placed.tight & (code == Placement.GPU), 0.5, code.astype(np.float64))
    rounded = np.maximum(loss, NO_LOSS)
    slow = -np.nan_to_num(speed, nan=0.0)
    misses = np.where(fits, 0.0, evaluation.placed.shortfall)
    keys: list[Floats | Bools | NDArray[np.int64]]
    if objective == "speed":
        keys = [~offered, ~fits, misses, ~(meets & acceptable), ~meets, slow, rounded]
    elif objective == "context":
        context = -np.broadcast_to(evaluation.n_ctx, shape)
        tight = evaluation.placed.tight
        keys = [~offered, ~fits, misses, tight, ~(meets & acceptable), ~meets, context, place, rounded, slow]
    else:
        keys = [~offered, ~fits, misses, ~(meets & acceptable), ~meets, place, rounded, slow]
    order = np.lexsort(tuple(np.broadcast_to(k, shape) for k in reversed(keys)), axis=-1)
    return order[..., 0].astype(np.int64)
