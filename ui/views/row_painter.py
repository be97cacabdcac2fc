"""Draws the lines of the list: everything of one line in one go, from the arrays of the view."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QPainter, QPen, QPixmap, QPolygonF, QStaticText

from planner import units
from planner.fit_class import FIT_LETTERS, FitClass
from ui import theme
from ui.models.catalogue_model import PROVENANCE_MARKS, Entry, Kind, loss_text, quant_label
from ui.words import number, tr

if TYPE_CHECKING:
    from planner.catalogue_view import CatalogueView

KEPT_AXES = 32
"""Axes kept as drawn, one per width and scale."""
MAX_BARS = 5
"""More devices than this are drawn as one summed bar with the fullest marked."""
LEFT_CENTRE = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
RIGHT_CENTRE = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
CENTRE = int(Qt.AlignmentFlag.AlignCenter)


_FONTS: dict[str, tuple[QFont, QFontMetrics]] = {}


@lru_cache(maxsize=3000)
def laid_out(text: str, font_key: str) -> tuple[QStaticText, int]:
    """A text ready to be drawn again and again, and its width."""
    font, fm = _FONTS[font_key]
    static = QStaticText(text)
    static.setTextFormat(Qt.TextFormat.PlainText)
    static.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
    static.prepare(font=font)
    return static, fm.horizontalAdvance(text)


@lru_cache(maxsize=2000)
def elided(text: str, font_key: str, width: int) -> str:
    """A text cut to a width with an ellipsis."""
    fm = _FONTS[font_key][1]
    if fm.horizontalAdvance(text) <= width:
        return text
    return fm.elidedText(text, Qt.TextElideMode.ElideRight, max(width, 0))


MAX_APART = 330
"""Width in which a name and its quantization stand, however wide the column is. [px]"""
WAITING = frozenset({"placement", "decode", "first_token", "loss", "file"})
"""Columns that say nothing while their figures are being made."""


class Cell(NamedTuple):
    """Place of one column."""

    key: str
    x: int
    width: int


def hatch(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    """Fill with diagonal lines."""
    painter.fillRect(rect, QBrush(colour, Qt.BrushStyle.BDiagPattern))


class RowPainter:
    """Fonts, pens and colours of the list, made once per theme; paints one line at a time."""

    def __init__(self) -> None:
        self.refresh()

    def refresh(self) -> None:
        """Take over the current theme."""
        t = theme.current()
        self.theme = t
        fonts = {
            "row": theme.ui_font(12.5),
            "strong": theme.ui_font(12.5, True),
            "small": theme.ui_font(11),
            "letter": theme.ui_font(11, True),
        }
        laid_out.cache_clear()
        elided.cache_clear()
        self._axes: dict[tuple[float, ...], QPixmap] = {}
        for key, font in fonts.items():
            _FONTS[key] = (font, QFontMetrics(font))
        self.font = {k: f for k, (f, _) in _FONTS.items()}
        self.line_height = max(28, _FONTS["row"][1].height() + 9)
        self.kinds, self.inks = t.kinds, t.kind_inks
        self.fits = t.fits
        self.text, self.second, self.third = (t.color(r) for r in ("text", "text_second", "text_third"))
        self.line, self.base, self.alternate = (t.color(r) for r in ("line", "base", "alternate"))
        self.selection, self.accent, self.error = (t.color(r) for r in ("selection", "accent", "error"))
        self.warning = t.color("warning")
        self.kv_hatch = t.color("kv_ink")
        self.kv_hatch.setAlpha(90)
        self.free, self.free_border = t.color("free"), t.color("free_border")
        self.range = t.color("range_mark")
        self.window = t.color("window")
        self.hatch, self.hatch_base = t.color("hatch"), t.color("hatch_base")
        self.pen_line = QPen(self.line, 1)
        self.pen_range = QPen(self.range, 1.4)
        self.pen_limit = QPen(self.accent, 1.4, Qt.PenStyle.DotLine)
        self.dotted = QBrush(self.text, Qt.BrushStyle.Dense4Pattern)
        self.pen_border = QPen(self.free_border, 1)

    # -- one line

    def paint(
        self,
        p: QPainter,
        rect: QRect,
        cells: list[Cell],
        view: CatalogueView,
        entry: Entry,
        *,
        selected: bool,
        is_open: bool,
        can_open: bool,
        axis_max: float,
        section: tuple[str, str],
        pinned: bool = False,
        second: CatalogueView | None = None,
    ) -> None:
        """Draw one line."""
        if entry.kind is Kind.SECTION:
            self._section(p, rect, section)
            return
        if selected:
            p.fillRect(rect, self.selection)
            p.fillRect(QRect(rect.x(), rect.y(), 4, rect.height()), self.accent)
        elif entry.kind is Kind.QUANT:
            p.fillRect(rect, self.alternate)
        p.fillRect(rect.left(), rect.bottom(), rect.width(), 1, self.line)
        row, quant = entry.row, entry.quant
        fit = int(view.fit[row, quant])
        fits = fit != FitClass.NONE
        waiting = view.waiting is not None and bool(view.waiting[row])
        y, h = rect.y(), rect.height()
        for cell in cells:
            inner = QRect(cell.x + 6, y, cell.width - 12, h)
            if waiting and cell.key in WAITING:
                self._write(p, inner, "…", self.third)
            elif cell.key == "name":
                self._name(p, QRect(cell.x, y, cell.width, h), view, entry, fits, is_open, can_open)
            elif cell.key == "placement":
                self._placement(p, inner, view, row, quant, fit)
            elif cell.key == "decode":
                self._decode(p, inner, view, row, quant, fits, axis_max, cells)
            elif cell.key == "first_token":
                value = float(view.first_token[row, quant])
                text = units.seconds(value) if value == value else tr("unknown") if fits else "–"
                self._write(p, inner, text, self.second if value == value else self.third, right=True)
            elif cell.key == "loss":
                text = loss_text(view, entry)
                colour = self.text if text[:1].isdigit() else self.third
                self._write(p, inner, text, colour, right=True)
            elif cell.key == "file":
                self._write(p, inner, file_number(float(view.file[row, quant])), self.text, right=True)
            elif cell.key == "licence":
                self._licence(p, inner, view, row)
            elif cell.key == "provenance":
                mark = PROVENANCE_MARKS.get(view.facts.provenance[row], "")
                self._write(p, inner, mark, self.second)
            elif cell.key == "second" and second is not None and second.engine == view.engine:
                self._second(p, inner, second, row, quant)

    def _second(self, p: QPainter, rect: QRect, second: CatalogueView, row: int, quant: int) -> None:
        """The same quantization on the machine compared with: letter and speed."""
        if second.waiting is not None and second.waiting[row]:
            self._write(p, rect, "…", self.third)
            return
        fit = int(second.fit[row, quant])
        self.badge(p, QRectF(rect.x(), rect.y() + rect.height() / 2 - 8.5, 17, 17), fit)
        if fit == FitClass.NONE:
            return
        speed = float(second.decode_p50[row, quant])
        text = units.rate(speed) if speed == speed else tr("unknown")
        self._write(p, rect.adjusted(22, 0, 0, 0), text, self.text, "row", right=True)

    def _write(
        self, p: QPainter, rect: QRect, text: str, colour: QColor, font: str = "row", right: bool = False
    ) -> None:
        static, width = laid_out(text, font)
        if width > rect.width():
            static, width = laid_out(elided(text, font, rect.width()), font)
        fonts = _FONTS[font]
        p.setFont(fonts[0])
        p.setPen(colour)
        x = rect.right() + 1 - width if right else rect.x()
        p.drawStaticText(QPointF(x, rect.y() + (rect.height() - fonts[1].height()) // 2), static)

    def _section(self, p: QPainter, rect: QRect, section: tuple[str, str]) -> None:
        p.fillRect(rect, self.window)
        p.setPen(self.pen_line)
        p.drawLine(rect.left(), rect.bottom(), rect.right(), rect.bottom())
        inner = rect.adjusted(12, 0, -12, 0)
        self._write(p, inner, section[0], self.text, "strong")
        width = _FONTS["strong"][1].horizontalAdvance(section[0]) + 24
        self._write(p, inner.adjusted(width, 0, 0, 0), section[1], self.second, right=True)

    def _name(
        self,
        p: QPainter,
        rect: QRect,
        view: CatalogueView,
        entry: Entry,
        fits: bool,
        is_open: bool,
        can_open: bool,
    ) -> None:
        facts = view.facts
        quant = quant_label(view, entry)
        fits = fits or (view.waiting is not None and bool(view.waiting[entry.row]))
        if entry.kind is Kind.QUANT:
            inner = rect.adjusted(44, 0, -6, 0)
            self._write(p, inner, quant, self.text if fits else self.third)
            if fits and int(view.best[entry.row]) == entry.quant:
                width = laid_out(quant, "row")[1] + 8
                self._write(p, inner.adjusted(width, 0, 0, 0), "★", self.accent)
            return
        if can_open:
            self._arrow(p, QPointF(rect.x() + 16, rect.y() + rect.height() / 2), is_open)
        quant_width = laid_out(quant, "small")[1]
        inner = rect.adjusted(28, 0, -8, 0)
        inner.setWidth(min(inner.width(), round(MAX_APART * rect.height() / 28)))
        self._write(p, inner, quant, self.third, "small", right=True)
        name = inner.adjusted(0, 0, -quant_width - 10, 0)
        self._write(p, name, facts.names[entry.row], self.text if fits else self.third)

    def name_fits(self, name: str, quant: str, left: int, right: int) -> bool:
        """Whether a name ends within so many pixels from the left, and a quantization within so many from the right."""
        return laid_out(name, "row")[1] + 30 < left and laid_out(quant, "small")[1] + 10 < right

    def _arrow(self, p: QPainter, at: QPointF, is_open: bool) -> None:
        x, y = at.x(), at.y()
        if is_open:
            points = [QPointF(x - 4, y - 2), QPointF(x, y + 2.5), QPointF(x + 4, y - 2)]
        else:
            points = [QPointF(x - 2, y - 4), QPointF(x + 2.5, y), QPointF(x - 2, y + 4)]
        p.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        p.setPen(QPen(self.second, 1.5))
        p.drawPolyline(QPolygonF(points))
        p.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def badge(self, p: QPainter, rect: QRectF, fit: int) -> None:
        """Letter of a placement class on its colour."""
        fill, ink = self.fits[fit]
        p.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        p.setPen(self.pen_border if fit >= FitClass.PARTIAL else Qt.PenStyle.NoPen)
        p.setBrush(fill)
        p.drawRoundedRect(rect, 3, 3)
        p.setBrush(Qt.BrushStyle.NoBrush)
        p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        static, width = laid_out(FIT_LETTERS[fit], "letter")
        font, fm = _FONTS["letter"]
        p.setFont(font)
        p.setPen(ink)
        x = rect.x() + (rect.width() - width) / 2
        p.drawStaticText(QPointF(x, rect.y() + (rect.height() - fm.height()) / 2), static)

    def _placement(
        self, p: QPainter, rect: QRect, view: CatalogueView, row: int, quant: int, fit: int
    ) -> None:
        middle = rect.y() + rect.height() / 2
        self.badge(p, QRectF(rect.x(), middle - 8.5, 17, 17), fit)
        text_width = laid_out("8888.8", "small")[1]
        bar_x = rect.x() + 24
        bar_width = max(rect.width() - 24 - text_width - 6, 10)
        if fit == FitClass.NONE:
            bar = QRectF(bar_x, middle - 8, bar_width, 16)
            p.fillRect(bar, self.hatch_base)
            hatch(p, bar, self.hatch)
            p.setPen(self.pen_border)
            p.drawRect(bar)
            return
        values = view.bars[row, quant].tolist()
        devices = view.devices
        capacities = [d.capacity for d in devices]
        reserves = [d.reserve for d in devices]
        totals = [sum(v) for v in values]
        own = [t - d.others for t, d in zip(totals, devices, strict=True)]
        marked = -1.0
        if len(devices) > MAX_BARS:
            gpus = range(len(devices) - 1)
            merged = [sum(values[i][k] for i in gpus) for k in range(len(self.kinds))]
            capacity = sum(capacities[i] for i in gpus)
            shares = [totals[i] / capacities[i] for i in gpus]
            marked = max(shares)
            values = [merged, values[-1]]
            capacities, own = [capacity, capacities[-1]], [sum(own[:-1]), own[-1]]
            reserves = [sum(reserves[i] for i in gpus), 0.0]
        n = len(values)
        gap = 2.0 if n > 2 else 3.0
        height = min(8.0, (rect.height() - 6 - gap * (n - 1)) / n)
        top = middle - (n * height + (n - 1) * gap) / 2
        for i in range(n):
            self.bar(
                p,
                QRectF(bar_x, round(top + i * (height + gap)), bar_width, round(height)),
                values[i],
                capacities[i],
                reserves[i],
                marked if i == 0 else -1.0,
            )
        x = rect.right() - text_width
        if n <= 2:
            for i in range(n):
                top = round(middle - 12 * (n / 2 - i))
                self._write(
                    p,
                    QRect(x, top, text_width, 12),
                    _gib_number(own[i]),
                    self.third if i else self.text,
                    "small",
                    True,
                )
        else:
            half = round(middle) - 12
            self._write(
                p, QRect(x, half, text_width, 12), _gib_number(sum(own[:-1])), self.text, "small", True
            )
            self._write(
                p, QRect(x, half + 12, text_width, 12), _gib_number(own[-1]), self.third, "small", True
            )

    def bar(
        self,
        p: QPainter,
        rect: QRectF,
        values: list[float],
        capacity: float,
        reserve: float = 0.0,
        marked: float = -1.0,
        labels: tuple[str, ...] = (),
    ) -> None:
        """One device's memory: segments in order, 1 px apart, what is free behind them."""
        p.fillRect(rect, self.free)
        if capacity > 0:
            scale = rect.width() / max(capacity, sum(values))
            at, end = rect.x(), rect.right()
            for k, value in enumerate(values):
                if value <= 0:
                    continue
                start = at
                at += value * scale
                width = min(at, end) - start
                if width < 0.75:
                    continue
                piece = QRectF(
                    start, rect.y(), max(width - (1.0 if width > 2.5 else 0.0), 0.75), rect.height()
                )
                p.fillRect(piece, self.kinds[k])
                if k == 2 and rect.height() >= 14:
                    hatch(p, piece, self.kv_hatch)
                if labels and labels[k]:
                    font, fm = _FONTS["letter"]
                    static, label_width = laid_out(labels[k], "letter")
                    if label_width + 8 < piece.width():
                        p.setFont(font)
                        p.setPen(self.inks[k])
                        if k == 2:
                            wide = label_width + 6
                            p.fillRect(
                                QRectF(
                                    piece.center().x() - wide / 2, piece.y() + 3, wide, piece.height() - 6
                                ),
                                self.kinds[k],
                            )
                        x = piece.x() + (piece.width() - label_width) / 2
                        y = piece.y() + (piece.height() - fm.height()) / 2
                        p.drawStaticText(QPointF(x, y), static)
            if reserve > 0:
                x = rect.right() - reserve * scale
                p.fillRect(QRectF(round(x), rect.y() - 1, 1, rect.height() + 2), self.dotted)
            if marked >= 0:
                x = rect.x() + min(marked, 1.0) * rect.width()
                p.setPen(QPen(self.error if marked > 1 else self.text, 2))
                p.drawLine(QLineF(x, rect.y() - 2, x, rect.bottom() + 2))
        p.setPen(self.pen_border)
        p.drawRect(rect.adjusted(0, 0, -1, -1))

    def _decode(
        self,
        p: QPainter,
        rect: QRect,
        view: CatalogueView,
        row: int,
        quant: int,
        fits: bool,
        axis_max: float,
        cells: list[Cell],
    ) -> None:
        if not fits:
            missing = float(view.shortfall[row, quant])
            if missing != missing:
                self._write(p, rect, tr("does not run"), self.error, "strong")
                return
            short = units.gib(missing)
            needed = units.gib(float(view.needed[row, quant]))
            text = tr("short by {gib}").format(gib=short)
            fm = _FONTS["strong"][1]
            self._write(p, rect, text, self.error, "strong")
            used = fm.horizontalAdvance(text) + 5
            rest = tr("of {needed}").format(needed=needed)
            if used + _FONTS["row"][1].horizontalAdvance(rest) < rect.width():
                self._write(p, rect.adjusted(used, 0, 0, 0), rest, self.second)
            return
        mid = float(view.decode_p50[row, quant])
        if mid != mid:
            self._write(p, rect, tr("unknown"), self.third)
            return
        number = QRect(rect.x(), rect.y(), 38, rect.height())
        self._write(p, number, units.rate(mid), self.text, "strong", right=True)
        axis = QRectF(rect.x() + 48, rect.y(), rect.width() - 50, rect.height())
        if axis.width() > 30:
            low, high = float(view.decode_p10[row, quant]), float(view.decode_p90[row, quant])
            self.range_mark(p, axis, low, mid, high, axis_max, view.min_decode_tps)

    def range_mark(
        self, p: QPainter, rect: QRectF, low: float, mid: float, high: float, axis_max: float, least: float
    ) -> None:
        """80 % range with a dot at the median, on a square-root axis."""
        y = round(rect.y() + rect.height() / 2) + 0.5

        def at(value: float) -> float:
            return rect.x() + rect.width() * math.sqrt(min(max(value, 0.0), axis_max) / axis_max)

        p.drawPixmap(rect.topLeft(), self._axis(rect, p.device().devicePixelRatioF(), axis_max, least))
        a, b, m = at(low), at(high), at(mid)
        if b - a < 9:
            a, b = m - 4.5, m + 4.5
        p.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        p.setPen(self.pen_range)
        p.setBrush(self.range)
        p.drawRoundedRect(QRectF(a, y - 3.5, b - a, 7), 3, 3)
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(self.base)
        p.drawEllipse(QPointF(m, y), 2.2, 2.2)
        p.setBrush(Qt.BrushStyle.NoBrush)
        p.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _axis(self, rect: QRectF, ratio: float, axis_max: float, least: float) -> QPixmap:
        """The axis of the range marks with its ticks and the least speed asked for: the same in every line."""
        key = (rect.width(), rect.height(), ratio, axis_max, least)
        found = self._axes.get(key)
        if found is not None:
            return found
        width, height = rect.width(), rect.height()
        made = QPixmap(math.ceil((width + 1) * ratio), math.ceil(height * ratio))
        made.setDevicePixelRatio(ratio)
        made.fill(Qt.GlobalColor.transparent)
        p = QPainter(made)
        y = round(height / 2) + 0.5

        def at(value: float) -> float:
            return width * math.sqrt(min(max(value, 0.0), axis_max) / axis_max)

        p.setPen(self.pen_line)
        p.drawLine(QLineF(0, y, width, y))
        for tick in axis_ticks(axis_max):
            p.drawLine(QLineF(at(tick), y - 3, at(tick), y + 3))
        if least > 0:
            p.setPen(self.pen_limit)
            p.drawLine(QLineF(at(least), y - 8, at(least), y + 8))
        p.end()
        if len(self._axes) >= KEPT_AXES:
            self._axes.clear()
        self._axes[key] = made
        return made

    def _licence(self, p: QPainter, rect: QRect, view: CatalogueView, row: int) -> None:
        mark = 0
        if view.facts.eu[row]:
            mark = 24
            where = QRectF(rect.right() - 21, rect.y() + rect.height() / 2 - 8, 22, 16)
            p.setPen(QPen(self.warning, 1))
            p.drawRoundedRect(where, 3, 3)
            p.setFont(self.font["letter"])
            p.drawText(where, CENTRE, "EU")
        self._write(p, rect.adjusted(0, 0, -mark, 0), view.facts.licences[row], self.second)


