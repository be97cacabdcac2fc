from __future__ import annotations

import json
import time
from typing import Any

import pytest

from planner.answer import answer
from planner.library import Library
from planner.machine import Machine
from planner.plan import Plan
from planner.records import Verdict
from planner.request import RequestFault, read_question

A6000 = {"gpus": [{"name": "RTX A6000"}], "ram_bytes": 128 * 2**30}
RTX_4090 = {"gpus": [{"name": "NVIDIA GeForce RTX 4090", "count": 1}], "ram_bytes": 64 * 2**30}


def unasked() -> Machine:
    raise AssertionError("the request names a machine; this one must not be detected")


def ask(library: Library, **request: Any) -> Plan:
    return answer(library, read_question(json.loads(json.dumps(request))), unasked)


def test_that_scout_on_one_48_gib_card_does_not_fit_and_a_command_that_fits_is_offered(
    library: Library,
) -> None:
    plan = ask(library, command="llama-server -m llama-4-scout-Q4_K_M.gguf -c 8192 -ngl 99", machine=A6000)
    assert plan.verdict is Verdict.DOES_NOT_FIT
    assert plan.model_id == "meta-llama/Llama-4-Scout-17B-16E-Instruct"
    assert "short by 1" in plan.reasons[0]
    assert "GiB on CUDA0" in plan.reasons[0]
    better = plan.alternatives[0]
    assert better.fits
    assert better.quant == "Q4_K_M"
    assert better.command is not None
    assert {"--n-cpu-moe", "-ot"} & set(better.command.argv)
    assert better.command.argv[better.command.argv.index("-c") + 1] == "8192"


def test_that_the_published_example_is_answered_in_full(library: Library) -> None:
    plan = ask(
        library,
        id="r1",
        model="Qwen3-30B-A3B",
        quant="Q4_K_M",
        engine="llama.cpp",
        backend="cuda",
        machine={
            "gpus": [{"name": "RTX 4090", "count": 1, "memory_bytes": None}],
            "cpu": "Ryzen 9 7950X",
            "ram_bytes": 68719476736,
            "ram_bandwidth_bytes_per_s": 8.3e10,
        },
        settings={
            "n_ctx": 32768,
            "n_parallel": 1,
            "n_gpu_layers": "all",
            "flash_attn": True,
            "max_num_seqs": None,
        },
        workload={"prompt_tokens": 512, "depth": 0, "gen_tokens": 128, "concurrency": 1},
        command=None,
    )
    out = plan.to_json("r1")
    assert out["schema"] == "fit-plan/1"
    assert out["id"] == "r1"
    assert out["fits"] is True
    assert out["parameters"]["total"] == 30532122624
    assert abs(out["file_bytes"] - 18556682240) < 0.001 * 18556682240
    gpu, host = out["devices"]
    assert gpu["name"] == "CUDA0"
    assert host["name"] == "Host"
    kinds = ("model_bytes", "kv_bytes", "recurrent_bytes", "compute_bytes", "output_bytes", "overhead_bytes")
    for device in (gpu, host):
        assert device["total_bytes"] == sum(device[kind] for kind in kinds)
    assert gpu["kv_bytes"] == 3072 * 2**20
    assert gpu["layers"] == [0, 47]
    decode = out["throughput"]["decode_tps"]
    assert decode["p10"] < decode["p50"] < decode["p90"]
    assert json.loads(json.dumps(out, allow_nan=False)) == out


def test_that_a_depth_slows_decode(library: Library) -> None:
    speeds = []
    for depth in (0, 8192, 30000):
        plan = ask(
            library,
            model="Llama 3.1 8B",
            quant="Q4_K_M",
            machine=RTX_4090,
            settings={"n_ctx": 32768, "n_gpu_layers": "all", "n_parallel": 1},
            workload={"depth": depth},
        )
        assert plan.throughput is not None
        assert plan.throughput.decode_tps is not None
        speeds.append(plan.throughput.decode_tps.p50)
    assert speeds[0] > speeds[1] > speeds[2]


