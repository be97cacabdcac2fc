"""A report as Markdown (CommonMark with tables); text shows as it is, whatever it holds."""

from __future__ import annotations

import re

from planner.report.blocks import (
    Block,
    Bullets,
    Cell,
    Chart,
    Code,
    Document,
    Heading,
    Paragraph,
    Section,
    Table,
)
from planner.report.harmless import clean, shown, without_home
from planner.report.plan_parts import VERDICT_MARKS

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&$^@!])")
_LINE_START = re.compile(r"^([-+=:]|\d+(?=[.)](?:\s|$)))")
_ADDRESS = re.compile(r"(?i)\b(https?|ftp|mailto|javascript|data|www)(?=[:.])")


def escape(text: str) -> str:
    """Text on one line that no Markdown reader takes for markup, link, formula or HTML."""
    safe = _SPECIAL.sub(r"\\\1", shown(text).replace("\u00ad", ""))
    safe = _ADDRESS.sub(lambda m: m.group() + "\\", safe)
    start = _LINE_START.match(safe)
    if start is None:
        return safe
    if start.group()[0].isdigit():
        return f"{start.group()}\\{safe[start.end() :]}"
    return "\\" + safe


def fence(text: str, language: str) -> str:
    """A code block that no text inside can end."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    ticks = "`" * max(longest + 1, 3)
    return f"{ticks}{language}\n{text}\n{ticks}"


def markdown_of(document: Document) -> str:
    """The whole document."""
    parts = [f"# {escape(document.title)}", f"{escape(document.kind_title)}, {document.date}"]
    for section in document.sections:
        parts += _section(section)
    parts += ["---", escape(document.foot)]
    return "\n\n".join(parts) + "\n"


def _section(section: Section) -> list[str]:
    head = [f"## {escape(section.title)}"] if section.title else []
    return head + [_block(b) for b in section.blocks]


def _block(block: Block) -> str:
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Paragraph):
        lead = f"**{escape(block.lead.strip())}** " if block.lead.strip() else ""
        return lead + escape(block.text)
    if isinstance(block, Bullets):
        return "\n".join(f"- {escape(i)}" for i in block.items)
    if isinstance(block, Heading):
        return f"### {escape(block.text)}"
    if isinstance(block, Code):
        return f"{escape(block.title)}:\n\n" + fence(without_home(clean(block.text)), block.language)
    if isinstance(block, Chart):
        return escape(block.alternative)
    return f"> **{VERDICT_MARKS[block.tone]} {escape(block.text)}**"


def _table(table: Table) -> str:
    kept = [
        i
        for i, c in enumerate(table.columns)
        if c.title or any(_text(row[i]) for row in table.rows)
        if any(_text(row[i]) for row in table.rows) or not table.rows
    ]
    lines = [
        "| " + " | ".join(escape(table.columns[i].title) or " " for i in kept) + " |",
        "|" + "|".join("--:" if table.columns[i].right else "---" for i in kept) + "|",
    ]
    lines += ["| " + " | ".join(_cell(row[i]) for i in kept) + " |" for row in table.rows]
    return "\n".join(lines)


def _text(cell: Cell | str) -> str:
    return cell if isinstance(cell, str) else cell.text


def _cell(cell: Cell | str) -> str:
    text = escape(_text(cell))
    return f"**{text}**" if isinstance(cell, Cell) and cell.strong and text else text
