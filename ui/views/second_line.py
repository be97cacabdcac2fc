"""One line that says how the model of the plan does on the machine compared with."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from ui.session import PlannerSession


class SecondLine(QLabel):
    """``On 2× RTX 3090: all on the GPU, 30–41 tok/s``; hidden while nothing is compared with."""

    def __init__(self, session: PlannerSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", "second")
        self.setWordWrap(True)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        session.second.view_changed.connect(self.tell)
        session.second.machine_changed.connect(self.tell)
        session.plan_changed.connect(self.tell)
        self.tell()

    def tell(self, *_changed: object) -> None:
        """Say it of the plan that is shown."""
        plan, second = self._session.plan, self._session.second
        shown = plan is not None and second.machine is not None
        text = ""
        if plan is not None and shown:
            text = second.line(plan.model_id, plan.quant)
        if text != self.text():
            self.setText(text)
        self.setVisible(bool(text))
