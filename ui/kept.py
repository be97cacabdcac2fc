"""Texts made for a plan, kept as long as the plan is: a slider goes back and forth over the same stops."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Generic, TypeVar
from weakref import ref

if TYPE_CHECKING:
    from planner.plan import Plan

T = TypeVar("T")
MOST = 6
"""Texts of one plan in one place: programs and shells that were looked at."""


class Kept(Generic[T]):
    """What was made of the plans that are kept elsewhere.

    How many plans there are is decided in one place, :class:`ui.kept_answers.KeptAnswers`; with the last hold on a plan goes
    what was made of it. What is made must not hold its plan, therefore.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._found: dict[int, tuple[ref[Plan], dict[Hashable, T]]] = {}

    def get(self, plan: Plan, key: Hashable, make: Callable[[], T]) -> T:
        """What was made of a plan under a key, or made now."""
        texts = self._of(plan)
        if key not in texts:
            texts[key] = make()
            while len(texts) > self._most:
                del texts[next(iter(texts))]
        return texts[key]

    def clear(self) -> None:
        """Forget everything, because texts are to be made in another way."""
        self._found.clear()

    def __len__(self) -> int:
        return sum(len(texts) for _, texts in self._found.values())

    def _of(self, plan: Plan) -> dict[Hashable, T]:
        at, found = id(plan), self._found
        held = found.get(at)
        if held is None or held[0]() is not plan:
            held = found[at] = (ref(plan, lambda _gone: found.pop(at, None)), {})
        return held[1]
