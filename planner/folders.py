"""Where files of this program lie: settings, and what can be made again at any time."""

from __future__ import annotations

import os
import sys
from pathlib import Path

NAME = "hardware-fit-planner"


def cache_folder() -> Path:
    """Folder of files that can be made again at any time."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData/Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library/Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / NAME


def config_folder() -> Path:
    """The user's folder for this program's settings."""
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / NAME
