"""Work off the window's thread: a pure function in, its result or its fault out, and only the newest request counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal, Slot

unexpected: list[Callable[[BaseException], None]] = []
"""Told, on the thread of the job, of faults that no input explains: errors of the program, for its log."""


class JobSignals(QObject):
    """Signals of a runner; they belong to the caller and outlive every job.

    Signals
    -------
    done
        args: request number, result.
    failed
        args: request number, the exception.
    """

    done = Signal(int, object)
    failed = Signal(int, object)


class _Job(QRunnable):
    def __init__(self, number: int, work: Callable[[], Any], done: Any, failed: Any) -> None:
        super().__init__()
        self._number = number
        self._work = work
        self._done = done
        self._failed = failed

    def run(self) -> None:
        try:
            result = self._work()
        except Exception as fault:  # handed to the caller, who shows it
            if not isinstance(fault, (ValueError, OSError)):
                for told in unexpected:
                    told(fault)
            self._failed.emit(self._number, fault)
        else:
            self._done.emit(self._number, result)


class LatestJobRunner(QObject):
    """Runs one job at a time and keeps at most one waiting: the newest.

    Signals
    -------
    finished
        The newest request was answered. arg: the result.
    failed
        The newest request failed. arg: the exception.
    idle
        Nothing is running or waiting.
    """

    finished = Signal(object)
    failed = Signal(object)
    idle = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._signals = JobSignals(self)
        self._signals.done.connect(self._on_done)
        self._signals.failed.connect(self._on_failed)
        self._newest = 0
        self._running = False
        self._waiting: Callable[[], Any] | None = None
        self._closed = False

    @property
    def busy(self) -> bool:
        """True while a job runs or waits."""
        return self._running

    def submit(self, work: Callable[[], Any]) -> int:
        """Ask for work to be done; an older request that has not begun is dropped.

        Returns
        -------
        int
            Number of the request.
        """
        self._newest += 1
        if self._closed:
            return self._newest
        if self._running:
            self._waiting = work
        else:
            self._start(work)
        return self._newest

    def cancel(self) -> None:
        """Drop what waits, and the answer of what runs."""
        self._newest += 1
        self._waiting = None

    def shutdown(self, finish: bool = False) -> None:
        """Wait for what runs; do what waits first where ``finish`` is true, else drop it."""
        self._closed = True
        self._newest += 1
        waiting, self._waiting = self._waiting, None
        if finish:
            self._pool.waitForDone()
            if waiting is not None:
                waiting()
            return
        self._pool.clear()
        self._pool.waitForDone()

    def _start(self, work: Callable[[], Any]) -> None:
        self._running = True
        self._pool.start(_Job(self._newest, work, self._signals.done, self._signals.failed))

    @Slot(int, object)
    def _on_done(self, number: int, result: object) -> None:
        self._next()
        if number == self._newest and not self._closed:
            self.finished.emit(result)
        self._maybe_idle()

    @Slot(int, object)
    def _on_failed(self, number: int, fault: object) -> None:
        self._next()
        if number == self._newest and not self._closed:
            self.failed.emit(fault)
        self._maybe_idle()

    def _next(self) -> None:
        self._running = False
        if self._waiting is not None and not self._closed:
            work, self._waiting = self._waiting, None
            self._start(work)

    def _maybe_idle(self) -> None:
        if not self._running and not self._closed:
            self.idle.emit()
