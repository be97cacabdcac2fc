"""Areas that paint their own background, so that nothing behind them is painted when something on them changes."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from ui import theme


class Ground(QFrame):
    """A plain area in the colour of a role."""

    def __init__(self, role: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._role = role
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_StaticContents)  # another size shows the same where it was

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill what is to be painted."""
        QPainter(self).fillRect(event.rect(), theme.current().color(self._role))
