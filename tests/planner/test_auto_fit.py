from __future__ import annotations

import csv
import shlex
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from models_db.architecture_table import catalogue_inventory
from planner.auto_fit import AutoFit, FitMeter, auto_fit, engine_placement
from planner.columns import Selection
from planner.commands.llama_parse import parse_llama_command
from planner.devices import DeviceSet, HostBudget, PlanDevice
from planner.exact_compute import buffers, compute_case
from planner.formulas.kv_cache import cache_cells
from planner.hardware.what_if import machine_from_options
from planner.library import Library
from planner.llama_build import LlamaBuild
from planner.llama_context import LlamaContext
from planner.memory import estimate_memory
from planner.override_tensor import override_rules, tensor_weights, with_overrides
from planner.records import Verdict
from planner.settings import ALL_LAYERS, WHOLE_CONTEXT, LlamaSettings
from planner.settings_plan import plan_settings, quant_column
from planner.units import MIB
from planner.wishes import Wishes

TRUTH = Path(__file__).parents[1] / "truth" / "llama_cpp_auto_fit.csv"
LLAMA_8B = "meta-llama/Llama-3.1-8B-Instruct"
QWEN_MOE = "Qwen/Qwen3-30B-A3B"
HYBRID = "Qwen/Qwen3.5-35B-A3B"
LARGE_MIXTURES = {
    "deepseek-ai/DeepSeek-V3",
    "meta-llama/Llama-4-Scout-17B-16E-Instruct",
    "mistralai/Mixtral-8x7B-Instruct-v0.1",
    "openai/gpt-oss-120b",
    "zai-org/GLM-4.5-Air",
}
Rows = list[dict[str, str]]


def truth() -> Iterator[Rows]:
    with TRUTH.open(encoding="utf-8") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        for _, group in groupby(rows, key=lambda row: row["case"]):
            found = list(group)
            # the large mixtures take seconds each and come out the same in both builds: the newer one's are left out
            if found[0]["build"] == "b10434" or found[0]["model"] not in LARGE_MIXTURES:
                yield found


def devices_of(*free_mib: float, ram: float = float("nan")) -> DeviceSet:
    gpus = tuple(
        PlanDevice(
            name=f"CUDA{i}",
            accelerator=None,
            vendor="nvidia",
            generation="",
            capacity=mib * MIB,
            others=0.0,
            overhead=0.0,
            overhead_range=(0.0, 0.0),
            reserve=0.0,
            bandwidth=1e12,
            flops=1e14,
            pcie_bandwidth=1e10,
            unified=False,
        )
        for i, mib in enumerate(free_mib)
    )
    host = HostBudget(
        capacity=ram * MIB,
        others=0.0,
        bandwidth=5e10,
        bandwidth_origin="entered",
        cores=8.0,
        architecture="x86_64",
        described=True,
    )
    return DeviceSet(gpus, host, "cuda" if gpus else "cpu")


class Run:
    """One model on one machine, measured as the fit does and as the load then is."""

    def __init__(
        self, library: Library, model: str, quant: str, devices: DeviceSet, build: str | None = None
    ) -> None:
        self.library, self.model, self.quant, self.devices = library, model, quant, devices
        self.build = LlamaBuild.from_version(build)
        self.row, self.column = library.rows[model], library.quants[quant]

    def fit(self, settings: LlamaSettings) -> AutoFit:
        self.context = LlamaContext.from_settings(settings, self.build, self.devices.backend)
        meter = FitMeter(
            catalogue_inventory(self.model),
            tensor_weights(self.model, self.quant),
            self.library.columns,
            self.row,
            self.column,
            self.context,
            self.devices,
            buffers(self.model, self.quant),
        )
        return auto_fit(meter, settings)

    def loaded(self, settings: LlamaSettings) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
        """MiB per device of each kind after the load."""
        blocks = catalogue_inventory(self.model).n_layer_all
        where = engine_placement(self.devices, settings, blocks)
        rules = override_rules(settings.override_tensor, self.devices)
        columns = with_overrides(self.library.columns, tensor_weights(self.model, self.quant), where, rules)
        memory = estimate_memory(
            Selection.of(columns, np.array([[self.row]]), np.array([[self.column]])),
            where,
            np.zeros((1, 1), dtype=np.int64),
            np.array([[settings.n_ctx]]),
            self.context,
            self.devices,
        )
        case = compute_case(self.context, where, settings.n_ctx, 0, rules)
        shape = memory.total.shape
        found = {
            name: np.broadcast_to(getattr(memory, name), shape)[0, 0] / MIB
            for name in ("model", "kv", "recurrent")
        }
        return found | {"compute": buffers(self.model, self.quant)(case) / MIB}


