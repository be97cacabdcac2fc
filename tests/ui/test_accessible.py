"""Every part of the window without a mouse and without seeing: pages, tabs, popovers, comparison, a plan pulled out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QWidget
from ui_support import select, settle

from ui.main_window import MainWindow
from ui.widgets.popover import Popover

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def tab_stops(window: QWidget) -> set[QWidget]:
    """Controls that Tab ought to reach."""
    return {
        w
        for w in window.findChildren(QWidget)
        if w.focusPolicy() & Qt.FocusPolicy.TabFocus
        and w.focusProxy() is None
        and w.isVisible()
        and w.isEnabled()
        and w.window() is window.window()
    }


def nameless(widgets: set[QWidget]) -> list[str]:
    """Controls that a screen reader calls nothing."""
    return sorted(
        f"{type(w).__name__} {w.objectName()}"
        for w in widgets
        if not QAccessible.queryAccessibleInterface(w).text(QAccessible.Text.Name)
    )


def missed(window: QWidget, qtbot: QtBot, start: QWidget) -> list[str]:
    """Controls that Tab does not reach; of buttons that exclude one another one is enough, arrows reach the rest."""
    window.activateWindow()
    start.setFocus()
    wanted = tab_stops(window)
    seen: set[QWidget] = set()
    for _ in range(3 * len(wanted)):
        focused = window.focusWidget()
        assert focused is not None
        seen.add(focused)
        if wanted <= seen:
            break
        qtbot.keyClick(focused, Qt.Key.Key_Tab)

    def by_arrows(widget: QWidget) -> bool:
        group = widget.group() if isinstance(widget, QAbstractButton) else None
        return group is not None and group.exclusive() and any(b in seen for b in group.buttons())

    return sorted(
        f"{type(w).__name__} {w.accessibleName() or w.objectName()}"
        for w in wanted - seen
        if not by_arrows(w)
    )


@pytest.mark.parametrize("page", ["map", "scatter"])
@pytest.mark.parametrize("tab", [1, 2])
def test_that_every_page_and_tab_is_reached_and_named(
    planned: MainWindow, qtbot: QtBot, page: str, tab: int
) -> None:
    planned.actions_by_key[page].trigger()
    settle(planned, qtbot)
    planned.plan_pane.tabs.setCurrentIndex(tab)
    stops = tab_stops(planned)
    assert len(stops) > 25
    assert nameless(stops) == []
    assert missed(planned, qtbot, planned.question.search) == []


def test_that_the_comparison_is_reached_and_named(planned: MainWindow, qtbot: QtBot) -> None:
    planned.session.pin()
    select(planned, qtbot, "openai/gpt-oss-20b")
    planned.session.pin()
    before = tab_stops(planned)
    planned.actions_by_key["compare"].trigger()
    assert tab_stops(planned) - before
    assert nameless(tab_stops(planned)) == []
    assert missed(planned, qtbot, planned.question.search) == []


@pytest.mark.qt_log_ignore("This plugin does not support raise")
def test_that_the_plan_in_its_own_window_is_reached_and_named(planned: MainWindow, qtbot: QtBot) -> None:
    planned.actions_by_key["pull_out"].trigger()
    window = planned.plan_pane.window_of_plan
    assert window is not None
    stops = tab_stops(window)
    assert stops
    assert nameless(stops) == []
    assert missed(window, qtbot, next(iter(stops))) == []


@pytest.mark.parametrize("engine", ["vllm", "any"])
def test_that_both_engines_side_by_side_are_named(planned: MainWindow, qtbot: QtBot, engine: str) -> None:
    qtbot.mouseClick(planned.question.engine.button(engine), Qt.MouseButton.LeftButton)
    settle(planned, qtbot)
    assert planned.plan_pane.engines.isVisible()
    assert nameless(tab_stops(planned)) == []


def test_that_the_popover_of_every_chip_is_named(planned: MainWindow, qtbot: QtBot) -> None:
    for chip in planned.machine_bar.chips:
        assert QAccessible.queryAccessibleInterface(chip).text(QAccessible.Text.Name)
        qtbot.keyClick(chip, Qt.Key.Key_Space)
        shown = [p for p in planned.findChildren(Popover) if p.isVisible()]
        assert shown, chip.accessibleName()
        assert nameless(tab_stops(shown[0])) == []
        shown[0].dismiss()


def test_that_bars_say_what_they_show_in_words(planned: MainWindow) -> None:
    bars = planned.plan_pane.bars
    assert bars.accessibleName() == "Memory per device"
    words = bars.accessibleDescription()
    assert "KV cache" in words
    assert "RTX 4090" in words
    assert "GiB" in words
