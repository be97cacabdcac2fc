"""What a report says about the machine and about what was assumed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from planner import units
from planner.machine import Device, Machine
from planner.plan import Plan
from planner.report.blocks import Block, Bullets, Cell, Column, Paragraph, Section, Table
from planner.wishes import Wishes


def plan_title(plan: Plan) -> str:
    """Model, quantization and context."""
    context = f" at {units.tokens(plan.n_ctx)}" if plan.n_ctx else ""
    return f"{plan.model_name} {plan.quant or ''}".strip() + context


def machine_words(machine: Machine) -> str:
    """The GPUs of a machine in a few words, for a title."""
    groups = [(n, len(list(same))) for n, same in groupby(g.accelerator or g.name for g in machine.gpus)]
    words = " + ".join(name if count == 1 else f"{count} × {name}" for name, count in groups)
    return words or "a machine without a GPU"


def machine_section(*machines: Machine) -> Section:
    """Every part of one machine or several, with its value and where the value comes from."""
    blocks: list[Block] = []
    for machine in machines:
        blocks += _machine_blocks(machine)
    return Section("Machine" if len(machines) == 1 else "Machines", tuple(blocks))


def _machine_blocks(machine: Machine) -> list[Block]:
    rows: list[tuple[Cell | str, ...]] = []
    first = 0
    for gpu, same in groupby(machine.gpus):
        count = len(list(same))
        name = f"GPU {first}" if count == 1 else f"GPUs {first} to {first + count - 1}"
        first += count
        rows += _gpu_rows(name, gpu, count)
    if not machine.gpus:
        rows.append(("GPU", "none", "entered" if not machine.detected else "detected"))
    cpu, ram = machine.cpu, machine.ram
    origin = "detected" if machine.detected else "entered"
    cores = f", {cpu.cores} cores" if cpu.cores else ""
    rows.append(("CPU", f"{cpu.name}{cores}" if cpu.name else "unknown", origin if cpu.name else "unknown"))
    free = f", {units.gib(ram.available_bytes)} available" if ram.available_bytes is not None else ""
    limit = f", limited to {units.gib(ram.limit_bytes)} by the container" if ram.limit_bytes else ""
    kind = f", {ram.kind}" if ram.kind else ""
    rows.append(
        (
            "RAM",
            f"{units.gib(ram.total_bytes)}{kind}{free}{limit}",
            origin if ram.total_bytes is not None else "unknown",
        )
    )
    rows.append(("RAM bandwidth", units.bandwidth(ram.bandwidth_bytes_per_s), ram.bandwidth_origin))
    rows += [("Engine", f"{e.name} {e.version} {e.path}".strip(), "detected") for e in machine.engines]
    blocks: list[Block] = []
    if machine.name:
        blocks.append(Paragraph(machine.name, lead="Name: "))
    columns = (Column("Part", width=24), Column("Value", width=56), Column("Origin", width=20))
    blocks.append(Table(columns, tuple(rows)))
    if machine.notes:
        blocks.append(Bullets(machine.notes))
    return blocks


def _gpu_rows(name: str, gpu: Device, count: int) -> list[tuple[Cell | str, ...]]:
    def origin(key: str) -> str:
        return gpu.origin.get(key, "unknown")

    model = gpu.name if count == 1 else f"{count} × {gpu.name}"
    extra = [
        text
        for text in (
            gpu.generation,
            f"compute capability {gpu.compute_capability}" if gpu.compute_capability else "",
            f"driver {gpu.driver}" if gpu.driver else "",
        )
        if text
    ]
    each = " each" if count > 1 else ""
    free = f", {units.gib(gpu.free_bytes)} free" if gpu.free_bytes is not None else ""
    pool = ", shared with the system" if gpu.unified_memory else ""
    rows: list[tuple[Cell | str, ...]] = [
        (
            name,
            ", ".join((model, *extra)),
            origin("name") if "name" in gpu.origin else origin("memory_bytes"),
        ),
        (f"{name}, memory", f"{units.gib(gpu.memory_bytes)}{each}{free}{pool}", origin("memory_bytes")),
        (
            f"{name}, bandwidth",
            f"{units.bandwidth(gpu.bandwidth_bytes_per_s)}{each}",
            origin("bandwidth_bytes_per_s"),
        ),
    ]
    if gpu.pcie_generation and gpu.pcie_lanes:
        rows.append((f"{name}, link", f"PCIe {gpu.pcie_generation}.0 ×{gpu.pcie_lanes}", origin("pcie")))
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
        items += lines if alike or plan is None else [f"{plan_title(plan)}: {line}" for line in lines]
    items += _setting_items([*plans, *others])
    items.append(
        "Nothing else starts using the GPUs or the RAM meanwhile; weights that would page count as not fitting."
    )
    return Section("Assumptions and reserve", (Bullets(tuple(items)),))


def _case_items(plan: Plan | None, machine: Machine, wishes: Wishes | None) -> list[str]:
    """What one question on one machine takes for granted."""
    items: list[str] = []
    reserve = wishes.reserve_bytes if wishes else None
    if plan is not None:
        reserve = reserve_bytes(plan, wishes)
    if reserve is not None and machine.gpus:
        items.append(
            f"Reserve: {units.gib(reserve)} kept free on each GPU, on top of the engine's own context."
        )
    if wishes is not None:
        users = "one user" if wishes.n_parallel == 1 else f"each of {wishes.n_parallel:,} users"
        items.append(
            f"Asked for: {units.tokens(wishes.n_ctx)} tokens of context for {users}, objective {wishes.objective}, "
            f"at least {wishes.min_decode_tps:g} tok/s."
        )
        work = wishes.workload.within(wishes.n_ctx)
        items.append(
            f"Speeds are for {work.gen_tokens:,} tokens generated after {work.depth + work.prompt_tokens:,} "
            f"tokens are in the context ({work.prompt_tokens:,} of them read as the prompt), "
            f"{work.concurrency:,} at once."
        )
    for device in [] if plan is None else [d for d in plan.devices if d.others_bytes]:
        if device.kind == "host" and machine.ram.available_bytes is None:
            items.append(f"{units.gib(device.others_bytes)} of RAM are left to the system (assumed).")
        elif device.kind == "host":
            items.append(
                f"{units.gib(device.others_bytes)} of RAM are in use by other programs, as measured."
            )
        else:
            items.append(
                f"{units.mib(device.others_bytes)} of {device.name} are used by others or never shown to programs."
            )
    return items


def _setting_items(plans: Sequence[Plan]) -> list[str]:
    items = []
    engines = sorted({f"{p.engine} {p.engine_version} ({p.backend})" for p in plans})
    if engines:
        items.append(f"Engine: {', '.join(engines)}.")
    shown = (
        ("cache_type_k", "K cache"),
        ("cache_type_v", "V cache"),
        ("n_batch", "batch"),
        ("n_ubatch", "micro-batch"),
        ("flash_attn", "flash attention"),
        ("kv_cache_dtype", "KV cache type"),
        ("gpu_memory_utilization", "GPU memory utilization"),
    )
    words = []
    for key, name in shown:
        values = sorted({_word(p.settings[key]) for p in plans if p.settings.get(key) is not None})
        if values:
            words.append(f"{name} {' or '.join(values)}")
    if words:
        items.append("Settings: " + ", ".join(words) + ".")
    return items


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:,}" if isinstance(value, int) else str(value)