def settings_of(arguments: str, build: str) -> LlamaSettings:
    return parse_llama_command(["llama-server", "-m", "x.gguf", *shlex.split(arguments)], build).settings


@pytest.mark.parametrize(
    "rows",
    list(truth()),
    ids=lambda rows: f"{rows[0]['build']} {rows[0]['model']} {rows[0]['gpus']} {rows[0]['arguments']}",
)
def test_that_the_fit_chooses_what_llama_server_chose(library: Library, rows: Rows) -> None:
    first = rows[0]
    gpus = devices_of(*(float(g) for g in first["gpus"].split("/")))
    run = Run(library, first["model"], first["quant"], gpus, first["build"])
    fitted = run.fit(settings_of(first["arguments"], first["build"]))
    context = run.context
    cells = cache_cells(
        fitted.settings.n_ctx,
        context.n_seq_max,
        context.kv_unified,
        0,
        context.n_ubatch,
        False,
        context.n_batch,
    )
    assert int(cells.n_ctx) == int(first["n_ctx"])
    loaded = run.loaded(fitted.settings)
    for row in rows:
        device = 0 if row["device"] == "Host" else int(row["device"][-1]) + 1
        for kind in ("model", "kv", "recurrent"):
            assert loaded[kind][device] == pytest.approx(float(row[f"{kind}_mib"]), abs=0.02), (kind, device)
        measured = float(row["compute_mib"])
        assert loaded["compute"][device] == pytest.approx(measured, abs=max(8.1, 0.02 * measured))


def test_that_nothing_changes_where_everything_fits(library: Library) -> None:
    fitted = Run(library, LLAMA_8B, "Q4_K_M", devices_of(24576)).fit(LlamaSettings(n_ctx=8192))
    assert fitted.changed == ()
    assert not fitted.gave_up
    assert fitted.settings.n_gpu_layers is None


def test_that_the_whole_trained_context_is_used_where_it_fits(library: Library) -> None:
    fitted = Run(library, LLAMA_8B, "Q4_K_M", devices_of(80_000)).fit(LlamaSettings())
    assert fitted.settings.n_ctx == 131072
    assert fitted.changed == ()


def test_that_one_gpu_gives_up_context_before_layers(library: Library) -> None:
    fitted = Run(library, LLAMA_8B, "Q4_K_M", devices_of(12_288)).fit(LlamaSettings())
    assert fitted.changed == ("n_ctx",)
    assert 4096 <= fitted.settings.n_ctx < 131072
    assert fitted.settings.n_ctx % 256 == 0
    assert fitted.settings.n_gpu_layers is None


def test_that_an_explicit_context_of_0_is_kept_whole(library: Library) -> None:
    given = settings_of("-c 0", "0.5.0-dev")
    assert given.fit_ctx == WHOLE_CONTEXT
    fitted = Run(library, LLAMA_8B, "Q4_K_M", devices_of(12_288)).fit(given)
    assert fitted.settings.n_ctx == 131072
    assert fitted.settings.n_gpu_layers is not None
    assert fitted.settings.n_gpu_layers < 33


@pytest.mark.parametrize(
    ("given", "gpus", "reason"),
    [
        (LlamaSettings(n_ctx=32768, n_gpu_layers=33), (6000,), "-ngl"),
        (LlamaSettings(n_ctx=32768, n_gpu_layers=ALL_LAYERS), (6000,), "-ngl"),
        (LlamaSettings(n_ctx=32768, tensor_split=(1.0, 1.0)), (3000, 3000), "-ts"),
        (LlamaSettings(n_ctx=32768, override_tensor=(("ffn_down", "CPU"),)), (3000,), "overrides"),
        (LlamaSettings(n_ctx=32768, split_mode="row"), (3000, 3000), "-sm row"),
    ],
)
def test_that_the_fit_gives_up_where_the_user_has_decided(
    library: Library, given: LlamaSettings, gpus: tuple[int, ...], reason: str
) -> None:
    fitted = Run(library, LLAMA_8B, "Q4_K_M", devices_of(*gpus)).fit(given)
    assert fitted.gave_up
    assert reason in fitted.message
    assert fitted.settings == given


