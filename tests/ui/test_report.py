"""The report window, driven as a person would: what it shows, and what is in the files it writes."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QDate, QEvent, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtPrintSupport import QPrintDialog
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialogButtonBox,
    QFileDialog,
    QLineEdit,
    QMessageBox,
    QWidget,
)
from ui_support import MODEL, WAIT_MS, described, select, settle

from planner import text, units
from planner.report import file_writer
from planner.wishes import Wishes
from ui import theme
from ui.selection import Selection
from ui.session import PlannerSession
from ui.views import report_window
from ui.views.report_window import ReportWindow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

    from planner.library import Library
    from ui.kept_answers import KeptLists
    from ui.main_window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
OTHER = "openai/gpt-oss-120b"


def wait(report: ReportWindow, qtbot: QtBot) -> None:
    """Wait until what was asked is shown or written."""
    qtbot.waitUntil(lambda: not report.busy, timeout=WAIT_MS)


def press(button: QAbstractButton, qtbot: QtBot) -> None:
    """Click a control where its mark is."""
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton, pos=button.rect().center())


def opened(window: MainWindow, qtbot: QtBot) -> ReportWindow:
    """Press Ctrl+E and wait for the pages."""
    window.activateWindow()
    window.centre.table.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    if window.report is None:  # without a window manager no window is active, and shortcuts go nowhere
        window.actions_by_key["export"].trigger()
    assert window.report is not None
    report = window.report
    wait(report, qtbot)
    return report


def choose(report: ReportWindow, qtbot: QtBot, kind: str, form: str) -> None:
    """Choose content and format with the mouse, and wait for the preview."""
    press(report.kinds[kind], qtbot)  # type: ignore[index]
    press(report.forms[form], qtbot)
    wait(report, qtbot)


def page_text(report: ReportWindow) -> str:
    """Text of all pages shown."""
    shown = report.pages.report
    assert shown is not None
    return "\n".join(shown.text(i) for i in range(len(shown.pages)))


@pytest.fixture(scope="module")
def session(qapp: QApplication, library: Library, known_views: KeptLists) -> Iterator[PlannerSession]:
    """A session with the plan of one model, for the report windows that need no main window."""
    own = described()
    made = PlannerSession(Wishes(n_ctx=8192), load=lambda: library, detect=lambda: own, views=known_views)
    made.plan_ahead = False
    made.use_machine(own)
    made.start()

    def until(done: Callable[[], bool]) -> None:
        end = time.monotonic() + WAIT_MS / 1000
        while not done():
            assert time.monotonic() < end
            qapp.processEvents()
            time.sleep(0.01)

    until(lambda: made.view is not None and not made.busy and not made.machine_state.detecting)
    made.select(Selection(MODEL))
    until(lambda: made.plan is not None and not made.busy)
    yield made
    made.close()


@pytest.fixture
def report(session: PlannerSession, qtbot: QtBot) -> Iterator[ReportWindow]:
    """The report window over the plan of one model."""
    made = ReportWindow(session)
    qtbot.addWidget(made)
    made.show_kind()
    wait(made, qtbot)
    yield made
    made.close()
    made.shutdown()


def test_that_ctrl_e_shows_the_pages_of_the_plan_without_blocking_the_window(
    planned: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    report = opened(planned, qtbot)
    assert report.isVisible()
    assert not report.isModal()
    assert report.kind == "plan"
    plan = planned.session.plan
    assert plan is not None
    words = page_text(report)
    assert text.verdict_sentence(plan) in words
    for device in plan.devices:
        assert f"{units.gib(device.total_bytes)} of {units.gib(device.capacity_bytes)}" in words
    assert plan.command is not None
    assert plan.command.argv[0] in words
    assert "llama-cli" in words
    assert "vllm serve" in words
    count = len(report.pages.report.pages)  # type: ignore[union-attr]
    assert report.facts.text() == f"{count} pages, always light for print"
    assert report.seen.text().endswith(f"of {count}")
    assert "nothing is sent anywhere" in report.message.text()
    assert "at 8K on RTX 4090" in words
    planned.session.edit_wishes("context", n_ctx=16384)
    settle(planned, qtbot)
    wait(report, qtbot)
    assert "at 16K on RTX 4090" in page_text(report)
    select(planned, qtbot, OTHER)
    wait(report, qtbot)
    assert page_text(report).count("gpt-oss-120b") > 2
    assert "gpt-oss-120b" in report.file_name()
    report.save_to(tmp_path / "x.md")
    wait(report, qtbot)
    assert "Wrote x.md" in planned.statusBar().currentMessage()
    assert planned._settings.export_folder == str(tmp_path)


def test_that_pages_zoom_and_scroll_by_keyboard(report: ReportWindow, qtbot: QtBot) -> None:
    report.pages.setFocus()
    report.zoom.setCurrentIndex(report.zoom.findData("200"))
    report.zoom.activated.emit(report.zoom.currentIndex())
    assert report.pages.zoom == "200"
    assert report.seen.text().startswith("Page 1 of")
    qtbot.keyClick(report.pages, Qt.Key.Key_End)
    qtbot.keyClick(report.pages, Qt.Key.Key_PageDown)
    bar = report.pages.verticalScrollBar()
    bar.setValue(bar.maximum())
    count = len(report.pages.report.pages)  # type: ignore[union-attr]
    assert report.seen.text() == f"Page {count} of {count}"
    picture = report.pages.grab().toImage()
    assert picture.pixelColor(picture.width() // 2, 40) == Qt.GlobalColor.white


def test_that_the_plan_is_saved_in_every_format(
    session: PlannerSession, report: ReportWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    plan = session.plan
    assert plan is not None
    contents = {}
    for form in ("html", "markdown", "csv", "json", "pdf"):
        choose(report, qtbot, "plan", form)
        path = tmp_path / report.file_name()
        report.save_to(path)
        wait(report, qtbot)
        assert report.message.text() == f"Wrote {path.name} ({path.stat().st_size:,} bytes)"
        contents[form] = path.read_bytes()
        if form in ("markdown", "csv", "json"):
            lines = contents[form].decode("utf-8").splitlines()
            assert report.text.toPlainText().splitlines()[:20] == lines[:20]
    assert len([p for p in tmp_path.iterdir() if p.is_file()]) == 5
    assert contents["pdf"].startswith(b"%PDF-1.4")
    found = json.loads(contents["json"])
    assert found["model"]["id"] == MODEL
    assert [d["total_bytes"] for d in found["devices"]] == [d.total_bytes for d in plan.devices]
    assert found["report"]["date"] == report.date.date().toString(Qt.DateFormat.ISODate)
    others = [c["command"]["argv"][0] for c in found["report"]["other_commands"] if c["command"]]
    assert others == ["llama-cli", "vllm"]
    rows = list(csv.DictReader(io.StringIO(contents["csv"].decode("utf-8"))))
    totals = [int(r["value"]) for r in rows if r["section"] == "memory" and r["quantity"] == "total_bytes"]
    assert totals == [d.total_bytes for d in plan.devices]
    for form in ("html", "markdown"):
        content = contents[form].decode("utf-8")
        assert plan.model_name in content
        assert "llama-server" in content
        assert "Article 53" in content


def test_that_the_same_date_gives_the_same_pdf_and_another_date_another(
    report: ReportWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    report.date.setDate(QDate(2026, 11, 23))
    files = [tmp_path / f"{n}.pdf" for n in "abc"]
    for number, file in enumerate(files):
        if number == 2:
            report.date.setDate(QDate(2026, 11, 24))
        wait(report, qtbot)
        report.save_to(file)
        wait(report, qtbot)
    one, two, three = (f.read_bytes() for f in files)
    assert one == two
    assert one != three
    assert b"(D:20261123120000" in one


def test_that_an_ending_decides_the_format_and_a_missing_one_is_added(
    report: ReportWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    choose(report, qtbot, "plan", "html")
    for name in ("a.json", "b"):
        report.save_to(tmp_path / name)
        wait(report, qtbot)
    assert json.loads((tmp_path / "a.json").read_text())["schema"] == "fit-plan/1"
    assert (tmp_path / "b.html").read_text().startswith("<!DOCTYPE html>")


def test_that_pinned_plans_are_reported_side_by_side_with_the_machine_of_each(
    planned: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    planned.session.pin()
    planned.session.use_machine(described(("RTX 3090", "RTX 3090"), 128))
    settle(planned, qtbot)
    select(planned, qtbot, OTHER)
    planned.session.pin()
    press(planned.tray.export, qtbot)
    report = planned.report
    assert report is not None
    wait(report, qtbot)
    assert report.kind == "comparison"
    assert report.kinds["comparison"].text() == "The 2 pinned plans"
    words = page_text(report)
    assert "2 plans compared on 2 machines" in words
    assert "≠ Machine" in words
    assert "RTX 4090" in words
    assert "RTX 3090" in words
    report.save_to(tmp_path / "c.json")
    wait(report, qtbot)
    found = json.loads((tmp_path / "c.json").read_text())
    assert found["schema"] == "compare/1"
    assert [p["model"]["id"] for p in found["plans"]] == [MODEL, OTHER]
    assert [len(m["gpus"]) for m in found["report"]["machines"]] == [1, 2]


def test_that_the_ranking_holds_the_rows_shown_in_their_order(
    planned: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    planned.question.search.setText("qwen3")
    report = opened(planned, qtbot)
    choose(report, qtbot, "ranking", "csv")
    order, facts = planned.session.order, planned.session.facts
    assert order is not None
    assert facts is not None
    names = [facts.names[row] for row in order.rows]
    assert report.kinds["ranking"].text() == f"The ranking, {len(names)} models"
    assert report.facts.text() == f"{len(names) + 1} lines"
    report.save_to(tmp_path / "r.csv")
    wait(report, qtbot)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "r.csv").read_text())))
    assert [r["model"] for r in rows] == names
    planned.question.search.setText("gemma")
    wait(report, qtbot)
    assert "emma" in report.text.toPlainText().splitlines()[1]


def test_that_without_a_plan_the_ranking_is_offered_and_without_rows_nothing(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.session.select(None)
    settle(window, qtbot)
    report = opened(window, qtbot)
    assert not report.kinds["plan"].isEnabled()
    assert not report.kinds["comparison"].isEnabled()
    assert report.kind == "ranking"
    assert "What runs for chat at 8K" in page_text(report)
    report.kinds["plan"].setChecked(True)
    report.forms["html"].click()
    wait(report, qtbot)
    assert "nothing to report" in report.empty.text()
    assert report.empty.isVisible()
    assert not report.save.isEnabled()
    report.save_to(tmp_path / "x.html")
    assert "nothing to report" in report.message.text()
    assert not list(tmp_path.glob("x*"))


# -- saving


def dialog_of(report: ReportWindow) -> QFileDialog:
    """The dialog that asks where."""
    found = [d for d in report.findChildren(QFileDialog) if d.isVisible()]
    assert len(found) == 1
    return found[0]


def type_name(dialog: QFileDialog, name: str, qtbot: QtBot) -> None:
    """Type a path and press Save."""
    field = dialog.findChild(QLineEdit, "fileNameEdit")
    assert field is not None
    field.setFocus()
    field.setText(name)  # as pasted: typing opens the completer's popup, which takes the next click
    box = dialog.findChild(QDialogButtonBox)
    assert box is not None
    press(box.button(QDialogButtonBox.StandardButton.Save), qtbot)


def test_that_save_as_asks_where_and_writes_there(report: ReportWindow, qtbot: QtBot, tmp_path: Path) -> None:
    report.folder = str(tmp_path)
    press(report.save, qtbot)
    dialog = dialog_of(report)
    assert dialog.selectedFiles() == [str(tmp_path / report.file_name())]
    type_name(dialog, str(tmp_path / "mine.pdf"), qtbot)
    wait(report, qtbot)
    assert (tmp_path / "mine.pdf").read_bytes().startswith(b"%PDF")
    assert report.message.text().startswith("Wrote mine.pdf (")


@pytest.mark.parametrize("agreed", [True, False])
def test_that_a_file_that_exists_is_replaced_only_when_agreed(
    report: ReportWindow, qtbot: QtBot, tmp_path: Path, agreed: bool
) -> None:
    there = tmp_path / "there.html"
    there.write_text("mine")
    choose(report, qtbot, "plan", "html")
    report.folder = str(tmp_path)
    asked: list[str] = []

    def answer() -> None:
        box = QApplication.activeModalWidget()
        boxes = [w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox) and w.isVisible()]
        box = boxes[0] if boxes else box
        assert isinstance(box, QMessageBox)
        asked.append(box.text())
        standard = QMessageBox.StandardButton
        press(box.button(standard.Yes if agreed else standard.No), qtbot)

    press(report.save, qtbot)
    dialog = dialog_of(report)
    QTimer.singleShot(300, answer)
    type_name(dialog, str(there), qtbot)
    assert len(asked) == 1
    assert "there.html" in asked[0]
    wait(report, qtbot)
    if agreed:
        assert there.read_text().startswith("<!DOCTYPE html>")
    else:
        assert there.read_text() == "mine"
        assert dialog.isVisible()


def test_that_a_file_that_appeared_meanwhile_is_not_replaced(
    report: ReportWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "x.pdf").write_text("theirs")
    report.save_to(tmp_path / "x.pdf")
    wait(report, qtbot)
    assert "x.pdf exists; choose another name" in report.message.text()
    assert report.message.property("role") == "error"
    assert (tmp_path / "x.pdf").read_text() == "theirs"


def test_that_a_bad_place_is_said_in_one_line_and_nothing_is_left(
    report: ReportWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder.html").mkdir()
    read_only = tmp_path / "read-only.html"
    read_only.write_text("old")
    read_only.chmod(0o444)
    before = sorted(p.name for p in tmp_path.iterdir())
    told: list[tuple[str, bool]] = []
    report.told.connect(lambda text, fault: told.append((text, fault)))
    for place, reason in (
        ("missing/a.html", "there is no folder"),
        ("file/a.html", "there is no folder"),
        ("folder.html", "it is a folder"),
        ("n" * 300 + ".html", "too long"),
        ("a\0b.html", "null character"),
        ("read-only.html", "the file is read-only"),
    ):
        report.save_to(tmp_path / place, replace=True)
        wait(report, qtbot)
        words = report.message.text()
        assert words.startswith("Not saved: ")
        assert reason in words
        assert "\n" not in words
        assert told[-1] == (words, True)
        assert report.save.isEnabled()
    assert sorted(p.name for p in tmp_path.iterdir()) == before
    assert read_only.read_text() == "old"


@pytest.mark.parametrize("form", ["html", "pdf"])
def test_that_a_full_disk_leaves_the_old_file_and_no_other(
    report: ReportWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    path = tmp_path / f"x.{form}"
    path.write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(file_writer.os, "fsync", full)
    report.save_to(path, replace=True)
    wait(report, qtbot)
    assert "no space is left on the disk" in report.message.text()
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == [path.name]


@pytest.fixture
def slow_disk(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let each file take half a second to reach the disk; returns when each began."""
    real = os.fsync
    begun: list[float] = []

    def slow(descriptor: int) -> None:
        begun.append(time.monotonic())
        time.sleep(0.5)
        real(descriptor)

    monkeypatch.setattr(file_writer.os, "fsync", slow)
    return begun


