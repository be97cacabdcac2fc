"""Lays a report out on pages: text, tables and charts as rows that break between lines, never through one.

Works without a window and on any thread. Lengths are units of an eighth of a CSS pixel, so that letter widths are those of
the outlines and the same pages come out on screen, on paper and in a PDF.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from PySide6.QtCore import QByteArray, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QPainter,
    QPen,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtSvg import QSvgRenderer

from planner.report.blocks import FLAG

UNITS_PER_PIXEL = 8.0
MM = 96 / 25.4 * UNITS_PER_PIXEL
"""Units of one millimetre."""
TEXT, SECOND, HINT, LINE, RULE, ACCENT = "#1A1F25", "#454E58", "#5A646F", "#D9DDE2", "#7F8893", "#086B68"
SANS = ("Inter", "Noto Sans", "DejaVu Sans", "Segoe UI", "Helvetica Neue", "Arial")
CHINESE = (
    *("Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "Microsoft YaHei", "PingFang SC"),
    *("WenQuanYi Micro Hei", "Droid Sans Fallback"),
)
"""Faces with the simplified forms of Chinese; what a system falls back on by itself may have the Japanese ones."""
MONO = ("JetBrains Mono", "Noto Sans Mono", "DejaVu Sans Mono", "Cascadia Mono", "Consolas", "Menlo")
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?:/[A-Za-z0-9._~%/?=&#+-]*)?")
_LONG_WORD = re.compile(r"\S{15,}")


@dataclass(frozen=True, slots=True)
class Paper:
    """A sheet. [mm]"""

    name: str
    width: float
    height: float
    side: float = 15.0
    top: float = 13.0
    bottom: float = 11.0

    @property
    def text_width(self) -> float:
        """Width between the margins. [units]"""
        return (self.width - 2 * self.side) * MM


A4 = Paper("A4", 210.0, 297.0)
LETTER = Paper("Letter", 215.9, 279.4)


@lru_cache(maxsize=2)
def _families(mono: bool) -> tuple[str, ...]:
    """The first of our families that is installed, else what the system takes for it; then one for Chinese."""
    known = set(QFontDatabase.families())
    wanted = MONO if mono else SANS
    first = next((name for name in wanted if name in known), "monospace" if mono else "sans-serif")
    return (first, *[name for name in CHINESE if name in known][:1])


@dataclass(frozen=True, slots=True)
class Style:
    """How a text looks. Size in CSS pixels."""

    size: float = 12.0
    bold: bool = False
    mono: bool = False
    colour: str = TEXT
    leading: float = 1.38
    """Height of a line in sizes of the font."""

    def font(self) -> QFont:
        """The font at the size of our units."""
        font = QFont(list(_families(self.mono)))
        font.setPixelSize(max(round(self.size * UNITS_PER_PIXEL), 1))
        font.setWeight(QFont.Weight.DemiBold if self.bold else QFont.Weight.Normal)
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        font.setStyleStrategy(QFont.StyleStrategy.ForceOutline)
        return font


class TextBlock:
    """A text broken into lines of a width."""

    def __init__(
        self,
        text: str,
        width: float,
        style: Style,
        right: bool = False,
        wrap: bool = True,
        lead: str = "",
        links: bool = False,
        flags: bool = False,
    ) -> None:
        self.style = style
        self._width = width
        shown = f"{lead} {text}".strip() if lead else text
        if wrap and not style.mono:
            shown = _breakable(shown)
        self._text = shown.replace("\n", "\u2028")
        option = QTextOption(Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft)
        option.setUseDesignMetrics(True)
        option.setWrapMode(
            QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere if wrap else QTextOption.WrapMode.ManualWrap
        )
        self._option = option
        self._formats = list(_link_formats(shown)) if links else []
        if flags:
            self._formats += [
                _format_range(*_units(shown, m.start(), m.end()), accent=True) for m in FLAG.finditer(shown)
            ]
        if lead:
            self._formats.insert(0, _format_range(0, len(_breakable(lead)), bold=True))
        self._made = self._lay_out()
        self._thread = threading.get_ident()
        self.line_height = style.size * style.leading * UNITS_PER_PIXEL

    def _lay_out(self) -> QTextLayout:
        layout = QTextLayout(self._text, self.style.font())
        layout.setTextOption(self._option)
        layout.setFormats(self._formats)
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(self._width)
            line.setPosition(QPointF(0, 0))
        layout.endLayout()
        return layout

    @property
    def layout(self) -> QTextLayout:
        """The lines, for the thread that asks.

        A layout holds faces that belong to the thread it was made on, and end with it: a preview is laid out beside the
        window, whose thread draws it.
        """
        if self._thread != threading.get_ident():
            self._made, self._thread = self._lay_out(), threading.get_ident()
        return self._made

    @property
    def n_lines(self) -> int:
        """Number of lines."""
        return self._made.lineCount()

    @property
    def natural_width(self) -> float:
        """Width of the widest line. [units]"""
        return max(
            (self.layout.lineAt(i).naturalTextWidth() for i in range(self.n_lines)),
            default=0.0,
        )

    def draw_line(self, painter: QPainter, x: float, y: float, index: int) -> None:
        """Draw one line with its top at ``y``."""
        line = self.layout.lineAt(index)
        spare = (self.line_height - line.height()) / 2
        painter.setPen(QColor(self.style.colour))
        line.draw(painter, QPointF(x, y + spare))


def _breakable(text: str) -> str:
    """Text whose long words may break after a slash or an underscore."""
    return _LONG_WORD.sub(lambda m: re.sub(r"([/_])(?=\w)", "\\1\u200b", m.group()), text)


def _units(text: str, start: int, end: int) -> tuple[int, int]:
    """Place and length of a part of a text in UTF-16 units, which Qt counts."""
    before = len(text[:start].encode("utf-16-le")) // 2
    return before, len(text[start:end].encode("utf-16-le")) // 2


def _format_range(
    start: int, length: int, bold: bool = False, address: str = "", accent: bool = False
) -> QTextLayout.FormatRange:
    form = QTextCharFormat()
    if accent:
        form.setForeground(QColor(ACCENT))
    if bold:
        form.setFontWeight(QFont.Weight.DemiBold)
    if address:
        form.setAnchor(True)
        form.setAnchorHref(address)
        form.setForeground(QColor(ACCENT))
    found = QTextLayout.FormatRange()
    found.start, found.length, found.format = start, length, form  # type: ignore[misc]
    return found


def _link_formats(text: str) -> Iterable[QTextLayout.FormatRange]:
    """Web addresses as links; what is shown may hold places to break, the address does not."""
    plain = text.replace("\u200b", "")
    at, place = 0, []
    for index, character in enumerate(text):
        if character != "\u200b":
            place.append(index)
    place.append(len(text))
    for match in _ADDRESS.finditer(plain, at):
        address = match.group().rstrip(".")
        start, end = place[match.start()], place[match.start() + len(address) - 1] + 1
        yield _format_range(*_units(text, start, end), address=address)


@dataclass(slots=True)
class Picture:
    """A vector chart at its size. [units]"""

    svg: str
    width: float
    height: float

    def draw(self, painter: QPainter, x: float, y: float) -> None:
        """Draw it with its corner at a point."""
        QSvgRenderer(QByteArray(self.svg.encode("utf-8"))).render(
            painter, QRectF(x, y, self.width, self.height)
        )


@dataclass(slots=True)
class Box:
    """One cell of a row: a picture, a text, or the first above the second."""

    x: float
    width: float
    text: TextBlock | None = None
    picture: Picture | None = None
    picture_right: bool = False
    bottom: bool = False
    """Stands at the foot of its row."""

    @property
    def n_pieces(self) -> int:
        """Parts that are not cut."""
        return (self.picture is not None) + (self.text.n_lines if self.text else 0)

    def piece_height(self, index: int) -> float:
        """Height of one part."""
        if self.picture is not None:
            if index == 0:
                return self.picture.height
            index -= 1
        assert self.text is not None
        return self.text.line_height

    def fit(self, start: int, room: float) -> tuple[int, float]:
        """End of the parts that have room, and their height."""
        end, used = start, 0.0
        while end < self.n_pieces and used + self.piece_height(end) <= room + 0.01:
            used += self.piece_height(end)
            end += 1
        return end, used

    def draw(self, painter: QPainter, x: float, y: float, start: int, end: int) -> None:
        """Draw some parts, the first at ``y``."""
        for index in range(start, end):
            if self.picture is not None and index == 0:
                shift = self.width - self.picture.width if self.picture_right else 0.0
                self.picture.draw(painter, x + self.x + shift, y)
            else:
                assert self.text is not None
                self.text.draw_line(painter, x + self.x, y, index - (self.picture is not None))
            y += self.piece_height(index)


@dataclass(slots=True)
class Row:
    """Boxes side by side."""

    boxes: Sequence[Box]
    gap: float = 0.0
    """Left above it, except at the head of a page. [units]"""
    above: float = 0.0
    below: float = 0.0
    """Inside the row, above and below the boxes. [units]"""
    rule: str = ""
    """Colour of a line under it."""
    fill: str = ""
    border: str = ""
    edge: str = ""
    """Colour of a thick line at the left."""
    keep: bool = False
    """Stays on the page of the next row."""
    head: Row | None = None
    """Repeated above it where it begins a page."""
    width: float = 0.0

    @property
    def height(self) -> float:
        """Height in one piece. [units]"""
        boxes = [b.fit(0, float("inf"))[1] for b in self.boxes]
        return self.above + max(boxes, default=0.0) + self.below


@dataclass(slots=True)
class Placed:
    """A row, or a part of it, on a page."""

    row: Row
    y: float
    height: float
    spans: list[tuple[int, int]]

    def draw(self, painter: QPainter, x: float, y: float) -> None:
        """Draw it on a page whose text begins at a point."""
        row, top = self.row, y + self.y
        frame = QRectF(x, top, row.width, self.height)
        if row.fill:
            painter.fillRect(frame, QColor(row.fill))
        if row.border:
            painter.setPen(QPen(QColor(row.border), UNITS_PER_PIXEL * 0.8))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(frame)
        if row.edge:
            painter.fillRect(QRectF(x, top, 4 * UNITS_PER_PIXEL, self.height), QColor(row.edge))
        content = self.height - row.above - row.below
        for box, (start, end) in zip(row.boxes, self.spans, strict=True):
            drop = 0.0
            if box.bottom:
                drop = content - sum(box.piece_height(i) for i in range(start, end))
            box.draw(painter, x, top + row.above + drop, start, end)
        if row.rule:
            painter.setPen(QPen(QColor(row.rule), UNITS_PER_PIXEL * 0.8))
            painter.drawLine(QPointF(x, top + self.height), QPointF(x + row.width, top + self.height))


@dataclass(slots=True)
class Page:
    """Rows on one page."""

    placed: list[Placed] = field(default_factory=list)
    used: float = 0.0

    def put(self, row: Row, gap: float, height: float, spans: list[tuple[int, int]]) -> None:
        """Add a row or a part of one."""
        self.placed.append(Placed(row, self.used + gap, height, spans))
        self.used += gap + height


def paginate(rows: Sequence[Row], height: float) -> list[Page]:
    """Spread rows over pages of a height.

    A row that would be cut begins a page; one that is taller than half a page is cut between its lines; rows that are kept
    stand with what follows them, and the head of a table stands above each of its parts.
    """
    pages = [Page()]
    for index, row in enumerate(rows):
        page = pages[-1]
        gap = row.gap if page.placed else 0.0
        room = height - page.used - gap
        whole = row.height
        if page.placed and _together(rows, index) > room and (whole <= height / 2 or room < height / 4):
            page = _next(pages, row)
            gap, room = 0.0, height - page.used
        if whole <= room:
            page.put(row, gap, whole, [(0, b.n_pieces) for b in row.boxes])
            continue
        starts = [0] * len(row.boxes)
        while True:
            fitted = [b.fit(s, room - row.above - row.below) for b, s in zip(row.boxes, starts, strict=True)]
            if all(end == s for (end, _), s in zip(fitted, starts, strict=True)):
                # one part alone is taller than a page: it hangs over the edge rather than never being shown
                fitted = [
                    (min(s + 1, b.n_pieces), b.piece_height(s) if s < b.n_pieces else 0.0)
                    for b, s in zip(row.boxes, starts, strict=True)
                ]
            used = max((u for _, u in fitted), default=0.0)
            spans = [(s, end) for s, (end, _) in zip(starts, fitted, strict=True)]
            page.put(row, gap, row.above + used + row.below, spans)
            starts = [end for _, end in spans]
            if all(s >= b.n_pieces for s, b in zip(starts, row.boxes, strict=True)):
                break
            page = _next(pages, row)
            gap, room = 0.0, height - page.used
    return pages


def _together(rows: Sequence[Row], index: int) -> float:
    """Height of a row with those it is kept with, and a little of the last of them."""
    total = rows[index].height
    while rows[index].keep and index + 1 < len(rows):
        index += 1
        total += rows[index].gap + min(rows[index].height, 60 * UNITS_PER_PIXEL)
    return total


def _next(pages: list[Page], row: Row) -> Page:
    page = Page()
    pages.append(page)
    if row.head is not None:
        page.put(row.head, 0.0, row.head.height, [(0, b.n_pieces) for b in row.head.boxes])
    return page
