"""Text of the window: one function through which everything a person reads passes, so that it can be translated."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

CONTEXT = "ui"


def tr(text: str) -> str:
    """Return a text in the language of the window."""
    return QCoreApplication.translate(CONTEXT, text)
