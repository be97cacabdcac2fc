"""What vLLM's configuration refuses before it touches a GPU, in the order and words of
``create_engine_config``.

Observed with vLLM 0.32.0 and 0.33.0 on a pretended machine of 8 × H100 80GB (2026-11-23). The engine
stops at the
first refusal; all are listed here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from planner.commands.findings import Finding, FindingKind, nearest_word
from planner.commands.vllm_flags import (
    kv_cache_dtypes,
    quantization_methods,
    quantization_needs_checkpoint,
    resolve_version,
)
from planner.commands.vllm_limits import (
    bound_refusals,
    context_parallel_refusals,
    extra_refusals,
    graph_refusals,
    node_refusals,
    ray_refusals,
    type_refusals,
)
from planner.vllm_settings import VllmSettings


@dataclass(frozen=True, slots=True)
class VllmModelFacts:
    """What vLLM's configuration looks at in a checkpoint."""

    n_heads: int
    max_model_len: int
    """Longest context of the config file."""
    n_experts: int = 0
    quant_method: str | None = None
    """``quantization_config.quant_method`` of the checkpoint, None if unquantized."""
    max_len_key: str = "max_position_embeddings"
    """Config key the length comes from."""
    n_kv_heads: int = 0
    """0 = not known."""
    latent: bool = False
    """Latent attention, whose cache is the same on every GPU."""
    hf_arch: str = ""


_NO_PIPELINE = ("Gemma3n",)
"""Beginnings of class names without the interface for pipelines."""
_DEPRECATED_METHODS = ("fbgemm_fp8", "fp_quant")
_SAME_METHOD = {
    "awq": {"awq", "auto_awq", "awq_marlin", "moe_wna16"},
    "gptq": {"gptq", "auto_gptq", "gptq_marlin", "moe_wna16"},
}
"""Values of ``--quantization`` that fit a checkpoint's method besides the method itself."""
_SAYS_ITSELF = ("modelopt", "gpt_oss_mxfp4", "mxfp4")
"""Beginnings of methods that a checkpoint claims whatever ``--quantization`` says (``override_quantization_method``)."""
_TAKES_ANY = "humming"
"""Value of ``--quantization`` that takes any quantized checkpoint."""


def config_refusals(
    settings: VllmSettings,
    model: VllmModelFacts,
    n_gpus: int,
    version: str | None = None,
    env: Mapping[str, str] | None = None,
    default_batched_tokens: int | None = None,
) -> list[Finding]:
    """Predict what vLLM's configuration refuses.

    Parameters
    ----------
    settings : VllmSettings
        Options of the command.
    model : VllmModelFacts
        The checkpoint.
    n_gpus : int
        GPUs of this machine.
    version : str, optional
        vLLM version.
    env : mapping of str to str, optional
        Environment; ``VLLM_ALLOW_LONG_MAX_MODEL_LEN`` counts.
    default_batched_tokens : int, optional
        ``max_num_batched_tokens`` of this GPU when it is not given. [tokens]

    Returns
    -------
    list of Finding
        In the order vLLM meets them; empty = accepted. ``engine`` begins with the configuration class
        that refuses.

    Raises
    ------
    VllmVersionFault
        When ``version`` is no vLLM version.
    """
    name, _ = resolve_version(version)
    out = _model_config(settings, model, env or {})
    out += _cache_config(settings, name)
    out += node_refusals(settings)
    out += _parallel_config(settings, n_gpus)
    out += ray_refusals(settings)
    drafting = extra_refusals(settings)
    out += [f for f in drafting if f.token == "--speculative-config"]
    out += _scheduler_config(settings, model, default_batched_tokens)
    out += [f for f in drafting if f.token != "--speculative-config"]
    out += bound_refusals(settings, "UVAOffloadConfig")
    out += _vllm_config(settings, model)
    return out


