"""Plans as text for a terminal. Formats what the records hold; computes nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from planner import units
from planner.machine import Machine
from planner.plan import DevicePlan, Plan, Range
from planner.records import Verdict
from planner.wishes import Wishes
from planner.words import Said, figure, plain, say, say_list

if TYPE_CHECKING:
    from models_db.accelerator import AcceleratorSpec
    from planner.curves import Curve
    from planner.serving import ServedPoint

PLACEMENT_WORDS = {
    "gpu": say("all on the GPU"),
    "experts_in_ram": say("experts in RAM"),
    "partial": say("layers split with RAM"),
    "cpu": say("on the CPU"),
    "none": say("does not fit"),
}


def table(rows: Sequence[Sequence[str]], heads: Sequence[str], right: Iterable[int] = ()) -> str:
    """Columns of text under their heads, right-aligned where asked."""
    right_set = set(right)
    widths = [max(len(str(row[i])) for row in [heads, *rows]) for i in range(len(heads))]

    def line(row: Sequence[str]) -> str:
        cells = [
            str(c).rjust(w) if i in right_set else str(c).ljust(w)
            for i, (c, w) in enumerate(zip(row, widths, strict=True))
        ]
        return "  ".join(cells).rstrip()

    return "\n".join([line(heads), "  ".join("-" * w for w in widths), *(line(row) for row in rows)])


def speed(value: Range | None) -> str:
    """An 80 % range as ``118–152``; unknown stays so."""
    if value is None or value.to_json() is None:
        return units.UNKNOWN
    return figure(f"{plain(units.rate(value.p10))}–{plain(units.rate(value.p90))}")


MAX_NAMED_GPUS = 2
"""More GPUs than this are summed up in a sentence."""
VERDICT_WORDS = {
    Verdict.FITS: say("Fits"),
    Verdict.FITS_WITH_OFFLOAD: say("Fits with RAM"),
    Verdict.TIGHT: say("Tight"),
}


def verdict_sentence(plan: Plan) -> Said:
    """Say in one sentence whether the plan fits, how full the devices are, and how fast it is."""
    gpus = [d for d in plan.devices if d.kind == "gpu"]
    host = next((d for d in plan.devices if d.kind == "host"), None)
    if plan.verdict is Verdict.UNKNOWN:
        return say(
            "Unknown: {reason}",
            reason=plan.reasons[0] if plan.reasons else say("something needed is not known"),
        )
    if plan.verdict is Verdict.DOES_NOT_FIT:
        return say("Does not fit: {reason}", reason=plan.reasons[0] if plan.reasons else say("too large"))
    sizes = [
        say(
            "{used} of {all} on {device}",
            used=units.gib(d.total_bytes),
            all=units.gib(d.capacity_bytes),
            device=d.accelerator or d.name,
        )
        for d in gpus
        if d.total_bytes
    ]
    if len(sizes) > MAX_NAMED_GPUS:
        sizes = [_gpus_together([d for d in gpus if d.total_bytes])]
    if host is not None and (host.total_bytes > units.GIB or not sizes):
        sizes.append(
            say(
                "{used} of {all} RAM",
                used=units.gib(host.total_bytes),
                all=units.gib(host.capacity_bytes),
            )
        )
    decode = plan.throughput.decode_tps if plan.throughput else None
    sentence = say(
        "{verdict} ({placement}): {sizes}; {speed}.",
        verdict=VERDICT_WORDS[plan.verdict],
        placement=PLACEMENT_WORDS[plan.placement],
        sizes=say_list(sizes),
        speed=say("{rate} tok/s", rate=speed(decode)) if decode else say("speed unknown"),
    )
    reach, trained = plan.reach_n_ctx, plan.n_ctx_train
    if reach and trained and reach > trained:
        return say(
            "{sentence} {context} of context would still fit; the model is trained to {trained}.",
            sentence=sentence,
            context=units.tokens(reach),
            trained=units.tokens(trained),
        )
    if plan.longest_n_ctx and plan.n_ctx and plan.longest_n_ctx > plan.n_ctx:
        return say(
            "{sentence} {context} of context would still fit.",
            sentence=sentence,
            context=units.tokens(plan.longest_n_ctx),
        )
    return sentence


def _gpus_together(gpus: Sequence[DevicePlan]) -> Said:
    """Several GPUs in one phrase: all together, and the one with the least left."""
    fullest = min(gpus, key=lambda d: (d.free_bytes if d.free_bytes is not None else 0, d.name))
    capacities = [d.capacity_bytes for d in gpus if d.capacity_bytes is not None]
    return say(
        "{used} of {all} on {n} GPUs, fullest {device} ({used_there} of {all_there})",
        n=len(gpus),
        used=units.gib(sum(d.total_bytes for d in gpus)),
        all=units.gib(sum(capacities) if len(capacities) == len(gpus) else None),
        device=fullest.name,
        used_there=units.gib(fullest.total_bytes),
        all_there=units.gib(fullest.capacity_bytes),
    )


OTHERS_WORDS = {
    "use": say("In use by others"),
    "driver": say("Kept by driver or system"),
    "system": say("Left to the system (assumed)"),
}
"""What the use of a device by others is, by :attr:`planner.plan.DevicePlan.others_kind`."""


def device_line(device: DevicePlan) -> str:
    """One device with its kinds of memory, largest pieces named."""
    parts = [
        ("weights", device.model_bytes - device.expert_bytes),
        ("experts", device.expert_bytes),
        ("KV cache", device.kv_bytes),
        ("recurrent state", device.recurrent_bytes),
        ("compute", device.compute_bytes),
        ("output", device.output_bytes),
        ("overhead", device.overhead_bytes),
    ]
    shown = ", ".join(f"{name} {units.mib(size)}" for name, size in parts if size)
    where = device.accelerator or device.name
    layers = f", layers {device.layers[0]}–{device.layers[1]}" if device.layers else ""
    free = device.free_bytes
    room = (
        ""
        if free is None
        else (f"; {units.gib(free)} free" if free >= 0 else f"; short by {units.gib(-free)}")
    )
    size = f"{units.gib(device.total_bytes)} of {units.gib(device.capacity_bytes)}"
    return f"{device.name} ({where}{layers}): {size}: {shown}{room}"


def outside_lines(plan: Plan) -> list[str]:
    """What the overhead of each device is made of, with its range; what only grows with use after it."""
    lines = []
    for device in plan.devices:
        for part in device.outside:
            most = "any size" if not math.isfinite(part.high) else units.mib(part.high)
            size = units.mib(part.bytes) if part.bytes else "0 MiB at first"
            span = "" if part.low == part.high else f" ({units.mib(part.low)} to {most})"
            lines.append(f"    {device.name}: {part.name} {size}{span}; {part.switch}")
    return lines


CURVE_STEPS = 9
"""Steps of a curve that are printed, besides the marked ones."""


def curve_lines(curve: Curve, at: int | None) -> list[str]:
    """Speed against the layers whose experts stay in RAM, with the best step and the plan's own marked."""
    last = len(curve.x) - 1
    shown = {round(i * last / (CURVE_STEPS - 1)) for i in range(CURVE_STEPS)}
    marks: dict[int, list[str]] = {}
    if curve.best >= 0:
        marks.setdefault(curve.best, []).append("fastest of whole layers")
    if at is not None and at <= last:
        marks.setdefault(at, []).append("this plan")
    rows = []
    for i in sorted(shown | set(marks)):
        span = Range(float(curve.decode_p10[i]), float(curve.decode_p50[i]), float(curve.decode_p90[i]))
        rows.append(
            (
                str(int(curve.x[i])),
                units.gib(float(curve.gpu_bytes[i])),
                str(speed(span)) if curve.fits[i] else "does not fit",
                ", ".join(marks.get(i, ())),
            )
        )
    return [
        table(rows, ("experts in RAM, layers", "fullest GPU", "tok/s", ""), right=(0, 1, 2)),
        "a layer may keep single matrices on the GPU, so a plan can be faster than the step it is marked at",
    ]


