"""Letters, colours and words of the placement classes."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from planner.fit_class import FIT_LETTERS
from ui.models.catalogue_model import fit_words
from ui.views.row_painter import shared_painter
from ui.words import tr

LINE = 24
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class Legend(QWidget):
    """One line, or two where there is no room for one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(", ".join(f"{letter}: {fit_words(i)}" for i, letter in enumerate(FIT_LETTERS)))

    def _places(self, width: int) -> list[tuple[float, float, float, str]]:
        """Left, top, width of the text, and text of every class."""
        words = (tr("GPU"), tr("tight"), tr("experts in RAM"), tr("split"), tr("CPU"), tr("does not fit"))
        fm = QFontMetrics(shared_painter().font["small"])
        places = []
        x = y = 0.0
        for text in words:
            wide = fm.horizontalAdvance(text)
            if x and x + 22 + wide > width:
                x, y = 0.0, y + LINE
            places.append((x, y, float(wide), text))
            x += 22 + wide + 12
        return places

    def hasHeightForWidth(self) -> bool:
        """Narrow means higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Height of the lines it takes."""
        return int(self._places(width)[-1][1]) + LINE

    def sizeHint(self) -> QSize:
        """Room for one line."""
        return QSize(420, LINE)

    def minimumSizeHint(self) -> QSize:
        """May be narrow."""
        return QSize(120, LINE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw every class."""
        p = QPainter(self)
        painter = shared_painter()
        for fit, (x, y, wide, text) in enumerate(self._places(self.width())):
            painter.badge(p, QRectF(x, y + 3.5, 17, 17), fit)
            p.setFont(painter.font["small"])
            p.setPen(painter.second)
            p.drawText(QRectF(x + 22, y, wide + 2, LINE), LEFT, text)
