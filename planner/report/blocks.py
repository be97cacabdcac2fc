"""What a report holds, before it has a format: sections of paragraphs, tables, charts and code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["plan", "comparison", "ranking"]
Tone = Literal["good", "warning", "error", "unknown"]


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture and the same in words."""

    svg: str
    alternative: str
    """What it shows, for screen readers and for formats without pictures."""
    caption: tuple[str, str, str] = ("", "", "")
    """Above it: in bold, beside that, and in bold at the right end."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table."""

    text: str
    strong: bool = False
    mono: bool = False
    chart: Chart | None = None
    """Drawn before the text."""
    breakable: bool = True
    """False keeps it on one line."""


@dataclass(frozen=True, slots=True)
class Column:
    """Head of a column."""

    title: str
    right: bool = False
    """Figures, aligned right."""
    width: float | None = None
    """[percent]"""
    strong: bool = False
    swatch: str | None = None
    """Memory kind whose colour is shown beside the title."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; a plain text stands for a plain cell."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell | str, ...], ...]
    small: bool = False
    row_heads: bool = True
    """The first cell of a row names it."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text, its beginning in bold where there is a lead."""

    text: str
    lead: str = ""
    note: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list."""

    items: tuple[str, ...]


FLAG = re.compile(r"(?<!\S)--?[A-Za-z][\w-]*")
"""A flag in a command, where it is shown in the accent's colour."""


@dataclass(frozen=True, slots=True)
class Code:
    """Text to copy."""

    text: str
    language: str
    title: str


@dataclass(frozen=True, slots=True)
class VerdictBox:
    """The answer in one sentence."""

    tone: Tone
    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside a section."""

    text: str


Block = Chart | Table | Paragraph | Bullets | Code | VerdictBox | Heading


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a report; an empty title adds no heading."""

    title: str
    blocks: tuple[Block, ...]
    new_page: bool = False
    """Starts a page in print."""


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report without a format."""

    kind: Kind
    title: str
    date: str
    sections: tuple[Section, ...]
    foot: str
    """Versions and dates of the data in one line."""
    kind_title: str = ""
    """What kind of report it is, above the title."""
    page_words: str = "page {page} of {pages}"
    """Number of a page, with ``{page}`` and ``{pages}``."""
    language: str = "en"
    """Language of the text, as in the ``lang`` attribute of HTML."""
