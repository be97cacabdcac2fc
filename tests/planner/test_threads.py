"""Threads the engine is told to use count up to the cores there are."""

from __future__ import annotations

import math

import numpy as np

from planner.calibration import load_calibration
from planner.host_costs import busy_cores


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
