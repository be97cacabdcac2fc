"""The program ``fit-planner``: the command line, or the desktop window when there is no subcommand and a display."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.report.blocks import Document
    from planner.words import Language


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand, or open the window.

    Returns
    -------
    int
        Exit code.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    from planner import cli

    if arguments:
        return cli.main(arguments, write_pdf, read_language)
    reason = why_no_window()
    if reason is not None:
        return cli.no_display(reason)
    try:
        from ui import app
    except ImportError as fault:  # Qt's system libraries are missing: the README lists them
        return cli.no_display(f"Qt cannot be loaded: {fault}")
    return app.main()


def write_pdf(document: Document, paper: str | None) -> bytes:
    """Make a PDF without a display: the command line's :data:`planner.report.PdfWriter`.

    Raises
    ------
    ValueFault
        If Qt cannot be loaded.
    """
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    try:
        from PySide6.QtGui import QGuiApplication

        from ui.report_pdf import paper_of, pdf_of
    except ImportError as fault:
        from planner.units import ValueFault

        raise ValueFault(
            f"cannot make a PDF: Qt cannot be loaded ({fault}); write .html and print it"
        ) from None
    application = QGuiApplication.instance() or QGuiApplication(["fit-planner"])
    try:
        return pdf_of(document, paper_of(paper))
    finally:
        del application


def read_language(name: str) -> Language:
    """Find a language without Qt: the command line's :data:`planner.report.LanguageReader`.

    Raises
    ------
    ValueFault
        If there is no such translation.
    """
    from ui.translations.catalogue import language_named

    return language_named(name)


def why_no_window() -> str | None:
    """Return why no window can open here, or None."""
    if not sys.platform.startswith("linux"):
        return None
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    if platform and not platform.startswith(("xcb", "wayland")):
        return None
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return None
    return "there is no display"


if __name__ == "__main__":
    raise SystemExit(main())
