"""The front of quality against speed, and who is left out of the picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.fit_class import FitClass
from planner.hardware.what_if import machine_from_options
from planner.library import load_library
from planner.ranking import rank_models
from planner.view_data import CatalogueView, evaluate_view, facts_of
from planner.view_pareto import pareto_front, quality_points, scores_of
from planner.wishes import Wishes

VALUES = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=30)


@given(VALUES)
def test_that_the_front_is_what_no_other_point_beats(points: list[tuple[int, int]]) -> None:
    score = np.array([p[0] for p in points], dtype=np.float64)
    speed = np.array([p[1] for p in points], dtype=np.float64)
    front = pareto_front(score, speed)
    for i in range(len(points)):
        beaten = (score >= score[i]) & (speed >= speed[i]) & ((score > score[i]) | (speed > speed[i]))
        assert front[i] == (not beaten.any())


@pytest.fixture(scope="module")
def view() -> CatalogueView:
    library = load_library()
    machine = machine_from_options(gpus=["RTX 4090"], ram_gib=64, ram_bandwidth=83)
    assert machine is not None
    return evaluate_view(library, facts_of(library), machine, Wishes())


@pytest.mark.parametrize("use", ["chat", "code"])
def test_that_every_model_is_drawn_or_counted(view: CatalogueView, use: str) -> None:
    library = load_library()
    scores = scores_of(library, use)
    rows = np.arange(len(view.facts.ids))
    points = quality_points(view, rows, scores)
    left_out = points.n_unscored + points.n_too_large + points.n_no_speed
    assert len(points.rows) + left_out == len(rows)
    assert points.n_unscored == sum(e is None for e in scores.entries)
    assert 0 < len(points.rows) < len(rows)
    assert np.isfinite(points.score).all()
    assert (points.fit != FitClass.NONE).all()
    assert (np.diff(points.decode_p50) >= 0).all()
    for row, score in zip(points.rows.tolist(), points.score.tolist(), strict=True):
        assert scores.entries[row] is not None
        assert scores.entries[row].value == score
        assert scores.entries[row].source
    fastest, best = np.argmax(points.decode_p50), np.argmax(points.score)
    assert points.front[best] or points.score[best] == points.score[points.front].max()
    assert points.decode_p50[points.front].max() == points.decode_p50[fastest]


def test_that_the_scores_are_those_of_the_ranking(view: CatalogueView) -> None:
    library = load_library()
    scores = scores_of(library, "chat")
    for entry in rank_models(library, view.found, view.best, Wishes()):
        value = scores.values[entry.row]
        assert (entry.score is None and np.isnan(value)) or entry.score == value
