"""Devices of a run with everything charged to them that the run loads beside its model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from models_db.architecture_table import architecture_entry, catalogue_inventory
from planner.devices import DeviceSet
from planner.exact_compute import buffers, compute_case
from planner.formulas.layer_placement import LayerBoundaries
from planner.llama_context import LlamaContext
from planner.outside import (
    HOST,
    MTP,
    OutsidePart,
    draft_parts,
    mtp_parts,
    projector_bytes,
    projector_parts,
    with_parts,
)
from planner.settings import LlamaSettings
from planner.units import MIB

if TYPE_CHECKING:
    from models_db.model_spec import ModelSpec

DraftSize = Callable[[DeviceSet, LlamaSettings], Mapping[int, float]]
"""What a draft model takes on each of some devices with given settings, by device number. [bytes]"""


def fastest_gpu(devices: DeviceSet) -> int:
    """Number of the GPU a plan puts first, or of the host without one."""
    if not devices.gpus:
        return HOST
    return min(
        range(len(devices.gpus)),
        key=lambda i: (-np.nan_to_num(devices.gpus[i].bandwidth), -devices.gpus[i].usable, i),
    )


def with_beside(
    devices: DeviceSet,
    model: ModelSpec,
    quant: str,
    settings: LlamaSettings,
    context: LlamaContext,
    n_ctx: int,
    home: int,
    draft_size: DraftSize | None = None,
    reserve_prompt_cache: bool = False,
) -> tuple[DeviceSet, tuple[str, ...]]:
    """Charge projector, draft and reserved prompt cache to the devices.

    Parameters
    ----------
    devices : DeviceSet
    model : ModelSpec
    quant : str
        llama.cpp file type.
    settings : LlamaSettings
    context : LlamaContext
    n_ctx : int
        Of all sequences together. [tokens]
    home : int
        Device of the projector, and of drafting by the model's own blocks; :data:`planner.outside.HOST` without a GPU.
    draft_size : callable or None
        Sizes a draft model.
    reserve_prompt_cache : bool
        Count the whole prompt cache.

    Returns
    -------
    DeviceSet
    tuple of str
        What could not be sized, in words.
    """
    inventory = catalogue_inventory(model.id)
    parts: list[OutsidePart] = []
    notes: list[str] = []
    if settings.mmproj:
        towers = architecture_entry(model.id).spec.towers
        parts += projector_parts(inventory, towers, settings, home)
        if not projector_bytes(inventory):
            notes.append("the size of the projector is not known; it is left out")
    if MTP in settings.spec_type and settings.draft_model is None:
        if inventory.n_layer_all > inventory.n_layers:
            compute = _own_buffer(inventory.n_layer_all, model.id, context, n_ctx, home)
            last = len(devices.gpus) - 1 if devices.gpus and home != HOST else home
            parts += mtp_parts(inventory, quant, settings, context, n_ctx, last, compute)
        else:
            notes.append(
                "--spec-type draft-mtp: no prediction blocks are known for this model's file; llama.cpp then ends with "
                "'failed to create MTP context'"
            )
    if settings.draft_model is not None and draft_size is not None:
        parts += draft_parts(settings.draft_model, draft_size(devices, _draft_settings(settings, n_ctx)))
    if reserve_prompt_cache and settings.cache_ram_mib and settings.cache_ram_mib > 0:
        size = float(settings.cache_ram_mib) * MIB
        parts.append(OutsidePart("prompt cache", size, 0.0, size, "asked for: --cache-ram", "--cache-ram"))
    return with_parts(devices, parts), tuple(notes)


def _draft_settings(settings: LlamaSettings, n_ctx: int) -> LlamaSettings:
    """Settings a draft model's context is made with (common/speculative.cpp, ``common_base_params_to_speculative``)."""
    layers = settings.draft_n_gpu_layers
    return replace(
        LlamaSettings(),
        n_ctx=n_ctx,
        n_parallel=settings.n_parallel,
        kv_unified=settings.kv_unified,
        n_batch=settings.n_batch,
        n_ubatch=settings.n_ubatch,
        n_gpu_layers=-1 if layers is None else layers,
        tensor_split=settings.tensor_split if settings.draft_devices is None else None,
        split_mode=settings.split_mode,
        main_gpu=settings.main_gpu,
        devices=settings.draft_devices or settings.devices,
        flash_attn=settings.flash_attn,
        cache_type_k=settings.draft_cache_type_k,
        cache_type_v=settings.draft_cache_type_v,
        kv_offload=settings.kv_offload,
        op_offload=settings.op_offload,
        fit=False,
        repack=settings.repack,
    )


def _own_buffer(n_layer_all: int, model_id: str, context: LlamaContext, n_ctx: int, home: int) -> float:
    """Compute buffer of the model alone on one device, which that of one more of its blocks does not exceed. [bytes]"""
    if home == HOST:
        placement = LayerBoundaries(np.array([[[0, n_layer_all + 1]]], dtype=np.int64))
    else:
        placement = LayerBoundaries(np.array([[[0, 0, n_layer_all + 1]]], dtype=np.int64))
    return float(buffers(model_id, None)(compute_case(context, placement, n_ctx))[-1])
