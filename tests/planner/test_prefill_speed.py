"""Laws of prompt processing."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from planner.calibration import DeviceClass, load_calibration
from planner.formulas.prefill_speed import (
    PrefillLoad,
    attention_flops,
    estimate_prefill,
    time_to_first_token,
    touched_share,
)

CARD = DeviceClass("llama.cpp", "cuda", "Ada", "RTX 4090", 1.008e12, 330e12)


def speed(device=CARD, pcie=25e9):
    return load_calibration().prefill_speed(device, pcie=pcie)


@given(parameters=st.floats(1e8, 5e11), prompt=st.integers(1, 100_000), attention=st.floats(0, 1e17))
def test_that_no_prompt_is_faster_than_the_arithmetic_allows(parameters, prompt, attention):
    e = estimate_prefill(
        PrefillLoad(prompt, parameters, attention_flops=attention, n_layers=32, dense_bytes=parameters),
        speed(),
    )
    assert e.tps_p90 <= prompt * CARD.flops / (2 * parameters * prompt + attention) * (1 + 1e-12)
    assert e.tps_p10 <= e.tps_p50 <= e.tps_p90


def test_that_an_unknown_rate_stays_unknown():
    device = DeviceClass("llama.cpp", "cuda", "Ada", "", 1e12, float("nan"))
    assert np.isnan(estimate_prefill(PrefillLoad(512, 8e9, n_layers=32), speed(device)).tps_p50)


def test_that_depth_slows_prompt_processing():
    depth = np.array([0, 4096, 32768, 131072])
    flops = attention_flops(512, depth, 32, 2 * 32 * 128)
    e = estimate_prefill(PrefillLoad(512, 8e9, attention_flops=flops, n_layers=32, dense_bytes=5e9), speed())
    assert (np.diff(e.tps_p50) < 0).all()


def test_that_a_window_layer_stops_costing_more_beyond_its_window():
    near, far = attention_flops(512, [4096, 65536], 0, 0, 32, 2 * 32 * 128, 1024)
    assert near == far


def test_that_experts_in_ram_make_small_micro_batches_slow():
    load = {"n_experts": 128, "n_experts_used": 8, "host_expert_bytes": 1.6e10, "n_layers": 48}
    e = estimate_prefill(
        PrefillLoad(4096, 1.5e9, 2e9, n_ubatch=np.array([512, 1024, 2048, 4096]), **load), speed()
    )
    assert (np.diff(e.tps_p50) > 0).all()
    assert e.transfers[0] > e.transfers[-1]


def test_that_experts_in_ram_without_a_known_link_are_unknown():
    e = estimate_prefill(PrefillLoad(512, 1e9, host_expert_bytes=1e10, n_layers=48), speed(pcie=float("nan")))
    assert np.isnan(e.tps_p50)


def test_that_a_layer_split_without_copies_gains_nothing():
    load = {"dense_bytes": 5e9, "n_layers": 32}
    one = estimate_prefill(PrefillLoad(8192, 8e9, **load), speed())
    two = estimate_prefill(PrefillLoad(8192, 8e9, n_devices=2, **load), speed())
    apart = estimate_prefill(PrefillLoad(8192, 8e9, n_devices=2, pipelined=0.0, **load), speed())
    assert two.tps_p50 > one.tps_p50
    assert apart.tps_p50 == one.tps_p50
    assert apart.tps_p90 <= one.tps_p90


def test_that_an_unknown_link_does_not_matter_to_one_device():
    plain = estimate_prefill(PrefillLoad(512, 8e9, n_layers=32), speed())
    unknown = estimate_prefill(PrefillLoad(512, 8e9, n_layers=32), replace(speed(), collective_byte=np.nan))
    assert unknown.tps_p50 == plain.tps_p50


def test_that_touched_share_grows_from_one_token_to_all_experts():
    share = touched_share([1, 16, 4096], 128, 8)
    assert share[0] == 8 / 128
    assert (np.diff(share) > 0).all()
    assert share[2] > 0.999999
    assert touched_share(1, 0, 0) == 1.0


def test_that_the_first_token_needs_the_prompt_and_one_step():
    assert time_to_first_token(0.5, 0.02) == 0.52


def test_that_attention_on_amd_follows_the_shaders_and_on_nvidia_the_tensor_units():
    amd = DeviceClass("llama.cpp", "rocm", "RDNA4", "Radeon AI PRO R9700", 640e9, 191.4e12)
    nvidia = DeviceClass("llama.cpp", "cuda", "Ada", "RTX 4090", 1008e9, 330e12)
    assert amd.attention_flops == 2.0 * amd.shader_flops < amd.flops
    assert nvidia.attention_flops == nvidia.matrix_flops == nvidia.flops


def test_that_matrix_units_of_amd_gain_nothing_over_packed_halves_under_vulkan():
    amd = DeviceClass("llama.cpp", "vulkan", "RDNA4", "Radeon AI PRO R9700", 640e9, 191.4e12)
    typed_in = DeviceClass("llama.cpp", "vulkan", "RDNA4", "", 640e9, 191.4e12)
    assert amd.matrix_flops == 2.0 * amd.shader_flops
    assert typed_in.matrix_flops == typed_in.flops
