"""The text of a command: read only, its flags in colour, the one pointed at lit."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QTextEdit, QWidget

from ui import theme
from ui.words import tr

_FLAG = re.compile(r"(?:^|\s)(--?[A-Za-z][\w-]*)")
MOST_LINES = 14
LEAST_COLUMNS = 24
"""Characters of the shortest lines."""


class _Flags(QSyntaxHighlighter):
    """Colours the flags."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._form = QTextCharFormat()
        self.refresh()

    def refresh(self) -> None:
        """Take over the current theme."""
        self._form.setForeground(theme.current().color("accent"))

    def highlightBlock(self, text: str) -> None:
        """Colour the flags of one line."""
        for match in _FLAG.finditer(text):
            self.setFormat(match.start(1), match.end(1) - match.start(1), self._form)


def _between(old: str, new: str) -> tuple[int, int]:
    """Characters that two texts begin and end with alike."""
    most = min(len(old), len(new))
    start = next((i for i in range(most) if old[i] != new[i]), most)
    most -= start
    end = next((i for i in range(most) if old[-1 - i] != new[-1 - i]), most)
    return start, end


def _in_document(text: str, places: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Places in a document, which counts UTF-16 units, of places in a text."""
    if text.isascii():
        return tuple(places)

    def unit(at: int) -> int:
        return at if at < 0 else len(text[:at].encode("utf-16-le")) // 2

    return tuple((unit(start), unit(end)) for start, end in places)


class CommandText(QPlainTextEdit):
    """Text of a command.

    Signals
    -------
    pointed
        Another flag, or none, is pointed at. arg: its index or −1.
    columns_changed
        Another number of characters fits in a line.
    """

    pointed = Signal(int)
    columns_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("commandText")
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setTabChangesFocus(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Command"))
        self.setFont(theme.code_font())
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self._colours = _Flags(self.document())
        self._shown = ""
        self._places: tuple[tuple[int, int], ...] = ()
        self._columns = LEAST_COLUMNS
        self._marked = -1
        self._lit = False
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.cursorPositionChanged.connect(self._cursor_moved)

    @property
    def marked(self) -> int:
        """Index of the flag that is lit, −1 = none."""
        return self._marked

    @property
    def columns(self) -> int:
        """Characters that fit in a line."""
        return self._columns

    def show_command(self, text: str, places: Sequence[tuple[int, int]]) -> None:
        """Show another command; ``places`` are where its flags and their values begin and end, −1 for none."""
        if text != self._shown:
            self._replace(text)
            self._shown = text
            self._fit_height()
        self._places = _in_document(text, places)
        if self._marked >= 0 or self._lit:
            self._light()

    def _replace(self, text: str) -> None:
        """Show another text; where only some lines differ, only those are laid out again."""
        old, new = self._shown.split("\n"), text.split("\n")
        self.blockSignals(True)
        cursor = QTextCursor(self.document())
        if not (self._shown + text).isascii():  # places in a document are not those of characters
            self.setPlainText(text)
        elif len(old) != len(new):
            start, end = _between(self._shown, text)
            cursor.setPosition(start)
            cursor.setPosition(len(self._shown) - end, QTextCursor.MoveMode.KeepAnchor)
            cursor.insertText(text[start : len(text) - end])
        else:
            for number, (before, after) in enumerate(zip(old, new, strict=True)):
                if before != after:
                    cursor.setPosition(self.document().findBlockByNumber(number).position())
                    move = QTextCursor.MoveOperation.EndOfBlock
                    cursor.movePosition(move, QTextCursor.MoveMode.KeepAnchor)
                    cursor.insertText(after)
        self.blockSignals(False)

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self.setFont(theme.code_font())
        self._colours.refresh()
        self._colours.rehighlight()
        self._count_columns()
        self._fit_height()
        self._light()

    def mark(self, index: int) -> None:
        """Light a flag without telling."""
        if index != self._marked:
            self._marked = index
            self._light()

    def words_of(self, index: int) -> str:
        """The text of a flag with its value as it is shown; empty if it is not written."""
        cursor = self._cursor_over(index)
        return cursor.selectedText() if cursor is not None else ""

    def _cursor_over(self, index: int) -> QTextCursor | None:
        start, end = self._places[index] if 0 <= index < len(self._places) else (-1, -1)
        if start < 0:
            return None
        cursor = QTextCursor(self.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def _count_columns(self) -> None:
        """Count the characters of a line beside a scroll bar, so that the bar coming and going breaks nothing anew."""
        bar = self.verticalScrollBar().sizeHint().width()
        room = self.contentsRect().width() - 2 * self.document().documentMargin() - bar
        columns = max(int(room / max(QFontMetricsF(self.font()).horizontalAdvance("0"), 1)), LEAST_COLUMNS)
        if columns != self._columns:
            self._columns = columns
            self.columns_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell when lines have another length."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._count_columns()
            self._fit_height()

    def _fit_height(self) -> None:
        wraps = (max(-(-len(line) // self._columns), 1) for line in self._shown.split("\n"))
        height = self.fontMetrics().lineSpacing() * min(sum(wraps), MOST_LINES) + 24
        if height != self.height():
            self.setFixedHeight(height)

    def _light(self) -> None:
        cursor = self._cursor_over(self._marked)
        self._lit = cursor is not None
        if cursor is None:
            self.setExtraSelections([])
            return
        selection = QTextEdit.ExtraSelection()
        selection.format.setBackground(theme.current().color("selection"))
        selection.format.setFontUnderline(True)
        selection.cursor = cursor
        self.setExtraSelections([selection])

    def _point_at(self, cursor: QTextCursor) -> None:
        """Point at the flag a place belongs to: the last one that begins before it in its line, else the line's first."""
        at, block = cursor.position(), cursor.block()
        ends = block.position() + block.length()
        places = enumerate(self._places)
        here = [
            (start, i) for i, (start, end) in places if start < ends and end >= block.position() and end >= 0
        ]
        before = [i for start, i in here if start <= at]
        index = before[-1] if before else here[0][1] if here else -1
        if index != self._marked:
            self.mark(index)
            self.pointed.emit(index)

    def _cursor_moved(self) -> None:
        if self.hasFocus():
            self._point_at(self.textCursor())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lines on their own ground."""
        QPainter(self.viewport()).fillRect(event.rect(), theme.current().color("alternate"))
        super().paintEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at the flag under the mouse."""
        super().mouseMoveEvent(event)
        self._point_at(self.cursorForPosition(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        super().leaveEvent(event)
        if self._marked != -1:
            self.mark(-1)
            self.pointed.emit(-1)
