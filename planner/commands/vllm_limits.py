"""Limits of single options and of how they go together, as vLLM's configuration classes check them.

Bounds are those of the pydantic fields in vLLM 0.32.0 and 0.33.0 config/*.py, layouts those of engine/arg_utils.py
(``create_engine_config``) and config/model.py (``verify_with_parallel_config``). ``engine`` holds vLLM's own words; it
is empty for what vLLM's configuration lets pass and its workers fail at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planner.commands.findings import Finding, FindingKind
from planner.vllm_settings import VllmSettings


@dataclass(frozen=True, slots=True)
class Bound:
    """Least value of one setting."""

    name: str
    config: str
    """Class that checks it."""
    least: int
    open: bool
    """True: the value must be greater than ``least``."""
    say: str
    """Nearest value that is valid."""


BOUNDS = (
    Bound("block_size", "CacheConfig", 0, True, "16"),
    Bound("mamba_block_size", "CacheConfig", 0, True, "leave it out"),
    Bound("tensor_parallel_size", "ParallelConfig", 1, False, "1"),
    Bound("pipeline_parallel_size", "ParallelConfig", 1, False, "1"),
    Bound("prefill_context_parallel_size", "ParallelConfig", 1, False, "1"),
    Bound("decode_context_parallel_size", "ParallelConfig", 1, False, "1"),
    Bound("data_parallel_size", "ParallelConfig", 1, False, "1"),
    Bound("data_parallel_size_local", "ParallelConfig", 0, False, "1"),
    Bound("node_rank", "ParallelConfig", 0, False, "0"),
    Bound("nnodes", "ParallelConfig", 1, False, "1"),
    Bound("max_num_batched_tokens", "SchedulerConfig", 1, False, "2048"),
    Bound("max_num_seqs", "SchedulerConfig", 1, False, "1"),
    Bound("cpu_offload_gb", "UVAOffloadConfig", 0, False, "0"),
)
"""In the order the configuration classes are made."""
KERNEL_BLOCK = 16
"""Blocks of the cache are multiples of it (``get_supported_kernel_block_sizes`` of the CUDA backends). [tokens]"""
HALF_TYPES = {"half": "float16", "float": "float32"}
"""Other names of ``--dtype``."""
ACT_DTYPES = {
    "fp8": ("fp8", ("bfloat16", "float16")),
    "awq": ("auto_awq", ("float16", "bfloat16")),
    "gptq": ("auto_gptq", ("float16", "bfloat16")),
    "modelopt": ("modelopt", ("bfloat16", "float16")),
    "modelopt_fp4": ("modelopt_fp4", ("bfloat16", "float16", "float8_e4m3fn")),
    "mxfp4": ("gpt_oss_mxfp4", ("bfloat16",)),
}
"""What vLLM calls a checkpoint's method, and the types its kernels take (``get_supported_act_dtypes``)."""
NO_FLOAT16 = ("Gemma2", "Gemma3", "Glm4ForCausalLM")
"""Beginnings of class names that overflow in FP16 (vllm/config/model.py, ``_FLOAT16_NOT_SUPPORTED_MODELS``)."""


def flag_of(name: str) -> str:
    """Option of a setting."""
    return "--" + name.replace("_", "-")


def refused(token: str, config: str, message: str, engine: str, nearest: str | None) -> Finding:
    """A finding that stops vLLM."""
    words = f"{config}: {engine}" if config and engine else engine
    return Finding(token, FindingKind.BAD_VALUE, message, words, True, nearest)


def bound_refusals(settings: VllmSettings, config: str) -> list[Finding]:
    """Values below their bound that one configuration class refuses."""
    out: list[Finding] = []
    for bound in BOUNDS:
        value = getattr(settings, bound.name)
        if bound.config != config or value is None:
            continue
        if value > bound.least or (value == bound.least and not bound.open):
            continue
        words = f"greater than {bound.least}" if bound.open else f"greater than or equal to {bound.least}"
        flag = flag_of(bound.name)
        shown = f"{value:g}" if isinstance(value, float) else str(value)
        least = bound.least + bound.open
        out.append(
            refused(
                f"{flag} {shown}",
                config,
                f"the smallest valid value is {least}",
                f"{bound.name} Input should be {words}",
                f"{flag} {bound.say}" if bound.say[0].isdigit() else bound.say,
            )
        )
    return out


