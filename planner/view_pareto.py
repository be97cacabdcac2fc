"""Quality against speed: which models are drawn where, which are left out, and which no other one beats in both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.fit_class import FitClass
from planner.wishes import USE_BENCHMARKS

if TYPE_CHECKING:
    from models_db.model_spec import Score
    from planner.catalogue_view import CatalogueView
    from planner.library import Library

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Scores:
    """Published results of one benchmark, one per model; row order is that of the columns."""

    benchmark: str
    values: Floats
    """Percent, NaN without a score."""
    entries: tuple[Score | None, ...]
    """With setting, source and date."""


@dataclass(frozen=True)
class QualityPoints:
    """What is drawn, slowest first; shape (points,)."""

    benchmark: str
    rows: Ints
    """Models."""
    quants: Ints
    """Their recommended quantizations."""
    score: Floats
    """[percent]"""
    decode_p10: Floats
    decode_p50: Floats
    decode_p90: Floats
    """[tokens/s]"""
    fit: NDArray[np.int8]
    front: Bools
    """True where no other point is at least as good and as fast, and better in one of them."""
    n_unscored: int
    """Models left out because nobody published a score."""
    n_too_large: int
    """Scored models left out because they do not fit."""
    n_no_speed: int
    """Scored models left out because their speed is not known."""


def scores_of(library: Library, use: str) -> Scores:
    """The scores that order models for a use: the same as :func:`planner.ranking.rank_models` takes."""
    benchmark = USE_BENCHMARKS[use]
    entries = tuple(library.models[i].best_score(benchmark) for i in library.columns.ids)
    return Scores(benchmark, np.array([np.nan if e is None else e.value for e in entries]), entries)


def pareto_front(score: Floats, speed: Floats) -> Bools:
    """Points that no other point beats.

    Parameters
    ----------
    score, speed : ndarray, shape (points,)
        More is better; finite.

    Returns
    -------
    ndarray of bool, shape (points,)
        True where no other point is at least as high in both and higher in one; of equal points all.
    """
    order = np.lexsort((-score, -speed))
    front = np.zeros(len(score), dtype=np.bool_)
    best, best_speed = -np.inf, np.inf
    for at in order.tolist():
        if score[at] > best or (score[at] == best and speed[at] == best_speed):
            front[at] = True
            best, best_speed = float(score[at]), float(speed[at])
    return front


def quality_points(view: CatalogueView, rows: Ints, scores: Scores) -> QualityPoints:
    """Place the models of the list by score and speed of their recommended quantization.

    Parameters
    ----------
    view : CatalogueView
    rows : ndarray of int, shape (n,)
        Models of the list.
    scores : Scores
        Of the benchmark of the question's use.
    """
    quants = view.best[rows]
    score, speed = scores.values[rows], view.decode_p50[rows, quants]
    fits = view.fit[rows, quants] != FitClass.NONE
    scored, timed = np.isfinite(score), np.isfinite(speed)
    drawn = np.flatnonzero(scored & fits & timed)
    drawn = drawn[np.lexsort((score[drawn], speed[drawn]))]
    at = (rows[drawn], quants[drawn])
    return QualityPoints(
        benchmark=scores.benchmark,
        rows=rows[drawn],
        quants=quants[drawn],
        score=score[drawn],
        decode_p10=view.decode_p10[at],
        decode_p50=speed[drawn],
        decode_p90=view.decode_p90[at],
        fit=view.fit[at],
        front=pareto_front(score[drawn], speed[drawn]),
        n_unscored=int(np.count_nonzero(~scored)),
        n_too_large=int(np.count_nonzero(scored & ~fits)),
        n_no_speed=int(np.count_nonzero(scored & fits & ~timed)),
    )
