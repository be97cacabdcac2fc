"""Pictures of speeds: 80 % ranges with their medians on a square-root axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from planner import units, words
from planner.plan import Range
from planner.report.blocks import Chart
from planner.report.drawing import ACCENT, LINE, RANGE, SECOND, TEXT, WIDTH, Drawing, plain_text
from planner.report.harmless import shorten
from planner.words import figure, say, say_list

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
        drawing.text(0, y + 4, shorten(plain_text(name), 36), 12, bold=index == 0)
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
