"""The map with models or with the quantizations of one: cells, keys, what is beyond, what the strip says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from ui_support import MODEL, WAIT_MS, select, settle

from planner import units
from planner.catalogue_view import quants_of
from planner.fit_class import FitClass
from ui.main_window import MainWindow
from ui.views.map_cells import MapGridView

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from planner.map_grid import MapGrid


def shown_map(window: MainWindow, qtbot: QtBot) -> tuple[MapGridView, MapGrid]:
    """The map of models, once it is there."""
    qtbot.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    cells = window.map_view.grid_view
    qtbot.waitUntil(lambda: cells.grid is not None, timeout=WAIT_MS)
    settle(window, qtbot)
    assert cells.grid is not None
    return cells, cells.grid


def settle_map(window: MainWindow, qtbot: QtBot) -> None:
    """Wait for the plan and for the quantizations."""
    settle(window, qtbot)
    qtbot.waitUntil(lambda: not window.map_view.busy and not window.session.busy, timeout=WAIT_MS)


def check_line(cells: MapGridView, grid: MapGrid) -> None:
    """The thick line ends where the GPU ends, and a black corner marks what is beyond the trained context."""
    on_gpu = grid.offered & (grid.fit <= FitClass.TIGHT)
    for row in range(len(grid.rows)):
        count = int(grid.last_on_gpu[row])
        assert on_gpu[row, :count].all()
        assert count == on_gpu.shape[1] or not on_gpu[row, count]
    row = cells.cursor_cell[0]
    image = cells.viewport().grab().toImage()
    x = cells.cell_rect(row, int(grid.last_on_gpu[row])).left()
    y = cells.cell_rect(row, 0).center().y()
    dark = [image.pixelColor(round(x) + d, round(y)).lightness() for d in (-1, 0, 1)]
    assert min(dark) < 60
    beyond = np.flatnonzero(grid.beyond[row])
    assert len(beyond)
    corner = cells.cell_rect(row, int(beyond[0])).adjusted(1, 1, -1, -1).topRight()
    assert image.pixelColor(round(corner.x()) - 3, round(corner.y()) + 2).lightness() < 60


def test_that_the_quantizations_of_the_selected_model_are_mapped_and_an_empty_map_says_so(
    planned: MainWindow, qtbot: QtBot
) -> None:
    cells, models = shown_map(planned, qtbot)
    assert cells.hasFocus(), "the shortcut that shows the map gives it the arrow keys"
    session, view = planned.session, planned.session.view
    assert session.facts is not None
    assert view is not None
    row = session.facts.row_of[MODEL]
    assert int(models.rows[cells.cursor_cell[0]]) == row, "the cursor is on the selected model"
    assert cells.cell_rect(*cells.cursor_cell).bottom() <= cells.viewport().height(), "and it is seen"
    qtbot.mouseClick(planned.map_view.rows.button("quants"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: cells.grid is not models and not planned.map_view.busy, timeout=WAIT_MS)
    grid = cells.grid
    assert grid is not None
    assert grid.quants.tolist() == quants_of(view, row)
    assert set(grid.rows.tolist()) == {row}
    column = grid.contexts.index(8192)
    assert (grid.fit[:, column] == view.fit[row, grid.quants]).all()
    assert session.plan is not None
    at = cells.cursor_cell[0]
    assert session.facts.quants[int(grid.quants[at])] == session.plan.quant
    cells.setFocus()
    qtbot.keyClick(cells, Qt.Key.Key_Down)
    settle_map(planned, qtbot)
    smaller = session.facts.quants[int(grid.quants[at + 1])]
    assert session.plan.quant == smaller
    assert cells.accessibleDescription().startswith(f"Qwen3-30B-A3B {smaller}, 8K, ")
    assert f"Qwen3-30B-A3B {smaller} 8K" in planned.map_view.sum.accessibleName()
    low, high = grid.decode_p10[at + 1, column], grid.decode_p90[at + 1, column]
    assert f"{units.rate(low)}–{units.rate(high)} tok/s" in planned.map_view.sum.accessibleName()
    select(planned, qtbot, "openai/gpt-oss-20b")
    other = session.facts.row_of["openai/gpt-oss-20b"]
    qtbot.waitUntil(lambda: cells.grid is not None and int(cells.grid.rows[0]) == other, timeout=WAIT_MS)
    qtbot.mouseClick(planned.map_view.rows.button("models"), Qt.MouseButton.LeftButton)
    assert cells.grid is not None
    assert len(set(cells.grid.rows.tolist())) > 100
    planned.question.search.setText("no such model at all")
    settle_map(planned, qtbot)
    assert planned.map_view.empty.isVisible()
    assert not planned.map_view.grid_view.isVisible()
    planned.question.search.clear()
    settle_map(planned, qtbot)
    qtbot.waitUntil(planned.map_view.grid_view.isVisible, timeout=WAIT_MS)


def test_that_marks_are_where_they_mean_hover_says_the_sum_keys_move_and_a_click_selects(
    planned: MainWindow, qtbot: QtBot
) -> None:
    cells, grid = shown_map(planned, qtbot)
    check_line(cells, grid)
    strip = planned.map_view.sum
    row = cells.cursor_cell[0]
    wide = grid.contexts.index(65536)
    point = cells.cell_rect(row, wide).center().toPoint()
    qtbot.mouseMove(cells.viewport(), point)
    assert grid.beyond[row, wide]
    assert "past the trained context: needs YaRN" in strip.accessibleName()
    kv = units.mib(float(grid.bars[row, wide, 0, 2])).removesuffix(" MiB")
    assert f"KV cache {kv} MiB" in strip.accessibleName()
    assert f"of {units.mib(grid.devices[0].capacity).removesuffix(' MiB')} MiB" in strip.accessibleName()
    last = grid.contexts.index(1024 * 1024)
    qtbot.mouseMove(cells.viewport(), cells.cell_rect(row, last).center().toPoint())
    assert "not offered" in strip.accessibleName()
    first = next(
        (r, c)
        for r in range(len(grid.rows))
        for c in range(len(grid.contexts))
        if grid.offered[r, c] and grid.fit[r, c] == FitClass.NONE
    )
    cells.cell_changed.emit(*first)
    short = units.gib(float(grid.shortfall[first]))
    assert f"does not fit: short by {short} of" in strip.accessibleName()
    target = cells.cell_rect(row - 1, 0).center().toPoint()
    qtbot.mouseClick(cells.viewport(), Qt.MouseButton.LeftButton, pos=target)
    settle(planned, qtbot)
    session = planned.session
    assert session.facts is not None
    assert session.plan is not None
    assert session.plan.model_id == session.facts.ids[int(grid.rows[row - 1])]
    assert session.wishes.n_ctx == grid.contexts[0]
    cells.setFocus()
    qtbot.keyClick(cells, Qt.Key.Key_Right)
    settle(planned, qtbot)
    assert session.wishes.n_ctx == grid.contexts[1]
    qtbot.mouseClick(planned.map_view.number.button("left"), Qt.MouseButton.LeftButton)
    assert cells.show_headroom
