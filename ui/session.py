"""The state of the window: machine, wishes, filters, selection; and what the core answers about them.

Widgets tell the session what the user meant; the session asks the core off the window's thread and emits what is to be
shown. The list and the plan are answered in one go, so that they never disagree.
"""

from __future__ import annotations

import contextlib
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakMethod

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from planner.list_filter import Filters
from planner.machine import HostMemory, Machine, Processor
from planner.wishes import Wishes
from ui.heap import bound_heap
from ui.jobs import LatestJobRunner
from ui.second_machine import SecondMachine
from ui.selection import Selection as Selection
from ui.vllm_list import ServedList
from ui.vllm_map import ServedMap
from ui.words import tr

if TYPE_CHECKING:
    from planner.commands.launch_command import LaunchCommand
    from planner.library import Library
    from planner.nearest import NearestFit
    from planner.plan import Plan
    from planner.plan_command import Weights
    from planner.stored_view import StoredList
    from planner.view_data import CatalogueView, Curve, Facts, ListOrder, MapGrid
    from planner.vllm.compare import SideBySide

THIS_MACHINE = "This machine"
MAX_PINS = 4
CACHED_VIEWS = 20
CACHED_ANSWERS = 24
CACHED_ORDERS = 96
MOST_UNDOS = 200
PAUSE_MS = 300
"""Rest after the last change before the other stops of the context slider are planned ahead. [ms]"""
CONTEXT_STOPS = tuple(sorted({1024 * 2**i for i in range(1, 11)} | {1536 * 2**i for i in range(1, 10)}))
"""Where the context slider stops: half powers of two from 2K to 1M. [tokens]"""


@dataclass(frozen=True)
class Answer:
    """One result: the list, and the plan of what is selected."""

    view: CatalogueView
    plan: Plan | None
    fault: str | None
    experts: Curve | None = None
    context: Curve | None = None
    selection: Selection | None = None
    """What the plan was asked for."""
    both: SideBySide | None = None
    """Both engines, when the question is not about llama.cpp alone."""
    nearest: tuple[NearestFit, ...] = ()
    """What fits instead of a plan that does not."""


@dataclass(frozen=True)
class Pin:
    """One plan kept for comparison."""

    plan: Plan
    machine: str
    planned_for: Machine | None = None
    """The machine itself."""
    wishes: Wishes | None = None
    """The question."""


@dataclass
class MachineState:
    """The machine planned for and how it is known."""

    machine: Machine
    provisional: bool = True
    """True until detection has ended."""
    detecting: bool = False
    own: bool = True
    """True for this machine, False for a described one."""
    failed: tuple[str, ...] = ()
    """Notes of probes that failed."""
    detected: Machine | None = None
    """What detection found, before anything entered by hand."""
    described: Machine | None = None
    """A described machine as it was before anything was overridden."""
    entered: dict[str, object] = field(default_factory=dict)
    now: Machine | None = None
    """The machine with what is free at this moment; the plans are for ``machine`` until that has changed enough."""
    missing: dict[int, str] = field(default_factory=dict)
    """GPUs that were detected and do not answer now, and since when."""

    @property
    def shown(self) -> Machine:
        """What the machine bar shows."""
        return self.now or self.machine


def quick_machine() -> Machine:
    """RAM and processor only, within a millisecond: what the first list is planned for."""
    import os

    import psutil

    memory = psutil.virtual_memory()
    return Machine(
        name=THIS_MACHINE,
        cpu=Processor(cores=psutil.cpu_count(logical=False), threads=os.cpu_count()),
        ram=HostMemory(total_bytes=int(memory.total), available_bytes=int(memory.available)),
        detected=True,
    )


def last_machine(path: Path) -> Machine | None:
    """The machine as it was detected last, with the RAM that is free now; None if nothing usable is remembered."""
    from planner.hardware.machine_file import read_machine_file

    try:
        machine = read_machine_file(path)
    except ValueError:
        return None
    now = quick_machine()
    if machine.ram.total_bytes != now.ram.total_bytes:
        return None
    ram = replace(machine.ram, available_bytes=now.ram.available_bytes)
    return replace(machine, name=THIS_MACHINE, ram=ram, detected=True)


