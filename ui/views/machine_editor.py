"""Describe a machine that is not here: GPUs from the accelerator table, RAM, processor; use it, save it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QStringListModel, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from models_db.accelerator import load_accelerators
from planner import units
from planner.hardware.accelerator_names import parse_gpu_spec
from planner.hardware.machine_file import save_machine
from planner.hardware.what_if import machine_from_options
from planner.machine import Machine
from planner.units import ValueFault
from ui.icons import icon
from ui.session import PlannerSession
from ui.widgets.popover import Popover
from ui.widgets.value_field import ValueField
from ui.words import tr

MEMORY_KINDS: tuple[tuple[str, float], ...] = (
    ("DDR4-3200", 25.6),
    ("DDR5-4800", 38.4),
    ("DDR5-5600", 44.8),
    ("DDR5-6000", 48.0),
    ("DDR5-6400", 51.2),
)
"""Transfers per second × 8 bytes of one 64-bit channel (JEDEC JESD79-4, JESD79-5). [GB/s]"""


class MachineEditor(Popover):
    """The what-if machine."""

    def __init__(self, anchor: QWidget, session: PlannerSession) -> None:
        super().__init__(tr("Plan for another machine"), anchor, 470)
        self._session = session
        self._specs: list[str] = []
        hint = QLabel(
            tr("Name GPUs as people write them: “RTX 4090”, “2x RTX 3090”, “RTX A6000:48” for 48 GiB.")
        )
        hint.setWordWrap(True)
        hint.setProperty("role", "second")
        self.body.addWidget(hint)
        row = QHBoxLayout()
        self.gpu = QLineEdit()
        self.gpu.setPlaceholderText(tr("GPU or SoC"))
        self.gpu.setAccessibleName(tr("GPU or SoC to add"))
        completer = QCompleter(QStringListModel([a.name for a in load_accelerators()], self), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setMaxVisibleItems(9)
        self.gpu.setCompleter(completer)
        self.gpu.returnPressed.connect(self.add_gpu)
        self.add = QPushButton(tr("Add"))
        self.add.setIcon(icon("plus"))
        self.add.setAccessibleName(tr("Add the GPU"))
        self.add.clicked.connect(self.add_gpu)
        row.addWidget(self.gpu, 1)
        row.addWidget(self.add)
        self.body.addLayout(row)
        self.gpu_fault = QLabel()
        self.gpu_fault.setProperty("role", "error")
        self.gpu_fault.setWordWrap(True)
        self.gpu_fault.hide()
        self.body.addWidget(self.gpu_fault)
        self._list = QVBoxLayout()
        self._list.setSpacing(4)
        self.body.addLayout(self._list)
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        self.ram = ValueField(
            tr("RAM, GiB"), lambda t: units.parse_gib(t, tr("RAM"), 0.5), lambda v: units.gib(v, 0)
        )
        self.ram.edit.setText("64")
        self.kind = QComboBox()
        self.kind.setAccessibleName(tr("Speed of the RAM"))
        self.kind.addItem(tr("from the processor, or unknown"), None)
        for name, per_channel in MEMORY_KINDS:
            for channels in (2, 4, 8, 12):
                if channels == 12 and not name.startswith("DDR5"):
                    continue
                rate = per_channel * channels
                self.kind.addItem(f"{name}, {channels} {tr('channels')}: {rate:.0f} GB/s", rate)
        self.cpu = QLineEdit()
        self.cpu.setPlaceholderText(tr("e.g. Ryzen 9 7950X (optional)"))
        self.cpu.setAccessibleName(tr("Processor"))
        self.name = QLineEdit()
        self.name.setPlaceholderText(tr("needed to save it"))
        self.name.setAccessibleName(tr("Name of the machine"))
        for line, (text, widget) in enumerate(
            (
                (tr("RAM, GiB"), self.ram),
                (tr("RAM speed"), self.kind),
                (tr("Processor"), self.cpu),
                (tr("Name"), self.name),
            )
        ):
            label = QLabel(text)
            label.setBuddy(widget.edit if isinstance(widget, ValueField) else widget)
            grid.addWidget(label, line, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(widget, line, 1)
        self.body.addLayout(grid)
        self.fault = QLabel()
        self.fault.setProperty("role", "error")
        self.fault.setWordWrap(True)
        self.fault.hide()
        self.body.addWidget(self.fault)
        buttons = QHBoxLayout()
        self.use = QPushButton(tr("Plan for it"))
        self.use.setProperty("kind", "primary")
        self.use.clicked.connect(self.use_machine)
        self.save = QPushButton(tr("Save and plan for it"))
        self.save.setIcon(icon("save"))
        self.save.clicked.connect(self.save_machine)
        buttons.addWidget(self.use)
        buttons.addWidget(self.save)
        buttons.addStretch(1)
        self.body.addLayout(buttons)

    def open(self) -> None:
        """Show it with the cursor in the first field."""
        super().open()
        self.gpu.setFocus(Qt.FocusReason.PopupFocusReason)

    @property
    def specs(self) -> list[str]:
        """GPUs added."""
        return list(self._specs)

    def add_gpu(self) -> bool:
        """Add what was typed; say beside the field why not."""
        text = self.gpu.text().strip()
        if not text:
            self._gpu_fault(tr("Type a GPU, for example RTX 4090"))
            return False
        try:
            request = parse_gpu_spec(text)
        except ValueFault as fault:
            self._gpu_fault(str(fault))
            return False
        self._gpu_fault("")
        if request is not None:
            self._specs.append(text)
            count = f"{request.count}× " if request.count > 1 else ""
            size = units.gib(request.memory_bytes or request.spec.memory_bytes, 0)
            self._add_line(
                f"{count}{request.spec.name}, {size}, {units.bandwidth(request.spec.bandwidth_bytes_per_s)}"
            )
        self.gpu.clear()
        self.place()
        return True

    def _add_line(self, text: str) -> None:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(QLabel(text), 1)
        remove = QToolButton()
        remove.setProperty("kind", "plain")
        remove.setIcon(icon("close"))
        remove.setToolTip(tr("Remove"))
        remove.setAccessibleName(tr("Remove {name}").format(name=text))
        remove.clicked.connect(lambda: self._remove_line(line))
        row.addWidget(remove)
        self._list.addWidget(line)

    def _remove_line(self, line: QWidget) -> None:
        at = self._list.indexOf(line)
        if 0 <= at < len(self._specs):
            del self._specs[at]
        self._list.removeWidget(line)
        line.deleteLater()
        self.place()

    def _gpu_fault(self, message: str) -> None:
        self.gpu_fault.setText(message)
        self.gpu_fault.setVisible(bool(message))
        self.gpu.setProperty("fault", bool(message))
        self.gpu.style().unpolish(self.gpu)
        self.gpu.style().polish(self.gpu)
        self.gpu.setAccessibleDescription(message)
        self.place()

    def _machine(self) -> Machine | None:
        if self.gpu.text().strip() and not self.add_gpu():
            return None
        try:
            self.ram.read()
        except ValueFault:
            self.place()
            return None
        try:
            machine = machine_from_options(
                gpus=self._specs or ("none",),
                ram_gib=self.ram.edit.text(),
                ram_bandwidth=self.kind.currentData(),
                cpu=self.cpu.text().strip() or None,
            )
        except ValueFault as fault:
            self._fault(str(fault))
            return None
        if machine is None:
            return None
        name = self.name.text().strip()
        return replace(machine, name=name) if name else machine

    def _fault(self, message: str) -> None:
        self.fault.setText(message)
        self.fault.setVisible(bool(message))
        self.place()

    def use_machine(self) -> None:
        """Plan for what is described."""
        machine = self._machine()
        if machine is not None:
            self._session.use_machine(machine)
            self.dismiss()

    def save_machine(self) -> None:
        """Save it under its name, and plan for it."""
        machine = self._machine()
        if machine is None:
            return
        if not self.name.text().strip():
            self._fault(tr("Give the machine a name to save it"))
            self.name.setFocus()
            return
        try:
            save_machine(self.name.text(), machine)
        except ValueFault as fault:
            self._fault(str(fault))
            return
        self._session.use_machine(machine)
        self.dismiss()
