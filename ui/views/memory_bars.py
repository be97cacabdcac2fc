"""The bars of a plan: one per device, with what is on it and how much of each kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from planner import device_totals, units
from planner.plan import DevicePlan, Plan
from planner.shown_device import BAR_KINDS, plan_segments
from planner.text import OTHERS_WORDS
from ui import theme
from ui.kept import Kept
from ui.models.catalogue_model import kind_words
from ui.views.drawn_strips import DrawnStrips
from ui.views.row_painter import RowPainter
from ui.widgets.prepared_text import RIGHT, cut, draw_line, ink, width_of
from ui.words import shown, tr

MAX_FULL = 4
"""With more GPUs than this each gets a thin bar, and one legend tells of all together."""
MAX_DRAWN_BYTES = 3 * 2**20
"""Bars as drawn, each device apart: the RAM shows the same at many contexts. [bytes]"""
MIB = " MiB"
OTHERS, FREE, SHORT = 4, -1, -2
"""Marks of the legend besides the kinds of :data:`~planner.shown_device.BAR_KINDS`: others' use shares that of overhead."""


@dataclass(frozen=True, slots=True)
class BarContent:
    """One device of a plan."""

    title: str
    note: str
    used: str
    """What the plan takes, with its unit."""
    of: str
    """Of how much."""
    values: tuple[float, ...]
    """Segments in order, what others use in the last."""
    capacity: float
    reserve: float
    legend: tuple[tuple[int, str], ...]
    """Kind (−1 = free, −2 = missing) and text; the last carries the unit of all."""
    spoken: str
    thin: bool = False


def bar_contents(plan: Plan, reserve: float) -> list[BarContent]:
    """Bars of a plan, GPUs first."""
    gpus = [d for d in plan.devices if d.kind == "gpu"]
    many = len(gpus) > MAX_FULL
    contents = [
        _content(d, reserve if d.kind == "gpu" else 0.0, many and d.kind == "gpu") for d in plan.devices
    ]
    if many:
        contents.insert(len(gpus), _together(gpus))
    return contents


def _names() -> tuple[str, ...]:
    return (tr("Weights"), tr("Experts"), tr("KV cache"), tr("Compute"), tr("Overhead"))


def _legend(
    values: Sequence[int], others: int, others_name: str, free: int | None
) -> tuple[tuple[int, str], ...]:
    parts = [(k, name, v) for k, (name, v) in enumerate(zip(_names(), values, strict=True)) if v]
    if others:
        parts.append((OTHERS, others_name, others))
    legend = [(k, f"{name} {units.mib(v).removesuffix(MIB)}") for k, name, v in parts]
    if free is not None:
        text = tr("Free {n}") if free >= 0 else tr("Short by {n}")
        legend.append((FREE if free >= 0 else SHORT, text.format(n=units.mib(abs(free)))))
    elif legend:
        legend[-1] = (legend[-1][0], legend[-1][1] + MIB)
    return tuple(legend)


def _together(gpus: Sequence[DevicePlan]) -> BarContent:
    """Legend of several GPUs: no bar of its own."""
    kinds = {d.others_kind for d in gpus if d.others_bytes}
    name = shown(OTHERS_WORDS[kinds.pop() if len(kinds) == 1 else "use"])
    legend = _legend(
        device_totals.segments_together(gpus),
        device_totals.others_together(gpus),
        name,
        device_totals.free_together(gpus),
    )
    title = tr("All {n} GPUs").format(n=len(gpus))
    used = units.gib(device_totals.total_bytes(gpus))
    of = tr("of {gib}").format(gib=units.gib(device_totals.capacity_bytes(gpus, "gpu")))
    spoken = f"{title}, {used} {of}: {', '.join(text for _, text in legend)}"
    return BarContent(title, "", used, of, (), 0.0, 0.0, legend, spoken)


def _content(device: DevicePlan, reserve: float, thin: bool = False) -> BarContent:
    values = plan_segments(device)
    others, free = device.others_bytes, device.free_bytes
    layers = ""
    if device.layers is not None:
        layers = tr("layers {a}–{b}").format(a=device.layers[0], b=device.layers[1])
    elif device.kind == "host" and device.expert_bytes:
        layers = tr("experts")
    elif device.kind == "host" and device.model_bytes:
        layers = tr("token embedding")
    title = device.accelerator or (tr("RAM") if device.kind == "host" else device.name)
    note = f"{device.name} · {layers}" if device.kind == "gpu" and layers else layers
    known = device.capacity_bytes
    of = tr("of {gib}").format(gib=units.gib(known)) if known else tr("of unknown size")
    segments = (*values[:4], values[4] + others)
    words = ", ".join(f"{n} {units.gib(v)}" for n, v in zip(kind_words(), segments, strict=True) if v)
    spoken = tr("{title}, {total} of {capacity}: {parts}").format(
        title=title, total=units.gib(device.total_bytes), capacity=units.gib(known), parts=words
    )
    if free is not None:
        spoken += "; " + (tr("{n} free") if free >= 0 else tr("short by {n}")).format(n=units.gib(abs(free)))
    return BarContent(
        title,
        note,
        units.gib(device.total_bytes),
        of,
        tuple(float(v) for v in segments),
        float(known or 0),
        reserve,
        () if thin else _legend(values, others, shown(OTHERS_WORDS[device.others_kind]), free),
        spoken,
        thin,
    )


