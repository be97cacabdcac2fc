"""The list as Qt sees it, under Qt's own tester."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from ui_support import MODEL, described

from planner.view_data import CatalogueView, Facts, Filters, evaluate_view, facts_of, list_order
from planner.wishes import Wishes
from ui.models.catalogue_model import CatalogueModel, Kind

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from planner.library import Library


@pytest.fixture(scope="module")
def facts(library: Library) -> Facts:
    return facts_of(library)


@pytest.fixture(scope="module")
def view(library: Library, facts: Facts) -> CatalogueView:
    return evaluate_view(library, facts, described(), Wishes())


def test_that_the_model_obeys_qt_while_rows_come_and_go(qtbot: QtBot, view: CatalogueView) -> None:
    model = CatalogueModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    small = Filters(text="qwen3")
    model.show(view, list_order(view, small))
    lines = model.rowCount()
    assert lines > 5
    model.toggle(0)
    assert model.rowCount() > lines
    model.show(view, list_order(view, small, "decode"))
    model.show(view, list_order(view, Filters(text="no such model at all")))
    assert model.rowCount() == 0
    model.show(view, list_order(view, small))
    line = next(i for i, e in enumerate(model.entries) if e.kind is Kind.MODEL and model.is_open(e.row))
    model.toggle(line)
    assert model.rowCount() == lines
    assert tester is not None


def test_that_every_cell_has_text_and_words_for_a_screen_reader(view: CatalogueView) -> None:
    model = CatalogueModel()
    model.show(view, list_order(view, Filters()))
    for line in range(0, model.rowCount(), 9):
        if model.entries[line].kind is Kind.SECTION:
            continue
        for column in range(model.columnCount()):
            index = model.index(line, column)
            assert model.data(index, Qt.ItemDataRole.DisplayRole)
            assert model.data(index, Qt.ItemDataRole.AccessibleTextRole)
            assert model.data(index, Qt.ItemDataRole.ToolTipRole)
    assert model.data(QModelIndex()) is None


def test_that_a_line_is_found_by_model_and_quantization(view: CatalogueView) -> None:
    model = CatalogueModel()
    model.show(view, list_order(view, Filters()))
    line = model.line_of(MODEL, None)
    assert model.data(model.index(line, 0)).startswith("Qwen3-30B-A3B ")
    model.toggle(line)
    assert model.data(model.index(model.line_of(MODEL, "Q6_K"), 0)) == "Q6_K"
    assert model.line_of("nobody/nothing", None) == -1


def test_that_the_placement_of_a_row_is_said_with_units(view: CatalogueView) -> None:
    model = CatalogueModel()
    model.show(view, list_order(view, Filters()))
    column = next(i for i, c in enumerate(model.columns) if c.key == "placement")
    text = model.data(model.index(model.line_of(MODEL, None), column), Qt.ItemDataRole.AccessibleTextRole)
    assert "RTX 4090" in text
    assert "GiB" in text
    assert "KV cache" in text
