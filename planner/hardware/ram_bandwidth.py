"""Measured bandwidth of this machine's memory: all cores read and copy arrays far larger than the caches.

On request only (``fit-planner detect --measure-ram``); takes under a second and is remembered per machine in the user's
cache folder.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MIB = 2**20
CHUNK_BYTES = 32 * MIB
"""Array per thread and operand; with three operands per thread this is past the last-level cache of every desktop."""
TOTAL_LIMIT_BYTES = 1536 * MIB


@dataclass(frozen=True, slots=True)
class RamBandwidth:
    """A measurement of memory bandwidth."""

    bytes_per_s: float
    """Best sustained rate of the kernels below."""
    read_bytes_per_s: float
    """Sum over an array: reads only, as decode does."""
    triad_bytes_per_s: float
    """``c = a + b``: two reads and a write."""
    threads: int
    seconds: float
    """Time the measurement took. [s]"""
    measured_on: str
    """Date, ISO form."""


def measure_ram_bandwidth(
    threads: int | None = None, budget_s: float = 0.6, available_bytes: int | None = None
) -> RamBandwidth:
    """Measure sustained memory bandwidth over all usable cores.

    Parameters
    ----------
    threads : int, optional
        Default: processors this process may use.
    budget_s : float
        Time to spend on timed passes; allocation comes on top. [s]
    available_bytes : int, optional
        Free memory; the arrays take an eighth of it at most.

    Returns
    -------
    RamBandwidth

    Notes
    -----
    numpy releases the interpreter lock inside these kernels, so plain threads load all channels. Write-allocate traffic
    of the triad is not counted, as in STREAM.
    """
    began = time.perf_counter()
    count = threads or usable_processors()
    limit = TOTAL_LIMIT_BYTES if available_bytes is None else min(TOTAL_LIMIT_BYTES, available_bytes // 8)
    elements = max(min(CHUNK_BYTES, limit // (3 * count)), MIB) // 8
    with ThreadPoolExecutor(count) as pool:
        operands = list(pool.map(lambda _: _operands(elements), range(count)))
        deadline = time.perf_counter() + budget_s
        read = _best(pool, operands, _read, 2 * 8 * elements * count, deadline - budget_s / 2)
        triad = _best(pool, operands, _triad, 3 * 8 * elements * count, deadline)
    return RamBandwidth(
        bytes_per_s=max(read, triad),
        read_bytes_per_s=read,
        triad_bytes_per_s=triad,
        threads=count,
        seconds=time.perf_counter() - began,
        measured_on=time.strftime("%Y-%m-%d"),
    )


def usable_processors() -> int:
    """Logical processors this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return max(len(os.sched_getaffinity(0)), 1)
    return os.cpu_count() or 1


Operands = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def _operands(elements: int) -> Operands:
    return np.ones(elements), np.ones(elements), np.zeros(elements)


def _read(operands: Operands) -> None:
    operands[0].max()
    operands[1].max()


def _triad(operands: Operands) -> None:
    np.add(operands[0], operands[1], out=operands[2])


def _best(
    pool: ThreadPoolExecutor,
    operands: list[Operands],
    kernel: Callable[[Operands], None],
    moved: int,
    until: float,
) -> float:
    best = 0.0
    while True:
        start = time.perf_counter()
        list(pool.map(kernel, operands))
        now = time.perf_counter()
        best = max(best, moved / (now - start))
        if now >= until:
            return best


def cache_path() -> Path:
    """File that remembers the last measurement."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", str(Path.home() / "AppData" / "Local")))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache"))
    return base / "hardware-fit-planner" / "ram_bandwidth.json"


def remember(measured: RamBandwidth, machine: str, path: Path | None = None) -> None:
    """Store a measurement for ``machine`` (any text that tells machines apart); a read-only disk is not an error."""
    target = path or cache_path()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(
            json.dumps({"machine": machine, **asdict(measured)}, indent=1) + "\n", encoding="utf-8"
        )
    except OSError:
        return


def remembered(machine: str, path: Path | None = None) -> RamBandwidth | None:
    """The stored measurement of ``machine``, or None if there is none or it cannot be read."""
    try:
        raw = json.loads((path or cache_path()).read_text(encoding="utf-8"))
        if raw.pop("machine") != machine:
            return None
        found = RamBandwidth(**raw)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return found if np.isfinite(found.bytes_per_s) and found.bytes_per_s > 0 else None
