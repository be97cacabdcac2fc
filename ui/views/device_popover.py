"""Details of one device: the detected value, the value used, where it comes from, one click back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from planner import units
from planner.hardware.ram_kinds import parse_ram_speed
from planner.machine import Device, HostMemory, Machine
from ui import theme
from ui.icons import icon
from ui.session import PlannerSession
from ui.views.chip_content import origin_word, short_name
from ui.widgets.popover import Popover
from ui.widgets.value_field import ValueField
from ui.words import shown, tr

if TYPE_CHECKING:
    from ui.ram_measure import RamMeasure


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
        Row("memory_bytes", tr("Memory"), lambda t: units.parse_gib(t, tr("Memory"), 0.25), units.gib),
        Row("free_bytes", tr("Free now"), lambda t: units.parse_gib(t, tr("Free now")), units.gib),
        Row("bandwidth_bytes_per_s", tr("Bandwidth"), _bandwidth, units.bandwidth),
    )


def ram_rows() -> tuple[Row, ...]:
    """Values of the system memory that can be replaced."""
    return (
        Row("total_bytes", tr("Size"), lambda t: units.parse_gib(t, tr("RAM"), 0.5), units.gib),
        Row("available_bytes", tr("Free now"), lambda t: units.parse_gib(t, tr("Free now")), units.gib),
        Row("bandwidth_bytes_per_s", tr("Bandwidth"), _bandwidth, units.bandwidth),
    )


def _bandwidth(text: str) -> float:
    return parse_ram_speed(text, tr("Bandwidth")).bytes_per_s


class ValuesPopover(Popover):
    """A table of values: detected, used, origin. It is filled anew after every change."""

    def __init__(self, title: str, anchor: QWidget, session: PlannerSession, width: int = 540) -> None:
        super().__init__(title, anchor, width)
        self._session = session
        self._content: QWidget | None = None
        self._content_body = QVBoxLayout()
        self.grid = QGridLayout()
        self.fields: dict[str, ValueField] = {}
        self.backs: dict[str, QPushButton] = {}
        self.origins: dict[str, QLabel] = {}

    @property
    def known(self) -> Machine | None:
        """The machine before anything was entered by hand: as detected, or as described."""
        state = self._session.machine_state
        return state.detected if state.own else state.described

    def refill(self) -> None:
        """Show the values of now; the row that had the focus keeps it."""
        focused = next((k for k, f in self.fields.items() if f.edit.hasFocus()), None)
        if focused is None:
            focused = next((k for k, back in self.backs.items() if back.hasFocus()), None)
        if self._content is not None:
            self._content.hide()
            self.body.removeWidget(self._content)
            self._content.deleteLater()
        self._content = QWidget()
        self._content_body = QVBoxLayout(self._content)
        self._content_body.setContentsMargins(0, 0, 0, 0)
        self._content_body.setSpacing(8)
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(14)
        self.grid.setVerticalSpacing(6)
        self.grid.setColumnStretch(2, 1)
        words = QFontMetrics(theme.ui_font(12, True))  # columns keep their width while values change
        self.grid.setColumnMinimumWidth(
            3,
            max(words.horizontalAdvance(origin_word(o)) for o in ("entered", "assumed", "unknown", "table")),
        )
        self._content_body.addLayout(self.grid)
        self.fields, self.backs, self.origins = {}, {}, {}
        self.fill()
        self.body.insertWidget(self._place_of_content(), self._content)
        if self.isVisible():
            self._content.show()  # a layout would later: what is not shown takes no focus
        if focused is not None and focused in self.fields:
            self.fields[focused].edit.setFocus(Qt.FocusReason.OtherFocusReason)
        if self.isVisible():
            self.place()

    def _place_of_content(self) -> int:
        return 0

    def fill(self) -> None:
        """Put the rows in."""

    def add_head(self) -> None:
        """Titles of the columns."""
        first = tr("Detected") if self._session.machine_state.own else tr("Described")
        for column, text in enumerate((tr("Value"), first, tr("Used for planning"), tr("Origin"))):
            head = QLabel(text)
            head.setProperty("role", "hint")
            self.grid.addWidget(head, 0, column)

    def add_row(
        self, row: Row, detected: Any, used: Any, origin: str, apply: Callable[[Any, bool], None]
    ) -> None:
        """One value; ``apply(value, back)`` uses another one, or goes back to the detected one."""
        if not self.fields:
            self.add_head()
        at = self.grid.rowCount()
        name = QLabel(row.label)
        name.setProperty("role", "second")
        own = self._session.machine_state.own
        missing = tr("not readable") if own else tr("not described")
        found = QLabel(missing if detected is None else row.show(detected))
        found.setProperty("role", "second")
        field = ValueField(row.label, row.parse, row.show)
        field.show_value(used)
        field.entered.connect(lambda value: apply(value, False))
        self.fields[row.key] = field
        where = QLabel(origin_word(origin))
        where.setProperty("role", "warning" if origin in ("assumed", "unknown") else "second")
        self.origins[row.key] = where
        top = Qt.AlignmentFlag.AlignTop
        for label in (
            name,
            found,
            where,
        ):  # level with the text in the field, also where a fault stands under it
            label.setMinimumHeight(field.edit.sizeHint().height())
        self.grid.addWidget(name, at, 0, top)
        self.grid.addWidget(found, at, 1, top)
        self.grid.addWidget(field, at, 2)
        self.grid.addWidget(where, at, 3, top)
        back = QPushButton()
        back.setProperty("kind", "plain")
        back.setIcon(icon("undo"))
        tip = tr("Use the detected value") if own else tr("Use the described value")
        back.setToolTip(tip)
        back.setAccessibleName(tr("{name}: {tip}").format(name=row.label, tip=tip))
        back.clicked.connect(lambda: apply(detected, True))
        keeps_its_place = back.sizePolicy()
        keeps_its_place.setRetainSizeWhenHidden(True)
        back.setSizePolicy(keeps_its_place)
        self.grid.addWidget(back, at, 4, top)
        if used != detected and origin != "assumed":
            self.backs[row.key] = back
        else:
            back.hide()

    def add_fact(self, label: str, text: str) -> None:
        """One value that is only shown."""
        at = self.grid.rowCount()
        name = QLabel(label)
        name.setProperty("role", "second")
        value = QLabel(text)
        value.setTextFormat(Qt.TextFormat.PlainText)
        value.setWordWrap(True)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.grid.addWidget(name, at, 0, Qt.AlignmentFlag.AlignTop)
        self.grid.addWidget(value, at, 1, 1, 3)

    def add_notes(self, notes: list[str]) -> None:
        """What detection had to say."""
        for note in notes:
            line = QLabel(shown(note))
            line.setTextFormat(Qt.TextFormat.PlainText)
            line.setWordWrap(True)
            line.setProperty("role", "second")
            self._content_body.addWidget(line)

    def add_rhythm(self) -> None:
        """How what is free is followed, on this machine."""
        if not self._session.machine_state.own:
            return
        from planner.hardware.free_memory import GPU_STEP_BYTES, RAM_STEP_BYTES

        text = tr(
            "What is free is read every 2 s; plans follow when it changes by more than {gpu} on a GPU or {ram} in RAM."
        )
        self.add_notes([text.format(gpu=units.mib(GPU_STEP_BYTES), ram=units.gib(RAM_STEP_BYTES))])

    def override(self, machine: Machine) -> None:
        """Plan with other values, and show them."""
        self._session.override_machine(machine)
        self.refill()

    def too_much(self, key: str, value: float | None, most: int | None) -> bool:
        """Say beside the field that more is free than there is; True when it is."""
        if value is None or most is None or value <= most:
            return False
        self.fields[key].set_fault(
            tr("more than the memory; the largest valid value is {gib}").format(gib=units.gib(most))
        )
        return True


class DevicePopover(ValuesPopover):
    """Details of a GPU, or of several that share a chip, one at a time."""

    def __init__(self, anchor: QWidget, session: PlannerSession, indices: tuple[int, ...]) -> None:
        gpu = session.machine.gpus[indices[0]]
        super().__init__(gpu.name, anchor, session)
        self._index = indices[0]
        self.which = QComboBox()
        self.which.setAccessibleName(tr("Which GPU"))
        for index in indices:
            one = session.machine.gpus[index]
            self.which.addItem(tr("GPU {n}: {name}").format(n=index, name=short_name(one)), index)
        self.which.activated.connect(lambda _i: self._choose(int(self.which.currentData())))
        self.which.setVisible(len(indices) > 1)
        self.body.addWidget(self.which)
        self.refill()

    def _place_of_content(self) -> int:
        return 1

    def _choose(self, index: int) -> None:
        self._index = index
        self.title.setText(self._session.machine.gpus[index].name)
        self.refill()

    def fill(self) -> None:
        """Values, facts and notes of the GPU."""
        machine = self._session.machine
        if self._index >= len(machine.gpus):
            self.add_notes([tr("This GPU is not part of the machine any more.")])
            return
        gpu, index = machine.gpus[self._index], self._index
        known = self.known
        found = known.gpus[index] if known is not None and index < len(known.gpus) else None
        missing = self._session.machine_state.missing if self._session.machine_state.own else {}
        if index in missing:
            line = QLabel(tr("No longer there since {time}").format(time=missing[index]))
            line.setProperty("role", "warning")
            self._content_body.insertWidget(0, line)
        for row in gpu_rows():
            used = getattr(gpu, row.key)
            origin = gpu.origin.get(row.key, "unknown" if used is None else "table")
            if used is None and row.key == "free_bytes":
                used, origin = _assumed_free(machine, index), "assumed"
            self.add_row(
                row,
                None if found is None else getattr(found, row.key),
                used,
                origin,
                lambda value, back, key=row.key: self._apply(index, key, value, found if back else None),
            )
        if gpu.accelerator:
            self.add_fact(tr("Table row"), gpu.accelerator)
        if gpu.pcie_generation and gpu.pcie_lanes:
            self.add_fact(
                tr("PCIe link"),
                tr("{generation}.0 ×{lanes}").format(generation=gpu.pcie_generation, lanes=gpu.pcie_lanes),
            )
        if gpu.compute_capability:
            self.add_fact(tr("Compute capability"), gpu.compute_capability)
        if gpu.driver:
            self.add_fact(tr("Driver"), gpu.driver)
        self.add_notes([n for n in machine.notes if gpu.name in n])
        self.add_rhythm()

    def _apply(self, index: int, key: str, value: Any, found: Device | None) -> None:
        from planner.hardware.free_memory import free_of_size

        machine = self._session.machine
        gpu = machine.gpus[index]
        origin = dict(gpu.origin)
        origin[key] = "entered" if found is None else found.origin.get(key, "detected")
        changes: dict[str, Any] = {key: value}
        if key == "memory_bytes":
            changes["free_bytes"] = (
                free_of_size(value, gpu.memory_bytes, gpu.free_bytes) if found is None else found.free_bytes
            )
        if key == "free_bytes" and self.too_much(key, value, gpu.memory_bytes):
            return
        gpus = list(machine.gpus)
        gpus[index] = replace(gpu, origin=origin, **changes)
        self.override(replace(machine, gpus=tuple(gpus)))


def _assumed_free(machine: Machine, index: int) -> float | None:
    """What a plan takes as free of a GPU about which nothing is known. [bytes]"""
    from planner.devices import device_set

    gpu = machine.gpus[index]
    if gpu.memory_bytes is None:
        return None
    device = device_set(replace(machine, gpus=(gpu,)), gpu.backend or None).gpus[0]
    return device.capacity - device.others


class RamPopover(ValuesPopover):
    """Details of the system memory."""

    def __init__(self, anchor: QWidget, session: PlannerSession, measure: RamMeasure) -> None:
        super().__init__(tr("System memory"), anchor, session)
        self._measure = measure
        self.measure = QPushButton()
        self.measure.setIcon(icon("refresh"))
        self.measure.setVisible(session.machine_state.own)
        self.measure.setToolTip(
            tr("All processors read and copy large arrays for about a second; the result is remembered")
        )
        self.measure.clicked.connect(measure.measure)
        self.body.addWidget(self.measure, 0, Qt.AlignmentFlag.AlignLeft)
        measure.busy_changed.connect(self._show_busy)
        session.machine_changed.connect(self._machine_changed)
        self._show_busy(measure.busy)
        self.refill()

    def _show_busy(self, busy: bool) -> None:
        self.measure.setEnabled(not busy)
        self.measure.setText(tr("Measuring…") if busy else tr("Measure the bandwidth, 1 s"))

    def _machine_changed(self, _state: object) -> None:
        if self.isVisible() and not any(f.edit.isModified() for f in self.fields.values()):
            self.refill()

    def fill(self) -> None:
        """Values, facts and notes of the memory."""
        from planner.devices import host_budget

        machine, known = self._session.machine, self.known
        ram = machine.ram
        for row in ram_rows():
            used = getattr(ram, row.key)
            found = None if known is None else getattr(known.ram, row.key)
            if row.key == "bandwidth_bytes_per_s":
                origin = "unknown" if used is None else ram.bandwidth_origin
            elif used is None:
                origin = "unknown"
            else:
                origin = "detected" if found == used and self._session.machine_state.own else "entered"
            if used is None and row.key == "available_bytes" and ram.total_bytes is not None:
                used, origin = host_budget(machine).usable, "assumed"
            self.add_row(
                row, found, used, origin, lambda value, back, key=row.key: self._apply(key, value, back)
            )
        if ram.kind:
            text = ram.kind
            if ram.channels:
                text = tr("{kind}, {n} channels").format(kind=ram.kind, n=ram.channels)
            self.add_fact(tr("Kind"), text)
        if ram.limit_bytes:
            self.add_fact(tr("Container limit"), units.gib(ram.limit_bytes))
        self.add_notes([n for n in machine.notes if n.startswith("Memory")])
        self.add_rhythm()

    def _apply(self, key: str, value: Any, back: bool) -> None:
        from planner.hardware.free_memory import free_of_size

        machine: Machine = self._session.machine
        ram: HostMemory = machine.ram
        if key == "available_bytes" and self.too_much(key, value, ram.total_bytes):
            return
        changes: dict[str, Any] = {key: value}
        if key == "bandwidth_bytes_per_s":
            known = self.known
            changes["bandwidth_origin"] = known.ram.bandwidth_origin if back and known else "entered"
        if key == "total_bytes" and ram.available_bytes is not None and value is not None:
            known = self.known
            changes["available_bytes"] = (
                known.ram.available_bytes
                if back and known is not None
                else free_of_size(value, ram.total_bytes, ram.available_bytes)
            )
        self.override(replace(machine, ram=replace(ram, **changes)))


class CpuPopover(ValuesPopover):
    """Details of the processor."""

    def __init__(self, anchor: QWidget, session: PlannerSession) -> None:
        super().__init__(tr("Processor"), anchor, session, 460)
        self.refill()

    def fill(self) -> None:
        """What is known of the processor."""
        cpu = self._session.machine.cpu
        unknown = tr("unknown")
        self.add_fact(tr("Name"), cpu.name or unknown)
        self.add_fact(tr("Cores"), str(cpu.cores or unknown))
        self.add_fact(tr("Threads"), str(cpu.threads or unknown))
        self.add_fact(tr("Architecture"), cpu.architecture or unknown)
        kinds = ("avx", "amx", "neon", "asimd", "sve", "fma", "f16c")
        features = [f for f in cpu.features if f.startswith(kinds)]
        self.add_fact(tr("Features"), " ".join(features[:24]) or unknown)


class EnginesPopover(ValuesPopover):
    """Engines found on this machine."""

    def __init__(self, anchor: QWidget, session: PlannerSession) -> None:
        super().__init__(tr("Engines"), anchor, session, 460)
        self.refill()

    def fill(self) -> None:
        """Name, version and path of each."""
        engines = self._session.machine.engines
        for engine in engines:
            self.add_fact(f"{engine.name} {engine.version}", engine.path)
        if not engines:
            text = tr(
                "Neither llama-server nor vllm was found on the path. Plans do not need them; running does."
            )
            self.add_notes([text])
