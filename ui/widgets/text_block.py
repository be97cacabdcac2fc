"""Text that wraps and is painted, for what changes with every move of a slider.

A ``QLabel`` asks its layout anew whenever its text changes, which costs milliseconds for a pane full of wrapped texts; this
one does so only when the text needs another height.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui import theme
from ui.views.drawn_strips import DrawnStrips
from ui.widgets.prepared_text import Ink, block, cut, draw_line, ink

ROLES = {
    "": (13.0, False, "text"),
    "title": (16.0, True, "text"),
    "plan": (16.0, False, "text"),
    "second": (12.0, False, "text_second"),
    "hint": (11.0, False, "text_third"),
    "strong": (13.0, True, "text"),
    "warning": (12.0, True, "warning"),
}
"""Size, weight and colour of each role, as the style sheet gives them to labels."""


MAX_DRAWN_BYTES = 2 * 2**20
"""Texts of several lines as drawn, of all windows. [bytes]"""
_drawn = DrawnStrips(MAX_DRAWN_BYTES)


@lru_cache(maxsize=128)
def role_colour(of: theme.Theme, role: str) -> QColor:
    """Colour of a role, shared: nobody changes it."""
    return of.color(role)


class TextBlock(QWidget):
    """A text over as many lines as it needs, as high as that takes.

    With ``hold`` it never gets lower until :meth:`release`, so that what stands below does not jump to and fro.
    ``ground`` is the role of the colour it stands on.
    """

    def __init__(
        self, role: str = "", hold: bool = False, ground: str = "base", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._role = role
        self._ground = ground
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._text = ""
        self._bold = 0
        self._hold = hold
        self._held = 0
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

    def _ink(self) -> Ink:
        size, strong, _ = ROLES[self._role]
        return ink(size, strong)

    def _lay_out(self) -> None:
        height = block(self._text, self._bold, max(self.width(), 60), self._ink())[1]
        if self._hold:
            height = self._held = max(height, self._held)
        if height != self.height() or self.minimumHeight() != height:
            self.setFixedHeight(height)

    def release(self) -> None:
        """Let it be as low as its next text."""
        self._held = 0

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
        """Copy the lines as they were drawn."""
        p, t, ratio = QPainter(self), theme.current(), self.devicePixelRatioF()
        width = max(self.width(), 60)
        of, ground = self._ink(), role_colour(t, self._ground)
        layout, height = block(self._text, self._bold, width, of)
        if height < self.height():
            p.fillRect(event.rect(), ground)
        key = (self._text, self._bold, width, of, self._role, self._ground, t.name, ratio)
        ink_colour = role_colour(t, ROLES[self._role][2])

        def draw(q: QPainter) -> None:
            q.setPen(ink_colour)
            layout.draw(q, QPointF(0, 0))

        p.drawPixmap(0, 0, _drawn.picture(key, QRect(0, 0, width, height), ratio, ground, draw))

    def stand_on(self, ground: str) -> None:
        """Stand on another colour."""
        if ground != self._ground:
            self._ground = ground
            self.update()


class ValueText(QWidget):
    """One line of text in a place of its own: changing it moves nothing.

    Parameters
    ----------
    role : str
        Of :data:`ROLES`.
    width : int or None
        [px]; None takes what there is.
    side : Qt.AlignmentFlag
        Where the text is when it has more room than it needs.
    told : bool
        The text is its tooltip as well.
    ground : str
        Role of the colour it stands on, which it then paints itself; empty leaves that to what is behind it.
    """

    def __init__(
        self,
        role: str = "",
        width: int | None = None,
        side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignRight,
        told: bool = True,
        ground: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._role = role
        self._ground = ground
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, bool(ground))
        self._text = ""
        self._side = side
        self._told = told
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
            if self._told:
                self.setToolTip(text)
            self.update()

    def _ink(self) -> Ink:
        size, strong, _ = ROLES[self._role]
        return ink(size, strong)

    def fit(self, longest: str) -> None:
        """Be at least as wide as a text; never narrower again, so that going back and forth moves nothing."""
        width = self._ink().metrics.horizontalAdvance(longest)
        if width > self.minimumWidth():
            self._width = width
            self.setFixedWidth(width)

    def fit_digits(self) -> None:
        """Be at least as wide as a number of so many digits."""
        self.fit("0" * len(self._text))

    def sizeHint(self) -> QSize:
        """The room it has been given."""
        return QSize(self._width or 80, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it, cut with an ellipsis where it has no room."""
        of = self._ink()
        area: QRect = self.contentsRect()
        t, p = theme.current(), QPainter(self)
        if self._ground:
            p.fillRect(event.rect(), role_colour(t, self._ground))
        colour = role_colour(t, ROLES[self._role][2])
        draw_line(p, area, cut(self._text, of, area.width()), of, colour, self._side)
