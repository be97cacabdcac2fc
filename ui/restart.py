"""Start the program again, for a language or a size that a running window cannot take on."""

from __future__ import annotations

import os
import sys

SCALE_VARIABLE = "QT_SCALE_FACTOR"
OWN_SCALE = "FIT_PLANNER_SCALE"
"""Set beside Qt's variable by whoever set it from the settings, so that a restarted program may set it anew."""


def scale_is_ours() -> bool:
    """False while a scale was set from outside the program."""
    return SCALE_VARIABLE not in os.environ or os.environ.get(OWN_SCALE) == os.environ[SCALE_VARIABLE]


def scale_from_settings(scale: float) -> None:
    """Let Qt draw everything larger; call it before the application is made. A scale set from outside stays."""
    if not scale_is_ours():
        return
    os.environ.pop(SCALE_VARIABLE, None)
    os.environ.pop(OWN_SCALE, None)
    if scale != 1.0:
        os.environ[SCALE_VARIABLE] = os.environ[OWN_SCALE] = f"{scale:g}"


def command_of_this_program() -> tuple[str, list[str]]:
    """Program and arguments that open the window again."""
    if getattr(sys, "frozen", False):
        return sys.executable, []
    return sys.executable, ["-m", "ui.app"]


def start_again() -> bool:
    """Start a second copy of the program, and return whether that worked."""
    from PySide6.QtCore import QProcess, QProcessEnvironment

    program, arguments = command_of_this_program()
    process = QProcess()
    process.setProgram(program)
    process.setArguments(arguments)
    process.setProcessEnvironment(QProcessEnvironment.systemEnvironment())
    started = process.startDetached()
    return bool(started[0] if isinstance(started, tuple) else started)
