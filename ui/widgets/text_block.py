"""Text that wraps and is painted, for what changes with every move of a slider.

A ``QLabel`` asks its layout anew whenever its text changes, which costs milliseconds for a pane full of wrapped texts; this
one does so only when the text needs another height.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui import theme

ROLES = {
    "": (13.0, False, "text"),
    "title": (16.0, True, "text"),
    "second": (12.0, False, "text_second"),
    "hint": (11.0, False, "text_third"),
    "strong": (13.0, True, "text"),
    "warning": (12.0, True, "warning"),
}
"""Size, weight and colour of each role, as the style sheet gives them to labels."""


class TextBlock(QWidget):
    """A text over as many lines as it needs, as high as that takes.

    With ``hold`` it never gets lower until :meth:`release`, so that what stands below does not jump to and fro.
    """

    def __init__(self, role: str = "", hold: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._role = role
        self._text = ""
        self._bold = 0
        self._hold = hold
        self._held = 0
        self._layout = QTextLayout()
        self._laid_out: tuple[str, int, int, float] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(60)

    def text(self) -> str:
        """Text shown."""
        return self._text

    def setText(self, text: str) -> None:
        """Show a text."""
        self.show_text(text, hide_empty=False)

    def show_text(self, text: str, bold: int = 0, hide_empty: bool = True) -> None:
        """Show a text, or nothing.

        Parameters
        ----------
        text : str
        bold : int
            So many characters from the start are bold.
        hide_empty : bool
            An empty text takes no room.
        """
        if hide_empty and self.isHidden() == bool(text):
            self.setVisible(bool(text))
        if (text, bold) == (self._text, self._bold):
            return
        self._text, self._bold = text, bold
        self.setAccessibleName(text)
        self._lay_out()
        self.update()

    def _font(self) -> QFont:
        size, strong, _ = ROLES[self._role]
        return theme.ui_font(size, strong)

    def _lay_out(self) -> None:
        width = max(self.width(), 60)
        key = (self._text, self._bold, width, theme.font_scale())
        if key == self._laid_out:
            return
        self._laid_out = key
        layout = self._layout
        layout.setFont(self._font())
        layout.setText(self._text.replace("\n", "\u2028"))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        formats = []
        if self._bold:
            form = QTextLayout.FormatRange()
            form.start, form.length = 0, self._bold
            strong = QTextCharFormat()
            strong.setFontWeight(QFont.Weight.DemiBold)
            form.format = strong
            formats.append(form)
        layout.setFormats(formats)
        layout.beginLayout()
        y = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            line.setPosition(QPointF(0, y))
            y += line.height()
        layout.endLayout()
        height = max(round(y + 0.5), 1)
        if self._hold:
            height = self._held = max(height, self._held)
        if height != self.height() or self.minimumHeight() != height:
            self.setFixedHeight(height)

    def release(self) -> None:
        """Let it be as low as its next text."""
        self._held = 0
        self._laid_out = None

    def sizeHint(self) -> QSize:
        """As high as the text."""
        return QSize(200, max(self.height(), 1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines anew."""
        if event.size().width() != event.oldSize().width():
            self._held = 0
            self._lay_out()

    def showEvent(self, event: object) -> None:
        """The width is known now."""
        self._lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lines."""
        self._lay_out()
        p = QPainter(self)
        p.setPen(theme.current().color(ROLES[self._role][2]))
        self._layout.draw(p, QPointF(0, 0))


class ValueText(QWidget):
    """One line of text in a place of its own: changing it moves nothing."""

    def __init__(self, role: str = "", width: int | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._role = role
        self._text = ""
        horizontal = QSizePolicy.Policy.Expanding if width is None else QSizePolicy.Policy.Fixed
        self.setSizePolicy(horizontal, QSizePolicy.Policy.Fixed)
        self._width = width
        self.setFixedHeight(18)
        self.setMinimumWidth(width or 20)

    def text(self) -> str:
        """Text shown."""
        return self._text

    def setText(self, text: str) -> None:
        """Show a text."""
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.setToolTip(text)
            self.update()

    def fit_digits(self) -> None:
        """Be as wide as a number of so many digits."""
        size, strong, _ = ROLES[self._role]
        metrics = QFontMetricsF(theme.ui_font(size, strong))
        width = math.ceil(metrics.horizontalAdvance("0" * len(self._text)))
        if width != self.minimumWidth():
            self.setFixedWidth(width)

    def sizeHint(self) -> QSize:
        """The room it has been given."""
        return QSize(self._width or 80, 18)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it on the right, cut with an ellipsis where it has no room."""
        size, strong, colour = ROLES[self._role]
        p = QPainter(self)
        p.setFont(theme.ui_font(size, strong))
        p.setPen(theme.current().color(colour))
        text = p.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, self.width())
        p.drawText(self.rect(), int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text)
