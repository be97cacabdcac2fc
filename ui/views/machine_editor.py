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
from planner.hardware.machine_file import save_machine
from planner.hardware.ram_kinds import CHANNELS, RAM_KINDS, parse_ram_speed
from planner.hardware.what_if import describe, machine_from_options, with_gpus
from planner.machine import Device, Machine
from planner.units import ValueFault
from ui.icons import icon
from ui.session import PlannerSession
from ui.widgets.popover import Popover
from ui.widgets.value_field import ValueField
from ui.words import shown, tr


class MachineEditor(Popover):
    """The what-if machine: a new one, or one that is planned for and is to be changed.

    Parameters
    ----------
    anchor : QWidget
        The control it belongs to.
    session : PlannerSession
    machine : Machine or None
        What to start from.
    compare : bool
        True compares with the machine instead of planning for it.
    """

    def __init__(
        self, anchor: QWidget, session: PlannerSession, machine: Machine | None = None, compare: bool = False
    ) -> None:
        title = tr("Compare with another machine") if compare else tr("Plan for another machine")
        super().__init__(tr("Change the machine") if machine is not None else title, anchor, 480)
        self._session, self._compare = session, compare
        self._base = machine
        self._entries: list[tuple[str, tuple[Device, ...], tuple[str, ...]]] = []
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
        completer.popup().setObjectName("choices")
        self.gpu.setCompleter(completer)
        self.gpu.returnPressed.connect(self._entered)
        self.add = QPushButton(tr("Add"))
        self.add.setIcon(icon("plus"))
        self.add.setAccessibleName(tr("Add the GPU"))
        self.add.clicked.connect(self.add_gpu)
        row.addWidget(self.gpu, 1)
        row.addWidget(self.add)
        self.body.addLayout(row)
        self.gpu_fault = QLabel()
        self.gpu_fault.setTextFormat(Qt.TextFormat.PlainText)
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
        self.kind.setEditable(True)
        self.kind.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.kind.setAccessibleName(tr("Speed of the RAM"))
        line = self.kind.lineEdit()
        if line is not None:
            line.setAccessibleName(tr("Speed of the RAM"))
            line.setPlaceholderText(tr("from the processor, or unknown"))
        self.kind.setToolTip(tr("For example “DDR5-5600, 2 channels” or “83 GB/s”; empty = not known"))
        self.kind.addItem("")
        for kind in RAM_KINDS:
            for channels in CHANNELS:
                if channels in (2, 4, 8) or (channels == 12 and kind.startswith("DDR5")):
                    self.kind.addItem(tr("{kind}, {n} channels").format(kind=kind, n=channels))
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
            label.setMinimumHeight(self.name.sizeHint().height())  # level with the text in the field
            grid.addWidget(label, line, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(widget, line, 1)
        self.body.addLayout(grid)
        self.fault = QLabel()
        self.fault.setTextFormat(Qt.TextFormat.PlainText)
        self.fault.setProperty("role", "error")
        self.fault.setWordWrap(True)
        self.fault.hide()
        self.body.addWidget(self.fault)
        buttons = QHBoxLayout()
        self.use = QPushButton(tr("Compare with it") if compare else tr("Plan for it"))
        self.use.setProperty("kind", "primary")
        self.use.clicked.connect(self.use_machine)
        self.save = QPushButton(tr("Save and compare") if compare else tr("Save and plan for it"))
        self.save.setIcon(icon("save"))
        self.save.clicked.connect(self.save_machine)
        buttons.addWidget(self.use)
        buttons.addWidget(self.save)
        buttons.addStretch(1)
        self.body.addLayout(buttons)
        if machine is not None:
            self._start_from(machine)

    def _start_from(self, machine: Machine) -> None:
        """Fill the fields with what a machine is."""
        groups: list[list[Device]] = []
        for gpu in machine.gpus:
            if groups and groups[-1][0] == gpu:
                groups[-1].append(gpu)
            else:
                groups.append([gpu])
        for group in groups:
            self._add_entry(group[0].accelerator or group[0].name, tuple(group), ())
        if machine.ram.total_bytes is not None:
            self.ram.edit.setText(units.gib(machine.ram.total_bytes))
        if machine.ram.bandwidth_bytes_per_s is not None and machine.ram.bandwidth_origin != "table":
            self.kind.setEditText(units.bandwidth(machine.ram.bandwidth_bytes_per_s))
        self.cpu.setText(machine.cpu.name)
        if machine.name != describe(machine):
            self.name.setText(machine.name)

    def open(self) -> None:
        """Show it with the cursor in the first field."""
        super().open()
        self.gpu.setFocus(Qt.FocusReason.PopupFocusReason)

    @property
    def specs(self) -> list[str]:
        """GPUs added, as they were typed."""
        return [text for text, _, _ in self._entries]

    def _entered(self) -> None:
        """Enter adds what was typed; once more, with nothing typed, it uses the machine."""
        if self._entries and not self.gpu.text().strip():
            self.use_machine()
        else:
            self.add_gpu()

    def add_gpu(self) -> bool:
        """Add what was typed; say beside the field why not."""
        text = self.gpu.text().strip()
        if not text:
            self._gpu_fault(tr("Type a GPU, for example RTX 4090"))
            return False
        try:
            described = machine_from_options(gpus=[text])
        except ValueFault as fault:
            self._gpu_fault(shown(str(fault)))
            return False
        self._gpu_fault("")
        if described is not None and described.gpus:
            self._add_entry(text, described.gpus, described.notes)
        self.gpu.clear()
        self.place()
        return True

    def _add_entry(self, text: str, devices: tuple[Device, ...], notes: tuple[str, ...]) -> None:
        self._entries.append((text, devices, notes))
        gpu = devices[0]
        name = gpu.accelerator or gpu.name
        if len(devices) > 1:
            name = tr("{n}× {name}").format(n=len(devices), name=name)
        size, rate = units.gib(gpu.memory_bytes, 0), units.bandwidth(gpu.bandwidth_bytes_per_s)
        self._add_line(f"{name}, {size}, {rate}")

    def _add_line(self, text: str) -> None:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        label = QLabel(text)
        label.setWordWrap(True)
        row.addWidget(label, 1)
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
        if 0 <= at < len(self._entries):
            del self._entries[at]
        self._list.removeWidget(line)
        line.hide()
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
            speed = self.kind.currentText().strip()
            rate = parse_ram_speed(speed, tr("RAM speed")) if speed else None
            machine = machine_from_options(
                gpus=("none",),
                ram_gib=self.ram.edit.text(),
                ram_bandwidth=None if rate is None else rate.bytes_per_s / 1e9,
                cpu=self.cpu.text().strip() or None,
            )
            if machine is None:
                return None
            if rate is not None and rate.kind:
                machine = replace(machine, ram=replace(machine.ram, kind=rate.kind, channels=rate.channels))
            devices = [gpu for _, group, _ in self._entries for gpu in group]
            machine = with_gpus(machine, devices, [n for _, _, notes in self._entries for n in notes])
        except ValueFault as fault:
            self._fault(shown(str(fault)))
            return None
        if self._base is not None:  # what cannot be typed here stays as it was
            machine = replace(
                machine,
                engines=self._base.engines,
                cpu=self._base.cpu if machine.cpu.name == self._base.cpu.name else machine.cpu,
            )
        name = self.name.text().strip()
        return replace(machine, name=name) if name else machine

    def _fault(self, message: str) -> None:
        self.fault.setText(message)
        self.fault.setVisible(bool(message))
        self.place()

    def use_machine(self) -> None:
        """Plan for what is described, or compare with it."""
        machine = self._machine()
        if machine is not None:
            self._take(machine)

    def _take(self, machine: Machine) -> None:
        if self._compare:
            self._session.second.compare_with(machine)
        else:
            self._session.use_machine(machine)
        self.dismiss()

    def save_machine(self) -> None:
        """Save it under its name, and use it."""
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
            self._fault(shown(str(fault)))
            return
        self._take(machine)
