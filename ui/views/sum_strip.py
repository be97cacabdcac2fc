"""The sum behind one cell of the map: every kind of memory, what is free, how fast; and the same on a second machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from planner import units
from planner.fit_class import FitClass
from ui import theme
from ui.models.catalogue_model import fit_words, kind_words
from ui.words import tr

if TYPE_CHECKING:
    from planner.map_grid import MapGrid

LINE = 26
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


def bare_mib(n_bytes: float) -> str:
    """A size in MiB without the unit, which stands at the end of the sum."""
    return units.mib(n_bytes).removesuffix(" MiB")


class SumStrip(QWidget):
    """Name, sum and speed; a second line for notes and the second machine where there is one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ""
        self._parts: list[tuple[int, str]] = []
        self._total = ""
        self._speed = ""
        self._notes = ""
        self.setFixedHeight(2 * LINE)

    @property
    def notes(self) -> str:
        """The second line."""
        return self._notes

    def show_cell(
        self, grid: MapGrid | None, row: int, column: int, name: str, notes: tuple[str, ...] = ()
    ) -> None:
        """Show another cell, with what else is to be said of it."""
        self._parts, self._total, self._speed = [], "", ""
        self._name = name
        told = list(notes)
        if grid is not None and row >= 0 and column >= 0:
            told.insert(0, self._show_sum(grid, row, column))
        self._notes = " · ".join(t for t in told if t)
        names = kind_words()
        words = ", ".join(f"{names[k]} {text} MiB" for k, text in self._parts)
        self.setAccessibleName(f"{self._name}: {words} {self._total} {self._speed}. {self._notes}")
        self.setToolTip(f"{words} {self._total}\n{self._notes}".strip())
        self.update()

    def _show_sum(self, grid: MapGrid, row: int, column: int) -> str:
        from planner.map_grid import cell_sum

        if not grid.offered[row, column]:
            self._total = tr("not offered: longer than the model was made for")
            return ""
        fit = int(grid.fit[row, column])
        if fit == FitClass.NONE:
            self._total = tr("does not fit: short by {gib} of {needed}").format(
                gib=units.gib(float(grid.shortfall[row, column])),
                needed=units.gib(float(grid.needed[row, column])),
            )
        else:
            found = cell_sum(grid, row, column)
            self._parts = [(k, bare_mib(v)) for k, v in enumerate(found.kinds) if v]
            self._total = tr("= {total} of {capacity} MiB, {others} others, {free} free").format(
                total=bare_mib(found.total),
                capacity=bare_mib(found.capacity),
                others=bare_mib(found.others),
                free=bare_mib(found.free),
            )
            low, high = float(grid.decode_p10[row, column]), float(grid.decode_p90[row, column])
            self._speed = (
                tr("{low}–{high} tok/s").format(low=units.rate(low), high=units.rate(high))
                if low == low
                else tr("speed unknown")
            )
        text = fit_words(fit)
        if grid.beyond[row, column]:
            text += " · " + tr("past the trained context: needs YaRN")
        return text

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it in two lines."""
        t = theme.current()
        p = QPainter(self)
        p.fillRect(self.rect(), t.color("selection"))
        strong, normal = theme.ui_font(12, True), theme.ui_font(12)
        fms, fm = QFontMetrics(strong), QFontMetrics(normal)
        h = LINE
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
        sums = sum(
            13 + fm.horizontalAdvance(text) + 8 + (13 if i else 0) for i, (_, text) in enumerate(self._parts)
        )
        wide = x + sums + fm.horizontalAdvance(self._total) > end
        if not wide:
            for index, (kind, text) in enumerate(self._parts):
                width = fm.horizontalAdvance(text)
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
        p.setPen(t.color("text_second"))
        room = self.width() - 24
        notes = fm.elidedText(self._notes, Qt.TextElideMode.ElideRight, room)
        p.drawText(QRect(12, h - 3, room, h), LEFT, notes)
