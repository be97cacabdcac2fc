"""The program installs like an app: wheel with data, translations, icons and menu entry; a window opens from it."""

from __future__ import annotations

import configparser
import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import pytest

NAME = "hardware-fit-planner"
SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
METAINFO = "org.hardware_fit_planner.Planner.metainfo.xml"
HICOLOR = "share/icons/hicolor"


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Files of the wheel, made from what is in the repository as pip makes it."""
    root = Path(__file__).resolve().parent.parent
    builder = pytest.importorskip("hatchling.builders.wheel", reason="hatchling is not installed")
    folder = tmp_path_factory.mktemp("wheel")
    made = next(iter(builder.WheelBuilder(str(root)).build(directory=str(folder))))
    with zipfile.ZipFile(made) as wheel:
        return {name: wheel.read(name) for name in wheel.namelist()}


@pytest.mark.parametrize(
    "name",
    [
        "models_db/data/models.json",
        "planner/data/columns.npz",
        "planner/data/calibration.json",
        "ui/resources/window.qss",
        "ui/resources/icons/copy.svg",
        "ui/translations/ui_zh_CN.qm",
        "ui/translations/ui_zh_CN.ts",
        "planner/report/report.css",
        "planner/report/eu_ai_act.json",
        f"ui/resources/app/{NAME}.svg",
    ],
)
def test_that_the_wheel_holds_what_the_program_reads(
    shipped: dict[str, bytes], name: str, project_root: Path
) -> None:
    assert shipped[name] == (project_root / name).read_bytes()


def test_that_the_wheel_holds_menu_entry_icons_metadata_and_licence(shipped: dict[str, bytes]) -> None:
    data = {name.split(".data/data/", 1)[1] for name in shipped if ".data/data/" in name}
    wanted = {
        f"share/applications/{NAME}.desktop",
        f"share/metainfo/{METAINFO}",
        f"{HICOLOR}/scalable/apps/{NAME}.svg",
    }
    wanted |= {f"{HICOLOR}/{size}x{size}/apps/{NAME}.png" for size in SIZES}
    assert wanted <= data
    assert any(name.endswith("licenses/LICENSE") for name in shipped)


def test_that_the_wheel_has_both_programs(shipped: dict[str, bytes]) -> None:
    text = next(v for k, v in shipped.items() if k.endswith("entry_points.txt")).decode()
    entries = configparser.ConfigParser()
    entries.read_string(text)
    assert entries["console_scripts"]["fit-planner"] == "ui.launch:main"
    assert entries["gui_scripts"]["fit-planner-gui"] == "ui.app:main"


def test_that_the_menu_entry_starts_the_window_and_names_the_icon(project_root: Path) -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment, method-assign]
    entry.read(project_root / f"packaging/{NAME}.desktop", encoding="utf-8")
    values = entry["Desktop Entry"]
    assert values["Exec"] == "fit-planner-gui"
    assert values["Icon"] == NAME
    assert values["StartupWMClass"] == NAME
    assert values["Categories"].endswith(";")
    assert values["Name[zh_CN]"] == "硬件适配规划器"


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("desktop-file-validate", [f"packaging/{NAME}.desktop"]),
        ("appstreamcli", ["validate", "--no-net", f"packaging/{METAINFO}"]),
    ],
)
def test_that_the_desktops_own_checkers_accept_the_files(
    project_root: Path, tool: str, arguments: list[str]
) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    done = subprocess.run([tool, *arguments], cwd=project_root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_that_the_metadata_names_version_licence_and_menu_entry(project_root: Path) -> None:
    root = ET.parse(project_root / "packaging" / METAINFO).getroot()
    project = tomllib.loads((project_root / "pyproject.toml").read_text())["project"]
    assert root.findtext("project_license") == project["license"] == "MIT"
    assert root.find("launchable").text == f"{NAME}.desktop"  # type: ignore[union-attr]
    assert root.find("releases/release").get("version") == project["version"]  # type: ignore[union-attr]


@pytest.mark.parametrize("size", SIZES)
def test_that_every_icon_is_the_drawing_at_its_size(project_root: Path, size: int, qapp: object) -> None:
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    folder = project_root / "ui/resources/app"
    image = QImage(str(folder / f"{NAME}-{size:03d}.png"))
    assert (image.width(), image.height()) == (size, size)
    fresh = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    fresh.fill(Qt.GlobalColor.transparent)
    painter = QPainter(fresh)
    QSvgRenderer(str(folder / f"{NAME}.svg")).render(painter)
    painter.end()
    for x, y in ((size // 2, size // 2), (size // 3, size * 11 // 32), (size // 8, size // 8), (0, 0)):
        one, other = image.pixelColor(x, y), fresh.pixelColor(x, y)
        apart = (
            abs(one.red() - other.red()),
            abs(one.green() - other.green()),
            abs(one.alpha() - other.alpha()),
        )
        assert max(apart) < 40, (x, y)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="menu entries of Linux desktops")
def test_that_the_menu_entry_is_installed_with_the_right_path_and_removed_again(
    project_root: Path, tmp_path: Path
) -> None:
    program = tmp_path / "my programs" / "fit-planner-gui"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    script = project_root / "packaging/install_menu_entry.sh"
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "share"), "HOME": str(tmp_path)}
    subprocess.run([str(script), str(program)], env=environment, check=True, capture_output=True)
    entry = (tmp_path / f"share/applications/{NAME}.desktop").read_text(encoding="utf-8")
    assert f'Exec="{program}"\n' in entry
    icons = list((tmp_path / "share/icons").rglob("*.*g"))
    assert len(icons) == len(SIZES) + 1
    subprocess.run([str(script), "--remove"], env=environment, check=True, capture_output=True)
    assert [p for p in (tmp_path / "share").rglob("*") if p.is_file()] == []


def test_that_a_window_opens_from_the_files_of_the_wheel(shipped: dict[str, bytes], tmp_path: Path) -> None:
    for name, content in shipped.items():
        if name.startswith(("models_db/", "planner/", "ui/")):
            path = tmp_path / "site" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "QT_QPA_PLATFORM": "offscreen"}
    for _start in ("first", "with the list of the first"):
        done = subprocess.run(
            [sys.executable, "-P", "-m", "ui.app", "--smoke"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=150,
        )
        assert done.returncode == 0, done.stderr
        assert "models shown" in done.stdout
        assert "Traceback" not in done.stderr
    digest = hashlib.sha256(shipped["planner/data/columns.npz"]).hexdigest()
    kept = tmp_path / "site/planner/data/columns.npz"
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == digest
