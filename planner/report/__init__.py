"""Reports of one plan, a comparison of up to four, or a ranking: HTML, Markdown, CSV and JSON.

Each function takes a plan or a sequence of plans, the machine they were made for, a date, and the question; the same
arguments give the same text to the last byte. A PDF is made by the ``ui`` package of the same document, since only Qt can
lay out its pages: :data:`PdfWriter` is what it plugs into the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from planner.units import ValueFault
from planner.words import ENGLISH, Language, speaking

if TYPE_CHECKING:
    from planner.machine import Machine
    from planner.plan import Plan
    from planner.report.blocks import Document, Kind
    from planner.wishes import Wishes

FORMATS = {
    ".html": "html",
    ".htm": "html",
    ".md": "markdown",
    ".markdown": "markdown",
    ".csv": "csv",
    ".json": "json",
    ".pdf": "pdf",
}
"""Format of each file name's ending."""
PAPERS = ("a4", "letter")
PdfWriter = Callable[["Document", str | None], bytes]
"""Makes a PDF of a document on a paper of :data:`PAPERS`; None = the usual paper of the locale."""
LanguageReader = Callable[[str], Language]
"""Finds a language by its name, such as ``zh_CN``; the ``ui`` package holds the translations and plugs it in."""
SPOKEN = ("html", "pdf", "markdown")
"""Formats that are written in another language where one is asked for; CSV and JSON never are."""


def render_html(
    plans: Plan | Sequence[Plan],
    machine: Machine | Sequence[Machine],
    date: str,
    wishes: Wishes | Sequence[Wishes | None] | None = None,
    kind: Kind | None = None,
    language: Language = ENGLISH,
) -> str:
    """Return a report as one HTML page that loads nothing; see :func:`planner.report.compose.compose`."""
    from planner.report.compose import compose
    from planner.report.html_text import html_of

    return html_of(compose(plans, machine, date, wishes, kind, language))


def render_markdown(
    plans: Plan | Sequence[Plan],
    machine: Machine | Sequence[Machine],
    date: str,
    wishes: Wishes | Sequence[Wishes | None] | None = None,
    kind: Kind | None = None,
    language: Language = ENGLISH,
) -> str:
    """Return a report as Markdown; see :func:`planner.report.compose.compose`."""
    from planner.report.compose import compose
    from planner.report.markdown_text import markdown_of

    return markdown_of(compose(plans, machine, date, wishes, kind, language))


def render_csv(
    plans: Plan | Sequence[Plan],
    machine: Machine | Sequence[Machine],
    date: str,
    wishes: Wishes | Sequence[Wishes | None] | None = None,
    kind: Kind | None = None,
) -> str:
    """Return a report as CSV, which is English whatever is spoken; see :func:`planner.report.compose.compose`."""
    from planner.report.csv_text import csv_of

    with speaking(ENGLISH):
        return csv_of(plans, machine, date, wishes, kind)


def render_json(
    plans: Plan | Sequence[Plan],
    machine: Machine | Sequence[Machine],
    date: str,
    wishes: Wishes | Sequence[Wishes | None] | None = None,
    kind: Kind | None = None,
) -> str:
    """Return a report as JSON, which is English whatever is spoken; see :func:`planner.report.compose.compose`."""
    from planner.report.json_text import json_of

    with speaking(ENGLISH):
        return json_of(plans, machine, date, wishes, kind)


RENDERERS: dict[str, Callable[..., str]] = {
    "html": render_html,
    "markdown": render_markdown,
    "csv": render_csv,
    "json": render_json,
}


def format_of(path: str | Path) -> str:
    """Format a file name asks for.

    Raises
    ------
    ValueFault
        If the ending is none of the formats'.
    """
    ending = Path(path).suffix.lower()
    if ending in FORMATS:
        return FORMATS[ending]
    raise ValueFault(f"--out {str(path)!r} must end in .html, .pdf, .md, .csv or .json, or give --format")