def context_lines(curve: Curve, at: int | None) -> list[str]:
    """Speed with the context full against its size, with the plan's own marked."""
    rows = []
    for i, n_ctx in enumerate(curve.x.tolist()):
        if n_ctx & (n_ctx - 1) and n_ctx != at and i != len(curve.x) - 1:
            continue
        span = Range(float(curve.decode_p10[i]), float(curve.decode_p50[i]), float(curve.decode_p90[i]))
        rows.append(
            (
                units.tokens(n_ctx),
                units.gib(float(curve.gpu_bytes[i])),
                str(speed(span)) if curve.fits[i] else "does not fit",
                "this plan" if n_ctx == at else "",
            )
        )
    return [table(rows, ("context, full", "fullest device", "tok/s", ""), right=(0, 1, 2))]


def _flag(name: str, value: str | None) -> str:
    return name if value is None else f"{name} {value}"


def serving_table(points: Sequence[ServedPoint]) -> str:
    """Decode speed against the number of users: together with its range, and what each gets."""
    rows = [
        (str(p.concurrency), f"{p.running:.0f}", speed(p.aggregate_tps), units.rate(p.per_user_tps))
        for p in points
    ]
    return table(rows, ("users", "at once", "together, tok/s", "each, tok/s"), right=(0, 1, 2, 3))


