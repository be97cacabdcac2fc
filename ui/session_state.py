"""What a session knows, and what it tells: its signals, its parts, and the state that panels read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from planner.machine import Machine
from planner.wishes import Wishes
from ui.history import History
from ui.kept_answers import KeptAnswers, KeptLists
from ui.machine_state import MachineState
from ui.machines import Machines
from ui.pins import Pin, pinned_at
from ui.shown_list import ShownList

if TYPE_CHECKING:
    from planner.library import Library
    from planner.list_filter import Filters
    from planner.plan import Plan
    from planner.view_data import CatalogueView, Facts, ListOrder
    from ui.answers import Answer
    from ui.selection import Selection
    from ui.vllm_list import ServedList
    from ui.vllm_map import ServedMap


class SessionState(QObject):
    """State of one window, to be read.

    Signals
    -------
    library_ready
        The catalogue is loaded.
    machine_changed
        arg: :class:`MachineState`.
    wishes_changed
        The question changed. arg: Wishes.
    filters_changed
        The list leaves out others. arg: Filters.
    view_changed
        New figures for the list. arg: CatalogueView.
    order_changed
        Other rows or another order. arg: ListOrder.
    map_changed
        arg: MapGrid or None.
    plan_changed
        Another plan, or none. args: Plan or None, Answer or None.
    other_engine_planned
        args: plan asked about, the other engine's plan or None, why there is none.
    selection_changed
        arg: Selection or None.
    pins_changed
        arg: list of Pin.
    answer_failed
        Nothing new to show. arg: why.
    busy_changed
        arg: True while figures are being made anew.
    told
        One line for the status bar. args: text, True when it is a fault.
    free_changed
        Something else is free on this machine; no plan is made anew for it. arg: :class:`MachineState`.
    closing
        The session ends; whoever works for it stops.
    """

    library_ready = Signal()
    machine_changed = Signal(object)
    wishes_changed = Signal(object)
    filters_changed = Signal(object)
    view_changed = Signal(object)
    order_changed = Signal(object)
    map_changed = Signal(object)
    plan_changed = Signal(object, object)
    other_engine_planned = Signal(object, object, str)
    selection_changed = Signal(object)
    pins_changed = Signal(object)
    answer_failed = Signal(str)
    busy_changed = Signal(bool)
    told = Signal(str, bool)
    free_changed = Signal(object)
    closing = Signal()

    def __init__(
        self,
        wishes: Wishes,
        machine: Machine,
        detect: Callable[[], Machine] | None,
        views: KeptLists | None,
        remembered: Path | None,
        parent: QObject | None,
    ) -> None:
        super().__init__(parent)
        self._library: Library | None = None
        self._facts: Facts | None = None
        self._wishes = wishes
        self._selection: Selection | None = None
        self._plan: Plan | None = None
        self._answer: Answer | None = None
        self._pins: list[Pin] = []
        self.kept = KeptAnswers(views)
        self.machines = Machines(machine, detect, remembered, self)
        self.listed = ShownList(lambda: self._library, self)
        self.undo_stack = History(self)

    # -- the catalogue

    @property
    def library(self) -> Library | None:
        """Catalogue and columns, once loaded."""
        return self._library

    @property
    def facts(self) -> Facts | None:
        """Facts of the models, once loaded."""
        return self._facts

    # -- the machine

    @property
    def machine_state(self) -> MachineState:
        """Machine in use."""
        return self.machines.in_use

    @property
    def own_state(self) -> MachineState:
        """This machine, whether it is in use or not."""
        return self.machines.own

    @property
    def machine(self) -> Machine:
        """Machine in use."""
        return self.machines.in_use.machine

    # -- the question and the list

    @property
    def wishes(self) -> Wishes:
        """The question."""
        return self._wishes

    @property
    def filters(self) -> Filters:
        """What the list leaves out."""
        return self.listed.filters

    @property
    def sort(self) -> tuple[str, bool]:
        """Sort key and direction."""
        return self.listed.sort, self.listed.descending

    @property
    def view(self) -> CatalogueView | None:
        """Figures of the list."""
        return self.listed.view

    @property
    def order(self) -> ListOrder | None:
        """Rows of the list."""
        return self.listed.order

    @property
    def served(self) -> ServedList:
        """Who fills in vLLM's figures of the list."""
        return self.listed.served

    @property
    def served_map(self) -> ServedMap:
        """Who fills in vLLM's rows of the map."""
        return self.listed.served_map

    def rows_listed(self) -> list[int]:
        """Models in the list, in order."""
        return self.listed.rows()

    # -- the plan

    @property
    def selection(self) -> Selection | None:
        """What the plan pane shows."""
        return self._selection

    @property
    def plan(self) -> Plan | None:
        """Plan of the selection."""
        return self._plan

    @property
    def answer(self) -> Answer | None:
        """What the plan came with."""
        return self._answer

    @property
    def pins(self) -> list[Pin]:
        """Plans kept for comparison."""
        return list(self._pins)

    @property
    def is_pinned(self) -> bool:
        """Whether the plan shown is kept for comparison."""
        return self._plan is not None and pinned_at(self._pins, self._plan, self.machine.name) is not None
