"""Cells of an evaluation: the whole catalogue at one question, and the case and plan of one cell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner import units
from planner.choice import choose_case
from planner.devices import DeviceSet, device_set
from planner.evaluate import Evaluation, evaluate, narrowed, used_devices
from planner.formulas.layer_placement import LayerBoundaries
from planner.library import Library
from planner.llama_context import LlamaContext
from planner.machine import Machine
from planner.outside import states_kept
from planner.outside_plan import fastest_gpu
from planner.plan import Plan
from planner.plan_builder import Case, build_plan, model_source
from planner.records import Placement
from planner.settings import ALL_LAYERS
from planner.wishes import Wishes
from planner.workers import over_network
from planner.yarn import with_yarn

if TYPE_CHECKING:
    from models_db.model_spec import ModelSpec

PROMPT_CACHE_BYTES = 8192 * units.MIB
"""Default of ``--cache-ram``: llama-server keeps prompts in host memory up to this. [bytes]"""


def evaluate_catalogue(
    library: Library, machine: Machine, wishes: Wishes, quant: int | None = None
) -> tuple[Evaluation, NDArray[np.int64]]:
    """Every model × quantization at the wished context (or the model's own, if shorter), and the best case of each.

    Parameters
    ----------
    library : Library
    machine : Machine
    wishes : Wishes
    quant : int or None
        Column of the only quantization to consider; None = what publishers offer.

    Returns
    -------
    Evaluation
        Shape (models, quantizations).
    ndarray of int, shape (models,)
        Best quantization of each model.
    """
    columns = library.columns
    devices = device_set(machine, wishes.backend, wishes.reserve_bytes)
    context = wishes.context(devices.backend)
    n_ctx = np.minimum(wishes.n_ctx, library.context_limits(wishes.yarn))[:, None] * wishes.n_parallel
    quants = np.arange(len(columns.quants))[None, :]
    found = evaluate(columns, np.arange(len(columns.ids)), quants, n_ctx, context, devices, wishes.workload)
    offered = offered_mask(library) if quant is None else quants == quant
    best = choose_case(found, library.losses[quants], offered, wishes.objective, wishes.min_decode_tps)
    return found, best


def offered_mask(library: Library) -> NDArray[np.bool_]:
    """Quantizations considered for each model, shape (models, quantizations)."""
    mask = np.zeros((len(library.columns.ids), len(library.columns.quants)), dtype=np.bool_)
    for row, model_id in enumerate(library.columns.ids):
        for name in library.offered(library.models[model_id]):
            mask[row, library.quants[name]] = True
    return mask


def plan_of_cell(
    library: Library, found: Evaluation, row: int, quant: int, wishes: Wishes, exact: bool = True
) -> Plan:
    """Plan of one cell of an evaluation of the catalogue; ``exact`` as in :func:`planner.plan_builder.build_plan`."""
    columns = found.chosen.columns
    model = library.models[columns.ids[row]]
    case = case_of_cell(library, model, found, row, quant, wishes, columns.quants[quant])
    return build_plan(library, case, exact=exact)


def case_of_cell(
    library: Library,
    model: ModelSpec,
    found: Evaluation,
    row: int,
    index: int,
    wishes: Wishes,
    quant_name: str,
    notes: tuple[str, ...] = (),
) -> Case:
    """Turn one cell of an evaluation into a case with settings that reproduce it."""
    placed = found.placed
    gpu_set = int(placed.gpu_set[row, index])
    some, gpus = used_devices(found.devices, placed, gpu_set)
    placement = LayerBoundaries(narrowed(placed.start[row : row + 1, index : index + 1], gpus).start)
    n_ctx = int(np.broadcast_to(found.n_ctx, placed.code.shape)[row, index])
    columns = found.chosen.columns
    model_row = int(np.broadcast_to(found.chosen.rows, placed.code.shape)[row, index])
    quant = int(np.broadcast_to(found.chosen.quant, placed.code.shape)[row, index])
    n_cpu_moe, n_gpu_layers = int(placed.n_cpu_moe[row, index]), int(placed.n_gpu_layers[row, index])
    blocks = int(columns.cache.n_layer_all[model_row])
    trained = int(columns.cache.n_ctx_train[model_row])
    settings = with_yarn(wishes.settings(n_ctx), model, trained, n_ctx // max(wishes.n_parallel, 1))
    if gpus:
        counts = tuple(float(c) for c in placement.n_layers()[0, 0, 1:])
        several = len(found.devices.gpus) > 1
        settings = replace(
            settings,
            n_gpu_layers=ALL_LAYERS if n_gpu_layers > blocks else n_gpu_layers,
            n_cpu_moe=ALL_LAYERS if n_cpu_moe >= blocks else n_cpu_moe,
            devices=tuple(g.name for g in some.gpus) if several else None,
            tensor_split=counts if len(gpus) > 1 else None,
            # beside a GPU llama.cpp never repacks (its host buffer comes first, llama-model.cpp make_cpu_buft_list);
            # saying so keeps builds from probing AMX, which ends some of them on virtual machines
            repack=False,
        )
    else:
        settings = replace(settings, n_gpu_layers=0, devices=("none",) if found.devices.gpus else None)
    if wishes.cache_ram_mib is None:
        settings = replace(settings, cache_ram_mib=_prompt_cache(found, row, index))
    draft = None
    if wishes.draft_model is not None:
        draft = model_source(library.find_model(wishes.draft_model).model, wishes.draft_quant)
        if len(found.devices.gpus) > 1:
            home = fastest_gpu(found.devices)
            settings = replace(settings, draft_devices=(found.devices.gpus[home].name,))
    context = replace(found.context, backend=some.backend, rpc=over_network(some))
    if context.rpc:
        settings = replace(settings, rpc=tuple(worker.address for worker in wishes.workers))
    return Case(
        model=model,
        columns=columns,
        row=model_row,
        quant=quant,
        quant_name=quant_name,
        settings=settings,
        context=context,
        devices=some,
        placement=placement,
        n_cpu_moe=n_cpu_moe if gpus else 0,
        n_ctx=n_ctx,
        workload=wishes.workload.within(n_ctx // context.n_seq_max),
        engine_version=wishes.engine_version,
        notes=notes,
        draft_source=draft,
    )


def _prompt_cache(found: Evaluation, row: int, index: int) -> int | None:
    """``--cache-ram`` in MiB where the default would not fit beside the plan; None = the default fits or is unknown."""
    if found.devices.unified or not np.isfinite(found.devices.host.capacity):
        return None
    left = found.devices.host.usable - float(found.memory.total[row, index, 0])
    if left >= PROMPT_CACHE_BYTES:
        return None
    return max(int(left / 2 / units.MIB) // 256 * 256, 0)


def context_of(library: Library, model: ModelSpec, wishes: Wishes, devices: DeviceSet) -> LlamaContext:
    """Resolve the context the wishes describe, with the states a hybrid model keeps for drafting."""
    context = wishes.context(devices.backend)
    if wishes.workers:
        context = replace(context, rpc=True)
    if not wishes.loads_more:
        return context
    settings = wishes.settings(wishes.n_ctx)
    return replace(context, n_rs_seq=states_kept(settings, library.inventory(model.id)))


def allowed_placements(wishes: Wishes) -> frozenset[Placement] | None:
    """Placements to consider: with GPUs of other machines all layers go to GPUs, for which that is done."""
    return frozenset({Placement.GPU}) if wishes.workers else None
