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

LINE = 20
TOP = 5
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


def bare_mib(n_bytes: float) -> str:
    """A size in MiB without the unit, which stands at the end of the sum."""
    return units.mib(n_bytes).removesuffix(" MiB")


class SumStrip(QWidget):
    """Name and speed above the sum; a line below for the second machine while there is one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ""
        self._parts: list[tuple[int, str]] = []
        self._total = ""
        self._short = ""
        """The total where there is no room for all of it."""
        self._speed = ""
        self._words = ""
        self._notes = ""
        self.setFixedHeight(2 * LINE + 2 * TOP)

    @property
    def notes(self) -> str:
        """What else is to be said, below the sum."""
        return self._notes

    def keep_notes(self, kept: bool) -> None:
        """Keep room for a line of notes, or not."""
        self.setFixedHeight((3 if kept else 2) * LINE + 2 * TOP)

    def show_cell(
        self, grid: MapGrid | None, row: int, column: int, name: str, notes: tuple[str, ...] = ()
    ) -> None:
        """Show another cell, with what else is to be said of it."""
        self._parts, self._total, self._short, self._speed, self._words = [], "", "", "", ""
        self._name = name
        if grid is not None and row >= 0 and column >= 0:
            self._words = self._show_sum(grid, row, column)
        self._notes = " · ".join(notes)
        names = kind_words()
        words = ", ".join(f"{names[k]} {text} MiB" for k, text in self._parts)
        self.setAccessibleName(
            f"{self._name}: {self._words}. {words} {self._total} {self._speed}. {self._notes}"
        )
        self.setToolTip(f"{words} {self._total}\n{self._notes}".strip())
        self.update()

    def _show_sum(self, grid: MapGrid, row: int, column: int) -> str:
        from planner.map_grid import cell_sum

        if not grid.offered[row, column]:
            self._total = tr("not offered: longer than the model was made for")
            return ""
        if grid.waiting is not None and grid.waiting[row]:
            self._total = tr("being planned")
            return ""
        fit = int(grid.fit[row, column])
        if fit == FitClass.NONE and grid.shortfall[row, column] != grid.shortfall[row, column]:
            self._total = tr("does not run")
        elif fit == FitClass.NONE:
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
            self._short = tr("= {total} of {capacity} MiB, {free} free").format(
                total=bare_mib(found.total), capacity=bare_mib(found.capacity), free=bare_mib(found.free)
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
        """Draw name and speed, the sum, and the notes, one below the other."""
        t = theme.current()
        p = QPainter(self)
        p.fillRect(self.rect(), t.color("selection"))
        strong, normal = theme.ui_font(12, True), theme.ui_font(12)
        fms, fm = QFontMetrics(strong), QFontMetrics(normal)
        end = self.width() - 12
        p.setFont(strong)
        p.setPen(t.color("text"))
        p.drawText(QRect(0, TOP, end, LINE), RIGHT, self._speed)
        room = max(end - 12 - fms.horizontalAdvance(self._speed) - 16, 0)
        name = fms.elidedText(self._name, Qt.TextElideMode.ElideRight, room)
        p.drawText(QRect(12, TOP, room, LINE), LEFT, name)
        after = 12 + fms.horizontalAdvance(name) + 10
        p.setFont(normal)
        p.setPen(t.color("text_second"))
        room = max(room + 12 - after, 0)
        p.drawText(
            QRect(after, TOP, room, LINE), LEFT, fm.elidedText(self._words, Qt.TextElideMode.ElideRight, room)
        )
        self._draw_sum(p, fm, TOP + LINE, end)
        if self._notes:
            p.setPen(t.color("text"))
            notes = fm.elidedText(self._notes, Qt.TextElideMode.ElideRight, end - 12)
            p.drawText(QRect(12, TOP + 2 * LINE, end - 12, LINE), LEFT, notes)

    def _draw_sum(self, p: QPainter, fm: QFontMetrics, top: int, end: int) -> None:
        t = theme.current()
        x = 12
        for index, (kind, text) in enumerate(self._parts):
            width = fm.horizontalAdvance(text)
            if x + width + 30 > end:
                break
            if index:
                p.setPen(t.color("text_second"))
                p.drawText(QRect(x, top, 14, LINE), LEFT, "+")
                x += 13
            p.fillRect(QRectF(x, top + LINE / 2 - 4.5, 9, 9), t.kinds[kind])
            p.setPen(t.color("text"))
            p.drawText(QRect(x + 13, top, width + 2, LINE), LEFT, text)
            x += 13 + width + 8
        p.setPen(t.color("text"))
        room = max(end - x, 0)
        whole = not self._short or fm.horizontalAdvance(self._total) <= room
        total = fm.elidedText(self._total if whole else self._short, Qt.TextElideMode.ElideRight, room)
        p.drawText(QRect(x, top, room, LINE), LEFT, total)
