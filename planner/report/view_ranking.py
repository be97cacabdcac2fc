"""The plans of a list as it is shown, for the report of a ranking."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planner.cells import plan_of_cell

if TYPE_CHECKING:
    from planner.catalogue_view import CatalogueView
    from planner.library import Library
    from planner.list_filter import ListOrder
    from planner.plan import Plan


def plans_of_view(library: Library, view: CatalogueView, order: ListOrder) -> tuple[Plan, ...]:
    """Return the recommended plan of each row shown, in their order, with the figures of the list."""
    plans = []
    for row in order.rows.tolist():
        plan = plan_of_cell(library, view.found, row, int(view.best[row]), view.wishes, exact=False)
        plans.append(replace(plan, score=view.reasons[row]))
    return tuple(plans)
