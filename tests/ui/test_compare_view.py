"""The comparison as a person uses it: differences, the best, removal by keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton
from ui_support import select

from ui.main_window import MainWindow
from ui.views.compare_view import CompareView

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def compared(planned: MainWindow, qtbot: QtBot) -> CompareView:
    """Three plans side by side."""
    planned.session.pin()
    for model in ("openai/gpt-oss-120b", "Qwen/Qwen3-8B"):
        select(planned, qtbot, model)
        planned.session.pin()
    qtbot.keyClick(planned, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    view = planned._compare
    assert isinstance(view, CompareView)
    assert view.isVisible()
    return view


def test_that_the_best_of_a_row_has_a_star_and_a_row_that_differs_a_sign(
    compared: CompareView, qtbot: QtBot
) -> None:
    rows = {r[0]: r[1:] for r in compared.texts()}
    smallest = min(range(3), key=lambda i: float(rows["Download"][i].split()[0]))
    stars = [
        label.text()
        for label in compared.findChildren(QLabel)
        if label.text().startswith("★ ") and "GB" in label.text()
    ]
    assert f"★ {rows['Download'][smallest]}" in stars
    assert "Machine" not in rows
    titles = {label.text() for label in compared.findChildren(QLabel)}
    assert not any(t.startswith("≠") for t in titles)
    qtbot.mouseClick(compared.only, Qt.MouseButton.LeftButton)
    rows = {r[0]: r[1:] for r in compared.texts()}
    assert "Machine" in rows
    titles = {label.text() for label in compared.findChildren(QLabel)}
    assert "≠ Download" in titles
    assert "Machine" in titles, "a row that is the same in all has no sign"


def test_that_delete_removes_a_plan_and_the_keyboard_stays(compared: CompareView, qtbot: QtBot) -> None:
    names = [head.accessibleName() for head in compared.heads]
    compared.heads[1].setFocus()
    qtbot.keyClick(compared.heads[1], Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: len(compared.heads) == 2)
    assert [head.accessibleName() for head in compared.heads] == [names[0], names[2]]
    assert all(row[1:] and len(row) == 3 for row in compared.texts())
    assert compared.window().focusWidget() is compared.heads[1]
    qtbot.mouseClick(compared.heads[0].close_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not compared.isVisible())


def test_that_each_column_copies_its_own_command(compared: CompareView, qtbot: QtBot) -> None:
    copies = [b for b in compared.findChildren(QPushButton) if b.text() == "Copy command"]
    qtbot.mouseClick(copies[1], Qt.MouseButton.LeftButton)
    assert copies[1].text() == "Copied"
    assert "gpt-oss-120b" in QGuiApplication.clipboard().text()
    qtbot.waitUntil(lambda: copies[1].text() == "Copy command", timeout=5000)
