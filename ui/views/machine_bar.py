"""The machine bar: what is planned for, a chip per device, what is kept free."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QFontMetrics
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from planner import units
from planner.hardware.machine_file import saved_machines
from planner.machine import Device, Machine
from planner.wishes import Wishes
from ui import theme
from ui.icons import icon
from ui.session import MachineState, PlannerSession
from ui.views.device_popover import CpuPopover, DevicePopover, EnginesPopover, RamPopover
from ui.views.machine_editor import MachineEditor
from ui.widgets.device_chip import ChipContent, DeviceChip
from ui.widgets.popover import Popover
from ui.widgets.value_field import ValueField
from ui.words import tr

MAX_GPU_CHIPS = 4


def short_name(gpu: Device) -> str:
    """Name of a GPU as it fits on a chip."""
    name = gpu.accelerator or gpu.name
    for word in ("NVIDIA GeForce ", "NVIDIA ", "AMD ", "Intel(R) ", "GeForce "):
        name = name.removeprefix(word)
    return name


def gpu_chip(gpu: Device, count: int = 1) -> ChipContent:
    """Chip of one GPU, or of several alike."""
    name = f"{count}× {short_name(gpu)}" if count > 1 else short_name(gpu)
    total, free = gpu.memory_bytes, gpu.free_bytes
    used = None
    if total is None:
        detail = tr("memory unknown")
    elif free is None:
        detail, used = units.gib(total), 0.0
    else:
        detail = tr("{free} of {total} free").format(
            free=units.gib(free).removesuffix(" GiB"), total=units.gib(total)
        )
        used = 1 - free / total if total else 0.0
    if count > 1:
        detail += tr(" each")
    return ChipContent("gpu", name, units.bandwidth(gpu.bandwidth_bytes_per_s), detail, used)


def ram_chip(machine: Machine) -> ChipContent:
    """Chip of the system memory."""
    ram = machine.ram
    total, free = ram.total_bytes, ram.available_bytes
    size = tr("RAM") if total is None else f"{units.gib(total, 0)} {ram.kind or 'RAM'}"
    used = None
    if total is None:
        detail = tr("size unknown")
    elif free is None:
        detail, used = units.gib(total), 0.0
    else:
        detail = tr("{free} of {total} free").format(
            free=units.gib(free).removesuffix(" GiB"), total=units.gib(total)
        )
        used = 1 - free / total if total else 0.0
    rate = ram.bandwidth_bytes_per_s
    right = (
        tr("bandwidth unknown")
        if rate is None
        else f"{units.bandwidth(rate)} {origin_word(ram.bandwidth_origin)}"
    )
    return ChipContent("ram", size, right, detail, used)


def origin_word(origin: str) -> str:
    """Where a value comes from, in one word."""
    words = {
        "measured": tr("measured"),
        "table": tr("by table"),
        "entered": tr("yours"),
        "detected": tr("detected"),
        "unknown": tr("unknown"),
    }
    return words.get(origin, origin)


def cpu_chip(machine: Machine) -> ChipContent:
    """Chip of the processor."""
    cpu = machine.cpu
    cores = tr("{n} cores").format(n=cpu.cores) if cpu.cores else ""
    features = {"avx512f": "AVX-512", "amx_tile": "AMX", "avx2": "AVX2", "neon": "NEON", "asimd": "NEON"}
    best = next((label for key, label in features.items() if key in cpu.features), cpu.architecture)
    return ChipContent("cpu", cpu.name or tr("Processor"), cores, best or tr("details unknown"))


def engines_chip(state: MachineState) -> ChipContent:
    """Chip of the engines found."""
    engines = state.machine.engines
    if state.detecting and not engines:
        return ChipContent("engine", tr("Engines"), "", tr("looking…"))
    if not engines:
        return ChipContent(
            "engine", tr("Engines"), "", tr("none found") if state.own else tr("not known"), state="absent"
        )
    first = " · ".join(f"{e.name} {e.version}" for e in engines[:2])
    return ChipContent("engine", tr("Engines"), tr("{n} found").format(n=len(engines)), first)


class MachineBar(QFrame):
    """Chips of the machine planned for.

    Signals
    -------
    retry_asked
        Detect again.
    """

    retry_asked = Signal()

    def __init__(self, session: PlannerSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("machineBar")
        self.setAccessibleName(tr("Machine"))
        self._session = session
        self._popover: Popover | None = None
        outer = QHBoxLayout(self)
        outer.setContentsMargins(12, 8, 12, 8)
        outer.setSpacing(8)
        self.planning_for = QPushButton()
        self.planning_for.setObjectName("planningFor")
        self.planning_for.setMinimumWidth(150)
        self.planning_for.setMaximumWidth(240)
        self.menu = QMenu(self)
        self.menu.aboutToShow.connect(self.fill_menu)
        self.planning_for.setMenu(self.menu)
        box = QVBoxLayout(self.planning_for)
        box.setContentsMargins(12, 4, 26, 4)
        box.setSpacing(1)
        small = QLabel(tr("Planning for"))
        small.setProperty("role", "hint")
        self._machine_name = QLabel()
        self._machine_name.setProperty("role", "strong")
        box.addWidget(small)
        box.addWidget(self._machine_name)
        outer.addWidget(self.planning_for)
        self._chips = QHBoxLayout()
        self._chips.setSpacing(8)
        outer.addLayout(self._chips, 1)
        outer.addStretch(0)
        label = QLabel(tr("Keep free\nper GPU"))
        label.setProperty("role", "second")
        outer.addWidget(label)
        self.reserve = ValueField(
            tr("Memory kept free on each GPU, GiB"),
            lambda text: units.parse_gib(text, tr("Keep free"), 0.0, 1024.0),
            lambda value: units.gib(value),
        )
        self.reserve.setFixedWidth(92)
        self.reserve.edit.setToolTip(tr("Memory kept free on each GPU, for the desktop and other programs"))
        self.reserve.entered.connect(
            lambda value: session.edit_wishes(tr("reserve"), reserve_bytes=float(value))
        )
        label.setBuddy(self.reserve.edit)
        outer.addWidget(self.reserve)
        self.new_machine = QPushButton(tr("Machine"))
        self.new_machine.setIcon(icon("plus"))
        self.new_machine.setToolTip(tr("Plan for another machine (Ctrl+N)"))
        self.new_machine.setAccessibleName(tr("Plan for another machine"))
        self.new_machine.clicked.connect(self.open_editor)
        outer.addWidget(self.new_machine)
        self._shown: list[DeviceChip] = []
        session.machine_changed.connect(self.show_machine)
        session.wishes_changed.connect(self.show_wishes)
        self.show_wishes(session.wishes)
        self.show_machine(session.machine_state)

    @property
    def chips(self) -> list[DeviceChip]:
        """Chips shown, GPUs first."""
        return self._shown

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self.new_machine.setIcon(icon("plus"))
        for chip in self._shown:
            chip.update()

    def show_wishes(self, wishes: Wishes) -> None:
        """Show the reserve."""
        self.reserve.show_value(wishes.reserve_bytes)

    def show_machine(self, state: MachineState) -> None:
        """Show other devices; chips that stay keep their place."""
        machine = state.machine
        name = tr("This machine") if state.own else machine.name
        fm = QFontMetrics(theme.ui_font(13, True))
        shown = fm.elidedText(name, Qt.TextElideMode.ElideRight, 190)
        self._machine_name.setText(shown)
        self.planning_for.setMinimumWidth(max(150, fm.horizontalAdvance(shown) + 44))
        self.planning_for.setAccessibleName(tr("Planning for {name}").format(name=name))
        self.planning_for.setToolTip(name)
        contents: list[tuple[ChipContent, Callable[[DeviceChip], Popover]]] = []
        if state.failed:
            text = state.failed[0]
            contents.append(
                (
                    ChipContent("warning", tr("Probe failed"), "", text, state="failed", spoken=text),
                    lambda chip: self._failure(chip, state),
                )
            )
        contents += self._gpu_chips(state)
        contents.append((ram_chip(machine), lambda chip: RamPopover(chip, self._session)))
        contents.append((cpu_chip(machine), lambda chip: CpuPopover(chip, self._session)))
        contents.append((engines_chip(state), lambda chip: EnginesPopover(chip, self._session)))
        while len(self._shown) > len(contents):
            chip = self._shown.pop()
            self._chips.removeWidget(chip)
            chip.deleteLater()
        while len(self._shown) < len(contents):
            chip = DeviceChip(contents[len(self._shown)][0])
            self._shown.append(chip)
            self._chips.addWidget(chip)
        for chip, (content, opener) in zip(self._shown, contents, strict=True):
            chip.show_content(content)
            chip.opener = opener  # type: ignore[attr-defined]
            if not chip.property("wired"):
                chip.setProperty("wired", True)
                chip.clicked.connect(lambda _checked=False, c=chip: self._open(c.opener(c)))  # type: ignore[attr-defined]

    def _gpu_chips(self, state: MachineState) -> list[tuple[ChipContent, Callable[[DeviceChip], Popover]]]:
        gpus = state.machine.gpus
        if not gpus:
            if state.detecting:
                content = ChipContent(
                    "gpu",
                    tr("Looking for GPUs…"),
                    "",
                    tr("planning with RAM and CPU until then"),
                    state="absent",
                )
            elif state.own:
                content = ChipContent("gpu", tr("No GPU found"), "", tr("click to add one"), state="absent")
            else:
                content = ChipContent("gpu", tr("No GPU"), "", tr("plans run on the CPU"), state="absent")
            return [(content, lambda chip: self._editor(chip))]
        groups: list[tuple[Device, list[int]]] = []
        for index, gpu in enumerate(gpus):
            same = next((g for g in groups if replace(g[0], origin={}) == replace(gpu, origin={})), None)
            if same is not None:
                same[1].append(index)
            else:
                groups.append((gpu, [index]))
        chips: list[tuple[ChipContent, Callable[[DeviceChip], Popover]]] = []
        for gpu, indices in groups[:MAX_GPU_CHIPS]:
            chips.append(
                (
                    gpu_chip(gpu, len(indices)),
                    lambda chip, i=indices[0]: DevicePopover(chip, self._session, i),
                )
            )
        rest = sum(len(i) for _, i in groups[MAX_GPU_CHIPS:])
        if rest:
            size = sum(g.memory_bytes or 0 for g, i in groups[MAX_GPU_CHIPS:] for _ in i)
            content = ChipContent(
                "gpu", tr("+ {n} more").format(n=rest), "", tr("{gib} in all").format(gib=units.gib(size))
            )
            first = groups[MAX_GPU_CHIPS][1][0]
            chips.append((content, lambda chip: DevicePopover(chip, self._session, first)))
        return chips

    def _open(self, popover: Popover) -> None:
        if self._popover is not None:
            self._popover.dismiss()
        self._popover = popover
        popover.closed.connect(self._closed)
        popover.open()

    def _closed(self) -> None:
        self._popover = None

    @property
    def popover(self) -> Popover | None:
        """The card that is open, if any."""
        return self._popover

    def open_editor(self) -> None:
        """Describe another machine."""
        self._open(self._editor(self.new_machine))

    def _editor(self, anchor: QWidget) -> Popover:
        return MachineEditor(anchor, self._session)

    def _failure(self, chip: QWidget, state: MachineState) -> Popover:
        card = Popover(tr("A probe failed"), chip, 520)
        for note in state.failed:
            line = QLabel(note)
            line.setWordWrap(True)
            card.body.addWidget(line)
        hint = QLabel(tr("Planning goes on with what was found. Missing values can be entered on the chips."))
        hint.setWordWrap(True)
        hint.setProperty("role", "second")
        card.body.addWidget(hint)
        row = QHBoxLayout()
        again = QPushButton(tr("Try again"))
        again.setProperty("kind", "primary")
        again.clicked.connect(self.retry_asked)
        again.clicked.connect(card.dismiss)
        enter = QPushButton(tr("Enter a GPU"))
        enter.clicked.connect(self.open_editor)
        row.addWidget(again)
        row.addWidget(enter)
        row.addStretch(1)
        card.body.addLayout(row)
        return card

    def fill_menu(self) -> None:
        """List this machine and the saved ones."""
        self.menu.clear()
        group = QActionGroup(self.menu)
        own = self.menu.addAction(tr("This machine"))
        own.setCheckable(True)
        own.setChecked(self._session.machine_state.own)
        own.triggered.connect(self._session.use_this_machine)
        group.addAction(own)
        machines, notes = saved_machines()
        if machines:
            self.menu.addSeparator()
        for name, machine in machines.items():
            action = QAction(name, self.menu)
            action.setCheckable(True)
            action.setChecked(not self._session.machine_state.own and self._session.machine.name == name)
            action.triggered.connect(lambda _checked=False, m=machine: self._session.use_machine(m))
            group.addAction(action)
            self.menu.addAction(action)
        for note in notes:
            action = self.menu.addAction(note)
            action.setEnabled(False)
        self.menu.addSeparator()
        self.menu.addAction(tr("New what-if machine…"), self.open_editor)
