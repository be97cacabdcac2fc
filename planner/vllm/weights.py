"""Bytes of weights on each GPU of vLLM: what tensor, pipeline and expert parallelism split, repeat and pad.

Rules of vLLM 0.32.0 and 0.33.0: model_executor/layers/linear.py (columns, rows, ``QKVParallelLinear`` repeats key/value
heads), vocab_parallel_embedding.py (vocabulary padded to 64), fused_moe (experts split along their width, or whole
experts), distributed/utils.py (``get_pp_indices``), rotary_embedding (cached cosines are buffers), and the model
classes (which ranks hold embedding, head and towers).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from models_db.architecture import ArchitectureSpec
from models_db.inventory import ModelInventory, Tensor
from planner.vllm.kv_capacity import pipeline_bounds
from planner.vllm.rope_cache import rope_cache_bytes
from planner.vllm.weight_formats import WHOLE, WeightFormat, keeps_bf16

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

VOCAB_PADDING = 64
"""``DEFAULT_VOCAB_PADDING_SIZE``. [rows]"""
MARLIN_MXFP4 = (256, 128)
"""Multiples that Marlin's and TensorRT-LLM's MXFP4 experts pad width and intermediate width to."""


class Split(IntEnum):
    """How a tensor is laid over the ranks of one tensor-parallel group."""

    WHOLE = 0
    """The same on every rank."""
    OUT = 1
    """Rows, i.e. outputs, are split."""
    IN = 2
    """Columns, i.e. inputs, are split."""
    KV = 3
    """Key or value heads: split, or one each, repeated."""
    VOCAB = 4
    """Rows of the vocabulary, padded."""
    EXPERT_OUT = 5
    """Routed experts, split along their outputs or handed out whole."""
    EXPERT_IN = 6
    """Routed experts, split along their inputs or handed out whole."""
    GROUPS = 7
    """Input projection of a state space: groups that do not divide are repeated."""
    EXPERT_BIAS = 8
    """Bias of routed experts that is not split with them."""


@dataclass(frozen=True, slots=True)
class RankWeights:
    """Bytes of weights on the ranks of one pipeline stage. [bytes]"""

    embedding: float
    head: float
    experts: float
    """Routed experts."""
    towers: float
    rope: float
    """Cached cosines and sines."""
    other: float

    @property
    def total(self) -> float:
        """All of them."""
        return self.embedding + self.head + self.experts + self.towers + self.rope + self.other


IN_SPLIT = frozenset(
    {"attn_output", "ffn_down", "ffn_down_shexp", "ssm_out", "shortconv.out_proj", "ssm_x", "attn_output_b"}
)
OUT_SPLIT = frozenset(
    {
        "attn_q", "attn_q_b", "attn_k_b", "attn_v_b", "attn_kv_b", "attn_gate", "attn_qkv", "attn_sinks",
        "ffn_gate", "ffn_up", "ffn_gate_shexp", "ffn_up_shexp", "ssm_alpha", "ssm_beta", "ssm_ba", "ssm_a", "ssm_d",
        "ssm_conv1d", "ssm_conv1d_q", "ssm_conv1d_k", "ssm_conv1d_v", "ssm_dt", "ssm_g_b", "ssm_f_b", "ssm_g",
        "shortconv.in_proj", "shortconv.conv", "attn_output_a",
    }
)  # fmt: skip
HEAD_ROLES = frozenset({"output", "output.bias"})
FP32_ROLES = frozenset(
    {"exp_probs_b", "exp_probs_b.bias", "ssm_a", "ssm_d", "indexer.k_norm", "indexer.k_norm.bias"}
)
NOT_LOADED = frozenset({"rope_freqs", "rope_factors_long", "rope_factors_short"})
EMBEDDING_EVERYWHERE = (
    "Cohere", "Gemma", "GptOss", "GraniteMoeHybrid", "HYV3", "InternLM2", "Jamba", "Lfm2", "MiniCPM", "Mixtral",
    "MuseGlimmer", "NemotronH", "Olmoe", "Qwen3Moe", "Qwen3Next", "Qwen3VLMoe", "Qwen3_5", "Qwen4Exp", "StableLm",
)  # fmt: skip
"""Beginnings of class names whose code builds the input embedding on every pipeline rank (no ``is_first_rank``)."""
HEAD_EVERYWHERE = (
    "GptOss", "GraniteMoeHybrid", "HYV3", "InternLM2", "Jamba", "MiniCPM", "Mixtral", "MuseGlimmer", "NemotronH",
    "Olmoe", "Qwen3Moe", "Qwen3Next", "Qwen3VLMoe", "StableLm",
)  # fmt: skip
"""Beginnings of class names whose code builds the head on every pipeline rank (no ``is_last_rank``)."""
REPLICATED_TOWERS = ("gemma4", "gemma4_standardized", "gemma3n")
"""Towers run by the Transformers library: the same on every rank."""
WHOLE_PROJECTORS = ("mm.input_projection",)
"""Projectors of towers that are not split."""


@dataclass(frozen=True, slots=True)
class _Table:
    """Tensors of a model as arrays. Tensors of equal shape and role are one kind, so that most is computed once per kind."""

    layer: Ints
    """Layer of each tensor, shape (n_tensors,)."""
    kind: Ints
    """Kind of each tensor, shape (n_tensors,)."""
    n_out: Floats
    """From here on one value per kind, shape (n_kinds,)."""
    n_in: Floats
    n_stack: Floats
    split: Ints
    n_heads: Floats
    """Key/value heads, for KV."""
    dense_bytes: Floats
    """Per element where it is not quantized. [bytes]"""
    quantizable: Bools
    is_expert: Bools
    is_embedding: Bools
    is_head: Bools
    roles: tuple[str, ...]


def _split_of(tensor: Tensor, role: str, spec: ArchitectureSpec) -> Split:
    base = role.removesuffix(".bias")
    bias = role.endswith(".bias")
    if "_exps" in base:
        if bias:
            return Split.EXPERT_BIAS if "down" in base else Split.EXPERT_OUT
        if base.endswith(".scale"):
            return Split.WHOLE
        return Split.EXPERT_IN if "down" in base else Split.EXPERT_OUT
    if base in ("token_embd", "output", "per_layer_token_embd"):
        return Split.VOCAB
    recurrent = 0 <= tensor.layer < spec.n_layers and spec.per_layer("mixer")[tensor.layer] == "kda"
    if base in ("attn_k", "attn_v"):
        return Split.OUT if recurrent else Split.KV
    if base == "ssm_in" or (base == "ssm_conv1d" and spec.ssm_n_group and "mamba2" in _mixers(spec)):
        return Split.GROUPS
    if base in IN_SPLIT:
        return Split.WHOLE if bias else Split.IN
    if base in OUT_SPLIT or (base == "ssm_norm" and "mamba2" in _mixers(spec)):
        return Split.OUT
    return Split.WHOLE


def _loaded(inventory: ModelInventory, spec: ArchitectureSpec) -> list[Tensor]:
    """Tensors of the text model that vLLM creates."""
    out: list[Tensor] = []
    for t in inventory.tensors:
        if t.mtp or t.source != "text" or t.role in NOT_LOADED:
            continue
        out.append(t)
    if spec.k_eq_v_full:  # vLLM creates the value projection although the checkpoint repeats the key's
        with_value = {t.layer for t in out if t.role == "attn_v"}
        out += [
            replace(t, name=t.name.replace("attn_k", "attn_v"))
            for t in out
            if t.role == "attn_k" and t.layer not in with_value
        ]
    return out


def _mixers(spec: ArchitectureSpec) -> str:
    return "+".join(set(spec.per_layer("mixer")))


_TABLES: dict[ArchitectureSpec, _Table] = {}


def _table(inventory: ModelInventory, spec: ArchitectureSpec) -> _Table:
    found = _TABLES.get(spec)
    if found is None:
        found = _TABLES[spec] = _build_table(inventory, spec)
    return found


def _build_table(inventory: ModelInventory, spec: ArchitectureSpec) -> _Table:
    kv_heads = spec.per_layer("n_kv_heads")
    layers: list[int] = []
    kinds: list[int] = []
    known: dict[tuple[float, float, float, int, float, float, bool, str], int] = {}
    for t in _loaded(inventory, spec):
        role = t.role
        split = _split_of(t, role, spec)
        shape = t.shape
        if split in (Split.EXPERT_IN, Split.EXPERT_OUT, Split.EXPERT_BIAS) or len(shape) >= 3:
            n_stack = float(np.prod(shape[2:])) if len(shape) > 2 else 1.0
            n_in, n_out = float(shape[0]), float(shape[1])
            if role.endswith(".bias"):
                n_in, n_out, n_stack = 1.0, float(shape[0]), float(shape[1])
            elif role in ("attn_k_b", "attn_v_b"):
                n_in, n_out, n_stack = float(shape[0] if role == "attn_v_b" else shape[1]), 0.0, 1.0
                n_out = t.n_elements / n_in
            elif split is Split.OUT:
                n_in, n_out, n_stack = 1.0, float(t.n_elements), 1.0
        elif len(shape) == 2:
            n_in, n_out, n_stack = float(shape[0]), float(shape[1]), 1.0
        else:
            n_in, n_out, n_stack = 1.0, float(shape[0]), 1.0
        small = t.fixed_type == "F32" or len(shape) == 1
        quantizable = not small and split is not Split.VOCAB
        heads = float(kv_heads[t.layer]) if split is Split.KV and 0 <= t.layer < len(kv_heads) else 1.0
        dense = 4.0 if role in FP32_ROLES else 2.0
        key = (n_out, n_in, n_stack, int(split), heads, dense, quantizable, role)
        layers.append(t.layer)
        kinds.append(known.setdefault(key, len(known)))
    outs, ins, stacks, splits, head_counts, dense_of, quantizable_of, roles = zip(*known, strict=True)
    return _Table(
        layer=np.array(layers, dtype=np.int64),
        kind=np.array(kinds, dtype=np.int64),
        n_out=np.array(outs, dtype=np.float64),
        n_in=np.array(ins, dtype=np.float64),
        n_stack=np.array(stacks, dtype=np.float64),
        split=np.array(splits, dtype=np.int64),
        n_heads=np.array(head_counts, dtype=np.float64),
        dense_bytes=np.array(dense_of, dtype=np.float64),
        quantizable=np.array(quantizable_of, dtype=np.bool_),
        is_expert=np.array(["_exps" in r for r in roles]),
        is_embedding=np.array([r == "token_embd" for r in roles]),
        is_head=np.array([r in HEAD_ROLES for r in roles]),
        roles=roles,
    )


def weights_per_rank(
    inventory: ModelInventory,
    spec: ArchitectureSpec,
    form: WeightFormat,
    tensor_parallel_size: int = 1,
    pipeline_parallel_size: int = 1,
    data_parallel_size: int = 1,
    expert_parallel: bool = False,
    version: str = "0.33",
    compute_capability: float = 9.0,
    towers: bool = True,
) -> tuple[RankWeights, ...]:
    """Bytes of weights on the ranks of every pipeline stage (all ranks of a stage hold the same).

    Parameters
    ----------
    inventory : ModelInventory
        Tensors of the model.
    spec : ArchitectureSpec
        Its published dimensions.
    form : WeightFormat
        Format of the checkpoint.
    tensor_parallel_size, pipeline_parallel_size, data_parallel_size : int
        Data parallelism repeats everything but routed experts, which are spread over it too.
    expert_parallel : bool
        Hand out whole experts instead of slices of each.
    version : str
        ``"0.32"`` or ``"0.33"``.
    compute_capability : float
        Of the GPU: decides which kernel's padding MXFP4 experts get.
    towers : bool
        False: ``--language-model-only``.

    Returns
    -------
    tuple of RankWeights
        One per pipeline stage, in order.

    Notes
    -----
    As created before loading; copies some kernels make afterwards are not included.
    """
    tp = float(tensor_parallel_size)
    table = _table(inventory, spec)
    n_bytes = _tensor_bytes(
        table, spec, form, tp, tp * data_parallel_size, expert_parallel, version, compute_capability
    )[table.kind]
    is_expert, is_embedding, is_head = (
        flags[table.kind] for flags in (table.is_expert, table.is_embedding, table.is_head)
    )
    tail = (table.layer >= spec.n_layers) & ~is_head
    front = (table.layer < 0) & ~is_embedding
    body = ~(is_embedding | is_head | tail | front)
    embedding = float(n_bytes[is_embedding].sum())
    head = float(n_bytes[is_head].sum())
    tower_bytes = _tower_bytes(inventory, spec, tp) if towers else 0.0
    rope = rope_cache_bytes(spec)
    out: list[RankWeights] = []
    bounds = pipeline_bounds(spec.n_layers, pipeline_parallel_size)
    for stage, (first, end) in enumerate(bounds):
        opens, closes = stage == 0, stage == len(bounds) - 1
        here = (table.layer >= first) & (table.layer < end) & body
        other = here & ~is_expert
        rest = float(n_bytes[other].sum())
        rest += float(n_bytes[front].sum()) if opens else 0.0
        rest += float(n_bytes[tail].sum()) if closes else 0.0
        with_embedding = opens or spec.hf_arch.startswith(EMBEDDING_EVERYWHERE)
        with_head = closes or spec.hf_arch.startswith(HEAD_EVERYWHERE)
        if spec.tied_embeddings:
            with_embedding, with_head = with_embedding or with_head, False
        out.append(
            RankWeights(
                embedding=embedding * with_embedding,
                head=head * with_head,
                experts=float(n_bytes[here & is_expert].sum()),
                towers=tower_bytes if opens or version == "0.32" else 0.0,
                rope=rope,
                other=rest,
            )
        )
    return tuple(out)


def _tensor_bytes(
    table: _Table,
    spec: ArchitectureSpec,
    form: WeightFormat,
    tp: float,
    expert_ranks: float,
    expert_parallel: bool,
    version: str,
    capability: float,
) -> Floats:
    """Bytes of a tensor of each kind on one rank, shape (n_kinds,)."""
    split = table.split
    n_out, n_in, n_stack = table.n_out.copy(), table.n_in.copy(), table.n_stack.copy()
    n_out = np.where(split == Split.OUT, np.ceil(n_out / tp), n_out)
    n_in = np.where(split == Split.IN, np.ceil(n_in / tp), n_in)
    heads = np.maximum(1.0, np.floor(table.n_heads / tp))
    n_out = np.where(split == Split.KV, n_out * heads / table.n_heads, n_out)
    n_out = np.where(split == Split.VOCAB, np.ceil(n_out / VOCAB_PADDING) * VOCAB_PADDING / tp, n_out)
    shared = 2.0 * spec.ssm_n_group * spec.ssm_d_state
    repeated = shared if spec.ssm_n_group % tp == 0 else 2.0 * tp * spec.ssm_d_state
    n_out = np.where(split == Split.GROUPS, (n_out - shared + repeated) / tp, n_out)
    routed = (split == Split.EXPERT_OUT) | (split == Split.EXPERT_IN) | (split == Split.EXPERT_BIAS)
    if expert_parallel:
        n_stack = np.where(routed, np.ceil(n_stack / expert_ranks), n_stack)
    else:
        n_out = np.where(split == Split.EXPERT_OUT, np.ceil(n_out / expert_ranks), n_out)
        n_in = np.where(split == Split.EXPERT_IN, np.ceil(n_in / expert_ranks), n_in)
    if form.only_experts:
        width, inner = _mxfp4_padding(version, capability)
        n_out = np.where(split == Split.EXPERT_OUT, _up(n_out, inner), n_out)
        n_in = np.where(split == Split.EXPERT_OUT, np.where(n_in > 1, _up(n_in, width), n_in), n_in)
        n_in = np.where(split == Split.EXPERT_IN, _up(n_in, inner), n_in)
        n_out = np.where((split == Split.EXPERT_IN) | (split == Split.EXPERT_BIAS), _up(n_out, width), n_out)
    dense = n_out * n_in * n_stack * table.dense_bytes
    if form.method is None:
        return dense
    left_alone = {r: keeps_bf16(r, spec, form) for r in set(table.roles)}
    kept = np.array([left_alone[r] for r in table.roles]) | ~table.quantizable
    group_in, group_out = np.full_like(n_in, form.group_in), np.full_like(n_out, form.group_out)
    if form.group_out not in (1, WHOLE):  # blocks shrink until they divide the experts' width
        side = np.where(split == Split.EXPERT_IN, n_in, np.where(split == Split.EXPERT_OUT, n_out, 0.0))
        block = np.array([math.gcd(int(w), int(form.group_out)) for w in side], dtype=np.float64)
        group_in, group_out = np.where(routed, block, group_in), np.where(routed, block, group_out)
    per_in, per_out = np.ceil(n_in / group_in), np.ceil(n_out / group_out)
    packed = form.element_bytes * n_in * n_out + form.scale_bytes * per_in * per_out + form.input_bytes * n_in
    return np.where(kept, dense, packed * n_stack)


def _mxfp4_padding(version: str, capability: float) -> tuple[float, float]:
    """Multiples of width and intermediate width (``mxfp4_round_up_hidden_size_and_intermediate_size``)."""
    if version != "0.32" and 9 <= capability < 10:
        return 1.0, 64.0  # Triton's kernel
    return float(MARLIN_MXFP4[0]), float(MARLIN_MXFP4[1])


def _up(values: Floats, multiple: float) -> Floats:
    found: Floats = np.ceil(values / multiple) * multiple
    return found


def _tower_bytes(inventory: ModelInventory, spec: ArchitectureSpec, tp: float) -> float:
    """Bytes of vision and audio towers on one rank, always 16-bit."""
    replicated = any(t.family in REPLICATED_TOWERS for t in spec.towers)
    total = 0.0
    for t in inventory.tensors:
        if t.source in ("vision", "audio") and not t.mtp:
            whole = replicated or len(t.shape) < 2 or "embd" in t.name or t.name.startswith(WHOLE_PROJECTORS)
            total += 2.0 * t.n_elements / (1.0 if whole else tp)
    return total
