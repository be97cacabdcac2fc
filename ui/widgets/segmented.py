"""A row of choices of which one is on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QIcon
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from ui import theme


def _bold_width(text: str) -> int:
    """Width of a text as the checked button shows it."""
    return QFontMetrics(theme.ui_font(13, True)).horizontalAdvance(text)


class Segmented(QWidget):
    """Buttons side by side, one of them checked; arrow keys move between them.

    Signals
    -------
    chosen
        The user chose another one. arg: its key.
    """

    chosen = Signal(str)

    def __init__(self, name: str, choices: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._buttons: dict[str, QPushButton] = {}
        for index, (key, text) in enumerate(choices):
            button = QPushButton(text)
            button.setObjectName("segment")
            button.setCheckable(True)
            button.setAccessibleName(f"{name}: {text}")
            edge = "first" if index == 0 else "last" if index == len(choices) - 1 else "middle"
            button.setProperty("edge", edge)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setMinimumWidth(_bold_width(text) + 12)
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            self._group.addButton(button)
            self._buttons[key] = button
            layout.addWidget(button)
            button.clicked.connect(lambda _checked, k=key: self.chosen.emit(k))
        if self._buttons:
            next(iter(self._buttons.values())).setChecked(True)

    @property
    def key(self) -> str:
        """Key of what is on."""
        return next((k for k, b in self._buttons.items() if b.isChecked()), "")

    def button(self, key: str) -> QPushButton:
        """Button of a key."""
        return self._buttons[key]

    def set_key(self, key: str) -> None:
        """Put another one on without telling."""
        if key in self._buttons:
            self._buttons[key].setChecked(True)

    def set_icon(self, key: str, icon: QIcon) -> None:
        """Icon beside the text of one choice."""
        self._buttons[key].setIcon(icon)
        self._buttons[key].setMinimumWidth(_bold_width(self._buttons[key].text()) + 36)

    def set_enabled(self, key: str, enabled: bool, reason: str = "") -> None:
        """Allow one choice or not, with the reason as its tooltip."""
        self._buttons[key].setEnabled(enabled)
        self._buttons[key].setToolTip(reason)
