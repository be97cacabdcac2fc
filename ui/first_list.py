"""The list as it was last shown: painted first, where it was, and kept for the next start."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QPoint, QTimer, Signal
from PySide6.QtWidgets import QWidget

from planner.folders import cache_folder
from planner.stored_view import FILE, StoredList, read_stored_list
from ui.models.catalogue_model import CatalogueModel
from ui.views.catalogue_table import CatalogueTable

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent, QResizeEvent

    from planner.catalogue_view import CatalogueView
    from ui.main_window import MainWindow
    from ui.settings import WindowSettings

FOLD_QUESTION_BELOW = 1180
FOLD_PLAN_BELOW = 900
"""Widths of the window below which panels are folded away. [px]"""
LONGEST_WAIT_MS = 1500
"""After this the rest of the window is made even if nothing was painted. [ms]"""


def stored_list_path() -> Path:
    """File of the stored list."""
    return cache_folder() / FILE


def question_of(settings: WindowSettings) -> dict[str, Any]:
    """Everything in the settings that the list depends on."""
    return {
        **vars(settings.question),
        "machine": settings.machine,
        "sort": settings.sort,
        "descending": settings.descending,
    }


def stored_list(settings: WindowSettings, path: Path | None = None) -> StoredList | None:
    """The list stored for the settings; None if there is none or it is not known where it was."""
    file, question = path or stored_list_path(), question_of(settings)
    found = read_stored_list(file, question)
    if found is None and question == question_of(type(settings)()) and not file.exists():
        from planner.first_lists import first_list, ram_bytes

        return first_list(ram_bytes())
    if found is None or settings.machine:
        return None
    place = found.place
    if not isinstance(place, list) or len(place) != 4 or not all(isinstance(v, int) for v in place):
        return None
    return found


def usual_place(width: int) -> tuple[int, int, int, int]:
    """Where the list is in a window of the design that was never moved, from its edges. [px]"""
    left = 247 if width >= FOLD_QUESTION_BELOW else 0
    right = 417 if width >= FOLD_PLAN_BELOW else 0
    return left, 154, right, 72


class FirstList(QWidget):
    """A window's content before its panels are made: the list where it will be, and nothing else.

    Signals
    -------
    painted
        The list is on the screen.
    """

    painted = Signal()

    def __init__(self, stored: StoredList, settings: WindowSettings) -> None:
        super().__init__()
        self.setObjectName("firstList")
        self._place = stored.place
        self._seen = False
        self.table = CatalogueTable(CatalogueModel(), self)
        self.table.hidden_by_choice = set(settings.hidden_columns)
        self.table.set_sort(settings.sort, settings.descending)
        self.table.catalogue.show(stored.view, stored.order)  # type: ignore[arg-type]
        self.table.painted.connect(self._table_painted)
        QTimer.singleShot(LONGEST_WAIT_MS, self, self._table_painted)

    def _table_painted(self) -> None:
        if not self._seen:
            self._seen = True
            QTimer.singleShot(0, self, self.painted.emit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the list where it was, counted from the edges of the window."""
        super().resizeEvent(event)
        left, top, right, bottom = self._place or usual_place(self.width())
        width, height = self.width() - left - right, self.height() - top - bottom
        self.table.setGeometry(left, top, max(width, 0), max(height, 0))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Nothing but the window's ground."""

    def take_table(self) -> CatalogueTable:
        """Hand the list over to the window's own panel."""
        self.table.painted.disconnect(self._table_painted)
        self.table.setParent(None)
        return self.table


class ListKeeper(QObject):
    """Stores the list of this machine for the next start: once plans are sure, and when the window closes."""

    def __init__(self, window: MainWindow, path: Path) -> None:
        super().__init__(window)
        from ui.jobs import LatestJobRunner

        self._window, self._path = window, path
        self._kept: object = None
        self._runner = LatestJobRunner(self)
        window.session.view_changed.connect(self._viewed)
        window.session.machine_changed.connect(self._viewed)
        window.session.closing.connect(self._closing)

    def _viewed(self, _what: object) -> None:
        if self._kept is None:
            QTimer.singleShot(0, self, self.keep)

    def _closing(self) -> None:
        self.keep()
        self._runner.shutdown(finish=True)

    def keep(self) -> None:
        """Store the list as it is now, with nothing filtered out."""
        from ui import window_memory

        session, settings = self._window.session, self._window.settings
        view, state = session.view, session.machine_state
        if view is None or not (view.complete and view.settled) or not state.own or state.provisional:
            return
        if view.machine != state.machine or view.wishes != session.wishes:
            return
        window_memory.remember(self._window, settings)
        place = place_of(self._window)
        asked = (view.serial, session.sort, place)
        if place is None or asked == self._kept:
            return
        self._kept = asked
        self._runner.submit(_writer(self._path, view, session.sort, question_of(settings), place))


def place_of(window: MainWindow) -> list[int] | None:
    """Where the list is, as distances from the edges of the window; None while it is not seen."""
    table = window.centre.table
    if not table.isVisible():
        return None
    at = table.mapTo(window, QPoint(0, 0))
    return [
        at.x(),
        at.y(),
        window.width() - at.x() - table.width(),
        window.height() - at.y() - table.height(),
    ]


def _writer(
    path: Path, view: CatalogueView, sort: tuple[str, bool], question: dict[str, Any], place: list[int]
) -> Callable[[], None]:
    return partial(_write, path, view, sort, question, place)


def _write(
    path: Path, view: CatalogueView, sort: tuple[str, bool], question: dict[str, Any], place: list[int]
) -> None:
    """Write the list; a folder that cannot be written only makes the next start slower."""
    from planner.list_filter import Filters
    from planner.list_order import list_order
    from planner.stored_view import write_stored_list

    with contextlib.suppress(OSError):
        write_stored_list(path, view, list_order(view, Filters(), *sort), question, place)
