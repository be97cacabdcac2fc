"""The clipboard, which some systems do not have."""

from __future__ import annotations

from PySide6.QtGui import QClipboard, QGuiApplication


def copy_text(text: str) -> bool:
    """Put a text on the clipboard.

    Returns
    -------
    bool
        False when it is not there afterwards: there is no clipboard, or something else holds it.
    """
    clipboard = QGuiApplication.clipboard()
    if clipboard is None:
        return False
    clipboard.setText(text, QClipboard.Mode.Clipboard)
    return clipboard.text() == text