class _WishCommand(QUndoCommand):
    """A change of the question that can be undone; moves of one control merge."""

    def __init__(
        self,
        before: object,
        after: object,
        what: str,
        apply: Callable[[object], None],
    ):
        super().__init__(what)
        self._before, self._after, self._what = before, after, what
        # Qt may drop a command without its Python half, which must not keep the session of a closed window
        self._apply = WeakMethod(apply)

    def id(self) -> int:
        return 1 + (hash(self._what) & 0xFFFF)

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _WishCommand) or other._what != self._what:
            return False
        self._after = other._after
        return True

    def undo(self) -> None:
        self._put(self._before)

    def redo(self) -> None:
        self._put(self._after)

    def _put(self, value: object) -> None:
        apply = self._apply()
        if apply is not None:
            apply(value)


CARRIED = (
    "_own",
    "_state",
    "_library",
    "_facts",
    "_wishes",
    "_filters",
    "_sort",
    "_descending",
    "_selection",
    "_pins",
    "_known",
    "_orders",
    "plan_ahead",
)
"""What goes over to the session of a new window."""
Views = OrderedDict[tuple[object, Wishes], "CatalogueView"]
"""Figures of the list by machine and question, newest last."""


class PlannerSession(QObject):
    """State of one window.

    Signals
    -------
    library_ready
        The catalogue is loaded.
    machine_changed
        arg: :class:`MachineState`.
    wishes_changed
        The question changed. arg: Wishes.
    view_changed
        New figures for the list. arg: CatalogueView.
    order_changed
        Other rows or another order. arg: ListOrder.
    plan_changed
        Another plan, or none. args: Plan or None, Answer or None.
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
    view_changed = Signal(object)
    order_changed = Signal(object)
    plan_changed = Signal(object, object)
    selection_changed = Signal(object)
    filters_changed = Signal(object)
    pins_changed = Signal(object)
    map_changed = Signal(object)
    busy_changed = Signal(bool)
    answer_failed = Signal(str)
    told = Signal(str, bool)
    other_engine_planned = Signal(object, object, str)
    """Plan asked about, the other engine's plan or None, why there is none."""
    free_changed = Signal(object)
    closing = Signal()

    def __init__(
        self,
        wishes: Wishes | None = None,
        load: Callable[[], Library] | None = None,
        detect: Callable[[], Machine] | None = None,
        views: Views | None = None,
        remembered: Path | None = None,
        stored: StoredList | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._load = load or _load_library
        self._detect = detect or _detect_machine
        self._wishes = wishes or Wishes()
        self._remembered = remembered
        last = None if remembered is None or stored is not None else last_machine(remembered)
        kept = None if stored is None or stored.view.general else stored.view.machine
        self._state = MachineState(kept or last or quick_machine())
        self._own = self._state
        self._library: Library | None = None
        self._facts: Facts | None = None
        self._view: CatalogueView | None = None if stored is None else stored.view  # type: ignore[assignment]
        self._order: ListOrder | None = None if stored is None else stored.order
        self._filters = Filters()
        self._sort, self._descending = "recommended", False
        self._selection: Selection | None = None
        self._plan: Plan | None = None
        self._answer: Answer | None = None
        self._pins: list[Pin] = []
        self._views: Views = OrderedDict() if views is None else views
        self._known: OrderedDict[tuple[object, Wishes, Selection], Answer] = OrderedDict()
        self._orders: OrderedDict[object, ListOrder] = OrderedDict()
        self._map_wanted = False
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(MOST_UNDOS)
        self._loader = LatestJobRunner(self)
        self._loader.finished.connect(self._library_loaded)
        self._loader.failed.connect(self._library_failed)
        self._detector = LatestJobRunner(self)
        self._detector.finished.connect(self._machine_detected)
        self._detector.failed.connect(self._detection_failed)
        self._answers = LatestJobRunner(self)
        self._answers.finished.connect(self._answered)
        self._answers.failed.connect(self._answer_failed)
        self._answers.idle.connect(self._idle)
        self._maps = LatestJobRunner(self)
        self._maps.finished.connect(self.map_changed)
        self._maps.failed.connect(self._answer_failed)
        self._others = LatestJobRunner(self)
        self._others.finished.connect(lambda found: self.other_engine_planned.emit(*found))
        self._others.failed.connect(lambda fault: self.told.emit(_one_line(fault), True))
        self._ahead = LatestJobRunner(self)
        self._ahead.finished.connect(self._ahead_done)
        self._ahead.failed.connect(lambda fault: None)
        self._ahead_timer = QTimer(self)
        self._ahead_timer.setSingleShot(True)
        self._ahead_timer.timeout.connect(self._plan_ahead)
        self.plan_ahead = True
        self._closed = False
        self.served = ServedList(lambda: self._library, self)
        self.served.filled.connect(self._show_view)
        self.served.failed.connect(self._answer_failed)
        self.served_map = ServedMap(self)
        self.served_map.filled.connect(self.map_changed)
        self.served_map.failed.connect(self._answer_failed)
        self.second = SecondMachine(self)

    # -- reading

    @property
    def library(self) -> Library | None:
        """Catalogue and columns, once loaded."""
        return self._library

    @property
    def facts(self) -> Facts | None:
        """Facts of the models, once loaded."""
        return self._facts

    @property
    def machine_state(self) -> MachineState:
        """Machine in use."""
        return self._state

    @property
    def own_state(self) -> MachineState:
        """This machine, whether it is in use or not."""
        return self._own

    @property
    def machine(self) -> Machine:
        """Machine in use."""
        return self._state.machine

    @property
    def wishes(self) -> Wishes:
        """The question."""
        return self._wishes

    @property
    def filters(self) -> Filters:
        """What the list leaves out."""
        return self._filters

    @property
    def view(self) -> CatalogueView | None:
        """Figures of the list."""
        return self._view

    @property
    def order(self) -> ListOrder | None:
        """Rows of the list."""
        return self._order

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
    def busy(self) -> bool:
        """True while something asked is not answered yet."""
        return self._answers.busy or self._maps.busy

    @property
    def sort(self) -> tuple[str, bool]:
        """Sort key and direction."""
        return self._sort, self._descending

    # -- starting and ending

    def show_stored(self) -> None:
        """Show the list as it was last shown, until its figures are made anew."""
        view = self._view
        if view is None or view.complete:
            return
        if not getattr(view, "general", False) and view.machine != self._state.machine:
            self._view = self._order = None
            return
        self.view_changed.emit(view)
        self.order_changed.emit(self._order)

    def start(self) -> None:
        """Load the catalogue and detect the machine, both off the window's thread."""
        bound_heap()
        self._loader.submit(partial(_with_facts, self._load))
        self.detect()

    def detect(self) -> None:
        """Detect this machine (again)."""
        self._own.detecting = True
        self._detector.submit(self._detect)
        self.machine_changed.emit(self._state)

    def close(self) -> None:
        """Wait for what runs and drop the rest."""
        self._closed = True
        self.closing.emit()
        self._ahead_timer.stop()
        for runner in (self._loader, self._detector, self._answers, self._maps, self._ahead, self._others):
            runner.shutdown()
        self.served.shutdown()
        self.served_map.shutdown()
        # a new window has its own hold on what goes over to it
        self._known, self._orders = OrderedDict(), OrderedDict()

    # -- in a new window

    def successor(self) -> PlannerSession:
        """A session for another window of the same program; :meth:`resume` gives it the state."""
        return PlannerSession(
            self._wishes, self._load, self._detect, views=self._views, remembered=self._remembered
        )

    def carried(self) -> dict[str, Any]:
        """The state as :meth:`resume` of a successor takes it over."""
        return {name: getattr(self, name) for name in CARRIED} | {"second": self.second.remembered()}

    def resume(self, state: dict[str, Any]) -> None:
        """Take over the state of a session that is closed, and show it; begin anew where it had not begun."""
        second = state.pop("second")
        for name, value in state.items():
            setattr(self, name, value)
        self.second.restore(second)
        if self._library is None:
            self.start()
            return
        self.library_ready.emit()
        self.wishes_changed.emit(self._wishes)
        self.filters_changed.emit(self._filters)
        self.machine_changed.emit(self._state)
        self.pins_changed.emit(self.pins)
        self.selection_changed.emit(self._selection)
        self._view = None
        if self._own.detecting:
            self.detect()
        self._ask()

    def _library_loaded(self, loaded: tuple[Library, Facts]) -> None:
        self._library, self._facts = loaded
        self.library_ready.emit()
        self._ask()

    def _library_failed(self, fault: Exception) -> None:
        text = f"{tr('The catalogue cannot be read')}: {_one_line(fault)}"
        self.told.emit(text, True)
        self.answer_failed.emit(text)

    # -- machine

    def _machine_detected(self, machine: Machine) -> None:
        from planner.hardware.machine_file import write_machine_file
        from planner.machine_notes import probe_failures

        self._own.detecting = False
        self._own.provisional = False
        self._own.detected = machine
        self._own.machine = machine
        self._own.now, self._own.missing = None, {}
        self._own.failed = probe_failures(machine)
        if self._remembered is not None:
            with contextlib.suppress(ValueError, OSError):  # a read-only cache only costs a provisional list
                write_machine_file(machine, self._remembered)
        if self._state is self._own:
            self._machine_is_new()

    def _detection_failed(self, fault: Exception) -> None:
        self._own.detecting = False
        self._own.provisional = False
        self._own.failed = (f"{tr('Detection failed')}: {_one_line(fault)}",)
        self.told.emit(self._own.failed[0], True)
        self.machine_changed.emit(self._state)

    def take_free(self, detected: Machine, machine: Machine, plan: bool) -> None:
        """Take over what is free of this machine now.

        Parameters
        ----------
        detected, machine : Machine
            This machine as detected and as planned for, with what is free now.
        plan : bool
            True makes the plans anew.
        """
        own = self._own
        own.detected, own.now = detected, machine
        if plan:
            own.machine = machine
            if self._state is own:
                self._machine_is_new()
        elif self._state is own:
            self.free_changed.emit(own)

    def set_missing(self, missing: dict[int, str]) -> None:
        """Say which GPUs of this machine do not answer, and since when; the plans stay."""
        self._own.missing = dict(missing)
        if self._state is self._own:
            self.machine_changed.emit(self._state)

    def use_this_machine(self) -> None:
        """Plan for this machine; can be undone."""
        self._switch(self._own, tr("plan for this machine"))

    def use_machine(self, machine: Machine, undoable: bool = True) -> None:
        """Plan for a described machine; can be undone."""
        state = MachineState(machine, provisional=False, own=False, described=machine)
        if undoable:
            self._switch(state, tr("plan for {name}").format(name=machine.name))
        else:
            self._set_state(state)

    def _switch(self, state: MachineState, what: str) -> None:
        if state is not self._state:
            self._push(self._state, state, what, self._set_state)

    def _set_state(self, state: object) -> None:
        assert isinstance(state, MachineState)
        self._state = state
        self._machine_is_new()

    def override_machine(self, machine: Machine) -> None:
        """Plan for this machine with values entered by hand; the detected ones stay known."""
        before = self._state.machine
        self._push(before, machine, tr("override"), self._set_machine)

    def _set_machine(self, machine: object) -> None:
        assert isinstance(machine, Machine)
        self._state.machine, self._state.now = machine, None
        self._machine_is_new()

    def _machine_is_new(self) -> None:
        self.machine_changed.emit(self._state)
        self._ask()

    # -- question

    def edit_wishes(self, what: str, **changes: object) -> None:
        """Change the question; can be undone, moves of one control count as one."""
        after = replace(self._wishes, **changes)  # type: ignore[arg-type]
        if after == self._wishes:
            return
        self._push(self._wishes, after, what, self._set_wishes)

    def set_wishes(self, wishes: Wishes) -> None:
        """Put the whole question (at start)."""
        self._set_wishes(wishes)

    def _set_wishes(self, wishes: object) -> None:
        assert isinstance(wishes, Wishes)
        self._wishes = wishes
        self.wishes_changed.emit(wishes)
        self._ask()

    def _push(self, before: object, after: object, what: str, apply: Callable[[object], None]) -> None:
        self.undo_stack.push(_WishCommand(before, after, what, apply))

    def edit_filters(self, what: str, **changes: object) -> None:
        """Change what the list leaves out; can be undone."""
        after = replace(self.filters, **changes)  # type: ignore[arg-type]
        if after == self.filters:
            return
        self._push(self.filters, after, what, self._set_filters)

    def _set_filters(self, filters: object) -> None:
        assert isinstance(filters, Filters)
        self._filters = filters
        self.filters_changed.emit(filters)
        self._reorder()

    def sort_by(self, key: str, descending: bool = False) -> None:
        """Sort the list."""
        self._sort, self._descending = key, descending
        self._reorder()

    def _reorder(self) -> None:
        if self._view is None or not self._view.complete:
            return
        self._order = self._ordered(self._view)
        self.order_changed.emit(self._order)
        self._ask_map()

    def _ordered(self, view: CatalogueView) -> ListOrder:
        """Rows of a view under the filters and the sort, kept for when a slider or a search comes back to them."""
        from planner.view_data import list_order

        source = self.served.order_source(view)
        key = (source.serial, self.filters, self._sort, self._descending)
        found = self._orders.get(key)
        if found is None:
            found = list_order(source, self.filters, self._sort, self._descending)
        _put(self._orders, key, found, CACHED_ORDERS)
        # While vLLM's figures are being made, nothing is said not to fit, and no model changes its place.
        return found if view.settled else replace(found, n_fitting=len(found.rows))

    # -- selection

    def select(self, selection: Selection | None) -> None:
        """Show another plan."""
        if selection == self._selection:
            return
        self._selection = selection
        self.selection_changed.emit(selection)
        self._ask()

    def edit_experts(self, n_cpu_moe: int | None) -> None:
        """Ask for the experts of so many layers in RAM; None = the planner chooses."""
        if self._selection is None or self._plan is None:
            return
        quant = self._selection.quant or self._plan.quant
        after = replace(self._selection, n_cpu_moe=n_cpu_moe, quant=quant)
        if after != self._selection:
            self._push(self._selection, after, tr("experts in RAM"), self._set_selection)

    def _set_selection(self, selection: object) -> None:
        assert isinstance(selection, Selection)
        self.select(selection)

    # -- pins

    def pin(self) -> None:
        """Keep the plan shown for comparison, or drop it if it is kept."""
        if self._plan is None:
            return
        for index, pin in enumerate(self._pins):
            if same_plan(pin.plan, self._plan) and pin.machine == self.machine.name:
                self.unpin(index)
                return
        if len(self._pins) >= MAX_PINS:
            self.told.emit(tr("Four plans are pinned; remove one to pin another"), True)
            return
        view = self._view
        self._pins.append(
            Pin(
                self._plan,
                self.machine.name,
                self.machine if view is None else view.machine,
                self._wishes if view is None else view.wishes,
            )
        )
        self.pins_changed.emit(self.pins)

    def unpin(self, index: int) -> None:
        """Drop one plan from the comparison."""
        if 0 <= index < len(self._pins):
            del self._pins[index]
            self.pins_changed.emit(self.pins)

    @property
    def is_pinned(self) -> bool:
        """Whether the plan shown is kept for comparison."""
        plan = self._plan
        return plan is not None and any(
            same_plan(p.plan, plan) and p.machine == self.machine.name for p in self._pins
        )

    def command_for(self, plan: Plan, program: str, weights: Weights | None = None) -> LaunchCommand | None:
        """Command of a plan for another program, with the weights where they are (None = the repository)."""
        if self._library is None:
            return plan.command
        from planner.plan_command import HUB, plan_command

        return plan_command(self._library, plan, program, weights or HUB)

    def ask_other_engine(self, plan: Plan) -> None:
        """Plan the same with the engine that a plan does not use; answered by ``other_engine_planned``."""
        library = self._library
        if library is not None and not self._closed:
            machine, wishes = self._state.machine, self._wishes
            self._others.submit(partial(plan_other_engine, library, machine, wishes, plan))

    # -- answering

    def _ask(self) -> None:
        """Answer what is asked now: at once where it was planned ahead, else off the window's thread."""
        library, facts = self._library, self._facts
        if library is None or facts is None or self._closed:
            return
        machine, wishes, selection = self._state.machine, self._wishes, self._selection
        key = (machine_key(machine), wishes)
        known = self._views.get(key)
        self._ahead.cancel()
        self._ahead_timer.stop()
        if known is not None:
            answer = self._known_answer(key, known, selection)
            if answer is not None:
                self._answers.cancel()
                self._answered(answer)
                self._idle()
                return
        self.busy_changed.emit(True)
        self._answers.submit(partial(make_answer, library, facts, machine, wishes, selection, known))

    def _known_answer(
        self, key: tuple[object, Wishes], view: CatalogueView, selection: Selection | None
    ) -> Answer | None:
        if selection is None:
            return Answer(view, None, None)
        found = self._known.get((*key, selection))
        return None if found is None else replace(found, view=view)

    def _answered(self, answer: Answer) -> None:
        self._remember(answer)
        view = self.served.dressed(answer.view, self.rows_listed)
        self._answer = answer
        self._plan = answer.plan
        self._show_view(view)
        self.plan_changed.emit(answer.plan, answer)
        if answer.fault:
            self.told.emit(answer.fault, True)

    def _show_view(self, view: CatalogueView) -> None:
        """Show other figures; the same view again changes nothing."""
        if view is self._view or self._closed:
            return
        self._view = view
        self._order = self._ordered(view)
        self.view_changed.emit(view)
        self.order_changed.emit(self._order)
        self._ask_map()

    def rows_listed(self) -> list[int]:
        """Models in the list, in order."""
        order = self._order
        return [] if order is None else [int(row) for row in order.rows]

    def _remember(self, answer: Answer) -> None:
        view = answer.view
        key = (machine_key(view.machine), view.wishes)
        _put(self._views, key, view, CACHED_VIEWS)
        if answer.selection is not None:
            _put(self._known, (*key, answer.selection), answer, CACHED_ANSWERS)

    def _answer_failed(self, fault: Exception) -> None:
        text = f"{tr('This cannot be planned')}: {_one_line(fault)}"
        self.told.emit(text, True)
        self.answer_failed.emit(text)

    def _idle(self) -> None:
        self.busy_changed.emit(False)
        if self.plan_ahead and not self._closed:
            self._ahead_timer.start(PAUSE_MS)

    # -- planning ahead: the stops of the context slider, nearest first

    def _plan_ahead(self) -> None:
        library, facts = self._library, self._facts
        if self._closed or self._answers.busy or library is None or facts is None:
            return
        machine, selection = self._state.machine, self._selection
        here = math.log2(max(self._wishes.n_ctx, 1))
        for n_ctx in sorted(CONTEXT_STOPS, key=lambda c: abs(math.log2(c) - here)):
            wishes = replace(self._wishes, n_ctx=n_ctx)
            key = (machine_key(machine), wishes)
            known = self._views.get(key)
            if known is None or self._known_answer(key, known, selection) is None:
                self._ahead.submit(partial(make_answer, library, facts, machine, wishes, selection, known))
                return

    def _ahead_done(self, answer: Answer) -> None:
        self._remember(answer)
        if self.plan_ahead and not self._answers.busy:
            self._ahead_timer.start(5)

    # -- map

    def want_map(self, wanted: bool) -> None:
        """Keep the map up to date (while it is shown)."""
        self._map_wanted = wanted
        self._ask_map()

    def _ask_map(self) -> None:
        library, facts, view, order = self._library, self._facts, self._view, self._order
        if (
            not self._map_wanted
            or library is None
            or facts is None
            or view is None
            or order is None
            or self._closed
        ):
            return
        machine, wishes, rows = self._state.machine, self._wishes, order.rows
        quants = view.best[rows]
        if view.engine != "llama.cpp" and len(rows):
            self._maps.cancel()
            self.served_map.ask(library, view, rows, quants)
            return
        self.served_map.stop()

        def work() -> MapGrid:
            from planner.view_data import map_grid

            return map_grid(library, facts, machine, wishes, rows, quants, stretched=True)

        if len(rows):
            self._maps.submit(work)
        else:
            self._maps.cancel()
            self.map_changed.emit(None)


def machine_key(machine: Machine) -> object:
    """The machine as a key: records with dictionaries inside cannot be hashed."""
    return _Keyed(machine)


class _Keyed:
    """Compares machines by value; hashes what identifies them."""

    __slots__ = ("_hash", "_machine")

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        gpus = tuple((g.name, g.memory_bytes, g.free_bytes, g.bandwidth_bytes_per_s) for g in machine.gpus)
        self._hash = hash((machine.name, gpus, machine.ram.total_bytes, machine.ram.available_bytes))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed) and self._machine == other._machine


