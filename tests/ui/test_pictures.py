"""The window as people see it, held to pictures that somebody has looked at; the README shows the same ones."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PySide6")

from pictures import PICTURES, ROOT, draw_all
from PySide6.QtGui import QImage

KEPT = ROOT / "docs" / "pictures"
BLOCK = 8
"""Side of the squares compared. [pixels]"""
DIFFERENT = 20.0
"""Mean difference at which a square counts as another. [of 255]"""
MOST = 0.01
"""Share of squares that may differ: text shifted by a fraction of a pixel, not a panel moved or a colour changed."""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every picture, drawn now."""
    folder = tmp_path_factory.mktemp("pictures")
    draw_all(folder)
    return folder


def squares(path: Path) -> np.ndarray:
    """Mean colour of each square of a picture, shape (rows, columns, 3)."""
    image = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB888)
    assert not image.isNull(), f"no picture at {path}"
    rows = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(image.height(), image.bytesPerLine())
    pixels = rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(float)
    high, wide = image.height() // BLOCK, image.width() // BLOCK
    cut = pixels[: high * BLOCK, : wide * BLOCK]
    return np.asarray(cut.reshape(high, BLOCK, wide, BLOCK, 3).mean(axis=(1, 3)))


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Share of squares that differ; 1 for pictures of another size."""
    if one.shape != other.shape:
        return 1.0
    return float((np.abs(one - other).max(axis=-1) > DIFFERENT).mean())


@pytest.mark.parametrize("name", [p.name for p in PICTURES])
def test_that_the_window_looks_as_it_was_approved(drawn: Path, name: str, tmp_path: Path) -> None:
    kept = KEPT / f"{name}.png"
    assert kept.is_file(), f"{kept.name} is missing: run `make screenshots` and look at it"
    share = difference(squares(kept), squares(drawn / kept.name))
    if share > MOST:
        shutil.copy(drawn / kept.name, tmp_path / kept.name)
    assert share <= MOST, (
        f"{share:.1%} of {kept.name} looks different now (at most {MOST:.0%}): see {tmp_path / kept.name}; "
        "if it is better, run `make screenshots`"
    )


def test_that_another_theme_is_told_apart() -> None:
    assert difference(squares(KEPT / "window-light.png"), squares(KEPT / "window-dark.png")) > 0.5


def test_that_one_row_less_is_told_apart() -> None:
    picture = squares(KEPT / "window-light.png")
    moved = picture.copy()
    moved[20:-10] = picture[24:-6]
    assert difference(picture, moved) > MOST
