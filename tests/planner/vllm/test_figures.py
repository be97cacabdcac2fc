"""The list and the map under vLLM: the figures of the plans themselves, and the better of two engines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.catalogue_view import CatalogueView, evaluate_view
from planner.fit_class import FitClass
from planner.hardware.what_if import machine_from_options
from planner.library import Library, load_library
from planner.machine import Machine
from planner.model_facts import facts_of
from planner.report.view_ranking import plans_of_view
from planner.view_data import Filters, list_order
from planner.vllm.figures import FORMS, answer_rows
from planner.vllm.list_view import BESIDE, figures_for, served_facts, served_view, waiting_rows
from planner.vllm.map_rows import answer_lines, empty_map, with_lines
from planner.vllm.rank import rank_any, rank_vllm
from planner.wishes import Wishes

SOME = (
    "Qwen/Qwen3-30B-A3B",
    "openai/gpt-oss-120b",
    "meta-llama/Llama-3.1-8B-Instruct",
    "google/gemma-3-27b-it",
)


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def machine(*gpus: str) -> Machine:
    found = machine_from_options(gpus=gpus, ram_gib=64, ram_bandwidth=83)
    assert found is not None
    return found


def view_of(library: Library, own: Machine, wishes: Wishes, rows: list[int], both: bool) -> CatalogueView:
    facts = facts_of(library)
    base = evaluate_view(library, facts, own, wishes)
    figures = figures_for(base)
    figures.take(answer_rows(library, own, wishes, rows))
    figures.done[:] = True
    return served_view(library, base, served_facts(library, facts), figures, both)


def test_that_the_list_shows_the_bytes_and_speeds_of_the_plans(library: Library) -> None:
    own, wishes = machine("2x RTX 3090"), Wishes(engine="vllm", n_ctx=16384)
    rows = [library.rows[i] for i in SOME]
    view = view_of(library, own, wishes, rows, both=False)
    from planner.engine_plan import vllm_plan

    for row in rows:
        plan = vllm_plan(library, own, wishes, library.columns.ids[row])
        at = (row, int(view.best[row]))
        assert view.facts.quants[at[1]] == plan.quant
        assert (view.fit[at] != FitClass.NONE) == (plan.fits is True)
        gpus = [d for d in plan.devices if d.kind == "gpu"]
        for bar, device, shown in zip(view.bars[at], gpus, view.devices, strict=False):
            assert bar.sum() - shown.others == pytest.approx(device.total_bytes)
        speed = plan.throughput.decode_tps if plan.throughput is not None else None
        if speed is not None:
            assert (view.decode_p10[at], view.decode_p50[at], view.decode_p90[at]) == (
                speed.p10,
                speed.p50,
                speed.p90,
            )
        else:
            assert np.isnan(view.decode_p50[at])


@pytest.fixture
def only_some(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rankings are of a few models: all of them take half a minute."""
    monkeypatch.setattr("planner.vllm.rank.suits", lambda model, use: model.id in SOME)


@pytest.mark.usefixtures("only_some")
def test_that_both_engines_take_the_one_the_ranking_takes(library: Library) -> None:
    own, wishes = machine("RTX 4090"), Wishes(engine="any")
    rows = [library.rows[i] for i in SOME]
    view = view_of(library, own, wishes, rows, both=True)
    plans, _, _ = rank_any(library, own, wishes, only_fitting=False)
    engines = {p.model_id: (p.engine, p.quant) for p in plans}
    for row in rows:
        name = view.facts.quants[int(view.best[row])]
        engine = "vllm" if name.startswith(BESIDE) else "llama.cpp"
        assert (engine, name.removeprefix(BESIDE)) == engines[library.columns.ids[row]]
    assert {e for e, _ in (engines[i] for i in SOME)} == {"vllm", "llama.cpp"}


def test_that_models_wait_in_the_order_of_the_list_and_the_screen_comes_first(library: Library) -> None:
    own, wishes = machine("RTX 4090"), Wishes(engine="vllm")
    facts = facts_of(library)
    base = evaluate_view(library, facts, own, wishes)
    figures = figures_for(base)
    first = [7, 3]
    rows = waiting_rows(base, figures, first)
    assert rows[:2] == first
    assert rows[2] == int(np.argmin(base.rank))
    figures.take(answer_rows(library, own, wishes, rows, seconds=0.0))
    assert waiting_rows(base, figures, first)[0] == 3
    view = served_view(library, base, served_facts(library, facts), figures, both=False)
    assert view.waiting is not None
    assert not view.waiting[7]
    assert int(view.waiting.sum()) == len(facts.ids) - 1
    assert not view.settled


def test_that_a_gpu_vllm_does_not_run_on_answers_every_model_with_why(library: Library) -> None:
    own, wishes = machine("none"), Wishes(engine="vllm")
    rows = list(range(len(library.columns.ids)))
    view = view_of(library, own, wishes, rows, both=False)
    assert (view.fit == FitClass.NONE).all()
    assert all("llama.cpp" in why for why in view.why_not)


def test_that_the_map_holds_the_list_at_its_context_and_llama_cpp_beside(library: Library) -> None:
    own, wishes = machine("RTX 4090"), Wishes(engine="any", n_ctx=32768)
    rows = [library.rows[i] for i in SOME]
    view = view_of(library, own, wishes, rows, both=True)
    at = np.array(rows)
    quants = view.best[at]
    grid = empty_map(library, view, at, quants)
    served = np.array([view.facts.quants[q].startswith(BESIDE) for q in quants.tolist()])
    assert grid.waiting is not None
    assert grid.waiting.tolist() == served.tolist()
    grid = with_lines(grid, answer_lines(library, view, grid))
    assert grid.waiting is None
    column = grid.contexts.index(32768)
    assert grid.fit[:, column].tolist() == view.fit[at, quants].tolist()
    fits = grid.fit[:, column] != FitClass.NONE
    assert grid.decode_p50[fits, column] == pytest.approx(
        view.decode_p50[at, quants][fits], nan_ok=True, rel=1e-6
    )
    for line in np.flatnonzero(served).tolist():
        on_gpu = grid.fit[line] <= FitClass.TIGHT
        assert int(grid.last_on_gpu[line]) == (len(on_gpu) if on_gpu.all() else int(np.argmin(on_gpu)))


def test_that_the_report_of_the_list_holds_the_plans_of_the_engine_shown(library: Library) -> None:
    own, wishes = machine("RTX 4090"), Wishes(engine="any")
    rows = [library.rows[i] for i in SOME]
    view = view_of(library, own, wishes, rows, both=True)
    order = replace(list_order(view, Filters()), rows=np.array(rows))
    for plan, row in zip(plans_of_view(library, view, order), rows, strict=True):
        name = view.facts.quants[int(view.best[row])]
        assert plan.quant == name.removeprefix(BESIDE)
        assert plan.engine == ("vllm" if name.startswith(BESIDE) else "llama.cpp")


@pytest.mark.usefixtures("only_some")
def test_that_every_format_is_a_column_and_the_ranking_is_the_same(library: Library) -> None:
    own, wishes = machine("RTX 4090"), Wishes(engine="vllm")
    rows = [library.rows[i] for i in SOME]
    figures = {library.columns.ids[a.row]: a for a in answer_rows(library, own, wishes, rows)}
    ranked = {p.model_id: p for p in rank_vllm(library, own, wishes) if p.model_id in SOME}
    for model_id, answer in figures.items():
        assert {f.form for f in answer.forms} <= set(FORMS)
        assert answer.best == ranked[model_id].quant
        assert answer.place.reason == ranked[model_id].score