def plan_text(plan: Plan, shell: str = "posix") -> str:
    """The whole plan for a terminal."""
    lines = [
        f"{plan.model_name} {plan.quant or ''} with {plan.engine} {plan.engine_version} ({plan.backend})".replace(
            "  ", " "
        )
    ]
    lines.append(verdict_sentence(plan))
    lines += [f"  note: {reason}" for reason in plan.reasons if reason not in lines[1]]
    lines += ["", *(f"  {device_line(d)}" for d in plan.devices)]
    lines += outside_lines(plan)
    if plan.throughput:
        t = plan.throughput
        lines += [
            "",
            f"  decode {speed(t.decode_tps)} tok/s, prefill {speed(t.prefill_tps)} tok/s, first token {_ttft(t.ttft_s)}",
        ]
        aggregate = t.aggregate_decode_tps
        if aggregate is not None and aggregate != t.decode_tps:
            lines.append(f"  all users together {speed(aggregate)} tok/s")
        lines.append(f"  limited by {t.limited_by}; {t.basis}")
        if len(t.serving) > 1:
            lines += ["", serving_table(t.serving)]
    if plan.quality_loss:
        lines.append(f"  quantization loss: {plan.quality_loss}")
    if plan.command:
        by_shell = {
            "posix": plan.command.posix,
            "powershell": plan.command.powershell,
            "cmd": plan.command.cmd or "cmd.exe cannot pass one of the arguments; use PowerShell",
        }
        lines += ["", by_shell[shell]]
        lines += [f"  {_flag(f.flag, f.value)}: {f.text}" for f in plan.command.flags]
        lines += [f"  note: {note}" for note in plan.command.notes]
        for other in plan.commands:
            if other.argv[0] != plan.command.argv[0]:
                shown = {"posix": other.posix, "powershell": other.powershell, "cmd": other.cmd}[shell]
                lines += ["", *([f"on {other.where}, first:"] if other.where else [])]
                lines += [shown or "cmd.exe cannot pass one of the arguments; use PowerShell"]
                known = {(f.flag, f.value) for f in plan.command.flags}
                fresh = [f for f in other.flags if (f.flag, f.value) not in known]
                lines += [f"  {_flag(f.flag, f.value)}: {f.text}" for f in fresh]
                lines += [f"  note: {note}" for note in other.notes if note not in plan.command.notes]
    if plan.context_curve is not None:
        lines += ["", *context_lines(plan.context_curve, plan.n_ctx)]
    if plan.curve is not None:
        lines += ["", *curve_lines(plan.curve, plan.curve_at)]
    if plan.alternatives:
        lines += ["", "Alternatives"]
        rows = [
            (
                a.quant or "",
                PLACEMENT_WORDS[a.placement],
                _device_total(a, "gpu"),
                _device_total(a, "host"),
                _decode(a),
            )
            for a in plan.alternatives
        ]
        lines.append(table(rows, ("quant", "placement", "GPU", "RAM", "tok/s"), right=(2, 3, 4)))
    return "\n".join(lines)


