"""Columns over the tensors of one or many models: what llama.cpp's rules need to know about each.

:class:`TensorTable` is built once from :class:`~models_db.inventory.ModelInventory` records; the types a
quantization gives (:mod:`models_db.quant_mix`) and the bytes per layer (:mod:`models_db.layer_bytes`) are
then arithmetic on its columns.

Sources: llama.cpp 0.5.0-dev ``src/llama-quant.cpp`` (init_quantize_state_counters),
``src/llama-model-loader.h`` (weight_name_comparer: the order in which llama-quantize walks the tensors),
``src/llama-hparams.cpp`` (n_gqa); the rules on names are in :mod:`models_db.tensor_names`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models_db.ggml_types import IS_QUANTIZED, TYPE_CODES
from models_db.inventory import ModelInventory
from models_db.tensor_names import (
    Category,
    Place,
    category_of,
    is_kept_in_glm5_next,
    is_matmul,
    is_q8_in_glm5_next,
    is_rope_factor,
    is_routed_expert,
    name_allows_quantization,
    place_of,
    split_name,
)

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Types = NDArray[np.int8]


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


def _counts_before(selected: Bools, order: Ints, first: Ints, model: Ints) -> Ints:
    """Number of selected tensors of the same model that come earlier in ``order``."""
    picked = selected[order].astype(np.int64)
    before = np.cumsum(picked) - picked
    # the order keeps models contiguous: subtract what earlier models contributed
    at_start = np.concatenate([before, [picked.sum()]])[first[:-1]]
    counts = np.empty_like(before)
    counts[order] = before
    return np.where(selected, counts - at_start[model], 0)


class _Columns(NamedTuple):
    """Columns read from the tensors one by one; the rest is arithmetic on them."""

    suffixes: tuple[str, ...]
    suffix: Ints
    block: Ints
    shape: Ints
    fixed_type: Types
    mtp: Bools
    first: Ints
    name_bytes: Ints
    n_dims_stored: Ints


def _walk(inventories: Sequence[ModelInventory]) -> _Columns:
    """Columns of all text tensors; suffixes sorted, so that their number orders as llama-quantize does."""
    per_model = [[t for t in inventory.tensors if t.source == "text"] for inventory in inventories]
    tensors = list(chain.from_iterable(per_model))
    first = np.cumsum([0, *map(len, per_model)], dtype=np.int64)

    names = [tensor.name for tensor in tensors]
    parts_of = {name: split_name(name) for name in set(names)}
    suffixes = tuple(sorted({rest for _, rest in parts_of.values()}))
    number_of = {suffix: number for number, suffix in enumerate(suffixes)}
    numbers_of = {name: (block, number_of[rest]) for name, (block, rest) in parts_of.items()}
    block, suffix = np.array([numbers_of[name] for name in names], np.int64).reshape(-1, 2).T

    codes: dict[str | None, int] = {None: -1}
    for type_name, code in TYPE_CODES.items():
        codes[type_name] = code
    for tensor in tensors:
        if tensor.fixed_type not in codes:
            raise ValueError(f"{tensor.name}: ggml has no tensor type {tensor.fixed_type!r}")

    n_dims = np.fromiter((len(tensor.shape) for tensor in tensors), np.int64, len(tensors))
    sizes = np.fromiter(chain.from_iterable(tensor.shape for tensor in tensors), np.int64, n_dims.sum())
    shape = np.ones((len(tensors), 4), np.int64)
    row = np.repeat(np.arange(len(tensors)), n_dims)
    shape[row, np.arange(len(sizes)) - (np.cumsum(n_dims) - n_dims)[row]] = sizes

    name_bytes = np.fromiter(map(len, names), np.int64, len(names))
    return _Columns(
        suffixes=suffixes,
        suffix=suffix,
        block=block,
        shape=shape,
        fixed_type=np.array([codes[tensor.fixed_type] for tensor in tensors], np.int8),
        mtp=np.array([tensor.mtp for tensor in tensors], np.bool_),
        first=first,
        name_bytes=_sum_slices(name_bytes, first),
        n_dims_stored=_sum_slices(n_dims, first),
    )


def _sum_slices(values: Ints, first: Ints) -> Ints:
    """Sums of ``values[first[i]:first[i + 1]]``."""
    cumulative = np.concatenate([[0], np.cumsum(values)])
    return np.asarray(cumulative[first[1:]] - cumulative[first[:-1]], np.int64)


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
    columns = _walk(inventories)
    suffixes, suffix, block, first = columns.suffixes, columns.suffix, columns.block, columns.first
    fixed_type = columns.fixed_type
    model = np.repeat(np.arange(len(inventories)), np.diff(first))
    ne0, ne1, ne2, ne3 = np.ascontiguousarray(columns.shape.T)
    n_dims = np.where(ne3 > 1, 4, np.where(ne2 > 1, 3, np.where(ne1 > 1, 2, 1))).astype(np.int8)

    def flag(rule: Callable[[str], bool]) -> Bools:
        """A rule on names, decided once per distinct suffix."""
        return np.array([rule(s) for s in suffixes], np.bool_)[suffix]

    def of_arch(*archs: str) -> Bools:
        return np.array([i.gguf_arch in archs for i in inventories], np.bool_)

    def per_model(*values: int) -> Ints:
        return np.array(values, np.int64)

    category = np.array([category_of(s) for s in suffixes], np.int8)[suffix]
    is_glm5_next = of_arch("glm5-next")
    glm5_kept = is_glm5_next[model] & flag(is_kept_in_glm5_next)
    quantizable = flag(name_allows_quantization) & (n_dims >= 2) & ~glm5_kept

    n_layer_all = per_model(*(i.n_layer_all for i in inventories))
    n_experts = per_model(*(i.n_experts for i in inventories))
    n_gqa = [gqa_of_block_0(i) for i in inventories]
    place = np.array([place_of(s) for s in suffixes], np.int8)[suffix]
    is_lfm2_norm = of_arch("lfm2", "lfm2moe")[model] & flag(lambda s: s.startswith("token_embd_norm"))
    layer_without_block = np.select(
        [(place == Place.OUTPUT) | is_lfm2_norm, place == Place.INPUT], [n_layer_all[model], -1], 0
    )

    order = np.lexsort((suffix, block, model))
    attention_v = np.isin(category, (Category.ATTENTION_V, Category.ATTENTION_QKV, Category.ATTENTION_KV_B))
    i_ffn_count = np.zeros(len(model), np.int64)
    for kind in (Category.FFN_UP, Category.FFN_GATE, Category.FFN_DOWN):
        i_ffn_count += _counts_before(quantizable & (category == kind), order, first, model)
    n_models = len(inventories)
    return TensorTable(
        arch=tuple(i.gguf_arch for i in inventories),
        suffixes=suffixes,
        model=model,
        suffix=suffix,
        block=block,
        layer=np.where(block >= 0, block, layer_without_block),
        ne0=ne0,
        ne1=ne1,
        n_rows=ne1 * ne2 * ne3,
        ne2=ne2,
        n_dims=n_dims,
        n_elements=ne0 * ne1 * ne2 * ne3,
        fixed_type=fixed_type,
        category=category,
        quantizable=quantizable,
        is_glm5_q8=is_glm5_next[model] & flag(is_q8_in_glm5_next),
        is_routed_expert=flag(is_routed_expert),
        is_matmul=flag(is_matmul) & (n_dims >= 2),
        is_rope=flag(is_rope_factor),
        mtp=columns.mtp,
        i_attention_v=_counts_before(quantizable & attention_v, order, first, model),
        i_ffn=np.where(n_experts[model] > 1, block, i_ffn_count),
        i_ffn_down=np.where(category == Category.FFN_DOWN, i_ffn_count, 0),
        index_of={kind: np.flatnonzero(quantizable & (category == kind)) for kind in Category},
        odd_rows=np.flatnonzero(quantizable & (ne0 % 256 != 0)),
        is_fixed_block=(fixed_type >= 0) & IS_QUANTIZED[np.maximum(fixed_type, 0)],
        first=first,
        n_layers=per_model(*(i.n_layers for i in inventories)),
        n_layer_all=n_layer_all,
        n_experts=n_experts,
        n_experts_used=per_model(*(i.n_experts_used for i in inventories)),
        n_gqa=per_model(*n_gqa),
        n_attention_v=np.bincount(model, attention_v, n_models).astype(np.int64),
        tied=np.bincount(model, category == Category.OUTPUT, n_models) == 0,
        is_70b=np.array([_is_seventy_b(i, gqa) for i, gqa in zip(inventories, n_gqa, strict=True)], np.bool_),
        is_falcon=of_arch("falcon"),
        is_bailingmoe3=of_arch("bailingmoe3"),
        is_glm5_next=is_glm5_next,
        name_bytes=columns.name_bytes,
        n_dims_stored=columns.n_dims_stored,
    )


def _is_seventy_b(inventory: ModelInventory, n_gqa: int) -> bool:
    """True where llama.cpp's loader sets LLM_TYPE_70B."""
    if _SEVENTY_B_LAYERS.get(inventory.gguf_arch) != inventory.n_layers:
        return False
    if inventory.gguf_arch in ("llama", "llama-embed"):
        return inventory.n_experts != 8 and n_gqa != 1
    return True
