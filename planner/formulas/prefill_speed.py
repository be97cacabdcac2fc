"""Time to process a prompt: arithmetic over the tensor rate, attention with depth, weights read again per micro-batch.

``t = 2·N·P·(1/(e·F) + s/S) + attention/(a·A) + n_ubatches·(W·r/B + L·o + H/pcie) + fixed``

F is the full tensor rate (GeForce: FP16 with FP16 accumulation, i.e. dense INT8 / 2, which is what quantized matrix
products follow), S that of the shaders, which unpack the weights and scale the results, A the one attention follows, W the
bytes of weights a micro-batch touches, H the bytes of weights that lie in RAM and are copied over PCIe for each
micro-batch, where the engine computes them on the GPU (llama.cpp ``--op-offload``); otherwise the processor computes with
them. Unknown (NaN) rates give NaN seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Numeric = float | Floats


@dataclass(frozen=True, slots=True)
class PrefillSpeed:
    """Fitted costs of one device in prompt processing, each an array. [s per unit]"""

    flop: Numeric
    """Seconds per floating-point operation of dense matrix products."""
    expert_flop: Numeric
    """Seconds per operation of expert matrix products when every expert has many tokens."""
    recurrent_element: Numeric
    """Seconds per token, recurrent layer and element of the hidden state (state updates beyond the matrix products)."""
    attention_flop: Numeric
    """Seconds per operation of attention."""
    tile_tokens: Numeric
    """Tokens per expert at which expert products run at half their rate. [tokens]"""
    weight_byte: Numeric
    """Seconds per byte of weights read in a micro-batch."""
    layer: Numeric
    """Seconds per layer and micro-batch."""
    fixed: Numeric
    """Seconds per prompt."""
    pipeline: Numeric
    """Share of the ideal gain that a layer split reaches by pipelining micro-batches (0 to 1)."""
    pipeline_layers: Numeric
    """Layers per device at which pipelining reaches half its gain (long queues of launches keep it from starting)."""
    collective_byte: Numeric
    """Seconds per byte of activations reduced between tensor-parallel ranks."""
    transfer_byte: Numeric
    """Seconds per byte of weights copied from RAM."""
    flop_bound: Numeric
    """Seconds per operation at the full specified rate: no estimate may be faster."""


@dataclass(frozen=True, slots=True)
class PrefillLoad:
    """What a prompt makes the devices do. Every field broadcasts with the others."""

    prompt_tokens: Numeric
    dense_parameters: Numeric
    """Parameters multiplied for every token, experts and the output layer left out."""
    expert_parameters: Numeric = 0.0
    """Parameters of the experts one token uses."""
    attention_flops: Numeric = 0.0
    """Operations of attention for the whole prompt at its depth, see :func:`attention_flops`."""
    n_ubatch: Numeric = 512.0
    """Tokens per micro-batch (llama.cpp ``-ub``, vLLM ``--max-num-batched-tokens``)."""
    dense_bytes: Numeric = 0.0
    all_expert_bytes: Numeric = 0.0
    """Bytes of all routed experts on the GPUs."""
    host_expert_bytes: Numeric = 0.0
    """Bytes of weights in RAM that are copied to the GPU for each micro-batch."""
    n_experts: Numeric = 0.0
    n_experts_used: Numeric = 0.0
    n_layers: Numeric = 0.0
    n_recurrent_layers: Numeric = 0.0
    n_embd: Numeric = 0.0
    n_devices: Numeric = 1.0
    """Devices in a layer split."""
    pipelined: Numeric = 1.0
    """1 where the micro-batches of a layer split overlap, 0 where the engine does without the copies that needs."""
    n_tensor_parallel: Numeric = 1.0
    host_parameters: Numeric = 0.0
    """Part of the parameters (experts: of those one token uses) that the processor multiplies."""
    host_attention_flops: Numeric = 0.0
    """Operations of attention over a cache in RAM, which is the processor's."""


