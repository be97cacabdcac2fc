"""Lists and plans made before, for going back to them without planning again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import fields
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from planner.machine import Machine
from planner.wishes import Wishes
from ui.answers import Answer
from ui.selection import Selection

if TYPE_CHECKING:
    from planner.packed_view import PackedView
    from planner.view_data import CatalogueView

CACHED_VIEWS = 20
"""Every stop of the context slider, and where it stands beside one."""
CACHED_ANSWERS = 24
BESIDE = tuple(f.name for f in fields(Answer) if f.name != "view")
"""Fields of an answer beside its list."""
NO_PLAN: dict[str, Any] = {"plan": None, "fault": None}
"""What is beside the list where no model is selected."""
Question = tuple[object, Wishes]
"""A machine as a key, and what is asked about it."""


class KeptLists:
    """The newest lists, packed; one that is still shown somewhere is not unpacked a second time."""

    def __init__(self) -> None:
        self._packed: OrderedDict[Question, PackedView] = OrderedDict()
        self._whole: WeakValueDictionary[Question, CatalogueView] = WeakValueDictionary()

    def __len__(self) -> int:
        return len(self._packed)

    def __contains__(self, question: object) -> bool:
        return question in self._packed

    def get(self, question: Question) -> CatalogueView | None:
        """A list, if it is kept."""
        packed = self._packed.get(question)
        if packed is None:
            return None
        found = self._whole.get(question)
        if found is None:
            found = self._whole[question] = packed.whole()
        return found

    def put(self, question: Question, view: CatalogueView) -> bool:
        """Keep a list as the newest; True when another was dropped for it."""
        if self._whole.get(question) is view and question in self._packed:
            self._packed.move_to_end(question)
            return False
        from planner.packed_view import PackedView

        self._whole[question] = view
        before = len(self._packed) + (question not in self._packed)
        put(self._packed, question, PackedView(view), CACHED_VIEWS)
        return len(self._packed) < before


class KeptAnswers:
    """The newest lists, and the newest plans that belong to them.

    Parameters
    ----------
    views : KeptLists or None
        Lists shared with other sessions; None = its own.
    """

    def __init__(self, views: KeptLists | None) -> None:
        self.views = KeptLists() if views is None else views
        self._plans: OrderedDict[tuple[object, Wishes, Selection], dict[str, Any]] = OrderedDict()
        """Everything of an answer but its list."""

    def __len__(self) -> int:
        return len(self._plans)

    def view(self, machine: Machine, wishes: Wishes) -> CatalogueView | None:
        """The list of a question, if it is kept."""
        return self.views.get((machine_key(machine), wishes))

    def has(self, machine: Machine, wishes: Wishes, selection: Selection | None) -> bool:
        """Whether all of an answer is kept."""
        question = machine_key(machine), wishes
        return question in self.views and (selection is None or (*question, selection) in self._plans)

    def answer(self, machine: Machine, wishes: Wishes, selection: Selection | None) -> Answer | None:
        """The answer to a question, if all of it is kept."""
        question = machine_key(machine), wishes
        beside = NO_PLAN if selection is None else self._plans.get((*question, selection))
        view = None if beside is None else self.views.get(question)
        return None if view is None or beside is None else Answer(view=view, **beside)

    def keep(self, answer: Answer) -> None:
        """Keep an answer as the newest; plans whose list is kept no longer go with it."""
        view = answer.view
        key = (machine_key(view.machine), view.wishes)
        dropped = self.views.put(key, view)
        if answer.selection is not None:
            beside = {name: getattr(answer, name) for name in BESIDE}
            put(self._plans, (*key, answer.selection), beside, CACHED_ANSWERS)
        if dropped:
            for other in [k for k in self._plans if k[:2] not in self.views]:
                del self._plans[other]


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
