"""The map: models, or the quantizations of one, against contexts; with its legend and the sum of one cell."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from planner import units
from ui.jobs import LatestJobRunner
from ui.selection import Selection
from ui.session import PlannerSession
from ui.views.legend import Legend
from ui.views.map_cells import MapGridView
from ui.views.sum_strip import SumStrip
from ui.vllm_map import ServedMap
from ui.widgets.segmented import Segmented
from ui.words import tr

if TYPE_CHECKING:
    from planner.catalogue_view import CatalogueView
    from planner.map_grid import MapGrid


class MapView(QWidget):
    """Map with its legend, its sum and what its cells show.

    Signals
    -------
    plan_asked
        Look at the plan of the selected cell.
    """

    plan_asked = Signal()

    def __init__(self, session: PlannerSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._models_grid: MapGrid | None = None
        self._asked: tuple[int, int] | None = None
        self._quant_runner = LatestJobRunner(self)
        self._quant_runner.finished.connect(self._show_quants)
        self._quant_runner.failed.connect(lambda fault: session.told.emit(str(fault), True))
        session.closing.connect(self._quant_runner.shutdown)
        self._served = ServedMap(self)
        self._served.filled.connect(self._show_quants)
        self._served.failed.connect(lambda fault: session.told.emit(str(fault), True))
        session.closing.connect(self._served.shutdown)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        top = QHBoxLayout()
        top.setContentsMargins(12, 6, 12, 2)
        top.setSpacing(8)
        self.rows = Segmented(tr("Rows"), (("models", tr("Models")), ("quants", tr("Quants of one"))))
        self.rows.chosen.connect(lambda _key: self._rows_chosen())
        self.number = Segmented(tr("Number in the cells"), (("speed", tr("tok/s")), ("left", tr("GiB left"))))
        self.number.chosen.connect(self._number)
        for text, widget in ((tr("Rows"), self.rows), (tr("Number"), self.number)):
            label = QLabel(text)
            label.setProperty("role", "second")
            top.addWidget(label)
            top.addWidget(widget)
        top.addStretch(1)
        layout.addLayout(top)
        middle = QHBoxLayout()
        middle.setContentsMargins(12, 2, 12, 2)
        self.legend = Legend()
        middle.addWidget(self.legend)
        layout.addLayout(middle)
        self.grid_view = MapGridView(session)
        self.keyboard = self.grid_view
        layout.addWidget(self.grid_view, 1)
        self.empty = QLabel(tr("No model passes all filters. Remove one of the chips above."))
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.empty.setProperty("role", "second")
        self.empty.hide()
        layout.addWidget(self.empty, 1)
        foot = QLabel(
            tr(
                "thick line: largest context that stays on the GPU · black corner: past the trained context, "
                "needs YaRN · – not offered · arrow keys move, Enter opens the plan"
            )
        )
        foot.setProperty("role", "hint")
        foot.setWordWrap(True)
        foot.setContentsMargins(12, 4, 12, 4)
        layout.addWidget(foot)
        self.sum = SumStrip()
        self.sum.keep_notes(session.second.machine is not None)
        session.second.machine_changed.connect(lambda machine: self.sum.keep_notes(machine is not None))
        layout.addWidget(self.sum)
        session.map_changed.connect(self._show_models)
        session.view_changed.connect(lambda _view: self._ask_quants())
        session.selection_changed.connect(lambda _selection: self._selection_changed())
        session.second.view_changed.connect(lambda _view: self._say(*self._last_cell))
        self._last_cell = (-1, -1)
        self.grid_view.cell_changed.connect(self._say)
        self.grid_view.cell_chosen.connect(self._cell_chosen)
        self.grid_view.plan_asked.connect(self.plan_asked)
        self.grid_view.pin_asked.connect(session.pin)

    @property
    def busy(self) -> bool:
        """True while the quantizations of a model are being evaluated."""
        return self._quant_runner.busy or self._served.busy

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self.grid_view.apply_theme()
        self.legend.update()
        self.sum.update()

    def _number(self, key: str) -> None:
        self.grid_view.show_headroom = key == "left"
        self.grid_view.viewport().update()

    # -- which rows

    @property
    def by_quant(self) -> bool:
        """Whether the rows are the quantizations of one model."""
        return self.rows.key == "quants"

    def _show_models(self, grid: MapGrid | None) -> None:
        self._models_grid = grid
        if not self.by_quant:
            self._show(grid)

    def _show(self, grid: MapGrid | None) -> None:
        self.grid_view.by_quant = self.by_quant
        self.grid_view.setVisible(grid is not None)
        self.empty.setVisible(grid is None)
        self.grid_view.show_grid(grid)

    def _rows_chosen(self) -> None:
        self._asked = None
        if self.by_quant:
            self._ask_quants()
        else:
            self._quant_runner.cancel()
            self._served.stop()
            self._show(self._models_grid)

    def _selection_changed(self) -> None:
        if self.by_quant:
            self._ask_quants()
        elif self.grid_view.shows_selection():
            return
        self.grid_view.follow()
        self.grid_view.reveal_cursor()

    def _model_row(self, view: CatalogueView) -> int:
        """Model whose quantizations are shown: the selected one, else the first of the list."""
        selection, order = self._session.selection, self._session.order
        if selection is not None and selection.model_id in view.facts.row_of:
            return view.facts.row_of[selection.model_id]
        return int(order.rows[0]) if order is not None and len(order.rows) else -1

    def _ask_quants(self) -> None:
        session = self._session
        library, facts, view = session.library, session.facts, session.view
        if not self.by_quant or library is None or facts is None or view is None:
            return
        row = self._model_row(view)
        if row < 0:
            self._show(None)
            return
        if self._asked == (view.serial, row):
            return
        self._asked = (view.serial, row)
        from planner.catalogue_view import quants_of
        from planner.map_grid import map_grid

        quants = np.array(quants_of(view, row), dtype=np.int64)
        rows = np.full(len(quants), row, dtype=np.int64)
        if view.engine != "llama.cpp":
            self._quant_runner.cancel()
            self._served.ask(library, view, rows, quants)
            return
        self._served.stop()
        self._quant_runner.submit(
            partial(map_grid, library, facts, view.machine, view.wishes, rows, quants, stretched=True)
        )

    def _show_quants(self, grid: MapGrid) -> None:
        if self.by_quant:
            self._show(grid)

    # -- one cell

    def _say(self, row: int, column: int) -> None:
        self._last_cell = (row, column)
        session, grid = self._session, self.grid_view.grid
        name, notes = "", []
        if grid is not None and 0 <= row < len(grid.rows):
            facts = grid.facts
            name = self.grid_view.row_name(row)
            if column >= 0:
                name += f" {units.tokens(grid.contexts[column])}"
            second = session.second.line(facts.ids[int(grid.rows[row])], facts.quants[int(grid.quants[row])])
            if second:
                at = units.tokens(session.wishes.n_ctx)
                notes.append(tr("{line} (at {context})").format(line=second, context=at))
        self.sum.show_cell(grid, row, column, name, tuple(notes))

    def _cell_chosen(self, row: int, column: int) -> None:
        grid = self.grid_view.grid
        if grid is None:
            return
        facts = grid.facts
        quant = facts.quants[int(grid.quants[row])] if self.by_quant else None
        offered, n_ctx = bool(grid.offered[row, column]), grid.contexts[column]
        self._session.select(Selection(facts.ids[int(grid.rows[row])], quant))
        if offered:
            self._session.edit_wishes(tr("context"), n_ctx=n_ctx)
