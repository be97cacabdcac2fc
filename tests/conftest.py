"""Shared fixtures: no display, no network, no settings of the person running the tests."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

if sys.platform.startswith("linux") and not (os.environ.get("FIT_PLANNER_TEST_DISPLAY")):
    os.environ["QT_QPA_PLATFORM"] = "offscreen"

ROOT = Path(__file__).resolve().parent.parent

# The suite draws the same examples every time, so that it fails for what was changed and not by luck; with
# FIT_PLANNER_EXAMPLES=2000 (see ``make hunt``) it looks for new ones.
settings.register_profile("same every time", derandomize=True, deadline=None)
settings.register_profile("hunt", print_blob=True, deadline=None)
settings.load_profile("hunt" if os.environ.get("FIT_PLANNER_EXAMPLES") else "same every time")


@pytest.fixture(scope="session")
def project_root() -> Path:
    """Return the folder that holds pyproject.toml."""
    return ROOT


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Return the folder of reference data, or skip: the project works without it."""
    folder = Path(os.environ.get("FIT_PLANNER_SHARED", ROOT.parent / "shared"))
    if not (folder / "README.md").exists():
        pytest.skip("no reference folder beside the project (set FIT_PLANNER_SHARED)")
    return folder


@pytest.fixture(autouse=True)
def _own_config_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep settings, caches and saved machines of the tests away from the user's."""
    for variable in (
        "XDG_CONFIG_HOME",
        "XDG_CACHE_HOME",
        "XDG_DATA_HOME",
        "XDG_STATE_HOME",
        "APPDATA",
        "LOCALAPPDATA",
    ):
        monkeypatch.setenv(variable, str(tmp_path / variable.lower()))
