"""A field that says in one line beside it what is wrong with what was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from planner.units import ValueFault
from ui.typed import typed
from ui.words import shown, tr

LONGEST = 64
"""More than any value has; what is pasted by mistake is longer. [characters]"""


class ValueField(QWidget):
    """A line of text that is read by a function.

    Signals
    -------
    entered
        A valid value was typed and confirmed. arg: the value.
    """

    entered = Signal(object)

    def __init__(
        self,
        name: str,
        parse: Callable[[str], Any],
        show: Callable[[Any], str] = str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._parse, self._show = parse, show
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        self.edit = QLineEdit()
        self.edit.setAccessibleName(name)
        self.fault = QLabel()
        self.fault.setProperty("role", "error")
        self.fault.setWordWrap(True)
        self.fault.hide()
        layout.addWidget(self.edit)
        layout.addWidget(self.fault)
        self._shown = ""
        self.edit.editingFinished.connect(self._finished)
        self.edit.textEdited.connect(lambda _text: self.set_fault(""))
        self.edit.installEventFilter(self)
        self.setFocusProxy(self.edit)

    def show_value(self, value: Any) -> None:
        """Show a value, unless somebody is typing another."""
        text = "" if value is None else self._show(value)
        if self.edit.hasFocus() and self.edit.isModified():
            return
        self._shown = text
        if self.edit.text() != text or self.edit.isModified():
            self.edit.setText(text)
        self.set_fault("")

    def read(self) -> Any:
        """The value typed.

        Raises
        ------
        ValueFault
            When it cannot be used; it is shown beside the field as well.
        """
        try:
            value = self._read(self.edit.text())
        except ValueFault as fault:
            self.set_fault(shown(fault.args[0]))
            raise
        self.set_fault("")
        return value

    def _read(self, text: str) -> Any:
        """Read a number as the locale writes it, else as files do."""
        if len(text.strip()) > LONGEST:
            raise ValueFault(tr("This is too long for a value; the value before is kept"))
        read = typed(text)
        try:
            return self._parse(read)
        except ValueFault:
            if read == text.strip():
                raise
        return self._parse(text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape takes back what was typed."""
        if watched is self.edit and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            changed = self.edit.text() != self._shown
            if event.key() == Qt.Key.Key_Escape and changed:
                self.edit.setText(self._shown)
                self.edit.setModified(False)
                self.set_fault("")
                return True
        return super().eventFilter(watched, event)

    def set_fault(self, message: str) -> None:
        """Say what is wrong, or take it back."""
        if bool(message) == self.fault.isVisibleTo(self) and self.fault.text() == message:
            return
        self.fault.setText(message)
        self.fault.setVisible(bool(message))
        self.edit.setProperty("fault", bool(message))
        self.edit.setAccessibleDescription(message)
        self.edit.style().unpolish(self.edit)
        self.edit.style().polish(self.edit)

    def _finished(self) -> None:
        text = self.edit.text()
        if text == self._shown:
            return
        try:
            value = self.read()
        except ValueFault:
            return
        self._shown = text
        self.edit.setModified(False)
        self.entered.emit(value)