def derived_length(settings: VllmSettings, model: VllmModelFacts) -> int:
    """Longest context after ``--hf-overrides``. [tokens]

    A YaRN override does not raise it: ``max_position_embeddings`` must be overridden too.
    """
    try:
        overrides = json.loads(settings.hf_overrides or "{}")
    except ValueError:
        return model.max_model_len
    if not isinstance(overrides, dict):
        return model.max_model_len
    rope = overrides.get("rope_scaling") or overrides.get("rope_parameters") or {}
    length = int(overrides.get("max_position_embeddings", model.max_model_len))
    kind = rope.get("rope_type", rope.get("type", "default")) if isinstance(rope, dict) else "default"
    if kind in ("default", *_ALREADY_SCALED):
        return length
    return int(float(rope.get("factor") or 1) * length)


_ALREADY_SCALED = ("su", "longrope", "llama3", "yarn", "deepseek_yarn", "deepseek_llama_scaling")
"""RoPE kinds whose factor is already in the config's length (vllm/config/model.py,
_get_and_verify_max_len)."""


def batch_tokens_without_chunks(settings: VllmSettings, model: VllmModelFacts) -> int | None:
    """``max_num_batched_tokens`` when it is not given and chunked prefill is off. [tokens]"""
    if settings.max_num_batched_tokens is not None or settings.enable_chunked_prefill is not False:
        return settings.max_num_batched_tokens
    length = settings.max_model_len
    return length if length is not None and length > 0 else derived_length(settings, model)


def _finding(token: str, config: str, message: str, engine: str, nearest: str | None) -> Finding:
    return Finding(token, FindingKind.BAD_VALUE, message, f"{config}: {engine}", True, nearest)


def _model_config(settings: VllmSettings, model: VllmModelFacts, env: Mapping[str, str]) -> list[Finding]:
    out: list[Finding] = []
    method = settings.quantization
    known = quantization_methods()
    if method is not None and method not in known:
        plugin = {"gguf": "vllm-gguf-plugin", "bitsandbytes": "vllm-bnb-plugin"}.get(method)
        hint = (
            f"; it needs the package {plugin}" if plugin else "; leave it out: the checkpoint says its format"
        )
        if method.lower().startswith(("q2", "q3", "q4", "q5", "q6", "q8", "iq")):
            hint = "; that is a llama.cpp format, which vLLM cannot load"
        near = nearest_word(method, known)
        out.append(
            _finding(
                f"--quantization {method}",
                "ModelConfig",
                f"vLLM has no quantization {method}{hint}",
                f"Unknown quantization method: {method}. Must be one of {list(known)}",
                near,
            )
        )
    elif method is not None and model.quant_method is not None:
        same = _SAME_METHOD.get(model.quant_method, set()) | {model.quant_method}
        if method not in same and method != _TAKES_ANY and not model.quant_method.startswith(_SAYS_ITSELF):
            out.append(
                _finding(
                    f"--quantization {method}",
                    "ModelConfig",
                    f"the checkpoint is {model.quant_method}, not {method}; leave --quantization out",
                    f"Quantization method specified in the model config ({model.quant_method}) does "
                    "not match "
                    f"the quantization method specified in the `quantization` argument ({method}).",
                    model.quant_method,
                )
            )
    elif method in _DEPRECATED_METHODS:
        out.append(
            _finding(
                f"--quantization {method}",
                "ModelConfig",
                f"{method} is on its way out; add --allow-deprecated-quantization or take another checkpoint",
                f"The quantization method {method} is deprecated and will be removed in future "
                "versions of vLLM. "
                "To bypass, set `--allow-deprecated-quantization`.",
                "--allow-deprecated-quantization",
            )
        )
    longest = derived_length(settings, model)
    asked = settings.max_model_len
    if asked is not None and (asked == 0 or asked < -1):
        words = "max_model_len Input should be greater than or equal to -1"
        if asked == 0:
            words = "max_model_len must be a positive integer, got int: 0. Example: max_model_len=2048"
        out.append(
            _finding(
                f"--max-model-len {asked}",
                "ModelConfig",
                "the smallest valid value is 1; -1 or auto means the longest that fits",
                words,
                f"--max-model-len {longest}",
            )
        )
    if asked is not None and asked > longest and env.get("VLLM_ALLOW_LONG_MAX_MODEL_LEN") != "1":
        out.append(
            _finding(
                f"--max-model-len {asked}",
                "ModelConfig",
                f"the model takes at most {longest} tokens",
                f"User-specified max_model_len ({asked}) is greater than the derived max_model_len "
                f"({model.max_len_key}={float(longest)} or model_max_length=None in model's "
                "config.json). To allow "
                "overriding this maximum, set the env var VLLM_ALLOW_LONG_MAX_MODEL_LEN=1. "
                "VLLM_ALLOW_LONG_MAX_MODEL_LEN must be used with extreme caution.",
                f"--max-model-len {longest}",
            )
        )
    return out


