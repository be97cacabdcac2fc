"""What a window does with its state: it takes what the user meant, asks the core, and tells what is to be shown.

The core is asked off the window's thread. The list and the plan are answered in one go, so that they never disagree. What a
session knows is in :mod:`ui.session_state`; its parts are :mod:`ui.machines`, :mod:`ui.shown_list`, :mod:`ui.kept_answers`,
:mod:`ui.plans_ahead`, :mod:`ui.history` and :mod:`ui.pins`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.list_filter import Filters
from planner.machine import Machine
from planner.wishes import Wishes
from ui.answers import Answer, make_answer, one_line, plan_other_engine
from ui.heap import bound_heap
from ui.history import Put
from ui.jobs import LatestJobRunner
from ui.kept_answers import KeptAnswers, KeptLists
from ui.machine_state import MachineState, last_machine, quick_machine
from ui.pins import MAX_PINS, Pin, pinned_at
from ui.plans_ahead import PlansAhead
from ui.second_machine import SecondMachine
from ui.selection import Selection
from ui.session_state import SessionState
from ui.words import shown, tr

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from planner.commands.launch_command import LaunchCommand
    from planner.library import Library
    from planner.plan import Plan
    from planner.plan_command import Weights
    from planner.stored_view import StoredList
    from planner.view_data import Facts


class PlannerSession(SessionState):
    """State of one window, and everything that changes it.

    Parameters
    ----------
    wishes : Wishes or None
        The question at first.
    load, detect : callable or None
        Give the catalogue and this machine, on other threads.
    views : KeptLists or None
        Lists made before, shared with other sessions.
    remembered : Path or None
        File of the machine detected last.
    stored : StoredList or None
        The list shown last, to be shown until its figures are made anew.
    parent : QObject or None
    """

    def __init__(
        self,
        wishes: Wishes | None = None,
        load: Callable[[], Library] | None = None,
        detect: Callable[[], Machine] | None = None,
        views: KeptLists | None = None,
        remembered: Path | None = None,
        stored: StoredList | None = None,
        parent: QObject | None = None,
    ) -> None:
        last = None if remembered is None or stored is not None else last_machine(remembered)
        kept = None if stored is None or stored.view.general else stored.view.machine
        machine = kept or last or quick_machine()
        super().__init__(wishes or Wishes(), machine, detect, views, remembered, parent)
        if stored is not None:
            self.listed.view = stored.view  # type: ignore[assignment]
            self.listed.order = stored.order
        self._load = load or _load_library
        self._remembered = remembered
        self._closed = False
        self._loader = LatestJobRunner(self)
        self._loader.finished.connect(self._library_loaded)
        self._loader.failed.connect(self._library_failed)
        self._answers = LatestJobRunner(self)
        self._answers.finished.connect(self._answered)
        self._answers.failed.connect(self._answer_failed)
        self._answers.idle.connect(self._idle)
        self._others = LatestJobRunner(self)
        self._others.finished.connect(lambda found: self.other_engine_planned.emit(*found))
        self._others.failed.connect(lambda fault: self.told.emit(one_line(fault), True))
        self._ahead = PlansAhead(self._work_for, lambda answer: self.kept.keep(answer), self)
        self.machines.changed.connect(self.machine_changed)
        self.machines.plans_outdated.connect(self._ask)
        self.machines.free_changed.connect(self.free_changed)
        self.machines.told.connect(self.told)
        self.listed.view_changed.connect(self.view_changed)
        self.listed.order_changed.connect(self.order_changed)
        self.listed.map_changed.connect(self.map_changed)
        self.listed.failed.connect(self._answer_failed)
        self.undo_stack.told.connect(self.told)
        self.second = SecondMachine(self)

    @property
    def busy(self) -> bool:
        """True while something asked is not answered yet."""
        return self._answers.busy or self.listed.busy

    @property
    def plan_ahead(self) -> bool:
        """Whether the other stops of the context slider are planned while nothing is asked."""
        return self._ahead.on

    @plan_ahead.setter
    def plan_ahead(self, on: bool) -> None:
        self._ahead.on = on

    # -- starting and ending

    def show_stored(self) -> None:
        """Show the list as it was last shown, until its figures are made anew."""
        view = self.listed.view
        if view is None or view.complete:
            return
        if not getattr(view, "general", False) and view.machine != self.machine:
            self.listed.view = self.listed.order = None
            return
        self.view_changed.emit(view)
        self.order_changed.emit(self.listed.order)

    def start(self) -> None:
        """Load the catalogue and detect the machine, both off the window's thread."""
        bound_heap()
        self._loader.submit(partial(_with_facts, self._load))
        self.detect()

    def leave(self) -> None:
        """Take no more questions: the window is about to go."""
        if not self._closed:
            self._closed = True
            self.closing.emit()

    def close(self) -> None:
        """Wait for what runs and drop the rest."""
        self.leave()
        for part in (self._loader, self.machines, self._answers, self._ahead, self._others, self.listed):
            part.shutdown()
        self.kept = KeptAnswers(self.kept.views)  # a new window has its own hold on what goes over to it

    def _library_loaded(self, loaded: tuple[Library, Facts]) -> None:
        self._library, self._facts = loaded
        self.library_ready.emit()
        self._ask()

    def _library_failed(self, fault: Exception) -> None:
        self._tell_failure(tr("The catalogue cannot be read"), fault)

    # -- in a new window

    def successor(self) -> PlannerSession:
        """A session for another window of the same program, with what can be undone; :meth:`resume` gives it the state."""
        new = PlannerSession(
            self._wishes,
            self._load,
            self.machines.how_to_detect,
            views=self.kept.views,
            remembered=self._remembered,
        )
        new.undo_stack.deleteLater()
        new.undo_stack = self.undo_stack
        new.undo_stack.go_over(new)
        new.undo_stack.told.connect(new.told)
        return new

    def carried(self) -> dict[str, Any]:
        """The state as :meth:`resume` of a successor takes it over."""
        names = ("_library", "_facts", "_wishes", "_selection", "_pins", "kept", "plan_ahead")
        return {
            "own": {name: getattr(self, name) for name in names},
            "machines": self.machines.carried(),
            "list": self.listed.carried(),
            "second": self.second.remembered(),
        }

    def resume(self, state: dict[str, Any]) -> None:
        """Take over the state of a session that is closed, and show it; begin anew where it had not begun."""
        for name, value in state["own"].items():
            setattr(self, name, value)
        self.machines.resume(state["machines"])
        self.listed.resume(state["list"])
        self.second.restore(state["second"])
        if self._library is None:
            self.start()
            return
        self.library_ready.emit()
        self.wishes_changed.emit(self._wishes)
        self.filters_changed.emit(self.filters)
        self.machine_changed.emit(self.machine_state)
        self.pins_changed.emit(self.pins)
        self.selection_changed.emit(self._selection)
        if self.own_state.detecting:
            self.detect()
        self._ask()

    # -- machine

    def detect(self) -> None:
        """Detect this machine (again)."""
        self.machines.detect()

    def use_this_machine(self) -> None:
        """Plan for this machine; can be undone."""
        self._switch(self.own_state, tr("plan for this machine"))

    def use_machine(self, machine: Machine, undoable: bool = True) -> None:
        """Plan for a described machine; can be undone."""
        state = MachineState(machine, provisional=False, own=False, described=machine)
        if undoable:
            self._switch(state, tr("plan for {name}").format(name=shown(machine.name)))
        else:
            self._use(state)

    def override_machine(self, machine: Machine) -> None:
        """Plan for the machine in use with values entered by hand; can be undone."""
        self._change(tr("override"), self.machine, machine, PlannerSession._override)

    def _switch(self, state: MachineState, what: str) -> None:
        if state is not self.machine_state:
            self._change(what, self.machine_state, state, PlannerSession._use)

    def _use(self, state: MachineState) -> None:
        self.machines.use(state)

    def _override(self, machine: Machine) -> None:
        self.machines.override(machine)

    # -- question

    def edit_wishes(self, what: str, **changes: object) -> None:
        """Change the question; can be undone, moves of one control count as one."""
        after = replace(self._wishes, **changes)  # type: ignore[arg-type]
        if after != self._wishes:
            self._change(what, self._wishes, after, PlannerSession.set_wishes)

    def set_wishes(self, wishes: Wishes) -> None:
        """Put the whole question."""
        self._wishes = wishes
        self.wishes_changed.emit(wishes)
        self._ask()

    def edit_filters(self, what: str, **changes: object) -> None:
        """Change what the list leaves out; can be undone."""
        after = replace(self.filters, **changes)  # type: ignore[arg-type]
        if after != self.filters:
            self._change(what, self.filters, after, PlannerSession._set_filters)

    def _set_filters(self, filters: Filters) -> None:
        self.listed.filters = filters
        self.filters_changed.emit(filters)
        self.listed.reorder()

    def sort_by(self, key: str, descending: bool = False) -> None:
        """Sort the list."""
        self.listed.sort_by(key, descending)

    def want_map(self, wanted: bool) -> None:
        """Keep the map up to date (while it is shown)."""
        self.listed.want_map(wanted)

    # -- selection

    def select(self, selection: Selection | None) -> None:
        """Show another plan."""
        if selection == self._selection:
            return
        self._selection = selection
        self.selection_changed.emit(selection)
        self._ask()

    def edit_experts(self, n_cpu_moe: int | None) -> None:
        """Ask for the experts of so many layers in RAM; None = the planner chooses. Can be undone."""
        if self._selection is None or self._plan is None:
            return
        quant = self._selection.quant or self._plan.quant
        after = replace(self._selection, n_cpu_moe=n_cpu_moe, quant=quant)
        if after != self._selection:
            self._change(tr("experts in RAM"), self._selection, after, PlannerSession.select)

    def _change(self, what: str, before: object, after: object, put: Put) -> None:
        self.undo_stack.change(what, before, after, put)

    # -- pins

    def pin(self) -> None:
        """Keep the plan shown for comparison, or drop it if it is kept."""
        if self._plan is None:
            return
        at = pinned_at(self._pins, self._plan, self.machine.name)
        if at is not None:
            self.unpin(at)
            return
        if len(self._pins) >= MAX_PINS:
            self.told.emit(tr("Four plans are pinned; remove one to pin another"), True)
            return
        view = self.view
        machine, wishes = (self.machine, self._wishes) if view is None else (view.machine, view.wishes)
        self._pins.append(Pin(self._plan, self.machine.name, machine, wishes))
        self.pins_changed.emit(self.pins)

    def unpin(self, index: int) -> None:
        """Drop one plan from the comparison."""
        if 0 <= index < len(self._pins):
            del self._pins[index]
            self.pins_changed.emit(self.pins)

    # -- engines and commands of a plan

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
            self._others.submit(partial(plan_other_engine, library, self.machine, self._wishes, plan))

    # -- answering

    def _ask(self) -> None:
        """Answer what is asked now: at once where it was planned ahead, else off the window's thread."""
        if self._library is None or self._facts is None or self._closed:
            return
        self._ahead.stop()
        answer = self.kept.answer(self.machine, self._wishes, self._selection)
        if answer is not None:
            self._answers.cancel()
            self._answered(answer)
            self._idle()
            return
        self.busy_changed.emit(True)
        self._answers.submit(self._answer_to(self._library, self._facts, self._wishes))

    def _answer_to(self, library: Library, facts: Facts, wishes: Wishes) -> Callable[[], Answer]:
        """Work that answers a question about the machine in use."""
        known = self.kept.view(self.machine, wishes)
        return partial(make_answer, library, facts, self.machine, wishes, self._selection, known)

    def _work_for(self, wishes: Wishes) -> Callable[[], Answer] | None:
        """What is to be planned ahead for a question; None where nothing is."""
        library, facts = self._library, self._facts
        if self._closed or self._answers.busy or library is None or facts is None:
            return None
        if self.kept.has(self.machine, wishes, self._selection):
            return None
        return self._answer_to(library, facts, wishes)

    def _answered(self, answer: Answer) -> None:
        self.kept.keep(answer)
        self._answer, self._plan = answer, answer.plan
        self.listed.show_answer(answer.view)
        self.plan_changed.emit(answer.plan, answer)
        if answer.fault:
            self.told.emit(answer.fault, True)

    def _answer_failed(self, fault: Exception) -> None:
        self._tell_failure(tr("This cannot be planned"), fault)

    def _tell_failure(self, what: str, fault: Exception) -> None:
        text = f"{what}: {one_line(fault)}"
        self.told.emit(text, True)
        self.answer_failed.emit(text)

    def _idle(self) -> None:
        self.busy_changed.emit(False)
        if not self._closed:
            self._ahead.rest(self._wishes)


def _with_facts(load: Callable[[], Library]) -> tuple[Library, Facts]:
    """The catalogue with the facts the list shows."""
    from planner.view_data import facts_of

    library = load()
    return library, facts_of(library)


def _load_library() -> Library:
    from planner.library import load_library

    return load_library()