class _Ink:
    """Fonts and colours of the current theme, looked up once."""

    def __init__(self) -> None:
        t = theme.current()
        self.fonts = {"strong": ink(12, True), "normal": ink(12), "legend": ink(11.5)}
        self.text, self.second, self.error = (t.color(r) for r in ("text", "text_second", "error"))
        self.free, self.border = t.color("free"), QPen(t.color("free_border"), 1)
        self.base = t.color("base")

    def width(self, text: str, font: str) -> int:
        """Width of a text, measured once."""
        return width_of(text, self.fonts[font])


class MemoryBars(QWidget):
    """All devices of one plan.

    Signals
    -------
    kind_pointed
        Another kind of memory, or none, is pointed at. arg: its name, empty for none.
    """

    kind_pointed = Signal(str)

    TITLE = 19
    BAR = 20
    THIN = 9
    LEGEND = 16
    GAP = 7
    MARK, BETWEEN = 13, 9

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self._contents: list[BarContent] = []
        self._painter = RowPainter()
        self._kept: Kept[list[BarContent]] = Kept()
        self._ink = _Ink()
        self._drawn = DrawnStrips(MAX_DRAWN_BYTES)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._lines: list[list[list[tuple[int, str, int]]]] = []
        self._lines_for: tuple[int, list[BarContent]] | None = None
        self._lit = ""
        self._pointed = ""
        self.setAccessibleName(tr("Memory per device"))

    @property
    def contents(self) -> list[BarContent]:
        """Bars shown."""
        return self._contents

    @property
    def lit(self) -> str:
        """Kind of memory that is lit, empty = none."""
        return self._lit

    def show_plan(self, plan: Plan | None, reserve: float) -> None:
        """Show the devices of another plan."""
        contents: list[BarContent] = []
        if plan is not None:
            contents = self._kept.get(plan, reserve, lambda: bar_contents(plan, reserve))
        if contents is self._contents:
            return
        self._contents = contents
        self.setAccessibleDescription(". ".join(c.spoken for c in contents))
        self._fit_height()
        self.update()

    def light(self, kind: str) -> None:
        """Light a kind of memory, named as in BAR_KINDS, without telling; empty = none."""
        if kind != self._lit:
            self._lit = kind
            self.update()

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self._painter.refresh()
        self._kept.clear()
        self._drawn.clear()
        self._ink = _Ink()
        self._lines_for = None
        self._fit_height()
        self.update()

    # -- places

    def event(self, event: QEvent) -> bool:
        """The bars in words, made when they are asked for."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), "\n".join(c.spoken for c in self._contents), self)
            return True
        return super().event(event)

    def _legend_lines(self) -> list[list[list[tuple[int, str, int]]]]:
        """Legend of every device: lines of kind, text and place."""
        width = max(self.width(), 200)
        if self._lines_for == (width, self._contents):
            return self._lines
        every = []
        for content in self._contents:
            lines: list[list[tuple[int, str, int]]] = [[]]
            x = 0
            for kind, text in content.legend:
                needed = self._ink.width(text, "legend") + self.MARK
                if x + needed > width and lines[-1]:
                    lines.append([])
                    x = 0
                lines[-1].append((kind, text, x))
                x += needed + self.BETWEEN
            every.append(lines if content.legend else [])
        self._lines, self._lines_for = every, (width, self._contents)
        return every

    def _bar_height(self, content: BarContent) -> int:
        return 0 if not content.values else self.THIN if content.thin else self.BAR

    def _height(self) -> int:
        total = 0
        for content, lines in zip(self._contents, self._legend_lines(), strict=True):
            gap = 3 if content.thin else self.GAP
            total += self.TITLE + self._bar_height(content) + self.LEGEND * len(lines) + gap
        return max(total, 10)

    def _fit_height(self) -> None:
        height = self._height()
        if height != self.height():
            self.setFixedHeight(height)

    def sizeHint(self) -> QSize:
        """Room for every device."""
        return QSize(300, self._height())

    def resizeEvent(self, event: object) -> None:
        """The legend may need another line."""
        self._fit_height()

    def kind_at(self, at: QPointF) -> str:
        """Kind of memory at a point of a bar or its legend; empty = none."""
        y = 0.0
        for content, lines in zip(self._contents, self._legend_lines(), strict=True):
            y += self.TITLE
            high = self._bar_height(content)
            if y <= at.y() < y + high and content.capacity > 0:
                scale = self.width() / max(content.capacity, sum(content.values))
                x = 0.0
                for kind, value in enumerate(content.values):
                    x += value * scale
                    if at.x() < x:
                        return BAR_KINDS[kind]
            y += high
            for line in lines:
                if y <= at.y() < y + self.LEGEND:
                    for kind, text, x in line:
                        if x <= at.x() < x + self._ink.width(text, "legend") + self.MARK:
                            return BAR_KINDS[kind] if kind >= 0 else ""
                y += self.LEGEND
            y += 3 if content.thin else self.GAP
        return ""

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at a kind of memory."""
        self._point(self.kind_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        self._point("")

    def _point(self, kind: str) -> None:
        if kind != self._pointed:
            self._pointed = kind
            self.light(kind)
            self.kind_pointed.emit(kind)

    # -- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the devices that are to be painted."""
        p, area = QPainter(self), event.rect()
        p.fillRect(area, self._ink.base)
        width, ratio = self.width(), self.devicePixelRatioF()
        look = (width, theme.current().name, theme.font_scale(), ratio)
        y = 0
        for content, lines in zip(self._contents, self._legend_lines(), strict=True):
            high = self._bar_height(content)
            after = y + self.TITLE + high + len(lines) * self.LEGEND
            if y <= area.bottom() and after >= area.top():
                if self._lit:
                    self._device(p, y, high, content, lines)
                else:
                    draw = partial(self._device, y=0, high=high, content=content, lines=lines)
                    place = QRect(0, 0, width, after - y)
                    picture = self._drawn.picture((content, look), place, ratio, self._ink.base, draw)
                    p.drawPixmap(0, y, picture)
            y = after + (3 if content.thin else self.GAP)
        if self.hasFocus():
            p.setPen(QPen(theme.current().color("accent"), 2))
            p.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def _device(
        self, p: QPainter, y: int, high: int, content: BarContent, lines: list[list[tuple[int, str, int]]]
    ) -> None:
        self._title(p, y, content)
        y += self.TITLE
        if high:
            self._bar(p, y, high, content)
        y += high
        for line in lines:
            self._legend_line(p, y, line)
            y += self.LEGEND

    def _title(self, p: QPainter, y: int, c: BarContent) -> None:
        its, width = self._ink, self.width()
        strong, normal = its.fonts["strong"], its.fonts["normal"]
        draw_line(p, QRect(0, y, width, self.TITLE), c.of, normal, its.second, RIGHT)
        rest_width = width_of(c.of, normal) + 4
        amount_width = width_of(c.used, strong) + rest_width + 8
        title = cut(c.title, strong, width - amount_width)
        at = width_of(title, strong) + 6
        room = max(width - amount_width - at, 0)
        draw_line(p, QRect(at, y, room, self.TITLE), cut(c.note, normal, room), normal, its.second)
        draw_line(p, QRect(0, y, width - rest_width, self.TITLE), c.used, strong, its.text, RIGHT)
        draw_line(p, QRect(0, y, width - amount_width, self.TITLE), title, strong, its.text)

    def _bar(self, p: QPainter, y: int, high: int, c: BarContent) -> None:
        names: tuple[str, ...] = ()
        if not c.thin:
            first = tr("Weights") if c.values[0] > c.values[1] else ""
            names = (first, tr("Experts"), tr("KV"), "", "")
        box = QRectF(0, y, self.width(), high - 1)
        self._painter.bar(p, box, list(c.values), c.capacity, c.reserve, labels=names)
        if not self._lit or c.capacity <= 0:
            return
        kind = BAR_KINDS.index(self._lit)
        scale = self.width() / max(c.capacity, sum(c.values))
        start = sum(c.values[:kind]) * scale
        if c.values[kind] > 0:
            lit = QRectF(start, y, max(c.values[kind] * scale, 3.0), high - 1)
            p.setPen(QPen(theme.current().color("text"), 2))
            p.setBrush(Qt.BrushStyle.NoBrush)
            p.drawRect(lit.adjusted(1, 1, -1, -1))

    def _legend_line(self, p: QPainter, y: int, line: list[tuple[int, str, int]]) -> None:
        its = self._ink
        legend = its.fonts["legend"]
        for kind, text, x in line:
            if kind >= 0 and BAR_KINDS[kind] == self._lit:
                t, width = theme.current(), its.width(text, "legend") + self.MARK + 4
                p.fillRect(QRectF(x - 2, y, width, self.LEGEND), t.color("selection"))
                p.setPen(QPen(t.color("accent"), 1))
                p.drawLine(QPointF(x - 2, y + self.LEGEND - 1), QPointF(x - 2 + width, y + self.LEGEND - 1))
            box = QRectF(x, y + 4, 9, 9)
            if kind >= 0:
                p.fillRect(box, self._painter.kinds[kind])
            else:
                p.fillRect(box, its.free if kind == FREE else its.error)
                p.setPen(its.border)
                p.drawRect(box)
            colour = its.second if kind != SHORT else its.error
            draw_line(
                p, QRectF(x + self.MARK, y, self.width() - x - self.MARK, self.LEGEND), text, legend, colour
            )
