"""The machine a plan is made for: devices, host memory, processor, engines found.

These records are filled by detection (:mod:`planner.hardware`), from the accelerator table, or by hand, and each
device remembers which (``origin``). Sizes are bytes, rates are per second; ``None`` means unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Device:
    """One GPU (or the GPU part of an SoC)."""

    name: str
    """As the driver or the user names it, e.g. ``NVIDIA GeForce RTX 4090``."""
    accelerator: str | None = None
    """Name of the matching row of the accelerator table, if one matches."""
    vendor: str = ""
    """``nvidia``, ``amd``, ``intel``, ``apple`` or ``""``."""
    generation: str = ""
    """Architecture, e.g. ``Ada``, ``RDNA3``; ``""`` if unknown."""
    backend: str = ""
    """llama.cpp backend it is usually run with: ``cuda``, ``rocm``, ``vulkan``, ``metal``, ``sycl``."""
    memory_bytes: int | None = None
    """Total as the driver reports it (what-if machines: nominal size of the table)."""
    free_bytes: int | None = None
    """Free at detection; None on what-if machines."""
    bandwidth_bytes_per_s: float | None = None
    flops_fp16: float | None = None
    """Dense tensor FLOP/s with FP16 accumulation at full rate. [FLOP/s]"""
    flops_int8: float | None = None
    flops_fp8: float | None = None
    flops_fp4: float | None = None
    compute_capability: str | None = None
    driver: str | None = None
    pcie_generation: int | None = None
    pcie_lanes: int | None = None
    unified_memory: bool = False
    """True when the memory is the system's own pool (Apple, Strix Halo, GB10)."""
    default_limit_bytes: int | None = None
    """Most of a unified pool that the driver gives the GPU as it is set (Metal's working set, GTT); None = no
    limit known. [bytes]"""
    runtime_total_bytes: int | None = None
    """Total that llama.cpp is told on Linux, where posted logs give it for this chip; CUDA shows 240 to 490 MiB less
    than the driver. [bytes]"""
    display_active: bool | None = None
    """True when a desktop is shown on it; None = unknown."""
    origin: dict[str, str] = field(default_factory=dict)
    """Field name to ``detected``, ``table``, ``entered`` or ``unknown``."""


@dataclass(frozen=True, slots=True)
class Processor:
    """The host processor."""

    name: str = ""
    cores: int | None = None
    """Physical cores usable by this process."""
    threads: int | None = None
    features: tuple[str, ...] = ()
    """Instruction sets that matter, e.g. ``avx2``, ``avx512f``, ``amx_tile``."""
    architecture: str = ""
    """``x86_64``, ``aarch64`` …"""
    virtual: bool = False
    """On a virtual machine, whose cores may be threads and whose name says nothing about its memory."""
    vector_flops: float | None = None
    """Single-precision multiply-adds of all cores together, as ``detect --measure-ram`` measured them. [FLOP/s]"""


@dataclass(frozen=True, slots=True)
class HostMemory:
    """System memory."""

    total_bytes: int | None = None
    available_bytes: int | None = None
    limit_bytes: int | None = None
    """Container (cgroup) limit, if one is set below the total."""
    bandwidth_bytes_per_s: float | None = None
    bandwidth_origin: str = "unknown"
    """``measured``, ``table``, ``entered`` or ``unknown``."""
    kind: str = ""
    """e.g. ``DDR5-5600``."""
    channels: int | None = None


@dataclass(frozen=True, slots=True)
class Engine:
    """An inference engine found on this machine."""

    name: str
    """``llama-server``, ``llama-cli`` or ``vllm``."""
    version: str
    path: str


@dataclass(frozen=True, slots=True)
class Machine:
    """Everything a plan needs to know about a computer."""

    name: str
    """``This machine`` or the name of a what-if machine."""
    gpus: tuple[Device, ...] = ()
    cpu: Processor = Processor()
    ram: HostMemory = HostMemory()
    engines: tuple[Engine, ...] = ()
    notes: tuple[str, ...] = ()
    detected: bool = False
