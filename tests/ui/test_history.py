"""What can be undone: moves in a row are one step, steps that are dropped leave nothing, a renewed window keeps them."""

from __future__ import annotations

import gc
import weakref

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from ui.history import MOST_UNDOS, Change, History


class Asked(QObject):
    """Stands for a session: one value."""

    value = 0

    def put(self, value: int) -> None:
        self.value = value


def steps_alive() -> int:
    gc.collect()
    return sum(isinstance(o, Change) for o in gc.get_objects())


@pytest.fixture
def asked(qapp: QApplication) -> Asked:
    made = Asked()
    made.history = History(made)  # type: ignore[attr-defined]
    return made


def move(asked: Asked, value: int, what: str = "context") -> None:
    asked.history.change(what, asked.value, value, Asked.put)  # type: ignore[attr-defined]


def test_that_moves_of_one_control_are_one_step(asked: Asked) -> None:
    for value in (1, 2, 3):
        move(asked, value)
    move(asked, 4, "users")
    move(asked, 5)
    history: History = asked.history  # type: ignore[attr-defined]
    assert (history.count(), asked.value) == (3, 5)
    history.undo()
    history.undo()
    assert asked.value == 3
    history.undo()
    assert asked.value == 0
    history.redo()
    assert asked.value == 3
    move(asked, 9)  # what was undone cannot be done again now
    assert (history.count(), history.canRedo()) == (2, False)
    history.undo()
    assert asked.value == 3


def test_that_steps_that_are_dropped_are_gone(asked: Asked) -> None:
    before = steps_alive()
    for value in range(1000):
        move(asked, value)
    assert steps_alive() - before == 1
    for value in range(MOST_UNDOS + 50):
        move(asked, value, f"control {value}")
    assert steps_alive() - before == MOST_UNDOS
    asked.history.clear()  # type: ignore[attr-defined]
    assert steps_alive() == before


def test_that_a_step_does_not_keep_the_session_of_a_closed_window(asked: Asked) -> None:
    other = Asked()
    move(asked, 1)
    history: History = asked.history  # type: ignore[attr-defined]
    history.go_over(other)
    history.undo()
    assert (asked.value, other.value) == (1, 0)
    history.redo()
    assert other.value == 1
    gone = weakref.ref(other)
    step = history.command(0)
    history.setParent(asked)
    del other
    gc.collect()
    assert gone() is None
    step.undo()
