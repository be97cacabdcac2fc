"""Readers of Hugging Face configurations with state-space, convolution or delta-rule layers, and of NAS
models."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from models_db.architecture import ArchitectureError
from models_db.hf_readers_mla import read_mla, required

Fields = dict[str, Any]
Text = Mapping[str, Any]

NEMOTRON_BLOCKS = {
    "M": ("mamba2", "none"),
    "mamba": ("mamba2", "none"),
    "linear_attention": ("mamba2", "none"),
    "*": ("full", "none"),
    "attention": ("full", "none"),
    "full_attention": ("full", "none"),
    "-": ("none", "dense"),
    "mlp": ("none", "dense"),
    "E": ("none", "moe"),
    "moe": ("none", "moe"),
}
"""Mixer and feed-forward kind of a Nemotron-H block, by pattern letter or by name."""


def _layers(text: Text, n_layers: int, attention: set[int], other: str) -> tuple[str, ...]:
    types = text.get("layer_types")
    if isinstance(types, list):
        return tuple(
            "full" if str(t).endswith("attention") and t != "linear_attention" else other for t in types
        )
    return tuple("full" if il in attention else other for il in range(n_layers))


def _mamba2(fields: Fields, text: Text, *names: str) -> None:
    """Mamba-2 sizes; ``names`` are the keys of heads, head size, groups, state size and kernel."""
    heads, dim, n_group, d_state, d_conv = required(text, *names)
    fields.update(
        ssm_dt_rank=heads,
        ssm_d_inner=heads * dim,
        ssm_n_group=n_group,
        ssm_d_state=d_state,
        ssm_d_conv=d_conv,
    )


MAMBA_KEYS = ("mamba_n_heads", "mamba_d_head", "mamba_n_groups", "mamba_d_state", "mamba_d_conv")
NEMOTRON_KEYS = ("mamba_num_heads", "mamba_head_dim", "n_groups", "ssm_state_size", "conv_kernel")


def _nemotron_h(fields: Fields, text: Text) -> None:
    pattern = text.get("hybrid_override_pattern") or text.get("layers_block_type")
    if not pattern:
        raise ArchitectureError(["hybrid_override_pattern: missing"])
    unknown = sorted({str(p) for p in pattern if p not in NEMOTRON_BLOCKS})
    if unknown:
        raise ArchitectureError([f"layers_block_type: {p!r} is not known" for p in unknown])
    blocks = [NEMOTRON_BLOCKS[p] for p in pattern]
    n_nextn = fields["n_layer_nextn"] if fields.get("n_experts") else 0
    blocks += [("full", "moe")] * n_nextn
    _mamba2(fields, text, *NEMOTRON_KEYS)
    moe = bool(fields.get("n_experts"))
    fields.update(
        gguf_arch="nemotron_h_moe" if moe else "nemotron_h",
        n_layers=len(pattern),
        n_layer_nextn=n_nextn,
        mixer=tuple(m for m, _ in blocks),
        ffn=tuple(f for _, f in blocks),
        ffn_gated=False,
        ssm_conv_bias=text.get("use_conv_bias", True),
        sliding_window=0,
        n_ff=0 if moe else fields["n_ff"],
    )
    if moe:
        fields.update(
            n_expert_latent=text.get("moe_latent_size") or 0, router_bias=True, expert_gating="sigmoid"
        )


def _granite_hybrid(fields: Fields, text: Text) -> None:
    n_layers = fields["n_layers"]
    mixer = _layers(text, n_layers, set(), "mamba2")
    shared = text.get("shared_intermediate_size") or 0
    fields["mixer"] = mixer
    if fields.get("n_experts"):
        fields.update(n_ff_exp=fields["n_ff"], n_ff=0, n_ff_shexp=shared, n_expert_shared=1 if shared else 0)
    else:
        fields["n_ff"] = shared or fields["n_ff"]
    if "mamba2" not in mixer:
        fields.update(gguf_arch="granitemoe" if fields.get("n_experts") else "granite", mixer="full")
        return
    _mamba2(fields, text, *MAMBA_KEYS)
    fields["ssm_conv_bias"] = text.get("mamba_conv_bias", True)


def _falcon_h1(fields: Fields, text: Text) -> None:
    _mamba2(fields, text, *MAMBA_KEYS)
    fields.update(
        mixer="full+mamba2",
        ssm_d_inner=text.get("mamba_d_ssm") or fields["ssm_d_inner"],
        ssm_conv_bias=text.get("mamba_conv_bias", True),
        ssm_norm=text.get("mamba_rms_norm", False),
    )


def _lfm2(fields: Fields, text: Text) -> None:
    (cache,) = required(text, "conv_L_cache")
    fields.update(
        mixer=_layers(text, fields["n_layers"], set(text.get("full_attn_idxs") or ()), "short_conv"),
        shortconv_l_cache=cache,
        qk_norm="per_head",
        tied_embeddings=text.get("tie_word_embeddings", text.get("tie_embedding", True)),
        n_ff=text.get("block_ff_dim") or fields["n_ff"],
    )
    if text.get("block_auto_adjust_ff_dim"):
        multiple = text.get("block_multiple_of") or 1
        width = int((text.get("block_ffn_dim_multiplier") or 1.0) * int(2 * fields["n_ff"] / 3))
        fields["n_ff"] = multiple * -(-width // multiple)
    if fields.get("n_experts"):
        fields.update(router_bias=text.get("use_expert_bias", True), expert_gating="sigmoid")


def _jamba(fields: Fields, text: Text) -> None:
    n_layers = fields["n_layers"]
    period, offset, d_state, d_conv, expand, rank = required(
        text,
        "attn_layer_period",
        "attn_layer_offset",
        "mamba_d_state",
        "mamba_d_conv",
        "mamba_expand",
        "mamba_dt_rank",
    )
    attention = {il for il in range(n_layers) if il % period == offset}
    fields.update(
        mixer=_layers(text, n_layers, attention, "mamba1"),
        ssm_d_inner=expand * fields["n_embd"],
        ssm_d_state=d_state,
        ssm_d_conv=d_conv,
        ssm_dt_rank=rank,
        ssm_conv_bias=text.get("mamba_conv_bias", True),
    )
    if fields.get("n_experts", 0) > 1:
        period, offset = required(text, "expert_layer_period", "expert_layer_offset")
        fields["n_ff_exp"] = fields["n_ff"]
        fields["ffn"] = tuple("moe" if il % period == offset else "dense" for il in range(n_layers))
    else:
        fields.update(n_experts=0, n_experts_used=0, n_ff_exp=0, ffn="dense")


def _gated_delta(fields: Fields, text: Text) -> None:
    conv, key_dim, n_key, n_value, value_dim = required(
        text,
        "linear_conv_kernel_dim",
        "linear_key_head_dim",
        "linear_num_key_heads",
        "linear_num_value_heads",
        "linear_value_head_dim",
    )
    n_layers = fields["n_layers"]
    interval = text.get("full_attention_interval") or 4
    attention = {il for il in range(n_layers) if (il + 1) % interval == 0}
    mixer = _layers(text, n_layers, attention, "gated_delta")
    fields.update(
        mixer=(*mixer, *(("full",) * fields["n_layer_nextn"])),
        attn_output_gate=True,
        qk_norm="per_head",
        ssm_d_conv=conv,
        ssm_d_inner=n_value * value_dim,
        ssm_d_state=key_dim,
        ssm_dt_rank=n_value,
        ssm_n_group=n_key,
    )
    if fields.get("n_experts"):
        fields.update(shared_expert_gate=True, n_expert_shared=1)
        if "intermediate_size" not in text:
            fields["n_ff"] = 0


def _is_prime(n: int) -> bool:
    return n > 1 and all(n % d for d in range(2, math.isqrt(n) + 1))


def ngram_rows(base: int, n_heads: int, multiple: int) -> int:
    """Rows of Qwen4's n-gram table: one prime number of rows per hash head, padded together.

    Heads take the primes from ``base`` upwards in order (transformers ``Qwen4ExpTextNGramEmbedding``).
    """
    total, n = 0, base - 1
    for _ in range(n_heads):
        n += 1
        while not _is_prime(n):
            n += 1
        total += n
    return multiple * -(-total // multiple)


def _qwen4exp(fields: Fields, text: Text) -> None:
    """Qwen3.8-Flash-Next: hyper-connections, indexer on full layers, n-gram table on one layer
    (1-indexed)."""
    _gated_delta(fields, text)
    hc, rank, heads, dim, budget = required(
        text, "hc_count", "hc_lowrank", "indexer_n_heads", "indexer_head_dim", "indexer_budget"
    )
    fields.update(
        hc_mult=hc,
        hc_low_rank=rank,
        indexer_n_heads=heads,
        indexer_head_dim=dim,
        indexer_top_k=budget,
    )
    if text.get("ple_layer_ids"):
        ngram, per_ngram, base, width, kernel = required(
            text,
            "ngram_size",
            "heads_per_ngram",
            "ngram_vocab_size_base",
            "ple_embed_dim",
            "ple_conv_kernel_size",
        )
        n_heads = (ngram - 1) * per_ngram
        fields.update(
            ple_layers=tuple(il - 1 for il in text["ple_layer_ids"]),
            ple_n_rows=ngram_rows(base, n_heads, text.get("make_ngram_vocab_size_divisible_by") or 1),
            n_embd_per_layer=width // n_heads,
            ple_conv_kernel=kernel,
            ple_ngram_size=ngram,
        )


def _kda(fields: Fields, text: Text, linear: Text) -> None:
    heads, dim, conv = required(linear, "num_heads", "head_dim", "short_conv_kernel_size")
    fields.update(kda_n_heads=heads, kda_head_dim=dim, ssm_d_conv=conv)
    fields.update(router_bias=True, expert_gating="sigmoid")


def _kimi_linear(fields: Fields, text: Text) -> None:
    read_mla(fields, text)
    (linear,) = required(text, "linear_attn_config")
    _kda(fields, text, linear)
    (full,) = required(linear, "full_attn_layers")
    fields.update(
        mixer=_layers({}, fields["n_layers"], {il - 1 for il in full}, "kda"),
        kda_gate_rank=0 if linear.get("use_full_rank_gate") else fields["kda_head_dim"],
        n_layer_nextn=0,
    )


def _kimi_k3(fields: Fields, text: Text) -> None:
    _kimi_linear(fields, text)
    fields.update(
        attn_output_gate=bool(text.get("mla_use_output_gate")),
        attn_res_block_size=text.get("attn_res_block_size") or 0,
        n_expert_latent=text.get("routed_expert_hidden_size") or 0,
    )


def _bailing_v3(fields: Fields, text: Text) -> None:
    """Ling 3: KDA with latent attention in the last layer of each group (conversion/bailingmoe3.py)."""
    read_mla(fields, text)
    group, conv, shared = required(
        text, "layer_group_size", "short_conv_kernel_size", "moe_shared_expert_intermediate_size"
    )
    n_layers = fields["n_layers"]
    whole = n_layers // group * group
    attention = {il for il in range(n_layers) if (il + 1) % group == 0 or il >= whole}
    heads = {"num_heads": fields["n_heads"], "head_dim": text.get("head_dim"), "short_conv_kernel_size": conv}
    _kda(fields, text, heads)
    mixer = _layers({}, n_layers, attention, "kda")
    fields.update(
        mixer=(*mixer, *(("full",) * fields["n_layer_nextn"])), attn_output_gate=True, n_ff_shexp=shared
    )
    if isinstance(fields["ffn"], tuple):
        fields["ffn"] = (*fields["ffn"], *(("moe",) * fields["n_layer_nextn"]))


def _deci(fields: Fields, text: Text) -> None:
    """DeciLM: ``block_configs`` per layer (conversion/deci.py, ``DeciModel.__init__``)."""
    (blocks,) = required(text, "block_configs")
    heads, kv_heads, widths = [], [], []
    for block in blocks:
        attention, ffn = block["attention"], block["ffn"]
        group = attention.get("n_heads_in_group")
        kv_heads.append(fields["n_heads"] // group if group else 0)
        heads.append(fields["n_heads"] if group or attention.get("replace_with_linear") else 0)
        width = int(2 * (ffn.get("ffn_mult") or 0.0) * fields["n_embd"] / 3)
        widths.append(-(-width // 256) * 256)
    fields.update(
        n_heads=tuple(heads),
        n_kv_heads=tuple(kv_heads),
        n_ff=tuple(widths),
        mixer=tuple("full" if k else "none" for k in kv_heads),
        ffn=tuple("dense" if w else "none" for w in widths),
    )


READERS = {
    "NemotronHForCausalLM": ("nemotron_h", _nemotron_h),
    "GraniteMoeHybridForCausalLM": ("granitehybrid", _granite_hybrid),
    "FalconH1ForCausalLM": ("falcon-h1", _falcon_h1),
    "Lfm2ForCausalLM": ("lfm2", _lfm2),
    "Lfm2MoeForCausalLM": ("lfm2moe", _lfm2),
    "JambaForCausalLM": ("jamba", _jamba),
    "Qwen3NextForCausalLM": ("qwen3next", _gated_delta),
    "Qwen3_5ForConditionalGeneration": ("qwen35", _gated_delta),
    "Qwen3_5ForCausalLM": ("qwen35", _gated_delta),
    "Qwen3_5MoeForConditionalGeneration": ("qwen35moe", _gated_delta),
    "Qwen3_5MoeForCausalLM": ("qwen35moe", _gated_delta),
    "Qwen4ExpForConditionalGeneration": ("qwen4exp", _qwen4exp),
    "KimiLinearForCausalLM": ("kimi-linear", _kimi_linear),
    "KimiK3ForConditionalGeneration": ("kimi-k3", _kimi_k3),
    "BailingMoeV3ForCausalLM": ("bailingmoe3", _bailing_v3),
    "DeciLMForCausalLM": ("deci", _deci),
}
