"""The window as a person uses it: keyboard and mouse on real widgets, numbers and text on screen."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from ui_support import MODEL, WAIT_MS, described, select, settle

from planner import units
from planner.machine import Machine
from planner.view_data import FitClass
from ui.main_window import MainWindow
from ui.models.catalogue_model import Kind

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


COMPLETER = "This plugin does not support"
"""The offscreen platform cannot raise a completer's list or grab the keyboard for it; real platforms can."""


def names_shown(window: MainWindow) -> list[str]:
    model = window.centre.model
    assert model.view is not None
    return [model.view.facts.names[e.row] for e in model.entries if e.kind is Kind.MODEL]


def test_that_the_list_shows_every_planned_model_with_a_best_plan(window: MainWindow) -> None:
    session = window.session
    assert session.facts is not None
    assert session.order is not None
    assert len(session.facts.ids) >= 240
    hidden = sum(session.order.hidden.values())
    assert len(names_shown(window)) == len(session.facts.ids) - hidden
    assert window.centre.count.text() == f"{len(session.order.rows)} of {len(session.facts.ids)}"


def test_that_typing_in_the_search_filters_rows_and_shows_the_count(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert window.question.search.hasFocus() or window.focusWidget() is window.question.search
    qtbot.keyClicks(window.question.search, "scout")
    assert names_shown(window) == ["Llama 4 Scout"]
    assert window.centre.count.text().startswith("1 of ")
    assert any("scout" in chip.text() for chip in window.centre.chips.chips)


def test_that_a_hugging_face_id_finds_its_model(window: MainWindow) -> None:
    window.question.search.setText(MODEL)
    assert "Qwen3-30B-A3B" in names_shown(window)


def test_that_a_search_without_a_hit_says_so(window: MainWindow) -> None:
    window.question.search.setText("zzzz no such model")
    assert window.centre.table.isHidden()
    assert "zzzz no such model" in window.centre.empty.text()
    window.question.search.clear()
    assert not window.centre.table.isHidden()


def test_that_removing_a_chip_brings_rows_back_and_undo_hides_them_again(
    window: MainWindow, qtbot: QtBot
) -> None:
    before = len(names_shown(window))
    window.question.search.setText("gemma")
    assert len(names_shown(window)) < before
    chip = next(c for c in window.centre.chips.chips if "gemma" in c.text())
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert len(names_shown(window)) == before
    window.actions_by_key["undo"].trigger()
    assert len(names_shown(window)) < before
    assert window.question.search.text() == "gemma"


def test_that_the_context_slider_changes_command_and_bars(planned: MainWindow, qtbot: QtBot) -> None:
    pane = planned.plan_pane
    before_text = pane.command.text.toPlainText()
    before_kv = pane.bars.contents[0].values[2]
    assert "-c 8192" in before_text
    pane.context.setFocus()
    qtbot.keyClick(pane.context, Qt.Key.Key_Right)
    qtbot.keyClick(pane.context, Qt.Key.Key_Right)
    settle(planned, qtbot)
    assert planned.session.wishes.n_ctx == 16384
    assert "-c 16384" in pane.command.text.toPlainText()
    assert pane.bars.contents[0].values[2] == pytest.approx(2 * before_kv, rel=0.01)
    assert planned.question.context.edit.text() == "16,384"
    assert planned.session.view is not None
    assert planned.session.view.n_ctx == 16384


def test_that_list_and_plan_name_the_same_figures(planned: MainWindow) -> None:
    session = planned.session
    assert session.plan is not None
    assert session.view is not None
    assert session.facts is not None
    row = session.facts.ids.index(MODEL)
    quant = session.facts.quants.index(session.plan.quant or "")
    values = session.view.bars[row, quant]
    gpu = next(d for d in session.plan.devices if d.kind == "gpu")
    held = values[0].sum(dtype=float) - session.view.devices[0].others
    assert held == pytest.approx(gpu.total_bytes, rel=1e-6)
    assert session.plan.throughput is not None
    assert session.plan.throughput.decode_tps is not None
    assert session.view.decode_p50[row, quant] == session.plan.throughput.decode_tps.p50
    assert units.gib(gpu.total_bytes) in planned.plan_pane.verdict.accessibleName()


def test_that_the_experts_slider_moves_experts_into_ram(planned: MainWindow, qtbot: QtBot) -> None:
    pane = planned.plan_pane
    before = pane.bars.contents[0].values[1]
    pane.experts.setFocus()
    for _ in range(5):
        qtbot.keyClick(pane.experts, Qt.Key.Key_Right)
    settle(planned, qtbot)
    assert "--n-cpu-moe 5" in pane.command.text.toPlainText()
    assert pane.bars.contents[0].values[1] < before
    assert pane.experts_value.text() == "5"
    qtbot.mouseClick(pane.back, Qt.MouseButton.LeftButton)
    settle(planned, qtbot)
    assert "--n-cpu-moe" not in pane.command.text.toPlainText()


def test_that_copy_puts_the_very_command_on_the_clipboard_and_says_so(
    planned: MainWindow, qtbot: QtBot
) -> None:
    panel = planned.plan_pane.command
    qtbot.mouseClick(panel.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == panel.text.toPlainText()
    assert panel.copy.text() == "Copied"
    assert panel.copy.accessibleName() == "Copied"
    qtbot.waitUntil(lambda: panel.copy.text() == "Copy", timeout=5000)


@pytest.mark.parametrize(("shell", "program"), [("powershell", "llama-server"), ("posix", "llama-cli")])
def test_that_shell_and_program_change_the_text(
    planned: MainWindow, qtbot: QtBot, shell: str, program: str
) -> None:
    panel = planned.plan_pane.command
    before = panel.command_text
    panel.program.button(program).click()
    panel.shell.setCurrentIndex(panel.shell.findData(shell))
    panel.shell.activated.emit(panel.shell.currentIndex())
    assert panel.command_text != before
    assert program in panel.text.toPlainText()
    assert panel.command is not None
    assert panel.command.argv[0] == program
    if program == "llama-cli":
        assert "-np" not in panel.command.argv


def test_that_every_flag_of_the_command_is_explained(planned: MainWindow) -> None:
    command = planned.plan_pane.command.command
    assert command is not None
    explained = {f.flag for f in command.flags}
    assert {w for w in command.argv if re.match(r"--?[a-z]", w)} <= explained
    assert all(f.text.strip() for f in command.flags)


def test_that_a_model_opens_to_its_quantizations_and_closes(window: MainWindow, qtbot: QtBot) -> None:
    table, model = window.centre.table, window.centre.model
    line = model.line_of(MODEL, None)
    table.selectRow(line)
    table.setFocus()
    lines = model.rowCount()
    qtbot.keyClick(table, Qt.Key.Key_Right)
    children = [e for e in model.entries[line + 1 :] if e.kind is Kind.QUANT]
    assert len(children) == 12
    assert model.view is not None
    sizes = [float(model.view.file[e.row, e.quant]) for e in children]
    assert sizes == sorted(sizes, reverse=True)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    settle(window, qtbot)
    assert window.session.selection is not None
    assert window.session.selection.quant == "F16"
    qtbot.keyClick(table, Qt.Key.Key_Left)
    qtbot.keyClick(table, Qt.Key.Key_Left)
    assert model.rowCount() == lines
    settle(window, qtbot)


def test_that_a_click_on_a_row_shows_its_plan(window: MainWindow, qtbot: QtBot) -> None:
    table = window.centre.table
    point = QPoint(120, table.rowViewportPosition(2) + 8)
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=point)
    settle(window, qtbot)
    assert window.session.plan is not None
    assert window.session.plan.model_name in window.plan_pane.title.text()
    assert window.plan_pane.content.isVisible()


def test_that_sorting_by_speed_puts_the_fastest_first(window: MainWindow) -> None:
    window.centre._sort("decode", False)
    view, order = window.session.view, window.session.order
    assert view is not None
    assert order is not None
    rows = order.rows[: order.n_fitting]
    speed = view.decode_p50[rows, view.best[rows]]
    assert speed[0] == max(speed)
    assert all(a >= b for a, b in pairwise(speed))


def test_that_what_does_not_fit_comes_last_nearest_first_under_a_heading(window: MainWindow) -> None:
    model = window.centre.model
    at = next(i for i, e in enumerate(model.entries) if e.kind is Kind.SECTION)
    view = model.view
    assert view is not None
    before = [e for e in model.entries[:at] if e.kind is Kind.MODEL]
    after = [e for e in model.entries[at + 1 :] if e.kind is Kind.MODEL]
    assert all(view.fit[e.row, e.quant] != FitClass.NONE for e in before)
    assert all(view.fit[e.row, e.quant] == FitClass.NONE for e in after)
    missing = [float(view.shortfall[e.row, e.quant]) for e in after]
    assert missing == sorted(missing)
    assert f"{len(after)} models" in model.section_text[1]


def test_that_the_counts_beside_the_classes_add_up(window: MainWindow) -> None:
    shown = [int(c.count.text()) for c in window.question.classes.values()]
    assert sum(shown) == len(names_shown(window))
    box = window.question.classes[FitClass.NONE].box
    box.click()
    assert len(names_shown(window)) == sum(shown) - shown[-1]
    assert int(window.question.classes[FitClass.NONE].count.text()) == shown[-1]
    assert any("hides" in c.accessibleName() for c in window.centre.chips.chips)


@pytest.mark.parametrize("text", ["-5", "0", "abc", "99999999999999", "8,19x"])
def test_that_nonsense_in_the_context_field_is_named_beside_it(
    window: MainWindow, qtbot: QtBot, text: str
) -> None:
    field = window.question.context
    field.edit.setFocus()
    field.edit.selectAll()
    qtbot.keyClicks(field.edit, text)
    qtbot.keyClick(field.edit, Qt.Key.Key_Return)
    assert not field.fault.isHidden()
    assert text.strip("x") in field.fault.text() or "valid" in field.fault.text()
    assert window.session.wishes.n_ctx == 8192


@pytest.mark.parametrize(
    ("text", "value"), [("16k", 16384), ("16,384", 16384), ("12288", 12288), ("1M", 1048576)]
)
def test_that_contexts_are_read_as_people_write_them(
    window: MainWindow, qtbot: QtBot, text: str, value: int
) -> None:
    field = window.question.context
    field.edit.setFocus()
    field.edit.selectAll()
    qtbot.keyClicks(field.edit, text)
    qtbot.keyClick(field.edit, Qt.Key.Key_Return)
    assert window.session.wishes.n_ctx == value
    settle(window, qtbot)


@pytest.mark.qt_log_ignore(COMPLETER)
def test_that_an_unknown_gpu_is_named_beside_the_field_with_the_nearest(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.actions_by_key["machine_new"].trigger()
    editor = window.machine_bar.popover
    assert editor is not None
    qtbot.keyClicks(editor.gpu, "RTX 9999")
    qtbot.mouseClick(editor.add, Qt.MouseButton.LeftButton)
    assert not editor.gpu_fault.isHidden()
    assert "RTX 9999" in editor.gpu_fault.text()
    assert "RTX 4090" in editor.gpu_fault.text() or "RTX 3090" in editor.gpu_fault.text()
    assert editor.specs == []
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    assert window.machine_bar.popover is None


@pytest.mark.qt_log_ignore(COMPLETER)
def test_that_a_what_if_machine_is_built_and_saved(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_key["machine_new"].trigger()
    editor = window.machine_bar.popover
    assert editor is not None
    editor.gpu.setText("2x RTX 3090")
    qtbot.keyClick(editor.gpu, Qt.Key.Key_Return)
    editor.gpu.setText("RTX 4060 Ti 16GB")
    editor.ram.edit.setText("-3")
    qtbot.mouseClick(editor.use, Qt.MouseButton.LeftButton)
    assert not editor.ram.fault.isHidden()
    assert "negative" in editor.ram.fault.text()
    editor.ram.edit.setText("128")
    editor.name.setText("Rig")
    qtbot.mouseClick(editor.save, Qt.MouseButton.LeftButton)
    settle(window, qtbot)
    assert [g.accelerator for g in window.session.machine.gpus][:2] == ["RTX 3090", "RTX 3090"]
    assert len(window.session.machine.gpus) == 3
    assert window.session.machine.name == "Rig"
    window.machine_bar.fill_menu()
    assert "Rig" in [a.text() for a in window.machine_bar.menu.actions()]


def test_that_an_override_shows_detected_and_used_and_goes_back(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = make_window()
    chip = next(c for c in window.machine_bar.chips if "RTX 4090" in c.content.name)
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    card = window.machine_bar.popover
    assert card is not None
    field = card.fields["memory_bytes"]
    field.edit.setFocus()
    field.edit.selectAll()
    qtbot.keyClicks(field.edit, "12")
    qtbot.keyClick(field.edit, Qt.Key.Key_Return)
    settle(window, qtbot)
    assert window.session.machine.gpus[0].memory_bytes == 12 * units.GIB
    assert window.session.machine.gpus[0].origin["memory_bytes"] == "entered"
    assert window.session.machine_state.detected is not None
    assert window.session.machine_state.detected.gpus[0].memory_bytes > 20 * units.GIB
    card.dismiss()
    window.actions_by_key["undo"].trigger()
    settle(window, qtbot)
    assert window.session.machine.gpus[0].memory_bytes > 20 * units.GIB


def test_that_the_list_is_there_before_detection_ends_and_detection_moves_nothing(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    gate = threading.Event()

    def detect() -> Machine:
        gate.wait(30)
        return replace(described(), name="This machine", detected=True)

    window = make_window(detect=detect, wait=False)
    session = window.session
    qtbot.waitUntil(lambda: session.view is not None and not session.busy, timeout=WAIT_MS)
    assert session.machine_state.provisional
    assert names_shown(window)
    assert "provisional" in window.status.left.text()
    assert any("Looking for GPUs" in c.content.name for c in window.machine_bar.chips)
    places = [c.geometry().topLeft() for c in window.machine_bar.chips[:1]]
    table_at = window.centre.table.mapTo(window, QPoint(0, 0))
    gate.set()
    qtbot.waitUntil(lambda: not session.machine_state.provisional and not session.busy, timeout=WAIT_MS)
    assert session.view is not None
    assert session.view.devices[0].name == "RTX 4090"
    assert [c.geometry().topLeft() for c in window.machine_bar.chips[:1]] == places
    assert window.centre.table.mapTo(window, QPoint(0, 0)) == table_at
    assert "provisional" not in window.status.left.text()


def test_that_closing_during_detection_leaves_no_thread(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    started = threading.Event()

    def detect() -> Machine:
        started.set()
        threading.Event().wait(0.4)
        seen.append(window.isVisible())
        return described()

    seen: list[bool] = []
    window = make_window(detect=detect, wait=False)
    assert started.wait(20)
    window.close()
    assert seen == [False], "the window waits for the end of detection, and is not seen meanwhile"
    names = [t.name for t in threading.enumerate() if "probe" in t.name]
    assert names == []
    assert not window.session.machines.busy or window.session._closed


def test_that_a_failed_probe_is_said_on_a_chip_and_planning_goes_on(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    note = "NVIDIA: the driver could not be read (driver/library version mismatch)"
    machine = replace(described(("none",)), name="This machine", notes=(note,), detected=True)
    window = make_window(detect=lambda: machine)
    chip = window.machine_bar.chips[0]
    assert chip.content.state == "failed"
    assert note in chip.toolTip()
    assert names_shown(window)
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert window.machine_bar.popover is not None
    window.machine_bar.popover.dismiss()


def test_that_no_gpu_offers_to_try_one(make_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    machine = replace(described(("none",)), name="This machine", detected=True)
    window = make_window(detect=lambda: machine)
    assert window.centre.notice.isVisible()
    assert window.session.view is not None
    assert [d.kind for d in window.session.view.devices] == ["host"]
    assert set(window.session.view.fit[window.session.view.facts.offered].tolist()) <= {
        FitClass.CPU,
        FitClass.NONE,
    }
    window.centre._try_gpu("RTX 4090")
    settle(window, qtbot)
    assert window.session.machine.gpus[0].accelerator == "RTX 4090"
    assert not window.centre.notice.isVisible()


def test_that_a_plan_outside_the_filter_stays_with_a_note(planned: MainWindow) -> None:
    planned.question.search.setText("gemma")
    assert planned.plan_pane.content.isVisible()
    assert "filters" in planned.plan_pane.stale.text()
    planned.question.search.clear()
    assert planned.plan_pane.stale.isHidden()


def test_that_pinned_plans_are_compared_with_the_best_marked(planned: MainWindow, qtbot: QtBot) -> None:
    table = planned.centre.table
    table.setFocus()
    table.show_selection(planned.session.selection)
    qtbot.keyClick(table, Qt.Key.Key_Space)
    select(planned, qtbot, "openai/gpt-oss-120b")
    qtbot.keyClick(table, Qt.Key.Key_Space)
    assert len(planned.tray.chips) == 2
    planned.actions_by_key["compare"].trigger()
    assert planned._compare is not None
    assert planned._compare.isVisible()
    rows = {r[0]: r[1:] for r in planned._compare.texts()}
    assert rows["Placement"] == ["all on the GPU", "experts in RAM"]
    assert "Machine" not in rows
    assert "tok/s" in rows["Decode, 80 %"][0]
    qtbot.mouseClick(planned.tray.chips[0], Qt.MouseButton.LeftButton)
    assert len(planned.session.pins) == 1
    assert not planned._compare.isVisible()


def test_that_the_map_agrees_with_the_list_and_arrow_keys_move(planned: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(planned, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: planned.map_view.grid_view.grid is not None, timeout=WAIT_MS)
    settle(planned, qtbot)
    view = planned.session.view
    grid = planned.map_view.grid_view.grid
    assert view is not None
    assert grid is not None
    column = grid.contexts.index(8192)
    for row in range(0, len(grid.rows), 17):
        model, quant = int(grid.rows[row]), int(grid.quants[row])
        if not grid.offered[row, column]:
            continue
        assert grid.fit[row, column] == view.fit[model, quant]
        if grid.fit[row, column] != FitClass.NONE:
            assert grid.decode_p50[row, column] == view.decode_p50[model, quant]
    cells = planned.map_view.grid_view
    cells.setFocus()
    before = cells.cursor_cell
    qtbot.keyClick(cells, Qt.Key.Key_Right)
    settle(planned, qtbot)
    assert planned.session.wishes.n_ctx == 16384
    assert cells.cursor_cell == (cells.cursor_cell[0], before[1] + 1)
    assert "16K" in cells.accessibleDescription()


def test_that_unequal_gpus_and_eight_of_them_are_drawn(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    gpus = (
        "RTX 4090",
        "RTX 3090",
        "RTX 3060",
        "RTX 4080",
        "RTX A6000",
        "RTX 4060 Ti:16",
        "Tesla P40",
        "RTX 5090",
    )
    window = make_window(described(gpus, 256))
    assert window.session.view is not None
    assert len(window.session.view.devices) == 9
    assert any("more" in c.content.name for c in window.machine_bar.chips)
    select(window, qtbot, "Qwen/Qwen3-235B-A22B")
    assert not window.grab().isNull()
    assert len(window.plan_pane.bars.contents) >= 2


@pytest.mark.parametrize("size", [(1024, 600), (760, 480), (1280, 800), (2560, 1440)])
def test_that_no_column_is_cut_off_and_panels_fold(
    make_window: Callable[..., MainWindow], qtbot: QtBot, size: tuple[int, int]
) -> None:
    window = make_window(described(), size=size)
    table = window.centre.table
    used = sum(
        table.columnWidth(i) for i in range(len(table.catalogue.columns)) if not table.isColumnHidden(i)
    )
    assert used <= table.viewport().width() or table.columnWidth(0) == 80
    assert window.question.isVisible() == (size[0] >= 1180)
    assert not window.grab().isNull()


def test_that_every_control_has_an_accessible_name_and_tab_reaches_it(planned: MainWindow) -> None:
    from PySide6.QtWidgets import QWidget

    nameless = []
    for widget in planned.findChildren(QWidget):
        if not widget.isVisible() or widget.focusPolicy() == Qt.FocusPolicy.NoFocus:
            continue
        if widget.focusProxy() is not None or type(widget).__name__ in ("QTabBar", "QScrollArea", "QWidget"):
            continue
        text = getattr(widget, "text", None)
        named = widget.accessibleName() or (callable(text) and text())
        if not named:
            nameless.append(f"{type(widget).__name__} {widget.objectName()}")
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus, widget
    assert nameless == []


def test_that_themes_change_at_once(planned: MainWindow) -> None:
    light = planned.grab().toImage().pixelColor(5, 200).lightness()
    planned.actions_by_key["theme_dark"].trigger()
    dark = planned.grab().toImage().pixelColor(5, 200).lightness()
    assert light > 200 > 80 > dark


def test_that_the_palette_runs_an_action(window: MainWindow, qtbot: QtBot) -> None:
    from ui.views.palette import Palette

    window.actions_by_key["palette"].trigger()
    palette = window.findChild(Palette)
    assert palette is not None
    qtbot.keyClicks(palette.search, "theme: dark")
    assert palette.list.count() == 1
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert window.themes.theme.name == "dark"


def test_that_why_opens_to_formula_inputs_and_source(planned: MainWindow, qtbot: QtBot) -> None:
    planned.actions_by_key["why"].trigger()
    why = planned.plan_pane.why
    titles = {why.topLevelItem(i).text(0): why.topLevelItem(i) for i in range(why.topLevelItemCount())}
    item = titles["KV cache, CUDA0"]
    item.setExpanded(True)
    lines = [item.child(i).text(0) for i in range(item.childCount())]
    assert any(line.startswith("Formula:") for line in lines)
    assert any(line.startswith("Inputs:") and "8,192" in line.replace("\n", " ") for line in lines)
    assert any("llama-kv-cache.cpp" in line for line in lines)
    plan = planned.session.plan
    assert plan is not None
    gpu = next(d for d in plan.devices if d.kind == "gpu")
    assert item.text(1) == units.mib(gpu.kv_bytes)


def test_that_a_model_of_the_press_is_answered_with_the_nearest_published_one(window: MainWindow) -> None:
    window.question.search.setText("Qwen 3 72B")
    text = window.centre.empty.text()
    assert "no such weights are published" in text
    assert "Nearest published model" in text


def test_that_the_machine_detected_last_is_planned_for_at_the_next_start(
    make_window: Callable[..., MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    from ui.machine_state import quick_machine
    from ui.session import PlannerSession

    own = replace(described(), ram=quick_machine().ram, name="This machine", detected=True)
    path = tmp_path / "cache" / "last.json"
    first = PlannerSession(detect=lambda: own, remembered=path)
    assert not first.machine.gpus
    first.detect()
    qtbot.waitUntil(lambda: not first.machine_state.provisional, timeout=WAIT_MS)
    first.close()
    second = PlannerSession(detect=lambda: own, remembered=path)
    assert second.machine_state.provisional
    assert second.machine.gpus[0].accelerator == "RTX 4090"
    path.write_text("{damaged")
    assert not PlannerSession(remembered=path).machine.gpus
    second.close()
