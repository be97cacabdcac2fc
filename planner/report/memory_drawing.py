"""Pictures of memory: bars of devices, their key, and the squares of the kinds.

The order of the kinds is the window's; no bar says anything by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from planner import units
from planner.plan import DevicePlan
from planner.report.blocks import Chart
from planner.report.drawing import BORDER, ERROR, SECOND, TEXT, WIDTH, Drawing, width_of
from planner.words import say, say_list

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
    if labels and width_of(text, 10.5) + 10 < right - (x + width - free * scale):
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
        needed = width_of(text, 10.5) + 6
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
        wide = 18 + width_of(text, 11, bold=False) + 8
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
