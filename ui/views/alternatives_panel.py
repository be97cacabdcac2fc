"""Other plans one click away: what fits instead when this does not, and neighbours of what does."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from planner.plan import Plan
from ui.selection import Selection
from ui.session import PlannerSession
from ui.views.plan_line import PlanLine
from ui.words import shown, tr

if TYPE_CHECKING:
    from planner.nearest import NearestFit


class AlternativesPanel(QWidget):
    """Alternatives of the plan shown."""

    def __init__(self, session: PlannerSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._plans: Sequence[Plan] = ()
        self._stale = False
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 8, 0, 0)
        self._layout.setSpacing(2)
        self._none = QLabel(tr("No other quantization of this model is published."))
        self._none.setWordWrap(True)
        self._none.setProperty("role", "second")
        self._layout.addWidget(self._none)
        self._layout.addStretch(1)
        self.lines: list[PlanLine] = []

    def show_plans(self, plans: Sequence[Plan]) -> None:
        """Show other alternatives, now or when they are looked at."""
        self._plans = plans
        self._stale = True
        if self.isVisible():
            self._fill()

    def showEvent(self, event: object) -> None:
        """Fill in what changed while it was hidden."""
        if self._stale:
            self._fill()

    def _fill(self) -> None:
        self._stale = False
        plans = self._plans
        while len(self.lines) < len(plans):
            line = PlanLine()
            line.clicked.connect(partial(self._take, len(self.lines)))
            self._layout.insertWidget(len(self.lines), line)
            self.lines.append(line)
        for index, line in enumerate(self.lines):
            if line.isHidden() == (index < len(plans)):
                line.setVisible(index < len(plans))
            if index < len(plans):
                line.show_plan(plans[index], plans[index].quant or plans[index].model_name)
        if self._none.isHidden() != bool(plans):
            self._none.setVisible(not plans)

    def _take(self, index: int) -> None:
        if index < len(self._plans):
            plan = self._plans[index]
            self._session.select(Selection(plan.model_id, plan.quant))


class NearestPanel(QFrame):
    """What fits instead of a plan that does not; one click asks for it."""

    def __init__(self, session: PlannerSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("fieldCard")
        self._session = session
        self._found: Sequence[NearestFit] = ()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(8, 8, 8, 8)
        self._layout.setSpacing(2)
        self.title = QLabel(tr("What would fit"))
        self.title.setProperty("role", "heading")
        self._layout.addWidget(self.title)
        self.lines: list[PlanLine] = []
        self.hide()

    def show_found(self, found: Sequence[NearestFit], fits: bool) -> None:
        """Show other ways out; hidden while the plan fits."""
        self._found = found
        while len(self.lines) < len(found):
            line = PlanLine()
            line.clicked.connect(partial(self._take, len(self.lines)))
            self._layout.addWidget(line)
            self.lines.append(line)
        for index, line in enumerate(self.lines):
            if line.isHidden() == (index < len(found)):
                line.setVisible(index < len(found))
            if index < len(found):
                line.show_plan(found[index].plan, shown(found[index].what))
        title = tr("What would fit") if found else tr("Nothing that was tried would fit on this machine.")
        if self.title.text() != title:
            self.title.setText(title)
        if self.isHidden() != fits:
            self.setVisible(not fits)

    def _take(self, index: int) -> None:
        if index >= len(self._found):
            return
        chosen = self._found[index]
        changes: dict[str, object] = {}
        if chosen.n_ctx is not None:
            changes["n_ctx"] = chosen.n_ctx
        if chosen.cache_type is not None:
            changes |= {"cache_type_k": chosen.cache_type, "cache_type_v": chosen.cache_type}
        if chosen.engine is not None:
            changes["engine"] = chosen.engine
        self._session.select(Selection(chosen.model_id, chosen.quant))
        if changes:
            self._session.edit_wishes(tr("what fits"), **changes)
