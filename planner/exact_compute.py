"""The compute buffer of one case, exactly: its graph is built and allocated as ggml would.

The columns hold coefficients of the same simulation for searches over thousands of cells; where those are exact (everything
on one GPU or on the processor, flash attention, plain cache) nothing is simulated again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from models_db.architecture_table import catalogue_inventory
from planner.formulas.layer_placement import LayerBoundaries
from planner.graph.compute import ComputeCase, ComputeSimulator
from planner.llama_build import LlamaBuild
from planner.llama_context import LlamaContext
from planner.override_tensor import TensorWeights
from planner.records import MemoryBreakdown

Floats = NDArray[np.float64]
CURRENT_BUILD = LlamaBuild()
COEFFICIENT_UBATCH = 512
"""Micro-batch the coefficients were drawn at; hybrids are not linear in it. [tokens]"""


def compute_case(
    context: LlamaContext,
    placement: LayerBoundaries,
    n_ctx: int,
    n_cpu_moe: int = 0,
    overrides: Sequence[tuple[str, int]] = (),
    split_mode: str = "layer",
    no_alloc: bool = False,
) -> ComputeCase:
    """Describe one run to the simulator.

    Parameters
    ----------
    context : LlamaContext
    placement : LayerBoundaries
        Of one case.
    n_ctx : int
        Of all sequences together. [tokens]
    n_cpu_moe : int
    overrides : sequence of (pattern, device)
        ``-ot`` rules; device 0 is the host.
    split_mode : str
        ``-sm``.
    no_alloc : bool
        As the automatic fit measures.
    """
    start = placement.start.reshape(-1, placement.start.shape[-1])[0]
    return ComputeCase(
        start=tuple(int(v) for v in start),
        n_ctx=n_ctx,
        n_batch=context.n_batch,
        n_ubatch=context.n_ubatch,
        n_seq_max=context.n_seq_max,
        kv_unified=context.kv_unified,
        whole_ubatch=context.reserves_whole_ubatch,
        flash_attn=context.flash_attn,
        cache_type_k=context.cache_type_k,
        cache_type_v=context.cache_type_v,
        swa_full=context.swa_full,
        kv_offload=context.kv_offload,
        op_offload=context.op_offload,
        n_cpu_moe=n_cpu_moe,
        overrides=tuple(overrides),
        split_layers=split_mode == "layer",
        backend=context.backend,
        build=context.build,
        no_alloc=no_alloc,
    )


def coefficients_suffice(case: ComputeCase, is_plain: bool) -> bool:
    """Whether the columns' coefficients already give the exact buffer.

    Parameters
    ----------
    case : ComputeCase
    is_plain : bool
        The model's coefficients were found exact at another context and slot count (``GraphColumns.plain``).
    """
    plain_cache = case.cache_type_k == case.cache_type_v == "f16"
    server = case.flash_attn and not case.whole_ubatch and case.n_ubatch == COEFFICIENT_UBATCH <= case.n_ctx
    untouched = case.kv_offload and not case.overrides and case.n_cpu_moe == 0 and case.build == CURRENT_BUILD
    one_place = len(case.start) == 2 or (len(case.start) == 3 and case.start[1] == 0)
    return is_plain and plain_cache and server and untouched and one_place and case.backend in {"cuda", "cpu"}


@lru_cache(maxsize=64)
def simulator(model_id: str, quant: str, imatrix: bool | None = None) -> ComputeSimulator:
    """Return the simulator of one model in one quantization, with what it has computed so far."""
    inventory = catalogue_inventory(model_id)
    return ComputeSimulator(inventory, TensorWeights.of(inventory, quant, imatrix).nbytes)


def with_compute(memory: MemoryBreakdown, compute: Floats) -> MemoryBreakdown:
    """Memory of one case with another compute buffer, host first. [bytes]"""
    shape = memory.total.shape
    exact = np.broadcast_to(compute, shape)
    total = memory.total - np.broadcast_to(memory.compute, shape) + exact
    return replace(memory, compute=exact, total=total)