@dataclass(frozen=True, slots=True)
class PrefillEstimate:
    """Seconds of a whole prompt by term, and tokens per second as a range. Shapes broadcast together."""

    matmul: Floats
    experts: Floats
    attention: Floats
    """Attention and, in recurrent layers, the state updates. [s]"""
    weights: Floats
    launches: Floats
    transfers: Floats
    collectives: Floats
    host: Floats
    """Arithmetic of the processor beside a GPU. [s]"""
    seconds: Floats
    """Time to process the prompt. [s]"""
    bound_seconds: Floats
    tps_p10: Floats
    tps_p50: Floats
    tps_p90: Floats


def attention_flops(
    prompt_tokens: Numeric,
    depth: Numeric,
    n_full_layers: Numeric,
    full_head_elements: Numeric,
    n_window_layers: Numeric = 0.0,
    window_head_elements: Numeric = 0.0,
    window: Numeric = 0.0,
) -> Floats:
    """Operations of attention for a prompt that starts at ``depth``.

    Parameters
    ----------
    prompt_tokens, depth : numeric
        [tokens]
    full_head_elements, window_head_elements : numeric
        ``n_heads * (head_dim_k + head_dim_v)`` of a full and of a window layer.
    window : numeric
        [tokens]

    Notes
    -----
    Each token at position p attends to p cells (causal), at most ``window`` in window layers; two operations per element.
    """
    prompt, start = _array(prompt_tokens), _array(depth)
    mean = start + prompt / 2.0
    mean_window = np.minimum(mean, _array(window))
    return (
        2.0
        * prompt
        * (
            _array(n_full_layers) * full_head_elements * mean
            + _array(n_window_layers) * window_head_elements * mean_window
        )
    )


def touched_share(tokens: Numeric, n_experts: Numeric, n_experts_used: Numeric) -> Floats:
    """Share of a layer's experts that ``tokens`` tokens use together, routing taken as uniform; 1 without experts."""
    experts = np.maximum(_array(n_experts), 1.0)
    miss = 1.0 - np.minimum(_array(n_experts_used) / experts, 1.0)
    share: Floats = 1.0 - miss ** np.maximum(_array(tokens), 1.0)
    return np.where(_array(n_experts) > 0, share, 1.0)


