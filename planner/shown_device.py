"""Memory bars as the window draws them: one per device, with its segments."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from planner.devices import DeviceSet
    from planner.plan import DevicePlan

BAR_KINDS = ("weights", "experts", "kv", "compute", "overhead")
"""Segments of every memory bar, in order; what is left is free."""


class ShownDevice(NamedTuple):
    """One memory bar: a GPU, the RAM, or the pool both share."""

    name: str
    kind: str
    """``gpu``, ``host`` or ``unified``."""
    capacity: float
    """[bytes], NaN if unknown."""
    others: float
    """In use by other programs. [bytes]"""
    reserve: float
    """Kept free. [bytes]"""


def shown_devices(devices: DeviceSet) -> tuple[ShownDevice, ...]:
    """Bars to draw: GPUs first, then RAM; one for a shared pool."""
    host = devices.host
    if devices.unified:
        gpu = devices.gpus[0]
        return (ShownDevice("Unified memory", "unified", gpu.capacity, gpu.others, gpu.reserve),)
    gpus = [
        ShownDevice(g.accelerator or g.name, "gpu", g.capacity, g.others, g.reserve) for g in devices.gpus
    ]
    return (*gpus, ShownDevice("RAM", "host", host.capacity, host.others, 0.0))


def plan_segments(device: DevicePlan) -> tuple[int, ...]:
    """Bytes of one device of a plan by :data:`BAR_KINDS`, what others use left out."""
    return (
        device.model_bytes - device.expert_bytes,
        device.expert_bytes,
        device.kv_bytes + device.recurrent_bytes,
        device.compute_bytes + device.output_bytes,
        device.overhead_bytes,
    )
