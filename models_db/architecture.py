"""The published dimensions of one model, from which every tensor and cache entry follows.

An :class:`ArchitectureSpec` is a flat record in the manner of GGUF metadata: what a model's own configuration
file states, under llama.cpp's names, without anything that can be computed from it. Builders
(:mod:`models_db.builders`) turn it into a :class:`~models_db.inventory.ModelInventory`.

Values that may differ between layers are either one value for all layers or a tuple with one entry per block
(``n_layers`` entries, or ``n_layers + n_layer_nextn`` where the multi-token-prediction blocks differ).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

Ints = int | tuple[int, ...]
"""One integer for all layers, or one per layer."""
Bools = bool | tuple[bool, ...]
"""One flag for all layers, or one per layer."""
Strings = str | tuple[str, ...]
"""One word for all layers, or one per layer."""

MIXERS = frozenset(
    {
        "full",
        "sliding",
        "chunked",
        "mamba1",
        "mamba2",
        "full+mamba2",
        "gated_delta",
        "kda",
        "short_conv",
        "none",
    }
)
"""What a layer may do over time: kinds of attention, of recurrence, both at once, or nothing (NAS blocks)."""
FFN_KINDS = frozenset({"dense", "moe", "none"})
"""What a layer may do per token."""
QK_NORMS = frozenset({"none", "per_head", "full"})
"""No norm on queries and keys; one of head size shared by all heads; one over all heads' width."""
TOWER_KINDS = frozenset({"vision", "audio"})


