"""A report as pages: its blocks as rows, page heads and feet, and the painting of one page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from planner.report.blocks import (
    Block,
    Bullets,
    Cell,
    Chart,
    Code,
    Column,
    Document,
    Heading,
    Paragraph,
    Section,
    Table,
    VerdictBox,
)
from planner.report.harmless import clean, shown, without_home
from planner.report.memory_drawing import swatch
from planner.report.plan_parts import VERDICT_MARKS
from ui.report_layout import (
    HINT,
    LINE,
    MM,
    RULE,
    SECOND,
    UNITS_PER_PIXEL,
    Box,
    Page,
    Paper,
    Picture,
    Row,
    Style,
    TextBlock,
    paginate,
)

_SIZE = re.compile(r'width="([0-9.]+)" height="([0-9.]+)"')
TONES = {
    "good": ("#EEF6F5", "#086B68"),
    "warning": ("#FBF5EA", "#855400"),
    "error": ("#FCF0EF", "#B3261E"),
    "unknown": ("#F7F8FA", "#515B66"),
}
HEAD_MM = 8.0
WHOLE_TABLE = 330.0
"""Tables lower than this are not divided between pages. [CSS pixels]"""
FOOT_MM = 9.0


def px(value: float) -> float:
    """CSS pixels in units."""
    return value * UNITS_PER_PIXEL


@dataclass(frozen=True, slots=True)
class ReportPages:
    """A report laid out on sheets."""

    document: Document
    paper: Paper
    pages: tuple[Page, ...]

    def paint(self, painter: QPainter, index: int) -> None:
        """Draw one sheet; the painter's unit is ours and its origin the sheet's corner."""
        paper, document = self.paper, self.document
        left, width = paper.side * MM, paper.text_width
        top = paper.top * MM
        small = Style(9.6, colour=HINT)
        if index:
            head = TextBlock(_short(document.title, 96), width * 0.8, Style(10.5, colour=SECOND), wrap=False)
            head.draw_line(painter, left, top, 0)
            date = TextBlock(document.date, width, Style(10.5, colour=SECOND), right=True)
            date.draw_line(painter, left, top, 0)
            top += HEAD_MM * MM
        for placed in self.pages[index].placed:
            placed.draw(painter, left, top)
        foot = (paper.height - paper.bottom) * MM - px(12)
        painter.setPen(QPen(QColor(LINE), px(0.8)))
        painter.drawLine(QPointF(left, foot - px(5)), QPointF(left + width, foot - px(5)))
        page = document.page_words.format(page=index + 1, pages=len(self.pages))
        number = TextBlock(f"{document.date} · {page}", width, small, right=True)
        number.draw_line(painter, left, foot, 0)
        room = width - number.natural_width - px(12)
        foot_text = QFontMetricsF(small.font()).elidedText(
            shown(document.foot), Qt.TextElideMode.ElideRight, room
        )
        TextBlock(foot_text, width, small, wrap=False).draw_line(painter, left, foot, 0)

    def text(self, index: int) -> str:
        """What a page says, a row a line: for screen readers and tests."""
        lines = []
        for placed in self.pages[index].placed:
            words = [
                b.text.layout.text().replace("\u200b", "").replace("\u2028", "\n")
                for b in placed.row.boxes
                if b.text is not None
            ]
            lines.append("\t".join(words))
        return "\n".join(lines)


def _short(text: str, length: int) -> str:
    plain = shown(text)
    return plain if len(plain) <= length else plain[: length - 1].rstrip() + "…"


def lay_out(document: Document, paper: Paper) -> ReportPages:
    """Lay a report out; pure, so that it can run on any thread with a QGuiApplication."""
    rows = list(_Rows(document, paper.text_width).rows())
    body = (paper.height - paper.top - paper.bottom - FOOT_MM - HEAD_MM) * MM
    return ReportPages(document, paper, tuple(paginate(rows, body)))


class _Rows:
    """The rows of one document."""

    def __init__(self, document: Document, width: float) -> None:
        self.document = document
        self.width = width
        self.size = 12.0
        self.small = 10.0 if document.kind == "ranking" else 10.4

    def rows(self) -> Iterator[Row]:
        document = self.document
        over = Style(11, colour=SECOND)
        yield self._row(
            [
                Box(0, self.width, TextBlock(shown(document.kind_title), self.width, over)),
                Box(0, self.width, TextBlock(document.date, self.width, over, right=True)),
            ],
            keep=True,
        )
        title = TextBlock(shown(document.title), self.width, Style(21, bold=True, leading=1.25))
        yield self._row([Box(0, self.width, title)], keep=True, below=px(4))
        for section in document.sections:
            yield from self._section(section)

    def _section(self, section: Section) -> Iterator[Row]:
        if section.title:
            head = TextBlock(shown(section.title), self.width, Style(15, bold=True))
            yield self._row([Box(0, self.width, head)], gap=px(17), below=px(3), rule=RULE, keep=True)
        for block in section.blocks:
            yield from self._block(block)

    def _row(self, boxes: list[Box], **how: object) -> Row:
        return Row(boxes, width=self.width, **how)  # type: ignore[arg-type]

    def _block(self, block: Block) -> Iterator[Row]:
        if isinstance(block, Table):
            yield from self._table(block)
        elif isinstance(block, Paragraph):
            style = Style(10.6, colour=HINT) if block.note else Style(self.size)
            text = TextBlock(shown(block.text), self.width, style, lead=shown(block.lead), links=True)
            yield self._row([Box(0, self.width, text)], gap=px(6))
        elif isinstance(block, Bullets):
            for index, item in enumerate(block.items):
                indent = px(15)
                width = self.width - indent
                yield self._row(
                    [
                        Box(px(4), indent, TextBlock("•", indent, Style(self.size))),
                        Box(indent, width, TextBlock(shown(item), width, Style(self.size), links=True)),
                    ],
                    gap=px(2 if index else 6),
                )
        elif isinstance(block, Heading):
            text = TextBlock(shown(block.text), self.width, Style(12.6, bold=True))
            yield self._row([Box(0, self.width, text)], gap=px(12), below=px(2), keep=True)
        elif isinstance(block, Code):
            yield from self._code(block)
        elif isinstance(block, Chart):
            yield from self._chart(block)
        else:
            yield self._verdict(block)

    def _code(self, block: Code) -> Iterator[Row]:
        name = TextBlock(shown(block.title), self.width, Style(10.6, colour=SECOND))
        yield self._row([Box(0, self.width, name)], gap=px(8), below=px(2), keep=True)
        width = self.width - px(22)
        style = Style(10.8, mono=True, leading=1.45)
        text = TextBlock(without_home(clean(block.text)), width, style, flags=True)
        yield self._row(
            [Box(px(11), width, text)],
            above=px(7),
            below=px(7),
            fill="#F7F8FA",
            border=LINE,
        )

    def _chart(self, block: Chart) -> Iterator[Row]:
        strong, plain, right = (shown(t) for t in block.caption)
        if strong:
            left = TextBlock(plain, self.width * 0.78, Style(self.size, colour=SECOND), lead=strong)
            end = TextBlock(right, self.width, Style(self.size, bold=True), right=True)
            yield self._row([Box(0, self.width, left), Box(0, self.width, end)], gap=px(7), keep=True)
        picture = self._picture(block, self.width)
        yield self._row([Box(0, self.width, picture=picture)], gap=px(1 if strong else 6), below=px(2))

    def _picture(self, chart: Chart, most: float) -> Picture:
        found = _SIZE.search(chart.svg)
        assert found is not None
        width, height = (px(float(v)) for v in found.groups())
        scale = min(most / width, 1.0)
        return Picture(chart.svg, width * scale, height * scale)

    def _verdict(self, block: VerdictBox) -> Row:
        fill, ink = TONES[block.tone]
        mark = TextBlock(VERDICT_MARKS[block.tone], px(22), Style(14, bold=True, colour=ink))
        width = self.width - px(56)
        text = TextBlock(shown(block.text), width, Style(13.6, bold=True))
        return self._row(
            [Box(px(16), px(22), mark), Box(px(40), width, text)],
            gap=px(4),
            above=px(10),
            below=px(10),
            fill=fill,
            edge=ink,
        )

    # -- tables

    def _table(self, table: Table) -> Iterator[Row]:
        widths = self._widths(table)
        size = self.small if table.small else self.size
        head = self._head(table, widths, size)
        rows = []
        for cells in table.rows:
            boxes = []
            at = 0.0
            for index, (cell, column, width) in enumerate(zip(cells, table.columns, widths, strict=True)):
                given = cell if isinstance(cell, Cell) else Cell(cell)
                pad = 0.0 if index == len(widths) - 1 else px(7)
                boxes.append(self._cell(given, column, at, width - pad, size))
                at += width
            rows.append(self._row(boxes, above=px(3), below=px(3), rule=LINE, head=head))
        if sum(row.height for row in rows) < px(WHOLE_TABLE):
            for row in rows[:-1]:
                row.keep = True
        yield from (head, *rows)

    def _widths(self, table: Table) -> list[float]:
        given = [c.width for c in table.columns]
        left = max(100.0 - sum(w for w in given if w is not None), 0.0)
        open_ = given.count(None)
        shares = [left / open_ if w is None else w for w in given]
        return [self.width * share / sum(shares) for share in shares]

    def _head(self, table: Table, widths: list[float], size: float) -> Row:
        boxes = []
        at = 0.0
        small = size - (0.6 if table.small else 1.0)
        for index, (column, width) in enumerate(zip(table.columns, widths, strict=True)):
            pad = 0.0 if index == len(widths) - 1 else px(7)
            style = Style(
                small, bold=column.strong, colour="#1A1F25" if column.strong else SECOND, leading=1.25
            )
            text = TextBlock(shown(column.title), width - pad, style, right=column.right)
            mark = self._picture(swatch(column.swatch), px(11)) if column.swatch else None
            if mark is not None:
                mark.height += px(3)
                mark = Picture(mark.svg, mark.width, mark.width)
            boxes.append(Box(at, width - pad, text, mark, picture_right=column.right, bottom=True))
            at += width
        return self._row(boxes, gap=px(5), above=px(2), below=px(3), rule=LINE, keep=True)

    def _cell(self, cell: Cell, column: Column, at: float, width: float, size: float) -> Box:
        style = Style(size * 0.93 if cell.mono else size, bold=cell.strong, mono=cell.mono, leading=1.32)
        plain = shown(cell.text)
        text = None
        if plain or cell.chart is None:
            text = TextBlock(
                plain, width, style, right=column.right, wrap=cell.breakable or not plain, links=True
            )
        picture = self._picture(cell.chart, width) if cell.chart is not None else None
        return Box(at, width, text, picture)
