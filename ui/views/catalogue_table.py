"""The list: a table view that draws whole lines at once, opens models into quantizations, and keeps its place."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QPainter, QPen, QRegion
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from planner.fit_class import FitClass
from ui import theme
from ui.models.catalogue_model import CatalogueModel, Column, Entry, Kind
from ui.selection import Selection
from ui.views.drawn_strips import DrawnStrips
from ui.views.row_painter import Cell, RowPainter, axis_ticks
from ui.words import tr

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent

    from planner.catalogue_view import CatalogueView

ARROW_WIDTH = 28
MIN_NAME_WIDTH = 204
MAX_NAME_WIDTH = 410
"""In a wide window the rest stays empty at the right: figures far from their name are hard to read. [px]"""
CHANGING = frozenset({"placement", "decode", "first_token", "second"})
"""Columns whose figures change with the question; what is in the others only depends on the line."""
MAX_DRAWN_BYTES = 9 * 2**20
"""Figures kept as drawn, so that going back to a context or a search costs nothing. [bytes]"""
MAX_PACKED_BYTES = 6 * 2**20
"""The same, packed. [bytes]"""
PACK_SECONDS, REST_MS = 0.004, 25
"""How long is packed at a time, and after how long without painting. [s], [ms]"""
MAX_LASTING_BYTES = 7 * 2**20
"""The same of columns that do not change. [bytes]"""
MAX_HEADER_BYTES = 2 * 2**20
"""The same of the titles. [bytes]"""
NAME_END, QUANT_END = 360, 96
"""What is kept of a wide column of names: its two ends, because what is between them is empty. [px]"""
WIDE = NAME_END + QUANT_END + 40
"""From this width on. [px]"""
KEPT_LOOKS = 16
"""Lists whose lines have numbers."""
MAX_STATES = 20_000
"""Lines and figures that have a number; then everything is drawn anew."""
MAX_PLACES = 200
"""Places and looks of strips that have a number."""
Cells = tuple[Cell, ...]


class ListHeader(QHeaderView):
    """Header whose speed column carries the axis of the range marks."""

    def __init__(self, table: CatalogueTable) -> None:
        super().__init__(Qt.Orientation.Horizontal, table)
        self._table = table
        self._drawn = DrawnStrips(MAX_HEADER_BYTES)
        self.setViewport(QWidget())  # one made here is known to Python: asking for Qt's own takes 25 ms once
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setSortIndicatorShown(False)
        self.setMinimumSectionSize(30)
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setAccessibleName(tr("Columns"))

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        """Draw a title, and the axis above the range marks."""
        model = self._table.catalogue
        column = model.columns[logicalIndex]
        sorted_by = self._table.sort_descending if self._table.sort_key == column.sort else None
        axis_max = model.axis_max if column.key == "decode" else 0.0
        ratio = self.devicePixelRatioF()
        look = (theme.current().name, theme.font_scale(), ratio, rect.width(), rect.height())
        key = (column, sorted_by, axis_max, look)
        place = QRect(0, 0, rect.width(), rect.height())
        picture = self._drawn.picture(
            key,
            place,
            ratio,
            theme.current().color("window"),
            lambda p: self._draw(p, place, column, axis_max),
        )
        painter.drawPixmap(rect.topLeft(), picture)

    def _draw(self, painter: QPainter, rect: QRect, column: Column, axis_max: float) -> None:
        t = theme.current()
        painter.fillRect(rect, t.color("window"))
        painter.setPen(QPen(t.color("line"), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.setFont(theme.ui_font(12, True))
        painter.setPen(t.color("text_second"))
        left = 28 if column.key == "name" else 6
        inner = rect.adjusted(left, 0, -6, 0)
        side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
        text = column.title
        if self._table.sort_key == column.sort:
            text += " ↑" if self._table.sort_descending else " ↓" if column.key != "name" else ""
        if column.key == "decode":
            painter.drawText(
                QRect(inner.x(), inner.y(), 52, inner.height()), side | Qt.AlignmentFlag.AlignVCenter, text
            )
            painter.setFont(theme.ui_font(10.5))
            painter.setPen(t.color("text_third"))
            axis = QRectF(inner.x() + 48, inner.y(), inner.width() - 50, inner.height())
            fm = painter.fontMetrics()
            end = inner.x() + 58.0  # of what stands before a number, with the gap
            for tick in axis_ticks(axis_max):
                width = fm.horizontalAdvance(f"{tick:g}")
                x = min(axis.x() + axis.width() * (tick / axis_max) ** 0.5, rect.right() - width / 2)
                if x - width / 2 < end:
                    continue
                end = x + width / 2 + 3
                where = QRectF(x - width / 2 - 2, axis.y(), width + 4, axis.height())
                painter.drawText(where, Qt.AlignmentFlag.AlignCenter, f"{tick:g}")
            return
        fm = painter.fontMetrics()
        words = text.split(" ") if column.right and fm.horizontalAdvance(text) > inner.width() else [text]
        if len(words) > 2:  # the arrow of the order stays beside its word
            words = [words[0], " ".join(words[1:])]
        for line, part in enumerate(words):
            where = inner
            if len(words) > 1:
                half = inner.height() // 2
                where = QRect(inner.x(), inner.y() + 1 + line * (half - 1), inner.width(), half - 1)
            shown = fm.elidedText(part, Qt.TextElideMode.ElideRight, where.width())
            painter.drawText(where, side | Qt.AlignmentFlag.AlignVCenter, shown)

    def paintEvent(self, e: QPaintEvent) -> None:
        """Draw the titles, and the ground right of the last."""
        super().paintEvent(e)
        t, end = theme.current(), self.length()
        if end < self.width():
            p = QPainter(self.viewport())
            p.fillRect(end, 0, self.width() - end, self.height(), t.color("window"))
            p.fillRect(end, self.height() - 1, self.width() - end, 1, t.color("line"))

    def sizeHint(self) -> QSize:
        """Room for titles of two lines; the table decides how wide they are, so Qt need not ask for every title."""
        lines = 2 * QFontMetrics(theme.ui_font(12, True)).height()
        return QSize(self.length(), lines + 2)


class CatalogueTable(QTableView):
    """The list.

    Signals
    -------
    chosen
        Another line was selected. arg: Selection.
    opened
        A line was opened with Enter. arg: Selection.
    pin_asked
        Space was pressed on the selected line.
    sort_asked
        args: sort key, descending.
    painted
        Lines were drawn for the first time.
    """

    chosen = Signal(object)
    opened = Signal(object)
    pin_asked = Signal()
    sort_asked = Signal(str, bool)
    painted = Signal()

    def __init__(self, model: CatalogueModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.catalogue = model
        self.sort_key, self.sort_descending = "recommended", False
        self.hidden_by_choice: set[str] = set()
        self.second_shown = False
        self.painter = RowPainter()
        self.setViewport(QWidget())
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # nothing behind it is drawn
        self.setModel(model)
        self.setObjectName("catalogueTable")
        self.setAccessibleName(tr("Models"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setHorizontalHeader(ListHeader(self))
        self.horizontalHeader().viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.horizontalHeader().sectionClicked.connect(self._header_clicked)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(self.painter.line_height)
        self.verticalHeader().setMinimumSectionSize(10)
        self._laid_out: object = None
        self._drawn = DrawnStrips(MAX_DRAWN_BYTES, MAX_PACKED_BYTES)
        self._lasting = DrawnStrips(MAX_LASTING_BYTES, MAX_PACKED_BYTES // 3)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._pack)
        self._numbers: dict[tuple[Cells, tuple[object, ...]], int] = {}
        self._strips_for: object = None
        self._strips_now: list[tuple[int, Cells, QRect]] = []
        self._kept_looks: OrderedDict[tuple[int, int, int], tuple[object, dict[int, tuple[int, int]]]]
        self._kept_looks = OrderedDict()
        self._state_numbers: dict[tuple[object, ...], int] = {}
        self._on_screen: dict[int, int] = {}
        """How the names of the lines looked when they were painted last."""
        self._wanted: Selection | None = None
        self._painted = False
        self._quiet = False
        model.modelAboutToBeReset.connect(self._keep_place)
        model.modelReset.connect(self._restore_place)
        model.dataChanged.connect(self._follow)
        model.rowsAboutToBeRemoved.connect(self._lines_go)
        model.rowsRemoved.connect(self.updateGeometries)  # the scroll bar, with the next paint
        model.rowsInserted.connect(self.updateGeometries)
        self._place: tuple[str, int] | None = None
        self.selectionModel().currentRowChanged.connect(self._current_changed)

    # -- showing

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self.painter.refresh()
        self.verticalHeader().setDefaultSectionSize(self.painter.line_height)
        self.layout_columns()
        self._forget()
        self._strips_for = None
        self.viewport().update()

    @property
    def wanted(self) -> Selection | None:
        """What is marked, as far as it is listed."""
        return self._wanted

    def show_selection(self, selection: Selection | None) -> None:
        """Mark what the plan pane shows, without telling anybody."""
        self._wanted = selection
        self._quiet = True
        line = -1 if selection is None else self.catalogue.line_of(selection.model_id, selection.quant)
        if line < 0:
            self.selectionModel().clear()
        elif self.currentIndex().row() != line or not self.selectionModel().hasSelection():
            self.selectRow(line)
        self._quiet = False

    def _keep_place(self) -> None:
        self._on_screen.clear()
        top = self.rowAt(1)
        entries = self.catalogue.entries
        view = self.catalogue.view
        if self.verticalScrollBar().value() == 0:
            self._place = None
        elif view is not None and 0 <= top < len(entries) and entries[top].row >= 0:
            self._place = (view.facts.ids[entries[top].row], self.verticalScrollBar().value())
        else:
            self._place = ("", self.verticalScrollBar().value())

    def _lines_go(self, _parent: QModelIndex, first: int, _last: int) -> None:
        """The last lines go, and what is selected among them without the list following it."""
        for line in [line for line in self._on_screen if line >= first]:
            del self._on_screen[line]
        if self.catalogue.showing:
            self.setAutoScroll(False)

    def _restore_place(self) -> None:
        self.layout_columns()
        self._follow()  # at the top as well: it does not jump to the selected model
        if self._place is not None:
            self.verticalScrollBar().setValue(self._place[1])

    def _follow(self) -> None:
        """Lines show something else: mark the one of the selected model, and stay where the list is."""
        self.setAutoScroll(False)
        self.show_selection(self._wanted)
        self.setAutoScroll(True)

    def _current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if self._quiet or self.catalogue.showing or not current.isValid():
            return
        selection = self.selection_at(current.row())
        if selection is not None:
            self._wanted = selection
            self.chosen.emit(selection)

    def selection_at(self, line: int) -> Selection | None:
        """What a line stands for; None for a heading."""
        view = self.catalogue.view
        if view is None or not 0 <= line < len(self.catalogue.entries):
            return None
        entry = self.catalogue.entries[line]
        if entry.kind is Kind.SECTION:
            return None
        quant = view.facts.quants[entry.quant] if entry.kind is Kind.QUANT else None
        return Selection(view.facts.ids[entry.row], quant)

    # -- columns

    def layout_columns(self) -> None:
        """Give the name what is left; leave out columns from the right until it has enough."""
        scale = self.painter.line_height / 28
        model = self.catalogue
        room = self.viewport().width()
        fm = QFontMetrics(theme.ui_font(12, True))

        def width_of(column: Column) -> int:
            words = column.title.split(" ")
            widest = max((fm.horizontalAdvance(w) for w in (*words[:-1], f"{words[-1]} ↓")), default=0)
            return max(round(column.width * scale), widest + 14 if column.right else 0)

        asked = (room, scale, model.columns, frozenset(self.hidden_by_choice), self.second_shown)
        if asked == self._laid_out:
            return
        self._laid_out = asked
        shown = [c for c in model.columns if c.key not in self.hidden_by_choice]
        if not self.second_shown:
            shown = [c for c in shown if c.key != "second"]
        for drop in sorted({c.drop for c in shown if c.drop}):
            if room - sum(width_of(c) for c in shown if c.width) >= MIN_NAME_WIDTH * scale:
                break
            shown = [c for c in shown if c.drop != drop]
        keys = {c.key for c in shown}
        rest = room - sum(width_of(c) for c in shown if c.width)
        for index, column in enumerate(model.columns):
            self.setColumnHidden(index, column.key not in keys)
            if column.key in keys:
                name = round(min(max(rest, 80), MAX_NAME_WIDTH * scale))
                self.setColumnWidth(index, width_of(column) if column.width else name)

    def shown_columns(self) -> set[str]:
        """Keys of the columns there is room for."""
        return {c.key for i, c in enumerate(self.catalogue.columns) if not self.isColumnHidden(i)}

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the columns out for the new width."""
        super().resizeEvent(event)
        self.layout_columns()

    def set_sort(self, key: str, descending: bool) -> None:
        """Show by what the list is sorted."""
        self.sort_key, self.sort_descending = key, descending
        self.horizontalHeader().viewport().update()

    def _header_clicked(self, section: int) -> None:
        key = self.catalogue.columns[section].sort
        if not key:
            return
        if key == "recommended" and self.sort_key == "recommended":
            key = "name"
        descending = key == self.sort_key and not self.sort_descending and key != "recommended"
        self.sort_asked.emit(key, descending)

    # -- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what is to be painted of the visible lines."""
        model, view = self.catalogue, self.catalogue.view
        p = QPainter(self.viewport())
        if view is None or not model.entries:
            p.fillRect(event.rect(), self.painter.base)
            return
        for area in event.region():  # type: ignore[attr-defined]
            self._paint_area(p, area, view)
        if self._drawn.too_many or self._lasting.too_many:
            self._rest.start()
        if not self._painted:
            self._painted = True
            self.painted.emit()

    def _pack(self) -> None:
        """Pack pictures for a moment, and go on after the next one if more wait; what is asked meanwhile comes first."""
        if self._drawn.pack(PACK_SECONDS) or self._lasting.pack(PACK_SECONDS):
            self._rest.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing goes on in a list that is not shown."""
        super().hideEvent(event)
        self._rest.stop()

    def _paint_area(self, p: QPainter, area: QRect, view: CatalogueView) -> None:
        model = self.catalogue
        height = self.verticalHeader().defaultSectionSize()
        offset = self.verticalScrollBar().value()
        width = self.viewport().width()
        first = max((area.top() + offset) // height, 0)
        last = min((area.bottom() + offset) // height, len(model.entries) - 1)
        below = (last + 1) * height - offset
        if below <= area.bottom():
            p.fillRect(area.x(), below, area.width(), area.bottom() + 1 - below, self.painter.base)
        selected = self.selectionModel().currentIndex().row() if self.selectionModel().hasSelection() else -1
        focused = self.hasFocus()
        ratio = self.devicePixelRatioF()
        figures = (view.serial, -1 if model.second is None else model.second.serial, model.axis_max)
        left, right = area.x(), area.right()
        strips = [
            (number, cells[0].key == "name", cells[0].key in CHANGING, cells, rect, rect.x(), rect.width())
            for number, cells, rect in self._numbered_strips(view, height, ratio)
            if rect.x() <= right and rect.right() >= left
        ]
        whole = len(strips) > 0 and strips[0][1]
        filled = self._filled()
        shown = self._state_number(figures)
        looks = self._looks(view, first, last)
        entries, base = model.entries, self.painter.base
        for line in range(first, last + 1):
            entry = entries[line]
            top = line * height - offset
            chosen = line == selected
            if entry.kind is Kind.SECTION:
                self._paint_line(p, QRect(0, top, width, height), [], entry, False)
                continue
            look, stands_for = looks[line]
            if whole:
                self._on_screen[line] = look
            for number, names, changes, cells, rect, x, wide in strips:
                kept = self._drawn if changes else self._lasting
                state = look if names else stands_for
                if names and wide > WIDE and self._short_name(entry):
                    for at, end in enumerate(self._ends(p, rect, top, entry, chosen)):
                        key = (number, at, state, chosen)
                        if not kept.draw(p, end.x(), top, key):
                            draw = partial(self._draw_cells, cells, width, height, entry, chosen)
                            p.drawPixmap(end.x(), top, kept.picture(key, end, ratio, base, draw))
                    continue
                found = (number, state, chosen, shown) if changes else (number, state, chosen)
                if not kept.draw(p, x, top, found):
                    draw = partial(self._draw_cells, cells, width, height, entry, chosen)
                    p.drawPixmap(x, top, kept.picture(found, rect, ratio, base, draw))
            if filled < width:
                self._fill_line(p, QRect(filled, top, width - filled, height), entry, chosen)
            if chosen and focused:
                p.setPen(QPen(self.painter.accent, 2))
                p.drawRect(QRect(1, top + 1, width - 2, height - 3))

    def _state_number(self, state: tuple[object, ...]) -> int:
        """A number for what is shown, which is quicker to look up with."""
        return self._state_numbers.setdefault(state, len(self._state_numbers))

    def _looks(self, view: CatalogueView, first: int, last: int) -> dict[int, tuple[int, int]]:
        """Numbers for how the names of lines look and for what the lines stand for, by line.

        They are kept for the last lists, because a slider and a search come back to them.
        """
        model = self.catalogue
        key = (id(model.entries), view.serial, model.n_toggled)
        kept = self._kept_looks.get(key)
        if kept is None:
            if len(self._state_numbers) > MAX_STATES:
                self._forget()
                self._strips_for = None
            kept = self._kept_looks[key] = (model.entries, {})
            while len(self._kept_looks) > KEPT_LOOKS:
                self._kept_looks.popitem(last=False)
        looks = kept[1]
        new = [line for line in range(first, last + 1) if line not in looks]
        if not new:
            return looks
        entries = [model.entries[line] for line in new]
        rows, quants = [e.row for e in entries], [e.quant for e in entries]
        waits = [False] * len(new)
        if view.complete:
            fits = (view.fit[rows, quants] != FitClass.NONE).tolist()
            bests = view.best[rows].tolist()
            if view.waiting is not None:
                waits = view.waiting[rows].tolist()
        else:
            at = [(r, q) for r, q in zip(rows, quants, strict=True)]
            fits = [r >= 0 and int(view.fit[r, q]) != FitClass.NONE for r, q in at]
            bests = [view.best[r] if r >= 0 else -1 for r in rows]
        for line, entry, fit, best, wait in zip(new, entries, fits, bests, waits, strict=True):
            kind, row, quant = entry
            can_open = row >= 0 and model.can_open(row)
            opens = (can_open, can_open and model.is_open(row))
            looks[line] = (
                self._state_number((row, quant, kind, wait, fit, best == quant, *opens)),
                self._state_number((row, quant, kind, wait)),
            )
        return looks

    def _numbered_strips(
        self, view: CatalogueView, height: int, ratio: float
    ) -> list[tuple[int, Cells, QRect]]:
        """Columns side by side that change together, each with a number for its place and look."""
        look = (height, ratio, theme.current().name, view.engine, theme.font_scale())
        key = (self._laid_out, self.viewport().width(), look)
        if key != self._strips_for:
            self._strips_for = key
            self._on_screen.clear()
            self._strips_now = [(self._strip_number(c, look), c, rect) for c, rect in self._strips(height)]
        return self._strips_now

    def dataChanged(
        self,
        topLeft: QModelIndex | QPersistentModelIndex,
        bottomRight: QModelIndex | QPersistentModelIndex,
        roles: Sequence[int] = (),
    ) -> None:
        """Lines show something else: paint only what differs from what is on the screen."""
        from PySide6.QtGui import QAccessible  # with all its roles: not before the window is open

        if QAccessible.isActive():  # a reader of the screen is told as well, and everything painted
            super().dataChanged(topLeft, bottomRight, list(roles))
            return
        self.viewport().update(self._differing())

    def _differing(self) -> QRegion:
        """The columns that change with the figures, and every line that stands for something else than on the screen."""
        model, view = self.catalogue, self.catalogue.view
        width, bottom = self.viewport().width(), self.viewport().height()
        everything = QRegion(0, 0, width, bottom)
        if view is None or not model.entries:
            return everything
        height = self.verticalHeader().defaultSectionSize()
        offset = self.verticalScrollBar().value()
        strips = self._numbered_strips(view, height, self.devicePixelRatioF())
        first, last = offset // height, min((bottom - 1 + offset) // height, len(model.entries) - 1)
        below = (last + 1) * height - offset
        region = QRegion(0, below, width, max(bottom - below, 0))
        for _, cells, rect in strips:
            if cells[0].key in CHANGING:
                region += QRect(rect.x(), 0, rect.width(), bottom)
        other = 0
        looks, on_screen = self._looks(view, first, last), self._on_screen
        for line in range(first, last + 1):
            if on_screen.get(line) != looks[line][0]:  # a heading is never there: its text changes
                region += QRect(0, line * height - offset, width, height)
                other += 1
        return everything if other > (last - first) // 2 else region

    def _strip_number(self, cells: Cells, look: tuple[object, ...]) -> int:
        """A number for the place and look of a strip, which is quicker to look up with than all it stands for."""
        if len(self._numbers) > MAX_PLACES:  # a window that is being resized
            self._forget()
        return self._numbers.setdefault((cells, look), len(self._numbers))

    def _forget(self) -> None:
        """Drop everything drawn and numbered."""
        for kept in (self._numbers, self._drawn, self._lasting, self._kept_looks, self._state_numbers):
            kept.clear()
        self._on_screen.clear()

    def _ends(self, p: QPainter, rect: QRect, top: int, entry: Entry, chosen: bool) -> tuple[QRect, QRect]:
        """The two ends of a wide name, after drawing what is between them."""
        height = rect.height()
        self._fill_line(p, QRect(rect.x(), top, rect.width(), height), entry, chosen)
        left = QRect(rect.x(), 0, NAME_END, height)
        return left, QRect(rect.right() + 1 - QUANT_END, 0, QUANT_END, height)

    def _fill_line(self, p: QPainter, rect: QRect, entry: Entry, chosen: bool) -> None:
        """A part of a line in which nothing stands."""
        its = self.painter
        p.fillRect(rect, its.selection if chosen else its.alternate if entry.kind is Kind.QUANT else its.base)
        p.fillRect(rect.x(), rect.bottom(), rect.width(), 1, its.line)

    def _filled(self) -> int:
        """Where the last column ends. [px]"""
        shown = [i for i in range(len(self.catalogue.columns)) if not self.isColumnHidden(i)]
        return self.columnViewportPosition(shown[-1]) + self.columnWidth(shown[-1]) if shown else 0

    def _draw_cells(
        self, cells: Cells, width: int, height: int, entry: Entry, chosen: bool, p: QPainter
    ) -> None:
        self._paint_line(p, QRect(0, 0, width, height), list(cells), entry, chosen)

    def _short_name(self, entry: Entry) -> bool:
        """Whether a line's name and quantization end within the parts of a wide column that are kept as drawn."""
        facts = self.catalogue.view.facts  # type: ignore[union-attr]
        name = facts.names[entry.row] if entry.kind is Kind.MODEL else ""
        return self.painter.name_fits(name, facts.quants[entry.quant], NAME_END, QUANT_END)

    def _paint_line(self, p: QPainter, rect: QRect, cells: list[Cell], entry: Entry, chosen: bool) -> None:
        model = self.catalogue
        assert model.view is not None
        is_model = entry.kind is Kind.MODEL
        self.painter.paint(
            p,
            rect,
            cells,
            model.view,
            entry,
            selected=chosen,
            is_open=is_model and model.is_open(entry.row),
            can_open=is_model and model.can_open(entry.row),
            axis_max=model.axis_max,
            section=model.section_text if entry.kind is Kind.SECTION else ("", ""),
            second=model.second,
        )

    def _strips(self, height: int) -> list[tuple[Cells, QRect]]:
        """Columns side by side that change together, with their place in a line."""
        cells = [
            Cell(column.key, self.columnViewportPosition(index), self.columnWidth(index))
            for index, column in enumerate(self.catalogue.columns)
            if not self.isColumnHidden(index)
        ]
        groups: list[list[Cell]] = []
        for cell in cells:
            alike = groups and groups[-1][0].key != "name"
            if alike and (groups[-1][0].key in CHANGING) == (cell.key in CHANGING):
                groups[-1].append(cell)
            else:
                groups.append([cell])
        ends = [group[0].x for group in groups[1:]] + [cells[-1].x + cells[-1].width]
        return [
            (tuple(group), QRect(group[0].x, 0, end - group[0].x, height))
            for group, end in zip(groups, ends, strict=True)
        ]

    # -- keyboard and mouse

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move, right and left open and close, Enter opens the plan, Space pins."""
        key = event.key()
        line = self.currentIndex().row()
        entries = self.catalogue.entries
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            step = 1 if key == Qt.Key.Key_Down else -1
            target = line + step if self.selectionModel().hasSelection() else 0
            while 0 <= target < len(entries) and entries[target].kind is Kind.SECTION:
                target += step
            if 0 <= target < len(entries):
                self.selectRow(target)
            return
        if 0 <= line < len(entries):
            entry = entries[line]
            if key == Qt.Key.Key_Right:
                if entry.kind is Kind.MODEL and not self.catalogue.is_open(entry.row):
                    self.catalogue.toggle(line)
                return
            if key == Qt.Key.Key_Left:
                if entry.kind is Kind.MODEL and self.catalogue.is_open(entry.row):
                    self.catalogue.toggle(line)
                elif entry.kind is Kind.QUANT:
                    while line >= 0 and entries[line].kind is not Kind.MODEL:
                        line -= 1
                    self.selectRow(line)
                return
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                selection = self.selection_at(line)
                if selection is not None:
                    self.opened.emit(selection)
                return
            if key == Qt.Key.Key_Space:
                self.pin_asked.emit()
                return
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on the arrow opens or closes a model."""
        point: QPoint = event.position().toPoint()
        line = self.rowAt(point.y())
        if (
            event.button() == Qt.MouseButton.LeftButton
            and 0 <= line < len(self.catalogue.entries)
            and self.catalogue.entries[line].kind is Kind.MODEL
            and point.x() < ARROW_WIDTH
        ):
            self.catalogue.toggle(line)
            return
        if 0 <= line < len(self.catalogue.entries) and self.catalogue.entries[line].kind is Kind.SECTION:
            return
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double click opens or closes a model."""
        line = self.rowAt(event.position().toPoint().y())
        if event.position().x() >= ARROW_WIDTH:
            self.catalogue.toggle(line)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus ring."""
        self._quiet = True  # Qt would select the first line; nothing is selected until somebody does
        super().focusInEvent(event)
        self._quiet = False
        self.show_selection(self._wanted)
        self.viewport().update()
