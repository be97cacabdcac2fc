"""Texts laid out once and drawn again and again: a slider goes back and forth over the same ones."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QPainter,
    QStaticText,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)

from ui import theme

RIGHT, CENTRE = Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignHCenter
KEPT_LINES, KEPT_BLOCKS = 700, 72
"""Texts kept: of one line, and of several. A line takes about a kilobyte, a block about five."""


class Ink:
    """A font at the size the settings ask for, with its metrics, looked up once."""

    __slots__ = ("font", "height", "metrics")

    def __init__(self, font: QFont) -> None:
        self.font = font
        self.metrics = QFontMetrics(font)
        self.height = self.metrics.height()


@lru_cache(maxsize=48)
def _ink(pixels: float, strong: bool, code: bool, scale: float) -> Ink:
    del scale  # part of the key: the fonts of another scale are others
    return Ink(theme.code_font(pixels) if code else theme.ui_font(pixels, strong))


def ink(pixels: float = 13.0, strong: bool = False, code: bool = False) -> Ink:
    """The font of the window, or of code, at a size."""
    return _ink(pixels, strong, code, theme.font_scale())


@lru_cache(maxsize=KEPT_LINES)
def _line(text: str, of: Ink) -> tuple[QStaticText, int]:
    static = QStaticText(text)
    static.setTextFormat(Qt.TextFormat.PlainText)
    static.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
    static.prepare(font=of.font)
    return static, of.metrics.horizontalAdvance(text)


def width_of(text: str, of: Ink) -> int:
    """Width of a line. [px]"""
    return _line(text, of)[1]


@lru_cache(maxsize=KEPT_LINES)
def cut(text: str, of: Ink, room: int) -> str:
    """A line cut to a width with an ellipsis."""
    if _line(text, of)[1] <= room:
        return text
    return of.metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(room, 0))


def draw_line(
    p: QPainter,
    rect: QRect | QRectF,
    text: str,
    of: Ink,
    colour: QColor,
    side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> None:
    """Draw a line in the middle of a height, at one side of a width."""
    static, width = _line(text, of)
    x = rect.x()
    if side == RIGHT:
        x += rect.width() - width
    elif side == CENTRE:
        x += (rect.width() - width) / 2
    p.setFont(of.font)
    p.setPen(colour)
    p.drawStaticText(QPointF(x, rect.y() + (rect.height() - of.height) / 2), static)


@lru_cache(maxsize=KEPT_BLOCKS)
def block(text: str, bold: int, width: int, of: Ink) -> tuple[QTextLayout, int]:
    """A text broken into lines of a width, with the height that takes.

    Parameters
    ----------
    text : str
    bold : int
        So many characters from the start are bold.
    width : int
        [px]
    of : Ink

    Returns
    -------
    layout : QTextLayout
        To be drawn only; it keeps its glyphs.
    height : int
        [px]
    """
    layout = QTextLayout(text.replace("\n", "\u2028"), of.font)
    layout.setCacheEnabled(True)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    if bold:
        form = QTextLayout.FormatRange()
        form.start, form.length = 0, bold
        strong = QTextCharFormat()
        strong.setFontWeight(QFont.Weight.DemiBold)
        form.format = strong
        layout.setFormats([form])
    layout.beginLayout()
    y = 0.0
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        line.setPosition(QPointF(0, y))
        y += line.height()
    layout.endLayout()
    return layout, max(round(y + 0.5), 1)
