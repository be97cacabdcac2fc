"""The engine chosen in the question: vLLM's plan, both side by side, and why vLLM does not run here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from ui_support import MODEL, WAIT_MS, described, select, settle

from planner import units
from ui.main_window import MainWindow

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def choose_engine(window: MainWindow, qtbot: QtBot, key: str) -> None:
    """Click an engine and wait for the plan."""
    qtbot.mouseClick(window.question.engine.button(key), Qt.MouseButton.LeftButton)
    settle(window, qtbot)


def test_that_vllm_answers_with_its_own_plan_and_undo_takes_it_back(
    planned: MainWindow, qtbot: QtBot
) -> None:
    choose_engine(planned, qtbot, "vllm")
    plan = planned.session.plan
    assert plan is not None
    assert plan.engine == "vllm"
    pane = planned.plan_pane
    assert pane.command.program.key == "vllm"
    assert pane.command.command_text.startswith("vllm serve")
    assert f"holds {plan.kv_tokens:,} tokens" in pane.verdict.notes.text()
    assert "requests of 8,192 tokens at once" in pane.verdict.notes.text()
    assert "vLLM" in pane.subtitle.text()
    assert pane.curve.isHidden() or not pane.content.controls.experts_box.isVisible()
    assert not pane.cache_k.isEnabled()
    assert "Planned for vLLM" in planned.question.engine_hint.text()
    planned.actions_by_key["undo"].trigger()
    settle(planned, qtbot)
    assert planned.question.engine.key == "llama.cpp"
    assert pane.command.command_text.startswith("llama-server")


def answered(window: MainWindow, qtbot: QtBot, line: int) -> int:
    """Wait until vLLM's figures of a line are there; returns its model."""

    def there() -> bool:
        view, entries = window.session.view, window.centre.model.entries
        if view is None or view.engine == "llama.cpp" or not entries:
            return False
        return window.session.served.knows(entries[line].row)

    qtbot.waitUntil(there, timeout=WAIT_MS)
    return window.centre.model.entries[line].row


def line_texts(window: MainWindow, line: int) -> dict[str, str]:
    """Texts of a line of the list by column."""
    model = window.centre.model
    return {c.key: str(model.index(line, i).data()) for i, c in enumerate(model.columns)}


def test_that_the_list_fills_with_vllms_own_figures_without_a_line_moving(
    window: MainWindow, qtbot: QtBot
) -> None:
    before = [e.row for e in window.centre.model.entries[:12]]
    choose_engine(window, qtbot, "vllm")
    assert [e.row for e in window.centre.model.entries[:12]] == before
    row = answered(window, qtbot, 1)
    view = window.session.view
    assert view is not None
    texts = line_texts(window, 1)
    form = view.facts.quants[int(view.best[row])]
    assert texts["name"].endswith(f" {form}")
    assert form in ("AWQ", "NVFP4", "FP8", "BF16", "GPTQ-Int4", "MXFP4")
    select(window, qtbot, view.facts.ids[row])
    plan = window.session.plan
    assert plan is not None
    assert plan.quant == form
    assert plan.throughput is not None
    assert plan.throughput.decode_tps is not None
    speed = plan.throughput.decode_tps
    assert texts["decode"] == f"{units.rate(speed.p50)} ({units.rate(speed.p10)}–{units.rate(speed.p90)})"
    assert texts["placement"].startswith(units.gib(plan.devices[0].total_bytes))
    assert "of 249 models" in window.question.engine_hint.text()
    column = [c.key for c in window.centre.model.columns].index("placement")
    tip = str(window.centre.model.index(1, column).data(Qt.ItemDataRole.ToolTipRole))
    assert "vLLM: one GPU" in tip


def test_that_both_mark_the_format_of_the_engine_that_is_better(window: MainWindow, qtbot: QtBot) -> None:
    choose_engine(window, qtbot, "any")
    entries = window.centre.model.entries
    row = window.session.facts.row_of[MODEL]  # type: ignore[union-attr]
    line = [e.row for e in entries].index(row)
    answered(window, qtbot, line)
    select(window, qtbot, MODEL)
    plan = window.session.plan
    assert plan is not None
    mark = f"vLLM {plan.quant}" if plan.engine == "vllm" else str(plan.quant)
    assert line_texts(window, line)["name"].endswith(f" {mark}")


def test_that_both_engines_stand_side_by_side_with_why_they_differ(planned: MainWindow, qtbot: QtBot) -> None:
    choose_engine(planned, qtbot, "any")
    box = planned.plan_pane.engines
    assert box.isVisible()
    rows = box.texts()
    both = planned.session.answer.both  # type: ignore[union-attr]
    assert both is not None
    assert both.llama_cpp is not None
    assert both.vllm is not None
    assert rows["Weights"][0].startswith(str(both.llama_cpp.quant))
    assert rows["Weights"][1].startswith(str(both.vllm.quant))
    assert rows["Cache, tokens"] == ("8,192", f"★ {both.vllm.kv_tokens:,}")
    assert "vLLM reserves its whole share at the start" in box.why.text()
    assert box.accessibleDescription().startswith("Verdict: llama.cpp all on the GPU, vLLM all on the GPU")
    qtbot.mouseClick(box.show_engine["vllm"], Qt.MouseButton.LeftButton)
    settle(planned, qtbot)
    assert planned.session.plan is not None
    assert planned.session.plan.engine == "vllm"
    assert planned.question.engine.key == "vllm"


def test_that_a_machine_without_vllm_says_why_and_offers_llama_cpp(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = make_window(described(("none",)))
    select(window, qtbot, MODEL)
    choose_engine(window, qtbot, "vllm")
    assert "without one use llama.cpp" in window.question.engine_hint.text()
    pane = window.plan_pane
    assert "without one use llama.cpp" in pane.verdict.accessibleName()
    line = pane.nearest.lines[0]
    assert "with llama.cpp" in line.accessibleName()
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton)
    settle(window, qtbot)
    assert window.session.plan is not None
    assert window.session.plan.engine == "llama.cpp"
    assert window.session.plan.fits


def test_that_map_and_second_machine_answer_for_vllm_too(window: MainWindow, qtbot: QtBot) -> None:
    session = window.session
    window.question.search.setText("gpt-oss-20b")
    session.second.compare_with(described(("2x RTX 3090",)))
    choose_engine(window, qtbot, "vllm")
    window.actions_by_key["map"].trigger()
    qtbot.waitUntil(lambda: session.view is not None and session.view.settled, timeout=2 * WAIT_MS)
    view = window.map_view.grid_view

    def mapped() -> bool:
        grid = view.grid
        return grid is not None and grid.facts is session.view.facts and grid.waiting is None  # type: ignore[union-attr]

    qtbot.waitUntil(mapped, timeout=WAIT_MS)
    assert view.row_name(0) == "gpt-oss-20b"
    column = view.grid.contexts.index(8192)  # type: ignore[union-attr]
    said = view.spoken(0, column)
    texts = line_texts(window, 0)
    low, high = texts["decode"].split("(")[1].rstrip(")").split("–")
    assert said == f"gpt-oss-20b, 8K, all on the GPU, {low} to {high} tokens per second"

    def second() -> bool:
        other = session.second.view
        row = window.centre.model.entries[0].row
        return (
            other is not None
            and other.engine == "vllm"
            and (other.waiting is None or not bool(other.waiting[row]))
        )

    qtbot.waitUntil(second, timeout=WAIT_MS)
    shown = line_texts(window, 0)["second"]
    assert shown.startswith("all on the GPU, ")
    assert shown.endswith(" tok/s")
