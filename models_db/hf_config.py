"""From a Hugging Face ``config.json`` to an :class:`~models_db.architecture.ArchitectureSpec`.

:func:`architecture_from_hf_config` reads what nearly all configurations call the same
(:func:`common_fields`), then lets the class's own reader correct it. Readers live in modules with a dict
``READERS`` keyed by class name (``architectures[0]``): ``(gguf_arch, function(fields, text))``; ``fields``
are keyword arguments of the record, changed in place, and ``text`` is the text model's configuration.
Unknown classes are refused: dimensions of an unknown layout would be guesses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

from models_db.architecture import ArchitectureError, ArchitectureSpec

Fields = dict[str, Any]
Reader = Callable[[Fields, Mapping[str, Any]], None]

READER_MODULES = (
    "models_db.hf_readers",
    "models_db.hf_readers_moe",
    "models_db.hf_readers_mla",
    "models_db.hf_readers_hybrid",
)
"""Modules with a ``READERS`` dict; one that does not exist is skipped."""

MIXER_OF_LAYER_TYPE = {
    "full_attention": "full",
    "attention": "full",
    "sliding_attention": "sliding",
    "chunked_attention": "chunked",
    "linear_attention": "gated_delta",
    "conv": "short_conv",
    "mamba": "mamba2",
}
"""``layer_types`` entries and what they mean here."""

_readers: dict[str, tuple[str, Reader]] = {}


def readers() -> dict[str, tuple[str, Reader]]:
    """All class readers: class name to (llama.cpp architecture, reader)."""
    if not _readers:
        for name in READER_MODULES:
            try:
                module = import_module(name)
            except ModuleNotFoundError as error:
                if error.name != name:
                    raise
                continue
            _readers.update(module.READERS)
    return _readers


def text_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """The text model's part: ``text_config`` laid over the top level where there is one."""
    text = config.get("text_config") or config.get("llm_config") or {}
    return {**config, **text}


def first(config: Mapping[str, Any], *names: str, default: Any = None) -> Any:
    """First value that is present and not null."""
    for name in names:
        if config.get(name) is not None:
            return config[name]
    return default


def hf_class(config: Mapping[str, Any]) -> str:
    """Class name of a configuration, from ``architectures`` or, failing that, from ``model_type``."""
    names = config.get("architectures") or ()
    if names:
        return str(names[0])
    return CLASS_OF_MODEL_TYPE.get(str(config.get("model_type")), "")


