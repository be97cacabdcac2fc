"""The tensors of a model as vLLM creates them: kinds of equal shape with their number per layer, and how each is split.

Rules of vLLM 0.32.0 and 0.33.0 model_executor/layers and model classes: which matrices are split along outputs or
inputs, which are repeated, which tensors of a checkpoint are not loaded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from models_db.architecture import ArchitectureSpec
from models_db.inventory import ModelInventory, Tensor
from planner.vllm.cache_specs import attentions_per_layer

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


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
REPLICATED_TOWERS = ("gemma4", "gemma4_standardized", "gemma3n")
"""Towers run by the Transformers library: the same on every rank."""
WHOLE_PROJECTORS = ("mm.input_projection",)
"""Projectors of towers that are not split."""


@dataclass(frozen=True, slots=True)
class WeightTable:
    """Tensors of one model; arrays have one value per kind, shape (n_kinds,), where nothing else is said."""

    before: Ints
    """Tensors of each kind before bucket b, shape (n_kinds, n_layers + 3): bucket 0 is what comes before the layers,
    then one bucket a layer, the last what comes after them."""
    n_out: Floats
    n_in: Floats
    n_stack: Floats
    split: Ints
    n_heads: Floats
    """Key/value heads, for KV."""
    dense_bytes: Floats
    """Per element where it is not quantized. [bytes]"""
    quantizable: Bools
    roles: tuple[str, ...]
    towers_split: float
    """Bytes of vision and audio towers that tensor parallelism divides. [bytes]"""
    towers_whole: float
    """Bytes of them that every rank holds. [bytes]"""

    @property
    def is_expert(self) -> Bools:
        """Routed experts."""
        return np.array(["_exps" in r for r in self.roles])

    @property
    def is_embedding(self) -> Bools:
        """Input embedding."""
        return np.array([r == "token_embd" for r in self.roles])

    @property
    def is_head(self) -> Bools:
        """Output layer."""
        return np.array([r in HEAD_ROLES for r in self.roles])


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


def weight_table(inventory: ModelInventory, spec: ArchitectureSpec) -> WeightTable:
    """Kinds of tensors of a model and their number in every layer.

    Parameters
    ----------
    inventory : ModelInventory
        Tensors of the model.
    spec : ArchitectureSpec
        Its published dimensions.
    """
    kv_heads = spec.per_layer("n_kv_heads")
    parts = attentions_per_layer(spec)
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
        layers.append(t.layer // parts if t.layer >= 0 else t.layer)
        kinds.append(known.setdefault(key, len(known)))
    outs, ins, stacks, splits, head_counts, dense_of, quantizable_of, roles = zip(*known, strict=True)
    counts = np.zeros((len(known), spec.n_layers + 3), dtype=np.int64)
    np.add.at(counts, (np.array(kinds), np.clip(np.array(layers) + 1, 0, spec.n_layers + 1) + 1), 1)
    divided, whole = _tower_bytes(inventory, spec)
    return WeightTable(
        before=np.cumsum(counts, axis=1),
        n_out=np.array(outs, dtype=np.float64),
        n_in=np.array(ins, dtype=np.float64),
        n_stack=np.array(stacks, dtype=np.float64),
        split=np.array(splits, dtype=np.int64),
        n_heads=np.array(head_counts, dtype=np.float64),
        dense_bytes=np.array(dense_of, dtype=np.float64),
        quantizable=np.array(quantizable_of, dtype=np.bool_),
        roles=roles,
        towers_split=divided,
        towers_whole=whole,
    )


def _tower_bytes(inventory: ModelInventory, spec: ArchitectureSpec) -> tuple[float, float]:
    """Bytes of vision and audio towers, always 16-bit: what is divided, what every rank holds."""
    replicated = any(t.family in REPLICATED_TOWERS for t in spec.towers)
    divided = whole = 0.0
    for t in inventory.tensors:
        if t.source in ("vision", "audio") and not t.mtp:
            kept = replicated or len(t.shape) < 2 or "embd" in t.name or t.name.startswith(WHOLE_PROJECTORS)
            divided, whole = divided + 2.0 * t.n_elements * (not kept), whole + 2.0 * t.n_elements * kept
    return divided, whole
