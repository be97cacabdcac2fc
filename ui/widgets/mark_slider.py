"""A slider with marks: labelled stops, the largest value that still fits, the best value."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from planner import units
from ui import theme
from ui.views.drawn_strips import DrawnStrips
from ui.widgets.prepared_text import draw_line, ink, width_of

MAX_DRAWN_BYTES = 2**19
"""Sliders as drawn. [bytes]"""


class MarkSlider(QSlider):
    """Stops of a scale with marks above and labels below.

    Signals
    -------
    moved
        The user chose another stop. arg: its value.
    """

    moved = Signal(int)

    def __init__(
        self,
        name: str,
        stops: Sequence[int],
        labels: dict[int, str],
        ground: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._ground = ground
        self._drawn = DrawnStrips(MAX_DRAWN_BYTES)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setTracking(True)
        self.setPageStep(2)
        self._stops: tuple[int, ...] = ()
        self._labels: dict[int, str] = {}
        self._places: list[float] = []
        self._logarithmic = True
        self._actual = 0
        self._limit: int | None = None
        self._mark: int | None = None
        self._quiet = False
        self.set_scale(stops, labels, True)
        self.valueChanged.connect(self._changed)

    def set_scale(self, stops: Sequence[int], labels: dict[int, str], logarithmic: bool) -> None:
        """Another scale."""
        scale = (tuple(stops), dict(labels), logarithmic)
        if scale == (self._stops, self._labels, self._logarithmic):
            return
        self._quiet = True
        self._stops, self._labels, self._logarithmic = scale
        self._places = [self._at(stop) for stop in self._stops]
        self.setRange(0, max(len(self._stops) - 1, 0))
        self._quiet = False
        self.update()

    @property
    def actual(self) -> int:
        """Value shown, which may lie between stops."""
        return self._actual

    def show_value(self, value: int) -> None:
        """Show a value without telling."""
        self._quiet = True
        self._actual = value
        self.setValue(self._nearest(self._at(value)))
        self._quiet = False
        self.update()

    def show_marks(self, limit: int | None, mark: int | None = None) -> None:
        """Largest value that fits (pale up to it), and the value marked ▾."""
        self._limit, self._mark = limit, mark if mark is not None else limit
        self.update()

    def value_text(self) -> str:
        """Value in words for a screen reader."""
        return units.tokens(self._actual) if self._logarithmic else str(self._actual)

    def _changed(self, index: int) -> None:
        if self._quiet or not 0 <= index < len(self._stops):
            return
        self._actual = self._stops[index]
        self.setAccessibleDescription(self.value_text())
        self.update()
        self.moved.emit(self._actual)

    # -- geometry

    def sizeHint(self) -> QSize:
        """Room for the marks above and the labels below."""
        return QSize(160, 44 if self._labels else 28)

    def minimumSizeHint(self) -> QSize:
        """Smallest useful size."""
        return QSize(100, self.sizeHint().height())

    def _at(self, value: float) -> float:
        if not self._stops:
            return 0.0
        first, last = self._stops[0], self._stops[-1]
        if first == last:
            return 0.0
        value = min(max(value, first), last)
        if self._logarithmic and first > 0:
            return math.log2(value / first) / math.log2(last / first)
        return (value - first) / (last - first)

    def _x(self, value: float) -> float:
        return 9 + self._at(value) * (self.width() - 18)

    def _index_at(self, x: float) -> int:
        return self._nearest((x - 9) / max(self.width() - 18, 1))

    def _nearest(self, wanted: float) -> int:
        """Index of the stop nearest to a place on the scale (0 to 1)."""
        places = self._places
        after = bisect_left(places, wanted)
        if after == 0 or not places:
            return 0
        if after == len(places):
            return after - 1
        return after if places[after] - wanted < wanted - places[after - 1] else after - 1

    # -- mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Jump to where was clicked."""
        if event.button() == Qt.MouseButton.LeftButton and self.isEnabled():
            self.setSliderDown(True)
            self.setValue(self._index_at(event.position().x()))
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the mouse."""
        if event.buttons() & Qt.MouseButton.LeftButton and self.isEnabled():
            self.setValue(self._index_at(event.position().x()))
            event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self.setSliderDown(False)
        event.accept()

    # -- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it, or copy it as it was drawn."""
        t, ratio = theme.current(), self.devicePixelRatioF()
        look = (t.name, theme.font_scale(), ratio, self.width(), self.isEnabled(), self.hasFocus())
        key = (self._stops, self._actual, self._limit, self._mark, look)
        picture = self._drawn.picture(key, self.rect(), ratio, t.color(self._ground), self._draw)
        QPainter(self).drawPixmap(0, 0, picture)

    def _draw(self, p: QPainter) -> None:
        """Draw groove, limit, marks, handle and labels."""
        t = theme.current()
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        y = 14.0
        left, right = 9.0, self.width() - 9.0
        on = self.isEnabled()
        accent = t.color("accent") if on else t.color("control_border")
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(t.color("line"))
        p.drawRoundedRect(QRectF(left, y - 2, right - left, 4), 2, 2)
        handle = self._x(self._actual) if self._stops else left
        if self._limit is not None and self._stops:
            pale = t.color("accent")
            pale.setAlpha(110)
            p.setBrush(pale)
            end = self._x(self._limit)
            if end > handle:
                p.drawRoundedRect(QRectF(left, y - 2, end - left, 4), 2, 2)
        p.setBrush(accent)
        p.drawRoundedRect(QRectF(left, y - 2, handle - left, 4), 2, 2)
        if self._mark is not None and self._stops:
            x = self._x(self._mark)
            p.setBrush(t.color("text"))
            p.drawPolygon(QPolygonF([QPointF(x - 4, y - 13), QPointF(x + 4, y - 13), QPointF(x, y - 7)]))
        p.setBrush(t.color("base"))
        p.setPen(QPen(accent, 2))
        p.drawEllipse(QPointF(handle, y), 6.5, 6.5)
        if self.hasFocus():
            p.setBrush(Qt.BrushStyle.NoBrush)
            p.setPen(QPen(t.color("accent"), 2))
            p.drawEllipse(QPointF(handle, y), 9, 9)
        of, colour = ink(11), t.color("text_third")
        p.setPen(colour)
        for value in self._labels:
            x = self._x(value)
            p.drawLine(QPointF(x, y + 8), QPointF(x, y + 11))
        for value, label in self._labels.items():
            width = width_of(label, of)
            where = min(max(self._x(value) - width / 2, 0), self.width() - width)
            draw_line(p, QRectF(where, y + 12, width + 2, of.height), label, of, colour)