def _put(kept: OrderedDict[Any, Any], key: object, value: object, most: int) -> None:
    """Keep a value as the newest, and drop the oldest beyond a number."""
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)


def make_answer(
    library: Library,
    facts: Facts,
    machine: Machine,
    wishes: Wishes,
    selection: Selection | None,
    known: CatalogueView | None = None,
) -> Answer:
    """Answer a question about a machine; pure, so that it can run on any thread."""
    from planner import view_data
    from planner.request import RequestFault
    from planner.units import ValueFault

    view = known or view_data.evaluate_view(library, facts, machine, wishes)
    if selection is None or selection.model_id not in library.rows:
        return Answer(view, None, None)
    row = library.rows[selection.model_id]
    quant = selection.quant or facts.quants[int(view.best[row])]
    if quant not in facts.quants:
        quant = facts.quants[int(view.best[row])]  # a format of vLLM; llama.cpp's plan is made beside it
    try:
        plan = view_data.plan_for(library, machine, wishes, selection.model_id, quant, selection.n_cpu_moe)
    except (ValueFault, RequestFault) as fault:
        return Answer(view, None, _one_line(fault), selection=selection)
    both = None
    if wishes.engine != "llama.cpp":
        from planner.engine_plan import with_vllm

        plan, both = with_vllm(library, machine, wishes, selection.model_id, selection.quant, plan)
    nearest: tuple[NearestFit, ...] = ()
    if plan.fits is False:
        from planner.nearest import nearest_fits

        nearest = nearest_fits(library, machine, wishes, plan, view)
    if plan.engine == "vllm":
        return Answer(view, plan, None, selection=selection, both=both, nearest=nearest)
    index = facts.quants.index(quant) if quant in facts.quants else int(view.best[row])
    experts = view_data.experts_curve(library, facts, machine, wishes, row, index)
    context = view_data.context_curve(library, facts, machine, wishes, row, index)
    return Answer(view, plan, None, experts, context, selection, both, nearest)


