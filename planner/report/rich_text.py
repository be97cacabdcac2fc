"""A report for a text engine that knows simple HTML only (Qt's QTextDocument): printed, or made a PDF, without a browser.

Charts are named (``chart:0`` …) where they stand and given beside the text as SVG, to be drawn as vectors.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

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
    Table,
)
from planner.report.drawing import swatch
from planner.report.harmless import clean, without_home
from planner.report.html_text import KIND_TITLES, escape
from planner.report.plan_parts import VERDICT_MARKS

_SIZE = re.compile(r'width="([0-9.]+)" height="([0-9.]+)"')
_TONES = {
    "good": ("#EEF6F5", "#086B68"),
    "warning": ("#FBF5EA", "#855400"),
    "error": ("#FCF0EF", "#B3261E"),
    "unknown": ("#F7F8FA", "#515B66"),
}
PAGE_WIDTH = 680.0
"""Width of the text on A4 with margins of 15 mm, at 96 dots per inch; charts are scaled to it."""


@dataclass(slots=True)
class RichText:
    """Simple HTML and its charts."""

    html: str = ""
    charts: dict[str, str] = field(default_factory=dict)
    """SVG of each ``<img src="chart:N">``."""

    def image(self, chart: Chart, most: float = PAGE_WIDTH) -> str:
        """Name a chart and return the tag that stands for it."""
        found = _SIZE.search(chart.svg)
        assert found is not None
        width, height = (float(v) for v in found.groups())
        scale = min(most / width, 1.0)
        name = f"chart:{len(self.charts)}"
        self.charts[name] = chart.svg
        return f'<img src="{name}" width="{width * scale:.0f}" height="{max(height * scale, 1):.0f}">'


def rich_text_of(document: Document) -> RichText:
    """The whole document."""
    out = RichText()
    size = 7.5 if document.kind == "ranking" else 9
    parts = [
        f'<html><head><meta charset="utf-8"><style>body {{ font-size: {size}pt; color: #1A1F25; }}'
        "h1 { font-size: 16pt; font-weight: 600; margin: 2px 0 8px 0; }"
        "h2 { font-size: 11.5pt; font-weight: 600; margin: 14px 0 6px 0; }"
        "h3 { font-size: 9.5pt; font-weight: 600; margin: 10px 0 4px 0; }"
        "p { margin: 4px 0; } td, th { border-bottom: 1px solid #D9DDE2; }</style></head><body>",
        f'<p style="color:#454E58">{KIND_TITLES[document.kind]}, {escape(document.date)}</p>',
        f"<h1>{escape(document.title)}</h1>",
    ]
    for section in document.sections:
        if section.title:
            parts.append(f"<h2>{escape(section.title)}</h2>")
        parts += [_block(b, out) for b in section.blocks]
    parts.append(
        f'<p style="color:#5A646F">{escape(document.foot)} · {escape(document.date)}</p></body></html>'
    )
    out.html = "\n".join(parts)
    return out


def _block(block: Block, out: RichText) -> str:
    if isinstance(block, Table):
        return _table(block, out)
    if isinstance(block, Paragraph):
        lead = f"<b>{escape(block.lead)}</b> " if block.lead else ""
        colour = ' style="color:#5A646F"' if block.note else ""
        return f"<p{colour}>{lead}{escape(block.text)}</p>"
    if isinstance(block, Bullets):
        return '<ul style="margin:2px 0">' + "".join(f"<li>{escape(i)}</li>" for i in block.items) + "</ul>"
    if isinstance(block, Heading):
        return f"<h3>{escape(block.text)}</h3>"
    if isinstance(block, Code):
        return (
            f'<p style="color:#454E58">{escape(block.title)}</p>'
            '<table width="100%" cellpadding="6" cellspacing="0"><tr><td style="background-color:#F7F8FA; '
            f'border:1px solid #D9DDE2;"><pre style="font-family:monospace; white-space:pre-wrap; margin:0;">'
            f"{html.escape(without_home(clean(block.text)))}</pre></td></tr></table>"
        )
    if isinstance(block, Chart):
        strong, plain, right = (escape(t) for t in block.caption)
        head = (
            '<table width="100%" cellpadding="0" cellspacing="0"><tr><td style="border:0">'
            f'<b>{strong}</b> {plain}</td><td align="right" style="border:0"><b>{right}</b></td></tr></table>'
            if strong
            else ""
        )
        return f'{head}<p style="margin:2px 0 9px 0">{out.image(block)}</p>'
    back, ink = _TONES[block.tone]
    return (
        f'<table width="100%" cellpadding="8" cellspacing="0"><tr><td style="background-color:{back}; '
        f'border:1px solid {ink}; font-size:10.5pt;"><b><span style="color:{ink}">{VERDICT_MARKS[block.tone]}</span> '
        f"{escape(block.text)}</b></td></tr></table>"
    )


def _table(table: Table, out: RichText) -> str:
    small = " font-size:7.5pt;" if table.small else ""
    heads = "".join(_head(c, out, table.small) for c in table.columns)
    rows = []
    for row in table.rows:
        cells = [
            _cell(cell if isinstance(cell, Cell) else Cell(cell), column, out)
            for cell, column in zip(row, table.columns, strict=True)
        ]
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return (
        f'<table width="100%" cellpadding="2" cellspacing="0" style="margin-top:3px; margin-bottom:5px;{small}">'
        f"<thead><tr>{heads}</tr></thead>"
        f"{''.join(rows)}</table>"
    )


def _head(column: Column, out: RichText, small: bool) -> str:
    width = f' width="{column.width:g}%"' if column.width is not None else ""
    align = ' align="right"' if column.right else ' align="left"'
    mark = f"{out.image(swatch(column.swatch))}<br>" if column.swatch else ""
    title = escape(column.title.replace("\u00ad", ""))
    if column.strong:
        title = f"<b>{title}</b>"
    size = " font-size:6pt;" if small else ""
    return f'<td{width}{align} valign="bottom" style="color:#454E58;{size}">{mark}{title}</td>'


def _cell(cell: Cell, column: Column, out: RichText) -> str:
    align = ' align="right"' if column.right else ""
    text = escape(cell.text)
    if cell.strong:
        text = f"<b>{text}</b>"
    if cell.mono:
        text = f'<span style="font-family:monospace; font-size:7pt;">{text}</span>'
    most = PAGE_WIDTH * (column.width or 20) / 100 - 6
    image = out.image(cell.chart, most) if cell.chart else ""
    return f'<td{align} valign="top">{image}{text}</td>'
