"""Bytes of llama.cpp's key/value caches: cells, bytes per cell, and what each device holds.

Covers grouped-query attention, MLA (no value tensor), sliding and chunked windows, sparse-attention indexer
keys, layers
that share another layer's cache (they simply have none), unified and per-slot caches, and every cache type.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from planner.formulas.layer_placement import FloatArray, LayerBoundaries
from planner.graph_columns import CacheColumns

CELL_PADDING = 256
"""llama.cpp src/llama-context.cpp: ``n_ctx`` (and ``n_ctx_seq``) are padded to 256; the window cache too."""

BYTES_PER_ELEMENT: dict[str, float] = {
    "f32": 4.0,
    "f16": 2.0,
    "bf16": 2.0,
    "q8_0": 34 / 32,
    "q4_0": 18 / 32,
    "q4_1": 20 / 32,
    "iq4_nl": 18 / 32,
    "q5_0": 22 / 32,
    "q5_1": 24 / 32,
}
"""Cache types ``-ctk``/``-ctv`` accept (common/arg.cpp, ``kv_cache_types``) and their block layouts
(ggml-common.h)."""

QUANTIZED_TYPES = frozenset({"q8_0", "q4_0", "q4_1", "iq4_nl", "q5_0", "q5_1"})


@dataclass(frozen=True, slots=True)
class CacheCells:
    """How many cells llama.cpp makes.

    Attributes
    ----------
    n_ctx : ndarray
        All tokens that fit, over all streams (what llama.cpp logs as ``n_ctx``). [tokens]
    per_stream : ndarray
        Cells of one stream of a full-attention layer. [tokens]
    window : ndarray
        Cells of one stream of a sliding or chunked layer; 0 where the model has none. [tokens]
    n_stream : ndarray
        1 if unified, else the number of slots.
    """

    n_ctx: NDArray[np.int64]
    per_stream: NDArray[np.int64]
    window: NDArray[np.int64]
    n_stream: NDArray[np.int64]
    n_seq_max: NDArray[np.int64]
    """Slots, whether they share a cache or not."""
    n_ubatch: NDArray[np.int64]
    """Micro-batch the window was sized for. [tokens]"""


def padded(tokens: ArrayLike) -> NDArray[np.int64]:
    """Round up to a multiple of 256 cells."""
    count = np.asarray(tokens, dtype=np.int64)
    return -(-count // CELL_PADDING) * CELL_PADDING


def cache_cells(
    n_ctx: ArrayLike,
    n_seq_max: ArrayLike,
    unified: ArrayLike,
    window: ArrayLike = 0,
    n_ubatch: ArrayLike = 512,
    swa_full: ArrayLike = False,
    n_batch: ArrayLike = 2048,
) -> CacheCells:
    """Cells of the full and of the window cache.

    Parameters
    ----------
    n_ctx : array_like of int
        ``-c``, already resolved (0 means the trained context and is the caller's to replace). [tokens]
    n_seq_max : array_like of int
        Slots.
    unified : array_like of bool
        One cache shared by all slots.
    window : array_like of int
        Sliding window or chunk length; 0 = the model has no window layers. [tokens]
    n_ubatch, n_batch : array_like of int
        ``-ub`` and ``-b``; the micro-batch is limited by both and by the context.
    swa_full : array_like of bool
        ``--swa-full``.

    Notes
    -----
    llama.cpp src/llama-context.cpp (constructor) and src/llama-kv-cache-iswa.cpp, 0.5.0-dev:
    window cells = pad256(min(n_ctx_seq, n_swa * (unified ? n_seq_max : 1) + n_ubatch)).
    """
    slots = np.maximum(np.asarray(n_seq_max, dtype=np.int64), 1)
    shared = np.asarray(unified, dtype=bool)
    asked = np.asarray(n_ctx, dtype=np.int64)
    micro = np.minimum(np.minimum(asked, n_batch), n_ubatch).astype(np.int64)
    whole = padded(asked)
    per_stream = np.where(shared, whole, padded(whole // slots))
    n_stream = np.where(shared, 1, slots)
    length = np.asarray(window, dtype=np.int64)
    limited = padded(np.minimum(per_stream, length * np.where(shared, slots, 1) + micro))
    window_cells = np.where(length > 0, np.where(np.asarray(swa_full, dtype=bool), per_stream, limited), 0)
    return CacheCells(per_stream * n_stream, per_stream, window_cells, n_stream, slots, micro)


def server_slots(
    n_parallel: int | None, kv_unified: bool | None, binary: str = "llama-server", default_slots: int = 4
) -> tuple[int, bool]:
    """Slots and whether they share one cache.

    Parameters
    ----------
    n_parallel : int or None
        ``-np``; None or negative = not given.
    kv_unified : bool or None
        ``-kvu`` / ``-no-kvu``; None = not given.
    binary : str
        ``llama-server`` chooses 4 unified slots by itself; the other programs have 1 sequence.
    default_slots : int
        What the build's llama-server takes when ``-np`` is absent
        (:attr:`planner.llama_build.LlamaBuild.server_slots`).

    Notes
    -----
    llama.cpp tools/server/server.cpp, 0.5.0-dev: without ``-np`` it sets ``n_parallel = 4`` and ``kv_unified
    = true``
    whatever ``-no-kvu`` said; an explicit ``-np N`` is unified only with ``-kvu``.
    """
    given = n_parallel is not None and n_parallel > 0
    if given:
        assert n_parallel is not None
        return n_parallel, bool(kv_unified)
    if binary == "llama-server" and default_slots > 1:
        return default_slots, True
    return 1, bool(kv_unified)


def kv_cache_bytes(
    columns: CacheColumns,
    placement: LayerBoundaries,
    cells: CacheCells,
    bytes_per_k: ArrayLike,
    bytes_per_v: ArrayLike,
    flash_attn: ArrayLike = True,
    mtp_block_cached: bool = False,
) -> FloatArray:
    """Bytes of the key/value cache on each device.

    Parameters
    ----------
    columns : CacheColumns
        Cumulative elements per layer, leading shape broadcastable to the placement's.
    placement : LayerBoundaries
        Layers per device.
    cells : CacheCells
    bytes_per_k, bytes_per_v : array_like
        Bytes per element (:data:`BYTES_PER_ELEMENT`).
    flash_attn : array_like of bool
        Without flash attention V is stored transposed and padded to the widest layer.
    mtp_block_cached : bool
        Whether the build also caches multi-token-prediction blocks.

    Returns
    -------
    ndarray, shape (..., n_gpus + 1)
        Bytes; column 0 is the host. [bytes]

    Notes
    -----
    llama.cpp src/llama-kv-cache.cpp, constructor: per layer ``cells * n_stream`` rows of ``n_embd_k_gqa`` and
    ``n_embd_v_gqa`` elements; MLA has no V; the indexer cache is a second K cache of the same type.
    """
    last = None if mtp_block_cached else columns.n_cached_layers
    on = np.asarray(flash_attn, dtype=bool)[..., None]
    k_bytes = np.asarray(bytes_per_k, dtype=np.float64)[..., None]
    v_bytes = np.asarray(bytes_per_v, dtype=np.float64)[..., None]
    # bytes per cell first, on the small per-model tables; then one look-up per kind of cache
    v_full = columns.v_full if on.all() else np.where(on, columns.v_full, columns.v_full_padded)
    full = placement.sums((columns.k_full + columns.indexer) * k_bytes + v_full * v_bytes, last)
    total = full * (cells.per_stream * cells.n_stream).astype(np.float64)[..., None]
    if np.any(columns.window > 0):
        v_window = columns.v_window if on.all() else np.where(on, columns.v_window, columns.v_window_padded)
        window = placement.sums(columns.k_window * k_bytes + v_window * v_bytes, last)
        total = total + window * (cells.window * cells.n_stream).astype(np.float64)[..., None]
    if np.any(columns.ratio > 0):
        own = compressed_cache_bytes(columns, placement, cells, k_bytes, last)
        total = np.where((columns.ratio > 0)[..., None], own, total)
    return np.asarray(total)


def compressed_cache_bytes(
    columns: CacheColumns,
    placement: LayerBoundaries,
    cells: CacheCells,
    bytes_per_k: FloatArray,
    n_layers: ArrayLike | None,
) -> FloatArray:
    """Bytes of a cache that keeps a window of tokens and compressed cells beyond it (DeepSeek V4), per device.

    Parameters
    ----------
    columns, placement, cells
        As for :func:`kv_cache_bytes`.
    bytes_per_k : ndarray
        Bytes per element, with the device axis.
    n_layers : array_like or None
        Layers that have a cache.

    Notes
    -----
    llama.cpp src/llama-kv-cache-dsv4.cpp, 0.5.0-dev: every slot is a stream of its own, even where the cache is unified; per
    layer it holds ``pad256(min(n_ctx_seq, window + n_ubatch))`` plain cells and ``pad256(ceil(n_ctx_seq / ratio))``
    compressed ones. Checked by real loads: 201.5 MiB (V4 Flash) and 289 MiB (V4 Pro) at 8192 tokens in four slots.
    """
    ctx = cells.per_stream
    one_window = padded(np.minimum(ctx, columns.window + cells.n_ubatch))
    fine = padded(-(-ctx // np.maximum(columns.ratio, 1)))
    coarse = padded(-(-ctx // np.maximum(columns.ratio_more, 1)))
    elements = (
        placement.sums(columns.k_window, n_layers) * one_window[..., None]
        + placement.sums(columns.compressed, n_layers) * fine[..., None]
        + placement.sums(columns.compressed_more, n_layers) * coarse[..., None]
    )
    return np.asarray(elements * cells.n_seq_max[..., None] * bytes_per_k)