def whole(folder: Path) -> bool:
    """Whether the report is there in full, alone."""
    files = [p for p in folder.iterdir() if p.is_file()]
    return [p.name for p in files] == ["x.html"] and files[0].read_text().rstrip().endswith("</html>")


def test_that_closing_the_report_while_it_is_written_leaves_a_whole_file(
    report: ReportWindow, qtbot: QtBot, tmp_path: Path, slow_disk: list[float]
) -> None:
    report.save_to(tmp_path / "x.html")
    qtbot.waitUntil(lambda: bool(slow_disk), timeout=WAIT_MS)
    assert not (tmp_path / "x.html").exists()
    report.close()
    wait(report, qtbot)
    assert whole(tmp_path)
    assert "Wrote x.html" in report.message.text()


def test_that_closing_the_window_while_a_report_is_written_leaves_a_whole_file(
    planned: MainWindow, qtbot: QtBot, tmp_path: Path, slow_disk: list[float]
) -> None:
    report = opened(planned, qtbot)
    report.save_to(tmp_path / "x.html")
    qtbot.waitUntil(lambda: bool(slow_disk), timeout=WAIT_MS)
    assert not (tmp_path / "x.html").exists()
    planned.close()
    assert not report.isVisible()
    assert whole(tmp_path)


# -- clipboard, paper, looks


