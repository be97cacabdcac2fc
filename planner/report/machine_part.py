"""What a report says about the machine and about what was assumed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from planner import units
from planner.machine import Device, Machine
from planner.plan import Plan
from planner.report.blocks import Block, Bullets, Cell, Column, Section, Table
from planner.wishes import Wishes
from planner.words import figure, filled, say, say_list

ORIGIN_WORDS = {
    "detected": say("detected"),
    "entered": say("entered"),
    "measured": say("measured"),
    "table": say("table"),
    "unknown": say("unknown"),
}
"""Where a value of a machine comes from."""
OBJECTIVE_WORDS = {"quality": say("quality"), "speed": say("speed"), "context": say("context")}


def plan_title(plan: Plan) -> str:
    """Model, quantization and context."""
    name = f"{plan.model_name} {plan.quant or ''}".strip()
    return say("{model} at {context}", model=name, context=units.tokens(plan.n_ctx)) if plan.n_ctx else name


def machine_words(machine: Machine) -> str:
    """The GPUs of a machine in a few words, for a title."""
    groups = [(n, len(list(same))) for n, same in groupby(g.accelerator or g.name for g in machine.gpus)]
    words = " + ".join(name if count == 1 else f"{count} × {name}" for name, count in groups)
    return words or say("a machine without a GPU")


def machine_section(*machines: Machine) -> Section:
    """Every part of one machine or several, with its value and where the value comes from."""
    blocks: list[Block] = []
    for machine in machines:
        blocks += _machine_blocks(machine)
    return Section(say("Machine") if len(machines) == 1 else say("Machines"), tuple(blocks))


def _machine_blocks(machine: Machine) -> list[Block]:
    rows: list[tuple[Cell | str, ...]] = []
    if machine.name:
        rows.append((say("Name"), machine.name, ""))
    first = 0
    for gpu, same in groupby(machine.gpus):
        count = len(list(same))
        name: str = f"GPU {first}"
        if count > 1:
            name = say("GPUs {first} to {last}", first=first, last=first + count - 1)
        first += count
        rows += _gpu_rows(name, gpu, count)
    if not machine.gpus:
        rows.append(("GPU", say("none"), ORIGIN_WORDS["detected" if machine.detected else "entered"]))
    cpu, ram = machine.cpu, machine.ram
    unknown = ORIGIN_WORDS["unknown"]
    origin = ORIGIN_WORDS["detected" if machine.detected else "entered"]
    processor: list[str] = [cpu.name or unknown]
    if cpu.name and cpu.cores:
        processor.append(say("{n} cores", n=cpu.cores))
    rows.append((say("CPU"), say_list(processor), origin if cpu.name else unknown))
    memory = [units.gib(ram.total_bytes)]
    if ram.kind:
        memory.append(ram.kind)
    if ram.available_bytes is not None:
        memory.append(say("{size} available", size=units.gib(ram.available_bytes)))
    if ram.limit_bytes:
        memory.append(say("limited to {size} by the container", size=units.gib(ram.limit_bytes)))
    rows.append((say("RAM"), say_list(memory), origin if ram.total_bytes is not None else unknown))
    bandwidth = units.bandwidth(ram.bandwidth_bytes_per_s)
    rows.append((say("RAM bandwidth"), bandwidth, origin_words(ram.bandwidth_origin)))
    detected = ORIGIN_WORDS["detected"]
    rows += [(say("Engine"), f"{e.name} {e.version} {e.path}".strip(), detected) for e in machine.engines]
    blocks: list[Block] = []
    columns = (
        Column(say("Part"), width=24),
        Column(say("Value"), width=56),
        Column(say("Origin"), width=20),
    )
    blocks.append(Table(columns, tuple(rows)))
    if machine.notes:
        blocks.append(Bullets(machine.notes))
    return blocks


def origin_words(origin: str) -> str:
    """Where a value comes from, in words."""
    return ORIGIN_WORDS.get(origin, origin)


def _gpu_rows(name: str, gpu: Device, count: int) -> list[tuple[Cell | str, ...]]:
    def origin(key: str) -> str:
        return origin_words(gpu.origin.get(key, "unknown"))

    model = gpu.name if count == 1 else f"{count} × {gpu.name}"
    extra = [
        text
        for text in (
            gpu.generation,
            say("compute capability {version}", version=gpu.compute_capability)
            if gpu.compute_capability
            else "",
            say("driver {version}", version=gpu.driver) if gpu.driver else "",
        )
        if text
    ]
    size, bandwidth = units.gib(gpu.memory_bytes), units.bandwidth(gpu.bandwidth_bytes_per_s)
    if count > 1:
        size, bandwidth = say("{amount} each", amount=size), say("{amount} each", amount=bandwidth)
    memory = [size]
    if gpu.free_bytes is not None:
        memory.append(say("{size} free", size=units.gib(gpu.free_bytes)))
    if gpu.unified_memory:
        memory.append(say("shared with the system"))
    rows: list[tuple[Cell | str, ...]] = [
        (
            name,
            say_list((model, *extra)),
            origin("name") if "name" in gpu.origin else origin("memory_bytes"),
        ),
        (say("{gpu}, memory", gpu=name), say_list(memory), origin("memory_bytes")),
        (say("{gpu}, bandwidth", gpu=name), bandwidth, origin("bandwidth_bytes_per_s")),
    ]
    if gpu.pcie_generation and gpu.pcie_lanes:
        link = f"PCIe {gpu.pcie_generation}.0 ×{gpu.pcie_lanes}"
        rows.append((say("{gpu}, link", gpu=name), link, origin("pcie")))
    return rows


def reserve_bytes(plan: Plan, wishes: Wishes | None) -> float | None:
    """Memory kept free on each GPU; read from the plan where the question is not known."""
    if wishes is not None:
        return wishes.reserve_bytes
    for device in plan.devices:
        if device.kind == "gpu" and device.capacity_bytes is not None and device.usable_bytes is not None:
            left = device.capacity_bytes - device.others_bytes - device.overhead_bytes - device.usable_bytes
            return max(left, 0)
    return None


def assumption_section(
    plans: Sequence[Plan],
    machines: Sequence[Machine],
    asked: Sequence[Wishes | None],
    others: Sequence[Plan] = (),
) -> Section:
    """What was asked and what was taken for granted.

    Parameters
    ----------
    plans : sequence of Plan
        Plans whose question and devices are described.
    machines, asked : sequences
        Machine and question of each plan; of the list where there is no plan.
    others : sequence of Plan
        Further plans of the same question, for the settings in use.
    """
    items: list[str] = []
    cases = list(zip(machines, asked, strict=True))
    seen: list[tuple[Machine, Wishes | None]] = []
    for index, case in enumerate(cases):
        if case in seen:
            continue
        seen.append(case)
        plan = plans[index] if index < len(plans) else None
        lines = _case_items(plan, *case)
        alike = all(c == case for c in cases)
        if not alike and plan is not None:
            title = plan_title(plan)
            lines = [say("{plan}: {what}", plan=title, what=line) for line in lines]
        items += lines
    items += _setting_items([*plans, *others])
    items.append(
        say(
            "Nothing else starts using the GPUs or the RAM meanwhile; weights that would page count as not fitting."
        )
    )
    return Section(say("Assumptions and reserve"), (Bullets(tuple(items)),))


def _case_items(plan: Plan | None, machine: Machine, wishes: Wishes | None) -> list[str]:
    """What one question on one machine takes for granted."""
    items: list[str] = []
    reserve = wishes.reserve_bytes if wishes else None
    if plan is not None:
        reserve = reserve_bytes(plan, wishes)
    if reserve is not None and machine.gpus:
        items.append(
            say(
                "Reserve: {size} kept free on each GPU, on top of the engine's own context.",
                size=units.gib(reserve),
            )
        )
    if wishes is not None:
        users = say("one user")
        if wishes.n_parallel != 1:
            users = say("each of {n} users", n=_count(wishes.n_parallel))
        items.append(
            say(
                "Asked for: {context} tokens of context for {users}, objective {objective}, at least {least} tok/s.",
                context=units.tokens(wishes.n_ctx),
                users=users,
                objective=OBJECTIVE_WORDS.get(wishes.objective, wishes.objective),
                least=figure(f"{wishes.min_decode_tps:g}"),
            )
        )
        work = wishes.workload.within(wishes.n_ctx)
        items.append(
            say(
                "Speeds are for {made} tokens generated after {held} tokens are in the context "
                "({read} of them read as the prompt), {users} at once.",
                made=_count(work.gen_tokens),
                held=_count(work.depth + work.prompt_tokens),
                read=_count(work.prompt_tokens),
                users=_count(work.concurrency),
            )
        )
    for device in [] if plan is None else [d for d in plan.devices if d.others_bytes]:
        if device.kind == "host" and machine.ram.available_bytes is None:
            items.append(
                say(
                    "{size} of RAM are left to the system (assumed).",
                    size=units.gib(device.others_bytes),
                )
            )
        elif device.kind == "host":
            items.append(
                say(
                    "{size} of RAM are in use by other programs, as measured.",
                    size=units.gib(device.others_bytes),
                )
            )
        else:
            items.append(
                say(
                    "{size} of {device} are used by others or never shown to programs.",
                    size=units.mib(device.others_bytes),
                    device=device.name,
                )
            )
    return items


def _count(number: Any) -> str:
    return figure(f"{number:,}")


def _setting_items(plans: Sequence[Plan]) -> list[str]:
    items: list[str] = []
    engines = sorted({f"{p.engine} {p.engine_version} ({p.backend})" for p in plans})
    if engines:
        items.append(say("Engine: {engines}.", engines=", ".join(engines)))
    settings = (
        ("cache_type_k", say("K cache {value}")),
        ("cache_type_v", say("V cache {value}")),
        ("n_batch", say("batch {value}")),
        ("n_ubatch", say("micro-batch {value}")),
        ("flash_attn", say("flash attention {value}")),
        ("kv_cache_dtype", say("KV cache type {value}")),
        ("gpu_memory_utilization", say("GPU memory utilization {value}")),
    )
    words: list[str] = []
    for key, template in settings:
        values = sorted({_word(p.settings[key]) for p in plans if p.settings.get(key) is not None})
        if values:
            words.append(filled(template, value=say_list(values, " or ")))
    if words:
        items.append(say("Settings: {settings}.", settings=say_list(words)))
    return items


def _word(value: object) -> str:
    if isinstance(value, bool):
        return say("on") if value else say("off")
    return _count(value) if isinstance(value, int) else str(value)
