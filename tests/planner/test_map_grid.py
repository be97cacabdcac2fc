"""Model and quantization against context: what is offered, what is beyond the trained context, what the list says too."""

from __future__ import annotations

import numpy as np
import pytest

from planner.hardware.what_if import machine_from_options
from planner.library import load_library
from planner.map_grid import map_grid
from planner.view_data import FitClass, evaluate_view, facts_of
from planner.wishes import Wishes
from planner.yarn import yarn_context

K = 1024


@pytest.mark.parametrize(
    ("model_id", "longest"),
    [
        ("Qwen/Qwen3-30B-A3B", 131072),
        ("meta-llama/Llama-3.1-8B-Instruct", None),
        ("openai/gpt-oss-20b", None),
    ],
)
def test_that_only_what_a_maker_states_is_offered_beyond_the_trained_context(
    model_id: str, longest: int | None
) -> None:
    assert yarn_context(load_library().models[model_id]) == longest


def test_that_about_a_million_is_not_a_mebi() -> None:
    library = load_library()
    stated = [yarn_context(m) for m in library.models.values() if "one million" in (m.n_ctx_train_note or "")]
    assert stated
    assert set(stated) == {1_000_000}


def test_that_a_stretched_map_agrees_with_the_plain_one_and_marks_what_is_beyond() -> None:
    library = load_library()
    facts = facts_of(library)
    machine = machine_from_options(gpus=["RTX 4090"], ram_gib=64, ram_bandwidth=83)
    assert machine is not None
    row = facts.row_of["Qwen/Qwen3-30B-A3B"]
    view = evaluate_view(library, facts, machine, Wishes())
    quants = np.flatnonzero(facts.offered[row])
    rows = np.full(len(quants), row)
    plain = map_grid(library, facts, machine, Wishes(), rows, quants)
    grid = map_grid(library, facts, machine, Wishes(), rows, quants, stretched=True)
    trained = int(facts.n_ctx_train[row])
    expected = [trained < c <= 131072 for c in grid.contexts]
    assert expected == [c in (64 * K, 128 * K) for c in grid.contexts]
    assert (grid.beyond == np.array(expected)).all()
    assert not plain.beyond.any()
    assert (grid.offered == plain.offered | grid.beyond).all()
    inside = plain.offered
    assert (grid.fit[inside] == plain.fit[inside]).all()
    assert (grid.bars[inside] == plain.bars[inside]).all()
    column = grid.contexts.index(Wishes().n_ctx)
    assert (grid.fit[:, column] == view.fit[row, quants]).all()
    on_gpu = grid.fit[:, column] <= FitClass.TIGHT
    assert (grid.decode_p50[on_gpu, column] == view.decode_p50[row, quants][on_gpu]).all()
    wide = grid.contexts.index(128 * K)
    kv = 2
    used = grid.bars[:, wide, :, kv].sum(axis=-1) / grid.bars[:, column, :, kv].sum(axis=-1)
    assert used == pytest.approx(128 * K / Wishes().n_ctx, rel=0.01)
