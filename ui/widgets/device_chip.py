"""A chip of the machine bar: one device with its name, its bandwidth, and what of it is in use."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from ui import theme
from ui.icons import icon

LEAST_WIDTH = 84
"""Narrowest chip. [px]"""
MOST_WIDTH = 340
"""Widest chip. [px]"""
MOST_NAME = 130
"""Widest a chip must be for its name alone. [px]"""


@dataclass(frozen=True, slots=True)
class ChipContent:
    """What a chip says."""

    icon: str
    name: str
    right: str = ""
    detail: str = ""
    """Second line."""
    used: float | None = None
    """Share in use, 0 to 1; None = no bar."""
    state: str = ""
    """``absent`` or ``failed``; empty = as it should be."""
    spoken: str = ""
    """For a screen reader."""
    link: bool = False
    """True when ``right`` can be clicked by itself."""
    right_short: str = ""
    """What stands at the right where ``right`` leaves no room for the name."""
    keep_detail: bool = False
    """True when the second line must not be cut."""


def least_width(content: ChipContent) -> int:
    """Width a chip needs for its name, and for its second line where that must not be cut. [px]"""
    strong, small = QFontMetrics(theme.ui_font(13, True)), QFontMetrics(theme.ui_font(12))
    width = min(strong.horizontalAdvance(content.name) + 24, MOST_NAME)
    if content.keep_detail:
        width = max(width, small.horizontalAdvance(content.detail) + 26)
    return max(width, LEAST_WIDTH)


class DeviceChip(QPushButton):
    """One device; a click opens its details.

    Signals
    -------
    link_clicked
        The word at the right was clicked.
    """

    link_clicked = Signal()

    def __init__(self, content: ChipContent, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("deviceChip")
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.content = content
        self._link = QRect()
        self.show_content(content)

    def show_content(self, content: ChipContent) -> None:
        """Show other figures in the same place."""
        self.content = content
        self.setAccessibleName(content.spoken or f"{content.name}, {content.right}, {content.detail}")
        tip = f"{content.name}  {content.right}\n{content.detail}".strip()
        self.setToolTip(content.spoken or tip)
        if self.property("state") != content.state:
            self.setProperty("state", content.state)
            self.style().unpolish(self)
            self.style().polish(self)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Room for both lines."""
        strong, small = QFontMetrics(theme.ui_font(13, True)), QFontMetrics(theme.ui_font(12))
        c = self.content
        top = (
            34 + strong.horizontalAdvance(c.name) + (18 + small.horizontalAdvance(c.right) if c.right else 0)
        )
        low = small.horizontalAdvance(c.detail) + (86 if c.used is not None else 0)
        return QSize(min(max(top, low) + 26, MOST_WIDTH), 46)

    def minimumSizeHint(self) -> QSize:
        """May shrink to its name."""
        return QSize(least_width(self.content), 46)

    @property
    def link_rect(self) -> QRect:
        """Where the word at the right is; empty when it is no link."""
        return self._link

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on the link does what it says instead of opening the details."""
        if self._link.contains(event.position().toPoint()) and self.isDown():
            self.setDown(False)
            self.link_clicked.emit()
            return
        super().mouseReleaseEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw name, bandwidth, bar and figures."""
        super().paintEvent(event)
        t = theme.current()
        c = self.content
        p = QPainter(self)
        inner = self.rect().adjusted(10, 0, -10, 0)
        strong, small = theme.ui_font(13, True), theme.ui_font(12)
        name_width = QFontMetrics(strong).horizontalAdvance(c.name)
        fm = QFontMetrics(small)
        # a narrow chip needs the room for its name
        wide = name_width <= inner.width() - 24 or (self.width() >= 116 and name_width > inner.width())
        left = 34 if wide or c.state == "failed" else 10
        if left == 34:
            icon(c.icon, "warning" if c.state == "failed" else "text_second").paint(p, QRect(10, 6, 16, 16))
        whole = inner.width() - (left - 10)
        right = next(
            (r for r in (c.right, c.right_short) if r and name_width + 10 + fm.horizontalAdvance(r) <= whole),
            "",
        )
        right_width = fm.horizontalAdvance(right) if right else 0
        name_room = whole - (right_width + 10 if right else 0)
        p.setFont(strong)
        p.setPen(t.color("text"))
        name = p.fontMetrics().elidedText(c.name, Qt.TextElideMode.ElideRight, name_room)
        p.drawText(QRect(left, 3, name_room + 1, 22), Qt.AlignmentFlag.AlignVCenter, name)
        p.setFont(small)
        self._link = QRect()
        if right:
            p.setPen(t.color("accent" if c.link else "text_second"))
            where = QRect(inner.right() - right_width, 3, right_width + 1, 22)
            self._link = where if c.link else QRect()
            p.drawText(where, Qt.AlignmentFlag.AlignVCenter, right)
        x = inner.x()
        width = inner.width()
        detail_width = fm.horizontalAdvance(c.detail)
        if c.used is not None and width - detail_width > 24:
            bar = QRectF(x, 31, max(width - detail_width - 12, 16), 6)
            p.fillRect(bar, t.color("free"))
            p.fillRect(
                QRectF(bar.x(), bar.y(), bar.width() * min(max(c.used, 0.0), 1.0), bar.height()),
                t.color("overhead"),
            )
            p.setPen(QPen(t.color("control_border"), 1))
            p.drawRect(bar.adjusted(0, 0, -1, -1))
            x += round(bar.width()) + 8
            width -= round(bar.width()) + 8
        p.setPen(t.color("text"))
        p.setFont(small)
        text = p.fontMetrics().elidedText(c.detail, Qt.TextElideMode.ElideRight, width + 2)
        p.drawText(QRect(x, 24, width + 3, 20), Qt.AlignmentFlag.AlignVCenter, text)
