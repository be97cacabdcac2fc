from __future__ import annotations

import numpy as np
import pytest

from planner.fit_plan import plan_model
from planner.formulas.layer_placement import LayerBoundaries
from planner.hardware.what_if import machine_from_options
from planner.library import Library
from planner.override_tensor import tensor_weights
from planner.partial_block import last_blocks, last_blocks_and_part, partial_blocks
from planner.settings import LlamaSettings
from planner.settings_plan import plan_settings, quant_column
from planner.wishes import Wishes

MOE = "Qwen/Qwen3-30B-A3B"
N_BLOCKS = 48


def on_one_gpu() -> LayerBoundaries:
    return LayerBoundaries(np.array([[[0, 0, N_BLOCKS + 1]]], dtype=np.int64))


def test_that_parts_of_a_block_come_from_most_kept_to_least() -> None:
    parts = list(partial_blocks(tensor_weights(MOE, "Q8_0"), on_one_gpu(), 15))
    kept = [part.kept_bytes for part in parts]
    assert kept == sorted(kept, reverse=True)
    assert {part.n_cpu_moe for part in parts} == {14}
    assert parts[0].overrides == ()
    matrix = 128 * 2048 * 768 * 34 / 32
    assert kept == pytest.approx([3 * matrix, *[2 * matrix] * 3, *[matrix] * 3], rel=1e-5)


def test_that_nothing_is_offered_where_no_experts_are_away() -> None:
    assert not list(partial_blocks(tensor_weights(MOE, "Q8_0"), on_one_gpu(), 0))


def test_that_single_matrices_fill_what_whole_blocks_leave(library: Library) -> None:
    machine = machine_from_options(("RTX 4090",), 64, 80)
    assert machine is not None
    model = library.find_model(MOE).model
    plan = plan_model(library, model, machine, Wishes(n_ctx=4096), library.find_quant("Q8_0"), brief=True)
    assert plan.settings["override_tensor"]
    gpu = plan.devices[0]
    matrix = 128 * 2048 * 768 * 34 / 32
    assert 0 <= (gpu.usable_bytes or 0) - gpu.total_bytes + gpu.overhead_bytes < matrix
    assert plan.command is not None
    assert "-ot" in plan.command.argv


@pytest.mark.parametrize(
    ("model_id", "quant"), [("Qwen/Qwen2.5-Coder-32B-Instruct", "Q4_K_M"), (MOE, "Q8_0")]
)
def test_that_the_longest_context_is_longer_than_one_asked(
    library: Library, model_id: str, quant: str
) -> None:
    machine = machine_from_options(("RTX 4090",), 32, 80)
    assert machine is not None
    model, scheme = library.find_model(model_id).model, library.find_quant(quant)
    asked = Wishes(n_ctx=8192)
    plan = plan_model(library, model, machine, asked, scheme, brief=True)
    longest = plan_model(library, model, machine, Wishes(n_ctx=8192, objective="context"), scheme, brief=True)
    assert plan.fits
    assert longest.fits
    assert (longest.n_ctx or 0) > (plan.n_ctx or 0)


def test_that_the_last_blocks_are_named_by_one_pattern_that_takes_their_experts_and_nothing_else() -> None:
    tensors = tensor_weights(MOE, "Q8_0")
    ((pattern, buffer),) = last_blocks(tensors, 3)
    assert buffer == "CPU"
    taken = tensors.matches(pattern)
    assert (taken == (tensors.experts & (tensors.layer >= N_BLOCKS - 3))).all()
    assert last_blocks(tensors, 0) == ()


def test_that_part_of_the_first_of_the_last_blocks_can_stay() -> None:
    tensors = tensor_weights(MOE, "Q8_0")
    kept, pairs = next(iter(last_blocks_and_part(tensors, 1)))
    assert len(pairs) == 1
    assert kept == pytest.approx(2 * 128 * 2048 * 768 * 34 / 32, rel=1e-5)


@pytest.mark.parametrize(
    ("model_id", "quant"), [("moonshotai/Kimi-Linear-48B-A3B-Instruct", "Q8_0"), (MOE, "Q8_0")]
)
def test_that_no_expert_is_moved_that_the_engines_own_fit_keeps_on_the_gpu(
    library: Library, model_id: str, quant: str
) -> None:
    machine = machine_from_options(("RTX 4090",), 59.6, 80)
    assert machine is not None
    model, scheme = library.find_model(model_id).model, library.find_quant(quant)
    wishes = Wishes(n_ctx=4096)
    plan = plan_model(library, model, machine, wishes, scheme, brief=True)
    asked = LlamaSettings(n_ctx=4096, n_parallel=1, flash_attn="on")
    fitted = plan_settings(library, model, machine, asked, quant_column(library, model, scheme), wishes)
    assert plan.fits
    assert fitted.fits
    assert plan.devices[0].expert_bytes >= fitted.devices[0].expert_bytes


def test_that_several_gpus_keep_no_fewer_experts_than_the_engines_own_fit(library: Library) -> None:
    machine = machine_from_options(("RTX 4090", "RTX 3060"), 120, 80)
    assert machine is not None
    model, scheme = library.find_model("GLM-4.5-Air").model, library.find_quant("Q8_0")
    wishes = Wishes(n_ctx=8192)
    plan = plan_model(library, model, machine, wishes, scheme, brief=True)
    asked = LlamaSettings(n_ctx=8192, n_parallel=1, flash_attn="on")
    fitted = plan_settings(library, model, machine, asked, quant_column(library, model, scheme), wishes)
    assert plan.fits
    held, theirs = (sum(d.expert_bytes for d in p.devices if d.kind == "gpu") for p in (plan, fitted))
    assert held >= theirs
    assert any(buffer.startswith("CUDA") for _, buffer in plan.settings["override_tensor"])
