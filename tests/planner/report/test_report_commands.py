"""Other commands of a plan, and comparisons over several machines and questions."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest
from report_pages import DATE, WISHES, text_of

from planner.hardware.what_if import machine_from_options
from planner.machine import Machine
from planner.plan import Plan
from planner.report import RENDERERS, render_csv, render_html, render_json, render_markdown
from planner.report.other_commands import other_commands
from planner.report.request import ReportRequest
from planner.units import ValueFault


def test_that_a_report_gives_the_command_of_every_program_that_runs_the_model(
    plan: Plan, bench: Machine
) -> None:
    others = other_commands(plan, bench, WISHES)
    commands = {o.command.argv[0]: o.command for o in others if o.command is not None}
    assert set(commands) == {"llama-cli", "vllm"}
    assert commands["llama-cli"].argv[-2:] == plan.command.argv[-2:] or "-c" in commands["llama-cli"].argv  # type: ignore[union-attr]
    page = text_of(render_html(plan, bench, DATE, WISHES))
    assert "llama-cli -hf" in page
    assert f"vllm serve {commands['vllm'].argv[2]}" in page
    assert "vllm serve" in render_markdown(plan, bench, DATE, WISHES)
    rows = list(csv.DictReader(io.StringIO(render_csv(plan, bench, DATE, WISHES))))
    lines = [r["value"] for r in rows if r["section"] == "other command" and r["quantity"] == "posix"]
    assert [line.split()[0] for line in lines] == ["llama-cli", "vllm"]
    found = json.loads(render_json(plan, bench, DATE, WISHES))["report"]["other_commands"]
    assert [o["command"]["argv"][0] for o in found] == ["llama-cli", "vllm"]


def test_that_a_machine_without_a_gpu_for_vllm_says_why_there_is_no_command(plan: Plan) -> None:
    from planner.fit_plan import plan_model
    from planner.library import load_library

    library = load_library()
    machine = machine_from_options(("none",), 64, 80)
    assert machine is not None
    given = plan_model(library, library.find_model("Qwen3-8B").model, machine, WISHES)
    others = other_commands(given, machine, WISHES)
    vllm = [o for o in others if "vLLM" in o.title]
    assert len(vllm) == 1
    assert vllm[0].facts
    if vllm[0].command is None:
        assert vllm[0].facts[0] in text_of(render_html(given, machine, DATE, WISHES))


def test_that_a_plan_that_does_not_fit_and_a_model_nobody_knows_have_no_other_commands(
    plan: Plan, misfit: Plan, bench: Machine
) -> None:
    assert other_commands(misfit, bench, WISHES) == ()
    assert other_commands(replace(plan, model_id="user/mine", provenance="user"), bench, WISHES) == ()
    assert [o.title for o in other_commands(plan, bench, None)] == ["llama-cli: one user in the terminal"]


def test_that_a_comparison_names_the_machine_and_the_question_of_each_plan(
    compared: list[Plan], bench: Machine
) -> None:
    second = machine_from_options(("2x RTX 3090",), 128, 80)
    assert second is not None
    machines, asked = [bench, second], [WISHES, replace(WISHES, n_ctx=32768)]
    page = text_of(render_html(compared[:2], machines, DATE, asked))
    assert "2 plans compared on 2 machines" in page
    assert "≠ Machine" in page
    assert "2 × RTX 3090" in page
    assert "Asked for: 16K tokens" in page
    assert "Asked for: 32K tokens" in page
    found = json.loads(render_json(compared[:2], machines, DATE, asked))["report"]
    assert [len(m["gpus"]) for m in found["machines"]] == [1, 2]
    assert [q["n_ctx"] for q in found["questions"]] == [16384, 32768]
    rows = list(csv.DictReader(io.StringIO(render_csv(compared[:2], machines, DATE, asked))))
    owners = {r["plan"] for r in rows if r["section"] == "machine"}
    assert len(owners) == 2
    assert "" not in owners
    for render in RENDERERS.values():
        assert render(compared[:2], machines, DATE, asked) == render(compared[:2], machines, DATE, asked)


def test_that_machines_and_questions_must_match_the_plans(compared: list[Plan], bench: Machine) -> None:
    with pytest.raises(ValueFault, match="3 machines for 2 plans"):
        render_html(compared[:2], [bench] * 3, DATE, WISHES)
    with pytest.raises(ValueFault, match="1 questions for 2 plans"):
        render_json(compared[:2], bench, DATE, [WISHES])


def test_that_a_request_gives_what_the_functions_give_and_makes_its_plans_once(
    compared: list[Plan], bench: Machine
) -> None:
    request = ReportRequest("comparison", lambda: tuple(compared), bench, WISHES, DATE)
    for form, render in RENDERERS.items():
        assert request.text(form) == render(compared, bench, DATE, WISHES)
    assert request.document is request.document
