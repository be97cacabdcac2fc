"""The bars of a plan: one per device, with what is on it and how much of each kind."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from planner import units
from planner.plan import DevicePlan, Plan
from planner.view_data import plan_segments
from ui import theme
from ui.models.catalogue_model import kind_words
from ui.views.row_painter import RowPainter
from ui.words import tr


@dataclass(frozen=True, slots=True)
class BarContent:
    """One device of a plan."""

    title: str
    note: str
    total: str
    values: tuple[float, ...]
    """Segments in order, what others use in the last."""
    capacity: float
    reserve: float
    legend: tuple[tuple[int, str], ...]
    """Kind (-1 = free) and text, in MiB."""
    spoken: str


def bar_contents(plan: Plan, reserve: float) -> list[BarContent]:
    """Bars of a plan, GPUs first."""
    return [_content(d, reserve if d.kind == "gpu" else 0.0) for d in plan.devices]


def _content(device: DevicePlan, reserve: float) -> BarContent:
    names = (tr("Weights"), tr("Experts"), tr("KV cache"), tr("Compute"), tr("Overhead"))
    values = plan_segments(device)
    others = device.others_bytes
    legend = [(k, f"{names[k]} {units.mib(v).removesuffix(' MiB')}") for k, v in enumerate(values) if v]
    if others:
        legend.append((4, tr("Others {n}").format(n=units.mib(others).removesuffix(" MiB"))))
    free = device.free_bytes
    if free is not None:
        text = tr("Free {n}") if free >= 0 else tr("Short by {n}")
        legend.append((-1 if free >= 0 else -2, text.format(n=units.mib(abs(free)).removesuffix(" MiB"))))
    layers = ""
    if (device.layers is not None and device.kind == "gpu") or device.layers is not None:
        layers = tr("layers {a}–{b}").format(a=device.layers[0], b=device.layers[1])
    elif device.kind == "host":
        layers = tr("token embedding") if device.model_bytes and not device.expert_bytes else ""
        if device.expert_bytes:
            layers = tr("experts")
    title = device.accelerator or (tr("RAM") if device.kind == "host" else device.name)
    note = f"{device.name} · {layers}" if device.kind == "gpu" and layers else layers
    total = f"{units.gib(device.total_bytes).removesuffix(' GiB')}|" + (
        tr("of {gib}").format(gib=units.gib(device.capacity_bytes))
        if device.capacity_bytes
        else tr("of unknown size")
    )
    segments = (*values[:4], values[4] + others)
    words = ", ".join(f"{n} {units.gib(v)}" for n, v in zip(kind_words(), segments, strict=True) if v)
    spoken = tr("{title}, {total} of {capacity}: {parts}").format(
        title=title,
        total=units.gib(device.total_bytes),
        capacity=units.gib(device.capacity_bytes),
        parts=words,
    )
    if free is not None:
        spoken += f"; {units.gib(free)} {tr('free')}"
    return BarContent(
        title,
        note,
        total,
        tuple(float(v) for v in segments),
        float(device.capacity_bytes or 0),
        reserve,
        tuple(legend),
        spoken,
    )


class MemoryBars(QWidget):
    """All devices of one plan."""

    TITLE = 20
    BAR = 20
    LEGEND = 16
    GAP = 8

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._contents: list[BarContent] = []
        self._painter = RowPainter()
        self.setAccessibleName(tr("Memory per device"))

    @property
    def contents(self) -> list[BarContent]:
        """Bars shown."""
        return self._contents

    def show_plan(self, plan: Plan | None, reserve: float) -> None:
        """Show the devices of another plan."""
        self._contents = [] if plan is None else bar_contents(plan, reserve)
        self.setAccessibleDescription(". ".join(c.spoken for c in self._contents))
        self.setToolTip("\n".join(c.spoken for c in self._contents))
        height = self._height(max(self.width(), 200))
        if height != self.height():
            self.setFixedHeight(height)
        self.update()

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self._painter.refresh()
        self.update()

    def _legend_lines(self, content: BarContent, width: int) -> list[list[tuple[int, str, int]]]:
        fm = QFontMetrics(theme.ui_font(11.5))
        lines: list[list[tuple[int, str, int]]] = [[]]
        x = 0
        unit = fm.horizontalAdvance(" MiB") + 4
        for kind, text in content.legend:
            w = fm.horizontalAdvance(text) + 15 + 12
            if x + w + unit > width and lines[-1]:
                lines.append([])
                x = 0
            lines[-1].append((kind, text, x))
            x += w
        return lines

    def _height(self, width: int) -> int:
        total = 0
        for c in self._contents:
            total += self.TITLE + self.BAR + self.LEGEND * len(self._legend_lines(c, width)) + self.GAP
        return max(total, 10)

    def sizeHint(self) -> QSize:
        """Room for every device."""
        return QSize(300, self._height(max(self.width(), 200)))

    def resizeEvent(self, event: object) -> None:
        """The legend may need another line."""
        height = self._height(self.width())
        if height != self.height():
            self.setFixedHeight(height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw every device."""
        t = theme.current()
        p = QPainter(self)
        y = 0
        strong, normal, legend = theme.ui_font(12, True), theme.ui_font(12), theme.ui_font(11.5)
        fm, fms = QFontMetrics(normal), QFontMetrics(strong)
        width = self.width()
        left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        labels = ("", tr("Experts"), tr("KV"), "", "")
        for c in self._contents:
            amount, rest = c.total.split("|", 1)
            p.setFont(normal)
            p.setPen(t.color("text_second"))
            p.drawText(QRect(0, y, width, self.TITLE), right, rest)
            rest_width = fm.horizontalAdvance(rest) + 4
            p.setFont(strong)
            p.setPen(t.color("text"))
            p.drawText(QRect(0, y, width - rest_width, self.TITLE), right, amount)
            amount_width = fms.horizontalAdvance(amount) + rest_width + 8
            title = fms.elidedText(c.title, Qt.TextElideMode.ElideRight, width - amount_width)
            p.drawText(QRect(0, y, width - amount_width, self.TITLE), left, title)
            at = fms.horizontalAdvance(title) + 6
            p.setFont(normal)
            p.setPen(t.color("text_second"))
            note = fm.elidedText(c.note, Qt.TextElideMode.ElideRight, max(width - amount_width - at, 0))
            p.drawText(QRect(at, y, width - amount_width - at, self.TITLE), left, note)
            y += self.TITLE
            names = (tr("Weights"), *labels[1:]) if c.values[0] > c.values[1] else labels
            self._painter.bar(
                p, QRectF(0, y, width, self.BAR - 1), list(c.values), c.capacity, c.reserve, labels=names
            )
            y += self.BAR
            lines = self._legend_lines(c, width)
            for number, line in enumerate(lines):
                for kind, text, x in line:
                    box = QRectF(x, y + 4, 9, 9)
                    if kind >= 0:
                        p.fillRect(box, self._painter.kinds[kind])
                    else:
                        p.fillRect(box, t.color("free" if kind == -1 else "error"))
                        p.setPen(QPen(t.color("free_border"), 1))
                        p.drawRect(box)
                    p.setFont(legend)
                    p.setPen(t.color("text_second" if kind != -2 else "error"))
                    last = number == len(lines) - 1 and (kind, text, x) == line[-1]
                    shown = f"{text} MiB" if last else text
                    p.drawText(QRectF(x + 14, y, width - x - 14, self.LEGEND), left, shown)
                y += self.LEGEND
            y += self.GAP
