"""Time of one generated token: bytes read over the bandwidth, plus what each layer, device and token costs.

``t = √(R² + C²) + K/(k·B) + L·o + fixed + hops + collectives + host terms`` with ``R = W/(e·B) + E/(m·B)``, ``C = N·c``

Reads of weights and arithmetic on them overlap in part: while some threads wait for memory, others unpack and multiply,
so the time lies between the larger of the two and their sum. The term for arithmetic is what it adds to the reads. On the
host it is the same, plus its layers.

W are the bytes of dense weights read per token, E those of the active experts, K those of the KV cache at the mean depth,
N the parameters multiplied, L the layers. The coefficients come from :mod:`planner.calibration` as a
:class:`DeviceSpeed`. Every argument is an array that broadcasts with the others; terms keep their own small shapes
until the total is added up, so a catalogue × quants × contexts grid costs a handful of full-size operations.
Unknown (NaN) bandwidth gives NaN seconds, never a default.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.words import say

Floats = NDArray[np.float64]
Numeric = float | Floats
"""A number or an array of numbers; a single case is an array of one or a plain number."""

LIMITS = (
    say("memory bandwidth"),
    say("KV cache reads"),
    say("launch overhead"),
    say("compute"),
    say("host memory"),
    say("links between devices"),
)
"""Meaning of :attr:`DecodeEstimate.limited_by` codes."""


@dataclass(frozen=True, slots=True)
class DeviceSpeed:
    """Fitted costs of one device (or of a blend of devices), each an array. [s per unit]"""

    weight_byte: Numeric
    """Seconds per byte of dense weights read."""
    expert_byte: Numeric
    """Seconds per byte of routed-expert weights read."""
    kv_byte: Numeric
    """Seconds per byte of KV cache read."""
    parameter: Numeric
    """Seconds per parameter multiplied (unpacking and arithmetic at batch one), reads left out."""
    layer: Numeric
    """Seconds per layer (kernel launches and latency)."""
    moe_layer: Numeric
    """Further seconds per layer that routes to experts."""
    recurrent_layer: Numeric
    """Further seconds per recurrent layer (mamba, gated delta, short convolution)."""
    fixed: Numeric
    """Seconds per token (graph launch, bookkeeping)."""
    sample: Numeric
    """Seconds per element of the vocabulary for choosing a token on the processor."""
    hop: Numeric
    """Seconds per passage from one device to the next (layer split)."""
    collective: Numeric
    """Seconds per layer of tensor-parallel reductions."""
    byte_bound: Numeric
    """Seconds per byte at the full specified bandwidth: no estimate may be faster."""


@dataclass(frozen=True, slots=True)
class HostSpeed:
    """Fitted costs of the processor and its memory, each an array. [s per unit]"""

    weight_byte: Numeric
    expert_byte: Numeric
    kv_byte: Numeric
    parameter: Numeric
    """Seconds per parameter multiplied, reads left out; NaN where nothing tells how many cores there are."""
    layer: Numeric
    """Seconds per layer computed on the host."""
    fixed: Numeric
    byte_bound: Numeric


@dataclass(frozen=True, slots=True)
class Spread:
    """How far the speed may lie from its median, as factors on the speed (10th and 90th percentile), per cell."""

    low: Numeric
    high: Numeric
    host_low: Numeric | None = None
    """The same for the host's share of the time; None = as the rest."""
    host_high: Numeric | None = None
    host_slow: HostSpeed | None = None
    """The slowest host that is possible where its costs are not known; None = they are."""
    host_fast: HostSpeed | None = None
    host_no_faster: bool = False
    """True takes the host for no faster than the GPUs would be at its work, at the median and at the 90th percentile: of
    memory whose rate is unknown, a plan promises nothing."""


DEFAULT_SPREAD = Spread(0.8, 1.2)


@dataclass(frozen=True, slots=True)
class DecodeLoad:
    """What one token makes the devices do. Every field broadcasts with the others.

    With a tensor-parallel split the byte and parameter counts are those of one rank; with a layer split they are the sums
    over the devices, which work one after the other.
    """

    dense_bytes: Numeric = 0.0
    """Bytes of weights every token reads on the GPUs: all but routed experts, input embedding and MTP. [bytes]"""
    expert_bytes: Numeric = 0.0
    """Bytes of the experts one token uses, on the GPUs. [bytes]"""
    kv_bytes: Numeric = 0.0
    """KV cache and recurrent state read per token at the mean depth, on the GPUs. [bytes]"""
    parameters: Numeric = 0.0
    """Parameters multiplied per token on the GPUs."""
    n_layers: Numeric = 0.0
    """Layers run on the GPUs (also those whose experts are in RAM)."""
    n_moe_layers: Numeric = 0.0
    n_recurrent_layers: Numeric = 0.0
    n_sampled: Numeric = 0.0
    """Elements of the vocabulary the server's sampler goes through on the processor; 0 where nothing is sampled there."""
    n_devices: Numeric = 1.0
    """Devices in the layer split (1 under tensor parallelism)."""
    n_tensor_parallel: Numeric = 1.0
    host_dense_bytes: Numeric = 0.0
    host_expert_bytes: Numeric = 0.0
    host_kv_bytes: Numeric = 0.0
    host_parameters: Numeric = 0.0
    n_host_layers: Numeric = 0.0
    """Layers that run, wholly or with their experts, on the host."""
    n_host_recurrent_layers: Numeric = 0.0
    """Recurrent ones that run wholly on the host."""


