"""Ten thousand things a person might do, in any order, on the real window: nothing breaks, nothing is left behind."""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import os
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QObject,
    Qt,
    QThread,
    QThreadPool,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QWidget
from random_hand import Hand
from shiboken6 import isValid
from ui_support import MODEL, WAIT_MS, described

from models_db.catalogue import load_catalogue
from planner.hardware.ram_bandwidth import RamBandwidth
from planner.library import Library, columns_of, planned_ids
from planner.settings import Workload
from planner.view_data import Filters
from planner.wishes import Wishes
from ui import jobs
from ui.app import build, keep_catalogue
from ui.jobs import LatestJobRunner
from ui.kept_answers import KeptLists
from ui.machine_watch import MachineWatch
from ui.main_window import MainWindow
from ui.selection import Selection
from ui.session import PlannerSession
from ui.widgets.popover import Popover

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
EVENTS = 10_000
FIRST_LOOK = 1_000
"""Events after which what there is is counted for the first time: every panel has been made by then."""
ANSWERED = 0.04
"""Share of events after which everything asked is answered, where jobs are held back."""
BLOCK, SEEN = 25, 0.45
"""Events in a row that are painted or not, and the share of such rows that is: painting takes most of the time."""
PAINTED = 0.35
"""Share of events after which the windows are painted before the next one."""
STUCK_S = 30
"""An event that takes so long waits for something that does not come. [s]"""
LOOPS_OF_QT = {"QScrollBar"}
"""Widgets of Qt whose context menu runs a loop until they are closed; nothing of the program's own may."""
OF_THE_TEST = ("This plugin does not", "occurs outside target window")
"""Messages about the offscreen platform, and about a hand that lets go of what has become smaller."""
MOST_FAULTS = 20
"""The run goes on after a fault, to find others, but not after so many."""
HUNG_S = 240
"""After so long the whole run is ended with the place it hangs at. [s]"""
MORE_OBJECTS = 40
"""Most Qt objects that thousands of events may add to a window at rest: entries of menus of what was used lately."""
MORE_OBJECTS_EARLY = 250
"""The same while parts of the window are still opened for the first time: comparison, cards, menus."""
MORE_RECORDS = 40_000
"""Most Python objects of the program that may be added: answers and inventories, of which a number are kept."""
KEPT_VIEWS = 150
"""Lists kept: more than usual, so that most of the time goes into the window and not into planning anew."""
SEEDS = (20261126, 7, 4711)


