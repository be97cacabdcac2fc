"""The layers of a plan, a cell each: filled on a GPU, outlined in RAM, the experts in a row of their own."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from planner.plan_layers import (
    IN_RAM,
    NO_EXPERTS,
    SPLIT,
    LayerPlace,
    layers_in_words,
    n_layers_with_experts_in_ram,
)
from ui import theme
from ui.views.drawn_strips import DrawnStrips
from ui.words import shown, tr

ROW, FOOT, GAP = 18, 15, 4
MAX_DRAWN_BYTES = 2**19
"""Rows as drawn. [bytes]"""
NUMBERED = 9
"""Cells at least this wide carry the number of their GPU. [px]"""


class LayerStrip(QWidget):
    """One cell per layer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Layers"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._drawn = DrawnStrips(MAX_DRAWN_BYTES)
        self._places: tuple[LayerPlace, ...] = ()
        self._n_gpus = 0
        self._fit_height()

    @property
    def places(self) -> Sequence[LayerPlace]:
        """Layers shown."""
        return self._places

    def show_places(self, places: Sequence[LayerPlace]) -> None:
        """Show other layers."""
        places = tuple(places)
        if places == self._places:
            return
        self._places = places
        self._n_gpus = len({g for p in places for g in p.gpus})
        words = shown(layers_in_words(places)) if places else ""
        self.setAccessibleDescription(words)
        self.setVisible(bool(places))
        self._fit_height()
        self.update()

    def _has_experts(self) -> bool:
        return any(p.experts != NO_EXPERTS for p in self._places)

    def _fit_height(self) -> None:
        height = ROW * (2 if self._has_experts() else 1) + FOOT + GAP
        if height != self.height():
            self.setFixedHeight(height)

    def sizeHint(self) -> QSize:
        """Room for the rows and the foot."""
        return QSize(300, self.height())

    def _label_width(self) -> int:
        fm = QFontMetrics(theme.ui_font(11.5))
        labels = (tr("Layers, KV"), tr("Experts")) if self._has_experts() else (tr("Layers"),)
        return max(fm.horizontalAdvance(t) for t in labels) + 10

    def cell(self, layer: int) -> QRectF:
        """Where the cell of a layer is, in the first row."""
        left = self._label_width()
        width = (self.width() - left) / max(len(self._places), 1)
        return QRectF(left + layer * width, 0, width, ROW)

    def event(self, event: QEvent) -> bool:
        """Name the layer under the mouse."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            at = event.pos().x()
            layer = next(
                (i for i in range(len(self._places)) if self.cell(i).left() <= at < self.cell(i).right()), -1
            )
            text = self.layer_text(layer) if layer >= 0 else self.accessibleDescription()
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def layer_text(self, layer: int) -> str:
        """One layer in words."""
        place = self._places[layer]
        where = tr("GPU {n}").format(n=", ".join(map(str, place.gpus))) if place.gpus else tr("RAM")
        text = tr("Layer {n}: {where}").format(n=layer, where=where)
        if place.experts == IN_RAM and place.gpus:
            text += tr(", experts in RAM")
        elif place.experts == SPLIT:
            text += tr(", some expert matrices in RAM")
        return text

    def paintEvent(self, event: QPaintEvent) -> None:
        """Copy the rows as they were drawn."""
        p, t, ratio = QPainter(self), theme.current(), self.devicePixelRatioF()
        key = (self._places, self._n_gpus, self.width(), self.height(), t.name, theme.font_scale(), ratio)
        p.drawPixmap(0, 0, self._drawn.picture(key, self.rect(), ratio, t.color("base"), self._draw))
        if self.hasFocus():
            p.setPen(QPen(t.color("accent"), 2))
            p.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def _draw(self, p: QPainter) -> None:
        places = self._places
        if not places:
            return
        t = theme.current()
        p.setFont(theme.ui_font(11.5))
        p.setPen(t.color("text_second"))
        left_middle = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        left = self._label_width()
        experts = self._has_experts()
        p.drawText(QRectF(0, 0, left, ROW), left_middle, tr("Layers, KV") if experts else tr("Layers"))
        width = (self.width() - left) / len(places)
        gap = 1 if width >= 4 else 0  # thinner cells would be more gap than cell
        edges = [round(left + i * width) for i in range(len(places) + 1)]
        number_font = theme.ui_font(min(10.0, max(width - 2, 7.0)), True)
        digits = QFontMetrics(number_font).horizontalAdvance("0")
        numbered = self._n_gpus > 1 and width >= max(NUMBERED, digits + 3)
        for i, place in enumerate(places):
            box = QRectF(edges[i], 2, max(edges[i + 1] - edges[i] - gap, 1), ROW - 4)
            self._cell(p, box, bool(place.gpus), t.kinds[0])
            if numbered and len(place.gpus) == 1:
                p.setFont(number_font)
                p.setPen(t.color("base"))
                p.drawText(box, int(Qt.AlignmentFlag.AlignCenter), str(place.gpus[0]))
        if self._n_gpus > 1 and not numbered:
            self._boundaries(p, left, width)
        if experts:
            p.setFont(theme.ui_font(11.5))
            p.setPen(t.color("text_second"))
            p.drawText(QRectF(0, ROW, left, ROW), left_middle, tr("Experts"))
            for i, place in enumerate(places):
                if place.experts == NO_EXPERTS:
                    continue
                box = QRectF(edges[i], ROW + 2, max(edges[i + 1] - edges[i] - gap, 1), ROW - 4)
                self._cell(p, box, place.experts not in (IN_RAM, SPLIT), t.kinds[1])
                if place.experts == SPLIT:
                    half = QPolygonF([box.bottomLeft(), box.topRight(), box.bottomRight()])
                    p.setPen(Qt.PenStyle.NoPen)
                    p.setBrush(t.kinds[1])
                    p.drawPolygon(half)
                    p.setBrush(Qt.BrushStyle.NoBrush)
        self._foot(p, left)

    def _cell(self, p: QPainter, box: QRectF, filled: bool, colour: QColor) -> None:
        if filled:
            p.fillRect(box, colour)
            return
        p.setPen(QPen(colour, 1))
        p.setBrush(Qt.BrushStyle.NoBrush)
        p.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))

    def _boundaries(self, p: QPainter, left: float, width: float) -> None:
        """Lines and numbers where another GPU begins, when cells are too narrow for numbers."""
        t = theme.current()
        p.setFont(theme.ui_font(10, True))
        start = 0
        for i in range(1, len(self._places) + 1):
            if i < len(self._places) and self._places[i].gpus == self._places[start].gpus:
                continue
            box = QRectF(left + start * width, 2, (i - start) * width, ROW - 4)
            if start:
                p.setPen(QPen(t.color("base"), 2))
                p.drawLine(QPointF(box.left(), box.top()), QPointF(box.left(), box.bottom()))
            gpus = self._places[start].gpus
            if gpus and box.width() > 9:
                p.setPen(t.color("base"))
                p.drawText(box, int(Qt.AlignmentFlag.AlignCenter), ",".join(map(str, gpus)))
            start = i

    def _foot(self, p: QPainter, left: float) -> None:
        t = theme.current()
        p.setFont(theme.ui_font(11))
        p.setPen(t.color("text_third"))
        y = ROW * (2 if self._has_experts() else 1)
        box = QRectF(left, y, self.width() - left, FOOT)
        last = len(self._places) - 1
        p.drawText(box, int(Qt.AlignmentFlag.AlignLeft), tr("layer 0"))
        end = tr("layer {n}").format(n=last)
        p.drawText(box, int(Qt.AlignmentFlag.AlignRight), end)
        in_ram = n_layers_with_experts_in_ram(self._places)
        off = sum(not x.gpus for x in self._places)
        if in_ram and self._n_gpus:
            text = tr("experts of {n} in RAM").format(n=in_ram)
        elif off and self._n_gpus:
            text = tr("{n} in RAM").format(n=off)
        else:
            text = (
                tr("all in RAM") if off else tr("all on the GPU") if self._n_gpus == 1 else tr("number = GPU")
            )
        p.drawText(box, int(Qt.AlignmentFlag.AlignHCenter), text)
