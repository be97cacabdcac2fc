"""The choices of a report: what it holds, its format, paper and date, and the buttons that write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QLocale, QPoint, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDateEdit,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from planner.report.blocks import Kind
from ui.icons import icon
from ui.report_jobs import PAGED
from ui.report_layout import A4, LETTER
from ui.report_pdf import paper_of
from ui.words import number, tr

if TYPE_CHECKING:
    from planner.plan import Plan

WIDTH = 236
SUFFIXES = {"pdf": ".pdf", "html": ".html", "markdown": ".md", "csv": ".csv", "json": ".json"}


class ReportChoices(QWidget):
    """The panel at the left.

    Signals
    -------
    changed
        Something else is chosen.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(WIDTH)
        column = QVBoxLayout(self)
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
            button.clicked.connect(self._changed)
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
            button.clicked.connect(self._changed)
            grid.addWidget(button, line, 0, Qt.AlignmentFlag.AlignLeft)
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
        self.paper.activated.connect(self._changed)
        column.addWidget(self.paper)
        column.addSpacing(10)
        column.addWidget(self._heading(tr("Date in the report")))
        self.date = QDateEdit(QDate.currentDate())
        self.date.setDisplayFormat("yyyy-MM-dd")
        self.date.setLocale(QLocale.c())
        self.date.setAccessibleName(tr("Date in the report"))
        self.date.lineEdit().setTextMargins(7, 0, 0, 0)  # as in other fields; the sheet cannot say it here
        self.date.dateChanged.connect(self._changed)
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
        column.addWidget(self.save)
        row = QHBoxLayout()
        self.print = QPushButton(tr("Print…"))
        self.print.setToolTip(tr("Print the pages shown; choose PDF or HTML for that"))
        row.addWidget(self.print)
        self.copy = QPushButton(tr("Copy"))
        self.copy.setIcon(icon("copy"))
        self.copy.setToolTip(tr("Put the text on the clipboard; a PDF is copied as Markdown"))
        row.addWidget(self.copy)
        column.addLayout(row)

    @staticmethod
    def _heading(text: str) -> QLabel:
        label = QLabel(text)
        label.setProperty("role", "heading")
        return label

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self.save.setIcon(icon("save", "accent_text"))
        self.copy.setIcon(icon("copy"))

    def _date_menu(self, at: QPoint) -> None:
        """Copy and paste; the menu that a date field opens by itself runs a loop until it is closed."""
        menu = self.date.findChild(QLineEdit).createStandardContextMenu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.date.mapToGlobal(at))

    def _changed(self, *_what: object) -> None:
        self.paper.setEnabled(self.form in PAGED)
        self.changed.emit()

    # -- what is chosen

    @property
    def kind(self) -> Kind:
        """What the report is of."""
        return next(k for k, b in self.kinds.items() if b.isChecked())

    @property
    def form(self) -> str:
        """Format chosen."""
        return next(f for f, b in self.forms.items() if b.isChecked())

    def choose_kind(self, kind: Kind | None) -> None:
        """Choose what the report is of, where there is such a thing."""
        if kind is not None and self.kinds[kind].isEnabled():
            self.kinds[kind].setChecked(True)
        self._changed()

    def show_content(self, plan: Plan | None, n_pins: int, n_rows: int) -> None:
        """Say what there is to report; move away from what there is no longer."""
        self.kinds["plan"].setText(tr("This plan"))
        self.kinds["plan"].setEnabled(plan is not None)
        self.kinds["plan"].setToolTip("" if plan is None else plan.model_name)
        self.kinds["comparison"].setText(
            tr("The {n} pinned plans").format(n=n_pins) if n_pins > 1 else tr("The pinned plans")
        )
        self.kinds["comparison"].setEnabled(n_pins > 1)
        self.kinds["comparison"].setToolTip("" if n_pins > 1 else tr("Pin at least two plans"))
        self.kinds["ranking"].setText(tr("The ranking, {n} models").format(n=number(n_rows)))
        self.kinds["ranking"].setEnabled(n_rows > 0)
        if not self.kinds[self.kind].isEnabled():
            for button in self.kinds.values():
                if button.isEnabled():
                    button.setChecked(True)
                    break

    def show_state(self, there_is: bool, paged: bool, writing: bool) -> None:
        """Enable what can be done."""
        self.save.setEnabled(there_is and not writing)
        self.copy.setEnabled(there_is)
        self.print.setEnabled(there_is and paged)

    def tell(self, text: str, role: str = "second") -> None:
        """Say how it stands."""
        self.message.setText(text)
        if self.message.property("role") != role:
            self.message.setProperty("role", role)
            self.message.style().unpolish(self.message)
            self.message.style().polish(self.message)
