"""Turn one case into a :class:`~planner.plan.Plan`: evaluate it once more alone, with every term, and write the command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from models_db.model_spec import ModelSpec
from planner import units
from planner.backend_notes import BACKEND_NOTES
from planner.calibration import load_calibration
from planner.columns import Columns, Selection
from planner.commands.launch_command import LaunchCommand
from planner.commands.llama_command import ModelSource, UnsupportedSetting, llama_launch_command
from planner.devices import DeviceSet, PlanDevice
from planner.exact_compute import coefficients_suffice, compute_case, exact_buffers, with_compute
from planner.explain import first_token_term, memory_terms, speed_terms
from planner.formulas.decode_speed import LIMITS
from planner.formulas.kv_cache import cache_cells
from planner.formulas.layer_placement import LayerBoundaries
from planner.formulas.prefill_speed import time_to_first_token
from planner.host_costs import host_unknowns
from planner.library import Library
from planner.llama_context import LlamaContext
from planner.memory import estimate_memory
from planner.outside import OutsidePart, driver_part, growing_parts
from planner.overfilled import overfilled
from planner.placement import Fit, fit_of
from planner.plan import DevicePlan, Plan, Range, Throughput
from planner.records import PLACEMENT_NAMES, MemoryBreakdown, Placement, Verdict
from planner.serving import ServedPoint, served_points, user_counts
from planner.settings import ALL_LAYERS, LlamaSettings, Workload
from planner.speed import SpeedEstimate, batched, device_class, estimate_speed
from planner.words import figure, say, say_list

PREFERRED_PUBLISHERS = ("ggml-org", "unsloth", "bartowski", "lmstudio-community")


@dataclass(frozen=True, slots=True)
class Case:
    """One model, quantization and placement to be written out."""

    model: ModelSpec
    columns: Columns
    row: int
    quant: int
    quant_name: str
    settings: LlamaSettings
    context: LlamaContext
    devices: DeviceSet
    """The GPUs used, in the engine's order, and the host."""
    placement: LayerBoundaries
    """Shape (1, 1, n_gpus + 2)."""
    n_cpu_moe: int
    n_ctx: int
    """Of all sequences together. [tokens]"""
    workload: Workload
    engine_version: str
    notes: tuple[str, ...] = ()
    file_bytes: int | None = None
    """Known size, used instead of the rule."""
    overrides: tuple[tuple[str, int], ...] = ()
    """``-ot`` rules: pattern and device, 0 = host."""
    imatrix: bool | None = None
    """Whether an importance matrix was used; None = as published files are made."""
    draft_source: ModelSource | None = None
    """Where a draft model comes from."""


