"""The report window: what the report holds, its format, its pages as they will be, and saving or printing them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QWidget

from planner.report import FORMATS
from planner.report.blocks import Kind
from planner.report.file_writer import FileExists
from planner.report.request import ReportRequest
from planner.units import ValueFault
from ui.clipboard import copy_text
from ui.jobs import LatestJobRunner
from ui.report_content import ReportContent
from ui.report_jobs import Made, Written, make_preview, print_pages, write_report
from ui.session import PlannerSession
from ui.views.report_choices import SUFFIXES, ReportChoices
from ui.views.report_preview import ReportPreview
from ui.words import number, tr

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

REST_MS = 120
"""Rest after the last change before the preview is made again. [ms]"""


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
        self._content = ReportContent(session)
        self.folder = folder
        self.setObjectName("reportWindow")
        self.setWindowTitle(tr("Report"))
        self.resize(1180, 780)
        self.setMinimumSize(640, 420)
        self._made: Made | None = None
        self._save_had_focus = False
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
        self.choices, self.preview = ReportChoices(), ReportPreview()
        layout.addWidget(self.choices)
        layout.addWidget(self.preview, 1)
        self._name_parts()
        self.choices.changed.connect(self._choice_changed)
        self.save.clicked.connect(self.ask_where)
        self.print.clicked.connect(self.ask_printer)
        self.copy.clicked.connect(self.copy_report)
        for changed in (
            session.plan_changed,
            session.pins_changed,
            session.order_changed,
            session.library_ready,
        ):
            changed.connect(self._content_changed)
        self._content_changed()

    def _name_parts(self) -> None:
        """What a person uses, by its name."""
        choices, preview = self.choices, self.preview
        self.kinds, self.forms = choices.kinds, choices.forms
        self.paper, self.date, self.message = choices.paper, choices.date, choices.message
        self.save, self.print, self.copy = choices.save, choices.print, choices.copy
        self.facts, self.seen, self.zoom = preview.facts, preview.seen, preview.zoom
        self.pages, self.text, self.empty = preview.pages, preview.text, preview.empty

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self.choices.apply_theme()
        self.preview.apply_theme()

    # -- what is asked

    @property
    def kind(self) -> Kind:
        """What the report is of."""
        return self.choices.kind

    @property
    def form(self) -> str:
        """Format chosen."""
        return self.choices.form

    @property
    def busy(self) -> bool:
        """True while a preview or a file is being made."""
        return self._timer.isActive() or self._previews.busy or self._writes.busy

    def request(self) -> ReportRequest | None:
        """What is to be reported now; None while there is nothing. The same as before while nothing changed."""
        return self._content.request(self.kind, self.date.date(), self._writes.busy)

    def file_name(self) -> str:
        """Name a report is saved under unless the user says otherwise."""
        return self._content.file_stem(self.kind) + SUFFIXES[self.form]

    def show_kind(self, kind: Kind | None = None) -> None:
        """Open the window, or bring it to the front, with a kind of report where there is one."""
        self._content_changed()
        self.choices.choose_kind(kind)
        self.kinds[self.kind].setFocus(Qt.FocusReason.OtherFocusReason)
        if self.isVisible():
            self.raise_()
            self.activateWindow()
        self.show()

    def _content_changed(self, *_what: object) -> None:
        session = self._session
        order = session.order
        self.choices.show_content(session.plan, len(session.pins), 0 if order is None else len(order.rows))
        if self.isVisible():
            self._timer.start()

    def _choice_changed(self) -> None:
        self.choices.tell(tr("Writes {name}; nothing is sent anywhere.").format(name=self.file_name()))
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
            self.preview.clear_facts()
            self.preview.show_nothing(tr("There is nothing to report yet: select a model in the list."))
            return
        self._previews.submit(partial(make_preview, request, self.form, self.paper.currentData()))

    def _show_made(self, made: Made) -> None:
        self._made = made
        self._can(True)
        self.preview.show_made(made)

    def _show_fault(self, fault: Exception) -> None:
        self._made = None
        self._can(False)
        self.preview.show_nothing(" ".join(str(fault).split()))

    def _can(self, there_is: bool) -> None:
        """Enable what can be done."""
        made = self._made
        self.choices.show_state(there_is, made is not None and made.pages is not None, self._writes.busy)

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
            self.choices.tell(tr("There is nothing to report yet: select a model in the list."), "error")
            return
        form = FORMATS.get(path.suffix.lower(), "")
        if not form:
            form = self.form
            path, replace = path.with_name(path.name + SUFFIXES[form]), False
        self.folder = str(path.parent)
        self.folder_chosen.emit(self.folder)
        paper = self.paper.currentData()
        self.choices.tell(tr("Writing {name}…").format(name=path.name))
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
        self.choices.tell(text)
        self.told.emit(text, False)

    def _not_written(self, fault: Exception) -> None:
        self._save_again()
        reason = " ".join(str(fault).split())
        if isinstance(fault, FileExists):
            reason = tr("{reason}; choose another name").format(reason=reason)
        elif not isinstance(fault, ValueFault):
            reason = f"{type(fault).__name__}: {reason}"
        text = tr("Not saved: {reason}").format(reason=reason)
        self.choices.tell(text, "error")
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
            self.choices.tell(tr("Copied {n} characters").format(n=number(len(text))))
        else:
            self.choices.tell(tr("Not copied: the clipboard is not available"), "error")

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
        if self._made is None or self._made.pages is None:
            return
        count = print_pages(self._made.pages.document, printer)
        if count is None:
            self.choices.tell(tr("Not printed: the printer does not answer"), "error")
        else:
            self.choices.tell(tr("Printed {n} pages").format(n=count))

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
        self._content.stop_planning(self._writes.busy)
        for dialog in self.findChildren(QDialog):
            dialog.close()
        event.accept()

    def shutdown(self) -> None:
        """Wait for what runs, so that no file is left half."""
        self._timer.stop()
        self._previews.shutdown()
        self._writes.shutdown()
