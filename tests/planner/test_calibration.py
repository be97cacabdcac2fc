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
    load_calibration,
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
        ("Q4_K_M", WeightKind.QUANTIZED),
        ("UD-IQ2_M", WeightKind.I_QUANT),
        ("IQ4_XS", WeightKind.QUANTIZED),
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
    assert 75 <= by["all"]["coverage_GPUs"] <= 91
    assert all(line["coverage_models"] >= 60 for line in by.values())


def test_that_a_level_named_twice_counts_once():
    known = load_calibration().coefficients["decode.layer"]
    assert known.value(("", "llama.cpp", "llama.cpp")) == known.value(("", "llama.cpp"))
