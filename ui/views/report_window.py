"""The report window: what the report holds, its format, its pages as they will be, and saving or printing them."""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QLocale, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDateEdit,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from planner.report import FORMATS
from planner.report.blocks import Kind
from planner.report.file_writer import FileExists, write_whole
from planner.report.request import ReportRequest
from planner.units import ValueFault
from planner.words import language
from ui import theme
from ui.clipboard import copy_text
from ui.icons import icon
from ui.jobs import LatestJobRunner
from ui.report_layout import A4, LETTER, UNITS_PER_PIXEL, Paper
from ui.report_pages import ReportPages, lay_out
from ui.report_pdf import paper_of, write_pages
from ui.session import PlannerSession
from ui.views.page_view import ZOOMS, PageView
from ui.words import number, tr

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

    from planner.machine import Machine
    from planner.plan import Plan
    from planner.wishes import Wishes

PANEL_WIDTH = 236
REST_MS = 120
"""Rest after the last change before the preview is made again. [ms]"""
SHOWN_LINES = 3000
"""Most lines of a text format in the preview; the file has all."""
SUFFIXES = {"pdf": ".pdf", "html": ".html", "markdown": ".md", "csv": ".csv", "json": ".json"}
PAGED = ("pdf", "html")
_NOT_IN_NAMES = re.compile(r"[^\w.+-]+")