class Watchman:
    """Sees what must not happen: errors, Qt's warnings, an event that never ends."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.loops = Counter[str]()
        self._begun = 0.0
        self._timer = QTimer()
        self._timer.setInterval(100)
        self._timer.timeout.connect(self._look)

    def said(self, kind: QtMsgType, _context: object, text: str) -> None:
        """A message of Qt."""
        harmless = any(part in text for part in OF_THE_TEST)
        if kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg) and not harmless:
            self.faults.append(f"Qt {kind.name}: {text}")

    def raised(self, kind: type[BaseException], fault: BaseException, trace: Any) -> None:
        """An error nobody caught."""
        self.faults.append("".join(traceback.format_exception(kind, fault, trace)))

    def broke(self, fault: BaseException) -> None:
        """An error of a job that no input explains."""
        self.raised(type(fault), fault, fault.__traceback__)

    def _look(self) -> None:
        """Runs only while an event waits in a loop of its own, or between two events."""
        if not self._begun:
            return
        popup = QApplication.activePopupWidget()
        if QThread.currentThread().loopLevel() and popup is not None:
            owner = type(popup.parent()).__name__
            self.loops[owner] += 1
            if owner not in LOOPS_OF_QT:
                self.faults.append(f"a menu of {owner} waits until it is closed")
            popup.close()
        elif time.monotonic() - self._begun > STUCK_S:
            there = [type(w).__name__ for w in QApplication.topLevelWidgets() if w.isVisible()]
            self.faults.append(
                f"an event does not end; open: {there}\n{''.join(traceback.format_stack()[-6:])}"
            )

    @contextlib.contextmanager
    def event(self) -> Iterator[None]:
        """One event."""
        self._begun = time.monotonic()
        yield
        self._begun = 0.0

    @contextlib.contextmanager
    def on_duty(self) -> Iterator[None]:
        """Watch until the end; the hooks of before come back."""
        hooks = sys.excepthook, threading.excepthook
        sys.excepthook = self.raised
        threading.excepthook = lambda args: self.broke(args.exc_value or args.exc_type())
        jobs.unexpected.append(self.broke)
        before = qInstallMessageHandler(self.said)
        self._timer.start()
        try:
            yield
        finally:
            self._timer.stop()
            qInstallMessageHandler(before)
            jobs.unexpected.remove(self.broke)
            sys.excepthook, threading.excepthook = hooks
            faulthandler.cancel_dump_traceback_later()


class Program:
    """The windows of a run, opened and closed as the program does."""

    def __init__(self, library: Library, views: KeptLists) -> None:
        self._library, self._views = library, views
        self._closing: set[int] = set()
        self.opened = 0
        self.hand: Hand | None = None
        self.second: MainWindow | None = None
        self.main = self._open()

    def _open(self) -> MainWindow:
        application, own = QApplication.instance(), described()
        assert isinstance(application, QApplication)
        session = PlannerSession(
            Wishes(n_ctx=8192, workload=Workload(filled=True)),
            load=lambda: self._library,
            detect=lambda: own,
            views=self._views,
        )
        window = build(application, session)
        session.library_ready.disconnect(keep_catalogue)  # what is kept for good cannot be counted
        session.closing.connect(lambda: self._closing.add(id(window)))
        window.resize(1280, 800)
        window.show()
        session.start()
        watch = MachineWatch(
            session, window, read=lambda m: None if self.hand is None else self.hand.free_now(m)
        )
        window.machine_watch = watch  # type: ignore[attr-defined]
        watch.start()
        self.opened += 1
        return window

    def window(self) -> MainWindow:
        """The main window; a new one when it was closed."""
        if id(self.main) in self._closing:
            gone, self.main = self.main, self._open()
            self._dispose(gone)
        if self.second is not None and id(self.second) in self._closing:
            gone, self.second = self.second, None
            self._dispose(gone)
        return self.main

    def other(self) -> str:
        """Open a second window, or close it."""
        if self.second is None:
            self.second = self._open()
            return "opened"
        self.second.close()
        self.window()
        return "closed"

    def end(self) -> None:
        """Close all."""
        if self.second is not None:
            self.other()
        self.main.close()
        self._dispose(self.main)

    def _dispose(self, window: MainWindow) -> None:
        """See that a closed window holds nothing that runs, and goes."""
        self._closing.discard(id(window))
        shown = [w for w in QApplication.topLevelWidgets() if w.isVisible() and w.parent() is window]
        assert not shown, f"a closed window left {shown}"
        assert not running_timers(window), f"a closed window's timers run: {running_timers(window)}"
        for pool in window.findChildren(QThreadPool):
            assert pool.activeThreadCount() == 0, "a closed window's thread runs"
        window.deleteLater()
        drain()
        assert not isValid(window), "a closed window is still there"


class Gate:
    """Holds the jobs beside the window back until the hand rests, so that a run neither takes turns nor guesses.

    What is asked meanwhile replaces what waits, as it does while a job runs. A window that is closed waits for its jobs:
    they go through at once.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._open = threading.Event()
        self._open.set()
        run, shutdown = jobs._Job.run, LatestJobRunner.shutdown

        def held(job: jobs._Job) -> None:
            self._open.wait()
            run(job)

        def let_go(runner: LatestJobRunner, finish: bool = False) -> None:
            self._open.set()
            shutdown(runner, finish)

        monkeypatch.setattr(jobs._Job, "run", held)
        monkeypatch.setattr(LatestJobRunner, "shutdown", let_go)

    def close(self) -> None:
        """Hold back what is asked from now on."""
        self._open.clear()

    def work(self, window: MainWindow) -> None:
        """Let everything asked be answered, as far as that takes no more than a second."""
        self._open.set()
        end = time.monotonic() + 1.0
        while window.session.busy and time.monotonic() < end:
            QCoreApplication.processEvents()
            time.sleep(0.005)


