"""Vector charts as SVG: memory bars and speed ranges. Only shapes that every SVG reader draws, no identifiers, no styles.

Colours and order are those of the window's light theme; no chart says anything by colour alone. A chart is drawn in the
language of the thread, since where its texts have room depends on how long they are.
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from planner import units, words
from planner.plan import DevicePlan, Range
from planner.report.blocks import Chart
from planner.report.harmless import shorten, shown
from planner.words import figure, say, say_list

KIND_COLOURS = {
    "weights": "#12274F",
    "experts": "#0B77C5",
    "kv": "#AF6000",
    "compute": "#561F00",
    "overhead": "#63666B",
    "free": "#E9ECF0",
}
"""Colour of each memory kind, in the order every bar shows them; pairs stay apart for colour-blind sight."""
KIND_WORDS = {
    "weights": say("weights"),
    "experts": say("experts"),
    "kv": say("KV cache and recurrent state"),
    "compute": say("compute and output"),
    "overhead": say("overhead"),
    "others": say("other programs"),
}
_SHORT = {
    "weights": say("weights"),
    "experts": say("experts"),
    "kv": say("KV"),
    "compute": say("compute"),
    "overhead": say("overhead"),
    "others": say("others"),
}
TEXT, SECOND, LINE, BORDER = "#1A1F25", "#454E58", "#D9DDE2", "#7F8893"
RANGE, ACCENT, ERROR = "#515B66", "#086B68", "#B3261E"
FONT = (
    "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', 'Noto Sans CJK SC', 'Source Han Sans SC', "
    "'Microsoft YaHei', 'PingFang SC', sans-serif"
)
WIDTH = 720.0
PLAIN_OF_BOLD = 0.88
"""Width of plain letters in widths of bold ones."""


@dataclass(slots=True)
class Drawing:
    """Shapes in the order they are drawn."""

    width: float
    height: float
    parts: list[str] = field(default_factory=list)

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str,
        stroke: str = "none",
        radius: float = 0,
    ) -> None:
        """Draw a rectangle."""
        round_ = f' rx="{_n(radius)}"' if radius else ""
        self.parts.append(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(max(width, 0))}" height="{_n(height)}"{round_} fill="{fill}" '
            f'stroke="{stroke}"/>'
        )

    def line(
        self, x1: float, y1: float, x2: float, y2: float, stroke: str, width: float = 1, dashes: str = ""
    ) -> None:
        """Draw a line."""
        dash = f' stroke-dasharray="{dashes}"' if dashes else ""
        self.parts.append(
            f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" stroke="{stroke}" '
            f'stroke-width="{_n(width)}"{dash}/>'
        )

    def dot(self, x: float, y: float, radius: float, fill: str) -> None:
        """Draw a filled circle with a white rim."""
        rim = 1.5 if radius > 4 else 0.8
        self.parts.append(
            f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" fill="{fill}" stroke="#FFFFFF" '
            f'stroke-width="{rim}"/>'
        )

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 12,
        fill: str = TEXT,
        anchor: str = "start",
        bold: bool = False,
    ) -> None:
        """Write text; the point is its baseline."""
        weight = ' font-weight="600"' if bold else ""
        self.parts.append(
            f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" fill="{fill}" text-anchor="{anchor}"{weight}>'
            f"{html.escape(_plain(text))}</text>"
        )

    def hatch(self, x: float, y: float, width: float, height: float, stroke: str, step: float = 6) -> None:
        """Draw slanted lines inside a rectangle."""
        start = x - height
        while start < x + width:
            low, high = max(start, x), min(start + height, x + width)
            if high - low > 0.5:
                self.line(low, y + height - (low - start), high, y + height - (high - start), stroke, 0.9)
            start += step

    def stripes(self, x: float, y: float, width: float, height: float, stroke: str, step: float = 4) -> None:
        """Draw level lines inside a rectangle."""
        at = y + step / 2
        while at < y + height:
            self.line(x, at, x + max(width, 0), at, stroke, 1)
            at += step

    def chart(self, alternative: str, caption: tuple[str, str, str] = ("", "", "")) -> Chart:
        """Finish the picture."""
        alternative = _plain(alternative)
        body = "".join(self.parts)
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(self.width)} {_n(self.height)}" '
            f'width="{_n(self.width)}" height="{_n(self.height)}" role="img" aria-label="{html.escape(alternative)}" '
            f'font-family="{html.escape(FONT)}">{body}</svg>'
        )
        return Chart(svg, alternative, caption)


def _plain(text: str) -> str:
    """A text in the language of the thread, harmless and on one line."""
    return shown(words.shown(text))


def _n(value: float) -> str:
    return f"{round(value, 2):g}"


def _width(text: str, size: float, bold: bool = True) -> float:
    """Upper estimate of the width of a text, so that labels are left out rather than cut off."""
    return sum(_letter(c, bold) for c in words.shown(text)) * size


def _letter(character: str, bold: bool) -> float:
    """Width of a letter in sizes of the font, at least that of the widest of our fonts."""
    if ord(character) > 0x2E80:
        return 1.0  # Chinese is as wide in both weights
    if character in "ijl.,:;|'!I ":
        width = 0.38
    elif character in "mwMW%@":
        width = 1.04
    else:
        width = 0.76 if character.isupper() else 0.68
    return width if bold else width * PLAIN_OF_BOLD


def segments(device: DevicePlan) -> list[tuple[str, int]]:
    """Kinds of memory of one device in the order every bar shows them. [bytes]"""
    return [
        ("weights", device.model_bytes - device.expert_bytes),
        ("experts", device.expert_bytes),
        ("kv", device.kv_bytes + device.recurrent_bytes),
        ("compute", device.compute_bytes + device.output_bytes),
        ("overhead", device.overhead_bytes),
        ("others", device.others_bytes),
    ]


def device_words(device: DevicePlan) -> str:
    """One device for a screen reader: largest pieces first named, then what is free."""
    name = device.accelerator or (say("RAM") if device.kind == "host" else device.name)
    pieces = [
        say("{kind} {size}", kind=KIND_WORDS[kind], size=units.gib(size))
        for kind, size in segments(device)
        if size
    ]
    free = device.free_bytes
    room = say("capacity unknown") if free is None else say("{size} free", size=units.gib(free))
    if free is not None and free < 0:
        room = say("short by {gib}", gib=units.gib(-free))
    return say(
        "{device} ({name}), {used} of {all}: {pieces}; {room}",
        device=device.name,
        name=name,
        used=units.gib(device.total_bytes),
        all=units.gib(device.capacity_bytes),
        pieces=say_list(pieces),
        room=room,
    )


def device_title(device: DevicePlan) -> tuple[str, str]:
    """Name of a device and what lies on it."""
    parts: list[str] = []
    name: str = f"{device.name} {device.accelerator or ''}".strip()
    if device.kind == "host":
        name = say("RAM")
        if device.expert_bytes:
            parts.append(say("experts"))
    if device.layers is not None:
        parts.append(say("layers {first}–{last}", first=device.layers[0], last=device.layers[1]))
    if device.kind != "host" and not device.total_bytes:
        parts.append(say("not used"))
    return name, say_list(parts)


def memory_bar(device: DevicePlan) -> Chart:
    """The picture of one device's memory, on its own full scale.

    Six kinds and what is free; a dotted tick marks the reserve; what is beyond the capacity is hatched.
    """
    drawing = Drawing(WIDTH, 29)
    _bar(drawing, device, 0.5, 3.5, WIDTH - 1, 25, labels=True)
    used = say("{used} of {all}", used=units.gib(device.total_bytes), all=units.gib(device.capacity_bytes))
    return drawing.chart(device_words(device), (*device_title(device), used))


def memory_mark(devices: Sequence[DevicePlan], width: float = 110) -> Chart:
    """Small bars of several devices, one above the other."""
    rows = list(devices)
    drawing = Drawing(width, max(len(rows) * 9.0 + 1, 10))
    for index, device in enumerate(rows):
        _bar(drawing, device, 0.5, index * 9 + 0.5, width - 1, 7, labels=False)
    return drawing.chart(say_list([device_words(d) for d in rows], "; "))


def _bar(
    drawing: Drawing, device: DevicePlan, x: float, y: float, width: float, height: float, labels: bool
) -> None:
    pieces = [(kind, size) for kind, size in segments(device) if size > 0]
    used = sum(size for _, size in pieces)
    capacity = device.capacity_bytes
    scale = width / max(used, capacity or 0, 1)
    edge = x + width if capacity is None else x + capacity * scale
    drawing.rect(x, y, width, height, KIND_COLOURS["free"], BORDER, 2)
    at = x
    for kind, size in pieces:
        wide = size * scale
        gap = 1 if wide > 2 else 0
        drawing.rect(at, y, wide - gap, height, _colour(kind))
        if kind == "kv" and height >= 14:
            drawing.hatch(at, y, wide - gap, height, "#D98E3A")
        if kind == "others" and wide > 2:
            drawing.stripes(at, y, wide - gap, height, "#B9BCC1")
        at += wide
    over = capacity is not None and used > capacity
    if over:
        drawing.hatch(edge, y, x + width - edge, height, "#FFFFFF", 4)
    if labels:
        at = x
        for kind, size in pieces:
            _label(drawing, kind, size, at, y, size * scale, height, edge)
            at += size * scale
    if over:
        drawing.line(edge, y - 3, edge, y + height + (1 if labels else 0), ERROR, 2)
        if labels and capacity is not None:
            drawing.rect(max(edge - 106, x), y + 5, 102, 15, "#FFFFFF", ERROR, 2)
            drawing.text(
                max(edge - 55, x + 51),
                y + 16,
                say("capacity {size}", size=units.gib(capacity)),
                10.5,
                ERROR,
                "middle",
            )
    elif capacity is not None:
        _free(drawing, device, capacity, capacity - used, x, y, width, height, labels)


def _free(
    drawing: Drawing,
    device: DevicePlan,
    capacity: int,
    free: int,
    x: float,
    y: float,
    width: float,
    height: float,
    labels: bool,
) -> None:
    """What is left, with the tick of the reserve."""
    scale = width / max(capacity, 1)
    right = x + width
    if device.usable_bytes is not None:
        reserve = capacity - device.others_bytes - device.overhead_bytes - device.usable_bytes
        if reserve > 0:
            tick = x + (capacity - reserve) * scale
            drawing.line(tick, y + 1, tick, y + height - 1, TEXT, 1.4, "2 2")
            right = tick
    text = say("free {size}", size=units.gib(free))
    if labels and _width(text, 10.5) + 10 < right - (x + width - free * scale):
        drawing.text(right - 6, y + 16.5, text, 10.5, SECOND, "end")


def _colour(kind: str) -> str:
    return KIND_COLOURS["overhead" if kind == "others" else kind]


def _label(
    drawing: Drawing, kind: str, size: int, at: float, y: float, wide: float, height: float, edge: float
) -> None:
    """Name and size inside a segment where they fit; beyond the capacity's edge if that side is wider."""
    left, right, hatched = at, at + wide, kind in ("kv", "others")
    if left < edge < right:
        hatched = right - edge > edge - left
        left, right = (edge, right) if hatched else (left, edge)
        hatched = hatched or kind in ("kv", "others")
    elif left >= edge:
        hatched = True
    for text in (say("{kind} {size}", kind=_SHORT[kind], size=units.gib(size)), _SHORT[kind]):
        needed = _width(text, 10.5) + 6
        if needed <= right - left:
            middle = (left + right) / 2
            if hatched:
                drawing.rect(middle - needed / 2, y + 4, needed, height - 8, _colour(kind), radius=2)
            drawing.text(middle, y + 16.5, text, 10.5, "#FFFFFF", "middle", bold=True)
            return


