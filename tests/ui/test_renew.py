"""A size and a language chosen in the menus are taken on at once: a new window shows the same plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication, QMenu
from shiboken6 import Shiboken
from ui_support import MODEL, WAIT_MS, described, select, settle

from planner.library import Library
from planner.settings import Workload
from planner.wishes import Wishes
from ui import restart, theme
from ui.app import build, renews
from ui.kept_answers import KeptLists
from ui.language import forget_language, use_language
from ui.main_window import MainWindow
from ui.renew import factor_setter
from ui.session import PlannerSession

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

Opened = Callable[[], MainWindow]


@pytest.fixture
def opened(
    qapp: QApplication,
    qtbot: QtBot,
    library: Library,
    known_views: KeptLists,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Opened]:
    """The window that is open now: another one after a renewal. Sizes and languages are put back."""
    monkeypatch.delenv(restart.SCALE_VARIABLE, raising=False)
    monkeypatch.delenv(restart.OWN_SCALE, raising=False)
    use_language(qapp, "en")
    session = PlannerSession(
        Wishes(n_ctx=8192, workload=Workload(filled=True)),
        load=lambda: library,
        detect=described,
        views=known_views,
    )
    session.plan_ahead = False
    window = build(qapp, session)
    renews(window)
    qapp.setProperty("window", window)
    window.resize(1200, 760)
    window.show()
    session.start()
    settled = lambda: session.view is not None and not session.busy  # noqa: E731
    qtbot.waitUntil(settled, timeout=WAIT_MS)
    yield lambda: qapp.property("window")
    last = qapp.property("window")
    last.close()
    qapp.setProperty("window", None)
    Shiboken.delete(last)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    setter = factor_setter()
    if setter is not None:
        setter(1.0)  # type: ignore[operator]
    forget_language(qapp)
    theme.set_current(theme.LIGHT)


def choose(window: MainWindow, qtbot: QtBot, opened: Opened, key: str) -> MainWindow:
    """Choose an entry of a menu and wait for the window that follows."""
    action = window.actions_by_key[key]
    assert any(action in menu.actions() for menu in window.menuBar().findChildren(QMenu))
    action.trigger()
    qtbot.waitUntil(lambda: opened() is not window, timeout=WAIT_MS)
    new = opened()
    settle(new, qtbot)
    qtbot.waitUntil(lambda: new.session.view is not None, timeout=WAIT_MS)
    return new


def test_that_another_language_is_spoken_at_once_by_a_window_with_the_same_plan(
    opened: Opened, qtbot: QtBot
) -> None:
    window = opened()
    select(window, qtbot, MODEL)
    window.session.pin()
    window.question.search.setText("qwen3")
    window.session.edit_wishes("context", n_ctx=16384)
    settle(window, qtbot)
    words = window.plan_pane.command.command_text.replace("\\\n", " ").split()
    place, shown = window.size(), window.centre.count.text()
    new = choose(window, qtbot, opened, "language_zh_CN")
    assert not Shiboken.isValid(window)
    assert new.isVisible()
    assert new.height() == place.height()
    assert new.question.search.text() == "qwen3"
    assert new.question.context.edit.text() == "16,384"
    assert new.centre.count.text() != ""
    assert new.centre.model.columns[0].title == "模型和量化"
    assert new.plan_pane.verdict.accessibleName().startswith("放得下")
    assert new.plan_pane.command.command_text.replace("\\\n", " ").split() == words
    assert len(new.session.pins) == 1
    assert new.actions_by_key["language_zh_CN"].isChecked()
    assert new.status.restart.isHidden()
    back = choose(new, qtbot, opened, "language_en")
    assert back.plan_pane.verdict.accessibleName().startswith("Fits")
    assert back.centre.count.text() == shown
    back.actions_by_key["map"].trigger()
    assert back.centre.page.key == "map"


def test_that_what_was_done_can_be_undone_in_the_window_that_follows(opened: Opened, qtbot: QtBot) -> None:
    window = opened()
    select(window, qtbot, MODEL)
    machine = window.session.machine
    edit = window.question.context.edit
    edit.selectAll()
    qtbot.keyClicks(edit, "16k")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    settle(window, qtbot)
    window.session.use_machine(described(("RTX 3090",), 32))
    settle(window, qtbot)
    new = choose(window, qtbot, opened, "language_zh_CN")
    assert new.question.context.edit.text() == "16,384"
    for _ in range(2):
        qtbot.keyClick(new, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    settle(new, qtbot)
    assert new.session.machine == machine
    assert new.question.context.edit.text() == "8,192"
    assert new.session.plan is not None
    assert new.session.plan.n_ctx == 8192
    back = choose(new, qtbot, opened, "language_en")
    shifted = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(back, Qt.Key.Key_Z, shifted)
    settle(back, qtbot)
    assert back.question.context.edit.text() == "16,384"
    assert back.session.machine == machine


def test_that_another_size_is_taken_on_at_once(opened: Opened, qtbot: QtBot) -> None:
    if factor_setter() is None:
        pytest.skip("this Qt keeps its scale until a restart")
    window = opened()
    select(window, qtbot, MODEL)
    before = window.devicePixelRatioF()
    qtbot.keyClick(window, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: opened() is not window, timeout=WAIT_MS)
    new = opened()
    settle(new, qtbot)
    assert new.devicePixelRatioF() == pytest.approx(1.25 * before)
    assert new.grab().width() == pytest.approx(1.25 * before * new.width(), abs=2)
    assert new.actions_by_key["scale_1.25"].isChecked()
    assert new.session.plan is not None
    assert new.session.plan.model_id == MODEL
    largest = choose(new, qtbot, opened, "scale_2")
    assert largest.devicePixelRatioF() == pytest.approx(2.0 * before)
    qtbot.keyClick(largest, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: opened() is not largest, timeout=WAIT_MS)
    assert opened().devicePixelRatioF() == before
