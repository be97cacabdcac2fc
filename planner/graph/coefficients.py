"""A model's graph as a handful of coefficients, drawn from exact simulations, for evaluating many cells at once.

Compute buffers are piecewise linear in the micro-batch and in micro-batch × cells; two simulations give a line.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models_db.inventory import ModelInventory
from models_db.inventory import Tensor as WeightTensor
from planner.formulas.kv_cache import cache_cells
from planner.graph.compute import ComputeCase, compute_buffers
from planner.graph.traits import TRAITS

SMALL_BATCH, BATCH = 64, 512
"""Micro-batches simulated. [tokens]"""
CHECKED = 40960
"""Context at which the line is checked with a single slot. [tokens]"""
TOLERATED_BYTES = 65536.0
"""Miss at that check up to which a model counts as plain. [bytes]"""
SHORT, LONG, VERY_LONG = 8192, 65536, 1 << 20
"""Contexts simulated; at the last one the copies of a quantized cache outweigh everything else. [tokens]"""
NOMINAL_BYTES_PER_WEIGHT = 0.5625
"""Bytes per weight assumed where only the size of activations beside a weight is wanted."""
F16, F32 = 2.0, 4.0

COEFFICIENTS = (
    "gpu_fixed",
    "gpu_per_token",
    "host_fixed",
    "host_per_token",
    "cpu_fixed",
    "cpu_per_token",
    "off_per_token",
    "off_per_token_cell",
    "quantized_per_token",
    "quantized_per_cell",
    "experts_away_per_token",
    "logit_rows",
    "plain",
)


def coefficients(model: ModelInventory) -> dict[str, float]:
    """Coefficients of one model, in bytes (:class:`planner.graph_columns.GraphColumns` explains each)."""

    def nominal(tensor: WeightTensor) -> float:
        return tensor.n_elements * NOMINAL_BYTES_PER_WEIGHT

    window = max((cache.window for cache in model.layers), default=0)
    attending = [cache for cache in model.layers[: model.n_layers] if cache.n_embd_k]

    def beyond_mask(case: ComputeCase) -> NDArray[np.float64]:
        cells = cache_cells(case.n_ctx, case.n_seq_max, case.kv_unified, window, case.n_ubatch)
        element = 2 if case.flash_attn else 4
        mask = (int(cells.per_stream) + int(cells.window)) * case.n_ubatch * element
        return compute_buffers(model, case, nominal, quick=True) - mask

    on_gpu = ComputeCase(start=(0, 0, model.n_layer_all + 1), n_ctx=SHORT, n_ubatch=BATCH)
    large, small = beyond_mask(on_gpu), beyond_mask(replace(on_gpu, n_ubatch=SMALL_BATCH))
    slope = (large - small) / (BATCH - SMALL_BATCH)
    fixed = large - slope * BATCH
    out = {
        "host_fixed": fixed[0],
        "gpu_fixed": fixed[1],
        "host_per_token": slope[0],
        "gpu_per_token": slope[1],
    }
    out["cpu_fixed"] = out["gpu_fixed"]
    alone = beyond_mask(replace(on_gpu, start=(0, model.n_layer_all + 1)))
    out["cpu_per_token"] = (alone[0] - out["cpu_fixed"]) / BATCH
    heads = max((cache.n_heads for cache in attending if not cache.window), default=0)
    out["off_per_token_cell"] = F32 * heads
    off = beyond_mask(replace(on_gpu, flash_attn=False, n_ctx=LONG))
    out["off_per_token"] = off[1] / BATCH - out["off_per_token_cell"] * LONG
    per_cell = [cache.n_embd_k + cache.n_embd_v for cache in attending if not cache.window]
    out["quantized_per_cell"] = F16 * max(per_cell, default=0)
    quantized = beyond_mask(replace(on_gpu, cache_type_k="q8_0", cache_type_v="q8_0", n_ctx=VERY_LONG))
    out["quantized_per_token"] = (quantized[1] - out["quantized_per_cell"] * VERY_LONG) / BATCH
    largest = max((nominal(t) for t in model.tensors if t.is_routed_expert and not t.mtp), default=0.0)
    out["experts_away_per_token"] = out["gpu_per_token"]
    if largest:
        away = beyond_mask(replace(on_gpu, n_cpu_moe=model.n_layers))
        out["experts_away_per_token"] = (away[1] - largest) / BATCH
    traits = TRAITS.get(model.gguf_arch)
    out["logit_rows"] = 2.0 if traits is not None and traits.late_outputs else 1.0
    alone_slots = replace(on_gpu, n_ctx=CHECKED, n_seq_max=1, kv_unified=False)
    by_gpu = beyond_mask(alone_slots)
    by_cpu = beyond_mask(replace(alone_slots, start=(0, model.n_layer_all + 1)))
    predicted = (
        out["host_fixed"] + out["host_per_token"] * BATCH,
        out["gpu_fixed"] + out["gpu_per_token"] * BATCH,
        out["cpu_fixed"] + out["cpu_per_token"] * BATCH,
    )
    miss = max(abs(p - s) for p, s in zip(predicted, (*by_gpu, *by_cpu), strict=True))
    out["plain"] = float(miss < TOLERATED_BYTES)
    return {name: float(value) for name, value in out.items()}
