"""What layers with recurrent state keep per sequence, and attention layers of the same models per token.

Sizes are those of llama.cpp src/llama-hparams.cpp, ``n_embd_r`` (convolution) and ``n_embd_s`` (state):
elements per sequence and layer, stored as F32 whatever the cache type (src/llama-model.cpp,
``create_memory``).
"""

from __future__ import annotations

from dataclasses import replace

from models_db.architecture import ArchitectureError, ArchitectureSpec
from models_db.builders.mla import mla_cache
from models_db.inventory import CacheKind, LayerCache

RECURRENT = frozenset({"mamba1", "mamba2", "gated_delta", "kda", "short_conv"})
"""Mixers with state instead of a cache."""


def recurrent_sizes(spec: ArchitectureSpec, kind: str) -> tuple[int, int]:
    """Elements of convolution and of recurrent state, per sequence and layer.

    Parameters
    ----------
    spec : ArchitectureSpec
        The model.
    kind : str
        One of :data:`RECURRENT`.

    Raises
    ------
    ArchitectureError
        If ``kind`` has no state, or a dimension it needs is missing.
    """
    if kind == "short_conv":
        needed = {"shortconv_l_cache": spec.shortconv_l_cache}
        sizes = spec.n_embd * (spec.shortconv_l_cache - 1), 0
    elif kind == "kda":
        needed = {name: getattr(spec, name) for name in ("ssm_d_conv", "kda_n_heads", "kda_head_dim")}
        inner = spec.kda_n_heads * spec.kda_head_dim
        sizes = 3 * (spec.ssm_d_conv - 1) * inner, spec.kda_head_dim * inner
    elif kind in RECURRENT:
        needed = {name: getattr(spec, name) for name in ("ssm_d_conv", "ssm_d_inner", "ssm_d_state")}
        channels = spec.ssm_d_inner + 2 * spec.ssm_n_group * spec.ssm_d_state
        sizes = (spec.ssm_d_conv - 1) * channels, spec.ssm_d_state * spec.ssm_d_inner
    else:
        raise ArchitectureError([f"mixer: {kind!r} has no recurrent state"])
    missing = [f"{name}: missing for {kind} layers" for name, value in needed.items() if not value]
    if missing:
        raise ArchitectureError(missing)
    return sizes


def attention_cache(spec: ArchitectureSpec, il: int) -> LayerCache:
    """Cache of attention layer ``il``: latent where the model has latent attention, else grouped-query."""
    if spec.kv_lora_rank:
        return mla_cache(spec)
    n_kv_heads = spec.per_layer("n_kv_heads")[il]
    sliding = spec.per_layer("mixer")[il] == "sliding"
    return LayerCache(
        CacheKind.SLIDING if sliding else CacheKind.FULL,
        n_embd_k=n_kv_heads * spec.head_dim_k,
        n_embd_v=n_kv_heads * spec.head_dim_v,
        window=spec.sliding_window if sliding else 0,
        n_heads=spec.per_layer("n_heads")[il],
        n_kv_heads=n_kv_heads,
        head_dim_k=spec.head_dim_k,
        head_dim_v=spec.head_dim_v,
    )


def layer_caches(spec: ArchitectureSpec) -> list[LayerCache]:
    """Caches of all blocks of a hybrid model, by ``spec.mixer``."""
    out = []
    for il, mixer in enumerate(spec.per_layer("mixer")):
        parts = str(mixer).split("+")
        cache = LayerCache()
        if any(part in ("full", "sliding") for part in parts):
            cache = attention_cache(spec, il)
        for part in parts:
            if part in RECURRENT:
                conv, state = recurrent_sizes(spec, part)
                cache = replace(cache, recurrent_conv=conv, recurrent_state=state, recurrent_kind=part)
        out.append(cache)
    return out
