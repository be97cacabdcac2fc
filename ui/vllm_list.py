"""Fills the list with vLLM's answers, behind a view of llama.cpp that is there at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from ui.brisk import brisk
from ui.jobs import LatestJobRunner

if TYPE_CHECKING:
    from planner.library import Library
    from planner.view_data import CatalogueView
    from planner.vllm.list_view import ServedFacts, ServedFigures

KEPT_FIGURES = 8
"""Questions whose figures are kept."""
BATCH_SECONDS = 0.25
"""What one batch of models may take before it is shown. [s]"""


@dataclass(frozen=True)
class _Shown:
    base: int
    both: bool
    n_done: int
    view: CatalogueView


class ServedList(QObject):
    """Views of the list under vLLM or both engines.

    Signals
    -------
    filled
        More of the view asked for last is there. arg: CatalogueView.
    failed
        arg: the exception.
    """

    filled = Signal(object)
    failed = Signal(object)

    def __init__(self, library: Callable[[], Library | None], parent: QObject) -> None:
        super().__init__(parent)
        self._library = library
        self._facts: ServedFacts | None = None
        self._figures: OrderedDict[object, ServedFigures] = OrderedDict()
        self._base: CatalogueView | None = None
        self._now: ServedFigures | None = None
        self._shown: _Shown | None = None
        self._settled: CatalogueView | None = None
        self._rows: Callable[[], Sequence[int]] = tuple
        self._runner = LatestJobRunner(self)
        self._runner.finished.connect(self._answered)
        self._runner.failed.connect(self.failed)

    @property
    def filling(self) -> bool:
        """True while figures are being made."""
        return self._runner.busy

    @property
    def progress(self) -> tuple[int, int]:
        """Models answered, and how many there are."""
        if self._now is None:
            return 0, 0
        return int(self._now.done.sum()), len(self._now.done)

    def knows(self, row: int) -> bool:
        """Whether a model is answered for the view asked for last."""
        return self._now is not None and bool(self._now.done[row])

    def shutdown(self) -> None:
        """Wait for what runs and drop the rest."""
        self._runner.shutdown()

    def stop(self) -> None:
        """Nothing more is wanted."""
        self._runner.cancel()
        self._base = self._now = None

    def dressed(self, base: CatalogueView, rows: Callable[[], Sequence[int]]) -> CatalogueView:
        """The view to show now; what is missing is made, and told by ``filled``.

        Parameters
        ----------
        base : CatalogueView
            Of llama.cpp for the same question.
        rows : callable
            Models listed, in order: they are answered first.
        """
        engine = base.wishes.engine
        library = self._library()
        if engine == "llama.cpp" or library is None:
            self.stop()
            return base
        from planner.vllm.list_view import figures_for
        from ui.kept_answers import machine_key

        key = (machine_key(base.machine), replace(base.wishes, engine="vllm"))
        figures = self._figures.get(key)
        if figures is None:
            figures = figures_for(base)
        self._figures[key] = figures
        self._figures.move_to_end(key)
        while len(self._figures) > KEPT_FIGURES:
            self._figures.popitem(last=False)
        other = self._now is not figures
        if other:
            self._runner.cancel()
        self._base, self._now, self._rows = base, figures, rows
        view = self._view(library)
        if not figures.complete and (other or not self._runner.busy):
            self._more(library)
        return view

    def order_source(self, view: CatalogueView) -> CatalogueView:
        """The view whose figures order the list: that of the question before while those of a view are being made."""
        if view.settled:
            return view
        last = self._settled
        same = last is not None and last.engine == view.engine and last.machine == view.machine
        if last is not None and same and last.wishes.use == view.wishes.use:
            return last
        return view if self._base is None else self._base

    def _view(self, library: Library) -> CatalogueView:
        from planner.vllm.list_view import served_facts, served_view

        base, figures = self._base, self._now
        assert base is not None
        assert figures is not None
        both, n_done = base.wishes.engine == "any", int(figures.done.sum())
        shown = self._shown
        if shown is not None and (shown.base, shown.both, shown.n_done) == (base.serial, both, n_done):
            return shown.view
        if self._facts is None:
            self._facts = served_facts(library, base.facts)
        view = served_view(library, base, self._facts, figures, both)
        self._shown = _Shown(base.serial, both, n_done, view)
        if view.settled:
            self._settled = view
        return view

    def _more(self, library: Library) -> None:
        from planner.vllm.list_view import waiting_rows

        base, figures = self._base, self._now
        if base is None or figures is None:
            return
        rows = waiting_rows(base, figures, list(self._rows()))
        if rows:
            work = partial(_answer, library, base.machine, base.wishes, rows)
            self._runner.submit(work)

    def _answered(self, answered: Any) -> None:
        library = self._library()
        if library is None or self._now is None:
            return
        self._now.take(answered)
        view = self._view(library)
        self._more(library)
        self.filled.emit(view)


def _answer(library: Library, machine: Any, wishes: Any, rows: list[int]) -> Any:
    from planner.vllm.figures import answer_rows

    with brisk():
        return answer_rows(library, machine, wishes, rows, BATCH_SECONDS)