def test_that_a_context_once_reduced_stays_reduced_when_the_fit_gives_up(library: Library) -> None:
    fitted = Run(library, LLAMA_8B, "Q4_K_M", devices_of(4000)).fit(LlamaSettings(n_gpu_layers=99))
    assert fitted.gave_up
    assert fitted.settings.n_ctx == 4096


def test_that_a_split_of_one_gpu_does_not_stop_the_fit(library: Library) -> None:
    given = LlamaSettings(n_ctx=32768, tensor_split=(1.0,))
    assert not Run(library, LLAMA_8B, "Q4_K_M", devices_of(6000)).fit(given).gave_up


def test_that_a_larger_target_leaves_more_free(library: Library) -> None:
    run = Run(library, LLAMA_8B, "Q4_K_M", devices_of(6000))
    usual = run.fit(LlamaSettings(n_ctx=8192))
    wide = run.fit(LlamaSettings(n_ctx=8192, fit_target=(2048,)))
    assert usual.settings.n_gpu_layers is not None
    assert wide.settings.n_gpu_layers is not None
    assert wide.settings.n_gpu_layers < usual.settings.n_gpu_layers


def test_that_experts_leave_before_layers_and_the_first_layers_keep_theirs(library: Library) -> None:
    fitted = Run(library, QWEN_MOE, "Q4_K_M", devices_of(12_288)).fit(LlamaSettings(n_ctx=8192))
    assert fitted.settings.n_gpu_layers == 49
    layers = [int(pattern.split(r"\.")[1]) for pattern, _ in fitted.settings.override_tensor]
    # the engine counts on from its whole layers, the output layer among them: its last pattern names a block beyond the end
    assert layers == list(range(layers[0], 49))
    assert 0 < layers[0] < 47
    assert {buffer for _, buffer in fitted.settings.override_tensor} == {"CPU"}


def test_that_recurrent_state_is_missing_from_the_free_memory_while_measuring(library: Library) -> None:
    run = Run(library, HYBRID, "Q4_K_M", devices_of(16_384))
    fitted = run.fit(LlamaSettings(n_ctx=8192))
    total = sum(run.loaded(fitted.settings)[kind][1] for kind in ("model", "kv", "recurrent", "compute"))
    assert 16_384 - total >= 1024 + 62.8 * 4


def test_that_older_builds_fit_the_context_of_all_streams_together(library: Library) -> None:
    given = LlamaSettings(n_parallel=3)
    new = Run(library, LLAMA_8B, "Q4_K_M", devices_of(5000)).fit(given)
    old = Run(library, LLAMA_8B, "Q4_K_M", devices_of(5000), "b10434").fit(given)
    assert (new.settings.n_ctx, old.settings.n_ctx) == (3 * 4096, 4096)


def test_that_a_plan_without_layers_shows_what_the_fit_runs_with(library: Library) -> None:
    model = library.models[QWEN_MOE]
    column = quant_column(library, model, library.find_quant("Q4_K_M"))
    machine = machine_from_options(("RTX 3060",), 64, 80)
    assert machine is not None
    plan = plan_settings(library, model, machine, LlamaSettings(n_ctx=8192), column, Wishes())
    assert plan.verdict is Verdict.FITS_WITH_OFFLOAD
    assert plan.placement == "experts_in_ram"
    assert plan.settings["n_gpu_layers"] == 49
    assert plan.settings["override_tensor"]
    assert any("automatic fit" in reason for reason in plan.reasons)
    alone = replace(LlamaSettings(n_ctx=8192), fit=False)
    unfitted = plan_settings(library, model, machine, alone, column, Wishes())
    assert unfitted.verdict is Verdict.DOES_NOT_FIT
