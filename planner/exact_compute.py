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
from models_db.inventory import Tensor
from planner.formulas.kv_cache import padded
from planner.formulas.layer_placement import LayerBoundaries
from planner.graph.compute import ComputeCase, ComputeSimulator
from planner.kept_models import MOST_INVENTORIES
from planner.llama_build import LlamaBuild
from planner.llama_context import LlamaContext
from planner.override_tensor import TensorWeights
from planner.records import MemoryBreakdown

Floats = NDArray[np.float64]
CURRENT_BUILD = LlamaBuild()
LINE_TOLERANCE_BYTES = 1024.0
"""How far a middle sample may be off a line that is still taken for one: ggml rounds every tensor to 128 bytes."""
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
        pipeline=False if context.rpc else None,
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


class Buffers:
    """Compute buffers of one model in one quantization; between contexts that lie on a line nothing is simulated again.

    A buffer is the largest of sums that grow linearly with the cells, hence convex in the context once the window caches
    are full: where a middle sample lies on the chord of two outer ones, so does everything between them.
    """

    def __init__(self, model_id: str, quant: str | None, imatrix: bool | None) -> None:
        inventory = catalogue_inventory(model_id)
        # without weights on the host no size of a weight matters
        nbytes = _no_bytes if quant is None else TensorWeights.of(inventory, quant, imatrix).nbytes
        self._simulate = ComputeSimulator(inventory, nbytes)
        self._window = max((cache.window for cache in inventory.layers), default=0)
        self._samples: dict[ComputeCase, dict[int, Floats]] = {}

    def __call__(self, case: ComputeCase) -> Floats:
        """Bytes on the host and on each GPU."""
        # every sequence of a divided cache is padded on its own, so buffers grow in steps of all of them together
        n_stream = 1 if case.kv_unified else case.n_seq_max
        n_ctx = case.n_ctx
        if n_ctx >= case.n_ubatch * n_stream:
            n_ctx = int(padded(-(-int(padded(n_ctx)) // n_stream))) * n_stream
        known = self._samples.setdefault(replace(case, n_ctx=0), {})
        if n_ctx not in known:
            found = self._on_a_line(known, case, n_ctx)
            known[n_ctx] = self._simulate(replace(case, n_ctx=n_ctx)) if found is None else found
        return known[n_ctx].copy()

    def _on_a_line(self, known: dict[int, Floats], case: ComputeCase, n_ctx: int) -> Floats | None:
        slots = case.n_seq_max if case.kv_unified else 1
        full_window = (self._window * slots + case.n_ubatch) * (1 if case.kv_unified else case.n_seq_max)
        usable = sorted(c for c in known if c >= max(full_window, case.n_ubatch * case.n_seq_max))
        if len(usable) < 3 or not usable[0] < n_ctx < usable[-1]:
            return None
        first, last = usable[0], usable[-1]
        middle = usable[len(usable) // 2]

        def between(at: int) -> Floats:
            share = (at - first) / (last - first)
            return np.asarray(known[first] + (known[last] - known[first]) * share)

        if np.abs(between(middle) - known[middle]).max() > LINE_TOLERANCE_BYTES:
            return None
        return np.rint(between(n_ctx))


def _no_bytes(tensor: Tensor) -> float:
    return 0.0


@lru_cache(maxsize=MOST_INVENTORIES)  # each holds the inventory of its model
def buffers(model_id: str, quant: str | None, imatrix: bool | None = None) -> Buffers:
    """Return the buffers of one model in one quantization (None: no weight stays on the host beside a GPU)."""
    return Buffers(model_id, quant, imatrix)


def exact_buffers(case: ComputeCase, model_id: str, quant: str, imatrix: bool | None = None) -> Floats:
    """Bytes of the compute buffer on the host and on each GPU."""
    on_host = len(case.start) > 2 and (case.start[1] > 0 or case.n_cpu_moe > 0 or bool(case.overrides))
    return buffers(model_id, quant if on_host else None, imatrix if on_host else None)(case)


def with_compute(memory: MemoryBreakdown, compute: Floats) -> MemoryBreakdown:
    """Memory of one case with another compute buffer, host first. [bytes]"""
    shape = memory.total.shape
    exact = np.broadcast_to(compute, shape)
    total = memory.total - np.broadcast_to(memory.compute, shape) + exact
    return replace(memory, compute=exact, total=total)