@contextlib.contextmanager
def quick_switches() -> Iterator[None]:
    """Let threads take turns often: the window waits less for what is planned beside it, and more orders are tried."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    yield
    sys.setswitchinterval(before)


def drain() -> None:
    """Do what is waiting: events, and the ends of objects."""
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()


def running_timers(window: QWidget, once: bool = True) -> list[str]:
    """Timers of a window that tick, by their owner, with or without those that end by themselves."""
    return sorted(
        f"{type(t.parent()).__name__} {t.interval()} ms"
        for t in window.findChildren(QTimer)
        if t.isActive() and (once or not t.isSingleShot())
    )


def paint_windows(on: bool) -> None:
    """Let the windows paint themselves, or not."""
    for window in QApplication.topLevelWidgets():
        if (
            window.isWindow()
            and window.updatesEnabled() != on
            and window.windowType() == Qt.WindowType.Window
        ):
            window.setUpdatesEnabled(on)


def close_popups() -> None:
    """Close what would keep the events from the window."""
    while (popup := QApplication.activePopupWidget()) is not None:
        popup.close()


def rest(program: Program, qtbot: QtBot) -> None:
    """Bring the window back to one and the same state, with every panel made."""
    close_popups()
    window = program.window()
    if program.second is not None:
        program.other()
    window.showNormal()
    window.resize(1280, 800)
    session = window.session
    for popover in window.findChildren(Popover):
        if popover.isVisible():
            popover.dismiss()
    window.themes.choose("light")
    session.second.clear()
    qtbot.waitUntil(lambda: session.library is not None and not session.busy, timeout=WAIT_MS)
    if session.filters != Filters():
        session.edit_filters("rest", **vars(Filters()))
    session.sort_by("recommended")
    session.use_machine(described())
    for n_ctx in (8192, 16384):
        session.set_wishes(Wishes(n_ctx=n_ctx, workload=Workload(filled=True)))
        session.select(Selection(MODEL))
        qtbot.waitUntil(lambda: not session.busy and session.plan is not None, timeout=WAIT_MS)
        while session.pins:
            session.unpin(0)
        session.pin()
    for key in ("list", "map", "scatter", "list"):
        window.actions_by_key[key].trigger()
        drain()
    window.export("plan")
    report = window.report
    assert report is not None
    report.forms["pdf"].click()
    qtbot.waitUntil(lambda: not report.busy and not session.busy, timeout=WAIT_MS)
    drain()
    report.close()
    if window.plan_pane.window_of_plan is not None:
        window.plan_pane.window_of_plan.close()
    window.recent.used()
    window.recent.stop()
    window.statusBar().clearMessage()
    drain()
    qtbot.wait(50)
    gc.collect()
    drain()


class Census:
    """What there is while nothing happens."""

    def __init__(self, window: MainWindow) -> None:
        for pool in window.findChildren(QThreadPool):
            pool.waitForDone()  # a tuple that another thread is making must not be looked at
        self.objects = Counter(type(o).__name__ for o in window.findChildren(QObject))
        self.tops = Counter(type(w).__name__ for w in QApplication.topLevelWidgets())
        self.timers = running_timers(window, once=False)
        self.records = Counter(
            type(o).__name__
            for o in gc.get_objects()
            if type(o).__module__.split(".", 1)[0] in ("ui", "planner", "models_db")
        )
        self.threads = len(os.listdir("/proc/self/task")) if sys.platform.startswith("linux") else 0
        self.files = len(os.listdir("/proc/self/fd")) if sys.platform.startswith("linux") else 0

    def __str__(self) -> str:
        return (
            f"{sum(self.objects.values())} Qt objects, {sum(self.tops.values())} windows, "
            f"{sum(self.records.values())} records, {self.threads} threads, {self.files} files, timers {self.timers}"
        )

    def compare(self, later: Census, more_objects: int) -> list[str]:
        """What became more than it may."""
        found = []
        more = later.objects - self.objects
        if sum(later.objects.values()) - sum(self.objects.values()) > more_objects:
            found.append(f"Qt objects: {more.most_common(12)}")
        if sum((later.tops - self.tops).values()) > 2:
            found.append(f"windows: {(later.tops - self.tops).most_common()}")
        if sum(later.records.values()) > sum(self.records.values()) + MORE_RECORDS:
            found.append(f"records: {(later.records - self.records).most_common(12)}")
        if later.timers != self.timers:
            found.append(f"timers: {self.timers} became {later.timers}")
        if later.threads > self.threads + 3:
            found.append(f"threads: {self.threads} became {later.threads}")
        if later.files > self.files + 3:
            found.append(f"open files: {self.files} became {later.files}")
        return found


@pytest.fixture(scope="module")
def few_models() -> Library:
    """Every ninth model of the catalogue: what is planned beside the window takes the time of the run otherwise."""
    catalogue = load_catalogue()
    ids = planned_ids(catalogue)
    return Library(catalogue, columns_of(tuple(dict.fromkeys((MODEL, *ids[::9])))))


@pytest.fixture
def program(
    qapp: QApplication,
    few_models: Library,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Program]:
    """The program, with the dialogs and programs of the system answered at once."""
    folder = tmp_path / "files"
    (folder / "folder.pdf").mkdir(parents=True)
    (folder / "x.gguf").write_bytes(b"GGUF")
    names = ("a", "b", "missing/c", "folder.pdf", "x.gguf", "é ☃ <b>", "n" * 300)
    asked = Counter[str]()

    def choose_file(dialog: QFileDialog) -> None:
        asked["file"] += 1
        if asked["file"] % 4:
            dialog.fileSelected.emit(str(folder / names[asked["file"] % len(names)]))
        dialog.close()

    def choose_printer(dialog: QDialog) -> None:
        asked["printer"] += 1
        printer = dialog.printer()  # type: ignore[attr-defined]
        printer.setOutputFormat(printer.OutputFormat.PdfFormat)
        printer.setOutputFileName(str(folder / "printed.pdf"))
        dialog.accepted.emit(printer)  # the dialog itself would print to where it was told by hand
        dialog.close()

    def open_url(url: object) -> bool:
        asked["url"] += 1
        return asked["url"] % 2 == 0

    monkeypatch.setattr("ui.kept_answers.CACHED_VIEWS", KEPT_VIEWS)
    monkeypatch.setattr(QFileDialog, "open", choose_file)
    monkeypatch.setattr(QDialog, "open", choose_printer)
    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    monkeypatch.setattr(
        "ui.ram_measure._measure", lambda free: RamBandwidth(6e10, 6e10, 5e10, 8, 0.1, "2026-01-01")
    )
    made = Program(few_models, KeptLists())
    made.folder, made.asked = folder, asked  # type: ignore[attr-defined]
    yield made
    if isValid(made.main):
        made.end()


def play(
    program: Program,
    qtbot: QtBot,
    events: int,
    seed: int,
    first_look: int,
    gate: Gate | None = None,
    more_objects: int = MORE_OBJECTS,
) -> str:
    """Let a hand play on the program; what breaks is raised with what was done last."""
    hand = Hand(program.window, program.other, program.folder, seed)  # type: ignore[attr-defined]
    program.hand = hand
    watchman, last = Watchman(), list[str]()
    before: Census | None = None
    threads = {t.name for t in threading.enumerate()}
    begun = time.monotonic()
    told_of, report = 0, list[str]()
    seen = True
    with watchman.on_duty(), quick_switches():
        for number in range(events):
            if number % 50 == 0:
                faulthandler.dump_traceback_later(HUNG_S, exit=True)
            if number == first_look:
                paint_windows(True)
                if gate is not None:
                    gate.work(program.window())
                rest(program, qtbot)
                before = Census(program.window())
            window = program.window()
            if gate is not None:
                if number != first_look and hand.random.random() < ANSWERED:
                    gate.work(window)
                gate.close()
            if number % BLOCK == 0:
                paint_windows(True)
                seen = hand.random.random() < SEEN
            if not seen:
                paint_windows(False)
            with watchman.event():
                last = [*last[-14:], hand.act()]
            if hand.random.random() < PAINTED:
                QCoreApplication.processEvents()
            if number % 97 == 96:
                close_popups()
                qtbot.wait(5)
                drain()
            if len(watchman.faults) > told_of:
                told_of = len(watchman.faults)
                report.append(f"seed {seed}, event {number}, after {last}:\n{watchman.faults[-1]}")
                print(report[-1], flush=True)
                assert told_of < MOST_FAULTS, "\n".join(report)
            if number % 1000 == 999:
                print(f"{number + 1} events, {time.monotonic() - begun:.0f} s, {told_of} faults", flush=True)
        took = time.monotonic() - begun
        paint_windows(True)
        if gate is not None:
            gate.work(program.window())
        rest(program, qtbot)
        assert before is not None
        after = Census(program.window())
        window = program.window()
        assert window.isVisible(), "the window is still there"
        assert window.session.view is not None
        assert window.centre.count.text(), "the list says how many models it shows"
        grown = before.compare(after, more_objects)
        told = (
            f"seed {seed}: {events} events in {took:.0f} s, {program.opened} windows opened, "
            f"asked {dict(program.asked)}\n"  # type: ignore[attr-defined]
            f"  loops of Qt's own menus {dict(watchman.loops)}\n"
            f"  done {dict(hand.done.most_common())}\n  touched {dict(hand.touched.most_common(30))}\n"
            f"  at event {first_look}: {before}\n  at event {events}: {after}"
        )
        print(told)
        program.end()
        drain()
        assert not watchman.faults, "\n".join(report) or watchman.faults[-1]
    assert not QThreadPool.globalInstance().activeThreadCount()
    left = {t.name for t in threading.enumerate()} - threads
    assert not left, f"threads left: {left}"
    assert not grown, f"{told}\ngrew: {grown}"
    assert sum(hand.done.values()) == events
    return told


@pytest.mark.bench
@pytest.mark.parametrize("seed", SEEDS)
def test_that_ten_thousand_random_events_break_nothing(
    program: Program,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
    record_property: Callable[[str, object], None],
) -> None:
    gate = Gate(monkeypatch)
    record_property("random events", play(program, qtbot, EVENTS, seed, FIRST_LOOK, gate))


def test_that_hundreds_of_random_events_break_nothing(
    program: Program, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(program, qtbot, 500, 1, 250, Gate(monkeypatch), MORE_OBJECTS_EARLY)


def test_that_random_events_while_threads_work_break_nothing(program: Program, qtbot: QtBot) -> None:
    play(program, qtbot, 200, 2, 100, None, MORE_OBJECTS_EARLY)
