"""A small chart: speed with its range, and GPU memory, against one setting."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QFontMetrics, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from planner import units
from ui import theme
from ui.views.drawn_strips import DrawnStrips
from ui.words import short_number, tr

if TYPE_CHECKING:
    from planner.view_data import Curve

MAX_DRAWN_BYTES = 11 * 2**18
"""Charts of the last plans as drawn. [bytes]"""


def nice_ticks(top: float, wanted: int = 4) -> list[float]:
    """Round ticks from 0 to at least ``top``."""
    if not top > 0 or not math.isfinite(top):
        return [0.0, 1.0]
    step = 10 ** math.floor(math.log10(top / wanted))
    for factor in (1, 2, 2.5, 5, 10):
        if step * factor * wanted >= top * 0.999:
            step *= factor
            break
    count = math.ceil(top / step - 1e-9)
    return [step * i for i in range(count + 1)]


class CurveChart(QWidget):
    """Speed (solid, band 80 %) and GPU memory (dashed) against a setting; the limit dotted, the optimum a dot."""

    def __init__(
        self,
        name: str,
        x_title: str,
        x_text: Callable[[int], str],
        logarithmic: bool = False,
        parent: QWidget | None = None,
        height: int = 150,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._x_title, self._x_text, self._logarithmic = x_title, x_text, logarithmic
        self._curve: Curve | None = None
        self._at: int | None = None
        self._label: str | None = None
        self._drawn = DrawnStrips(MAX_DRAWN_BYTES)
        self.setFixedHeight(height)

    def sizeHint(self) -> QSize:
        """Room for axes and labels."""
        return QSize(360, self.height())

    @property
    def curve(self) -> Curve | None:
        """Curve shown."""
        return self._curve

    def show_curve(self, curve: Curve | None, at: int | None, label: str | None = None) -> None:
        """Show another curve with the current value marked.

        Parameters
        ----------
        curve : Curve or None
            None hides the chart.
        at : int or None
            Current value.
        label : str or None
            What is said above the current value; None = the optimum is marked and named instead.
        """
        if curve is self._curve and at == self._at and label == self._label:
            return
        self._curve, self._at, self._label = curve, at, label
        if self.isHidden() == (curve is not None):
            self.setVisible(curve is not None)
        if curve is not None:
            self.setAccessibleDescription(label if label is not None else self._optimum(curve))
        self.update()

    def _optimum(self, curve: Curve) -> str:
        """The fastest step in words."""
        best = curve.best
        if best < 0:
            return tr("nothing fits this way")
        return tr("fastest at {x}: {speed} tok/s, {gib}").format(
            x=self._x_text(int(curve.x[best])),
            speed=units.rate(float(curve.decode_p50[best])),
            gib=units.gib(float(curve.gpu_bytes[best])),
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the chart, or copy it as it was drawn for the same curve."""
        c = self._curve
        if c is None or len(c.x) < 2:
            return
        t, ratio = theme.current(), self.devicePixelRatioF()
        arrays = (c.x, c.fits, c.decode_p10, c.decode_p50, c.decode_p90, c.gpu_bytes)
        content = (
            *(a.tobytes() for a in arrays),
            str(c.capacity),
            str(c.limit),
            c.best,
            self._at,
            self._label,
        )
        key = (content, self.width(), t.name, theme.font_scale(), ratio)
        p = QPainter(self)
        p.drawPixmap(
            0, 0, self._drawn.picture(key, self.rect(), ratio, t.color("base"), lambda q: self._draw(q, c))
        )

    def _draw(self, p: QPainter, c: Curve) -> None:
        t = theme.current()
        small = theme.ui_font(11)
        p.setFont(small)
        fm = QFontMetrics(small)
        speeds = [v for v in c.decode_p90.tolist() if v == v]
        left_ticks = nice_ticks(max(speeds, default=1.0))
        memory = [v / units.GIB for v in c.gpu_bytes.tolist()]
        capacity = c.capacity / units.GIB if c.capacity == c.capacity else 0.0
        right_ticks = nice_ticks(max([*memory, capacity]), len(left_ticks) - 1)
        area = QRectF(self.rect()).adjusted(34, 18, -30, -34)
        x0, x1 = float(c.x[0]), float(c.x[-1])

        def x_of(value: float) -> float:
            if self._logarithmic:
                share = math.log2(max(value, x0) / x0) / math.log2(x1 / x0) if x1 > x0 else 0.0
            else:
                share = (value - x0) / (x1 - x0) if x1 > x0 else 0.0
            return area.x() + min(max(share, 0.0), 1.0) * area.width()

        def y_of(value: float, top: float) -> float:
            return area.bottom() - min(value / top, 1.05) * area.height()

        top, top_memory = left_ticks[-1], right_ticks[-1]
        p.setPen(QPen(t.color("line"), 1))
        for tick in left_ticks:
            y = round(y_of(tick, top)) + 0.5
            p.drawLine(QLineF(area.x(), y, area.right(), y))
        p.setPen(t.color("text_third"))
        right_align = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        left_align = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for tick in left_ticks:
            p.drawText(QRectF(0, y_of(tick, top) - 8, 30, 16), right_align, short_number(tick))
        for tick in right_ticks:
            p.drawText(
                QRectF(area.right() + 5, y_of(tick, top_memory) - 8, 40, 16), left_align, short_number(tick)
            )
        self._x_axis(p, c, x_of, area, fm)
        xs = [x_of(float(x)) for x in c.x]
        self._no_fit(p, c, xs, area)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        known = [i for i in range(len(xs)) if c.fits[i] and c.decode_p50[i] == c.decode_p50[i]]
        if known:
            band = QPainterPath()
            upper = [QPointF(xs[i], y_of(float(c.decode_p90[i]), top)) for i in known]
            lower = [QPointF(xs[i], y_of(float(c.decode_p10[i]), top)) for i in reversed(known)]
            band.addPolygon(QPolygonF([*upper, *lower]))
            fill = t.color("range_mark")
            fill.setAlpha(60)
            p.fillPath(band, fill)
            p.setPen(QPen(t.color("text"), 1.8))
            p.drawPolyline(QPolygonF([QPointF(xs[i], y_of(float(c.decode_p50[i]), top)) for i in known]))
        p.setPen(QPen(t.color("accent"), 1.5, Qt.PenStyle.DashLine))
        p.drawPolyline(QPolygonF([QPointF(x, y_of(m, top_memory)) for x, m in zip(xs, memory, strict=True)]))
        if c.limit == c.limit:
            y = y_of(c.limit / units.GIB, top_memory)
            p.setPen(QPen(t.color("accent"), 1.2, Qt.PenStyle.DotLine))
            p.drawLine(QLineF(area.x(), y, area.right(), y))
            text = tr("limit {gib}").format(gib=units.gib(c.limit))
            width = fm.horizontalAdvance(text) + 6
            below = y - 15 < area.y()
            box = QRectF(area.right() - width - 2, y + 2 if below else y - 15, width, 13)
            p.fillRect(box, t.color("base"))
            p.setPen(t.color("accent"))
            p.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)
        if self._at is not None:
            x = x_of(float(self._at))
            p.setPen(QPen(t.color("accent"), 1.4))
            p.drawLine(QLineF(x, area.y(), x, area.bottom()))
        if self._label is None and c.best >= 0:
            i = c.best
            at = QPointF(xs[i], y_of(float(c.decode_p50[i]), top))
            p.setPen(QPen(t.color("base"), 1.5))
            p.setBrush(t.color("accent"))
            p.drawEllipse(at, 4.5, 4.5)
            p.setBrush(Qt.BrushStyle.NoBrush)
        text = self._label if self._label is not None else self._optimum(c)
        anchor = xs[c.best] if self._label is None and c.best >= 0 else x_of(float(self._at or x0))
        p.setPen(t.color("text"))
        p.setFont(theme.ui_font(11, True))
        width = QFontMetrics(p.font()).horizontalAdvance(text)
        where = min(max(anchor - width / 2, area.x()), max(area.right() - width, 0))
        p.drawText(QRectF(where, 0, width + 2, 16), left_align, text)
        p.setFont(small)
        p.setPen(t.color("text_third"))
        base = area.bottom() + 18
        p.setPen(QPen(t.color("text"), 1.8))
        p.drawLine(QLineF(4, base + 7, 14, base + 7))
        p.setPen(t.color("text_third"))
        p.drawText(QRectF(18, base, 120, 14), left_align, tr("tok/s, 80 %"))
        text = tr("GPU GiB")
        width = fm.horizontalAdvance(text)
        p.drawText(QRectF(self.width() - width - 2, base, width + 2, 14), left_align, text)
        p.setPen(QPen(t.color("accent"), 1.5, Qt.PenStyle.DashLine))
        p.drawLine(QLineF(self.width() - width - 20, base + 7, self.width() - width - 6, base + 7))
        p.setPen(t.color("text_third"))
        p.drawText(QRectF(0, base, self.width(), 14), int(Qt.AlignmentFlag.AlignCenter), self._x_title)

    def _x_axis(
        self, p: QPainter, c: Curve, x_of: Callable[[float], float], area: QRectF, fm: QFontMetrics
    ) -> None:
        if self._logarithmic:
            values = [v for v in c.x.tolist() if (v & (v - 1)) == 0][::2]
        else:
            last = int(c.x[-1])
            values = sorted({round(last * i / 4) for i in range(5)})
        for value in values:
            text = self._x_text(value)
            width = fm.horizontalAdvance(text)
            x = min(max(x_of(value) - width / 2, area.x() - 8), area.right() - width + 8)
            p.drawText(QRectF(x, area.bottom() + 3, width + 2, 14), int(Qt.AlignmentFlag.AlignLeft), text)

    def _no_fit(self, p: QPainter, c: Curve, xs: list[float], area: QRectF) -> None:
        """Hatch where nothing fits."""
        t = theme.current()
        n = len(xs)
        start = None
        for i in range(n + 1):
            bad = i < n and not bool(c.fits[i])
            if bad and start is None:
                start = i
            elif not bad and start is not None:
                left = xs[start] if start == 0 else (xs[start - 1] + xs[start]) / 2
                right = xs[i - 1] if i == n else (xs[i - 1] + xs[i]) / 2
                rect = QRectF(left, area.y(), max(right - left, 1), area.height())
                p.fillRect(rect, t.color("hatch_base"))
                p.fillRect(rect, QBrush(t.color("hatch"), Qt.BrushStyle.BDiagPattern))
                text = tr("does not fit")
                wide = p.fontMetrics().horizontalAdvance(text) + 8
                if rect.width() > wide:
                    middle = rect.center()
                    box = QRectF(middle.x() - wide / 2, middle.y() - 8, wide, 16)
                    p.fillRect(box, t.color("hatch_base"))
                    p.setPen(t.color("text_second"))
                    p.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)
                start = None
