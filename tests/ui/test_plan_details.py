"""The plan as a person reads and changes it: verdict, layers, first token, what fits instead, its own window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QPalette
from ui_support import MODEL, WAIT_MS, described, hover, select, settle

from planner import units
from planner.plan import Range
from ui.main_window import MainWindow
from ui.views.verdict_box import sentence_like

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

RAISE = "This plugin does not support raise"
"""The offscreen platform cannot bring a window to the front; real platforms can."""
EIGHT = (
    "RTX 4090",
    "RTX 3090",
    "RTX 3060",
    "RTX 4080",
    "RTX A6000",
    "RTX 4060 Ti:16",
    "Tesla P40",
    "RTX 5090",
)


def test_that_the_verdict_says_what_memory_would_hold_beyond_the_trained_context(
    planned: MainWindow, qtbot: QtBot
) -> None:
    pane = planned.plan_pane
    pane.cache_k.textActivated.emit("q4_0")
    pane.cache_v.textActivated.emit("q4_0")
    settle(planned, qtbot)
    plan = planned.session.plan
    assert plan is not None
    assert plan.n_ctx_train == 40960
    assert plan.reach_n_ctx is not None
    assert plan.reach_n_ctx > 40960
    said = f"{units.tokens(plan.reach_n_ctx)} of context would still fit; the model is trained to 40K."
    assert pane.verdict.accessibleName().endswith(said)
    assert "all 40K it is trained for" in pane.content.controls.context_limit.text()


def test_that_the_first_token_stands_with_its_range_which_narrows_with_what_is_known(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    machine = described(("none",))
    window = make_window(machine)
    select(window, qtbot, MODEL)
    speeds = window.plan_pane.verdict.speeds

    def shown() -> Range:
        plan = window.session.plan
        assert plan is not None
        assert plan.throughput is not None
        first = plan.throughput.ttft_s
        assert first is not None
        assert f"First token {units.seconds(first.p50)} (" in speeds.text()
        assert units.seconds(first.p90) in speeds.text()
        return first

    unknown = shown()
    window.session.use_machine(replace(machine, cpu=replace(machine.cpu, cores=16)))
    settle(window, qtbot)
    known = shown()
    assert known.p90 / known.p10 < unknown.p90 / unknown.p10


def test_that_each_layer_has_a_cell_and_experts_in_ram_are_outlined(
    planned: MainWindow, qtbot: QtBot
) -> None:
    pane = planned.plan_pane
    strip = pane.strip
    assert len(strip.places) == 48
    assert {p.experts for p in strip.places} == {"gpu"}
    pane.experts.setFocus()
    for _ in range(6):
        qtbot.keyClick(pane.experts, Qt.Key.Key_Right)
    settle(planned, qtbot)
    assert [p.experts for p in strip.places] == ["ram"] * 6 + ["gpu"] * 42
    assert "experts of 0–5 in RAM" in strip.accessibleDescription()
    assert strip.layer_text(3) == "Layer 3: GPU 0, experts in RAM"
    picture = strip.grab().toImage()
    ratio = picture.devicePixelRatio()
    row = 18 + 9  # the middle of the second row

    def lightness(layer: int) -> int:
        at = strip.cell(layer).center()
        return picture.pixelColor(round(at.x() * ratio), round(row * ratio)).lightness()

    assert lightness(2) > lightness(30) + 60, "an outline is lighter inside than a filled cell"


def test_that_a_pointed_flag_lights_its_line_and_its_memory_and_the_other_way_round(
    planned: MainWindow, qtbot: QtBot
) -> None:
    pane = planned.plan_pane
    command = pane.command
    flags = [r.flag.split()[0] for r in command.flags.rows]
    at = flags.index("-c")
    kv = sum(d.kv_bytes for d in planned.session.plan.devices)  # type: ignore[union-attr]
    assert command.flags.rows[at].amount == f"{units.mib(kv)} cache"
    hover(command.flags, command.flags.place(at).center())
    assert command.flags.marked == at
    assert command.text.marked == at
    assert command.text.words_of(at) == "-c 8192"
    assert command.line.accessibleName() == f"-c 8192: 8192 tokens of context: {units.mib(kv)} cache"
    assert pane.bars.lit == "kv"
    command.text.setFocus()
    cursor = command.text.textCursor()
    cursor.movePosition(cursor.MoveOperation.Start)
    command.text.setTextCursor(cursor)
    for _ in range(command.text.toPlainText().index("-ngl") + 1):
        qtbot.keyClick(command.text, Qt.Key.Key_Right)
    assert command.flags.marked == flags.index("-ngl")
    assert pane.bars.lit == "weights"
    bar = QPointF(pane.bars.width() * 0.4, pane.bars.TITLE + 5)
    assert pane.bars.kind_at(bar) == "experts"
    lines = range(pane.bars.TITLE + pane.bars.BAR + 6, pane.bars.TITLE + pane.bars.BAR + 60, pane.bars.LEGEND)
    places = [(x, y) for y in lines for x in range(0, pane.bars.width(), 4)]
    kv_x, y = next(p for p in places if pane.bars.kind_at(QPointF(*p)) == "kv")
    hover(pane.bars, QPoint(kv_x, y))
    assert pane.bars.lit == "kv"
    assert command.flags.rows[command.flags.marked].kind == "kv"


def test_that_a_plan_that_does_not_fit_offers_what_does_in_one_click(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = make_window(described(ram=16), n_ctx=40960)
    select(window, qtbot, "Qwen/Qwen3-32B", "Q8_0")
    pane = window.plan_pane
    assert pane.verdict.accessibleName().startswith("Does not fit: short by")
    assert pane.nearest.isVisible()
    lines = [line for line in pane.nearest.lines if not line.isHidden()]
    shorter = next(line for line in lines if "of context" in line.accessibleName())
    wanted = shorter.accessibleName().split(" of context")[0]
    qtbot.mouseClick(shorter, Qt.MouseButton.LeftButton)
    settle(window, qtbot)
    plan = window.session.plan
    assert plan is not None
    assert plan.fits
    assert plan.quant == "Q8_0"
    assert units.tokens(plan.n_ctx or 0) == wanted
    assert not pane.nearest.isVisible()
    assert pane.verdict.accessibleName().startswith(("Fits", "Tight"))


def test_that_an_alternative_is_one_click_away(planned: MainWindow, qtbot: QtBot) -> None:
    pane = planned.plan_pane
    pane.tabs.setCurrentIndex(2)
    line = pane.alternatives.lines[0]
    quant = line.accessibleName().split(":")[0]
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton)
    settle(planned, qtbot)
    assert quant in pane.title.text()
    assert planned.session.plan is not None
    assert planned.session.plan.quant == quant


def test_that_both_curves_are_there_with_the_optimum_named(planned: MainWindow) -> None:
    pane = planned.plan_pane
    assert not pane.curve.isHidden()
    assert not pane.context_curve.isHidden()
    curve = pane.curve.curve
    assert curve is not None
    best = int(curve.x[curve.best])
    assert pane.curve.accessibleDescription().startswith(f"fastest at {best}: ")
    plan = planned.session.plan
    assert plan is not None
    gpu = next(d for d in plan.devices if d.kind == "gpu")
    assert pane.context_curve.accessibleDescription().startswith("8K: ")
    assert units.gib(gpu.total_bytes) in pane.context_curve.accessibleDescription()


def test_that_eight_unequal_gpus_are_summed_up_in_one_sentence_and_numbered_in_the_strip(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = make_window(described(EIGHT, 256))
    select(window, qtbot, "Qwen/Qwen3-235B-A22B")
    pane = window.plan_pane
    plan = window.session.plan
    assert plan is not None
    used = [d for d in plan.devices if d.kind == "gpu" and d.total_bytes]
    assert len(used) > 2
    sentence = pane.verdict.accessibleName()
    assert f"on {len(used)} GPUs, fullest CUDA" in sentence
    assert units.gib(sum(d.total_bytes for d in used)) in sentence
    assert len(sentence) < 200
    together = next(c for c in pane.bars.contents if c.title == f"All {len(used)} GPUs")
    assert [text.endswith(" MiB") for _, text in together.legend].count(True) == 1, "the last tells the unit"
    assert any("Kept by driver or system" in text for _, text in together.legend)
    numbers = {int(d.name.removeprefix("CUDA")) for d in used}
    assert {g for p in pane.strip.places for g in p.gpus} == numbers


@pytest.mark.qt_log_ignore(RAISE)
def test_that_the_plan_in_its_own_window_stays_live(planned: MainWindow, qtbot: QtBot) -> None:
    qtbot.mouseClick(planned.plan_pane.content.pull_out, Qt.MouseButton.LeftButton)
    window = planned.plan_pane.window_of_plan
    assert window is not None
    assert window.isVisible()
    split, bars = window.details.split, window.details.bars
    split.setSizes([400, 800])
    qtbot.waitUntil(lambda: bars.width() < 400, timeout=WAIT_MS)
    split.setSizes([800, 400])  # only the splitter moves: what stands on it follows
    qtbot.waitUntil(lambda: bars.width() > 600, timeout=WAIT_MS)
    assert "Qwen3-30B-A3B" in window.windowTitle()
    assert "8K" in window.windowTitle()
    planned.question.context_slider.setFocus()
    qtbot.keyClick(planned.question.context_slider, Qt.Key.Key_Right)
    settle(planned, qtbot)
    assert "12K" in window.windowTitle()
    assert "-c 12288" in window.details.command.text.toPlainText()
    window.details.controls.context.setFocus()
    qtbot.keyClick(window.details.controls.context, Qt.Key.Key_Right)
    settle(planned, qtbot)
    assert planned.question.context.edit.text() == "16,384"
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: planned.plan_pane.window_of_plan is None, timeout=WAIT_MS)


def test_that_a_layer_whose_experts_lie_on_both_sides_does_not_count_as_moved(
    planned: MainWindow, qtbot: QtBot
) -> None:
    select(planned, qtbot, "openai/gpt-oss-120b")
    pane, plan = planned.plan_pane, planned.session.plan
    assert plan is not None
    assert any(p.experts == "split" for p in pane.strip.places), "the GPU is filled to the last matrix"
    moved = plan.settings["n_cpu_moe"]
    assert pane.experts_value.text() == f"{moved} + part"
    assert pane.experts.actual == moved
    pane.experts.setFocus()
    qtbot.keyClick(pane.experts, Qt.Key.Key_Right)
    settle(planned, qtbot)
    assert pane.experts_value.text() == str(moved + 1)


def test_that_notes_begin_as_sentences_and_names_stay_as_they_are() -> None:
    assert sentence_like("started all the same: it pages") == "Started all the same: it pages"
    assert sentence_like("llama.cpp runs Q8_0") == "llama.cpp runs Q8_0"
    assert sentence_like("--rpc HOST=GPU plans over both") == "--rpc HOST=GPU plans over both"
    assert sentence_like("") == ""


def test_that_a_fault_in_the_status_bar_looks_like_one(window: MainWindow) -> None:
    window.tell("cannot write", True)
    bar = window.statusBar()
    assert bar.currentMessage() == "cannot write"
    colour = bar.palette().color(QPalette.ColorRole.WindowText).name()
    assert colour == window.themes.theme.color("error").name()
    window.tell("written", False)
    assert bar.palette().color(QPalette.ColorRole.WindowText).name() != colour


def test_that_what_others_use_is_called_by_what_it_is(planned: MainWindow) -> None:
    legends = [text for c in planned.plan_pane.bars.contents for _, text in c.legend]
    assert "Kept by driver or system 487" in legends
    assert "Left to the system (assumed) 4,096" in legends
    assert not any(text.startswith("Others") for text in legends)
    for content in planned.plan_pane.bars.contents:
        assert [i for i, (_, text) in enumerate(content.legend) if text.endswith(" MiB")] == [
            len(content.legend) - 1
        ], "the last of every bar tells the unit of all"
