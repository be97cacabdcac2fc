"""Reports in the second language: complete, names, commands and sources as they are; CSV and JSON stay English."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication
from ui_support import MODEL, WAIT_MS, described, select

from models_db.catalogue import load_catalogue
from planner import words
from planner.cells import evaluate_catalogue, plan_of_cell
from planner.explain import CARDS, SOURCE_TREE
from planner.fit_plan import plan_model
from planner.hardware.what_if import machine_from_options
from planner.library import Library
from planner.machine import Machine
from planner.plan import Plan
from planner.ranking import rank_models
from planner.report import RENDERERS, render_csv, render_html, render_json, render_markdown
from planner.report.blocks import Code, Document
from planner.report.compose import compose
from planner.report.facts import legal_facts, licence_facts
from planner.vllm.plan import plan_vllm
from planner.wishes import Wishes
from planner.words import ENGLISH, Language, say, speaking
from ui import launch
from ui.language import forget_language, use_language
from ui.main_window import MainWindow
from ui.report_layout import A4
from ui.report_pages import lay_out
from ui.translations.catalogue import language_named

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

DATE = "2026-11-25"
WISHES = Wishes(n_ctx=16384)
HAN = re.compile("[\u4e00-\u9fff]")
WORD = r"[A-Za-z][a-z'’]+"
SENTENCE = re.compile(rf"(?<![\w./:_-]){WORD}(?:[ ,;:()]+{WORD}){{2,}}")
"""Three English words in a row."""
SHELLS = "sh, bash, zsh, fish"
CASES = ("plan", "several", "misfit", "vllm", "no_gpu", "comparison", "ranking")


@pytest.fixture(scope="module")
def chinese() -> Language:
    return language_named("zh_CN")


@pytest.fixture(scope="module")
def asked(library: Library) -> dict[str, tuple[Any, Machine, Wishes, str]]:
    """Plans, machine, question and kind of each case."""
    bench, pair = (
        machine_from_options(("RTX 4090",), 64, 80),
        machine_from_options(("RTX 4090", "RTX 3060"), 64),
    )
    bare = machine_from_options((), 32)
    assert bench is not None
    assert pair is not None
    assert bare is not None

    def best(name: str, machine: Machine, wishes: Wishes = WISHES, quant: str | None = None) -> Plan:
        model = library.find_model(name).model
        return plan_model(library, model, machine, wishes, library.find_quant(quant) if quant else None)

    served = replace(WISHES, engine="vllm")
    users = replace(WISHES, n_parallel=4)
    first, misfit = best("gpt-oss-120b", bench), best("DeepSeek-V3", bench, quant="Q4_K_M")
    found, chosen = evaluate_catalogue(library, bench, WISHES)
    rows = rank_models(library, found, chosen, WISHES)
    rows = [*[r for r in rows if r.fits][:60:5], *[r for r in rows if not r.fits][:2]]
    ranked = [replace(plan_of_cell(library, found, r.row, r.quant, WISHES), score=r.reason) for r in rows]
    vllm = plan_vllm(library.catalogue, library.find_model("Qwen3-8B").model, bench, served)
    return {
        "plan": (first, bench, WISHES, "plan"),
        "several": (best("Llama-3.1-8B", pair, users), pair, users, "plan"),
        "misfit": (misfit, bench, WISHES, "plan"),
        "vllm": (vllm, bench, served, "plan"),
        "no_gpu": (best("Qwen3-8B", bare), bare, WISHES, "plan"),
        "comparison": ([first, best("gemma-3-27b", bench), misfit], bench, WISHES, "comparison"),
        "ranking": (ranked, bench, WISHES, "ranking"),
    }


def document(case: tuple[Any, Machine, Wishes, str], language: Language = ENGLISH) -> Document:
    plans, machine, wishes, kind = case
    return compose(plans, machine, DATE, wishes, kind, language)  # type: ignore[arg-type]


def texts(part: Any, pictures: bool = False) -> Iterator[str]:
    """Every text of a document, those inside pictures where asked; not the commands."""
    if isinstance(part, Code):
        yield part.title
    elif isinstance(part, str):
        if part.startswith("<svg") and pictures:
            yield from map(html.unescape, re.findall(r'(?:>|aria-label=")([^<>"]+)(?:</text>|")', part))
        elif not part.startswith("<svg"):
            yield part
    elif isinstance(part, tuple):
        for item in part:
            yield from texts(item, pictures)
    elif is_dataclass(part):
        for field in fields(part):
            if field.name not in ("kind", "language", "swatch", "tone"):
                yield from texts(getattr(part, field.name), pictures)


def names(plans: Any, machine: Machine) -> set[str]:
    """What is never translated: names, titles of licences, sources, commands, quantities of the program."""
    found = {
        SOURCE_TREE,
        SHELLS,
        "Built with Llama",
        "Built with Meta Llama 3",
        machine.name,
        *(e.name for e in machine.engines),
        "Hardware Fit Planner",
    }
    for gpu in machine.gpus:
        found |= {gpu.name, gpu.accelerator or "", gpu.generation or ""}
    for fact in legal_facts():
        found |= {fact.source, fact.date}
    for card in CARDS.values():
        found |= set(card.sources)
    for model in load_catalogue().models:
        found |= {s.source for s in model.sources} | {model.name, model.id}
    for plan in plans if isinstance(plans, list) else [plans]:
        licence = licence_facts(plan)
        found |= {licence.name, licence.id, licence.source, licence.model_source, plan.quant or ""}
        found |= {plan.engine, plan.backend, plan.engine_version, *(a.quant or "" for a in plan.alternatives)}
        found |= {source for term in plan.terms for source in term.sources}
        for device in plan.devices:
            found |= {device.name, device.accelerator or "", *(p.source for p in device.outside)}
        for command in (plan.command, *plan.commands):
            if command is not None:
                found |= {command.engine_versions, *(f"{n.flag} {n.value}" for n in command.flags)}
                found |= {n.flag for n in command.flags}
    return {str(name) for name in found if name}


def without(text: str, known: list[str]) -> str:
    """A text without the names in it, longest first."""
    for name in known:
        text = text.replace(name, "#")
    return text


@pytest.mark.parametrize("case", CASES)
def test_that_a_chinese_report_says_everything_in_chinese(
    case: str, asked: dict[str, tuple[Any, Machine, Wishes, str]], chinese: Language
) -> None:
    said = list(texts(document(asked[case], chinese), pictures=True))
    known = sorted(names(*asked[case][:2]), key=len, reverse=True)
    assert len(said) > 150
    assert sum(bool(HAN.search(text)) for text in said) > 100
    assert [text for text in said if SENTENCE.search(without(text, known))] == []
    assert {text for text in said if text in translated()} == set(), (
        "these are said in another way in Chinese"
    )


def translated() -> set[str]:
    """Texts whose translation differs."""
    from ui.translations.catalogue import FOLDER, read_texts

    return {text for text, other in read_texts(FOLDER / "ui_zh_CN.ts").items() if other != text}


@pytest.mark.parametrize("case", CASES)
def test_that_commands_and_numbers_are_the_same_in_both_languages(
    case: str, asked: dict[str, tuple[Any, Machine, Wishes, str]], chinese: Language
) -> None:
    here, there = document(asked[case]), document(asked[case], chinese)

    def codes(made: Document) -> list[str]:
        return [b.text for s in made.sections for b in s.blocks if isinstance(b, Code)]

    assert codes(here) == codes(there)
    figures = re.compile(r"\d[\d,.]*(?: ?(?:GiB|MiB|GB/s|ms))")
    english = sorted(f for text in texts(here) for f in figures.findall(text))
    assert len(english) > 10
    assert english == sorted(f for text in texts(there) for f in figures.findall(text))


@pytest.mark.parametrize("case", ["plan", "ranking"])
def test_that_the_language_is_named_in_the_page_and_only_there(
    case: str, asked: dict[str, tuple[Any, Machine, Wishes, str]], chinese: Language
) -> None:
    plans, machine, wishes, kind = asked[case]
    page = render_html(plans, machine, DATE, wishes, kind, chinese)  # type: ignore[arg-type]
    assert '<html lang="zh-CN">' in page
    assert page == render_html(plans, machine, DATE, wishes, kind, chinese)  # type: ignore[arg-type]
    assert '<html lang="en">' in render_html(plans, machine, DATE, wishes, kind)  # type: ignore[arg-type]
    assert "硬件适配" in page
    text = render_markdown(plans, machine, DATE, wishes, kind, chinese)  # type: ignore[arg-type]
    assert "## 机器" in text
    assert "## Machine" not in text


def test_that_files_for_programs_are_english_whatever_the_thread_speaks(
    asked: dict[str, tuple[Any, Machine, Wishes, str]], chinese: Language
) -> None:
    plan, machine, wishes, _ = asked["several"]
    plain = {form: RENDERERS[form](plan, machine, DATE, wishes) for form in RENDERERS}
    with speaking(chinese):
        words.use_separators(",", ".")
        spoken = {form: RENDERERS[form](plan, machine, DATE, wishes) for form in RENDERERS}
        assert words.language() is chinese, "what the thread spoke before, it speaks afterwards"
        assert words.separators() == (",", ".")
    assert spoken == plain
    assert not HAN.search(render_json(plan, machine, DATE, wishes))
    assert not HAN.search(render_csv(plan, machine, DATE, wishes))


def test_that_pages_are_numbered_in_the_language(
    asked: dict[str, tuple[Any, Machine, Wishes, str]], chinese: Language, qapp: object
) -> None:
    pages = lay_out(document(asked["plan"], chinese), A4)
    assert pages.document.page_words.format(page=2, pages=5) == "第 2 页，共 5 页"
    assert "内存用在哪里" in pages.text(0)


def test_that_names_with_braces_and_markup_come_out_as_they_are(
    asked: dict[str, tuple[Any, Machine, Wishes, str]], chinese: Language
) -> None:
    plan, machine, wishes, _ = asked["plan"]
    hostile = "{0} {x!r} <b>%s</b> 模型"
    page = render_html(replace(plan, model_name=hostile), machine, DATE, wishes, None, chinese)
    assert html.escape(hostile) in page
    assert "<b>%s" not in page


def test_that_a_text_without_a_translation_is_said_in_english(chinese: Language) -> None:
    with speaking(chinese):
        assert words.shown(say("Machine")) == "机器"
        speaker = chinese.speaker
        assert speaker is not None
        assert speaker("never translated") == "never translated"
    assert words.shown(say("Machine")) == "Machine"


def test_that_the_command_line_writes_the_language_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ask = ["report", "plan", "Qwen3-8B", "--gpu", "RTX 4090", "--ram", "64", "--date", DATE]
    page = tmp_path / "plan.html"
    assert launch.main([*ask, "--language", "zh_CN", "--out", str(page)]) == 0
    assert '<html lang="zh-CN">' in page.read_text(encoding="utf-8")
    assert capsys.readouterr().out.startswith("wrote "), "the command line itself speaks English"
    assert launch.main([*ask, "--language", "xx", "--out", str(tmp_path / "x.html")]) == 1
    assert "valid are en, zh_CN" in capsys.readouterr().err
    assert launch.main([*ask, "--language", "zh_CN", "--out", str(tmp_path / "x.csv")]) == 2
    assert "always English" in capsys.readouterr().err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["plan.html"]
    assert launch.main([*ask, "--out", str(tmp_path / "plan.json")]) == 0
    assert json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))["report"]["date"] == DATE


def test_that_translations_are_read_without_qt() -> None:
    code = (
        "import sys; from ui.translations.catalogue import language_named; language_named('zh-cn'); "
        "sys.exit(any(name.startswith('PySide6') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_that_a_chinese_window_shows_and_writes_chinese_reports(
    make_window: Callable[..., MainWindow], qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    use_language(qapp, "zh_CN", QLocale("de_DE"))
    try:
        window = make_window(described())
        select(window, qtbot, MODEL)
        window.actions_by_key["export"].trigger()
        report = window.report
        assert report is not None
        qtbot.waitUntil(lambda: not report.busy and report.pages.report is not None, timeout=WAIT_MS)
        pages = report.pages.report
        assert pages is not None
        assert "内存用在哪里" in pages.text(0)
        assert "22,7" not in pages.text(0), "a report has a decimal point, as its glossary says"
        for name in ("plan.md", "plan.json", "plan.csv"):
            report.save_to(tmp_path / name)
            qtbot.waitUntil(lambda: not report.busy, timeout=WAIT_MS)
        assert "## 内存用在哪里" in (tmp_path / "plan.md").read_text(encoding="utf-8")
        for name in ("plan.json", "plan.csv"):
            assert not HAN.search((tmp_path / name).read_text(encoding="utf-8"))
    finally:
        forget_language(qapp)
