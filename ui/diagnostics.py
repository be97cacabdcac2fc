"""What somebody who helps needs to know, as text: versions, platform, sizes, settings; no name of a person or a part."""

from __future__ import annotations

import getpass
import platform
import re
import socket
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, qVersion
from PySide6.QtGui import QGuiApplication

from planner import units
from planner.data_dates import catalogue_date
from planner.explain import SOURCE_TREE
from planner.report.harmless import without_home
from planner.words import plain

if TYPE_CHECKING:
    from planner.library import Library
    from planner.machine import Machine
    from ui.settings import WindowSettings

_UUID = re.compile(r"(?i)\b(?:GPU-|MIG-)?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b")
_SERIAL = re.compile(r"(?i)\b(serial(?: number)?\s*[:=]?\s*)[A-Z0-9][A-Z0-9-]{5,}")
_ADDRESS = re.compile(r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b", re.IGNORECASE)
_LEFT_OUT = {"geometry", "machine", "recent_machines", "export_folder"}
"""Settings that say nothing about a fault, or that people name after themselves."""
COMMON_NAMES = frozenset(
    {"root", "user", "admin", "localhost", "home", "main", "test", "ubuntu", "linux", "windows"}
)
"""Names that name nobody: replacing them would only spoil the text."""


def program_version() -> str:
    """Version of this program; empty when it is not installed."""
    try:
        return version("hardware-fit-planner")
    except PackageNotFoundError:
        return ""


def without_names(text: str) -> str:
    """Text without home folders, the names of user and computer, identifiers, serials and hardware addresses."""
    text = without_home(text)
    for name in (_user(), socket.gethostname(), socket.gethostname().partition(".")[0]):
        if len(name) > 2 and name.casefold() not in COMMON_NAMES:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "…", text, flags=re.IGNORECASE)
    text = _ADDRESS.sub("…", _UUID.sub("…", text))
    return _SERIAL.sub(r"\1…", text)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def diagnostics(
    settings: WindowSettings, machine: Machine, library: Library | None, theme: str, log: str = ""
) -> str:
    """Write the diagnostics.

    Parameters
    ----------
    settings : WindowSettings
        Settings in effect.
    machine : Machine
        Machine planned for.
    library : Library or None
        Catalogue, once loaded.
    theme : str
        Theme in effect.
    log : str
        The end of the log.

    Returns
    -------
    str
        Lines in English, without names.
    """
    import numpy

    screens = [
        f"{s.size().width()}x{s.size().height()} at {s.devicePixelRatio():g}"
        for s in QGuiApplication.screens()
    ]
    lines = [
        f"Hardware Fit Planner {program_version() or 'unknown'}",
        f"Python {platform.python_version()}, Qt {qVersion()}, PySide6 {_version('PySide6_Essentials')}, "
        f"numpy {numpy.__version__}, pydantic {_version('pydantic')}",
        f"{platform.system()} {platform.release()} {platform.machine()}, {QGuiApplication.platformName()}"
        + (", bundled" if getattr(sys, "frozen", False) else ""),
        f"screens: {', '.join(screens) or 'none'}; theme {theme}; locale {QLocale.system().name()}",
        f"rules from {SOURCE_TREE}",
    ]
    if library is not None:
        lines.append(f"catalogue: {len(library.catalogue)} models, {catalogue_date() or 'no date'}")
    lines += ["", *_machine_lines(machine), "", "settings"]
    values = {k: v for k, v in settings.to_json().items() if k not in _LEFT_OUT}
    lines += [f"  {key}: {value}" for key, value in values.items()]
    if log:
        lines += ["", "log", log.rstrip()]
    return without_names("\n".join(lines)) + "\n"


def _machine_lines(machine: Machine) -> list[str]:
    lines = ["machine" if machine.detected else "machine (described)"]
    for index, gpu in enumerate(machine.gpus):
        driver = f", driver {gpu.driver}" if gpu.driver else ""
        memory = plain(units.gib(gpu.memory_bytes))
        lines.append(f"  GPU {index}: {gpu.accelerator or gpu.name}, {memory}{driver}")
    ram = machine.ram
    lines.append(f"  RAM: {plain(units.gib(ram.total_bytes))}; CPU: {machine.cpu.name or 'unknown'}")
    lines += [f"  engine: {engine.name} {engine.version}" for engine in machine.engines]
    lines += [f"  note: {note}" for note in machine.notes]
    return lines


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