def build_plan(
    library: Library,
    case: Case,
    command: LaunchCommand | None = None,
    brief: bool = False,
    exact: bool = True,
) -> Plan:
    """Evaluate one case with all its terms.

    Parameters
    ----------
    library : Library
    case : Case
    command : LaunchCommand or None
        The command to show; None = write it from the settings.
    brief : bool
        True leaves out the terms and the prefill (for alternatives).
    exact : bool
        False takes the compute buffer from the columns' coefficients, as the list does, also where they may be off.
    """
    chosen = Selection.of(case.columns, np.array([[case.row]]), np.array([[case.quant]]))
    n_ctx = np.array([[case.n_ctx]], dtype=np.int64)
    n_cpu_moe = np.array([[case.n_cpu_moe]], dtype=np.int64)
    memory, fit, one_copy = case_memory(case, brief or not exact, chosen)
    code = placement_of(case, chosen)
    verdict, reasons = judge(case, memory, fit, code)
    if one_copy and verdict is not Verdict.DOES_NOT_FIT:
        reasons.append(
            say(
                "no room for the copies of pipeline parallelism: llama.cpp says so while it starts and goes on "
                "without, which makes long prompts slower"
            )
        )
    if not brief and case.devices.gpus and case.devices.backend in BACKEND_NOTES:
        reasons.append(BACKEND_NOTES[case.devices.backend])
    device_plans = _device_plans(case, memory)
    if verdict is not Verdict.DOES_NOT_FIT:
        reasons += _growth_reasons(case, device_plans)
    speed = estimate_speed(
        chosen, case.placement, n_cpu_moe, case.context, case.devices, case.workload,
        with_prefill=not brief, pipeline=not one_copy,
    )  # fmt: skip
    known = verdict is not Verdict.DOES_NOT_FIT and not case.context.rpc
    throughput = _throughput(case, speed) if known else None
    beyond = None
    if verdict is Verdict.DOES_NOT_FIT and case.workload.gen_tokens > 0:
        beyond = overfilled(case.devices, device_plans, case.settings, speed)
        reasons += [beyond.sentence] if beyond is not None and not brief else []
    if throughput is not None and not brief:
        served = _serving(case, chosen, speed, throughput.decode_tps)
        throughput = replace(throughput, serving=served)
    cells = cache_cells(
        n_ctx,
        case.context.n_seq_max,
        case.context.kv_unified,
        chosen.cache.window,
        case.context.n_ubatch,
        case.context.swa_full,
        case.context.n_batch,
    )
    terms = [] if brief else memory_terms(device_plans, chosen, cells, case.context)
    if throughput is not None and not brief:
        terms += speed_terms(speed, case.devices, throughput.basis)
        if throughput.ttft_s is not None:
            prompt = case.workload.prompt_tokens
            terms.append(first_token_term(throughput.ttft_s.p50, prompt, speed))
    if beyond is not None and not brief:
        terms.append(beyond.term)
    if command is None:
        command = write_command(case, device_plans)
    loss = library.losses[case.quant] if case.quant < len(library.losses) else np.nan
    work = case.columns.work
    fitting = verdict is not Verdict.DOES_NOT_FIT
    return Plan(
        model_id=case.model.id,
        model_name=case.model.name,
        provenance=case.model.provenance.value,
        quant=case.quant_name,
        engine="llama.cpp",
        engine_version=case.engine_version,
        backend=case.devices.backend,
        verdict=verdict,
        placement=PLACEMENT_NAMES[code if fitting else Placement.NONE],
        reasons=(*reasons, *case.notes),
        settings=settings_json(case.settings, case.context, case.n_ctx),
        total_parameters=int(work.total_parameters[case.row]),
        active_parameters=int(work.active_parameters[case.row]),
        file_bytes=case.file_bytes or int(case.columns.weights.file[case.row, case.quant]),
        devices=device_plans,
        kv_tokens=int(np.ravel(cells.n_ctx)[0]),
        throughput=throughput,
        command=command,
        terms=tuple(terms),
        n_ctx=case.n_ctx // (1 if case.context.kv_unified else case.context.n_seq_max),
        n_ctx_train=int(case.columns.cache.n_ctx_train[case.row]),
        n_layers=int(case.columns.cache.n_layers[case.row]),
        n_experts=int(work.n_experts[case.row]),
        quality_loss=_loss_text(float(loss), case),
        overfilled=beyond,
    )


def case_memory(
    case: Case, brief: bool = False, selected: Selection | None = None
) -> tuple[MemoryBreakdown, Fit, bool]:
    """Memory of one case, how it fits, and whether the copies of pipeline parallelism had to be given up.

    Parameters
    ----------
    case : Case
    brief : bool
        True takes the compute buffer from the columns' coefficients.
    selected : Selection or None
        The case's selection, where the caller has it already.
    """
    chosen = selected or Selection.of(case.columns, np.array([[case.row]]), np.array([[case.quant]]))
    n_ctx = np.array([[case.n_ctx]], dtype=np.int64)
    n_cpu_moe = np.array([[case.n_cpu_moe]], dtype=np.int64)

    def sized(pipeline: bool) -> MemoryBreakdown:
        estimate = estimate_memory(
            chosen, case.placement, n_cpu_moe, n_ctx, case.context, case.devices, pipeline
        )
        return estimate if brief else exact_memory(case, estimate, pipeline)

    memory = sized(True)
    fit = fit_of(memory, case.devices)
    if len(case.devices.gpus) == 1 or bool(fit.without_reserve[0, 0]):
        return memory, fit, False
    # llama_context::sched_reserve tries again without pipeline parallelism when its copies cannot be had
    smaller = sized(False)
    return smaller, fit_of(smaller, case.devices), bool(np.any(smaller.compute < memory.compute))


def exact_memory(case: Case, memory: MemoryBreakdown, pipeline: bool = True) -> MemoryBreakdown:
    """Memory with the compute buffer of the case's own graph, where the coefficients of the columns may be off."""
    run = compute_case(
        case.context,
        case.placement,
        case.n_ctx,
        case.n_cpu_moe,
        case.overrides,
        case.settings.split_mode,
    )
    if not pipeline:
        run = replace(run, pipeline=False)
    plain = bool(np.ravel(case.columns.graph.plain[case.row])[0] > 0)
    if coefficients_suffice(run, plain):
        return memory
    quant = case.columns.quants[case.quant]
    return with_compute(memory, exact_buffers(run, case.model.id, quant, case.imatrix))


