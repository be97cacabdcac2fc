"""What the window's tests share besides fixtures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from planner.hardware.what_if import machine_from_options
from planner.machine import Machine
from ui.main_window import MainWindow
from ui.selection import Selection

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

WAIT_MS = 60_000
"""Longest wait for an answer on a busy machine. [ms]"""
MODEL = "Qwen/Qwen3-30B-A3B"


def described(gpus: tuple[str, ...] = ("RTX 4090",), ram: float = 64) -> Machine:
    """A what-if machine."""
    machine = machine_from_options(gpus=gpus, ram_gib=ram, ram_bandwidth=83)
    assert machine is not None
    return machine


def select(window: MainWindow, qtbot: QtBot, model_id: str, quant: str | None = None) -> None:
    """Select a model and wait for its plan."""
    window.session.select(Selection(model_id, quant))
    settle(window, qtbot)
    assert window.session.plan is not None
    assert window.session.plan.model_id == model_id


def settle(window: MainWindow, qtbot: QtBot) -> None:
    """Wait until everything asked is answered."""
    qtbot.waitUntil(lambda: not window.session.busy, timeout=WAIT_MS)


def hover(widget: QWidget, at: QPoint) -> None:
    """Move the mouse over a widget; the offscreen platform sends no such event of its own."""
    none = Qt.MouseButton.NoButton
    place = widget.mapToGlobal(at).toPointF()
    move = QMouseEvent(
        QEvent.Type.MouseMove, at.toPointF(), place, none, none, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(widget, move)
