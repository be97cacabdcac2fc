"""Weights and totals of every device against llama.cpp's own figures."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from llama_runtime_cases import RuntimeCase, estimate_cases, server_cases, weight_errors

STRIDE = 97
"""Totals need the compute graph of each case, so the everyday run takes some; the README's table has all."""


@pytest.fixture(scope="module")
def errors() -> dict[str, list[tuple[float, float, RuntimeCase, int]]]:
    out: dict[str, list[tuple[float, float, RuntimeCase, int]]] = {"weights": [], "total": []}
    for case in [*estimate_cases(), *server_cases()][::STRIDE]:
        for kind, device, have, want in weight_errors(case):
            out[kind].append((have, want, case, device))
    return out


@pytest.mark.parametrize(("kind", "bar", "least"), [("weights", 0.001, 0.02), ("total", 0.005, 0.02)])
def test_that_every_device_holds_what_was_measured(
    errors: dict[str, list[tuple[float, float, RuntimeCase, int]]], kind: str, bar: float, least: float
) -> None:
    current = [row for row in errors[kind] if row[2].case.build.name == "0.5.0-dev"]
    assert len(current) > 20
    wrong = [
        (case.model, case.flags, device, have, want)
        for have, want, case, device in current
        if abs(have - want) > max(least, bar * want)
    ]
    assert not wrong, wrong[:5]
