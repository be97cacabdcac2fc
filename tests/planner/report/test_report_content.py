from __future__ import annotations

import csv
import io
import json
import math
import re
from dataclasses import replace

import pytest
from report_pages import DATE, WISHES, Page, text_of

from planner import units
from planner.machine import Engine, Machine
from planner.plan import Plan
from planner.report import RENDERERS, render_csv, render_html, render_json, render_markdown
from planner.report.facts import data_dates, legal_facts, licence_facts
from planner.report.harmless import without_home
from planner.report.memory_drawing import segments
from planner.text import verdict_sentence
from planner.units import ValueFault


def test_that_the_page_says_every_part_of_the_plan(plan: Plan, bench: Machine) -> None:
    page = text_of(render_html(plan, bench, DATE, WISHES))
    assert verdict_sentence(plan) in page
    for title in (
        "Where the memory goes", "Speed", "Machine", "Command", "Assumptions and reserve", "Licence and obligations",
        "Quantization loss", "Where each number comes from", "Data dates and versions", "Limitations", "Words and units",
    ):  # fmt: skip
        assert title in page
    for device in plan.devices:
        assert f"{units.gib(device.total_bytes)} of {units.gib(device.capacity_bytes)}" in page
        assert units.mib(device.model_bytes - device.expert_bytes).removesuffix(" MiB") in page
    assert plan.throughput is not None
    assert plan.throughput.basis in page
    assert plan.command is not None
    for note in plan.command.flags:
        assert note.text in page
    for term in plan.terms:
        assert term.expression in page
        assert all(source in page for source in term.sources)
    assert "Reserve: 1.0 GiB kept free on each GPU" in page
    assert "Apache License 2.0" in page
    assert "not legal advice" in page
    assert "Article 53(2)" in page
    assert data_dates().speed in page


@pytest.mark.parametrize("form", sorted(RENDERERS))
def test_that_the_same_inputs_give_the_same_bytes(form: str, compared: list[Plan], bench: Machine) -> None:
    render = RENDERERS[form]
    assert render(compared, bench, DATE, WISHES) == render(list(compared), bench, DATE, WISHES)
    assert render(compared, bench, DATE, WISHES) != render(compared, bench, "2026-11-26", WISHES)


@pytest.mark.parametrize("kind", ["plan", "compared", "ranked", "misfit"])
def test_that_the_page_loads_and_runs_nothing(
    kind: str, bench: Machine, request: pytest.FixtureRequest
) -> None:
    plans = request.getfixturevalue(kind)
    html = render_html(plans, bench, DATE, WISHES)
    page = Page(html)
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "use", "image", "base", "form"}
    for tag, attributes in page.tags:
        assert not any(
            name.startswith("on") or name in ("src", "srcset", "xlink:href") for name in attributes
        )
        if "href" in attributes:
            assert tag == "a"
            assert str(attributes["href"]).startswith("https://")
    style = html.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    assert "default-src &#x27;none&#x27;" in html


def test_that_bars_hold_the_bytes_of_the_table(plan: Plan) -> None:
    for device in plan.devices:
        assert sum(size for _, size in segments(device)) == device.total_bytes + device.others_bytes


def test_that_every_chart_says_its_figures_in_words(plan: Plan, bench: Machine) -> None:
    charts = [
        attributes for tag, attributes in Page(render_html(plan, bench, DATE, WISHES)).tags if tag == "svg"
    ]
    labels = [str(c["aria-label"]) for c in charts if "aria-hidden" not in c]
    assert labels
    assert all(labels)
    for device in plan.devices:
        words = f"experts {units.gib(device.expert_bytes)}, "
        assert any(text.startswith(device.name) and words in text and " free" in text for text in labels)


def test_that_a_plan_that_does_not_fit_shows_by_how_much(misfit: Plan, bench: Machine) -> None:
    page = text_of(render_html(misfit, bench, DATE, WISHES))
    assert "Does not fit: short by" in page
    assert "No speed is stated: the plan does not fit." in page
    assert "capacity 64.0 GiB" in page


def test_that_a_comparison_marks_what_differs_and_what_is_best(compared: list[Plan], bench: Machine) -> None:
    text = render_markdown(compared, bench, DATE, WISHES)
    rows = {cells[1].strip(): cells[2:-1] for line in text.splitlines() if len(cells := line.split("|")) == 7}
    decode = next(cells for name, cells in rows.items() if name.startswith("**≠ Decode"))
    speeds = [
        p.throughput.decode_tps.p50 if p.throughput and p.throughput.decode_tps else 0.0 for p in compared
    ]
    assert [("★" in c) for c in decode] == [s == max(speeds) for s in speeds]
    assert "Engine" in rows
    assert not any("★" in c for c in rows["**≠ Verdict**"])


def test_that_a_ranking_lists_every_model_in_order(ranked: list[Plan], bench: Machine) -> None:
    rows = list(csv.reader(io.StringIO(render_csv(ranked, bench, DATE, WISHES, "ranking"))))
    assert [r[1] for r in rows[1:]] == [p.model_name for p in ranked]
    page = text_of(render_html(ranked, bench, DATE, WISHES, "ranking"))
    at = [page.index(p.model_name) for p in ranked]
    assert at == sorted(at)
    assert "12 of 14 models listed fit." in page


