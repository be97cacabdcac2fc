"""A hand that does what a person might do with the window: keys, mouse, clipboard, menus, files, other windows.

Keys and clicks go to the windows as the window system sends them, so that Qt decides what they reach: a popup, the
widget that holds the mouse, a shortcut.
"""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import (
    QContextMenuEvent,
    QCursor,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeySequence,
    QWheelEvent,
    QWindow,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QScrollBar,
    QSlider,
    QSplitterHandle,
    QWidget,
)
from shiboken6 import isValid
from ui_support import described

from planner.hardware.free_memory import FreeMemory

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.machine import Machine
    from ui.main_window import MainWindow

KEYS = (
    Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End,
    Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Tab,
    Qt.Key.Key_Backtab, Qt.Key.Key_Escape, Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_A, Qt.Key.Key_1,
    Qt.Key.Key_Menu,
)  # fmt: skip
WORDS = (
    "qwen", "70b", "8k", "8,192", "-1", "1e99", "nonsense ☃", "<b>x</b>", "'; rm -rf ~", "0", "64 GB", "", "NaN",
    "RTX 4090", "2x RTX 3090", "9" * 400, "8192\n4096", "八千", "\U0001f600", "a\0b", "~/models/x.gguf", "\t", "%s{0}",
)  # fmt: skip
MACHINES = (
    (("RTX 4090",), 64, 4),
    (("RTX 3090", "RTX 3060 12GB"), 64, 3),
    (("none",), 16, 3),
    (("A100 80GB",) * 8, 256, 1),
)
"""GPUs, RAM in GiB, and how often: planning for eight GPUs takes long."""
SIZES = ((1280, 800), (1024, 600), (1600, 900), (760, 480), (2000, 1200))
SELDOM = 0.05
"""Share of the times that an action which ends the window is let through."""
HELD_MS = 15
"""A dragged mouse button is let go after so long, whatever a drag and drop does meanwhile. [ms]"""


