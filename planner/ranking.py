"""Order models for a machine: speed that suffices first, then scored quality, then size."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner import units
from planner.choice import ACCEPTABLE_LOSS
from planner.evaluate import Evaluation
from planner.library import Library
from planner.records import Placement
from planner.wishes import USE_BENCHMARKS, Wishes
from planner.words import figure, say

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


@dataclass(frozen=True, slots=True)
class Standing:
    """What a model's place depends on, whatever engine it is planned for."""

    model: ModelSpec
    fits: bool
    decode_p50: float
    """NaN if unknown. [tokens/s]"""
    loss: float
    """Published loss of the quantization; 0 where none is published. [nats]"""
    n_ctx_train: int
    total_parameters: float
    active_parameters: float
    shortfall: float
    """Bytes missing where it does not fit; NaN if unknown. [bytes]"""
    why_not: str = ""
    """Why it does not fit, where that is more than a number of bytes."""


@dataclass(frozen=True, slots=True)
class Place:
    """Sort key of a model, its published score and the reason in words."""

    key: tuple[object, ...]
    score: float | None
    reason: str


def suits(model: ModelSpec, use: str) -> bool:
    """Whether a model is meant for a use (long documents are judged by context)."""
    if use == "vision":
        return "image" in model.modality
    if use == "code":
        return "code" in model.uses or "chat" in model.uses
    return True


def place_of(standing: Standing, wishes: Wishes) -> Place:
    """Where a model stands, and why."""
    score = published_score(standing.model, wishes)
    return Place(place_key(standing, wishes), score, place_words(standing, wishes))


def published_score(model: ModelSpec, wishes: Wishes) -> float | None:
    """Best published score of the use's benchmark, or None."""
    found = model.best_score(USE_BENCHMARKS[wishes.use])
    return None if found is None else found.value


def place_key(standing: Standing, wishes: Wishes) -> tuple[object, ...]:
    """Sort key of a model.

    What fits and is fast enough with a usable quantization comes first, by published score of the use's benchmark, then by
    size; then what is too slow, too heavily quantized or too short; then what does not fit, nearest first.
    """
    model, fits = standing.model, standing.fits
    fast, usable, long_enough = _suffices(standing, wishes)
    score = published_score(model, wishes)
    size = (standing.total_parameters * standing.active_parameters) ** 0.5
    short = standing.shortfall if math.isfinite(standing.shortfall) else float("inf")
    return (
        not fits,
        fits and not fast,
        fits and not (usable and long_enough),
        fits and score is None,
        -(score or 0.0) if fits else 0.0,
        -size if fits else short,
        _newest_first(model.released),
        standing.loss,
        model.id,
    )


def _suffices(standing: Standing, wishes: Wishes) -> tuple[bool, bool, bool]:
    """Whether a model is fast enough, lightly enough quantized and trained for the context."""
    return (
        standing.fits and standing.decode_p50 >= wishes.min_decode_tps,
        standing.loss <= ACCEPTABLE_LOSS,
        standing.n_ctx_train >= wishes.n_ctx,
    )


def place_words(standing: Standing, wishes: Wishes) -> str:
    """Why a model has its place."""
    total, active = standing.total_parameters, standing.active_parameters
    if not standing.fits:
        return standing.why_not or say("short by {gib}", gib=units.gib(standing.shortfall))
    text = units.parameters(total)
    if active < 0.9 * total:
        text = say("{total}, {active} active", total=text, active=units.parameters(active))
    what = say("no score; {size}", size=text)
    score = published_score(standing.model, wishes)
    if score is not None:
        what = say("{benchmark} {score}", benchmark=USE_BENCHMARKS[wishes.use], score=figure(f"{score:g}"))
    fast, usable, long_enough = _suffices(standing, wishes)
    if not math.isfinite(standing.decode_p50):
        what = say("speed unknown; {rest}", rest=what)
    elif not fast:
        what = say("below {least} tok/s; {rest}", least=figure(f"{wishes.min_decode_tps:g}"), rest=what)
    elif not usable:
        what = say("only heavily quantized; {rest}", rest=what)
    elif not long_enough:
        what = say("trained for {n} only; {rest}", n=units.tokens(standing.n_ctx_train), rest=what)
    return what


