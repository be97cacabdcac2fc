"""Plans made while nothing is asked: those of the other stops of the context slider, nearest first."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from planner.wishes import Wishes
from ui.jobs import LatestJobRunner

if TYPE_CHECKING:
    from ui.answers import Answer

PAUSE_MS = 300
"""Rest after the last change before the first of them. [ms]"""
NEXT_MS = 5
"""Rest between two of them. [ms]"""
CONTEXT_STOPS = tuple(sorted({1024 * 2**i for i in range(1, 11)} | {1536 * 2**i for i in range(1, 10)}))
"""Where the context slider stops: half powers of two from 2K to 1M. [tokens]"""


class PlansAhead(QObject):
    """Answers the questions that come next.

    Parameters
    ----------
    missing : callable
        Work that answers a question, or None where the answer is kept or nothing can be answered now.
    keep : callable
        Takes an answer.
    parent : QObject
    """

    def __init__(
        self,
        missing: Callable[[Wishes], Callable[[], Answer] | None],
        keep: Callable[[Answer], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.on = True
        self._missing, self._keep = missing, keep
        self._asked: Wishes | None = None
        self._runner = LatestJobRunner(self)
        self._runner.finished.connect(self._done)
        self._runner.failed.connect(lambda fault: None)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._next)

    def rest(self, asked: Wishes) -> None:
        """Nothing is asked beyond a question: begin, after a pause."""
        self._asked = asked
        if self.on:
            self._timer.start(PAUSE_MS)

    def stop(self) -> None:
        """Something is asked."""
        self._runner.cancel()
        self._timer.stop()

    def shutdown(self) -> None:
        """Wait for what runs and end."""
        self._timer.stop()
        self._runner.shutdown()

    def _next(self) -> None:
        asked = self._asked
        if asked is None:
            return
        here = math.log2(max(asked.n_ctx, 1))
        for n_ctx in sorted(CONTEXT_STOPS, key=lambda c: abs(math.log2(c) - here)):
            work = self._missing(replace(asked, n_ctx=n_ctx))
            if work is not None:
                self._runner.submit(work)
                return

    def _done(self, answer: Answer) -> None:
        self._keep(answer)
        if self.on:
            self._timer.start(NEXT_MS)
