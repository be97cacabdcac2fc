"""What a plan does that does not fit and is started all the same: page from disk, spill over PCIe, or not load.

llama.cpp maps the file, so weights the RAM has no room for are read from the disk again and again. VRAM that is given
more than it holds is a matter of the driver: Windows' keeps the rest in RAM, and so does CUDA with managed memory and
AMD's and Intel's kernel drivers under Vulkan; plain CUDA and ROCm on Linux refuse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner import units
from planner.formulas.overfill import UNKNOWN_DISK, OverfillEstimate, estimate_overfill, link_rates
from planner.plan import Range, Term
from planner.words import figure, say

if TYPE_CHECKING:
    from planner.devices import DeviceSet
    from planner.plan import DevicePlan
    from planner.settings import LlamaSettings
    from planner.speed import SpeedEstimate

PAGES = "pages_from_disk"
SPILLS = "spills_over_pcie"
SPILLING_BACKENDS = ("cuda", "rocm", "vulkan")
"""Backends whose drivers keep in RAM what has no room, on some systems at least."""


@dataclass(frozen=True, slots=True)
class Overfilled:
    """Speed of a plan that does not fit, where it runs nevertheless."""

    how: str
    """``pages_from_disk`` or ``spills_over_pcie``."""
    outside_bytes: int
    """What the device has no room for. [bytes]"""
    decode_tps: Range
    sentence: str
    """For people: what happens, where, and how fast that is."""
    term: Term

    def to_json(self) -> dict[str, Any]:
        """Return it as the interface writes it."""
        return {
            "how": self.how,
            "outside_bytes": self.outside_bytes,
            "decode_tps": self.decode_tps.to_json(),
            "note": self.sentence,
        }


def overfilled(
    devices: DeviceSet, plans: tuple[DevicePlan, ...], settings: LlamaSettings, speed: SpeedEstimate
) -> Overfilled | None:
    """Speed of one plan that does not fit; None where it would not run at all, or nothing was asked.

    Parameters
    ----------
    devices : DeviceSet
    plans : tuple of DevicePlan
        What the plan puts on each device, host last.
    settings : LlamaSettings
    speed : SpeedEstimate
        As if everything had room.
    """
    if not np.isfinite(devices.host.capacity) or devices.unified or settings.rpc:
        return None
    host = next(d for d in plans if d.kind == "host")
    gpus = [d for d in plans if d.kind == "gpu"]
    host_room = float(host.usable_bytes or 0)
    host_need = float(host.total_bytes - host.overhead_bytes)
    over = [
        max(d.total_bytes - d.overhead_bytes - gpu.room, 0.0)
        for d, gpu in zip(gpus, devices.gpus, strict=True)
    ]
    if any(over):
        if host_need + sum(over) > host_room:
            return None
        return _spilled(devices, gpus, sum(over), speed)
    if settings.load_mode in (None, "mmap") and 0 < host_need - host_room < host.model_bytes:
        return _paged(host, host_need - host_room, speed)
    return None


def _spilled(
    devices: DeviceSet, gpus: list[DevicePlan], outside: float, speed: SpeedEstimate
) -> Overfilled | None:
    if devices.backend not in SPILLING_BACKENDS:
        return None
    load = speed.load
    touched = np.asarray(load.dense_bytes) + load.expert_bytes + load.kv_bytes
    held = float(sum(d.model_bytes + d.kv_bytes + d.recurrent_bytes for d in gpus))
    link = min((g.pcie_bandwidth for g in devices.gpus if np.isfinite(g.pcie_bandwidth)), default=np.nan)
    rates = link_rates(link)
    found = estimate_overfill(speed.decode, outside, held, touched, rates, cyclic=False)
    told = {
        "cuda": say(
            "under Windows, or with GGML_CUDA_ENABLE_UNIFIED_MEMORY=1, the driver keeps {size} in RAM and reads them over "
            "PCIe; on Linux it does not load otherwise",
            size=units.gib(outside),
        ),
        "rocm": say(
            "under Windows the driver keeps {size} in RAM and reads them over PCIe; on Linux it does not load",
            size=units.gib(outside),
        ),
        "vulkan": say("the driver keeps {size} in RAM and reads them over PCIe", size=units.gib(outside)),
    }[devices.backend]
    return _result(SPILLS, outside, told, found, rates, speed)


def _paged(host: DevicePlan, outside: float, speed: SpeedEstimate) -> Overfilled | None:
    load = speed.load
    touched = np.asarray(load.host_dense_bytes) + load.host_expert_bytes
    found = estimate_overfill(
        speed.decode, outside, float(host.model_bytes), touched, UNKNOWN_DISK, cyclic=True
    )
    told = say(
        "it pages: RAM has no room for {size} of weights, which are read from disk for every token (rate of the disk "
        "unknown, {low} to {high} GB/s considered)",
        size=units.gib(outside),
        low=figure(f"{UNKNOWN_DISK[0] / 1e9:g}"),
        high=figure(f"{UNKNOWN_DISK[2] / 1e9:g}"),
    )
    return _result(PAGES, outside, told, found, UNKNOWN_DISK, speed)


def _result(
    how: str,
    outside: float,
    told: str,
    found: OverfillEstimate,
    rates: tuple[float, float, float],
    speed: SpeedEstimate,
) -> Overfilled | None:
    def one(value: Any) -> float:
        return float(np.ravel(np.asarray(value, dtype=np.float64))[0])

    tps = Range(one(found.tps_p10), one(found.tps_p50), one(found.tps_p90))
    if tps.to_json() is None:
        return None
    sentence = say(
        "started all the same: {what}: {low} to {high} tok/s",
        what=told,
        low=units.rate(tps.p10),
        high=units.rate(tps.p90),
    )
    term = Term(
        f"decode.{how}",
        one(found.extra_seconds),
        "s",
        say("bytes read per token from outside the device ÷ rate of the path, on top of the plan that fits"),
        {
            "outside_bytes": outside,
            "read_least_bytes": one(found.read_least),
            "read_most_bytes": one(found.read_most),
            "rate_bytes_per_s": rates[1],
            "fitting_seconds": one(speed.decode.seconds),
        },
    )
    return Overfilled(how, int(outside), tps, sentence, term)
