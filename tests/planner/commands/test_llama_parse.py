"""Somebody's llama.cpp command is read as llama.cpp reads it, and every fault names its token."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.commands.command_text import CommandTextFault, visible_devices
from planner.commands.findings import FindingKind
from planner.commands.llama_checks import (
    LlamaModelFacts,
    check_against_machine,
    check_against_model,
)
from planner.commands.llama_flags import BuildFault, flag_table
from planner.commands.llama_parse import LlamaCommand, parse_llama_command
from planner.commands.read_command import read_command
from planner.commands.shell_quoting import QuotingFault
from planner.commands.vllm_parse import VllmCommand
from planner.settings import ALL_LAYERS, LlamaSettings

DENSE = LlamaModelFacts(32, 131072, 0, False, False, (128,), (128,))
MLA = LlamaModelFacts(61, 163840, 256, True, False, (576,), (512,))


def one(command: LlamaCommand, kind: FindingKind) -> tuple[str, str | None]:
    found = [f for f in command.findings if f.kind is kind]
    assert len(found) == 1, command.findings
    return found[0].token, found[0].nearest


def test_that_a_plain_server_command_gets_the_engines_defaults() -> None:
    command = parse_llama_command("llama-server -m llama-4-scout-Q4_K_M.gguf -c 8192 -ngl 99")
    assert command.settings == LlamaSettings(n_ctx=8192, n_gpu_layers=99)
    assert (command.model.name, command.model.quant) == ("llama-4-scout", "Q4_K_M")
    assert command.given == {"n_ctx", "n_gpu_layers"}
    assert not command.refused


def test_that_every_memory_flag_is_read() -> None:
    command = parse_llama_command(
        "llama-server -hf unsloth/X-GGUF:UD-Q4_K_XL -np 8 -kvu -b 4096 --ubatch_size 1024 --n-cpu-moe 3 "
        "-ncmoe 5 -ot 'a.*=CPU,b=CUDA1' -ts 3/1 -sm row -mg 1 -dev CUDA0,CUDA1 -fa on -ctk q8_0 -ctv q4_0 "
        "--swa-full -nkvo --no-op-offload -nr -lm none -fit off -cram 0 -t 8 --rpc 10.0.0.2:50052",
    )
    assert command.settings == LlamaSettings(
        n_parallel=8,
        kv_unified=True,
        n_batch=4096,
        n_ubatch=1024,
        n_cpu_moe=5,
        override_tensor=(("a.*", "CPU"), ("b", "CUDA1")),
        tensor_split=(3.0, 1.0),
        split_mode="row",
        main_gpu=1,
        devices=("CUDA0", "CUDA1"),
        flash_attn="on",
        cache_type_k="q8_0",
        cache_type_v="q4_0",
        swa_full=True,
        kv_offload=False,
        op_offload=False,
        repack=False,
        load_mode="none",
        fit=False,
        cache_ram_mib=0,
        threads=8,
        rpc=("10.0.0.2:50052",),
    )
    assert command.model.name == "unsloth/X"
    assert command.model.quant == "UD-Q4_K_XL"
    assert not command.findings


@pytest.mark.parametrize(
    ("text", "n_ctx"),
    [
        ("llama-server -m a.gguf \\\n  -c 4096", 4096),
        ("$ ./build/bin/llama-server -m 'my models/a.gguf' -c 4096 2>&1 | tee log.txt", 4096),
        ("& 'C:\\llama cpp\\llama-server.exe' -m 'C:\\m\\a.gguf' `\n  -c 4096", 4096),
        ('"C:\\llama cpp\\llama-server.exe" -m C:\\m\\a.gguf ^\n  -c 4096', 4096),
        ("C:\\llama\\llama-server.exe -m C:\\m\\a.gguf -c 4096", 4096),
        ("sudo nice -n 5 numactl -N 0 llama-server -m a.gguf -c 4096", 4096),
        ("export CUDA_VISIBLE_DEVICES=1\nllama-server -m a.gguf -c 4096", 4096),
        ("CUDA_VISIBLE_DEVICES=1 LLAMA_ARG_CTX_SIZE=4096 llama-server -m a.gguf", 4096),
        ("LLAMA_ARG_CTX_SIZE=9 llama-server -m a.gguf -c 4096", 4096),
        ("cd /srv && nohup llama-server -m a.gguf -c 4096 > log 2>&1 &", 4096),
        (
            "docker run --rm --gpus all -p 8080:8080 -v /m:/m ghcr.io/ggml-org/llama.cpp:server-cuda "
            "-m /m/a.gguf -c 4096",
            4096,
        ),
        ("podman run -e LLAMA_ARG_CTX_SIZE=4096 ghcr.io/ggml-org/llama.cpp:server -m a.gguf", 4096),
        ("set CUDA_VISIBLE_DEVICES=0\r\nllama-server.exe -m a.gguf -c 4096\r\n", 4096),
        ("$env:CUDA_VISIBLE_DEVICES = '0'; llama-server -m a.gguf -c 4096", 4096),
    ],
)
def test_that_pasted_text_of_any_shell_is_read(text: str, n_ctx: int) -> None:
    command = parse_llama_command(text)
    assert command.program == "llama-server"
    assert command.settings.n_ctx == n_ctx
    assert command.model.path is not None
    assert command.model.path.replace("\\", "/").endswith("a.gguf")


def test_that_visible_devices_are_kept() -> None:
    for text in (
        "CUDA_VISIBLE_DEVICES=1,0 llama-server -m a",
        "export CUDA_VISIBLE_DEVICES=1,0; llama-server -m a",
    ):
        assert parse_llama_command(text).env == {"CUDA_VISIBLE_DEVICES": "1,0"}


@pytest.mark.parametrize(
    ("flags", "version", "kind", "token", "nearest"),
    [
        ("-nlg 99", None, "unknown_flag", "-nlg", "-ngl"),
        ("--n-gpu-layer 99", None, "unknown_flag", "--n-gpu-layer", "--n-gpu-layers"),
        ("--ctx-size=4096", None, "unknown_flag", "--ctx-size=4096", "--ctx-size 4096"),
        ("--no-mmap", None, "unknown_flag", "--no-mmap", "--load-mode none"),
        ("--no-mmap", "b10434", "deprecated", "--no-mmap", "--load-mode none"),
        ("--mlok", None, "unknown_flag", "--mlok", "--load-mode mlock"),
        ("-fa", None, "bad_value", "-fa", "-fa on"),
        ("-fa --jinja", "b10434", "bad_value", "-fa", "-fa on"),
        ("-fa yes", None, "bad_value", "-fa yes", "-fa on"),
        ("-c 32k", None, "bad_value", "-c 32k", None),
        ("-c -1", None, "bad_value", "-c -1", "-c 0"),
        ("-c eight", None, "bad_value", "-c eight", None),
        ("-np 0", None, "bad_value", "-np 0", "-np 1"),
        ("-np 300", None, "bad_value", "-np 300", "-np 256"),
        ("-b 0", None, "bad_value", "-b 0", "-b 1"),
        ("-ts 1,-1", None, "bad_value", "-ts 1,-1", None),
        ("-mg -1 -sm none", None, "note", "-mg -1", None),
        ("-ctk Q8_0", None, "bad_value", "-ctk Q8_0", "-ctk q8_0"),
        ("-ctk q4_K", None, "bad_value", "-ctk q4_K", "-ctk q4_0"),
        ("-ot exps", None, "bad_value", "-ot exps", "-ot exps=CPU"),
        ("-ot exps=cpu", None, "bad_value", "-ot exps=cpu", "-ot exps=CPU"),
        ("-ngl many", None, "bad_value", "-ngl many", "-ngl all"),
        ("-ngl 99999999999", None, "bad_value", "-ngl 99999999999", "-ngl all"),
        ("-dev GPU 0", None, "unknown_flag", "0", None),
        ("-ctv q8_0 -fa off", None, "contradiction", "-ctv q8_0", "-fa on"),
        ("-sm tensor -fa off", None, "contradiction", "-sm tensor", "-fa on"),
        ("-ub 4096", None, "ignored", "-ub 4096", "2048"),
        ("-no-kvu", None, "ignored", "-no-kvu", "-np 4"),
        ("--draft-max 16", None, "unknown_flag", "--draft-max", "--spec-draft-n-max"),
        ("-p 512", None, "unknown_flag", "-p", None),
        ("-sm rows", None, "bad_value", "-sm rows", "-sm row"),
        ("-ts 1,x", None, "bad_value", "-ts 1,x", None),
        ("--fit maybe", None, "bad_value", "--fit maybe", "--fit off"),
    ],
)
def test_that_each_fault_names_its_token_and_the_nearest_value(
    flags: str, version: str | None, kind: str, token: str, nearest: str | None
) -> None:
    command = parse_llama_command("llama-server -m a.gguf " + flags, version)
    found = one(command, FindingKind(kind))
    assert found[0] == token
    if nearest is not None:
        assert found[1] == nearest
    for finding in command.findings:
        assert finding.message
        assert finding.engine or finding.kind is FindingKind.NOTE


def test_that_stoi_reads_a_suffix_as_the_engine_does() -> None:
    command = parse_llama_command("llama-server -m a.gguf -c 32k")
    assert command.settings.n_ctx == 32
    assert not command.refused
    assert "32768" in command.findings[0].message


def test_that_fa_without_value_is_right_in_old_builds() -> None:
    command = parse_llama_command("llama-server -m a.gguf -fa -c 4096", "b6000")
    assert command.settings.flash_attn == "on"
    assert command.settings.n_ctx == 4096
    assert not command.refused


def test_that_fa_without_value_before_a_flag_does_not_lose_the_flag() -> None:
    command = parse_llama_command("llama-server -m a.gguf -fa -c 4096")
    assert (command.settings.flash_attn, command.settings.n_ctx, command.refused) == ("on", 4096, True)


def test_that_layer_words_and_numbers_mean_what_the_engine_means() -> None:
    def layers(text: str, program: str = "llama-server") -> int | None:
        return parse_llama_command(f"{program} -m a.gguf -ngl {text}").settings.n_gpu_layers

    assert layers("auto") is None
    assert layers("-1") is None
    assert layers("all") == ALL_LAYERS
    assert layers("-2") == ALL_LAYERS
    assert layers("0") == 0
    assert layers("99") == 99
    assert layers("-1", "llama-bench") == ALL_LAYERS


def test_that_repeated_flags_are_named_and_the_last_counts() -> None:
    command = parse_llama_command("llama-server -m a.gguf -c 1024 --ctx-size 2048")
    assert command.settings.n_ctx == 2048
    assert one(command, FindingKind.CONTRADICTION)[0] == "--ctx-size"


def test_that_experts_on_the_processor_add_up() -> None:
    assert parse_llama_command("llama-server -m a -ncmoe 4 -cmoe").settings.n_cpu_moe == ALL_LAYERS
    overrides = parse_llama_command("llama-server -m a -ot a=CPU -ot b=CPU").settings.override_tensor
    assert overrides == (("a", "CPU"), ("b", "CPU"))


def test_that_bench_spellings_are_read() -> None:
    command = parse_llama_command(
        "llama-bench -m a-Q8_0.gguf -p 2048 -n 64 -d 8192 -fa 1 -ngl 99 -ncmoe 4 -ts 3/1 "
        "-dev CUDA0/CUDA1 -nkvo 1"
    )
    s = command.settings
    assert command.workload is not None
    assert (command.workload.prompt_tokens, command.workload.gen_tokens, command.workload.depth) == (
        2048,
        64,
        8192,
    )
    assert (s.n_ctx, s.flash_attn, s.n_cpu_moe, s.tensor_split) == (2048 + 64 + 8192, "on", 4, (3.0, 1.0))
    assert s.devices == ("CUDA0", "CUDA1")
    assert not s.kv_offload
    assert parse_llama_command("llama-bench -m a.gguf").settings.n_gpu_layers == ALL_LAYERS


def test_that_bench_flags_unknown_to_the_server_are_explained() -> None:
    command = parse_llama_command("llama-server -m a.gguf -pg 512,128")
    assert "llama-bench" in next(f.message for f in command.findings if f.token == "-pg")


def test_that_llama_cli_has_one_sequence() -> None:
    command = parse_llama_command("llama-cli -m a.gguf -c 4096")
    assert (command.settings.n_parallel, command.settings.binary) == (1, "llama-cli")


def test_that_a_repository_without_quantization_means_q4_k_m() -> None:
    command = parse_llama_command("llama-server -hf bartowski/Llama-3.3-70B-Instruct-GGUF")
    assert (command.model.quant, command.model.name) == ("Q4_K_M", "bartowski/Llama-3.3-70B-Instruct")


def test_that_the_model_is_read_from_cache_paths_and_split_files() -> None:
    path = "/root/.cache/huggingface/hub/models--unsloth--Qwen3-8B-GGUF/snapshots/x/Qwen3-8B-Q8_0.gguf"
    assert parse_llama_command(["llama-server", "-m", path]).model.name == "unsloth/Qwen3-8B"
    split = parse_llama_command("llama-server -m GLM-4.5-Air-UD-Q2_K_XL-00001-of-00002.gguf").model
    assert (split.name, split.quant) == ("GLM-4.5-Air", "UD-Q2_K_XL")


def test_that_text_without_the_engine_is_refused() -> None:
    for text in ("", "ollama run llama3", "vllm serve x", []):
        with pytest.raises(CommandTextFault):
            parse_llama_command(text)
    with pytest.raises(BuildFault, match="known are"):
        parse_llama_command("llama-server -m a", "newest")


def test_that_mla_needs_equal_cache_types() -> None:
    settings = LlamaSettings(cache_type_k="q8_0")
    (finding,) = check_against_model(settings, MLA)
    assert finding.fatal
    assert "q8_0" in finding.engine
    assert "f16" in finding.engine
    assert not check_against_model(settings, DENSE)
    assert not check_against_model(LlamaSettings(cache_type_k="q8_0", cache_type_v="q8_0"), MLA)


def test_that_a_cache_block_must_divide_the_head() -> None:
    odd = LlamaModelFacts(32, 4096, 0, False, False, (80,), (80,))
    found = check_against_model(LlamaSettings(cache_type_k="q8_0", cache_type_v="q8_0"), odd)
    assert [f.token for f in found] == ["-ctk q8_0", "-ctv q8_0"]


def test_that_too_few_layers_are_noticed() -> None:
    (finding,) = check_against_model(LlamaSettings(n_gpu_layers=32), DENSE)
    assert finding.nearest == "-ngl 33"
    assert not check_against_model(LlamaSettings(n_gpu_layers=33), DENSE)
    (finding,) = check_against_model(LlamaSettings(n_cpu_moe=4), DENSE)
    assert finding.kind is FindingKind.IGNORED


@pytest.mark.parametrize(
    ("settings", "n_gpus", "token"),
    [
        (LlamaSettings(tensor_split=(1.0, 1.0)), 1, "-ts 1,1"),
        (LlamaSettings(tensor_split=(3.0, 1.0)), 4, "-ts 3,1"),
        (LlamaSettings(devices=("CUDA0", "CUDA2")), 2, "CUDA2"),
        (LlamaSettings(split_mode="none", main_gpu=2), 2, "-mg 2"),
    ],
)
def test_that_lists_of_the_wrong_length_are_noticed(settings: LlamaSettings, n_gpus: int, token: str) -> None:
    found = check_against_machine(settings, n_gpus)
    assert [f.token for f in found] == [token]
    assert found[0].nearest


def test_that_presets_are_spelled_out() -> None:
    command = parse_llama_command("llama-server --gpt-oss-20b-default -c 65536")
    assert command.model.repo == "ggml-org/gpt-oss-20b-GGUF"
    assert command.model.quant == "MXFP4"
    s = command.settings
    assert (s.n_ctx, s.n_parallel, s.n_batch, s.n_ubatch) == (65536, 2, 32768, 2048)
    assert not command.refused


def test_that_a_context_per_slot_sizes_the_whole() -> None:
    assert parse_llama_command("llama-server -m a --kv-unified-per-slot 8192").settings.n_ctx == 32768
    assert (
        parse_llama_command("llama-server -m a --kv-unified-per-slot 8192 -np 2 -kvu").settings.n_ctx == 16384
    )
    assert parse_llama_command("llama-server -m a --kv-unified-per-slot 8192 -c 4096").settings.n_ctx == 4096


def test_that_a_micro_batch_of_zero_is_the_whole_batch() -> None:
    assert parse_llama_command("llama-server -m a -ub 0 -b 1024").settings.n_ubatch == 1024


def test_that_embeddings_limit_the_batch() -> None:
    assert parse_llama_command("llama-server -m a --embeddings -ub 1024").settings.n_batch == 1024


def test_that_the_environment_of_the_caller_counts_less_than_the_commands() -> None:
    env = {"LLAMA_ARG_CTX_SIZE": "1024", "LLAMA_ARG_N_PARALLEL": "2", "HOME": "/x"}
    settings = parse_llama_command("LLAMA_ARG_CTX_SIZE=2048 llama-server -m a", env=env).settings
    assert (settings.n_ctx, settings.n_parallel) == (2048, 2)


@pytest.mark.parametrize(
    ("env", "devices"),
    [
        ({}, None),
        ({"CUDA_VISIBLE_DEVICES": "1, 0"}, (1, 0)),
        ({"CUDA_VISIBLE_DEVICES": ""}, ()),
        ({"HIP_VISIBLE_DEVICES": "2"}, (2,)),
        ({"CUDA_VISIBLE_DEVICES": "GPU-8932f937"}, None),
    ],
)
def test_that_visible_devices_are_read(env: dict[str, str], devices: tuple[int, ...] | None) -> None:
    assert visible_devices(env) == devices


TOKENS = st.one_of(
    st.sampled_from([*flag_table().by_spelling, *flag_table(program="llama-bench").by_spelling]),
    st.sampled_from(
        ["1", "-1", "32k", "a=b", "CUDA0", "q8_0", "on", "none", "1,2", "", "=", "-", "--", "\u2013x"]
    ),
    st.text(max_size=8),
)


@settings(deadline=None)
@given(st.sampled_from(["llama-server", "llama-cli", "llama-bench"]), st.lists(TOKENS, max_size=8))
def test_that_no_argument_list_breaks_the_reader(program: str, args: list[str]) -> None:
    command = parse_llama_command([program, *args], "b10434")
    for finding in (*command.findings, *check_against_model(command.settings, MLA)):
        assert finding.message
    check_against_machine(command.settings, 2)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_that_no_text_breaks_the_reader(text: str) -> None:
    for pasted in ("llama-server -m a.gguf " + text, "vllm serve a " + text, text):
        with contextlib.suppress(CommandTextFault, QuotingFault):
            read_command(pasted)


def test_that_either_engine_is_recognised() -> None:
    assert isinstance(read_command("llama-server -m a.gguf"), LlamaCommand)
    assert isinstance(read_command("vllm serve a"), VllmCommand)
    for text, words in (
        ("ollama run x", "no llama-server"),
        ("", "empty"),
        ("vllm bench x", "starts no server"),
    ):
        with pytest.raises(CommandTextFault, match=words):
            read_command(text)
