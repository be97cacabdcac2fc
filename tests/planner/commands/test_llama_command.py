"""Generated llama.cpp commands say exactly the settings, with flags the build knows, and a real server
loads them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.commands.llama_command import (
    ModelSource,
    UnsupportedSetting,
    llama_launch_command,
    rpc_commands,
)
from planner.commands.llama_flags import BUILDS, flag_table
from planner.commands.llama_parse import parse_llama_command
from planner.commands.shell_quoting import Shell
from planner.settings import ALL_LAYERS, LlamaSettings, Workload

CACHE = st.sampled_from(["f16", "bf16", "q8_0", "q4_0", "f32"])
SERVER = st.builds(
    LlamaSettings,
    n_ctx=st.integers(0, 2**20),
    n_parallel=st.one_of(st.none(), st.integers(1, 64)),
    n_batch=st.integers(1, 8192),
    n_ubatch=st.integers(1, 8192),
    n_gpu_layers=st.one_of(st.none(), st.just(ALL_LAYERS), st.integers(0, 200)),
    n_cpu_moe=st.one_of(st.just(0), st.just(ALL_LAYERS), st.integers(1, 100)),
    override_tensor=st.lists(
        st.tuples(
            st.sampled_from([r"blk\.(0|1)\.ffn_.*_exps", "a b", ".*"]), st.sampled_from(["CPU", "CUDA1"])
        ),
        max_size=2,
    ).map(tuple),
    tensor_split=st.one_of(
        st.none(), st.lists(st.integers(1, 99).map(float), min_size=1, max_size=8).map(tuple)
    ),
    split_mode=st.sampled_from(["layer", "none", "row", "tensor"]),
    main_gpu=st.integers(0, 3),
    devices=st.one_of(st.none(), st.sampled_from([("none",), ("CUDA0",), ("CUDA0", "CUDA1")])),
    flash_attn=st.sampled_from(["auto", "on", "off"]),
    cache_type_k=CACHE,
    cache_type_v=CACHE,
    swa_full=st.booleans(),
    kv_offload=st.booleans(),
    op_offload=st.booleans(),
    repack=st.booleans(),
    load_mode=st.sampled_from([None, "none", "mmap", "mlock", "dio"]),
    fit=st.booleans(),
    cache_ram_mib=st.one_of(st.none(), st.integers(-1, 99999)),
    threads=st.one_of(st.none(), st.integers(1, 128)),
    rpc=st.sampled_from([(), ("10.0.0.2:50052", "node:50053")]),
)
SOURCE = ModelSource(path="models/my model-Q4_K_M.gguf")


@settings(deadline=None)
@given(SERVER, st.sampled_from(BUILDS), st.sampled_from(list(Shell)), st.booleans())
def test_that_a_written_command_reads_back_as_the_same_settings(
    settings: LlamaSettings, build: str, shell: Shell, multiline: bool
) -> None:
    command = llama_launch_command(settings, SOURCE, build)
    back = parse_llama_command(command.text(shell, multiline), build)
    assert back.settings == settings
    assert back.model.path == SOURCE.path
    assert not [f for f in back.findings if str(f.kind) in ("unknown_flag", "bad_value", "deprecated")]


@settings(deadline=None)
@given(SERVER, st.sampled_from(BUILDS), st.sampled_from(["llama-server", "llama-cli"]))
def test_that_only_known_flags_are_written_and_each_is_explained(
    settings: LlamaSettings, build: str, program: str
) -> None:
    command = llama_launch_command(LlamaSettings(**(vars_of(settings) | {"binary": program})), SOURCE, build)
    table = flag_table(build, program)
    flags = [word for word in command.argv[1:] if table.get(word)]
    assert [note.flag for note in command.flags] == flags
    assert all(note.text for note in command.flags)


def vars_of(settings: LlamaSettings) -> dict[str, object]:
    return {name: getattr(settings, name) for name in LlamaSettings.__dataclass_fields__}


def test_that_the_command_of_a_plan_is_the_expected_one() -> None:
    settings = LlamaSettings(
        n_ctx=32768,
        n_parallel=4,
        kv_unified=True,
        n_gpu_layers=ALL_LAYERS,
        n_cpu_moe=12,
        devices=("CUDA0", "CUDA1"),
        tensor_split=(25.0, 24.0),
        flash_attn="on",
        cache_type_k="q8_0",
        cache_type_v="q8_0",
        fit=False,
        cache_ram_mib=0,
    )
    source = ModelSource(repo="unsloth/Qwen3-30B-A3B-GGUF", quant="Q4_K_M")
    command = llama_launch_command(settings, source, effects={"n_ctx": "1.6 GiB of cache"})
    assert command.posix == (
        "llama-server -hf unsloth/Qwen3-30B-A3B-GGUF:Q4_K_M --no-mmproj --device CUDA0,CUDA1 -ts 25,24 "
        "-ngl all --n-cpu-moe 12 -fit off -c 32768 -np 4 -kvu -fa on -ctk q8_0 -ctv q8_0 --cache-ram 0"
    )
    note = next(n for n in command.flags if n.flag == "-c")
    assert note.text == "32768 tokens of context, shared by 4 slots: 1.6 GiB of cache"
    assert command.to_json()["argv"] == list(command.argv)


def test_that_a_placeholder_is_named() -> None:
    command = llama_launch_command(LlamaSettings(), ModelSource())
    assert command.argv == ("llama-server", "-m", "model.gguf")
    assert "model.gguf" in command.notes[0]


def test_that_bench_uses_its_own_spellings() -> None:
    settings = LlamaSettings(
        n_gpu_layers=ALL_LAYERS,
        n_cpu_moe=ALL_LAYERS,
        devices=("CUDA0", "CUDA1"),
        tensor_split=(1.0, 2.0),
        flash_attn="on",
        kv_offload=False,
        fit=False,
        binary="llama-bench",
    )
    command = llama_launch_command(
        settings, SOURCE, workload=Workload(prompt_tokens=1024, gen_tokens=64, depth=4096)
    )
    assert command.argv[3:] == (
        *("--device", "CUDA0/CUDA1", "-ts", "1/2", "-ngl", "999", "-ncmoe", "999", "-fa", "1", "-nkvo", "1"),
        *("-p", "1024", "-n", "64", "-d", "4096"),
    )
    back = parse_llama_command(list(command.argv))
    assert not [f for f in back.findings if f.fatal]
    assert back.settings.n_ctx == 1024 + 64 + 4096


def test_that_a_setting_without_a_flag_is_refused() -> None:
    with pytest.raises(UnsupportedSetting, match="swa-full"):
        llama_launch_command(LlamaSettings(swa_full=True, binary="llama-bench"), SOURCE)
    with pytest.raises(UnsupportedSetting, match="comma"):
        llama_launch_command(LlamaSettings(override_tensor=(("a{1,2}", "CPU"),)), SOURCE)


def test_that_several_machines_get_one_command_each() -> None:
    settings = LlamaSettings(n_gpu_layers=ALL_LAYERS, tensor_split=(1.0, 1.0), n_ctx=4096, fit=False)
    worker, main = rpc_commands(settings, SOURCE, {"10.0.0.2": ("CUDA0",)})
    assert worker.posix == "ggml-rpc-server --host 10.0.0.2 --port 50052 --device CUDA0 --cache"
    assert main.argv[3:5] == ("--rpc", "10.0.0.2:50052")
    assert main.argv.index("--rpc") < main.argv.index("-ts")


def test_that_generating_a_command_says_the_build() -> None:
    assert llama_launch_command(LlamaSettings(), SOURCE).engine_versions == "llama.cpp 0.5.0-dev"
    assert llama_launch_command(LlamaSettings(), SOURCE, "b10434").engine_versions == "llama.cpp b10434"


ENGINE_CASES: dict[str, tuple[str, str, list[int], dict[str, object]]] = {
    "dense on one GPU": (
        "Llama 3.1 8B",
        "Q4_K_M",
        [24576],
        {"n_ctx": 16384, "n_parallel": 1, "n_gpu_layers": ALL_LAYERS, "flash_attn": "on"},
    ),
    "experts on the processor": (
        "Qwen3 30B A3B",
        "Q4_K_M",
        [12288],
        {"n_ctx": 8192, "n_gpu_layers": ALL_LAYERS, "n_cpu_moe": 30, "n_ubatch": 1024},
    ),
    "two GPUs, two slots, quantized cache": (
        "Llama 3.3 70B",
        "Q4_K_M",
        [24576, 24576],
        {
            "n_ctx": 8192,
            "n_parallel": 2,
            "kv_unified": True,
            "n_gpu_layers": ALL_LAYERS,
            "tensor_split": (41.0, 40.0),
            "cache_type_k": "q8_0",
            "cache_type_v": "q8_0",
            "flash_attn": "on",
            "devices": ("CUDA0", "CUDA1"),
        },
    ),
    "processor only": (
        "Gemma 3 4B",
        "Q8_0",
        [],
        {"n_ctx": 8192, "n_parallel": 1, "devices": ("none",), "n_gpu_layers": 0, "swa_full": True},
    ),
    "one of two GPUs": (
        "Qwen3 8B",
        "Q4_K_M",
        [8192, 24576],
        {
            "n_ctx": 32768,
            "n_gpu_layers": ALL_LAYERS,
            "split_mode": "none",
            "main_gpu": 1,
            "cache_ram_mib": 0,
        },
    ),
    "overrides by pattern": (
        "Qwen3 30B A3B",
        "Q4_K_M",
        [24576],
        {
            "n_ctx": 8192,
            "n_gpu_layers": ALL_LAYERS,
            "override_tensor": ((r"blk\.(0|1|2)\.ffn_.*_exps", "CPU"),),
            "op_offload": False,
            "kv_offload": False,
            "load_mode": "none",
            "threads": 2,
        },
    ),
}


@pytest.mark.engine
@pytest.mark.parametrize("case", list(ENGINE_CASES))
def test_that_a_real_server_loads_the_command(shared_dir: Path, case: str) -> None:
    model, quant, gpus, values = ENGINE_CASES[case]
    settings = LlamaSettings(**({"fit": False, "repack": False} | values))  # type: ignore[arg-type]
    command = llama_launch_command(settings, ModelSource(), "b10434")
    result = run_on_emulated_gpus(shared_dir, command.argv, model, quant, gpus)
    assert result["loads"], result
    assert result["fits"]
    assert not result["fit_messages"]
    assert result["n_ctx"] == settings.n_ctx


@pytest.mark.engine
def test_that_the_real_server_refuses_what_the_parser_calls_fatal(shared_dir: Path) -> None:
    for flags in (
        "-nlg 99",
        "-fa -c 4096",
        "--ctx-size=4096",
        "-ctk Q8_0",
        "-np 0",
        "-c eight",
        "-ot exps=cpu",
    ):
        argv = ("llama-server", "-m", "model.gguf", "--no-repack", *flags.split())
        assert parse_llama_command(list(argv), "b10434").refused
        result = run_on_emulated_gpus(shared_dir, argv, "Qwen3 8B", "Q4_K_M", [24576])
        assert not result["loads"], flags
    for flags in ("-ctv q8_0 -fa off", "-c 32k", "-ngl -2", "--no-mmap", "-fa 1", "--batch_size 64"):
        argv = ("llama-server", "-m", "model.gguf", "-fit", "off", "--no-repack", *flags.split())
        result = run_on_emulated_gpus(shared_dir, argv, "Qwen3 8B", "Q4_K_M", [24576])
        assert result["loads"] == (not parse_llama_command(list(argv), "b10434").refused), flags
        if flags == "-c 32k":
            assert result["n_ctx"] == 256


def run_on_emulated_gpus(
    shared_dir: Path, argv: tuple[str, ...], model: str, quant: str, gpus: list[int]
) -> dict[str, Any]:
    """Load with the real llama-server.

    The wheel's processor backend stops with an illegal instruction on processors without AMX; ``--no-repack``
    keeps that path out wherever there is a GPU.
    """
    tool = shared_dir / "tools" / "llama-check" / "check_command.py"
    if not tool.exists():
        pytest.skip("no check_command.py beside the project")
    start = [sys.executable, str(tool), "--model", model, "--quant", quant, "--ram", "65536"]
    start += ["--gpus", ",".join(map(str, gpus))] if gpus else []
    done = subprocess.run([*start, "--", *argv], capture_output=True, text=True, timeout=300, check=False)
    if "check_command:" in done.stderr:
        pytest.skip(f"check_command could not run: {done.stderr.strip()[:200]}")
    result: dict[str, Any] = json.loads(done.stdout)
    if result["exit_code"] == -4:
        pytest.skip("the wheel's processor backend stops with an illegal instruction on this processor")
    return result
