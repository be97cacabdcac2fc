"""Speed of llama.cpp for every cell: loads from the columns, costs from the calibration, one formula for all."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from planner.calibration import Calibration, DeviceClass, Knowledge, WeightKind, load_calibration
from planner.columns import Selection
from planner.devices import DeviceSet, PlanDevice
from planner.formulas.batch_speed import BatchEstimate, estimate_batch
from planner.formulas.decode_speed import DecodeEstimate, DecodeLoad, DeviceSpeed, Spread, estimate_decode
from planner.formulas.layer_placement import LayerBoundaries
from planner.formulas.prefill_speed import (
    PrefillEstimate,
    PrefillLoad,
    PrefillSpeed,
    attention_flops,
    estimate_prefill,
)
from planner.host_costs import HostCosts, core_range, cpu_prefill_costs, host_costs
from planner.llama_context import LlamaContext
from planner.records import MovedWeights
from planner.settings import Workload

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Speed = TypeVar("Speed", DeviceSpeed, PrefillSpeed)
LONG_DEPTH = 4096
"""Mean depth above which the range of the class ``long depth`` applies, as it was fitted. [tokens]"""
F32_BYTES = 4.0
OP_OFFLOAD_MIN_TOKENS = 32
"""Tokens in a micro-batch from which the GPUs take over matrix products whose weights are in RAM
(``GGML_OP_OFFLOAD_MIN_BATCH``: ggml-cuda.cu, ggml-vulkan.cpp, ggml-sycl.cpp, 0.5.0-dev, read 2026-11-26)."""


@dataclass(frozen=True, slots=True)
class SpeedEstimate:
    """Speeds of every cell."""

    load: DecodeLoad
    decode: DecodeEstimate
    prefill: PrefillEstimate | None = None
    batch: BatchEstimate | None = None


def decode_load(
    chosen: Selection, placement: LayerBoundaries, n_cpu_moe: Ints, context: LlamaContext, workload: Workload
) -> DecodeLoad:
    """Work of one token at the workload's mean depth, split over GPUs and host."""
    columns = chosen.columns
    work, start = columns.work, placement.start
    ends = start[..., [0, 1, -1]]
    dense = columns.weights.dense.gather(chosen.rows, chosen.quant, ends)
    kept = np.stack(
        [np.maximum(start[..., 1], n_cpu_moe), np.broadcast_to(start[..., -1], start[..., 1].shape)], axis=-1
    )
    experts = columns.weights.experts.gather(chosen.rows, chosen.quant, kept)
    share = work.expert_share[chosen.rows]
    gpu_experts = (experts[..., 1] - experts[..., 0]) * share
    host_experts = experts[..., 0] * share
    rows = chosen.rows
    at_host, at_end = (
        _at(work.dense_parameters, rows, ends[..., 1]),
        _at(work.dense_parameters, rows, ends[..., 2]),
    )
    expert_host = _at(work.expert_parameters, rows, kept[..., 0])
    expert_all = _at(work.expert_parameters, rows, kept[..., 1])
    moe_at = _at(work.n_moe_layers, rows, ends[..., 2]) - _at(work.n_moe_layers, rows, ends[..., 1])
    recurrent_before = _at(work.n_recurrent_layers, rows, ends[..., 1])
    recurrent_at = _at(work.n_recurrent_layers, rows, ends[..., 2]) - recurrent_before
    pairs_before = _at(work.layer_pairs, rows, ends[..., 1])
    all_pairs = _at(work.layer_pairs, rows, ends[..., 2])
    moe_total = _at(work.n_moe_layers, rows, kept[..., 0])
    moe_before = _at(work.n_moe_layers, rows, ends[..., 1])
    kv = kv_read_bytes(chosen, placement, context, workload)
    host_kv, gpu_kv = kv[..., 0], kv[..., 1:].sum(axis=-1)
    if not context.kv_offload:
        host_kv, gpu_kv = host_kv + gpu_kv, np.zeros_like(gpu_kv)
    load = DecodeLoad(
        dense_bytes=dense[..., 2] - dense[..., 1],
        expert_bytes=gpu_experts,
        kv_bytes=gpu_kv,
        parameters=(at_end - at_host) + (expert_all - expert_host),
        n_layers=all_pairs - pairs_before,
        n_moe_layers=moe_at,
        n_recurrent_layers=recurrent_at,
        n_sampled=np.asarray(chosen.cache.n_vocab * (context.binary != "llama-bench"), dtype=np.float64),
        n_devices=np.maximum((placement.n_layers()[..., 1:] > 0).sum(axis=-1), 1).astype(np.float64),
        host_dense_bytes=dense[..., 1] - dense[..., 0],
        host_expert_bytes=host_experts,
        host_kv_bytes=host_kv,
        host_parameters=at_host + expert_host,
        n_host_layers=pairs_before + np.maximum(moe_total - moe_before, 0.0),
        n_host_recurrent_layers=recurrent_before,
    )
    return load if columns.moved is None else _with_moved(load, columns.moved, share)


