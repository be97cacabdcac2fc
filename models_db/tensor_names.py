"""What llama.cpp reads from a tensor's name: how it is quantized, where it is loaded, what uses it.

All functions take the name without ``blk.N.`` (a *suffix*); it decides the same as the whole name would.

Sources: llama.cpp 0.5.0-dev ``src/llama-quant.cpp`` (tensor_get_category, tensor_allows_quantization),
``src/llama-arch.cpp`` (LLM_TENSOR_INFOS: input, repeating or output layer and operation),
``common/common.h`` (LLM_FFN_EXPS_REGEX), read 2026-11-25.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Category(IntEnum):
    """Groups of tensors that llama-quantize treats alike (its ``tensor_category``)."""

    TOKEN_EMBD = 0
    ATTENTION_Q = 1
    ATTENTION_V = 2
    ATTENTION_K = 3
    ATTENTION_QKV = 4
    ATTENTION_KV_B = 5
    ATTENTION_OUTPUT = 6
    FFN_UP = 7
    FFN_GATE = 8
    FFN_DOWN = 9
    OUTPUT = 10
    OTHER = 11


class Place(IntEnum):
    """Side of the model a tensor is loaded with (llama.cpp's ``LLM_TENSOR_LAYER_*``)."""

    INPUT = 0
    """Always in host memory."""
    REPEATING = 1
    """With its block; shared ones (``rope_freqs`` …) with block 0."""
    OUTPUT = 2
    """With the layer after the last block."""


_CATEGORY_BY_PART: Final = (
    # searched in this order in the tensor's name
    ("attn_qkv.weight", Category.ATTENTION_QKV),
    ("attn_kv_b.weight", Category.ATTENTION_KV_B),
    ("attn_v.weight", Category.ATTENTION_V),
    ("attn_k.weight", Category.ATTENTION_K),
    ("attn_q.weight", Category.ATTENTION_Q),
    ("attn_output.weight", Category.ATTENTION_OUTPUT),
    ("ffn_up", Category.FFN_UP),
    ("ffn_gate", Category.FFN_GATE),
    ("ffn_down", Category.FFN_DOWN),
)

_TIME_MIX_KEPT: Final = ("first", "w0", "w1", "w2", "v0", "v1", "v2", "a0", "a1", "a2", "g1", "g2")

_KEPT_PARTS: Final = (
    # a name with one of these parts is never quantized (tensor_allows_quantization)
    "_norm.weight",
    "ffn_gate_inp.weight",
    "ffn_gate_tid2eid.weight",
    "altup",
    "laurel",
    "per_layer_model_proj",
    "ssm_conv1d",
    "shortconv.conv.weight",
    "indexer.k_proj.weight",
    "indexer.q_proj.weight",
    *(f"time_mix_{part}.weight" for part in _TIME_MIX_KEPT),
    "time_mix_decay_w1.weight",
    "time_mix_decay_w2.weight",
    "time_mix_lerp_fused.weight",
    "attn_rel_b.weight",
    ".position_embd",
    "sam.pos_embd",
    "sam.neck.",
    "sam.net_",
    ".rel_pos",
    ".patch_embd",
    ".patch_merger",
    "a.rvq.codebook",
    "mm.a.code_embd",
)
_KEPT_NAMES: Final = ("position_embd.weight", "token_types.weight")

_GLM5_NEXT_KEPT_PARTS: Final = (
    # additionally never quantized for the architecture glm5-next
    "hc_",
    "indexer.attn_q_b",
    "indexer.attn_k",
    "indexer.proj",
    "indexer_compressor_gate",
    "indexer_compressor_ape",
    "ssm_f_a.weight",
    "ssm_f_b.weight",
    "ssm_g_a.weight",
    "ssm_g_b.weight",
    "ssm_beta.weight",
    "attn_kv_a_mqa.weight",
    "attn_k_b.weight",
    "attn_v_b.weight",
)
_GLM5_NEXT_Q8_PARTS: Final = ("attn_q_a", "attn_q_b", "nextn.eh_proj")

_INPUT_STEMS: Final = frozenset(
    {
        "token_embd",
        "position_embd",
        "token_types",
        "per_layer_token_embd",
        "masked_embd_centroids",
        "masked_embd_ordering",
    }
)
_OUTPUT_STEMS: Final = frozenset(
    {
        "output",
        "output_norm",
        "cls",
        "cls.output",
        "cls.norm",
        "dense_2",
        "dense_3",
        "enc.output_norm",
        "dec.output_norm",
        "output_hc_fn",
        "output_hc_base",
        "output_hc_scale",
        "output_hc_norm",
        "output_hc_down",
        "output_hc_up",
        "output_res_score",
        "altup_proj",
        "altup_unembd_proj",
        "nextn.post_projection",
        "fc",
        "d2t",
        "markov_w1",
        "markov_w2",
        "conf_proj",
        "selector_predecessor",
        "selector_successor",
        "selector_hidden",
    }
)
_ROPE_STEMS: Final = frozenset({"rope_freqs", "rope_factors_long", "rope_factors_short"})


def category_of(suffix: str) -> Category:
    """Group of the tensor in llama-quantize."""
    if suffix == "output.weight":
        return Category.OUTPUT
    if suffix in ("token_embd.weight", "per_layer_token_embd.weight"):
        return Category.TOKEN_EMBD
    return next((category for part, category in _CATEGORY_BY_PART if part in suffix), Category.OTHER)


def name_allows_quantization(suffix: str) -> bool:
    """Whether the name lets llama-quantize change the type (it also needs two dimensions)."""
    return (
        suffix.endswith("weight")
        and suffix not in _KEPT_NAMES
        and not any(part in suffix for part in _KEPT_PARTS)
    )


def place_of(suffix: str) -> Place:
    """Side of the model the tensor is loaded with, if its name has no block number."""
    stem = suffix.removesuffix(".weight").removesuffix(".bias").removesuffix(".scale")
    if stem in _INPUT_STEMS:
        return Place.INPUT
    return Place.OUTPUT if stem in _OUTPUT_STEMS else Place.REPEATING


def is_routed_expert(suffix: str) -> bool:
    """Whether ``--n-cpu-moe`` moves it: ``ffn_(up|down|gate|gate_up)_(ch|)exps``, biases included."""
    return any(
        suffix.startswith(f"ffn_{matrix}_{kind}")
        for matrix in ("up", "down", "gate", "gate_up")
        for kind in ("exps", "chexps")
    )


def is_matmul(suffix: str) -> bool:
    """Whether the graph multiplies with it (if it has two dimensions)."""
    stem = suffix.removesuffix(".weight")
    return (
        suffix.endswith(".weight")
        and stem not in _INPUT_STEMS
        and stem not in _ROPE_STEMS
        and "norm" not in stem
        and "conv1d" not in stem
        and not stem.endswith(("attn_sinks", "shortconv.conv", "nextn.embed_tokens", "_ape", "tid2eid"))
    )


def is_rope_factor(suffix: str) -> bool:
    """Whether it holds rope factors, which every device with blocks has a copy of."""
    return suffix.removesuffix(".weight") in _ROPE_STEMS


def is_kept_in_glm5_next(suffix: str) -> bool:
    """Whether glm5-next, unlike other architectures, never quantizes it."""
    return any(part in suffix for part in _GLM5_NEXT_KEPT_PARTS)


def is_q8_in_glm5_next(suffix: str) -> bool:
    """Whether glm5-next has it in Q8_0 in every quantized file."""
    return any(part in suffix for part in _GLM5_NEXT_Q8_PARTS)


def split_name(name: str) -> tuple[int, str]:
    """Block number (-1 without one) and the rest of a GGUF tensor name."""
    if name.startswith("blk."):
        number, _, rest = name[4:].partition(".")
        if number.isdigit():
            return int(number), rest
    return -1, name
