"""What fits instead of a plan that does not, and speeds in words."""

from __future__ import annotations

from dataclasses import replace

from planner.hardware.what_if import machine_from_options
from planner.library import Library
from planner.machine import Machine
from planner.nearest import nearest_fits
from planner.plan import Range, Throughput
from planner.shown_plan import plan_for
from planner.speed_words import first_token, speeds_sentence, why_unknown
from planner.text import verdict_sentence
from planner.wishes import Wishes

SMALL = "Qwen/Qwen3-32B"


def described(*gpus: str, ram: float) -> Machine:
    """A machine from the accelerator table."""
    machine = machine_from_options(gpus, ram, 80)
    assert machine is not None
    return machine


def test_that_a_shorter_context_or_another_quantization_is_found(library: Library) -> None:
    machine, wishes = described("RTX 4090", ram=16), Wishes(n_ctx=40960)
    plan = plan_for(library, machine, wishes, SMALL, "Q8_0")
    assert plan.fits is False
    found = nearest_fits(library, machine, wishes, plan)
    shorter = next(f for f in found if f.n_ctx is not None)
    assert shorter.quant == "Q8_0"
    assert shorter.n_ctx is not None
    assert shorter.n_ctx < 40960
    assert plan_for(library, machine, replace(wishes, n_ctx=shorter.n_ctx), SMALL, "Q8_0").fits
    other = next(f for f in found if f.quant != "Q8_0")
    assert plan_for(library, machine, wishes, SMALL, other.quant).fits


def test_that_experts_moved_by_hand_are_answered_with_the_split_that_fits(
    library: Library, desktop: Machine
) -> None:
    wishes = Wishes(n_ctx=32768)
    plan = plan_for(library, desktop, wishes, "openai/gpt-oss-120b", "MXFP4_MOE", n_cpu_moe=2)
    assert plan.fits is False
    first = nearest_fits(library, desktop, wishes, plan)[0]
    assert first.what == "another split: experts in RAM"
    assert first.n_ctx is None
    assert first.plan.fits


def test_that_a_plan_that_fits_needs_nothing_else(library: Library, desktop: Machine) -> None:
    plan = plan_for(library, desktop, Wishes(), SMALL)
    assert plan.fits
    assert nearest_fits(library, desktop, Wishes(), plan) == ()


def test_that_a_missing_speed_says_what_is_not_known(library: Library, no_gpu: Machine) -> None:
    wishes = Wishes()
    plan = plan_for(library, no_gpu, wishes, "Qwen/Qwen3-8B")
    assert why_unknown(plan, no_gpu) == "the number of processor cores is not known"
    silent = replace(plan, throughput=None)
    assert "Speed unknown: the number of processor cores is not known" in speeds_sentence(
        silent, no_gpu, wishes.workload
    )
    known = replace(no_gpu, cpu=replace(no_gpu.cpu, cores=16))
    speeds, wide = plan_for(library, known, wishes, "Qwen/Qwen3-8B").throughput, plan.throughput
    assert speeds is not None
    assert wide is not None
    assert speeds.ttft_s is not None
    assert wide.ttft_s is not None
    assert wide.ttft_s.p10 <= speeds.ttft_s.p10 < speeds.ttft_s.p90 < wide.ttft_s.p90


def test_that_a_range_names_its_unit_once() -> None:
    assert first_token(Range(0.199, 0.31, 0.519)) == "310 ms (199–519 ms)"
    assert first_token(Range(0.4, 1.2, 2.0)) == "1.2 s (400 ms–2.0 s)"
    assert first_token(Range(float("nan"), 1.0, 2.0)) is None
    assert first_token(None) is None


def test_that_many_gpus_are_said_in_one_phrase_with_the_fullest(library: Library) -> None:
    machine = described("4x RTX 3090", "RTX 4090", ram=256)
    plan = plan_for(library, machine, Wishes(), "Qwen/Qwen3-235B-A22B")
    used = [d for d in plan.devices if d.kind == "gpu" and d.total_bytes]
    assert len(used) > 2
    sentence = verdict_sentence(plan)
    fullest = min(used, key=lambda d: (d.free_bytes or 0, d.name))
    total = sum(d.total_bytes for d in used) / 2**30
    assert f"{total:.1f} GiB of" in sentence
    assert (
        f"on {len(used)} GPUs, fullest {fullest.name} ({fullest.total_bytes / 2**30:.1f} GiB of" in sentence
    )
    assert sentence.count("GiB") <= 6


def test_that_nothing_comparable_is_said_when_all_is_known(library: Library, desktop: Machine) -> None:
    plan = plan_for(library, desktop, Wishes(), "Qwen/Qwen3-8B")
    assert plan.throughput is not None
    nan = float("nan")
    blank = Throughput(plan.throughput.decode_tps, None, Range(nan, nan, nan), None, "unknown", "")
    assert why_unknown(replace(plan, throughput=blank), desktop) == "nothing comparable was measured"
