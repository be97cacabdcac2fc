"""What llama.cpp would do with given settings on a machine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.auto_fit import FitMeter, auto_fit, engine_placement, fit_notes
from planner.columns import Columns
from planner.devices import DeviceSet, device_set
from planner.exact_compute import buffers
from planner.library import Library, columns_of
from planner.llama_context import LlamaContext
from planner.machine import Machine
from planner.outside import HOST, drafting, states_kept
from planner.outside_plan import DraftSize, with_beside
from planner.override_tensor import override_rules, tensor_weights, with_overrides
from planner.plan import Plan
from planner.plan_builder import Case, build_plan, model_source
from planner.settings import ALL_LAYERS, LlamaSettings
from planner.units import ValueFault
from planner.wishes import Wishes
from planner.workers import over_network, with_workers

if TYPE_CHECKING:
    from models_db.model_spec import ModelSpec
    from models_db.quant_scheme import QuantScheme


@dataclass(frozen=True, slots=True)
class QuantColumn:
    """Where a quantization is sized."""

    columns: Columns
    row: int
    index: int
    name: str
    notes: tuple[str, ...] = ()
    imatrix: bool | None = None
    """Whether an importance matrix was used; None = as published files of the type are made."""


def quant_column(
    library: Library,
    model: ModelSpec,
    quant: QuantScheme,
    imatrix: bool | None = None,
) -> QuantColumn:
    """Find the column that sizes a quantization, built apart when the importance matrix is stated.

    Raises
    ------
    RequestFault
        If llama.cpp has no rule for it.
    """
    index, note = library.llama_quant(quant, model)
    notes = (note,) if note else ()
    if imatrix is None:
        return QuantColumn(library.columns, library.rows[model.id], index, quant.name, notes)
    name = library.columns.quants[index]
    return QuantColumn(_single_columns(model.id, name, imatrix), 0, 0, quant.name, notes, imatrix)


def _single_columns(model_id: str, quant: str, imatrix: bool) -> Columns:
    return columns_of([model_id], imatrix, [quant])


def plan_settings(
    library: Library,
    model: ModelSpec,
    machine: Machine,
    settings: LlamaSettings,
    quant: QuantColumn,
    wishes: Wishes,
    given_n_gpu_layers: bool = True,
    file_bytes: int | None = None,
) -> Plan:
    """What llama.cpp would do with given settings on a machine.

    Parameters
    ----------
    library : Library
    model : ModelSpec
    machine : Machine
    settings : LlamaSettings
        As the engine would read them; ``n_ctx`` 0 means the trained context.
    quant : QuantColumn
    wishes : Wishes
        Workload, reserve, version.
    given_n_gpu_layers : bool
        False when ``-ngl`` is the engine's to choose.
    file_bytes : int or None
        Known size of the file.

    Notes
    -----
    Where context or layers are not given, llama.cpp's automatic fit decides, as :mod:`planner.auto_fit` predicts it; the
    plan's settings are then those it runs with.
    """
    everything = device_set(machine, wishes.backend, wishes.reserve_bytes, wishes.runtime_overhead)
    if wishes.workers:
        everything = with_workers(everything, wishes.workers, wishes.reserve_bytes, wishes.runtime_overhead)
    devices = _visible_devices(everything, settings)
    context = LlamaContext.from_settings(settings, wishes.build, devices.backend)
    context = replace(context, rpc=over_network(devices))
    columns, row = quant.columns, quant.row
    blocks = int(columns.cache.n_layer_all[row])
    notes = list(quant.notes)
    if settings.mmproj or drafting(settings):
        context = replace(context, n_rs_seq=states_kept(settings, library.inventory(model.id)))
        devices, told = with_beside(
            devices,
            model,
            columns.quants[quant.index],
            settings,
            context,
            settings.n_ctx or int(columns.cache.n_ctx_train[row]),
            0 if devices.gpus else HOST,
            draft_size(library, machine, settings, wishes),
        )
        notes += told
    if settings.rpc and not wishes.workers:
        notes.append("the GPUs of the other machines are not counted: --rpc HOST=GPU says which they are")
    rules = override_rules(settings.override_tensor, devices)
    split, used = settings.tensor_split, len(devices.gpus)
    if split is not None and len(split) > used > 1:
        notes.append(f"-ts has {len(split)} values for {used} GPUs: the first {used} count")
    if settings.split_mode in ("row", "tensor") and used > 1:
        notes.append(
            f"-sm {settings.split_mode} splits every matrix over the GPUs; the bytes of each GPU are shown as if it held "
            "whole layers, which has not been measured"
        )
    fits_itself = settings.fit and (settings.n_ctx == 0 or settings.n_gpu_layers is None)
    if rules or fits_itself:
        tensors = tensor_weights(model.id, columns.quants[quant.index], quant.imatrix)
    if fits_itself:
        sizes = buffers(model.id, columns.quants[quant.index], quant.imatrix)
        inventory = library.inventory(model.id)
        meter = FitMeter(inventory, tensors, columns, row, quant.index, context, devices, sizes)
        fitted = auto_fit(meter, settings)
        settings = fitted.settings
        rules = override_rules(settings.override_tensor, devices)
        notes += fit_notes(fitted)
    n_ctx = settings.n_ctx or int(columns.cache.n_ctx_train[row])
    n_cpu_moe = blocks if settings.n_cpu_moe == ALL_LAYERS else min(settings.n_cpu_moe, blocks)
    placement = engine_placement(devices, settings, blocks)
    if rules:
        columns = with_overrides(columns, tensors, placement, rules, n_cpu_moe)
    case = Case(
        model=model,
        columns=columns,
        row=row,
        quant=quant.index,
        quant_name=quant.name,
        settings=settings,
        context=context,
        devices=devices,
        placement=placement,
        n_cpu_moe=n_cpu_moe,
        n_ctx=n_ctx,
        workload=wishes.workload.within(n_ctx // context.n_seq_max),
        engine_version=wishes.engine_version,
        notes=tuple(notes),
        file_bytes=file_bytes,
        overrides=tuple(rules),
        imatrix=quant.imatrix,
        draft_source=None
        if settings.draft_model is None
        else model_source(library.find_model(settings.draft_model).model, settings.draft_quant or "Q4_K_M"),
    )
    return build_plan(library, case)


def draft_size(
    library: Library, machine: Machine, settings: LlamaSettings, wishes: Wishes
) -> DraftSize | None:
    """Return what sizes the draft model the settings name; None where they name none.

    Raises
    ------
    RequestFault
        If no model has that name.
    """
    if settings.draft_model is None:
        return None
    found = library.find_model(settings.draft_model)
    if found.model.id not in library.rows:
        raise ValueFault(f"draft model {found.model.name} cannot be sized: its dimensions are not known")
    scheme = library.find_quant(settings.draft_quant or found.quant or "Q4_K_M")
    column = quant_column(library, found.model, scheme)
    alone = replace(
        wishes,
        projector=False,
        draft_model=None,
        mtp=False,
        cache_ram_mib=None,
    )

    def size(devices: DeviceSet, asked: LlamaSettings) -> dict[int, float]:
        plan = plan_settings(library, found.model, machine, asked, column, alone)
        names = {gpu.name: i for i, gpu in enumerate(devices.gpus)}
        return {names.get(d.name, HOST): float(d.total_bytes - d.overhead_bytes) for d in plan.devices}

    return size


def _visible_devices(devices: DeviceSet, settings: LlamaSettings) -> DeviceSet:
    """GPUs the settings leave to llama.cpp.

    Raises
    ------
    ValueFault
        If the settings name a device the machine does not have.
    """
    if settings.devices == ("none",) or not devices.gpus:
        return DeviceSet((), devices.host, "cpu")
    chosen = devices
    if settings.devices is not None:
        names = [g.name for g in devices.gpus]
        missing = [d for d in settings.devices if d not in names]
        if missing:
            raise ValueFault(f"--device {missing[0]}: the machine has {', '.join(names)}")
        chosen = devices.subset([names.index(d) for d in settings.devices])
    if settings.split_mode == "none":
        if settings.main_gpu >= len(chosen.gpus):
            raise ValueFault(f"-mg {settings.main_gpu}: the machine has GPUs 0 to {len(chosen.gpus) - 1}")
        chosen = chosen.subset([settings.main_gpu])
    return chosen
