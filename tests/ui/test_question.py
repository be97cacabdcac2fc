"""Every part of the question, used with keyboard and mouse on the real window, told by what is then on the screen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from ui_support import MODEL, WAIT_MS, select, settle

from ui.main_window import MainWindow
from ui.widgets.value_field import ValueField

if TYPE_CHECKING:
    from PySide6.QtWidgets import QAbstractButton
    from pytestqt.qtbot import QtBot


def put(window: MainWindow, qtbot: QtBot, field: ValueField, text: str) -> None:
    """Type into a field as a person does, and confirm."""
    field.edit.setFocus()
    qtbot.keyClick(field.edit, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(field.edit, text)
    qtbot.keyClick(field.edit, Qt.Key.Key_Return)
    settle(window, qtbot)


def click(window: MainWindow, qtbot: QtBot, button: QAbstractButton) -> None:
    """Click a button in its middle and wait for the answer."""
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    settle(window, qtbot)


def tick(window: MainWindow, qtbot: QtBot, button: QAbstractButton) -> None:
    """Tick or untick a box with the keyboard."""
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    settle(window, qtbot)


def column(window: MainWindow, key: str) -> list[str]:
    """Texts of a column of the list, headings left out."""
    model = window.centre.model
    at = [c.key for c in model.columns].index(key)
    return [str(model.index(n, at).data()) for n, e in enumerate(model.entries) if e.row >= 0]


def chips(window: MainWindow) -> str:
    """Filter chips in words: what they are and how many they hide, also where there is only room for what they are."""
    return " | ".join(c.accessibleName() for c in window.centre.chips.chips)


def count(window: MainWindow) -> int:
    """Models the label above the list says are shown."""
    return int(window.centre.count.text().split(" ")[0])


def test_that_the_reserve_is_kept_free_on_every_plan(planned: MainWindow, qtbot: QtBot) -> None:
    fits = planned.question.classes
    on_gpu = next(iter(fits.values())).count
    before = int(on_gpu.text())
    command = planned.plan_pane.command.command_text
    put(planned, qtbot, planned.machine_bar.reserve, "8 GiB")
    assert planned.machine_bar.reserve.edit.text() == "8.0 GiB"
    assert int(on_gpu.text()) < before
    free = re.search(r"Free ([\d,]+) MiB", planned.plan_pane.bars.accessibleDescription() or "")
    plan = planned.session.plan
    assert plan is not None
    assert plan.devices[0].free_bytes is not None
    assert plan.devices[0].free_bytes >= 8 * 2**30
    assert free is None or int(free.group(1).replace(",", "")) >= 8192
    planned.actions_by_key["undo"].trigger()
    settle(planned, qtbot)
    assert planned.machine_bar.reserve.edit.text() == "1.0 GiB"
    assert int(on_gpu.text()) == before
    assert planned.plan_pane.command.command_text == command


def test_that_each_use_ranks_by_its_benchmark_and_a_chip_takes_it_back(
    window: MainWindow, qtbot: QtBot
) -> None:
    everything, chat = count(window), column(window, "name")
    click(window, qtbot, window.question.use.button("code"))
    assert "Code" in chips(window)
    assert column(window, "name") != chat
    model = window.centre.model
    assert "SWE-bench Verified" in str(model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole))
    click(window, qtbot, window.question.use.button("vision"))
    assert count(window) < everything
    assert re.search(r"Vision\s+hides \d+", chips(window))
    assert "MMMU" in str(model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole))
    chip = next(c for c in window.centre.chips.chips if "Vision" in c.text())
    click(window, qtbot, chip)
    assert column(window, "name") == chat
    assert count(window) == everything


def test_that_four_users_at_once_have_four_times_the_cache_and_slots(
    planned: MainWindow, qtbot: QtBot
) -> None:
    bars = planned.plan_pane.bars
    before = bars.contents[0].values[2]
    put(planned, qtbot, planned.question.users, "4")
    command = planned.plan_pane.command.text.toPlainText()
    assert "-np 4" in command
    assert "-c 32768" in command
    assert bars.contents[0].values[2] == pytest.approx(4 * before, rel=0.01)


def test_that_the_least_speed_hides_what_is_slower_and_says_how_many(
    window: MainWindow, qtbot: QtBot
) -> None:
    assert window.session.library is not None
    everything = len(window.session.library.columns.ids)
    put(window, qtbot, window.question.speed, "100")
    assert window.question.speed.edit.text() == "100 tok/s"
    hidden = re.search(r"≥ 100 tok/s\s+hides (\d+)", chips(window))
    assert hidden is not None
    assert count(window) == everything - int(hidden.group(1))
    speeds = [float(t.split(" ")[0]) for t in column(window, "decode") if t[:1].isdigit()]
    assert speeds
    assert min(speeds) >= 100
    click(window, qtbot, next(c for c in window.centre.chips.chips if "tok/s" in c.text()))
    assert count(window) == everything


@pytest.mark.parametrize("key", ["osi", "commercial", "no_eu"])
def test_that_a_licence_filter_shows_as_many_as_it_says(window: MainWindow, qtbot: QtBot, key: str) -> None:
    everything = count(window)
    check = window.question.licences[key]
    promised = int(check.count.text())
    assert 0 < promised < everything
    tick(window, qtbot, check.box)
    assert count(window) == promised
    assert f"hides {everything - promised}" in chips(window)
    facts, order = window.session.facts, window.session.order
    assert facts is not None
    assert order is not None
    wanted = {"osi": facts.osi, "commercial": facts.commercial, "no_eu": ~facts.eu}[key]
    assert wanted[order.rows].all()
    window.actions_by_key["undo"].trigger()
    assert count(window) == everything
    window.actions_by_key["redo"].trigger()
    assert count(window) == promised


def test_that_preferring_speed_or_context_changes_what_is_recommended(
    planned: MainWindow, qtbot: QtBot
) -> None:
    def shown() -> str:
        row = planned.session.facts.row_of["Qwen/Qwen3-32B"]  # type: ignore[union-attr]
        at = [e.row for e in planned.centre.model.entries].index(row)
        return str(planned.centre.model.index(at, 2).data())

    before = float(shown().split(" ")[0])
    click(planned, qtbot, planned.question.objective.button("speed"))
    assert float(shown().split(" ")[0]) > before
    click(planned, qtbot, planned.question.objective.button("quality"))
    assert float(shown().split(" ")[0]) == before


def test_that_a_smaller_cache_type_halves_the_cache_on_the_bar_and_in_the_command(
    planned: MainWindow, qtbot: QtBot
) -> None:
    bars = planned.plan_pane.bars
    before = bars.contents[0].values[2]
    for box in (planned.plan_pane.cache_k, planned.plan_pane.cache_v):
        box.setFocus()
        while box.currentText() != "q8_0":
            at = box.currentIndex()
            qtbot.keyClick(box, Qt.Key.Key_Down)
            assert box.currentIndex() != at, "q8_0 is not offered"
            settle(planned, qtbot)
    assert bars.contents[0].values[2] == pytest.approx(before * 34 / 64, rel=0.01)
    assert "-ctk q8_0" in planned.plan_pane.command.command_text
    assert "-ctv q8_0" in planned.plan_pane.command.command_text


def test_that_a_context_beyond_the_trained_one_is_stretched_or_cut_and_both_are_said(
    planned: MainWindow, qtbot: QtBot
) -> None:
    pane = planned.plan_pane
    put(planned, qtbot, planned.question.context, "64k")
    assert planned.question.context.edit.text() == "65,536"
    words = pane.command.command_text.replace("\\\n", "").split()
    at = words.index("--rope-scaling")
    assert words[at : at + 6] == ["--rope-scaling", "yarn", "--rope-scale", "2", "--yarn-orig-ctx", "32768"]
    assert "YaRN stretches positions 2 times" in pane.verdict.notes.text()
    put(planned, qtbot, planned.question.context, "262,144")
    assert "-c 131072" in pane.command.command_text
    assert "Planned at 128K" in pane.verdict.notes.text()
    select(planned, qtbot, "openai/gpt-oss-20b")
    assert "-c 131072" in pane.command.command_text
    assert "--rope-scal" not in pane.command.command_text
    assert "Planned at 128K: the model is not trained for 256K" in pane.verdict.notes.text()


def test_that_four_plans_are_pinned_with_the_space_bar_and_a_fifth_is_refused(
    planned: MainWindow, qtbot: QtBot
) -> None:
    table = planned.centre.table
    table.setFocus()
    table.selectRow(0)
    settle(planned, qtbot)
    for _ in range(5):
        qtbot.keyClick(table, Qt.Key.Key_Space)
        qtbot.keyClick(table, Qt.Key.Key_Down)
        settle(planned, qtbot)
    assert len(planned.tray.chips) == 4
    pins = planned.session.pins
    for width in (1000, 1600, 1280):  # names are cut, quantizations and contexts stay
        planned.resize(width, 800)
        qtbot.waitUntil(
            lambda: (
                planned.tray.chips[-1].geometry().right() < planned.tray.compare.x()
                and all(c.width() >= c.minimumSizeHint().width() for c in planned.tray.chips)
            ),
            timeout=WAIT_MS,
        )
        for chip, pin in zip(planned.tray.chips, pins, strict=True):
            assert chip.text().endswith(f" {pin.plan.quant} 8K")
            assert chip.text()[:2] == pin.plan.model_name[:2]
    qtbot.keyClick(table, Qt.Key.Key_Up)
    settle(planned, qtbot)
    qtbot.keyClick(planned, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert planned.comparing
    rows = {r[0]: r[1:] for r in planned._compare.texts()}  # type: ignore[union-attr]
    assert all(len(r) == 4 for r in rows.values())
    assert len(set(rows["Decode, 80 %"])) > 1
    assert planned.session.plan is not None
    assert planned.session.plan.model_id != MODEL or planned.session.is_pinned


def test_that_the_hint_of_the_first_run_goes_and_is_found_again_under_help(
    window: MainWindow, qtbot: QtBot
) -> None:
    steps = window.plan_pane.first_steps
    assert steps.hint.isVisible()
    click(window, qtbot, steps.hide_hint)
    assert not steps.hint.isVisible()
    assert not window.settings.first_run_hint
    select(window, qtbot, MODEL)
    window.actions_by_key["first"].trigger()
    assert steps.hint.isVisible()
    assert window.session.selection is None


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing the keyboard)")
def test_that_filters_without_room_are_counted_and_removed_from_a_menu(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.resize(1024, 600)
    window.session.edit_filters("test", osi=True, commercial=True, text="qwen")
    row = window.centre.chips
    hidden = [c for c in row.chips if not c.isVisible()]
    assert hidden
    assert row.more.isVisible()
    assert row.more.text() == f"+{len(hidden)}"
    assert row.more.geometry().right() <= row.width()
    assert "OSI" in row.more.accessibleName()
    qtbot.mouseClick(row.more, Qt.MouseButton.LeftButton)
    assert row.more_menu.isVisible()
    action = next(a for a in row.more_menu.actions() if "OSI" in a.text())
    row.more_menu.setActiveAction(action)
    qtbot.keyClick(row.more_menu, Qt.Key.Key_Return)
    assert not window.session.filters.osi
    window.resize(1600, 900)
    qtbot.waitUntil(lambda: not row.more.isVisible(), timeout=5000)


def test_that_the_map_follows_a_model_chosen_elsewhere(planned: MainWindow, qtbot: QtBot) -> None:
    planned.actions_by_key["map"].trigger()
    settle(planned, qtbot)
    grid_view = planned.map_view.grid_view
    qtbot.waitUntil(lambda: grid_view.grid is not None, timeout=60_000)
    select(planned, qtbot, "openai/gpt-oss-20b")
    assert "gpt-oss-20b, 8K" in grid_view.accessibleDescription()
    assert "gpt-oss-20b 8K" in planned.map_view.sum.accessibleName()
