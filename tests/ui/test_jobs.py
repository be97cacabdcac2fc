"""Work off the window's thread."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from ui.jobs import LatestJobRunner

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_that_only_the_newest_of_many_requests_is_delivered(qtbot: QtBot) -> None:
    runner = LatestJobRunner()
    gate = threading.Event()
    delivered: list[object] = []
    runner.finished.connect(delivered.append)
    runner.submit(lambda: gate.wait(10))
    for number in range(50):
        runner.submit(lambda n=number: n)
    gate.set()
    qtbot.waitUntil(lambda: not runner.busy, timeout=10_000)
    assert delivered == [49]
    runner.shutdown()


def test_that_a_fault_arrives_as_a_fault(qtbot: QtBot) -> None:
    runner = LatestJobRunner()

    def fail() -> None:
        raise ValueError("no such thing")

    with qtbot.waitSignal(runner.failed, timeout=10_000) as blocker:
        runner.submit(fail)
    assert str(blocker.args[0]) == "no such thing"
    runner.shutdown()


def test_that_shutdown_waits_for_what_runs_and_drops_the_rest(qtbot: QtBot) -> None:
    runner = LatestJobRunner()
    done: list[int] = []

    def slow() -> None:
        time.sleep(0.2)
        done.append(1)

    delivered: list[object] = []
    runner.finished.connect(delivered.append)
    runner.submit(slow)
    time.sleep(0.05)
    runner.submit(lambda: done.append(2))
    runner.shutdown()
    assert done == [1]
    qtbot.wait(20)
    assert delivered == []


def test_that_work_runs_off_the_windows_thread(qtbot: QtBot) -> None:
    runner = LatestJobRunner()
    with qtbot.waitSignal(runner.finished, timeout=10_000) as blocker:
        runner.submit(threading.get_ident)
    assert blocker.args[0] != threading.get_ident()
    runner.shutdown()
