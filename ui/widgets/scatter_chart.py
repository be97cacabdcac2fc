"""Points of quality against speed: a letter and a shape per placement class, ranges and names where they matter.

Everything but the pointer and the selection is painted once into a picture, and again only when the figures, the size or the
theme change.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from planner.fit_class import FIT_LETTERS, FitClass
from ui import theme
from ui.words import short_number, tr

if TYPE_CHECKING:
    from planner.view_pareto import QualityPoints

RADIUS = 7.5
"""Half the size of a mark. [px]"""
REACH = 14.0
"""Farthest the pointer may be from the mark it means. [px]"""
SPEED_STEPS = (1.0, 2.0, 5.0)


def log_ticks(low: float, high: float) -> list[float]:
    """Ticks 1, 2, 5, 10 … from the last at or below ``low`` to the first at or above ``high``."""
    if not (0 < low <= high and math.isfinite(high)):
        return [1.0, 10.0]
    every = [s * 10.0**e for e in range(-3, 7) for s in SPEED_STEPS]
    first = max((i for i, t in enumerate(every) if t <= low), default=0)
    last = min((i for i, t in enumerate(every) if t >= high), default=len(every) - 1)
    return every[first : max(last, first + 1) + 1]


def linear_ticks(low: float, high: float) -> list[float]:
    """Multiples of 5 or 10 around a range of percents."""
    span = max(high - low, 1.0)
    step = 5.0 if span <= 30 else 10.0
    first, last = math.floor(low / step), math.ceil(high / step)
    return [step * i for i in range(first, max(last, first + 1) + 1)]


def mark_shape(fit: int, at: QPointF, radius: float = RADIUS) -> QPainterPath:
    """Outline of a placement class: circle on the GPU, square with experts in RAM, diamond split, triangle on the CPU."""
    path = QPainterPath()
    if fit in (FitClass.GPU, FitClass.TIGHT):
        path.addEllipse(at, radius, radius)
    elif fit == FitClass.EXPERTS_IN_RAM:
        path.addRect(QRectF(at.x() - radius + 0.5, at.y() - radius + 0.5, 2 * radius - 1, 2 * radius - 1))
    elif fit == FitClass.PARTIAL:
        r = radius * 1.3
        path.addPolygon(
            QPolygonF(
                [
                    QPointF(at.x(), at.y() - r),
                    QPointF(at.x() + r, at.y()),
                    QPointF(at.x(), at.y() + r),
                    QPointF(at.x() - r, at.y()),
                ]
            )
        )
        path.closeSubpath()
    else:
        r = radius * 1.25
        path.addPolygon(
            QPolygonF(
                [
                    QPointF(at.x(), at.y() - r),
                    QPointF(at.x() + r, at.y() + r * 0.85),
                    QPointF(at.x() - r, at.y() + r * 0.85),
                ]
            )
        )
        path.closeSubpath()
    return path


class ScatterChart(QWidget):
    """The picture; left and right go along by speed, up and down by score, Home and End to the slowest and the fastest.

    Signals
    -------
    pointed
        Another point is under the pointer or the cursor. arg: its number, -1 = none.
    chosen
        A point was chosen. arg: its number.
    plan_asked, pin_asked
        Enter, Space.
    """

    pointed = Signal(int)
    chosen = Signal(int)
    plan_asked = Signal()
    pin_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(220, 160)
        self.setAccessibleName(tr("Quality against speed"))
        self.points: QualityPoints | None = None
        self.names: list[str] = []
        self.current = -1
        """Point that is selected; -1 = none."""
        self._hover = -1
        self._picture: QPixmap | None = None
        self._x_ticks: list[float] = []
        self._y_ticks: list[float] = []
        self._places: list[QPointF] = []
        self._labelled: dict[int, QRectF] = {}
        """Names in the picture, and where they stand."""
        self.pictures = 0
        """Pictures painted so far."""

    def sizeHint(self) -> QSize:
        """Room for labels."""
        return QSize(640, 420)

    def show_points(self, points: QualityPoints | None, names: list[str], current: int) -> None:
        """Show other points; ``names`` are those of the points."""
        self.points, self.names, self.current, self._hover = points, names, current, -1
        self._picture = None
        self.update()

    def select(self, current: int) -> None:
        """Mark another point."""
        if current != self.current:
            self.current = current
            self.update()

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self._picture = None
        self.update()

    def resizeEvent(self, event: object) -> None:
        """Paint for the new size."""
        if isinstance(event, QResizeEvent) and event.size() != event.oldSize():
            self._picture = None

    def hideEvent(self, event: object) -> None:
        """Keep no picture that nobody sees: it is as large as the page."""
        self._picture = None

    # -- geometry

    @property
    def area(self) -> QRectF:
        """Where points may be."""
        return QRectF(self.rect()).adjusted(46, 14, -18, -44)

    def place_of(self, index: int) -> QPointF:
        """Where a point is drawn."""
        if len(self._places) <= index or self._picture is None:
            self._measure()
        return self._places[index]

    def _measure(self) -> None:
        points = self.points
        self._places = []
        if points is None or not len(points.rows):
            return
        low, high = float(points.decode_p10.min()), float(points.decode_p90.max())
        self._x_ticks = log_ticks(low, high)
        self._y_ticks = linear_ticks(float(points.score.min()), float(points.score.max()))
        speeds, scores = points.decode_p50.tolist(), points.score.tolist()
        self._places = [QPointF(self._x(v), self._y(s)) for v, s in zip(speeds, scores, strict=True)]

    def _x(self, speed: float) -> float:
        first, last = self._x_ticks[0], self._x_ticks[-1]
        share = math.log(min(max(speed, first), last) / first) / math.log(last / first)
        return self.area.x() + share * self.area.width()

    def _y(self, score: float) -> float:
        first, last = self._y_ticks[0], self._y_ticks[-1]
        return self.area.bottom() - (score - first) / (last - first) * self.area.height()

    def nearest(self, at: QPointF) -> int:
        """Point nearest to a place, -1 if none is within reach."""
        if self.points is None or not len(self.points.rows):
            return -1
        self.place_of(0)
        far = [(p.x() - at.x()) ** 2 + (p.y() - at.y()) ** 2 for p in self._places]
        best = min(range(len(far)), key=far.__getitem__)
        return best if far[best] <= REACH**2 else -1

    # -- keyboard and mouse

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move along, open, pin."""
        points = self.points
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.plan_asked.emit()
        elif key == Qt.Key.Key_Space:
            self.pin_asked.emit()
        elif points is not None and len(points.rows) and key in _STEPS:
            by_score, step = _STEPS[key]
            n = len(points.rows)
            order = list(range(n))
            if by_score:
                order.sort(key=lambda i: (float(points.score[i]), i))
            at = order.index(self.current) if 0 <= self.current < n else (-1 if step > 0 else n)
            self.current = order[min(max(at + step, 0), n - 1)]
            self._hover = -1
            self.update()
            self.chosen.emit(self.current)
            self.pointed.emit(self.current)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the point under the pointer."""
        index = self.nearest(event.position())
        if index >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.current = index
            self.update()
            self.chosen.emit(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell what is under the pointer."""
        self._point_at(self.nearest(event.position()))

    def leaveEvent(self, event: object) -> None:
        """Back to what is selected."""
        self._point_at(-1)

    def _point_at(self, index: int) -> None:
        if index != self._hover:
            self._hover = index
            self.update()
            self.pointed.emit(index if index >= 0 else self.current)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus ring."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the focus ring."""
        super().focusOutEvent(event)
        self.update()

    # -- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Put the picture down, and the selection over it."""
        ratio = self.devicePixelRatioF()
        if self._picture is None or self._picture.devicePixelRatio() != ratio:
            self._picture = self._paint_picture(ratio)
        p = QPainter(self)
        p.drawPixmap(0, 0, self._picture)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index, strong in ((self._hover, False), (self.current, True)):
            if self.points is not None and 0 <= index < len(self._places):
                self._whisker(p, index)
                self._mark(p, index)
                p.setBrush(Qt.BrushStyle.NoBrush)
                p.setPen(QPen(theme.current().color("accent"), 3 if strong else 2))
                p.drawPath(mark_shape(int(self.points.fit[index]), self._places[index], RADIUS + 3))
                place = self.label_place(index)
                if place is not None:
                    self._label(p, place, self.names[index])
        if self.hasFocus():
            p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            p.setPen(QPen(theme.current().color("accent"), 2))
            p.drawRect(self.rect().adjusted(1, 1, -2, -2))

    def _paint_picture(self, ratio: float) -> QPixmap:
        self.pictures += 1
        self._measure()
        t = theme.current()
        picture = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(t.color("base"))
        self._labelled = {}
        points = self.points
        if points is None or not len(points.rows):
            return picture
        p = QPainter(picture)
        self._axes(p, points.benchmark)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        front = [i for i in range(len(points.rows)) if points.front[i]]
        self._front_line(p, front)
        for index in front:
            self._whisker(p, index)
        for index in range(len(points.rows)):
            if not points.front[index]:
                self._mark(p, index)
        for index in front:
            self._mark(p, index)
        self._labels(p, front)
        p.end()
        return picture

    def _axes(self, p: QPainter, benchmark: str) -> None:
        t, area = theme.current(), self.area
        p.setFont(theme.ui_font(11))
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        centre = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        for tick in self._y_ticks:
            y = round(self._y(tick)) + 0.5
            p.setPen(QPen(t.color("line"), 1))
            p.drawLine(QLineF(area.x(), y, area.right(), y))
            p.setPen(t.color("text_third"))
            p.drawText(QRectF(0, y - 9, area.x() - 6, 18), right, short_number(tick))
        for tick in self._x_ticks:
            x = round(self._x(tick)) + 0.5
            p.setPen(QPen(t.color("line"), 1))
            p.drawLine(QLineF(x, area.y(), x, area.bottom()))
            p.setPen(t.color("text_third"))
            p.drawText(QRectF(x - 30, area.bottom() + 4, 60, 16), centre, short_number(tick))
        p.setFont(theme.ui_font(11, True))
        p.setPen(t.color("text_second"))
        title = tr("decode, tok/s (logarithmic)")
        p.drawText(QRectF(area.x(), area.bottom() + 21, area.width(), 18), centre, title)
        p.save()
        p.translate(12, area.center().y())
        p.rotate(-90)
        text = tr("{benchmark}, %").format(benchmark=benchmark)
        p.drawText(QRectF(-area.height() / 2, -9, area.height(), 18), int(Qt.AlignmentFlag.AlignCenter), text)
        p.restore()

    def _front_line(self, p: QPainter, front: list[int]) -> None:
        """Steps along the points nothing beats."""
        corners: list[QPointF] = []
        for index in front:
            at = self._places[index]
            if corners:
                corners.append(QPointF(corners[-1].x(), at.y()))
            corners.append(at)
        p.setPen(QPen(theme.current().color("text"), 1.6, Qt.PenStyle.DashLine))
        p.drawPolyline(QPolygonF(corners))

    def _whisker(self, p: QPainter, index: int) -> None:
        """80 % range of the speed."""
        points = self.points
        assert points is not None
        y = self._places[index].y()
        low, high = self._x(float(points.decode_p10[index])), self._x(float(points.decode_p90[index]))
        p.setPen(QPen(theme.current().color("range_mark"), 2))
        p.drawLine(QLineF(low, y, high, y))
        for x in (low, high):
            p.drawLine(QLineF(x, y - 4, x, y + 4))

    def _mark(self, p: QPainter, index: int) -> None:
        points, t = self.points, theme.current()
        assert points is not None
        fit, at = int(points.fit[index]), self._places[index]
        fill, ink = t.fits[fit]
        p.setPen(QPen(t.color("base"), 1.2) if fit < FitClass.PARTIAL else QPen(t.color("text_second"), 1))
        p.setBrush(fill)
        p.drawPath(mark_shape(fit, at))
        p.setFont(theme.ui_font(10, True))
        p.setPen(ink)
        drop = 2.0 if fit == FitClass.CPU else 0.0
        where = QRectF(at.x() - 10, at.y() - 10 + drop, 20, 20)
        p.drawText(where, int(Qt.AlignmentFlag.AlignCenter), FIT_LETTERS[fit])

    def _label_places(self, index: int, name: str) -> list[QRectF]:
        """Where a name may stand: right above first, then the other corners, then farther away."""
        at, fm = self._places[index], QFontMetricsF(theme.ui_font(11, True))
        width, height = fm.horizontalAdvance(name) + 6, fm.height()
        sides = (at.x() + RADIUS + 3, at.x() - RADIUS - width - 3, at.x() - width / 2)
        places = []
        for far in (0.0, 1.0, 2.0, 3.0, 4.0, 5.0):
            for y in (at.y() - height - 2 - far * height, at.y() + 4 + far * height):
                places += [QRectF(x, y, width, height) for x in (sides if far else sides[:2])]
        return [r for r in places if self.area.adjusted(2, -10, 14, 0).contains(r)]

    def label_place(self, index: int) -> QRectF | None:
        """Where the name of a marked point stands: where the picture has it, else clear of the names in it."""
        if index in self._labelled:
            return self._labelled[index]
        places = self._label_places(index, self.names[index])
        clear = [r for r in places if not any(r.intersects(o) for o in self._labelled.values())]
        return next(iter(clear or places), None)

    def _label(self, p: QPainter, where: QRectF, name: str) -> None:
        t = theme.current()
        back = t.color("base")
        back.setAlpha(225)
        p.fillRect(where, back)
        p.setFont(theme.ui_font(11, True))
        p.setPen(t.color("text"))
        p.drawText(where, int(Qt.AlignmentFlag.AlignCenter), name)

    def _labels(self, p: QPainter, front: list[int]) -> None:
        """Names of the front, where there is room: the best first, clear of every mark if that can be."""

        def box(index: int) -> QRectF:
            at = self._places[index]
            return QRectF(at.x() - RADIUS, at.y() - RADIUS, 2 * RADIUS, 2 * RADIUS)

        self._labelled = {}
        marks = [box(i) for i in range(len(self._places))]
        taken = [box(i) for i in front]
        for index in sorted(front, key=lambda i: self._places[i].y()):
            name, at = self.names[index], self._places[index]
            places = self._label_places(index, name)
            free = [r for r in places if not any(r.intersects(o) for o in taken)]
            if not free:
                continue
            where = min(free, key=lambda r: sum(r.intersects(o) for o in marks))
            end = QPointF(min(max(at.x(), where.left()), where.right()), where.center().y())
            if abs(end.y() - at.y()) > 1.6 * where.height():
                p.setPen(QPen(theme.current().color("text_third"), 1))
                p.drawLine(QLineF(at, end))
            self._label(p, where, name)
            taken.append(where)
            self._labelled[index] = where


_STEPS = {
    Qt.Key.Key_Left: (False, -1),
    Qt.Key.Key_Right: (False, 1),
    Qt.Key.Key_Down: (True, -1),
    Qt.Key.Key_Up: (True, 1),
    Qt.Key.Key_Home: (False, -(10**6)),
    Qt.Key.Key_End: (False, 10**6),
}
"""Whether a key goes by score, and how far."""
