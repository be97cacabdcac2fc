"""A report as one HTML file: style and charts inside, nothing loaded, no script; light on screen, A4 in print."""

from __future__ import annotations

import html
import re
from functools import cache
from pathlib import Path

from planner.report.blocks import (
    FLAG,
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

STYLE_FILE = Path(__file__).with_name("report.css")
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Content security policy: a browser loads and runs nothing, whatever the text holds."""
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?:/[A-Za-z0-9._~%/?=&#+-]*)?")
_DATE = re.compile(r"(?<![\w-])20\d\d-\d\d-\d\d(?![\w-])")
_LONG_WORD = re.compile(r"[^\s&]{15,}")


def escape(text: str) -> str:
    """Text for HTML on one line, without a person's path."""
    return html.escape(shown(text))


def linked(text: str) -> str:
    """The same with web addresses of the project's sources as links."""
    safe, at = [], 0
    plain = shown(text)
    for match in _ADDRESS.finditer(plain):
        address = match.group().rstrip(".")
        safe.append(_broken(plain[at : match.start()]))
        safe.append(f'<a href="{html.escape(address)}" rel="noreferrer">{_broken(address)}</a>')
        at = match.start() + len(address)
    safe.append(_broken(plain[at:]))
    return "".join(safe)


def _broken(text: str) -> str:
    """Escaped text whose long words may break after a slash or an underscore, and whose dates never break."""
    safe = _LONG_WORD.sub(lambda m: re.sub(r"([/_])(?=\w)", r"\1<wbr>", m.group()), html.escape(text))
    return _DATE.sub(r'<span class="k">\g<0></span>', safe)


@cache
def _style() -> str:
    return STYLE_FILE.read_text(encoding="utf-8").strip()


def html_of(document: Document) -> str:
    """The whole page."""
    title = escape(document.title)
    body = "\n".join(_section(s) for s in document.sections)
    return (
        f'<!DOCTYPE html>\n<html lang="{html.escape(document.language)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{html.escape(POLICY)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>\n{_style()}\n</style>\n</head>\n"
        f'<body class="{document.kind}">\n<header>\n<div class="over"><span>{escape(document.kind_title)}</span>'
        f"<span>{escape(document.date)}</span></div>\n<h1>{title}</h1>\n</header>\n<main>\n{body}\n</main>\n"
        f"<footer>{escape(document.foot)} · {escape(document.date)}</footer>\n</body>\n</html>\n"
    )


def _section(section: Section) -> str:
    head = f"<h2>{escape(section.title)}</h2>\n" if section.title else ""
    kind = ' class="page"' if section.new_page else ""
    return f"<section{kind}>\n{head}" + "\n".join(_block(b) for b in section.blocks) + "\n</section>"


def _block(block: Block) -> str:
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Paragraph):
        lead = f"<b>{escape(block.lead)}</b> " if block.lead else ""
        note = ' class="note"' if block.note else ""
        return f"<p{note}>{lead}{escape(block.text)}</p>"
    if isinstance(block, Bullets):
        return "<ul>" + "".join(f"<li>{linked(i)}</li>" for i in block.items) + "</ul>"
    if isinstance(block, Heading):
        return f"<h3>{escape(block.text)}</h3>"
    if isinstance(block, Code):
        text = FLAG.sub(lambda m: f"<b>{m.group()}</b>", html.escape(without_home(clean(block.text))))
        return f'<div class="code"><div class="name">{escape(block.title)}</div><pre>{text}</pre></div>'
    if isinstance(block, VerdictBox):
        mark = f'<span class="mark" aria-hidden="true">{VERDICT_MARKS[block.tone]}</span>'
        return f'<div class="verdict {block.tone}">{mark}<span>{escape(block.text)}</span></div>'
    strong, plain, right = (escape(t) for t in block.caption)
    head = f"<figcaption><span><b>{strong}</b> {plain}</span><b>{right}</b></figcaption>" if strong else ""
    return f"<figure>{head}{block.svg}</figure>"


def _table(table: Table) -> str:
    columns = "".join(
        f'<col style="width:{c.width:g}%">' if c.width is not None else "<col>" for c in table.columns
    )
    heads = "".join(_head(c) for c in table.columns)
    rows = []
    for row in table.rows:
        cells = [
            _cell(cell if isinstance(cell, Cell) else Cell(cell), column, table.row_heads and index == 0)
            for index, (cell, column) in enumerate(zip(row, table.columns, strict=True))
        ]
        rows.append(f"<tr>{''.join(cells)}</tr>")
    small = ' class="small"' if table.small else ""
    return (
        f'<div class="wide"><table{small}><colgroup>{columns}</colgroup><thead><tr>{heads}</tr></thead>\n<tbody>'
        + "\n".join(rows)
        + "</tbody></table></div>"
    )


def _head(column: Column) -> str:
    mark = _decoration(swatch(column.swatch)) + " " if column.swatch else ""
    names = [name for name, on in (("r", column.right), ("s", column.strong)) if on]
    kind = f' class="{" ".join(names)}"' if names else ""
    return f'<th scope="col"{kind}>{mark}{escape(column.title)}</th>'


def _decoration(chart: Chart) -> str:
    return chart.svg.replace('role="img" aria-label=""', 'aria-hidden="true"')


def _cell(cell: Cell, column: Column, head: bool) -> str:
    names = [
        name
        for name, on in (
            ("r", column.right),
            ("s", cell.strong),
            ("m", cell.mono),
            ("k", not cell.breakable),
        )
        if on
    ]
    kind = f' class="{" ".join(names)}"' if names else ""
    tag, scope = ("th", ' scope="row"') if head else ("td", "")
    chart = cell.chart.svg if cell.chart else ""
    return f"<{tag}{scope}{kind}>{chart}{linked(cell.text)}</{tag}>"
