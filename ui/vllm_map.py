"""Fills a map with vLLM's rows, those of llama.cpp being there at once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from ui.brisk import brisk
from ui.jobs import LatestJobRunner

if TYPE_CHECKING:
    from planner.catalogue_view import CatalogueView
    from planner.library import Library
    from planner.map_grid import MapGrid

BATCH_SECONDS = 0.25
"""What one batch of rows may take before it is shown. [s]"""


class ServedMap(QObject):
    """Maps under vLLM or both engines.

    Signals
    -------
    filled
        More of the map asked for last is there. arg: MapGrid.
    failed
        arg: the exception.
    """

    filled = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._library: Library | None = None
        self._view: CatalogueView | None = None
        self._runner = LatestJobRunner(self)
        self._runner.finished.connect(self._answered)
        self._runner.failed.connect(self.failed)

    @property
    def busy(self) -> bool:
        """True while rows are being made."""
        return self._runner.busy

    def shutdown(self) -> None:
        """Wait for what runs and drop the rest."""
        self._runner.shutdown()

    def stop(self) -> None:
        """Nothing more is wanted."""
        self._runner.cancel()

    def ask(self, library: Library, view: CatalogueView, rows: Any, quants: Any) -> None:
        """Make a map; the rows wait until the view has all its figures."""
        self._library, self._view = library, view
        self._runner.submit(partial(_begin, library, view, rows, quants))

    def _answered(self, grid: MapGrid) -> None:
        library, view = self._library, self._view
        if library is None or view is None:
            return
        if grid.waiting is not None and view.settled:
            self._runner.submit(partial(_more, library, view, grid))
        self.filled.emit(grid)


def _begin(library: Any, view: Any, rows: Any, quants: Any) -> Any:
    from planner.vllm.map_rows import empty_map

    return empty_map(library, view, rows, quants)


def _more(library: Any, view: Any, grid: Any) -> Any:
    from planner.vllm.map_rows import answer_lines, with_lines

    with brisk():
        return with_lines(grid, answer_lines(library, view, grid, BATCH_SECONDS))
