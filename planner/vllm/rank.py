"""Every model under vLLM on one machine in the order of :mod:`planner.ranking`; with both engines, the better of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner import units
from planner.library import Library
from planner.machine import Machine
from planner.plan import Plan
from planner.ranking import Place, Standing, place_of, places, suits
from planner.request import RequestFault
from planner.vllm.model_store import store_all
from planner.vllm.plan import cannot_run, plan_vllm
from planner.wishes import Wishes
from planner.words import figure, say

if TYPE_CHECKING:
    from models_db.model_spec import ModelSpec


def rank_vllm(library: Library, machine: Machine, wishes: Wishes, quant: str | None = None) -> list[Plan]:
    """Best vLLM plan of every model, best model first, the reason for its place in ``score``.

    Parameters
    ----------
    library : Library
    machine : Machine
    wishes : Wishes
    quant : str or None
        Only this format; models without a repository of it are sized under their own name.

    Raises
    ------
    RequestFault
        ``unsupported_quant`` or ``unknown_version``.
    """
    return [
        replace(plan, score=place.reason)
        for place, plan in sorted(_placed(library, machine, wishes, quant).values(), key=lambda p: p[0].key)
    ]


def rank_any(
    library: Library,
    machine: Machine,
    wishes: Wishes,
    quant: str | None = None,
    only_fitting: bool = True,
    top: int | None = None,
) -> tuple[list[Plan], int, int]:
    """The better engine's plan of every model: what fits before what does not, GPUs before RAM, then the faster.

    Parameters
    ----------
    library : Library
    machine : Machine
    wishes : Wishes
        ``engine_version`` counts for llama.cpp; vLLM takes its default.
    quant : str or None
        A scheme of either engine; the engine that does not load it is left out.
    only_fitting : bool
        Leave out what fits under neither engine.
    top : int or None
        Plans written out; None = all.

    Returns
    -------
    list of Plan, int, int
        Plans in order, how many models are listed in all, how many do not fit.

    Raises
    ------
    RequestFault
        ``unsupported_quant`` when neither engine loads it.
    """
    from planner.cells import evaluate_catalogue, plan_of_cell
    from planner.records import Placement

    own = wishes.for_vllm()
    faults: list[RequestFault] = []
    served: dict[str, tuple[Place, Plan]] = {}
    try:
        if cannot_run(machine) is None:
            served = _placed(library, machine, own, quant)
    except RequestFault as fault:
        faults.append(fault)
    column = None
    if quant is not None:
        scheme = library.find_quant(quant)
        try:
            column, _ = library.llama_quant(scheme, library.models[library.columns.ids[0]])
        except RequestFault:
            if faults or not served:
                raise
            only: list[tuple[Place, Plan | None, int]] = [(p, plan, -1) for p, plan in served.values()]
            return _written(only, lambda row: None, only_fitting, top)
    found, best = evaluate_catalogue(library, machine, wishes, column)
    entries: list[tuple[Place, Plan | None, int]] = []
    for row, place in places(library, found, best, wishes).items():
        cell = row, int(best[row])
        fits = bool(found.fits[cell])
        other = served.pop(library.columns.ids[row], None)
        whole = found.placed.code[cell] == Placement.GPU
        mine = (fits, fits and whole, np.nan_to_num(found.decode_p50[cell]))
        if other is not None and worth(other[1]) > mine:
            entries.append((other[0], other[1], row))
        else:
            entries.append((place, None, row))
    entries += [(place, plan, -1) for place, plan in served.values()]
    return _written(
        entries, lambda row: plan_of_cell(library, found, row, int(best[row]), wishes), only_fitting, top
    )


def _written(
    entries: list[tuple[Place, Plan | None, int]],
    planned: Callable[[int], Plan | None],
    only_fitting: bool,
    top: int | None,
) -> tuple[list[Plan], int, int]:
    """Sort, cut, and write out only what is shown."""
    fitting = [e for e in entries if not e[0].key[0]]
    listed = sorted(fitting if only_fitting else entries, key=lambda e: e[0].key)
    plans: list[Plan] = []
    for place, plan, row in listed if top is None else listed[:top]:
        shown = plan if plan is not None else planned(row)
        if shown is not None:
            plans.append(replace(shown, score=place.reason))
    return plans, len(listed), len(entries) - len(fitting)


def worth(plan: Plan) -> tuple[bool, bool, float]:
    """What the engines are compared by: fits, wholly on GPUs, median speed. [tokens/s]"""
    t = plan.throughput
    speed = t.decode_tps.p50 if t is not None and t.decode_tps is not None else 0.0
    fits = plan.fits is True
    return fits, fits and plan.placement == "gpu", speed


def _placed(
    library: Library, machine: Machine, wishes: Wishes, quant: str | None
) -> dict[str, tuple[Place, Plan]]:
    store_all()
    out: dict[str, tuple[Place, Plan]] = {}
    for model in library.catalogue.published:
        if library.catalogue.architecture(model) is None or not suits(model, wishes.use):
            continue
        plan = plan_vllm(library.catalogue, model, machine, wishes, quant, n_alternatives=0)
        out[model.id] = (place_of_plan(model, plan, wishes), plan)
    return out


def place_of_plan(model: ModelSpec, plan: Plan, wishes: Wishes) -> Place:
    """Where a model stands by its vLLM plan."""
    fits = plan.fits is True
    speed = plan.throughput.decode_tps if plan.throughput is not None else None
    short = max(
        (d.total_bytes - d.usable_bytes for d in plan.devices if d.usable_bytes), default=float("nan")
    )
    place = place_of(
        Standing(
            model=model,
            fits=fits,
            decode_p50=speed.p50 if speed is not None else float("nan"),
            loss=0.0,
            n_ctx_train=plan.n_ctx_train or 0,
            total_parameters=float(plan.total_parameters or 0),
            active_parameters=float(plan.active_parameters or 0),
            shortfall=max(short, 0.0),
            why_not=plan.reasons[0] if plan.reasons and not fits else "",
        ),
        wishes,
    )
    if fits and plan.max_concurrency is not None:
        users = say(
            "{reason}; {n} × {length} at once",
            reason=place.reason,
            n=figure(f"{plan.max_concurrency:.1f}"),
            length=units.tokens(plan.n_ctx or 0),
        )
        return replace(place, reason=users)
    return place
