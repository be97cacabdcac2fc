"""The map: models against contexts, coloured by placement, with the largest context that stays on the GPU."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from planner import units
from planner.view_data import BAR_KINDS, FIT_LETTERS, FitClass, MapGrid
from ui import theme
from ui.models.catalogue_model import fit_words, kind_words
from ui.session import PlannerSession, Selection
from ui.views.row_painter import RowPainter, hatch, shared_painter
from ui.widgets.segmented import Segmented
from ui.words import number, tr

ROW = 26
HEAD = 30
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class MapGridView(QAbstractScrollArea):
    """Cells of the map; arrow keys move, Enter opens the plan, Space pins.

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
        self._hover = (-1, -1)

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self._painter.refresh()
        self.viewport().update()

    def show_grid(self, grid: MapGrid | None) -> None:
        """Show other figures."""
        self.grid = grid
        self._hover = (-1, -1)
        if grid is not None:
            self._follow()
        self._range()
        self.viewport().update()
        self._tell()

    def _follow(self) -> None:
        """Put the cursor on what the plan pane shows."""
        grid, facts, selection = self.grid, self._session.facts, self._session.selection
        if grid is None or facts is None:
            return
        row, column = self.cursor_cell
        if selection is not None and selection.model_id in facts.ids:
            wanted = facts.ids.index(selection.model_id)
            found = [i for i, r in enumerate(grid.rows.tolist()) if r == wanted]
            row = found[0] if found else row
        n_ctx = self._session.wishes.n_ctx
        nearest = min(range(len(grid.contexts)), key=lambda i: abs(grid.contexts[i] - n_ctx))
        column = nearest
        self.cursor_cell = (min(max(row, 0), len(grid.rows) - 1), column)

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
        return min(max(self.viewport().width() // 3, 170), 260)

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

    def spoken(self, row: int, column: int) -> str:
        """A cell in words."""
        grid, facts = self.grid, self._session.facts
        if grid is None or facts is None or row < 0 or column < 0:
            return ""
        name = facts.names[int(grid.rows[row])]
        context = units.tokens(grid.contexts[column])
        if not grid.offered[row, column]:
            return tr("{name}, {context}: not offered").format(name=name, context=context)
        fit = fit_words(int(grid.fit[row, column]))
        if grid.fit[row, column] == FitClass.NONE:
            return f"{name}, {context}, {fit}"
        low, high = float(grid.decode_p10[row, column]), float(grid.decode_p90[row, column])
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
        rect = self.cell_rect(row, column)
        bar = self.verticalScrollBar()
        if rect.top() < HEAD:
            bar.setValue(bar.value() - int(HEAD - rect.top()))
        elif rect.bottom() > self.viewport().height():
            bar.setValue(bar.value() + int(rect.bottom() - self.viewport().height()))
        self.viewport().update()
        self._tell()
        self.cell_chosen.emit(row, column)

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
        grid, facts = self.grid, self._session.facts
        if grid is None or facts is None:
            return
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
            p.setFont(small)
            p.setPen(painter.third)
            quant_text = facts.quants[quant]
            quant_width = fms.horizontalAdvance(quant_text)
            p.drawText(QRect(0, y, self._name_width - 8, ROW), RIGHT, quant_text)
            p.setFont(painter.font["row"])
            p.setPen(painter.text)
            room = self._name_width - quant_width - 28
            name = fm.elidedText(facts.names[model], Qt.TextElideMode.ElideRight, room)
            p.drawText(QRect(12, y, room + 2, ROW), LEFT, name)
            for column in range(len(grid.contexts)):
                self._cell(p, row, column)
        self._boundary(p, first, last)
        row, column = self.cursor_cell
        if first <= row <= last:
            p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            p.setPen(QPen(painter.accent, 3 if self.hasFocus() else 2))
            p.drawRect(self.cell_rect(row, column).adjusted(1, 1, -2, -2))
        p.fillRect(QRect(0, 0, width, HEAD), painter.window)
        p.setPen(painter.pen_line)
        p.drawLine(0, HEAD - 1, width, HEAD - 1)
        p.setFont(theme.ui_font(12, True))
        p.setPen(painter.second)
        p.drawText(QRect(12, 0, self._name_width, HEAD), LEFT, tr("Model, quantization"))
        for column, context in enumerate(grid.contexts):
            rect = self.cell_rect(0, column)
            here = context == self._session.wishes.n_ctx
            p.setFont(theme.ui_font(12, here))
            p.setPen(t.color("text" if here else "text_second"))
            p.drawText(QRectF(rect.x(), 0, rect.width() - 6, HEAD), RIGHT, units.tokens(context))

    def _cell(self, p: QPainter, row: int, column: int) -> None:
        grid, painter = self.grid, self._painter
        assert grid is not None
        rect = self.cell_rect(row, column).adjusted(1, 1, -1, -1)
        if not grid.offered[row, column]:
            p.setFont(painter.font["row"])
            p.setPen(painter.third)
            p.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), "–")
            return
        fit = int(grid.fit[row, column])
        fill, ink = painter.fits[fit]
        p.fillRect(rect, fill)
        if fit == FitClass.NONE:
            hatch(p, rect, painter.hatch)
        p.setFont(painter.font["letter"])
        p.setPen(ink)
        inner = rect.adjusted(6, 0, -5, 0)
        p.drawText(inner, LEFT, FIT_LETTERS[fit])
        if fit == FitClass.NONE:
            return
        if self.show_headroom:
            text = number(float(grid.headroom[row, column]) / units.GIB, 1)
        else:
            speed = float(grid.decode_p50[row, column])
            text = units.rate(speed) if speed == speed else "?"
        p.setFont(painter.font["row"])
        p.drawText(inner, RIGHT, text)

    def _boundary(self, p: QPainter, first: int, last: int) -> None:
        """Line right of the largest context that stays on the GPU."""
        grid = self.grid
        assert grid is not None
        p.setPen(QPen(theme.current().color("text"), 2))
        before: float | None = None
        for row in range(first, last + 1):
            count = int(grid.last_on_gpu[row])
            rect = self.cell_rect(row, 0)
            x = rect.x() + count * rect.width()
            p.drawLine(QLineF(x, rect.y(), x, rect.bottom()))
            if before is not None and before != x:
                p.drawLine(QLineF(before, rect.y(), x, rect.y()))
            before = x


