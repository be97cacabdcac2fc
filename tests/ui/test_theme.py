"""Colours: contrast of every text and mark, in every theme."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("chosen", THEMES.values(), ids=list(THEMES))
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("accent", "base"),
        ("accent", "window"),
        ("accent_text", "accent"),
        ("warning", "base"),
        ("warning", "window"),
        ("error", "base"),
        ("error", "alternate"),
        ("range_mark", "base"),
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
    ],
)
def test_that_marks_and_their_labels_reach_4_5(chosen: Theme, ink: str, ground: str) -> None:
    assert contrast(getattr(chosen, ink), getattr(chosen, ground)) >= 4.5


@pytest.mark.parametrize("chosen", THEMES.values(), ids=list(THEMES))
def test_that_control_borders_reach_3(chosen: Theme) -> None:
    for ground in ("base", "window"):
        assert contrast(chosen.control_border, getattr(chosen, ground)) >= 3


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


def test_that_no_widget_names_a_colour(project_root: Path) -> None:
    import re

    for path in (project_root / "ui").rglob("*.py"):
        if path.name != "theme.py":
            assert not re.search(r"#[0-9A-Fa-f]{6}\b", path.read_text(encoding="utf-8")), path


def test_that_icons_take_the_colour_of_the_text(project_root: Path) -> None:
    for path in (project_root / "ui/resources/icons").glob("*.svg"):
        themed = any(path.stem.endswith(f"-{name}") for name in THEMES)
        assert themed or "currentColor" in path.read_text(encoding="utf-8"), path
