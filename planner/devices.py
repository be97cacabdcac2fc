"""Devices as a plan sees them: what each can hold after drivers, other programs and the reserve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.calibration import nominal_bandwidth
from planner.machine import Machine
from planner.units import GIB

if TYPE_CHECKING:
    from planner.outside import OutsidePart

Floats = NDArray[np.float64]
UNKNOWN = float("nan")
"""One object for every unknown figure, so that caches of fitted costs find it again (NaN equals nothing but itself)."""
DEFAULT_RESERVE_BYTES = GIB
REFERENCE_CORE = 1.5e11
"""Single-precision multiply-adds of one core of the processors that the coefficients were fitted on: 32 operations per
cycle (two 256-bit units) at 4.7 GHz; most rows are of a Ryzen 9 7950X. [FLOP/s]"""
BACKEND_DEVICE_NAMES = {"cuda": "CUDA", "rocm": "ROCm", "vulkan": "Vulkan", "metal": "Metal", "sycl": "SYCL"}
"""How llama.cpp names the devices of each backend (``--list-devices``)."""
SYSTEM_RAM_BYTES = 4 * GIB
SYSTEM_RAM_SHARE = 1 / 8
"""Host memory left to the system on a machine that is only described: 4 GiB, at most an eighth. An assumption, stated
with every plan that uses it; on this machine the measured available memory is used instead."""


@dataclass(frozen=True, slots=True)
class PlanDevice:
    """One GPU with its budget. [bytes]"""

    name: str
    """Name in the engine, e.g. ``CUDA0``."""
    accelerator: str | None
    vendor: str
    generation: str
    capacity: float
    others: float
    """In use by other programs and the desktop."""
    overhead: float
    """Driver context and workspaces of the engine's process."""
    overhead_range: tuple[float, float]
    reserve: float
    bandwidth: float
    """[bytes/s], NaN if unknown."""
    flops: float
    """Full-rate dense FP16. [FLOP/s], NaN if unknown."""
    pcie_bandwidth: float
    """One direction. [bytes/s], NaN if unknown."""
    unified: bool
    compute_capability: str | None = None
    entered: bool = False
    """True when bandwidth was typed in by hand rather than known for the accelerator."""
    others_measured: bool = False
    """True when ``others`` was read from the device; False when it is what the driver or the system never shows."""
    outside: tuple[OutsidePart, ...] = ()
    """Parts of ``overhead`` beside the driver's context: projector, draft model … (:mod:`planner.outside`)."""
    overhead_source: str = ""

    @property
    def room(self) -> float:
        """What the engine's buffers may take at most."""
        return self.capacity - self.others - self.overhead

    @property
    def usable(self) -> float:
        """What they may take with the reserve kept."""
        return self.room - self.reserve


@dataclass(frozen=True, slots=True)
class HostBudget:
    """Host memory with its budget. [bytes]"""

    capacity: float
    """NaN if unknown."""
    others: float
    """In use by others, or left to the system on a described machine."""
    bandwidth: float
    bandwidth_origin: str
    cores: float
    architecture: str
    described: bool
    """True when ``others`` is the assumption for described machines."""
    features: tuple[str, ...] = ()
    """Instruction sets of the processor; empty if unknown."""
    core_equivalents: float = UNKNOWN
    """Measured arithmetic in units of :data:`REFERENCE_CORE`; NaN if it was not measured."""
    virtual: bool = False
    """A virtual machine that shows no threads: its cores may be threads of half as many."""
    overhead: float = 0.0
    """Beside the model's own buffers: prompt cache that was asked for, a projector or draft on the processor."""
    outside: tuple[OutsidePart, ...] = ()
    """Parts of ``overhead``, and what only grows with use."""

    @property
    def usable(self) -> float:
        """What the engine may take without paging."""
        return self.capacity - self.others - self.overhead


@dataclass(frozen=True, slots=True)
class DeviceSet:
    """The GPUs of a placement, in the engine's order, and the host."""

    gpus: tuple[PlanDevice, ...]
    host: HostBudget
    backend: str
    unified: bool = False
    """GPU and host share one pool of memory."""

    def subset(self, index: Sequence[int]) -> DeviceSet:
        """Return the same machine with only some GPUs used."""
        return DeviceSet(tuple(self.gpus[i] for i in index), self.host, self.backend, self.unified)

    def per_gpu(self, name: str) -> Floats:
        """One figure of every GPU as an array, shape (n_gpus,)."""
        return np.array([getattr(g, name) for g in self.gpus], dtype=np.float64)


