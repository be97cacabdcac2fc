"""What an estimate answers: verdicts, placements, memory per device, throughput, and the terms behind them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the window opens with the verdicts alone; arrays come later
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
class MovedWeights:
    """What tensor overrides move in one single case: bytes gained (negative: lost) by every device, host first.

    Only weights move; caches stay with their layers. Sums over devices are not zero where host and GPU buffers round
    differently.
    """

    dense: Floats
    """Everything but routed experts, shape (n_gpus + 1,). [bytes]"""
    experts: Floats
    """Routed experts, shape (n_gpus + 1,). [bytes]"""
    input: Floats
    """Part of ``dense`` on the input side, which is looked up and not read whole, shape (n_gpus + 1,). [bytes]"""
    dense_parameters: Floats
    """Multiplied parameters gained or lost without routed experts, shape (n_gpus + 1,)."""
    expert_parameters: Floats
    """The same of the routed experts one token uses, shape (n_gpus + 1,)."""
    n_host_layers: float
    """Layers of GPUs that now multiply on the host too."""
    overrides: tuple[tuple[str, int], ...]
    """The rules in order: pattern, device (0 = host, 1 … = GPUs)."""

    @property
    def mostly_dense(self) -> bool:
        """Most of what went to the host is not routed experts (a partial layer's router is among the little that may)."""
        return bool(self.dense[0] - self.input[0] > max(self.experts[0], 0.0))


@dataclass(frozen=True, slots=True)
class MemoryBreakdown:
    """Bytes per device and kind. The last axis is the device: host first, then the GPUs in the engine's order.

    The six kinds broadcast to the shape of ``total``; a kind that does not depend on, say, the quantization stays small.
    """

    model: Floats
    """Weights. [bytes]"""
    kv: Floats
    """Key/value cache. [bytes]"""
    recurrent: Floats
    """Recurrent state. [bytes]"""
    compute: Floats
    """Compute buffer. [bytes]"""
    output: Floats
    """Logits buffer. [bytes]"""
    overhead: Floats
    """Outside the engine's buffers: driver context and workspaces. [bytes]"""
    total: Floats
    """Sum of the six. [bytes]"""
    experts: Floats
    """Part of ``model`` that is routed experts. [bytes]"""
    repack: Floats
    """Host bytes the CPU backend repacks in addition, not in ``total``; without the device axis. [bytes]"""

    @property
    def engine(self) -> Floats:
        """What the engine's own buffers take: the total without overhead. [bytes]"""
        import numpy as np

        engine = np.empty((self.total.shape[-1], *self.total.shape[:-1]))
        for device in range(self.total.shape[-1]):
            np.subtract(self.total[..., device], self.overhead[..., device], out=engine[device])
        return np.moveaxis(engine, 0, -1)