def common_fields(text: Mapping[str, Any]) -> Fields:
    """Keyword arguments of the record that most configurations spell alike."""
    n_embd = int(first(text, "hidden_size", "n_embd", "d_model", default=0))
    n_layers = int(first(text, "num_hidden_layers", "num_layers", "n_layers", "n_layer", default=0))
    n_heads = first(text, "num_attention_heads", "n_heads", "n_head", default=0)
    n_kv_heads = first(text, "num_key_value_heads", default=n_heads)
    head_dim = first(text, "head_dim", "attention_head_dim", default=n_embd // n_heads if n_heads else 0)
    out: Fields = {
        "n_layers": n_layers,
        "n_embd": n_embd,
        "n_vocab": int(first(text, "vocab_size", default=0)),
        "n_ctx_train": int(first(text, "max_position_embeddings", "n_positions", default=0)),
        "tied_embeddings": bool(first(text, "tie_word_embeddings", default=False)),
        "n_heads": n_heads,
        "n_kv_heads": n_kv_heads,
        "head_dim_k": head_dim,
        "head_dim_v": first(text, "v_head_dim", default=head_dim),
        "n_ff": first(text, "intermediate_size", "ffn_hidden_size", default=0),
        "sliding_window": int(first(text, "sliding_window", "sliding_window_size", default=0)),
        "attn_logit_softcap": float(first(text, "attn_logit_softcapping", default=0.0)),
        "final_logit_softcap": float(first(text, "final_logit_softcapping", default=0.0)),
        "n_layer_nextn": int(first(text, "num_nextn_predict_layers", "mtp_num_hidden_layers", default=0)),
    }
    layer_types = text.get("layer_types")
    if isinstance(layer_types, list) and all(t in MIXER_OF_LAYER_TYPE for t in layer_types):
        out["mixer"] = tuple(MIXER_OF_LAYER_TYPE[t] for t in layer_types[:n_layers])
    out.update(rope_fields(text, head_dim))
    out.update(moe_fields(text, n_layers))
    return out


def rope_fields(text: Mapping[str, Any], head_dim: int) -> Fields:
    """Rotary dimensions and context scaling."""
    params = first(text, "rope_parameters", "rope_scaling", default={})
    if not isinstance(params, Mapping):
        params = {}
    by_kind = params.get("full_attention")
    full = by_kind if isinstance(by_kind, Mapping) else params
    sliding = params.get("sliding_attention")
    out: Fields = {
        "rope_theta": float(first(text, "rope_theta", default=first(full, "rope_theta", default=0.0)))
    }
    local = first(text, "rope_local_base_freq", default=first(sliding or {}, "rope_theta"))
    if local is not None:
        out["rope_theta_swa"] = float(local)
    factor = first(text, "partial_rotary_factor", "rotary_pct", default=first(full, "partial_rotary_factor"))
    if factor is not None and factor != 1.0:
        out["rope_dim"] = int(head_dim * factor)
    elif text.get("rotary_dim"):
        out["rope_dim"] = int(text["rotary_dim"])
    kind = str(first(full, "rope_type", "type", default=""))
    if kind not in ("", "default", "mrope"):
        out["rope_scaling"] = kind
        out["rope_scaling_factor"] = float(first(full, "factor", default=0.0))
    original = first(
        text, "original_max_position_embeddings", default=first(full, "original_max_position_embeddings")
    )
    if original:
        out["rope_orig_ctx"] = int(original)
    return out


def moe_fields(text: Mapping[str, Any], n_layers: int) -> Fields:
    """Expert counts and widths, and which layers have experts."""
    n_experts = first(
        text, "n_routed_experts", "num_experts", "num_local_experts", "moe_num_experts", default=0
    )
    if not n_experts:
        return {}
    used = first(
        text,
        "num_experts_per_tok",
        "num_experts_per_token",
        "top_k_experts",
        "moe_topk",
        "moe_top_k",
        "moe_k",
        "experts_per_token",
        default=0,
    )
    width = first(
        text,
        "moe_intermediate_size",
        "expert_ffn_hidden_size",
        "expert_intermediate_size",
        "intermediate_size",
        default=0,
    )
    shared = first(text, "n_shared_experts", "num_shared_experts", "num_shared_expert", default=0)
    out: Fields = {
        "n_experts": n_experts,
        "n_experts_used": used,
        "n_ff_exp": width,
        "n_expert_shared": shared,
        "n_ff_shexp": int(
            first(
                text,
                "shared_expert_intermediate_size",
                "moe_shared_expert_intermediate_size",
                default=width * shared if isinstance(width, int) and isinstance(shared, int) else 0,
            )
        ),
        "expert_weights_norm": bool(first(text, "norm_topk_prob", default=False)),
        "expert_weights_scale": float(first(text, "routed_scaling_factor", default=0.0)),
        "expert_gating": str(first(text, "scoring_func", default="softmax")),
    }
    dense = int(first(text, "first_k_dense_replace", "num_dense_layers", default=0))
    mlp_types = text.get("mlp_layer_types")
    if isinstance(mlp_types, list):
        out["ffn"] = tuple("dense" if t == "dense" else "moe" for t in mlp_types[:n_layers])
    elif dense:
        out["ffn"] = ("dense",) * dense + ("moe",) * (n_layers - dense)
    else:
        out["ffn"] = "moe"
    return out


def architecture_from_hf_config(config: Mapping[str, Any]) -> ArchitectureSpec:
    """Published dimensions stated by one configuration.

    Parameters
    ----------
    config
        The parsed ``config.json``.

    Raises
    ------
    ArchitectureError
        If the class is unknown or a dimension is missing or impossible; every fault is listed.
    """
    try:
        return _read(config)
    except (TypeError, ValueError, KeyError, IndexError, ZeroDivisionError, AttributeError) as error:
        if isinstance(error, ArchitectureError):
            raise
        missing = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
        raise ArchitectureError([f"config: a value has the wrong form ({missing})"]) from error


def _read(config: Mapping[str, Any]) -> ArchitectureSpec:
    name = hf_class(config)
    text = text_config(config)
    entry = readers().get(CLASS_BY_TEXT_MODEL.get((name, str(text.get("model_type"))), name))
    if entry is None:
        raise ArchitectureError([f"architectures: {name or 'none given'} is not known"])
    gguf_arch, reader = entry
    fields = {"gguf_arch": gguf_arch, "hf_arch": name, **common_fields(text)}
    reader(fields, text)
    spec = ArchitectureSpec.from_dict(fields)
    from models_db.hf_towers import towers_from_hf_config

    return replace(spec, towers=towers_from_hf_config(config))


CLASS_BY_TEXT_MODEL = {("Mistral3ForConditionalGeneration", "mistral4"): "Mistral4ForCausalLM"}
"""Classes around different text models: which reader the text model's ``model_type`` asks for."""

CLASS_OF_MODEL_TYPE = {
    "afmoe": "AfmoeForCausalLM",
    "apertus": "ApertusForCausalLM",
    "arcee": "ArceeForCausalLM",
    "bailing_hybrid": "BailingMoeV3ForCausalLM",
    "bailing_moe_v2": "BailingMoeV2ForCausalLM",
    "cohere": "CohereForCausalLM",
    "cohere2": "Cohere2ForCausalLM",
    "deepseek_v2": "DeepseekV2ForCausalLM",
    "deepseek_v3": "DeepseekV3ForCausalLM",
    "deepseek_v32": "DeepseekV32ForCausalLM",
    "deepseek_v4": "DeepseekV4ForCausalLM",
    "dots1": "Dots1ForCausalLM",
    "ernie4_5": "Ernie4_5ForCausalLM",
    "ernie4_5_moe": "Ernie4_5_MoeForCausalLM",
    "exaone": "ExaoneForCausalLM",
    "exaone4": "Exaone4ForCausalLM",
    "exaone_moe": "ExaoneMoEForCausalLM",
    "falcon_h1": "FalconH1ForCausalLM",
    "gemma2": "Gemma2ForCausalLM",
    "gemma3": "Gemma3ForConditionalGeneration",
    "gemma3_text": "Gemma3ForCausalLM",
    "gemma3n": "Gemma3nForConditionalGeneration",
    "gemma4": "Gemma4ForConditionalGeneration",
    "gemma4_unified": "Gemma4UnifiedForConditionalGeneration",
    "glm4": "Glm4ForCausalLM",
    "glm4_moe": "Glm4MoeForCausalLM",
    "glm4_moe_lite": "Glm4MoeLiteForCausalLM",
    "glm_moe_dsa": "GlmMoeDsaForCausalLM",
    "gpt_oss": "GptOssForCausalLM",
    "granite": "GraniteForCausalLM",
    "granitemoehybrid": "GraniteMoeHybridForCausalLM",
    "hunyuan_v1_dense": "HunYuanDenseV1ForCausalLM",
    "hunyuan_v1_moe": "HunYuanMoEV1ForCausalLM",
    "hy_v3": "HYV3ForCausalLM",
    "hyperclovax": "HyperCLOVAXForCausalLM",
    "internlm2": "InternLM2ForCausalLM",
    "internlm3": "InternLM3ForCausalLM",
    "jamba": "JambaForCausalLM",
    "kimi_k2": "DeepseekV3ForCausalLM",
    "kimi_k25": "KimiK25ForConditionalGeneration",
    "kimi_k3": "KimiK3ForConditionalGeneration",
    "kimi_linear": "KimiLinearForCausalLM",
    "laguna": "LagunaForCausalLM",
    "lfm2": "Lfm2ForCausalLM",
    "lfm2_moe": "Lfm2MoeForCausalLM",
    "llama": "LlamaForCausalLM",
    "llama4": "Llama4ForConditionalGeneration",
    "longcat_flash": "LongcatFlashForCausalLM",
    "mimo": "MiMoForCausalLM",
    "mimo_v2_flash": "MiMoV2FlashForCausalLM",
    "minicpm": "MiniCPMForCausalLM",
    "minicpm3": "MiniCPM3ForCausalLM",
    "minimax_m2": "MiniMaxM2ForCausalLM",
    "minimax_m3": "MiniMaxM3SparseForCausalLM",
    "ministral3": "Ministral3ForCausalLM",
    "mistral": "MistralForCausalLM",
    "mistral3": "Mistral3ForConditionalGeneration",
    "mistral4": "Mistral3ForConditionalGeneration",
    "mixtral": "MixtralForCausalLM",
    "muse_glimmer": "MuseGlimmerForConditionalGeneration",
    "nemotron-nas": "DeciLMForCausalLM",
    "nemotron_h": "NemotronHForCausalLM",
    "olmo2": "Olmo2ForCausalLM",
    "olmo3": "Olmo3ForCausalLM",
    "olmoe": "OlmoeForCausalLM",
    "phi": "PhiForCausalLM",
    "phi3": "Phi3ForCausalLM",
    "qwen2": "Qwen2ForCausalLM",
    "qwen3": "Qwen3ForCausalLM",
    "qwen3_5": "Qwen3_5ForConditionalGeneration",
    "qwen3_5_moe": "Qwen3_5MoeForConditionalGeneration",
    "qwen3_moe": "Qwen3MoeForCausalLM",
    "qwen3_next": "Qwen3NextForCausalLM",
    "qwen3_vl": "Qwen3VLForConditionalGeneration",
    "qwen3_vl_moe": "Qwen3VLMoeForConditionalGeneration",
    "qwen4_exp": "Qwen4ExpForConditionalGeneration",
    "seed_oss": "SeedOssForCausalLM",
    "smollm3": "SmolLM3ForCausalLM",
    "solar_open": "SolarOpenForCausalLM",
    "starcoder2": "Starcoder2ForCausalLM",
    "step3p7": "Step3p7ForConditionalGeneration",
}
"""Class of a configuration that names only its ``model_type`` (transformers' own pairs)."""
