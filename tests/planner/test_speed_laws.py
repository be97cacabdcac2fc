"""Laws of speed over random machines, models and settings: bounds, monotone effects, ranges.

The suite plays the same cases every time; ``make hunt`` draws new ones, ``FIT_PLANNER_EXAMPLES`` of each law.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models_db.accelerator import load_accelerators
from planner.columns import Columns, Selection
from planner.devices import DeviceSet, device_set
from planner.formulas.layer_placement import layer_boundaries
from planner.hardware.what_if import machine_from_options
from planner.host_costs import UNKNOWN_RAM_BANDWIDTH
from planner.library import load_library
from planner.llama_context import LlamaContext
from planner.settings import Workload
from planner.speed import SpeedEstimate, batched, estimate_speed

EXAMPLES = int(os.environ.get("FIT_PLANNER_EXAMPLES", "60"))
law = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
KNOWN_GPUS = tuple(
    a.name for a in load_accelerators() if a.memory_bytes and a.bandwidth_bytes_per_s and not a.unified_memory
)
KV_TYPES = ("f32", "f16", "q8_0", "q5_0", "q4_0")
"""From the most to the fewest bits."""
QUANTS_BY_BITS = ("Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M")
"""All that take equally many operations, from the most to the fewest bits."""


@dataclass(frozen=True)
class Case:
    """One model on one machine with given settings."""

    row: int
    quant: int
    devices: DeviceSet
    context: LlamaContext
    workload: Workload
    n_gpu_layers: int
    n_cpu_moe: int


def columns() -> Columns:
    return load_library().columns


def speed_of(case: Case, **changed: object) -> SpeedEstimate:
    """Estimate a case, with some of its fields changed."""
    return _speed(replace(case, **changed))  # type: ignore[arg-type]


def _selected(case: Case) -> Selection:
    return Selection.of(columns(), np.array([[case.row]]), np.array([[case.quant]]))


def _speed(case: Case) -> SpeedEstimate:
    chosen = _selected(case)
    blocks = chosen.cache.n_layer_all
    n_gpus = len(case.devices.gpus)
    shares = np.maximum(case.devices.per_gpu("usable"), 1.0).reshape(1, 1, n_gpus)
    layers = np.where(case.n_gpu_layers < 0, blocks + 1, np.minimum(case.n_gpu_layers, blocks + 1))
    placement = layer_boundaries(blocks, layers if n_gpus else np.zeros_like(layers), shares)
    experts = np.minimum(np.full((1, 1), case.n_cpu_moe), blocks)
    return estimate_speed(chosen, placement, experts, case.context, case.devices, case.workload)


@st.composite
def machines(draw: st.DrawFn) -> DeviceSet:
    """Any GPUs of the table, up to three, or none; RAM and cores known or not."""
    gpus = draw(st.lists(st.sampled_from(KNOWN_GPUS), max_size=3))
    ram_rate = draw(st.one_of(st.none(), st.floats(10, 900)))
    machine = machine_from_options(gpus or ["none"], 256, ram_rate)
    assert machine is not None
    cores = draw(st.one_of(st.none(), st.integers(1, 256)))
    cpu = replace(machine.cpu, cores=cores, threads=cores, virtual=draw(st.booleans()))
    return device_set(replace(machine, cpu=cpu))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any model of the catalogue, any machine, any settings."""
    table = columns()
    kv = draw(st.sampled_from(KV_TYPES))
    devices = draw(machines())
    context = LlamaContext(
        n_seq_max=draw(st.sampled_from((1, 4, 16))),
        n_ubatch=draw(st.sampled_from((16, 128, 512, 2048))),
        flash_attn=draw(st.booleans()),
        cache_type_k=kv,
        cache_type_v=kv,
        kv_offload=draw(st.booleans()),
        op_offload=draw(st.booleans()),
        threads=draw(st.one_of(st.none(), st.integers(1, 64))),
        backend=devices.backend,
        binary=draw(st.sampled_from(("llama-server", "llama-bench"))),
    )
    workload = Workload(
        prompt_tokens=draw(st.integers(1, 20_000)),
        depth=draw(st.integers(0, 60_000)),
        gen_tokens=draw(st.integers(1, 2000)),
        concurrency=draw(st.sampled_from((1, 2, 8))),
    )
    return Case(
        draw(st.integers(0, len(table.ids) - 1)),
        draw(st.integers(0, len(table.quants) - 1)),
        devices,
        context,
        workload,
        draw(st.sampled_from((-1, 0, 1, 10, 40))),
        draw(st.sampled_from((0, 0, 1, 8, 200))),
    )


