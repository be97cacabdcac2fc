"""What is made of a report away from the window's thread: previews, files, printed pages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from planner.report.file_writer import write_whole
from planner.report.request import ReportRequest
from ui.report_layout import UNITS_PER_PIXEL, Paper
from ui.report_pages import ReportPages, lay_out
from ui.report_pdf import write_pages

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

    from planner.report.blocks import Document

PAGED = ("pdf", "html")
"""Formats whose preview are pages."""


@dataclass(frozen=True, slots=True)
class Made:
    """A preview: pages or a text."""

    form: str
    pages: ReportPages | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written."""

    path: Path
    size: int


def make_preview(request: ReportRequest, form: str, paper: Paper) -> Made:
    """Make a preview; pure, so that it can run on any thread.

    Raises
    ------
    ValueFault
        If the report cannot be made.
    """
    if form in PAGED:
        return Made(form, lay_out(request.document, paper))
    return Made(form, None, request.text(form))


def write_report(request: ReportRequest, form: str, paper: Paper, path: Path, force: bool) -> Written:
    """Make a report and write it, whole or not at all; runs on any thread.

    Raises
    ------
    ValueFault
        In one line why it cannot be written.
    """
    content = write_pages(lay_out(request.document, paper)) if form == "pdf" else request.text(form)
    return Written(path, write_whole(path, content, force))


def print_pages(document: Document, printer: QPrinter) -> int | None:
    """Print a report on a printer's paper; how many pages, or None when the printer does not answer."""
    from PySide6.QtGui import QPageLayout, QPainter

    layout = printer.pageLayout()
    sheet = layout.fullRect(QPageLayout.Unit.Millimeter)
    report = lay_out(document, Paper(layout.pageSize().name(), sheet.width(), sheet.height()))
    printer.setFullPage(True)
    printer.setDocName(document.title)
    painter = QPainter()
    if not painter.begin(printer):
        return None
    first = max(printer.fromPage(), 1)
    last = min(printer.toPage() or len(report.pages), len(report.pages))
    scale = printer.resolution() / (96 * UNITS_PER_PIXEL)
    for index in range(first - 1, last):
        if index >= first:
            printer.newPage()
        painter.save()
        painter.scale(scale, scale)
        report.paint(painter, index)
        painter.restore()
    painter.end()
    return max(last - first + 1, 0)
