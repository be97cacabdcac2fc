"""Laws of batched decode."""

import numpy as np

from planner.calibration import DeviceClass, load_calibration
from planner.formulas.batch_speed import estimate_batch
from planner.formulas.decode_speed import DecodeLoad, estimate_decode

CARD = DeviceClass("vllm", "cuda", "Hopper", "H100 SXM 80GB", 3.35e12, 989e12)
LOAD = DecodeLoad(dense_bytes=1.6e10, kv_bytes=1.3e8, parameters=8e9, n_layers=32)


def batch(load=LOAD, users=1.0, **more):
    calibration = load_calibration()
    return estimate_batch(load, users, calibration.device_speed(CARD), calibration.batch_speed(CARD), **more)


def test_that_one_user_is_single_stream_decode():
    alone = estimate_decode(LOAD, load_calibration().device_speed(CARD))
    assert batch().aggregate_p50 == alone.tps_p50


def test_that_more_users_raise_the_sum_and_lower_each():
    e = batch(users=np.array([1, 2, 8, 32, 128]))
    assert (np.diff(e.aggregate_p50) > 0).all()
    assert (np.diff(e.per_user_p50) < 0).all()


def test_that_users_beyond_the_kv_limit_wait():
    e = batch(users=np.array([64, 128]), max_running=64)
    assert e.aggregate_p50[0] == e.aggregate_p50[1]
    assert e.per_user_p50[1] == e.per_user_p50[0] / 2


def test_that_a_batch_of_experts_reads_more_of_them():
    load = DecodeLoad(dense_bytes=1e9, expert_bytes=1e9, parameters=3e9, n_layers=48, n_moe_layers=48)
    e = batch(load, np.array([1, 8, 4096]), n_experts=128, n_experts_used=8)
    assert e.step.experts[1] > e.step.experts[0]
    assert np.isclose(e.step.experts[2] / e.step.experts[0], 16)


def test_that_the_aggregate_stays_below_the_bandwidth_bound():
    users = np.array([1, 16, 256])
    e = batch(users=users)
    assert (e.aggregate_p90 <= users / ((1.6e10 + users * 1.3e8) / 3.35e12) * (1 + 1e-12)).all()
