"""What the flag pointed at is for, in the lines right below the command."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from ui import theme
from ui.words import tr

if TYPE_CHECKING:
    from ui.views.flag_table import FlagRow

LINES = 2


class FlagLine(QLabel):
    """The flag pointed at, why it is there and the number it causes; as high when none is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("flagLine")
        self.setProperty("role", "hint")
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._row: FlagRow | None = None
        self.apply_theme()

    def show_row(self, row: FlagRow | None) -> None:
        """Explain another flag; None = say how to point at one."""
        if row != self._row:
            self._row = row
            self._write()

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self.setFont(theme.ui_font(12))
        self.setFixedHeight(self.fontMetrics().lineSpacing() * LINES + 2)
        self._write()

    def _write(self) -> None:
        row = self._row
        if row is None:
            hint = tr("Point at a flag to see why it is there.")
            self.setText(escape(hint))
            self.setAccessibleName(hint)
            return
        t = theme.current()
        code, accent, colour = theme.code_font(12).family(), t.color("accent").name(), t.color("text").name()
        text = f"{escape(row.reason)}: <b>{escape(row.amount)}</b>" if row.amount else escape(row.reason)
        self.setText(
            f"<span style=\"font-family: '{code}'; color: {accent}\">{escape(row.flag.split(' ')[0])}</span>"
            f'&ensp;<span style="color: {colour}">{text}</span>'
        )
        self.setAccessibleName(": ".join(part for part in (row.flag, row.reason, row.amount) if part))
