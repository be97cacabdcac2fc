"""Quality against speed: the front, what is left out, pointer and keys; painted once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from ui_support import WAIT_MS, settle

from planner.fit_class import FitClass
from planner.view_pareto import QualityPoints
from ui import theme
from ui.main_window import MainWindow
from ui.widgets.scatter_chart import ScatterChart, linear_ticks, log_ticks, mark_shape

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def five_points() -> QualityPoints:
    """One of each class that fits; speeds 2 to 200."""
    speed = np.array([2.0, 8.0, 30.0, 90.0, 200.0])
    return QualityPoints(
        benchmark="MMLU-Pro",
        rows=np.arange(5),
        quants=np.zeros(5, dtype=np.int64),
        score=np.array([80.0, 85.0, 60.0, 70.0, 40.0]),
        decode_p10=speed * 0.8,
        decode_p50=speed,
        decode_p90=speed * 1.25,
        fit=np.array([4, 3, 2, 1, 0], dtype=np.int8),
        front=np.array([False, True, False, True, True]),
        n_unscored=3,
        n_too_large=1,
        n_no_speed=0,
    )


def test_that_ticks_hold_the_values() -> None:
    assert log_ticks(3.0, 140.0) == [2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0]
    assert log_ticks(0.0, 0.0) == [1.0, 10.0]
    assert log_ticks(50.0, 50.0) == [50.0, 100.0]
    assert linear_ticks(37.0, 82.0) == [30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0]
    assert linear_ticks(70.0, 70.0) == [70.0, 75.0]


def test_that_every_class_has_a_shape_or_a_letter_of_its_own() -> None:
    centre = mark_shape.__globals__["QPointF"](0, 0)
    sizes = {fit: mark_shape(fit, centre).elementCount() for fit in range(5)}
    assert sizes[FitClass.GPU] == sizes[FitClass.TIGHT]
    assert len({sizes[f] for f in (1, 2, 3, 4)}) >= 3
    assert len({mark_shape(f, centre).boundingRect().width() for f in (1, 2, 3, 4)}) == 4


def test_that_keys_go_by_speed_and_by_score_and_the_pointer_finds_marks(qtbot: QtBot) -> None:
    chart = ScatterChart()
    qtbot.addWidget(chart)
    chart.resize(600, 400)
    chart.show_points(five_points(), list("abcde"), -1)
    chart.show()
    chosen: list[int] = []
    pointed: list[int] = []
    chart.chosen.connect(chosen.append)
    chart.pointed.connect(pointed.append)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_End, Qt.Key.Key_Right, Qt.Key.Key_Home):
        qtbot.keyClick(chart, key)
    assert chosen == [0, 1, 4, 4, 0]
    chosen.clear()
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down):
        qtbot.keyClick(chart, key)
    assert chosen == [1, 1, 0, 3]
    places = [chart.place_of(i) for i in range(5)]
    assert [p.x() for p in places] == sorted(p.x() for p in places)
    assert places[1].y() < places[0].y() < places[3].y() < places[2].y() < places[4].y()
    for i, place in enumerate(places):
        assert chart.nearest(place) == i
        assert chart.area.adjusted(-1, -1, 1, 1).contains(place)
    assert chart.nearest(chart.area.bottomLeft()) == -1
    pointed.clear()
    qtbot.mouseMove(chart, places[2].toPoint())
    assert pointed[-1] == 2
    qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=places[4].toPoint())
    assert chosen[-1] == 4
    chart.close()


def test_that_the_picture_is_painted_once_for_figures_size_and_theme(qtbot: QtBot) -> None:
    chart = ScatterChart()
    qtbot.addWidget(chart)
    chart.resize(500, 300)
    chart.show_points(five_points(), list("abcde"), 2)
    chart.show()
    first = chart.grab().toImage()
    for i in range(5):
        chart.select(i)
        chart.grab()
    assert chart.pictures == 1
    chart.select(2)
    assert chart.grab().toImage() == first
    try:
        theme.set_current(theme.DARK)
        chart.apply_theme()
        dark = chart.grab().toImage()
        fill = theme.DARK.fits[0][0]
        at = chart.place_of(4).toPoint()
        assert dark.pixelColor(at.x() - 5, at.y()) == fill
    finally:
        theme.set_current(theme.LIGHT)
    assert chart.pictures == 2
    chart.resize(400, 300)
    chart.grab()
    assert chart.pictures == 3
    chart.show_points(None, [], -1)
    assert not chart.grab().isNull()
    assert chart.nearest(chart.area.center()) == -1


def test_that_the_scatter_page_is_used_with_keys_and_mouse(window: MainWindow, qtbot: QtBot) -> None:
    session = window.session
    qtbot.keyClick(window, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    view = window.scatter_view
    assert view.isVisible()
    assert view.points is not None
    points, text = view.points, view.left_out.text()
    assert f"{len(points.rows)} models by published MMLU-Pro score" in text
    assert f"{points.n_unscored} without a score are not drawn" in text
    assert session.order is not None
    assert len(points.rows) + points.n_unscored + points.n_too_large == len(session.order.rows)
    chart = view.chart
    chart.setFocus()
    qtbot.keyClick(chart, Qt.Key.Key_End)
    settle(window, qtbot)
    assert session.facts is not None
    fastest = session.facts.ids[int(points.rows[-1])]
    assert session.plan is not None
    assert session.plan.model_id == fastest
    assert "tok/s" in view.said.text()
    assert "nothing in the list is both better and faster" in view.said.text()
    best = int(np.argmax(points.score))
    qtbot.mouseMove(chart, chart.place_of(best).toPoint())
    assert f"{points.score[best]:g} %" in view.said.text()
    score = view._scores["chat"].entries[int(points.rows[best])]
    assert score is not None
    assert str(score.source) in view.said.text()
    qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=chart.place_of(best).toPoint())
    settle(window, qtbot)
    assert session.plan.model_id == session.facts.ids[int(points.rows[best])]
    assert session.plan.model_name in chart.accessibleDescription()
    before = len(points.rows)
    window.question.search.setText("qwen")
    assert view.points is not None
    assert 0 < len(view.points.rows) < before
    window.question.search.setText("no such model at all")
    assert view.empty.isVisible()
    assert "MMLU-Pro" in view.empty.text()
    window.question.search.clear()
    assert len(view.points.rows) == before
    session.edit_wishes("use", use="code")
    settle(window, qtbot)
    assert "SWE-bench Verified" in view.left_out.text()
    qtbot.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert window.centre.table.isVisible()


def test_that_a_hidden_scatter_is_not_kept_up_to_date(window: MainWindow, qtbot: QtBot) -> None:
    window.centre.show_page("scatter")
    view = window.scatter_view
    painted = view.chart.pictures
    shown = view.points
    window.centre.show_page("list")
    window.question.search.setText("gemma")
    assert view.points is shown
    window.centre.show_page("scatter")
    assert view.points is not shown
    qtbot.waitUntil(lambda: view.chart.pictures > painted, timeout=WAIT_MS)
    assert view.chart.mapTo(window, QPoint(0, 0)).y() > 0


@pytest.mark.parametrize("name", ["light", "dark", "high-contrast"])
def test_that_marks_can_be_read_on_their_ground(name: str) -> None:
    t = theme.THEMES[name]
    for fill, ink in t.fits[:5]:
        values = sorted((fill.lightnessF(), ink.lightnessF()))
        assert values[1] - values[0] > 0.2


def test_that_the_name_of_a_marked_point_stands_once_and_covers_no_other(qtbot: QtBot) -> None:
    points = five_points()
    close = np.array([30.0, 31.0, 32.0, 90.0, 200.0])
    crowded = replace(
        points,
        decode_p50=close,
        decode_p10=close * 0.8,
        decode_p90=close * 1.25,
        score=np.array([80.0, 79.5, 79.0, 70.0, 40.0]),
        front=np.array([True, True, False, True, True]),
    )
    chart = ScatterChart()
    qtbot.addWidget(chart)
    chart.resize(600, 400)
    chart.show_points(crowded, ["Some model 30B", "Other model 27B", "Third model 32B", "d", "e"], 1)
    chart.show()
    chart.grab()
    places = {i: chart.label_place(i) for i in range(5)}
    for i in range(5):
        chart.select(i)
        chart.grab()
        assert chart.label_place(i) == places[i], "marking it moves no name"
    assert places[0] is not None
    assert places[1] is not None
    assert places[2] is not None
    assert not places[0].intersects(places[1])
    assert not places[2].intersects(places[0])
    assert not places[2].intersects(places[1])