def node_refusals(settings: VllmSettings) -> list[Finding]:
    """Machines that do not divide the GPUs, or a number that names none of them."""
    nodes = settings.nnodes
    if nodes <= 1 or settings.distributed_executor_backend == "ray":
        return []
    world = settings.world_size * settings.data_parallel_size
    if world % nodes:
        fit = max(n for n in range(1, nodes + 1) if world % n == 0) if world > 0 else 1
        return [
            refused(
                f"--nnodes {nodes}",
                "",
                f"{world} GPU{'s' * (world != 1)} in all cannot be spread evenly over {nodes} machines",
                f"Invalid data-parallel launch options: `--nnodes {nodes}` must evenly divide the total world size "
                f"({world}). Adjust `--nnodes`, `--data-parallel-size`, `--pipeline-parallel-size`, "
                "`--tensor-parallel-size`, or `--prefill-context-parallel-size`.",
                f"--nnodes {fit}",
            )
        ]
    if not 0 <= settings.node_rank < nodes:
        return [
            refused(
                f"--node-rank {settings.node_rank}",
                "",
                f"machines are numbered from 0 to {nodes - 1}",
                f"Invalid data-parallel launch options: `--node-rank` must be between 0 and {nodes - 1}; got "
                f"`--node-rank {settings.node_rank}`. Set it to this node's zero-based index.",
                f"--node-rank {min(max(settings.node_rank, 0), nodes - 1)}",
            )
        ]
    return []


def ray_refusals(settings: VllmSettings) -> list[Finding]:
    """``--nnodes`` is the way without Ray."""
    if settings.nnodes <= 1 or settings.distributed_executor_backend != "ray":
        return []
    return [
        refused(
            f"--nnodes {settings.nnodes}",
            "ParallelConfig",
            "with Ray the machines are those that joined it; leave --nnodes out",
            "nnodes > 1 can only be set when distributed executor backend is mp, uni or external_launcher.",
            "--nnodes 1",
        )
    ]


def context_parallel_refusals(
    settings: VllmSettings, n_heads: int, n_kv_heads: int, latent: bool
) -> list[Finding]:
    """Decode context parallelism of grouped-query attention needs repeated key/value heads."""
    dcp, tp = settings.decode_context_parallel_size, settings.tensor_parallel_size
    if dcp <= 1 or latent or not n_kv_heads or tp < 1:
        return []
    token, one = f"--decode-context-parallel-size {dcp}", "--decode-context-parallel-size 1"
    if tp <= n_kv_heads:
        words = (
            f"Decode context parallelism for GQA/MQA requires `--tensor-parallel-size` ({tp}) to be greater than the "
            f"model's total number of KV heads ({n_kv_heads}). Increase `--tensor-parallel-size` or set "
            "`--decode-context-parallel-size 1`."
        )
        return [refused(token, "VllmConfig", f"no GPU repeats a key/value head at {tp}", words, one)]
    most = tp // n_kv_heads
    if dcp > most:
        words = (
            f"`--decode-context-parallel-size` ({dcp}) exceeds the maximum supported value ({most}) for "
            f"`--tensor-parallel-size` ({tp}) and {n_kv_heads} model KV heads."
        )
        return [
            refused(
                token, "VllmConfig", f"the most is {most}", words, f"--decode-context-parallel-size {most}"
            )
        ]
    each = n_heads // n_kv_heads
    if each % dcp:
        words = (
            f"The model's number of query heads per KV head ({each}) must be divisible by "
            f"`--decode-context-parallel-size` ({dcp}) for GQA/MQA."
        )
        return [refused(token, "VllmConfig", f"it must divide {each}", words, one)]
    return []


def type_refusals(settings: VllmSettings, method: str | None, hf_arch: str = "") -> list[Finding]:
    """Number formats that contradict the checkpoint or each other."""
    out: list[Finding] = []
    model = HALF_TYPES.get(settings.dtype, settings.dtype)
    if model == "float16" and hf_arch.startswith(NO_FLOAT16):
        out.append(
            refused(
                f"--dtype {settings.dtype}",
                "ModelConfig",
                "the model overflows in FP16; leave --dtype out",
                "does not support float16. Reason: Numerical instability. Please use bfloat16 or float32 instead.",
                "--dtype bfloat16",
            )
        )
    name, types = ACT_DTYPES.get(method or "", ("", ()))
    if types and model != "auto" and model not in types:
        out.append(
            refused(
                f"--dtype {settings.dtype}",
                "VllmConfig",
                f"the kernels of {method} take {' or '.join(types)}; leave --dtype out",
                f"torch.{model} is not supported for quantization method {name}. Supported dtypes: "
                f"[{', '.join(f'torch.{t}' for t in types)}]",
                f"--dtype {types[0]}",
            )
        )
    asked = settings.kv_cache_dtype
    if asked in ("float16", "bfloat16") and model != "auto" and model != asked:
        allowed = f"`auto` or `{model}`" if model in ("float16", "bfloat16") else "`auto`"
        out.append(
            refused(
                f"--kv-cache-dtype {asked}",
                "VllmConfig",
                f"it contradicts --dtype {settings.dtype}",
                f'kv_cache_dtype="{asked}" is incompatible with dtype="{model}". Please set `--kv-cache-dtype` to '
                f"{allowed}.",
                "--kv-cache-dtype auto",
            )
        )
    return out