@dataclass(frozen=True, slots=True)
class DecodeEstimate:
    """Seconds per token by term, and tokens per second as a range. Shapes broadcast together."""

    weights: Floats
    experts: Floats
    kv_cache: Floats
    arithmetic: Floats
    """What arithmetic on the GPUs adds to the reads of weights that it overlaps with. [s]"""
    layers: Floats
    fixed: Floats
    links: Floats
    host: Floats
    """Everything computed from the host's memory: reads, or arithmetic where that takes longer, and its layers."""
    host_arithmetic: Floats
    """Arithmetic on the host by itself; it overlaps with the reads and is contained in :attr:`host`."""
    seconds: Floats
    """Sum of the terms above, :attr:`host_arithmetic` left out. [s]"""
    bound_seconds: Floats
    """Bytes over the full specified bandwidth: the floor of :attr:`seconds`. [s]"""
    tps_p10: Floats
    tps_p50: Floats
    tps_p90: Floats

    @property
    def limited_by(self) -> NDArray[np.int8]:
        """Largest group of terms as an index into :data:`LIMITS`; -1 where unknown."""
        computing = self.host_arithmetic > 0.5 * self.host
        groups = (
            self.weights + self.experts,
            self.kv_cache,
            self.layers + self.fixed,
            self.arithmetic + np.where(computing, self.host, 0.0),
            np.where(computing, 0.0, self.host),
            self.links,
        )
        best = np.full(self.seconds.shape, -1, np.int8)
        most = np.zeros(self.seconds.shape)
        for code, group in enumerate(groups):
            larger = np.broadcast_to(group, most.shape) > most
            best[larger] = code
            most = np.maximum(most, group)
        best[np.isnan(self.seconds)] = -1
        return best

    def at(self, index: int | tuple[int, ...]) -> dict[str, float]:
        """Every field of one case as plain numbers."""
        shape = self.seconds.shape
        return {f.name: float(np.broadcast_to(getattr(self, f.name), shape)[index]) for f in fields(self)}


def estimate_decode(
    load: DecodeLoad,
    gpu: DeviceSpeed,
    host: HostSpeed | None = None,
    spread: Spread = DEFAULT_SPREAD,
) -> DecodeEstimate:
    """Seconds per token and tokens per second with a range.

    Parameters
    ----------
    load : DecodeLoad
        Work per token.
    gpu : DeviceSpeed
        From :meth:`planner.calibration.Calibration.device_speed`, blended over devices where they differ.
    host : HostSpeed or None
        None when nothing runs on the host; a load with host bytes then gives NaN.
    spread : Spread
        Factors on the median speed for the 10th and 90th percentile, from
        :meth:`planner.calibration.Calibration.spread`, and what the host may be where it is unknown.

    Returns
    -------
    DecodeEstimate
        NaN wherever a needed bandwidth is unknown.

    Notes
    -----
    Layer split adds hops and no speed; tensor parallelism divides the bytes and adds one collective pair per layer.
    The estimate is cut at ``bytes / bandwidth``. The range is made part by part: the time on the GPUs and the time on the
    host are each divided by their own factor, so what is unknown about the RAM spreads only what is read from it.
    """
    dense, experts = _array(load.dense_bytes), _array(load.expert_bytes)
    kv, layers_n = _array(load.kv_bytes), _array(load.n_layers)
    weights_s = dense * gpu.weight_byte
    experts_s = experts * gpu.expert_byte
    kv_s = kv * gpu.kv_byte
    arithmetic_s = _added(weights_s + experts_s, _array(load.parameters) * gpu.parameter)
    layers_s = (
        layers_n * gpu.layer
        + _array(load.n_moe_layers) * gpu.moe_layer
        + _array(load.n_recurrent_layers) * gpu.recurrent_layer
    )
    fixed_s = _array(gpu.fixed) + _array(load.n_sampled) * gpu.sample
    ranks = _array(load.n_tensor_parallel)
    links_s = (_array(load.n_devices) - 1.0) * gpu.hop + layers_n * gpu.collective * _ring(ranks)
    host_s, host_c, host_bound = _host_seconds(load, host)
    if spread.host_no_faster:
        host_s = np.maximum(host_s, _on_gpu(load, gpu))
    device_s = weights_s + experts_s + arithmetic_s + layers_s + (fixed_s + links_s) + kv_s
    device_bound = (dense + experts) * gpu.byte_bound + kv * gpu.byte_bound
    bound = device_bound + host_bound
    seconds = np.maximum(device_s + host_s, bound)
    with np.errstate(divide="ignore"):
        tps = 1.0 / seconds
        if spread.host_low is None and spread.host_slow is None:
            low, high = tps * spread.low, np.minimum(tps * spread.high, 1.0 / bound)
        else:
            slow, fast, least = _extremes(load, spread, gpu, device_s, host_s, device_bound, host_bound)
            low, high = 1.0 / np.maximum(slow, seconds), 1.0 / np.maximum(np.minimum(fast, seconds), least)
    return DecodeEstimate(
        weights=weights_s,
        experts=experts_s,
        kv_cache=kv_s,
        arithmetic=arithmetic_s,
        layers=layers_s,
        fixed=fixed_s,
        links=links_s,
        host=host_s,
        host_arithmetic=host_c,
        seconds=seconds,
        bound_seconds=bound,
        tps_p10=low,
        tps_p50=tps,
        tps_p90=high,
    )


