"""What a plan that does not fit does when it is started all the same: bounds, order, and the figures that are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.answer import answer
from planner.calibration import DeviceClass, load_calibration
from planner.formulas.decode_speed import DecodeEstimate, DecodeLoad, estimate_decode
from planner.formulas.overfill import UNKNOWN_DISK, estimate_overfill, link_rates
from planner.library import Library
from planner.plan import Plan
from planner.request import read_question

GPU = load_calibration().device_speed(DeviceClass("llama.cpp", "cuda", "Ada", "RTX 4090", 1.008e12, 330e12))
HOST = load_calibration().host_speed(8e10, 8.0, cpu_only=True)
BYTES = st.floats(1e8, 1e12)


def fitting(read: float) -> DecodeEstimate:
    """A plan that reads so much from RAM."""
    return estimate_decode(DecodeLoad(host_dense_bytes=read, n_host_layers=32), GPU, HOST)


def ask(library: Library, **request: Any) -> Plan:
    def none() -> Any:
        raise AssertionError("the machine is described")

    return answer(library, read_question(request), none)


def machine(gpu: str, ram_gib: int = 64, bandwidth: float = 57.6e9) -> dict[str, Any]:
    return {
        "gpus": [{"name": gpu}] if gpu else [],
        "ram_bytes": ram_gib << 30,
        "ram_bandwidth_bytes_per_s": bandwidth,
    }


WORK = {"prompt_tokens": 0, "gen_tokens": 128}


@given(BYTES, st.floats(1e-3, 1), st.floats(0, 1), st.booleans())
def test_that_what_lies_outside_never_makes_a_plan_faster_and_more_of_it_slower(
    held: float, touched: float, outside: float, cyclic: bool
) -> None:
    plan = fitting(held * touched)
    steps = np.array([0.0, outside / 2, outside]) * held
    e = estimate_overfill(plan, steps, held, held * touched, UNKNOWN_DISK, cyclic)
    for speeds, least in ((e.tps_p10, plan.tps_p10), (e.tps_p50, plan.tps_p50), (e.tps_p90, plan.tps_p90)):
        assert (speeds <= least * (1 + 1e-12)).all()
        assert (np.diff(speeds) <= 0).all()
    assert (e.tps_p10 <= e.tps_p50 * (1 + 1e-12)).all()
    assert (e.tps_p50 <= e.tps_p90 * (1 + 1e-12)).all()
    assert e.tps_p50[0] == pytest.approx(float(plan.tps_p50))


def test_that_an_unknown_link_is_considered_from_slow_to_fast() -> None:
    slow, middle, fast = link_rates(float("nan"))
    known = link_rates(31.5e9)
    assert slow < known[0] < known[1] < known[2] < fast
    assert slow < middle < fast


def test_that_too_few_expert_layers_in_ram_spill_and_too_many_crawl(library: Library) -> None:
    """An 8 GB card of Ampere with DDR4-3600: 22.8 tokens/s at 0, 44.8 at 10, 21.0 at 24 layers of experts in RAM.

    Source: measured-throughput reference, insight 6, read 2026-11-23 (the model is not named there; 24 expert layers and
    the source's other rows say gpt-oss-20b).
    """
    measured = {0: 22.8, 10: 44.8, 24: 21.0}
    found = {}
    for layers in measured:
        plan = ask(
            library,
            model="gpt-oss-20b",
            quant="MXFP4",
            machine=machine("RTX 3070", 32),
            settings={"n_ctx": 4096, "n_gpu_layers": "all", "n_cpu_moe": layers, "fit": False},
            workload=WORK,
        )
        beyond = plan.overfilled
        if layers == 0:
            assert plan.fits is False
            assert plan.throughput is None
            assert beyond is not None
            assert beyond.how == "spills_over_pcie"
            assert any("PCIe" in reason for reason in plan.reasons)
            assert plan.to_json()["overfilled"]["decode_tps"]["p50"] == beyond.decode_tps.p50
            found[layers] = beyond.decode_tps
        else:
            assert plan.fits
            assert beyond is None
            assert plan.throughput is not None
            assert plan.throughput.decode_tps is not None
            found[layers] = plan.throughput.decode_tps
    assert found[0].p50 < found[10].p50 > found[24].p50
    for layers, speed in measured.items():
        assert found[layers].p10 <= speed <= found[layers].p90, layers


def test_that_a_model_larger_than_the_ram_pages_from_disk(library: Library) -> None:
    plans = [
        ask(
            library,
            model="Llama-3.3-70B-Instruct",
            quant="Q4_K_M",
            machine=machine("", ram),
            settings={"n_ctx": 4096},
            workload=WORK,
        )
        for ram in (64, 40, 32, 24)
    ]
    assert plans[0].fits
    assert plans[0].overfilled is None
    assert plans[0].throughput is not None
    assert plans[0].throughput.decode_tps is not None
    last = plans[0].throughput.decode_tps.p50
    for plan in plans[1:]:
        assert plan.fits is False
        assert plan.overfilled is not None
        assert plan.overfilled.how == "pages_from_disk"
        assert plan.overfilled.decode_tps.p50 < last
        assert plan.overfilled.decode_tps.p90 > 10 * plan.overfilled.decode_tps.p10
        last = plan.overfilled.decode_tps.p50
        assert any("pages" in reason for reason in plan.reasons)
        assert any(term.name == "decode.pages_from_disk" for term in plan.terms)


@pytest.mark.parametrize("flag", ["none", "mlock"])
def test_that_weights_that_are_not_mapped_do_not_page(library: Library, flag: str) -> None:
    plan = ask(
        library,
        model="Llama-3.3-70B-Instruct",
        quant="Q4_K_M",
        machine=machine("", 32),
        settings={"n_ctx": 4096, "load_mode": flag},
        workload=WORK,
    )
    assert plan.fits is False
    assert plan.overfilled is None


def test_that_a_backend_whose_driver_refuses_has_no_speed(library: Library) -> None:
    plan = ask(
        library,
        model="Qwen3-32B",
        quant="Q8_0",
        backend="sycl",
        machine=machine("Arc B580"),
        settings={"n_ctx": 4096, "n_gpu_layers": "all", "fit": False},
        workload=WORK,
    )
    assert plan.fits is False
    assert plan.overfilled is None
