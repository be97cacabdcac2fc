from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from report_pages import DATE, WISHES
from test_hostile_names import HOSTILE, hostile_machine, named

from planner.machine import Machine
from planner.plan import Plan
from planner.report import render_rich_text


@pytest.mark.parametrize("kind", ["plan", "compared", "ranked", "misfit"])
def test_that_every_chart_has_its_place_and_is_sound(
    kind: str, bench: Machine, request: pytest.FixtureRequest
) -> None:
    text = render_rich_text(request.getfixturevalue(kind), bench, DATE, WISHES)
    assert re.findall(r'<img src="(chart:\d+)"', text.html) == list(text.charts)
    for svg in text.charts.values():
        names = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(svg).iter()}
        assert names <= {"svg", "rect", "line", "circle", "text"}


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_that_a_hostile_name_adds_no_tag(name: str, plan: Plan, bench: Machine) -> None:
    def tags(text: str) -> list[str]:
        return [t for t in re.findall(r"<(/?[a-z0-9]+)", text) if t not in ("li", "/li", "ul", "/ul")]

    plain = render_rich_text(named(plan, "name"), hostile_machine(bench, "name"), DATE, WISHES)
    text = render_rich_text(named(plan, name), hostile_machine(bench, name), DATE, WISHES)
    if name:
        assert tags(text.html) == tags(plain.html)
    for svg in text.charts.values():
        ElementTree.fromstring(svg)
