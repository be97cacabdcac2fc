"""The best plan of one model, and what fits instead of a command that does not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.cells import allowed_placements, case_of_cell, context_of
from planner.choice import choose_case
from planner.columns import Selection
from planner.commands.llama_command import rpc_commands
from planner.devices import DeviceSet, device_set
from planner.evaluate import Evaluation, evaluate, used_devices
from planner.library import Library
from planner.longest_context import MAX_CORRECTIONS, contexts_to_try, longest_context, longest_plan
from planner.machine import Machine
from planner.outside_plan import fastest_gpu, with_beside
from planner.plan import Plan
from planner.plan_builder import build_plan, model_source
from planner.records import Verdict
from planner.settings_plan import QuantColumn, draft_size
from planner.settle import settled
from planner.several_gpus import alone_or_shared
from planner.units import ValueFault
from planner.wishes import Wishes
from planner.words import say
from planner.workers import NOTE, with_workers
from planner.yarn import longest_context_of, yarn_for, yarn_note

if TYPE_CHECKING:
    from models_db.model_spec import ModelSpec
    from models_db.quant_scheme import QuantScheme

N_ALTERNATIVES = 4
ANOTHER_MACHINE = say(
    "GPUs of another machine can help (llama.cpp rpc-server): --rpc HOST=GPU plans over both"
)


def check_context(model: ModelSpec, n_ctx_train: int, n_ctx: int, yarn: bool) -> None:
    """Refuse a context beyond what the model was trained for or, with ``yarn``, its maker offers.

    Raises
    ------
    ValueFault
        Naming the longest valid context.
    """
    offered = longest_context_of(model, n_ctx_train)
    longest = offered if yarn else n_ctx_train
    if n_ctx > longest:
        how = f" (--yarn: up to {offered:,}, as its maker offers)" if offered > n_ctx_train else ""
        raise ValueFault(
            f"n_ctx {n_ctx:,} is above the {n_ctx_train:,} tokens {model.name} was trained for; "
            f"nearest valid value: {longest}{how}"
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
    longest = int(library.context_limits(wishes.yarn)[library.rows[model.id]])
    n_ctx = min(n_ctx, longest) * wishes.n_parallel
    settings, context = wishes.settings(n_ctx), wishes.context(devices.backend)
    home = fastest_gpu(devices)
    if settings.draft_model is not None and len(devices.gpus) > 1:
        settings = replace(settings, draft_devices=(devices.gpus[home].name,))
    name = (
        library.columns.quants[library.llama_quant(quant, model)[0]] if quant else library.offered(model)[0]
    )
    size = draft_size(library, machine, settings, wishes)
    return with_beside(devices, model, name, settings, context, n_ctx, home, size, True)


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
    check_context(model, n_ctx_train, wishes.n_ctx, wishes.yarn)
    scaling = yarn_for(model, n_ctx_train, wishes.n_ctx)
    if scaling is not None:
        told = (*told, yarn_note(model, scaling, n_ctx_train))
    n_ctx_train = max(n_ctx_train, wishes.n_ctx)
    context = context_of(library, model, wishes, devices)
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
    contexts = contexts_to_try(wishes, n_ctx_train)
    n_quants, n_contexts = len(quants), len(contexts)
    cases = np.repeat(quants, n_contexts)[None, :]
    totals = np.tile(np.array(contexts, dtype=np.int64) * wishes.n_parallel, n_quants)[None, :]
    found = evaluate(
        columns, [row], cases, totals, context, devices, wishes.workload, allowed_placements(wishes)
    )
    losses = library.losses[cases]
    allowed = cases == quants[0] if quant is not None else np.ones_like(cases, dtype=np.bool_)
    best = int(choose_case(found, losses, allowed, wishes.objective, wishes.min_decode_tps)[0])
    name = chosen_name or columns.quants[int(cases[0, best])]
    fits = bool(found.fits[0, best])
    if wishes.objective == "context" and fits:
        column = QuantColumn(columns, row, int(cases[0, best]), name, notes)
        longest = longest_plan(library, model, devices, wishes, column)
        if longest is not None:
            return longest if brief else replace(longest, longest_n_ctx=longest.n_ctx)
    plan = settled(library, case_of_cell(library, model, found, 0, best, wishes, name, notes), fits)
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
    most, reach = longest_context(library, found, best, row, wishes, n_ctx_train)
    return replace(plan, alternatives=others, longest_n_ctx=most, reach_n_ctx=reach)


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


def _alternatives(
    library: Library, model: ModelSpec, found: Evaluation, best: int, wishes: Wishes, n_contexts: int
) -> tuple[Plan, ...]:
    """Other quantizations nearest to the chosen one: those that fit first, then those that miss least."""
    n_cases = found.placed.code.shape[1]
    position, at = divmod(best, n_contexts)
    others = [c for c in range(at, n_cases, n_contexts) if c // n_contexts != position]
    quant = np.broadcast_to(found.chosen.quant, found.placed.code.shape)[0]
    loss = np.nan_to_num(library.losses[quant], nan=0.0)
    here = loss[best]
    misses = np.where(found.fits[0], -1.0, np.nan_to_num(found.placed.shortfall[0], nan=np.inf))
    ranked = sorted(others, key=lambda c: (misses[c], abs(np.log((loss[c] + 1e-4) / (here + 1e-4))), c))
    plans = []
    for case in ranked[:N_ALTERNATIVES]:
        name = found.chosen.columns.quants[int(quant[case])]
        plans.append(
            build_plan(library, case_of_cell(library, model, found, 0, case, wishes, name), brief=True)
        )
    return tuple(plans)


def suggestion(
    library: Library, model: ModelSpec, machine: Machine, plan: Plan, wishes: Wishes
) -> Plan | None:
    """Plan that does fit, when a command does not: the same quantization if it can, else the best of all."""
    trained = plan.n_ctx_train or wishes.n_ctx
    stretched = plan.settings.get("rope_scaling") == "yarn"
    n_ctx = min(plan.n_ctx or wishes.n_ctx, longest_context_of(model, trained) if stretched else trained)
    asked = replace(wishes, n_ctx=max(n_ctx, 1), n_parallel=1, yarn=stretched)
    if plan.quant is not None:
        same = plan_model(library, model, machine, asked, library.find_quant(plan.quant), brief=True)
        if same.fits:
            return same
    best = plan_model(library, model, machine, asked, brief=True)
    return best if best.fits else None
