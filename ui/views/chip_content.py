"""What the chips of the machine bar say: one device or several alike, the system memory, the processor, the engines."""

from __future__ import annotations

from dataclasses import replace

from planner import units
from planner.machine import Device, Machine
from ui.machine_state import MachineState
from ui.widgets.device_chip import ChipContent
from ui.words import shown, tr


def short_name(gpu: Device) -> str:
    """Name of a GPU as it fits on a chip."""
    name = gpu.accelerator or gpu.name
    for word in ("NVIDIA GeForce ", "NVIDIA ", "AMD ", "Intel(R) ", "GeForce "):
        name = name.removeprefix(word)
    return name


def alike(one: Device, other: Device) -> bool:
    """Whether two GPUs differ in nothing but what is free of them and where their values come from."""
    plain = {"origin": {}, "free_bytes": None, "display_active": None}
    return replace(one, **plain) == replace(other, **plain) and (one.free_bytes is None) == (
        other.free_bytes is None
    )


def chip_groups(machine: Machine, missing: dict[int, str]) -> list[list[int]]:
    """GPUs that share a chip, by index: those alike, what is missing apart."""
    groups: list[list[int]] = []
    for index, gpu in enumerate(machine.gpus):
        for group in groups:
            same = alike(machine.gpus[group[0]], gpu)
            if same and (index in missing) == (group[0] in missing):
                group.append(index)
                break
        else:
            groups.append([index])
    return groups


def gpu_chip(gpus: list[Device], since: str = "") -> ChipContent:
    """Chip of one GPU, or of several alike.

    Parameters
    ----------
    gpus : list of Device
        At least one.
    since : str
        When they stopped to answer; empty = they are there.
    """
    gpu = gpus[0]
    name = tr("{n}× {name}").format(n=len(gpus), name=short_name(gpu)) if len(gpus) > 1 else short_name(gpu)
    right = units.bandwidth(gpu.bandwidth_bytes_per_s)
    if since:
        return ChipContent(
            "gpu",
            name,
            "",
            tr("no longer there since {time}").format(time=since),
            state="absent",
            keep_detail=True,
        )
    total = gpu.memory_bytes
    free = [g.free_bytes for g in gpus if g.free_bytes is not None]
    used = None
    if total is None:
        detail = tr("memory unknown")
    elif not free:
        detail, used = units.gib(total), 0.0
    else:
        detail, used = free_text(min(free), total), 1 - min(free) / total if total else 0.0
    if len(gpus) > 1:
        detail = tr("{detail} each").format(detail=detail)
    return ChipContent("gpu", name, right, detail, used)


def free_text(free: int, total: int) -> str:
    """What is free of a memory."""
    return tr("{free} of {total} free").format(
        free=units.gib(free).removesuffix(" GiB"), total=units.gib(total)
    )


def failure_chip(state: MachineState) -> ChipContent:
    """Chip of a probe that failed: why, or what is planned with meanwhile."""
    text = shown(state.failed[0])
    known = 0 if state.detected is None else len(state.detected.gpus)
    used = state.machine.gpus[known:]
    detail = text.partition(":")[2].strip() or text
    if used:
        detail = tr("Using {gpu} from the table").format(gpu=" + ".join(dict.fromkeys(map(short_name, used))))
    head = text.partition(":")[0]
    name = tr("{probe} not readable").format(probe=head) if len(head) < 24 else tr("Probe failed")
    return ChipContent("warning", name, "", detail, state="failed", spoken=f"{name}: {text}. {detail}")


def ram_chip(machine: Machine, own: bool = False) -> ChipContent:
    """Chip of the system memory; on this machine with a word that measures it where that was not done."""
    ram = machine.ram
    total, free = ram.total_bytes, ram.available_bytes
    size = tr("RAM") if total is None else f"{units.gib(total, 0)} {ram.kind or tr('RAM')}"
    used = None
    if total is None:
        detail = tr("size unknown")
    elif free is None:
        detail, used = units.gib(total), 0.0
    else:
        detail, used = free_text(free, total), 1 - free / total if total else 0.0
    rate = ram.bandwidth_bytes_per_s
    right = (
        tr("bandwidth unknown")
        if rate is None
        else f"{units.bandwidth(rate)} {origin_word(ram.bandwidth_origin)}"
    )
    if own and ram.bandwidth_origin not in ("measured", "entered"):
        unknown = f"{size}, {detail}, {right}"
        return ChipContent(
            "ram",
            size,
            tr("Measure") if rate is None else tr("{rate}, measure").format(rate=right),
            detail,
            used,
            spoken=unknown,
            link=True,
            right_short=tr("Measure"),
        )
    short = "" if rate is None else units.bandwidth(rate)
    return ChipContent("ram", size, right, detail, used, right_short=short)


def origin_word(origin: str) -> str:
    """Where a value comes from, in one word."""
    words = {
        "measured": tr("measured"),
        "table": tr("by table"),
        "entered": tr("entered"),
        "detected": tr("detected"),
        "assumed": tr("assumed"),
        "unknown": tr("unknown"),
    }
    return words.get(origin, origin)


def cpu_chip(machine: Machine) -> ChipContent:
    """Chip of the processor."""
    cpu = machine.cpu
    cores = tr("{n} cores").format(n=cpu.cores) if cpu.cores else ""
    features = {"avx512f": "AVX-512", "amx_tile": "AMX", "avx2": "AVX2", "neon": "NEON", "asimd": "NEON"}
    best = next((label for key, label in features.items() if key in cpu.features), cpu.architecture)
    return ChipContent("cpu", cpu.name or tr("Processor"), cores, best or tr("details unknown"))


def engines_chip(state: MachineState) -> ChipContent:
    """Chip of the engines found."""
    engines = state.machine.engines
    if state.detecting and not engines:
        return ChipContent("engine", tr("Engines"), "", tr("looking…"))
    if not engines:
        return ChipContent(
            "engine", tr("Engines"), "", tr("none found") if state.own else tr("not known"), state="absent"
        )
    first = " · ".join(f"{e.name} {e.version}" for e in engines[:2])
    return ChipContent("engine", tr("Engines"), tr("{n} found").format(n=len(engines)), first)
