"""A good citizen: errors are told once and logged, nobody is named, nothing is sent, and what is chosen is kept."""

from __future__ import annotations

import datetime
import getpass
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QMenu, QPlainTextEdit, QWidget
from ui_support import MODEL, described, select, settle

from planner.data_dates import STALE_DAYS, age_in_days, catalogue_date
from planner.hardware.machine_file import save_machine
from ui import clipboard, restart, window_memory
from ui.diagnostics import without_names
from ui.fault_log import MAX_LOG_BYTES, FaultLog, last_entries
from ui.jobs import LatestJobRunner
from ui.main_window import MainWindow
from ui.settings import SettingsStore, WindowSettings
from ui.status import age_hint
from ui.views.help_cards import about_lines, glossary
from ui.widgets.popover import Popover

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def fault_log(tmp_path: Path) -> Iterator[FaultLog]:
    log = FaultLog(tmp_path / "log")
    log.install()
    yield log
    log.uninstall()


# -- errors nobody caught


@pytest.mark.qt_no_exception_capture
def test_that_an_uncaught_error_is_told_once_and_logged_each_time(
    fault_log: FaultLog, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[str] = []
    fault_log.told.connect(told.append)
    for number in range(3):
        try:
            raise RuntimeError(f"broken {number}")
        except RuntimeError as fault:
            sys.excepthook(type(fault), fault, fault.__traceback__)
    assert len(told) == 1
    assert told[0].startswith("RuntimeError: broken 0 (test_citizen.py:")
    text = fault_log.path.read_text(encoding="utf-8")
    assert all(f"RuntimeError: broken {number}" in text for number in range(3))
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.qt_no_exception_capture
def test_that_an_error_in_another_thread_is_told(fault_log: FaultLog, qtbot: QtBot) -> None:
    told: list[str] = []
    fault_log.told.connect(told.append)

    def work() -> None:
        raise KeyError("lost")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(told), timeout=5000)
    assert "KeyError: 'lost'" in told[0]


@pytest.mark.qt_no_exception_capture
def test_that_an_error_of_a_job_is_logged_but_a_fault_of_the_input_is_not(
    fault_log: FaultLog, qtbot: QtBot
) -> None:
    told: list[str] = []
    fault_log.told.connect(told.append)

    def work(fault: Exception) -> None:
        raise fault

    runner = LatestJobRunner()
    for fault in (ValueError("n_ctx is negative"), ZeroDivisionError("oops")):
        with qtbot.waitSignal(runner.failed, timeout=5000):
            runner.submit(partial(work, fault))
    runner.shutdown()
    qtbot.waitUntil(lambda: bool(told), timeout=5000)
    assert [t.split(" (")[0] for t in told] == ["ZeroDivisionError: oops"]


@pytest.mark.qt_no_exception_capture
def test_that_the_log_never_grows_beyond_a_megabyte(fault_log: FaultLog) -> None:
    for number in range(12):
        fault_log.record(RuntimeError("x" * 120_000 + str(number)))
    sizes = [p.stat().st_size for p in fault_log.folder.iterdir()]
    assert len(sizes) > 1
    assert max(sizes) <= MAX_LOG_BYTES
    assert sum(sizes) <= 2**20
    assert last_entries(fault_log.folder).rstrip().endswith("x11")


