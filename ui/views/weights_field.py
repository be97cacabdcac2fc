"""Where the weights come from: the repository, a file of the user's, or a name to be replaced."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ui.widgets.wrapped import Wrapped
from ui.words import tr

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.plan_command import Weights


class PathEdit(QLineEdit):
    """A path, typed or dropped.

    Signals
    -------
    dropped
        A file was dropped. arg: its path.
    """

    dropped = Signal(str)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files of this computer."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()
        else:
            super().dragEnterEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Take the first file."""
        path = next((u.toLocalFile() for u in event.mimeData().urls() if u.isLocalFile()), "")
        if path:
            event.acceptProposedAction()
            self.setText(path)
            self.dropped.emit(path)
        else:
            super().dropEvent(event)


class WeightsField(QWidget):
    """Source of the weights of the plan shown; remembered for each model and quantization.

    The choice of a kind, :attr:`kind`, is laid out by the owner; the field itself holds the path.

    Signals
    -------
    changed
        Another source.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._known: dict[tuple[str, str], tuple[str, str]] = {}
        self._plan: Plan | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(6)
        self.kind = QComboBox()
        self.kind.setToolTip(tr("Where the weights come from"))
        self.kind.setAccessibleName(tr("Source of the weights"))
        for key, text in (
            ("hub", tr("Hugging Face")),
            ("file", tr("Local file")),
            ("placeholder", tr("Placeholder")),
        ):
            self.kind.addItem(text, key)
        self.kind.activated.connect(self._kind_chosen)
        self.path = PathEdit()
        self.path.setAccessibleName(tr("Path of the weights"))
        self.path.setPlaceholderText(tr("Type a path or drop a file"))
        self.path.editingFinished.connect(self._path_typed)
        self.path.dropped.connect(lambda _path: self._path_typed())
        row.addWidget(self.path, 1)
        self.browse = QPushButton("…")
        self.browse.setAccessibleName(tr("Choose the file"))
        self.browse.setToolTip(tr("Choose the file"))
        self.browse.setFixedWidth(34)
        self.browse.clicked.connect(self._browse)
        row.addWidget(self.browse)
        layout.addLayout(row)
        self.hint = Wrapped("warning")
        layout.addWidget(self.hint)
        for part in (self.hint, self.path, self.browse, self):
            part.hide()

    def weights(self) -> Weights:
        """Source chosen."""
        from planner.plan_command import Weights

        return Weights(str(self.kind.currentData()), os.path.expanduser(self.path.text().strip()))

    def show_plan(self, plan: Plan | None) -> None:
        """Show the source remembered for another plan."""
        before = self._key()
        self._plan = plan
        if self._key() != before:
            self._show(*self._known.get(self._key(), ("hub", "")))

    def take_file(self, path: str) -> None:
        """Use a file."""
        self._show("file", path)
        self._remember()

    def _key(self) -> tuple[str, str]:
        plan = self._plan
        return ("", "") if plan is None else (plan.model_id, plan.quant or "")

    def _show(self, kind: str, path: str) -> None:
        self.kind.setCurrentIndex(max(self.kind.findData(kind), 0))
        self.path.setText(path)
        self.path.setVisible(kind == "file")
        self.browse.setVisible(kind == "file")
        self.setVisible(kind == "file")
        self._judge()

    def _kind_chosen(self) -> None:
        kind = str(self.kind.currentData())
        self._show(kind, self.path.text())
        if kind == "file":
            self.path.setFocus()
        self._remember()

    def _path_typed(self) -> None:
        if self.path.text() != self._known.get(self._key(), ("", ""))[1]:
            self._judge()
            self._remember()

    def _remember(self) -> None:
        self._known[self._key()] = (str(self.kind.currentData()), self.path.text())
        self.changed.emit()

    def _browse(self) -> None:
        dialog = QFileDialog(self, tr("Choose the file"), "", tr("Weights (*.gguf);;All files (*)"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.take_file)
        dialog.open()

    def _judge(self) -> None:
        """Say what looks wrong with a path; the command is written all the same."""
        path, plan = self.path.text().strip(), self._plan
        text = ""
        if self.kind.currentData() == "file" and path and plan is not None:
            from planner.commands.model_hint import quant_of_file

            named = quant_of_file(path)
            if not os.path.exists(os.path.expanduser(path)):
                text = tr("There is no such file on this computer.")
            elif plan.engine == "llama.cpp" and not path.lower().endswith(".gguf"):
                text = tr("llama.cpp loads GGUF files; this name does not end in .gguf.")
            elif named is not None and plan.quant is not None and named.upper() != plan.quant.upper():
                text = tr("The name says {named}; this plan is for {quant}.").format(
                    named=named, quant=plan.quant
                )
        self.hint.show_text(text)