def _cache_config(settings: VllmSettings, version: str) -> list[Finding]:
    out = bound_refusals(settings, "CacheConfig")
    share = settings.gpu_memory_utilization
    if not 0 < share <= 1:
        limit = "Input should be greater than 0" if share <= 0 else "Input should be less than or equal to 1"
        per_cent = 2 <= share <= 100
        near = share / 100 if per_cent else 1.0 if 1 < share < 2 else 0.92
        out.append(
            _finding(
                f"--gpu-memory-utilization {share:g}",
                "CacheConfig",
                "it is a share above 0 and up to 1"
                + (f"; {share:g} per cent is {near:g}" if per_cent else ""),
                f"gpu_memory_utilization {limit}",
                f"--gpu-memory-utilization {near:g}",
            )
        )
    valid = kv_cache_dtypes(version)
    if settings.kv_cache_dtype not in valid:
        out.append(
            _finding(
                f"--kv-cache-dtype {settings.kv_cache_dtype}",
                "CacheConfig",
                f"valid are {', '.join(valid)}",
                f"Invalid kv_cache_dtype: '{settings.kv_cache_dtype}'. Valid values are: {list(valid)}",
                nearest_word(settings.kv_cache_dtype, valid) or "fp8",
            )
        )
    return out


def _parallel_config(settings: VllmSettings, n_gpus: int) -> list[Finding]:
    out = bound_refusals(settings, "ParallelConfig")
    if settings.data_parallel_size < 0 and settings.data_parallel_size_local is None:
        # The local number follows from it, so vLLM complains about both.
        also = " data_parallel_size_local Input should be greater than or equal to 0"
        out = [
            replace(f, engine=f.engine + also) if f.token.startswith("--data-parallel-size ") else f
            for f in out
        ]
    local = settings.data_parallel_size_local
    if local is not None and local > settings.data_parallel_size >= 1:
        out.append(
            _finding(
                f"--data-parallel-size-local {local}",
                "ParallelConfig",
                f"there are {settings.data_parallel_size} copies in all",
                f"data_parallel_size_local ({local}) must be <= data_parallel_size "
                f"({settings.data_parallel_size})",
                f"--data-parallel-size-local {settings.data_parallel_size}",
            )
        )
    tp, dcp = settings.tensor_parallel_size, settings.decode_context_parallel_size
    if settings.prefill_context_parallel_size == 1 and dcp >= 1 and tp >= 1 and tp % dcp:
        out.append(
            _finding(
                f"--decode-context-parallel-size {dcp}",
                "ParallelConfig",
                f"it must divide the {tp} GPUs that share a layer",
                f"tp_size={tp} must be divisible by dcp_size={dcp}.",
                "--decode-context-parallel-size 1",
            )
        )
    world = settings.world_size
    backend = settings.distributed_executor_backend
    if settings.nnodes == 1 and backend is None and world > max(n_gpus, 1):
        token = f"--tensor-parallel-size {settings.tensor_parallel_size}"
        if settings.pipeline_parallel_size > 1:
            pipeline = f"--pipeline-parallel-size {settings.pipeline_parallel_size}"
            token = pipeline if settings.tensor_parallel_size == 1 else f"{token} {pipeline}"
        out.append(
            _finding(
                token,
                "ParallelConfig",
                f"{world} GPUs are asked for and this machine has {n_gpus}",
                f"World size ({world}) is larger than the number of available GPUs ({n_gpus}) in this "
                "node. If this "
                "is intentional and you are using:\n- ray, set '--distributed-executor-backend ray'.\n"
                "- multiprocessing, set '--nnodes' appropriately.",
                f"--tensor-parallel-size {n_gpus}" if n_gpus else None,
            )
        )
    return out


