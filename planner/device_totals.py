"""Bytes of several devices of a plan together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from planner.shown_device import plan_segments

if TYPE_CHECKING:
    from planner.plan import DevicePlan


def total_bytes(devices: Sequence[DevicePlan], kind: str | None = None) -> int:
    """What a plan takes on its devices of a kind (``gpu``, ``host``; None = all). [bytes]"""
    return sum(d.total_bytes for d in devices if kind in (None, d.kind))


def capacity_bytes(devices: Sequence[DevicePlan], kind: str) -> int | None:
    """Size of the devices of a kind; None where one is unknown, or there is none. [bytes]"""
    sizes = [d.capacity_bytes for d in devices if d.kind == kind]
    return sum(s for s in sizes if s is not None) if sizes and None not in sizes else None


def segments_together(devices: Sequence[DevicePlan]) -> tuple[int, ...]:
    """Segments of :func:`planner.shown_device.plan_segments` of several devices, added up. [bytes]"""
    parts = [plan_segments(d) for d in devices]
    return tuple(map(sum, zip(*parts, strict=True))) if parts else ()


def others_together(devices: Sequence[DevicePlan]) -> int:
    """Bytes others use of several devices."""
    return sum(d.others_bytes for d in devices)


def free_together(devices: Sequence[DevicePlan]) -> int | None:
    """Bytes left on several devices; None where one's size is unknown."""
    free = [d.free_bytes for d in devices]
    return None if None in free else sum(f for f in free if f is not None)
