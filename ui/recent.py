"""Plans and saved machines used lately, offered in the menus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QMenu

from ui.selection import Selection
from ui.session import PlannerSession
from ui.words import shown, tr

if TYPE_CHECKING:
    from planner.plan import Plan
    from ui.settings import WindowSettings

DWELL_MS = 4000
"""A plan looked at so long was used. [ms]"""


class Recent(QObject):
    """Keeps what was used: a plan that was looked at for a while, copied or pinned; a saved machine that was planned for."""

    def __init__(
        self,
        session: PlannerSession,
        settings: WindowSettings,
        plans: QMenu,
        machines: QMenu,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session, self._settings = session, settings
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DWELL_MS)
        self._timer.timeout.connect(self.used)
        self.plans = plans.addMenu(tr("Recent plans"))
        self.machines = machines.addMenu(tr("Recent machines"))
        self.plans.aboutToShow.connect(self.fill_plans)
        self.machines.aboutToShow.connect(self.fill_machines)
        session.plan_changed.connect(self._plan_changed)
        session.pins_changed.connect(lambda _pins: self.used())
        session.machine_changed.connect(lambda _state: self._machine_changed())
        self.fill_plans()
        self.fill_machines()

    def stop(self) -> None:
        """Wait for nothing any more."""
        self._timer.stop()

    def used(self) -> None:
        """The plan shown was used."""
        plan = self._session.plan
        if plan is not None:
            self._settings.add_recent_plan(plan.model_id, plan.quant or "")
            self.fill_plans()

    def _plan_changed(self, plan: Plan | None, _answer: object) -> None:
        if plan is None:
            self._timer.stop()
        else:
            self._timer.start()

    def _machine_changed(self) -> None:
        state = self._session.machine_state
        name = state.machine.name
        if state.own or not name or name == next(iter(self._settings.recent_machines), ""):
            return
        from planner.hardware.machine_file import saved_machine_path
        from planner.units import ValueFault

        try:
            saved = saved_machine_path(name).is_file()
        except ValueFault:
            return
        if saved:
            self._settings.add_recent_machine(name)
            self.fill_machines()

    def fill_plans(self) -> None:
        """Offer the plans used lately."""
        self.plans.clear()
        library = self._session.library
        for plan in self._settings.recent_plans:
            model = None if library is None else library.models.get(plan.model_id)
            name = model.name if model is not None else plan.model_id
            action = self.plans.addAction(f"{name}  {plan.quant}".strip())
            action.triggered.connect(
                lambda _checked=False, p=plan: self._session.select(Selection(p.model_id, p.quant or None))
            )
        self.plans.menuAction().setEnabled(bool(self._settings.recent_plans))

    def fill_machines(self) -> None:
        """Offer the machines used lately."""
        self.machines.clear()
        for name in self._settings.recent_machines:
            self.machines.addAction(name).triggered.connect(lambda _checked=False, n=name: self._use(n))
        self.machines.menuAction().setEnabled(bool(self._settings.recent_machines))

    def _use(self, name: str) -> None:
        from planner.hardware.machine_file import load_machine
        from planner.units import ValueFault

        try:
            self._session.use_machine(load_machine(name))
        except ValueFault as fault:
            self._settings.recent_machines = [n for n in self._settings.recent_machines if n != name]
            self.fill_machines()
            self._session.told.emit(shown(fault.args[0]), True)
