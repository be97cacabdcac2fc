"""Imports as Python does them, after PySide6 has put its own in their place."""

from __future__ import annotations

import builtins


def use_plain_imports() -> None:
    """Undo PySide6's hook on ``import``, which reads the source of every module imported after it.

    WORKAROUND for PySide6 6.10 and 6.11 (PYSIDE-1368, PYSIDE-2029): the hook looks for users of ``__feature__``, which this
    program does not use. It takes a quarter of the time of every import, and it fails where two threads import the same
    package. Try without it from PySide6 7 on.
    """
    original = getattr(builtins, "__orig_import__", None)
    if original is not None:
        builtins.__import__ = original
