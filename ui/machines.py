"""The machines of a session: this one, as it is detected and changes, and the one that is planned for."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from planner.machine import Machine
from ui.answers import one_line
from ui.jobs import LatestJobRunner
from ui.machine_state import MachineState
from ui.words import tr


class Machines(QObject):
    """This machine and the one in use, which are often the same.

    Signals
    -------
    changed
        Something is to be shown anew. arg: :class:`MachineState` in use.
    plans_outdated
        Plans are to be made anew for the machine in use.
    free_changed
        Something else is free on this machine; no plan is made anew for it. arg: :class:`MachineState`.
    told
        One line for the status bar. args: text, True when it is a fault.
    """

    changed = Signal(object)
    plans_outdated = Signal()
    free_changed = Signal(object)
    told = Signal(str, bool)

    def __init__(
        self,
        machine: Machine,
        detect: Callable[[], Machine] | None,
        remembered: Path | None,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.how_to_detect = detect or _detect_machine
        self._remembered = remembered
        self.in_use = MachineState(machine)
        self.own = self.in_use
        self._detector = LatestJobRunner(self)
        self._detector.finished.connect(self._detected)
        self._detector.failed.connect(self._detection_failed)

    @property
    def busy(self) -> bool:
        """True while this machine is being detected."""
        return self._detector.busy

    def shutdown(self) -> None:
        """Wait for a detection that runs."""
        self._detector.shutdown()

    # -- this machine

    def detect(self) -> None:
        """Detect this machine (again)."""
        self.own.detecting = True
        self._detector.submit(self.how_to_detect)
        self.changed.emit(self.in_use)

    def _detected(self, machine: Machine) -> None:
        from planner.hardware.machine_file import write_machine_file
        from planner.machine_notes import probe_failures

        own = self.own
        own.detecting = own.provisional = False
        own.detected = own.machine = machine
        own.now, own.missing = None, {}
        own.failed = probe_failures(machine)
        if self._remembered is not None:
            with contextlib.suppress(ValueError, OSError):  # a read-only cache only costs a provisional list
                write_machine_file(machine, self._remembered)
        if self.in_use is own:
            self._is_new()

    def _detection_failed(self, fault: Exception) -> None:
        self.own.detecting = self.own.provisional = False
        self.own.failed = (f"{tr('Detection failed')}: {one_line(fault)}",)
        self.told.emit(self.own.failed[0], True)
        self.changed.emit(self.in_use)

    def take_free(self, detected: Machine, machine: Machine, plan: bool) -> None:
        """Take over what is free of this machine now.

        Parameters
        ----------
        detected, machine : Machine
            This machine as detected and as planned for, with what is free now.
        plan : bool
            True makes the plans anew.
        """
        own = self.own
        own.detected, own.now = detected, machine
        if plan:
            own.machine = machine
            if self.in_use is own:
                self._is_new()
        elif self.in_use is own:
            self.free_changed.emit(own)

    def set_missing(self, missing: dict[int, str]) -> None:
        """Say which GPUs of this machine do not answer, and since when; the plans stay."""
        self.own.missing = dict(missing)
        if self.in_use is self.own:
            self.changed.emit(self.in_use)

    # -- the machine in use

    def use(self, state: MachineState) -> None:
        """Plan for this machine or another."""
        self.in_use = state
        self._is_new()

    def override(self, machine: Machine) -> None:
        """Plan for the machine in use with values entered by hand; the detected ones stay known."""
        self.in_use.machine, self.in_use.now = machine, None
        self._is_new()

    def _is_new(self) -> None:
        self.changed.emit(self.in_use)
        self.plans_outdated.emit()

    # -- in a new window

    def carried(self) -> tuple[MachineState, MachineState]:
        """This machine and the one in use, as :meth:`resume` takes them over."""
        return self.own, self.in_use

    def resume(self, state: tuple[MachineState, MachineState]) -> None:
        """Take over the machines of a session that is closed."""
        self.own, self.in_use = state


def _detect_machine() -> Machine:
    from planner.hardware.detect import detect_machine

    return detect_machine()
