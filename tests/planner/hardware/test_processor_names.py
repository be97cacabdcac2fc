"""Cores of processors by the names people and systems use."""

from __future__ import annotations

import pytest

from planner.answer import described_machine
from planner.hardware.processors import known_cores
from planner.hardware.what_if import machine_from_options
from planner.request import MachinePart


@pytest.mark.parametrize(
    ("name", "cores"),
    [
        ("AMD Ryzen 9 7950X 16-Core Processor", 16),
        ("Ryzen 9 7900X3D", 12),
        ("ryzen 7 9800X3D", 8),
        ("Ryzen 5 5600X", 6),
        ("AMD EPYC 9354P", 32),
        ("Threadripper PRO 7995WX", 96),
        ("Intel(R) Core(TM) i9-14900K", 24),
        ("Xeon 8480", 56),
        ("AmpereOne A192-32X", 192),
        ("AMD EPYC", None),
        ("Xeon E5-2650 v4", None),
        ("", None),
    ],
)
def test_that_a_name_tells_the_cores_or_nothing(name: str, cores: int | None) -> None:
    assert known_cores(name) == cores


def test_that_a_described_machine_has_the_cores_of_its_processor() -> None:
    machine = machine_from_options(["RTX 4090"], 64, cpu="Ryzen 9 9950X")
    assert machine is not None
    assert machine.cpu.cores == 16
    assert described_machine(MachinePart(cpu="EPYC 9374F")).cpu.cores == 32
    assert described_machine(MachinePart(cpu="something else")).cpu.cores is None
