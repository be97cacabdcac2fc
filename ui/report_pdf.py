"""A report as a PDF: vector pages, and the same bytes whenever the document, the paper and the fonts are the same."""

from __future__ import annotations

import hashlib
import re

from PySide6.QtCore import QBuffer, QIODevice, QLocale, QMarginsF, QSizeF, QUuid
from PySide6.QtGui import QPageLayout, QPageSize, QPainter, QPdfWriter

from planner.report.blocks import Document
from ui.report_layout import A4, LETTER, UNITS_PER_PIXEL, Paper
from ui.report_pages import ReportPages, lay_out

RESOLUTION = 1200
"""Steps per inch in which the PDF writer places things."""
LETTER_TERRITORIES = frozenset(
    {
        QLocale.Country.UnitedStates,
        QLocale.Country.Canada,
        QLocale.Country.Mexico,
        QLocale.Country.Philippines,
        QLocale.Country.Chile,
        QLocale.Country.Colombia,
        QLocale.Country.CostaRica,
        QLocale.Country.Guatemala,
        QLocale.Country.Nicaragua,
        QLocale.Country.Panama,
        QLocale.Country.ElSalvador,
        QLocale.Country.DominicanRepublic,
        QLocale.Country.PuertoRico,
        QLocale.Country.Venezuela,
    }
)
"""Countries whose usual sheet is Letter (Unicode CLDR 46, supplementalData paperSize US-Letter)."""
_DATES = re.compile(rb"(/(?:CreationDate|ModDate) \(D:)(\d{14})")
_XMP_DATES = re.compile(rb"(xmp:(?:CreateDate|ModifyDate|MetadataDate)=\")(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)")


def paper_of(name: str | None, locale: QLocale | None = None) -> Paper:
    """The sheet of a name (``a4``, ``letter``); None = the usual one where the user lives."""
    if name is None:
        territory = (locale or QLocale.system()).territory()
        return LETTER if territory in LETTER_TERRITORIES else A4
    return {"a4": A4, "letter": LETTER}[name]


def pdf_of(document: Document, paper: Paper) -> bytes:
    """Lay a report out and write it as a PDF; on any thread, with a QGuiApplication."""
    return write_pages(lay_out(document, paper))


def write_pages(report: ReportPages) -> bytes:
    """Write laid-out pages as a PDF.

    Qt writes the time and a random identifier into each PDF. The identifier is made from the text instead, and the time
    becomes the noon of the report's date, in the finished bytes: both have a fixed length, so nothing else moves.
    """
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(RESOLUTION)
    paper = report.paper
    sheet = QPageSize(QSizeF(paper.width, paper.height), QPageSize.Unit.Millimeter, paper.name)
    writer.setPageLayout(QPageLayout(sheet, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)))
    writer.setTitle(report.document.title)
    writer.setCreator("Hardware Fit Planner")
    texts = [report.text(i) for i in range(len(report.pages))]
    digest = hashlib.sha256("\f".join([report.document.date, paper.name, *texts]).encode("utf-8", "replace"))
    writer.setDocumentId(QUuid.fromBytes(digest.digest()[:16]))  # type: ignore[attr-defined]
    painter = QPainter(writer)
    for index in range(len(report.pages)):
        if index:
            writer.newPage()
        painter.save()
        painter.scale(RESOLUTION / (96 * UNITS_PER_PIXEL), RESOLUTION / (96 * UNITS_PER_PIXEL))
        report.paint(painter, index)
        painter.restore()
    painter.end()
    return _dated(bytes(buffer.data().data()), report.document.date)


def _dated(pdf: bytes, date: str) -> bytes:
    """The PDF with the report's date in place of the clock's."""
    day = date.encode("ascii")
    compact = day.replace(b"-", b"") + b"120000"
    pdf = _DATES.sub(lambda m: m.group(1) + compact, pdf)
    return _XMP_DATES.sub(lambda m: m.group(1) + day + b"T12:00:00", pdf)
