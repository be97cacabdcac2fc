"""Text of the window: one function through which everything a person reads passes, so that it can be translated."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from planner import words
from planner.words import Figure, figure

CONTEXT = "ui"
"""Texts of the window."""
PLANNER_CONTEXT = "planner"
"""Texts the planner makes: see :mod:`planner.words`."""


def tr(text: str) -> str:
    """Return a text in the language of the window."""
    return QCoreApplication.translate(CONTEXT, text)


def shown(text: str) -> str:
    """Return a text of the planner in the language of the window, its numbers as the locale writes them."""
    return words.shown(text)


def first_part(text: str) -> str:
    """The beginning of a text up to its first comma, of whichever language."""
    return text.replace("，", ",").partition(",")[0]


def number(value: float, digits: int = 0) -> Figure:
    """Write a number with separators of thousands, as the locale does."""
    return figure(f"{value:,.{digits}f}")


def short_number(value: float) -> Figure:
    """Write a number without trailing zeros (``5``, ``7.5``), as the locale does."""
    return figure(f"{value:,.10g}")


def speak(text: str) -> str:
    """Translate a template of the planner."""
    return QCoreApplication.translate(PLANNER_CONTEXT, text)
