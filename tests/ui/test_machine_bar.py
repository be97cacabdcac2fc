"""The machine bar: chips, values with their origin and one click back, measuring, saved machines, a second machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget
from ui_support import MODEL, WAIT_MS, described, select, settle

from planner import units
from planner.hardware.machine_file import saved_machines
from planner.hardware.ram_bandwidth import RamBandwidth, remembered
from planner.machine import HostMemory, Machine
from planner.units import GIB
from ui.main_window import MainWindow
from ui.session import PlannerSession
from ui.views.device_popover import DevicePopover, RamPopover, ValuesPopover
from ui.views.failure_card import FailureCard
from ui.views.machine_bar import MachineBar
from ui.views.machine_editor import MachineEditor
from ui.views.saved_machines import SavedMachines
from ui.widgets.device_chip import least_width
from ui.widgets.popover import Popover

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from ui.widgets.value_field import ValueField

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
LONG = "NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition of the second revision"


def detected(*gpus: str) -> Machine:
    """This machine with cards of which all but 1 GiB is free."""
    machine = described(gpus or ("RTX 4090",))
    cards = tuple(
        replace(
            g,
            free_bytes=(g.memory_bytes or 0) - GIB,
            origin={**g.origin, "memory_bytes": "detected", "free_bytes": "detected"},
        )
        for g in machine.gpus
    )
    ram = HostMemory(64 * GIB, 50 * GIB, None, 89.6e9, "table", "DDR5-5600", 2)
    return replace(machine, name="This machine", gpus=cards, ram=ram, detected=True)


@pytest.fixture
def make_bar(qtbot: QtBot) -> Iterator[Callable[[Machine], MachineBar]]:
    """A machine bar alone in a window, after detection."""
    made: list[tuple[QWidget, PlannerSession]] = []

    def make(machine: Machine) -> MachineBar:
        session = PlannerSession(detect=lambda: machine)
        window = QWidget()
        layout = QVBoxLayout(window)
        bar = MachineBar(session)
        layout.addWidget(bar)
        layout.addStretch(1)
        window.resize(1280, 700)
        qtbot.addWidget(window)
        made.append((window, session))
        window.show()
        session.detect()
        qtbot.waitUntil(lambda: session.machine_state.detected is not None, timeout=WAIT_MS)
        return bar

    yield make
    for window, session in made:
        window.close()
        session.close()


def text_of(bar: MachineBar, index: int) -> str:
    """What a chip says."""
    c = bar.chips[index].content
    return f"{c.name} | {c.right} | {c.detail}"


def opened(bar: MachineBar, qtbot: QtBot, index: int) -> Popover:
    """Click a chip and return its card."""
    qtbot.mouseClick(bar.chips[index], Qt.MouseButton.LeftButton)
    assert bar.popover is not None
    return bar.popover


def press(qtbot: QtBot, button: QWidget) -> None:
    """Click a button once it has its place."""
    qtbot.waitUntil(button.isVisible, timeout=WAIT_MS)
    qtbot.wait(20)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def enter(qtbot: QtBot, field: ValueField, text: str) -> None:
    """Type another value and confirm it."""
    field.edit.setFocus()
    field.edit.selectAll()
    qtbot.keyClicks(field.edit, text)
    qtbot.keyClick(field.edit, Qt.Key.Key_Return)


def test_that_chips_say_what_is_free_how_fast_and_who_says_so(
    make_bar: Callable[[Machine], MachineBar],
) -> None:
    bar = make_bar(detected())
    assert text_of(bar, 0) == "RTX 4090 | 1,008 GB/s | 23.0 of 24.0 GiB free"
    assert text_of(bar, 1) == "64 GiB DDR5-5600 | 90 GB/s by table, measure | 50.0 of 64.0 GiB free"
    assert bar.chips[0].content.used == pytest.approx(1 / 24, rel=0.01)
    assert all(c.accessibleName() for c in bar.chips)


def test_that_alike_cards_share_a_chip_and_each_can_be_looked_at(
    make_bar: Callable[[Machine], MachineBar], qtbot: QtBot
) -> None:
    machine = detected("2x RTX 3090", "RTX 4060 Ti:16")
    second = replace(machine.gpus[1], free_bytes=20 * GIB)
    bar = make_bar(replace(machine, gpus=(machine.gpus[0], second, machine.gpus[2])))
    assert text_of(bar, 0) == "2× RTX 3090 | 936 GB/s | 20.0 of 24.0 GiB free each"
    assert text_of(bar, 1).startswith("RTX 4060 Ti")
    card = opened(bar, qtbot, 0)
    assert isinstance(card, DevicePopover)
    assert card.which.count() == 2
    assert card.fields["free_bytes"].edit.text() == "23.0 GiB"
    card.which.setCurrentIndex(1)
    card.which.activated.emit(1)
    assert card.fields["free_bytes"].edit.text() == "20.0 GiB"
    card.dismiss()


def test_that_a_value_is_replaced_with_its_origin_shown_and_one_click_back(
    make_bar: Callable[[Machine], MachineBar], qtbot: QtBot
) -> None:
    bar = make_bar(detected())
    session = bar._session
    card = opened(bar, qtbot, 0)
    assert isinstance(card, ValuesPopover)
    assert card.origins["memory_bytes"].text() == "detected"
    assert card.origins["bandwidth_bytes_per_s"].text() == "by table"
    assert card.backs == {}
    for typed, gib in (("16384 MiB", 16), ("20 GB", 20), ("12", 12)):
        enter(qtbot, card.fields["memory_bytes"], typed)
        assert session.machine.gpus[0].memory_bytes == gib * GIB
    assert card.origins["memory_bytes"].text() == "entered"
    assert card.fields["free_bytes"].edit.text() == "11.0 GiB", "what is in use stays in use"
    enter(qtbot, card.fields["free_bytes"], "13")
    assert "largest valid value is 12.0 GiB" in card.fields["free_bytes"].fault.text()
    enter(qtbot, card.fields["bandwidth_bytes_per_s"], "fast")
    assert "not a number" in card.fields["bandwidth_bytes_per_s"].fault.text()
    press(qtbot, card.backs["memory_bytes"])
    assert session.machine.gpus[0].memory_bytes == detected().gpus[0].memory_bytes
    assert session.machine.gpus[0].free_bytes == detected().gpus[0].free_bytes
    assert card.origins["memory_bytes"].text() == "detected"
    assert "memory_bytes" not in card.backs
    session.undo_stack.undo()
    assert session.machine.gpus[0].memory_bytes != 12 * GIB or session.undo_stack.canUndo()
    card.dismiss()


def test_that_more_memory_is_free_memory_and_that_the_card_keeps_its_columns(
    make_bar: Callable[[Machine], MachineBar], qtbot: QtBot
) -> None:
    bar = make_bar(detected())
    card = opened(bar, qtbot, 1)
    assert isinstance(card, RamPopover)
    field = card.fields["available_bytes"]
    assert field.edit.text() == "50.0 GiB"
    before = (field.x(), field.width(), card.origins["available_bytes"].x())
    enter(qtbot, card.fields["total_bytes"], "128")
    assert bar._session.machine.ram.available_bytes == 114 * GIB, "14 GiB are in use by other programs"
    field = card.fields["available_bytes"]
    assert field.edit.text() == "114.0 GiB"
    qtbot.waitUntil(lambda: card.backs["total_bytes"].isVisible(), timeout=WAIT_MS)
    assert (field.x(), field.width(), card.origins["available_bytes"].x()) == before
    qtbot.wait(50)
    card.backs["total_bytes"].setFocus()
    qtbot.keyClick(card.backs["total_bytes"], Qt.Key.Key_Space)
    assert bar._session.machine.ram.available_bytes == 50 * GIB
    other = QWidget(bar.window())
    other.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    other.show()
    qtbot.keyClick(other, Qt.Key.Key_Escape)
    assert not card.isVisible(), "Escape closes it wherever the focus is"


def test_that_one_card_is_open_at_a_time(make_bar: Callable[[Machine], MachineBar], qtbot: QtBot) -> None:
    bar = make_bar(detected())
    first = opened(bar, qtbot, 0)
    second = Popover("Glossary", bar.chips[1])
    second.open()
    assert second.isVisible()
    assert not first.isVisible()
    second.dismiss()


def test_that_a_described_machine_says_what_is_assumed_and_goes_back_to_what_was_described(
    make_bar: Callable[[Machine], MachineBar], qtbot: QtBot
) -> None:
    bar = make_bar(detected())
    bar._session.use_machine(described())
    ram = opened(bar, qtbot, 1)
    assert isinstance(ram, RamPopover)
    assert ram.fields["available_bytes"].edit.text() == "60.0 GiB"
    assert ram.origins["available_bytes"].text() == "assumed"
    assert not ram.measure.isVisible()
    ram.dismiss()
    card = opened(bar, qtbot, 0)
    assert isinstance(card, DevicePopover)
    assert card.origins["free_bytes"].text() == "assumed"
    enter(qtbot, card.fields["bandwidth_bytes_per_s"], "500 GB/s")
    assert bar._session.machine.gpus[0].bandwidth_bytes_per_s == 500e9
    press(qtbot, card.backs["bandwidth_bytes_per_s"])
    assert bar._session.machine.gpus[0].bandwidth_bytes_per_s == pytest.approx(1008e9, rel=0.01)
    card.dismiss()


def test_that_the_memory_is_measured_off_the_windows_thread_and_remembered(
    make_bar: Callable[[Machine], MachineBar], qtbot: QtBot
) -> None:
    bar = make_bar(detected())
    gate, seen = threading.Event(), []

    def work(free: int | None) -> RamBandwidth:
        seen.append((threading.get_ident(), free))
        gate.wait(20)
        return RamBandwidth(77e9, 77e9, 70e9, 8, 0.9, "2026-11-26")

    bar.ram_measure.work = work
    bar.chips[1].grab()
    link = bar.chips[1].link_rect
    assert not link.isEmpty()
    qtbot.mouseClick(bar.chips[1], Qt.MouseButton.LeftButton, pos=link.center())
    assert bar.popover is None
    assert bar.chips[1].content.right == "measuring…"
    card = opened(bar, qtbot, 1)
    assert isinstance(card, RamPopover)
    assert card.measure.text() == "Measuring…"
    assert not card.measure.isEnabled()
    gate.set()
    qtbot.waitUntil(lambda: not bar.ram_measure.busy, timeout=WAIT_MS)
    assert text_of(bar, 1).startswith("64 GiB DDR5-5600 | 77 GB/s measured")
    assert card.origins["bandwidth_bytes_per_s"].text() == "measured"
    assert seen == [(seen[0][0], 50 * GIB)]
    assert seen[0][0] != threading.get_ident()
    found = remembered(detected().cpu.name)
    assert found is not None
    assert found.bytes_per_s == 77e9
    press(qtbot, card.backs["bandwidth_bytes_per_s"])
    assert bar._session.machine.ram.bandwidth_origin == "table"
    card.dismiss()


@pytest.mark.parametrize(
    ("ram", "speed", "gib", "gb_per_s", "says"),
    [
        ("64 GB", "DDR5-6000, 2 channels", 64, 96.0, ""),
        ("131,072 MiB", "83 GB/s", 128, 83.0, ""),
        ("0.5", "", 0.5, None, ""),
        ("lots", "", None, None, "not a size in GiB"),
        ("64", "DDR5-6000", None, None, "how many channels"),
        ("99999999", "", None, None, "too large"),
    ],
)
def test_that_memory_is_described_as_people_write_it(
    make_bar: Callable[[Machine], MachineBar],
    qtbot: QtBot,
    ram: str,
    speed: str,
    gib: float | None,
    gb_per_s: float | None,
    says: str,
) -> None:
    bar = make_bar(detected())
    bar.open_editor()
    card = bar.popover
    assert isinstance(card, MachineEditor)
    card.ram.edit.setText(ram)
    card.kind.setEditText(speed)
    press(qtbot, card.use)
    machine = bar._session.machine
    if says:
        assert says in card.ram.fault.text() + card.fault.text()
        assert bar._session.machine_state.own
        card.dismiss()
        return
    assert machine.ram.total_bytes == (gib or 0) * GIB
    expected = None if gb_per_s is None else pytest.approx(gb_per_s * 1e9)
    assert machine.ram.bandwidth_bytes_per_s == expected
    assert machine.gpus == ()


def test_that_machines_are_saved_switched_changed_renamed_deleted_and_that_undo_brings_them_back(
    make_bar: Callable[[Machine], MachineBar], qtbot: QtBot
) -> None:
    bar = make_bar(detected())
    session, undo = bar._session, bar._session.undo_stack
    for name, gpus in (("Rig", ("2x RTX 3090", "RTX 4060 Ti:16")), ("Small", ("RTX 3060",))):
        bar.open_editor()
        card = bar.popover
        assert isinstance(card, MachineEditor)
        for gpu in gpus:
            card.gpu.setText(gpu)
            qtbot.keyClick(card.gpu, Qt.Key.Key_Return)
        card.name.setText(name)
        press(qtbot, card.save)
        assert session.machine.name == name
    undo.undo()
    assert session.machine.name == "Rig"
    undo.undo()
    assert session.machine_state.own
    bar.fill_menu()
    rig = next(a for a in bar.menu.actions() if a.text() == "Rig")
    rig.trigger()
    assert session.machine.name == "Rig"
    assert len(session.machine.gpus) == 3
    bar.edit_machine()
    card = bar.popover
    assert isinstance(card, MachineEditor)
    assert list(card.specs) == ["RTX 3090", "RTX 4060 Ti 16GB"]
    assert card.name.text() == "Rig"
    card.ram.edit.setText("96 GB")
    press(qtbot, card.save)
    assert saved_machines()[0]["Rig"].ram.total_bytes == 96 * GIB
    assert len(saved_machines()[0]["Rig"].gpus) == 3
    bar.open_saved()
    manage = bar.popover
    assert isinstance(manage, SavedMachines)
    enter(qtbot, manage.fields["Small"], "Rig")
    assert "already" in manage.fields["Small"].fault.text()
    enter(qtbot, manage.fields["Small"], "Tiny")
    assert sorted(saved_machines()[0]) == ["Rig", "Tiny"]
    press(qtbot, manage.deletes["Rig"])
    assert list(saved_machines()[0]) == ["Tiny"]
    assert session.machine.name == "Rig", "what is planned for stays"
    undo.undo()
    assert sorted(saved_machines()[0]) == ["Rig", "Tiny"]
    undo.undo()
    assert sorted(saved_machines()[0]) == ["Rig", "Small"]
    undo.redo()
    undo.redo()
    assert list(saved_machines()[0]) == ["Tiny"]
    manage.dismiss()


def test_that_a_failed_probe_lets_the_gpu_be_named_and_planning_says_so(
    make_bar: Callable[[Machine], MachineBar], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from planner.hardware import pci_names

    card_on_bus = pci_names.PciCard(0x10DE, 0x2684, "GeForce RTX 4090", "RTX 4090")
    monkeypatch.setattr(pci_names, "pci_cards", lambda vendor: [card_on_bus])
    note = (
        "NVIDIA: GPUs cannot be detected: the driver and its library have different versions (NVML error 18)"
    )
    machine = replace(detected("none"), notes=(note,))
    bar = make_bar(machine)
    asked: list[int] = []
    bar.retry_asked.connect(lambda: asked.append(1))
    assert text_of(bar, 0).startswith("NVIDIA not readable |  | GPUs cannot be detected: the driver and")
    card = opened(bar, qtbot, 0)
    assert isinstance(card, FailureCard)
    assert card.gpu.text() == "RTX 4090"
    assert card.origin.text() == "PCI id, table"
    press(qtbot, card.copy)
    assert QGuiApplication.clipboard().text() == note
    card.gpu.setText("RTX 9999")
    press(qtbot, card.take)
    assert "RTX 9999" in card.fault.text()
    card.gpu.setText("2x RTX 4090")
    press(qtbot, card.take)
    assert bar.popover is None
    assert text_of(bar, 0) == "NVIDIA not readable |  | Using RTX 4090 from the table"
    assert text_of(bar, 1) == "2× RTX 4090 | 1,008 GB/s | 24.0 GiB each"
    assert bar._session.machine_state.own
    bar._session.undo_stack.undo()
    assert bar._session.machine.gpus == ()
    card = opened(bar, qtbot, 0)
    assert isinstance(card, FailureCard)
    press(qtbot, card.again)
    assert asked == [1]


def test_that_eight_unequal_cards_and_long_names_stay_inside(
    make_bar: Callable[[Machine], MachineBar], qtbot: QtBot
) -> None:
    cards = (
        "RTX 4090",
        "RTX 3090",
        "RTX 3060",
        "RTX 4080",
        "RTX A6000",
        "RTX 4060 Ti:16",
        "Tesla P40",
        "RTX 5090",
    )
    machine = detected(*cards)
    named = tuple(
        replace(g, name=LONG, accelerator=None) if i == 1 else g for i, g in enumerate(machine.gpus)
    )
    bar = make_bar(replace(machine, gpus=named, cpu=replace(machine.cpu, name=LONG)))
    qtbot.waitUntil(  # all stand inside, and no name is squeezed
        lambda: all(
            bar.rect().contains(c.geometry()) and c.width() >= least_width(c.content) for c in bar.chips
        ),
        timeout=WAIT_MS,
    )
    shown = len(bar.chips) - 4
    assert 2 <= shown <= 4
    rest = sum(g.memory_bytes or 0 for g in named[shown:])
    assert text_of(bar, shown) == f"+ {8 - shown} more |  | {units.gib(rest)} in all"
    bar.window().resize(2400, 700)
    qtbot.waitUntil(lambda: len(bar.chips) == 4 + 1 + 3, timeout=WAIT_MS)
    assert text_of(bar, 4).startswith("+ 4 more")
    bar.window().resize(760, 700)
    qtbot.waitUntil(lambda: len(bar.chips) < 6, timeout=WAIT_MS)
    assert text_of(bar, 1).startswith("+ 7 more")
    bar.window().resize(1280, 700)
    qtbot.waitUntil(lambda: len(bar.chips) == shown + 4, timeout=WAIT_MS)
    card = opened(bar, qtbot, shown)
    assert isinstance(card, DevicePopover)
    assert card.which.count() == 8 - shown
    assert bar.window().rect().contains(card.geometry())
    card.dismiss()


def test_that_a_second_machine_has_its_column_its_lines_and_is_cleared_with_one_click(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = make_window(described(), size=(1600, 900))
    select(window, qtbot, MODEL)
    session, table, model = window.session, window.centre.table, window.centre.model
    assert "second" not in table.shown_columns()
    window.machine_bar.open_editor(compare=True)
    card = window.machine_bar.popover
    assert isinstance(card, MachineEditor)
    card.gpu.setText("RTX 3060")
    card.ram.edit.setText("32")
    press(qtbot, card.use)
    qtbot.waitUntil(lambda: session.second.view is not None and not session.second.busy, timeout=WAIT_MS)
    assert session.machine.gpus[0].accelerator == "RTX 4090", "the plan stays for the first machine"
    view = session.second.view
    assert view is not None
    assert session.facts is not None
    assert session.plan is not None
    row = session.facts.row_of[MODEL]
    quant = session.facts.quants.index(session.plan.quant or "")
    assert "second" in table.shown_columns()
    column = next(i for i, c in enumerate(model.columns) if c.key == "second")
    assert model.headerData(column, Qt.Orientation.Horizontal) == "RTX 3060"
    index = model.index(model.line_of(MODEL, None), column)
    low, high = units.rate(float(view.decode_p10[row, quant])), units.rate(float(view.decode_p90[row, quant]))
    assert model.data(index) == f"experts in RAM, {low}–{high} tok/s"
    line = f"On {session.second.machine.name if session.second.machine else ''}: experts in RAM, {low}–{high} tok/s"
    assert session.second.line(MODEL, session.plan.quant) == line
    assert window.plan_pane.content.second.text() == line
    table.scrollTo(index)
    drawn = table.viewport().grab().toImage()
    where = table.columnViewportPosition(column) + 14
    y = table.rowViewportPosition(index.row()) + 14
    fill = window.themes.theme.fits[int(view.fit[row, quant])][0].name()
    assert fill in {drawn.pixelColor(where + d, y + 7).name() for d in range(-6, 7)}
    window.centre.show_page("map")
    qtbot.waitUntil(lambda: window.map_view.grid_view.grid is not None, timeout=WAIT_MS)
    settle(window, qtbot)
    assert f"{line} (at 8K)" in window.map_view.sum.notes
    session.edit_wishes("context", n_ctx=65536)
    settle(window, qtbot)
    qtbot.waitUntil(
        lambda: session.second.view is not None and session.second.view.n_ctx == 65536, timeout=WAIT_MS
    )
    remembered_text = session.second.remembered()
    window.save_settings()
    assert window._store.load()[0].second_machine == remembered_text
    assert window.machine_bar.against.text().startswith("vs RTX 3060")
    qtbot.mouseClick(window.machine_bar.against, Qt.MouseButton.LeftButton)
    assert session.second.machine is None
    assert "second" not in table.shown_columns()
    assert not window.plan_pane.content.second.isVisible()
    assert not window.machine_bar.against.isVisible()
    assert window.map_view.sum.notes == ""
    session.second.restore(remembered_text)
    assert session.second.machine is not None
    assert session.second.machine.gpus[0].accelerator == "RTX 3060"
    session.second.restore("{broken")
    assert session.second.machine is None
    session.second.compare_with_this_machine()
    assert session.second.remembered() == "this machine"
    qtbot.waitUntil(lambda: not session.second.busy, timeout=WAIT_MS)


def test_that_a_chip_that_is_added_stands_in_its_place_at_once(
    make_bar: Callable[[Machine], MachineBar],
) -> None:
    bar = make_bar(detected())
    count = len(bar.chips)
    bar._session.use_machine(described(("RTX 4090", "RTX 3060", "RTX A6000"), 64))
    assert len(bar.chips) > count
    for chip in bar.chips:
        assert chip.isVisible()
        assert chip.x() > bar.planning_for.x() + 50
        assert chip.width() < 400
    assert len({chip.x() for chip in bar.chips}) == len(bar.chips)


def test_that_a_machine_is_described_by_keyboard_alone(
    make_bar: Callable[[Machine], MachineBar], qtbot: QtBot
) -> None:
    bar = make_bar(detected())
    bar.open_editor()
    card = bar.popover
    assert isinstance(card, MachineEditor)
    qtbot.keyClick(card.gpu, Qt.Key.Key_Return)
    assert "Type a GPU" in card.gpu_fault.text()
    qtbot.keyClicks(card.gpu, "2x RTX 3090")
    qtbot.keyClick(card.gpu, Qt.Key.Key_Return)
    assert card.isVisible()
    assert card.specs == ["2x RTX 3090"]
    qtbot.keyClick(card.gpu, Qt.Key.Key_Return)
    assert not card.isVisible()
    assert [g.accelerator for g in bar._session.machine.gpus] == ["RTX 3090", "RTX 3090"]
