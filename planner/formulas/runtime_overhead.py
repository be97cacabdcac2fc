"""Memory outside the engine's buffers: driver context, workspaces and pools, by backend and GPU generation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from planner.units import MIB

DATA = Path(__file__).resolve().parent.parent / "data/runtime_overhead.json"


@dataclass(frozen=True, slots=True)
class RuntimeOverhead:
    """What one process takes on one GPU besides the engine's buffers. [bytes]"""

    typical: float
    low: float
    high: float
    source: str
    generation_known: bool
    """False when no log covers the generation and the backend's span stands in."""


@cache
def _rows() -> dict[tuple[str, str], RuntimeOverhead]:
    document = json.loads(DATA.read_text(encoding="utf-8"))
    return {
        (row["backend"], row["generation"]): RuntimeOverhead(
            row["typical"] * MIB, row["low"] * MIB, row["high"] * MIB, row["source"], bool(row["generation"])
        )
        for row in document["rows"]
    }


def runtime_overhead(backend: str, generation: str = "") -> RuntimeOverhead:
    """Overhead per GPU.

    Parameters
    ----------
    backend : str
        ``cuda``, ``rocm``, ``vulkan``, ``metal`` or ``sycl``.
    generation : str
        Generation of the accelerator table (``Ada``, ``Ampere-DC`` …).

    Returns
    -------
    RuntimeOverhead
        The generation's row, that of its family (``Ampere-DC`` counts as ``Ampere``), or the backend's.

    Raises
    ------
    KeyError
        For an unknown backend.

    Notes
    -----
    Figures from posted logs of physical GPUs, collected 2026-11-23; see ``data/runtime_overhead.json``.
    """
    rows = _rows()
    for name in (generation, generation.partition("-")[0], ""):
        if (backend, name) in rows:
            return rows[backend, name]
    raise KeyError(f"no overhead is known for backend {backend!r}")
