"""What is loaded beside a model, against a real llama-server of 0.5.0-dev on emulated GPUs (read 2026-11-26)."""

from __future__ import annotations

import pytest

from models_db.architecture_table import catalogue_inventory
from planner.answer import answer_command
from planner.fit_plan import plan_model
from planner.hardware.what_if import machine_from_options
from planner.library import Library
from planner.machine import Machine
from planner.outside import projector_bytes
from planner.plan import DevicePlan, Plan
from planner.records import Verdict
from planner.request import read_question
from planner.units import GIB, MIB
from planner.wishes import Wishes


def one_gpu(ram: float = 64) -> Machine:
    machine = machine_from_options(("RTX A6000",), ram, 80)
    assert machine is not None
    return machine


def checked(library: Library, command: str, ram: float = 64) -> Plan:
    return answer_command(library, read_question({"command": command}), one_gpu(ram), GIB)


def part(device: DevicePlan, name: str) -> float:
    return sum(p.bytes for p in device.outside if p.name.startswith(name)) / MIB


def test_that_a_projector_has_the_size_of_the_published_file() -> None:
    # mmproj-BF16.gguf of Qwen3.5-0.8B has 207 346 528 bytes (pull request 5849 of unslothai/unsloth)
    assert projector_bytes(catalogue_inventory("Qwen/Qwen3.5-0.8B")) == pytest.approx(207_346_528, rel=1e-4)


def test_that_a_draft_model_takes_what_the_server_gave_it(library: Library) -> None:
    plan = checked(
        library,
        "llama-server -m Qwen3-14B-Q4_K_M.gguf -md Qwen3-8B-Q4_K_M.gguf --spec-type draft-simple "
        "-c 8192 -np 1 -fa on -ngl all -fit off",
    )
    gpu, host = plan.devices
    assert part(gpu, "draft model") == pytest.approx(4455.34 + 1152.0 + 104.01, abs=0.05)
    assert part(host, "draft model") == pytest.approx(333.84 + 24.01 + 0.58, abs=0.05)
    assert gpu.total_bytes == pytest.approx(
        sum(p.bytes for p in gpu.outside) + gpu.model_bytes + gpu.kv_bytes + gpu.compute_bytes
    )


def test_that_a_draft_model_without_a_kind_of_drafting_is_said_to_do_nothing(library: Library) -> None:
    plan = checked(library, "llama-server -m Qwen3-14B-Q4_K_M.gguf -md Qwen3-0.6B-Q8_0.gguf -c 8192")
    assert any("--spec-type draft-simple" in reason for reason in plan.reasons)


def test_that_drafting_multiplies_the_state_of_a_hybrid_model(library: Library) -> None:
    command = "llama-server -m Qwen3.5-35B-A3B-Q4_K_M.gguf -c 8192 -np 2 -ngl all -fit off"
    plain, drafts = checked(library, command), checked(library, command + " --spec-type draft-mtp")
    assert plain.devices[0].recurrent_bytes / MIB == pytest.approx(125.62, abs=0.01)
    assert drafts.devices[0].recurrent_bytes / MIB == pytest.approx(502.50, abs=0.01)


def test_that_prediction_blocks_take_their_cache_and_weights(library: Library) -> None:
    model = library.find_model("GLM-4.5-Air").model
    machine = machine_from_options(("RTX PRO 6000",), 64, 80)
    assert machine is not None
    plan = plan_model(library, model, machine, Wishes(mtp=True), library.find_quant("Q4_K_M"), brief=True)
    gpu = plan.devices[0]
    assert part(gpu, "prediction blocks: KV") == 32.0
    assert (gpu.model_bytes / MIB + part(gpu, "prediction blocks: weights")) == pytest.approx(
        68474.44, rel=1e-4
    )
    buffer = next(p for p in gpu.outside if p.name.endswith("compute buffer"))
    assert buffer.low <= 162.01 * MIB <= buffer.high
    assert plan.command is not None
    assert "draft-mtp" in plan.command.argv


def test_that_hf_loads_the_projector_unless_told_not_to(library: Library) -> None:
    command = "llama-server -hf unsloth/gemma-3-27b-it-GGUF:Q4_K_M -c 8192 -ngl 99"
    assert part(checked(library, command).devices[0], "projector weights") > 800
    assert part(checked(library, command + " --no-mmproj").devices[0], "projector") == 0


def test_that_a_prompt_cache_larger_than_what_is_left_is_named_but_does_not_fail_a_plan(
    library: Library,
) -> None:
    plan = checked(library, "llama-server -m Qwen3-14B-Q4_K_M.gguf -c 8192 -np 1 -ngl 99", ram=8)
    assert plan.verdict is Verdict.FITS
    assert any("--cache-ram" in reason for reason in plan.reasons)
    off = checked(library, "llama-server -m Qwen3-14B-Q4_K_M.gguf -c 8192 -np 1 -ngl 99 --cache-ram 0", ram=8)
    assert not any("--cache-ram" in reason for reason in off.reasons)


def test_that_the_end_of_the_logs_asked_for_is_charged(library: Library) -> None:
    model = library.find_model("Qwen3-8B").model
    sizes = [
        plan_model(library, model, one_gpu(), Wishes(runtime_overhead=level), brief=True).devices[0]
        for level in ("low", "typical", "high")
    ]
    assert sizes[0].overhead_bytes < sizes[1].overhead_bytes < sizes[2].overhead_bytes
