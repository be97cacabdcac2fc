"""A new window in place of the old one, for a language or a size that made widgets do not take on.

The session's state goes over: machine, question, filters, selection, pins, what can be undone and every figure made so far,
so that nothing is planned again.
"""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLibraryInfo
from PySide6.QtWidgets import QApplication

from ui.language import use_language
from ui.restart import scale_from_settings, scale_is_ours
from ui.words import tr

if TYPE_CHECKING:
    from ui.main_window import MainWindow

SET_FACTOR = "_ZN15QHighDpiScaling15setGlobalFactorEd"
"""``QHighDpiScaling::setGlobalFactor(qreal)``, which QT_SCALE_FACTOR is handed to (qtbase src/gui/kernel).
Qt exports it for its own tests and asks that no window exists when it is called."""


def factor_setter() -> object | None:
    """Qt's function that scales everything; None where this Qt does not let it be called (Windows names it differently)."""
    if sys.platform == "win32":
        return None
    folder = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.LibrariesPath))
    for path in (*folder.glob("libQt6Gui.so*"), folder / "QtGui.framework" / "QtGui"):
        with suppress(OSError, AttributeError):
            setter = getattr(ctypes.CDLL(str(path)), SET_FACTOR)
            setter.argtypes, setter.restype = [ctypes.c_double], None
            return setter  # type: ignore[no-any-return]
    return None


def can_scale_now() -> bool:
    """Whether a size chosen in the window can be taken on without a restart."""
    return scale_is_ours() and factor_setter() is not None


def renew(old: MainWindow) -> MainWindow:
    """Put a new window in the place of one, with the settings it has now.

    Parameters
    ----------
    old : MainWindow
        Closed and deleted; its session's state goes over.
    """
    from shiboken6 import Shiboken

    from ui.app import carry_on

    application = QApplication.instance()
    assert isinstance(application, QApplication)
    old.save_settings()
    settings, state = old.settings, old.session.carried()
    page, tab = old.centre.page.key, old.plan_pane.tabs.currentIndex()
    compared = old.comparing
    quits = application.quitOnLastWindowClosed()
    application.setQuitOnLastWindowClosed(False)
    try:
        use_language(application, settings.language)
        application.setApplicationDisplayName(tr("Hardware Fit Planner"))
        old.close()
        new = carry_on(old)
        Shiboken.delete(old)
        setter = factor_setter() if scale_is_ours() else None
        if setter is not None:
            scale_from_settings(settings.scale)
            setter(settings.scale)  # type: ignore[operator]
        new.show()
    finally:
        application.setQuitOnLastWindowClosed(quits)
    new.session.resume(state)
    new.centre.show_page(page)
    new.plan_pane.tabs.setCurrentIndex(tab)
    if compared:
        new.toggle_compare()
    return new