def test_that_copy_puts_the_text_on_the_clipboard_and_says_so(report: ReportWindow, qtbot: QtBot) -> None:
    choose(report, qtbot, "plan", "markdown")
    press(report.copy, qtbot)
    wait(report, qtbot)
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith("# Qwen3-30B-A3B")
    assert report.message.text() == f"Copied {len(copied):,} characters"


def test_that_a_clipboard_that_does_not_take_it_is_said(
    report: ReportWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_window, "copy_text", lambda text: False)
    press(report.copy, qtbot)
    wait(report, qtbot)
    assert "clipboard is not available" in report.message.text()


def test_that_printing_gives_the_pages_on_the_printer_s_paper(
    report: ReportWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    support = pytest.importorskip("PySide6.QtPrintSupport")
    from PySide6.QtGui import QPageSize

    printer = support.QPrinter(support.QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(support.QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "printed.pdf"))
    printer.setPageSize(QPageSize(QPageSize.PageSizeId.Letter))
    report.print_on(printer)
    raw = (tmp_path / "printed.pdf").read_bytes()
    pages = int(re.search(rb"/Count (\d+)", raw)[1])  # type: ignore[index]
    assert pages >= 4
    assert report.message.text() == f"Printed {pages} pages"
    assert re.search(rb"/MediaBox \[0 0 612\.\d+ 792\.\d+\]", raw)


def test_that_the_printer_is_asked_for_without_blocking(report: ReportWindow, qtbot: QtBot) -> None:
    press(report.print, qtbot)
    qtbot.waitUntil(lambda: bool(report.findChildren(QPrintDialog)), timeout=WAIT_MS)
    dialog = report.findChildren(QPrintDialog)[0]
    assert dialog.isVisible()
    dialog.reject()
    qtbot.waitUntil(lambda: not report.findChildren(QPrintDialog), timeout=WAIT_MS)


def test_that_text_formats_are_not_printed(report: ReportWindow, qtbot: QtBot) -> None:
    assert report.print.isEnabled()
    choose(report, qtbot, "plan", "json")
    assert not report.print.isEnabled()
    assert not report.paper.isEnabled()


def test_that_letter_paper_gives_letter_pages(report: ReportWindow, qtbot: QtBot, tmp_path: Path) -> None:
    report.paper.setCurrentText("Letter")
    report.paper.activated.emit(report.paper.currentIndex())
    wait(report, qtbot)
    report.save_to(tmp_path / "x.pdf")
    wait(report, qtbot)
    assert b"/MediaBox [0 0 612.000000 792.000000]" in (tmp_path / "x.pdf").read_bytes()


def test_that_every_control_has_a_name_and_is_reached_by_tab(report: ReportWindow, qtbot: QtBot) -> None:
    wanted = [
        w
        for w in report.findChildren(QWidget)
        if w.focusPolicy() & Qt.FocusPolicy.TabFocus
        and w.isVisibleTo(report)
        and isinstance(w, QAbstractButton | QComboBox)
        and w.isEnabled()
        and not w.objectName().startswith("qt_")
    ]
    assert len(wanted) >= 8
    for widget in wanted:
        name = widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")
        assert name, widget
    report.kinds["plan"].setFocus()
    reached = set()
    for _ in range(30):
        focus = report.focusWidget()
        reached.add(focus)
        QApplication.sendEvent(report, QEvent(QEvent.Type.None_))
        report.focusNextChild()
    assert {report.save, report.copy, report.print, report.zoom, report.date} <= reached
    assert report.pages in reached


def test_that_pages_are_light_in_every_theme(report: ReportWindow, qtbot: QtBot) -> None:
    for wanted in (theme.DARK, theme.HIGH_CONTRAST, theme.LIGHT):
        theme.set_current(wanted)
        report.apply_theme()
        picture = report.pages.grab().toImage()
        place = report.pages.place_of(0)
        assert picture.pixelColor(int(place.center().x()), int(place.top()) + 8) == Qt.GlobalColor.white
        assert picture.pixelColor(4, 4).name().upper() == wanted.line.upper()


def test_that_the_keyboard_is_at_what_is_reported_stays_at_save_and_escape_closes(
    planned: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    report = opened(planned, qtbot)
    assert report.kinds[report.kind].hasFocus()
    report.save.setFocus()
    report.save_to(tmp_path / "kept.md")
    assert not report.save.isEnabled()
    wait(report, qtbot)
    assert (tmp_path / "kept.md").exists()
    assert report.save.hasFocus(), "Enter saves again and does not print"
    qtbot.keyClick(report, Qt.Key.Key_Escape)
    assert not report.isVisible()
