"""The longest context: of one quantization on some devices, and of a plan that was found."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.cells import allowed_placements, case_of_cell, context_of
from planner.choice import choose_case
from planner.devices import DeviceSet
from planner.evaluate import Evaluation, evaluate
from planner.library import Library
from planner.plan import Plan
from planner.records import Placement, Verdict
from planner.settings_plan import QuantColumn
from planner.settle import settled
from planner.wishes import Wishes

if TYPE_CHECKING:
    from models_db.model_spec import ModelSpec

CONTEXT_PAD = 256
"""llama.cpp pads contexts to this. [tokens]"""
FINE_STEPS = 64
"""Contexts tried between two of the grid."""
MAX_CORRECTIONS = 6
"""Lower contexts tried where the exact compute buffer of the longest has no room."""
REACH = 4
"""Contexts beyond the trained one are tried up to so many times it, to say what memory alone would hold."""


def contexts_to_try(wishes: Wishes, n_ctx_train: int) -> list[int]:
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


def longest_plan(
    library: Library, model: ModelSpec, devices: DeviceSet, wishes: Wishes, quant: QuantColumn
) -> Plan | None:
    """Plan with the longest context of one quantization; a cache in Q8_0 where it reaches further than a plain one.

    Parameters
    ----------
    library : Library
    model : ModelSpec
    devices : DeviceSet
    wishes : Wishes
        ``n_ctx`` is the least context. [tokens per user]
    quant : QuantColumn
        Its notes become reasons of the plan.

    Returns
    -------
    Plan or None
        None where no context of it fits.
    """
    n_ctx_train = max(int(quant.columns.cache.n_ctx_train[quant.row]), wishes.n_ctx)
    best: Plan | None = None
    for wished in (wishes, replace(wishes, cache_type_k="q8_0", cache_type_v="q8_0")):
        if best is not None and (best.n_ctx == n_ctx_train or wishes.cache_type_k != "f16"):
            break
        told = quant
        if wished is not wishes:
            told = replace(quant, notes=(*quant.notes, "a cache in Q8_0 reaches a longer context than F16"))
        plan = _at_longest(library, model, devices, wished, told)
        if plan is not None and (best is None or (plan.n_ctx or 0) > (best.n_ctx or 0)):
            best = plan
    return best


def _at_longest(
    library: Library, model: ModelSpec, devices: DeviceSet, wishes: Wishes, quant: QuantColumn
) -> Plan | None:
    """Plan with the longest context at the wished cache type, to 256 tokens or a 64th of the step."""
    context = context_of(library, model, wishes, devices)
    n_ctx_train = max(int(quant.columns.cache.n_ctx_train[quant.row]), wishes.n_ctx)
    contexts = np.array(contexts_to_try(wishes, n_ctx_train), dtype=np.int64)
    for last in (False, True):
        totals = contexts[None, :] * wishes.n_parallel
        found = evaluate(
            quant.columns,
            [quant.row],
            np.full_like(totals, quant.index),
            totals,
            context,
            devices,
            wishes.workload,
            allowed_placements(wishes),
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
        case = case_of_cell(library, model, found, 0, index, wishes, quant.name, quant.notes)
        plan = settled(library, case, bool(found.fits[0, index]))
        if plan.verdict in {Verdict.FITS, Verdict.FITS_WITH_OFFLOAD}:
            return plan
    return None


def longest_context(
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
