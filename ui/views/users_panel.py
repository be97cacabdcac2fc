"""Decode speed against the number of users at once: all together and each, with those who wait."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from planner import units
from planner.text import speed
from ui.words import shown, tr

if TYPE_CHECKING:
    from planner.serving import ServedPoint

RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class UsersPanel(QWidget):
    """The points of a plan for several users as a table; the number asked for is strong."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._points: tuple[ServedPoint, ...] = ()
        self._asked = 0
        self._stale = False
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 8, 0, 0)
        box.setSpacing(6)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(18)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(4, 1)
        box.addLayout(self._grid)
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setProperty("role", "hint")
        box.addWidget(self.note)
        box.addStretch(1)
        heads = (tr("Users"), tr("At once"), tr("Together, tok/s"), tr("Each, tok/s"))
        for column, text in enumerate(heads):
            self._cell(0, column, text).setProperty("role", "second")
        self._rows: list[list[QLabel]] = []

    @property
    def texts(self) -> list[list[str]]:
        """Texts of the rows shown."""
        return [[cell.text() for cell in row] for row in self._rows if not row[0].isHidden()]

    def show_points(self, points: Sequence[ServedPoint], asked: int) -> None:
        """Show other points, now or when they are looked at.

        Parameters
        ----------
        points : sequence of ServedPoint
        asked : int
            Users the plan is made for.
        """
        self._points, self._asked, self._stale = tuple(points), asked, True
        if self.isVisible():
            self._fill()

    def showEvent(self, event: object) -> None:
        """Fill in what changed while it was hidden."""
        if self._stale:
            self._fill()

    def _cell(self, row: int, column: int, text: str = "") -> QLabel:
        label = QLabel(text)
        label.setAlignment(RIGHT)
        self._grid.addWidget(label, row, column)
        return label

    def _fill(self) -> None:
        self._stale = False
        while len(self._rows) < len(self._points):
            self._rows.append([self._cell(len(self._rows) + 1, column) for column in range(4)])
        for index, row in enumerate(self._rows):
            there = index < len(self._points)
            for label in row:
                label.setVisible(there)
            if not there:
                continue
            point = self._points[index]
            texts = (
                f"{point.concurrency:,}",
                f"{point.running:,.0f}",
                shown(speed(point.aggregate_tps)),
                units.rate(point.per_user_tps),
            )
            for label, text in zip(row, texts, strict=True):
                label.setText(text)
                role = "strong" if point.concurrency == self._asked else ""
                if label.property("role") != role:
                    label.setProperty("role", role)
                    label.style().polish(label)
        waiting = any(p.running < p.concurrency for p in self._points)
        self.note.setText(
            tr("Users beyond those answered at once wait for a free place; “each” has their waiting in it.")
            if waiting
            else tr("All of them are answered at once.")
        )