def _scheduler_config(
    settings: VllmSettings, model: VllmModelFacts, default_tokens: int | None
) -> list[Finding]:
    out = bound_refusals(settings, "SchedulerConfig")
    if out:
        return _both_batch_sizes(settings, out)
    tokens, users = settings.max_num_batched_tokens, settings.max_num_seqs
    length = settings.max_model_len
    if length is None or length < 0:
        length = derived_length(settings, model)
    if tokens is not None and settings.enable_chunked_prefill is False and tokens < length:
        out.append(
            _finding(
                f"--max-num-batched-tokens {tokens}",
                "SchedulerConfig",
                f"without chunked prefill a whole prompt of {length} tokens must fit into one step",
                f"max_num_batched_tokens ({tokens}) is smaller than max_model_len ({length}). This "
                "effectively limits "
                "the maximum sequence length to max_num_batched_tokens and makes vLLM reject longer "
                "sequences. "
                "Please increase max_num_batched_tokens or decrease max_model_len.",
                f"--max-num-batched-tokens {length}",
            )
        )
    if tokens is None and default_tokens is not None:
        tokens = (
            default_tokens if settings.enable_chunked_prefill is not False else max(default_tokens, length)
        )
        tokens = min(tokens, users * length) if users is not None else tokens
    if tokens is not None and users is not None and tokens < users:
        out.append(
            _finding(
                f"--max-num-batched-tokens {tokens}",
                "SchedulerConfig",
                f"{users} requests need at least {users} tokens per step",
                f"max_num_batched_tokens ({tokens}) must be greater than or equal to max_num_seqs ({users}).",
                f"--max-num-batched-tokens {users}",
            )
        )
    return out


def _both_batch_sizes(settings: VllmSettings, found: list[Finding]) -> list[Finding]:
    """Each of the two follows from the other where it is not given, so vLLM complains about both."""
    if settings.max_num_batched_tokens is not None and settings.max_num_seqs is not None:
        return found
    least = "Input should be greater than or equal to 1"
    words = f"SchedulerConfig: max_num_batched_tokens {least} max_num_seqs {least}"
    return [replace(f, engine=words) for f in found]


def _vllm_config(settings: VllmSettings, model: VllmModelFacts) -> list[Finding]:
    out: list[Finding] = []
    tp = settings.tensor_parallel_size
    if tp >= 1 and model.n_heads and model.n_heads % tp:
        legal = [n for n in range(1, tp + 1) if model.n_heads % n == 0]
        out.append(
            _finding(
                f"--tensor-parallel-size {tp}",
                "VllmConfig",
                f"{tp} does not divide the {model.n_heads} attention heads; nearest is {legal[-1]}",
                f"Total number of attention heads ({model.n_heads}) must be divisible by tensor "
                f"parallel size ({tp}).",
                f"--tensor-parallel-size {legal[-1]}",
            )
        )
    if settings.enable_expert_parallel and not model.n_experts:
        out.append(
            _finding(
                "--enable-expert-parallel",
                "VllmConfig",
                "this model has no experts; leave it out",
                "Number of experts in the model must be greater than 0 when expert parallelism is enabled.",
                None,
            )
        )
    out += context_parallel_refusals(settings, model.n_heads, model.n_kv_heads, model.latent)
    if settings.pipeline_parallel_size > 1 and model.hf_arch.startswith(_NO_PIPELINE):
        out.append(
            _finding(
                f"--pipeline-parallel-size {settings.pipeline_parallel_size}",
                "VllmConfig",
                "vLLM cannot spread the layers of this model over GPUs; use --tensor-parallel-size",
                "Pipeline parallelism is not supported for this model. Supported models implement the `SupportsPP` "
                "interface.",
                "--pipeline-parallel-size 1",
            )
        )
    out += type_refusals(settings, model.quant_method, model.hf_arch)
    out += graph_refusals(settings)
    method = settings.quantization
    if method in quantization_needs_checkpoint() and model.quant_method is None:
        out.append(
            _finding(
                f"--quantization {method}",
                "VllmConfig",
                f"the checkpoint is not quantized; {method} needs one that is",
                f"Cannot find the config file for {method}",
                "--quantization fp8",
            )
        )
    return out
