"""A list of the window as it is kept: small, and with the same answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.catalogue_view import CatalogueView, first_token_seconds
from planner.cells import case_of_cell, evaluate_catalogue
from planner.evaluate import Evaluation
from planner.hardware.what_if import machine_from_options
from planner.library import Library, load_library
from planner.machine import Machine
from planner.ranking import rank_models
from planner.settings import Workload
from planner.view_data import evaluate_view, facts_of
from planner.wishes import Wishes

WISHES = Wishes(n_ctx=16384, workload=Workload(filled=True))


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


@pytest.fixture(scope="module")
def machine() -> Machine:
    made = machine_from_options(gpus=["RTX 4090", "RTX 3060 12GB"], ram_gib=64, ram_bandwidth=83)
    assert made is not None
    return made


@pytest.fixture(scope="module")
def found(library: Library, machine: Machine) -> Evaluation:
    return evaluate_catalogue(library, machine, WISHES)[0]


@pytest.mark.parametrize("use", ["chat", "vision"])
def test_that_a_list_says_the_places_and_reasons_of_the_ranking(
    library: Library, machine: Machine, use: str
) -> None:
    wishes = replace(WISHES, use=use)
    evaluation, best = evaluate_catalogue(library, machine, wishes)
    ranked = rank_models(library, evaluation, best, wishes)
    view = evaluate_view(library, facts_of(library), machine, wishes)
    assert [int(view.rank[r.row]) for r in ranked] == list(range(len(ranked)))
    assert [view.reasons[r.row] for r in ranked] == [r.reason for r in ranked]
    left_out = set(range(len(view.rank))) - {r.row for r in ranked}
    assert (len(left_out) > 0) == (use == "vision")
    assert all(view.reasons[row] == "" and view.rank[row] == len(view.rank) for row in left_out)


def test_that_a_kept_evaluation_gives_the_same_cases_and_first_tokens(
    library: Library, found: Evaluation
) -> None:
    kept = found.to_keep()
    rows = np.arange(0, len(library.columns.ids), 7)
    quants = np.full(len(rows), library.quants["Q4_K_M"])
    np.testing.assert_array_equal(
        first_token_seconds(kept, rows, quants, WISHES), first_token_seconds(found, rows, quants, WISHES)
    )
    for row, quant in zip(rows.tolist(), quants.tolist(), strict=True):
        model = library.models[library.columns.ids[row]]
        of_kept = case_of_cell(library, model, kept, row, quant, WISHES, "Q4_K_M")
        whole = case_of_cell(library, model, found, row, quant, WISHES, "Q4_K_M")
        assert of_kept.settings == whole.settings


def test_that_a_kept_list_takes_about_a_megabyte(view_of: CatalogueView) -> None:
    assert 300_000 < kept_bytes(view_of) < 1_300_000


@pytest.fixture(scope="module")
def view_of(library: Library, machine: Machine) -> CatalogueView:
    return evaluate_view(library, facts_of(library), machine, WISHES)


def kept_bytes(view: CatalogueView) -> int:
    """Bytes of the arrays of a view that are its own."""
    shared = (view.file,)
    placed = view.found.placed
    arrays = [v for v in vars(view).values() if isinstance(v, np.ndarray) and not any(v is s for s in shared)]
    arrays += [placed.start, placed.n_cpu_moe, placed.n_gpu_layers, placed.code, placed.gpu_set]
    arrays += [view.found.memory.total]
    return sum({id(a): a.nbytes for a in arrays}.values())
