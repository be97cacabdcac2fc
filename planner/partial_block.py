"""Experts on the GPU: steps finer than the whole blocks of ``--n-cpu-moe``, and blocks taken from the other end.

``--n-cpu-moe N`` moves all expert matrices of the first N blocks. Between N and N - 1 blocks lie cases where only some
matrices of the last of them move; ``-ot`` says so. It also says that the last N blocks move rather than the first: ggml's
allocator then reuses the room of one copied host matrix where it otherwise keeps two, which leaves room for more experts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from planner.formulas.layer_placement import LayerBoundaries
from planner.override_tensor import HOST_BUFFER, TensorWeights

MATRICES = ("ffn_up_exps", "ffn_gate_exps", "ffn_gate_up_exps", "ffn_down_exps")
"""Expert matrices of a block; publishers fuse gate and up in some models."""
HOST = -1
MAX_OTHERS = 3
"""Other GPUs, those with most room, that may hold matrices of a block."""
Pairs = tuple[tuple[str, str], ...]
"""``-ot`` pairs: pattern and buffer."""


@dataclass(frozen=True, slots=True)
class PartialBlock:
    """Experts of the first ``n_cpu_moe`` blocks on the host, and some matrices of the next block with experts."""

    n_cpu_moe: int
    overrides: Pairs
    """``-ot`` pairs; empty = the whole block stays on the GPU."""
    kept_bytes: float
    """What the block puts on its GPU beyond what it put there before. [bytes]"""
    device: int
    """GPU of the block: 1 … in the engine's order."""


def partial_blocks(
    tensors: TensorWeights, placement: LayerBoundaries, n_cpu_moe: int
) -> Iterator[PartialBlock]:
    """Ways to keep more on the GPU than ``n_cpu_moe`` blocks moved, most kept first.

    Parameters
    ----------
    tensors : TensorWeights
    placement : LayerBoundaries
        Of one case.
    n_cpu_moe : int
        Blocks whose experts are on the host.
    """
    moved = tensors.experts & (tensors.layer < n_cpu_moe)
    if not moved.any():
        return
    block = int(tensors.layer[moved].max())
    device = int(tensors.devices(placement)[np.flatnonzero(moved & (tensors.layer == block))[0]])
    if device == 0:
        return
    for kept, away in _ways(tensors, block):
        pairs = tuple((pattern_of(block, name), HOST_BUFFER) for name in away)
        yield PartialBlock(block, pairs, kept, device)


def spread_blocks(
    tensors: TensorWeights,
    placement: LayerBoundaries,
    n_cpu_moe: int,
    left: Sequence[float],
    names: Sequence[str],
) -> list[tuple[int, Pairs]]:
    """Ways to give the matrices of the last block on the host to whichever GPUs have room, most given first.

    Parameters
    ----------
    tensors : TensorWeights
    placement : LayerBoundaries
        Of one case with several GPUs.
    n_cpu_moe : int
        Blocks whose experts are on the host.
    left : sequence of float
        Room on every GPU. [bytes]
    names : sequence of str
        Names of the GPUs in the engine.

    Returns
    -------
    list of (int, pairs)
        Blocks that stay on the host whole, and ``-ot`` pairs for the block after them; what is not named stays on the
        block's own GPU.
    """
    moved = tensors.experts & (tensors.layer < n_cpu_moe)
    if not moved.any():
        return []
    block = int(tensors.layer[moved].max())
    home = int(tensors.devices(placement)[np.flatnonzero(moved & (tensors.layer == block))[0]]) - 1
    sizes = {
        name: float(tensors.on_gpu[tensors.matches(pattern_of(block, name))].sum())
        for name in MATRICES
        if tensors.matches(pattern_of(block, name)).any()
    }
    roomy = sorted((g for g in range(len(left)) if g != home), key=lambda g: -left[g])[:MAX_OTHERS]
    places = ([home] if home >= 0 else []) + roomy
    ways = []
    for chosen in product((*places, HOST), repeat=len(sizes)):
        used = dict.fromkeys(places, 0.0)
        for place, size in zip(chosen, sizes.values(), strict=True):
            if place != HOST:
                used[place] += size
        given = sum(used.values())
        if given and all(size <= left[place] for place, size in used.items()):
            hops = sum(place not in (home, HOST) for place in chosen)
            pairs = tuple(
                (pattern_of(block, name), HOST_BUFFER if place == HOST else names[place])
                for name, place in zip(sizes, chosen, strict=True)
                if place != home
            )
            ways.append((-given, hops, pairs))
    return [(block, pairs) for _, _, pairs in sorted(ways)]


def expert_blocks(tensors: TensorWeights) -> NDArray[np.int64]:
    """Blocks with routed experts, in order."""
    return np.unique(tensors.layer[tensors.experts])


def last_blocks(tensors: TensorWeights, n_blocks: int) -> Pairs:
    """``-ot`` pairs that move all experts of the last blocks.

    Parameters
    ----------
    tensors : TensorWeights
    n_blocks : int
        How many of the blocks with experts.
    """
    blocks = expert_blocks(tensors)
    if not 0 < n_blocks <= len(blocks):
        return ()
    numbers = "|".join(str(b) for b in blocks[len(blocks) - n_blocks :])
    return ((f"blk.({numbers}).ffn_(up|down|gate|gate_up)_(ch|)exps", HOST_BUFFER),)


def last_blocks_and_part(tensors: TensorWeights, n_blocks: int) -> Iterator[tuple[float, Pairs]]:
    """Ways to keep part of the first of the last ``n_blocks`` blocks on the GPU, most kept first.

    Yields
    ------
    float
        What the block puts on the GPU beyond what it put there before. [bytes]
    tuple of (pattern, buffer)
        ``-ot`` pairs for this and the blocks behind it.
    """
    blocks = expert_blocks(tensors)
    if not 0 < n_blocks <= len(blocks):
        return
    block, behind = int(blocks[len(blocks) - n_blocks]), last_blocks(tensors, n_blocks - 1)
    for kept, away in _ways(tensors, block):
        if away:
            yield kept, (*((pattern_of(block, name), HOST_BUFFER) for name in away), *behind)


def _ways(tensors: TensorWeights, block: int) -> list[tuple[float, tuple[str, ...]]]:
    """Bytes kept on the GPU and matrices that go to the host, for every choice but all; most kept first."""
    sizes = {
        name: float(tensors.on_gpu[tensors.matches(pattern_of(block, name))].sum())
        for name in MATRICES
        if tensors.matches(pattern_of(block, name)).any()
    }
    whole = block_bytes(tensors, block)
    ways = [
        (whole - sum(sizes[name] for name in away), away)
        for count in range(len(sizes))
        for away in combinations(sizes, count)
    ]
    return sorted(ways, key=lambda way: (-way[0], way[1]))


def block_bytes(tensors: TensorWeights, block: int) -> float:
    """Experts of one block in a GPU buffer. [bytes]"""
    return float(tensors.on_gpu[tensors.experts & (tensors.layer == block)].sum())


def pattern_of(block: int, matrix: str) -> str:
    """``-ot`` pattern of one matrix of a block; a dot stands for any character, so that no shell has to quote it."""
    return f"blk.{block}.{matrix}"
