"""What there is to report: the plan shown, the pinned plans, the ranking; asked for anew only when it changed."""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, Qt

from planner.report.blocks import Kind
from planner.report.request import ReportRequest
from planner.words import language
from ui.session import PlannerSession

if TYPE_CHECKING:
    from planner.machine import Machine
    from planner.plan import Plan
    from planner.wishes import Wishes

_NOT_IN_NAMES = re.compile(r"[^\w.+-]+")


class ReportContent:
    """What a session has to report, in the language of the window."""

    def __init__(self, session: PlannerSession) -> None:
        self._session = session
        self._asked: tuple[object, ...] = ()
        self._held: tuple[object, ...] = ()
        self._request: ReportRequest | None = None
        self._stop = threading.Event()  # ends the ranking that is being planned for the request before

    def request(self, kind: Kind, date: QDate, writing: bool = False) -> ReportRequest | None:
        """What is to be reported now; None while there is nothing. The same as before while nothing changed.

        Parameters
        ----------
        kind : Kind
        date : QDate
            Date of the report.
        writing : bool
            True while a file is written: its ranking is finished.
        """
        session = self._session
        held = (session.plan, session.view, session.order, *session.pins)
        asked = (kind, date, tuple(map(id, held)))
        if asked != self._asked or self._request is None:
            self.stop_planning(writing)
            self._asked, self._held, self._request = asked, held, self._new(kind, date)
        return self._request

    def _new(self, kind: Kind, date: QDate) -> ReportRequest | None:
        session, day = self._session, date.toString(Qt.DateFormat.ISODate)
        view, spoken = session.view, language()
        if kind == "plan":
            plan = session.plan
            if plan is None or view is None:
                return None
            return ReportRequest("plan", _given(plan), view.machine, view.wishes, day, spoken)
        if kind == "comparison":
            pins = session.pins
            if len(pins) < 2:
                return None
            machines: tuple[Machine, ...] = tuple(p.planned_for or session.machine for p in pins)
            asked: tuple[Wishes | None, ...] = tuple(p.wishes for p in pins)
            return ReportRequest("comparison", _given(*(p.plan for p in pins)), machines, asked, day, spoken)
        library, order = session.library, session.order
        if library is None or order is None or view is None or not view.complete:
            return None

        self._stop = stop = threading.Event()

        def ranked() -> tuple[Plan, ...]:
            from planner.report.view_ranking import plans_of_view

            return plans_of_view(library, view, order, stop.is_set)  # type: ignore[arg-type]

        return ReportRequest("ranking", functools.cache(ranked), view.machine, view.wishes, day, spoken)

    def stop_planning(self, writing: bool = False) -> None:
        """Let nobody wait for a ranking of many models that is only looked at; one that is written is finished."""
        if not writing:
            self._stop.set()
            self._request = None

    def file_stem(self, kind: Kind) -> str:
        """Name of a file without its ending."""
        stem = {"comparison": "hardware-fit-comparison", "ranking": "hardware-fit-ranking"}.get(kind)
        if stem is not None:
            return stem
        plan = self._session.plan
        name = "hardware" if plan is None else f"{plan.model_name}-{plan.quant or ''}"
        return f"{_NOT_IN_NAMES.sub('-', name).strip('-.')[:80] or 'model'}-fit"


def _given(*plans: Plan) -> Callable[[], tuple[Plan, ...]]:
    return lambda: plans