def test_that_json_holds_the_objects_of_the_interface(
    plan: Plan, compared: list[Plan], ranked: list[Plan], bench: Machine
) -> None:
    one = json.loads(render_json(plan, bench, DATE, WISHES))
    assert {k: one[k] for k in plan.to_json()} == json.loads(json.dumps(plan.to_json()))
    assert one["machine"]["schema"] == "machine/1"
    assert one["report"]["date"] == DATE
    assert one["report"]["licences"][0]["id"] == "Apache-2.0"
    several = json.loads(render_json(compared, bench, DATE, WISHES))
    assert [p["schema"] for p in several["plans"]] == ["fit-plan/1"] * 4
    listed = json.loads(render_json(ranked, bench, DATE, WISHES, "ranking"))
    assert listed["schema"] == "rank/1"
    assert [p["model"]["name"] for p in listed["plans"]] == [p.model_name for p in ranked]


def test_that_csv_numbers_are_the_plan_s_own(plan: Plan, bench: Machine) -> None:
    rows = list(csv.DictReader(io.StringIO(render_csv(plan, bench, DATE, WISHES))))
    for device in plan.devices:
        found = {r["quantity"]: r["value"] for r in rows if r["device"].startswith(device.name)}
        if device.kind == "gpu":
            assert int(found["total_bytes"]) == device.total_bytes
            assert int(found["kv_bytes"]) == device.kv_bytes
    speed = {r["quantity"]: r["value"] for r in rows if r["section"] == "speed"}
    assert plan.throughput is not None
    assert plan.throughput.decode_tps is not None
    assert math.isclose(float(speed["decode_tps_p50"]), plan.throughput.decode_tps.p50)


def test_that_a_report_without_the_question_still_states_the_reserve(plan: Plan, bench: Machine) -> None:
    page = text_of(render_html(plan, bench, DATE))
    assert "Reserve: 1.0 GiB" in page
    assert "Asked for" not in page


def test_that_the_number_of_plans_must_suit_the_kind(compared: list[Plan], bench: Machine) -> None:
    with pytest.raises(ValueFault, match="2 to 4"):
        render_html([*compared, compared[0]], bench, DATE, kind="comparison")
    with pytest.raises(ValueFault, match="one plan"):
        render_json(compared, bench, DATE, kind="plan")
    with pytest.raises(ValueFault, match="not a day"):
        render_csv(compared, bench, "2026-02-30")


def test_that_a_reported_model_gives_a_report_that_says_so(bench: Machine) -> None:
    from planner.answer import reported_plan
    from planner.library import load_library

    library = load_library()
    model = next(m for m in library.catalogue if m.provenance.value == "reported")
    found = reported_plan(model, WISHES)
    page = text_of(render_html(found, bench, DATE, WISHES))
    assert "Reported model" in page
    assert "reported model: no licence was published" in page
    for render in RENDERERS.values():
        assert render(found, bench, DATE, WISHES)


def test_that_unknown_sizes_and_speeds_stay_unknown(plan: Plan) -> None:
    bare = Machine("unknown machine")
    blank = replace(
        plan,
        devices=tuple(replace(d, capacity_bytes=None, usable_bytes=None) for d in plan.devices),
        throughput=None,
    )
    page = text_of(render_html(blank, bare, DATE))
    assert "unknown" in page
    assert "nan" not in page.lower().replace("finance", "")


def test_that_no_report_names_a_person_or_a_home(
    plan: Plan, bench: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/data/people/jane.doe")
    machine = replace(
        bench,
        engines=(Engine("llama-server", "b10434", "/data/people/jane.doe/bin/llama-server"),),
        notes=("read /home/anna/machine.json", r"read C:\Users\Anna Smith\machine.json", "/Users/anna"),
    )
    assert plan.command is not None
    command = replace(
        plan.command,
        argv=(
            "llama-server", "-m", "/data/people/jane.doe/my models/a.gguf",
            "--mmproj", "/data/people/jane.doe/b.gguf", "--log-file", "/home/anna/x.log",
        ),
    )  # fmt: skip
    given = replace(plan, command=command, reasons=("cannot read /data/people/jane.doe",))
    for form, render in RENDERERS.items():
        text = render(given, machine, DATE, WISHES)
        assert "jane" not in text, form
        assert "nna" not in text.replace("cannot", ""), form
        assert "~/" in text or "\\~/" in text
    code = text_of(render_html(given, machine, DATE, WISHES))
    assert "-m ~/'my models/a.gguf'" in code
    assert "--mmproj ~/b.gguf" in code
    assert "-m (Join-Path $HOME 'my models/a.gguf')" in code


def test_that_a_path_that_only_looks_like_home_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/root")
    assert without_home("/root/x and /rootless/y and /mnt/root/z") == "~/x and /rootless/y and /mnt/root/z"
    assert without_home("/homework/x") == "/homework/x"


def test_that_every_legal_fact_has_a_source_and_a_date() -> None:
    for fact in legal_facts():
        assert fact.source.startswith("https://")
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", fact.date)


def test_that_every_licence_of_the_catalogue_can_be_reported(plan: Plan) -> None:
    from planner.library import load_library

    for model in load_library().catalogue:
        facts = licence_facts(replace(plan, model_id=model.id, model_name=model.name))
        assert facts.eu_ai_act
        assert facts.commercial_use
        if model.licence is not None and model.licence.gated:
            assert facts.gated_words.startswith("yes")