@dataclass(frozen=True, slots=True)
class Made:
    """A preview: pages or a text."""

    form: str
    pages: ReportPages | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written."""

    path: Path
    size: int


def make_preview(request: ReportRequest, form: str, paper: Paper) -> Made:
    """Make a preview; pure, so that it can run on any thread.

    Raises
    ------
    ValueFault
        If the report cannot be made.
    """
    if form in PAGED:
        return Made(form, lay_out(request.document, paper))
    return Made(form, None, request.text(form))


def write_report(request: ReportRequest, form: str, paper: Paper, path: Path, force: bool) -> Written:
    """Make a report and write it, whole or not at all; runs on any thread.

    Raises
    ------
    ValueFault
        In one line why it cannot be written.
    """
    content = write_pages(lay_out(request.document, paper)) if form == "pdf" else request.text(form)
    return Written(path, write_whole(path, content, force))


class ReportWindow(QWidget):
    """A window of its own beside the main one; nothing in it is modal.

    Signals
    -------
    told
        One line for the status bar. args: text, True when it is a fault.
    folder_chosen
        A report was saved in another folder. arg: the folder.
    """

    told = Signal(str, bool)
    folder_chosen = Signal(str)

    def __init__(self, session: PlannerSession, folder: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._session = session
        self.folder = folder
        self._save_had_focus = False
        self.setObjectName("reportWindow")
        self.setWindowTitle(tr("Report"))
        self.resize(1180, 780)
        self.setMinimumSize(640, 420)
        self._made: Made | None = None
        self._asked: tuple[object, ...] = ()
        self._held: tuple[object, ...] = ()
        self._request: ReportRequest | None = None
        self._stop = threading.Event()  # ends the ranking that is being planned for the request before
        self._previews = LatestJobRunner(self)
        self._previews.finished.connect(self._show_made)
        self._previews.failed.connect(self._show_fault)
        self._writes = LatestJobRunner(self)
        self._writes.finished.connect(self._written)
        self._writes.failed.connect(self._not_written)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REST_MS)
        self._timer.timeout.connect(self._make)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._panel())
        layout.addWidget(self._preview(), 1)
        for changed in (
            session.plan_changed,
            session.pins_changed,
            session.order_changed,
            session.library_ready,
        ):
            changed.connect(self._content_changed)
        self._content_changed()

    # -- building

    def _panel(self) -> QWidget:
        panel = QWidget()
        panel.setFixedWidth(PANEL_WIDTH)
        column = QVBoxLayout(panel)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(7)
        column.addWidget(self._heading(tr("What")))
        self._kinds = QButtonGroup(self)
        self.kinds: dict[Kind, QRadioButton] = {}
        for kind in ("plan", "comparison", "ranking"):
            button = QRadioButton()
            self._kinds.addButton(button)
            self.kinds[kind] = button  # type: ignore[index]
            column.addWidget(button)
            button.clicked.connect(self._choice_changed)
        self.kinds["plan"].setChecked(True)
        column.addSpacing(10)
        column.addWidget(self._heading(tr("Format")))
        grid = QGridLayout()
        grid.setVerticalSpacing(7)
        self._forms = QButtonGroup(self)
        self.forms: dict[str, QRadioButton] = {}
        names = (
            ("pdf", "PDF", tr("pages, vector")),
            ("html", "HTML", tr("one file")),
            ("markdown", "Markdown", tr("text")),
            ("csv", "CSV", tr("numbers")),
            ("json", "JSON", tr("for programs")),
        )
        for line, (form, name, hint) in enumerate(names):
            button = QRadioButton(name)
            button.setAccessibleName(f"{name}, {hint}")
            self._forms.addButton(button)
            self.forms[form] = button
            button.clicked.connect(self._choice_changed)
            grid.addWidget(button, line, 0)
            label = QLabel(hint)
            label.setProperty("role", "second")
            grid.addWidget(label, line, 1, Qt.AlignmentFlag.AlignRight)
        self.forms["pdf"].setChecked(True)
        column.addLayout(grid)
        column.addSpacing(10)
        column.addWidget(self._heading(tr("Paper")))
        self.paper = QComboBox()
        self.paper.setAccessibleName(tr("Paper"))
        for sheet in (A4, LETTER):
            self.paper.addItem(sheet.name, sheet)
        self.paper.setCurrentIndex(self.paper.findText(paper_of(None).name))
        self.paper.activated.connect(self._choice_changed)
        column.addWidget(self.paper)
        column.addSpacing(10)
        column.addWidget(self._heading(tr("Date in the report")))
        self.date = QDateEdit(QDate.currentDate())
        self.date.setDisplayFormat("yyyy-MM-dd")
        self.date.setLocale(QLocale.c())
        self.date.setAccessibleName(tr("Date in the report"))
        self.date.lineEdit().setTextMargins(7, 0, 0, 0)  # as in other fields; the sheet cannot say it here
        self.date.dateChanged.connect(self._choice_changed)
        self.date.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.date.customContextMenuRequested.connect(self._date_menu)
        column.addWidget(self.date)
        hint = QLabel(tr("Same date and data, same file."))
        hint.setProperty("role", "second")
        hint.setWordWrap(True)
        column.addWidget(hint)
        column.addStretch(1)
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.message.setAccessibleName(tr("State of the report"))
        column.addWidget(self.message)
        self.save = QPushButton(tr("Save as…"))
        self.save.setProperty("kind", "primary")
        self.save.setIcon(icon("save", "accent_text"))
        self.save.setShortcut("Ctrl+S")
        self.save.setToolTip(tr("Write the report to a file (Ctrl+S)"))
        self.save.clicked.connect(self.ask_where)
        column.addWidget(self.save)
        row = QHBoxLayout()
        self.print = QPushButton(tr("Print…"))
        self.print.setToolTip(tr("Print the pages shown; choose PDF or HTML for that"))
        self.print.clicked.connect(self.ask_printer)
        row.addWidget(self.print)
        self.copy = QPushButton(tr("Copy"))
        self.copy.setIcon(icon("copy"))
        self.copy.setToolTip(tr("Put the text on the clipboard; a PDF is copied as Markdown"))
        self.copy.clicked.connect(self.copy_report)
        row.addWidget(self.copy)
        column.addLayout(row)
        return panel

    @staticmethod
    def _heading(text: str) -> QLabel:
        label = QLabel(text)
        label.setProperty("role", "heading")
        return label

    def _preview(self) -> QWidget:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        bar = QHBoxLayout()
        bar.setContentsMargins(14, 7, 14, 7)
        bar.setSpacing(10)
        title = QLabel(tr("Report"))
        title.setProperty("role", "strong")
        bar.addWidget(title)
        self.facts = QLabel()
        self.facts.setProperty("role", "second")
        bar.addWidget(self.facts)
        bar.addStretch(1)
        self.zoom = QComboBox()
        self.zoom.setAccessibleName(tr("Size of the pages"))
        words = {"page": tr("Fit page"), "width": tr("Fit width")}
        for key, _ in ZOOMS:
            self.zoom.addItem(words.get(key, f"{key} %"), key)
        self.zoom.activated.connect(lambda _i: self.pages.set_zoom(self.zoom.currentData()))
        bar.addWidget(self.zoom)
        self.seen = QLabel()
        self.seen.setProperty("role", "second")
        bar.addWidget(self.seen)
        column.addLayout(bar)
        self._stack = QStackedWidget()
        self.pages = PageView()
        self.pages.seen_changed.connect(self._seen_changed)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(tr("Text of the report"))
        self.text.setFont(theme.code_font())
        self.empty = QLabel()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.empty.setProperty("role", "second")
        for widget in (self.pages, self.text, self.empty):
            self._stack.addWidget(widget)
        column.addWidget(self._stack, 1)
        return body

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self.text.setFont(theme.code_font())
        self.save.setIcon(icon("save", "accent_text"))
        self.copy.setIcon(icon("copy"))

    def _date_menu(self, at: QPoint) -> None:
        """Copy and paste; the menu that a date field opens by itself runs a loop until it is closed."""
        menu = self.date.findChild(QLineEdit).createStandardContextMenu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.date.mapToGlobal(at))

    # -- what is asked

    @property
    def kind(self) -> Kind:
        """What the report is of."""
        return next(k for k, b in self.kinds.items() if b.isChecked())

    @property
    def form(self) -> str:
        """Format chosen."""
        return next(f for f, b in self.forms.items() if b.isChecked())

    @property
    def busy(self) -> bool:
        """True while a preview or a file is being made."""
        return self._timer.isActive() or self._previews.busy or self._writes.busy

    def request(self) -> ReportRequest | None:
        """What is to be reported now; None while there is nothing. The same as before while nothing changed."""
        session = self._session
        held = (session.plan, session.view, session.order, *session.pins)
        asked = (self.kind, self.date.date(), tuple(map(id, held)))
        if asked != self._asked or self._request is None:
            self._stop_planning()
            self._asked, self._held, self._request = asked, held, self._new_request()
        return self._request

    def _new_request(self) -> ReportRequest | None:
        session, day = self._session, self.date.date().toString(Qt.DateFormat.ISODate)
        view, spoken = session.view, language()
        if self.kind == "plan":
            plan = session.plan
            if plan is None or view is None:
                return None
            return ReportRequest("plan", _given(plan), view.machine, view.wishes, day, spoken)
        if self.kind == "comparison":
            pins = session.pins
            if len(pins) < 2:
                return None
            machines: tuple[Machine, ...] = tuple(p.planned_for or session.machine for p in pins)
            asked: tuple[Wishes | None, ...] = tuple(p.wishes for p in pins)
            return ReportRequest("comparison", _given(*(p.plan for p in pins)), machines, asked, day, spoken)
        library, order = session.library, session.order
        if library is None or order is None or view is None or not view.complete:
            return None

        self._stop = stop = threading.Event()

        def ranked() -> tuple[Plan, ...]:
            from planner.report.view_ranking import plans_of_view

            return plans_of_view(library, view, order, stop.is_set)  # type: ignore[arg-type]

        return ReportRequest("ranking", functools.cache(ranked), view.machine, view.wishes, day, spoken)

    def _stop_planning(self) -> None:
        """Let nobody wait for a ranking of many models that is only looked at; one that is written is finished."""
        if not self._writes.busy:
            self._stop.set()
            self._request = None

    def file_name(self) -> str:
        """Name a report is saved under unless the user says otherwise."""
        plan = self._session.plan
        stem = {"comparison": "hardware-fit-comparison", "ranking": "hardware-fit-ranking"}.get(self.kind)
        if stem is None:
            name = "hardware" if plan is None else f"{plan.model_name}-{plan.quant or ''}"
            stem = f"{_NOT_IN_NAMES.sub('-', name).strip('-.')[:80] or 'model'}-fit"
        return stem + SUFFIXES[self.form]

    def show_kind(self, kind: Kind | None = None) -> None:
        """Open the window, or bring it to the front, with a kind of report where there is one."""
        self._content_changed()
        if kind is not None and self.kinds[kind].isEnabled():
            self.kinds[kind].setChecked(True)
        self._choice_changed()
        self.kinds[self.kind].setFocus(Qt.FocusReason.OtherFocusReason)
        if self.isVisible():
            self.raise_()
            self.activateWindow()
        self.show()

    def _content_changed(self, *_what: object) -> None:
        """Say what there is to report; move away from what there is no longer."""
        session = self._session
        plan, pins, order = session.plan, session.pins, session.order
        n_rows = 0 if order is None else len(order.rows)
        self.kinds["plan"].setText(tr("This plan"))
        self.kinds["plan"].setEnabled(plan is not None)
        self.kinds["plan"].setToolTip("" if plan is None else plan.model_name)
        self.kinds["comparison"].setText(
            tr("The {n} pinned plans").format(n=len(pins)) if len(pins) > 1 else tr("The pinned plans")
        )
        self.kinds["comparison"].setEnabled(len(pins) > 1)
        self.kinds["comparison"].setToolTip("" if len(pins) > 1 else tr("Pin at least two plans"))
        self.kinds["ranking"].setText(tr("The ranking, {n} models").format(n=number(n_rows)))
        self.kinds["ranking"].setEnabled(n_rows > 0)
        if not self.kinds[self.kind].isEnabled():
            for button in self.kinds.values():
                if button.isEnabled():
                    button.setChecked(True)
                    break
        if self.isVisible():
            self._timer.start()

    def _choice_changed(self, *_what: object) -> None:
        self.paper.setEnabled(self.form in PAGED)
        self._say(tr("Writes {name}; nothing is sent anywhere.").format(name=self.file_name()))
        self._timer.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Make the pages."""
        super().showEvent(event)
        self._timer.start()

    # -- preview

    def _make(self) -> None:
        request = self.request()
        self._can(request is not None)
        if request is None:
            self._made = None
            self._previews.cancel()
            self.facts.setText("")
            self.seen.setText("")
            self.empty.setText(tr("There is nothing to report yet: select a model in the list."))
            self._stack.setCurrentWidget(self.empty)
            return
        self._previews.submit(partial(make_preview, request, self.form, self.paper.currentData()))

    def _show_made(self, made: Made) -> None:
        self._made = made
        self._can(True)
        self.zoom.setVisible(made.pages is not None)
        self.seen.setVisible(made.pages is not None)
        if made.pages is not None:
            self.pages.show_report(made.pages)
            self._stack.setCurrentWidget(self.pages)
            count = len(made.pages.pages)
            self.facts.setText(
                tr("{n} pages, always light for print").format(n=count)
                if count != 1
                else tr("1 page, always light for print")
            )
            return
        lines = made.text.split("\n", SHOWN_LINES)
        n_lines = made.text.count("\n")
        self.text.setPlainText("\n".join(lines[:SHOWN_LINES]))
        self._stack.setCurrentWidget(self.text)
        self.facts.setText(
            tr("{n} lines").format(n=number(n_lines))
            if len(lines) <= SHOWN_LINES
            else tr("the first {n} of {all} lines").format(n=number(SHOWN_LINES), all=number(n_lines))
        )

    def _show_fault(self, fault: Exception) -> None:
        self._made = None
        self._can(False)
        self.empty.setText(" ".join(str(fault).split()))
        self._stack.setCurrentWidget(self.empty)

    def _seen_changed(self, first: int, last: int, count: int) -> None:
        self.seen.setText(
            tr("Page {first} of {all}").format(first=first, all=count)
            if first == last
            else tr("Pages {first}–{last} of {all}").format(first=first, last=last, all=count)
        )

    def _can(self, there_is: bool) -> None:
        """Enable what can be done."""
        self.save.setEnabled(there_is and not self._writes.busy)
        self.copy.setEnabled(there_is)
        made = self._made
        self.print.setEnabled(there_is and made is not None and made.pages is not None)

    def _say(self, text: str, role: str = "second") -> None:
        self.message.setText(text)
        if self.message.property("role") != role:
            self.message.setProperty("role", role)
            self.message.style().unpolish(self.message)
            self.message.style().polish(self.message)

    # -- saving

    def ask_where(self) -> None:
        """Ask for a place with the system's dialog, which also asks before replacing a file; then write."""
        folder = self.folder or str(Path.home())
        form = self.form
        dialog = QFileDialog(self, tr("Save the report"), str(Path(folder) / self.file_name()))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(f"{self.forms[form].text()} (*{SUFFIXES[form]})")
        dialog.setDefaultSuffix(SUFFIXES[form])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.save_to(Path(name), replace=True))
        dialog.open()

    def save_to(self, path: Path, replace: bool = False) -> None:
        """Write the report off the window's thread.

        Parameters
        ----------
        path : Path
            An ending of another format chooses that; one without a known ending gets that of the format chosen.
        replace : bool
            True when the user agreed to replace a file at this very path.
        """
        request = self.request()
        if request is None:
            self._say(tr("There is nothing to report yet: select a model in the list."), "error")
            return
        form = FORMATS.get(path.suffix.lower(), "")
        if not form:
            form = self.form
            path, replace = path.with_name(path.name + SUFFIXES[form]), False
        self.folder = str(path.parent)
        self.folder_chosen.emit(self.folder)
        paper = self.paper.currentData()
        self._say(tr("Writing {name}…").format(name=path.name))
        self._writes.submit(partial(write_report, request, form, paper, path, replace))
        self._save_had_focus = self.focusWidget() is self.save
        self.save.setEnabled(False)

    def _save_again(self) -> None:
        """Let another file be saved; the keyboard is still at the button, not at what prints."""
        self.save.setEnabled(True)
        if self._save_had_focus:
            self.save.setFocus(Qt.FocusReason.OtherFocusReason)

    def _written(self, done: Written | Callable[[], None]) -> None:
        self._save_again()
        if not isinstance(done, Written):
            done()
            return
        text = tr("Wrote {name} ({size} bytes)").format(name=done.path.name, size=number(done.size))
        self._say(text)
        self.told.emit(text, False)

    def _not_written(self, fault: Exception) -> None:
        self._save_again()
        reason = " ".join(str(fault).split())
        if isinstance(fault, FileExists):
            reason = tr("{reason}; choose another name").format(reason=reason)
        elif not isinstance(fault, ValueFault):
            reason = f"{type(fault).__name__}: {reason}"
        text = tr("Not saved: {reason}").format(reason=reason)
        self._say(text, "error")
        self.told.emit(text, True)

    # -- clipboard and paper

    def copy_report(self) -> None:
        """Put the text of the report on the clipboard."""
        request = self.request()
        if request is None:
            return
        form = "markdown" if self.form == "pdf" else self.form

        def work() -> Callable[[], None]:
            return partial(self._copy, request.text(form))

        self._writes.submit(work)

    def _copy(self, text: str) -> None:
        if copy_text(text):
            self._say(tr("Copied {n} characters").format(n=number(len(text))))
        else:
            self._say(tr("Not copied: the clipboard is not available"), "error")

    def ask_printer(self) -> None:
        """Ask for a printer with the system's dialog, then print the pages shown."""
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter

        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        dialog = QPrintDialog(printer, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self.print_on(printer))
        QDialog.open(dialog)  # the print dialog's own open() takes a receiver that Python cannot name

    def print_on(self, printer: QPrinter) -> None:
        """Print the pages shown on a printer's paper."""
        from PySide6.QtGui import QPageLayout

        if self._made is None or self._made.pages is None:
            return
        layout = printer.pageLayout()
        sheet = layout.fullRect(QPageLayout.Unit.Millimeter)
        paper = Paper(layout.pageSize().name(), sheet.width(), sheet.height())
        report = lay_out(self._made.pages.document, paper)
        printer.setFullPage(True)
        printer.setDocName(report.document.title)
        painter = QPainter()
        if not painter.begin(printer):
            self._say(tr("Not printed: the printer does not answer"), "error")
            return
        first = max(printer.fromPage(), 1)
        last = min(printer.toPage() or len(report.pages), len(report.pages))
        scale = printer.resolution() / (96 * UNITS_PER_PIXEL)
        for index in range(first - 1, last):
            if index >= first:
                printer.newPage()
            painter.save()
            painter.scale(scale, scale)
            report.paint(painter, index)
            painter.restore()
        painter.end()
        self._say(tr("Printed {n} pages").format(n=max(last - first + 1, 0)))

    # -- ending

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes it, and what closes windows here."""
        if event.key() == Qt.Key.Key_Escape or event.matches(QKeySequence.StandardKey.Close):
            self.close()
            return
        super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Hide; a file that is being written is finished."""
        self._timer.stop()
        self._previews.cancel()
        self._stop_planning()
        for dialog in self.findChildren(QDialog):
            dialog.close()
        event.accept()

    def shutdown(self) -> None:
        """Wait for what runs, so that no file is left half."""
        self._timer.stop()
        self._previews.shutdown()
        self._writes.shutdown()


def _given(*plans: Plan) -> Callable[[], tuple[Plan, ...]]:
    return lambda: plans
