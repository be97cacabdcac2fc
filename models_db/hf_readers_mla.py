"""Readers of Hugging Face configurations with latent or sparse attention.

Field names are those of transformers' configuration classes and of the model repositories' own
``configuration_*.py``; what a class always does without saying so in its configuration (selection bias,
repeated embeddings in the MTP block) is stated here per class and confirmed by published parameter counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models_db.architecture import ArchitectureError
from models_db.hf_config import first
from models_db.hf_readers import biases

Fields = dict[str, Any]
Text = Mapping[str, Any]


def required(text: Text, *names: str) -> tuple[Any, ...]:
    """Values of ``names``, in order.

    Raises
    ------
    ArchitectureError
        Listing every name that is absent or null.
    """
    missing = [f"{name}: missing" for name in names if text.get(name) is None]
    if missing:
        raise ArchitectureError(missing)
    return tuple(text[name] for name in names)


def read_mla(fields: Fields, text: Text) -> None:
    """Latent attention: ranks and head sizes."""
    kv_rank, nope, rope, v = required(
        text, "kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim"
    )
    fields.update(
        q_lora_rank=text.get("q_lora_rank") or 0,
        kv_lora_rank=kv_rank,
        qk_nope_head_dim=nope,
        qk_rope_head_dim=rope,
        v_head_dim=v,
        head_dim_k=nope + rope,
        head_dim_v=v,
        rope_dim=rope,
    )


def _deepseek_v2(fields: Fields, text: Text) -> None:
    read_mla(fields, text)
    fields["n_layer_nextn"] = 0


def _sigmoid_router(fields: Fields) -> None:
    fields["router_bias"] = True
    fields["expert_gating"] = "sigmoid"


def _deepseek_v3(fields: Fields, text: Text) -> None:
    read_mla(fields, text)
    _sigmoid_router(fields)
    fields["nextn_own_embeddings"] = True


def _kimi_k25(fields: Fields, text: Text) -> None:
    _deepseek_v3(fields, text)
    fields["hf_arch"] = "KimiK25ForConditionalGeneration"


def _mistral_large3(fields: Fields, text: Text) -> None:
    """Mistral's own format has neither selection bias nor MTP block."""
    read_mla(fields, text)
    fields["n_layer_nextn"] = 0


def read_mistral4(fields: Fields, text: Text) -> None:
    """Mistral Small 4: latent attention, mixture in every layer."""
    _mistral_large3(fields, text)
    fields["gguf_arch"] = "mistral4"


def _mistral3(fields: Fields, text: Text) -> None:
    """One class for two text models: Mistral Small 4 says ``mistral4`` in its text part."""
    if text.get("model_type") == "mistral4":
        read_mistral4(fields, text)
    else:
        biases(fields, text)


def _minicpm3(fields: Fields, text: Text) -> None:
    read_mla(fields, text)
    fields["n_kv_heads"] = fields["n_heads"]


def _indexer(fields: Fields, text: Text) -> None:
    heads, dim, top_k = required(text, "index_n_heads", "index_head_dim", "index_topk")
    fields.update(indexer_n_heads=heads, indexer_head_dim=dim, indexer_top_k=top_k)


def _deepseek_v32(fields: Fields, text: Text) -> None:
    _deepseek_v3(fields, text)
    _indexer(fields, text)


def _glm_dsa(fields: Fields, text: Text) -> None:
    """GLM-5: from 5.2 on only layers marked ``full`` have an indexer; the MTP block always has one."""
    _deepseek_v32(fields, text)
    fields["nextn_own_embeddings"] = False
    types = text.get("indexer_types")
    if isinstance(types, list):
        full = tuple(t == "full" for t in types[: fields["n_layers"]])
        fields["indexer_full"] = (*full, *((True,) * fields["n_layer_nextn"]))


def _deepseek_v4(fields: Fields, text: Text) -> None:
    _indexer(fields, text)
    q_rank, groups, o_rank, hc, ratios, window = required(
        text, "q_lora_rank", "o_groups", "o_lora_rank", "hc_mult", "compress_ratios", "sliding_window"
    )
    _sigmoid_router(fields)
    fields.update(
        mixer="sliding",
        sliding_window=window,
        q_lora_rank=q_rank,
        n_o_groups=groups,
        o_lora_rank=o_rank,
        hc_mult=hc,
        compress_ratios=tuple(ratios),
        n_hash_layers=text.get("num_hash_layers") or 0,
        qk_rope_head_dim=text.get("qk_rope_head_dim") or 0,
        rope_dim=text.get("qk_rope_head_dim") or 0,
        attn_sinks=True,
        expert_gating=str(text.get("scoring_func") or "sqrtsoftplus"),
        n_ff=0,
    )


def _minimax_m3(fields: Fields, text: Text) -> None:
    """MiniMax M3: the draft modules are not part of any file llama.cpp reads."""
    (sparse, dense_width) = required(text, "sparse_attention_config", "dense_intermediate_size")
    heads, dim, top_k, block = required(
        sparse, "sparse_num_index_heads", "sparse_index_dim", "sparse_topk_blocks", "sparse_block_size"
    )
    n_layers = fields["n_layers"]
    _sigmoid_router(fields)
    fields.update(
        n_layer_nextn=0,
        n_ff=dense_width,
        qk_norm="per_head",
        indexer_n_heads=heads,
        indexer_head_dim=dim,
        indexer_top_k=top_k,
        indexer_block_size=block,
    )
    every = (1,) * n_layers
    moe = tuple(text.get("moe_layer_freq") or every)[:n_layers]
    fields["ffn"] = tuple("moe" if m else "dense" for m in moe)
    fields["indexer_full"] = tuple(bool(f) for f in (sparse.get("sparse_attention_freq") or moe)[:n_layers])


def _longcat(fields: Fields, text: Text) -> None:
    read_mla(fields, text)
    (n_layers,) = required(text, "num_layers")
    fields.update(
        n_layers=n_layers,
        n_layer_nextn=first(text, "num_nextn_predict_layers", default=1),
        ffn="moe",
        n_expert_zero=text.get("zero_expert_num") or 0,
        router_bias=True,
    )


READERS = {
    "DeepseekV2ForCausalLM": ("deepseek2", _deepseek_v2),
    "DeepseekV3ForCausalLM": ("deepseek2", _deepseek_v3),
    "Glm4MoeLiteForCausalLM": ("deepseek2", _deepseek_v3),
    "KimiK25ForConditionalGeneration": ("deepseek2", _kimi_k25),
    "MistralLarge3ForCausalLM": ("deepseek2", _mistral_large3),
    "Mistral4ForCausalLM": ("mistral4", read_mistral4),
    "Mistral3ForConditionalGeneration": ("mistral3", _mistral3),
    "MiniCPM3ForCausalLM": ("minicpm3", _minicpm3),
    "DeepseekV32ForCausalLM": ("deepseek32", _deepseek_v32),
    "GlmMoeDsaForCausalLM": ("glm-dsa", _glm_dsa),
    "DeepseekV4ForCausalLM": ("deepseek4", _deepseek_v4),
    "MiniMaxM3SparseForCausalLM": ("minimax-m3", _minimax_m3),
    "MiniMaxM3ForCausalLM": ("minimax-m3", _minimax_m3),
    "LongcatFlashForCausalLM": ("", _longcat),
}
