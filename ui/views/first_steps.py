"""What the plan pane says while no model is selected: first steps, and the keys."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ui.widgets.wrapped import Wrapped
from ui.words import tr


class FirstSteps(QWidget):
    """Shown in place of a plan."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(8)
        title = QLabel(tr("No model selected"))
        title.setProperty("role", "title")
        layout.addWidget(title)
        text = Wrapped("second")
        text.setText(
            tr(
                "Select one in the list. Its plan appears here: where every part goes, how fast it runs, "
                "and the command to start it."
            )
        )
        layout.addWidget(text)
        self.hint = QFrame()
        self.hint.setObjectName("fieldCard")
        card = QVBoxLayout(self.hint)
        card.setContentsMargins(14, 10, 14, 12)
        card.setSpacing(8)
        head = QHBoxLayout()
        first = QLabel(tr("First steps"))
        first.setProperty("role", "strong")
        head.addWidget(first, 1)
        self.hide_hint = QPushButton(tr("Hide"))
        self.hide_hint.setProperty("kind", "link")
        head.addWidget(self.hide_hint)
        card.addLayout(head)
        steps = (
            (
                tr("Check the machine above"),
                tr("Click a part to see where its value comes from, or to enter your own."),
            ),
            (
                tr("Say what you need on the left"),
                tr("Use, context length, users at once, and the least speed you accept."),
            ),
            (tr("Pick a model, then copy its command"), tr("Every number opens to its formula and source.")),
        )
        for position, (strong, rest) in enumerate(steps, start=1):
            label = QLabel(f"{position}  {strong}")
            label.setProperty("role", "strong")
            more = Wrapped("second")
            more.setText(rest)
            more.setContentsMargins(16, 0, 0, 0)
            card.addWidget(label)
            card.addWidget(more)
        layout.addWidget(self.hint)
        keys = (
            ("Ctrl+F", tr("Search")),
            ("Ctrl+1, 2, 3", tr("List, map, quality against speed")),
            ("Ctrl+Shift+C", tr("Copy the command")),
            ("Ctrl+K", tr("Compare pinned plans")),
            ("Ctrl+E", tr("Export")),
        )
        for key, words in keys:
            row = QHBoxLayout()
            shown = QLabel(key)
            shown.setProperty("role", "second")
            shown.setFixedWidth(120)
            row.addWidget(shown)
            row.addWidget(QLabel(words), 1)
            layout.addLayout(row)
        layout.addStretch(1)
