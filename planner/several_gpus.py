"""When one card alone is faster than several that share the layers."""

from __future__ import annotations

import numpy as np

from planner import units
from planner.columns import Selection
from planner.devices import DeviceSet
from planner.llama_context import LlamaContext
from planner.memory import estimate_memory
from planner.placement import balanced_boundaries, fit_of
from planner.settings import Workload
from planner.speed import estimate_speed
from planner.words import figure, say


def alone_or_shared(
    chosen: Selection,
    n_ctx: int,
    context: LlamaContext,
    everything: DeviceSet,
    used: DeviceSet,
    workload: Workload,
) -> str | None:
    """Say how fast a model is on the cards a plan uses, and shared by all of the machine.

    Parameters
    ----------
    chosen : Selection
        One model and quantization, shape (1, 1).
    n_ctx : int
        Of all sequences together. [tokens]
    context : LlamaContext
    everything : DeviceSet
        All GPUs of the machine.
    used : DeviceSet
        The fewer GPUs of the plan, which hold all layers.
    workload : Workload

    Returns
    -------
    str or None
        None where the speed of either is unknown, or the plan uses every GPU.
    """
    if not 0 < len(used.gpus) < len(everything.gpus):
        return None
    contexts = np.array([[n_ctx]], dtype=np.int64)
    none, full = np.zeros((1, 1), dtype=np.int64), chosen.cache.n_layer_all + 1
    speeds = []
    for devices in (used, everything):
        placement = balanced_boundaries(chosen, devices, full, none, contexts, context)
        memory = estimate_memory(chosen, placement, none, contexts, context, devices)
        if not bool(fit_of(memory, devices).without_reserve[0, 0]):
            return None
        decode = estimate_speed(
            chosen, placement, none, context, devices, workload, with_prefill=False
        ).decode
        speeds.append(float(np.ravel(decode.tps_p50)[0]))
    here, shared = speeds
    if not (np.isfinite(here) and np.isfinite(shared)):
        return None
    values = {
        "names": "+".join(gpu.name for gpu in used.gpus),
        "here": figure(units.rate(here)),
        "n": len(everything.gpus),
        "shared": figure(units.rate(shared)),
    }
    if here >= shared:
        return say(
            "{names} alone is faster than all {n} GPUs: {here} tok/s against {shared} tok/s when they share the layers, "
            "because layers run one after the other and every hop costs time",
            **values,
        )
    return say(
        "{names} alone holds the model: {here} tok/s; all {n} GPUs sharing the layers would reach {shared} tok/s",
        **values,
    )
