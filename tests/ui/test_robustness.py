"""What thousands of random events broke once, each by itself."""

from __future__ import annotations

import gc
import time
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QThread, QTimer
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QFileDialog
from shiboken6 import isValid
from ui_support import MODEL, WAIT_MS, described, select

from models_db import architecture_table
from planner.graph import index
from planner.kept_models import MOST_INVENTORIES, forget_older_models
from planner.library import Library
from planner.plan import Term
from planner.report import view_ranking
from planner.shown_plan import plan_for
from planner.wishes import Wishes
from ui import heap
from ui.history import MOST_UNDOS
from ui.main_window import MainWindow
from ui.views.why_panel import WhyPanel

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


class _Plan:
    """A plan with a number of terms, for the panel of reasons."""

    def __init__(self, count: int) -> None:
        self.terms = [
            Term(f"t{i}", float(i), "bytes", "a + b " * 9, {"x": 1}, ("s 2024-01-01",)) for i in range(count)
        ]


def test_that_reasons_are_filled_in_while_a_scroll_bar_narrows_them(qtbot: QtBot) -> None:
    panel = WhyPanel()
    qtbot.addWidget(panel)
    panel.resize(300, 200)
    panel.show()
    for count in (3, 30, 2, 9, 25, 8, 7):
        panel.show_plan(_Plan(count))  # type: ignore[arg-type]
        panel.expandAll()
        QApplication.processEvents()
        assert panel.topLevelItemCount() == count
        assert panel.topLevelItem(count - 1).childCount() == 4
    panel.close()


def test_that_no_menu_of_a_button_runs_a_loop_of_its_own(window: MainWindow, qtbot: QtBot) -> None:
    levels: list[int] = []
    timer = QTimer()
    timer.timeout.connect(lambda: levels.append(QThread.currentThread().loopLevel()))
    timer.timeout.connect(lambda: (w := QApplication.activePopupWidget()) and w.close())
    timer.start(20)
    menus = (window.centre.columns_menu, window.machine_bar.menu)
    for button, menu in zip((window.centre.columns, window.machine_bar.planning_for), menus, strict=True):
        for key in (None, Qt.Key.Key_Space):
            levels.clear()
            if key is None:
                qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
            else:
                qtbot.keyClick(button, key)
            assert menu.isVisible() or levels
            QApplication.processEvents()
            assert levels in ([], [0] * len(levels)), (
                f"{button.accessibleName()} waits until its menu is closed"
            )
            menu.close()
    timer.stop()


def test_that_a_file_dialog_goes_when_it_is_closed(
    planned: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "open", lambda dialog: dialog.close())
    weights = planned.plan_pane.command.weights
    for _ in range(3):
        weights.browse.click()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert weights.findChildren(QFileDialog) == []


def test_that_nothing_ticks_in_a_closed_window(planned: MainWindow) -> None:
    planned.actions_by_key["copy"].trigger()
    planned.tell("a word", True)
    assert any(t.isActive() for t in planned.findChildren(QTimer))
    planned.close()
    assert not [t for t in planned.findChildren(QTimer) if t.isActive()]


def test_that_closing_does_not_wait_for_a_ranking_that_is_only_looked_at(
    planned: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[float] = []

    def slow(*_what: object, **_how: object) -> None:
        begun.append(time.monotonic())
        time.sleep(0.1)

    monkeypatch.setattr(view_ranking, "plan_of_cell", slow)
    monkeypatch.setattr(view_ranking, "replace", lambda plan, **_what: plan)
    planned.export("ranking")
    qtbot.waitUntil(lambda: len(begun) > 2, timeout=WAIT_MS)
    before = time.monotonic()
    planned.close()
    assert time.monotonic() - before < 3, "as many rows as there are take half a minute"
    assert len(begun) < 30


def test_that_the_menu_of_the_date_runs_no_loop_of_its_own(planned: MainWindow, qtbot: QtBot) -> None:
    planned.export("plan")
    assert planned.report is not None
    date = planned.report.date
    levels: list[int] = []

    def close() -> None:
        popup = QApplication.activePopupWidget()
        if popup is not None:
            levels.append(QThread.currentThread().loopLevel())
            popup.close()

    timer = QTimer()
    timer.timeout.connect(close)
    timer.start(10)
    at = QPoint(3, 3)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, at, date.mapToGlobal(at))
    QApplication.sendEvent(date, event)
    levels_at_return = list(levels)
    close()
    timer.stop()
    assert levels_at_return == []
    assert levels == [0]


def test_that_a_plan_window_that_was_closed_is_told_nothing_and_kept_by_nobody(
    planned: MainWindow, qtbot: QtBot
) -> None:
    planned.actions_by_key["pull_out"].trigger()
    pulled = planned.plan_pane.window_of_plan
    assert pulled is not None
    details = weakref.ref(pulled.details)
    pulled.close()
    del pulled
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    with qtbot.captureExceptions() as raised:
        planned.session.sort_by("decode")
        planned.session.pin()
    assert raised == []
    gc.collect()
    assert details() is None


def test_that_closing_the_window_closes_the_plan_that_was_pulled_out(planned: MainWindow) -> None:
    planned.actions_by_key["pull_out"].trigger()
    pulled = planned.plan_pane.window_of_plan
    assert pulled is not None
    assert pulled.isVisible()
    planned.close()
    assert not pulled.isVisible()


