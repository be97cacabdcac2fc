"""The command as a person takes it: programs, where the weights are, the other engine, a clipboard that is not there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from ui_support import WAIT_MS, hover, select, settle

from planner.commands.launch_command import FlagNote, LaunchCommand
from planner.commands.shell_quoting import Shell, split_command
from ui.main_window import MainWindow
from ui.views.command_panel import CommandPanel
from ui.views.command_text import CommandText

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def choose(box: object, key: str) -> None:
    """Choose an entry of a combo box as a person does."""
    box.setCurrentIndex(box.findData(key))  # type: ignore[attr-defined]
    box.activated.emit(box.currentIndex())  # type: ignore[attr-defined]


def test_that_every_program_has_its_command_and_each_of_its_flags_a_reason(
    planned: MainWindow, qtbot: QtBot
) -> None:
    panel = planned.plan_pane.command
    begins = {
        "llama-server": "llama-server",
        "llama-cli": "llama-cli",
        "llama-bench": "llama-bench",
        "docker": "docker run",
    }
    for program, start in begins.items():
        qtbot.mouseClick(panel.program.button(program), Qt.MouseButton.LeftButton)
        text = panel.text.toPlainText()
        assert text.startswith(start)
        rows = panel.flags.rows
        assert [panel.text.words_of(i) for i in range(len(rows))] == [r.flag for r in rows]
        assert all(r.reason for r in panel.flags.rows)
    assert "ghcr.io/ggml-org/llama.cpp:server-cuda" in panel.command_text
    assert "--gpus all" in panel.command_text
    choose(panel.shell, "powershell")
    assert "`\n" in panel.command_text


def test_that_lines_hold_as_many_flags_as_fit_and_are_packed_anew_for_another_width(
    planned: MainWindow, qtbot: QtBot
) -> None:
    panel = planned.plan_pane.command
    text = panel.text
    command = panel.command
    assert command is not None
    seen = []
    for width in (1280, 1900):
        planned.resize(width, 800)
        if width > 1280:
            planned.plan_pane.setMinimumWidth(720)
        qtbot.waitUntil(lambda: text.columns > 70 or planned.width() < 1900, timeout=WAIT_MS)
        for key, shell in (("posix", Shell.POSIX), ("powershell", Shell.POWERSHELL), ("cmd", Shell.CMD)):
            choose(panel.shell, key)
            lines = text.toPlainText().split("\n")
            assert 1 < len(lines) < len(panel.flags.rows), "several flags stand in one line"
            assert max(map(len, lines)) <= text.columns
            assert split_command("\n".join(lines), shell) == list(command.argv)
            assert all(
                line.endswith({"posix": " \\", "powershell": " `", "cmd": " ^"}[key]) for line in lines[:-1]
            )
            assert text.verticalScrollBar().maximum() == 0, "all of it is seen"
        seen.append(len(lines))
    assert seen[1] < seen[0], "a wider box has fewer lines"
    qtbot.mouseClick(panel.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == text.toPlainText()


def test_that_each_flag_of_a_line_is_lit_and_explained_by_itself(planned: MainWindow, qtbot: QtBot) -> None:
    panel = planned.plan_pane.command
    text = panel.text
    assert panel.line.accessibleName() == "Point at a flag to see why it is there."
    flags = [r.flag.split()[0] for r in panel.flags.rows]
    lines = [
        next(i for i, s in enumerate(text.toPlainText().split("\n")) if f" {f} " in f"{s} ") for f in flags
    ]
    together = next(i for i in range(len(lines) - 1) if lines[i] == lines[i + 1])
    for index in (together, together + 1):
        cursor = text.textCursor()
        cursor.setPosition(text.toPlainText().index(f" {flags[index]}") + 2)
        hover(text.viewport(), text.cursorRect(cursor).center())
        assert text.marked == panel.flags.marked == index
        row = panel.flags.rows[index]
        lit = text.extraSelections()
        assert [s.cursor.selectedText() for s in lit] == [row.flag]
        assert panel.line.accessibleName().startswith(f"{row.flag}: {row.reason}")
        assert row.reason in panel.line.text()
    qtbot.mouseMove(planned.plan_pane.bars)
    text.leaveEvent(QEvent(QEvent.Type.Leave))
    assert text.marked == -1
    assert not text.extraSelections()


def test_that_flags_after_characters_of_two_units_are_lit_where_they_stand(qtbot: QtBot) -> None:
    text = CommandText()
    qtbot.addWidget(text)
    command = LaunchCommand(
        ("llama-server", "-m", "\U0001f600 \U0001f600.gguf", "-c", "4096"),
        "llama.cpp",
        "",
        flags=(FlagNote("-m", "\U0001f600 \U0001f600.gguf", "weights"), FlagNote("-c", "4096", "context")),
    )
    laid_out = command.laid_out(Shell.POSIX, 60)
    text.show_command(laid_out.text, laid_out.places)
    assert text.words_of(1) == "-c 4096"
    assert text.words_of(0) == "-m '\U0001f600 \U0001f600.gguf'"


def test_that_the_vllm_tab_plans_vllm_off_the_window_and_shows_its_command(
    planned: MainWindow, qtbot: QtBot
) -> None:
    panel = planned.plan_pane.command
    qtbot.mouseClick(panel.program.button("vllm"), Qt.MouseButton.LeftButton)
    assert not panel.copy.isEnabled() or panel.command_text
    qtbot.waitUntil(lambda: panel.command_text.startswith("vllm serve"), timeout=WAIT_MS)
    assert "--max-model-len 8192" in panel.command_text.replace(" \\\n  ", " ")
    select(planned, qtbot, "Qwen/Qwen3-8B")
    assert "Qwen3-30B" not in panel.command_text, "never the command of another model"
    qtbot.waitUntil(lambda: "Qwen3-8B" in panel.command_text, timeout=WAIT_MS)


def test_that_weights_come_from_a_typed_path_a_dropped_file_or_a_placeholder(
    planned: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    panel = planned.plan_pane.command
    field = panel.weights
    assert "-hf" in panel.command_text
    choose(field.kind, "file")
    assert field.path.isVisible()
    qtbot.keyClicks(field.path, "/no such/Qwen3-30B-A3B-Q8_0.gguf")
    qtbot.keyClick(field.path, Qt.Key.Key_Return)
    assert "-m '/no such/Qwen3-30B-A3B-Q8_0.gguf'" in panel.text.toPlainText()
    assert "no such file" in field.hint.text()
    own = tmp_path / f"Qwen3-30B-A3B-{planned.session.plan.quant}.gguf"  # type: ignore[union-attr]
    own.write_bytes(b"GGUF")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(own))])
    action, button, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    panel.dropEvent(QDropEvent(QPointF(5, 5), action, data, button, none))
    assert f"-m {own}" in panel.text.toPlainText()
    assert field.hint.isHidden()
    qtbot.mouseClick(panel.program.button("docker"), Qt.MouseButton.LeftButton)
    assert f"-v {tmp_path}:/models:ro" in panel.text.toPlainText()
    assert f"-m /models/{own.name}" in panel.text.toPlainText()
    qtbot.mouseClick(panel.program.button("llama-server"), Qt.MouseButton.LeftButton)
    choose(field.kind, "placeholder")
    assert f"-m Qwen3-30B-A3B-{planned.session.plan.quant}.gguf" in panel.text.toPlainText()  # type: ignore[union-attr]
    select(planned, qtbot, "Qwen/Qwen3-8B")
    assert "-hf" in panel.command_text, "the file of one model is not offered for another"


def test_that_a_clipboard_that_is_not_there_is_said(
    planned: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel: CommandPanel = planned.plan_pane.command
    monkeypatch.setattr("ui.views.command_panel.copy_text", lambda _text: False)
    qtbot.mouseClick(panel.copy, Qt.MouseButton.LeftButton)
    assert panel.copy.text() == "Not copied"
    assert "clipboard is not available" in panel.copy.accessibleName()
    assert panel.text.textCursor().selectedText().startswith("llama-server")
    qtbot.waitUntil(lambda: panel.copy.text() == "Copy", timeout=5000)


def test_that_copy_gives_the_text_of_the_chosen_shell_and_program(planned: MainWindow, qtbot: QtBot) -> None:
    panel = planned.plan_pane.command
    qtbot.mouseClick(panel.program.button("llama-bench"), Qt.MouseButton.LeftButton)
    choose(panel.shell, "cmd")
    qtbot.mouseClick(panel.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == panel.text.toPlainText()
    assert "^\n" in panel.text.toPlainText()
    assert panel.copy.accessibleName() == "Copied"
    qtbot.waitUntil(lambda: panel.copy.text() == "Copy", timeout=5000)
    settle(planned, qtbot)