def _with_moved(load: DecodeLoad, moved: MovedWeights, expert_share: Floats) -> DecodeLoad:
    """Load of a single case with tensor overrides: what one token reads where the weights went."""
    read = moved.dense - moved.input
    work = moved.dense_parameters + moved.expert_parameters
    return replace(
        load,
        dense_bytes=load.dense_bytes + read[1:].sum(),
        expert_bytes=load.expert_bytes + moved.experts[1:].sum() * expert_share,
        parameters=load.parameters + work[1:].sum(),
        host_dense_bytes=load.host_dense_bytes + read[0],
        host_expert_bytes=load.host_expert_bytes + moved.experts[0] * expert_share,
        host_parameters=load.host_parameters + work[0],
        n_host_layers=load.n_host_layers + moved.n_host_layers,
    )


def kv_read_bytes(
    chosen: Selection, placement: LayerBoundaries, context: LlamaContext, workload: Workload
) -> Floats:
    """Bytes of cache and state read per token at the mean depth, per device (host first). [bytes]"""
    cached = chosen.cache
    depth = mean_depth(workload)
    k, v = context.bytes_per_k, context.bytes_per_v
    last = cached.n_layers
    full = placement.sums(cached.k_full * k + cached.v_full * v + cached.indexer * k, last)
    window = placement.sums(cached.k_window * k + cached.v_window * v, last)
    state = placement.sums(cached.recurrent, last) * F32_BYTES
    seen = np.minimum(depth, np.where(cached.window > 0, cached.window, depth))[..., None]
    read: Floats = full * np.asarray(depth)[..., None] + window * seen + state
    return read


def mean_depth(workload: Workload) -> Floats | float:
    """Tokens in the context, averaged over those generated. [tokens]"""
    return workload.depth + workload.prompt_tokens + workload.gen_tokens / 2


def estimate_speed(
    chosen: Selection,
    placement: LayerBoundaries,
    n_cpu_moe: Ints,
    context: LlamaContext,
    devices: DeviceSet,
    workload: Workload,
    with_prefill: bool = True,
    pipeline: bool = True,
) -> SpeedEstimate:
    """Decode, and where asked prefill and batched decode, for every cell.

    Parameters
    ----------
    chosen, placement, n_cpu_moe, context, devices
        As for :func:`planner.memory.estimate_memory`.
    workload : Workload
    with_prefill : bool
        False leaves the prefill out (the list needs it only for the rows it shows).
    pipeline : bool
        False where the copies that pipelining over several GPUs needs had no room.
    """
    known = load_calibration()
    load = decode_load(chosen, placement, n_cpu_moe, context, workload)
    kind = chosen.columns.weight_kind[chosen.quant]
    gpu = blended_speed(devices, placement, context, kind)
    cpu_only = not devices.gpus
    host = host_costs(devices.host, cpu_only, context.threads)
    spread = spread_of(known, chosen, placement, load, devices, workload, host)
    decode = estimate_decode(load, gpu, host.middle, spread)
    if not with_prefill:
        return SpeedEstimate(load, decode)
    prefill = _prefill(known, chosen, placement, n_cpu_moe, context, devices, workload, load, kind, pipeline)
    batch = None
    if workload.concurrency > 1:
        batch = batched(chosen, placement, context, devices, load, workload.concurrency)
    return SpeedEstimate(load, decode, prefill, batch)


def batched(
    chosen: Selection,
    placement: LayerBoundaries,
    context: LlamaContext,
    devices: DeviceSet,
    load: DecodeLoad,
    users: int | Ints,
) -> BatchEstimate:
    """Decode of several users at once; ``users`` broadcasts with the cells."""
    known, work, rows = load_calibration(), chosen.columns.work, chosen.rows
    host = host_costs(devices.host, not devices.gpus, context.threads)
    return estimate_batch(
        load,
        np.asarray(users, np.float64),
        blended_speed(devices, placement, context, chosen.columns.weight_kind[chosen.quant]),
        known.batch_speed(device_class(devices)),
        host.middle,
        work.n_experts[rows],
        work.n_experts_used[rows],
        work.n_embd[rows],
        max_running=context.n_seq_max,
        spread=known.spread("llama.cpp batched", knowledge(known, devices)),
        host_range=Spread(1.0, 1.0, host_slow=host.slow, host_fast=host.fast),
    )


def device_class(devices: DeviceSet, index: int = 0) -> DeviceClass:
    """Class of one GPU (or of the processor) in the calibration."""
    if not devices.gpus:
        return DeviceClass("llama.cpp", "cpu", "", "", devices.host.bandwidth)
    return _class_of(devices.gpus[index], devices.backend)