def rank_text(plans: Sequence[Plan], reasons: Sequence[str], top: int | None) -> str:
    """The ranking as a table."""
    rows = []
    for number, (plan, reason) in enumerate(zip(plans, reasons, strict=True), start=1):
        if top is not None and number > top:
            break
        rows.append(
            (
                str(number),
                plan.model_name,
                plan.quant or "",
                PLACEMENT_WORDS[plan.placement],
                _device_total(plan, "gpu"),
                _device_total(plan, "host"),
                _decode(plan),
                units.gb(plan.file_bytes),
                reason,
            )
        )
    heads = ("#", "model", "quant", "placement", "GPU", "RAM", "tok/s (80 %)", "file", "why here")
    return table(rows, heads, right=(0, 4, 5, 6, 7))


def machine_text(machine: Machine) -> str:
    """What the machine has and what could not be read."""
    lines = [machine.name]
    for index, gpu in enumerate(machine.gpus):
        free = f", {units.gib(gpu.free_bytes)} free" if gpu.free_bytes is not None else ""
        lines.append(
            f"  GPU {index}: {gpu.name}, {units.gib(gpu.memory_bytes)}{free}, {units.bandwidth(gpu.bandwidth_bytes_per_s)}"
            f" ({gpu.origin.get('bandwidth_bytes_per_s', 'unknown')})"
            + (f", compute capability {gpu.compute_capability}" if gpu.compute_capability else "")
            + (f", driver {gpu.driver}" if gpu.driver else "")
            + (
                f", PCIe {gpu.pcie_generation}.0 x{gpu.pcie_lanes}"
                if gpu.pcie_generation and gpu.pcie_lanes
                else ""
            )
        )
    if not machine.gpus:
        lines.append("  GPU: none found")
    cores = f", {machine.cpu.cores} cores" if machine.cpu.cores else ""
    flops = machine.cpu.vector_flops
    rate = f", {flops / 1e9:,.0f} GFLOP/s (measured)" if flops else ""
    lines.append(f"  CPU: {machine.cpu.name or 'unknown'}{cores}{rate}")
    ram = machine.ram
    limit = f", limited to {units.gib(ram.limit_bytes)} by the container" if ram.limit_bytes else ""
    lines.append(
        f"  RAM: {units.gib(ram.total_bytes)}, {units.gib(ram.available_bytes)} available{limit},"
        f" {units.bandwidth(ram.bandwidth_bytes_per_s)} ({ram.bandwidth_origin})"
        + (f", {ram.kind}" if ram.kind else "")
    )
    lines += [f"  engine: {engine.name} {engine.version} ({engine.path})" for engine in machine.engines]
    if machine.detected and not machine.engines:
        lines.append("  engine: neither llama-server nor vllm found on the path")
    lines += [f"  note: {note}" for note in machine.notes]
    return "\n".join(lines)


def _ttft(value: Range | None) -> str:
    if value is None or value.to_json() is None:
        return "unknown"
    return f"{units.seconds(value.p10)}–{units.seconds(value.p90)}"


def _decode(plan: Plan) -> str:
    return speed(plan.throughput.decode_tps) if plan.throughput else "–"


def _device_total(plan: Plan, kind: str) -> str:
    devices = [d for d in plan.devices if d.kind == kind]
    return units.gib(sum(d.total_bytes for d in devices)) if devices else "–"


