"""Columns of the list: chosen from the menu, left out where there is no room, remembered; provenance, licence, star."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from ui_support import MODEL

from planner import units
from ui.main_window import MainWindow
from ui.models.catalogue_model import PROVENANCE_MARKS, Kind, provenance_words

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def shown_titles(window: MainWindow) -> dict[str, str]:
    """Titles of the columns menu by key, as they read when it opens."""
    menu = window.centre.columns_menu
    menu.aboutToShow.emit()
    return {a.data(): a.text() for a in menu.actions()}


def test_that_columns_are_chosen_and_remembered(make_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = make_window(size=(2000, 900))
    table, model = window.centre.table, window.centre.model
    keys = ["placement", "decode", "first_token", "loss", "file", "licence", "provenance"]
    titles = shown_titles(window)
    assert list(titles) == keys
    assert titles["provenance"] == "Provenance mark"
    assert table.shown_columns() == {"name", *keys}
    for action in window.centre.columns_menu.actions():
        if action.data() in ("loss", "licence"):
            action.trigger()
    assert table.shown_columns() == {"name", *keys} - {"loss", "licence"}
    line = model.line_of(MODEL, None)
    view = model.view
    assert view is not None
    texts = {c.key: model.data(model.index(line, i)) for i, c in enumerate(model.columns)}
    row = view.facts.row_of[MODEL]
    first = float(view.first_token[row, int(view.best[row])])
    assert texts["first_token"] == units.seconds(first)
    assert texts["licence"] == "Apache-2.0"
    assert texts["provenance"] == "● published weights"
    assert set(PROVENANCE_MARKS.values()) == {"●", "◐", "○"}
    assert {provenance_words(p) for p in PROVENANCE_MARKS} == {
        "published weights",
        "reported only",
        "imported",
    }
    window.save_settings()
    assert sorted(window._store.load()[0].hidden_columns) == ["licence", "loss"]
    window.close()
    again = make_window(size=(2000, 900))
    assert again.centre.table.shown_columns() == {"name", *keys} - {"loss", "licence"}
    again.resize(1280, 800)
    qtbot.waitUntil(lambda: "first_token" not in again.centre.table.shown_columns(), timeout=5000)
    titles = shown_titles(again)
    assert titles["first_token"].endswith("(no room)")
    assert titles["loss"] == "Loss, KL", "not wanted is not the same as no room"
    again.centre._sort("provenance", False)
    order = again.session.order
    assert order is not None
    assert order.n_fitting > 100


def test_that_the_recommended_quantization_has_its_star(window: MainWindow, qtbot: QtBot) -> None:
    table, model = window.centre.table, window.centre.model
    line = model.line_of(MODEL, None)
    table.selectRow(line)
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_Right)
    view = model.view
    assert view is not None
    row = view.facts.row_of[MODEL]
    children = [i for i, e in enumerate(model.entries) if e.kind is Kind.QUANT and e.row == row]
    accent = window.themes.theme.color("accent").name()
    starred = []
    for child in children:
        table.scrollTo(model.index(child, 0))
        image = table.viewport().grab().toImage()
        y = table.rowViewportPosition(child)
        pixels = {
            image.pixelColor(x, y + h).name()
            for x in range(60, table.columnWidth(0) - 4)
            for h in range(6, 22)
        }
        if accent in pixels:
            starred.append(model.entries[child].quant)
    assert starred == [int(view.best[row])]


def test_that_figures_stay_near_their_name_in_a_wide_window_and_nothing_is_left_unpainted(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = make_window(size=(2400, 900))
    table, header = window.centre.table, window.centre.table.horizontalHeader()
    assert table.columnWidth(0) < 500
    end = header.length()
    assert end < table.viewport().width() - 200, "the rest stays empty at the right"
    line = window.centre.model.line_of(MODEL, None)
    table.selectRow(line)
    t = window.themes.theme
    image = table.viewport().grab().toImage()
    chosen_y = table.rowViewportPosition(line) + 14
    other = line - 1 if line else line + 1
    for x in (end - 2, end + 3, table.viewport().width() - 9):
        assert image.pixelColor(x, chosen_y).name() == t.color("selection").name()
        assert image.pixelColor(x, table.rowViewportPosition(other) + 4).name() == t.color("base").name()
    title = header.viewport().grab().toImage()
    assert title.pixelColor(end + 40, 5).name() == t.color("window").name()
    laid = [
        table.columnViewportPosition(i) + table.columnWidth(i)
        for i in range(len(window.centre.model.columns))
    ]
    assert max(laid) == end
