"""What a request's settings mean: all of them count, what the engine refuses is refused, unknown keys are named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from planner.answer import answer
from planner.library import Library
from planner.machine import Machine
from planner.plan import Plan
from planner.records import Verdict
from planner.request import SettingsPart, read_question
from planner.settings import LlamaSettings

CARDS = {"gpus": [{"name": "RTX 3090", "count": 2}], "ram_bytes": 128 * 2**30}
CARD = {"gpus": [{"name": "RTX 4090"}], "ram_bytes": 64 * 2**30}


def unasked() -> Machine:
    raise AssertionError("the request names a machine; this one must not be detected")


def ask(library: Library, **request: Any) -> Plan:
    return answer(library, read_question(json.loads(json.dumps(request))), unasked)


def totals(plan: Plan) -> list[tuple[str, int]]:
    return [(d.name, d.total_bytes) for d in plan.devices]


def test_that_every_setting_of_a_result_is_a_key_of_a_request() -> None:
    assert set(LlamaSettings.__dataclass_fields__) <= set(SettingsPart.model_fields)


@pytest.mark.parametrize(
    ("model", "machine", "settings"),
    [
        ("Qwen3-32B", CARDS, None),
        ("gpt-oss-120b", CARD, None),
        ("Qwen3-30B-A3B", CARD, {"n_ctx": 65536}),
        ("Qwen3-8B", CARDS, {"n_ctx": 8192, "devices": "CUDA1"}),
    ],
)
def test_that_the_settings_of_a_result_asked_again_give_the_same_memory(
    library: Library, model: str, machine: dict[str, Any], settings: dict[str, Any] | None
) -> None:
    first = ask(library, model=model, machine=machine, settings=settings)
    assert first.settings["devices"] or first.settings["override_tensor"]
    again = ask(library, model=model, quant=first.quant, machine=machine, settings=first.settings)
    assert totals(again) == totals(first)
    assert again.verdict is first.verdict


def test_that_settings_the_engine_refuses_do_not_fit_just_as_in_a_command(library: Library) -> None:
    settings = {"n_ctx": 8192, "flash_attn": False, "cache_type_v": "q8_0"}
    plan = ask(library, model="Qwen3-8B", quant="Q4_K_M", machine=CARD, settings=settings)
    assert plan.verdict is Verdict.DOES_NOT_FIT
    assert plan.throughput is None
    assert "needs flash attention" in plan.reasons[0]
    command = "llama-server -m Qwen3-8B-Q4_K_M.gguf -c 8192 -fa off -ctv q8_0"
    same = ask(library, command=command, machine=CARD)
    assert same.reasons[0] == plan.reasons[0]


def test_that_a_key_of_neither_engine_is_named_with_the_nearest(library: Library) -> None:
    settings = {"n_ctx": 4096, "n_ubach": 256, "max_model_len": 4096, "tokenizer_mode": "auto"}
    plan = ask(library, model="Qwen3-8B", quant="Q4_K_M", machine=CARD, settings=settings)
    assert [r for r in plan.reasons if "ignored" in r] == [
        "settings.n_ubach is no setting known here and is ignored; nearest is n_ubatch"
    ]


def test_that_llama_bench_takes_the_context_of_its_workload(library: Library) -> None:
    workload = {"prompt_tokens": 512, "gen_tokens": 128, "depth": 4096}
    plan = ask(
        library,
        model="Qwen3-8B",
        quant="Q4_K_M",
        machine=CARD,
        workload=workload,
        settings={"binary": "llama-bench"},
    )
    command = "llama-bench -m Qwen3-8B-Q4_K_M.gguf -p 512 -n 128 -d 4096"
    assert totals(plan) == totals(ask(library, command=command, machine=CARD))


def test_that_the_command_of_settings_with_a_draft_names_the_draft(library: Library) -> None:
    settings = {"n_ctx": 8192, "n_gpu_layers": "all", "draft_model": "Qwen3-0.6B", "draft_quant": "Q8_0"}
    plan = ask(library, model="Qwen3-8B", quant="Q4_K_M", machine=CARD, settings=settings)
    assert plan.command is not None
    again = ask(library, command=list(plan.command.argv), machine=CARD)
    assert totals(again) == totals(plan)


def test_that_a_vllm_command_for_a_gguf_repository_is_answered_and_refused(library: Library) -> None:
    plan = ask(library, command="vllm serve Qwen/Qwen3-8B-GGUF:Q4_K_M", machine=CARD)
    assert plan.verdict is Verdict.DOES_NOT_FIT
    assert "GGUF" in plan.reasons[0]


@pytest.mark.parametrize("backend", ["metal", "cpu"])
def test_that_the_ram_of_a_unified_pool_is_the_pool(library: Library, backend: str) -> None:
    gpus = [{"name": "Apple M3 Max", "memory_bytes": 128 * 2**30}]
    request = {"model": "Qwen3-32B", "quant": "Q4_K_M", "backend": backend, "settings": {"n_ctx": 8192}}
    small = ask(library, **request, machine={"gpus": gpus, "ram_bytes": 2**30})
    assert small.fits
    assert small.devices[-1].capacity_bytes == 128 * 2**30
    assert totals(ask(library, **request, machine={"gpus": gpus})) == totals(small)


@pytest.mark.parametrize("engine", ["llama.cpp", "vllm"])
def test_that_a_workload_longer_than_the_context_is_said_to_be(library: Library, engine: str) -> None:
    request = {"model": "Qwen3-8B", "engine": engine, "machine": CARD, "settings": {"n_ctx": 8192}}
    within = ask(library, **request, workload={"depth": 4096})
    assert not any("a sequence gets" in r for r in within.reasons)
    beyond = ask(library, **request, workload={"depth": 100_000})
    assert any("100,640 tokens and a sequence gets 8,192" in r for r in beyond.reasons)


def test_that_a_known_size_of_the_file_is_reported_without_settings_too(library: Library) -> None:
    plan = ask(library, model="Qwen3-8B", quant="Q4_K_M", machine=CARD, file_bytes=5_000_000_000)
    assert plan.file_bytes == 5_000_000_000


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ({"model": "Qwen3-8B", "backend": "metal"}, "does not run on RTX 4090; valid are cuda, vulkan, cpu"),
        ({"model": "Qwen3-8B", "settings": {"spec_type": ["draft-smple"]}}, "nearest is 'draft-simple'"),
        ({"model": "Qwen3-8B", "machine": {"gpus": "RTX 4090"}}, "a list in . . is needed"),
        ({"model": "Qwen3-8B", "machine": {"gpus": ["RTX 4090"]}}, "an object with keys is needed"),
        ({"model": ""}, "write for example"),
        ({"model": "Qwen3-8B", "settings": {"fit_target": []}}, "at least 1 item"),
        (
            {"model": "Qwen3-8B", "engine": "vllm", "settings": {"max_num_seqs": "4"}},
            "a whole number is needed",
        ),
        (
            {"model": "Qwen3-8B", "engine": "vllm", "settings": {"max_modl_len": 4}},
            "nearest is 'max_model_len'",
        ),
    ],
)
def test_that_a_fault_is_named_in_plain_words(library: Library, request_: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says) as fault:
        ask(library, **{"machine": CARD, **request_})
    assert not any(word in str(fault.value) for word in ("tuple", "dictionary", "GpuPart", "int'"))


UNEQUAL = {"gpus": [{"name": "RTX 4090"}, {"name": "RTX 3060"}], "ram_bytes": 64 * 2**30}


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("CUDA_VISIBLE_DEVICES=1 llama-server -m Qwen3-8B-Q4_K_M.gguf -c 4096", ["RTX 3060"]),
        ("CUDA_VISIBLE_DEVICES=1,0 llama-server -m Qwen3-8B-Q4_K_M.gguf -c 4096", ["RTX 3060", "RTX 4090"]),
        (
            "CUDA_VISIBLE_DEVICES=1,0 llama-server -m Qwen3-8B-Q4_K_M.gguf -c 4096 --device CUDA1",
            ["RTX 4090"],
        ),
        ("CUDA_VISIBLE_DEVICES= llama-server -m Qwen3-8B-Q4_K_M.gguf -c 4096", []),
        ("CUDA_VISIBLE_DEVICES=0,7,1 llama-server -m Qwen3-8B-Q4_K_M.gguf -c 4096", ["RTX 4090"]),
        ("CUDA_VISIBLE_DEVICES=1 vllm serve Qwen/Qwen3-8B-AWQ --max-model-len 4096", ["RTX 3060"]),
        ("vllm serve Qwen/Qwen3-8B-AWQ --max-model-len 4096 --device-ids 1", ["RTX 3060"]),
        (
            "docker run --gpus device=1 vllm/vllm-openai:latest --model Qwen/Qwen3-8B-AWQ --max-model-len 4096",
            ["RTX 3060"],
        ),
    ],
)
def test_that_a_command_is_sized_on_the_gpus_its_environment_shows(
    library: Library, command: str, names: list[str]
) -> None:
    plan = ask(library, command=command, machine=UNEQUAL)
    assert [d.accelerator for d in plan.devices if d.kind == "gpu"] == names
    assert plan.command is not None
    again = ask(library, command=list(plan.command.argv), machine=UNEQUAL)
    assert totals(again) == totals(plan)


def test_that_the_command_of_a_model_published_in_its_own_format_is_read_back_as_that_format(
    library: Library,
) -> None:
    plan = ask(library, model="gpt-oss-20b", machine=CARD)
    assert plan.command is not None
    again = ask(library, command=list(plan.command.argv), machine=CARD)
    assert (again.quant, totals(again)) == (plan.quant, totals(plan))
    other = ask(library, command="llama-server -hf unsloth/gpt-oss-20b-GGUF -c 8192", machine=CARD)
    assert other.quant == "Q4_K_M"
