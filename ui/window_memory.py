"""What the window remembers between starts: its place, its columns and splitters, the question, the machine."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QPoint, QRect, QSize
from PySide6.QtGui import QGuiApplication

from planner import units
from planner.units import ValueFault
from ui.settings import Question

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow

    from planner.wishes import Wishes
    from ui.main_window import MainWindow
    from ui.settings import WindowSettings

DESIGN_SIZE = QSize(1440, 900)
FRAME = QSize(4, 36)
"""What the system puts around a window, known only once it is shown; taken off a window that would fill its screen."""
GRIP = QSize(120, 32)
"""Part of the title that must be on a screen so that the window can be moved."""


def restore_place(window: QMainWindow, settings: WindowSettings) -> None:
    """Put the window where it was; where that is no longer on a screen, into the middle of one."""
    screen = window.screen() or QGuiApplication.primaryScreen()
    room = screen.availableGeometry() if screen is not None else QRect(QPoint(0, 0), DESIGN_SIZE + FRAME)
    window.resize(DESIGN_SIZE.boundedTo(room.size() - FRAME))
    if settings.geometry:
        try:
            window.restoreGeometry(QByteArray(base64.b64decode(settings.geometry, validate=True)))
        except (binascii.Error, ValueError):
            window.resize(DESIGN_SIZE.boundedTo(room.size() - FRAME))
    keep_on_screen(window)


def restore_panels(window: MainWindow, settings: WindowSettings) -> None:
    """Put the parts of the window where and as they were."""
    if len(settings.splitter) == 3 and all(settings.splitter):
        window.splitter.setSizes(settings.splitter)
    if len(settings.plan_splitter) == 2 and all(settings.plan_splitter):
        window.plan_pane.split.setSizes(settings.plan_splitter)
    window.centre.hide_columns(set(settings.hidden_columns))
    if window.centre.sort.findData(settings.sort) >= 0:
        window.centre.table.sort_asked.emit(settings.sort, settings.descending)
    window.plan_pane.hint.setVisible(settings.first_run_hint)


def keep_on_screen(window: QMainWindow) -> None:
    """Move and shrink a window that no screen shows, or that is larger than its screen."""
    screens = [s.availableGeometry() for s in QGuiApplication.screens()]
    if not screens:
        return
    frame = window.frameGeometry()
    grip = QRect(frame.topLeft(), QSize(max(frame.width(), 1), GRIP.height()))
    seen = [grip.intersected(s) for s in screens]
    best = max(range(len(screens)), key=lambda i: seen[i].width() * seen[i].height())
    room = screens[best]
    reachable = seen[best].width() >= GRIP.width() and seen[best].height() >= GRIP.height() // 2
    if not window.isMaximized() and not window.isFullScreen():
        size = window.size().boundedTo(room.size())
        if size != window.size():
            window.resize(size)
    if not reachable:
        middle = room.center() - QPoint(window.width() // 2, window.height() // 2)
        window.move(max(middle.x(), room.x()), max(middle.y(), room.y()))


def remember(window: MainWindow, settings: WindowSettings) -> None:
    """Put what the window is like now into the settings."""
    session, wishes = window.session, window.session.wishes
    settings.geometry = base64.b64encode(bytes(window.saveGeometry().data())).decode()
    sizes = window.splitter.sizes()
    if all(sizes):
        settings.splitter = sizes
    parts = window.plan_pane.split.sizes()
    if len(parts) == 2 and all(parts) and not window.plan_pane.lower.isHidden():
        settings.plan_splitter = parts
    settings.sort, settings.descending = session.sort
    settings.machine = saved_machine_name(window)
    settings.second_machine = session.second.remembered()
    settings.question = question_of(wishes)


def question_of(wishes: Wishes) -> Question:
    """The question as it is remembered."""
    return Question(
        use=wishes.use,
        n_ctx=wishes.n_ctx,
        n_parallel=wishes.n_parallel,
        min_decode_tps=float(wishes.min_decode_tps),
        reserve_gib=wishes.reserve_bytes / units.GIB,
        cache_type_k=wishes.cache_type_k,
        cache_type_v=wishes.cache_type_v,
        engine=wishes.engine,
    )


def saved_machine_name(window: MainWindow) -> str:
    """Name of the machine in use if it is a saved one; what is only tried out is not remembered."""
    from planner.hardware.machine_file import saved_machine_path

    if window.session.machine_state.own:
        return ""
    name = window.session.machine.name
    try:
        return name if saved_machine_path(name).is_file() else ""
    except ValueFault:
        return ""
