"""A second machine to compare with: the same question asked about it, off the window's thread."""

from __future__ import annotations

import json
from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from planner import units
from planner.machine import Machine
from planner.units import ValueFault
from ui.jobs import LatestJobRunner
from ui.vllm_list import ServedList
from ui.words import shown, tr

if TYPE_CHECKING:
    from planner.view_data import CatalogueView
    from planner.wishes import Wishes
    from ui.machine_state import MachineState
    from ui.session import PlannerSession

KEPT_VIEWS = 6
OWN = "this machine"
"""Stands for this machine in the settings."""


class SecondMachine(QObject):
    """Answers the session's question about another machine.

    Signals
    -------
    machine_changed
        Another machine is compared with, or none. arg: Machine or None.
    view_changed
        New figures, or none. arg: CatalogueView or None.
    """

    machine_changed = Signal(object)
    view_changed = Signal(object)

    def __init__(self, session: PlannerSession) -> None:
        super().__init__(session)
        self._session = session
        self._machine: Machine | None = None
        self._own = False
        self._view: CatalogueView | None = None
        self._kept: OrderedDict[tuple[object, Wishes], CatalogueView] = OrderedDict()
        self._runner = LatestJobRunner(self)
        self._runner.finished.connect(self._answered)
        self._runner.failed.connect(self._failed)
        session.view_changed.connect(lambda _view: self._ask())
        session.machine_changed.connect(self._session_machine_changed)
        session.closing.connect(self._runner.shutdown)
        self._served = ServedList(lambda: session.library, self)
        self._served.filled.connect(self._show)
        self._served.failed.connect(self._failed)
        session.closing.connect(self._served.shutdown)

    @property
    def machine(self) -> Machine | None:
        """Machine compared with."""
        return self._machine

    @property
    def view(self) -> CatalogueView | None:
        """Its figures: those of the question before until those of the current one are there."""
        return self._view

    @property
    def busy(self) -> bool:
        """True while figures are being made."""
        return self._runner.busy

    # -- choosing

    def compare_with(self, machine: Machine) -> None:
        """Compare with a described machine."""
        self._set(machine, False)

    def compare_with_this_machine(self) -> None:
        """Compare with this machine, as it is detected and changes."""
        self._set(self._session.own_state.machine, True)

    def clear(self) -> None:
        """Compare with nothing."""
        self._set(None, False)

    def _set(self, machine: Machine | None, own: bool) -> None:
        if machine == self._machine and own == self._own:
            return
        self._machine, self._own = machine, own
        self._runner.cancel()
        self._served.stop()
        if self._view is not None:
            self._view = None
            self.view_changed.emit(None)
        self.machine_changed.emit(machine)
        self._ask()

    def _session_machine_changed(self, _state: MachineState) -> None:
        if self._own and self._session.own_state.machine != self._machine:
            self._machine = self._session.own_state.machine
            self._ask()

    # -- remembering

    def remembered(self) -> str:
        """The choice as text for the settings; empty = nothing is compared with."""
        if self._machine is None:
            return ""
        if self._own:
            return OWN
        from planner.hardware.machine_json import machine_to_json

        return json.dumps(machine_to_json(self._machine))

    def restore(self, text: str) -> None:
        """Take over what :meth:`remembered` gave; what cannot be read is left out."""
        if text == OWN:
            self.compare_with_this_machine()
        elif text:
            from planner.hardware.machine_json import machine_from_json

            try:
                self.compare_with(machine_from_json(json.loads(text)))
            except (ValueFault, ValueError, RecursionError):
                self.clear()

    # -- answering

    def _ask(self) -> None:
        from ui.kept_answers import machine_key

        session, machine = self._session, self._machine
        if machine is None or session.library is None or session.facts is None:
            return
        known = self._kept.get((machine_key(machine), session.wishes))
        if known is not None:
            self._runner.cancel()
            self._answered(known)
            return
        from planner.view_data import evaluate_view

        self._runner.submit(partial(evaluate_view, session.library, session.facts, machine, session.wishes))

    def _answered(self, view: CatalogueView) -> None:
        from ui.kept_answers import machine_key

        key = (machine_key(view.machine), view.wishes)
        self._kept[key] = view
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT_VIEWS:
            self._kept.popitem(last=False)
        self._show(self._served.dressed(view, self._session.rows_listed))

    def _show(self, view: CatalogueView) -> None:
        if view is not self._view and self._machine is not None:
            self._view = view
            self.view_changed.emit(view)

    def _failed(self, fault: Exception) -> None:
        self._session.told.emit(tr("The second machine cannot be planned: {why}").format(why=fault), True)

    # -- words

    def line(self, model_id: str, quant: str | None) -> str:
        """How one model does on it, in one line; empty when nothing is known yet."""
        from planner.view_data import FitClass
        from ui.models.catalogue_model import fit_words

        view, machine = self._view, self._machine
        if view is None or machine is None or model_id not in view.facts.row_of:
            return ""
        row = view.facts.row_of[model_id]
        column = view.facts.quants.index(quant) if quant in view.facts.quants else int(view.best[row])
        name = tr("this machine") if self._own else shown(machine.name)
        fit = int(view.fit[row, column])
        if fit == FitClass.NONE:
            short = units.gib(float(view.shortfall[row, column]))
            return tr("On {machine}: does not fit, short by {gib}").format(machine=name, gib=short)
        low, high = float(view.decode_p10[row, column]), float(view.decode_p90[row, column])
        speed = tr("speed unknown") if low != low else f"{units.rate(low)}–{units.rate(high)} tok/s"
        return tr("On {machine}: {fit}, {speed}").format(machine=name, fit=fit_words(fit), speed=speed)
