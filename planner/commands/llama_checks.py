"""Contradictions in llama.cpp settings: among themselves, with the model, with the machine.

Each rule names the place in llama.cpp that enforces it; the wording of ``engine`` is llama.cpp's own
where it logs
something (source read: 0.5.0-dev).
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import pairwise

from models_db.inventory import CacheKind, ModelInventory
from planner.commands.findings import Finding, FindingKind
from planner.settings import ALL_LAYERS, LlamaSettings
from planner.yarn import yarn_of

QUANTIZED_CACHE_BLOCK = {"q8_0": 32, "q4_0": 32, "q4_1": 32, "q5_0": 32, "q5_1": 32, "iq4_nl": 32}
"""Elements per block of the quantized cache types (ggml/src/ggml-common.h, QK8_0 … QK4_NL)."""
NO_TENSOR_SPLIT = frozenset(
    (
        *("grok", "mpt", "plamo2", "minicpm3", "gemma3n", "mamba", "mamba2"),
        *("jamba", "falcon-h1", "olmo2", "olmoe", "deepseek2", "deepseek32", "hy_v4"),
        *("dots3note", "glm-dsa", "bitnet", "t5", "nemotron_h", "nemotron_h_moe", "granitehybrid"),
        *("minimax-01", "minimax-m2", "minimax-m3", "mistral4", "kimi-linear", "bailingmoe3", "kimi-k3"),
        *("glm5-next", "qwen3tts", "qwen4exp"),
    )
)
"""Architectures that ``-sm tensor`` cannot split (src/llama-arch.cpp, ``llm_arch_supports_sm_tensor``; 0.5.0-dev)."""
MAX_DEVICES = 16
"""``llama_max_devices`` (src/llama.cpp)."""

MAX_SEQUENCES = 256
"""``LLAMA_MAX_SEQ`` (src/llama-cparams.h)."""


@dataclass(frozen=True, slots=True)
class LlamaModelFacts:
    """What the checks need to know about a model."""

    n_layer_all: int
    """Blocks in the file, multi-token-prediction blocks included."""
    n_ctx_train: int
    n_experts: int
    is_mla: bool
    has_sliding_window: bool
    head_dims_k: tuple[int, ...]
    """Distinct key head sizes."""
    head_dims_v: tuple[int, ...]
    gguf_arch: str = ""


def facts_from_inventory(model: ModelInventory) -> LlamaModelFacts:
    """Take the facts from a tensor inventory."""
    attention = [layer for layer in model.layers if layer.kind is not CacheKind.NONE]
    return LlamaModelFacts(
        n_layer_all=model.n_layer_all,
        n_ctx_train=model.n_ctx_train,
        n_experts=model.n_experts,
        is_mla=bool(attention) and all(layer.n_embd_v == 0 for layer in attention),
        has_sliding_window=any(layer.kind in (CacheKind.SLIDING, CacheKind.CHUNKED) for layer in attention),
        head_dims_k=tuple(sorted({layer.head_dim_k for layer in attention if layer.head_dim_k})),
        head_dims_v=tuple(sorted({layer.head_dim_v for layer in attention if layer.head_dim_v})),
        gguf_arch=model.gguf_arch,
    )


def check_settings(settings: LlamaSettings, given: AbstractSet[str]) -> list[Finding]:
    """Find settings that exclude or undo one another.

    Parameters
    ----------
    settings : LlamaSettings
        The settings.
    given : set of str
        Names of the settings that were stated rather than left at their defaults.
    """
    out: list[Finding] = []
    quant_v = settings.cache_type_v in QUANTIZED_CACHE_BLOCK
    if quant_v and settings.flash_attn == "off":
        out.append(
            Finding(
                f"-ctv {settings.cache_type_v}",
                FindingKind.CONTRADICTION,
                f"a {settings.cache_type_v} V cache needs flash attention, and -fa off forbids it; "
                "write -fa on, or -ctv f16",
                "quantized V cache requires flash_attn to be enabled; creating the context fails",
                fatal=True,
                nearest="-fa on",
            )
        )
    if settings.split_mode == "tensor" and settings.flash_attn == "off":
        out.append(
            Finding(
                "-sm tensor",
                FindingKind.CONTRADICTION,
                "split mode tensor needs flash attention, and -fa off forbids it",
                "SPLIT_MODE_TENSOR requires flash_attn to be enabled; creating the context fails",
                fatal=True,
                nearest="-fa on",
            )
        )
    if settings.n_ubatch > settings.n_batch:
        out.append(
            Finding(
                f"-ub {settings.n_ubatch}",
                FindingKind.IGNORED,
                f"-ub {settings.n_ubatch} is larger than -b {settings.n_batch}; {settings.n_batch} is used",
                "n_ubatch is the smaller of -ub and -b (src/llama-context.cpp)",
                nearest=str(settings.n_batch),
            )
        )
    out += _several_users(settings, given)
    out += _several_gpus(settings, given)
    if settings.draft_model is not None and not settings.spec_type:
        out.append(
            Finding(
                f"-md {settings.draft_model}",
                FindingKind.IGNORED,
                "a draft model is loaded and given back at once while no kind of drafting is chosen; add "
                "--spec-type draft-simple",
                "the kind is taken from the draft file only where it says one (common/arg.cpp); an ordinary model does not",
                nearest="--spec-type draft-simple",
            )
        )
    return out


def _several_users(settings: LlamaSettings, given: AbstractSet[str]) -> list[Finding]:
    out: list[Finding] = []
    if settings.n_parallel is not None and settings.n_parallel > MAX_SEQUENCES:
        out.append(
            Finding(
                f"-np {settings.n_parallel}",
                FindingKind.BAD_VALUE,
                f"at most {MAX_SEQUENCES} sequences are possible",
                f"n_seq_max must be <= {MAX_SEQUENCES}; creating the context fails",
                fatal=True,
                nearest=f"-np {MAX_SEQUENCES}",
            )
        )
    server = settings.binary == "llama-server"
    if server and settings.n_parallel is None and settings.kv_unified is False:
        out.append(
            Finding(
                "-no-kvu",
                FindingKind.IGNORED,
                "-no-kvu has no effect while -np is automatic; write -np 4 -no-kvu",
                "n_parallel is set to auto, using n_parallel = 4 and kv_unified = true",
                nearest="-np 4",
            )
        )
    slots = settings.n_parallel or 1
    if server and slots > 1 and not settings.kv_unified and settings.n_ctx:
        each = -(-(settings.n_ctx // slots) // 256) * 256
        out.append(
            Finding(
                f"-np {slots}",
                FindingKind.NOTE,
                f"-c {settings.n_ctx} is divided: each of the {slots} slots gets {each} tokens; "
                "add -kvu to let any slot use all of it",
                f"n_ctx_seq = {each}",
            )
        )
    if settings.fit and server and given & {"n_gpu_layers", "tensor_split", "override_tensor", "n_cpu_moe"}:
        out.append(
            Finding(
                "--fit",
                FindingKind.NOTE,
                "the automatic fit stays on but gives up when layers, splits or overrides are stated and "
                "they do not fit; write -fit off to get exactly these flags",
                "already set by user, abort (common/fit.cpp)",
                nearest="-fit off",
            )
        )
    return out


def _several_gpus(settings: LlamaSettings, given: AbstractSet[str]) -> list[Finding]:
    out: list[Finding] = []
    if settings.split_mode == "none" and settings.tensor_split:
        out.append(
            Finding(
                "-ts",
                FindingKind.IGNORED,
                f"-ts has no effect with -sm none: only GPU {settings.main_gpu} is used",
                "all devices but the main GPU are dropped (src/llama.cpp)",
            )
        )
    if "main_gpu" in given and settings.split_mode in ("layer", "tensor"):
        out.append(
            Finding(
                f"-mg {settings.main_gpu}",
                FindingKind.IGNORED,
                f"-mg has no effect with -sm {settings.split_mode}; add -sm none to use one GPU only",
                "main_gpu is read for split modes none and row only",
                nearest="-sm none",
            )
        )
    if settings.devices == ("none",) and settings.n_gpu_layers not in (None, 0):
        out.append(
            Finding(
                "-ngl",
                FindingKind.IGNORED,
                "-ngl has no effect with --device none: everything stays on the processor",
                "no device is offloaded to",
            )
        )
    return out


def check_against_model(settings: LlamaSettings, facts: LlamaModelFacts) -> list[Finding]:
    """Find settings the model rules out or makes useless (llama_init_from_model in src/llama-context.cpp)."""
    out: list[Finding] = []
    k, v = settings.cache_type_k, settings.cache_type_v
    if facts.is_mla and k != v:
        out.append(
            Finding(
                f"-ctk {k} -ctv {v}",
                FindingKind.CONTRADICTION,
                f"this model keeps one latent cache for K and V (MLA): -ctk {k} and -ctv {v} must be equal",
                f"model does not support different K ({k}) and V ({v}) cache types; no context is created",
                fatal=True,
                nearest=f"-ctk {k} -ctv {k}",
            )
        )
    for letter, kind, dims in (("k", k, facts.head_dims_k), ("v", v, facts.head_dims_v)):
        block = QUANTIZED_CACHE_BLOCK.get(kind)
        bad = [d for d in dims if block and d % block]
        if bad and settings.flash_attn != "off":
            flag = f"-ct{letter}"
            out.append(
                Finding(
                    f"{flag} {kind}",
                    FindingKind.BAD_VALUE,
                    f"{flag} {kind} packs {block} numbers, which does not divide the head size {bad[0]}",
                    f"{letter.upper()} cache type {kind} with block size {block} does not divide "
                    f"n_embd_head_{letter}={bad[0]}; creating the context fails",
                    fatal=True,
                    nearest=f"{flag} f16",
                )
            )
    if settings.split_mode == "tensor" and facts.gguf_arch in NO_TENSOR_SPLIT:
        out.append(
            Finding(
                "-sm tensor",
                FindingKind.CONTRADICTION,
                f"split mode tensor is not written for this model's architecture ({facts.gguf_arch}); use -sm layer",
                f"LLAMA_SPLIT_MODE_TENSOR not implemented for architecture '{facts.gguf_arch}'; the model is not loaded",
                fatal=True,
                nearest="-sm layer",
            )
        )
    out += _layers_against_model(settings, facts)
    if settings.swa_full and not facts.has_sliding_window:
        out.append(
            Finding(
                "--swa-full",
                FindingKind.IGNORED,
                "--swa-full has no effect: this model has no sliding-window layers",
                "nothing changes",
            )
        )
    slots = settings.n_parallel or 1
    divided = settings.kv_unified is False or (settings.n_parallel is not None and not settings.kv_unified)
    longest = settings.n_ctx // slots if divided else settings.n_ctx
    scaling = yarn_of(settings, facts.n_ctx_train)
    trained = facts.n_ctx_train if scaling is None else scaling.longest
    if trained and longest > trained and settings.binary == "llama-server":
        out.append(
            Finding(
                f"-c {settings.n_ctx}",
                FindingKind.NOTE,
                f"one request can use {trained} tokens, the length this model was trained for"
                f"{'' if scaling is None else ' and YaRN reaches'}, not {longest}",
                f"the slot context ({longest}) exceeds the training context of the model "
                f"({trained}) - capping",
                nearest=str(trained),
            )
        )
    return out


def _layers_against_model(settings: LlamaSettings, facts: LlamaModelFacts) -> list[Finding]:
    out: list[Finding] = []
    every = facts.n_layer_all + 1
    n = settings.n_gpu_layers
    if n is not None and n != ALL_LAYERS and 0 < n < every and settings.devices != ("none",):
        left = every - n
        out.append(
            Finding(
                f"-ngl {n}",
                FindingKind.NOTE,
                f"-ngl {n} leaves {left} of {every} layers (the output counts as one) and their cache in "
                f"system "
                f"memory; everything on the GPU is -ngl {every} or all",
                f"offloaded {n}/{every} layers to GPU",
                nearest=f"-ngl {every}",
            )
        )
    if settings.n_cpu_moe and not facts.n_experts:
        out.append(
            Finding(
                "--cpu-moe" if settings.n_cpu_moe == ALL_LAYERS else f"--n-cpu-moe {settings.n_cpu_moe}",
                FindingKind.IGNORED,
                "this model has no experts, so nothing is moved to system memory; lower -ngl instead",
                "no tensor matches the override",
            )
        )
    elif settings.n_cpu_moe > facts.n_layer_all:
        out.append(
            Finding(
                f"--n-cpu-moe {settings.n_cpu_moe}",
                FindingKind.NOTE,
                f"the model has {facts.n_layer_all} layers; {settings.n_cpu_moe} means all of them",
                "the same as --cpu-moe",
                nearest="--cpu-moe",
            )
        )
    return out


def check_against_machine(settings: LlamaSettings, n_gpus: int) -> list[Finding]:
    """Find device settings that do not match the number of GPUs.

    Parameters
    ----------
    settings : LlamaSettings
        The settings.
    n_gpus : int
        GPUs that llama.cpp sees, RPC devices included.
    """
    out: list[Finding] = []
    used = n_gpus
    if settings.devices is not None and settings.devices != ("none",):
        used = len(settings.devices)
        for name in settings.devices:
            digits = name[len(name.rstrip("0123456789")) :]
            if digits and not name.startswith("RPC") and int(digits) >= n_gpus:
                out.append(
                    Finding(
                        name,
                        FindingKind.BAD_VALUE,
                        f"--device {name}: this machine has {_gpus(n_gpus)}, counted from 0",
                        f"invalid device: {name}",
                        fatal=True,
                        nearest=f"{name[: -len(digits)]}{n_gpus - 1}" if n_gpus else "none",
                    )
                )
    split = settings.tensor_split
    if split is not None and len(split) != used and settings.split_mode != "none":
        text = ",".join(f"{part:g}" for part in split)
        if len(split) < used:
            engine = f"missing numbers count as 0: {used - len(split)} of the {used} GPUs get no layers"
        else:
            engine = f"only the first {used} numbers are used"
        out.append(
            Finding(
                f"-ts {text}",
                FindingKind.BAD_VALUE,
                f"-ts has {len(split)} numbers for {_gpus(used)}; give one per GPU, in device order",
                engine,
                nearest=",".join(f"{part:g}" for part in (*split, *([1.0] * used))[:used]),
            )
        )
    if settings.split_mode in ("none", "row") and used and settings.main_gpu >= used:
        out.append(
            Finding(
                f"-mg {settings.main_gpu}",
                FindingKind.BAD_VALUE,
                f"-mg {settings.main_gpu}: only 0 to {used - 1} exist",
                f"invalid value for main_gpu: {settings.main_gpu} (available devices: {used})",
                fatal=True,
                nearest=f"-mg {used - 1}",
            )
        )
    return out


def _gpus(count: int) -> str:
    return f"{count} GPU" if count == 1 else f"{count} GPUs"


def repeated_devices(devices: tuple[str, ...]) -> str | None:
    """Name a device that is listed twice, or None."""
    return next((a for a, b in pairwise(sorted(devices)) if a == b), None)
