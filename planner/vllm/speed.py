"""Speed of a model under vLLM, from the shared decode, batch and prefill formulas with vLLM's fitted costs."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from planner.calibration import DeviceClass, WeightKind, load_calibration
from planner.fit.model_reads import ModelReads
from planner.formulas.batch_speed import BatchSpeed, estimate_batch
from planner.formulas.decode_speed import LIMITS, DecodeLoad, DeviceSpeed, Spread, estimate_decode
from planner.formulas.prefill_speed import PrefillLoad, PrefillSpeed, attention_flops, estimate_prefill
from planner.machine import Device
from planner.plan import Range, Throughput
from planner.serving import ServedPoint, served_points, user_counts
from planner.settings import Workload
from planner.vllm.weight_formats import WeightFormat
from planner.vllm.weights import RankWeights

NO_TRANSFERS = 1.0
"""Link rate where nothing is transferred; any number does. [bytes/s]"""


@lru_cache(maxsize=64)
def _class(generation: str, name: str, bandwidth: float, flops: float, backend: str) -> DeviceClass:
    return DeviceClass("vllm", backend, generation, name, bandwidth, flops)


@lru_cache(maxsize=256)
def _costs(device: DeviceClass, kind: WeightKind) -> tuple[DeviceSpeed, BatchSpeed, PrefillSpeed]:
    """Fitted costs of one device, kept for the next setup."""
    known = load_calibration()
    return (
        known.device_speed(device, True, kind),
        known.batch_speed(device),
        known.prefill_speed(device, True, kind, pcie=NO_TRANSFERS),
    )


def vllm_throughput(
    reads: ModelReads,
    form: WeightFormat,
    weights: tuple[RankWeights, ...],
    gpu: Device,
    tensor_parallel_size: int,
    kv_element_bytes: int,
    workload: Workload,
    max_num_batched_tokens: int,
    max_running: float,
    data_parallel_size: int = 1,
    decode_only: bool = False,
) -> Throughput | None:
    """Speed of one setup; None where the GPU's bandwidth is unknown or nothing was asked.

    Parameters
    ----------
    reads : ModelReads
    form : WeightFormat
    weights : tuple of RankWeights
        One per pipeline stage.
    gpu : Device
    tensor_parallel_size, data_parallel_size : int
    kv_element_bytes : int
    workload : Workload
    max_num_batched_tokens : int
    max_running : float
        Requests whose cache fits at once, on all copies.
    decode_only : bool
        True: ``prefill_tps`` and ``ttft_s`` are left out.
    """
    if not gpu.bandwidth_bytes_per_s or (workload.gen_tokens <= 0 and workload.prompt_tokens <= 0):
        return None
    known = load_calibration()
    tp, pp = float(tensor_parallel_size), float(len(weights))
    device = _class(
        gpu.generation,
        gpu.accelerator or "",
        gpu.bandwidth_bytes_per_s,
        gpu.flops_fp16 or float("nan"),
        gpu.backend or "cuda",
    )
    before = float(np.max(workload.depth))
    depth = before + workload.prompt_tokens + workload.gen_tokens / 2
    window = min(depth, reads.window) if reads.window else depth
    share = reads.n_experts_used / max(reads.n_experts, 1)
    tied = sum(w.head for w in weights) == 0
    dense = sum(w.other + w.head for w in weights) + (weights[-1].embedding if tied else 0.0)
    experts = sum(w.experts for w in weights) * share
    active = reads.dense + reads.experts * share
    load = DecodeLoad(
        dense_bytes=dense,
        expert_bytes=experts,
        kv_bytes=(
            (reads.full_kv * depth + reads.window_kv * window) * kv_element_bytes + reads.recurrent_state * 4
        )
        / tp,
        parameters=active / tp,
        n_layers=reads.n_layers,
        n_moe_layers=reads.n_moe_layers,
        n_recurrent_layers=reads.n_recurrent_layers,
        n_devices=pp,
        n_tensor_parallel=tp,
    )
    kind = WeightKind.BF16 if form.method is None else WeightKind.QUANTIZED
    speed, batch_costs, prefill_costs = _costs(device, kind)
    known_as = known.knowledge(device)
    each = max(-(-workload.concurrency // data_parallel_size), 1)
    running = max(max_running / data_parallel_size, 1.0)
    batched = estimate_batch(
        load, each, speed, batch_costs, None, reads.n_experts, reads.n_experts_used, reads.n_embd,
        max_running=running, in_flight=pp, spread=known.spread("vLLM batched", known_as),
    )  # fmt: skip
    single = estimate_decode(load, speed, None, Spread(*known.spread("vLLM single stream", known_as)))
    chosen = single if each == 1 else batched.step
    code = int(np.atleast_1d(chosen.limited_by)[0])
    decode = aggregate = None
    if workload.gen_tokens > 0:
        decode = Range(float(single.tps_p10), float(single.tps_p50), float(single.tps_p90))
        copies = float(min(data_parallel_size, workload.concurrency))
        if each == 1:
            aggregate = Range(decode.p10 * copies, decode.p50 * copies, decode.p90 * copies)
        else:
            aggregate = Range(
                float(batched.aggregate_p10) * copies,
                float(batched.aggregate_p50) * copies,
                float(batched.aggregate_p90) * copies,
            )
    prefill = ttft = None
    if workload.prompt_tokens > 0 and gpu.flops_fp16 and not decode_only:
        flops = attention_flops(
            workload.prompt_tokens,
            before,
            1.0,
            reads.full_heads,
            1.0,
            reads.window_heads,
            float(reads.window),
        )
        asked = PrefillLoad(
            prompt_tokens=float(workload.prompt_tokens),
            dense_parameters=(reads.dense - reads.output) / tp,
            expert_parameters=reads.experts * share / tp,
            attention_flops=flops / tp,
            n_ubatch=float(max_num_batched_tokens),
            dense_bytes=dense,
            all_expert_bytes=sum(w.experts for w in weights),
            n_experts=reads.n_experts,
            n_experts_used=reads.n_experts_used,
            n_layers=reads.n_layers,
            n_recurrent_layers=reads.n_recurrent_layers,
            n_embd=reads.n_embd,
            n_devices=pp,
            n_tensor_parallel=tp,
        )
        found = estimate_prefill(
            asked,
            prefill_costs,
            known.spread("prefill", known_as),
        )
        prefill = Range(float(found.tps_p10), float(found.tps_p50), float(found.tps_p90))
        first = 1.0 / decode.p50 if decode else 0.0
        ttft = Range(*(workload.prompt_tokens / t + first for t in (prefill.p90, prefill.p50, prefill.p10)))
    limit = LIMITS[code] if 0 <= code < len(LIMITS) else ""
    serving: tuple[ServedPoint, ...] = ()
    if workload.concurrency > 1 and workload.gen_tokens > 0:
        copies = data_parallel_size
        users = user_counts(workload.concurrency, max_running)
        each_copy = np.array([max(-(-count // copies), 1) for count in users], np.float64)
        curve = estimate_batch(
            load, each_copy, speed, batch_costs, None, reads.n_experts, reads.n_experts_used, reads.n_embd,
            max_running=running, in_flight=pp, spread=known.spread("vLLM batched", known_as),
        )  # fmt: skip
        serving = served_points(users, curve, decode, copies)
    return Throughput(decode, prefill, ttft, aggregate, limit, known.basis(device), serving)
