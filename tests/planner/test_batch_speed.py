"""Laws of batched decode."""

from dataclasses import replace

import numpy as np

from planner.calibration import DeviceClass, load_calibration
from planner.formulas.batch_speed import BatchSpeed, estimate_batch
from planner.formulas.decode_speed import DecodeLoad, estimate_decode

CARD = DeviceClass("vllm", "cuda", "Hopper", "H100 SXM 80GB", 3.35e12, 989e12)
NO_BATCH = BatchSpeed(0.0, 0.0, 0.0, 0.0)
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


def test_that_llama_cpp_leaves_its_vector_kernels_after_eight_columns():
    speed = replace(NO_BATCH, parameter=1e-12, vector_parameter=1e-11, vector_columns=8.0)
    load = DecodeLoad(dense_bytes=1e9, parameters=8e9)
    users = np.array([1.0, 2.0, 8.0, 9.0])
    further = estimate_batch(load, users, load_calibration().device_speed(CARD), speed).further_sequences
    assert np.allclose(further, [0.0, 8e-2, 7 * 8e-2, 7 * 8e-2 + 8e-3])


def test_that_sequences_that_agree_on_experts_read_fewer_of_them():
    load = DecodeLoad(dense_bytes=1e9, expert_bytes=1e9, n_layers=48, n_moe_layers=48)
    costs = load_calibration().device_speed(CARD)
    apart, alike = (
        estimate_batch(
            load, np.array([1, 16]), costs, replace(NO_BATCH, routing=r), n_experts=128, n_experts_used=8
        )
        for r in (1.0, 0.7)
    )
    assert alike.step.experts[0] == apart.step.experts[0]
    assert apart.step.experts[0] < alike.step.experts[1] < apart.step.experts[1]


def test_that_sorting_tokens_by_expert_is_paid_once_and_not_by_a_single_user():
    load = DecodeLoad(dense_bytes=1e9, expert_bytes=1e9, n_layers=48, n_moe_layers=48)
    costs, speed = load_calibration().device_speed(CARD), replace(NO_BATCH, moe_layer=1e-4)
    e = estimate_batch(load, np.array([1, 2, 16]), costs, speed, n_experts=128, n_experts_used=8)
    assert np.allclose(e.further_sequences, [0.0, 48e-4, 48e-4])


def test_that_a_pipeline_works_on_as_many_batches_as_it_has_stages():
    users = np.array([1.0, 2.0, 16.0])
    piped, plain = batch(users=users, in_flight=2.0), batch(users=np.array([1.0, 1.0, 8.0]))
    assert np.allclose(piped.step_seconds, plain.step_seconds)
    assert np.allclose(piped.aggregate_p50, users / plain.step_seconds)
