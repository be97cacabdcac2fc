"""vLLM commands both ways: what vLLM's own parser and configuration said to each recorded command, and
round trips."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.commands.command_text import CommandTextFault
from planner.commands.findings import FindingKind
from planner.commands.shell_quoting import Shell, split_command
from planner.commands.vllm_command import (
    vllm_docker_command,
    vllm_node_commands,
    vllm_ray_commands,
    vllm_serve_command,
    why_vllm_cannot,
)
from planner.commands.vllm_flags import VERSIONS, VllmVersionFault, resolve_version, vllm_flag_table
from planner.commands.vllm_parse import human_readable_int, parse_vllm_command
from planner.commands.vllm_refusals import VllmModelFacts, config_refusals
from planner.vllm_settings import AUTO_LENGTH, VllmSettings

TRUTH = Path(__file__).resolve().parents[2] / "truth" / "vllm_commands.csv"
MODELS = {
    "L8": VllmModelFacts(32, 131072),
    "Q30": VllmModelFacts(32, 40960, 128),
    "Q30F": VllmModelFacts(32, 40960, 128, "fp8"),
    "Q32": VllmModelFacts(64, 40960),
    "DSV3": VllmModelFacts(128, 163840, 256, "fp8"),
    "L70N": VllmModelFacts(64, 131072, 0, "modelopt"),
    "QNV": VllmModelFacts(64, 40960, 128, "modelopt"),
    "GPTOSS": VllmModelFacts(64, 131072, 32, "mxfp4"),
    "NEMO": VllmModelFacts(32, 262144, 128),
    "Q35": VllmModelFacts(16, 262144, 256),
}
"""Dimensions of the checkpoints behind the short names of the recorded commands."""


def truth() -> list[dict[str, str]]:
    with TRUTH.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


ROWS = truth()


@pytest.mark.parametrize("row", ROWS, ids=[f"{r['version']} {r['command'][11:71]}" for r in ROWS])
def test_that_every_recorded_verdict_and_reason_is_reproduced(row: dict[str, str]) -> None:
    command = parse_vllm_command(row["command"], row["version"])
    fatal = [f for f in command.findings if f.fatal]
    if row["stage"] == "parser":
        assert fatal
        assert all(f.engine.endswith(row["message"].strip()) for f in fatal), fatal
        return
    assert not fatal
    assert command.settings.model is not None
    refusals = config_refusals(command.settings, MODELS[command.settings.model], 8, row["version"])
    if row["stage"] == "ok":
        assert not refusals
        return
    config, _, words = refusals[0].engine.partition(": ")
    words = words.removeprefix("gpu_memory_utilization ")
    assert config == row["config"]
    common = min(len(words), len(row["message"]), 300)
    assert words[:common].rstrip("]") == row["message"][:common].rstrip("]")
    assert len(refusals) == 1


def test_that_the_table_has_both_verdicts() -> None:
    stages = [row["stage"] for row in ROWS]
    assert len(ROWS) == 122
    assert {"ok", "parser", "config"} == set(stages)
    assert stages.count("ok") > 60


@pytest.mark.parametrize(
    ("text", "value"), [("32k", 32000), ("32K", 32768), ("25.6k", 25600), ("1M", 2**20), ("8192", 8192), ("2g", 2 * 10**9)]
)  # fmt: skip
def test_that_sizes_mean_what_vllm_means(text: str, value: int) -> None:
    assert human_readable_int(text) == value
    assert (
        parse_vllm_command(f"vllm serve m --max-num-batched-tokens {text}").settings.max_num_batched_tokens
        == value
    )


SETTINGS = st.builds(
    VllmSettings,
    model=st.sampled_from(["Qwen/Qwen3-32B", "/models/my model", "nvidia/X-NVFP4"]),
    tensor_parallel_size=st.integers(1, 16),
    pipeline_parallel_size=st.integers(1, 4),
    data_parallel_size=st.integers(1, 4),
    enable_expert_parallel=st.booleans(),
    max_model_len=st.one_of(st.none(), st.just(AUTO_LENGTH), st.integers(1, 2**21)),
    gpu_memory_utilization=st.sampled_from([0.92, 0.5, 0.955, 1.0]),
    kv_cache_dtype=st.sampled_from(["auto", "fp8", "fp8_e5m2", "bfloat16"]),
    kv_cache_memory_bytes=st.one_of(st.none(), st.integers(1, 2**40)),
    block_size=st.sampled_from([None, 16, 64]),
    max_num_seqs=st.one_of(st.none(), st.integers(1, 2048)),
    max_num_batched_tokens=st.one_of(st.none(), st.integers(1, 2**17)),
    enable_chunked_prefill=st.sampled_from([None, True, False]),
    enable_prefix_caching=st.sampled_from([None, True, False]),
    quantization=st.sampled_from([None, "fp8", "awq"]),
    dtype=st.sampled_from(["auto", "half", "bfloat16"]),
    enforce_eager=st.booleans(),
    cpu_offload_gb=st.sampled_from([0.0, 4.0, 12.5]),
    kv_offloading_size=st.sampled_from([None, 16.0]),
    async_scheduling=st.sampled_from([None, True, False]),
    disable_hybrid_kv_cache_manager=st.sampled_from([None, True, False]),
    mamba_cache_mode=st.sampled_from([None, "align", "none"]),
    language_model_only=st.booleans(),
    limit_mm_per_prompt=st.sampled_from([None, '{"image": 0}']),
    hf_overrides=st.sampled_from([None, '{"rope_scaling":{"rope_type":"yarn","factor":4.0}}']),
    trust_remote_code=st.booleans(),
    served_model_name=st.sampled_from([(), ("a",), ("a", "b c")]),
)


@settings(deadline=None)
@given(SETTINGS, st.sampled_from(VERSIONS), st.sampled_from(list(Shell)), st.booleans())
def test_that_a_written_command_reads_back_as_the_same_settings(
    settings: VllmSettings, version: str, shell: Shell, multiline: bool
) -> None:
    command = vllm_serve_command(settings, version)
    back = parse_vllm_command(command.text(shell, multiline), version)
    assert back.settings == settings
    assert not back.findings


@settings(deadline=None)
@given(SETTINGS, st.sampled_from(VERSIONS))
def test_that_only_options_of_the_version_are_written_and_each_is_explained(
    settings: VllmSettings, version: str
) -> None:
    command = vllm_serve_command(settings, version)
    table = vllm_flag_table(version)
    written = [word for word in command.argv if word.startswith("--")]
    assert all(word in table.by_spelling for word in written)
    assert [note.flag for note in command.flags] == written
    docker = vllm_docker_command(settings, version, devices=[0, 1])
    assert parse_vllm_command(list(docker.argv), version).settings == settings


@pytest.mark.parametrize(
    ("text", "version", "token", "nearest"),
    [
        ("--swap-space 4", None, "--swap-space", "nothing: a request that does not fit is computed again"),
        ("--tensor-paralel-size 2", None, "--tensor-paralel-size", "--tensor-parallel-size"),
        ("--max-model-len 32x", None, "--max-model-len 32x", None),
        ("--max-model-len 1.5K", None, "--max-model-len 1.5K", None),
        ("-tp 2.5", None, "-tp 2.5", None),
        ("--tensor-parallel-size", None, "--tensor-parallel-size", None),
        ("--dtype fp16", None, "--dtype fp16", "float16"),
        ("--kv-cache-dtype fp8_e4m4", "0.32", "--kv-cache-dtype fp8_e4m4", "fp8_e4m3"),
        ("--enforce-eager=1", None, "--enforce-eager=1", "--enforce-eager"),
        ("--hf-overrides x extra", None, "extra", None),
        ("--speculative-config {a}", None, "--speculative-config {a}", None),
        ("--enable-max 3", None, "--enable-max", None),
        ("\u2013\u2013enforce-eager", None, "\u2013\u2013enforce-eager", "--enforce-eager"),
    ],
)
def test_that_each_fault_names_its_token(
    text: str, version: str | None, token: str, nearest: str | None
) -> None:
    command = parse_vllm_command("vllm serve m " + text, version)
    found = [f for f in command.findings if f.fatal]
    assert [f.token for f in found] == [token]
    assert found[0].engine
    if nearest:
        assert found[0].nearest == nearest


@pytest.mark.parametrize(
    "text",
    [
        "vllm serve M --tensor-parallel-size=2",
        "vllm serve M -tp=2",
        "vllm serve M -tp2",
        "vllm serve --tensor_parallel_size 2 M",
        "vllm serve M --tensor-parallel 2",
        "python -m vllm.entrypoints.openai.api_server --model M -tp 2",
        "python3 -m vllm.entrypoints.openai.api_server --model=M --tensor-parallel-size 2",
        "CUDA_VISIBLE_DEVICES=0,1 uv run vllm serve M -tp 2",
        "docker run --runtime nvidia --gpus all -v ~/.cache/huggingface:/root/.cache/huggingface "
        "--env HF_TOKEN=x "
        "-p 8000:8000 --ipc=host vllm/vllm-openai:latest --model M -tp 2",
        "docker run --gpus '\"device=0,1\"' --shm-size 16g vllm/vllm-openai:v0.33.0 M "
        "--tensor-parallel-size 2",
        "nohup vllm serve M \\\n  --tensor-parallel-size 2 \\\n  > log.txt 2>&1 &",
        ".venv\\Scripts\\vllm.exe serve M -tp 2",
    ],
)
def test_that_every_way_of_writing_it_is_read(text: str) -> None:
    command = parse_vllm_command(text)
    assert (command.settings.model, command.settings.tensor_parallel_size) == ("M", 2)
    assert not command.refused


def test_that_dotted_options_fill_their_json() -> None:
    command = parse_vllm_command("vllm serve M --compilation-config.mode 3 -cc.cudagraph_mode=NONE -O3")
    assert not command.refused
    assert command.extras["optimization_level"] == 3
    assert command.extras["compilation_config"] == '{"mode": 3, "cudagraph_mode": "NONE"}'


def test_that_no_spelling_of_a_switch_is_mistaken() -> None:
    for version in VERSIONS:
        for spelling, value in (("--no-enable-prefix-caching", False), ("--enable-prefix-caching", True)):
            command = parse_vllm_command(f"vllm serve M {spelling}", version)
            assert command.settings.enable_prefix_caching is value
    assert (
        parse_vllm_command("vllm serve M --disable-prefix-caching", "0.33").settings.enable_prefix_caching
        is False
    )
    assert parse_vllm_command("vllm serve M --disable-prefix-caching", "0.32").refused
    assert parse_vllm_command("vllm serve M -ep").settings.enable_expert_parallel


def test_that_other_vllm_commands_are_refused() -> None:
    for text in ("vllm bench serve --model x", "vllm chat", "llama-server -m x", ""):
        with pytest.raises(CommandTextFault):
            parse_vllm_command(text)
    with pytest.raises(VllmVersionFault):
        resolve_version("nightly")
    assert resolve_version("0.11.0") == ("0.32", resolve_version("0.11.0")[1])


def test_that_several_machines_get_their_commands() -> None:
    settings = VllmSettings(model="M", tensor_parallel_size=8, pipeline_parallel_size=2)
    head, worker, serve = vllm_ray_commands(settings, "10.0.0.1", 1)
    assert head.posix == "ray start --head --port 6379"
    assert worker.posix == "ray start --address 10.0.0.1:6379"
    assert serve.argv[-2:] == ("--distributed-executor-backend", "ray")
    first, second = vllm_node_commands(settings, "10.0.0.1", 2)
    assert first.posix.endswith("--nnodes 2 --node-rank 0 --master-addr 10.0.0.1")
    assert second.posix.endswith("--nnodes 2 --node-rank 1 --master-addr 10.0.0.1 --headless")
    facts = VllmModelFacts(32, 131072)
    for command in (serve, first, second):
        back = parse_vllm_command(list(command.argv))
        assert not back.refused
        assert not config_refusals(back.settings, facts, 8)


def test_that_docker_commands_quote_the_devices_docker_wants() -> None:
    command = vllm_docker_command(VllmSettings(model="M"), "0.33.0", devices=[1, 2], env={"HF_TOKEN": "x"})
    assert "--gpus '\"device=1,2\"'" in command.posix
    assert "vllm/vllm-openai:v0.33.0" in command.argv
    assert split_command(command.text(Shell.CMD), Shell.CMD) == list(command.argv)


def test_that_devices_are_chosen_in_the_arguments() -> None:
    command = vllm_serve_command(VllmSettings(model="M", tensor_parallel_size=2), devices=[0, 2])
    assert command.posix == "vllm serve M --tensor-parallel-size 2 --device-ids 0,2"
    back = parse_vllm_command(list(command.argv))
    assert back.extras == {"device_ids": "0,2"}


def test_that_every_refusal_says_something_legal_nearby() -> None:
    facts = VllmModelFacts(40, 32768)
    settings = VllmSettings(
        tensor_parallel_size=16, max_model_len=99999, gpu_memory_utilization=90, kv_cache_dtype="fp4"
    )
    refusals = config_refusals(settings, facts, 8)
    nearest = {f.token: f.nearest for f in refusals}
    assert nearest["--gpu-memory-utilization 90"] == "--gpu-memory-utilization 0.9"
    assert nearest["--max-model-len 99999"] == "--max-model-len 32768"
    assert all(f.fatal for f in refusals)
    assert not config_refusals(
        VllmSettings(max_model_len=99999), facts, 8, env={"VLLM_ALLOW_LONG_MAX_MODEL_LEN": "1"}
    )


def test_that_a_stretched_rope_raises_the_limit_only_as_vllm_has_it() -> None:
    """YaRN counts as already scaled; linear stretching multiplies (vllm/config/model.py)."""
    yarn = '{"rope_scaling":{"rope_type":"yarn","factor":4.0,"original_max_position_embeddings":32768}%s}'
    facts = VllmModelFacts(64, 40960)

    def refused(overrides: str) -> bool:
        settings = parse_vllm_command(
            ["vllm", "serve", "M", "--max-model-len", "131072", "--hf-overrides", overrides]
        )
        return bool(config_refusals(settings.settings, facts, 1))

    assert refused(yarn % "")
    assert not refused(yarn % ',"max_position_embeddings":131072')
    assert not refused('{"rope_scaling":{"rope_type":"linear","factor":4.0}}')


def test_that_users_beyond_the_default_batch_are_refused() -> None:
    settings = VllmSettings(max_num_seqs=4096)
    facts = VllmModelFacts(32, 8192)
    assert not config_refusals(settings, facts, 1, default_batched_tokens=8192)
    (finding,) = config_refusals(settings, facts, 1, default_batched_tokens=2048)
    assert finding.engine.startswith("SchedulerConfig: max_num_batched_tokens (2048) must be")


def test_that_it_is_said_plainly_where_vllm_cannot_run() -> None:
    for arguments in (
        ("linux", "nvidia", 8.6, "gguf"),
        ("windows", "nvidia", 8.9, ""),
        ("darwin", "apple", None, ""),
        ("linux", "nvidia", 6.1, ""),
    ):
        reason = why_vllm_cannot(*arguments)
        assert reason is not None
        assert "llama.cpp" in reason
    assert why_vllm_cannot("linux", "nvidia", 8.6) is None


def test_that_the_table_matches_the_reference_dump(shared_dir: Path) -> None:
    import json

    dump = json.loads((shared_dir / "reference" / "vllm" / "serve_flags.json").read_text(encoding="utf-8"))
    for version in VERSIONS:
        wanted: set[str] = set()
        for flag in dump["flags"]:
            if flag["in_" + version.replace(".", "_")] and flag["dest"] != "model_tag":
                wanted |= set(flag.get("changed", {}).get("flags", {}).get(version, flag["flags"]))
        listed = {s for flag in vllm_flag_table(version).by_dest.values() for s in flag.spellings}
        assert listed == wanted


def test_that_findings_are_plain_data() -> None:
    command = parse_vllm_command("vllm serve M --device cuda")
    assert command.findings[0].kind is FindingKind.UNKNOWN_FLAG
    assert command.findings[0].to_json()["token"] == "--device"


TOKENS = st.one_of(
    st.sampled_from(sorted(vllm_flag_table().by_spelling)),
    st.sampled_from(
        ["1", "-1", "32K", "auto", "{}", "None", "", "=", "-", "--", "--max", "-tp2", "-O3", "--x.y", "--a=b"]
    ),
    st.text(max_size=8),
)


@settings(deadline=None)
@given(st.lists(TOKENS, max_size=8), st.sampled_from(VERSIONS))
def test_that_no_argument_list_breaks_the_reader(args: list[str], version: str) -> None:
    command = parse_vllm_command(["vllm", "serve", *args], version)
    for finding in (
        *command.findings,
        *config_refusals(command.settings, VllmModelFacts(32, 4096), 1, version),
    ):
        assert finding.message
