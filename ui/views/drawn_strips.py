"""Parts of lines as they were drawn, so that the same line is drawn once and copied afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_COLOURS = 256
"""What a byte a pixel can tell apart."""


class Packed:
    """A picture of few colours: a byte a pixel and their colours, a quarter of its size."""

    __slots__ = ("_colours", "_pixels", "_ratio", "n_bytes")

    def __init__(self, pixels: NDArray[np.uint8], colours: NDArray[np.uint32], ratio: float) -> None:
        self._pixels, self._colours, self._ratio = pixels, colours, ratio
        self.n_bytes = pixels.nbytes + colours.nbytes

    @classmethod
    def of(cls, picture: QPixmap) -> Packed | None:
        """A picture packed; None when it has too many colours for that.

        Colours that differ by less than anybody sees become the first of them from above, so that a ground stays what it
        is.
        """
        import numpy as np

        exactly = Qt.ImageConversionFlag.AvoidDither | Qt.ImageConversionFlag.ThresholdDither
        image = picture.toImage().convertToFormat(QImage.Format.Format_RGB32)
        high, wide = image.height(), image.width()
        whole = np.frombuffer(image.constBits(), np.uint32).reshape(high, image.bytesPerLine() // 4)[:, :wide]
        for mask in (0xFFFCFCFC, 0xFFF8F8F8):
            near = np.ascontiguousarray(whole & np.uint32(mask))
            rough = QImage(near.data, wide, high, 4 * wide, QImage.Format.Format_RGB32)
            few = rough.convertToFormat(QImage.Format.Format_Indexed8, exactly)
            lines = np.frombuffer(few.constBits(), np.uint8).reshape(high, few.bytesPerLine())
            pixels = lines[:, :wide].copy()  # the image goes, and its memory with it
            table = np.zeros(MOST_COLOURS, np.uint32)
            table[: few.colorCount()] = few.colorTable()
            if np.array_equal(table[pixels], near):
                colours = np.zeros(few.colorCount(), np.uint32)
                colours[pixels.ravel()[::-1]] = whole.ravel()[::-1]
                return cls(pixels, colours, picture.devicePixelRatio())
        return None

    def draw(self, p: QPainter, x: int, y: int) -> None:
        """Draw it; the same place in memory serves every picture of the size."""
        import numpy as np

        high, wide = self._pixels.shape
        place = _places.get((high, wide))
        if place is None:
            if len(_places) >= MOST_PLACES:
                _places.clear()
            memory = np.empty((high, wide), np.uint32)
            image = QImage(memory.data, wide, high, 4 * wide, QImage.Format.Format_RGB32)
            place = _places[high, wide] = (memory, image)
        memory, image = place
        np.take(self._colours, self._pixels, out=memory, mode="clip")
        image.setDevicePixelRatio(self._ratio)
        p.drawImage(x, y, image)


MOST_PLACES = 12
WAITING_BYTES = 4 * 2**20
"""Pictures beyond the most that wait to be packed. [bytes]"""
_places: dict[tuple[int, int], tuple[Any, QImage]] = {}


class DrawnStrips:
    """Pictures of strips by what is on them.

    Parameters
    ----------
    most_bytes : int
        Pictures held as they are; the oldest go when they are more.
    most_packed : int
        The oldest pictures are held packed by :meth:`pack`, which takes a quarter of the room and longer to draw.
    """

    def __init__(self, most_bytes: int, most_packed: int = 0) -> None:
        self._most, self._most_packed = most_bytes, most_packed
        self._waiting = WAITING_BYTES if most_packed else 0
        self._bytes = self._packed_bytes = 0
        self._pictures: dict[Hashable, QPixmap] = {}
        self._packed: dict[Hashable, Packed] = {}

    @property
    def held_bytes(self) -> int:
        """Size of all pictures. [bytes]"""
        return self._bytes + self._packed_bytes

    def draw(self, p: QPainter, x: int, y: int, key: Hashable) -> bool:
        """Draw a strip where it is held; False where it is not."""
        picture = self._pictures.get(key)
        if picture is not None:
            p.drawPixmap(x, y, picture)
            return True
        packed = self._packed.get(key)
        if packed is None:
            return False
        packed.draw(p, x, y)
        return True

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
        while self._bytes > self._most + self._waiting and len(self._pictures) > 1:
            self._pack_oldest()
        return made

    @property
    def too_many(self) -> bool:
        """Whether pictures wait to be packed."""
        return self._bytes > self._most

    def pack(self, seconds: float) -> bool:
        """Pack the oldest of too many pictures for some time, while nothing else is to be done.

        Returns
        -------
        bool
            True when there are more.
        """
        end = time.perf_counter() + seconds
        while self.too_many and time.perf_counter() < end:
            self._pack_oldest()
        return self.too_many

    def _pack_oldest(self) -> None:
        oldest = next(iter(self._pictures))
        picture = self._pictures.pop(oldest)
        self._bytes -= _size(picture)
        packed = Packed.of(picture) if self._most_packed else None
        if packed is None:
            return
        self._packed[oldest] = packed
        self._packed_bytes += packed.n_bytes
        while self._packed_bytes > self._most_packed:
            self._packed_bytes -= self._packed.pop(next(iter(self._packed))).n_bytes

    def clear(self) -> None:
        """Drop every picture."""
        self._pictures.clear()
        self._packed.clear()
        self._bytes = self._packed_bytes = 0


def _size(picture: QPixmap) -> int:
    return picture.width() * picture.height() * 4
