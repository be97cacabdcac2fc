"""Threads the engine is told to use count up to the cores there are."""

from __future__ import annotations

import math

import numpy as np

from planner.calibration import load_calibration
from planner.devices import REFERENCE_CORE, host_budget
from planner.host_costs import UNKNOWN_CORES, busy_cores, core_range, host_unknowns
from planner.machine import HostMemory, Machine, Processor


def test_that_threads_beyond_the_cores_add_nothing():
    assert busy_cores(8.0, None) == 8.0
    assert busy_cores(8.0, 4) == 4.0
    assert busy_cores(8.0, 32) == 8.0
    assert busy_cores(float("nan"), 6) == 6.0
    assert math.isnan(busy_cores(float("nan"), None))


def test_that_more_cores_speed_up_less_and_less():
    cores = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 64.0])
    host = load_calibration().host_speed(83e9, cores, cpu_only=True)
    seconds = 4.7e9 * np.asarray(host.weight_byte) + 8e9 * np.asarray(host.parameter)
    speed = 1 / seconds
    assert (np.diff(speed) > 0).all()
    assert speed[1] / speed[0] > speed[3] / speed[2] > speed[5] / speed[4]
    assert speed[-1] / speed[-2] < 1.3


def machine(**processor: object) -> Machine:
    return Machine("", cpu=Processor(**processor), ram=HostMemory(2**35, bandwidth_bytes_per_s=5e10))


VNNI = ("avx2", "avx512_vnni")


def test_that_the_cores_of_a_virtual_machine_may_be_threads_until_they_are_measured():
    real = host_budget(machine(cores=8, threads=16, features=VNNI))
    assert core_range(real, None) == (8.0, 8.0, 8.0)
    virtual = host_budget(machine(cores=8, threads=8, features=VNNI, virtual=True))
    least, middle, most = core_range(virtual, None)
    assert (least, most) == (4.0, 8.0)
    assert least < middle < most
    assert any("virtual" in text for text in host_unknowns(virtual, None))
    shown = host_budget(machine(cores=4, threads=8, features=VNNI, virtual=True))
    assert core_range(shown, None) == (4.0, 4.0, 4.0)
    measured = machine(cores=8, threads=8, features=VNNI, virtual=True, vector_flops=3 * REFERENCE_CORE)
    assert core_range(host_budget(measured), None) == (3.0, 3.0, 3.0)
    assert core_range(host_budget(measured), 2) == (0.75, np.sqrt(0.75 * 1.5), 1.5)
    assert not any("virtual" in text for text in host_unknowns(host_budget(measured), None))


def test_that_an_unknown_number_of_cores_and_missing_dot_products_widen_the_range():
    assert core_range(host_budget(machine()), None) == UNKNOWN_CORES
    old = host_budget(machine(cores=8, threads=16, features=("avx2", "fma")))
    least, middle, most = core_range(old, None)
    assert least < middle < most == 8.0
    assert any("dot products" in text for text in host_unknowns(old, None))
