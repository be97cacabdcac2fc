"""Make the PNG sizes of the program's icon from its SVG: run it after the drawing has changed.

python packaging/make_icons.py
"""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

FOLDER = Path(__file__).resolve().parent.parent / "ui" / "resources" / "app"
NAME = "hardware-fit-planner"
SIZES = (16, 24, 32, 48, 64, 128, 256, 512)


def draw(size: int) -> QImage:
    """Icon at a size in pixels."""
    renderer = QSvgRenderer(str(FOLDER / f"{NAME}.svg"))
    if not renderer.isValid():
        raise ValueError(f"{NAME}.svg cannot be drawn")
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    return image


def windows_icon(sizes: tuple[int, ...]) -> bytes:
    """An .ico file: a directory of sizes, each held as PNG."""
    pictures = []
    for size in sizes:
        path = FOLDER / f"{NAME}-{size:03d}.png"
        pictures.append((size % 256, path.read_bytes()))
    head = struct.pack("<HHH", 0, 1, len(pictures))
    offset = len(head) + 16 * len(pictures)
    for size, data in pictures:
        head += struct.pack("<BBBBHHII", size, size, 0, 0, 1, 32, len(data), offset)
        offset += len(data)
    return head + b"".join(data for _, data in pictures)


def main() -> int:
    """Write every size, and the one file that Windows wants."""
    application = QGuiApplication.instance() or QGuiApplication([])
    for size in SIZES:
        draw(size).save(str(FOLDER / f"{NAME}-{size:03d}.png"))
    (Path(__file__).parent / f"{NAME}.ico").write_bytes(windows_icon(SIZES[:-1]))
    print(f"{len(SIZES)} sizes in {FOLDER.name}/, and {NAME}.ico")
    del application
    return 0


if __name__ == "__main__":
    sys.exit(main())
