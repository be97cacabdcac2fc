"""The list and the map as they are shown: figures, filters, order."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from planner.list_filter import Filters
from ui.jobs import LatestJobRunner
from ui.kept_answers import put
from ui.vllm_list import ServedList
from ui.vllm_map import ServedMap

if TYPE_CHECKING:
    from planner.library import Library
    from planner.view_data import CatalogueView, ListOrder, MapGrid

CACHED_ORDERS = 96
"""Orders kept, for when a slider or a search comes back to them."""


class ShownList(QObject):
    """Figures of the list, what is left out of it and in which order it stands; the map of the same models.

    Signals
    -------
    view_changed
        New figures. arg: CatalogueView.
    order_changed
        Other rows or another order. arg: ListOrder.
    map_changed
        arg: MapGrid or None.
    failed
        arg: the exception.
    """

    view_changed = Signal(object)
    order_changed = Signal(object)
    map_changed = Signal(object)
    failed = Signal(object)

    def __init__(self, library: Callable[[], Library | None], parent: QObject) -> None:
        super().__init__(parent)
        self._library = library
        self.view: CatalogueView | None = None
        self.order: ListOrder | None = None
        self.filters = Filters()
        self.sort, self.descending = "recommended", False
        self._orders: OrderedDict[object, ListOrder] = OrderedDict()
        self._closed = self._map_wanted = False
        self._maps = LatestJobRunner(self)
        self._maps.finished.connect(self.map_changed)
        self._maps.failed.connect(self.failed)
        self._served = ServedList(library, self)
        self._served.filled.connect(self.show_view)
        self._served.failed.connect(self.failed)
        self._served_map = ServedMap(self)
        self._served_map.filled.connect(self.map_changed)
        self._served_map.failed.connect(self.failed)

    @property
    def busy(self) -> bool:
        """True while a map is being made."""
        return self._maps.busy

    @property
    def served(self) -> ServedList:
        """Who fills in vLLM's figures."""
        return self._served

    @property
    def served_map(self) -> ServedMap:
        """Who fills in vLLM's rows of the map."""
        return self._served_map

    def rows(self) -> list[int]:
        """Models in the list, in order."""
        return [] if self.order is None else [int(row) for row in self.order.rows]

    def shutdown(self) -> None:
        """Wait for what runs and drop the rest."""
        self._closed = True
        for part in (self._maps, self._served, self._served_map):
            part.shutdown()
        self._orders = OrderedDict()

    # -- in a new window

    def carried(self) -> dict[str, Any]:
        """Filters, order and the orders known, as :meth:`resume` takes them over."""
        return {name: getattr(self, name) for name in ("filters", "sort", "descending", "_orders")}

    def resume(self, state: dict[str, Any]) -> None:
        """Take over what a list that is closed left out, and its order."""
        for name, value in state.items():
            setattr(self, name, value)
        self.view = None

    # -- the list

    def show_answer(self, base: CatalogueView) -> None:
        """Show the figures of llama.cpp for a question, with vLLM's beside or instead of them as it asks."""
        self.show_view(self._served.dressed(base, self.rows))

    def show_view(self, view: CatalogueView) -> None:
        """Show other figures; the same view again changes nothing."""
        if view is self.view or self._closed:
            return
        self.view = view
        self.order = self._ordered(view)
        self.view_changed.emit(view)
        self.order_changed.emit(self.order)
        self._ask_map()

    def sort_by(self, key: str, descending: bool) -> None:
        """Sort by another column."""
        self.sort, self.descending = key, descending
        self.reorder()

    def reorder(self) -> None:
        """The filters or the order changed."""
        if self.view is None or not self.view.complete:
            return
        self.order = self._ordered(self.view)
        self.order_changed.emit(self.order)
        self._ask_map()

    def _ordered(self, view: CatalogueView) -> ListOrder:
        from planner.view_data import list_order

        source = self._served.order_source(view)
        key = (source.serial, self.filters, self.sort, self.descending)
        found = self._orders.get(key)
        if found is None:
            found = list_order(source, self.filters, self.sort, self.descending)
        put(self._orders, key, found, CACHED_ORDERS)
        # While vLLM's figures are being made, nothing is said not to fit, and no model changes its place.
        return found if view.settled else replace(found, n_fitting=len(found.rows))

    # -- the map

    def want_map(self, wanted: bool) -> None:
        """Keep the map up to date (while it is shown)."""
        self._map_wanted = wanted
        self._ask_map()

    def _ask_map(self) -> None:
        library, view, order = self._library(), self.view, self.order
        if not self._map_wanted or library is None or view is None or order is None or self._closed:
            return
        if not view.complete:
            return
        rows = order.rows
        quants = view.best[rows]
        if view.engine != "llama.cpp" and len(rows):
            self._maps.cancel()
            self._served_map.ask(library, view, rows, quants)
            return
        self._served_map.stop()
        if len(rows):
            self._maps.submit(partial(_map_of, library, view, rows, quants))
        else:
            self._maps.cancel()
            self.map_changed.emit(None)


def _map_of(library: Library, view: CatalogueView, rows: Any, quants: Any) -> MapGrid:
    from planner.view_data import map_grid

    return map_grid(library, view.facts, view.machine, view.wishes, rows, quants, stretched=True)