def legend() -> Chart:
    """What the colours of the bars mean."""
    drawing = Drawing(WIDTH, 0)
    at, line = 0.0, 0
    named = (*KIND_WORDS.items(), ("free", say("free")), ("reserve", say("reserve asked for")))
    for kind, text in named:
        wide = 18 + _width(text, 11, bold=False) + 8
        if at + wide > WIDTH:
            at, line = 0.0, line + 1
        y = line * 17.0
        if kind == "reserve":
            drawing.line(at + 5.5, y + 1, at + 5.5, y + 13, TEXT, 1.4, "2 2")
        else:
            swatch_shape(drawing, kind, at + 0.5, y + 1.5)
        drawing.text(at + 17, y + 11.5, text, 11, SECOND)
        at += wide
    drawing.height = (line + 1) * 17.0
    return drawing.chart(say("Order in every bar: {kinds}", kinds=say_list([text for _, text in named])))


def swatch_shape(drawing: Drawing, kind: str, x: float, y: float) -> None:
    """A small square of a kind's colour."""
    drawing.rect(x, y, 11, 11, _colour(kind), BORDER if kind == "free" else "none", 2)
    if kind == "kv":
        drawing.hatch(x, y, 11, 11, "#FFFFFF", 4)
    if kind == "others":
        drawing.stripes(x, y, 11, 11, "#B9BCC1")