def _class_of(gpu: PlanDevice, backend: str) -> DeviceClass:
    name = "" if gpu.entered else gpu.accelerator or ""
    return DeviceClass("llama.cpp", backend, gpu.generation, name, gpu.bandwidth, gpu.flops)


def knowledge(known: Calibration, devices: DeviceSet) -> Knowledge:
    """How well the least known GPU of the set is known."""
    if not devices.gpus:
        return Knowledge.GENERATION_MEASURED
    return max(known.knowledge(_class_of(g, devices.backend)) for g in devices.gpus)


def blended_speed(
    devices: DeviceSet, placement: LayerBoundaries, context: LlamaContext, kind: Ints
) -> DeviceSpeed:
    """Costs of the GPUs together: each device's costs weighted by the layers it holds."""
    if not devices.gpus:
        zero = np.zeros(1)
        none = DeviceSpeed(**{f.name: zero for f in fields(DeviceSpeed)})
        return replace(none, sample=load_calibration().device_speed(device_class(devices)).sample)
    speeds = [_device_speed(_class_of(g, devices.backend), context.flash_attn) for g in devices.gpus]
    if len({_class_of(g, devices.backend) for g in devices.gpus}) == 1:
        return _of_kind(speeds[0], kind)
    layers = placement.n_layers()[..., 1:].astype(np.float64)
    share = layers / np.maximum(layers.sum(axis=-1, keepdims=True), 1.0)
    chosen = [_of_kind(s, kind) for s in speeds]
    blended = {
        f.name: sum((share[..., d] * getattr(s, f.name) for d, s in enumerate(chosen)), np.zeros(1))
        for f in fields(DeviceSpeed)
    }
    return DeviceSpeed(**blended)


@cache
def _device_speed(device: DeviceClass, flash_attn: bool) -> DeviceSpeed:
    """Costs for every kind of weights at once (last axis), kept for the next evaluation."""
    return load_calibration().device_speed(device, flash_attn, np.arange(len(WeightKind)))


def _of_kind(speed: Speed, kind: Ints) -> Speed:
    """Pick the costs of each cell's kind of weights."""
    picked = {}
    for f in fields(speed):
        value = np.asarray(getattr(speed, f.name))
        picked[f.name] = value[kind] if value.ndim and value.shape[-1] == len(WeightKind) else value
    return type(speed)(**picked)


def spread_of(
    known: Calibration,
    chosen: Selection,
    placement: LayerBoundaries,
    load: DecodeLoad,
    devices: DeviceSet,
    workload: Workload,
    host: HostCosts,
) -> Spread:
    """Range of each cell by the class it belongs to and how well the devices are known.

    The share of the time that the host takes has the range of the classes measured with weights in RAM, the rest that of
    models in VRAM, and what is unknown about the host spreads its share alone.
    """
    level = knowledge(known, devices)
    if not devices.gpus:
        low, high = known.spread("CPU only", level)
        return Spread(low, high, host_slow=host.slow, host_fast=host.fast)
    first = "dense, one GPU"
    if devices.backend == "metal":
        first = "Apple"
    elif len(devices.gpus) > 1:
        first = "several GPUs"
    names = [first, "MoE in VRAM" if first == "dense, one GPU" else first]
    factors = np.array([known.spread(name, level) for name in names])
    is_moe = chosen.columns.work.expert_share[chosen.rows] > 0
    code = is_moe.astype(np.int64)
    low, high = factors[code, 0], factors[code, 1]
    is_far = np.asarray(mean_depth(workload) >= LONG_DEPTH)
    if is_far.any():
        deep = known.spread("long depth", level)
        low = np.where(is_far, np.minimum(low, deep[0]), low)
        high = np.where(is_far, np.maximum(high, deep[1]), high)
    moved = chosen.columns.moved
    partial = (placement.start[..., 1] > 0) | (moved is not None and moved.mostly_dense)
    if not any(np.any(b) for b in (load.host_dense_bytes, load.host_expert_bytes, load.host_kv_bytes)):
        return Spread(low, high)
    hosts = np.array([known.spread(name, level) for name in ("MoE with experts in RAM", "CPU only")])
    dense = (np.asarray(partial) | (np.asarray(load.host_expert_bytes) <= 0)).astype(np.int64)
    unknown = bool(np.isnan(devices.host.bandwidth))
    return Spread(low, high, hosts[dense, 0], hosts[dense, 1], host.slow, host.fast, unknown)


