"""How far repeated measurements of one configuration differ: what no model of speed can go below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.fit.dataset import Row
from planner.fit.speed_model import condition

SAME = (
    "engine", "backend", "device", "n_devices", "copies", "split", "driver", "cpu", "threads", "ram_gb_per_s",
    "model", "quant", "cache_type", "n_cpu_moe", "n_ubatch", "depth", "concurrency", "metric",
)  # fmt: skip
"""Recorded conditions that repeated rows share; their builds, sources and lengths of answers may differ."""


@dataclass(frozen=True)
class Repeats:
    """Differences of rows measured under the same recorded conditions."""

    groups: int
    """Configurations measured more than once."""
    rows: int
    median: float
    """Of the differences between two rows of a configuration. [%]"""
    p90: float


def repeats_of(rows: Sequence[Row]) -> Repeats | None:
    """Differences between repeated rows, every configuration counted once; None where nothing was repeated."""
    by: dict[tuple[str, ...], list[float]] = {}
    for r in rows:
        flash = "0" if r.raw["flash_attn"] == "0" else "1"
        prompt = r.raw["prompt_tokens"] if r.metric == "prefill_tps" else ""
        by.setdefault((*(r.raw[name] for name in SAME), flash, prompt, condition(r)), []).append(r.value)
    repeated = [np.array(values) for values in by.values() if len(values) > 1]
    if not repeated:
        return None
    differences, weights = [], []
    for values in repeated:
        off = ~np.eye(len(values), dtype=bool)
        pairs = np.abs(values[:, None] / values[None, :] - 1.0)[off]
        differences.append(pairs)
        weights.append(np.full(len(pairs), 1.0 / len(pairs)))
    every, weight = np.concatenate(differences), np.concatenate(weights)
    order = np.argsort(every)
    reached = np.cumsum(weight[order]) / weight.sum()
    median, p90 = (float(every[order][np.searchsorted(reached, q)]) * 100 for q in (0.5, 0.9))
    return Repeats(len(repeated), sum(map(len, repeated)), round(median, 1), round(p90, 1))