def placement_of(case: Case, chosen: Selection) -> Placement:
    """Class of a placement."""
    start = case.placement.start[0, 0]
    if not case.devices.gpus or start[1] >= start[-1]:
        return Placement.CPU
    moved = chosen.columns.moved
    if start[1] > 0 or (moved is not None and moved.mostly_dense):
        return Placement.PARTIAL
    is_moe = bool(chosen.columns.work.expert_share[case.row] > 0)
    expert_moved = moved is not None and moved.experts[0] > 0
    return Placement.EXPERTS_IN_RAM if is_moe and (case.n_cpu_moe > 0 or expert_moved) else Placement.GPU


def judge(case: Case, memory: MemoryBreakdown, fit: Fit, code: Placement) -> tuple[Verdict, list[str]]:
    """Verdict of a case and the reasons in words."""
    engine = np.broadcast_to(memory.total - memory.overhead, memory.total.shape)[0, 0]
    host = case.devices.host
    reasons: list[str] = []
    unknown_host = not np.isfinite(host.capacity) and not case.devices.unified
    if not bool(fit.without_reserve[0, 0]):
        for gpu, size in zip(case.devices.gpus, engine[1:], strict=True):
            need = size + (engine[0] if case.devices.unified else 0.0)
            if need > gpu.room:
                reasons.append(
                    say(
                        "short by {short} on {device} ({accelerator}): needs {need} of {room}",
                        short=units.gib(need - gpu.room),
                        device=gpu.name,
                        accelerator=gpu.accelerator,
                        need=units.gib(need),
                        room=units.gib(gpu.room),
                    )
                )
        if not case.devices.unified and engine[0] > host.usable:
            reasons.append(
                say(
                    "short by {short} of RAM: needs {need} of {room} (RAM that would page counts as not fitting)",
                    short=units.gib(engine[0] - host.usable),
                    need=units.gib(engine[0]),
                    room=units.gib(host.usable),
                )
            )
        if reasons:
            return Verdict.DOES_NOT_FIT, reasons
    if unknown_host:
        return Verdict.UNKNOWN, [
            say(
                "the size of the RAM is unknown; {need} of it are needed",
                need=units.gib(float(engine[0])),
            )
        ]
    offloaded = code in (Placement.EXPERTS_IN_RAM, Placement.PARTIAL)
    verdict = Verdict.FITS_WITH_OFFLOAD if offloaded else Verdict.FITS
    if not bool(fit.with_reserve[0, 0]):
        verdict = Verdict.TIGHT
        reasons.append(say("less than the reserve is left on a GPU"))
    return verdict, reasons


def _device_plans(case: Case, memory: MemoryBreakdown) -> tuple[DevicePlan, ...]:
    shape = memory.total.shape

    def row(name: str) -> list[int]:
        return [int(v) for v in np.rint(np.broadcast_to(getattr(memory, name), shape)[0, 0])]

    model, experts, kv, recurrent = row("model"), row("experts"), row("kv"), row("recurrent")
    compute, output, overhead = row("compute"), row("output"), row("overhead")
    start, n_layers = case.placement.start[0, 0], int(case.columns.cache.n_layer_all[case.row])
    plans = []
    for i in (*range(1, len(model)), 0):
        first, end = int(start[i]), min(int(start[i + 1]), n_layers)
        total = model[i] + kv[i] + recurrent[i] + compute[i] + output[i] + overhead[i]
        common: dict[str, Any] = {
            "model_bytes": model[i],
            "expert_bytes": experts[i],
            "kv_bytes": kv[i],
            "recurrent_bytes": recurrent[i],
            "compute_bytes": compute[i],
            "output_bytes": output[i],
            "overhead_bytes": overhead[i],
            "total_bytes": total,
            "layers": (first, end - 1) if end > first else None,
        }
        if i:
            gpu = case.devices.gpus[i - 1]
            plans.append(
                DevicePlan(
                    gpu.name,
                    "gpu",
                    gpu.accelerator,
                    int(gpu.capacity),
                    int(gpu.usable),
                    int(gpu.others),
                    outside=(_driver_part(case, gpu, i - 1), *gpu.outside),
                    others_kind="use" if gpu.others_measured else "driver",
                    **common,
                )
            )
        else:
            host = case.devices.host
            known = bool(np.isfinite(host.capacity))
            repack = int(np.ravel(memory.repack)[0])
            plans.append(
                DevicePlan(
                    "Host",
                    "host",
                    None,
                    int(host.capacity) if known else None,
                    int(host.usable) if known else None,
                    int(host.others),
                    repack_bytes=repack or None,
                    outside=(*host.outside, *_growing(case, memory)),
                    others_kind="system" if host.described else "use",
                    **common,
                )
            )
    return tuple(plans)


