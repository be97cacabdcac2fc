"""The plans of a list as it is shown, for the report of a ranking."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planner.cells import plan_of_cell
from planner.units import ValueFault

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.catalogue_view import CatalogueView
    from planner.library import Library
    from planner.list_filter import ListOrder
    from planner.plan import Plan


def plans_of_view(
    library: Library, view: CatalogueView, order: ListOrder, stopped: Callable[[], bool] = lambda: False
) -> tuple[Plan, ...]:
    """Return the recommended plan of each row shown, in their order, with the figures of the list.

    Raises
    ------
    ValueFault
        If ``stopped``, which is asked before each row, says that nobody wants them any more.
    """
    plans = []
    for row in order.rows.tolist():
        if stopped():
            raise ValueFault("the ranking is no longer wanted")
        column = int(view.best[row])
        if view.n_llama is not None and column >= view.n_llama:
            plan = _served(library, view, row, column - view.n_llama)
        else:
            plan = plan_of_cell(library, view.found, row, column, view.wishes, exact=False)
        plans.append(replace(plan, score=view.reasons[row]))
    return tuple(plans)


def _served(library: Library, view: CatalogueView, row: int, column: int) -> Plan:
    """Plan of vLLM in one of its formats, with the question cut to the model's context as the list cuts it."""
    from planner.vllm.figures import FORMS
    from planner.vllm.plan import plan_vllm

    model = library.models[view.facts.ids[row]]
    asked = view.wishes.for_vllm(int(view.facts.n_ctx_train[row]))
    waiting = view.waiting is not None and bool(view.waiting[row])
    offered = bool(view.facts.offered[row, int(view.best[row])])
    form = FORMS[column] if offered and not waiting else None
    return plan_vllm(library.catalogue, model, view.machine, asked, form, n_alternatives=0)
