"""What the window shows, under one name; each part is read from its module when it is first asked for.

Records without arrays (:mod:`planner.fit_class`, :mod:`planner.shown_device`, :mod:`planner.list_filter`) are enough to
open the window; everything else needs numpy and the catalogue.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.catalogue_view import CatalogueView as CatalogueView
    from planner.catalogue_view import bar_bytes as bar_bytes
    from planner.catalogue_view import evaluate_view as evaluate_view
    from planner.catalogue_view import fill_first_token as fill_first_token
    from planner.catalogue_view import first_token_seconds as first_token_seconds
    from planner.catalogue_view import fit_classes as fit_classes
    from planner.curves import Curve as Curve
    from planner.curves import context_curve as context_curve
    from planner.curves import experts_curve as experts_curve
    from planner.fit_class import FIT_LETTERS as FIT_LETTERS
    from planner.fit_class import FitClass as FitClass
    from planner.list_filter import FILTER_NAMES as FILTER_NAMES
    from planner.list_filter import SORTS as SORTS
    from planner.list_filter import Filters as Filters
    from planner.list_filter import ListOrder as ListOrder
    from planner.list_order import list_order as list_order
    from planner.list_order import text_mask as text_mask
    from planner.machine_notes import probe_failures as probe_failures
    from planner.map_grid import MAP_CONTEXTS as MAP_CONTEXTS
    from planner.map_grid import MapGrid as MapGrid
    from planner.map_grid import map_grid as map_grid
    from planner.model_facts import Facts as Facts
    from planner.model_facts import facts_of as facts_of
    from planner.model_facts import licence_name as licence_name
    from planner.shown_device import BAR_KINDS as BAR_KINDS
    from planner.shown_device import ShownDevice as ShownDevice
    from planner.shown_device import plan_segments as plan_segments
    from planner.shown_device import shown_devices as shown_devices
    from planner.shown_plan import command_for as command_for
    from planner.shown_plan import plan_for as plan_for
    from planner.shown_plan import reported_answer as reported_answer

PARTS = {
    "catalogue_view": (
        "CatalogueView",
        "bar_bytes",
        "evaluate_view",
        "fill_first_token",
        "first_token_seconds",
        "fit_classes",
    ),
    "curves": ("Curve", "context_curve", "experts_curve"),
    "fit_class": ("FIT_LETTERS", "FitClass"),
    "list_filter": ("FILTER_NAMES", "SORTS", "Filters", "ListOrder"),
    "list_order": ("list_order", "text_mask"),
    "machine_notes": ("probe_failures",),
    "map_grid": ("MAP_CONTEXTS", "MapGrid", "map_grid"),
    "model_facts": ("Facts", "facts_of", "licence_name"),
    "shown_device": ("BAR_KINDS", "ShownDevice", "plan_segments", "shown_devices"),
    "shown_plan": ("command_for", "plan_for", "reported_answer"),
}
"""Names by the module that holds them."""
_MODULE_OF = {name: module for module, names in PARTS.items() for name in names}


def __getattr__(name: str) -> Any:
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"planner.{module}"), name)
    globals()[name] = value
    return value
