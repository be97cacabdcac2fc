"""System memory as people name it."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.hardware.machine_file import (
    MachineFileFault,
    delete_machine,
    rename_machine,
    save_machine,
    saved_machines,
)
from planner.hardware.ram_kinds import parse_ram_speed
from planner.hardware.what_if import machine_from_options, with_gpus
from planner.units import ValueFault


@pytest.mark.parametrize(
    ("text", "gb_per_s", "kind", "channels"),
    [
        ("DDR5-5600, 2 channels", 89.6, "DDR5-5600", 2),
        ("2x DDR5-5600", 89.6, "DDR5-5600", 2),
        ("ddr4 3200 x4", 102.4, "DDR4-3200", 4),
        ("Dual channel DDR4-3200", 51.2, "DDR4-3200", 2),
        ("12ch DDR5-4800", 460.8, "DDR5-4800", 12),
        ("LPDDR5X-8000, 4 channels", 256.0, "LPDDR5X-8000", 4),
        ("83 GB/s", 83.0, "", None),
        ("1,008", 1008.0, "", None),
        ("76.8gb/s", 76.8, "", None),
    ],
)
def test_that_speeds_are_read_as_people_write_them(
    text: str, gb_per_s: float, kind: str, channels: int | None
) -> None:
    found = parse_ram_speed(text)
    assert found.bytes_per_s == pytest.approx(gb_per_s * 1e9)
    assert (found.kind, found.channels) == (kind, channels)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("DDR5-5600", "how many channels"),
        ("DDR5-5600, 0 channels", "valid are 1 to 32"),
        ("DDR5-5600, 99 channels", "valid are 1 to 32"),
        ("fast", "is not a number"),
        ("", "is not a number"),
        ("-3", "above 0"),
        ("9e99", "too large"),
    ],
)
def test_that_nonsense_is_named(text: str, says: str) -> None:
    with pytest.raises(ValueFault, match=says):
        parse_ram_speed(text)


def test_that_saved_machines_are_renamed_and_deleted(tmp_path: Path) -> None:
    machine = machine_from_options(gpus=["RTX 4090"], ram_gib=64)
    assert machine is not None
    save_machine("One", machine, tmp_path)
    save_machine("Two", machine, tmp_path)
    rename_machine("One", "First", tmp_path)
    assert list(saved_machines(tmp_path)[0]) == ["First", "Two"]
    with pytest.raises(MachineFileFault, match="already"):
        rename_machine("First", "Two", tmp_path)
    with pytest.raises(MachineFileFault, match="cannot be the name"):
        rename_machine("First", "../up", tmp_path)
    delete_machine("First", tmp_path)
    with pytest.raises(MachineFileFault, match="cannot be deleted"):
        delete_machine("First", tmp_path)
    assert list(saved_machines(tmp_path)[0]) == ["Two"]


def test_that_gpus_are_put_into_a_described_machine_which_is_named_anew() -> None:
    rig = machine_from_options(gpus=["2x RTX 3090"], ram_gib=64)
    other = machine_from_options(gpus=["RTX 4060 Ti:16"])
    assert rig is not None
    assert other is not None
    both = with_gpus(rig, [*rig.gpus, *other.gpus])
    assert len(both.gpus) == 3
    assert both.name.startswith("2× RTX 3090, RTX 4060 Ti")
    with pytest.raises(ValueFault, match="largest valid number"):
        with_gpus(rig, rig.gpus * 50)
