"""Texts made for a plan, kept for when the same plan is shown again: a slider goes back and forth over the same stops."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from planner.plan import Plan

T = TypeVar("T")
MOST = 24


class Kept(Generic[T]):
    """What was made of the newest plans.

    A plan is known by being the same object: it is kept as well, so that its identity cannot be given to another.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._found: OrderedDict[tuple[int, Hashable], tuple[Plan, T]] = OrderedDict()

    def get(self, plan: Plan, key: Hashable, make: Callable[[], T]) -> T:
        """What was made of a plan under a key, or made now."""
        at = (id(plan), key)
        found = self._found.get(at)
        if found is not None:
            self._found.move_to_end(at)
            return found[1]
        made = make()
        self._found[at] = (plan, made)
        while len(self._found) > self._most:
            self._found.popitem(last=False)
        return made

    def clear(self) -> None:
        """Forget everything, because texts are to be made in another way."""
        self._found.clear()
