"""Keep part of one more block's experts on the GPU: steps finer than the whole blocks of ``--n-cpu-moe``.

``--n-cpu-moe N`` moves all expert matrices of the first N blocks. Between N and N - 1 blocks lie cases where only some
matrices of the last of them move; ``-ot`` says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from planner.formulas.layer_placement import LayerBoundaries
from planner.override_tensor import HOST_BUFFER, TensorWeights

MATRICES = ("ffn_up_exps", "ffn_gate_exps", "ffn_gate_up_exps", "ffn_down_exps")
"""Expert matrices of a block; publishers fuse gate and up in some models."""


@dataclass(frozen=True, slots=True)
class PartialBlock:
    """Experts of the first ``n_cpu_moe`` blocks on the host, and some matrices of the next block with experts."""

    n_cpu_moe: int
    overrides: tuple[tuple[str, str], ...]
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
    sizes = {
        name: float(tensors.on_gpu[tensors.matches(pattern_of(block, name))].sum())
        for name in MATRICES
        if tensors.matches(pattern_of(block, name)).any()
    }
    whole = float(tensors.on_gpu[moved & (tensors.layer == block)].sum())
    ways = [
        (whole - sum(sizes[name] for name in away), away)
        for count in range(len(sizes))
        for away in combinations(sizes, count)
    ]
    for kept, away in sorted(ways, key=lambda way: (-way[0], way[1])):
        pairs = tuple((pattern_of(block, name), HOST_BUFFER) for name in away)
        yield PartialBlock(block, pairs, kept, device)


def pattern_of(block: int, matrix: str) -> str:
    """``-ot`` pattern of one matrix of a block; a dot stands for any character, so that no shell has to quote it."""
    return f"blk.{block}.{matrix}"
