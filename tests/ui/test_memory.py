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
EVENTS, EVERY = 5000, 250
SHORT = 120
"""Events of the check that runs every time: as many as fit into some seconds."""
MOST_MB = 250.0
"""After any number of events. [MB]"""
MOST_SHORT_MB = 225.0
"""After the first events, while the lists that are kept are few. [MB]"""
STEADY_EVENTS, GROWTH_MB = 2000, 6.0
"""Last events, and the most they may add: caches are full by then. [MB]"""


def resident(events: int, size: str, every: int, folder: Path) -> list[float]:
    """Resident memory of the window after every so many events. [MB]"""
    environ = {
        **os.environ,
        "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
        "XDG_CONFIG_HOME": str(folder),
        "PYTHONPATH": str(CHILD.parents[2]),
    }
    done = subprocess.run(
        [sys.executable, str(CHILD), str(events), size, str(every)],
        env=environ,
        capture_output=True,
        text=True,
        timeout=3600,
    )
    assert done.returncode == 0, done.stderr
    held = json.loads(done.stdout.splitlines()[-1])["held"]
    print(f"resident at {size}, every {every} events: {', '.join(f'{v:.0f}' for v in held)} MB")
    return [float(v) for v in held]


def test_that_memory_is_bounded_after_the_first_events(tmp_path: Path) -> None:
    assert resident(SHORT, "1280x800", SHORT, tmp_path)[-1] < MOST_SHORT_MB


@pytest.mark.bench
@pytest.mark.parametrize("size", ["1280x800", "2560x1440"])
def test_that_memory_is_bounded_and_steady_after_5000_events(
    size: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    held = resident(EVENTS, size, EVERY, tmp_path)
    record_property(f"resident MB at {size}", held)
    assert max(held) < MOST_MB
    assert held[-1] - held[-1 - STEADY_EVENTS // EVERY] < GROWTH_MB