def swatch(kind: str) -> Chart:
    """A small square of a kind's colour, for the head of a column."""
    drawing = Drawing(12, 12)
    swatch_shape(drawing, kind, 0.5, 0.5)
    return drawing.chart("")


_TICKS = (0, 1, 2, 5, 10, 25, 50, 100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200)


@dataclass(frozen=True, slots=True)
class Axis:
    """A square-root axis of tokens per second from zero."""

    left: float
    width: float
    end: float

    @classmethod
    def over(cls, ranges: Sequence[Range | None], left: float, width: float, least: float = 10) -> Axis:
        """The axis that holds some ranges."""
        known = sorted(r.p90 for r in ranges if r is not None and r.to_json() is not None)
        # among many, a few very fast ones do not squeeze the others: they stop at the end of the axis
        end = known[int(len(known) * 0.85)] * 1.15 if len(known) > 8 else max(known, default=0.0) * 1.04
        return cls(left, width, max(least, end))

    def at(self, value: float) -> float:
        """Place of a value."""
        return self.left + self.width * math.sqrt(max(min(value / self.end, 1.0), 0.0))

    def ticks(self) -> list[int]:
        """Values to label, at least 34 apart."""
        found: list[int] = []
        for value in _TICKS:
            if value <= self.end and (not found or self.at(value) - self.at(found[-1]) >= 34):
                found.append(value)
        return found