def _extremes(
    load: DecodeLoad,
    spread: Spread,
    gpu: DeviceSpeed,
    device_s: Floats,
    host_s: Floats,
    device_bound: Floats,
    host_bound: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Seconds at the 10th and at the 90th percentile of speed, and the bound of the latter. [s]"""
    low = spread.low if spread.host_low is None else spread.host_low
    high = spread.high if spread.host_high is None else spread.host_high
    slow_s = host_s if spread.host_slow is None else _host_seconds(load, spread.host_slow)[0]
    slow = device_s / spread.low + slow_s / low
    if spread.host_fast is None:
        return slow, device_s / spread.high + host_s / high, device_bound + host_bound
    fast_s, _, fast_bound = _host_seconds(load, spread.host_fast)
    fast_s = fast_s / high
    if spread.host_no_faster:
        fast_s = np.maximum(fast_s, _on_gpu(load, gpu) / spread.high)
        read = _array(load.host_dense_bytes) + load.host_expert_bytes + load.host_kv_bytes
        fast_bound = np.maximum(fast_bound, read * gpu.byte_bound)
    return slow, device_s / spread.high + fast_s, device_bound + fast_bound


def _on_gpu(load: DecodeLoad, gpu: DeviceSpeed) -> Floats:
    """Seconds that the GPUs would take for what the host does."""
    experts = _array(load.host_expert_bytes)
    layers = _array(load.n_host_layers)
    reads = load.host_dense_bytes * _array(gpu.weight_byte) + experts * gpu.expert_byte
    seconds: Floats = (
        reads
        + load.host_kv_bytes * _array(gpu.kv_byte)
        + _added(reads, load.host_parameters * _array(gpu.parameter))
        + layers * gpu.layer
        + np.where(experts > 0, layers * gpu.moe_layer, 0.0)
        + _array(load.n_host_recurrent_layers) * gpu.recurrent_layer
    )
    return seconds


def _host_seconds(load: DecodeLoad, host: HostSpeed | None) -> tuple[Floats, Floats, Floats]:
    """Seconds on the host, those of its arithmetic alone, and their bound.

    Zero where nothing runs there, NaN where it does unknowably. Unknown arithmetic (no number of cores) is left out.
    """
    dense, experts = _array(load.host_dense_bytes), _array(load.host_expert_bytes)
    kv, layers = _array(load.host_kv_bytes), _array(load.n_host_layers)
    used = (dense + experts + kv + layers) > 0
    if host is None:
        zero = np.where(used, np.nan, 0.0)
        return zero, zero, zero
    reads = dense * host.weight_byte + experts * host.expert_byte + kv * host.kv_byte
    computes = _array(load.host_parameters) * np.nan_to_num(_array(host.parameter), nan=0.0)
    seconds = _overlapped(reads, computes) + layers * host.layer + host.fixed
    bound = (dense + experts + kv) * host.byte_bound
    return np.where(used, seconds, 0.0), np.where(used, computes, 0.0), np.where(used, bound, 0.0)


def _overlapped(reads: Floats, computes: Floats) -> Floats:
    """Reads and arithmetic that overlap in part: between the larger of the two and their sum."""
    both: Floats = np.sqrt(reads * reads + computes * computes)
    return both


def _added(reads: Floats, computes: Floats) -> Floats:
    """What arithmetic adds to the reads it overlaps with: ``√(R² + C²) - R``, without loss where it is small."""
    both = _overlapped(reads, computes)
    with np.errstate(divide="ignore", invalid="ignore"):
        added: Floats = np.where(both > 0, computes * computes / (both + reads), both)
    return added


def _ring(ranks: Floats) -> Floats:
    """Cost of a reduction over ``ranks`` devices in units of one over two: ``2·(n-1)/n`` of a ring."""
    return 2.0 * (ranks - 1.0) / ranks


def _array(value: Any) -> Floats:
    return np.asarray(value, dtype=np.float64)