@lru_cache(maxsize=4)
def _painter_of(name: str, scale: float) -> RowPainter:
    del name, scale
    return RowPainter()


def shared_painter() -> RowPainter:
    """The painter of the current theme, for widgets that draw a badge or a bar."""
    return _painter_of(theme.current().name, theme.font_scale())


def axis_ticks(axis_max: float) -> tuple[float, ...]:
    """Ticks of the speed axis. [tokens/s]"""
    if axis_max <= 50:
        return (5.0, 15.0, 30.0, 50.0)
    if axis_max <= 225:
        return tuple(t for t in (10.0, 50.0, 100.0, 200.0) if t <= axis_max)
    return tuple(t for t in (25.0, 100.0, 250.0, 500.0, 1000.0, 2000.0) if t <= axis_max)


def file_number(n_bytes: float) -> str:
    """Bytes as GB without the unit, which the column names."""
    return units.gb(n_bytes).removesuffix(" GB") if n_bytes == n_bytes else "–"


def _gib_number(n_bytes: float) -> str:
    """Bytes as GiB without the unit, which the column names."""
    return (
        units.gib(n_bytes, 2).removesuffix(" GiB")
        if 0 < n_bytes < 0.05 * units.GIB
        else number(n_bytes / units.GIB, 1)
    )
