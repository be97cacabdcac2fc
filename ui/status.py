"""The status bar: how many models are shown, what is provisional, how old the data is, and what waits for a restart."""

from __future__ import annotations

import datetime

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QStatusBar

from planner.data_dates import STALE_DAYS, age_in_days, catalogue_date
from ui.session import PlannerSession
from ui.widgets.prepared_text import ink
from ui.widgets.text_block import ValueText
from ui.words import number, tr

FAULT_MS = 12_000
TOLD_MS = 4000


def age_hint(date: str, today: datetime.date | None = None) -> str:
    """Hint on data older than :data:`STALE_DAYS`; empty while it is not."""
    age = age_in_days(date, today)
    if age is None or age <= STALE_DAYS:
        return ""
    return tr("The data is of {date}, {n} days old: a newer version may know more models").format(
        date=date, n=age
    )


class StatusLine(QObject):
    """Texts of the status bar.

    Signals
    -------
    restart_asked
        Start the program again, for what was chosen to take effect.
    """

    restart_asked = Signal()

    def __init__(self, bar: QStatusBar, session: PlannerSession) -> None:
        super().__init__(bar)
        self._bar, self._session = bar, session
        self.left = ValueText("second", None, Qt.AlignmentFlag.AlignLeft, False, "window")
        self.left.setContentsMargins(9, 2, 8, 2)
        self.left.setFixedHeight(ink(12).height + 4)
        self.right = QLabel()
        self.restart = QPushButton(tr("Restart now"))
        self.restart.setProperty("kind", "link")
        self.restart.clicked.connect(self.restart_asked)
        self.restart.hide()
        bar.setSizeGripEnabled(False)
        bar.addWidget(self.left, 1)
        bar.addPermanentWidget(self.restart)
        bar.addPermanentWidget(self.right)
        session.order_changed.connect(lambda _o: self.show_counts())
        session.machine_changed.connect(lambda _s: self.show_counts())
        session.library_ready.connect(self.show_dates)
        self.show_counts()

    def tell(self, text: str, fault: bool) -> None:
        """Say one line for a few seconds."""
        self._mark(fault)
        self._bar.showMessage(text, FAULT_MS if fault else TOLD_MS)

    def _mark(self, fault: bool) -> None:
        """Let a fault look like one."""
        if bool(self._bar.property("fault")) != fault:
            self._bar.setProperty("fault", fault)
            self._bar.style().unpolish(self._bar)
            self._bar.style().polish(self._bar)

    def show_counts(self) -> None:
        """Show how many models the list holds, and what is not sure about them."""
        order, view = self._session.order, self._session.view
        facts = None if view is None else view.facts
        if order is None or facts is None:
            self.left.setText(tr("Reading the catalogue…"))
            return
        parts = [
            tr("{n} of {all} models shown").format(n=number(len(order.rows)), all=number(len(facts.ids)))
        ]
        state = self._session.machine_state
        if state.provisional:
            parts.append(tr("provisional: this machine is still being looked at"))
        elif state.failed and state.own:
            parts.append(tr("{n} probe(s) failed").format(n=len(state.failed)))
        parts.append(tr("every number is an estimate; select a model to see why"))
        self.left.setText(" · ".join(parts))

    def show_dates(self, today: datetime.date | None = None) -> None:
        """Show the date of the data."""
        if self._session.library is None:
            return
        date = catalogue_date()
        hint = age_hint(date, today)
        self.right.setText(hint or tr("Data of {date} · Offline").format(date=date or tr("unknown date")))
        self.right.setProperty("role", "warning" if hint else "")
        self.right.style().unpolish(self.right)
        self.right.style().polish(self.right)
        self.right.setToolTip(tr("No network connection is made; every figure is an estimate."))
