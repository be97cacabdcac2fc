"""Generated commands through a real llama-server on emulated GPUs: they load as asked, as large as planned."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import engine_run as run
import pytest
from engine_border import BorderCase, border_cases, measure

from planner.library import Library, load_library
from planner.records import Verdict

pytestmark = pytest.mark.engine

COMMANDS = {
    "dense on one GPU": ("Llama-3.1-8B-Instruct", "Q4_K_M", 1),
    "dense over unequal GPUs": ("Qwen3-14B", "Q8_0", 4),
    "dense partly in RAM, quantized cache": ("Llama-3.3-70B-Instruct", "Q4_K_M", 1),
    "dense over eight GPUs": ("Llama-3.3-70B-Instruct", "Q8_0", 4),
    "experts partly in RAM": ("Qwen3-30B-A3B", "Q8_0", 4),
    "experts in RAM, trained format": ("gpt-oss-120b", "MXFP4", 1),
    "latent attention": ("DeepSeek-Coder-V2-Lite-Instruct", "Q6_K", 1),
    "sliding window, four users": ("gemma-3-4b-it", "Q8_0", 4),
    "mixed heads, experts": ("gemma-4-26B-A4B-it", "Q4_K_M", 1),
    "recurrent and attention layers": ("Qwen3.5-35B-A3B", "Q8_0", 4),
}
"""Name to the first row of the table with this model, quantization and number of users."""
BORDERS = ("Qwen3-30B-A3B", "gemma-3-4b-it")


@pytest.fixture(scope="session")
def tools(shared_dir: Path) -> run.Tools:
    found = run.find_tools(shared_dir)
    if isinstance(found, str):
        pytest.skip(found)
    return found


@pytest.fixture(scope="session")
def library() -> Library:
    return load_library()


def case_of(model: str, quant: str, users: int) -> run.CommandCase:
    return next(
        case
        for case in run.read_cases()
        if (case.model.split("/")[-1], case.quant, case.n_parallel) == (model, quant, users)
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_that_a_generated_command_loads_as_planned(tools: run.Tools, library: Library, name: str) -> None:
    found = run.compare(tools, library, case_of(*COMMANDS[name]))
    assert not found.faults, (found.faults, found.differences, found.plan.command)


@pytest.mark.parametrize("model", BORDERS)
def test_that_the_border_of_what_fits_is_the_engines(tools: run.Tools, library: Library, model: str) -> None:
    """One step of context beyond the longest that fits, the server ends because an allocation fails."""
    border = next(b for b in border_cases() if b.case.model.endswith(model))
    found = border.border(library)
    assert found is not None
    last, first_beyond = found
    assert last.verdict is not Verdict.DOES_NOT_FIT
    assert measure(tools, border, last).loads
    failed = measure(tools, border, first_beyond)
    assert failed.failed_by_allocation, failed.errors


def test_that_copies_for_pipeline_parallelism_are_given_up_as_llama_cpp_does(
    tools: run.Tools, library: Library
) -> None:
    border = next(b for b in border_cases() if len(b.case.gpus) == 2)
    last = largest(library, border)
    assert any("pipeline" in reason for reason in last.reasons)
    measured = measure(tools, border, last)
    assert measured.loads
    assert any("retrying without pipeline" in line for line in measured.raw["warnings"])
    real = measured.total_mib
    for device in last.devices:
        assert (device.total_bytes - device.overhead_bytes) / run.MIB == pytest.approx(
            real[device.name], rel=0.01
        )


def largest(library: Library, border: BorderCase) -> run.Plan:
    found = border.border(library)
    assert found is not None
    return found[0]


def test_that_a_refused_command_is_told_apart_from_a_lack_of_memory(tools: run.Tools) -> None:
    """The judgement of failures has to be able to fail."""
    case = replace(case_of(*COMMANDS["dense on one GPU"]), n_ctx=8192)
    words = ["llama-server", "-ngl", "all", "-fit", "off", "-c", "8192", "--no-such-flag"]
    refused = run.run_command(tools, case.model, case.quant, words, run.devices_of(case))
    assert not refused.loads
    assert not refused.failed_by_allocation
