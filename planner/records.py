"""What an estimate answers: verdicts, placements, memory per device, throughput, and the terms behind them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Verdict(StrEnum):
    """Whether a plan fits."""

    FITS = "fits"
    FITS_WITH_OFFLOAD = "fits_with_offload"
    TIGHT = "tight"
    DOES_NOT_FIT = "does_not_fit"
    UNKNOWN = "unknown"


class Placement(IntEnum):
    """Where the weights are; the order is from best to worst."""

    GPU = 0
    EXPERTS_IN_RAM = 1
    PARTIAL = 2
    CPU = 3
    NONE = 4


PLACEMENT_NAMES = {
    Placement.GPU: "gpu",
    Placement.EXPERTS_IN_RAM: "experts_in_ram",
    Placement.PARTIAL: "partial",
    Placement.CPU: "cpu",
    Placement.NONE: "none",
}
MEMORY_KINDS = ("model", "kv", "recurrent", "compute", "output", "overhead")
"""The six kinds of memory, in the order every bar and table shows them."""


@dataclass(frozen=True, slots=True)
class MemoryBreakdown:
    """Bytes per device and kind; every array broadcasts to ``shape``.

    Device axis first: one entry per GPU of the placement in device order, the host last.
    """

    shape: tuple[int, ...]
    """Shape of the cells (without the device axis)."""
    model: tuple[Floats, ...]
    """Weights on each device. [bytes]"""
    kv: tuple[Floats, ...]
    recurrent: tuple[Floats, ...]
    compute: tuple[Floats, ...]
    output: tuple[Floats, ...]
    overhead: tuple[Floats, ...]
    """Outside the engine's buffers: driver context and workspaces. [bytes]"""
    total: tuple[Floats, ...]
    """Sum of the six. [bytes]"""
    experts: tuple[Floats, ...]
    """Part of ``model`` that is routed experts. [bytes]"""
    repack: Floats
    """Host bytes the CPU backend repacks in addition (not in ``total``). [bytes]"""
    layers: tuple[tuple[Ints, Ints], ...]
    """First and one past the last layer on each GPU."""
