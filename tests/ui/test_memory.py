"""Resident memory of the window: bounded, and steady however long it is used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

CHILD = Path(__file__).with_name("memory_child.py")
EVENTS = 5000
MOST_MIB = 250e6 / 2**20
"""250 MB, whole and decimal. [MiB]"""
GROWTH_MIB = 8.0
"""Most that the second half of the events may add: caches are full by then. [MiB]"""


@pytest.mark.bench
@pytest.mark.parametrize("size", ["1280x800", "2560x1440"])
def test_that_memory_is_bounded_and_steady_after_5000_events(
    size: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    environ = {
        **os.environ,
        "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
        "XDG_CONFIG_HOME": str(tmp_path),
        "PYTHONPATH": str(CHILD.parents[2]),
    }
    done = subprocess.run(
        [sys.executable, str(CHILD), str(EVENTS), size],
        env=environ,
        capture_output=True,
        text=True,
        timeout=1800,
    )
    assert done.returncode == 0, done.stderr
    held = json.loads(done.stdout.splitlines()[-1])["held"]
    record_property(f"resident MiB at {size}", round(held[-1]))
    print(f"resident at {size}, every {EVENTS // 10} events: {', '.join(f'{v:.0f}' for v in held)} MiB")
    assert max(held) < MOST_MIB
    assert held[-1] - held[len(held) // 2] < GROWTH_MIB