@pytest.mark.parametrize(
    ("request_", "code", "part"),
    [
        ({}, "bad_request", "needs 'model' or 'command'"),
        ({"model": "no such model zzz"}, "unknown_model", "nearest"),
        ({"model": "Qwen3-8B", "quant": "Q4_K_Q", "machine": RTX_4090}, "unknown_quant", "Q4_K_M"),
        ({"model": "Qwen3-8B", "machine": {"gpus": [{"name": "RTX 4091"}]}}, "bad_value", "RTX 4090"),
        (
            {"model": "Qwen3-8B", "machine": {"gpus": [{"name": "RTX 4090", "count": -1}]}},
            "bad_request",
            "count",
        ),
        ({"model": "Qwen3-8B", "machine": {"ram_bytes": 0}}, "bad_request", "ram_bytes"),
        ({"model": "Qwen3-8B", "machine": {"ram_byte": 5}}, "bad_request", "nearest is 'ram_bytes'"),
        ({"model": "Qwen3-8B", "settings": {"n_ctx": "lots"}}, "bad_request", "n_ctx"),
        ({"model": "Qwen3-8B", "machine": RTX_4090, "engine_version": "soon"}, "unknown_version", "soon"),
        ({"command": "rm -rf x", "machine": RTX_4090}, "bad_command", "llama"),
    ],
)
def test_that_what_cannot_be_answered_says_why_in_one_line(
    library: Library, request_: dict[str, Any], code: str, part: str
) -> None:
    with pytest.raises(RequestFault) as fault:
        ask(library, **request_)
    assert fault.value.code == code
    assert part in str(fault.value)


def test_that_a_reported_model_says_what_is_known_and_what_is_nearest(library: Library) -> None:
    plan = ask(library, model="Qwen 3 72B", machine=RTX_4090)
    assert plan.provenance == "reported"
    assert plan.verdict is Verdict.UNKNOWN
    assert plan.fits is None
    assert any("nearest published model: Qwen/Qwen2.5-72B-Instruct" in reason for reason in plan.reasons)


def test_that_two_unequal_gpus_are_split_by_bytes_and_named_in_the_command(library: Library) -> None:
    machine = {
        "gpus": [{"name": "RTX 4090"}, {"name": "RTX 3060", "memory_bytes": 12 * 2**30}],
        "ram_bytes": 64 * 2**30,
    }
    plan = ask(library, model="Qwen3-32B", quant="Q6_K", machine=machine)
    assert plan.placement == "gpu"
    first, second = (d for d in plan.devices if d.kind == "gpu")
    assert first.total_bytes > second.total_bytes > 0
    assert plan.command is not None
    argv = plan.command.argv
    assert argv[argv.index("--device") + 1] == "CUDA0,CUDA1"
    assert "-ts" in argv


def test_that_a_model_that_fits_one_card_is_not_split_over_two(library: Library) -> None:
    machine = {"gpus": [{"name": "RTX 3090", "count": 2}], "ram_bytes": 64 * 2**30}
    plan = ask(library, model="Llama 3.1 8B", quant="Q4_K_M", machine=machine)
    assert [d.name for d in plan.devices] == ["CUDA0", "Host"]
    assert plan.command is not None
    assert plan.command.argv[plan.command.argv.index("--device") + 1] == "CUDA0"


def test_that_unknown_ram_bandwidth_widens_the_range_and_says_so(library: Library) -> None:
    known = ask(library, model="gpt-oss-120b", machine={**RTX_4090, "ram_bandwidth_bytes_per_s": 8e10})
    unknown = ask(library, model="gpt-oss-120b", machine=RTX_4090)
    assert known.throughput is not None
    assert unknown.throughput is not None
    narrow, wide = known.throughput.decode_tps, unknown.throughput.decode_tps
    assert narrow is not None
    assert wide is not None
    assert wide.p90 / wide.p10 > 4 * narrow.p90 / narrow.p10
    assert "RAM bandwidth unknown" in unknown.throughput.basis


@pytest.mark.bench
def test_that_two_hundred_requests_a_second_are_answered(library: Library) -> None:
    requests = [
        {
            "model": m,
            "quant": q,
            "machine": RTX_4090,
            "settings": {"n_ctx": c, "n_gpu_layers": "all", "n_parallel": 1},
        }
        for m in ("Qwen3-30B-A3B", "Llama 3.1 8B", "gpt-oss-120b", "Gemma 3 27B", "DeepSeek V3")
        for q in ("Q4_K_M", "Q8_0")
        for c in (4096, 8192, 32768)
    ]
    best = 0.0
    for _ in range(4):
        start = time.process_time()
        for request in requests:
            json.dumps(ask(library, **request).to_json())
        best = max(best, len(requests) / (time.process_time() - start))
    print(f"{best:.0f} requests a second")
    assert best >= 200


def test_that_a_single_letter_names_no_model(library: Library) -> None:
    with pytest.raises(RequestFault) as fault:
        ask(library, command="llama-server -m x.gguf -c 4096", machine=RTX_4090)
    assert fault.value.code == "unknown_model"


def test_that_cache_types_are_read_in_any_case(library: Library) -> None:
    settings = {"n_ctx": 8192, "n_gpu_layers": "all", "cache_type_k": "Q8_0", "cache_type_v": "Q8_0"}
    plan = ask(library, model="Qwen3-8B", quant="Q4_K_M", machine=RTX_4090, settings=settings)
    assert plan.settings["cache_type_k"] == "q8_0"
