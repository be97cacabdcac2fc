from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.cells import evaluate_catalogue, plan_of_cell
from planner.choice import ACCEPTABLE_LOSS
from planner.fit_plan import plan_model
from planner.library import Library
from planner.machine import Machine
from planner.ranking import Ranked, rank_models
from planner.wishes import Wishes

MACHINES = ("no_gpu", "desktop", "server")


def ranking(library: Library, machine: Machine, wishes: Wishes) -> list[Ranked]:
    found, best = evaluate_catalogue(library, machine, wishes)
    return rank_models(library, found, best, wishes)


@pytest.mark.parametrize("name", MACHINES)
def test_that_the_top_fits_is_fast_enough_and_is_no_tiny_model(
    library: Library, name: str, request: pytest.FixtureRequest
) -> None:
    machine, wishes = request.getfixturevalue(name), Wishes()
    found, best = evaluate_catalogue(library, machine, wishes)
    ranked = rank_models(library, found, best, wishes)
    assert len(ranked) == len(library.columns.ids)
    for entry in ranked[:10]:
        assert entry.fits
        assert found.decode_p50[entry.row, entry.quant] >= wishes.min_decode_tps
        assert library.columns.work.total_parameters[entry.row] >= 3.5e9
        plan = plan_of_cell(library, found, entry.row, entry.quant, wishes)
        room = sum(d.capacity_bytes or 0 for d in plan.devices)
        assert sum(d.model_bytes for d in plan.devices) < room
        assert plan.provenance == "published"


def test_that_scored_models_come_by_score_and_unscored_ones_say_so(
    library: Library, desktop: Machine
) -> None:
    ranked = ranking(library, desktop, Wishes())
    good = [r for r in ranked if r.fits and not r.reason.startswith(("below", "only", "trained", "speed"))]
    scores = [r.score for r in good if r.score is not None]
    assert scores == sorted(scores, reverse=True)
    first_unscored = next(i for i, r in enumerate(good) if r.score is None)
    assert all(r.score is None for r in good[first_unscored:])
    assert all(r.reason.startswith("no score; ") for r in good[first_unscored:])


def test_that_a_higher_minimum_speed_moves_slow_models_down(library: Library, desktop: Machine) -> None:
    slow = ranking(library, desktop, Wishes())[0]
    found, _ = evaluate_catalogue(library, desktop, Wishes())
    speed = float(found.decode_p50[slow.row, slow.quant])
    strict = ranking(library, desktop, replace(Wishes(), min_decode_tps=speed * 3))
    assert strict[0].row != slow.row


def test_that_what_does_not_fit_comes_last_nearest_first(library: Library, no_gpu: Machine) -> None:
    found, best = evaluate_catalogue(library, no_gpu, Wishes())
    ranked = rank_models(library, found, best, Wishes())
    fits = [r.fits for r in ranked]
    assert fits == sorted(fits, reverse=True)
    missing = [float(found.placed.shortfall[r.row, r.quant]) for r in ranked if not r.fits]
    assert missing == sorted(missing)


@pytest.mark.parametrize("objective", ["quality", "speed", "context"])
def test_that_a_model_that_fits_in_no_way_is_shown_at_the_quantization_that_misses_least(
    library: Library, desktop: Machine, objective: str
) -> None:
    wishes = replace(Wishes(), objective=objective)
    found, best = evaluate_catalogue(library, desktop, wishes)
    seen = 0
    for row, model_id in enumerate(library.columns.ids):
        offered = [library.quants[q] for q in library.offered(library.models[model_id])]
        short = found.placed.shortfall[row, offered]
        if len(offered) > 1 and not found.fits[row, offered].any() and np.isfinite(short).all():
            assert found.placed.shortfall[row, best[row]] == short.min()
            seen += 1
    assert seen > 10
    plan = plan_model(
        library, library.models["deepseek-ai/DeepSeek-V3"], desktop, Wishes(), library.find_quant("Q8_0")
    )
    needs = [sum(d.total_bytes for d in a.devices) for a in plan.alternatives]
    assert needs == sorted(needs), "the alternative that misses least comes first"
    assert needs[-1] < sum(d.total_bytes for d in plan.devices)


def test_that_heavy_quantization_is_never_chosen_where_a_usable_one_runs(
    library: Library, desktop: Machine
) -> None:
    wishes = Wishes()
    found, best = evaluate_catalogue(library, desktop, wishes)
    loss = np.nan_to_num(library.losses)
    runs = found.fits & (found.decode_p50 >= wishes.min_decode_tps) & (loss <= ACCEPTABLE_LOSS)[None, :]
    offered = np.zeros_like(runs)
    for row, model_id in enumerate(library.columns.ids):
        for quant in library.offered(library.models[model_id]):
            offered[row, library.quants[quant]] = True
    could = (runs & offered).any(axis=-1)
    assert (loss[best][could] <= ACCEPTABLE_LOSS).all()


@pytest.mark.parametrize("use", ["code", "vision", "long"])
def test_that_other_uses_order_by_their_own_benchmark(library: Library, desktop: Machine, use: str) -> None:
    ranked = ranking(library, desktop, replace(Wishes(), use=use))
    assert ranked
    if use == "vision":
        assert all("image" in library.models[library.columns.ids[r.row]].modality for r in ranked)
