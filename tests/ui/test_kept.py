"""What was made before is kept for going back to it, and no longer than it can be used."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from ui_support import MODEL, WAIT_MS, described, select, settle

from planner.library import Library
from planner.shown_plan import plan_for
from planner.view_data import evaluate_view, facts_of
from planner.wishes import Wishes
from ui import kept_answers
from ui.answers import make_answer
from ui.kept import MOST, Kept
from ui.kept_answers import KeptAnswers, KeptLists
from ui.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from ui.main_window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def test_that_texts_go_with_their_plan(library: Library) -> None:
    kept: Kept[str] = Kept()
    plan = plan_for(library, described(), Wishes(n_ctx=4096), MODEL)
    other = replace(plan)
    assert kept.get(plan, "", lambda: "made") == "made"
    assert kept.get(plan, "", lambda: "made again") == "made"
    assert kept.get(other, "", lambda: "another") == "another"
    assert len(kept) == 2
    gone = weakref.ref(plan)
    del plan
    gc.collect()
    assert gone() is None
    assert len(kept) == 1
    for number in range(MOST + 3):
        kept.get(other, number, lambda n=number: str(n))  # type: ignore[misc]
    assert len(kept) == MOST
    kept.clear()
    assert kept.get(other, "", lambda: "anew") == "anew"


def test_that_a_plan_is_kept_while_its_list_is(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_answers, "CACHED_VIEWS", 2)
    machine, facts, selection = described(), facts_of(library), Selection(MODEL)
    questions = [Wishes(n_ctx=n) for n in (2048, 4096, 8192)]
    view = evaluate_view(library, facts, machine, questions[0])
    answer = make_answer(library, facts, machine, questions[0], selection, view)
    kept = KeptAnswers(KeptLists())
    for wishes in questions[:2]:
        kept.keep(replace(answer, view=replace(view, wishes=wishes)))
    found = kept.answer(machine, questions[0], selection)
    assert found is not None
    assert found.plan is answer.plan
    assert kept.answer(machine, questions[0], Selection(MODEL, "Q8_0")) is None
    kept.keep(replace(answer, view=replace(view, wishes=questions[2])))
    assert kept.answer(machine, questions[0], selection) is None
    assert kept.view(machine, questions[0]) is None
    assert len(kept) == 2


def test_that_panels_hold_no_plan_that_is_not_kept(
    make_window: Callable[..., MainWindow], qtbot: QtBot, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_answers, "CACHED_ANSWERS", 2)
    window = make_window(described())
    plans = []
    for model_id in (MODEL, *library.columns.ids[:4]):
        select(window, qtbot, model_id)
        settle(window, qtbot)
        assert window.session.plan is not None
        plans.append(weakref.ref(window.session.plan))
    qtbot.waitUntil(lambda: not window.session.busy, timeout=WAIT_MS)
    gc.collect()
    assert [plan() is not None for plan in plans] == [False] * 3 + [True] * 2
