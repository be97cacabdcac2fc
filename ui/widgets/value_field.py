"""A field that says in one line beside it what is wrong with what was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from planner.units import ValueFault
from ui.typed import typed
from ui.words import shown, tr

FLOAT_WIDTH, FLOAT_MS = 236, 9000
"""Least width of a message that floats, and how long it stays unless the field is looked at again. [px], [ms]"""
LONGEST = 64
"""More than any value has; what is pasted by mistake is longer. [characters]"""


class ValueField(QWidget):
    """A line of text that is read by a function.

    With ``floating`` what is wrong is said on a card below the field, so that nothing around a narrow field moves.

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
        floating: bool = False,
    ) -> None:
        super().__init__(parent)
        self._parse, self._show, self._floating = parse, show, floating
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        self.edit = QLineEdit()
        self.edit.setAccessibleName(name)
        self.fault = QLabel()
        self.fault.setProperty("role", "error")
        self.fault.setWordWrap(True)
        self.fault.setTextFormat(Qt.TextFormat.PlainText)
        self.fault.hide()
        layout.addWidget(self.edit)
        if floating:
            self.fault.setObjectName("floatingFault")
            self.destroyed.connect(self.fault.deleteLater)
        else:
            layout.addWidget(self.fault)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(FLOAT_MS)
        self._rest.timeout.connect(self.fault.hide)
        self._above: list[QWidget] = []
        """What the field lies in: the card moves with it."""
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
        """Escape takes back what was typed; a card moves with its field."""
        if watched in self._above and event.type() in (
            QEvent.Type.Move,
            QEvent.Type.Resize,
            QEvent.Type.Hide,
        ):
            self._place(event.type() != QEvent.Type.Hide)
        if watched is self.edit and event.type() == QEvent.Type.FocusIn and self.edit.property("fault"):
            self._float()
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
        if bool(message) == bool(self.edit.property("fault")) and self.fault.text() == message:
            return
        self.fault.setText(message)
        if not self._floating:
            self.fault.setVisible(bool(message))
        self.edit.setProperty("fault", bool(message))
        self.edit.setAccessibleDescription(message)
        self.edit.style().unpolish(self.edit)
        self.edit.style().polish(self.edit)
        if self._floating:
            self._float()

    def _float(self) -> None:
        """Show the card below the field, or take it away."""
        if not self._floating:
            return
        for widget in self._above:
            widget.removeEventFilter(self)
        self._above = []
        window = self.window()
        if not self.fault.text() or window is self:
            self.fault.hide()
            return
        self.fault.setParent(window)
        above: QWidget | None = self
        while above is not None and above is not window:
            above.installEventFilter(self)
            self._above.append(above)
            above = above.parentWidget()
        self._place(True)
        self._rest.start()

    def _place(self, there: bool) -> None:
        """Put the card where the field is, inside the window."""
        window = self.fault.parentWidget()
        if not there or window is None or not self.isVisible():
            self.fault.hide()
            return
        width = min(max(self.width(), FLOAT_WIDTH), window.width() - 16)
        self.fault.setFixedWidth(width)
        self.fault.adjustSize()
        at = self.mapTo(window, QPoint(0, self.height() + 3))
        x = max(min(at.x(), window.width() - width - 8), 8)
        self.fault.move(x, min(at.y(), window.height() - self.fault.height() - 8))
        self.fault.raise_()
        self.fault.show()

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
