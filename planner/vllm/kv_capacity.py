"""How many tokens fit into vLLM's KV cache: groups of layers, blocks of one pool, tokens, concurrency.

Rules as in vLLM 0.32.0 v1/core/kv_cache_utils.py and 0.33.0 v1/core/kv_cache_planning.py: ``get_kv_cache_groups``,
``_get_kv_cache_groups_uniform_page_size``, ``get_max_concurrency_for_kv_cache_config``, ``_check_enough_kv_cache_memory``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models_db.architecture import ArchitectureSpec
from planner.vllm.cache_specs import CacheSettings, CacheSpec, SpecKind, cache_specs, unified_pages

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

PADDING_LIMIT = 1.5
"""Kinds of layers that differ less in number share groups as large as the larger kind."""


@dataclass(frozen=True, slots=True)
class CacheGroup:
    """Layers that share one block table."""

    spec: CacheSpec
    layers: tuple[int, ...]
    """Block of each member; a layer with two caches may occur in two groups."""
    pages: tuple[int, ...]
    """Page of each member. [bytes]"""

    def bytes_on(self, first: int, end: int) -> int:
        """Bytes one block of this group takes on a rank that holds layers ``first`` to ``end - 1``."""
        return sum(p for il, p in zip(self.layers, self.pages, strict=True) if first <= il < end)


@dataclass(frozen=True, slots=True)
class CacheLayout:
    """Groups of a model and what a block costs on each pipeline rank."""

    groups: tuple[CacheGroup, ...]
    pool_bytes: tuple[int, ...]
    """Bytes of one block of the pool on each pipeline rank."""

    @property
    def block_sizes(self) -> tuple[int, ...]:
        """Tokens per block of each group."""
        return tuple(g.spec.block_size for g in self.groups)


@dataclass(frozen=True, slots=True)
class KvCapacity:
    """Figures vLLM logs, one per case, shape as the inputs broadcast."""

    num_blocks: Ints
    blocks_per_request: Ints
    """For one request of ``max_model_len``."""
    max_concurrency: Floats
    kv_tokens: Ints
    """``GPU KV cache size``. [tokens]"""
    fits: Bools
    """One request of ``max_model_len`` fits; otherwise vLLM stops."""
    needed_bytes: Floats
    """What that request needs on the fullest rank. [bytes]"""


def in_flight_tokens(
    max_num_batched_tokens: int, pipeline_parallel_size: int = 1, async_scheduling: bool = True
) -> int:
    """Tokens scheduled but not yet settled (``VllmConfig.max_in_flight_tokens``). [tokens]"""
    return (pipeline_parallel_size + async_scheduling) * max_num_batched_tokens


def pipeline_bounds(n_layers: int, pipeline_parallel_size: int) -> tuple[tuple[int, int], ...]:
    """First layer and end of every pipeline rank (``get_pp_indices``).

    Layers left over go to the ranks before the last, from behind.

    Examples
    --------
    >>> pipeline_bounds(61, 2)
    ((0, 31), (31, 61))
    """
    pp = pipeline_parallel_size
    sizes = [n_layers // pp] * pp
    left = n_layers % pp
    for i in range(2, left + 2):
        sizes[-i] += 1
    ends = np.cumsum(sizes)
    return tuple((int(e - s), int(e)) for s, e in zip(sizes, ends, strict=True))


def cache_layout(
    spec: ArchitectureSpec, settings: CacheSettings, pipeline_parallel_size: int = 1
) -> CacheLayout:
    """Groups of a model's layers and the price of a block.

    Parameters
    ----------
    spec : ArchitectureSpec
        Published dimensions.
    settings : CacheSettings
        Tensor parallelism, type of the cache, GPU, version.
    pipeline_parallel_size : int

    Raises
    ------
    CacheFault
        When the cache cannot be built or its rule is not known.
    """
    return layout_of(cache_groups(spec, settings), spec.n_layers, pipeline_parallel_size)


def cache_groups(spec: ArchitectureSpec, settings: CacheSettings) -> tuple[CacheGroup, ...]:
    """Groups of a model's layers; the same whatever the pipeline.

    Raises
    ------
    CacheFault
        As :func:`cache_layout`.
    """
    return _groups(cache_specs(spec, settings))


def layout_of(groups: tuple[CacheGroup, ...], n_layers: int, pipeline_parallel_size: int = 1) -> CacheLayout:
    """Groups with the price of a block on every pipeline rank."""
    bounds = pipeline_bounds(n_layers, pipeline_parallel_size)
    pool = tuple(max((g.bytes_on(*b) for g in groups), default=0) for b in bounds)
    return CacheLayout(groups, pool)


def _groups(per_layer: tuple[tuple[CacheSpec, ...], ...]) -> tuple[CacheGroup, ...]:
    members = [(il, s) for il, layer in enumerate(per_layer) for s in layer]
    if not members:
        return ()
    if _uniform([s for _, s in members]):
        layers, pages = tuple(il for il, _ in members), tuple(s.page_bytes for _, s in members)
        return (CacheGroup(members[0][1], layers, pages),)
    buckets: dict[CacheSpec, list[int]] = {}
    for il, layer in enumerate(unified_pages(per_layer)):
        for spec in layer:
            buckets.setdefault(spec, []).append(il)
    counts = [len(b) for b in buckets.values()]
    size = max(counts) if max(counts) < min(counts) * PADDING_LIMIT else min(counts)
    out: list[CacheGroup] = []
    for spec, layers_of in buckets.items():
        n_groups = -(-len(layers_of) // size)
        for i in range(n_groups):
            part = tuple(layers_of[i::n_groups])
            out.append(CacheGroup(spec, part, (spec.page_bytes,) * len(part)))
    return tuple(out)


def _uniform(specs: Sequence[CacheSpec]) -> bool:
    """Whether all layers need the same number of tokens held, so that one block table serves them."""
    first = specs[0]
    if any(s.block_size != first.block_size for s in specs):
        return False
    kinds = {s.kind for s in specs}
    if kinds <= {SpecKind.FULL, SpecKind.MLA}:
        return True
    same = len(kinds) == 1 and all(s.window == first.window for s in specs)
    return same and (first.kind is not SpecKind.STATE or all(s == first for s in specs))


def blocks_per_request(layout: CacheLayout, max_model_len: Ints | int, in_flight: Ints | int) -> Ints:
    """Blocks of the pool that one request of ``max_model_len`` holds at most.

    Parameters
    ----------
    layout : CacheLayout
    max_model_len : int or ndarray of int
        [tokens]
    in_flight : int or ndarray of int
        Tokens scheduled but not settled. [tokens]

    Returns
    -------
    ndarray of int, shape as the arguments broadcast
    """
    length = np.asarray(max_model_len, dtype=np.int64)
    flying = np.asarray(in_flight, dtype=np.int64)
    total = np.zeros(np.broadcast_shapes(length.shape, flying.shape), dtype=np.int64)
    for group in layout.groups:
        spec = group.spec
        if spec.kind is SpecKind.STATE:
            total = total + spec.n_states
        elif spec.kind is SpecKind.SLIDING:
            held = np.minimum(spec.window - 1 + flying, length)
            total = total + -(-held // spec.block_size) + 1
        elif spec.kind is SpecKind.CHUNKED:
            held = np.minimum(spec.window + flying, length)
            total = total + -(-held // spec.block_size)
        else:
            total = total + -(-length // spec.block_size)
    return total


def kv_capacity(
    layout: CacheLayout, available_bytes: Floats, max_model_len: Ints | int, in_flight: Ints | int
) -> KvCapacity:
    """Blocks, tokens and concurrency of a cache.

    Parameters
    ----------
    layout : CacheLayout
    available_bytes : ndarray, shape (..., n_pipeline_ranks)
        Memory left for the cache on each pipeline rank (ranks that share layers have the same). [bytes]
    max_model_len, in_flight : int or ndarray of int, shape (...)
        [tokens]
    """
    if not layout.groups:
        raise ValueError("a model without a cache has no capacity")
    pool = np.asarray(layout.pool_bytes, dtype=np.float64)
    held = pool > 0
    free = np.asarray(available_bytes, dtype=np.float64)
    per_rank = np.where(held, np.floor(np.maximum(free, 0.0) / np.where(held, pool, 1.0)), np.inf)
    blocks = per_rank.min(axis=-1)
    needed = blocks_per_request(layout, max_model_len, in_flight)
    blocks, needed = np.broadcast_arrays(blocks, needed)
    request = needed[..., None] * pool
    fits = np.all(request <= free - pool, axis=-1)  # one block, the null block, is never given out
    concurrency = blocks / needed
    tokens = np.floor(concurrency * np.asarray(max_model_len)).astype(np.int64)
    return KvCapacity(
        blocks.astype(np.int64), needed.astype(np.int64), concurrency, tokens, fits, request.max(axis=-1)
    )


def longest_length(layout: CacheLayout, available_bytes: Floats, limit: int, in_flight: Ints | int) -> Ints:
    """Longest ``max_model_len`` up to ``limit`` of which one request fits; 0 if not one token does.

    What vLLM estimates in its refusal and takes with ``--max-model-len auto``.

    Parameters
    ----------
    layout : CacheLayout
    available_bytes : ndarray, shape (..., n_pipeline_ranks)
        [bytes]
    limit : int
        The model's longest context. [tokens]
    in_flight : int or ndarray of int

    Notes
    -----
    Whether a length fits falls once from yes to no as it grows, so counting the lengths that fit, first in steps of
    about the square root of ``limit`` and then one by one, finds the last.
    """
    free = np.asarray(available_bytes, dtype=np.float64)[..., None, :]
    flying = np.asarray(in_flight, dtype=np.int64)[..., None]
    n_steps = math.isqrt(max(int(limit) - 1, 0)) + 1
    stride = -(-int(limit) // n_steps)
    steps = np.arange(1, n_steps + 1, dtype=np.int64)

    def fitting(lengths: Ints) -> Ints:
        known = np.clip(lengths, 1, max(int(limit), 1))
        fits = kv_capacity(layout, free, known, flying).fits & (lengths <= limit)
        found: Ints = fits.sum(axis=-1)
        return found

    rough = stride * fitting(np.minimum(stride * steps, limit))
    low = np.minimum(rough, limit)
    found: Ints = low + fitting(low[..., None] + np.arange(1, stride + 1, dtype=np.int64))
    return found
