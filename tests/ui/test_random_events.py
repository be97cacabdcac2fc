"""Ten thousand things a person might do, in any order, on the real window: nothing breaks, nothing is left behind."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLineEdit,
    QMenu,
    QSlider,
    QWidget,
)
from shiboken6 import isValid
from ui_support import described, settle

from ui.main_window import MainWindow

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
EVENTS = 10_000
EVENTS_EACH = 50
"""Events between two looks at what else happened."""
NEVER = {"quit", "detect"}
"""Actions that end the run."""
KEYS = (
    Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End,
    Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Tab,
    Qt.Key.Key_Backtab, Qt.Key.Key_Escape, Qt.Key.Key_Delete, Qt.Key.Key_Backspace,
)  # fmt: skip
WORDS = (
    "qwen",
    "70b",
    "8k",
    "8,192",
    "-1",
    "1e99",
    "nonsense ☃",
    "<b>x</b>",
    "'; rm -rf ~",
    "0",
    "64 GB",
    "",
    "NaN",
)
MACHINES = (("RTX 4090",), ("RTX 3090", "RTX 3060 12GB"), ("A100 80GB",) * 8, ("none",))


class Hand:
    """Does one thing at a time to what can be seen."""

    def __init__(self, window: MainWindow, seed: int) -> None:
        self.window = window
        self.random = random.Random(seed)
        self.done: dict[str, int] = {}

    def act(self) -> str:
        """Do something, and say what."""
        ways = (
            (self.press_key, 30),
            (self.click, 25),
            (self.slide, 15),
            (self.type_text, 8),
            (self.scroll, 8),
            (self.choose, 5),
            (self.trigger, 5),
            (self.resize, 2),
            (self.change_machine, 1),
            (self.undo, 1),
        )
        said = ""
        while not said:
            way = self.random.choices([w for w, _ in ways], [n for _, n in ways])[0]
            said = way()
        self.done[way.__name__] = self.done.get(way.__name__, 0) + 1
        return f"{way.__name__} {said}"

    def _seen(self, kind: type[QWidget]) -> list[QWidget]:
        top = QApplication.activePopupWidget() or self.window
        found = top.findChildren(kind)
        return [w for w in found if w.isVisible() and w.isEnabled() and w.width() > 1 and w.height() > 1]

    def _pick(self, kind: type[QWidget]) -> QWidget | None:
        found = self._seen(kind)
        return self.random.choice(found) if found else None

    def press_key(self) -> str:
        key = self.random.choice(KEYS)
        target = QApplication.focusWidget() or self.window
        QTest.keyClick(target, key)
        return key.name

    def click(self) -> str:
        popup = QApplication.activePopupWidget()
        if isinstance(popup, QMenu):
            popup.close()
            return "menu closed"
        widget = self._pick(QAbstractButton if self.random.random() < 0.5 else QWidget)
        if widget is None or _opens_menu(widget):
            return ""
        at = QPoint(self.random.randrange(widget.width()), self.random.randrange(widget.height()))
        name = widget.accessibleName() or widget.objectName() or type(widget).__name__
        QTest.mouseMove(widget, at)
        if not isValid(widget):  # the machine bar made its chips anew meanwhile
            return f"{name} went"
        QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=at)
        if isValid(widget):  # a press may close what it is on
            QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=at)
        return name

    def slide(self) -> str:
        slider = self._pick(QSlider)
        if not isinstance(slider, QSlider):
            return ""
        slider.setValue(self.random.randint(slider.minimum(), slider.maximum()))
        return f"{slider.accessibleName()}: {slider.value()}"

    def type_text(self) -> str:
        field = self._pick(QLineEdit)
        if not isinstance(field, QLineEdit):
            return ""
        text = self.random.choice(WORDS)
        field.setFocus()
        field.selectAll()
        if self.random.random() < 0.5:
            field.insert(text)
        else:
            QTest.keyClicks(field, text.encode("ascii", "ignore").decode())
        if self.random.random() < 0.7:
            QTest.keyClick(field, Qt.Key.Key_Return)
        return f"{field.accessibleName()}: {text}"

    def scroll(self) -> str:
        view = self._pick(QAbstractItemView) or self.window
        target = view.viewport() if isinstance(view, QAbstractItemView) else view
        at = QPointF(target.width() / 2, target.height() / 2)
        steps = QPoint(0, self.random.choice((-480, -120, 120, 480)))
        event = QWheelEvent(
            at, QPointF(target.mapToGlobal(at.toPoint())), QPoint(), steps, Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(target, event)
        return str(steps.y())

    def choose(self) -> str:
        box = self._pick(QComboBox)
        if not isinstance(box, QComboBox) or not box.count():
            return ""
        index = self.random.randrange(box.count())
        box.setCurrentIndex(index)
        box.activated.emit(index)
        return f"{box.accessibleName()}: {box.currentText()}"

    def trigger(self) -> str:
        actions = {k: a for k, a in self.window.actions_by_key.items() if k not in NEVER and _stays_inside(k)}
        key = self.random.choice(sorted(actions))
        actions[key].trigger()
        return key

    def resize(self) -> str:
        size = self.random.choice(((1280, 800), (1024, 600), (1600, 900), (760, 480), (2000, 1200)))
        self.window.resize(*size)
        return str(size)

    def change_machine(self) -> str:
        gpus = self.random.choice(MACHINES)
        self.window.session.use_machine(described(gpus, ram=self.random.choice((16, 64, 256))))
        return str(gpus)

    def undo(self) -> str:
        stack = self.window.session.undo_stack
        (stack.undo if self.random.random() < 0.7 else stack.redo)()
        return str(stack.index())


def _opens_menu(widget: QWidget) -> bool:
    """Menus run a loop of their own until they are closed."""
    return bool(getattr(widget, "menu", lambda: None)()) or type(widget).__name__ in ("QMenuBar", "QComboBox")


def _stays_inside(key: str) -> bool:
    """Whether an action neither asks for a file nor starts another program."""
    return not any(word in key for word in ("export", "report", "print", "save", "open", "log", "restart"))


def close_popups() -> None:
    """Close what would keep the events from the window."""
    while (popup := QApplication.activePopupWidget()) is not None:
        popup.close()


@pytest.mark.bench
def test_that_ten_thousand_random_events_break_nothing(
    make_window: Callable[..., MainWindow], qtbot: QtBot, pytestconfig: pytest.Config
) -> None:
    play(make_window(described()), qtbot, EVENTS, seed=20261126)


@pytest.mark.bench
def test_that_random_events_break_nothing(make_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    play(make_window(described()), qtbot, 300, seed=7)


def play(window: MainWindow, qtbot: QtBot, events: int, seed: int) -> None:
    """Let a hand play on a window; what breaks is raised with what was done last."""
    hand = Hand(window, seed)
    last: list[str] = []
    for number in range(events):
        with qtbot.captureExceptions() as raised:
            last = [*last[-9:], hand.act()]
            if number % EVENTS_EACH == EVENTS_EACH - 1:
                close_popups()
                QTest.qWait(1)
        assert not raised, f"event {number}, after {last}: {raised}"
    close_popups()
    assert window.isVisible(), "the window is still there"
    window.resize(1280, 800)
    settle(window, qtbot)
    assert sum(hand.done.values()) == events
    assert len(hand.done) == 10, hand.done
    assert window.session.view is not None
    assert window.centre.count.text(), "the list says how many models it shows"
