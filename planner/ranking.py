"""Order models for a machine: speed that suffices first, then scored quality, then size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner import units
from planner.choice import ACCEPTABLE_LOSS
from planner.evaluate import Evaluation
from planner.library import Library
from planner.wishes import USE_BENCHMARKS, Wishes

if TYPE_CHECKING:
    from models_db.model_spec import ModelSpec


@dataclass(frozen=True, slots=True)
class Ranked:
    """One model in its place."""

    row: int
    quant: int
    fits: bool
    score: float | None
    reason: str


def suits(model: ModelSpec, use: str) -> bool:
    """Whether a model is meant for a use (long documents are judged by context)."""
    if use == "vision":
        return "image" in model.modality
    if use == "code":
        return "code" in model.uses or "chat" in model.uses
    return True


def rank_models(
    library: Library, found: Evaluation, best: np.ndarray[tuple[int], np.dtype[np.int64]], wishes: Wishes
) -> list[Ranked]:
    """Sort the best case of every model.

    Parameters
    ----------
    library : Library
    found : Evaluation
        Shape (models, quantizations), from :func:`planner.fit_plan.evaluate_catalogue`.
    best : ndarray of int, shape (models,)
        Chosen quantization of each model.
    wishes : Wishes

    Returns
    -------
    list of Ranked
        What fits and is fast enough with a usable quantization, by published score of the use's benchmark, then by size;
        then what is too slow, too heavily quantized or too short; then what does not fit, nearest first.
    """
    benchmark = USE_BENCHMARKS[wishes.use]
    columns = library.columns
    entries = []
    for row, model_id in enumerate(columns.ids):
        model = library.models[model_id]
        if not suits(model, wishes.use):
            continue
        quant = int(best[row])
        fits = bool(found.fits[row, quant])
        speed = float(found.decode_p50[row, quant])
        fast = fits and speed >= wishes.min_decode_tps
        loss = float(np.nan_to_num(library.losses[quant], nan=0.0))
        usable = loss <= ACCEPTABLE_LOSS
        n_ctx_train = int(columns.cache.n_ctx_train[row])
        long_enough = n_ctx_train >= wishes.n_ctx
        score = model.best_score(benchmark)
        value = None if score is None else score.value
        size = (float(columns.work.total_parameters[row]) * float(columns.work.active_parameters[row])) ** 0.5
        shortfall = float(found.placed.shortfall[row, quant])
        key = (
            not fits,
            fits and not fast,
            fits and not (usable and long_enough),
            fits and value is None,
            -(value or 0.0) if fits else 0.0,
            -size if fits else shortfall,
            _newest_first(model.released),
            loss,
            model_id,
        )
        reason = _reason(
            fits, fast, usable, long_enough, speed, value, benchmark, columns, row, shortfall, wishes
        )
        entries.append((key, Ranked(row, quant, fits, value, reason)))
    entries.sort(key=lambda e: e[0])
    return [entry for _, entry in entries]


def _newest_first(released: str | None) -> int:
    digits = (released or "0000-00").replace("-", "")[:6].ljust(6, "0")
    return -int(digits)


def _reason(
    fits: bool,
    fast: bool,
    usable: bool,
    long_enough: bool,
    speed: float,
    score: float | None,
    benchmark: str,
    columns: object,
    row: int,
    shortfall: float,
    wishes: Wishes,
) -> str:
    from planner.columns import Columns

    assert isinstance(columns, Columns)
    if not fits:
        return f"short by {units.gib(shortfall)}"
    total, active = columns.work.total_parameters[row], columns.work.active_parameters[row]
    size = units.parameters(float(total))
    if active < 0.9 * total:
        size += f", {units.parameters(float(active))} active"
    what = f"{benchmark} {score:g}" if score is not None else f"no score; {size}"
    if not np.isfinite(speed):
        return f"speed unknown; {what}"
    if not fast:
        return f"below {wishes.min_decode_tps:g} tok/s; {what}"
    if not usable:
        return f"only heavily quantized; {what}"
    if not long_enough:
        return f"trained for {units.tokens(int(columns.cache.n_ctx_train[row]))} only; {what}"
    return what
