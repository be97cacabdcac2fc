"""Tensors that cannot be laid over the GPUs asked for: what vLLM's layers refuse while the model is built.

Rules of vLLM 0.32.0 and 0.33.0: distributed/utils.py (``divide``),
vocab_parallel_embedding.py, linear.py (``QKVParallelLinear``), fused_moe/config.py, quantization/utils/fp8_utils.py
(``validate_fp8_block_shape``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models_db.architecture import ArchitectureSpec
from planner.vllm.weight_formats import WHOLE, WeightFormat, keeps_bf16
from planner.vllm.weight_table import Split, WeightTable
from planner.vllm.weights import VOCAB_PADDING


@dataclass(frozen=True, slots=True)
class ShardFault:
    """One thing that does not divide."""

    what: str
    """In words, with the number."""
    engine: str
    """vLLM's own words."""


def shard_faults(
    table: WeightTable,
    spec: ArchitectureSpec,
    form: WeightFormat,
    tensor_parallel_size: int,
    expert_parallel: bool = False,
    in_blocks: bool = True,
) -> tuple[ShardFault, ...]:
    """What keeps vLLM from building a model on ``tensor_parallel_size`` GPUs, worst first; empty = nothing.

    Parameters
    ----------
    table : WeightTable
    spec : ArchitectureSpec
    form : WeightFormat
    tensor_parallel_size : int
    expert_parallel : bool
        Experts are handed out whole, so their width need not divide.
    in_blocks : bool
        FP8 scales are per block of 128 × 128, as the makers' own FP8 repositories have; NVIDIA's and quantization
        while loading have one scale a matrix.
    """
    tp = tensor_parallel_size
    if tp <= 1:
        return ()
    out: list[ShardFault] = []
    heads = [h for h in spec.per_layer("n_heads")[: spec.n_layers] if h]
    uneven = next((h for h in heads if h % tp), 0)
    if uneven:
        out.append(_undivided(f"{uneven} attention heads", uneven, tp))
    n_kv = {h for h in spec.per_layer("n_kv_heads")[: spec.n_layers] if h}
    for n in sorted(n_kv) if not spec.kv_lora_rank else ():
        if n % tp and tp % n:
            large, small = (n, tp) if n > tp else (tp, n)
            out.append(
                ShardFault(
                    f"{n} key/value heads can be neither split over {tp} GPUs nor repeated evenly",
                    f"AssertionError: {large} is not divisible by {small}",
                )
            )
    split, n_out, n_in = table.split, table.n_out, table.n_in
    padded = np.ceil(n_out / VOCAB_PADDING) * VOCAB_PADDING
    for i in np.flatnonzero((split == Split.VOCAB) & (padded % tp != 0))[:1]:
        out.append(_undivided(f"a vocabulary of {int(padded[i]):,} padded rows", int(padded[i]), tp))
    matrices = n_in > 1
    for kind, sides in ((Split.OUT, n_out), (Split.IN, n_in)):
        for i in np.flatnonzero((split == kind) & matrices & (sides % tp != 0))[:1]:
            out.append(_undivided(f"{table.roles[i]} with {int(sides[i]):,} rows", int(sides[i]), tp))
    if not expert_parallel:
        for i in np.flatnonzero((split == Split.EXPERT_OUT) & (n_out % tp != 0))[:1]:
            width = int(n_out[i])
            out.append(
                ShardFault(
                    f"experts of width {width:,} do not divide over {tp} GPUs (--enable-expert-parallel hands out "
                    "whole experts)",
                    "AssertionError: self.intermediate_size % tp_size == 0",
                )
            )
    blocks = in_blocks and form.group_out not in (1, WHOLE)
    return tuple(out) if out or not blocks else tuple(_block_faults(table, spec, form, tp))


def _block_faults(
    table: WeightTable, spec: ArchitectureSpec, form: WeightFormat, tp: int
) -> list[ShardFault]:
    """FP8 scales that would be cut: a GPU's share of a matrix must hold whole blocks.

    Four-bit groups are not judged: makers widen matrices of such repositories until they divide (Qwen2.5-72B's AWQ and
    GPTQ have a feed-forward width of 29,696 instead of 29,568).
    """
    out: list[ShardFault] = []
    for i, role in enumerate(table.roles):
        if not table.quantizable[i] or keeps_bf16(role, spec, form):
            continue
        split, block_in, block_out = table.split[i], int(form.group_in), int(form.group_out)
        share, rows = int(table.n_in[i]) // tp, int(table.n_out[i]) // tp
        if split == Split.IN and share % block_in:
            out.append(
                ShardFault(
                    f"{role}: {share:,} inputs per GPU are not whole blocks of {block_in}",
                    f"ValueError: Weight input_size_per_partition = {share} is not divisible by weight quantization "
                    f"block_k = {block_in}.",
                )
            )
        if split == Split.OUT and role.startswith(("ffn_", "attn_q")) and rows % block_out:
            out.append(
                ShardFault(
                    f"{role}: {rows:,} outputs per GPU are not whole blocks of {block_out}",
                    f"ValueError: Weight output_partition_size = {rows} is not divisible by weight quantization "
                    f"block_n = {block_out}.",
                )
            )
    return out[:1]


def _undivided(what: str, number: int, tp: int) -> ShardFault:
    return ShardFault(
        f"{what} do not divide over {tp} GPUs", f"AssertionError: {number} is not divisible by {tp}"
    )


def nearest_size(
    table: WeightTable, spec: ArchitectureSpec, form: WeightFormat, asked: int, in_blocks: bool = True
) -> int:
    """Largest tensor-parallel size up to ``asked`` that builds; 1 always does."""
    for tp in range(max(asked, 1), 1, -1):
        if not shard_faults(table, spec, form, tp, in_blocks=in_blocks):
            return tp
    return 1
