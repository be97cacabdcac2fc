"""What vLLM leaves for its KV cache: utilisation of what CUDA reports, less weights, activations and CUDA graphs.

vLLM 0.33.0 v1/worker/gpu_worker.py (``determine_available_memory``): cache = ceil(total × utilisation) − weights − other
CUDA memory − peak of a profiling run − estimate of CUDA graphs. The peak is either the widest layer over all tokens of
a step or the sampler over all requests; its two coefficients are fitted on posted logs (``tests/truth/vllm_real_logs.csv``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models_db.architecture import ArchitectureSpec
from planner.machine import Device
from planner.units import GIB, MIB

Floats = NDArray[np.float64]

SHOWN_LESS_BYTES = 0.55 * GIB
"""How much less CUDA reports than the driver's total where no log gives it: H100 0.32 to 0.47, L40S 0.57, B200 0.70 GiB
(totals of posted logs against specified sizes). [bytes]"""
SAMPLER_BYTES = 38.4
"""Peak of the sampler per request and vocabulary entry until 0.11: copies of FP32 logits, sorted values and indices.
Fitted, see ``tests/planner/vllm/test_budget.py``. [bytes]"""
LATER_SAMPLER_BYTES = 24.0
"""The same from 0.2x on, from one posted log (5.66 GiB for 1024 × 248,320). [bytes]"""
ACTIVATION_RANGE = (0.8, 1.3)
"""Factors on the widest layer (low end) and on the larger of layer and sampler (high end)."""
NON_TORCH_BYTES = ((0.07 * GIB, 0.15 * GIB, 0.40 * GIB), (0.25 * GIB, 0.50 * GIB, 1.30 * GIB))
"""Low, typical and high on one GPU and on several (NCCL, all-reduce buffers). Logs: 0.07 to 0.35 and 0.25 to 0.55 GiB;
1.27 on four GPUs. [bytes]"""
GRAPH_BYTES_PER_LAYER_AND_SIZE = 0.3 * MIB
"""CUDA graphs at 51 sizes in posted logs: 0.65 GiB for 34 layers, 1.03 for 36, 1.34 for 40, 0.10 for 28, and three
below zero (what the log calls graphs is a difference of two readings); 0.17 for 64 layers and few sizes. [bytes]"""
GRAPH_LIMITS = (0.1 * GIB, 1.0 * GIB)
GRAPH_HIGH_BYTES = 1.5 * GIB
"""High end of the range. [bytes]"""
GRAPHS_COUNTED_FROM = (0, 21)
"""Version from which the estimate is taken off the cache instead of coming on top of the utilisation."""
MIN_FREE_MARGIN_BYTES = 0.45 * GIB
"""Driver context of the process: lies outside the utilisation. [bytes]"""


@dataclass(frozen=True, slots=True)
class BatchDefaults:
    """Batch sizes ``vllm serve`` takes when none are given (``EngineArgs.get_batch_defaults``)."""

    max_num_batched_tokens: int
    max_num_seqs: int


def version_tuple(version: str) -> tuple[int, int]:
    """Major and minor number; what cannot be read counts as 0.33."""
    parts = version.lower().lstrip("v").split(".")
    try:
        return int(parts[0]), int(parts[1])
    except (ValueError, IndexError):
        return 0, 33


def batch_defaults(gpu: Device, total_bytes: float) -> BatchDefaults:
    """Batch sizes by GPU: large ones from 160 GiB, then from 70 GiB, A100 and GB10 excepted.

    Parameters
    ----------
    gpu : Device
    total_bytes : float
        What CUDA reports. [bytes]
    """
    name = f"{gpu.name} {gpu.accelerator or ''}".lower()
    if total_bytes >= 160 * GIB:
        return BatchDefaults(16384, 1024)
    if total_bytes >= 70 * GIB and "a100" not in name and gpu.compute_capability != "12.1":
        return BatchDefaults(8192, 1024)
    return BatchDefaults(2048, 256)


def cuda_total(gpu: Device) -> float:
    """Memory CUDA reports for a GPU; NaN if its size is unknown. [bytes]"""
    if gpu.memory_bytes is None:
        return math.nan
    if gpu.origin.get("memory_bytes") in ("entered", "detected"):
        return float(gpu.runtime_total_bytes or gpu.memory_bytes)
    if gpu.runtime_total_bytes is not None:
        return float(gpu.runtime_total_bytes)
    return float(gpu.memory_bytes) - min(SHOWN_LESS_BYTES, 0.02 * gpu.memory_bytes)


@dataclass(frozen=True, slots=True)
class Spread:
    """Low, typical and high end of one figure. [bytes]"""

    low: Floats
    typical: Floats
    high: Floats


def layer_peak_bytes(spec: ArchitectureSpec, n_tokens: Floats | float, tp: Floats | float) -> Floats:
    """Peak of the widest layer over all tokens of a step on one rank.

    ``2 · tokens · (3 · n_ff / tp + 3 · n_embd)`` for gated layers: gate and up, their product, residual and two norms;
    routed experts hold ``n_experts_used`` times their own width instead. Exact to 1 % on two logs that profile 20,000
    and 29,000 tokens.

    Parameters
    ----------
    spec : ArchitectureSpec
    n_tokens : numeric
        ``max_num_batched_tokens``.
    tp : numeric
        ``tensor_parallel_size``.

    Returns
    -------
    ndarray
        [bytes]
    """
    tokens, ranks = np.asarray(n_tokens, dtype=np.float64), np.asarray(tp, dtype=np.float64)
    kinds = spec.per_layer("ffn")
    dense = max((n for n, k in zip(spec.per_layer("n_ff"), kinds, strict=True) if k == "dense"), default=0)
    expert = max((n for n, k in zip(spec.per_layer("n_ff_exp"), kinds, strict=True) if k == "moe"), default=0)
    heads = max(spec.per_layer("n_heads"))
    kv_heads = max(spec.per_layer("n_kv_heads"))
    attention = (2.0 * heads + 2.0 * kv_heads) * max(
        spec.head_dim_k, spec.qk_nope_head_dim + spec.qk_rope_head_dim
    )
    width = spec.n_embd
    wide = np.maximum(3.0 * dense / ranks, attention / ranks)
    routed = (
        spec.n_experts_used * (np.maximum(2.0 * expert / ranks, width) + expert / ranks) if expert else 0.0
    )
    shared = 3.0 * spec.n_ff_shexp / ranks
    found: Floats = 2.0 * tokens * (np.maximum(wide, routed + shared) + 3.0 * width)
    return found


def sampler_peak_bytes(
    spec: ArchitectureSpec, n_seqs: Floats | float, n_tokens: Floats | float, version: str
) -> Floats:
    """Peak of sampling for all requests of a step, hidden states kept beside it. [bytes]"""
    each = SAMPLER_BYTES if version_tuple(version) < (0, 20) else LATER_SAMPLER_BYTES
    seqs = np.minimum(np.asarray(n_seqs, dtype=np.float64), np.asarray(n_tokens, dtype=np.float64))
    found: Floats = each * seqs * spec.n_vocab + 2.0 * np.asarray(n_tokens) * spec.n_embd
    return found


def activation_bytes(
    spec: ArchitectureSpec,
    n_tokens: Floats | float,
    n_seqs: Floats | float,
    tp: Floats | float,
    version: str,
) -> Spread:
    """Peak of the profiling run. [bytes]"""
    layer = layer_peak_bytes(spec, n_tokens, tp)
    typical = np.maximum(layer, sampler_peak_bytes(spec, n_seqs, n_tokens, version))
    highest = np.maximum(typical, sampler_peak_bytes(spec, n_seqs, n_tokens, "0.11"))
    return Spread(ACTIVATION_RANGE[0] * layer, typical, ACTIVATION_RANGE[1] * highest)


def n_graph_sizes(max_num_seqs: int, capability: float, largest: int | None = None) -> int:
    """Batch sizes captured as CUDA graphs: 1, 2, 4, multiples of 8 to 256, then of 16 (``_set_cudagraph_sizes``)."""
    limit = 1024 if 10 <= capability < 11 else 512
    top = largest if largest is not None else min(2 * max_num_seqs, limit)
    small = sum(n <= top for n in (1, 2, 4))
    return small + len(range(8, min(top, 255) + 1, 8)) + max(len(range(256, top + 1, 16)), 0)


def graph_bytes(spec: ArchitectureSpec, n_sizes: int, pp: int = 1) -> Spread:
    """Memory of CUDA graphs on one rank. [bytes]"""
    if n_sizes == 0:
        zero = np.zeros(1)
        return Spread(zero, zero, zero)
    typical = GRAPH_BYTES_PER_LAYER_AND_SIZE * spec.n_layers / pp * n_sizes
    low, high = GRAPH_LIMITS
    kept = float(np.clip(typical, low, high))
    return Spread(np.array([low]), np.array([kept]), np.array([GRAPH_HIGH_BYTES]))


def non_torch_bytes(n_gpus: int) -> Spread:
    """CUDA memory outside PyTorch's allocator. [bytes]"""
    low, typical, high = NON_TORCH_BYTES[n_gpus > 1]
    return Spread(np.array([low]), np.array([typical]), np.array([high]))


