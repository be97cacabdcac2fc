"""A list that is kept says the same of every quantization that is offered, in a third of its memory."""

from __future__ import annotations

import gc
import weakref
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest

from planner.cells import plan_of_cell
from planner.fit_class import FitClass
from planner.hardware.what_if import machine_from_options
from planner.library import load_library
from planner.list_filter import Filters
from planner.packed_view import PackedView
from planner.settings import Workload
from planner.view_data import CatalogueView, evaluate_view, facts_of, list_order
from planner.wishes import Wishes


@pytest.fixture(scope="module")
def view() -> CatalogueView:
    library = load_library()
    machine = machine_from_options(("RTX 4090", "RTX 3060"), 64, 83)
    assert machine is not None
    return evaluate_view(
        library, facts_of(library), machine, Wishes(n_ctx=32768, workload=Workload(filled=True))
    )


def arrays(record: Any, path: str = "") -> dict[str, np.ndarray]:
    """Every array of a record and of the records inside it that belong to cells."""
    found: dict[str, np.ndarray] = {}
    if isinstance(record, CatalogueView):
        found |= arrays(record.found, "found.") | {"bars": record.bars}
    for field in fields(record):
        value = getattr(record, field.name)
        if isinstance(value, np.ndarray):
            found[f"{path}{field.name}"] = value
        elif is_dataclass(value) and field.name in ("placed", "memory"):
            found |= arrays(value, f"{path}{field.name}.")
    return found


def test_that_every_offered_cell_is_as_it_was(view: CatalogueView) -> None:
    again = PackedView(view).whole()
    before, after = arrays(view), arrays(again)
    assert before.keys() == after.keys()
    offered = view.facts.offered
    n_compared = 0
    for name, values in before.items():
        assert after[name].dtype == values.dtype, name
        assert after[name].shape == values.shape, name
        cells = values.shape[:2] == offered.shape
        one, other = (values[offered], after[name][offered]) if cells else (values, after[name])
        np.testing.assert_array_equal(one, other, err_msg=name)
        n_compared += cells
    assert n_compared >= 15
    assert again.serial == view.serial
    hidden = ~offered
    hidden[np.arange(len(view.best)), view.best] = False
    assert set(again.fit[hidden].tolist()) == {FitClass.NONE}


def test_that_order_reasons_and_plans_are_the_same(view: CatalogueView) -> None:
    library, again = load_library(), PackedView(view).whole()
    for key in ("recommended", "decode", "file", "name"):
        one = list_order(view, Filters(), key, False)
        other = list_order(again, Filters(), key, False)
        np.testing.assert_array_equal(one.rows, other.rows)
        assert one.n_fitting == other.n_fitting
    rows = one.rows[:: len(one.rows) // 12].tolist()
    for row in rows:
        assert view.reasons[row] == again.reasons[row]
        quant = int(view.best[row])
        plans = [plan_of_cell(library, v.found, row, quant, v.wishes, exact=False) for v in (view, again)]
        assert plans[0].devices == plans[1].devices
        assert plans[0].throughput == plans[1].throughput


def test_that_it_takes_half_of_the_memory_or_less(view: CatalogueView) -> None:
    whole = {
        id(a): a.nbytes for n, a in arrays(view).items() if a.shape[:2] == view.fit.shape and n != "file"
    }
    assert PackedView(view).n_bytes < 0.5 * sum(whole.values())


def test_that_nothing_whole_is_held(view: CatalogueView) -> None:
    again = PackedView(view).whole()
    held = [weakref.ref(a) for a in (again.bars, again.found.placed.start, again.found.decode_p50)]
    packed = PackedView(again)
    assert packed.whole().reasons[0] == view.reasons[0]
    del again
    gc.collect()
    assert [ref() for ref in held] == [None] * 3
