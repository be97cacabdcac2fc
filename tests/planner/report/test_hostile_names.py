from __future__ import annotations

import csv
import io
import json
import random
import shutil
import subprocess
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report_pages import DATE, WISHES, Page, text_of

from planner.machine import Machine
from planner.plan import Plan
from planner.report import RENDERERS, render_csv, render_html, render_json, render_markdown
from planner.report.csv_text import text_cell
from planner.report.markdown_text import escape, fence

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style><style>*{display:none}",
    "]]><svg/onload=alert(1)>",
    "[x](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "<https://evil.example>",
    "https://evil.example/?a=<b>\"'",
    "www.evil.example",
    "| a | b |\n|---|---|",
    "# heading\n- item\n```\ncode",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r\n=1+1",
    "＝1+1",
    'x;=1+1;"',
    "$(touch /tmp/hacked) `id` ; rm -rf ~ && $HOME",
    "a\x00b\x1b[31mred\x07",
    "\u202egnp.exe\u2066",
    "lone \ud800 half",
    "x" * 5000,
    "名前 模型 العربية",
    "",
)


def named(plan: Plan, name: str) -> Plan:
    assert plan.command is not None
    argv = ("llama-server", "-m", f"./{name}.gguf".replace("\x00", ""), "-c", "8192")
    return replace(
        plan,
        model_id=f"user/{name}",
        model_name=name,
        provenance="user",
        quant=name[:200],
        reasons=(name,),
        score=name,
        command=replace(plan.command, argv=argv, notes=(name,)),
        devices=tuple(replace(d, accelerator=name) for d in plan.devices),
        alternatives=(),
    )


def hostile_machine(machine: Machine, name: str) -> Machine:
    return replace(
        machine,
        name=name,
        gpus=tuple(replace(g, name=name, accelerator=name, driver=name) for g in machine.gpus),
        notes=(name,),
    )


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_that_a_hostile_name_is_only_text_in_html(name: str, plan: Plan, bench: Machine) -> None:
    harmless = Page(render_html(named(plan, "name"), hostile_machine(bench, "name"), DATE, WISHES))
    page = Page(render_html(named(plan, name), hostile_machine(bench, name), DATE, WISHES))
    kinds = {tag for tag, _ in page.tags}
    assert kinds - {"a", "wbr"} == {tag for tag, _ in harmless.tags} - {"a", "wbr"}
    for _, attributes in page.tags:
        assert not any(a.startswith("on") or a == "src" for a in attributes)
    if name.startswith("<script"):
        assert name in page.text
    assert not set(page.text) & set("\x00\x1b\x07\u202e\u2066\ud800")


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("kind", ["plan", "comparison", "ranking"])
def test_that_a_hostile_name_starts_no_formula_in_csv(
    name: str, kind: str, plan: Plan, bench: Machine
) -> None:
    given = [named(plan, name)] * (1 if kind == "plan" else 2)
    text = render_csv(given, hostile_machine(bench, name), DATE, WISHES, kind)  # type: ignore[arg-type]
    rows = list(csv.reader(io.StringIO(text)))
    assert len({len(r) for r in rows}) == 1
    for cell in (c for row in rows for c in row):
        try:
            float(cell)
        except ValueError:
            assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "＝")), cell
        assert "\n" not in cell


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_that_a_hostile_name_stays_in_its_place_in_markdown(name: str, plan: Plan, bench: Machine) -> None:
    # list items are left out: a quote in a name adds the caveat about old PowerShell
    prose: list[str] = []

    def outline(text: str) -> list[str]:
        prose.clear()
        lines, fenced = [], ""
        for line in text.splitlines():
            ticks = line[: len(line) - len(line.lstrip("`"))]
            if fenced:
                fenced = "" if line == fenced else fenced
                continue
            if len(ticks) >= 3:
                fenced = ticks
                continue
            prose.append(line)
            if line.startswith("|"):
                lines.append(f"row {line.replace(chr(92) * 2, '').replace(chr(92) + '|', '').count('|')}")
            elif line.startswith(("#", "> ", "---")):
                lines.append(line.split(" ")[0])
        assert not fenced
        return lines

    plain = render_markdown(named(plan, "name"), hostile_machine(bench, "name"), DATE, WISHES)
    text = render_markdown(named(plan, name), hostile_machine(bench, name), DATE, WISHES)
    if name:
        assert outline(text) == outline(plain)
    for line in prose:
        assert "<" not in line.replace("\\<", "")
        assert "](" not in line.replace("\\]", "")


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_that_a_hostile_name_round_trips_through_json(name: str, plan: Plan, bench: Machine) -> None:
    text = render_json(named(plan, name), hostile_machine(bench, name), DATE, WISHES)
    text.encode("utf-8")
    assert json.loads(text)["model"]["name"] == name.replace("\ud800", "\ufffd")


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_that_the_command_of_a_report_gives_its_arguments_back_in_bash(plan: Plan, bench: Machine) -> None:
    for name in HOSTILE:
        if any(c in name for c in "\x00\x1b\x07\u202e\ud800\r\n\t") or len(name) > 1000:
            continue  # such characters are shown as U+FFFD
        page = Page(render_html(named(plan, name), bench, DATE, WISHES))
        code = "".join(page.words).partition("llama-server")[2].partition("PowerShell 7")[0]
        done = subprocess.run(
            ["bash", "-c", f"printf '%s\\0' llama-server{code}"], capture_output=True, text=True, check=True
        )
        assert done.stdout.split("\0")[:3] == ["llama-server", "-m", f"./{name}.gguf"]