class SumStrip(QWidget):
    """The sum behind one cell: every kind of memory, what is free, how fast."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(30)
        self._name = ""
        self._parts: list[tuple[int, str]] = []
        self._total = ""
        self._speed = ""

    def show_cell(self, grid: MapGrid | None, row: int, column: int, name: str) -> None:
        """Show another cell."""
        self._parts, self._total, self._speed = [], "", ""
        self._name = name
        if grid is not None and row >= 0 and column >= 0 and grid.offered[row, column]:
            values = grid.bars[row, column]
            used = [i for i, d in enumerate(grid.devices) if d.kind != "host"] or [0]
            kinds = values[used].sum(axis=0).tolist()
            capacity = sum(grid.devices[i].capacity for i in used)
            if grid.fit[row, column] != FitClass.NONE:
                others = sum(grid.devices[i].others for i in used)
                kinds[-1] -= others
                self._parts = [
                    (k, units.mib(v).removesuffix(" MiB"))
                    for k, v in enumerate(kinds)
                    if v and k < len(BAR_KINDS)
                ]
                total = sum(kinds)
                self._total = tr("= {total} of {capacity} MiB, {others} others, {free} free").format(
                    total=units.mib(total).removesuffix(" MiB"),
                    capacity=units.mib(capacity).removesuffix(" MiB"),
                    others=units.mib(others).removesuffix(" MiB"),
                    free=units.mib(capacity - total - others).removesuffix(" MiB"),
                )
                low, high = float(grid.decode_p10[row, column]), float(grid.decode_p90[row, column])
                self._speed = (
                    f"{units.rate(low)}–{units.rate(high)} tok/s" if low == low else tr("speed unknown")
                )
            else:
                self._total = tr("does not fit")
        names = kind_words()
        words = ", ".join(f"{names[k]} {text} MiB" for k, text in self._parts)
        self.setAccessibleName(f"{self._name}: {words} {self._total} {self._speed}")
        self.setToolTip(f"{words} {self._total}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it in one line."""
        t = theme.current()
        p = QPainter(self)
        p.fillRect(self.rect(), t.color("selection"))
        strong, normal = theme.ui_font(12, True), theme.ui_font(12)
        fms, fm = QFontMetrics(strong), QFontMetrics(normal)
        h = self.height()
        right = 12 + fms.horizontalAdvance(self._speed)
        p.setFont(strong)
        p.setPen(t.color("text"))
        p.drawText(QRect(0, 0, self.width() - 12, h), RIGHT, self._speed)
        x = 12
        end = self.width() - right - 16
        name = fms.elidedText(self._name, Qt.TextElideMode.ElideRight, max(end // 3, 60))
        p.drawText(QRect(x, 0, end, h), LEFT, name)
        x += fms.horizontalAdvance(name) + 12
        p.setFont(normal)
        for index, (kind, text) in enumerate(self._parts):
            width = fm.horizontalAdvance(text)
            if x + width + 30 > end:
                break
            if index:
                p.setPen(t.color("text_second"))
                p.drawText(QRect(x, 0, 14, h), LEFT, "+")
                x += 13
            p.fillRect(QRectF(x, h / 2 - 4.5, 9, 9), t.kinds[kind])
            p.setPen(t.color("text"))
            p.drawText(QRect(x + 13, 0, width + 2, h), LEFT, text)
            x += 13 + width + 8
        p.setPen(t.color("text"))
        room = max(end - x, 0)
        p.drawText(QRect(x, 0, room, h), LEFT, fm.elidedText(self._total, Qt.TextElideMode.ElideRight, room))


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
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        top = QHBoxLayout()
        top.setContentsMargins(12, 6, 12, 6)
        top.setSpacing(8)
        self.legend = Legend()
        top.addWidget(self.legend, 1)
        label = QLabel(tr("Number"))
        label.setProperty("role", "second")
        top.addWidget(label)
        self.number = Segmented(tr("Number in the cells"), (("speed", tr("tok/s")), ("left", tr("GiB left"))))
        self.number.chosen.connect(self._number)
        top.addWidget(self.number)
        layout.addLayout(top)
        self.grid_view = MapGridView(session)
        layout.addWidget(self.grid_view, 1)
        foot = QLabel(
            tr(
                "thick line: largest context that stays on the GPU · – not offered · "
                "arrow keys move, Enter opens the plan"
            )
        )
        foot.setProperty("role", "hint")
        foot.setWordWrap(True)
        foot.setContentsMargins(12, 4, 12, 4)
        layout.addWidget(foot)
        self.sum = SumStrip()
        layout.addWidget(self.sum)
        session.map_changed.connect(self.grid_view.show_grid)
        self.grid_view.cell_changed.connect(self._cell_changed)
        self.grid_view.cell_chosen.connect(self._cell_chosen)
        self.grid_view.plan_asked.connect(self.plan_asked)
        self.grid_view.pin_asked.connect(session.pin)

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self.grid_view.apply_theme()
        self.legend.update()
        self.sum.update()

    def _number(self, key: str) -> None:
        self.grid_view.show_headroom = key == "left"
        self.grid_view.viewport().update()

    def _cell_changed(self, row: int, column: int) -> None:
        grid, facts = self.grid_view.grid, self._session.facts
        name = ""
        if grid is not None and facts is not None and 0 <= row < len(grid.rows):
            name = facts.names[int(grid.rows[row])]
            if column >= 0:
                name += f" {units.tokens(grid.contexts[column])}"
        self.sum.show_cell(grid, row, column, name)

    def _cell_chosen(self, row: int, column: int) -> None:
        grid, facts = self.grid_view.grid, self._session.facts
        if grid is None or facts is None:
            return
        self._session.select(Selection(facts.ids[int(grid.rows[row])]))
        if grid.offered[row, column]:
            self._session.edit_wishes(tr("context"), n_ctx=grid.contexts[column])


class Legend(QWidget):
    """Letters, colours and words of the placement classes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(26)
        self.setAccessibleName(", ".join(f"{letter}: {fit_words(i)}" for i, letter in enumerate(FIT_LETTERS)))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it in one line."""
        p = QPainter(self)
        painter = shared_painter()
        words = (tr("GPU"), tr("tight"), tr("experts in RAM"), tr("split"), tr("CPU"), tr("does not fit"))
        x = 0.0
        fm = QFontMetrics(painter.font["small"])
        for fit, text in enumerate(words):
            width = fm.horizontalAdvance(text)
            if x + 22 + width > self.width():
                break
            painter.badge(p, QRectF(x, 4.5, 17, 17), fit)
            p.setFont(painter.font["small"])
            p.setPen(painter.second)
            p.drawText(QRectF(x + 22, 0, width + 2, 26), LEFT, text)
            x += 22 + width + 12
