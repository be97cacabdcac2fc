"""The plan pane: the selected plan in full, or first steps while there is none; it can be pulled out into a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from ui.answers import Answer
from ui.session import PlannerSession
from ui.views.first_steps import FirstSteps
from ui.views.plan_details import PlanDetails

if TYPE_CHECKING:
    from planner.plan import Plan
    from ui.views.plan_window import PlanWindow


class PlanPane(QFrame):
    """Everything about the selected plan.

    Signals
    -------
    report_asked
        Export this plan.
    """

    report_asked = Signal()

    def __init__(self, session: PlannerSession, shell: str = "posix", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        from ui.words import tr

        self.setObjectName("planPane")
        self.setAccessibleName(tr("Plan"))
        self._session = session
        self.window_of_plan: PlanWindow | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.first_steps = FirstSteps()
        layout.addWidget(self.first_steps)
        self.content = PlanDetails(session, shell)
        self.content.report_asked.connect(self.report_asked)
        self.content.window_asked.connect(self.pull_out)
        self.content.hide()
        layout.addWidget(self.content)
        details = self.content
        self.split, self.lower, self.tabs = details.split, details.lower, details.tabs
        self.title, self.subtitle, self.stale = details.title, details.subtitle, details.stale
        self.verdict, self.bars, self.strip = details.verdict, details.bars, details.strip
        self.nearest, self.engines, self.alternatives = details.nearest, details.engines, details.alternatives
        self.command, self.why, self.pin, self.export = (
            details.command,
            details.why,
            details.pin,
            details.export,
        )
        controls = details.controls
        self.context, self.context_value = controls.context, controls.context_value
        self.experts, self.experts_value = controls.experts, controls.experts_value
        self.curve, self.context_curve, self.back = controls.curve, controls.context_curve, controls.back
        self.cache_k, self.cache_v = controls.cache_k, controls.cache_v
        session.plan_changed.connect(self._plan_changed)

    @property
    def hint(self) -> QFrame:
        """The card of first steps."""
        return self.first_steps.hint

    @property
    def hide_hint(self) -> QPushButton:
        """Hides the card."""
        return self.first_steps.hide_hint

    def _plan_changed(self, plan: Plan | None, _answer: Answer | None) -> None:
        if self.content.isHidden() == (plan is not None):
            self.first_steps.setVisible(plan is None)
            self.content.setVisible(plan is not None)

    def pull_out(self) -> None:
        """Show the plan in a window of its own, or bring that to the front."""
        if self._session.plan is None:
            return
        if self.window_of_plan is None:
            from ui.views.plan_window import PlanWindow

            window = PlanWindow(self._session, str(self.command.shell.currentData()), self.window())
            window.details.report_asked.connect(self.report_asked)
            window.details.command.copied.connect(self.command.copied)
            window.destroyed.connect(self._window_gone)
            self.window_of_plan = window
            window.show()
        self.window_of_plan.raise_()
        self.window_of_plan.activateWindow()

    def _window_gone(self) -> None:
        self.window_of_plan = None

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self.content.apply_theme()
        if self.window_of_plan is not None:
            self.window_of_plan.apply_theme()