def test_that_random_names_never_leave_their_cell() -> None:
    chooser = random.Random(7)
    letters = "ab=+-@|;\"'\t\r\n `*_[]()<>#~&$\\{}!:/.1\x00\u202e"
    for _ in range(10_000):
        name = "".join(chooser.choice(letters) for _ in range(chooser.randrange(1, 14)))
        cell = text_cell(name)
        assert cell[:1] not in ("=", "+", "-", "@", "\t", "\r")
        line = escape(name)
        assert "\n" not in line
        bare = line.replace("\\\\", "")
        assert all(bare[i - 1] == "\\" for i, c in enumerate(bare) if c in "|`<[*")
        block = fence(name, "sh").splitlines()
        assert block[-1] == block[0].removesuffix("sh")
        assert block[-1] not in block[1:-1]


def test_that_shell_words_survive_packing_into_lines(plan: Plan) -> None:
    from planner.commands.shell_quoting import Shell, split_command
    from planner.report.plan_parts import command_text

    assert plan.command is not None
    words = ("llama-server", *(f"--flag-{i} value {i}" for i in range(40)))
    command = replace(plan.command, argv=words)
    text = command_text(command, Shell.POSIX)
    assert text is not None
    assert tuple(split_command(text, Shell.POSIX)) == words
    assert max(len(line) for line in text.splitlines()) <= 90


@pytest.mark.parametrize("form", sorted(RENDERERS))
def test_that_every_format_can_be_stored_as_utf_8(form: str, plan: Plan, bench: Machine) -> None:
    for name in HOSTILE:
        RENDERERS[form](named(plan, name), hostile_machine(bench, name), DATE, WISHES).encode("utf-8")


def test_that_the_title_is_the_name_in_full(plan: Plan, bench: Machine) -> None:
    name = "<b>x</b> & 'y'"
    assert f"{name} " in text_of(render_html(named(plan, name), bench, DATE, WISHES))


NAMES = st.one_of(
    st.text(max_size=40),
    st.text(
        st.sampled_from(list("ab=+-@|;\"'\t\r\n `*_[]()<>#~&$\\{}!:/.1\x00\u202e\ufeff\ud800＝－")),
        max_size=16,
    ),
)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=NAMES)
def test_that_any_name_is_harmless_in_every_format(name: str, plan: Plan, bench: Machine) -> None:
    user, machine = named(plan, name), hostile_machine(bench, name)
    page = Page(render_html(user, machine, DATE, WISHES))
    assert not {tag for tag, _ in page.tags} & {"script", "img", "iframe", "object", "form", "base", "link"}
    for tag, attributes in page.tags:
        assert not any(
            a.startswith("on") or (a in ("src", "srcset", "style") and tag == "a") for a in attributes
        )
        assert str(attributes.get("href", "https://")).startswith("https://") or tag != "a"
    rows = list(csv.reader(io.StringIO(render_csv(user, machine, DATE, WISHES))))
    assert {len(row) for row in rows} == {7}
    for cell in (c for row in rows for c in row):
        if cell.lstrip(" ")[:1] in tuple("=+-@\t\r＝－") and cell.strip():
            float(cell)
    assert json.loads(render_json(user, machine, DATE, WISHES))["quant"] is not None
    fence_open = ""
    for line in render_markdown(user, machine, DATE, WISHES).splitlines():
        ticks = line[: len(line) - len(line.lstrip("`"))]
        if fence_open:
            fence_open = "" if line == fence_open else fence_open
        elif len(ticks) >= 3:
            fence_open = ticks
        else:
            assert "<" not in line.replace("\\<", "")
    assert not fence_open
