"""One line about an error nobody caught: what to do with it, and a way to close it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from ui.icons import icon
from ui.words import tr


class FaultBar(QFrame):
    """A line above the list; it blocks nothing.

    Signals
    -------
    copy_asked
        Copy the diagnostics.
    folder_asked
        Open the folder of the log.
    """

    copy_asked = Signal()
    folder_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.setAccessibleName(tr("An error"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 12, 6)
        self.text = QLabel()
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setProperty("role", "error")
        self.text.setWordWrap(True)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        layout.addWidget(self.text, 1)
        self.copy = QPushButton(tr("Copy diagnostics"))
        self.copy.clicked.connect(self.copy_asked)
        self.folder = QPushButton(tr("Open log folder"))
        self.folder.clicked.connect(self.folder_asked)
        self.close_button = QPushButton()
        self.close_button.setProperty("kind", "plain")
        self.close_button.setIcon(icon("close"))
        self.close_button.setAccessibleName(tr("Close"))
        self.close_button.setToolTip(tr("Close"))
        self.close_button.clicked.connect(self.hide)
        for button in (self.copy, self.folder, self.close_button):
            layout.addWidget(button)
        self.hide()

    def show_fault(self, text: str) -> None:
        """Say what happened."""
        self.text.setText(
            tr("Something went wrong in the program: {fault}. It is in the log; the window goes on.").format(
                fault=text
            )
        )
        self.show()