@dataclass(frozen=True, slots=True)
class Budget:
    """Memory of the ranks of every pipeline stage, arrays of shape (n_stages,). [bytes]"""

    total: float
    """What CUDA reports."""
    requested: float
    """Share vLLM takes."""
    weights: Floats
    activation: Spread
    non_torch: Spread
    graphs: Spread
    graphs_counted: bool

    def kv(self, end: str = "typical") -> Floats:
        """What is left for the cache; ``low`` takes the high ends of the rest. [bytes]"""
        side = {"low": "high", "typical": "typical", "high": "low"}[end]
        used = getattr(self.activation, side) + getattr(self.non_torch, side)
        if self.graphs_counted:
            used = used + getattr(self.graphs, side)
        left: Floats = self.requested - self.weights - used
        return left


def memory_budget(
    spec: ArchitectureSpec,
    weights: Floats,
    total_bytes: float,
    utilization: float,
    n_tokens: int,
    n_seqs: int,
    tp: int,
    pp: int,
    n_sizes: int,
    version: str,
) -> Budget:
    """Budget of every pipeline stage.

    Parameters
    ----------
    spec : ArchitectureSpec
    weights : ndarray, shape (n_stages,)
        Bytes of weights on a rank of each stage.
    total_bytes : float
        What CUDA reports. [bytes]
    utilization : float
        ``gpu_memory_utilization``.
    n_tokens, n_seqs : int
        ``max_num_batched_tokens``, ``max_num_seqs``.
    tp, pp : int
    n_sizes : int
        CUDA graph sizes; 0 with ``--enforce-eager``.
    version : str
    """
    return Budget(
        total=total_bytes,
        requested=math.ceil(total_bytes * utilization),
        weights=np.asarray(weights, dtype=np.float64),
        activation=activation_bytes(spec, n_tokens, n_seqs, tp, version),
        non_torch=non_torch_bytes(tp * pp),
        graphs=graph_bytes(spec, n_sizes, pp),
        graphs_counted=version_tuple(version) >= GRAPHS_COUNTED_FROM,
    )
