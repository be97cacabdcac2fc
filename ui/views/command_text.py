"""The text of a command: read only, its flags in colour, the one pointed at lit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import (
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QTextEdit, QWidget

from ui import theme
from ui.words import tr

_FLAG = re.compile(r"(?:^|\s)(--?[A-Za-z][\w-]*)")
MOST_LINES = 14


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


@lru_cache(maxsize=64)
def flag_lines(text: str, flags: tuple[str, ...]) -> tuple[int, ...]:
    """The line of each flag, -1 for none; every flag begins a line of its own."""
    lines = [line.strip().lstrip("'\"") for line in text.split("\n")]
    found = []
    after = 0
    for flag in flags:
        begins = re.compile(re.escape(flag) + r"(?![\w-])")
        at = next((i for i in range(after, len(lines)) if begins.match(lines[i])), -1)
        found.append(at)
        if at >= 0:
            after = at + 1
    return tuple(found)


class CommandText(QPlainTextEdit):
    """Text of a command.

    Signals
    -------
    pointed
        Another flag, or none, is pointed at. arg: its index or −1.
    """

    pointed = Signal(int)

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
        self._block_of: tuple[int, ...] = ()
        self._marked = -1
        self._lit = False
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.cursorPositionChanged.connect(self._cursor_moved)

    @property
    def marked(self) -> int:
        """Index of the flag that is lit, −1 = none."""
        return self._marked

    def show_command(self, text: str, flags: Sequence[str]) -> None:
        """Show another command with the flags in it, in order."""
        if text != self._shown:
            self._replace(text)
            self._shown = text
            self._fit_height(text)
        self._block_of = flag_lines(text, tuple(flags))
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
        self._fit_height(self.toPlainText())
        self._light()

    def mark(self, index: int) -> None:
        """Light a flag without telling."""
        if index != self._marked:
            self._marked = index
            self._light()

    def line_of(self, index: int) -> str:
        """The line a flag is in; empty if it is in none."""
        block = self._block_of[index] if 0 <= index < len(self._block_of) else -1
        return self.document().findBlockByNumber(block).text() if block >= 0 else ""

    def _fit_height(self, text: str) -> None:
        lines = min(text.count("\n") + 1, MOST_LINES)
        height = self.fontMetrics().lineSpacing() * lines + 24
        if height != self.height():
            self.setFixedHeight(height)

    def _light(self) -> None:
        block = self._block_of[self._marked] if 0 <= self._marked < len(self._block_of) else -1
        self._lit = block >= 0
        if block < 0:
            self.setExtraSelections([])
            return
        selection = QTextEdit.ExtraSelection()
        selection.format.setBackground(theme.current().color("selection"))
        selection.format.setFontUnderline(True)
        selection.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
        selection.cursor = QTextCursor(self.document().findBlockByNumber(block))
        selection.cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        self.setExtraSelections([selection])

    def _point_at_block(self, block: int) -> None:
        index = self._block_of.index(block) if block in self._block_of else -1
        if index != self._marked:
            self.mark(index)
            self.pointed.emit(index)

    def _cursor_moved(self) -> None:
        if self.hasFocus():
            self._point_at_block(self.textCursor().blockNumber())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lines on their own ground."""
        QPainter(self.viewport()).fillRect(event.rect(), theme.current().color("alternate"))
        super().paintEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at the flag of the line under the mouse."""
        super().mouseMoveEvent(event)
        self._point_at_block(self.cursorForPosition(event.position().toPoint()).blockNumber())

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        super().leaveEvent(event)
        self._point_at_block(-1)
