"""What an attention layer keeps in llama.cpp's cache, for every kind of grouped-query attention."""

from __future__ import annotations

from models_db.architecture import ArchitectureSpec
from models_db.inventory import CacheKind, LayerCache

CACHE_KIND = {"full": CacheKind.FULL, "sliding": CacheKind.SLIDING, "chunked": CacheKind.CHUNKED}


def head_dims(spec: ArchitectureSpec, mixer: str) -> tuple[int, int]:
    """Key and value head size of a layer with this mixer."""
    if mixer in ("sliding", "chunked"):
        return spec.head_dim_k_swa or spec.head_dim_k, spec.head_dim_v_swa or spec.head_dim_v
    return spec.head_dim_k, spec.head_dim_v


def attention_cache(spec: ArchitectureSpec, il: int, *, windows: bool = True) -> LayerCache:
    """Cache record of block ``il`` with grouped-query attention.

    Parameters
    ----------
    windows
        False where llama.cpp loads the architecture without its published windows
        (``swa_type`` stays NONE in src/models/*.cpp): the layer then keeps every cell.
    """
    mixer = spec.per_layer("mixer")[il]
    if mixer not in CACHE_KIND:
        return LayerCache()
    n_heads, n_kv_heads = spec.per_layer("n_heads")[il], spec.per_layer("n_kv_heads")[il]
    head_dim_k, head_dim_v = head_dims(spec, mixer)
    keeps = il < spec.n_layers - spec.n_kv_shared_layers or il >= spec.n_layers
    kind = CACHE_KIND[mixer] if windows and spec.sliding_window else CacheKind.FULL
    return LayerCache(
        kind=kind if keeps else CacheKind.NONE,
        n_embd_k=n_kv_heads * head_dim_k if keeps else 0,
        n_embd_v=n_kv_heads * head_dim_v if keeps else 0,
        window=spec.sliding_window if kind is not CacheKind.FULL and keeps else 0,
        n_heads=n_heads,
        n_kv_heads=n_kv_heads,
        head_dim_k=head_dim_k,
        head_dim_v=head_dim_v,
    )
