"""Decode speed against the number of users at once, for llama.cpp's slots and vLLM alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.formulas.batch_speed import BatchEstimate
from planner.plan import Range


@dataclass(frozen=True, slots=True)
class ServedPoint:
    """What so many users at once get."""

    concurrency: int
    """Users that ask at once."""
    running: float
    """Of them answered at once: the slots, or what the KV cache holds; the others wait."""
    aggregate_tps: Range
    """Tokens per second of all users together."""
    per_user_tps: float
    """Median of one user, waiting included. [tokens/s]"""

    def to_json(self) -> dict[str, Any]:
        """The point as the interface writes it."""
        return {
            "concurrency": self.concurrency,
            "running": self.running,
            "aggregate_decode_tps": self.aggregate_tps.to_json(),
            "per_user_decode_tps": self.per_user_tps,
        }


def user_counts(asked: int, most: float) -> tuple[int, ...]:
    """Numbers of users worth showing: powers of two up to twice what runs at once, that limit, and what was asked.

    Parameters
    ----------
    asked : int
        Users asked for.
    most : float
        Sequences that run at once.
    """
    limit = max(int(min(most, 256)), 1)
    doubled = {2**k for k in range(10) if 2**k <= max(2 * limit, asked)}
    return tuple(sorted({1, limit, asked, *doubled}))


def served_points(
    users: tuple[int, ...], found: BatchEstimate, alone: Range | None = None, copies: int = 1
) -> tuple[ServedPoint, ...]:
    """Points of a curve from a batch estimate whose last axis are the users of one copy.

    Parameters
    ----------
    users : tuple of int
        Users of all copies together.
    found : BatchEstimate
        Of one copy, at ``ceil(users / copies)``.
    alone : Range or None
        Decode speed of one user, whose range is that of single streams. [tokens/s]
    copies : int
        Equal servers that share the users (data parallel).
    """

    def row(values: Any) -> list[float]:
        flat = np.ravel(np.asarray(values, np.float64))
        return [float(v) for v in np.broadcast_to(flat, (len(users),))]

    points = []
    columns = zip(
        users, row(found.running), row(found.aggregate_p10), row(found.aggregate_p50), row(found.aggregate_p90),
        strict=True,
    )  # fmt: skip
    for count, running, low, middle, high in columns:
        busy = min(copies, count)
        together = Range(low * busy, middle * busy, high * busy)
        if count == 1 and alone is not None:
            together = alone
        at_once = min(running * busy, float(count))
        points.append(ServedPoint(count, at_once, together, together.p50 / count))
    return tuple(points)