def graph_refusals(settings: VllmSettings) -> list[Finding]:
    """CUDA graphs of no size."""
    largest = settings.max_cudagraph_capture_size
    if largest is None or largest >= 1 or settings.enforce_eager:
        return []
    return [
        refused(
            f"--max-cudagraph-capture-size {largest}",
            "VllmConfig",
            "without CUDA graphs write --enforce-eager",
            "Maximum cudagraph size should be greater than or equal to 1 when using cuda graph.",
            "--enforce-eager",
        )
    ]


def extra_refusals(settings: VllmSettings) -> list[Finding]:
    """Drafting and LoRA."""
    out: list[Finding] = []
    drafting = json_object(settings.speculative_config)
    n_drafted = drafting.get("num_speculative_tokens")
    if isinstance(n_drafted, int) and n_drafted <= 0:
        out.append(
            refused(
                "--speculative-config",
                "SpeculativeConfig",
                f"{n_drafted} drafted tokens; the smallest valid value is 1",
                "num_speculative_tokens Input should be greater than 0",
                "num_speculative_tokens 1",
            )
        )
    n_loras = settings.max_loras
    if settings.enable_lora and n_loras < 1:
        out.append(
            refused(
                f"--max-loras {n_loras}",
                "LoRAConfig",
                "the smallest valid value is 1",
                "max_loras Input should be greater than or equal to 1",
                "--max-loras 1",
            )
        )
    return out


def start_refusals(
    settings: VllmSettings, extras: Mapping[str, Any], n_gpus: int, ram_bytes: int | None
) -> list[Finding]:
    """What the configuration lets pass and the workers fail at."""
    out: list[Finding] = []
    here = settings.world_size * settings.data_parallel_size
    ids = device_ids(extras.get("device_ids"))
    for number in ids:
        if not 0 <= number < n_gpus:
            out.append(
                refused(
                    "--device-ids",
                    "",
                    f"there is no GPU {number}; this machine has 0 to {n_gpus - 1}",
                    "",
                    None if n_gpus == 0 else "--device-ids 0",
                )
            )
    if ids and settings.nnodes == 1 and here > len(ids):
        out.append(
            refused(
                "--device-ids",
                "",
                f"names {len(ids)} of the {here} GPUs needed",
                "",
                "--device-ids " + ",".join(map(str, range(min(here, max(n_gpus, 1))))),
            )
        )
    block = settings.block_size
    if block is not None and block > 0 and block % KERNEL_BLOCK:
        near = max(block // KERNEL_BLOCK, 1) * KERNEL_BLOCK
        out.append(
            refused(
                f"--block-size {block}",
                "",
                f"attention kernels take blocks of a multiple of {KERNEL_BLOCK} tokens",
                "",
                f"--block-size {near}",
            )
        )
    blocks, bytes_ = settings.num_gpu_blocks_override, settings.kv_cache_memory_bytes
    if blocks is not None and blocks < 1:
        out.append(
            refused(f"--num-gpu-blocks-override {blocks}", "", "the cache needs at least one block", "", None)
        )
    if bytes_ is not None and bytes_ <= 0:
        out.append(
            refused(
                f"--kv-cache-memory-bytes {bytes_}",
                "",
                "the cache needs memory; leave it out to use --gpu-memory-utilization",
                "",
                "leave it out",
            )
        )
    if settings.kv_offloading_size is not None and settings.kv_offloading_size <= 0:
        out.append(
            refused(
                f"--kv-offloading-size {settings.kv_offloading_size:g}",
                "",
                "a size in GiB above 0 is needed; leave it out for none",
                "",
                "leave it out",
            )
        )
    asked = max(settings.cpu_offload_gb, 0.0) * 2**30 * max(here, 1)
    if ram_bytes is not None and asked > ram_bytes and settings.cpu_offload_gb < 1e6:
        most = int(ram_bytes / max(here, 1) / 2**30)
        out.append(
            Finding(
                f"--cpu-offload-gb {settings.cpu_offload_gb:g}",
                FindingKind.NOTE,
                f"{here} GPUs may put {asked / 2**30:,.0f} GiB into {ram_bytes / 2**30:,.0f} GiB of system memory; "
                f"no more than the weights is used",
                "",
                False,
                f"--cpu-offload-gb {most}",
            )
        )
    return out


def json_object(text: str | None) -> dict[str, Any]:
    """A JSON option as a dictionary; empty when it is none."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def device_ids(value: Any) -> list[int]:
    """Numbers of ``--device-ids``, as written or as a list."""
    words = [str(v) for v in value] if isinstance(value, (list, tuple)) else str(value or "").split(",")
    return [int(w) for w in words if w.strip().lstrip("-").isdigit()]
