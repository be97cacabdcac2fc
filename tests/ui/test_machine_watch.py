"""What is free follows by itself; a GPU that goes is said, its plan stays, and it comes back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget
from ui_support import MODEL, WAIT_MS, described, select, settle

from planner.hardware.free_memory import FreeMemory
from planner.machine import Machine
from planner.units import GIB, MIB
from ui.machine_watch import MachineWatch
from ui.main_window import MainWindow
from ui.session import PlannerSession
from ui.views.machine_bar import MachineBar

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")
QUICK_MS = 15


def this_machine(n_gpus: int = 1) -> Machine:
    """A detected machine with 24 GiB cards of which 23 are free."""
    machine = described((f"{n_gpus}x RTX 4090",) if n_gpus > 1 else ("RTX 4090",))
    gpus = tuple(replace(g, free_bytes=23 * GIB, origin=dict(g.origin)) for g in machine.gpus)
    return replace(
        machine,
        name="This machine",
        gpus=gpus,
        ram=replace(machine.ram, available_bytes=50 * GIB),
        detected=True,
    )


class Bench:
    """A machine bar in a window, watched, with what is free set by the test."""

    def __init__(self, qtbot: QtBot, machine: Machine) -> None:
        self.free = FreeMemory(
            tuple(g.free_bytes for g in machine.gpus), (True,) * len(machine.gpus), 50 * GIB
        )
        self.reads = 0
        self.threads: set[int] = set()
        self.time = "14:02"
        self.planned: list[Machine] = []
        self.told: list[str] = []
        self.session = PlannerSession(detect=lambda: machine)
        self.session.told.connect(lambda text, _fault: self.told.append(text))
        self.window = QWidget()
        QVBoxLayout(self.window).addWidget(bar := MachineBar(self.session))
        self.bar = bar
        self.window.resize(1200, 90)
        qtbot.addWidget(self.window)
        self.window.show()
        self.session.detect()
        qtbot.waitUntil(lambda: self.session.machine_state.detected is not None, timeout=WAIT_MS)
        qtbot.wait(2 * QUICK_MS)  # the chips are laid out
        self.session.machines.plans_outdated.connect(lambda: self.planned.append(self.session.machine))
        self.watch = MachineWatch(self.session, self.window, self.read, QUICK_MS, lambda: self.time)

    def read(self, machine: Machine) -> FreeMemory:
        self.reads += 1
        self.threads.add(threading.get_ident())
        return self.free

    def chip(self) -> str:
        content = self.bar.chips[0].content
        return f"{content.name}: {content.detail}"


@pytest.fixture
def make_bench(qtbot: QtBot) -> Iterator[Callable[[Machine], Bench]]:
    made: list[Bench] = []

    def make(machine: Machine) -> Bench:
        made.append(Bench(qtbot, machine))
        return made[-1]

    yield make
    for bench in made:
        bench.window.close()
        bench.session.close()


def test_that_bars_follow_at_once_and_plans_only_when_it_matters(
    make_bench: Callable[[Machine], Bench], qtbot: QtBot
) -> None:
    bench = make_bench(this_machine())
    assert bench.chip() == "RTX 4090: 23.0 of 24.0 GiB free"
    places = [c.geometry() for c in bench.bar.chips]
    bench.watch.start()
    bench.free = replace(bench.free, gpus=(23 * GIB - 200 * MIB,))
    qtbot.waitUntil(lambda: bench.chip() == "RTX 4090: 22.8 of 24.0 GiB free", timeout=WAIT_MS)
    assert bench.planned == []
    assert bench.session.machine.gpus[0].free_bytes == 23 * GIB
    bench.free = replace(bench.free, gpus=(20 * GIB,))
    qtbot.waitUntil(lambda: len(bench.planned) == 1, timeout=WAIT_MS)
    assert bench.chip() == "RTX 4090: 20.0 of 24.0 GiB free"
    assert bench.planned[0].gpus[0].free_bytes == 20 * GIB
    assert bench.session.machine_state.detected is not None
    assert bench.session.machine_state.detected.gpus[0].free_bytes == 20 * GIB
    assert [c.geometry() for c in bench.bar.chips] == places
    assert threading.get_ident() not in bench.threads


def test_that_nothing_is_asked_while_hidden_or_minimised_or_for_another_machine(
    make_bench: Callable[[Machine], Bench], qtbot: QtBot
) -> None:
    bench = make_bench(this_machine())
    qtbot.wait(4 * QUICK_MS)
    assert bench.reads == 0, "nothing runs until it is started"
    bench.watch.start()
    qtbot.waitUntil(lambda: bench.reads > 2, timeout=WAIT_MS)
    for hide, show in (
        (bench.window.hide, bench.window.show),
        (bench.window.showMinimized, bench.window.showNormal),
    ):
        hide()
        qtbot.waitUntil(lambda: not bench.watch.running, timeout=WAIT_MS)
        qtbot.wait(2 * QUICK_MS)
        before = bench.reads
        qtbot.wait(4 * QUICK_MS)
        assert bench.reads == before
        show()
        qtbot.waitUntil(lambda n=before: bench.watch.running and bench.reads > n, timeout=WAIT_MS)
    bench.session.use_machine(described())
    qtbot.wait(2 * QUICK_MS)
    before = bench.reads
    qtbot.wait(4 * QUICK_MS)
    assert bench.reads == before
    bench.session.use_this_machine()
    qtbot.waitUntil(lambda: bench.reads > before, timeout=WAIT_MS)
    bench.session.close()
    assert not bench.watch.running
    assert bench.watch._runner._pool.activeThreadCount() == 0


def test_that_a_gpu_that_goes_is_said_and_comes_back(
    make_bench: Callable[[Machine], Bench], qtbot: QtBot
) -> None:
    bench = make_bench(this_machine(2))
    assert bench.chip() == "2× RTX 4090: 23.0 of 24.0 GiB free each"
    bench.watch.start()
    bench.free = FreeMemory((23 * GIB, None), (True, False), 50 * GIB)
    qtbot.waitUntil(lambda: bool(bench.session.machine_state.missing), timeout=WAIT_MS)
    gone = bench.bar.chips[1].content
    assert bench.chip() == "RTX 4090: 23.0 of 24.0 GiB free"
    assert (gone.detail, gone.state, gone.used) == ("no longer there since 14:02", "absent", None)
    assert "no longer there since 14:02" in bench.bar.chips[1].accessibleName()
    assert len(bench.session.machine.gpus) == 2, "the plan stays"
    assert bench.planned == []
    bench.time = "15:30"
    qtbot.wait(3 * QUICK_MS)
    assert "14:02" in bench.bar.chips[1].content.detail
    bench.free = FreeMemory((23 * GIB, 23 * GIB), (True, True), 50 * GIB)
    qtbot.waitUntil(lambda: not bench.session.machine_state.missing, timeout=WAIT_MS)
    assert bench.chip() == "2× RTX 4090: 23.0 of 24.0 GiB free each"
    assert any("is there again" in text for text in bench.told)


def test_that_one_missed_answer_is_not_a_loss_and_a_new_gpu_is_looked_at(
    make_bench: Callable[[Machine], Bench], qtbot: QtBot
) -> None:
    bench = make_bench(this_machine())
    lost = FreeMemory((None,), (False,), 50 * GIB)
    bench.watch._asked = bench.session.machine_state.detected
    bench.watch._answered(lost)
    assert bench.session.machine_state.missing == {}
    bench.watch._answered(bench.free)
    bench.watch._asked = bench.session.machine_state.detected
    bench.watch._answered(lost)
    assert bench.session.machine_state.missing == {}, "two in a row, not two in all"
    detected: list[int] = []
    bench.session.detect = lambda: detected.append(1)  # type: ignore[method-assign]
    bench.watch._asked = bench.session.machine_state.detected
    bench.watch._answered(replace(bench.free, others=1))
    assert detected == [1]


def test_that_plans_wait_until_the_mouse_is_released(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = make_window(detect=this_machine)
    select(window, qtbot, MODEL)
    session = window.session
    free = FreeMemory((20 * GIB,), (True,), 50 * GIB)
    watch = MachineWatch(session, window, lambda _m: free, 10_000)
    slider = window.plan_pane.context
    middle = QPoint(slider.width() // 2, slider.height() // 2)
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=middle)
    watch.look()
    qtbot.waitUntil(lambda: not watch._runner.busy, timeout=WAIT_MS)
    assert "20.0 of 24.0 GiB free" in window.machine_bar.chips[0].content.detail
    assert session.machine.gpus[0].free_bytes == 23 * GIB
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=middle)
    watch.look()
    qtbot.waitUntil(lambda: session.machine.gpus[0].free_bytes == 20 * GIB, timeout=WAIT_MS)
    settle(window, qtbot)
    assert session.view is not None
    device = session.view.devices[0]
    assert device.capacity - device.others == 20 * GIB
    free = FreeMemory((None,), (False,), 50 * GIB)
    for _ in range(2):
        watch.look()
        qtbot.waitUntil(lambda: not watch._runner.busy, timeout=WAIT_MS)
    assert "RTX 4090 is no longer there since" in window.plan_pane.stale.text()
    assert window.plan_pane.content.isVisible()
    assert session.plan is not None
