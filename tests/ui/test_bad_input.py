"""Nonsense and absurd sizes in every field of the window: said beside the field, and nothing is changed by it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from ui_support import WAIT_MS, settle

from planner.hardware.machine_file import saved_machines
from ui.main_window import MainWindow
from ui.views.machine_editor import MachineEditor
from ui.widgets.popover import Popover

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
NONSENSE = (
    " ", "NaN", "inf", "-1", "1e999", "9" * 400, "8192\n4096", "<b>8</b>", "'; rm -rf ~", "八千", "\U0001f600",
    "a\0b", "%s{0}", "\u202e12", "x" * 100_000,
)  # fmt: skip
LONGEST_SAID = 600
"""Most characters of what is said about a value, whatever was pasted."""


def paste(field: QLineEdit, text: str, qtbot: QtBot) -> None:
    """Replace what a field holds by what the clipboard holds, and confirm it."""
    field.setFocus()
    field.selectAll()
    QGuiApplication.clipboard().setText(text)
    field.paste()
    qtbot.keyClick(field, Qt.Key.Key_Return)
    popup = QApplication.activePopupWidget()  # what a completer offers
    if popup is not None:
        popup.close()


def cards(window: MainWindow) -> Iterator[Popover]:
    """Every card of the window that has fields, one after the other."""
    for key in ("machine_new", "palette", "glossary"):
        window.actions_by_key[key].trigger()
        yield from (p for p in window.findChildren(Popover) if p.isVisible())
    for chip in list(window.machine_bar.chips):
        chip.click()
        yield from (p for p in window.findChildren(Popover) if p.isVisible())


def fields_of(widget: QWidget) -> list[QLineEdit]:
    """Fields that can be typed into."""
    return [
        f for f in widget.findChildren(QLineEdit) if f.isVisible() and f.isEnabled() and not f.isReadOnly()
    ]


def test_that_nonsense_in_the_fields_of_any_card_changes_no_machine(window: MainWindow, qtbot: QtBot) -> None:
    session, tried = window.session, 0
    before, wishes = session.machine, session.wishes
    for card in cards(window):
        for field in fields_of(card):
            for text in NONSENSE:
                if not card.isVisible():
                    break  # the palette has no such command and stays; a card may close
                paste(field, text, qtbot)
                tried += 1
        if isinstance(card, MachineEditor):
            card.save.click()
            assert card.isVisible()
        card.dismiss()
    assert tried >= 8 * len(NONSENSE)
    assert session.machine == before
    assert session.wishes == wishes
    assert saved_machines()[0] == {}
    assert all(len(label) < LONGEST_SAID for label in said(window))


def said(window: MainWindow) -> list[str]:
    """What the window says at its foot and beside the fields."""
    return [window.statusBar().currentMessage(), window.status.left.text()]


@pytest.mark.parametrize(
    ("field", "text", "reason"),
    [
        ("ram", "0", "too small"),
        ("ram", "99999999", "too large"),
        ("ram", "-64", "negative"),
        ("gpu", "65x RTX 4090", "from 1 to 64"),
        ("gpu", "RTX 4090:999999", "16,384 GiB"),
        ("gpu", "x" * 5000, "unknown"),
    ],
)
def test_that_an_absurd_machine_is_refused_with_the_reason_beside_the_field(
    window: MainWindow, qtbot: QtBot, field: str, text: str, reason: str
) -> None:
    before = window.session.machine
    window.actions_by_key["machine_new"].trigger()
    editor = next(p for p in window.findChildren(MachineEditor) if p.isVisible())
    edit = editor.gpu if field == "gpu" else editor.ram.edit
    edit.setFocus()
    edit.setText(text)
    editor.use.click()
    told = editor.gpu_fault if field == "gpu" else editor.ram.fault
    assert reason in told.text()
    assert len(told.text()) < LONGEST_SAID
    assert told.isVisible()
    assert window.rect().contains(editor.geometry()), "the card stays inside the window"
    assert window.session.machine == before
    editor.dismiss()


def test_that_more_gpus_than_a_machine_has_are_refused_however_they_are_added(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.actions_by_key["machine_new"].trigger()
    editor = next(p for p in window.findChildren(MachineEditor) if p.isVisible())
    for _ in range(2):
        editor.gpu.setText("40x RTX 4090")
        editor.add.click()
    editor.use.click()
    assert "80 GPUs; the largest valid number is 64" in editor.fault.text()
    editor.dismiss()


def test_that_a_search_for_anything_is_answered_and_taken_back(window: MainWindow, qtbot: QtBot) -> None:
    search = window.question.search
    shown = window.centre.count.text()
    for text in NONSENSE:
        paste(search, text, qtbot)
        assert window.centre.count.text()
        assert window.centre.empty.isVisible() or window.centre.model.rowCount()
    search.clear()
    settle(window, qtbot)
    assert window.centre.count.text() == shown


def test_that_nonsense_as_the_path_of_the_weights_changes_no_plan(planned: MainWindow, qtbot: QtBot) -> None:
    pane, session = planned.plan_pane, planned.session
    before, wishes = session.plan, session.wishes
    weights = pane.command.weights
    weights.kind.setCurrentIndex(weights.kind.findData("file"))
    weights.kind.activated.emit(weights.kind.currentIndex())
    for text in NONSENSE:
        paste(weights.path, text, qtbot)
        assert pane.command.command_text or pane.command._none.text()
    assert session.wishes == wishes
    assert session.plan is before
    assert all(len(text) < LONGEST_SAID for text in said(planned))


def test_that_a_fault_in_a_narrow_field_moves_nothing_and_stands_below_it(
    window: MainWindow, qtbot: QtBot
) -> None:
    question, bar = window.question, window.machine_bar
    parts = (question.context_slider, question.users, question.engine, question.speed, window.centre, bar)
    for field in (question.context, question.users, question.speed, bar.reserve):
        before = [part.geometry() for part in parts]
        field.edit.setFocus()
        field.edit.selectAll()
        qtbot.keyClicks(field.edit, "nonsense of some length")
        qtbot.keyClick(field.edit, Qt.Key.Key_Return)
        qtbot.waitUntil(field.fault.isVisible, timeout=WAIT_MS)
        qtbot.wait(30)
        assert [part.geometry() for part in parts] == before
        at = field.mapTo(window, field.rect().bottomLeft())
        assert field.fault.y() > at.y()
        assert window.rect().contains(field.fault.geometry())
        text = QFontMetrics(field.fault.font()).boundingRect(
            0, 0, field.fault.width(), 900, Qt.TextFlag.TextWordWrap, field.fault.text()
        )
        assert field.fault.height() >= text.height(), "all of it is seen"
        qtbot.keyClick(field.edit, Qt.Key.Key_Escape)
        assert field.fault.isHidden()


def test_that_a_search_that_finds_nothing_is_repeated_as_it_was_typed_and_not_at_length(
    window: MainWindow, qtbot: QtBot
) -> None:
    typed = "<b>zz</b>" + "q" * 3000
    window.question.search.setText(typed)
    settle(window, qtbot)
    said = window.centre.empty
    assert said.textFormat() == Qt.TextFormat.PlainText
    assert "<b>zz</b>" in said.text()
    assert len(said.text()) < 250
    window.question.search.clear()
    settle(window, qtbot)
