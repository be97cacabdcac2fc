"""Quality against speed: the models of the list that somebody scored, and those no other one beats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from planner import units
from planner.view_pareto import QualityPoints, Scores, quality_points, scores_of
from ui import theme
from ui.models.catalogue_model import fit_words
from ui.selection import Selection
from ui.session import PlannerSession
from ui.views.legend import Legend
from ui.widgets.scatter_chart import ScatterChart
from ui.words import short_number, tr

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from planner.model_facts import Facts


class ScatterView(QWidget):
    """The chart with its legend, what it leaves out, and what is said of one point.

    Signals
    -------
    plan_asked
        Look at the plan of the selected point.
    """

    plan_asked = Signal()

    def __init__(self, session: PlannerSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._scores: dict[str, Scores] = {}
        self._drawn_for: tuple[Facts, str] | None = None
        self._stale = True
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        top = QHBoxLayout()
        top.setContentsMargins(12, 6, 12, 4)
        self.legend = Legend()
        top.addWidget(self.legend, 1)
        layout.addLayout(top)
        self.left_out = QLabel()
        self.left_out.setProperty("role", "second")
        self.left_out.setWordWrap(True)
        self.left_out.setContentsMargins(12, 0, 12, 4)
        layout.addWidget(self.left_out)
        self.chart = ScatterChart()
        self.keyboard = self.chart
        layout.addWidget(self.chart, 1)
        self.empty = QLabel()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.empty.setProperty("role", "second")
        self.empty.setMargin(24)
        self.empty.setText(tr("Reading the catalogue…"))
        self.chart.hide()
        layout.addWidget(self.empty, 1)
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self.said.setObjectName("sumLine")
        self.said.setContentsMargins(12, 5, 12, 5)
        self.said.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.said.setProperty("role", "second")
        self.said.setFixedHeight(3 * QFontMetrics(theme.ui_font(12)).lineSpacing() + 16)
        layout.addWidget(self.said)
        self.chart.pointed.connect(self._say)
        self.chart.chosen.connect(self._choose)
        self.chart.plan_asked.connect(self.plan_asked)
        self.chart.pin_asked.connect(session.pin)
        session.order_changed.connect(lambda _order: self._refresh())
        session.selection_changed.connect(lambda _selection: self._follow())

    @property
    def points(self) -> QualityPoints | None:
        """What is drawn."""
        return self.chart.points

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self.legend.update()
        self.chart.apply_theme()
        self.said.setFixedHeight(3 * QFontMetrics(theme.ui_font(12)).lineSpacing() + 16)

    def showEvent(self, event: QShowEvent) -> None:
        """Take over what changed while it was hidden."""
        super().showEvent(event)
        if self._stale:
            self._refresh()

    def _refresh(self) -> None:
        session = self._session
        library, facts, view, order = session.library, session.facts, session.view, session.order
        self._stale = not self.isVisible() or library is None
        if self._stale or library is None or facts is None or view is None or order is None:
            return
        use = view.wishes.use
        self._drawn_for = view.facts, use
        if use not in self._scores:
            self._scores[use] = scores_of(library, use)
        points = quality_points(view, order.rows, self._scores[use])
        names = [facts.names[row] for row in points.rows.tolist()]
        self.chart.show_points(points, names, self._place_of_selection(points))
        self.left_out.setText(self._left_out(points))
        none = not len(points.rows)
        self.chart.setVisible(not none)
        self.empty.setVisible(none)
        self.empty.setText(
            tr("No model of the list that fits has a published {benchmark} score.").format(
                benchmark=points.benchmark
            )
        )
        self._say(self.chart.current)

    def _left_out(self, points: QualityPoints) -> str:
        parts = [
            tr("{n} models by published {benchmark} score of the unquantized model").format(
                n=len(points.rows), benchmark=points.benchmark
            )
        ]
        for count, text in (
            (points.n_unscored, tr("{n} without a score are not drawn")),
            (points.n_too_large, tr("{n} do not fit")),
            (points.n_no_speed, tr("{n} have no known speed")),
        ):
            if count:
                parts.append(text.format(n=count))
        parts.append(tr("dashed: nothing is both better and faster"))
        return "; ".join(parts)

    def _place_of_selection(self, points: QualityPoints) -> int:
        facts, selection = self._session.facts, self._session.selection
        if facts is None or selection is None or selection.model_id not in facts.row_of:
            return -1
        found = np.flatnonzero(points.rows == facts.row_of[selection.model_id])
        return int(found[0]) if len(found) else -1

    def _follow(self) -> None:
        if self.points is not None and not self._stale:
            self.chart.select(self._place_of_selection(self.points))
            self._say(self.chart.current)

    def _choose(self, index: int) -> None:
        facts, points = self._session.facts, self.points
        if facts is not None and points is not None:
            self._session.select(Selection(facts.ids[int(points.rows[index])]))

    def sentence(self, index: int) -> str:
        """One point in words."""
        points = self.points
        if points is None or self._drawn_for is None or not 0 <= index < len(points.rows):
            return ""
        facts, use = self._drawn_for  # the list may be of another engine, with other quantizations, by now
        row = int(points.rows[index])
        score = self._scores[use].entries[row]
        assert score is not None
        low, high = float(points.decode_p10[index]), float(points.decode_p90[index])
        text = tr(
            "{name} {quant}: {benchmark} {score} % ({setting}; {source}, read {date}), {low}–{high} tok/s, {fit}"
        ).format(
            name=facts.names[row],
            quant=facts.quants[int(points.quants[index])],
            benchmark=points.benchmark,
            score=short_number(float(points.score[index])),
            setting=score.setting,
            source=score.source,
            date=score.date,
            low=units.rate(low),
            high=units.rate(high),
            fit=fit_words(int(points.fit[index])),
        )
        if points.front[index]:
            text += " · " + tr("nothing in the list is both better and faster")
        return text

    def _say(self, index: int) -> None:
        text = self.sentence(index)
        self.said.setToolTip(text)
        self.said.setText(
            text
            or tr("Point at a mark, or use the arrow keys: left and right by speed, up and down by score")
        )
        self.chart.setAccessibleDescription(self.sentence(self.chart.current))
