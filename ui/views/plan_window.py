"""The plan in a window of its own: beside each other what it is and how to run it; it follows the main window."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from planner import units
from planner.plan import Plan
from ui.answers import Answer
from ui.session import PlannerSession
from ui.views.plan_details import PlanDetails
from ui.words import tr


class PlanWindow(QWidget):
    """The plan pane, pulled out."""

    def __init__(self, session: PlannerSession, shell: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("planPane")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self.setMinimumSize(QSize(720, 420))
        self.resize(1240, 920)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.details = PlanDetails(session, shell, wide=True)
        layout.addWidget(self.details)
        self._session = session
        session.plan_changed.connect(self._name)
        self._follow()
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setFocus()

    def _follow(self) -> None:
        """Show what the session has now."""
        session = self._session
        self.details.show_answer(session.plan, session.answer)
        self._name(session.plan, session.answer)

    def _name(self, plan: Plan | None, _answer: Answer | None) -> None:
        if plan is None:
            self.close()
            return
        name = f"{plan.model_name} {plan.quant or ''}".strip()
        if plan.n_ctx:
            name = tr("{name} at {n}").format(name=name, n=units.tokens(plan.n_ctx))
        self.setWindowTitle(tr("{name} — Plan").format(name=name))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes it."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
            return
        super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """It is made anew when asked for again."""
        event.accept()
        self.deleteLater()

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self.details.apply_theme()
