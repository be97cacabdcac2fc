"""The curves of a plan's report: the figures of the curve, the plan's place, what does not fit, and nothing cut off."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest
from report_pages import DATE, WISHES, Page, best

from planner import units
from planner.library import load_library
from planner.machine import Machine
from planner.plan import Plan
from planner.plan_curves import PlanCurves
from planner.report import render_html, render_markdown
from planner.report.curve_drawing import BOTTOM, TOP, Panel, curves_chart
from planner.report.curve_part import curve_blocks, curves_of
from planner.report.drawing import ACCENT, WIDTH, width_of

TEXT = re.compile(
    r'<text x="([-\d.]+)" y="([-\d.]+)" font-size="([\d.]+)"[^>]*text-anchor="(\w+)"([^>]*)>([^<]*)<'
)


@pytest.fixture(scope="module")
def curves(plan: Plan, bench: Machine) -> PlanCurves:
    return curves_of(plan, bench, WISHES)


def test_that_the_plan_is_marked_where_it_is_with_the_speed_of_the_curve(
    plan: Plan, curves: PlanCurves
) -> None:
    experts, context = curves.experts, curves.context
    assert experts is not None
    assert context is not None
    chart = curve_blocks(plan, curves)[0]
    at = int(plan.settings["n_cpu_moe"])
    assert curves.experts_at == at
    rate = units.rate(float(experts.decode_p50[at]))
    assert f"this plan: {at}, {rate} tok/s" in chart.svg  # type: ignore[union-attr]
    step = context.x.tolist().index(plan.n_ctx)
    assert f"this plan: 16K, {units.rate(float(context.decode_p50[step]))} tok/s" in chart.svg  # type: ignore[union-attr]
    fitting = [i for i in range(len(experts.x)) if experts.fits[i]]
    words = f"Experts in RAM: from {experts.x[fitting[0]]} ({units.rate(float(experts.decode_p50[fitting[0]]))} tok/s)"
    assert chart.alternative.startswith(words)  # type: ignore[union-attr]


def test_that_the_median_line_has_a_point_for_every_step_that_fits(curves: PlanCurves) -> None:
    experts = curves.experts
    assert experts is not None
    svg = curves_chart([Panel("Experts", experts, curves.experts_at, "layers")]).svg
    lines = [line.split() for line in re.findall(r'<polyline points="([^"]+)"', svg)]
    assert [len(line) for line in lines] == [int(experts.fits.sum()), len(experts.x)]
    heights = [float(point.split(",")[1]) for line in lines for point in line]
    assert all(TOP - 0.01 <= y <= BOTTOM + 0.01 for y in heights)
    median = [float(point.split(",")[1]) for point in lines[0]]
    speeds = [v for v in experts.decode_p50.tolist() if math.isfinite(v)]
    scale = (BOTTOM - median[0]) / speeds[0]
    assert [(BOTTOM - y) / scale for y in median] == pytest.approx(speeds, rel=0.02)
    assert "does not fit" in svg, "fewer layers in RAM do not fit"
    dots = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"[^>]*fill="([^"]+)"', svg)
    assert [(float(y), fill) for _, y, fill in dots] == [
        (
            pytest.approx(
                median[[i for i in range(len(experts.x)) if experts.fits[i]].index(curves.experts_at)]
            ),
            ACCENT,
        )
    ]


@pytest.mark.parametrize("name", ["gpt-oss-120b", "Qwen3-8B", "Llama 4 Scout", "gemma-3-1b"])
def test_that_no_text_of_the_curves_leaves_the_picture(name: str, bench: Machine) -> None:
    plan = best(load_library(), bench, name)
    blocks = curve_blocks(plan, curves_of(plan, bench, WISHES))
    found = TEXT.findall(blocks[0].svg)  # type: ignore[union-attr]
    assert len(found) > 8
    for x, _, size, anchor, rest, words in found:
        wide = width_of(words, float(size), bold="600" in rest) * 0.8
        left = float(x) - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
        assert left >= -1, words
        assert left + wide <= WIDTH + 1, words


def test_that_a_dense_model_has_only_the_context_and_others_have_none(
    plan: Plan, misfit: Plan, bench: Machine
) -> None:
    dense = best(load_library(), bench, "Qwen3-8B")
    assert curves_of(dense, bench, WISHES).experts is None
    page = render_html(dense, bench, DATE, WISHES)
    assert page.count("<polygon") == 1
    for other in (misfit, replace(plan, engine="vllm"), replace(plan, model_id="nobody/nothing")):
        assert curves_of(other, bench, WISHES) == PlanCurves()
    assert curves_of(plan, bench, None) == PlanCurves()


def test_that_a_page_with_curves_is_well_formed_and_says_them_in_words(plan: Plan, bench: Machine) -> None:
    page = Page(render_html(plan, bench, DATE, WISHES))
    assert "layers with experts in RAM" in page.text
    text = render_markdown(plan, bench, DATE, WISHES)
    assert "Experts in RAM: from" in text
    assert "<svg" not in text
