"""A drawing as SVG: only shapes that every SVG reader draws, no identifiers, no styles.

Colours are those of the window's light theme; no chart says anything by colour alone. A chart is drawn in the language of
the thread, since where its texts have room depends on how long they are.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, field

from planner import words
from planner.report.blocks import Chart
from planner.report.harmless import shown

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

    def polyline(
        self, points: Sequence[tuple[float, float]], stroke: str, width: float = 1, dashes: str = ""
    ) -> None:
        """Draw a line through points."""
        if len(points) < 2:
            return
        dash = f' stroke-dasharray="{dashes}"' if dashes else ""
        self.parts.append(
            f'<polyline points="{_points(points)}" fill="none" stroke="{stroke}" stroke-width="{_n(width)}"{dash}/>'
        )

    def polygon(self, points: Sequence[tuple[float, float]], fill: str) -> None:
        """Fill the area between points."""
        if len(points) > 2:
            self.parts.append(f'<polygon points="{_points(points)}" fill="{fill}" stroke="none"/>')

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
            f"{html.escape(plain_text(text))}</text>"
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
        alternative = plain_text(alternative)
        body = "".join(self.parts)
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(self.width)} {_n(self.height)}" '
            f'width="{_n(self.width)}" height="{_n(self.height)}" role="img" aria-label="{html.escape(alternative)}" '
            f'font-family="{html.escape(FONT)}">{body}</svg>'
        )
        return Chart(svg, alternative, caption)


def plain_text(text: str) -> str:
    """A text in the language of the thread, harmless and on one line."""
    return shown(words.shown(text))


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)


def _n(value: float) -> str:
    return f"{round(value, 2):g}"


def width_of(text: str, size: float, bold: bool = True) -> float:
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
