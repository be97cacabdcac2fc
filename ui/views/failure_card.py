"""What is said about a probe that failed: why, what is known without it, and values to plan with until it works."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QCompleter,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from planner.units import ValueFault
from ui.icons import icon
from ui.session import PlannerSession
from ui.widgets.popover import Popover
from ui.words import shown, tr

if TYPE_CHECKING:
    from planner.hardware.pci_names import PciCard

NVIDIA = 0x10DE


class FailureCard(Popover):
    """The failed probes of this machine.

    Signals
    -------
    retry_asked
        Detect again.
    """

    retry_asked = Signal()

    def __init__(self, anchor: QWidget, session: PlannerSession, cards: list[PciCard] | None = None) -> None:
        super().__init__(tr("A probe failed"), anchor, 540)
        self._session = session
        state = session.machine_state
        for note in state.failed:
            line = QLabel(shown(note))
            line.setTextFormat(Qt.TextFormat.PlainText)
            line.setWordWrap(True)
            self.body.addWidget(line)
        hint = QLabel(
            tr(
                "Everything else was detected, and planning goes on with it. Name the GPU to plan with it too:"
            )
        )
        hint.setWordWrap(True)
        hint.setProperty("role", "second")
        self.body.addWidget(hint)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setColumnStretch(2, 1)
        heads = (tr("Value"), tr("Detected"), tr("Used for planning"), tr("Origin"))
        for column, text in enumerate(heads):
            head = QLabel(text)
            head.setProperty("role", "hint")
            grid.addWidget(head, 0, column)
        if cards is None:
            from planner.hardware.pci_names import pci_cards

            cards = pci_cards(NVIDIA)
        found = ", ".join(tr("PCI {id}").format(id=c.pci_id) for c in cards) or tr("not readable")
        names = [c.accelerator for c in cards if c.accelerator]
        self.gpu = QLineEdit(" + ".join(dict.fromkeys(names)))
        self.gpu.setPlaceholderText(tr("e.g. RTX 4090 or 2x RTX 3090"))
        self.gpu.setAccessibleName(tr("GPU to plan with"))
        self.gpu.setCompleter(self._completer())
        self.gpu.returnPressed.connect(self.use)
        self.origin = QLabel(tr("PCI id, table") if names else tr("table"))
        for column, widget in enumerate((QLabel(tr("GPU")), QLabel(found), self.gpu, self.origin)):
            if isinstance(widget, QLabel):
                widget.setProperty("role", "second")
            grid.addWidget(widget, 1, column)
        self.body.addLayout(grid)
        free = QLabel(tr("How much of it is in use is not known: nothing is assumed to be."))
        free.setWordWrap(True)
        free.setProperty("role", "warning")
        self.body.addWidget(free)
        self.fault = QLabel()
        self.fault.setTextFormat(Qt.TextFormat.PlainText)
        self.fault.setProperty("role", "error")
        self.fault.setWordWrap(True)
        self.fault.hide()
        self.body.addWidget(self.fault)
        self._add_buttons()

    def _completer(self) -> QCompleter:
        from models_db.accelerator import load_accelerators

        completer = QCompleter(QStringListModel([a.name for a in load_accelerators()], self), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.popup().setObjectName("choices")
        return completer

    def _add_buttons(self) -> None:
        row = QHBoxLayout()
        self.again = QPushButton(tr("Try again"))
        self.again.setProperty("kind", "primary")
        self.again.setIcon(icon("refresh", "accent_text"))
        self.again.clicked.connect(self.retry_asked)
        self.again.clicked.connect(self.dismiss)
        self.take = QPushButton(tr("Plan with this GPU"))
        self.take.clicked.connect(self.use)
        self.copy = QPushButton(tr("Copy details"))
        self.copy.setProperty("kind", "plain")
        self.copy.setIcon(icon("copy"))
        self.copy.clicked.connect(self._copy)
        row.addWidget(self.again)
        row.addWidget(self.take)
        row.addStretch(1)
        row.addWidget(self.copy)
        self.body.addLayout(row)

    def _copy(self) -> None:
        QApplication.clipboard().setText("\n".join(self._session.machine_state.machine.notes))
        self.copy.setText(tr("Copied"))

    def use(self) -> None:
        """Plan for this machine with the GPU that was named; can be undone."""
        from planner.hardware.what_if import machine_from_options

        try:
            described = machine_from_options(
                gpus=[t for t in self.gpu.text().split("+") if t.strip()] or [""]
            )
        except ValueFault as fault:
            self.fault.setText(shown(str(fault)))
            self.fault.show()
            self.place()
            return
        if described is None:
            return
        session = self._session
        known = session.own_state.detected or session.own_state.machine
        machine = session.own_state.machine
        session.override_machine(replace(machine, gpus=(*known.gpus, *described.gpus)))
        self.dismiss()
