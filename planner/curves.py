"""Speed and memory of one model against one setting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from planner.columns import Selection
from planner.devices import device_set
from planner.fit_class import FitClass
from planner.formulas.layer_placement import layer_boundaries
from planner.map_grid import MAP_CONTEXTS, map_grid
from planner.memory import estimate_memory
from planner.placement import fit_of
from planner.shown_device import ShownDevice, shown_devices
from planner.speed import estimate_speed

if TYPE_CHECKING:
    from planner.library import Library
    from planner.machine import Machine
    from planner.model_facts import Facts
    from planner.wishes import Wishes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Curve:
    """Speed and memory against one setting, shape (steps,)."""

    x: Ints
    fits: Bools
    decode_p10: Floats
    decode_p50: Floats
    decode_p90: Floats
    gpu_bytes: Floats
    """On the fullest GPU, everything counted. [bytes]"""
    capacity: float
    """Of that GPU. [bytes]"""
    limit: float
    """Capacity less the reserve. [bytes]"""
    best: int
    """Step with the highest median among those that fit; -1 if none does."""

    def to_json(self, setting: str, chosen: int | None = None) -> dict[str, Any]:
        """Return the curve as ``plan --json`` writes it.

        Parameters
        ----------
        setting : str
            Name of the setting on the axis.
        chosen : int or None
            Value the plan has.
        """

        def known(value: float) -> float | None:
            return float(value) if np.isfinite(value) else None

        points = [
            {
                setting: int(x),
                "fits": bool(fits),
                "decode_tps": None
                if known(mid) is None
                else {"p10": known(low), "p50": known(mid), "p90": known(high)},
                "gpu_bytes": int(used),
            }
            for x, fits, low, mid, high, used in zip(
                self.x,
                self.fits,
                self.decode_p10,
                self.decode_p50,
                self.decode_p90,
                self.gpu_bytes,
                strict=True,
            )
        ]
        return {
            "setting": setting,
            "capacity_bytes": int(self.capacity),
            "best": int(self.x[self.best]) if self.best >= 0 else None,
            "chosen": chosen,
            "points": points,
        }


def context_curve(
    library: Library, facts: Facts, machine: Machine, wishes: Wishes, row: int, quant: int
) -> Curve:
    """Speed and GPU memory of one model against its context."""
    trained = int(facts.n_ctx_train[row])
    if wishes.n_ctx > trained:  # stretched by YaRN
        trained = int(library.context_limits(wishes.yarn)[row])
    steps = sorted(
        {c for c in (*MAP_CONTEXTS, *(c * 3 // 2 for c in MAP_CONTEXTS)) if c <= trained} | {trained}
    )
    grid = map_grid(
        library, facts, machine, wishes, np.array([row]), np.array([quant]), steps, stretched=True
    )
    fits = grid.fit[0] != FitClass.NONE
    gpus = [i for i, d in enumerate(grid.devices) if d.kind != "host"] or [0]
    used = grid.bars[0][:, gpus].sum(axis=-1)
    fullest = int(np.argmax(used.max(axis=0)))
    device = grid.devices[gpus[fullest]]
    return _curve(
        np.array(steps, dtype=np.int64),
        fits,
        (grid.decode_p10[0], grid.decode_p50[0], grid.decode_p90[0]),
        used[:, fullest],
        device,
    )


def experts_curve(
    library: Library, facts: Facts | None, machine: Machine, wishes: Wishes, row: int, quant: int
) -> Curve | None:
    """Speed and GPU memory of one model against the layers whose experts stay in RAM; None where there are no experts or
    no GPU."""
    columns = library.columns
    devices = device_set(machine, wishes.backend, wishes.reserve_bytes, wishes.runtime_overhead)
    if not columns.work.expert_share[row] > 0 or not devices.gpus or devices.unified:
        return None
    blocks = int(columns.cache.n_layer_all[row])
    steps = np.arange(blocks + 1, dtype=np.int64)
    context = wishes.context(devices.backend)
    n_ctx = np.array(
        [[min(wishes.n_ctx, int(library.context_limits(wishes.yarn)[row])) * wishes.n_parallel]],
        dtype=np.int64,
    )
    cells = np.ones((1, len(steps)), dtype=np.int64)
    chosen = Selection.of(library.columns, row * cells, quant * cells)
    shares = np.array([g.room for g in devices.gpus]).reshape(1, 1, -1)
    placement = layer_boundaries(blocks * cells, -1 * cells, shares)
    experts = steps[None, :]
    memory = estimate_memory(chosen, placement, experts, n_ctx * cells, context, devices)
    workload = wishes.workload.within(n_ctx // context.n_seq_max)
    speed = estimate_speed(chosen, placement, experts, context, devices, workload, with_prefill=False)
    shape = cells.shape
    total = np.broadcast_to(memory.total, (*shape, memory.total.shape[-1]))[0, :, 1:]
    total = total + np.array([g.others for g in devices.gpus])
    fullest = int(np.argmax(total.max(axis=0)))
    device = shown_devices(devices)[fullest]
    fits = np.broadcast_to(fit_of(memory, devices).without_reserve, shape)[0]
    d = speed.decode
    ranges = tuple(np.broadcast_to(v, shape)[0] for v in (d.tps_p10, d.tps_p50, d.tps_p90))
    return _curve(steps, fits, (ranges[0], ranges[1], ranges[2]), total[:, fullest], device)


def _curve(
    x: Ints, fits: Bools, decode: tuple[Floats, Floats, Floats], used: Floats, device: ShownDevice
) -> Curve:
    low, mid, high = (np.where(fits, v, np.nan) for v in decode)
    known = np.isfinite(mid)
    best = int(np.argmax(np.where(known, mid, -1.0))) if known.any() else -1
    return Curve(
        x, fits, low, mid, high, np.asarray(used), device.capacity, device.capacity - device.reserve, best
    )
