"""Write the accuracy tables of the README: ``make accuracy`` (memory against a real llama-server, speed from the fit)."""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(ROOT)]

from llama_runtime_cases import compute_class, errors, estimate_cases, server_cases  # noqa: E402
from vllm_accuracy import write_section  # noqa: E402

BEGIN, END = "<!-- accuracy -->", "<!-- /accuracy -->"


def memory_table(stride: int = 1) -> str:
    """Markdown table of predicted against measured buffers, by class of case."""
    table: dict[str, list[tuple[float, float]]] = defaultdict(list)
    cases = [*estimate_cases(), *server_cases()]
    for case in cases:
        for kind, _, have, want in errors(case, ("kv", "recurrent", "output")):
            table[f"caches and logits: {kind}"].append((have - want, want))
    for case in cases[::stride]:
        for _, _, have, want in errors(case, ("compute",)):
            table[f"compute: {compute_class(case)}"].append((have - want, want))
    lines = ["| buffers of llama.cpp | figures | within 2 MiB or 2 % | largest error |", "|---|---|---|---|"]
    for name, rows in sorted(table.items()):
        good = np.mean([abs(error) <= max(2.0, 0.02 * want) for error, want in rows])
        worst = max(abs(error) for error, _ in rows)
        lines.append(f"| {name} | {len(rows)} | {good:.1%} | {worst:.2f} MiB |")
    return "\n".join(lines)


def section(stride: int = 1) -> str:
    """The README's section."""
    speed = (ROOT / "planner/data/accuracy.md").read_text(encoding="utf-8").strip()
    tables, _, rest = speed.partition("Where a goal is missed")
    return "\n\n".join(
        [
            BEGIN,
            "Weights: tensor bytes of 406 model × quantization pairs (27 models) equal llama-quantize's own to the byte.",
            "Everything else a run allocates, against figures read from real llama.cpp builds (0.5.0-dev, b10434) "
            "for 27 models; nothing is fitted to them:",
            memory_table(stride),
            "Speed in tokens per second:",
            tables.strip(),
            "Why some goals are missed is in `planner/data/accuracy.md`." if rest else "",
            END,
        ]
    )


def main() -> int:
    """Replace the section in the README."""
    stride = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    path = ROOT / "README.md"
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(before + section(stride) + after, encoding="utf-8")
    write_section(path)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
