"""Lists and plans made before, for going back to them without planning again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from planner.machine import Machine
from planner.wishes import Wishes
from ui.answers import Answer
from ui.selection import Selection

if TYPE_CHECKING:
    from planner.view_data import CatalogueView

CACHED_VIEWS = 20
"""Every stop of the context slider, and where it stands beside one."""
CACHED_ANSWERS = 24
Views = OrderedDict[tuple[object, Wishes], "CatalogueView"]
"""Figures of the list by machine and question, newest last."""


class KeptAnswers:
    """The newest lists, and the newest plans that belong to them.

    Parameters
    ----------
    views : Views or None
        Lists shared with other sessions; None = its own.
    """

    def __init__(self, views: Views | None) -> None:
        self.views: Views = OrderedDict() if views is None else views
        self._plans: OrderedDict[tuple[object, Wishes, Selection], Answer] = OrderedDict()

    def __len__(self) -> int:
        return len(self._plans)

    def view(self, machine: Machine, wishes: Wishes) -> CatalogueView | None:
        """The list of a question, if it is kept."""
        return self.views.get((machine_key(machine), wishes))

    def answer(self, machine: Machine, wishes: Wishes, selection: Selection | None) -> Answer | None:
        """The answer to a question, if all of it is kept."""
        view = self.view(machine, wishes)
        if view is None:
            return None
        if selection is None:
            return Answer(view, None, None)
        found = self._plans.get((machine_key(machine), wishes, selection))
        return None if found is None else replace(found, view=view)

    def keep(self, answer: Answer) -> None:
        """Keep an answer as the newest; plans whose list is kept no longer go with it."""
        view = answer.view
        key = (machine_key(view.machine), view.wishes)
        put(self.views, key, view, CACHED_VIEWS)
        if answer.selection is not None:
            put(self._plans, (*key, answer.selection), answer, CACHED_ANSWERS)
        for other in [k for k in self._plans if k[:2] not in self.views]:
            del self._plans[other]

    def forget_plans(self) -> None:
        """Let go of the plans; lists may be another session's."""
        self._plans = OrderedDict()


def put(kept: OrderedDict[Any, Any], key: object, value: object, most: int) -> None:
    """Keep a value as the newest, and drop the oldest beyond a number."""
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)


def machine_key(machine: Machine) -> object:
    """The machine as a key: records with dictionaries inside cannot be hashed."""
    return _Keyed(machine)


class _Keyed:
    """Compares machines by value; hashes what identifies them."""

    __slots__ = ("_hash", "_machine")

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        gpus = tuple((g.name, g.memory_bytes, g.free_bytes, g.bandwidth_bytes_per_s) for g in machine.gpus)
        self._hash = hash((machine.name, gpus, machine.ram.total_bytes, machine.ram.available_bytes))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed) and self._machine == other._machine
