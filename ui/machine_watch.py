"""Looks at this machine every two seconds: what is free of each device, and whether every GPU is still there.

Off the window's thread, only for this machine, and not while the window is hidden or minimised. The bars follow at once; the
plans only when what is free has changed enough to matter, and never while a mouse button is down.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from planner.hardware.free_memory import FreeMemory, FreeMemoryReader, with_free, worth_planning
from planner.machine import Machine
from ui.jobs import LatestJobRunner
from ui.session import PlannerSession
from ui.words import tr

EVERY_MS = 2000
MISSES = 2
"""Readings without an answer before a GPU counts as gone: a driver that resumes from sleep misses one."""


class MachineWatch(QObject):
    """Keeps what is free up to date; nothing runs until :meth:`start`."""

    def __init__(
        self,
        session: PlannerSession,
        window: QWidget,
        read: Callable[[Machine], FreeMemory | None] | None = None,
        every_ms: int = EVERY_MS,
        clock: Callable[[], str] = lambda: time.strftime("%H:%M"),
    ) -> None:
        super().__init__(window)
        self._session, self._window, self._clock = session, window, clock
        self._read = read or FreeMemoryReader()
        self._runner = LatestJobRunner(self)
        self._runner.finished.connect(self._answered)
        self._runner.failed.connect(lambda _fault: None)  # a reading less; the next one comes
        self._timer = QTimer(self)
        self._timer.setInterval(every_ms)
        self._timer.timeout.connect(self.look)
        self._asked: Machine | None = None
        self._misses: dict[int, int] = {}
        self._others: int | None = None
        self._started = False
        self._ended = False
        window.installEventFilter(self)
        session.closing.connect(self.stop)

    @property
    def running(self) -> bool:
        """True while the timer ticks."""
        return self._timer.isActive()

    def start(self) -> None:
        """Begin to look, now and every two seconds."""
        self._started = True
        self._follow_window()

    def stop(self) -> None:
        """End for good, and wait for what runs."""
        self._ended = True
        self._timer.stop()
        self._runner.shutdown()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Pause with the window."""
        kinds = (QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.WindowStateChange)
        if watched is self._window and event.type() in kinds:
            self._follow_window()
        return False

    def _follow_window(self) -> None:
        seen = self._window.isVisible() and not self._window.isMinimized()
        wanted = self._started and not self._ended and seen
        if wanted and not self._timer.isActive():
            self._timer.start()
            self.look()
        elif not wanted:
            self._timer.stop()

    def look(self) -> None:
        """Ask once what is free, unless an answer is still awaited or another machine is planned for."""
        state = self._session.machine_state
        if self._ended or self._runner.busy or not state.own or state.detecting or state.detected is None:
            return
        self._asked = state.detected
        self._runner.submit(partial(self._read, state.detected))

    def _answered(self, free: FreeMemory | None) -> None:
        state = self._session.machine_state
        detected = state.detected
        if free is None or detected is None or detected is not self._asked or not state.own:
            return
        if len(free.gpus) != len(detected.gpus) or len(state.machine.gpus) != len(detected.gpus):
            return
        if self._new_gpu(free):
            self._session.detect()
            return
        self._judge_presence(free, detected)
        now = with_free(state.machine, free, detected)
        seen = with_free(detected, free)
        dragging = QApplication.mouseButtons() != Qt.MouseButton.NoButton
        plan = worth_planning(state.machine, now) and not dragging
        if plan or now != state.shown:
            self._session.machines.take_free(seen, now, plan)

    def _new_gpu(self, free: FreeMemory) -> bool:
        """Whether a GPU answers that did not at the first look; detection then says what it is."""
        more = self._others is not None and free.others > self._others
        self._others = free.others
        return more

    def _judge_presence(self, free: FreeMemory, detected: Machine) -> None:
        missing = dict(self._session.machine_state.missing)
        before = dict(missing)
        for index, present in enumerate(free.present):
            name = detected.gpus[index].accelerator or detected.gpus[index].name
            if present:
                self._misses.pop(index, None)
                if missing.pop(index, None) is not None:
                    self._session.told.emit(tr("{name} is there again").format(name=name), False)
                continue
            self._misses[index] = self._misses.get(index, 0) + 1
            if self._misses[index] >= MISSES and index not in missing:
                missing[index] = self._clock()
                text = tr("{name} is no longer there since {time}; the plan stays as it was")
                self._session.told.emit(text.format(name=name, time=missing[index]), True)
        if missing != before:
            self._session.machines.set_missing(missing)