@pytest.mark.qt_no_exception_capture
def test_that_a_log_that_cannot_be_written_still_tells(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    log = FaultLog(tmp_path / "file" / "log")
    told: list[str] = []
    log.told.connect(told.append)
    log.record(RuntimeError("broken"))
    assert told == ["RuntimeError: broken"]


def test_that_the_hooks_are_given_back(tmp_path: Path) -> None:
    before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    log = FaultLog(tmp_path)
    log.install()
    assert sys.excepthook != before[0]
    log.uninstall()
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before


@pytest.mark.qt_no_exception_capture
def test_that_an_error_is_shown_in_the_window_without_blocking_it(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda url: bool(opened.append(url.toLocalFile())) or True
    )
    window.fault_log.record(RuntimeError("the slider fell off"))
    assert window.fault_bar.isVisible()
    assert "the slider fell off" in window.fault_bar.text.text()
    window.question.search.setText("gemma")
    settle(window, qtbot)
    assert window.centre.count.text().split()[0] != "0"
    qtbot.mouseClick(window.fault_bar.copy, Qt.MouseButton.LeftButton)
    assert "the slider fell off" in QGuiApplication.clipboard().text()
    qtbot.mouseClick(window.fault_bar.folder, Qt.MouseButton.LeftButton)
    assert opened == [str(window.fault_log.folder)]
    assert (window.fault_log.folder / "window.log").is_file()
    qtbot.mouseClick(window.fault_bar.close_button, Qt.MouseButton.LeftButton)
    assert not window.fault_bar.isVisible()


# -- nobody is named


@pytest.fixture
def ann(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user and a computer with names."""
    monkeypatch.setattr(getpass, "getuser", lambda: "annmiller")
    monkeypatch.setattr(socket, "gethostname", lambda: "annas-box.fritz.local")
    monkeypatch.setattr(Path, "home", lambda: Path("/home/annmiller"))


@pytest.mark.usefixtures("ann")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/home/annmiller/bin/vllm", "~/bin/vllm"),
        ("C:\\Users\\Ann Miller\\x", "~\\x"),
        ("on Annas-Box: no", "on …: no"),
        ("GPU-8f2d6b6e-1c2d-4e5f-8a9b-0c1d2e3f4a5b is", "… is"),
        ("serial: 0324718012345", "serial: …"),
        ("aa:bb:cc:dd:ee:0f", "…"),
        ("planner b10434 at 8192", "planner b10434 at 8192"),
    ],
)
def test_that_names_and_identifiers_are_taken_out(text: str, expected: str) -> None:
    assert without_names(text) == expected


@pytest.mark.usefixtures("ann")
def test_that_diagnostics_help_and_name_nobody(make_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    machine = replace(
        described(),
        name="annas-box",
        notes=("vllm in /home/annmiller/venv: GPU-8f2d6b6e-1c2d-4e5f-8a9b-0c1d2e3f4a5b",),
    )
    window = make_window(machine)
    window._settings.export_folder = "/home/annmiller/reports"
    window.actions_by_key["diagnostics"].trigger()
    text = QGuiApplication.clipboard().text()
    assert "Copied the diagnostics" in window.statusBar().currentMessage()
    for part in (
        "Hardware Fit Planner",
        "Python 3",
        "Qt 6",
        "RTX 4090",
        "24.0 GiB",
        "theme: system",
        catalogue_date(),
    ):
        assert part in text
    for name in ("annmiller", "annas", "fritz", "8f2d6b6e", "/home/"):
        assert name not in text.casefold()


def test_that_diagnostics_are_shown_where_there_is_no_clipboard(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QGuiApplication, "clipboard", staticmethod(lambda: None))
    assert not clipboard.copy_text("x")
    window.actions_by_key["diagnostics"].trigger()
    assert "clipboard is not available" in window.statusBar().currentMessage()
    fields = [f for f in window.findChildren(QPlainTextEdit) if f.accessibleName() == "Diagnostics"]
    assert fields[0].textCursor().selectedText().startswith("Hardware Fit Planner")


# -- dates


def test_that_data_older_than_90_days_is_said() -> None:
    date = catalogue_date()
    read = datetime.date.fromisoformat(date)
    assert age_hint(date, read + datetime.timedelta(days=STALE_DAYS)) == ""
    assert f"{STALE_DAYS + 1} days old" in age_hint(date, read + datetime.timedelta(days=STALE_DAYS + 1))
    assert age_in_days("soon") is None
    assert age_hint("") == ""


def test_that_the_status_bar_and_about_show_the_date_of_the_data(window: MainWindow) -> None:
    assert catalogue_date() in window.status.right.text()
    late = datetime.date.fromisoformat(catalogue_date()) + datetime.timedelta(days=200)
    window.status.show_dates(late)
    assert "200 days old" in window.status.right.text()
    lines = "\n".join(about_lines(window.session.library, late))
    for part in ("MIT licence", "Lesser General Public License", "Qt 6", catalogue_date(), "200 days old"):
        assert part in lines


def test_that_the_glossary_explains_the_terms_of_the_window() -> None:
    terms = " ".join(term for term, _ in glossary()).casefold()
    for word in (
        "tok/s", "decode", "prefill", "first token", "context", "kv cache", "experts", "compute buffer", "overhead",
        "reserve", "quantization", "loss", "gib", "tight", "bandwidth", "slots", "unified", "flash attention",
    ):  # fmt: skip
        assert word in terms, word


# -- what is kept


def test_that_a_copied_plan_and_a_saved_machine_are_offered_again(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    save_machine("Rig", described(("RTX 3090",), 32))
    window = make_window(described())
    plans, machines = (m for m in (window.recent.plans, window.recent.machines))
    assert isinstance(plans, QMenu)
    assert not plans.menuAction().isEnabled()
    select(window, qtbot, MODEL)
    window.actions_by_key["copy"].trigger()
    plans.aboutToShow.emit()
    assert [a.text() for a in plans.actions()] == [f"Qwen3-30B-A3B  {window.session.plan.quant}"]
    window.recent._use("Rig")
    settle(window, qtbot)
    window.close()
    again = make_window(described())
    again.recent.machines.aboutToShow.emit()
    assert [a.text() for a in again.recent.machines.actions()] == ["Rig"]
    again.recent.machines.actions()[0].trigger()
    settle(again, qtbot)
    assert again.session.machine.gpus[0].accelerator == "RTX 3090"
    again.recent.plans.actions()[0].trigger()
    settle(again, qtbot)
    assert again.session.selection is not None
    assert again.session.selection.model_id == MODEL
    assert machines is not None


def test_that_a_deleted_machine_leaves_the_recent_ones_with_a_word(window: MainWindow) -> None:
    window._settings.recent_machines = ["Gone"]
    window.recent._use("Gone")
    assert window._settings.recent_machines == []
    assert "Gone" in window.statusBar().currentMessage()


def test_that_size_and_language_wait_for_a_restart_that_is_offered(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    assert window.status.restart.isHidden()
    window.actions_by_key["larger"].trigger()
    assert "125 % from the next start" in window.statusBar().currentMessage()
    assert window.actions_by_key["scale_1.25"].isChecked()
    window.actions_by_key["language_zh_CN"].trigger()
    assert SettingsStore().peek().scale == 1.25
    assert SettingsStore().peek().language == "zh_CN"
    asked: list[bool] = []
    monkeypatch.setattr(restart, "start_again", lambda: bool(asked.append(True)) or True)
    assert window.status.restart.isVisible()
    qtbot.mouseClick(window.status.restart, Qt.MouseButton.LeftButton)
    assert asked == [True]
    assert not window.isVisible()


@pytest.mark.parametrize("scale", [1.0, 1.5, 3.0])
def test_that_the_scale_of_the_settings_reaches_qt_but_yields_to_the_users_own(
    scale: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("QT_SCALE_FACTOR", raising=False)
    monkeypatch.delenv(restart.OWN_SCALE, raising=False)
    restart.scale_from_settings(2.0)
    restart.scale_from_settings(scale)  # as a restarted program, which inherits the variables
    assert os.environ.get("QT_SCALE_FACTOR") == (None if scale == 1 else f"{scale:g}")
    monkeypatch.setenv("QT_SCALE_FACTOR", "1.1")
    restart.scale_from_settings(scale)
    assert os.environ["QT_SCALE_FACTOR"] == "1.1"


def test_that_closing_while_an_export_runs_waits_for_a_whole_file(
    planned_window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "plan.md"
    begun, go_on = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go_on.wait(10)
        path.write_text("whole")

    window = planned_window
    window.recent._timer.stop()
    runner = LatestJobRunner(window)
    runner.submit(work)
    assert begun.wait(10)
    threading.Timer(0.2, go_on.set).start()
    window.close()
    runner.shutdown()
    assert path.read_text() == "whole"


@pytest.fixture
def planned_window(window: MainWindow, qtbot: QtBot) -> MainWindow:
    select(window, qtbot, MODEL)
    return window


# -- where the window is


def test_that_place_sorting_and_splitters_are_remembered_and_a_lost_window_comes_back(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = make_window(described())
    window.centre.table.sort_asked.emit("decode", True)
    window.splitter.setSizes([300, 640, 500])
    sizes = window.splitter.sizes()
    window.move(9000, 7000)
    window.close()
    again = make_window(described())
    assert again.session.sort == ("decode", True)
    assert again.splitter.sizes() == sizes
    screens = [s.availableGeometry() for s in QGuiApplication.screens()]
    assert any(s.contains(again.frameGeometry().topLeft()) for s in screens)


def test_that_a_hostile_geometry_is_left_aside(window: MainWindow) -> None:
    for geometry in ("", "AAAA", "not base64!", "QUJD" * 200):
        settings = WindowSettings(geometry=geometry, splitter=[0, 0, 0], sort="nonsense")
        window_memory.restore_place(window, settings)
        window_memory.restore_panels(window, settings)
        assert window.width() >= 360
        assert all(window.splitter.sizes()[1:])
        assert window.session.sort == ("recommended", False)


# -- pasted nonsense


NONSENSE = (
    "",
    " ",
    "NaN",
    "inf",
    "-1",
    "1e999",
    "9" * 400,
    "8192\n4096",
    "<b>8</b>",
    "'; rm -rf ~",
    "八千",
    "\U0001f600",
)


def test_that_nonsense_pasted_into_any_field_is_answered_and_changes_nothing(
    window: MainWindow, qtbot: QtBot
) -> None:
    before = window.session.wishes
    fields = (
        window.question.context,
        window.question.users,
        window.question.speed,
        window.machine_bar.reserve,
    )
    for text in NONSENSE:
        for field in fields:
            field.edit.setFocus()
            field.edit.selectAll()
            QGuiApplication.clipboard().setText(text)
            field.edit.paste()
            if not text:
                field.edit.clear()
            qtbot.keyClick(field.edit, Qt.Key.Key_Return)
            assert field.fault.text(), (field.edit.accessibleName(), text)
            assert len(field.fault.text()) < 300
            qtbot.keyClick(field.edit, Qt.Key.Key_Escape)
            assert field.fault.isHidden()
    assert window.session.wishes == before


# -- nothing is sent; no fonts; a size and a language from the settings

WATCHED = """
import sys
sent = []
def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request"):
        sent.append((event, arguments))
sys.addaudithook(watch)
sys.argv = ["fit-planner-gui", "--smoke"]
from ui.app import main
code = main()
from PySide6.QtGui import QGuiApplication
print("pixels", QGuiApplication.primaryScreen().devicePixelRatio(), "sent", sent, "modules",
      [m for m in sys.modules if m in ("PySide6.QtNetwork", "PySide6.QtOpenGL", "PySide6.QtQml", "urllib.request")])
raise SystemExit(code)
"""


def test_that_a_start_sends_nothing_and_needs_neither_fonts_nor_opengl(
    project_root: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "xdg_config_home" / "hardware-fit-planner"
    SettingsStore(folder).save(WindowSettings(language="zh_CN", scale=2.0))
    fonts = tmp_path / "fonts.conf"
    fonts.write_text("<?xml version='1.0'?><fontconfig></fontconfig>")
    environment = {
        **os.environ,
        "PYTHONPATH": str(project_root),
        "FONTCONFIG_FILE": str(fonts),
        "LIBGL_ALWAYS_SOFTWARE": "0",
        "QT_XCB_GL_INTEGRATION": "none",
    }
    done = subprocess.run(
        [sys.executable, "-c", WATCHED],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert done.returncode == 0, done.stderr
    assert "models shown" in done.stdout
    assert "pixels 2.0 sent [] modules []" in done.stdout
    assert "Traceback" not in done.stderr
    assert json.loads((folder / "window.json").read_text())["language"] == "zh_CN"


# -- without a mouse, without seeing


def tab_stops(window: QWidget) -> set[QWidget]:
    """Controls that Tab ought to reach."""
    stops = set()
    for widget in window.findChildren(QWidget):
        takes = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.focusProxy() is None
        if takes and widget.isVisible() and widget.isEnabled():
            stops.add(widget)
    return stops


def test_that_tab_reaches_every_control_and_each_has_a_name(planned_window: MainWindow, qtbot: QtBot) -> None:
    window = planned_window
    window.activateWindow()
    window.question.search.setFocus()
    wanted = tab_stops(window)
    assert len(wanted) > 25
    seen: set[QWidget] = set()
    for _ in range(3 * len(wanted)):
        focused = window.focusWidget()
        assert focused is not None
        seen.add(focused)
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
        if wanted <= seen:
            break

    def by_arrows(widget: QWidget) -> bool:
        """One of several of which Tab reaches the chosen one, and the arrow keys the others."""
        group = widget.group() if isinstance(widget, QAbstractButton) else None
        return group is not None and group.exclusive() and any(b in seen for b in group.buttons())

    grouped = {w for w in wanted - seen if by_arrows(w)}
    missed = [f"{type(w).__name__} {w.accessibleName() or w.objectName()}" for w in wanted - seen - grouped]
    assert missed == []
    nameless = [
        type(w).__name__
        for w in seen
        if not (QAccessible.queryAccessibleInterface(w).text(QAccessible.Text.Name) or w.accessibleName())
    ]
    assert nameless == []


def test_that_controls_of_popovers_have_names(window: MainWindow) -> None:
    for key in ("glossary", "about", "palette", "machine_new"):
        window.actions_by_key[key].trigger()
        popovers = [p for p in window.findChildren(Popover) if p.isVisible()]
        assert popovers, key
        for widget in tab_stops(popovers[0]):
            assert QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name), (
                key,
                type(widget).__name__,
            )
        popovers[0].dismiss()
