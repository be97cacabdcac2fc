"""Every flag of a command in one line: the flag, why it is there, the number it causes."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui import theme
from ui.views.drawn_strips import DrawnStrips
from ui.widgets.prepared_text import RIGHT, cut, draw_line, ink, width_of
from ui.words import tr

PAD, GAP, MOST_FLAG = 4, 10, 190
MAX_DRAWN_BYTES = 2**20
"""Reasons as drawn. [bytes]"""
KEPT = 32
"""Tables whose places are kept."""
NARROW = 520
"""Below this width the reason has a line of its own. [px]"""
LEFT_TOP = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
WRAPPED = LEFT_TOP | int(Qt.TextFlag.TextWordWrap)


@dataclass(frozen=True, slots=True)
class FlagRow:
    """One line."""

    flag: str
    """The flag with its value."""
    reason: str
    amount: str
    """The number it causes with its unit, or empty."""
    kind: str | None
    """Kind of memory it decides."""


class FlagTable(QWidget):
    """Lines of flags, painted; the mouse or the arrow keys point at one.

    Signals
    -------
    pointed
        Another line, or none, is pointed at. arg: its index or −1.
    """

    pointed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Flags, explained"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._rows: list[FlagRow] = []
        self._places: list[QRect] = []
        self._marked = -1
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._drawn = DrawnStrips(MAX_DRAWN_BYTES)
        self._heights: dict[tuple[str, int], int] = {}
        self._laid_out: dict[object, tuple[list[FlagRow], list[QRect], int, bool, int, int]] = {}
        self._narrow = False
        self._head = 16
        self._flag_width = 60
        self._amount_width = 0

    @property
    def rows(self) -> list[FlagRow]:
        """Lines shown."""
        return self._rows

    @property
    def marked(self) -> int:
        """Index of the line that is lit, −1 = none."""
        return self._marked

    def place(self, index: int) -> QRect:
        """Where a line is."""
        return self._places[index]

    def show_rows(self, rows: list[FlagRow]) -> None:
        """Show other lines."""
        if rows is self._rows or rows == self._rows:
            return
        self._rows = rows
        if self._marked >= len(rows):
            self._marked = -1
        self._lay_out()
        self._describe()

    def mark(self, index: int) -> None:
        """Light a line without telling."""
        if index != self._marked:
            self._marked = index
            self._describe()
            self.update()

    def _describe(self) -> None:
        rows = self._rows
        if 0 <= self._marked < len(rows):
            rows = [rows[self._marked]]
        self.setAccessibleDescription(
            ". ".join(": ".join(part for part in (r.flag, r.reason, r.amount) if part) for r in rows)
        )

    # -- places

    def _fonts(self) -> tuple[QFontMetrics, QFontMetrics, QFontMetrics]:
        return (
            QFontMetrics(theme.code_font(12)),
            QFontMetrics(theme.ui_font(12)),
            QFontMetrics(theme.ui_font(12, True)),
        )

    def _lay_out(self) -> None:
        key = (id(self._rows), self.width(), theme.font_scale())
        kept = self._laid_out.get(key)
        if kept is None:
            kept = self._laid_out[key] = (self._rows, *self._places_of())
            while len(self._laid_out) > KEPT:
                self._laid_out.pop(next(iter(self._laid_out)))
        _, self._places, self._head, self._narrow, self._flag_width, self._amount_width = kept
        height = self._places[-1].bottom() + 1 if self._places else 0
        if height != self.height():
            self.setFixedHeight(max(height, 1))
        self.update()

    def _places_of(self) -> tuple[list[QRect], int, bool, int, int]:
        """Places of the lines, height of a flag, whether it is narrow, widths of flags and amounts."""
        code, text, strong = self._fonts()
        flags = [code.horizontalAdvance(r.flag) for r in self._rows]
        amount_width = max((strong.horizontalAdvance(r.amount) for r in self._rows), default=0)
        narrow = self.width() < NARROW
        inner = self.width() - 2 * PAD
        flag_width = min(max(flags, default=0), MOST_FLAG)
        width = max(inner - (0 if narrow else flag_width + amount_width + 2 * GAP), 60)
        head = max(code.height(), strong.height())
        places = []
        y = 0
        for row in self._rows:
            needed = self._heights.get((row.reason, width))
            if needed is None:
                needed = text.boundingRect(QRect(0, 0, width, 1000), WRAPPED, row.reason).height()
                self._heights[row.reason, width] = needed
            height = (head + needed if narrow else max(needed, head)) + 2 * PAD
            places.append(QRect(0, y, self.width(), height))
            y += height
        return places, head, narrow, flag_width, amount_width

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self._heights.clear()
        self._laid_out.clear()
        self._drawn.clear()
        self._lay_out()

    def sizeHint(self) -> QSize:
        """As high as the lines."""
        return QSize(300, max(self.height(), 1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines anew."""
        if event.size().width() != event.oldSize().width():
            self._lay_out()

    # -- pointing

    def _point(self, index: int) -> None:
        if index != self._marked:
            self.mark(index)
            self.pointed.emit(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at the line under the mouse."""
        at = event.position().toPoint()
        self._point(next((i for i, r in enumerate(self._places) if r.contains(at)), -1))

    def enterEvent(self, event: QEnterEvent) -> None:
        """Point at the line under the mouse."""
        at = event.position().toPoint()
        self._point(next((i for i, r in enumerate(self._places) if r.contains(at)), -1))

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        self._point(-1)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Point at the first line when the keyboard comes here."""
        super().focusInEvent(event)
        if self._rows and event.reason() in (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
            Qt.FocusReason.ShortcutFocusReason,
        ):
            self._point(max(self._marked, 0))
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Point at nothing."""
        super().focusOutEvent(event)
        self._point(-1)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys move."""
        last = len(self._rows) - 1
        steps = {
            Qt.Key.Key_Down: self._marked + 1,
            Qt.Key.Key_Up: self._marked - 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        wanted = steps.get(Qt.Key(event.key()))
        if wanted is None or last < 0:
            super().keyPressEvent(event)
            return
        self._point(min(max(wanted, 0), last))
        event.accept()

    # -- painting

    def _reason(self, p: QPainter, place: QRect, text: str, marked: bool, ratio: float) -> None:
        """Copy a reason as it was drawn: most stay the same from plan to plan."""
        t = theme.current()
        ground = "selection" if marked else "base"
        key = (text, place.width(), place.height(), ground, t.name, theme.font_scale(), ratio)

        def draw(q: QPainter) -> None:
            q.setFont(ink(12).font)
            q.setPen(t.color("text"))
            q.drawText(QRect(0, 0, place.width(), place.height()), WRAPPED, text)

        area = QRect(0, 0, place.width(), place.height())
        p.drawPixmap(place.topLeft(), self._drawn.picture(key, area, ratio, t.color(ground), draw))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lines."""
        t = theme.current()
        p = QPainter(self)
        p.fillRect(event.rect(), t.color("base"))
        accent, colour = t.color("accent"), t.color("text")
        code, plain, strong = ink(12, code=True), ink(12), ink(12, True)
        ratio = self.devicePixelRatioF()
        for index, (row, place) in enumerate(zip(self._rows, self._places, strict=True)):
            if not place.intersects(event.rect()):
                continue
            if index == self._marked:
                p.fillRect(place, t.color("selection"))
                p.fillRect(QRect(0, place.y(), 3, place.height()), t.color("accent"))
            inner = place.adjusted(PAD, PAD, -PAD, -PAD)
            amount = width_of(row.amount, strong)
            flag_room = inner.width() - amount - GAP if self._narrow else self._flag_width
            flag = cut(row.flag, code, flag_room)
            draw_line(p, QRect(inner.x(), inner.y(), flag_room + 2, code.height), flag, code, accent)
            p.setFont(plain.font)
            p.setPen(colour)
            if self._narrow:
                self._reason(p, inner.adjusted(0, self._head, 0, 0), row.reason, index == self._marked, ratio)
            else:
                x = inner.x() + self._flag_width + GAP
                room = max(inner.right() - x - self._amount_width - GAP + 1, 60)
                place = QRect(x, inner.y(), room, inner.height())
                self._reason(p, place, row.reason, index == self._marked, ratio)
            if row.amount:
                top = QRect(inner.x(), inner.y(), inner.width(), strong.height)
                draw_line(p, top, row.amount, strong, colour, RIGHT)
        if self.hasFocus():
            p.setPen(QPen(t.color("accent"), 2))
            p.drawRect(self.rect().adjusted(1, 1, -1, -1))