def rank_foot(shown: int, fitting: int, hidden: int, wishes: Wishes) -> str:
    """What the ranking was made for and how many models it leaves out."""
    tail = f"; {hidden} models do not fit (--all lists them)" if hidden > 0 else ""
    work = wishes.workload.within(wishes.n_ctx)
    return (
        f"{shown} of {fitting} models that fit at {units.tokens(wishes.n_ctx)} of context per user{tail}. "
        f"Speeds are 80 % ranges for {work.gen_tokens:,} tokens after {work.depth + work.prompt_tokens:,}."
    )


def check_text(plan: Plan) -> str:
    """The answer about somebody's own command, with one that fits when it does not."""
    lines = [plan_text(replace(plan, command=None, alternatives=()))]
    for better in plan.alternatives:
        lines += ["", f"What does fit: {verdict_sentence(better)}"]
        if better.command:
            lines += ["", better.command.posix]
    return "\n".join(lines)


def models_text(models: Sequence[dict[str, Any]]) -> str:
    """The catalogue as a table; one model in full."""
    if len(models) == 1:
        return _model_text(models[0])
    rows = []
    for model in models:
        sizes = model["parameters"]
        licence = model["licence"] or {}
        rows.append(
            (
                model["name"],
                units.parameters(sizes["total"]),
                units.parameters(sizes["active"]),
                units.tokens(model["n_ctx_train"]) if model["n_ctx_train"] else "unknown",
                licence.get("id", "unknown"),
                model["released"] or "unknown",
                model["provenance"],
                model["id"],
            )
        )
    return table(
        rows, ("model", "total", "active", "context", "licence", "released", "", "id"), right=(1, 2, 3)
    )


def _model_text(model: dict[str, Any]) -> str:
    sizes, licence = model["parameters"], model["licence"] or {}
    lines = [f"{model['name']}  ({model['id']}, {model['provenance']})"]
    lines.append(
        f"  parameters: {units.parameters(sizes['total'])} total, {units.parameters(sizes['active'])} active"
    )
    if model["n_ctx_train"]:
        lines.append(
            f"  context: {model['n_ctx_train']:,} tokens; architecture {model['architecture']}; released {model['released']}"
        )
    if licence:
        osi = "OSI-approved" if licence["osi_approved"] else "not OSI-approved"
        lines.append(f"  licence: {licence['name']} ({osi}; commercial use: {licence['commercial_use']})")
    if model["aliases"]:
        lines.append(f"  also: {', '.join(model['aliases'])}")
    for kind, names in model["repositories"].items():
        if names:
            lines.append(f"  {kind}: {', '.join(names)}")
    lines += [
        f"  {s['benchmark']} {s['value']:g} ({s['setting']}; {s['source']}, {s['date']})"
        for s in model["scores"]
    ]
    for label in ("claims", "evidence"):
        lines += [f"  {label}: {line}" for line in model[label]]
    if model["nearest"]:
        lines.append(f"  nearest published model: {model['nearest']}")
    if model["unverified"]:
        lines.append(f"  unverified: {model['unverified']}")
    return "\n".join(lines)


def accelerators_text(rows: Sequence[AcceleratorSpec]) -> str:
    """The accelerator table."""
    shown = []
    for a in rows:
        tensor = f"{a.flops.fp16 / 1e12:,.0f}" if a.flops.fp16 else "unknown"
        link = f"{a.pcie_generation}.0 x{a.pcie_lanes}" if a.pcie_generation and a.pcie_lanes else "–"
        shown.append(
            (
                a.name,
                a.generation,
                units.gib(a.memory_bytes, 0),
                units.bandwidth(a.bandwidth_bytes_per_s),
                tensor,
                a.compute_capability or "–",
                link,
            )
        )
    heads = ("accelerator", "generation", "memory", "bandwidth", "FP16 TFLOPS", "CC", "PCIe")
    return table(shown, heads, right=(2, 3, 4))
