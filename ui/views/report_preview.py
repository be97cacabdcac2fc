"""The preview of a report: its pages as they will be, or the text of a format that has none."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ui import theme
from ui.report_jobs import Made
from ui.views.page_view import ZOOMS, PageView
from ui.words import number, tr

SHOWN_LINES = 3000
"""Most lines of a text format in the preview; the file has all."""


class ReportPreview(QWidget):
    """Pages or text under a bar that says how many there are."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
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
        self.show_nothing(tr("The preview is being made…"))

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self.text.setFont(theme.code_font())

    def show_nothing(self, why: str) -> None:
        """Say why there is nothing to see."""
        self.empty.setText(why)
        self._stack.setCurrentWidget(self.empty)

    def clear_facts(self) -> None:
        """Say nothing of pages."""
        self.facts.setText("")
        self.seen.setText("")

    def show_made(self, made: Made) -> None:
        """Show pages or a text."""
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

    def _seen_changed(self, first: int, last: int, count: int) -> None:
        self.seen.setText(
            tr("Page {first} of {all}").format(first=first, all=count)
            if first == last
            else tr("Pages {first}–{last} of {all}").format(first=first, last=last, all=count)
        )