def one(value: object) -> float:
    return float(np.ravel(np.asarray(value, dtype=np.float64))[0])


@law
@given(cases())
def test_that_no_decode_exceeds_what_the_memory_can_deliver(case: Case) -> None:
    found = _speed(case)
    load, decode = found.load, found.decode
    gpu = max((g.bandwidth for g in case.devices.gpus), default=np.inf)
    host = case.devices.host.bandwidth
    host = UNKNOWN_RAM_BANDWIDTH[2] if np.isnan(host) else host
    least = (one(load.dense_bytes) + one(load.expert_bytes) + one(load.kv_bytes)) / gpu + (
        one(load.host_dense_bytes) + one(load.host_expert_bytes) + one(load.host_kv_bytes)
    ) / host
    assert one(decode.tps_p90) <= (1 + 1e-9) / least
    assert 0 < one(decode.tps_p10) <= one(decode.tps_p50) * (1 + 1e-12)
    assert one(decode.tps_p50) <= one(decode.tps_p90) * (1 + 1e-12)


@law
@given(cases())
def test_that_no_prompt_exceeds_what_the_arithmetic_can_deliver(case: Case) -> None:
    found = _speed(case).prefill
    assert found is not None
    if not np.isfinite(one(found.tps_p50)):
        assert not np.isfinite(one(found.seconds))
        return
    assert 0 < one(found.tps_p10) <= one(found.tps_p50) * (1 + 1e-12)
    assert one(found.tps_p50) <= one(found.tps_p90) * (1 + 1e-12)
    work = columns().work
    head = float(columns().cache.n_vocab[case.row] * work.n_embd[case.row])
    multiplied = max(float(work.dense_parameters[case.row, -1]) - head, 0.0)
    if case.devices.gpus and case.n_gpu_layers < 0 and not case.n_cpu_moe and case.context.kv_offload:
        rate = sum(g.flops for g in case.devices.gpus)
        assert one(found.tps_p90) <= rate / (2.0 * multiplied) * (1 + 1e-9)


@law
@given(cases(), st.lists(st.integers(0, 200_000), min_size=2, max_size=5, unique=True))
def test_that_decode_falls_with_depth(case: Case, depths: list[int]) -> None:
    speeds = [
        one(speed_of(case, workload=replace(case.workload, depth=d)).decode.tps_p50) for d in sorted(depths)
    ]
    assert all(a >= b for a, b in pairwise(speeds)), speeds


@law
@given(cases())
def test_that_decode_and_prompts_fall_with_the_bytes_of_the_model(case: Case) -> None:
    quants = [load_library().quants[name] for name in QUANTS_BY_BITS]
    found = [speed_of(case, quant=quant) for quant in quants]
    read = [
        one(f.load.dense_bytes)
        + one(f.load.expert_bytes)
        + one(f.load.host_dense_bytes)
        + one(f.load.host_expert_bytes)
        for f in found
    ]
    assert all(a >= b for a, b in pairwise(read))
    for part in ("tps_p10", "tps_p50", "tps_p90"):
        speeds = [one(getattr(f.decode, part)) for f in found]
        assert all(a <= b * (1 + 1e-12) for a, b in pairwise(speeds)), (part, speeds)


@law
@given(cases())
def test_that_decode_falls_with_the_bits_of_the_cache(case: Case) -> None:
    def with_cache(kind: str) -> float:
        context = replace(case.context, cache_type_k=kind, cache_type_v=kind)
        return one(speed_of(case, context=context).decode.tps_p50)

    speeds = [with_cache(kind) for kind in KV_TYPES]
    assert all(a <= b * (1 + 1e-12) for a, b in pairwise(speeds)), speeds


