"""Readers of mixtures of experts with grouped-query attention."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models_db.hf_config import Fields, Reader, first
from models_db.hf_readers import alternating, biases, flags, no_windows


def read_qwen3_moe(fields: Fields, text: Mapping[str, Any]) -> None:
    """Experts in all layers but ``mlp_only_layers``."""
    fields["qk_norm"] = "per_head"
    no_windows(fields, text)
    dense = set(text.get("mlp_only_layers") or ())
    step = int(first(text, "decoder_sparse_step", default=1))
    if dense or step != 1:
        fields["ffn"] = tuple(
            "moe" if il not in dense and (il + 1) % step == 0 else "dense" for il in range(fields["n_layers"])
        )


def read_gpt_oss(fields: Fields, text: Mapping[str, Any]) -> None:
    """Biases and sinks everywhere; window and full attention in turn."""
    fields.update(qkv_bias=True, attn_output_bias=True, attn_sinks=True)
    fields["sliding_window"] = fields["sliding_window"] or 128
    alternating(fields, 2)


def read_llama4(fields: Fields, text: Mapping[str, Any]) -> None:
    """Every fourth layer is full, without rotary embedding; every n-th has experts and a shared one."""
    n_layers = fields["n_layers"]
    fields["sliding_window"] = int(first(text, "attention_chunk_size", default=8192))
    fields["no_rope_step"] = 4
    fields.pop("mixer", None)
    alternating(fields, 4, kind="chunked")
    step = int(first(text, "interleave_moe_layer_step", default=1))
    width = int(text["intermediate_size"])
    fields.update(n_ff=int(first(text, "intermediate_size_mlp", default=width)), n_ff_exp=width)
    fields.update(n_expert_shared=1, n_ff_shexp=width, expert_gating="sigmoid")
    fields["ffn"] = tuple("moe" if (il + 1) % step == 0 else "dense" for il in range(n_layers))


def sigmoid_router(fields: Fields) -> None:
    """Set what routers with a selection bias have in common."""
    fields.update(router_bias=True, expert_gating="sigmoid")


def read_glm4_moe(fields: Fields, text: Mapping[str, Any]) -> None:
    """Leading dense layers, one shared expert, a selection bias; an MTP block like the last layer."""
    sigmoid_router(fields)
    fields["qkv_bias"] = bool(first(text, "attention_bias", default=False))
    fields["qk_norm"] = "per_head" if text.get("use_qk_norm") else "none"
    fields["rope_dim"] = int(fields["head_dim_k"] * first(text, "partial_rotary_factor", default=0.5))


def read_solar_open(fields: Fields, text: Mapping[str, Any]) -> None:
    """GLM-4.5 blocks without leading dense layers, rotated whole."""
    sigmoid_router(fields)
    fields["qkv_bias"] = bool(first(text, "attention_bias", default=False))


def read_minimax_m2(fields: Fields, text: Mapping[str, Any]) -> None:
    """Norms over all heads; MTP modules are not in the published files."""
    sigmoid_router(fields)
    fields["qk_norm"] = "full"
    fields["n_layer_nextn"] = 0
    fields["rope_dim"] = int(first(text, "rotary_dim", default=64))


def read_ernie_moe(fields: Fields, text: Mapping[str, Any]) -> None:
    """Experts from ``moe_layer_start_index`` on."""
    n_layers = fields["n_layers"]
    start = int(first(text, "moe_layer_start_index", default=0))
    step = int(first(text, "moe_layer_interval", default=1))
    end = int(first(text, "moe_layer_end_index", default=n_layers - 1))
    shared = int(first(text, "moe_num_shared_experts", default=0))
    fields["router_bias"] = bool(first(text, "moe_use_aux_free", default=True))
    fields.update(n_expert_shared=shared, n_ff_shexp=shared * fields["n_ff_exp"])
    fields["ffn"] = tuple(
        "moe" if start <= il <= end and (il + 1) % step == 0 else "dense" for il in range(n_layers)
    )


def read_hunyuan_moe(fields: Fields, text: Mapping[str, Any]) -> None:
    """One shared expert as wide as ``intermediate_size`` says."""
    fields["qk_norm"] = "per_head"
    shared = int(first(text, "num_shared_expert", default=1))
    fields.update(n_expert_shared=shared, n_ff_shexp=shared * int(text["intermediate_size"]))


def read_hy_v3(fields: Fields, text: Mapping[str, Any]) -> None:
    """Leading dense layers, a shared expert, a selection bias."""
    sigmoid_router(fields)
    fields["qk_norm"] = "per_head"


def read_bailing_v2(fields: Fields, text: Mapping[str, Any]) -> None:
    """Half of each head is rotated; norms per head; a selection bias."""
    sigmoid_router(fields)
    fields["qk_norm"] = "per_head"
    fields["rope_dim"] = int(fields["head_dim_k"] * first(text, "partial_rotary_factor", default=0.5))


def read_mimo_v2(fields: Fields, text: Mapping[str, Any]) -> None:
    """Window layers with sinks and more KV heads; three dense MTP blocks with windows.

    MTP blocks as llama.cpp conversion/mimo.py (``MimoV2Model``) finds them in the checkpoint.
    """
    sigmoid_router(fields)
    n_nextn = 3
    pattern = [*text["hybrid_layer_pattern"], *([1] * n_nextn)]
    n_full, n_swa = int(fields["n_kv_heads"]), int(first(text, "swa_num_key_value_heads", default=0))
    sinks_swa, sinks_full = (bool(text.get(f"add_{k}_attention_sink_bias")) for k in ("swa", "full"))
    fields["n_layer_nextn"] = n_nextn
    fields["mixer"] = tuple("sliding" if p else "full" for p in pattern)
    fields["n_kv_heads"] = tuple(n_swa if p else n_full for p in pattern)
    trunk = pattern[: fields["n_layers"]]
    fields["attn_sinks"] = (*(sinks_swa if p else sinks_full for p in trunk), *([sinks_swa] * n_nextn))
    fields["head_dim_k_swa"] = int(first(text, "swa_head_dim", default=0))
    fields["head_dim_v_swa"] = int(first(text, "swa_v_head_dim", default=0))
    fields["rope_theta_swa"] = float(first(text, "swa_rope_theta", default=10000.0))
    freq = text.get("moe_layer_freq")
    if isinstance(freq, list):
        fields["ffn"] = (*("moe" if f else "dense" for f in freq), *(["dense"] * n_nextn))


def read_step(fields: Fields, text: Mapping[str, Any]) -> None:
    """Full and window layers with their own number of heads; a gate per head; experts after dense layers.

    MTP blocks are dense window layers with a head each (conversion/step3.py ``Step35Model``).
    """
    sigmoid_router(fields)
    fields.update(qk_norm="per_head", attn_output_gate=True)
    width = int(first(text, "share_expert_dim", "share_expert_dims", default=fields["n_ff_exp"]))
    fields.update(n_expert_shared=1, n_ff_shexp=width)
    other = text.get("attention_other_setting")
    if isinstance(other, Mapping) and isinstance(fields.get("mixer"), tuple):
        n_swa = int(other["num_attention_heads"])
        mtp = ("sliding",) * fields["n_layer_nextn"]
        fields["mixer"] = (*fields["mixer"], *mtp)
        fields["n_heads"] = tuple(n_swa if m == "sliding" else fields["n_heads"] for m in fields["mixer"])
        fields["ffn"] = (*fields["ffn"], *(["dense"] * len(mtp)))
        fields["nextn_own_head"] = bool(mtp)


def read_afmoe(fields: Fields, text: Mapping[str, Any]) -> None:
    """Gated attention, norms on both sides, window layers three to one."""
    sigmoid_router(fields)
    fields.update(qk_norm="per_head", attn_output_gate=True)
    alternating(fields, int(first(text, "global_attn_every_n_layers", default=4)))
    fields["expert_weights_scale"] = float(first(text, "route_scale", default=0.0))


def read_dots1(fields: Fields, text: Mapping[str, Any]) -> None:
    """Norms per head, shared experts, a selection bias."""
    sigmoid_router(fields)
    fields["qk_norm"] = "per_head"


def read_exaone_moe(fields: Fields, text: Mapping[str, Any]) -> None:
    """Window layers three to one; the MTP block is dense and full."""
    sigmoid_router(fields)
    fields["qk_norm"] = "per_head"
    pattern = first(text, "sliding_window_pattern", default="LLLG")
    alternating(fields, len(pattern) if isinstance(pattern, str) else int(pattern))
    n_nextn = fields["n_layer_nextn"]
    if n_nextn:
        fields["ffn"] = (*fields["ffn"], *(["dense"] * n_nextn))
        fields["mixer"] = (*fields["mixer"], *(["full"] * n_nextn))


def read_qwen2_moe(fields: Fields, text: Mapping[str, Any]) -> None:
    """Biases on queries, keys and values; a gated shared expert."""
    read_qwen3_moe(fields, text)
    fields.update(qk_norm="none", qkv_bias=True, n_expert_shared=1, shared_expert_gate=True)


def read_mellum(fields: Fields, text: Mapping[str, Any]) -> None:
    """Mellum 2: windows as ``layer_types`` say, unless switched off."""
    fields["qk_norm"] = "per_head"
    if text.get("use_sliding_window") is False:
        no_windows(fields, text)


def read_granite_moe(fields: Fields, text: Mapping[str, Any]) -> None:
    """Experts as wide as ``intermediate_size``, sometimes one shared expert."""
    biases(fields, text)
    fields["n_ff_shexp"] = int(first(text, "shared_intermediate_size", default=0))
    fields["n_expert_shared"] = int(fields["n_ff_shexp"] > 0)


def read_phimoe(fields: Fields, text: Mapping[str, Any]) -> None:
    """Biases everywhere, layer norms, long rotary factors."""
    fields.update(qkv_bias=True, attn_output_bias=True, norm_bias=True)
    fields["lm_head_bias"] = bool(first(text, "lm_head_bias", default=True))
    fields["sliding_window"] = 0


def read_bailing_v1(fields: Fields, text: Mapping[str, Any]) -> None:
    """Ling Lite and Plus: shared experts, no selection bias."""
    fields["qkv_bias"] = bool(first(text, "use_qkv_bias", default=False))


def read_laguna(fields: Fields, text: Mapping[str, Any]) -> None:
    """A head count per layer, a gate per head, one shared expert, a selection bias."""
    sigmoid_router(fields)
    fields.update(qk_norm="per_head", attn_output_gate=True, n_expert_shared=1)
    heads = text.get("num_attention_heads_per_layer")
    if isinstance(heads, list):
        fields["n_heads"] = tuple(heads[: fields["n_layers"]])
    fields["expert_weights_scale"] = float(first(text, "moe_routed_scaling_factor", default=0.0))


READERS: dict[str, tuple[str, Reader]] = {
    "MixtralForCausalLM": ("llama", biases),
    "Qwen3MoeForCausalLM": ("qwen3moe", read_qwen3_moe),
    "Qwen3VLMoeForConditionalGeneration": ("qwen3vlmoe", read_qwen3_moe),
    "Qwen2MoeForCausalLM": ("qwen2moe", read_qwen2_moe),
    "GraniteMoeForCausalLM": ("granitemoe", read_granite_moe),
    "GraniteMoeSharedForCausalLM": ("granitemoe", read_granite_moe),
    "PhiMoEForCausalLM": ("phimoe", read_phimoe),
    "BailingMoeForCausalLM": ("bailingmoe", read_bailing_v1),
    "MellumForCausalLM": ("mellum", read_mellum),
    "GptOssForCausalLM": ("gpt-oss", read_gpt_oss),
    "Llama4ForCausalLM": ("llama4", read_llama4),
    "Llama4ForConditionalGeneration": ("llama4", read_llama4),
    "Glm4MoeForCausalLM": ("glm4moe", read_glm4_moe),
    "Glm4vMoeForConditionalGeneration": ("glm4moe", read_glm4_moe),
    "SolarOpenForCausalLM": ("glm4moe", read_solar_open),
    "MiniMaxM2ForCausalLM": ("minimax-m2", read_minimax_m2),
    "OlmoeForCausalLM": ("olmoe", flags(qk_norm="full")),
    "Ernie4_5_MoeForCausalLM": ("ernie4_5-moe", read_ernie_moe),
    "HunYuanMoEV1ForCausalLM": ("hunyuan-moe", read_hunyuan_moe),
    "HYV3ForCausalLM": ("hy_v3", read_hy_v3),
    "BailingMoeV2ForCausalLM": ("bailingmoe2", read_bailing_v2),
    "MiMoV2ForCausalLM": ("mimo2", read_mimo_v2),
    "MiMoV2FlashForCausalLM": ("mimo2", read_mimo_v2),
    "Step3p5ForCausalLM": ("step35", read_step),
    "Step3p7ForConditionalGeneration": ("step35", read_step),
    "Step3p7FlashForCausalLM": ("step35", read_step),
    "AfmoeForCausalLM": ("afmoe", read_afmoe),
    "Dots1ForCausalLM": ("dots1", read_dots1),
    "ExaoneMoEForCausalLM": ("exaone-moe", read_exaone_moe),
    "LagunaForCausalLM": ("laguna", read_laguna),
}
