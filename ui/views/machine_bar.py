"""The machine bar: what is planned for, a chip per device, what is kept free."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from planner import units
from planner.machine import Machine
from planner.wishes import Wishes
from ui import theme
from ui.icons import icon
from ui.machine_state import MachineState
from ui.second_machine import OWN
from ui.session import PlannerSession
from ui.views.chip_content import chip_groups, cpu_chip, engines_chip, failure_chip, gpu_chip, ram_chip
from ui.widgets.device_chip import LEAST_WIDTH, ChipContent, DeviceChip, least_width
from ui.widgets.popover import Popover
from ui.widgets.value_field import ValueField
from ui.words import first_part, shown, tr

if TYPE_CHECKING:
    from ui.ram_measure import RamMeasure

MAX_GPU_CHIPS = 4
Chips = list[tuple[ChipContent, Callable[[QWidget], Popover]]]
"""What chips say, and what makes the card of each."""


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
        self._measure: RamMeasure | None = None
        outer = QHBoxLayout(self)
        outer.setContentsMargins(12, 8, 12, 8)
        outer.setSpacing(8)
        self.planning_for = QPushButton()
        self.planning_for.setObjectName("planningFor")
        self.planning_for.setMinimumWidth(150)
        self.planning_for.setMaximumWidth(240)
        self.menu = QMenu(self)
        self.compare_menu = QMenu(tr("Compare with"), self.menu)
        self._groups: list[QActionGroup] = []
        self.menu.aboutToShow.connect(self.fill_menu)
        self.planning_for.setMenu(self.menu)
        box = QVBoxLayout(self.planning_for)
        box.setContentsMargins(12, 4, 26, 4)
        box.setSpacing(1)
        small = QLabel(tr("Planning for"))
        small.setProperty("role", "hint")
        self._machine_name = QLabel()
        self._machine_name.setTextFormat(Qt.TextFormat.PlainText)
        self._machine_name.setProperty("role", "strong")
        box.addWidget(small)
        box.addWidget(self._machine_name)
        outer.addWidget(self.planning_for)
        self.against = QPushButton()
        self.against.setObjectName("filterChip")
        self.against.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self.against.setMaximumWidth(220)
        self.against.clicked.connect(session.second.clear)
        outer.addWidget(self.against)
        self._chips = QHBoxLayout()
        self._chips.setSpacing(8)
        outer.addLayout(self._chips, 1)
        outer.addStretch(0)
        self._reserve_label = label = QLabel(tr("Keep free\nper GPU"))
        label.setProperty("role", "second")
        outer.addWidget(label)
        self.reserve = ValueField(
            tr("Memory kept free on each GPU, GiB"),
            lambda text: units.parse_gib(text, tr("Keep free"), 0.0, 1024.0),
            lambda value: units.gib(value),
            floating=True,
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
        self.new_machine.clicked.connect(lambda _checked=False: self.open_editor())
        outer.addWidget(self.new_machine)
        self._shown: list[DeviceChip] = []
        session.machine_changed.connect(self.show_machine)
        session.free_changed.connect(self.show_free)
        session.second.machine_changed.connect(self.show_second)
        session.wishes_changed.connect(self.show_wishes)
        self.show_wishes(session.wishes)
        self.show_machine(session.machine_state)
        self.show_second(session.second.machine)

    @property
    def ram_measure(self) -> RamMeasure:
        """Measures this machine's memory; made when it is first wanted."""
        if self._measure is None:
            from ui.ram_measure import RamMeasure

            self._measure = RamMeasure(self._session)
            self._measure.busy_changed.connect(lambda _busy: self.show_free(self._session.machine_state))
        return self._measure

    @property
    def chips(self) -> list[DeviceChip]:
        """Chips shown, GPUs first."""
        return self._shown

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self.new_machine.setIcon(icon("plus"))
        self.against.setIcon(icon("close"))
        for chip in self._shown:
            chip.update()

    def show_wishes(self, wishes: Wishes) -> None:
        """Show the reserve."""
        self.reserve.show_value(wishes.reserve_bytes)

    def show_second(self, machine: Machine | None) -> None:
        """Show which machine is compared with; a click ends it."""
        self.against.setVisible(machine is not None)
        if machine is None:
            return
        name = tr("this machine") if machine is self._session.own_state.machine else shown(machine.name)
        text = tr("vs {name}").format(name=first_part(name))
        fm = QFontMetrics(theme.ui_font(13))
        self.against.setText(fm.elidedText(text, Qt.TextElideMode.ElideRight, self._name_room()))
        self.against.setIcon(icon("close"))
        self.against.setToolTip(tr("Compared with {name}; click to end it").format(name=name))
        self.against.setAccessibleName(tr("Stop comparing with {name}").format(name=name))

    def show_free(self, state: MachineState) -> None:
        """Show what is free now on the chips that are there."""
        contents = [content for content, _ in self._contents(state)]
        if len(contents) != len(self._shown):
            self.show_machine(state)
            return
        for chip, content in zip(self._shown, contents, strict=True):
            if chip.content != content:
                chip.show_content(content)

    def show_machine(self, state: MachineState) -> None:
        """Show other devices; chips that stay keep their place."""
        machine = state.machine
        name = tr("This machine") if state.own else shown(machine.name)
        fm = QFontMetrics(theme.ui_font(13, True))
        short = fm.elidedText(name, Qt.TextElideMode.ElideRight, self._name_room())
        self._machine_name.setText(short)
        self.planning_for.setMinimumWidth(max(150, fm.horizontalAdvance(short) + 44))
        self.planning_for.setAccessibleName(tr("Planning for {name}").format(name=name))
        self.planning_for.setToolTip(name)
        contents = self._contents(state)
        while len(self._shown) > len(contents):
            chip = self._shown.pop()
            self._chips.removeWidget(chip)
            chip.deleteLater()
        while len(self._shown) < len(contents):
            chip = DeviceChip(contents[len(self._shown)][0])
            self._shown.append(chip)
            self._chips.addWidget(chip)
            if self.isVisible():
                chip.show()  # in its place at once: what the layout shows later is painted anywhere before
        for chip, (content, opener) in zip(self._shown, contents, strict=True):
            chip.show_content(content)
            chip.opener = opener  # type: ignore[attr-defined]
            if not chip.property("wired"):
                chip.setProperty("wired", True)
                chip.clicked.connect(lambda _checked=False, c=chip: self._open(c.opener(c)))  # type: ignore[attr-defined]
                chip.link_clicked.connect(lambda c=chip: self._link(c))

    def _name_room(self) -> int:
        """Width for the name of a machine. [px]"""
        share = 15 if self._session.second.machine is None else 9
        return min(max(self.width() * share // 100, 96), 190)

    def _taken(self) -> int:
        """Width of everything but the chips. [px]"""
        fixed = [self.planning_for, self.against, self._reserve_label, self.reserve, self.new_machine]
        taken = sum(w.sizeHint().width() + 8 for w in fixed if not w.isHidden())
        taken += max(self.planning_for.minimumWidth() - self.planning_for.sizeHint().width(), 0)
        return 24 + taken

    def minimumSizeHint(self) -> QSize:
        """Room for the fewest chips: how many there are follows the width, and must not hold it."""
        least = super().minimumSizeHint()
        fewest = self._taken() + 2 * (LEAST_WIDTH + 8)
        return QSize(min(least.width(), fewest), least.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share chips among more or fewer GPUs, as there is room."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.show_machine(self._session.machine_state)
            self.show_second(self._session.second.machine)

    def _contents(self, state: MachineState) -> Chips:
        """What every chip says, and what it opens: as many GPUs apart as there is room for."""
        room = self.width() - self._taken()
        chips: Chips = []
        for most in range(MAX_GPU_CHIPS, 0, -1):
            chips = self._all_contents(state, most)
            if sum(least_width(content) + 8 for content, _ in chips) <= room:
                return chips
        while len(chips) > 2 and sum(least_width(content) + 8 for content, _ in chips) > room:
            chips.pop()  # the engines first, then the processor
        return chips

    def _all_contents(self, state: MachineState, most_gpus: int) -> Chips:
        machine = state.shown
        contents: Chips = []
        if state.failed and state.own:
            contents.append((failure_chip(state), self._failure_card))
        if machine.gpus or not (state.failed and state.own):
            contents += self._gpu_chips(state, most_gpus)
        ram = ram_chip(machine, state.own)
        if state.own and self._measure is not None and self._measure.busy:
            ram = replace(ram, right=tr("measuring…"), link=False)
        contents.append((ram, self._ram_card))
        contents.append((cpu_chip(machine), self._cpu_card))
        contents.append((engines_chip(state), self._engines_card))
        return contents

    def _gpu_chips(self, state: MachineState, most: int) -> Chips:
        machine = state.shown
        if not machine.gpus:
            if state.detecting:
                content = ChipContent(
                    "gpu",
                    tr("Looking for GPUs…"),
                    "",
                    tr("planning with RAM and CPU until then"),
                    state="absent",
                )
            elif state.own:
                content = ChipContent(
                    "gpu",
                    tr("No GPU found"),
                    tr("Add one"),
                    tr("NVML, sysfs asked"),
                    state="absent",
                    link=True,
                )
            else:
                content = ChipContent("gpu", tr("No GPU"), "", tr("plans run on the CPU"), state="absent")
            return [(content, lambda chip: self._editor(chip))]
        groups = chip_groups(machine, state.missing)
        if len(groups) == most + 1:  # one chip for the last is as wide as one for the rest
            most += 1
        chips: Chips = []
        for group in groups[:most]:
            content = gpu_chip([machine.gpus[i] for i in group], state.missing.get(group[0], ""))
            chips.append((content, partial(self._gpu_card, tuple(group))))
        rest = [i for group in groups[most:] for i in group]
        if rest:
            size = sum(machine.gpus[i].memory_bytes or 0 for i in rest)
            content = ChipContent(
                "gpu",
                tr("+ {n} more").format(n=len(rest)),
                "",
                tr("{gib} in all").format(gib=units.gib(size)),
            )
            chips.append((content, partial(self._gpu_card, tuple(rest))))
        return chips

    def _link(self, chip: DeviceChip) -> None:
        """The word at the right of a chip: measure the memory, or what the chip opens."""
        if chip.content.icon == "ram":
            self.ram_measure.measure()
        else:
            self._open(chip.opener(chip))  # type: ignore[attr-defined]

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

    def open_editor(self, compare: bool = False) -> None:
        """Describe another machine, to plan for or to compare with."""
        self._open(self._editor(self.new_machine, compare=compare))

    def edit_machine(self) -> None:
        """Change the described machine that is planned for."""
        self._open(self._editor(self.planning_for, self._session.machine))

    def open_saved(self) -> None:
        """Rename and delete saved machines."""
        from ui.views.saved_machines import SavedMachines

        self._open(SavedMachines(self.planning_for, self._session))

    # the cards are read from their modules when one is first opened: the window opens sooner

    def _editor(self, anchor: QWidget, machine: Machine | None = None, compare: bool = False) -> Popover:
        from ui.views.machine_editor import MachineEditor

        return MachineEditor(anchor, self._session, machine, compare)

    def _gpu_card(self, indices: tuple[int, ...], chip: QWidget) -> Popover:
        from ui.views.device_popover import DevicePopover

        return DevicePopover(chip, self._session, indices)

    def _ram_card(self, chip: QWidget) -> Popover:
        from ui.views.device_popover import RamPopover

        return RamPopover(chip, self._session, self.ram_measure)

    def _cpu_card(self, chip: QWidget) -> Popover:
        from ui.views.device_popover import CpuPopover

        return CpuPopover(chip, self._session)

    def _engines_card(self, chip: QWidget) -> Popover:
        from ui.views.device_popover import EnginesPopover

        return EnginesPopover(chip, self._session)

    def _failure_card(self, chip: QWidget) -> Popover:
        from ui.views.failure_card import FailureCard

        card = FailureCard(chip, self._session)
        card.retry_asked.connect(self.retry_asked)
        return card

    def fill_menu(self) -> None:
        """List this machine and the saved ones, to plan for or to compare with."""
        self.menu.clear()
        self.compare_menu.clear()
        for group in self._groups:
            group.deleteLater()
        self._groups.clear()
        session = self._session
        from planner.hardware.machine_file import saved_machines

        machines, notes = saved_machines()
        self._list_machines(self.menu, machines, session.use_this_machine, session.use_machine)
        for action in self.menu.actions():
            if action.isCheckable():
                own = action.data() == OWN
                state = session.machine_state
                action.setChecked(
                    state.own if own else not state.own and session.machine.name == action.data()
                )
        for note in notes:
            self.menu.addAction(note).setEnabled(False)
        self.menu.addSeparator()
        self.menu.addAction(tr("New what-if machine…"), self.open_editor)
        self.menu.addAction(tr("Change this what-if machine…"), self.edit_machine).setEnabled(
            not session.machine_state.own
        )
        manage = self.menu.addAction(tr("Saved machines…"), self.open_saved)
        manage.setEnabled(bool(machines))
        self.menu.addSeparator()
        self.menu.addMenu(self.compare_menu)
        second = session.second
        self._list_machines(
            self.compare_menu, machines, second.compare_with_this_machine, second.compare_with
        )
        for action in self.compare_menu.actions():
            if action.isCheckable():
                own = action.data() == OWN
                same = (
                    second.remembered() == OWN
                    if own
                    else (second.machine is not None and second.machine.name == action.data())
                )
                action.setChecked(same)
        self.compare_menu.addSeparator()
        self.compare_menu.addAction(tr("Another machine…"), lambda: self.open_editor(compare=True))
        nothing = self.compare_menu.addAction(tr("Nothing"), second.clear)
        nothing.setEnabled(second.machine is not None)

    def _list_machines(
        self,
        menu: QMenu,
        machines: dict[str, Machine],
        own: Callable[[], object],
        other: Callable[[Machine], object],
    ) -> None:
        group = QActionGroup(menu)
        self._groups.append(group)
        action = menu.addAction(tr("This machine"))
        action.setData(OWN)
        action.triggered.connect(lambda _checked=False: own())
        entries = [action]
        if machines:
            menu.addSeparator()
        for name, machine in machines.items():
            action = QAction(name.replace("&", "&&"), menu)
            action.setData(name)
            action.triggered.connect(lambda _checked=False, m=machine: other(m))
            menu.addAction(action)
            entries.append(action)
        for action in entries:
            action.setCheckable(True)
            group.addAction(action)