@law
@given(cases(), st.integers(0, 200))
def test_that_layers_in_ram_of_an_unknown_rate_never_promise_more_than_none(case: Case, moved: int) -> None:
    if not case.devices.gpus or len({g.accelerator for g in case.devices.gpus}) > 1:
        return
    host = replace(case.devices.host, bandwidth=float("nan"))
    context = replace(case.context, kv_offload=True)
    case = replace(case, devices=replace(case.devices, host=host), context=context)
    all_gpu = speed_of(case, n_gpu_layers=-1, n_cpu_moe=0).decode
    n_blocks = int(columns().cache.n_layer_all[case.row])
    part = speed_of(case, n_gpu_layers=max(n_blocks + 1 - moved, 1), n_cpu_moe=0).decode
    some = speed_of(case, n_gpu_layers=-1, n_cpu_moe=moved).decode
    # fewer passages between GPUs are a gain that layers in RAM may bring
    hops = 0.0 if len(case.devices.gpus) == 1 else 0.02
    assert one(part.tps_p90) <= one(all_gpu.tps_p90) * (1 + 1e-9 + hops)
    assert one(some.tps_p90) <= one(all_gpu.tps_p90) * (1 + 1e-9)


@law
@given(cases(), st.floats(5, 100))
def test_that_a_known_rate_of_the_ram_lies_within_the_range_of_an_unknown_one(
    case: Case, rate: float
) -> None:
    inside = UNKNOWN_RAM_BANDWIDTH[0] <= rate * 1e9 <= UNKNOWN_RAM_BANDWIDTH[2]
    if not inside or not case.devices.gpus:
        return
    known = replace(case.devices, host=replace(case.devices.host, bandwidth=rate * 1e9))
    unknown = replace(case.devices, host=replace(case.devices.host, bandwidth=float("nan")))
    at, wide = speed_of(case, devices=known).decode, speed_of(case, devices=unknown).decode
    assert one(wide.tps_p10) <= one(at.tps_p10) * (1 + 1e-9)
    gpu = min(g.bandwidth for g in case.devices.gpus)
    if rate * 1e9 < gpu / 6:
        assert one(wide.tps_p90) >= one(at.tps_p90) * (1 - 1e-9)


@law
@given(cases())
def test_that_more_users_never_get_more_each(case: Case) -> None:
    found = _speed(case)
    chosen = _selected(case)
    n_gpus = len(case.devices.gpus)
    blocks = chosen.cache.n_layer_all
    shares = np.maximum(case.devices.per_gpu("usable"), 1.0).reshape(1, 1, n_gpus)
    placement = layer_boundaries(blocks, blocks + 1 if n_gpus else blocks * 0, shares)
    users = np.array([[1, 2, 3, 4, 8, 16, 64]])
    e = batched(chosen, placement, case.context, case.devices, found.load, users)
    per_user = np.ravel(np.broadcast_to(e.per_user_p50, users.shape))
    assert (np.diff(per_user) <= 1e-12 * per_user[:-1]).all()
    together = np.ravel(np.broadcast_to(e.aggregate_p50, users.shape))
    waiting = users[0] > case.context.n_seq_max
    if waiting.any():
        assert np.allclose(together[waiting], together[waiting][0])
    low, high = (np.ravel(np.broadcast_to(v, users.shape)) for v in (e.aggregate_p10, e.aggregate_p90))
    assert (low <= together * (1 + 1e-12)).all()
    assert (together <= high * (1 + 1e-12)).all()


@pytest.mark.parametrize("n_ubatch", [16, 512])
def test_that_prompts_of_weights_in_ram_cross_the_link_or_take_the_processor(n_ubatch: int) -> None:
    machine = machine_from_options(["RTX 3060"], 64, 51.2)
    assert machine is not None
    devices = device_set(replace(machine, cpu=replace(machine.cpu, cores=8)))
    row, quant = load_library().rows["meta-llama/Llama-3.1-8B-Instruct"], load_library().quants["Q4_K_M"]
    context = LlamaContext(n_ubatch=n_ubatch, n_batch=2048)
    case = Case(row, quant, devices, context, Workload(prompt_tokens=512, gen_tokens=16), 16, 0)
    found = _speed(case).prefill
    off = speed_of(case, context=replace(context, op_offload=False)).prefill
    assert found is not None
    assert off is not None
    if n_ubatch < 32:
        assert one(found.transfers) == 0
        assert one(found.seconds) == one(off.seconds)
    else:
        assert one(found.transfers) > 0
        assert one(off.transfers) == 0
        assert one(off.host) > one(found.host)
        assert one(off.tps_p50) < one(found.tps_p50)
