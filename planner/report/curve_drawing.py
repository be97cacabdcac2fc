"""Curves of a plan: decode speed with its 80 % range and the memory of the fullest GPU against one setting."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner import units
from planner.report.blocks import Chart
from planner.report.drawing import ACCENT, LINE, SECOND, TEXT, WIDTH, Drawing, width_of
from planner.words import Said, figure, say, say_list

if TYPE_CHECKING:
    from planner.curves import Curve

HEIGHT = 186.0
TOP, BOTTOM = 30.0, 132.0
"""Edges of the field inside a panel."""
LEFT_ROOM, RIGHT_ROOM = 34.0, 34.0
"""Room of the figures beside the field."""
BETWEEN = 22.0
BAND = "#C9D0D6"
HATCH = "#C4CBD2"


@dataclass(frozen=True, slots=True)
class Panel:
    """One curve with its names."""

    title: str
    curve: Curve
    at: int | None
    """Value of the setting in the plan; None = not on the curve."""
    axis: str
    logarithmic: bool = False


@dataclass(frozen=True, slots=True)
class _Field:
    """Where values lie in a panel."""

    left: float
    right: float
    first: float
    last: float
    logarithmic: bool
    speed_end: float
    memory_end: float

    def x(self, value: float) -> float:
        low, high, at = self.first, self.last, float(value)
        if self.logarithmic:
            low, high, at = math.log2(max(low, 1)), math.log2(max(high, 1)), math.log2(max(at, 1))
        return self.left + (self.right - self.left) * (at - low) / max(high - low, 1e-9)

    def speed_y(self, value: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * min(value / self.speed_end, 1.0)

    def memory_y(self, value: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * min(value / self.memory_end, 1.0)


def curves_chart(panels: Sequence[Panel]) -> Chart:
    """Draw one curve across the page, or two side by side."""
    drawing = Drawing(WIDTH, HEIGHT)
    wide = (WIDTH - BETWEEN * (len(panels) - 1)) / max(len(panels), 1)
    for index, panel in enumerate(panels):
        _draw(drawing, panel, index * (wide + BETWEEN), wide)
    return drawing.chart(say_list([_words(panel) for panel in panels], "; "))


def _ends(curve: Curve) -> tuple[float, float]:
    """Ends of both axes: round numbers that hold every value."""
    fast = [v for v in curve.decode_p90.tolist() if math.isfinite(v)]
    used = [v / units.GIB for v in (*curve.gpu_bytes.tolist(), curve.limit) if math.isfinite(v)]
    return _round_up(max(fast, default=1.0)), _round_up(max(used, default=1.0))


def _round_up(value: float) -> float:
    """The next of 1, 2, 3, 4, 6, 8 times a power of ten: halves and wholes can be labelled."""
    power = 10.0 ** math.floor(math.log10(max(value, 1e-9)))
    return next(power * step for step in (1, 2, 3, 4, 6, 8, 10, 20) if power * step >= value * 1.02)


def _draw(drawing: Drawing, panel: Panel, left: float, wide: float) -> None:
    curve = panel.curve
    xs = [int(x) for x in curve.x.tolist()]
    speed_end, memory_end = _ends(curve)
    field = _Field(
        left + LEFT_ROOM,
        left + wide - RIGHT_ROOM,
        xs[0],
        xs[-1],
        panel.logarithmic,
        speed_end,
        memory_end * units.GIB,
    )
    drawing.text(left, 11, panel.title, 12, bold=True)
    for share in (0.0, 0.5, 1.0):
        y = BOTTOM - (BOTTOM - TOP) * share
        drawing.line(field.left, y, field.right, y, LINE)
        drawing.text(field.left - 5, y + 4, figure(f"{speed_end * share:g}"), 10.5, SECOND, "end")
        drawing.text(field.right + 5, y + 4, figure(f"{memory_end * share:g}"), 10.5, ACCENT)
    _misfits(drawing, field, curve, xs)
    fitting = [i for i in range(len(xs)) if math.isfinite(float(curve.decode_p50[i]))]
    places = [field.x(xs[i]) for i in fitting]
    low, mid, high = (
        [field.speed_y(float(v[i])) for i in fitting]
        for v in (curve.decode_p10, curve.decode_p50, curve.decode_p90)
    )
    drawing.polygon([*zip(places, high, strict=True), *reversed([*zip(places, low, strict=True)])], BAND)
    drawing.polyline([*zip(places, mid, strict=True)], TEXT, 1.8)
    used = [(field.x(x), field.memory_y(float(m))) for x, m in zip(xs, curve.gpu_bytes.tolist(), strict=True)]
    drawing.polyline(used, ACCENT, 1.4, "5 3")
    limit = field.memory_y(curve.limit)
    drawing.line(field.left, limit, field.right, limit, ACCENT, 1.2, "1.5 2.5")
    _mark(drawing, field, panel, xs)
    for x in _ticks(xs, field):
        drawing.line(field.x(x), BOTTOM, field.x(x), BOTTOM + 3, SECOND)
        drawing.text(field.x(x), BOTTOM + 14, _tick(x, panel), 10.5, SECOND, "middle")
    _key(drawing, panel, left, wide)


def _misfits(drawing: Drawing, field: _Field, curve: Curve, xs: Sequence[int]) -> None:
    """Hatch where the plan would not fit, and say so where there is room."""
    start: float | None = None
    for index, x in enumerate([*xs, None]):
        misfit = x is not None and not bool(curve.fits[index])
        if misfit and start is None:
            start = field.x(xs[index])
        if not misfit and start is not None:
            end = field.x(xs[index]) if x is not None else field.right
            drawing.hatch(start, TOP, end - start, BOTTOM - TOP, HATCH)
            words = say("does not fit")
            needed = width_of(words, 10.5, bold=False) + 8
            if needed < end - start:
                middle = (start + end) / 2
                drawing.rect(middle - needed / 2, BOTTOM - 26, needed, 15, "#FFFFFF", radius=2)
                drawing.text(middle, BOTTOM - 15, words, 10.5, SECOND, "middle")
            start = None


def _mark(drawing: Drawing, field: _Field, panel: Panel, xs: Sequence[int]) -> None:
    """The plan's own place: a line, a dot at the median, and the figures above."""
    if panel.at is None or not xs[0] <= panel.at <= xs[-1]:
        return
    x = field.x(panel.at)
    drawing.line(x, TOP - 4, x, BOTTOM, TEXT, 1.2)
    index = min(range(len(xs)), key=lambda i: abs(xs[i] - (panel.at or 0)))
    speed = float(panel.curve.decode_p50[index])
    if math.isfinite(speed) and xs[index] == panel.at:
        drawing.dot(x, field.speed_y(speed), 4.5, ACCENT)
    words = _at_words(panel, index if xs[index] == panel.at else None)
    half = width_of(words, 10.5) / 2
    middle = min(max(x, field.left + half - LEFT_ROOM), field.right + RIGHT_ROOM - half)
    drawing.text(middle, TOP - 8, words, 10.5, TEXT, "middle", bold=True)