def test_that_what_can_be_undone_is_bounded(window: MainWindow) -> None:
    session = window.session
    for number in range(MOST_UNDOS + 40):
        session.edit_wishes(f"step {number}", n_ctx=2048 + number)
    assert session.undo_stack.count() == MOST_UNDOS
    session.undo_stack.undo()
    assert session.wishes.n_ctx == 2048 + MOST_UNDOS + 38


def test_that_models_looked_at_before_are_forgotten(library: Library) -> None:
    for model_id in library.columns.ids[: MOST_INVENTORIES + 3]:
        plan_for(library, described(), Wishes(n_ctx=4096), model_id)
    forget_older_models()
    assert architecture_table._build.cache_info().currsize <= MOST_INVENTORIES
    assert len(index._known) <= MOST_INVENTORIES


def test_that_a_page_that_is_not_seen_holds_no_picture(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_key["scatter"].trigger()
    chart = window.scatter_view.chart
    qtbot.waitUntil(lambda: chart._picture is not None, timeout=WAIT_MS)
    window.actions_by_key["list"].trigger()
    assert chart._picture is None


def test_that_question_and_plan_take_turns_on_a_small_screen(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = make_window(described(), size=(1024, 600))
    select(window, qtbot, MODEL)
    centre = window.centre

    def readable() -> bool:
        buttons = [centre.page.button(key) for key in ("list", "map", "scatter")]
        whole = all(b.width() >= b.minimumSizeHint().width() for b in buttons)
        return (
            whole and centre.table.columnWidth(0) >= 190 and centre.table.horizontalScrollBar().maximum() == 0
        )

    assert window.plan_pane.isVisible()
    assert not window.question.isVisible()
    assert readable()
    assert not centre.show_plan.isVisible()
    qtbot.mouseClick(centre.show_question, Qt.MouseButton.LeftButton)
    assert window.question.isVisible()
    qtbot.mouseClick(centre.show_plan, Qt.MouseButton.LeftButton)
    assert window.plan_pane.isVisible()
    assert not window.question.isVisible()
    window.actions_by_key["question"].trigger()
    assert window.question.isVisible()
    assert not window.plan_pane.isVisible()
    QApplication.processEvents()
    assert readable()
    window.actions_by_key["plan"].trigger()
    assert window.plan_pane.isVisible()
    assert not window.question.isVisible()
    window.actions_by_key["question"].trigger()
    window.actions_by_key["question"].trigger()
    assert window.plan_pane.isVisible()
    window.actions_by_key["plan"].trigger()
    assert not window.plan_pane.isVisible()


def test_that_a_menu_that_is_filled_anew_holds_no_more_than_before(window: MainWindow) -> None:
    bar = window.machine_bar

    def held() -> int:
        bar.fill_menu()
        window.recent.fill_plans()
        window.recent.fill_machines()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        return len(window.findChildren(QObject))

    before = held()
    assert [held() for _ in range(3)] == [before] * 3
    texts = [a.text() for a in bar.menu.actions()]
    assert texts[0] == "This machine"
    assert "Compare with" in texts
    assert bar.compare_menu.actions()[-1].text() == "Nothing"


def test_that_a_point_of_the_scatter_is_named_by_what_it_was_drawn_from(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.actions_by_key["scatter"].trigger()
    scatter, session = window.scatter_view, window.session
    qtbot.waitUntil(lambda: scatter.points is not None, timeout=WAIT_MS)
    said = scatter.sentence(0)
    assert session.facts is not None
    session._facts = replace(session.facts, quants=session.facts.quants[:1])  # those of another engine
    assert scatter.sentence(0) == said


def test_that_freed_memory_is_returned_once_nothing_is_asked_for_a_while(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = window.session
    timers = [t for t in session.findChildren(QTimer) if t.interval() == heap.REST_MS]
    assert len(timers) == 1
    session.busy_changed.emit(True)
    assert not timers[0].isActive()
    session.busy_changed.emit(False)
    assert timers[0].isActive()
    qtbot.waitUntil(lambda: not timers[0].isActive(), timeout=WAIT_MS)
    session.busy_changed.emit(False)
    window.close()
    assert not timers[0].isActive()


def test_that_a_card_whose_chip_went_is_placed_and_closed_all_the_same(
    window: MainWindow, qtbot: QtBot
) -> None:
    bar = window.machine_bar
    chip = bar.chips[0]
    chip.click()
    card = bar.popover
    assert card is not None
    chip.deleteLater()  # as when another machine has fewer devices
    bar.chips.remove(chip)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not isValid(chip)
    with qtbot.captureExceptions() as raised:
        card.place()
        qtbot.mouseClick(window.centre, Qt.MouseButton.LeftButton)
    assert raised == []
    assert not card.isVisible()
    assert bar.popover is None


def test_that_a_closed_session_drops_its_plans(make_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = make_window(described())
    select(window, qtbot, MODEL)
    assert len(window.session.kept) == 1
    window.close()
    assert len(window.session.kept) == 0


def test_that_every_plan_is_taken_out_of_an_open_comparison(planned: MainWindow, qtbot: QtBot) -> None:
    session = planned.session
    session.pin()
    session.edit_wishes("context", n_ctx=16384)
    qtbot.waitUntil(lambda: not session.busy and not session.is_pinned, timeout=WAIT_MS)
    session.pin()
    planned.toggle_compare()
    view = planned._compare
    assert view is not None
    assert len(view.heads) == 2
    with qtbot.captureExceptions() as raised:
        view.heads[0].close_button.click()
        qtbot.waitUntil(lambda: len(session.pins) == 1, timeout=WAIT_MS)
        session.unpin(0)
    assert raised == []
    assert len(view.heads) == 0
