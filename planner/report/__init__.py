"""Reports of one plan, a comparison of up to four, or a ranking: HTML, Markdown, CSV and JSON.

Each function takes a plan or a sequence of plans, the machine they were made for, a date, and the question; the same
arguments give the same text to the last byte.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from planner.units import ValueFault

if TYPE_CHECKING:
    from planner.machine import Machine
    from planner.plan import Plan
    from planner.report.blocks import Kind
    from planner.report.rich_text import RichText
    from planner.wishes import Wishes

FORMATS = {
    ".html": "html",
    ".htm": "html",
    ".md": "markdown",
    ".markdown": "markdown",
    ".csv": "csv",
    ".json": "json",
}
"""Format of each file name's ending."""


def render_html(
    plans: Plan | Sequence[Plan],
    machine: Machine,
    date: str,
    wishes: Wishes | None = None,
    kind: Kind | None = None,
) -> str:
    """Return a report as one HTML page that loads nothing; see :func:`planner.report.compose.compose`."""
    from planner.report.compose import compose
    from planner.report.html_text import html_of

    return html_of(compose(plans, machine, date, wishes, kind))


def render_rich_text(
    plans: Plan | Sequence[Plan],
    machine: Machine,
    date: str,
    wishes: Wishes | None = None,
    kind: Kind | None = None,
) -> RichText:
    """Return a report for Qt's text engine, with its charts apart, to print or to make a PDF of."""
    from planner.report.compose import compose
    from planner.report.rich_text import rich_text_of

    return rich_text_of(compose(plans, machine, date, wishes, kind))


def render_markdown(
    plans: Plan | Sequence[Plan],
    machine: Machine,
    date: str,
    wishes: Wishes | None = None,
    kind: Kind | None = None,
) -> str:
    """Return a report as Markdown; see :func:`planner.report.compose.compose`."""
    from planner.report.compose import compose
    from planner.report.markdown_text import markdown_of

    return markdown_of(compose(plans, machine, date, wishes, kind))


def render_csv(
    plans: Plan | Sequence[Plan],
    machine: Machine,
    date: str,
    wishes: Wishes | None = None,
    kind: Kind | None = None,
) -> str:
    """Return a report as CSV; see :func:`planner.report.compose.compose`."""
    from planner.report.csv_text import csv_of

    return csv_of(plans, machine, date, wishes, kind)


def render_json(
    plans: Plan | Sequence[Plan],
    machine: Machine,
    date: str,
    wishes: Wishes | None = None,
    kind: Kind | None = None,
) -> str:
    """Return a report as JSON; see :func:`planner.report.compose.compose`."""
    from planner.report.json_text import json_of

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
    hint = "; the window makes PDF (Ctrl+E), or print the HTML" if ending == ".pdf" else ""
    raise ValueFault(f"--out {str(path)!r} must end in .html, .md, .csv or .json{hint}")