def _at_words(panel: Panel, index: int | None) -> Said:
    """The plan's place on the curve in words."""
    where = _tick(panel.at or 0, panel)
    if index is None or not math.isfinite(float(panel.curve.decode_p50[index])):
        return say("this plan: {value}", value=where)
    return say(
        "this plan: {value}, {rate} tok/s", value=where, rate=units.rate(float(panel.curve.decode_p50[index]))
    )


def _ticks(xs: Sequence[int], field: _Field) -> list[int]:
    """Values to label: the ends and some between, with room for each."""
    steps = 4
    if field.logarithmic:
        wanted = [x for x in xs if x & (x - 1) == 0]
        wanted = wanted if len(wanted) > 1 else [xs[0], xs[-1]]
    else:
        wanted = sorted({round(xs[0] + (xs[-1] - xs[0]) * i / steps) for i in range(steps + 1)})
    found: list[int] = []
    for x in wanted:
        if not found or field.x(x) - field.x(found[-1]) >= 38:
            found.append(x)
    return found


def _tick(x: int, panel: Panel) -> str:
    return units.tokens(x) if panel.logarithmic else figure(f"{x:,}")


def _key(drawing: Drawing, panel: Panel, left: float, wide: float) -> None:
    """What the lines are and what the axis counts."""
    y = HEIGHT - 6
    speed, memory = say("tok/s, 80 % range"), say("fullest GPU, GiB; dotted: limit")
    drawing.line(left, y - 4, left + 14, y - 4, TEXT, 1.8)
    drawing.text(left + 18, y, speed, 10.5, SECOND)
    drawing.text(left + wide, y, memory, 10.5, ACCENT, "end")
    start = left + wide - width_of(memory, 10.5, bold=False) - 18
    drawing.line(start, y - 4, start + 14, y - 4, ACCENT, 1.4, "5 3")
    drawing.text(left + wide / 2, BOTTOM + 26, panel.axis, 10.5, SECOND, "middle")


def _words(panel: Panel) -> Said:
    """A curve for a screen reader."""
    curve = panel.curve
    fitting = [i for i in range(len(curve.x)) if bool(curve.fits[i])]
    if not fitting:
        return say("{title}: does not fit anywhere on the curve", title=panel.title)
    first, last = fitting[0], fitting[-1]
    return say(
        "{title}: from {low} ({low_rate} tok/s) to {high} ({high_rate} tok/s)",
        title=panel.title,
        low=_tick(int(curve.x[first]), panel),
        low_rate=units.rate(float(curve.decode_p50[first])),
        high=_tick(int(curve.x[last]), panel),
        high_rate=units.rate(float(curve.decode_p50[last])),
    )