class ArchitectureError(ValueError):
    """A record that cannot be an architecture; ``faults`` lists every fault found, one line each."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(self.faults))


@dataclass(frozen=True, slots=True, kw_only=True)
class TowerSpec:
    """A vision or audio tower beside the text model (llama.cpp: its own projector file)."""

    kind: str
    """``"vision"`` or ``"audio"``."""
    family: str
    """Which builder draws it, named as the configuration's ``model_type`` (``"siglip"``, ``"pixtral"`` …)."""
    n_layers: int = 0
    n_embd: int = 0
    n_heads: int = 0
    n_kv_heads: int = 0
    head_dim: int = 0
    n_ff: int = 0
    patch_size: int = 0
    temporal_patch_size: int = 1
    n_channels: int = 3
    image_size: int = 0
    n_positions: int = 0
    """Rows of a learned position table; 0 = rotary or none."""
    n_merge: int = 1
    """Patches merged per side before projection."""
    n_embd_out: int = 0
    """Width handed to the text model."""
    n_ff_projector: int = 0
    deepstack_layers: tuple[int, ...] = ()
    n_parameters: int = 0
    """Published count where the tower's dimensions are not published; 0 = computed from dimensions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchitectureSpec:
    """Published dimensions of one text model and its towers (units: elements, layers, tokens)."""

    gguf_arch: str
    """llama.cpp's architecture name; ``""`` where llama.cpp has none."""
    hf_arch: str
    """Class name in the Hugging Face configuration."""
    n_layers: int
    """Blocks that run, without multi-token-prediction blocks."""
    n_embd: int
    n_vocab: int
    n_ctx_train: int
    n_layer_nextn: int = 0
    """Multi-token-prediction blocks behind the layers that run."""
    tied_embeddings: bool = False

    # ---- mixing over time
    mixer: Strings = "full"
    """Per layer as published (a window that an engine ignores is ``sliding`` here); see :data:`MIXERS`."""
    n_heads: Ints = 0
    n_kv_heads: Ints = 0
    head_dim_k: int = 0
    head_dim_v: int = 0
    head_dim_k_swa: int = 0
    """Head size of window layers where it differs; 0 = as elsewhere."""
    head_dim_v_swa: int = 0
    sliding_window: int = 0
    """Window or chunk length in tokens as published."""
    n_kv_shared_layers: int = 0
    """Last layers that read another layer's cache and keep none (Gemma 3n, Gemma 4 E models)."""
    k_eq_v_full: bool = False
    """Full-attention layers have no value projection of their own (Gemma 4)."""
    qkv_bias: bool = False
    attn_output_bias: bool = False
    attn_sinks: Bools = False
    """Learned sink logit per head."""
    attn_output_gate: bool = False
    """Attention output is gated (doubled query projection in Qwen3-Next, a separate one elsewhere)."""
    qk_norm: str = "none"
    """See :data:`QK_NORMS`."""
    attn_logit_softcap: float = 0.0
    final_logit_softcap: float = 0.0

    # ---- positions
    rope_dim: int = 0
    """Rotated elements per head; 0 = whole head."""
    rope_dim_swa: int = 0
    rope_theta: float = 0.0
    """0 = not stated."""
    rope_theta_swa: float = 0.0
    rope_scaling: str = ""
    """``""``, ``"linear"``, ``"llama3"``, ``"yarn"``, ``"longrope"`` … as published."""
    rope_scaling_factor: float = 0.0
    rope_orig_ctx: int = 0
    no_rope_step: int = 0
    """Every n-th layer has no rotary embedding; 0 = none."""

    # ---- feed-forward
    ffn: Strings = "dense"
    """Per layer; see :data:`FFN_KINDS`."""
    n_ff: Ints = 0
    """Width of dense feed-forward layers."""
    ffn_gated: bool = True
    """Three matrices (SwiGLU and the like) instead of two."""
    ffn_bias: bool = False
    n_experts: int = 0
    n_experts_used: int = 0
    n_ff_exp: Ints = 0
    n_expert_shared: int = 0
    n_ff_shexp: int = 0
    """Width of all shared experts of a layer together."""
    n_expert_groups: int = 0
    n_expert_latent: int = 0
    """Width of the latent space routed experts work in; 0 = ``n_embd``."""
    n_expert_zero: int = 0
    """Identity experts the router may choose (LongCat)."""
    shared_expert_gate: bool = False
    router_bias: bool = False
    """Selection bias per expert (``exp_probs_b``)."""
    expert_gating: str = ""
    """``"softmax"``, ``"sigmoid"`` …"""
    expert_weights_scale: float = 0.0
    expert_weights_norm: bool = False

    # ---- norms and head
    norm_bias: bool = False
    lm_head_bias: bool = False

    # ---- multi-head latent attention
    q_lora_rank: int = 0
    kv_lora_rank: int = 0
    qk_nope_head_dim: int = 0
    qk_rope_head_dim: int = 0
    v_head_dim: int = 0

    # ---- sparse attention
    indexer_n_heads: int = 0
    indexer_head_dim: int = 0
    indexer_top_k: int = 0
    indexer_full: Bools = True
    """Layers that carry their own indexer, where there is one at all."""
    compress_ratios: tuple[int, ...] = ()
    """DeepSeek V4: compression of the cache per block (MTP block included)."""
    n_o_groups: int = 0
    o_lora_rank: int = 0
    hc_mult: int = 0
    """DeepSeek V4, Qwen4: width of the hyper-connections."""
    hc_low_rank: int = 0
    """Qwen4: rank of the hyper-connection mixers."""
    indexer_block_size: int = 0
    """MiniMax M3: tokens per block the indexer chooses."""
    n_hash_layers: int = 0

    # ---- recurrence (state space, delta rules, short convolution)
    ssm_d_conv: int = 0
    ssm_d_inner: int = 0
    ssm_d_state: int = 0
    """State size (mamba), or key head size (delta rules)."""
    ssm_dt_rank: int = 0
    """Mamba-1: rank of dt; mamba-2: heads; gated delta net: value heads."""
    ssm_n_group: int = 0
    """Mamba-2 groups; gated delta net: key heads."""
    ssm_conv_bias: bool = False
    ssm_norm: bool = True
    """Gated norm in front of the output projection."""
    shortconv_l_cache: int = 0
    kda_n_heads: int = 0
    kda_head_dim: int = 0
    kda_gate_rank: int = 0
    """Rank of the two gate projections of Kimi's delta attention; 0 = full rank."""
    attn_res_block_size: int = 0
    """Kimi K3: layers per block of cross-layer attention residuals; 0 = none."""

    # ---- per-layer embeddings and Gemma 3n
    n_embd_per_layer: int = 0
    n_vocab_per_layer: int = 0
    n_altup: int = 0
    laurel_rank: int = 0
    ple_layers: tuple[int, ...] = ()
    """Qwen4: layers that read the n-gram embedding table."""
    ple_n_rows: int = 0
    """Rows of the n-gram embedding table (``n_embd_per_layer`` wide)."""
    ple_conv_kernel: int = 0
    ple_ngram_size: int = 0

    # ---- multi-token prediction
    nextn_own_embeddings: bool = False
    """The checkpoint repeats embedding and head inside the MTP block."""
    nextn_own_head: bool = False
    """Each MTP block has a head of its own (Step)."""

    towers: tuple[TowerSpec, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        faults = _spec_faults(self)
        if faults:
            raise ArchitectureError(faults)

    @property
    def n_layer_all(self) -> int:
        """Blocks in the file, MTP blocks included."""
        return self.n_layers + self.n_layer_nextn

    def per_layer(self, name: str) -> tuple[Any, ...]:
        """Values of field ``name`` for all ``n_layer_all`` blocks; MTP blocks repeat the last stated value.

        Raises
        ------
        AttributeError
            If there is no such field.
        """
        value = getattr(self, name)
        if not isinstance(value, tuple):
            return (value,) * self.n_layer_all
        return (*value, *(value[-1:] * (self.n_layer_all - len(value))))

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready mapping with every field that is not at its default."""
        return _to_dict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ArchitectureSpec:
        """Record from a JSON mapping.

        Raises
        ------
        ArchitectureError
            Listing every unknown key, missing key, wrong type and impossible value.
        """
        faults: list[str] = []
        values = _read_fields(cls, data, "", faults)
        towers: list[TowerSpec] = []
        raw = data.get("towers", ())
        if not isinstance(raw, list | tuple):
            faults.append("towers: expected a list")
            raw = ()
        for i, item in enumerate(raw):
            if not isinstance(item, Mapping):
                faults.append(f"towers[{i}]: expected an object")
                continue
            before = len(faults)
            tower = _read_fields(TowerSpec, item, f"towers[{i}].", faults)
            if len(faults) == before:
                towers.append(TowerSpec(**tower))
        if faults:
            raise ArchitectureError(faults)
        return cls(**{**values, "towers": tuple(towers)})


_SCALARS: dict[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "bool": (bool,), "str": (str,)}
_ELEMENT = {"Ints": "int", "Bools": "bool", "Strings": "str"}


def _is(value: Any, kind: str) -> bool:
    if kind != "bool" and isinstance(value, bool):
        return False
    return isinstance(value, _SCALARS[kind])


def _read_value(value: Any, kind: str) -> Any:
    """Value of a field with annotation ``kind``; raises TypeError with what was expected."""
    if kind in _SCALARS:
        if not _is(value, kind):
            raise TypeError(f"expected {kind}, got {value!r}")
        return float(value) if kind == "float" else value
    element = _ELEMENT.get(kind) or kind.removeprefix("tuple[").split(",")[0]
    if kind in _ELEMENT and _is(value, element):
        return value
    if isinstance(value, list | tuple) and value and all(_is(v, element) for v in value):
        return tuple(value)
    if isinstance(value, list | tuple) and not value and kind not in _ELEMENT:
        return ()
    raise TypeError(
        f"expected {element}{' or' if kind in _ELEMENT else ':'} a list of {element}, got {value!r}"
    )


def _read_fields(cls: type, data: Mapping[str, Any], prefix: str, faults: list[str]) -> dict[str, Any]:
    known = {f.name: f for f in fields(cls)}
    for key in data:
        if key not in known:
            faults.append(f"{prefix}{key}: unknown key")
    values: dict[str, Any] = {}
    for name, f in known.items():
        if name == "towers":
            continue
        if name not in data:
            if f.default is MISSING:
                faults.append(f"{prefix}{name}: missing")
            continue
        try:
            values[name] = _read_value(data[name], str(f.type))
        except TypeError as error:
            faults.append(f"{prefix}{name}: {error}")
    return values


def _to_dict(record: Any) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for f in fields(record):
        value = getattr(record, f.name)
        if value == f.default and type(value) is type(f.default):
            continue
        if f.name == "towers":
            value = [_to_dict(t) for t in value]
        out[f.name] = list(value) if isinstance(value, tuple) else value
    return out


def _spec_faults(spec: ArchitectureSpec) -> list[str]:
    """Every value that cannot be right whatever the family."""
    faults: list[str] = []
    for name in ("n_layers", "n_embd", "n_vocab", "n_ctx_train"):
        if getattr(spec, name) <= 0:
            faults.append(f"{name}: must be positive, got {getattr(spec, name)}")
    allowed = {spec.n_layers, spec.n_layer_all}
    words: dict[str, frozenset[str]] = {"mixer": MIXERS, "ffn": FFN_KINDS, "qk_norm": QK_NORMS}
    for f in fields(spec):
        value = getattr(spec, f.name)
        values = value if isinstance(value, tuple) else (value,)
        if f.name in words:
            for word in sorted({v for v in values if v not in words[f.name]}):
                faults.append(f"{f.name}: {word!r} is none of {', '.join(sorted(words[f.name]))}")
        if str(f.type) in _ELEMENT and isinstance(value, tuple) and len(value) not in allowed:
            faults.append(f"{f.name}: {len(value)} entries for {spec.n_layers} layers")
        if any(isinstance(v, int | float) and (v < 0 or not math.isfinite(v)) for v in values):
            faults.append(f"{f.name}: must be finite and not negative")
    if spec.n_experts_used > spec.n_experts + spec.n_expert_zero:
        faults.append(f"n_experts_used: {spec.n_experts_used} of {spec.n_experts} experts")
    for i, tower in enumerate(spec.towers):
        if tower.kind not in TOWER_KINDS:
            faults.append(f"towers[{i}].kind: {tower.kind!r} is none of {', '.join(sorted(TOWER_KINDS))}")
    return faults
