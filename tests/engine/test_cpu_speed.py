"""Small models under the real engine on this processor: predicted against measured, both printed."""

from __future__ import annotations

from pathlib import Path

import cpu_speed as cpu
import pytest

from planner.library import load_library

pytestmark = pytest.mark.engine


def test_that_predicted_speeds_are_those_of_this_processor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rigs = cpu.find_rigs(tmp_path)
    if isinstance(rigs, str):
        pytest.skip(rigs)
    library = load_library()
    machine, ram = cpu.this_machine()
    for rig in rigs:
        found, machine, ram = cpu.compare(rig, library, machine, ram)
        with capsys.disabled():
            print(f"\n{cpu.table(rig, found, machine, ram)}")
        # other programs take their share of the cores; a factor of two is left for what a range of 80 % leaves out
        cores = machine.cpu.cores or 1
        for c in found:
            share = min(cores / max(c.seen.load, 1.0), 1.0)
            assert c.predicted.p10 * share / 2 <= c.seen.best <= 2 * c.predicted.p90, c
