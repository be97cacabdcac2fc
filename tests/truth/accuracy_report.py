"""Write the accuracy tables of the README: ``make accuracy`` (memory against a real llama-server, speed from the fit)."""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(ROOT)]

from llama_runtime_cases import (  # noqa: E402
    compute_class,
    errors,
    estimate_cases,
    family,
    server_cases,
    weight_errors,
)
from vllm_accuracy import write_section  # noqa: E402

BEGIN, END = "<!-- accuracy -->", "<!-- /accuracy -->"


Rows = list[tuple[float, float]]
"""Predicted less measured, and measured. [MiB]"""


@dataclass
class Accuracy:
    """Errors of every figure of the tables, by class of case and by model."""

    by_class: dict[str, Rows]
    by_model: dict[str, dict[str, Rows]]


def accuracy(stride: int = 1) -> Accuracy:
    """Compare every case; compute buffers and totals of each ``stride``-th."""
    by_class: dict[str, Rows] = defaultdict(list)
    by_model: dict[str, dict[str, Rows]] = defaultdict(lambda: defaultdict(list))
    for index, case in enumerate([*estimate_cases(), *server_cases()]):
        for kind, _, have, want in errors(case, ("kv", "recurrent", "output")):
            by_class[f"caches and logits: {kind}"].append((have - want, want))
            if kind != "output":
                by_model[case.model]["caches"].append((have - want, want))
        if index % stride:
            continue
        current = case.case.build.name == "0.5.0-dev"
        for _, _, have, want in errors(case, ("compute",)):
            by_class[f"compute: {compute_class(case)}"].append((have - want, want))
            if current:
                by_model[case.model]["compute"].append((have - want, want))
        for kind, _, have, want in weight_errors(case):
            place = "2 GPUs" if len(case.case.start) > 3 else "1 GPU" if len(case.case.start) > 2 else "CPU"
            name = (
                "weights" if kind == "weights" else f"total: {place} ({case.table}, {case.case.build.name})"
            )
            by_class[name].append((have - want, want))
            if current:
                by_model[case.model][kind].append((have - want, want))
    return Accuracy(dict(by_class), {m: dict(k) for m, k in by_model.items()})


def share(rows: Rows, least: float, part: float) -> float:
    """Share of figures within ``least`` MiB or ``part`` of the measured one."""
    return float(np.mean([abs(error) <= max(least, part * want) for error, want in rows]))


def worst_percent(rows: Rows) -> float:
    """Largest relative error. [%]"""
    return max(100 * abs(error) / want for error, want in rows if want)


def memory_table(found: Accuracy) -> str:
    """Markdown table of predicted against measured buffers, by class of case."""
    lines = ["| buffers of llama.cpp | figures | within the bar | largest error |", "|---|---|---|---|"]
    for name, rows in sorted(found.by_class.items()):
        if name == "weights":
            good, bar = share(rows, 0.0, 0.001), "0.1 %"
        elif name.startswith("total"):
            good, bar = share(rows, 0.0, 0.005), "0.5 %"
        elif name.startswith("caches"):
            good, bar = share(rows, 0.1, 0.0), "0.1 MiB"
        else:
            good, bar = share(rows, 2.0, 0.02), "2 MiB or 2 %"
        worst = max(abs(error) for error, _ in rows)
        lines.append(f"| {name} | {len(rows)} | {good:.1%} within {bar} | {worst:.2f} MiB |")
    return "\n".join(lines)


def left_out_table(found: Accuracy) -> str:
    """Markdown table of the same bars for every mixture of experts, MLA and hybrid model on its own.

    Leaving a model out changes nothing, because no figure of this table is fitted: the rules come from the source.
    """
    lines = [
        "| model left out | class | figures | weights | caches | compute in 2 MiB or 2 % | largest | total in 0.5 % |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for model, kinds in sorted(found.by_model.items()):
        if not (kind := family(model)):
            continue
        compute, total = kinds["compute"], kinds.get("total", [])
        lines.append(
            f"| {model.split('/')[-1]} | {kind} | {len(compute)} | {worst_percent(kinds['weights']):.3f} % "
            f"| {max(abs(e) for e, _ in kinds['caches']):.3f} MiB | {share(compute, 2.0, 0.02):.1%} "
            f"| {max(abs(e) for e, _ in compute):.2f} MiB | {share(total, 0.0, 0.005):.1%} |"
        )
    return "\n".join(lines)


SPEED = "Speed in tokens per second:"


def speed_part() -> str:
    """Accuracy of speed, which the fit wrote, up to the end of the section."""
    speed = (ROOT / "planner/data/accuracy.md").read_text(encoding="utf-8").strip()
    tables, _, rest = speed.partition("Where a goal is missed")
    why = "Why some goals are missed is in `planner/data/accuracy.md`." if rest else ""
    return "\n\n".join([SPEED, tables.strip(), why, END])


def section(stride: int = 1) -> str:
    """The README's section."""
    found = accuracy(stride)
    return "\n\n".join(
        [
            BEGIN,
            "Weights: tensor bytes of 406 model × quantization pairs (27 models) equal llama-quantize's own to the byte.",
            "Everything else a run allocates, against figures read from real llama.cpp builds (0.5.0-dev, b10434) "
            "for 27 models; nothing is fitted to them:",
            memory_table(found),
            "The same bars for each mixture of experts, MLA and hybrid model on its own (0.5.0-dev). Leaving a model out "
            "changes nothing, since none of these figures is fitted:",
            left_out_table(found),
            speed_part(),
        ]
    )


def main() -> int:
    """Replace the section in the README; ``--speed`` only its part on speed, after a new fit."""
    path = ROOT / "README.md"
    text = path.read_text(encoding="utf-8")
    if sys.argv[1:] == ["--speed"]:
        before, _, rest = text.partition(SPEED)
        path.write_text(before + speed_part() + rest.partition(END)[2], encoding="utf-8")
        return 0
    made = section(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(before + made + after, encoding="utf-8")
    write_section(path)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
