"""Decode with several sequences at once: weights are read once, KV cache and arithmetic once per sequence.

llama.cpp slots and vLLM's continuous batching follow the same formula with their own coefficients. llama.cpp multiplies by
up to eight columns at once with its matrix-vector kernels, on the shaders (ggml-cuda/mmvq.cuh, ``MMVQ_MAX_BATCH_SIZE``;
ggml-vulkan.cpp, ``mul_mat_vec_max_cols``; 0.5.0-dev), and with matrix products beyond. Sequences agree in part on the
experts they use, so n of them touch as many as ``n^routing`` independent ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.formulas.decode_speed import (
    DecodeEstimate,
    DecodeLoad,
    DeviceSpeed,
    HostSpeed,
    Spread,
    estimate_decode,
)
from planner.formulas.prefill_speed import touched_share

Floats = NDArray[np.float64]
Numeric = float | Floats


EXACT = Spread(1.0, 1.0)
"""A host whose costs are known."""


@dataclass(frozen=True, slots=True)
class BatchSpeed:
    """Fitted costs that exist only with more than one sequence, each an array. [s per unit]"""

    parameter: Numeric
    """Seconds per parameter multiplied for one further sequence by matrix products."""
    sequence: Numeric
    """Seconds per further sequence and step (sampling, scheduling)."""
    recurrent_layer: Numeric
    """Seconds per recurrent layer for one further sequence (its state is read, updated and written)."""
    collective_element: Numeric
    """Seconds per activation element reduced for one further sequence under tensor parallelism."""
    vector_parameter: Numeric = 0.0
    """Seconds per parameter multiplied for one further sequence by matrix-vector kernels."""
    vector_columns: Numeric = 1.0
    """Sequences up to which those kernels are used."""
    moe_layer: Numeric = 0.0
    """Seconds per expert layer as soon as there is more than one sequence (tokens are sorted by expert)."""
    routing: Numeric = 1.0
    """Power of the number of sequences that choose experts independently (1: all of them)."""


@dataclass(frozen=True, slots=True)
class BatchEstimate:
    """A batched step and what the users together and each of them see. Shapes broadcast together."""

    step: DecodeEstimate
    """Terms of one step for one sequence's share of reads, all sequences' KV included."""
    further_sequences: Floats
    """Seconds per step that further sequences add beyond their KV and experts. [s]"""
    step_seconds: Floats
    running: Floats
    """Sequences that run at once: ``concurrency`` cut at the KV limit."""
    aggregate_p10: Floats
    aggregate_p50: Floats
    aggregate_p90: Floats
    per_user_p50: Floats


def estimate_batch(
    load: DecodeLoad,
    concurrency: Numeric,
    gpu: DeviceSpeed,
    batch: BatchSpeed,
    host: HostSpeed | None = None,
    n_experts: Numeric = 0.0,
    n_experts_used: Numeric = 0.0,
    n_embd: Numeric = 0.0,
    max_running: Numeric = np.inf,
    in_flight: Numeric = 1.0,
    spread: tuple[Numeric, Numeric] = (0.7, 1.4),
    host_range: Spread = EXACT,
) -> BatchEstimate:
    """Aggregate and per-user decode speed of ``concurrency`` sequences.

    Parameters
    ----------
    load : DecodeLoad
        Work of ONE sequence (its KV, the experts one token uses).
    concurrency : numeric
        Sequences asked for.
    max_running : numeric
        Sequences whose KV cache fits; the others wait, so the aggregate does not grow beyond.
    in_flight : numeric
        Batches that a pipeline works on at once, each with its share of the sequences: the stages of vLLM's pipeline
        parallelism (v1/engine/core.py, ``max_concurrent_batches``), 1 for llama.cpp's layer split.
    n_embd : numeric
        Activation elements per token, for collectives. [elements]
    host_range : Spread
        What the host may be where it is unknown; widens the range by what it does to a step.

    Notes
    -----
    On the host every sequence costs its own arithmetic, so a processor is soon limited by it rather than by its memory.
    """
    asked = np.maximum(np.asarray(concurrency, np.float64), 1.0)
    running = np.minimum(asked, np.maximum(_array(max_running), 1.0))
    together = np.maximum(running / in_flight, 1.0)
    used = np.maximum(_array(n_experts_used), 1.0)
    experts = np.maximum(_array(n_experts), used)
    growth = touched_share(together ** _array(batch.routing), n_experts, n_experts_used) * np.where(
        _array(n_experts) > 0, experts / used, 1.0
    )
    step_load = replace(
        load,
        expert_bytes=_array(load.expert_bytes) * growth,
        host_expert_bytes=_array(load.host_expert_bytes) * growth,
        kv_bytes=_array(load.kv_bytes) * together,
        n_sampled=_array(load.n_sampled) * together,
        host_kv_bytes=_array(load.host_kv_bytes) * together,
        host_parameters=_array(load.host_parameters) * together,
    )
    step = estimate_decode(step_load, gpu, host, host_range)
    ranks = _array(load.n_tensor_parallel)
    reduced = _array(load.n_layers) * n_embd * 2.0 * (ranks - 1.0) / ranks * batch.collective_element
    by_vector = np.minimum(together, batch.vector_columns) - 1.0
    by_matrix = together - 1.0 - by_vector
    further = (
        _array(load.parameters) * (by_vector * batch.vector_parameter + by_matrix * batch.parameter)
        + np.minimum(together - 1.0, 1.0) * _array(load.n_moe_layers) * batch.moe_layer
    ) + (together - 1.0) * (
        _array(load.n_recurrent_layers) * batch.recurrent_layer + batch.sequence + reduced
    )
    seconds = step.seconds + further
    aggregate = running / seconds
    return BatchEstimate(
        step=step,
        further_sequences=further,
        step_seconds=seconds,
        running=running,
        aggregate_p10=aggregate * spread[0] * (step.tps_p10 / step.tps_p50),
        aggregate_p50=aggregate,
        aggregate_p90=np.minimum(
            aggregate * spread[1] * (step.tps_p90 / step.tps_p50), running / step.bound_seconds
        ),
        per_user_p50=aggregate / asked,
    )


def _array(value: Any) -> Floats:
    return np.asarray(value, dtype=np.float64)
