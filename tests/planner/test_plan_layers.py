"""Where the layers of a plan are, also when patterns of -ot move experts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.hardware.what_if import machine_from_options
from planner.library import Library
from planner.machine import Machine
from planner.plan import Plan
from planner.plan_layers import (
    layer_places,
    layers_in_words,
    layers_split_between,
    n_layers_with_experts_in_ram,
)
from planner.shown_plan import plan_for
from planner.wishes import Wishes

MODEL = "Qwen/Qwen3-30B-A3B"


def described(*gpus: str, ram: float) -> Machine:
    """A machine from the accelerator table."""
    machine = machine_from_options(gpus, ram, 80)
    assert machine is not None
    return machine


@pytest.fixture(scope="module")
def plan(library: Library, desktop: Machine) -> Plan:
    """A model with 48 layers of experts, all on one GPU."""
    return plan_for(library, desktop, Wishes(), MODEL)


def with_settings(plan: Plan, **settings: object) -> Plan:
    return replace(plan, settings=plan.settings | settings)


def test_that_the_first_layers_lose_their_experts_to_ram(plan: Plan) -> None:
    places = layer_places(with_settings(plan, n_cpu_moe=5))
    assert [p.experts for p in places] == ["ram"] * 5 + ["gpu"] * 43
    assert n_layers_with_experts_in_ram(places) == 5
    assert layers_in_words(places) == "48 layers: 0–47 on GPU 0; experts of 0–4 in RAM"


def test_that_a_pattern_moves_single_matrices_or_whole_blocks(plan: Plan) -> None:
    rules = [
        ["blk.40.ffn_down_exps", "CPU"],
        [r"blk\.(45|46|47)\.ffn_(up|down|gate|gate_up)_(ch|)exps", "CPU"],
    ]
    places = layer_places(with_settings(plan, override_tensor=rules))
    assert places[40].experts == "split"
    assert layers_split_between(places) == 1
    assert n_layers_with_experts_in_ram(places) == 4
    assert [p.experts for p in places[45:]] == ["ram"] * 3
    assert {p.experts for i, p in enumerate(places) if i not in (40, 45, 46, 47)} == {"gpu"}


def test_that_the_first_matching_pattern_counts(plan: Plan) -> None:
    rules = [["blk.7.ffn_.*_exps", "CUDA0"], ["ffn_.*_exps", "CPU"]]
    places = layer_places(with_settings(plan, override_tensor=rules))
    assert places[7].experts == "gpu"
    assert places[8].experts == "ram"


def test_that_dense_layers_of_a_model_with_experts_have_none(library: Library) -> None:
    plan = plan_for(library, described("8x H100", ram=512), Wishes(), "deepseek-ai/DeepSeek-V3")
    places = layer_places(plan)
    assert [p.experts for p in places[:4]] == ["none", "none", "none", "gpu"]
    held = [p.gpus[0] for p in places]
    assert held == sorted(held)
    assert set(held) == set(range(8))


def test_that_layers_without_a_gpu_are_in_ram(library: Library, no_gpu: Machine) -> None:
    places = layer_places(plan_for(library, no_gpu, Wishes(), MODEL))
    assert all(p.gpus == () and p.experts == "ram" for p in places)
    assert layers_in_words(places) == "48 layers: 0–47 in RAM"
