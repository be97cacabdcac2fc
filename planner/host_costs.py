"""Costs of the processor and its memory in a plan; where they are not known, the slowest and fastest possible."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from planner import units
from planner.calibration import load_calibration
from planner.devices import HostBudget
from planner.formulas.decode_speed import HostSpeed
from planner.formulas.prefill_speed import PrefillSpeed
from planner.words import figure, say

UNKNOWN_RAM_BANDWIDTH = (17e9, 59e9, 205e9)
"""Host bandwidth considered when it is unknown: one channel of DDR4-2133 to eight of DDR4-3200 (JEDEC JESD79-4:
transfer rate × 8 bytes × channels), and their geometric mean. The time spent on reads from RAM widens with it. [bytes/s]"""
UNKNOWN_CORES = (4.0, 16.0, 64.0)
"""Cores considered where their number is unknown: a small desktop to a server, and their geometric mean."""
THREADS_PER_CORE = 2.0
"""A virtual processor may be a core of its own or one of two threads of a core (SMT-2 of x86 servers); the guest is not
told."""

DOT_PRODUCTS = ("avx_vnni", "avx512_vnni", "amx_int8", "asimddp", "i8mm")
"""Instruction sets with dot products of bytes, which the processors have that the coefficients were fitted on."""
WITHOUT_DOT_PRODUCTS = (1 / 3, 0.58, 1.0)
"""Rate of a core without them over one with them: ggml's kernels multiply, add pairs and accumulate in three instructions
where others take one (``mul_sum_us8_pairs_float`` and the matrix kernels of ggml/src/ggml-cpu/arch/x86, 0.5.0-dev, read
2026-11-26), so the rate lies between a third, where nothing else limits, and the same; their geometric mean between."""


@dataclass(frozen=True, slots=True)
class HostCosts:
    """Costs of the host: the middle case, and the extremes where something about it is unknown."""

    middle: HostSpeed
    slow: HostSpeed | None = None
    fast: HostSpeed | None = None


def busy_cores(cores: float, threads: int | None) -> float:
    """Cores that compute: as many as threads, at most all; NaN where neither is known."""
    if threads is None:
        return cores
    return float(threads) if np.isnan(cores) else min(cores, float(threads))


def core_range(host: HostBudget, threads: int | None) -> tuple[float, float, float]:
    """Cores that compute, in units of the cores that the coefficients were fitted on: least, middle and most.

    One figure where their number and instruction sets are known and they are no virtual ones.
    """
    busy = busy_cores(host.cores, threads)
    if np.isfinite(host.core_equivalents):
        share = busy / host.cores if np.isfinite(host.cores) else 1.0
        least = middle = most = host.core_equivalents * share
        if host.virtual and share < 1.0:
            # a thread that has its core for itself does nearly as much as the two of them
            most = host.core_equivalents * min(THREADS_PER_CORE * share, 1.0)
            middle = float(np.sqrt(least * most))
    elif not np.isfinite(busy):
        least, middle, most = UNKNOWN_CORES
    elif host.virtual:
        least, middle, most = busy / THREADS_PER_CORE, busy / float(np.sqrt(THREADS_PER_CORE)), busy
    else:
        least = middle = most = busy
    if host.features and not set(host.features) & set(DOT_PRODUCTS):
        low, mid, high = WITHOUT_DOT_PRODUCTS
        return least * low, middle * mid, most * high
    return least, middle, most


def host_unknowns(host: HostBudget, threads: int | None) -> list[str]:
    """What was considered where the host is not known, in words."""
    found: list[str] = []
    if not np.isfinite(host.bandwidth):
        low, _, high = UNKNOWN_RAM_BANDWIDTH
        found.append(
            say(
                "RAM bandwidth unknown, {low} to {high} considered",
                low=units.bandwidth(low),
                high=units.bandwidth(high),
            )
        )
    if not np.isfinite(host.core_equivalents):
        if not np.isfinite(busy_cores(host.cores, threads)):
            low, _, high = UNKNOWN_CORES
            found.append(
                say(
                    "processor cores unknown, {low} to {high} considered",
                    low=figure(f"{low:.0f}"),
                    high=figure(f"{high:.0f}"),
                )
            )
        elif host.virtual:
            found.append(say("virtual processors, which may be cores or threads of half as many"))
    if host.features and not set(host.features) & set(DOT_PRODUCTS):
        found.append(say("a processor without dot products of bytes, as none that was measured"))
    return found


def host_costs(host: HostBudget, cpu_only: bool, threads: int | None = None) -> HostCosts:
    """Costs of the host in decode.

    Parameters
    ----------
    host : HostBudget
    cpu_only : bool
        True where no GPU takes part.
    threads : int or None
        Threads the engine is told to use; more than there are cores add nothing.
    """
    return _host_costs(host.bandwidth, core_range(host, threads), cpu_only)


@cache
def _host_costs(bandwidth: float, cores: tuple[float, float, float], cpu_only: bool) -> HostCosts:
    known = np.isfinite(bandwidth)
    low, middle, high = (bandwidth,) * 3 if known else UNKNOWN_RAM_BANDWIDTH
    if known and not cores[0] < cores[2]:
        return HostCosts(load_calibration().host_speed(middle, cores[1], cpu_only))
    slow, mid, fast = (
        load_calibration().host_speed(b, c, cpu_only) for b, c in zip((low, middle, high), cores, strict=True)
    )
    return HostCosts(replace(mid, byte_bound=1.0 / high), slow, fast)


@cache
def cpu_prefill_costs(bandwidth: float, cores: float, architecture: str) -> PrefillSpeed:
    """Costs of prompts on the processor alone; NaN where its cores are unknown."""
    known = bandwidth if np.isfinite(bandwidth) else UNKNOWN_RAM_BANDWIDTH[1]
    return load_calibration().cpu_prefill_speed(known, cores, architecture)
