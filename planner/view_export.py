"""The current view as Markdown or JSON: the plans of the rows shown, the machine, the question."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from planner import text, units
from planner.fit_plan import plan_of_cell
from planner.hardware.machine_json import machine_to_json
from planner.library import Library
from planner.plan import Plan
from planner.view_data import CatalogueView, ListOrder

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&])")


def escape_markdown(value: str) -> str:
    """Text that Markdown shows as it is, whatever it holds."""
    return _SPECIAL.sub(r"\\\1", " ".join(value.split()))


def fence(value: str) -> str:
    """A code block that no text inside can end."""
    longest = max((len(run) for run in re.findall(r"`+", value)), default=0)
    ticks = "`" * max(longest + 1, 3)
    return f"{ticks}sh\n{value}\n{ticks}"


def view_plans(library: Library, view: CatalogueView, order: ListOrder) -> list[Plan]:
    """Plans of the rows shown, in their order."""
    plans = []
    for row in order.rows.tolist():
        plan = plan_of_cell(library, view.found, row, int(view.best[row]), view.wishes)
        plans.append(replace(plan, score=view.reasons[row]))
    return plans


def view_json(view: CatalogueView, plans: Sequence[Plan], selected: Plan | None = None) -> str:
    """The view in the shape ``rank/1``, with the question and the selected plan in full."""
    wishes = view.wishes
    document: dict[str, Any] = {
        "schema": "rank/1",
        "machine": machine_to_json(view.machine),
        "question": {
            "use": wishes.use,
            "n_ctx": wishes.n_ctx,
            "n_parallel": wishes.n_parallel,
            "min_decode_tps": wishes.min_decode_tps,
            "objective": wishes.objective,
            "reserve_bytes": wishes.reserve_bytes,
            "cache_type_k": wishes.cache_type_k,
            "cache_type_v": wishes.cache_type_v,
        },
        "plans": [p.to_json(brief=True) for p in plans],
        "selected": None if selected is None else selected.to_json(),
    }
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def view_markdown(view: CatalogueView, plans: Sequence[Plan], selected: Plan | None = None) -> str:
    """The view as a Markdown document."""
    wishes = view.wishes
    lines = ["# Hardware fit", ""]
    machine = text.machine_text(view.machine).splitlines()
    lines += [f"Machine: **{escape_markdown(machine[0])}**", ""]
    lines += [f"- {escape_markdown(line.strip())}" for line in machine[1:]]
    lines += [
        "",
        f"Asked for: {wishes.use}, {units.tokens(wishes.n_ctx)} of context for each of {wishes.n_parallel} user(s), "
        "at least "
        f"{wishes.min_decode_tps:g} tok/s, {units.gib(wishes.reserve_bytes)} kept free per GPU.",
        "",
    ]
    if selected is not None:
        lines += [f"## {escape_markdown(selected.model_name)} {escape_markdown(selected.quant or '')}", ""]
        lines += [escape_markdown(text.verdict_sentence(selected)), ""]
        lines += [f"- {escape_markdown(text.device_line(d))}" for d in selected.devices]
        if selected.command is not None:
            lines += ["", fence(selected.command.posix)]
        lines.append("")
    lines += [
        "## Models",
        "",
        "| # | model | quant | placement | GPU | RAM | tok/s (80 %) | file | why here |",
        "|--:|---|---|---|--:|--:|--:|--:|---|",
    ]
    for number, plan in enumerate(plans, start=1):
        gpu = sum(d.total_bytes for d in plan.devices if d.kind == "gpu")
        host = sum(d.total_bytes for d in plan.devices if d.kind == "host")
        speed = text.speed(plan.throughput.decode_tps) if plan.throughput else "–"
        cells = (
            str(number),
            escape_markdown(plan.model_name),
            escape_markdown(plan.quant or ""),
            text.PLACEMENT_WORDS[plan.placement],
            units.gib(gpu),
            units.gib(host),
            speed,
            units.gb(plan.file_bytes),
            escape_markdown(plan.score or ""),
        )
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", "Every figure is an estimate; speeds are 80 % ranges.", ""]
    return "\n".join(lines)


def write_beside(path: Path, content: str) -> None:
    """Write a file whole or not at all: beside its place, then renamed.

    Raises
    ------
    OSError
        If it cannot be written; nothing is left behind.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(part, "w", encoding="utf-8", newline="\n") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(13, "Permission denied", str(path))
        os.replace(part, path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise
