"""An article of April 2026 about vLLM: what is right, what is not, with the numbers."""

from __future__ import annotations

from typing import Any

import pytest

from planner.answer import answer
from planner.library import Library
from planner.plan import Plan
from planner.records import Verdict
from planner.request import read_question

GIB = 2**30


def ask(library: Library, name: str, count: int = 1, **request: Any) -> Plan:
    """Answer one request for a machine with some GPUs of one kind."""
    machine = {"gpus": [{"name": name, "count": count}], "ram_bytes": 256 * GIB}
    return answer(
        library, read_question({"machine": machine, **request}), lambda: pytest.fail("a machine was detected")
    )


def test_that_72b_in_16_bit_loads_on_two_a100_and_leaves_under_28k_tokens(library: Library) -> None:
    """145.4 GB of weights, 327,680 bytes of cache a token: loads, but is no comfort."""
    found = ask(
        library, "A100 SXM 80GB", 2, command="vllm serve Qwen/Qwen2.5-72B-Instruct -tp 2 --max-model-len 8192"
    )
    assert found.fits
    assert found.verdict is Verdict.TIGHT
    assert 10_000 < (found.kv_tokens or 0) < 28_000
    assert sum(d.model_bytes for d in found.devices) == pytest.approx(145.4e9, rel=0.002)
    per_token = sum(d.kv_bytes for d in found.devices) / (found.kv_tokens or 1)
    assert per_token == pytest.approx(327_680, rel=0.01)


def test_that_72b_in_16_bit_does_not_load_on_one_a100(library: Library) -> None:
    """135.4 GiB into 80."""
    found = ask(library, "A100 SXM 80GB", command="vllm serve Qwen/Qwen2.5-72B-Instruct --max-model-len 8192")
    assert found.fits is False
    assert "out of memory while loading weights: 135.4" in found.reasons[0]


def test_that_72b_in_four_bits_is_tight_on_one_card_of_48_gb(library: Library) -> None:
    """About 38.6 GiB of weights; what is left holds one request of 8,192 tokens, not two."""
    command = "vllm serve Qwen/Qwen2.5-72B-Instruct-GPTQ-Int4 --max-model-len 8192"
    found = ask(library, "RTX A6000", command=command)
    assert found.verdict is Verdict.TIGHT
    assert found.devices[0].model_bytes / GIB == pytest.approx(38.6, abs=0.6)
    assert 8_192 <= (found.kv_tokens or 0) < 2 * 8_192


@pytest.mark.parametrize(
    ("version", "fits", "words"),
    [
        ("0.6.5", False, "came to vLLM with 0.8.3"),
        ("0.8.2", False, "came to vLLM with 0.8.3"),
        ("0.8.3", True, "needs vLLM 0.12.0 or newer"),
        ("0.33.0", True, ""),
    ],
)
def test_that_llama_4_scout_needs_0_8_3_and_not_0_6_5(
    library: Library, version: str, fits: bool, words: str
) -> None:
    """The class came with 0.8.3; the recipe asks for 0.12.0."""
    command = "vllm serve meta-llama/Llama-4-Scout-17B-16E-Instruct -tp 8 --max-model-len 8192"
    found = ask(library, "H100 SXM 80GB", 8, command=command, engine_version=version)
    assert found.fits is fits
    assert words in " ".join(found.reasons)
    if version == "0.33.0":
        assert "0.12.0" not in " ".join(found.reasons)


@pytest.mark.parametrize(
    ("repository", "closest"),
    [
        ("google/gemma-3-9b-it", "google/gemma-2-9b-it"),
        ("meta-llama/Llama-4-Scout", "meta-llama/Llama-4-Scout-17B-16E-Instruct"),
    ],
)
def test_that_repositories_that_do_not_exist_are_named_with_the_closest(
    library: Library, repository: str, closest: str
) -> None:
    """Asked as a command and as a model."""
    for request in ({"command": f"vllm serve {repository} -tp 8"}, {"model": repository, "engine": "vllm"}):
        found = ask(library, "H100 SXM 80GB", 8, **request)
        assert found.reasons[0].startswith(
            f"no repository {repository} is known; the closest in the catalogue is {closest}"
        )


def test_that_repositories_that_exist_are_not_doubted(library: Library) -> None:
    """The makers' and other publishers' own."""
    for repository in (
        "Qwen/Qwen2.5-72B-Instruct",
        "Qwen/Qwen2.5-72B-Instruct-AWQ",
        "qwen/qwen3-30b-a3b-fp8",
    ):
        found = ask(library, "H100 SXM 80GB", 8, command=f"vllm serve {repository} -tp 8")
        assert not any("no repository" in r for r in found.reasons)
