"""Laws of the decode formula: bounds, monotony, unknown stays unknown."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.calibration import DeviceClass, WeightKind, load_calibration
from planner.formulas.decode_speed import LIMITS, DecodeLoad, estimate_decode

CARDS = {
    "RTX 4090": DeviceClass("llama.cpp", "cuda", "Ada", "RTX 4090", 1.008e12, 330e12),
    "unseen card": DeviceClass("llama.cpp", "cuda", "Rubin", "RTX 6090", 3.0e12, 900e12),
    "RX 7900 XTX": DeviceClass("llama.cpp", "vulkan", "RDNA3", "RX 7900 XTX", 9.6e11, 122.8e12),
    "Apple M4 Max": DeviceClass("llama.cpp", "metal", "Apple", "Apple M4 Max", 5.46e11, 36.9e12),
    "vllm": DeviceClass("vllm", "cuda", "Hopper", "H100 SXM 80GB", 3.35e12, 989e12),
}
card = pytest.mark.parametrize("device", CARDS.values(), ids=CARDS.keys())


def estimate(device, host=None, **load):
    calibration = load_calibration()
    return estimate_decode(DecodeLoad(**load), calibration.device_speed(device), host)


@card
@given(
    dense=st.floats(1e7, 4e11),
    experts=st.floats(0, 1e11),
    kv=st.floats(0, 1e11),
    layers=st.integers(1, 130),
)
def test_that_no_estimate_beats_the_memory_bandwidth(device, dense, experts, kv, layers):
    e = estimate(
        device, dense_bytes=dense, expert_bytes=experts, kv_bytes=kv, n_layers=layers, parameters=dense
    )
    bound = device.bandwidth / (dense + experts + kv)
    assert e.tps_p10 <= e.tps_p50 <= e.tps_p90 <= bound * (1 + 1e-12)


@card
def test_that_decode_slows_with_depth_bytes_and_kv_bits(device):
    grid = np.linspace(1e8, 4e10, 50)
    by_kv = estimate(device, dense_bytes=5e9, kv_bytes=grid, n_layers=32).tps_p50
    by_weights = estimate(device, dense_bytes=grid, n_layers=32).tps_p50
    by_layers = estimate(device, dense_bytes=5e9, n_layers=np.arange(1, 51)).tps_p50
    assert (np.diff(by_kv) < 0).all()
    assert (np.diff(by_weights) < 0).all()
    assert (np.diff(by_layers) < 0).all()


def test_that_an_unknown_bandwidth_stays_unknown():
    device = DeviceClass("llama.cpp", "cuda", "Ada", "", float("nan"), 1e14)
    e = estimate(device, dense_bytes=np.array([5e9, 1e9]), n_layers=32)
    assert np.isnan(e.tps_p50).all()
    assert np.isnan(e.tps_p90).all()
    assert (e.limited_by == -1).all()


def test_that_host_bytes_without_a_known_host_are_unknown_and_others_are_not():
    e = estimate(CARDS["RTX 4090"], dense_bytes=2e9, n_layers=32, host_expert_bytes=np.array([0.0, 1e9]))
    assert np.isfinite(e.tps_p50[0])
    assert np.isnan(e.tps_p50[1])


def test_that_an_unknown_ram_bandwidth_is_unknown_not_a_default():
    host = load_calibration().host_speed(float("nan"))
    e = estimate(
        CARDS["RTX 4090"], host, dense_bytes=2e9, n_layers=32, host_expert_bytes=np.array([0.0, 1e9])
    )
    assert np.isfinite(e.tps_p50[0])
    assert np.isnan(e.tps_p50[1])


def test_that_a_layer_split_adds_no_speed_and_tensor_parallelism_does():
    one = estimate(CARDS["RTX 4090"], dense_bytes=2e10, n_layers=64).tps_p50
    split = estimate(CARDS["RTX 4090"], dense_bytes=2e10, n_layers=64, n_devices=2).tps_p50
    parallel = estimate(CARDS["RTX 4090"], dense_bytes=1e10, n_layers=64, n_tensor_parallel=2).tps_p50
    assert split < one < parallel < 2 * one


def test_that_moving_experts_to_ram_slows_a_model():
    host = load_calibration().host_speed(8.3e10)
    share = np.linspace(0, 1, 11)
    e = estimate(
        CARDS["RTX 4090"],
        host,
        dense_bytes=1e9,
        expert_bytes=1e9 * (1 - share),
        host_expert_bytes=1e9 * share,
        n_layers=48,
        n_moe_layers=48,
        n_host_layers=48 * share,
    )
    assert (np.diff(e.tps_p50) < 0).all()
    assert LIMITS[e.limited_by[-1]] == "host memory"


def test_that_a_tiny_model_is_limited_by_launches_not_bandwidth():
    e = estimate(CARDS["RTX 4090"], dense_bytes=2.4e8, n_layers=16)
    assert LIMITS[int(e.limited_by)] == "launch overhead"
    assert e.tps_p50 < 1500


def test_that_one_case_equals_its_row_of_the_catalogue_bitwise():
    dense, kv = np.geomspace(1e8, 1e11, 40)[:, None], np.geomspace(1e5, 1e10, 30)[None, :]
    grid = estimate(CARDS["RTX 4090"], dense_bytes=dense, kv_bytes=kv, n_layers=32)
    alone = estimate(CARDS["RTX 4090"], dense_bytes=dense[7, 0], kv_bytes=kv[0, 11], n_layers=32)
    assert alone.tps_p50 == grid.tps_p50[7, 11]
    assert alone.at(()) == grid.at((7, 11))


def test_that_choosing_among_a_large_vocabulary_takes_time():
    vocabulary = np.array([0.0, 32_000.0, 262_144.0])
    e = estimate(CARDS["RTX 4090"], dense_bytes=3e8, n_layers=18, n_sampled=vocabulary)
    assert (np.diff(e.seconds) > 0).all()
    assert e.fixed[2] - e.fixed[0] < 5e-3


def test_that_the_terms_add_up_to_the_seconds():
    e = estimate(
        CARDS["RTX 4090"], dense_bytes=5e9, expert_bytes=1e9, kv_bytes=2e9, n_layers=32, parameters=8e9
    )
    total = e.weights + e.experts + e.kv_cache + e.arithmetic + e.layers + e.fixed + e.links + e.host
    assert total == pytest.approx(float(e.seconds))


def test_that_flash_attention_reads_the_cache_at_least_as_fast():
    calibration = load_calibration()
    for device in CARDS.values():
        on, off = calibration.device_speed(device, True), calibration.device_speed(device, False)
        assert np.all(on.kv_byte <= off.kv_byte)


def test_that_weight_kinds_may_be_an_axis():
    kinds = np.array([WeightKind.QUANTIZED, WeightKind.I_QUANT, WeightKind.BF16])
    speed = load_calibration().device_speed(CARDS["RTX 4090"], True, kinds)
    assert np.shape(speed.weight_byte) == (3,)


def test_that_arithmetic_overlaps_with_the_reads_of_weights():
    device = DeviceClass("llama.cpp", "cuda", "Ampere", "RTX 3090", 936e9, 142e12)
    reads = estimate(device, dense_bytes=5e9)
    both = estimate(device, dense_bytes=5e9, parameters=8e9)
    alone = load_calibration().device_speed(device).parameter * 8e9
    assert 0 < both.arithmetic < alone
    assert both.weights + both.arithmetic == pytest.approx(np.hypot(reads.weights, alone))


def test_that_kinds_with_more_to_unpack_take_more_operations():
    device = DeviceClass("llama.cpp", "cuda", "Ampere", "RTX 3090", 936e9, 142e12)
    costs = load_calibration().device_speed(device, True, np.arange(len(WeightKind))).parameter
    assert costs[WeightKind.QUANTIZED] < costs[WeightKind.K_QUANT] < costs[WeightKind.LOW_K_QUANT]
    assert costs[WeightKind.BYTES] == costs[WeightKind.K_QUANT]
