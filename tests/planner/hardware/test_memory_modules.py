"""Memory modules from udev's record, which needs no root."""

from __future__ import annotations

import sys

import pytest

from planner.hardware.memory import host_memory_of, parse_udev, read_modules
from planner.hardware.probe import CommandResult

GIB = 2**30
RECORD = """I:4211233
E:MEMORY_ARRAY_LOCATION=System Board Or Motherboard
E:MEMORY_DEVICE_0_PRESENT=0
E:MEMORY_DEVICE_0_LOCATOR=DIMM 0
E:MEMORY_DEVICE_0_BANK_LOCATOR=P0 CHANNEL A
E:MEMORY_DEVICE_1_TOTAL_WIDTH=64
E:MEMORY_DEVICE_1_DATA_WIDTH=64
E:MEMORY_DEVICE_1_SIZE=17179869184
E:MEMORY_DEVICE_1_LOCATOR=DIMM 1
E:MEMORY_DEVICE_1_BANK_LOCATOR=P0 CHANNEL A
E:MEMORY_DEVICE_1_TYPE=DDR4
E:MEMORY_DEVICE_1_SPEED_MTS=3600
E:MEMORY_DEVICE_1_CONFIGURED_SPEED_MTS=3200
E:MEMORY_DEVICE_3_DATA_WIDTH=64
E:MEMORY_DEVICE_3_SIZE=17179869184
E:MEMORY_DEVICE_3_LOCATOR=DIMM 1
E:MEMORY_DEVICE_3_BANK_LOCATOR=P0 CHANNEL B
E:MEMORY_DEVICE_3_TYPE=DDR4
E:MEMORY_DEVICE_3_SPEED_MTS=3600
E:MEMORY_DEVICE_3_CONFIGURED_SPEED_MTS=3200
V:1
"""


def test_that_udev_gives_kind_channels_and_the_rate_it_runs_at():
    modules = parse_udev(RECORD)
    assert [m.size_bytes for m in modules] == [16 * GIB, 16 * GIB]
    assert host_memory_of(modules) == ("DDR4-3200", 2, 51.2e9)


@pytest.mark.parametrize("text", ["", "E:MEMORY_DEVICE_0_SIZE=lots", "E:MEMORY_DEVICE_X_SIZE=1"])
def test_that_a_damaged_record_holds_no_modules(text):
    assert parse_udev(text) == []


def test_that_a_module_without_a_rate_leaves_the_bandwidth_unknown():
    text = RECORD.replace("CONFIGURED_SPEED_MTS", "NOTHING").replace("SPEED_MTS", "NOTHING")
    assert host_memory_of(parse_udev(text)) == ("DDR4", None, None)


@pytest.mark.skipif(sys.platform != "linux", reason="udev belongs to Linux")
def test_that_the_record_is_read_before_a_program_that_needs_root_is_asked(tmp_path):
    record = tmp_path / "+dmi:id"
    record.write_text(RECORD)

    def never(argv):
        raise AssertionError(argv)

    modules, fault = read_modules(never, lambda name: None, record)
    assert len(modules) == 2
    assert fault is None
    absent = read_modules(lambda argv: CommandResult(), lambda name: None, tmp_path / "absent")
    assert absent == ([], "dmidecode is not installed")
