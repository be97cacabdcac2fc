"""Cache, state, compute and logits buffers against llama.cpp's own figures (tables transcribed with their provenance)."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from llama_runtime_cases import (
    RuntimeCase,
    compute_class,
    errors,
    estimate_cases,
    server_cases,
)

STRIDE = 1 if os.environ.get("FIT_PLANNER_FULL_TRUTH") else 11
"""Every case is simulated when asked for; the everyday run takes each eleventh."""


@pytest.fixture(scope="module")
def cases() -> list[RuntimeCase]:
    return [*estimate_cases(), *server_cases()]


def test_that_the_tables_are_whole(cases: list[RuntimeCase]) -> None:
    assert len(cases) == 1133 + 334
    assert len({case.model for case in cases}) == 27


def test_that_caches_and_logits_are_within_a_tenth_of_a_mib_on_every_device(cases: list[RuntimeCase]) -> None:
    wrong = [
        (case.model, case.flags, *row)
        for case in cases
        for row in errors(case, ("kv", "recurrent", "output"))
        if abs(row[2] - row[3]) > 0.1
    ]
    assert not wrong, wrong[:10]


def test_that_compute_buffers_meet_the_bar(cases: list[RuntimeCase]) -> None:
    table: dict[str, list[tuple[float, float, str]]] = defaultdict(list)
    for case in cases[::STRIDE]:
        for _, device, have, want in errors(case, ("compute",)):
            table[compute_class(case)].append(
                (have - want, want, f"{case.model} {case.flags} device {device}")
            )
    print(accuracy_table(table))
    rows = [row for group in table.values() for row in group]
    outside = [row for row in rows if abs(row[0]) > max(2.0, 0.02 * row[1])]
    assert not outside, outside[:20]
    far = [row for row in rows if abs(row[0]) > 5.0]
    assert not far, far


def accuracy_table(table: dict[str, list[tuple[float, float, str]]]) -> str:
    """Lines of class, figures, share within 2 MiB or 2 %, largest error."""
    lines = [f"{'class':55s} {'figures':>7s} {'in bar':>7s} {'largest error':>14s}"]
    for name, rows in sorted(table.items()):
        good = np.mean([abs(error) <= max(2.0, 0.02 * want) for error, want, _ in rows])
        lines.append(f"{name:55s} {len(rows):7d} {good:7.1%} {max(abs(r[0]) for r in rows):10.2f} MiB")
    return "\n".join(lines)