def rank_models(
    library: Library, found: Evaluation, best: np.ndarray[tuple[int], np.dtype[np.int64]], wishes: Wishes
) -> list[Ranked]:
    """Sort the best case of every model.

    Parameters
    ----------
    library : Library
    found : Evaluation
        Shape (models, quantizations), from :func:`planner.cells.evaluate_catalogue`.
    best : ndarray of int, shape (models,)
        Chosen quantization of each model.
    wishes : Wishes

    Returns
    -------
    list of Ranked
        What fits and is fast enough with a usable quantization, by published score of the use's benchmark, then by size;
        then what is too slow, too heavily quantized or too short; then what does not fit, nearest first.
    """
    return [
        Ranked(row, int(best[row]), not place.key[0], place.score, place.reason)
        for row, place in sorted(places(library, found, best, wishes).items(), key=lambda e: e[1].key)
    ]


def places(
    library: Library, found: Evaluation, best: np.ndarray[tuple[int], np.dtype[np.int64]], wishes: Wishes
) -> dict[int, Place]:
    """Where the best case of every model for the use stands, by row; parameters as for :func:`rank_models`."""
    return {
        row: place_of(standing_of(library, found, row, int(best[row])), wishes)
        for row in rows_for(library, wishes)
    }


def ranks(
    library: Library, found: Evaluation, best: np.ndarray[tuple[int], np.dtype[np.int64]], wishes: Wishes
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Place of every model in the ranking, as a number; parameters as for :func:`rank_models`.

    Returns
    -------
    ndarray of int, shape (models,)
        The number of models for those the use leaves out.
    """
    rows = rows_for(library, wishes)
    keys = {row: place_key(standing_of(library, found, row, int(best[row])), wishes) for row in rows}
    out = np.full(len(best), len(best), dtype=np.int64)
    out[sorted(rows, key=keys.__getitem__)] = np.arange(len(rows))
    return out


def rows_for(library: Library, wishes: Wishes) -> list[int]:
    """Models meant for the use, as rows of the columns."""
    ids = library.columns.ids
    return [row for row, model_id in enumerate(ids) if suits(library.models[model_id], wishes.use)]


def standing_of(library: Library, found: Evaluation, row: int, quant: int) -> Standing:
    """What the place of one cell of an evaluation of the catalogue depends on."""
    columns = library.columns
    loss = float(library.losses[quant])
    return Standing(
        model=library.models[columns.ids[row]],
        fits=bool(found.placed.code[row, quant] != Placement.NONE),
        decode_p50=float(found.decode_p50[row, quant]),
        loss=0.0 if math.isnan(loss) else loss,
        n_ctx_train=int(columns.cache.n_ctx_train[row]),
        total_parameters=float(columns.work.total_parameters[row]),
        active_parameters=float(columns.work.active_parameters[row]),
        shortfall=float(found.placed.shortfall[row, quant]),
    )


class Reasons:
    """Why each model has its place, by row, put into words when it is asked for.

    A list that is kept would else hold some thousand texts that nobody reads.
    """

    def __init__(
        self,
        library: Library,
        found: Callable[[], Evaluation],
        best: np.ndarray[tuple[int], np.dtype[np.int64]],
        wishes: Wishes,
    ) -> None:
        self._library, self._found, self._best, self._wishes = library, found, best, wishes

    def of(self, found: Callable[[], Evaluation]) -> Reasons:
        """The same, read from another copy of the evaluation."""
        return Reasons(self._library, found, self._best, self._wishes)

    def __len__(self) -> int:
        return len(self._best)

    def __getitem__(self, row: int) -> str:
        library = self._library
        if not suits(library.models[library.columns.ids[row]], self._wishes.use):
            return ""
        return place_words(standing_of(library, self._found(), row, int(self._best[row])), self._wishes)


def _newest_first(released: str | None) -> int:
    digits = (released or "0000-00").replace("-", "")[:6].ljust(6, "0")
    return -int(digits)
