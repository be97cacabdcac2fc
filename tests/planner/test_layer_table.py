"""Sums over layers are the same whether the room of shorter models is kept or not."""

from __future__ import annotations

import numpy as np
import pytest

from planner.layer_table import LayerTable


@pytest.fixture
def steps() -> np.ndarray[tuple[int, int, int], np.dtype[np.float64]]:
    """Three models of 2, 0 and 5 boundaries that grow, in a full array of 6."""
    made = np.zeros((3, 6, 4))
    rng = np.random.default_rng(5)
    for model, n in enumerate((2, 0, 5)):
        made[model, 1 : n + 1] = rng.integers(1, 9, (n, 4))
    return made


def test_that_single_cases_read_what_a_full_array_holds(steps: np.ndarray) -> None:
    table, full = LayerTable.of_steps(steps), np.cumsum(steps, axis=1)
    rng = np.random.default_rng(6)
    rows, quant, at = rng.integers(0, 3, 50), rng.integers(0, 4, 50), rng.integers(0, 9, (50, 2))
    expected = full[rows[:, None], np.minimum(at, 5), quant[:, None]]
    assert np.array_equal(table.gather(rows, quant, at), expected)


def test_that_a_whole_catalogue_reads_what_a_full_array_holds(steps: np.ndarray) -> None:
    table, full = LayerTable.of_steps(steps), np.cumsum(steps, axis=1)
    rows, quant = np.arange(3)[:, None, None], np.arange(4)[None, :, None]
    at = np.array([[0, 1], [3, 9], [4, 5]])[:, None, None, :]
    expected = full[rows[..., None], np.minimum(at, 5), quant[..., None]]
    assert np.array_equal(table.gather(rows, quant, at), expected)


def test_that_steps_and_totals_come_back_and_the_room_of_short_models_is_not_held(steps: np.ndarray) -> None:
    table = LayerTable.of_steps(steps)
    assert np.array_equal(table.steps(), steps)
    assert np.array_equal(table.totals, steps.sum(axis=1))
    assert table.shape == steps.shape
    assert table.values.shape == (3 + 1 + 6, 4)
