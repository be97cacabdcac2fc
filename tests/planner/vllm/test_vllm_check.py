"""Somebody's own vLLM line: what vLLM will say, and what fits instead."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from planner.answer import answer
from planner.library import Library
from planner.plan import Plan
from planner.request import RequestFault, read_question

TRUTH = Path(__file__).resolve().parents[2] / "truth" / "vllm_commands.csv"
MODELS = {
    "L8": "meta-llama/Llama-3.1-8B-Instruct",
    "Q30": "Qwen/Qwen3-30B-A3B",
    "Q30F": "Qwen/Qwen3-30B-A3B-FP8",
    "Q32": "Qwen/Qwen3-32B",
    "DSV3": "deepseek-ai/DeepSeek-V3",
    "GPTOSS": "openai/gpt-oss-20b",
    "NEMO": "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16",
}
"""Stand-ins of the recording and the catalogue's models of the same dimensions."""


def gpus(name: str, count: int = 1) -> dict[str, Any]:
    """A machine of a request."""
    return {"gpus": [{"name": name, "count": count}], "ram_bytes": 64 * 2**30}


def ask(library: Library, **request: Any) -> Plan:
    """Answer one request; its JSON must be writable."""
    found = answer(library, read_question(request), lambda: pytest.fail("a machine was detected"))
    json.dumps(found.to_json("x"), allow_nan=False)
    return found


def recorded() -> list[tuple[str, str, str, str]]:
    """Refusals vLLM's configuration made, for the models of the catalogue."""
    with TRUTH.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    out = []
    for row in rows:
        words = row["command"].split()
        if row["stage"] == "ok" or len(words) < 3 or words[2] not in MODELS:
            continue
        words[2] = MODELS[words[2]]
        out.append((row["version"], " ".join(words), row["config"], row["message"]))
    return out


@pytest.mark.parametrize(("version", "command", "config", "message"), recorded())
def test_that_every_recorded_refusal_is_predicted_with_its_reason(
    library: Library, version: str, command: str, config: str, message: str
) -> None:
    """On eight H100: does not fit, and vLLM's own words among the reasons."""
    found = ask(library, command=command, engine_version=version, machine=gpus("H100 SXM 80GB", 8))
    assert found.fits is False
    said = " ".join(" ".join(found.reasons).split())
    if config:
        assert config in said
    if "argument" in message and not config:
        assert "vllm serve: error" in said


def test_that_a_length_that_does_not_fit_is_refused_in_the_words_of_vllm(library: Library) -> None:
    """The bytes needed, the bytes left, and the length that would fit, which then fits."""
    found = ask(
        library,
        command="vllm serve Qwen/Qwen2.5-72B-Instruct --tensor-parallel-size 2",
        machine=gpus("A100 SXM 80GB", 2),
    )
    assert found.fits is False
    assert "To serve at least one request with the model's max seq len (32768)" in found.reasons[0]
    length = int(found.reasons[0].partition("maximum model length is ")[2].split(".")[0])
    again = ask(
        library,
        command=f"vllm serve Qwen/Qwen2.5-72B-Instruct -tp 2 --max-model-len {length}",
        machine=gpus("A100 SXM 80GB", 2),
    )
    assert again.fits
    assert found.alternatives[0].fits


def test_that_weights_too_large_for_the_card_are_said_first(library: Library) -> None:
    """One A100 and 135 GiB."""
    found = ask(library, command="vllm serve Qwen/Qwen2.5-72B-Instruct", machine=gpus("A100 SXM 80GB"))
    assert found.fits is False
    assert "out of memory while loading weights: 135.4" in found.reasons[0]


def test_that_settings_of_a_request_are_its_flags(library: Library) -> None:
    """Underscores for dashes; n_ctx is the length; devices are ranks."""
    found = ask(
        library,
        model="Qwen3-30B-A3B",
        engine="vllm",
        engine_version="0.32.0",
        machine=gpus("H100 SXM 80GB", 4),
        settings={
            "n_ctx": 8192,
            "tensor_parallel_size": 2,
            "pipeline_parallel_size": 2,
            "kv_cache_dtype": "fp8",
        },
    )
    assert found.engine_version == "0.32.0"
    assert [d.layers for d in found.devices] == [(0, 23), (0, 23), (24, 47), (24, 47)]
    assert found.settings["kv_cache_dtype"] == "fp8"
    assert found.n_ctx == 8192
    assert found.kv_tokens == int((found.max_concurrency or 0) * 8192)


def test_that_a_repository_name_means_its_format(library: Library) -> None:
    """An FP8 repository halves the weights."""
    whole = ask(library, model="Qwen/Qwen3-30B-A3B", engine="vllm", machine=gpus("H200"), settings={})
    half = ask(library, model="Qwen/Qwen3-30B-A3B-FP8", engine="vllm", machine=gpus("H200"), settings={})
    assert half.quant == "FP8"
    assert half.devices[0].model_bytes == pytest.approx(whole.devices[0].model_bytes / 2, rel=0.03)


def test_that_gguf_is_sent_to_llama_cpp(library: Library) -> None:
    """vLLM 0.32 and newer need a plugin."""
    found = ask(library, command="vllm serve ./Qwen3-8B-Q4_K_M.gguf", machine=gpus("RTX 4090"))
    assert found.fits is False
    assert "llama.cpp runs this file" in found.reasons[0]
    with pytest.raises(RequestFault, match="AWQ"):
        ask(library, model="Qwen3-8B", quant="Q4_K_M", engine="vllm", machine=gpus("RTX 4090"))


@pytest.mark.parametrize(
    ("request_part", "code"),
    [
        ({"engine_version": "banana"}, "unknown_version"),
        ({"settings": {"tensor_parallel_size": "two"}}, "bad_request"),
        ({"settings": {"tensor_paralel_size": 2}}, "bad_request"),
        ({"model": "No Such Model 7B"}, "unknown_model"),
    ],
)
def test_that_bad_input_names_its_fault(library: Library, request_part: dict[str, Any], code: str) -> None:
    """A stable code and one clear line."""
    with pytest.raises(RequestFault) as fault:
        ask(library, **{"model": "Qwen3-8B", "engine": "vllm", "machine": gpus("RTX 4090"), **request_part})
    assert fault.value.code == code


def test_that_docker_commands_are_read(library: Library) -> None:
    """32k are 32,000 tokens."""
    found = ask(
        library,
        command="docker run --gpus all -p 8000:8000 vllm/vllm-openai:v0.33.0 --model Qwen/Qwen3-8B --max-model-len 32k",
        machine=gpus("RTX A6000"),
    )
    assert found.engine == "vllm"
    assert found.n_ctx == 32000


def test_that_unknown_caches_are_unknown_and_not_guessed(library: Library) -> None:
    """DeepSeek V4 keeps compressed caches."""
    found = ask(library, model="DeepSeek-V4-Flash", engine="vllm", machine=gpus("H100 SXM 80GB", 8))
    assert found.fits is None


def test_that_both_engines_stand_side_by_side(library: Library) -> None:
    """Two plans and why they differ."""
    from planner.hardware.what_if import machine_from_parts
    from planner.vllm.compare import side_by_side
    from planner.wishes import Wishes

    machine = machine_from_parts((("RTX 4090", 1, None),), None, 64 * 2**30, None)
    found = side_by_side(library, library.find_model("Qwen3-30B-A3B").model, machine, Wishes())
    assert found.llama_cpp is not None
    assert found.vllm is not None
    assert any("reserves its whole share" in r for r in found.reasons)
    assert found.best is not None
    assert {found.best.engine, found.best.alternatives[0].engine} == {"llama.cpp", "vllm"}
