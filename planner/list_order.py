"""Filter and sort the list over its arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models_db.names import name_key
from planner.fit_class import FitClass
from planner.list_filter import Filters, ListOrder

if TYPE_CHECKING:
    from planner.catalogue_view import CatalogueView
    from planner.model_facts import Facts

KEPT_SEARCHES = 64
"""Texts whose models are remembered: typing goes back and forth."""
AXIS_ENDS = (50.0, 100.0, 225.0, 400.0, 625.0, 900.0, 1600.0, 3600.0)
"""Where the speed axis may end. [tokens/s]"""
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

PROVENANCE_ORDER = ("published", "reported", "user")


def text_mask(facts: Facts, text: str) -> Bools:
    """Models one of whose names holds every word of a text."""
    if not text.strip():
        return np.ones(len(facts.ids), dtype=np.bool_)
    known = facts.found.get(text)
    if known is None:
        known = _text_mask(facts, text)
        while len(facts.found) >= KEPT_SEARCHES:
            facts.found.pop(next(iter(facts.found)), None)
        facts.found[text] = known
    return known


def _text_mask(facts: Facts, text: str) -> Bools:
    words = [name_key(word) for word in text.split()]
    words = [word for word in words if word]
    if not words:
        return np.zeros(len(facts.ids), dtype=np.bool_)
    return np.array([all(any(w in name for name in names) for w in words) for names in facts.search])


def list_order(
    view: CatalogueView, filters: Filters, sort: str = "recommended", descending: bool = False
) -> ListOrder:
    """Filter and sort models by their recommended quantization; what does not fit comes last, nearest first."""
    facts = view.facts
    n = len(facts.ids)
    at = (np.arange(n), view.best)
    fit, speed = view.fit[at], view.decode_p50[at]
    everything = np.ones(n, dtype=np.bool_)
    wanted = np.array([c in filters.classes for c in FitClass])
    masks = {
        "text": text_mask(facts, filters.text),
        "use": facts.suits[view.wishes.use],
        "fit": wanted[fit],
        "speed": ~(speed < view.wishes.min_decode_tps) if filters.min_speed else everything,
        "osi": facts.osi if filters.osi else everything,
        "commercial": facts.commercial if filters.commercial else everything,
        "no_eu": ~facts.eu if filters.no_eu else everything,
    }

    passed = np.array(list(masks.values()))
    failed = np.count_nonzero(~passed, axis=0)
    shown = failed == 0

    def without(name: str) -> Bools:
        """Models that every other filter lets through."""
        return np.asarray(failed - ~masks[name] == 0)

    hidden = {name: int(np.count_nonzero((failed == 1) & ~mask)) for name, mask in masks.items()}
    counts = tuple(np.bincount(fit[without("fit")], minlength=len(FitClass)).tolist())
    licence = {
        "osi": int(np.count_nonzero(without("osi") & facts.osi)),
        "commercial": int(np.count_nonzero(without("commercial") & facts.commercial)),
        "no_eu": int(np.count_nonzero(without("no_eu") & ~facts.eu)),
    }
    fits = fit != FitClass.NONE
    key = _sort_key(view, sort, fit, speed)
    if descending:
        key = -key
    key = np.where(fits, key, view.shortfall[at] if sort == "recommended" else key)
    order = np.lexsort((view.rank, key, ~fits))
    rows = order[shown[order]]
    return ListOrder(rows, int(np.count_nonzero(fits[rows])), hidden, counts, licence, axis_end(view, rows))


def axis_end(view: CatalogueView, rows: Ints) -> float:
    """End of the speed axis: above nine tenths of the rows shown, and unmoved by small changes. [tokens/s]"""
    top = view.decode_p90[rows, view.best[rows]]
    top = np.sort(top[np.isfinite(top)])
    highest = float(top[int(0.9 * (len(top) - 1))]) if len(top) else 100.0
    return next((e for e in AXIS_ENDS if e >= highest), 10000.0)


def _sort_key(view: CatalogueView, sort: str, fit: NDArray[np.int8], speed: Floats) -> Floats:
    """What a sort orders models by, smallest first, shape (models,)."""
    facts = view.facts
    at = (np.arange(len(facts.ids)), view.best)
    if sort == "name":
        return facts.name_order
    if sort == "placement":
        return fit.astype(np.float64)
    if sort == "decode":
        return -_last(speed)
    if sort == "first_token":
        return _first(view.first_token[at])
    if sort == "loss":
        return _first(facts.losses[view.best])
    if sort == "file":
        return view.file[at]
    if sort == "licence":
        return facts.licence_order
    if sort == "provenance":
        return np.array([PROVENANCE_ORDER.index(p) for p in facts.provenance], dtype=np.float64)
    return view.rank.astype(np.float64)


def _last(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, -np.inf)


def _first(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, np.inf)
