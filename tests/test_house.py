"""The house rules that a tool can check: format, lint, types, import contracts, and what is loaded when."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def _run(root: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, cwd=root, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize(
    "argv",
    [
        ("-m", "ruff", "format", "--check", "."),
        ("-m", "ruff", "check", "."),
        ("-m", "mypy"),
    ],
    ids=["format", "lint", "types"],
)
def test_that_the_code_is_clean(project_root: Path, argv: tuple[str, ...]) -> None:
    done = _run(project_root, sys.executable, *argv)
    assert done.returncode == 0, done.stdout + done.stderr


def test_that_imports_go_one_way(project_root: Path) -> None:
    done = _run(
        project_root,
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as main; main()",
        "--no-cache",
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_that_planner_and_models_db_load_without_qt(project_root: Path) -> None:
    code = (
        "import pkgutil, importlib, sys, planner, models_db\n"
        "for package in (planner, models_db):\n"
        "    for module in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "        if not module.name.endswith('__main__'):\n"
        "            importlib.import_module(module.name)\n"
        "assert not [m for m in sys.modules if m.startswith(('PySide6', 'shiboken6', 'ui'))]\n"
    )
    done = _run(project_root, sys.executable, "-W", "error", "-c", code)
    assert done.returncode == 0, done.stderr


def test_that_void_qt_calls_do_not_lose_references_to_none() -> None:
    """PySide6 6.12.0 on Python 3.11 dropped one reference to None per void call and aborted after some thousands."""
    from PySide6.QtCore import QObject

    thing = QObject()
    before = sys.getrefcount(None)
    for _ in range(50_000):
        thing.setObjectName("x")
    after = sys.getrefcount(None)
    assert after >= before - 100