def plan_other_engine(
    library: Library, machine: Machine, wishes: Wishes, plan: Plan
) -> tuple[Plan, Plan | None, str]:
    """The other engine's plan, or why there is none; pure, so that it can run on any thread."""
    from planner.engine_plan import other_engine
    from planner.request import RequestFault
    from planner.units import ValueFault

    try:
        return plan, other_engine(library, machine, wishes, plan), ""
    except (ValueFault, RequestFault) as fault:
        return plan, None, _one_line(fault)


def same_plan(one: Plan, other: Plan) -> bool:
    """Whether two plans answer the same question about the same model."""
    return (
        one.model_id == other.model_id
        and one.quant == other.quant
        and one.n_ctx == other.n_ctx
        and one.settings == other.settings
        and [d.total_bytes for d in one.devices] == [d.total_bytes for d in other.devices]
    )


def _with_facts(load: Callable[[], Library]) -> tuple[Library, Facts]:
    """The catalogue with the facts the list shows."""
    from planner.view_data import facts_of

    library = load()
    return library, facts_of(library)


def _load_library() -> Library:
    from planner.library import load_library

    return load_library()


def _detect_machine() -> Machine:
    from planner.hardware.detect import detect_machine

    return detect_machine()


def _one_line(fault: BaseException) -> str:
    text = " ".join(str(fault).split())
    return text or type(fault).__name__
