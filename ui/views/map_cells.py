"""The cells of the map: a class by letter and lightness, a number, the largest context that stays on the GPU."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from planner import units
from planner.fit_class import FIT_LETTERS, FitClass
from ui import theme
from ui.models.catalogue_model import fit_words
from ui.session import PlannerSession
from ui.views.row_painter import RowPainter, hatch
from ui.words import number, tr

if TYPE_CHECKING:
    from planner.map_grid import MapGrid
    from planner.model_facts import Facts

ROW = 26
HEAD = 30
WIDE_CELL = 54
"""Width from which a cell is drawn at the design's text size. [px]"""
NARROW_CELL = 41
"""Width a cell keeps for a letter and three figures. [px]"""
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class MapGridView(QAbstractScrollArea):
    """Cells of the map; arrow keys move, Enter opens the plan, Space pins.

    Rows are models, or the quantizations of one model.

    Signals
    -------
    cell_changed
        The pointer or the cursor is on another cell. args: row, column (-1 = none).
    cell_chosen
        A cell was selected. args: row, column.
    plan_asked, pin_asked
        Enter, Space.
    """

    cell_changed = Signal(int, int)
    cell_chosen = Signal(int, int)
    plan_asked = Signal()
    pin_asked = Signal()

    def __init__(self, session: PlannerSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Map of models and contexts"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setMouseTracking(True)
        self._session = session
        self._painter = RowPainter()
        self.grid: MapGrid | None = None
        self.cursor_cell = (0, 0)
        self.show_headroom = False
        self.by_quant = False
        """True when the rows are quantizations of one model."""
        self._hover = (-1, -1)

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self._painter.refresh()
        self.viewport().update()

    def show_grid(self, grid: MapGrid | None) -> None:
        """Show other figures."""
        before = self.cursor_cell[0]
        first = self.grid is None
        self.grid = grid
        self._hover = (-1, -1)
        if grid is not None:
            self.follow()
        self._range()
        if first or before != self.cursor_cell[0]:
            self._reveal(*self.cursor_cell)
        self.viewport().update()
        self._tell()

    def follow(self) -> None:
        """Put the cursor on what the plan pane shows."""
        grid, selection = self.grid, self._session.selection
        if grid is None:
            return
        facts, row = grid.facts, self.cursor_cell[0]
        if selection is not None and selection.model_id in facts.row_of:
            model, plan = facts.row_of[selection.model_id], self._session.plan
            shown = selection.quant or (plan.quant if plan is not None else None)
            same = [i for i, r in enumerate(grid.rows.tolist()) if r == model]
            exact = [i for i in same if facts.quants[int(grid.quants[i])] == shown]
            row = (exact or same or [row])[0]
        n_ctx = self._session.wishes.n_ctx
        column = min(range(len(grid.contexts)), key=lambda i: abs(grid.contexts[i] - n_ctx))
        self.cursor_cell = (min(max(row, 0), len(grid.rows) - 1), column)

    def shows_selection(self) -> bool:
        """Whether the cursor is on the model that is selected."""
        grid, selection = self.grid, self._session.selection
        if grid is None or selection is None:
            return True
        return grid.facts.ids[int(grid.rows[self.cursor_cell[0]])] == selection.model_id

    def reveal_cursor(self) -> None:
        """Scroll to the cursor and say where it is."""
        self._reveal(*self.cursor_cell)
        self.viewport().update()
        self._tell()

    def _range(self) -> None:
        n = 0 if self.grid is None else len(self.grid.rows)
        page = max(self.viewport().height() - HEAD, 1)
        self.verticalScrollBar().setRange(0, max(n * ROW - page, 0))
        self.verticalScrollBar().setPageStep(page)
        self.verticalScrollBar().setSingleStep(ROW)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another number of rows fits."""
        super().resizeEvent(event)
        self._range()

    # -- geometry

    @property
    def _name_width(self) -> int:
        n = 10 if self.grid is None else len(self.grid.contexts)
        width = self.viewport().width()
        return min(
            max(width - n * WIDE_CELL, min(width - n * NARROW_CELL, 220), 140), max(width // 3, 140), 300
        )

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Place of a cell."""
        grid = self.grid
        n = 1 if grid is None else len(grid.contexts)
        width = (self.viewport().width() - self._name_width - 6) / n
        y = HEAD + row * ROW - self.verticalScrollBar().value()
        return QRectF(self._name_width + column * width, y, width, ROW)

    def cell_at(self, point: QPoint) -> tuple[int, int]:
        """Cell under a point; -1 where there is none."""
        grid = self.grid
        if grid is None or point.y() < HEAD:
            return -1, -1
        row = (point.y() - HEAD + self.verticalScrollBar().value()) // ROW
        width = (self.viewport().width() - self._name_width - 6) / len(grid.contexts)
        column = int((point.x() - self._name_width) // width)
        if not 0 <= row < len(grid.rows):
            return -1, -1
        return int(row), column if 0 <= column < len(grid.contexts) else -1

    # -- words

    def row_name(self, row: int) -> str:
        """Name of a row in words: the model with its quantization."""
        grid = self.grid
        if grid is None or not 0 <= row < len(grid.rows):
            return ""
        facts = grid.facts
        name = facts.names[int(grid.rows[row])]
        return f"{name} {facts.quants[int(grid.quants[row])]}" if self.by_quant else name

    def spoken(self, row: int, column: int) -> str:
        """A cell in words."""
        grid = self.grid
        if grid is None or row < 0 or column < 0:
            return ""
        name = self.row_name(row)
        context = units.tokens(grid.contexts[column])
        if not grid.offered[row, column]:
            return tr("{name}, {context}: not offered").format(name=name, context=context)
        if grid.waiting is not None and grid.waiting[row]:
            return f"{name}, {context}, {tr('being planned')}"
        fit = fit_words(int(grid.fit[row, column]))
        if grid.beyond[row, column]:
            fit += ", " + tr("past the trained context")
        low, high = float(grid.decode_p10[row, column]), float(grid.decode_p90[row, column])
        if grid.fit[row, column] == FitClass.NONE or low != low:
            return f"{name}, {context}, {fit}"
        return tr("{name}, {context}, {fit}, {low} to {high} tokens per second").format(
            name=name, context=context, fit=fit, low=units.rate(low), high=units.rate(high)
        )

    def _tell(self) -> None:
        row, column = self._hover if self._hover[0] >= 0 and self._hover[1] >= 0 else self.cursor_cell
        self.setAccessibleDescription(self.spoken(*self.cursor_cell))
        self.cell_changed.emit(row, column)

    # -- keyboard and mouse

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move, open, pin."""
        grid = self.grid
        if grid is None:
            return
        steps = {
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_PageUp: (-10, 0),
            Qt.Key.Key_PageDown: (10, 0),
            Qt.Key.Key_Home: (-(10**6), 0),
            Qt.Key.Key_End: (10**6, 0),
        }
        step = steps.get(Qt.Key(event.key()))
        if step is not None:
            row = min(max(self.cursor_cell[0] + step[0], 0), len(grid.rows) - 1)
            column = min(max(self.cursor_cell[1] + step[1], 0), len(grid.contexts) - 1)
            self._choose(row, column)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.plan_asked.emit()
        elif event.key() == Qt.Key.Key_Space:
            self.pin_asked.emit()
        else:
            super().keyPressEvent(event)

    def _choose(self, row: int, column: int) -> None:
        self.cursor_cell = (row, column)
        self._hover = (-1, -1)
        self._reveal(row, column)
        self.viewport().update()
        self._tell()
        self.cell_chosen.emit(row, column)

    def _reveal(self, row: int, column: int) -> None:
        """Scroll until a cell is seen."""
        rect = self.cell_rect(row, column)
        bar = self.verticalScrollBar()
        if rect.top() < HEAD:
            bar.setValue(bar.value() - int(HEAD - rect.top()))
        elif rect.bottom() > self.viewport().height():
            bar.setValue(bar.value() + int(rect.bottom() - self.viewport().height()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select a cell, or a model at the current context."""
        row, column = self.cell_at(event.position().toPoint())
        if row >= 0:
            self._choose(row, column if column >= 0 else self.cursor_cell[1])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show the sum of the cell under the pointer."""
        cell = self.cell_at(event.position().toPoint())
        if cell != self._hover:
            self._hover = cell
            self._tell()

    def leaveEvent(self, event: object) -> None:
        """Back to the cursor's cell."""
        self._hover = (-1, -1)
        self._tell()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus ring."""
        super().focusInEvent(event)
        self.viewport().update()

    def viewportEvent(self, event: object) -> bool:
        """Tell a tooltip in words."""
        if isinstance(event, QHelpEvent):
            self.setToolTip(self.spoken(*self.cell_at(event.pos())))
        return super().viewportEvent(event)  # type: ignore[arg-type]

    # -- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw head and cells."""
        p = QPainter(self.viewport())
        t, painter = theme.current(), self._painter
        p.fillRect(event.rect(), painter.base)
        grid = self.grid
        if grid is None:
            return
        facts = grid.facts
        first = self.verticalScrollBar().value() // ROW
        last = min(first + self.viewport().height() // ROW + 1, len(grid.rows) - 1)
        small = theme.ui_font(11)
        fm = QFontMetrics(theme.ui_font(12.5))
        fms = QFontMetrics(small)
        width = self.viewport().width()
        for row in range(first, last + 1):
            model, quant = int(grid.rows[row]), int(grid.quants[row])
            y = int(self.cell_rect(row, 0).y())
            chosen = row == self.cursor_cell[0]
            if chosen:
                p.fillRect(QRect(0, y, width, ROW), painter.selection)
                p.fillRect(QRect(0, y, 4, ROW), painter.accent)
            self._name(p, y, facts, model, quant, fm, fms)
            for column in range(len(grid.contexts)):
                self._cell(p, row, column)
        self._boundary(p, first, last)
        row, column = self.cursor_cell
        if first <= row <= last:
            p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            p.setPen(QPen(painter.accent, 3 if self.hasFocus() else 2))
            cell = self.cell_rect(row, column)
            p.drawRect(cell.adjusted(1, 1, -2, -2))
            p.setPen(QPen(painter.base, 1))  # so that the ring is seen on every colour
            p.drawRect(cell.adjusted(3, 3, -4, -4))
        p.fillRect(QRect(0, 0, width, HEAD), painter.window)
        p.setPen(painter.pen_line)
        p.drawLine(0, HEAD - 1, width, HEAD - 1)
        p.setFont(theme.ui_font(12, True))
        p.setPen(painter.second)
        title = tr("Model, quantization")
        if self.by_quant:
            title = facts.names[int(grid.rows[0])]
        strong = QFontMetrics(p.font())
        room = self._name_width - 16
        p.drawText(
            QRect(12, 0, room, HEAD), LEFT, strong.elidedText(title, Qt.TextElideMode.ElideRight, room)
        )
        for column, context in enumerate(grid.contexts):
            rect = self.cell_rect(0, column)
            here = context == self._session.wishes.n_ctx
            p.setFont(theme.ui_font(12 if rect.width() >= WIDE_CELL - 4 else 11, here))
            p.setPen(t.color("text" if here else "text_second"))
            p.drawText(QRectF(rect.x(), 0, rect.width() - 6, HEAD), RIGHT, units.tokens(context))

    def _name(
        self, p: QPainter, y: int, facts: Facts, model: int, quant: int, fm: QFontMetrics, fms: QFontMetrics
    ) -> None:
        """Model with its quantization, or the quantization alone with a star at the recommended one."""
        painter = self._painter
        left, right = facts.names[model], facts.quants[quant]
        if self.by_quant:
            view = self._session.view
            best = view is not None and view.facts is facts and int(view.best[model]) == quant
            left, right = right, "★" if best else ""
        p.setFont(painter.font["small"])
        p.setPen(painter.accent if self.by_quant else painter.third)
        wide = fms.horizontalAdvance(right)
        p.drawText(QRect(0, y, self._name_width - 8, ROW), RIGHT, right)
        p.setFont(painter.font["row"])
        p.setPen(painter.text)
        room = self._name_width - wide - 28
        p.drawText(QRect(12, y, room + 2, ROW), LEFT, fm.elidedText(left, Qt.TextElideMode.ElideRight, room))

    def _cell(self, p: QPainter, row: int, column: int) -> None:
        grid, painter = self.grid, self._painter
        assert grid is not None
        rect = self.cell_rect(row, column).adjusted(1, 1, -1, -1)
        if not grid.offered[row, column]:
            p.setFont(painter.font["row"])
            p.setPen(painter.third)
            p.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), "–")
            return
        if grid.waiting is not None and grid.waiting[row]:
            p.setFont(painter.font["row"])
            p.setPen(painter.third)
            p.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), "…")
            return
        fit = int(grid.fit[row, column])
        fill, ink = painter.fits[fit]
        p.fillRect(rect, fill)
        if fit == FitClass.NONE:
            hatch(p, rect, painter.hatch)
        narrow = rect.width() < WIDE_CELL - 4
        p.setFont(theme.ui_font(10, True) if narrow else painter.font["letter"])
        p.setPen(ink)
        inner = rect.adjusted(2, 0, -2, 0) if narrow else rect.adjusted(6, 0, -7, 0)
        p.drawText(inner, LEFT, FIT_LETTERS[fit])
        if grid.beyond[row, column]:
            self._corner(p, rect)
        if fit == FitClass.NONE:
            return
        if self.show_headroom:
            text = number(float(grid.headroom[row, column]) / units.GIB, 1)
        else:
            speed = float(grid.decode_p50[row, column])
            text = units.rate(speed) if speed == speed else "?"
        p.setPen(ink)
        p.setFont(painter.font["small" if narrow else "row"])
        p.drawText(inner, RIGHT, text)

    def _corner(self, p: QPainter, rect: QRectF) -> None:
        """Black corner: past the trained context."""
        corner = rect.topRight()
        points = [corner, QPointF(corner.x() - 8, corner.y()), QPointF(corner.x(), corner.y() + 8)]
        p.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        p.setPen(QPen(theme.current().color("base"), 1))
        p.setBrush(theme.current().color("text"))
        p.drawPolygon(QPolygonF(points))
        p.setBrush(Qt.BrushStyle.NoBrush)
        p.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _boundary(self, p: QPainter, first: int, last: int) -> None:
        """Line right of the largest context that stays on the GPU."""
        grid = self.grid
        assert grid is not None
        p.setPen(QPen(theme.current().color("text"), 2.5))
        before: float | None = None
        for row in range(first, last + 1):
            count = int(grid.last_on_gpu[row])
            rect = self.cell_rect(row, 0)
            x = rect.x() + count * rect.width()
            p.drawLine(QLineF(x, rect.y(), x, rect.bottom()))
            if before is not None and before != x:
                p.drawLine(QLineF(before, rect.y(), x, rect.y()))
            before = x
