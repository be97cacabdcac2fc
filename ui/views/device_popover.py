"""Details of one device: the detected value, the value used, where it comes from, one click back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QWidget

from planner import units
from planner.machine import Device, HostMemory, Machine
from ui.icons import icon
from ui.session import PlannerSession
from ui.widgets.popover import Popover
from ui.widgets.value_field import ValueField
from ui.words import tr


@dataclass(frozen=True, slots=True)
class Row:
    """One value that can be replaced."""

    key: str
    label: str
    parse: Callable[[str], Any]
    show: Callable[[Any], str]


def gpu_rows() -> tuple[Row, ...]:
    """Values of a GPU that can be replaced."""
    return (
        Row(
            "memory_bytes",
            tr("Memory"),
            lambda t: units.parse_gib(t, tr("Memory"), 0.25),
            lambda v: units.gib(v),
        ),
        Row(
            "free_bytes", tr("Free now"), lambda t: units.parse_gib(t, tr("Free now")), lambda v: units.gib(v)
        ),
        Row("bandwidth_bytes_per_s", tr("Bandwidth"), _bandwidth, lambda v: units.bandwidth(v)),
    )


def ram_rows() -> tuple[Row, ...]:
    """Values of the system memory that can be replaced."""
    return (
        Row("total_bytes", tr("Size"), lambda t: units.parse_gib(t, tr("RAM"), 0.5), lambda v: units.gib(v)),
        Row(
            "available_bytes",
            tr("Free now"),
            lambda t: units.parse_gib(t, tr("Free now")),
            lambda v: units.gib(v),
        ),
        Row("bandwidth_bytes_per_s", tr("Bandwidth"), _bandwidth, lambda v: units.bandwidth(v)),
    )


def _bandwidth(text: str) -> float:
    number = text.strip()
    for unit in ("GB/s", "gb/s", "GBps"):
        number = number.removesuffix(unit).strip()
    return units.parse_positive(number, tr("Bandwidth"), "GB/s", 100_000.0) * 1e9


class ValuesPopover(Popover):
    """A table of values: detected, used, origin."""

    def __init__(self, title: str, anchor: QWidget, session: PlannerSession, width: int = 520) -> None:
        super().__init__(title, anchor, width)
        self._session = session
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(14)
        self.grid.setVerticalSpacing(6)
        self.grid.setColumnStretch(2, 1)
        self.body.addLayout(self.grid)
        for column, text in enumerate((tr("Value"), tr("Detected"), tr("Used for planning"), tr("Origin"))):
            head = QLabel(text)
            head.setProperty("role", "hint")
            self.grid.addWidget(head, 0, column)
        self.fields: dict[str, ValueField] = {}

    def add_row(
        self, row: Row, detected: Any, used: Any, origin: str, apply: Callable[[Any, bool], None]
    ) -> None:
        """One value; ``apply(value, back)`` uses another one, or goes back to the detected one."""
        at = self.grid.rowCount()
        name = QLabel(row.label)
        name.setProperty("role", "second")
        own = self._session.machine_state.own
        missing = tr("not readable") if own else tr("described")
        found = QLabel(missing if detected is None else row.show(detected))
        found.setProperty("role", "second")
        field = ValueField(row.label, row.parse, row.show)
        field.show_value(used)
        field.entered.connect(lambda value: apply(value, False))
        self.fields[row.key] = field
        where = QLabel(origin)
        where.setProperty("role", "second")
        top = Qt.AlignmentFlag.AlignTop
        self.grid.addWidget(name, at, 0, top)
        self.grid.addWidget(found, at, 1, top)
        self.grid.addWidget(field, at, 2)
        self.grid.addWidget(where, at, 3, top)
        if detected is not None and used != detected:
            back = QPushButton()
            back.setProperty("kind", "plain")
            back.setIcon(icon("undo"))
            back.setToolTip(tr("Use the detected value"))
            back.setAccessibleName(tr("{name}: use the detected value").format(name=row.label))
            back.clicked.connect(lambda: apply(detected, True))
            back.clicked.connect(self.dismiss)
            self.grid.addWidget(back, at, 4, top)

    def add_fact(self, label: str, text: str) -> None:
        """One value that is only shown."""
        at = self.grid.rowCount()
        name = QLabel(label)
        name.setProperty("role", "second")
        value = QLabel(text)
        value.setWordWrap(True)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.grid.addWidget(name, at, 0, Qt.AlignmentFlag.AlignTop)
        self.grid.addWidget(value, at, 1, 1, 3)

    def add_notes(self, notes: list[str]) -> None:
        """What detection had to say."""
        for note in notes:
            line = QLabel(note)
            line.setWordWrap(True)
            line.setProperty("role", "second")
            self.body.addWidget(line)


class DevicePopover(ValuesPopover):
    """Details of a GPU."""

    def __init__(self, anchor: QWidget, session: PlannerSession, index: int) -> None:
        machine = session.machine
        gpu = machine.gpus[index]
        super().__init__(gpu.name, anchor, session)
        detected = session.machine_state.detected
        found = detected.gpus[index] if detected is not None and index < len(detected.gpus) else None
        words = {
            "detected": tr("detected"),
            "table": tr("table"),
            "entered": tr("yours"),
            "unknown": tr("unknown"),
        }
        for row in gpu_rows():
            used = getattr(gpu, row.key)
            origin = gpu.origin.get(row.key, "unknown" if used is None else "table")
            self.add_row(
                row,
                None if found is None else getattr(found, row.key),
                used,
                words.get(origin, origin),
                lambda value, back, key=row.key: self._apply(index, key, value, found if back else None),
            )
        if gpu.accelerator:
            self.add_fact(tr("Table row"), gpu.accelerator)
        if gpu.pcie_generation and gpu.pcie_lanes:
            self.add_fact("PCIe", f"{gpu.pcie_generation}.0 ×{gpu.pcie_lanes}")
        if gpu.compute_capability:
            self.add_fact(tr("Compute capability"), gpu.compute_capability)
        if gpu.driver:
            self.add_fact(tr("Driver"), gpu.driver)
        self.add_notes([n for n in machine.notes if gpu.name in n])

    def _apply(self, index: int, key: str, value: Any, found: Device | None) -> None:
        machine = self._session.machine
        gpu = machine.gpus[index]
        origin = dict(gpu.origin)
        origin[key] = "entered" if found is None else found.origin.get(key, "detected")
        changes: dict[str, Any] = {key: value}
        if key == "memory_bytes" and gpu.free_bytes is not None:
            changes["free_bytes"] = min(gpu.free_bytes, value)
        if key == "free_bytes" and gpu.memory_bytes is not None and value > gpu.memory_bytes:
            self.fields[key].set_fault(
                tr("more than the memory; the largest valid value is {gib}").format(
                    gib=units.gib(gpu.memory_bytes)
                )
            )
            return
        gpus = list(machine.gpus)
        gpus[index] = replace(gpu, origin=origin, **changes)
        self._session.override_machine(replace(machine, gpus=tuple(gpus)))


class RamPopover(ValuesPopover):
    """Details of the system memory."""

    def __init__(self, anchor: QWidget, session: PlannerSession) -> None:
        super().__init__(tr("System memory"), anchor, session)
        machine = session.machine
        detected = session.machine_state.detected
        for row in ram_rows():
            used = getattr(machine.ram, row.key)
            found = None if detected is None else getattr(detected.ram, row.key)
            if used is None:
                origin = tr("unknown")
            elif row.key == "bandwidth_bytes_per_s":
                origin = {"entered": tr("yours")}.get(
                    machine.ram.bandwidth_origin, machine.ram.bandwidth_origin
                )
            else:
                origin = tr("detected") if found == used else tr("yours")
            self.add_row(
                row, found, used, origin, lambda value, back, key=row.key: self._apply(key, value, back)
            )
        if machine.ram.kind:
            self.add_fact(tr("Kind"), machine.ram.kind)
        if machine.ram.limit_bytes:
            self.add_fact(tr("Container limit"), units.gib(machine.ram.limit_bytes))
        self.add_notes([n for n in machine.notes if n.startswith("Memory")])

    def _apply(self, key: str, value: Any, back: bool) -> None:
        machine: Machine = self._session.machine
        ram: HostMemory = machine.ram
        if key == "available_bytes" and ram.total_bytes is not None and value > ram.total_bytes:
            self.fields[key].set_fault(
                tr("more than the memory; the largest valid value is {gib}").format(
                    gib=units.gib(ram.total_bytes)
                )
            )
            return
        changes: dict[str, Any] = {key: value}
        if key == "bandwidth_bytes_per_s":
            detected = self._session.machine_state.detected
            changes["bandwidth_origin"] = detected.ram.bandwidth_origin if back and detected else "entered"
        if key == "total_bytes" and ram.available_bytes is not None:
            changes["available_bytes"] = min(ram.available_bytes, value)
        self._session.override_machine(replace(machine, ram=replace(ram, **changes)))


class CpuPopover(ValuesPopover):
    """Details of the processor."""

    def __init__(self, anchor: QWidget, session: PlannerSession) -> None:
        super().__init__(tr("Processor"), anchor, session, 460)
        cpu = session.machine.cpu
        self.add_fact(tr("Name"), cpu.name or tr("unknown"))
        self.add_fact(tr("Cores"), str(cpu.cores or tr("unknown")))
        self.add_fact(tr("Threads"), str(cpu.threads or tr("unknown")))
        self.add_fact(tr("Architecture"), cpu.architecture or tr("unknown"))
        shown = [
            f for f in cpu.features if f.startswith(("avx", "amx", "neon", "asimd", "sve", "fma", "f16c"))
        ]
        self.add_fact(tr("Features"), " ".join(shown[:24]) or tr("unknown"))


class EnginesPopover(ValuesPopover):
    """Engines found on this machine."""

    def __init__(self, anchor: QWidget, session: PlannerSession) -> None:
        super().__init__(tr("Engines"), anchor, session, 460)
        engines = session.machine.engines
        for engine in engines:
            self.add_fact(f"{engine.name} {engine.version}", engine.path)
        if not engines:
            self.add_notes(
                [
                    tr(
                        "Neither llama-server nor vllm was found on the path. Plans do not need them; running does."
                    )
                ]
            )
