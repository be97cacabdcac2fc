"""From an accelerator row, or what a driver says, to a :class:`planner.machine.Device`."""

from __future__ import annotations

from dataclasses import replace

from models_db.accelerator import AcceleratorSpec
from planner import units
from planner.machine import Device
from planner.words import say

BANDWIDTH_AGREES = 0.10
"""A driver's bandwidth within this share of the table's is the table's chip."""
ORIGIN_FIELDS = (
    "memory_bytes",
    "free_bytes",
    "bandwidth_bytes_per_s",
    "flops",
    "compute_capability",
    "driver",
    "pcie",
)


def full_rate_fp16(spec: AcceleratorSpec) -> float | None:
    """FP16 rate that matrix products can count on. [FLOP/s]

    Chips without usable FP16 (Pascal) multiply in INT8 (dp4a): half that rate stands in, as engines use it.
    """
    if spec.flops.fp16 is not None:
        return spec.flops.fp16
    return None if spec.flops.int8 is None else spec.flops.int8 / 2


def device_from_spec(
    spec: AcceleratorSpec, memory_bytes: int | None = None, name: str | None = None
) -> Device:
    """A what-if device.

    Parameters
    ----------
    spec : AcceleratorSpec
    memory_bytes : int, optional
        Memory entered by hand; otherwise what drivers report for the chip, else its nominal size. [bytes]
    name : str, optional
        Name to show; default the table's.
    """
    origin = dict.fromkeys(ORIGIN_FIELDS, "table")
    origin["free_bytes"] = origin["driver"] = "unknown"
    if memory_bytes is not None:
        origin["memory_bytes"] = "entered"
    if spec.compute_capability is None:
        origin["compute_capability"] = "unknown"
    if spec.pcie_generation is None:
        origin["pcie"] = "unknown"
    return Device(
        name=name or spec.name,
        accelerator=spec.name,
        vendor=spec.vendor,
        generation=spec.generation,
        backend=spec.backend,
        memory_bytes=memory_bytes if memory_bytes is not None else spec.total_bytes,
        bandwidth_bytes_per_s=float(spec.bandwidth_bytes_per_s),
        flops_fp16=full_rate_fp16(spec),
        flops_int8=spec.flops.int8,
        flops_fp8=spec.flops.fp8,
        flops_fp4=spec.flops.fp4,
        compute_capability=spec.compute_capability,
        pcie_generation=spec.pcie_generation,
        pcie_lanes=spec.pcie_lanes,
        unified_memory=spec.unified_memory,
        runtime_total_bytes=spec.runtime_total_bytes if memory_bytes is None else None,
        origin=origin,
    )


def devices_of_card(
    spec: AcceleratorSpec, memory_bytes: int | None = None, name: str | None = None
) -> list[Device]:
    """What engines see of one card: one device, or one per die (MI250) with its share of everything."""
    device = device_from_spec(spec, memory_bytes, name)
    return [per_die(device, spec.dies)] * spec.dies


def per_die(device: Device, dies: int) -> Device:
    """One die's share of a card."""
    if dies == 1:
        return device

    def share(value: float | None) -> float | None:
        return None if value is None else value / dies

    return replace(
        device,
        memory_bytes=None if device.memory_bytes is None else device.memory_bytes // dies,
        bandwidth_bytes_per_s=share(device.bandwidth_bytes_per_s),
        flops_fp16=share(device.flops_fp16),
        flops_int8=share(device.flops_int8),
        flops_fp8=share(device.flops_fp8),
        flops_fp4=share(device.flops_fp4),
    )


def with_table(device: Device, spec: AcceleratorSpec | None) -> tuple[Device, list[str]]:
    """Fill what a driver did not say from the accelerator table, and say where the two differ.

    A bandwidth within 10% of the table's is replaced by it; another is kept, as it is this card's own.

    Returns
    -------
    tuple of Device and list of str
        The device with every field's origin, and notes.
    """
    origin = dict.fromkeys(ORIGIN_FIELDS, "unknown") | device.origin
    if spec is None:
        return replace(device, origin=origin), []
    notes: list[str] = []
    bandwidth = device.bandwidth_bytes_per_s
    if bandwidth is None or abs(bandwidth / spec.bandwidth_bytes_per_s - 1.0) <= BANDWIDTH_AGREES:
        bandwidth, origin["bandwidth_bytes_per_s"] = float(spec.bandwidth_bytes_per_s), "table"
    else:
        notes.append(
            say(
                "{gpu}: the driver's bus width and clock give {driver}, the table says {table} for {name}; "
                "the driver's figure is used",
                gpu=device.name,
                driver=units.bandwidth(bandwidth),
                table=units.bandwidth(spec.bandwidth_bytes_per_s),
                name=spec.name,
            )
        )
    memory = device.memory_bytes
    if memory is None and not spec.unified_memory:
        memory, origin["memory_bytes"] = spec.total_bytes, "table"
        notes.append(
            say(
                "{gpu}: its memory could not be read; the table's size of {name} is used",
                gpu=device.name,
                name=spec.name,
            )
        )
    capability = device.compute_capability
    if capability is None and spec.compute_capability is not None:
        capability, origin["compute_capability"] = spec.compute_capability, "table"
    generation, lanes = device.pcie_generation, device.pcie_lanes
    if generation is None and lanes is None and spec.pcie_generation is not None:
        generation, lanes, origin["pcie"] = spec.pcie_generation, spec.pcie_lanes, "table"
    elif spec.pcie_generation is not None:
        generation, lanes = generation or spec.pcie_generation, lanes or spec.pcie_lanes
    origin["flops"] = "table"
    return replace(
        device,
        accelerator=spec.name,
        vendor=spec.vendor,
        generation=spec.generation,
        backend=device.backend or spec.backend,
        memory_bytes=memory,
        bandwidth_bytes_per_s=bandwidth,
        flops_fp16=full_rate_fp16(spec),
        flops_int8=spec.flops.int8,
        flops_fp8=spec.flops.fp8,
        flops_fp4=spec.flops.fp4,
        compute_capability=capability,
        pcie_generation=generation,
        pcie_lanes=lanes,
        unified_memory=spec.unified_memory,
        runtime_total_bytes=spec.runtime_total_bytes,
        origin=origin,
    ), notes


NVIDIA_GENERATIONS = {
    (6, 0): "Pascal",
    (6, 1): "Pascal",
    (6, 2): "Pascal",
    (7, 0): "Volta",
    (7, 2): "Volta",
    (7, 5): "Turing",
    (8, 0): "Ampere-DC",
    (8, 6): "Ampere",
    (8, 7): "Ampere",
    (8, 9): "Ada",
    (9, 0): "Hopper",
    (10, 0): "Blackwell-DC",
    (10, 3): "Blackwell-DC",
    (11, 0): "Blackwell-DC",
    (12, 0): "Blackwell",
    (12, 1): "Blackwell",
}
"""Compute capability to generation (NVIDIA CUDA programming guide, compute capabilities)."""


def nvidia_generation(compute_capability: str | None) -> str:
    """Generation of a chip the table does not list, from its compute capability; ``""`` if unknown."""
    try:
        major, minor = (int(part) for part in (compute_capability or "").split("."))
    except ValueError:
        return ""
    return NVIDIA_GENERATIONS.get((major, minor), "")
