"""The shipped coefficients: provenance, fallbacks for the unknown, ranges that widen with ignorance."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from planner.calibration import (
    CASE_CLASSES,
    DeviceClass,
    Knowledge,
    WeightKind,
    link_rate,
    load_calibration,
    matrix_rate,
    nominal_bandwidth,
    tensor_rate,
    vendor_of,
    weight_kind,
)

KNOWN = DeviceClass("llama.cpp", "cuda", "Ada", "RTX 4090", 1.008e12, 330e12)


def test_that_coefficients_name_data_set_date_and_valid_range():
    about = load_calibration().about
    assert about["data_set"].endswith("measurements.csv")
    assert about["fitted_on"] >= "2026-11-25"
    assert about["rows_used"] > 2000
    assert about["valid_range"]["bandwidth_bytes_per_s"][0] < 1e11
    assert sum(about["rows_rejected"].values()) > 900


def test_that_knowledge_falls_from_the_card_to_hand_typed_figures():
    known = load_calibration()
    assert known.knowledge(KNOWN) is Knowledge.GPU_MEASURED
    assert known.knowledge(replace(KNOWN, accelerator="RTX 4050 Laptop")) is Knowledge.GENERATION_MEASURED
    assert (
        known.knowledge(replace(KNOWN, accelerator="RTX 6090", generation="Rubin"))
        is Knowledge.SPECIFICATIONS_ONLY
    )
    assert known.knowledge(replace(KNOWN, accelerator="")) is Knowledge.TYPED_IN
    for engine, backend in (("vllm", "rocm"), ("llama.cpp", "sycl")):
        nobody = replace(KNOWN, engine=engine, backend=backend)
        assert known.knowledge(nobody) is Knowledge.BACKEND_UNMEASURED
        assert "no run of this engine on this backend measured" in known.basis(nobody)


def test_that_ranges_widen_with_ignorance_in_every_class():
    known = load_calibration()
    for case in CASE_CLASSES:
        ranges = [known.spread(case, level) for level in Knowledge]
        assert all(a[0] >= b[0] and a[1] <= b[1] for a, b in pairwise(ranges)), case


@pytest.mark.parametrize("case", CASE_CLASSES)
def test_that_the_range_widens_with_ignorance(case):
    known = load_calibration()
    ranges = [known.spread(case, k) for k in Knowledge]
    assert all(low < 1 < high for low, high in ranges)
    assert all(a[0] >= b[0] and a[1] <= b[1] for a, b in pairwise(ranges))


def test_that_an_unseen_generation_takes_its_backends_values():
    known = load_calibration()
    unseen = known.device_speed(replace(KNOWN, accelerator="RTX 6090", generation="Rubin"))
    assert np.isfinite(unseen.weight_byte)
    efficiency = 1 / (np.asarray(unseen.weight_byte) * KNOWN.bandwidth)
    assert 0.4 < efficiency < 0.98


def test_that_unknown_bandwidth_makes_costs_unknown():
    speed = load_calibration().device_speed(replace(KNOWN, bandwidth=float("nan")))
    assert math.isnan(float(speed.weight_byte))
    assert math.isnan(float(load_calibration().host_speed(float("nan")).expert_byte))


def test_that_experts_beside_a_gpu_read_ram_no_faster_than_a_dense_model_alone():
    known = load_calibration()
    beside, alone = known.host_speed(8.3e10, 16.0), known.host_speed(8.3e10, 16.0, cpu_only=True)
    assert beside.expert_byte >= alone.weight_byte


def test_that_big_memory_systems_saturate():
    known = load_calibration()
    small, big = known.host_speed(1e11), known.host_speed(1e12)
    assert np.asarray(small.expert_byte) / np.asarray(big.expert_byte) < 9


def test_that_basis_names_generation_engine_and_backend():
    assert load_calibration().basis(KNOWN) == "fitted: Ada, llama.cpp, cuda; this GPU measured"


def test_that_the_tensor_rate_falls_back_to_half_of_int8():
    assert tensor_rate(330e12, 660e12) == 330e12
    assert tensor_rate(None, 25.8e12) == 12.9e12
    assert math.isnan(tensor_rate(None, None))


@pytest.mark.parametrize(
    ("quant", "kind"),
    [
        ("Q4_K_M", WeightKind.K_QUANT),
        ("UD-Q4_K_XL", WeightKind.K_QUANT),
        ("Q4_0", WeightKind.QUANTIZED),
        ("Q8_0", WeightKind.BYTES),
        ("Q3_K_M", WeightKind.LOW_K_QUANT),
        ("UD-IQ2_M", WeightKind.I_QUANT),
        ("IQ4_XS", WeightKind.K_QUANT),
        ("BF16", WeightKind.BF16),
        ("F16", WeightKind.F16),
        ("MXFP4", WeightKind.QUANTIZED),
    ],
)
def test_that_weight_kinds_follow_the_name(quant, kind):
    assert weight_kind(quant) is kind


def test_that_vendors_follow_the_generation():
    assert [vendor_of(g) for g in ("Ada", "RDNA3.5", "Battlemage", "Apple M4", "")] == [
        "nvidia",
        "amd",
        "intel",
        "apple",
        "",
    ]


def test_that_a_measured_bandwidth_stands_for_a_larger_specified_one():
    assert nominal_bandwidth(70e9) > 70e9


def test_that_coverage_of_the_ranges_meets_the_promise():
    by = {line["class"]: line for line in load_calibration().about["accuracy"]}
    assert 75 <= by["all"]["coverage_models"] <= 88
    assert 75 <= by["all"]["coverage_GPUs"] <= 88
    assert all(line[f"coverage_{out}"] >= 60 for line in by.values() for out in ("models", "GPUs"))


def test_that_cross_validated_errors_stay_where_they_were_reached():
    reached = {
        "dense, one GPU": ((7, 24), (9, 27)), "MoE in VRAM": ((9, 30), (10.5, 32)),
        "MoE with experts in RAM": ((12, 23), (12.5, 22)), "Apple": ((6, 17), (17, 25)),
        "several GPUs": ((6, 30.5), (7, 30)), "long depth": ((9, 53), (10, 35)), "CPU only": ((11, 61), (21, 42)),
        "prefill": ((21.5, 53), (24.5, 84)), "vLLM single stream": ((6.5, 20), (8, 20)),
        "vLLM batched": ((13, 32), (11.5, 35)), "llama.cpp batched": ((11.5, 20), (16, 36)),
    }  # fmt: skip
    by = {line["class"]: line for line in load_calibration().about["accuracy"]}
    assert reached.keys() == by.keys() - {"all"}
    for case, bounds in reached.items():
        for out, (median, most) in zip(("models", "GPUs"), bounds, strict=True):
            assert by[case][out][0] <= median, (case, out)
            assert by[case][out][1] <= most, (case, out)


def test_that_vulkan_leaves_the_matrix_units_of_the_first_arc_alone():
    shaders = DeviceClass("llama.cpp", "vulkan", "Alchemist", "Arc A750").shader_flops
    assert matrix_rate("vulkan", "Alchemist", 1.4e14, shaders) == 2 * shaders
    assert matrix_rate("sycl", "Alchemist", 1.4e14, shaders) == 1.4e14
    assert matrix_rate("vulkan", "RDNA3", 1.2e14, 6e13) == 1.2e14
    assert matrix_rate("vulkan", "Alchemist", 1.4e14, float("nan")) == 1.4e14


def test_that_modules_with_a_fabric_are_linked_faster_than_cards_on_pcie():
    sxm, card = link_rate("Hopper", "H100 SXM 80GB"), link_rate("Hopper", "H100 PCIe 80GB")
    assert sxm == 450e9
    assert card < 0.1 * sxm
    assert link_rate("Ampere", "RTX 3090") > 0
    assert link_rate("", "") > 0


def test_that_tensor_parallel_ranks_without_a_fabric_pay_more_for_reductions():
    known = load_calibration()
    fast = known.prefill_speed(DeviceClass("vllm", "cuda", "Hopper", "H100 SXM 80GB", 3.35e12, 989e12))
    slow = known.prefill_speed(DeviceClass("vllm", "cuda", "Hopper", "H100 PCIe 80GB", 3.35e12, 989e12))
    assert np.asarray(slow.collective_byte) > 5 * np.asarray(fast.collective_byte)


def test_that_a_level_named_twice_counts_once():
    known = load_calibration().coefficients["decode.layer"]
    assert known.value(("", "llama.cpp", "llama.cpp")) == known.value(("", "llama.cpp"))
