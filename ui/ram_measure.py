"""Measuring the bandwidth of this machine's memory on request, off the window's thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from planner import units
from ui.jobs import LatestJobRunner
from ui.session import PlannerSession
from ui.words import tr

if TYPE_CHECKING:
    from planner.hardware.ram_bandwidth import RamBandwidth


class RamMeasure(QObject):
    """Measures, remembers, and plans with the figure.

    Signals
    -------
    busy_changed
        arg: True while it measures.
    """

    busy_changed = Signal(bool)

    def __init__(
        self, session: PlannerSession, work: Callable[[int | None], RamBandwidth] | None = None
    ) -> None:
        super().__init__(session)
        self._session = session
        self.work = work or _measure
        self._runner = LatestJobRunner(self)
        self._runner.finished.connect(self._measured)
        self._runner.failed.connect(self._failed)
        session.closing.connect(self._runner.shutdown)

    @property
    def busy(self) -> bool:
        """True while it measures."""
        return self._runner.busy

    def measure(self) -> None:
        """Measure this machine's memory."""
        if self.busy:
            return
        work, free = self.work, self._session.own_state.shown.ram.available_bytes
        self._runner.submit(lambda: work(free))
        self.busy_changed.emit(True)

    def _measured(self, found: RamBandwidth) -> None:
        from planner.hardware.ram_bandwidth import remember, with_measurement

        self.busy_changed.emit(False)
        session = self._session
        machine = session.own_state.machine
        found = remember(found, machine.cpu.name)
        rate = units.bandwidth(found.bytes_per_s)
        session.told.emit(tr("Measured {rate} with {n} threads").format(rate=rate, n=found.threads), False)
        if session.machine_state.own:
            session.override_machine(with_measurement(machine, found))

    def _failed(self, fault: Exception) -> None:
        self.busy_changed.emit(False)
        self._session.told.emit(tr("The memory could not be measured: {why}").format(why=fault), True)


def _measure(free: int | None) -> RamBandwidth:
    from planner.hardware.ram_bandwidth import measure_ram_bandwidth

    return measure_ram_bandwidth(available_bytes=free)
