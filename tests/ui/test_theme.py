"""Colours: contrast of every text and mark, in every theme."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from ui import theme
from ui.theme import THEMES, Theme


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio (WCAG 2.2)."""
    a, b = sorted((luminance(one), luminance(other)), reverse=True)
    return (a + 0.05) / (b + 0.05)


def test_that_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


@pytest.mark.parametrize("chosen", THEMES.values(), ids=list(THEMES))
@pytest.mark.parametrize("ground", ["window", "base", "alternate", "selection"])
@pytest.mark.parametrize("ink", ["text", "text_second", "text_third"])
def test_that_text_reads_on_every_ground(chosen: Theme, ground: str, ink: str) -> None:
    assert contrast(getattr(chosen, ink), getattr(chosen, ground)) >= 4.5


GROUNDS = ("window", "base", "alternate", "selection")
TEXTS = ("text", "text_second", "text_third")
MARKS = (
    ("accent", "base"),
    ("accent", "window"),
    ("accent", "alternate"),
    ("accent", "selection"),
    ("accent_text", "accent"),
    ("warning", "base"),
    ("warning", "window"),
    ("warning", "alternate"),
    ("warning", "selection"),
    ("error", "base"),
    ("error", "window"),
    ("error", "alternate"),
    ("error", "selection"),
    ("range_mark", "base"),
    ("range_mark", "selection"),
    ("weights", "base"),
    ("experts", "base"),
    ("kv", "base"),
    ("compute", "base"),
    ("overhead", "base"),
    ("weights_ink", "weights"),
    ("experts_ink", "experts"),
    ("kv_ink", "kv"),
    ("compute_ink", "compute"),
    ("overhead_ink", "overhead"),
    ("fit_g_ink", "fit_g"),
    ("fit_t_ink", "fit_t"),
    ("fit_e_ink", "fit_e"),
    ("fit_p_ink", "fit_p"),
    ("fit_c_ink", "fit_c"),
    ("text", "hatch_base"),
)
BORDERS = ("control_border", "free_border")
DECORATIVE = {
    "name": "no colour",
    "line": "separates what is apart already",
    "free": "its border is the mark",
    "hatch": "drawn under a letter that says the same",
}
"""Roles that carry no information of their own."""


def test_that_every_role_is_checked_or_only_decorates() -> None:
    checked = {*GROUNDS, *TEXTS, *BORDERS, *(role for pair in MARKS for role in pair)}
    roles = set(Theme.__annotations__)
    assert roles - checked == set(DECORATIVE)
    assert checked <= roles


@pytest.mark.parametrize("chosen", THEMES.values(), ids=list(THEMES))
@pytest.mark.parametrize(("ink", "ground"), MARKS)
def test_that_marks_and_their_labels_reach_4_5(chosen: Theme, ink: str, ground: str) -> None:
    assert contrast(getattr(chosen, ink), getattr(chosen, ground)) >= 4.5


@pytest.mark.parametrize("chosen", THEMES.values(), ids=list(THEMES))
def test_that_control_borders_reach_3(chosen: Theme) -> None:
    for border in BORDERS:
        for ground in ("base", "window"):
            assert contrast(getattr(chosen, border), getattr(chosen, ground)) >= 3


@pytest.mark.parametrize("chosen", THEMES.values(), ids=list(THEMES))
def test_that_placement_classes_differ_in_lightness(chosen: Theme) -> None:
    light = [luminance(getattr(chosen, f"fit_{c}")) for c in "gtepc"]
    assert light == sorted(light, reverse=chosen.name != "light")
    assert min(abs(a - b) for a, b in pairwise(light)) > 0.01


@pytest.mark.parametrize("chosen", THEMES.values(), ids=list(THEMES))
def test_that_the_style_sheet_has_every_role_filled_in(chosen: Theme) -> None:
    text = theme.style_sheet(chosen)
    assert not [
        part
        for part in text.split("{")
        if part[:20].split("}")[0].replace("_", "").isalpha() and "}" in part[:20]
    ]


def test_that_the_window_follows_the_system_while_it_runs(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [theme.LIGHT]
    monkeypatch.setattr(theme, "system_theme", lambda: asked[0])
    manager = theme.ThemeManager(qapp, "system")
    try:
        for wanted in (theme.DARK, theme.HIGH_CONTRAST, theme.LIGHT):
            asked[0] = wanted
            qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
            assert manager.theme is wanted
            assert qapp.palette().color(QPalette.ColorRole.Window).name().upper() == wanted.window
        manager.choose("dark")
        qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)
        assert manager.theme is theme.DARK
    finally:
        qapp.styleHints().colorSchemeChanged.disconnect(manager._system_changed)
        manager.choose("light")


def test_that_no_widget_names_a_colour(project_root: Path) -> None:
    import re

    for path in (project_root / "ui").rglob("*.py"):
        if path.name != "theme.py" and not path.name.startswith("report_"):  # paper is always light
            assert not re.search(r"#[0-9A-Fa-f]{6}\b", path.read_text(encoding="utf-8")), path


def test_that_icons_take_the_colour_of_the_text(project_root: Path) -> None:
    for path in (project_root / "ui/resources/icons").glob("*.svg"):
        themed = any(path.stem.endswith(f"-{name}") for name in THEMES)
        assert themed or "currentColor" in path.read_text(encoding="utf-8"), path


def test_that_a_part_is_styled_once_when_a_window_is_put_together_without_the_sheet(
    qapp: QApplication,
) -> None:
    """Under the sheet Qt styles a part again at every step into a larger one."""

    class Part(QWidget):
        styled = 0

        def event(self, event: QEvent) -> bool:
            Part.styled += event.type() == QEvent.Type.StyleChange
            return super().event(event)

    def made(depth: int) -> QWidget:
        Part.styled = 0
        outer: QWidget = Part()
        outer.ensurePolished()
        for _ in range(depth):
            inner, outer = outer, QWidget()
            QVBoxLayout(outer).addWidget(inner)
        return outer

    themes = theme.ThemeManager(qapp, "light")
    sheet = qapp.styleSheet()
    assert sheet
    shown = [made(6)]
    assert Part.styled >= 6
    with themes.unstyled():
        shown.append(made(6))
        assert qapp.styleSheet() == ""
        assert Part.styled == 0
    assert qapp.styleSheet() == sheet
    assert Part.styled <= 2