PCIE_BYTES_PER_S_PER_LANE = {1: 0.25e9, 2: 0.5e9, 3: 0.985e9, 4: 1.969e9, 5: 3.938e9, 6: 7.563e9}
"""One direction after line coding (PCI-SIG base specifications)."""


def host_budget(machine: Machine) -> HostBudget:
    """Budget of the machine's own memory."""
    ram = machine.ram
    total = UNKNOWN if ram.total_bytes is None else float(ram.total_bytes)
    limit = ram.limit_bytes
    capacity = total if limit is None else min(total, float(limit))
    if ram.available_bytes is not None:
        others = max(capacity - float(min(ram.available_bytes, capacity)), 0.0)
        described = False
    else:
        others = min(SYSTEM_RAM_BYTES, capacity * SYSTEM_RAM_SHARE) if np.isfinite(capacity) else 0.0
        described = True
    bandwidth = ram.bandwidth_bytes_per_s
    return HostBudget(
        capacity=capacity,
        others=others,
        bandwidth=_specified(bandwidth, ram.bandwidth_origin),
        bandwidth_origin=ram.bandwidth_origin,
        architecture=machine.cpu.architecture or "x86_64",
        cores=UNKNOWN if machine.cpu.cores is None else float(machine.cpu.cores),
        described=described,
        features=machine.cpu.features,
        core_equivalents=_number(machine.cpu.vector_flops) / REFERENCE_CORE,
        virtual=machine.cpu.virtual and machine.cpu.cores == machine.cpu.threads,
    )


def device_set(
    machine: Machine,
    backend: str | None = None,
    reserve_bytes: float = DEFAULT_RESERVE_BYTES,
    runtime_overhead_level: str = "typical",
) -> DeviceSet:
    """Budget of every device of a machine for llama.cpp.

    Parameters
    ----------
    machine : Machine
    backend : str or None
        llama.cpp backend; None = the usual one of the first GPU. ``cpu`` uses no GPU.
    reserve_bytes : float
        Kept free on each GPU on top of the engine's own context. [bytes]
    runtime_overhead_level : str
        ``low``, ``typical`` or ``high``: which end of the logs the driver's context is taken from.

    Notes
    -----
    GPUs whose memory is unknown are left out: nothing can be planned on them.
    """
    from planner.formulas.runtime_overhead import runtime_overhead

    gpus: list[PlanDevice] = []
    chosen = backend or next(
        (g.backend for g in machine.gpus if g.backend), "cpu" if not machine.gpus else "vulkan"
    )
    for gpu in machine.gpus:
        if gpu.memory_bytes is None or chosen == "cpu":
            continue
        capacity = float(gpu.memory_bytes)
        extra = runtime_overhead(chosen, gpu.generation)
        # what the runtime never shows: the driver's own share, and the part of a unified pool the system keeps
        shown = min(
            (float(b) for b in (gpu.runtime_total_bytes, gpu.default_limit_bytes) if b is not None),
            default=capacity,
        )
        hidden = max(capacity - shown, 0.0)
        used = 0.0 if gpu.free_bytes is None else max(capacity - float(gpu.free_bytes), 0.0)
        others = max(used, hidden)
        lane = PCIE_BYTES_PER_S_PER_LANE.get(gpu.pcie_generation or 0)
        gpus.append(
            PlanDevice(
                name=f"{BACKEND_DEVICE_NAMES.get(chosen, chosen.upper())}{len(gpus)}",
                accelerator=gpu.accelerator or gpu.name,
                vendor=gpu.vendor,
                generation=gpu.generation,
                capacity=capacity,
                others=others,
                overhead=getattr(extra, runtime_overhead_level),
                overhead_range=(extra.low, extra.high),
                reserve=float(reserve_bytes),
                bandwidth=_number(gpu.bandwidth_bytes_per_s),
                flops=_number(gpu.flops_fp16),
                pcie_bandwidth=lane * gpu.pcie_lanes if lane and gpu.pcie_lanes else UNKNOWN,
                unified=gpu.unified_memory,
                compute_capability=gpu.compute_capability,
                entered=gpu.accelerator is None,
                others_measured=gpu.free_bytes is not None and used >= hidden,
                overhead_source=extra.source,
            )
        )
    unified = bool(gpus) and all(g.unified for g in gpus)
    return DeviceSet(tuple(gpus), host_budget(machine), chosen if gpus else "cpu", unified)


def _specified(bandwidth: float | None, origin: str) -> float:
    """Specified bandwidth, to which the fitted coefficients refer, from what is known. [bytes/s]"""
    if bandwidth is None:
        return UNKNOWN
    return nominal_bandwidth(float(bandwidth)) if origin == "measured" else float(bandwidth)


def _number(value: float | None) -> float:
    return UNKNOWN if value is None else float(value)
