"""Costs of the processor and its memory in a plan; where they are not known, the slowest and fastest possible."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from planner.calibration import load_calibration
from planner.devices import HostBudget
from planner.formulas.decode_speed import HostSpeed
from planner.formulas.prefill_speed import PrefillSpeed

UNKNOWN_RAM_BANDWIDTH = (17e9, 59e9, 205e9)
"""Host bandwidth considered when it is unknown: one channel of DDR4-2133 to eight of DDR4-3200 (JEDEC JESD79-4:
transfer rate × 8 bytes × channels), and their geometric mean. The time spent on reads from RAM widens with it. [bytes/s]"""
THREADS_PER_CORE = 2.0
"""A virtual processor may be a core of its own or one of two threads of a core (SMT-2 of x86 servers); the guest is not
told."""


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

    One figure where the machine is not virtual or its arithmetic was measured; NaN where nothing is known.
    """
    busy = busy_cores(host.cores, threads)
    if np.isfinite(host.core_equivalents):
        share = busy / host.cores if np.isfinite(host.cores) else 1.0
        each = host.core_equivalents * share
        return each, each, each
    if host.virtual and np.isfinite(busy):
        return busy / THREADS_PER_CORE, busy / np.sqrt(THREADS_PER_CORE), busy
    return busy, busy, busy


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
