"""Parts of lines as they were drawn, so that the same line is drawn once and copied afterwards."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QPainter, QPixmap


class DrawnStrips:
    """Pictures of strips by what is on them; the oldest go when they hold too many bytes."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._pictures: dict[Hashable, QPixmap] = {}

    @property
    def held_bytes(self) -> int:
        """Size of all pictures. [bytes]"""
        return self._bytes

    def held(self, key: Hashable) -> QPixmap | None:
        """A strip as it was drawn, None if it is not held."""
        return self._pictures.get(key)

    def picture(
        self, key: Hashable, rect: QRect, ratio: float, ground: QColor, draw: Callable[[QPainter], None]
    ) -> QPixmap:
        """A strip, drawn if it is not held.

        Parameters
        ----------
        key : hashable
            Everything the picture depends on.
        rect : QRect
            The strip within its line. [px]
        ratio : float
            Device pixels per pixel.
        ground : QColor
        draw : callable
            Draws the line, in its own coordinates.
        """
        found = self._pictures.get(key)
        if found is not None:
            return found
        made = QPixmap(max(round(rect.width() * ratio), 1), max(round(rect.height() * ratio), 1))
        made.setDevicePixelRatio(ratio)
        made.fill(ground)
        painter = QPainter(made)
        painter.translate(-rect.x(), -rect.y())
        draw(painter)
        painter.end()
        self._pictures[key] = made
        self._bytes += _size(made)
        while self._bytes > self._most and len(self._pictures) > 1:
            self._bytes -= _size(self._pictures.pop(next(iter(self._pictures))))
        return made

    def clear(self) -> None:
        """Drop every picture."""
        self._pictures.clear()
        self._bytes = 0


def _size(picture: QPixmap) -> int:
    return picture.width() * picture.height() * 4
