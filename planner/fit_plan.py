"""Answer a question: the best plan of one model, what given settings need, or the best plan of every model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner import units
from planner.auto_fit import FitMeter, auto_fit, engine_placement, fit_notes
from planner.choice import choose_case
from planner.columns import Columns, Selection
from planner.commands.llama_command import rpc_commands
from planner.devices import DeviceSet, device_set
from planner.evaluate import Evaluation, evaluate, narrowed, used_devices
from planner.exact_compute import buffers
from planner.formulas.layer_placement import LayerBoundaries
from planner.library import Library, columns_of
from planner.llama_context import LlamaContext
from planner.machine import Machine
from planner.outside import HOST, drafting, states_kept
from planner.outside_plan import DraftSize, fastest_gpu, with_beside
from planner.override_tensor import override_rules, tensor_weights, with_overrides
from planner.plan import Plan
from planner.plan_builder import Case, build_plan, model_source
from planner.records import Placement, Verdict
from planner.settings import ALL_LAYERS, LlamaSettings
from planner.settle import settled
from planner.several_gpus import alone_or_shared
from planner.units import ValueFault
from planner.wishes import Wishes
from planner.words import say
from planner.workers import NOTE, over_network, with_workers

if TYPE_CHECKING:
    from models_db.model_spec import ModelSpec
    from models_db.quant_scheme import QuantScheme

Ints = NDArray[np.int64]
N_ALTERNATIVES = 4
ANOTHER_MACHINE = say(
    "GPUs of another machine can help (llama.cpp rpc-server): --rpc HOST=GPU plans over both"
)
MAX_CORRECTIONS = 6
"""Lower contexts tried where the exact compute buffer of the longest has no room."""
CONTEXT_PAD = 256
"""llama.cpp pads contexts to this. [tokens]"""
REACH = 4
"""Contexts beyond the trained one are tried up to so many times it, to say what memory alone would hold."""
FINE_STEPS = 64
"""Contexts tried between two of the grid."""
PROMPT_CACHE_BYTES = 8192 * units.MIB
"""Default of ``--cache-ram``: llama-server keeps prompts in host memory up to this. [bytes]"""


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


def check_context(model: ModelSpec, n_ctx_train: int, n_ctx: int) -> None:
    """Refuse a context beyond what the model was trained for.

    Raises
    ------
    ValueFault
        Naming the longest valid context.
    """
    if n_ctx > n_ctx_train:
        raise ValueFault(
            f"n_ctx {n_ctx:,} is above the {n_ctx_train:,} tokens {model.name} was trained for; "
            f"nearest valid value: {n_ctx_train}"
        )


def plan_model(
    library: Library,
    model: ModelSpec,
    machine: Machine,
    wishes: Wishes,
    quant: QuantScheme | None = None,
    brief: bool = False,
) -> Plan:
    """Find the best plan for one model.

    Parameters
    ----------
    library : Library
    model : ModelSpec
        A published model of the columns.
    machine : Machine
    wishes : Wishes
    quant : QuantScheme or None
        None = the planner chooses among what publishers offer.
    brief : bool
        True leaves out alternatives and the longest context (for rankings).

    Raises
    ------
    ValueFault
        If the context is beyond the model's.
    RequestFault
        If llama.cpp has no rule for the quantization.
    """
    devices = device_set(machine, wishes.backend, wishes.reserve_bytes, wishes.runtime_overhead)
    if wishes.workers:
        devices = with_workers(devices, wishes.workers, wishes.reserve_bytes, wishes.runtime_overhead)
    if not wishes.loads_more:
        return _plan_on(library, model, devices, wishes, quant, brief)
    n_ctx, plan = wishes.n_ctx, None
    for _ in range(MAX_CORRECTIONS):
        beside, notes = _with_beside(library, model, machine, devices, wishes, quant, n_ctx)
        found = _plan_on(library, model, beside, wishes, quant, brief, notes)
        # a draft's cache is as long as the context that is reached with it
        if found.n_ctx is None or found.n_ctx <= n_ctx:
            return found
        if plan is not None and not (found.n_ctx or 0) > n_ctx:
            break
        n_ctx, plan = found.n_ctx, found
    return found


def _with_beside(
    library: Library,
    model: ModelSpec,
    machine: Machine,
    devices: DeviceSet,
    wishes: Wishes,
    quant: QuantScheme | None,
    n_ctx: int,
) -> tuple[DeviceSet, tuple[str, ...]]:
    """Devices with what the wishes load beside the model charged to them, and what could not be sized."""
    n_ctx = min(n_ctx, int(library.columns.cache.n_ctx_train[library.rows[model.id]])) * wishes.n_parallel
    settings, context = wishes.settings(n_ctx), wishes.context(devices.backend)
    home = fastest_gpu(devices)
    if settings.draft_model is not None and len(devices.gpus) > 1:
        settings = replace(settings, draft_devices=(devices.gpus[home].name,))
    name = (
        library.columns.quants[library.llama_quant(quant, model)[0]] if quant else library.offered(model)[0]
    )
    size = _draft_size(library, machine, settings, wishes)
    return with_beside(devices, model, name, settings, context, n_ctx, home, size, True)


def _draft_size(
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


def _plan_on(
    library: Library,
    model: ModelSpec,
    devices: DeviceSet,
    wishes: Wishes,
    quant: QuantScheme | None,
    brief: bool,
    told: tuple[str, ...] = (),
) -> Plan:
    """Find the best plan on some devices; ``told`` is added to its reasons."""
    columns, row = library.columns, library.rows[model.id]
    n_ctx_train = int(columns.cache.n_ctx_train[row])
    check_context(model, n_ctx_train, wishes.n_ctx)
    context = _context_of(library, model, wishes, devices)
    offered_names = library.offered(model)
    offered = np.array([library.quants[name] for name in offered_names], dtype=np.int64)
    notes = told
    chosen_name: str | None = None
    if quant is not None:
        index, note = library.llama_quant(quant, model)
        notes = (*told, note) if note else told
        chosen_name = quant.name
        quants = np.concatenate([[index], offered[offered != index]])
    else:
        quants = offered
    contexts = _contexts(wishes, n_ctx_train)
    n_quants, n_contexts = len(quants), len(contexts)
    cases = np.repeat(quants, n_contexts)[None, :]
    totals = np.tile(np.array(contexts, dtype=np.int64) * wishes.n_parallel, n_quants)[None, :]
    found = evaluate(columns, [row], cases, totals, context, devices, wishes.workload, _allowed(wishes))
    losses = library.losses[cases]
    allowed = cases == quants[0] if quant is not None else np.ones_like(cases, dtype=np.bool_)
    best = int(choose_case(found, losses, allowed, wishes.objective, wishes.min_decode_tps)[0])
    name = chosen_name or columns.quants[int(cases[0, best])]
    fits = bool(found.fits[0, best])
    if wishes.objective == "context" and fits:
        longest = _longest_plan(library, model, devices, wishes, row, int(cases[0, best]), name, notes)
        if longest is not None:
            return longest if brief else replace(longest, longest_n_ctx=longest.n_ctx)
    plan = settled(library, _case(library, model, found, 0, best, wishes, name, notes), fits)
    if wishes.workers:
        return _over_network(plan, model, wishes)
    if brief:
        return plan
    if plan.verdict is Verdict.DOES_NOT_FIT and devices.gpus:
        plan = replace(plan, reasons=(*plan.reasons, ANOTHER_MACHINE))
    others = _alternatives(library, model, found, best, wishes, n_contexts)
    if plan.placement == "gpu" and len(devices.gpus) > 1:
        used = used_devices(devices, found.placed, int(found.placed.gpu_set[0, best]))[0]
        one = Selection.of(columns, np.array([[row]]), np.array([[int(cases[0, best])]]))
        total = int(totals[0, best])
        asked = wishes.workload.within(total // context.n_seq_max)
        told_of = alone_or_shared(one, total, context, devices, used, asked)
        plan = replace(plan, reasons=(*plan.reasons, told_of)) if told_of else plan
    most, reach = _longest_context(library, found, best, row, wishes, n_ctx_train)
    return replace(plan, alternatives=others, longest_n_ctx=most, reach_n_ctx=reach)


def _contexts(wishes: Wishes, n_ctx_train: int) -> list[int]:
    """Contexts to try: the one asked for, or all up to the trained one when the longest is wanted."""
    if wishes.objective != "context":
        return [wishes.n_ctx]
    return context_steps(wishes.n_ctx, n_ctx_train)


def context_steps(first: int, last: int) -> list[int]:
    """Contexts between two, in steps of half a power of two: 8K, 12K, 16K, 24K …"""
    steps = {first, last}
    power = 1024
    while power <= last:
        steps |= {c for c in (power, power + power // 2) if first <= c <= last}
        power *= 2
    return sorted(steps)


def _longest_plan(
    library: Library,
    model: ModelSpec,
    devices: DeviceSet,
    wishes: Wishes,
    row: int,
    quant: int,
    name: str,
    notes: tuple[str, ...],
) -> Plan | None:
    """Plan with the longest context of one quantization; a cache in Q8_0 where it reaches further than a plain one."""
    n_ctx_train = int(library.columns.cache.n_ctx_train[row])
    best: Plan | None = None
    for wished in (wishes, replace(wishes, cache_type_k="q8_0", cache_type_v="q8_0")):
        if best is not None and (best.n_ctx == n_ctx_train or wishes.cache_type_k != "f16"):
            break
        told = notes if wished is wishes else (*notes, "a cache in Q8_0 reaches a longer context than F16")
        plan = _at_longest(library, model, devices, wished, row, quant, name, told)
        if plan is not None and (best is None or (plan.n_ctx or 0) > (best.n_ctx or 0)):
            best = plan
    return best


def _at_longest(
    library: Library,
    model: ModelSpec,
    devices: DeviceSet,
    wishes: Wishes,
    row: int,
    quant: int,
    name: str,
    notes: tuple[str, ...],
) -> Plan | None:
    """Plan with the longest context at the wished cache type, to 256 tokens or a 64th of the step."""
    context = _context_of(library, model, wishes, devices)
    n_ctx_train = int(library.columns.cache.n_ctx_train[row])
    contexts = np.array(_contexts(wishes, n_ctx_train), dtype=np.int64)
    for last in (False, True):
        totals = contexts[None, :] * wishes.n_parallel
        found = evaluate(
            library.columns,
            [row],
            np.full_like(totals, quant),
            totals,
            context,
            devices,
            wishes.workload,
            _allowed(wishes),
        )
        every = np.ones(totals.shape, dtype=np.bool_)
        best = int(choose_case(found, np.zeros(1), every, "context", wishes.min_decode_tps)[0])
        if not last and best + 1 < len(contexts):
            low, high = int(contexts[best]), int(contexts[best + 1])
            step = max(-(-(high - low) // FINE_STEPS // CONTEXT_PAD) * CONTEXT_PAD, CONTEXT_PAD)
            contexts = np.arange(low, high, step, dtype=np.int64)
        elif not last:
            break
    for index in range(best, max(best - MAX_CORRECTIONS, -1), -1):
        case = _case(library, model, found, 0, index, wishes, name, notes)
        plan = settled(library, case, bool(found.fits[0, index]))
        if plan.verdict in {Verdict.FITS, Verdict.FITS_WITH_OFFLOAD}:
            return plan
    return None


def _case(
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
    settings = wishes.settings(n_ctx)
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


def _allowed(wishes: Wishes) -> frozenset[Placement] | None:
    """Placements to consider: with GPUs of other machines all layers go to GPUs, for which that is done."""
    return frozenset({Placement.GPU}) if wishes.workers else None


def _over_network(plan: Plan, model: ModelSpec, wishes: Wishes) -> Plan:
    """Return a plan over several machines with the command of each."""
    if not any(d.name.startswith("RPC") for d in plan.devices) or plan.command is None:
        return plan
    lent: dict[str, tuple[str, ...]] = {worker.address: () for worker in wishes.workers}
    from planner.plan_command import settings_of

    commands = rpc_commands(
        settings_of(plan), model_source(model, plan.quant or ""), lent, version=plan.engine_version
    )
    return replace(plan, command=commands[-1], commands=commands, reasons=(*plan.reasons, NOTE))


def _context_of(library: Library, model: ModelSpec, wishes: Wishes, devices: DeviceSet) -> LlamaContext:
    """Resolve the context the wishes describe, with the states a hybrid model keeps for drafting."""
    context = wishes.context(devices.backend)
    if wishes.workers:
        context = replace(context, rpc=True)
    if not wishes.loads_more:
        return context
    settings = wishes.settings(wishes.n_ctx)
    return replace(context, n_rs_seq=states_kept(settings, library.inventory(model.id)))


def _prompt_cache(found: Evaluation, row: int, index: int) -> int | None:
    """``--cache-ram`` in MiB where the default would not fit beside the plan; None = the default fits or is unknown."""
    if found.devices.unified or not np.isfinite(found.devices.host.capacity):
        return None
    left = found.devices.host.usable - float(found.memory.total[row, index, 0])
    if left >= PROMPT_CACHE_BYTES:
        return None
    return max(int(left / 2 / units.MIB) // 256 * 256, 0)


def _alternatives(
    library: Library, model: ModelSpec, found: Evaluation, best: int, wishes: Wishes, n_contexts: int
) -> tuple[Plan, ...]:
    """Other quantizations nearest to the chosen one: those that fit first, better and smaller ones in turn."""
    n_cases = found.placed.code.shape[1]
    position, at = divmod(best, n_contexts)
    others = [c for c in range(at, n_cases, n_contexts) if c // n_contexts != position]
    quant = np.broadcast_to(found.chosen.quant, found.placed.code.shape)[0]
    loss = np.nan_to_num(library.losses[quant], nan=0.0)
    here = loss[best]
    fits = found.fits[0]
    ranked = sorted(others, key=lambda c: (not fits[c], abs(np.log((loss[c] + 1e-4) / (here + 1e-4))), c))
    plans = []
    for case in ranked[:N_ALTERNATIVES]:
        name = found.chosen.columns.quants[int(quant[case])]
        plans.append(build_plan(library, _case(library, model, found, 0, case, wishes, name), brief=True))
    return tuple(plans)


def _longest_context(
    library: Library, found: Evaluation, best: int, row: int, wishes: Wishes, n_ctx_train: int
) -> tuple[int | None, int | None]:
    """Largest context of the grid that has the same class of placement as the plan: within what the model is trained for,
    and up to :data:`REACH` times that."""
    code = Placement(int(found.placed.code[0, best]))
    if code == Placement.NONE:
        return None, None
    contexts = context_steps(wishes.n_ctx, n_ctx_train)
    contexts += [c for c in context_steps(n_ctx_train, REACH * n_ctx_train) if c > n_ctx_train]
    quant = int(np.broadcast_to(found.chosen.quant, found.placed.code.shape)[0, best])
    totals = np.array([contexts], dtype=np.int64) * wishes.n_parallel
    wider = evaluate(
        found.chosen.columns,
        [row],
        np.full_like(totals, quant),
        totals,
        found.context,
        found.devices,
        wishes.workload,
        frozenset({code}),
    )
    same = (wider.placed.code[0] == code) & ~wider.placed.tight[0]
    fitting = [c for c, ok in zip(contexts, same.tolist(), strict=True) if ok]
    return max((c for c in fitting if c <= n_ctx_train), default=None), max(fitting, default=None)


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
            _draft_size(library, machine, settings, wishes),
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


def suggestion(
    library: Library, model: ModelSpec, machine: Machine, plan: Plan, wishes: Wishes
) -> Plan | None:
    """Plan that does fit, when a command does not: the same quantization if it can, else the best of all."""
    n_ctx = min(plan.n_ctx or wishes.n_ctx, plan.n_ctx_train or wishes.n_ctx)
    asked = replace(wishes, n_ctx=max(n_ctx, 1), n_parallel=1)
    if plan.quant is not None:
        same = plan_model(library, model, machine, asked, library.find_quant(plan.quant), brief=True)
        if same.fits:
            return same
    best = plan_model(library, model, machine, asked, brief=True)
    return best if best.fits else None


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
    n_ctx = np.minimum(wishes.n_ctx, columns.cache.n_ctx_train)[:, None] * wishes.n_parallel
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
    case = _case(library, model, found, row, quant, wishes, columns.quants[quant])
    return build_plan(library, case, exact=exact)