def _prefill(
    known: Calibration,
    chosen: Selection,
    placement: LayerBoundaries,
    n_cpu_moe: Ints,
    context: LlamaContext,
    devices: DeviceSet,
    workload: Workload,
    load: DecodeLoad,
    kind: Ints,
    pipeline: bool,
) -> PrefillEstimate | None:
    if workload.prompt_tokens <= 0:
        return None
    columns, rows = chosen.columns, chosen.rows
    work, cached = columns.work, chosen.cache
    end = placement.start[..., -1]
    n_full = _at(work.full_heads, rows, end)
    n_window = _at(work.window_heads, rows, end)
    flops = attention_flops(
        workload.prompt_tokens, workload.depth, 1.0, n_full, 1.0, n_window, cached.window.astype(np.float64)
    )
    first = placement.start[..., 1]
    kept_from = np.maximum(first, n_cpu_moe)
    at = np.stack([kept_from, np.broadcast_to(end, kept_from.shape)], axis=-1)
    experts = columns.weights.experts.gather(rows, chosen.quant, at)
    if columns.moved is not None:
        experts = experts + np.array([columns.moved.experts[0], columns.moved.experts.sum()])
    copied = dense_bytes = host_parameters = np.zeros(())
    dense = _at(work.dense_parameters, rows, end)
    expert_parameters = _at(work.expert_parameters, rows, end)
    head = cached.n_vocab * work.n_embd[rows]
    host = host_range = None
    cores = core_range(devices.host, context.threads)
    processor = [cpu_prefill_costs(devices.host.bandwidth, c, devices.host.architecture) for c in cores]
    on_host = np.zeros(())
    if devices.gpus:
        pcie = devices.gpus[0].pcie_bandwidth
        speed = _of_kind(_prefill_speed(device_class(devices), context.flash_attn, pcie), kind)
        dense_bytes = np.asarray(load.dense_bytes)
        held = _at(work.full_heads, rows, first), _at(work.window_heads, rows, first)
        whole = np.asarray(n_full + n_window)
        with np.errstate(invalid="ignore"):
            on_host = np.nan_to_num((held[0] + held[1]) / whole) if context.kv_offload else np.ones(())
        in_ram = np.asarray(load.host_parameters) - np.where(first >= end, head, 0.0)
        if context.op_offload and min(workload.prompt_tokens, context.n_ubatch) >= OP_OFFLOAD_MIN_TOKENS:
            copied = np.asarray(load.host_dense_bytes) + experts[..., 0]
        else:
            host_parameters = np.maximum(in_ram, 0.0)
        if np.any(host_parameters > 0) or np.any(on_host > 0):
            host, host_range = processor[1], (processor[0], processor[2])
    else:
        speed = processor[1]
        dense_bytes = np.asarray(load.host_dense_bytes)
    prefill_load = PrefillLoad(
        prompt_tokens=float(workload.prompt_tokens),
        dense_parameters=np.maximum(dense - head, 0.0),
        expert_parameters=expert_parameters,
        attention_flops=flops * (1.0 - on_host),
        n_ubatch=float(context.n_ubatch),
        dense_bytes=dense_bytes,
        all_expert_bytes=experts[..., 1] - experts[..., 0] if devices.gpus else experts[..., 1],
        host_expert_bytes=copied,
        n_experts=work.n_experts[rows],
        n_experts_used=work.n_experts_used[rows],
        n_layers=_at(work.layer_pairs, rows, end),
        n_recurrent_layers=_at(work.n_recurrent_layers, rows, end),
        n_embd=work.n_embd[rows],
        n_devices=load.n_devices,
        pipelined=np.where(_pipelined(placement, n_cpu_moe, context) & pipeline, 1.0, 0.0),
        host_parameters=host_parameters,
        host_attention_flops=flops * on_host,
    )
    low, high = known.spread("prefill", knowledge(known, devices))
    if not devices.gpus:
        low, high = low * cores[0] / cores[1], high * cores[2] / cores[1]
    return estimate_prefill(prefill_load, speed, (low, high), host, host_range)


def _pipelined(placement: LayerBoundaries, n_cpu_moe: Ints, context: LlamaContext) -> NDArray[np.bool_]:
    """Where llama.cpp runs micro-batches as a pipeline: every layer on GPUs, cache included (llama-context.cpp)."""
    everything: NDArray[np.bool_] = (placement.start[..., 1] == 0) & (np.asarray(n_cpu_moe) == 0)
    return everything & context.kv_offload


@cache
def _prefill_speed(device: DeviceClass, flash_attn: bool, pcie: float) -> PrefillSpeed:
    """Costs for every kind of weights at once (last axis), kept for the next evaluation."""
    return load_calibration().prefill_speed(device, flash_attn, np.arange(len(WeightKind)), pcie)


def _at(table: Floats, rows: Ints, at: Ints) -> Floats:
    found: Floats = table[rows, np.minimum(at, table.shape[-1] - 1)]
    return found
