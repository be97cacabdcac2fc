"""Columns over the tensors of one or many models: what llama.cpp's rules need to know about each.

:class:`TensorTable` is built once from :class:`~models_db.inventory.ModelInventory` records; the types a
quantization gives (:mod:`models_db.quant_mix`) and the bytes per layer (:mod:`models_db.layer_bytes`) are
then arithmetic on its columns. Names are read here and nowhere else.

Sources: llama.cpp 0.5.0-dev ``src/llama-quant.cpp`` (tensor_get_category, tensor_allows_quantization,
init_quantize_state_counters), ``src/llama-model-loader.h`` (weight_name_comparer: the order in which
llama-quantize walks the tensors), ``src/llama-arch.cpp`` (LLM_TENSOR_INFOS: input, repeating or output).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models_db.ggml_types import IS_QUANTIZED, TYPE_CODES
from models_db.inventory import ModelInventory

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Types = NDArray[np.int8]


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
_LFM2_ARCHS: Final = frozenset({"lfm2", "lfm2moe"})

_SEVENTY_B_LAYERS: Final = {"qwen2": 80, "deci": 80, "olmo": 80, "jais2": 68, "llama": 80, "llama-embed": 80}
"""Blocks at which llama.cpp names a model of this architecture LLM_TYPE_70B (``src/models/*.cpp``)."""

_ZERO_KV_HEAD_ARCHS: Final = frozenset(
    {
        "jamba",
        "granitehybrid",
        "kimi-linear",
        "kimi-k3",
        "lfm2",
        "lfm2moe",
        "nemotron_h",
        "nemotron_h_moe",
        "plamo2",
        "bailingmoe3",
        "glm5-next",
        "deci",
    }
)
"""Architectures whose conversion writes ``head_count_kv`` per block with 0 where there is no attention
(llama.cpp ``conversion/{jamba,granite,kimi_linear,kimi_k3,lfm2,nemotron,plamo,bailingmoe3,glm,deci}.py``)."""


@dataclass(frozen=True, slots=True)
class TensorTable:
    """Every text tensor of one or many models as columns; all arrays of a group share one length."""

    arch: tuple[str, ...]
    """GGUF architecture per model."""
    suffixes: tuple[str, ...]
    """Distinct tensor names without ``blk.N.``, sorted; ``suffix`` indexes it."""

    # one entry per tensor, models contiguous and in order
    model: Ints
    """Index of the model."""
    suffix: Ints
    """Index into ``suffixes``."""
    block: Ints
    """Block number in the name, -1 without one."""
    layer: Ints
    """Layer it is placed with: -1 input (host), block number, ``n_layer_all`` output."""
    ne0: Ints
    """Row length. [elements]"""
    ne1: Ints
    """Rows per matrix."""
    n_rows: Ints
    """Rows in all (``ne1 * ne2 * ne3``)."""
    ne2: Ints
    """Matrices in the stack (experts, heads)."""
    n_dims: NDArray[np.int8]
    """Dimensions as ggml counts them: trailing ones do not count."""
    n_elements: Ints
    """Parameters."""
    fixed_type: Types
    """Type the conversion always gives it; -1 for the ordinary F16/BF16 matrices."""
    category: NDArray[np.int8]
    """:class:`Category`."""
    quantizable: Bools
    """True where llama-quantize may change the type."""
    is_glm5_q8: Bools
    """True for the tensors that glm5-next never has below Q8_0."""
    is_routed_expert: Bools
    """True for the stacks that ``--n-cpu-moe`` moves (gate, up, down, gate_up ``_exps`` and ``_chexps``)."""
    is_matmul: Bools
    """True for matrices the graph multiplies with (candidates for CPU repacking and op offload)."""
    is_rope: Bools
    """True for rope factors, which every device with blocks holds a copy of."""
    mtp: Bools
    """True for multi-token-prediction tensors, not loaded unless drafting with them."""
    i_attention_v: Ints
    """Count of attn_v-like tensors before this one in llama-quantize's order; 0 for others."""
    i_ffn: Ints
    """Position that the FFN rules use for up, gate and down: the block number where there are experts,
    else a count."""
    i_ffn_down: Ints
    """Count of ffn_down-like tensors before this one in llama-quantize's order; 0 for others."""
    index_of: dict[Category, Ints]
    """Positions of the quantizable tensors of each category."""
    odd_rows: Ints
    """Positions of the quantizable tensors whose row length is not a multiple of 256."""
    is_fixed_block: Bools
    """True for tensors that the conversion already writes in a block type (gpt-oss experts: MXFP4)."""

    # one entry per model
    first: Ints
    """Offsets of the models in the tensor columns, length n_models + 1."""
    n_layers: Ints
    """Blocks that run."""
    n_layer_all: Ints
    """Blocks in the file, with those of multi-token prediction."""
    n_experts: Ints
    n_experts_used: Ints
    n_gqa: Ints
    """Query heads per key/value head of block 0 (llama.cpp's ``hparams.n_gqa()``); 0 if it has none."""
    n_attention_v: Ints
    """attn_v-like tensors in the file."""
    tied: Bools
    """True if there is no ``output.weight``: the token embedding serves as output."""
    is_70b: Bools
    is_falcon: Bools
    is_bailingmoe3: Bools
    is_glm5_next: Bools
    name_bytes: Ints
    """Bytes of all tensor names together, for the header."""
    n_dims_stored: Ints
    """Dimensions of all tensors together as written in the file, for the header."""

    @property
    def n_models(self) -> int:
        """Number of models."""
        return len(self.arch)

    @property
    def n_tensors(self) -> Ints:
        """Tensors per model."""
        return np.diff(self.first)

    def names(self) -> list[str]:
        """GGUF names of all tensors, in the order of the columns."""
        return [
            self.suffixes[s] if b < 0 else f"blk.{b}.{self.suffixes[s]}"
            for s, b in zip(self.suffix.tolist(), self.block.tolist(), strict=True)
        ]

    def sum_by_model(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Sum of a per-tensor column for each model (exact below 2**53 for whole numbers)."""
        sums = np.zeros(self.n_models)
        filled = self.first[:-1] < self.first[1:]
        sums[filled] = np.add.reduceat(values, self.first[:-1][filled]) if len(values) else 0.0
        return sums


def gqa_of_block_0(inventory: ModelInventory) -> int:
    """Query heads per key/value head of block 0, as llama.cpp reads it from the GGUF metadata.

    Notes
    -----
    llama.cpp ``src/llama-hparams.cpp``, n_gqa(il = 0): ``head_count / head_count_kv``, 0 if there are no
    key/value heads. MLA models store one key/value head. Hybrid models either store one number for
    all blocks (Qwen3-Next, Falcon-H1) or a list with 0 for blocks without attention (Granite 4, LFM2,
    Nemotron-H, Kimi Linear), where a recurrent block 0 gives 0.
    """
    if "n_gqa" in inventory.hparams:
        return int(inventory.hparams["n_gqa"])
    layers = inventory.layers
    if not layers:
        return 0
    chosen = layers[0]
    if chosen.n_heads == 0 and inventory.gguf_arch not in _ZERO_KV_HEAD_ARCHS:
        chosen = next((layer for layer in layers if layer.n_heads), chosen)
    is_mla = chosen.n_embd_k > 0 and chosen.n_embd_v == 0
    n_kv_heads = 1 if is_mla else chosen.n_kv_heads
    return chosen.n_heads // n_kv_heads if n_kv_heads else 0


def _category(suffix: str) -> Category:
    if suffix == "output.weight":
        return Category.OUTPUT
    if suffix in ("token_embd.weight", "per_layer_token_embd.weight"):
        return Category.TOKEN_EMBD
    return next((category for part, category in _CATEGORY_BY_PART if part in suffix), Category.OTHER)


def _name_allows_quantization(suffix: str) -> bool:
    return (
        suffix.endswith("weight")
        and suffix not in _KEPT_NAMES
        and not any(part in suffix for part in _KEPT_PARTS)
    )


def _place(suffix: str) -> Place:
    stem = suffix.removesuffix(".weight").removesuffix(".bias").removesuffix(".scale")
    if stem in _INPUT_STEMS:
        return Place.INPUT
    return Place.OUTPUT if stem in _OUTPUT_STEMS else Place.REPEATING


def _is_routed_expert(suffix: str) -> bool:
    """``\\.ffn_(up|down|gate|gate_up)_(ch|)exps`` (llama.cpp common/arg.cpp, LLM_FFN_EXPS_REGEX)."""
    return any(
        suffix.startswith(f"ffn_{matrix}_{kind}")
        for matrix in ("up", "down", "gate", "gate_up")
        for kind in ("exps", "chexps")
    )


def _is_matmul(suffix: str) -> bool:
    stem = suffix.removesuffix(".weight")
    return (
        suffix.endswith(".weight")
        and stem not in _INPUT_STEMS
        and stem not in _ROPE_STEMS
        and "norm" not in stem
        and "conv1d" not in stem
        and not stem.endswith(("attn_sinks", "shortconv.conv", "nextn.embed_tokens", "_ape", "tid2eid"))
    )


def _split_name(name: str) -> tuple[int, str]:
    """Block number (-1 without one) and the rest of a GGUF tensor name."""
    if name.startswith("blk."):
        number, _, rest = name[4:].partition(".")
        if number.isdigit():
            return int(number), rest
    return -1, name


def _counts_before(selected: Bools, order: Ints, first: Ints, model: Ints) -> Ints:
    """Number of selected tensors of the same model that come earlier in ``order``."""
    picked = selected[order].astype(np.int64)
    before = np.cumsum(picked) - picked
    # the order keeps models contiguous: subtract what earlier models contributed
    at_start = np.concatenate([before, [picked.sum()]])[first[:-1]]
    counts = np.empty_like(before)
    counts[order] = before
    return np.where(selected, counts - at_start[model], 0)


def build_tensor_table(inventories: Sequence[ModelInventory]) -> TensorTable:
    """Columns of all text tensors of the given models.

    Parameters
    ----------
    inventories : sequence of ModelInventory
        Models in the order the columns shall have.

    Raises
    ------
    ValueError
        If a tensor has a fixed type that ggml does not know.
    """
    split: dict[str, tuple[int, int]] = {}
    suffix_index: dict[str, int] = {}
    model: list[int] = []
    suffix: list[int] = []
    block: list[int] = []
    fixed: list[int] = []
    mtp: list[bool] = []
    shapes: list[tuple[int, ...]] = []
    counts: list[int] = []
    name_bytes: list[int] = []
    n_dims_stored: list[int] = []
    fixed_codes: dict[str | None, int] = {None: -1}
    for name, code in TYPE_CODES.items():
        fixed_codes[name] = code
    for m, inventory in enumerate(inventories):
        start, n_name_bytes, n_stored = len(suffix), 0, 0
        for tensor in inventory.tensors:
            if tensor.source != "text":
                continue
            name, shape = tensor.name, tensor.shape
            parts = split.get(name)
            if parts is None:
                b, rest = _split_name(name)
                parts = split[name] = (b, suffix_index.setdefault(rest, len(suffix_index)))
            if tensor.fixed_type not in fixed_codes:
                raise ValueError(f"{name}: ggml has no tensor type {tensor.fixed_type!r}")
            block.append(parts[0])
            suffix.append(parts[1])
            fixed.append(fixed_codes[tensor.fixed_type])
            mtp.append(tensor.mtp)
            shapes.append(shape if len(shape) == 4 else shape + (1,) * (4 - len(shape)))
            n_name_bytes += len(name)
            n_stored += len(shape)
        counts.append(len(suffix) - start)
        model.extend([m] * counts[-1])
        name_bytes.append(n_name_bytes)
        n_dims_stored.append(n_stored)

    # sort the suffixes, so that their index orders tensors of a block as llama-quantize does
    suffixes = tuple(sorted(suffix_index))
    rank = np.empty(len(suffixes), np.int64)
    for position, text in enumerate(suffixes):
        rank[suffix_index[text]] = position

    def by_suffix(values: list[bool] | list[int], dtype: type) -> NDArray[np.generic]:
        return np.asarray(values, dtype)[suffix_column]

    suffix_column = rank[np.asarray(suffix, np.int64)]
    model_column = np.asarray(model, np.int64)
    block_column = np.asarray(block, np.int64)
    shape_columns = np.asarray(shapes, np.int64).reshape(-1, 4)
    ne0, ne1, ne2, ne3 = shape_columns.T
    n_dims = np.where(ne3 > 1, 4, np.where(ne2 > 1, 3, np.where(ne1 > 1, 2, 1))).astype(np.int8)
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

    archs = tuple(inventory.gguf_arch for inventory in inventories)
    n_layer_all = np.array([i.n_layer_all for i in inventories], np.int64)
    n_experts = np.array([i.n_experts for i in inventories], np.int64)
    is_glm5_next = np.array([a == "glm5-next" for a in archs], np.bool_)
    gqa = [gqa_of_block_0(i) for i in inventories]

    category = by_suffix([int(_category(s)) for s in suffixes], np.int8).astype(np.int8)
    allowed = by_suffix([_name_allows_quantization(s) for s in suffixes], np.bool_).astype(np.bool_)
    glm5_kept = by_suffix([any(p in s for p in _GLM5_NEXT_KEPT_PARTS) for s in suffixes], np.bool_)
    glm5_q8 = by_suffix([any(p in s for p in _GLM5_NEXT_Q8_PARTS) for s in suffixes], np.bool_)
    of_glm5 = is_glm5_next[model_column]
    quantizable = allowed & (n_dims >= 2) & ~(of_glm5 & glm5_kept.astype(np.bool_))

    place = by_suffix([int(_place(s)) for s in suffixes], np.int8)
    of_lfm2 = np.array([a in _LFM2_ARCHS for a in archs], np.bool_)[model_column]
    final_norm = by_suffix([s.startswith("token_embd_norm") for s in suffixes], np.bool_)
    is_output = (place == Place.OUTPUT) | (of_lfm2 & final_norm.astype(np.bool_))
    layer = np.where(
        block_column >= 0,
        block_column,
        np.where(place == Place.INPUT, -1, np.where(is_output, n_layer_all[model_column], 0)),
    )

    attention_v = np.isin(category, (Category.ATTENTION_V, Category.ATTENTION_QKV, Category.ATTENTION_KV_B))
    order = np.lexsort((suffix_column, block_column, model_column))
    i_ffn_count = np.zeros(len(model_column), np.int64)
    for kind in (Category.FFN_UP, Category.FFN_GATE, Category.FFN_DOWN):
        i_ffn_count += _counts_before(quantizable & (category == kind), order, first, model_column)
    is_ffn_down = category == Category.FFN_DOWN
    is_output_weight = category == Category.OUTPUT
    n_models = len(inventories)
    fixed_column = np.asarray(fixed, np.int8)
    return TensorTable(
        arch=archs,
        suffixes=suffixes,
        model=model_column,
        suffix=suffix_column,
        block=block_column,
        layer=layer,
        ne0=np.ascontiguousarray(ne0),
        ne1=np.ascontiguousarray(ne1),
        n_rows=ne1 * ne2 * ne3,
        ne2=np.ascontiguousarray(ne2),
        n_dims=n_dims,
        n_elements=ne0 * ne1 * ne2 * ne3,
        fixed_type=fixed_column,
        category=category,
        quantizable=quantizable,
        is_glm5_q8=of_glm5 & glm5_q8.astype(np.bool_),
        is_routed_expert=by_suffix([_is_routed_expert(s) for s in suffixes], np.bool_).astype(np.bool_),
        is_matmul=by_suffix([_is_matmul(s) for s in suffixes], np.bool_).astype(np.bool_) & (n_dims >= 2),
        is_rope=by_suffix([s.removesuffix(".weight") in _ROPE_STEMS for s in suffixes], np.bool_).astype(
            np.bool_
        ),
        mtp=np.asarray(mtp, np.bool_),
        i_attention_v=_counts_before(quantizable & attention_v, order, first, model_column),
        i_ffn=np.where(n_experts[model_column] > 1, block_column, i_ffn_count),
        i_ffn_down=np.where(is_ffn_down, i_ffn_count, 0),
        index_of={kind: np.flatnonzero(quantizable & (category == kind)) for kind in Category},
        odd_rows=np.flatnonzero(quantizable & (ne0 % 256 != 0)),
        is_fixed_block=(fixed_column >= 0) & IS_QUANTIZED[np.maximum(fixed_column, 0)],
        first=first,
        n_layers=np.array([i.n_layers for i in inventories], np.int64),
        n_layer_all=n_layer_all,
        n_experts=n_experts,
        n_experts_used=np.array([i.n_experts_used for i in inventories], np.int64),
        n_gqa=np.array(gqa, np.int64),
        n_attention_v=np.bincount(model_column, attention_v, n_models).astype(np.int64),
        tied=np.bincount(model_column, is_output_weight, n_models) == 0,
        is_70b=np.array(
            [_is_seventy_b(i, n_gqa) for i, n_gqa in zip(inventories, gqa, strict=True)], np.bool_
        ),
        is_falcon=np.array([a == "falcon" for a in archs], np.bool_),
        is_bailingmoe3=np.array([a == "bailingmoe3" for a in archs], np.bool_),
        is_glm5_next=is_glm5_next,
        name_bytes=np.array(name_bytes, np.int64),
        n_dims_stored=np.array(n_dims_stored, np.int64),
    )


def _is_seventy_b(inventory: ModelInventory, n_gqa: int) -> bool:
    """True where llama.cpp's loader sets LLM_TYPE_70B."""
    if _SEVENTY_B_LAYERS.get(inventory.gguf_arch) != inventory.n_layers:
        return False
    if inventory.gguf_arch in ("llama", "llama-embed"):
        return inventory.n_experts != 8 and n_gqa != 1
    return True
