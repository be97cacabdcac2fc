"""What a ranking says: one row per model, and one per quantization."""

from __future__ import annotations

from collections.abc import Sequence

from planner import units
from planner.plan import Plan
from planner.report.blocks import Cell, Column, Section, Table
from planner.report.facts import licence_facts
from planner.report.memory_drawing import memory_mark
from planner.report.plan_parts import (
    device_total,
    quality_section,
    speed_text,
)
from planner.report.speed_drawing import Axis, speed_mark
from planner.words import say

LETTERS = {"gpu": "G", "experts_in_ram": "E", "partial": "P", "cpu": "C", "none": "×"}

RANKING_NOTE = say(
    "Placement: G all on the GPU, E experts of some layers in RAM, P layers split between GPU and RAM, C on the CPU, "
    "× does not fit; ! less than the reserve is left. Speed: bar = 80 % range, dot = median, square-root axis, "
    "very fast ones stop at its end; "
    "bars of memory: GPUs above RAM, each on its own full scale."
)


def quants_of(plans: Sequence[Plan]) -> Section:
    """One row per quantization rather than per model."""
    seen: dict[tuple[str | None, str | None], Plan] = {}
    for plan in plans:
        seen.setdefault((plan.quant, plan.quality_loss), plan)
    section = quality_section(list(seen.values()))
    table = section.blocks[0]
    assert isinstance(table, Table)
    rows = tuple(
        (plan.quant or units.UNKNOWN, *row[1:]) for plan, row in zip(seen.values(), table.rows, strict=True)
    )
    return Section(section.title, (Table(table.columns, tuple(sorted(rows, key=str))),))


def ranking_table(plans: Sequence[Plan]) -> Table:
    """One row per model."""
    axis = Axis.over([p.throughput.decode_tps if p.throughput else None for p in plans], 4, 76)
    rows = []
    for number, plan in enumerate(plans, start=1):
        letter = LETTERS[plan.placement] + ("!" if plan.verdict.value == "tight" else "")
        devices = sorted(plan.devices, key=lambda d: d.kind)
        gpus = [d for d in devices if d.kind == "gpu"]
        shown_devices = (
            devices if len(gpus) <= 4 else [max(gpus, key=lambda d: d.total_bytes), *devices[len(gpus) :]]
        )
        decode = plan.throughput.decode_tps if plan.throughput else None
        licence = licence_facts(plan)
        rows.append(
            (
                Cell(str(number), breakable=False),
                Cell(plan.model_name),
                Cell(plan.quant or ""),
                Cell(letter, breakable=False),
                Cell("", chart=memory_mark(shown_devices, 80) if shown_devices else None),
                Cell(device_total(plan, "gpu").removesuffix(" GiB"), breakable=False),
                Cell(device_total(plan, "host").removesuffix(" GiB"), breakable=False),
                Cell("", chart=speed_mark(decode, axis)),
                Cell(speed_text(plan), breakable=False),
                Cell(units.gb(plan.file_bytes).removesuffix(" GB"), breakable=False),
                Cell(licence.id.removeprefix("LicenseRef-")),
                Cell(plan.score or ""),
            )
        )
    columns = (
        Column("#", right=True, width=3.5),
        Column(say("Model"), width=16),
        Column(say("Quant"), width=10.5),
        Column(say("Fit"), width=3.5),
        Column(say("Memory"), width=10),
        Column(say("GPU, GiB"), right=True, width=5.5),
        Column(say("RAM, GiB"), right=True, width=5.5),
        Column(say("Decode"), width=8),
        Column(say("tok/s"), right=True, width=7.5),
        Column(say("File, GB"), right=True, width=5.5),
        Column(say("Licence"), width=12),
        Column(say("Why here"), width=12.5),
    )
    return Table(columns, tuple(rows), small=True)
