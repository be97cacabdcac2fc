"""The table of users: what all get together and each, and who waits."""

from __future__ import annotations

from PySide6.QtWidgets import QScrollArea
from pytestqt.qtbot import QtBot

from planner.plan import Range
from planner.serving import ServedPoint
from ui.views.users_panel import UsersPanel


def point(users: int, running: float, together: float) -> ServedPoint:
    return ServedPoint(users, running, Range(together / 2, together, 2 * together), together / users)


def shown_panel(qtbot: QtBot) -> tuple[UsersPanel, QScrollArea]:
    """A panel in an area that is not shown yet."""
    area, panel = QScrollArea(), UsersPanel()
    area.setWidget(panel)
    qtbot.addWidget(area)
    return panel, area


def test_that_every_number_of_users_has_its_row_and_the_asked_one_is_strong(qtbot: QtBot) -> None:
    panel, area = shown_panel(qtbot)
    panel.show_points((point(1, 1, 80), point(4, 4, 200), point(8, 4, 200)), asked=4)
    assert panel.texts == []
    area.show()
    assert panel.texts == [
        ["1", "1", "40–160", "80"],
        ["4", "4", "100–400", "50"],
        ["8", "4", "100–400", "25"],
    ]
    strong = [row[0].text() for row in panel._rows if row[0].property("role") == "strong"]
    assert strong == ["4"]
    assert "wait" in panel.note.text()


def test_that_fewer_points_leave_no_old_rows(qtbot: QtBot) -> None:
    panel, area = shown_panel(qtbot)
    area.show()
    panel.show_points((point(1, 1, 80), point(4, 4, 200)), asked=4)
    panel.show_points((point(2, 2, 90),), asked=2)
    assert panel.texts == [["2", "2", "45–180", "45"]]
    assert "wait" not in panel.note.text()
