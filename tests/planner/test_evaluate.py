from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.columns import Selection
from planner.devices import device_set
from planner.evaluate import evaluate, evaluate_grid
from planner.formulas.layer_placement import layer_boundaries
from planner.library import Library, load_library
from planner.llama_context import LlamaContext
from planner.machine import Machine
from planner.memory import estimate_memory
from planner.placement import fit_of
from planner.records import Placement
from planner.settings import Workload
from planner.speed import estimate_speed

CONTEXTS = [2048 * 2**i for i in range(10)] + [3000, 100_000]


@pytest.fixture(scope="module")
def grid(library: Library, desktop: Machine):
    return evaluate_grid(library.columns, CONTEXTS, LlamaContext(), device_set(desktop), Workload())


def test_that_the_grid_covers_every_model_quantization_and_context(library: Library, grid) -> None:
    shape = (len(library.columns.ids), len(library.columns.quants), len(CONTEXTS))
    assert grid.memory.total.shape[:-1] == shape
    assert grid.fits.shape == shape
    assert len(library.columns.ids) >= 240


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_that_a_cell_alone_is_bitwise_its_cell_in_the_grid(grid, data: st.DataObject) -> None:
    columns = load_library().columns
    row = data.draw(st.integers(0, len(columns.ids) - 1))
    quant = data.draw(st.integers(0, len(columns.quants) - 1))
    at = data.draw(st.integers(0, len(CONTEXTS) - 1))
    from planner.hardware.what_if import machine_from_options

    devices, context = device_set(machine_from_options(["RTX 4090"], 64, 80)), LlamaContext()
    chosen = Selection.of(columns, np.array([[row]]), np.array([[quant]]))
    placement = layer_boundaries(
        chosen.cache.n_layer_all, np.array(-1), devices.per_gpu("usable").reshape(1, 1, 1)
    )
    none = np.zeros((1, 1), dtype=np.int64)
    memory = estimate_memory(chosen, placement, none, np.array([[CONTEXTS[at]]]), context, devices)
    assert memory.total[0, 0].tobytes() == np.ascontiguousarray(grid.memory.total[row, quant, at]).tobytes()
    for name in ("model", "kv", "compute", "recurrent", "output", "experts"):
        alone = np.broadcast_to(getattr(memory, name), memory.total.shape)[0, 0]
        whole = np.broadcast_to(getattr(grid.memory, name), grid.memory.total.shape)[row, quant, at]
        assert alone.tobytes() == np.ascontiguousarray(whole).tobytes(), name
    speed = estimate_speed(chosen, placement, none, context, devices, Workload(), with_prefill=False)
    shape = grid.memory.total.shape[:-1]
    for name in ("tps_p10", "tps_p50", "tps_p90"):
        alone = float(np.ravel(getattr(speed.decode, name))[0])
        assert alone == float(np.broadcast_to(getattr(grid.speed.decode, name), shape)[row, quant, at])


def test_that_the_six_kinds_add_up_to_the_total(grid) -> None:
    m = grid.memory
    total = m.model + m.kv + m.recurrent + m.compute + m.output + m.overhead
    assert np.array_equal(np.broadcast_to(total, m.total.shape), m.total)
    assert (m.total >= 0).all()
    assert (m.experts <= m.model).all()


def test_that_memory_grows_with_context_and_shrinks_with_bits(library: Library, grid) -> None:
    order = np.argsort(CONTEXTS)
    assert (np.diff(grid.memory.total[:, :, order].sum(axis=-1), axis=-1) >= 0).all()
    gpu = grid.memory.total[:, :, 0, 1]
    falling = [library.quants[q] for q in ("F16", "Q8_0", "Q6_K", "Q4_K_M", "Q2_K")]
    assert (np.diff(gpu[:, falling], axis=-1) <= 0).all()


def test_that_no_model_needs_less_than_its_own_weights(library: Library, grid) -> None:
    """The best-known peer gives most MoE models less memory than their weights take."""
    held = np.broadcast_to(grid.memory.model, grid.memory.total.shape)[:, :, 0].sum(axis=-1)
    mtp_free = library.columns.weights.input + library.columns.weights.host_dense.totals
    assert (held >= (mtp_free + library.columns.weights.host_experts.totals) * 0.999).all()


def test_that_placements_found_are_placements_that_fit(library: Library, desktop: Machine) -> None:
    devices, context = device_set(desktop), LlamaContext()
    quants = np.arange(len(library.columns.quants))[None, :]
    rows = np.arange(0, len(library.columns.ids), 5)
    found = evaluate(library.columns, rows, quants, np.array([[16384]]), context, devices, Workload())
    engine = found.memory.total - found.memory.overhead
    gpu_used = found.placed.gpu_set >= 0
    good = found.fits & ~found.placed.tight
    assert (engine[..., 1][good & gpu_used] <= devices.gpus[0].usable).all()
    assert (engine[..., 0][found.fits] <= devices.host.usable).all()
    assert (found.placed.shortfall[~found.fits] > 0).all()
    codes = set(np.unique(found.placed.code).tolist())
    assert {int(Placement.GPU), int(Placement.EXPERTS_IN_RAM), int(Placement.NONE)} <= codes


def test_that_one_expert_layer_less_in_ram_would_not_fit(library: Library, desktop: Machine) -> None:
    devices, context = device_set(desktop), LlamaContext()
    row, quant = library.rows["zai-org/GLM-4.5-Air"], library.quants["Q4_K_M"]
    n_ctx = np.array([[32768]])
    found = evaluate(library.columns, [row], np.array([[quant]]), n_ctx, context, devices, Workload())
    assert found.placed.code[0, 0] == Placement.EXPERTS_IN_RAM
    moved = int(found.placed.n_cpu_moe[0, 0])
    chosen = Selection.of(library.columns, np.array([[row]]), np.array([[quant]]))
    placement = layer_boundaries(chosen.cache.n_layer_all, np.array(-1), np.ones((1, 1, 1)))
    for n_cpu_moe, fits in ((moved, True), (moved - 1, False)):
        memory = estimate_memory(chosen, placement, np.array([[n_cpu_moe]]), n_ctx, context, devices)
        assert bool(fit_of(memory, devices).with_reserve[0, 0]) is fits


@pytest.mark.bench
def test_that_the_catalogue_is_evaluated_at_ten_million_cells_a_second(
    library: Library, desktop: Machine
) -> None:
    devices, context = device_set(desktop), LlamaContext()
    best = np.inf
    for _ in range(7):
        start = time.process_time()
        grid = evaluate_grid(library.columns, CONTEXTS, context, devices, Workload())
        best = min(best, time.process_time() - start)
    cells = grid.fits.size
    print(f"{cells} cells in {best * 1e3:.1f} ms: {cells / best / 1e6:.1f} million a second")
    assert cells / best >= 10e6