class Hand:
    """Does one thing at a time to what can be seen.

    Parameters
    ----------
    window : Callable
        Gives the main window, which is another one after the program was quit.
    other : Callable
        Opens a second main window, or closes it.
    folder : Path
        Where files are chosen from.
    seed : int
    """

    def __init__(
        self, window: Callable[[], MainWindow], other: Callable[[], str], folder: Path, seed: int
    ) -> None:
        self._window, self._other, self._folder = window, other, folder
        self.random = random.Random(seed)
        self._held: QWidget | None = (
            None  # a widget from Qt becomes unusable when its parent's name is forgotten
        )
        self._elsewhere = random.Random(seed)  # asked on another thread
        self.done: Counter[str] = Counter()
        self.touched: Counter[str] = Counter()
        self.ways: tuple[tuple[Callable[[], str], float], ...] = (
            (self.press_key, 26),
            (self.click, 25),
            (self.slide, 12),
            (self.type_text, 7),
            (self.scroll, 6),
            (self.drag, 5),
            (self.choose, 4),
            (self.trigger, 3),
            (self.right_click, 3),
            (self.double_click, 3),
            (self.open_menu, 3),
            (self.shortcut, 3),
            (self.canvas, 3),
            (self.paste, 2),
            (self.resize, 1.5),
            (self.window_state, 1),
            (self.change_machine, 1),
            (self.undo, 1),
            (self.focus, 1),
            (self.drop, 0.5),
            (self.free_memory, 0.5),
            (self.second_window, 0.12),
        )

    @property
    def window(self) -> MainWindow:
        """The main window."""
        return self._window()

    def act(self) -> str:
        """Do something, and say what."""
        said = ""
        while not said:
            way = self.random.choices([w for w, _ in self.ways], [n for _, n in self.ways])[0]
            try:
                said = way()
            except RuntimeError as fault:
                trace = fault.__traceback__
                while trace is not None and trace.tb_next is not None:
                    trace = trace.tb_next
                if trace is None or trace.tb_frame.f_code.co_filename != __file__:
                    raise
                said = "what was to be touched went"  # by what the first half of the event did
        self.done[way.__name__] += 1
        return f"{way.__name__} {said}"

    # -- finding

    def top(self) -> QWidget:
        """A window that can be seen: mostly the main one."""
        tops = [w for w in QApplication.topLevelWidgets() if w.isVisible() and not w.isMinimized()]
        others = [w for w in tops if w is not self.window and w.windowType() == Qt.WindowType.Window]
        if others and self.random.random() < 0.3:
            return self.random.choice(others)
        return self.window

    def _pick(self, kind: type[QWidget]) -> QWidget | None:
        top = self._held = QApplication.activePopupWidget() or self.top()
        found = [
            w
            for w in top.findChildren(kind)
            if w.isVisible() and w.isEnabled() and w.window() is top and not w.visibleRegion().isEmpty()
        ]
        return self.random.choice(found) if found else None

    def _handle(self, widget: QWidget) -> QWindow | None:
        """The window of a widget as the window system knows it."""
        self._held_window = widget.window()  # else its handle would become unusable at once
        return self._held_window.windowHandle()

    def _inside(self, widget: QWidget) -> QPoint:
        """A place of a widget that is not covered."""
        seen = widget.visibleRegion().boundingRect()
        return QPoint(
            seen.x() + self.random.randrange(max(seen.width(), 1)),
            seen.y() + self.random.randrange(max(seen.height(), 1)),
        )

    def _mouse(
        self,
        do: Callable[..., None],
        widget: QWidget,
        at: QPoint,
        button: Qt.MouseButton = Qt.MouseButton.LeftButton,
    ) -> None:
        """Send what the mouse does to the window a widget is in."""
        handle = self._handle(widget)
        if handle is not None:
            where = self._place(widget.window(), widget.mapTo(widget.window(), at))
            do(handle, button, Qt.KeyboardModifier.NoModifier, where)

    def _click_at(
        self, widget: QWidget, at: QPoint, button: Qt.MouseButton = Qt.MouseButton.LeftButton
    ) -> None:
        handle = self._handle(widget)
        if handle is None:
            return
        where = self._place(widget.window(), widget.mapTo(widget.window(), at))
        QTest.mouseMove(handle, where)
        for do in (QTest.mousePress, QTest.mouseRelease):
            if isValid(handle):  # what is clicked may go
                do(handle, button, Qt.KeyboardModifier.NoModifier, where)

    @staticmethod
    def _place(window: QWidget, at: QPoint) -> QPoint:
        """A place as near as the window has one."""
        room = window.rect()
        return QPoint(min(max(at.x(), 0), room.right()), min(max(at.y(), 0), room.bottom()))

    @staticmethod
    def _name(widget: QWidget) -> str:
        return widget.accessibleName() or widget.objectName() or type(widget).__name__

    def _touch(self, widget: QWidget) -> str:
        self.touched[type(widget).__name__] += 1
        return self._name(widget)

    # -- keyboard

    def press_key(self) -> str:
        """One key to whatever has the focus."""
        key = self.random.choice(KEYS)
        popup = QApplication.activePopupWidget()
        handle = self._handle(popup or QApplication.activeWindow() or self.window)
        shift = self.random.random() < 0.1
        modifier = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
        if handle is None:
            return ""
        QTest.keyClick(handle, key, modifier)
        return key.name

    def shortcut(self) -> str:
        """The keys of an action."""
        keyed = [a for a in self.window.actions_by_key.values() if not a.shortcut().isEmpty()]
        action = self.random.choice(sorted(keyed, key=lambda a: a.objectName()))
        if action.objectName() == "quit" and self.random.random() > SELDOM:
            return ""
        handle = self._handle(self.window)
        if handle is None or QApplication.activePopupWidget() is not None:
            return ""
        self.window.activateWindow()
        QTest.keySequence(handle, QKeySequence(action.shortcut()))
        return f"{action.objectName()} {action.shortcut().toString()}"

    def type_text(self) -> str:
        """Text into a field, mostly confirmed."""
        field = self._pick(QLineEdit)
        if not isinstance(field, QLineEdit):
            return ""
        name, text = self._touch(field), self.random.choice(WORDS)
        field.setFocus()
        field.selectAll()
        if self.random.random() < 0.5:
            field.insert(text)
        else:
            QTest.keyClicks(field, "".join(c for c in text if " " <= c <= "~")[:24])
        return f"{name}: {text!r:.30}" + self._confirm()

    def paste(self) -> str:
        """Nonsense from the clipboard into a field."""
        field = self._pick(QLineEdit) if self.random.random() < 0.8 else self._pick(QComboBox)
        if field is None:
            return ""
        text = self.random.choice(WORDS)
        QGuiApplication.clipboard().setText(text)
        name = self._touch(field)
        field.setFocus()
        handle = self._handle(field)
        if handle is None:
            return ""
        for keys in (QKeySequence.StandardKey.SelectAll, QKeySequence.StandardKey.Paste):
            if isValid(handle):
                QTest.keySequence(handle, QKeySequence(keys))
        return f"{name}: {text!r:.30}" + self._confirm()

    def _confirm(self) -> str:
        handle = self._handle(QApplication.activePopupWidget() or QApplication.activeWindow() or self.window)
        if handle is None or self.random.random() < 0.3:
            return ""
        QTest.keyClick(handle, Qt.Key.Key_Return)
        return " Return"

    # -- mouse

    def click(self) -> str:
        """A button, or anything else."""
        widget = self._pick(QAbstractButton if self.random.random() < 0.5 else QWidget)
        if widget is None:
            popup = QApplication.activePopupWidget()
            if not isinstance(popup, QMenu):
                return ""
            widget = popup
        name = self._touch(widget)
        self._click_at(widget, self._inside(widget))
        return name

    def right_click(self) -> str:
        """What opens a context menu, where there is one; the menu stays open for what comes next."""
        kind = self.random.choice((QWidget, QLineEdit, QAbstractScrollArea, QLabel))
        widget = self._pick(kind)
        if widget is None or QApplication.activePopupWidget() is not None:
            return ""
        name, at = self._touch(widget), self._inside(widget)
        place = widget.mapToGlobal(at)
        self._click_at(widget, at, Qt.MouseButton.RightButton)
        target = QApplication.widgetAt(place) or widget  # the window system sends this one after the click
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, target.mapFromGlobal(place), place)
        QApplication.sendEvent(target, event)
        return name

    def double_click(self) -> str:
        """A double click on a list, a chart, or anything else."""
        widget = self._pick(QAbstractScrollArea if self.random.random() < 0.6 else QWidget)
        if widget is None:
            return ""
        if isinstance(widget, QAbstractScrollArea):
            widget = widget.viewport()
        name = self._touch(widget)
        self._mouse(QTest.mouseDClick, widget, self._inside(widget))
        return name

    def drag(self) -> str:
        """Press, move and let go: a splitter, a slider, a head, a scroll bar, a chart, a text."""
        kind = self.random.choice(
            (
                QSplitterHandle,
                QSplitterHandle,
                QSlider,
                QHeaderView,
                QScrollBar,
                QAbstractScrollArea,
                QPlainTextEdit,
                QLabel,
            )
        )
        widget = self._pick(kind)
        if widget is None or QApplication.activePopupWidget() is not None:
            return ""
        if isinstance(widget, QAbstractScrollArea) and self.random.random() < 0.9:
            widget = widget.viewport()
        name, at, handle = self._touch(widget), self._inside(widget), self._handle(widget)
        if handle is None:
            return ""
        window = widget.window()
        start = self._place(window, widget.mapTo(window, at))
        left, plain = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        end = self._place(
            window, start + QPoint(self.random.randint(-240, 240), self.random.randint(-200, 200))
        )
        held = [True]

        def let_go() -> None:
            if held and isValid(handle):
                held.clear()
                QTest.mouseRelease(handle, left, plain, end)

        QTest.mousePress(handle, left, plain, start)
        QTimer.singleShot(
            HELD_MS, let_go
        )  # dragging a text runs a loop of Qt's own until the button is let go
        for part in range(1, 4):
            if held and isValid(handle):
                QTest.mouseMove(handle, self._place(window, start + (end - start) * part / 3))
        let_go()
        return name

    def canvas(self) -> str:
        """The map or the scatter: click, point, or move by keys."""
        page = self.random.choice(("map", "scatter"))
        shown = getattr(self.window, f"{page}_view", None)
        if shown is None or not shown.isVisible():
            if QApplication.activePopupWidget() is not None:
                return ""
            self.window.actions_by_key[page].trigger()
            return page
        view = shown.grid_view if page == "map" else shown.chart
        target = view.viewport() if isinstance(view, QAbstractScrollArea) else view
        if target.visibleRegion().isEmpty():
            return ""
        at = self._inside(target)
        if self.random.random() < 0.6:
            self._click_at(target, at)
        else:
            handle = self._handle(target)
            if handle is None:
                return ""
            QTest.mouseMove(handle, self._place(target.window(), target.mapTo(target.window(), at)))
            view.setFocus()
            for key in self.random.choices(KEYS[:10], k=2):
                if isValid(handle):
                    QTest.keyClick(handle, key)
        return self._touch(view)

    def slide(self) -> str:
        """A slider to any place."""
        slider = self._pick(QSlider)
        if not isinstance(slider, QSlider):
            return ""
        name = self._touch(slider)
        slider.setValue(self.random.randint(slider.minimum(), slider.maximum()))
        return f"{name}: {slider.value()}"

    def scroll(self) -> str:
        """The wheel, also over fields and sliders, with and without Ctrl."""
        widget = self._pick(QAbstractScrollArea if self.random.random() < 0.7 else QWidget)
        if widget is None:
            return ""
        name = self._touch(widget)
        target = widget.viewport() if isinstance(widget, QAbstractScrollArea) else widget
        at = QPointF(target.width() / 2, target.height() / 2)
        steps = QPoint(0, self.random.choice((-480, -120, 120, 480)))
        held = (
            Qt.KeyboardModifier.ControlModifier
            if self.random.random() < 0.2
            else Qt.KeyboardModifier.NoModifier
        )
        event = QWheelEvent(
            at, QPointF(target.mapToGlobal(at.toPoint())), QPoint(), steps, Qt.MouseButton.NoButton,
            held, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(target, event)
        return f"{name} {steps.y()}"

    def choose(self) -> str:
        """An entry of a list of choices."""
        box = self._pick(QComboBox)
        if not isinstance(box, QComboBox) or not box.count():
            return ""
        name = self._touch(box)
        if self.random.random() < 0.5:
            box.showPopup()
            return f"{name} opened"
        index = self.random.randrange(box.count())
        box.setCurrentIndex(index)
        box.activated.emit(index)
        return f"{name}: {index}"

    def drop(self) -> str:
        """A file, a folder, a link or a text dropped on anything."""
        top = self.top()
        takers = [w for w in top.findChildren(QWidget) if w.acceptDrops() and w.isVisible()]
        if not takers:
            return ""
        target = self.random.choice(takers)
        name, data = self._touch(target), QMimeData()
        what = self.random.randrange(4)
        if what == 0:
            data.setText(self.random.choice(WORDS))
        elif what == 1:
            data.setUrls([QUrl("https://example.org/x.gguf")])
        else:
            data.setUrls([QUrl.fromLocalFile(str(self._folder / ("x.gguf" if what == 2 else "")))])
        at, actions = QPoint(2, 2), Qt.DropAction.CopyAction
        left, plain = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(at, actions, data, left, plain)
        QApplication.sendEvent(target, enter)
        if enter.isAccepted():
            QApplication.sendEvent(target, QDropEvent(QPointF(at), actions, data, left, plain))
        return f"{name} {what}"

    # -- menus and actions

    def open_menu(self) -> str:
        """A menu of the menu bar, and some steps inside it."""
        bar = self.window.menuBar()
        if QApplication.activePopupWidget() is not None or bar.visibleRegion().isEmpty():
            return ""
        action = self.random.choice(bar.actions())
        self._click_at(bar, bar.actionGeometry(action).center())
        for key in self.random.choices(
            (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Up), k=self.random.randrange(4)
        ):
            popup = QApplication.activePopupWidget()
            handle = None if popup is None else self._handle(popup)
            if handle is None:
                break
            QTest.keyClick(handle, key)
        return action.text()

    def trigger(self) -> str:
        """Any action of the action table."""
        actions = self.window.actions_by_key
        key = self.random.choice(sorted(actions))
        if key == "quit" and self.random.random() > SELDOM:
            return ""
        actions[key].trigger()
        return key

    # -- windows

    def resize(self) -> str:
        """Another size of a window."""
        size = self.random.choice(SIZES)
        self.top().resize(*size)
        return str(size)

    def window_state(self) -> str:
        """Minimised, maximised, full screen, and back."""
        top = self.top()
        state = self.random.choice(("showMinimized", "showMaximized", "showFullScreen", "hide"))
        getattr(top, state)()
        QCoreApplication.processEvents()
        top.showNormal()
        return f"{self._name(top)} {state}"

    def focus(self) -> str:
        """The focus to another window, another program, or another control."""
        if self.random.random() < 0.5:
            self.top().activateWindow()
            return "window"
        widget = self._pick(QWidget)
        if widget is None:
            return ""
        widget.setFocus(Qt.FocusReason.MouseFocusReason)
        QCursor.setPos(widget.mapToGlobal(QPoint(1, 1)))
        return self._touch(widget)

    def second_window(self) -> str:
        """Another main window in the same program."""
        return self._other()

    # -- what happens elsewhere

    def change_machine(self) -> str:
        """Another machine, or this one."""
        session = self.window.session
        if self.random.random() < 0.4:
            session.use_this_machine()
            return "this machine"
        gpus, ram, _ = self.random.choices(MACHINES, [often for *_, often in MACHINES])[0]
        machine = described(gpus, ram)
        if self.random.random() < 0.3:
            session.second.compare_with(machine)
            return f"compare {gpus}"
        session.use_machine(machine)
        return str(gpus)

    def undo(self) -> str:
        """Undo or redo."""
        stack = self.window.session.undo_stack
        (stack.undo if self.random.random() < 0.7 else stack.redo)()
        return str(stack.index())

    def free_memory(self) -> str:
        """Another program takes or gives back memory, or a GPU goes and comes."""
        watch = getattr(self.window, "machine_watch", None)
        if watch is None:
            return ""
        watch.look()
        return "looked"

    def free_now(self, machine: Machine) -> FreeMemory:
        """What is free of a machine, as this hand would have it."""
        return FreeMemory(
            gpus=tuple(self._elsewhere.randrange(0, int(g.memory_bytes or 1)) for g in machine.gpus),
            present=tuple(self._elsewhere.random() < 0.9 for _ in machine.gpus),
            ram=self._elsewhere.randrange(int(machine.ram.total_bytes or 1)),
            others=0,
        )
