"""Measured bandwidth of this machine's memory: all cores read and copy arrays far larger than the caches.

The arithmetic of the cores is measured beside it: how many they are and how fast is not told to a virtual machine. On
request only (``fit-planner detect --measure-ram``); takes under a second and is remembered per machine in the user's
cache folder.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import mmap
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from planner.machine import Machine

MIB = 2**20
CHUNK_BYTES = 32 * MIB
"""Array per thread and operand; with three operands per thread this is past the last-level cache of every desktop."""
TOTAL_LIMIT_BYTES = 1536 * MIB
MATRIX_SIZES = (512, 1024, 2048)
"""Edges of the square matrices multiplied; the next larger one is taken while a product takes less than
:data:`SHORT_S`."""
SHORT_S = 0.02
REMEMBERED_DAYS = 30
"""Other programs only slow a measurement down, so the best of those of the last month counts. [days]"""


@dataclass(frozen=True, slots=True)
class RamBandwidth:
    """A measurement of memory bandwidth."""

    bytes_per_s: float
    """Best sustained rate of reading, which is what decode does."""
    read_bytes_per_s: float
    """Largest element of an array: reads only."""
    triad_bytes_per_s: float
    """``c = a + b``: two reads and a write; writes overlap with reads, so few cores move more than they can read."""
    threads: int
    seconds: float
    """Time the measurement took. [s]"""
    measured_on: str
    """Date, ISO form."""
    vector_flops: float | None = None
    """Single-precision multiply-adds of all cores together; None where the library's matrix product does not run on the
    vector units (Apple's runs on a unit of its own). [FLOP/s]"""


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
    flops = None if sys.platform == "darwin" or threads is not None else measure_vector_flops(budget_s / 3)
    return RamBandwidth(
        bytes_per_s=read,
        vector_flops=flops,
        read_bytes_per_s=read,
        triad_bytes_per_s=triad,
        threads=count,
        seconds=time.perf_counter() - began,
        measured_on=time.strftime("%Y-%m-%d"),
    )


def measure_vector_flops(budget_s: float = 0.2) -> float:
    """Single-precision operations per second of all usable cores, by a matrix product. [FLOP/s]

    numpy's library uses the widest vector units and every core, so the result is cores × clock × operations per cycle as
    this machine really has them: threads of one core count once, and so does a throttled clock.
    """
    best, until = 0.0, time.perf_counter() + budget_s
    size = 0
    a = b = np.ones((MATRIX_SIZES[0],) * 2, np.float32)
    while True:
        start = time.perf_counter()
        np.matmul(a, b)
        took = time.perf_counter() - start
        best = max(best, 2.0 * len(a) ** 3 / took)
        if time.perf_counter() >= until:
            return best
        if took < SHORT_S and size + 1 < len(MATRIX_SIZES):
            size += 1
            a = b = np.ones((MATRIX_SIZES[size],) * 2, np.float32)


def usable_processors() -> int:
    """Logical processors this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return max(len(os.sched_getaffinity(0)), 1)
    return os.cpu_count() or 1


Operands = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def _operands(elements: int) -> Operands:
    return _mapped(elements), _mapped(elements), _mapped(elements)


def _mapped(elements: int) -> NDArray[np.float64]:
    """An array in pages of the usual size, as a mapped model file is held; numpy's own would be in huge ones on Linux,
    which virtual machines read faster."""
    memory = mmap.mmap(-1, 8 * elements)
    if hasattr(mmap, "MADV_NOHUGEPAGE"):
        with contextlib.suppress(OSError):
            memory.madvise(mmap.MADV_NOHUGEPAGE)
    array = np.frombuffer(memory, np.float64)
    array[:] = 1.0
    return array


def _read(operands: Operands) -> None:
    # bytes are compared many at a time, so that the memory and not the arithmetic is timed
    operands[0].view(np.int8).max()
    operands[1].view(np.int8).max()


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


def with_measurement(machine: Machine, measured: RamBandwidth) -> Machine:
    """A machine with what was measured on it in place of what was known."""
    ram = replace(machine.ram, bandwidth_bytes_per_s=measured.bytes_per_s, bandwidth_origin="measured")
    return replace(machine, ram=ram, cpu=replace(machine.cpu, vector_flops=measured.vector_flops))


def busy_note(measured: RamBandwidth) -> str | None:
    """Say that other programs were running while it was measured, where the system tells; None otherwise."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if load < 0.5 * measured.threads:
        return None
    return (
        f"Memory: other programs were running while it was measured (load {load:.1f} on {measured.threads} processors), "
        "so it may be faster; the best of a month's measurements counts"
    )


def best_of(new: RamBandwidth, old: RamBandwidth | None) -> RamBandwidth:
    """The faster of two measurements of a machine, rate by rate; an old one counts for :data:`REMEMBERED_DAYS`."""
    if old is None or old.threads != new.threads or new.measured_on > _last_day(old.measured_on):
        return new
    flops = [f for f in (new.vector_flops, old.vector_flops) if f is not None]
    better = old if old.bytes_per_s > new.bytes_per_s else new
    return replace(better, vector_flops=max(flops, default=None))


def _last_day(day: str) -> str:
    try:
        return (datetime.date.fromisoformat(day) + datetime.timedelta(days=REMEMBERED_DAYS)).isoformat()
    except (ValueError, TypeError):
        return ""


def remember(measured: RamBandwidth, machine: str, path: Path | None = None) -> RamBandwidth:
    """Store a measurement for ``machine`` (any text that tells machines apart) unless a better one is there.

    Returns
    -------
    RamBandwidth
        The one that counts from now on. A read-only disk is not an error.
    """
    target = path or cache_path()
    measured = best_of(measured, remembered(machine, path))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(
            json.dumps({"machine": machine, **asdict(measured)}, indent=1) + "\n", encoding="utf-8"
        )
    except OSError:
        pass
    return measured


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