def range_mark(drawing: Drawing, axis: Axis, value: Range, y: float, height: float) -> None:
    """Bar of the 80 % range with a dot at the median."""
    left, right = axis.at(value.p10), axis.at(value.p90)
    drawing.rect(left, y - height / 2, max(right - left, 2), height, "#A9B2BB", RANGE, 2)
    drawing.dot(axis.at(value.p50), y, height / 2 + 0.5 if height >= 8 else height / 2 - 0.7, TEXT)


def speed_chart(rows: Sequence[tuple[str, Range | None]], least: float | None = None) -> Chart:
    """Decode ranges of some plans above each other on a common square-root axis."""
    axis = Axis.over([r for _, r in rows], 250, 330)
    height = 26.0 * len(rows)
    drawing = Drawing(WIDTH, height + 40)
    for tick in axis.ticks():
        drawing.line(axis.at(tick), 0, axis.at(tick), height + 4, LINE)
        drawing.text(axis.at(tick), height + 18, f"{tick:,}", 11, SECOND, "middle")
    if least:
        drawing.line(axis.at(least), 0, axis.at(least), height + 4, ACCENT, 1.4, "4 3")
    said: list[str] = []
    for index, (name, value) in enumerate(rows):
        y = index * 26.0 + 14
        drawing.text(0, y + 4, shorten(_plain(name), 36), 12, bold=index == 0)
        if value is None or value.to_json() is None:
            drawing.text(axis.left + 4, y + 4, units.UNKNOWN, 12, SECOND)
            said.append(say("{plan}: {what}", plan=name, what=units.UNKNOWN))
            continue
        range_mark(drawing, axis, value, y, 10)
        text = say("{rate} tok/s", rate=_span(value))
        drawing.text(WIDTH, y + 4, text, 12, anchor="end")
        said.append(
            say("{plan}: {range}, median {median}", plan=name, range=text, median=units.rate(value.p50))
        )
    foot = say("decode, tok/s (square-root axis); bar = 80 % range, dot = median")
    if least:
        foot = say("{key}; dashed = least asked for, {least}", key=foot, least=figure(f"{least:g}"))
    drawing.text(0, height + 35, foot, 11, SECOND)
    return drawing.chart(say("Decode speed. {plans}", plans=say_list(said, "; ")))


def _span(value: Range) -> str:
    return figure(f"{words.plain(units.rate(value.p10))}–{words.plain(units.rate(value.p90))}")


def speed_mark(value: Range | None, axis: Axis) -> Chart | None:
    """A range for a cell of a table."""
    if value is None or value.to_json() is None:
        return None
    drawing = Drawing(axis.left + axis.width + 8, 12)
    drawing.line(axis.left, 6, axis.left + axis.width, 6, LINE)
    range_mark(drawing, axis, value, 6, 7)
    low, high = units.rate(value.p10), units.rate(value.p90)
    return drawing.chart(say("{low} to {high} tokens per second", low=low, high=high))
