"""A small model under a real llama-server on this processor: predicted against measured, both printed."""

from __future__ import annotations

import os
from pathlib import Path

import cpu_speed as cpu
import pytest

from planner.library import load_library

pytestmark = pytest.mark.engine


def test_that_predicted_speeds_are_those_of_this_processor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rig = cpu.find_rig(tmp_path)
    if isinstance(rig, str):
        pytest.skip(rig)
    machine, ram = cpu.this_machine()
    found = cpu.compare(rig, load_library(), machine)
    with capsys.disabled():
        print(f"\n{cpu.table(found, machine, ram)}")
    # other programs take their share of the cores; a factor of two is left for what a range of 80 % leaves out
    cores = machine.cpu.cores or 1
    share = min(cores / max(os.getloadavg()[0], 1.0), 1.0)
    for c in found:
        assert c.predicted.p10 * share / 2 <= c.measured <= 2 * c.predicted.p90, c
