"""Why not, and what then: the smallest changes to a question that make a plan fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner import units
from planner.devices import device_set
from planner.evaluate import evaluate
from planner.fit_plan import plan_model
from planner.library import Library
from planner.longest_context import context_steps
from planner.machine import Machine
from planner.plan import Plan
from planner.records import Placement
from planner.request import RequestFault
from planner.units import ValueFault
from planner.wishes import Wishes
from planner.words import Said, say

if TYPE_CHECKING:
    from planner.view_data import CatalogueView

SHORTEST = 1024
"""Shortest context that is still offered. [tokens]"""
SMALL_CACHE = "q8_0"


@dataclass(frozen=True, slots=True)
class NearestFit:
    """One change that makes it fit."""

    what: Said
    """What changes, in words."""
    plan: Plan
    """What it gives."""
    model_id: str
    quant: str | None
    n_ctx: int | None = None
    """Context to ask for; None = as asked."""
    cache_type: str | None = None
    """Type of both caches to ask for; None = as asked."""
    engine: str | None = None
    """Engine to ask for; None = as asked."""


def nearest_fits(
    library: Library, machine: Machine, wishes: Wishes, plan: Plan, view: CatalogueView | None = None
) -> tuple[NearestFit, ...]:
    """Changes that make a plan fit that does not, nearest first, at most one of each kind.

    Parameters
    ----------
    library : Library
    machine : Machine
    wishes : Wishes
    plan : Plan
        One that does not fit.
    view : CatalogueView or None
        The list, for another model when nothing of this one fits.
    """
    if plan.fits is not False or plan.model_id not in library.rows:
        return ()
    if plan.engine == "vllm":
        on_llama = _planned(library, machine, _asked(wishes, plan), plan.model_id, None)
        smaller = [
            NearestFit(say("{quant} instead", quant=a.quant), a, a.model_id, a.quant)
            for a in plan.alternatives
            if a.fits
        ]
        if on_llama is not None:
            what = say("{quant} with llama.cpp", quant=on_llama.quant)
            smaller.append(NearestFit(what, on_llama, plan.model_id, on_llama.quant, engine="llama.cpp"))
        return tuple(smaller)
    return () if plan.quant is None else tuple(_changes(library, machine, wishes, plan, view))


def _asked(wishes: Wishes, plan: Plan) -> Wishes:
    """The question as it can be asked of the model: within its context, one context only."""
    asked = replace(
        wishes, n_ctx=min(wishes.n_ctx, plan.n_ctx or plan.n_ctx_train or wishes.n_ctx), engine="llama.cpp"
    )
    return replace(asked, objective="quality") if asked.objective == "context" else asked


def _changes(
    library: Library, machine: Machine, wishes: Wishes, plan: Plan, view: CatalogueView | None
) -> Iterator[NearestFit]:
    model_id, quant = plan.model_id, plan.quant
    asked = _asked(wishes, plan)
    same = _planned(library, machine, asked, model_id, quant)
    if same is not None:
        yield NearestFit(say("another split: {how}", how=_how(same)), same, model_id, quant)
    elif quant is not None:
        small = replace(asked, cache_type_k=SMALL_CACHE, cache_type_v=SMALL_CACHE)
        if (asked.cache_type_k, asked.cache_type_v) != (SMALL_CACHE, SMALL_CACHE):
            found = _planned(library, machine, small, model_id, quant)
            if found is not None:
                yield NearestFit(
                    say("KV cache in {type}", type=SMALL_CACHE),
                    found,
                    model_id,
                    quant,
                    cache_type=SMALL_CACHE,
                )
        n_ctx = longest_that_fits(library, machine, asked, model_id, quant)
        if n_ctx is not None:
            found = _planned(library, machine, replace(asked, n_ctx=n_ctx), model_id, quant)
            if found is not None:
                what = say("{n} of context", n=units.tokens(n_ctx))
                yield NearestFit(what, found, model_id, quant, n_ctx=n_ctx)
    other = _planned(library, machine, asked, model_id, None)
    if other is not None and other.quant != quant:
        yield NearestFit(say("{quant} instead", quant=other.quant), other, model_id, other.quant)
    if other is None and same is None and view is not None:
        yield from _other_model(library, machine, asked, model_id, view)


def longest_that_fits(
    library: Library, machine: Machine, wishes: Wishes, model_id: str, quant: str
) -> int | None:
    """Longest context below the one asked for at which a quantization fits in some way; None if none does. [tokens]"""
    steps = [c for c in context_steps(min(SHORTEST, wishes.n_ctx), wishes.n_ctx) if c < wishes.n_ctx]
    if not steps:
        return None
    model = library.models[model_id]
    index, _ = library.llama_quant(library.find_quant(quant), model)
    devices = device_set(machine, wishes.backend, wishes.reserve_bytes)
    totals = np.array([steps], dtype=np.int64) * wishes.n_parallel
    found = evaluate(
        library.columns,
        [library.rows[model_id]],
        np.full_like(totals, index),
        totals,
        wishes.context(devices.backend),
        devices,
        wishes.workload,
    )
    fits = found.placed.code[0] != Placement.NONE
    return max((c for c, ok in zip(steps, fits.tolist(), strict=True) if ok), default=None)


def _other_model(
    library: Library, machine: Machine, wishes: Wishes, model_id: str, view: CatalogueView
) -> Iterator[NearestFit]:
    """The largest model of the same family that fits, and the first of the list that does."""
    from planner.view_data import FitClass

    facts = view.facts
    rows = np.arange(len(facts.ids))
    fits = (view.fit[rows, view.best] != FitClass.NONE) & facts.suits[wishes.use]
    family = library.models[model_id].family
    kin = np.array([library.models[i].family == family for i in facts.ids]) & fits
    told: list[int] = []
    if kin.any():
        told.append(int(np.argmax(np.where(kin, facts.total_parameters, -1.0))))
    if fits.any():
        first = int(np.argmin(np.where(fits, view.rank, np.iinfo(np.int64).max)))
        if first not in told:
            told.append(first)
    for row in told:
        n_ctx = min(wishes.n_ctx, int(library.context_limits(wishes.yarn)[row]))
        found = _planned(library, machine, replace(wishes, n_ctx=n_ctx), facts.ids[row], None)
        if found is not None:
            yield NearestFit(
                say("{model} {quant}", model=found.model_name, quant=found.quant),
                found,
                facts.ids[row],
                found.quant,
            )


def _planned(
    library: Library, machine: Machine, wishes: Wishes, model_id: str, quant: str | None
) -> Plan | None:
    """Brief plan if it fits."""
    scheme = None if quant is None else library.find_quant(quant)
    try:
        plan = plan_model(library, library.models[model_id], machine, wishes, scheme, brief=True)
    except (ValueFault, RequestFault):
        return None
    return plan if plan.fits else None


def _how(plan: Plan) -> str:
    from planner.text import PLACEMENT_WORDS

    return PLACEMENT_WORDS[plan.placement]