def _growth_reasons(case: Case, devices: Sequence[DevicePlan]) -> list[str]:
    """Say where the prompt cache may grow beyond what is left of the host's memory."""
    host = next(d for d in devices if d.kind == "host")
    cache = next((p for p in host.outside if p.name == "prompt cache" and not p.bytes), None)
    if cache is None or host.usable_bytes is None or case.devices.unified:
        return []
    left = host.usable_bytes - (host.total_bytes - host.overhead_bytes)
    if cache.high <= left:
        return []
    limit = "any size" if not np.isfinite(cache.high) else units.gib(cache.high)
    kept = max(int(left / 2 / units.MIB) // 256 * 256, 0)
    return [
        say(
            "the prompt cache may grow to {limit} of RAM with use, and {left} are left: --cache-ram {kept} keeps it within",
            limit=limit,
            left=units.gib(max(left, 0)),
            kept=kept,
        )
    ]


def _driver_part(case: Case, gpu: PlanDevice, index: int) -> OutsidePart:
    """The driver's context on a GPU: what is left of its overhead without the parts charged to it."""
    rest = gpu.overhead - sum(part.bytes for part in gpu.outside)
    low, high = gpu.overhead_range
    return driver_part(rest, low, high, gpu.overhead_source, case.devices.backend, index)


def _growing(case: Case, memory: MemoryBreakdown) -> list[OutsidePart]:
    """What grows on the host with use, without what is already counted there."""
    cached = case.columns.cache
    cells = cache_cells(
        np.array([case.n_ctx]),
        case.context.n_seq_max,
        case.context.kv_unified,
        cached.window[case.row],
        case.context.n_ubatch,
        case.context.swa_full,
        case.context.n_batch,
    )
    context, window = case.context, 0.0
    if not context.swa_full:
        per_cell = (
            cached.k_window[case.row, -1] * context.bytes_per_k
            + cached.v_window[case.row, -1] * context.bytes_per_v
        )
        window = float(per_cell * float(np.ravel(cells.window)[0]) * float(np.ravel(cells.n_stream)[0]))
    state = float(memory.recurrent.sum()) / (1 + context.n_rs_seq)
    kept = {part.name for part in case.devices.host.outside}
    slot = case.n_ctx // (1 if context.kv_unified else context.n_seq_max)
    return [p for p in growing_parts(case.settings, context, state, window, slot) if p.name not in kept]


def _throughput(case: Case, speed: SpeedEstimate) -> Throughput | None:
    workload = case.workload
    if workload.gen_tokens <= 0 and workload.prompt_tokens <= 0:
        return None

    def one(value: Any) -> float:
        return float(np.ravel(np.asarray(value, dtype=np.float64))[0])

    decode = speed.decode
    decode_range = (
        Range(one(decode.tps_p10), one(decode.tps_p50), one(decode.tps_p90)) if workload.gen_tokens else None
    )
    prefill_range = ttft = aggregate = None
    if speed.prefill is not None and workload.prompt_tokens:
        p = speed.prefill
        prefill_range = Range(one(p.tps_p10), one(p.tps_p50), one(p.tps_p90))
        with np.errstate(divide="ignore", invalid="ignore"):
            slow, mid, fast = (workload.prompt_tokens / v for v in (p.tps_p10, p.tps_p50, p.tps_p90))
            steps = (1.0 / decode.tps_p10, 1.0 / decode.tps_p50, 1.0 / decode.tps_p90)
        ttft = Range(
            one(time_to_first_token(fast, steps[2])),
            one(time_to_first_token(mid, steps[1])),
            one(time_to_first_token(slow, steps[0])),
        )
    if speed.batch is not None and workload.gen_tokens:
        b = speed.batch
        aggregate = Range(one(b.aggregate_p10), one(b.aggregate_p50), one(b.aggregate_p90))
    elif workload.concurrency == 1:
        aggregate = decode_range
    limit = int(np.ravel(decode.limited_by)[0])
    basis = (
        load_calibration().basis(device_class(case.devices))
        if case.devices.gpus
        else say("fitted: CPU, llama.cpp")
    )
    if one(speed.load.n_host_layers) + one(speed.load.host_kv_bytes) > 0:
        basis = say_list([basis, *host_unknowns(case.devices.host, case.context.threads)], "; ")
    word = LIMITS[limit] if limit >= 0 else "unknown"
    return Throughput(decode_range, prefill_range, ttft, aggregate, word, basis)


def _serving(
    case: Case, chosen: Selection, speed: SpeedEstimate, alone: Range | None
) -> tuple[ServedPoint, ...]:
    """Decode speed against the number of users, where more than one is asked for."""
    slots, workload = case.context.n_seq_max, case.workload
    if max(slots, workload.concurrency) == 1 or workload.gen_tokens <= 0:
        return ()
    users = user_counts(workload.concurrency, slots)
    found = batched(chosen, case.placement, case.context, case.devices, speed.load, np.array([users]))
    return served_points(users, found, alone)


def _loss_text(loss: float, case: Case) -> str | None:
    if case.model.checkpoint == "MXFP4" and "MXFP4" in case.quant_name:
        return say("none: trained in this format")
    if not np.isfinite(loss):
        return None
    return say(
        "{loss} (published table; other models differ)",
        loss=say("mean KL divergence {loss} nats on Llama 3 8B", loss=figure(f"{loss:.3f}")),
    )


def settings_json(settings: LlamaSettings, context: LlamaContext, n_ctx: int) -> dict[str, Any]:
    """Every setting in effect, as in a request."""
    values: dict[str, Any] = {field.name: getattr(settings, field.name) for field in fields(settings)}
    layers, experts = settings.n_gpu_layers, settings.n_cpu_moe
    values |= {
        "n_ctx": n_ctx,
        "n_parallel": context.n_seq_max,
        "kv_unified": context.kv_unified,
        "n_gpu_layers": "all" if layers == ALL_LAYERS else layers,
        "n_cpu_moe": "all" if experts == ALL_LAYERS else experts,
        "flash_attn": context.flash_attn,
    }
    lists = ("tensor_split", "devices", "override_tensor", "rpc", "fit_target", "draft_devices", "spec_type")
    for name in lists:
        if values[name] is not None:
            values[name] = [list(v) if isinstance(v, tuple) else v for v in values[name]]
    return values


def model_source(model: ModelSpec, quant_name: str) -> ModelSource:
    """Where the file can be fetched, by publisher."""
    repositories = model.repositories.gguf
    ranked = sorted(
        repositories,
        key=lambda r: (
            PREFERRED_PUBLISHERS.index(r.split("/")[0]) if r.split("/")[0] in PREFERRED_PUBLISHERS else 9,
            r,
        ),
    )
    # ggml-org publishes one or two quantizations of a model; the others carry all of them
    native = quant_name.startswith("MXFP4")
    full = [r for r in ranked if native or not r.startswith("ggml-org/")] or ranked
    if not full:
        name = model.id.split("/")[-1]
        return ModelSource(placeholder=f"{name}-{quant_name}.gguf")
    return ModelSource(repo=full[0], quant=None if native else quant_name)


def write_command(case: Case, devices: Sequence[DevicePlan]) -> LaunchCommand | None:
    """Write the command of a case, each flag with the number it causes."""
    gpu_kv = sum(d.kv_bytes for d in devices if d.kind == "gpu")
    host = next(d for d in devices if d.kind == "host")
    effects = {
        "n_ctx": say("{size} of KV cache", size=units.mib(gpu_kv + host.kv_bytes)),
        "n_cpu_moe": say("{size} of experts in RAM", size=units.gib(host.expert_bytes)),
        "n_ubatch": say(
            "{size} of compute buffer", size=units.mib(max((d.compute_bytes for d in devices), default=0))
        ),
    }
    settings = case.settings
    source = model_source(case.model, case.quant_name)

    def written(with_settings: LlamaSettings) -> LaunchCommand:
        return llama_launch_command(
            with_settings,
            source,
            case.engine_version,
            case.workload,
            effects,
            with_settings.mmproj,
            case.draft_source,
        )

    try:
        return written(settings)
    except UnsupportedSetting:
        return written(replace(settings, cache_ram_mib=None))