def estimate_prefill(
    load: PrefillLoad,
    gpu: PrefillSpeed,
    spread: tuple[Numeric, Numeric] = (0.7, 1.4),
    host: PrefillSpeed | None = None,
    host_range: tuple[PrefillSpeed, PrefillSpeed] | None = None,
) -> PrefillEstimate:
    """Seconds to process a prompt and tokens per second with a range.

    Parameters
    ----------
    load : PrefillLoad
    gpu : PrefillSpeed
        From :meth:`planner.calibration.Calibration.prefill_speed`.
    spread : pair of numeric
        Factors on the median speed for the 10th and 90th percentile.
    host : PrefillSpeed or None
        Costs of the processor beside the GPUs; None where it computes nothing, NaN where it does unknowably.
    host_range : pair of PrefillSpeed or None
        The slowest and the fastest processor that is possible; None where its costs are known.

    Notes
    -----
    A layer split runs micro-batches as a pipeline over ``n_devices``: ideal time ``(b + d - 1) / (b·d)`` of one device
    for b micro-batches. Tensor parallelism divides arithmetic and weight reads and adds two reductions of the
    activations per layer (FP16). The estimate is cut at ``operations / rate``.
    """
    prompt = _array(load.prompt_tokens)
    ranks = _array(load.n_tensor_parallel)
    per_batch = np.maximum(np.minimum(prompt, _array(load.n_ubatch)), 1.0)
    batches = np.ceil(prompt / per_batch)
    tokens_per_expert = per_batch * _array(load.n_experts_used) / np.maximum(_array(load.n_experts), 1.0)
    touched = touched_share(per_batch, load.n_experts, load.n_experts_used)

    dense_flops = 2.0 * prompt * load.dense_parameters
    expert_flops = 2.0 * prompt * _array(load.expert_parameters)
    attention = _array(load.attention_flops)
    multiplied = load.dense_parameters + _array(load.expert_parameters)
    with np.errstate(divide="ignore", invalid="ignore"):
        on_gpu = np.where(multiplied > 0, 1.0 - np.minimum(load.host_parameters / multiplied, 1.0), 1.0)
    dense_flops, expert_flops = dense_flops * on_gpu, expert_flops * on_gpu
    matmul_s = dense_flops * gpu.flop / ranks
    experts_s = (
        expert_flops * gpu.expert_flop / ranks * (1.0 + gpu.tile_tokens / np.maximum(tokens_per_expert, 1.0))
    )
    recurrent = prompt * _array(load.n_recurrent_layers) * load.n_embd
    attention_s = (attention * gpu.attention_flop + recurrent * gpu.recurrent_element) / ranks
    weights_s = batches * (load.dense_bytes + touched * load.all_expert_bytes) * gpu.weight_byte / ranks
    launches_s = batches * load.n_layers * gpu.layer + gpu.fixed
    copied = _array(load.host_expert_bytes)
    # an unknown link does not matter where nothing crosses it (the processor alone has none)
    transfers_s = np.where(copied > 0, batches * touched * copied * gpu.transfer_byte, 0.0)
    reduced = prompt * load.n_layers * load.n_embd * 4.0 * 2.0 * (ranks - 1.0) / ranks
    collectives_s = np.where(reduced > 0, reduced * gpu.collective_byte, 0.0)
    devices = _array(load.n_devices)
    ideal = (batches + devices - 1.0) / (batches * devices)
    queue = (_array(load.n_layers) / devices / gpu.pipeline_layers) ** 4
    overlap = _array(load.pipelined)
    gained = 1.0 - overlap * gpu.pipeline * (1.0 - ideal) / (1.0 + queue)
    on_device = (matmul_s + experts_s + attention_s + weights_s + launches_s) * gained
    at_once = np.where(overlap > 0, devices, 1.0)
    bound = (dense_flops + expert_flops + attention) * gpu.flop_bound / ranks / at_once
    host_s = _host_seconds(load, prompt, host)
    seconds = np.maximum(on_device + transfers_s + collectives_s + host_s, bound)
    slow, fast = host_range or (host, host)
    rest = seconds - host_s
    with np.errstate(divide="ignore", invalid="ignore"):
        tps = prompt / seconds
        least = prompt / (rest + _host_seconds(load, prompt, slow))
        most = prompt / (rest + _host_seconds(load, prompt, fast))
        cap = prompt / bound
    return PrefillEstimate(
        matmul=matmul_s,
        experts=experts_s,
        attention=attention_s,
        weights=weights_s,
        launches=launches_s,
        transfers=transfers_s,
        collectives=collectives_s,
        host=host_s,
        seconds=seconds,
        bound_seconds=bound,
        tps_p10=least * spread[0],
        tps_p50=tps,
        tps_p90=np.minimum(most * spread[1], cap),
    )


def _host_seconds(load: PrefillLoad, prompt: Floats, host: PrefillSpeed | None) -> Floats:
    """Seconds of the processor beside the GPUs; zero where it computes nothing, NaN where it does unknowably."""
    flops, attention = 2.0 * prompt * load.host_parameters, _array(load.host_attention_flops)
    if host is None:
        return np.where((flops > 0) | (attention > 0), np.nan, 0.0)
    return flops * host.flop + attention * host.attention_flop


def time_to_first_token(prefill_seconds: Numeric, decode_seconds: Numeric) -> Floats:
    """Seconds from sending a prompt to its first token: the prompt, then one decode step. [s]"""
    return _array(prefill_seconds) + _array(decode_seconds)


def _array(value: Any) -> Floats:
    return np.asarray(value, dtype=np.float64)
