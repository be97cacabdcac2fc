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
from planner.auto_fit import engine_placement
from planner.columns import Selection
from planner.commands.llama_parse import parse_llama_command
from planner.devices import DeviceSet, device_set
from planner.hardware.what_if import machine_from_parts
from planner.library import Library
from planner.llama_build import LlamaBuild
from planner.llama_context import LlamaContext
from planner.memory import estimate_memory
from planner.override_tensor import moved_weights, override_rules, tensor_weights, with_overrides
from planner.settings import ALL_LAYERS, LlamaSettings, Workload
from planner.speed import estimate_speed
from planner.units import MIB, ValueFault

TRUTH = Path(__file__).parents[1] / "truth" / "llama_cpp_override_tensor.csv"
DENSE = "meta-llama/Llama-3.1-8B-Instruct"
TIED = "google/gemma-3-4b-it"
MOE = "Qwen/Qwen3-30B-A3B"
EVERY_EXPERT = (("exps", "CPU"),)
Rows = list[dict[str, str]]


def truth() -> Iterator[Rows]:
    with TRUTH.open(encoding="utf-8") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        for _, group in groupby(rows, key=lambda row: row["case"]):
            yield list(group)


def gpus(*mib: float) -> DeviceSet:
    """GPUs of which all is free."""
    machine = machine_from_parts(tuple(("RTX 4090", 1, int(size * MIB)) for size in mib), None, 2**40, 80e9)
    devices = device_set(machine, "cuda")
    return replace(devices, gpus=tuple(replace(gpu, overhead=0.0) for gpu in devices.gpus))


class Placed:
    """One case with its overrides."""

    def __init__(self, library: Library, model: str, devices: DeviceSet, settings: LlamaSettings) -> None:
        quant = "Q4_K_M"
        self.build(library, model, quant, devices, settings, "0.5.0-dev")

    @classmethod
    def of_row(cls, library: Library, row: dict[str, str]) -> Placed:
        words = ["llama-server", "-m", "x.gguf", *shlex.split(row["arguments"])]
        settings = parse_llama_command(words, "b10434").settings
        made = cls.__new__(cls)
        sizes = [float(size) for size in row["gpus"].split("/")]
        made.build(library, row["model"], row["quant"], gpus(*sizes), settings, "b10434")
        return made

    def build(
        self,
        library: Library,
        model: str,
        quant: str,
        devices: DeviceSet,
        settings: LlamaSettings,
        version: str,
    ) -> None:
        blocks = catalogue_inventory(model).n_layer_all
        n_cpu_moe = blocks if settings.n_cpu_moe == ALL_LAYERS else min(settings.n_cpu_moe, blocks)
        self.where = engine_placement(devices, settings, blocks)
        self.rules = override_rules(settings.override_tensor, devices)
        self.tensors = tensor_weights(model, quant)
        columns = with_overrides(library.columns, self.tensors, self.where, self.rules, n_cpu_moe)
        self.chosen = Selection.of(
            columns, np.array([[library.rows[model]]]), np.array([[library.quants[quant]]])
        )
        self.n_cpu_moe = np.array([[n_cpu_moe]], dtype=np.int64)
        self.context = LlamaContext.from_settings(settings, LlamaBuild.from_version(version), "cuda")
        self.devices = devices
        self.memory = estimate_memory(
            self.chosen, self.where, self.n_cpu_moe, np.array([[settings.n_ctx]]), self.context, devices
        )

    def mib(self, kind: str) -> list[float]:
        values = np.broadcast_to(getattr(self.memory, kind), self.memory.total.shape)
        return [float(v) / MIB for v in values[0, 0]]

    def decode_tps(self) -> float:
        speed = estimate_speed(
            self.chosen, self.where, self.n_cpu_moe, self.context, self.devices, Workload()
        )
        return float(np.ravel(speed.decode.tps_p50)[0])


@pytest.mark.parametrize(
    "rows", list(truth()), ids=lambda rows: f"{rows[0]['model']} {rows[0]['gpus']} {rows[0]['arguments']}"
)
def test_that_overrides_move_what_llama_server_moved(library: Library, rows: Rows) -> None:
    placed = Placed.of_row(library, rows[0])
    for row in rows:
        device = 0 if row["device"] == "Host" else int(row["device"][-1]) + 1
        for kind in ("model", "kv", "recurrent"):
            assert placed.mib(kind)[device] == pytest.approx(float(row[f"{kind}_mib"]), abs=0.03), (
                kind,
                device,
            )


def test_that_experts_to_the_cpu_are_the_same_as_cpu_moe(library: Library) -> None:
    by_pattern = Placed(library, MOE, gpus(24576), LlamaSettings(n_ctx=4096, override_tensor=EVERY_EXPERT))
    by_flag = Placed(library, MOE, gpus(24576), LlamaSettings(n_ctx=4096, n_cpu_moe=ALL_LAYERS))
    for kind in ("model", "experts", "kv"):
        assert by_pattern.mib(kind) == pytest.approx(by_flag.mib(kind))
    assert by_pattern.decode_tps() == pytest.approx(by_flag.decode_tps(), rel=1e-6)


def test_that_a_rule_that_matches_nothing_moves_nothing(library: Library) -> None:
    plain = Placed(library, MOE, gpus(24576), LlamaSettings(n_ctx=4096))
    idle = Placed(library, MOE, gpus(24576), LlamaSettings(n_ctx=4096, override_tensor=(("nowhere", "CPU"),)))
    assert idle.mib("model") == plain.mib("model")
    assert idle.decode_tps() == plain.decode_tps()


def test_that_the_first_matching_rule_decides(library: Library) -> None:
    two = gpus(24576, 24576)
    first = LlamaSettings(n_ctx=4096, override_tensor=((r"blk\.0\..*exps", "CUDA1"), ("exps", "CPU")))
    reverse = LlamaSettings(n_ctx=4096, override_tensor=(("exps", "CPU"), (r"blk\.0\..*exps", "CUDA1")))
    kept, all_away = Placed(library, MOE, two, first), Placed(library, MOE, two, reverse)
    assert kept.mib("experts")[2] > 0
    assert all_away.mib("experts")[2] == 0


def test_that_weights_on_the_host_slow_decode_down_and_on_another_gpu_do_not(library: Library) -> None:
    two = gpus(24576, 24576)
    plain = Placed(library, DENSE, two, LlamaSettings(n_ctx=4096)).decode_tps()
    host = Placed(library, DENSE, two, LlamaSettings(n_ctx=4096, override_tensor=(("ffn_down", "CPU"),)))
    other = Placed(library, DENSE, two, LlamaSettings(n_ctx=4096, override_tensor=(("ffn_down", "CUDA1"),)))
    assert host.decode_tps() < 0.7 * plain
    assert other.decode_tps() == pytest.approx(plain, rel=1e-9)


def test_that_a_tied_embedding_moved_beside_the_output_is_held_once(library: Library) -> None:
    one = gpus(24576)
    plain = Placed(library, TIED, one, LlamaSettings(n_ctx=4096))
    moved = Placed(library, TIED, one, LlamaSettings(n_ctx=4096, override_tensor=(("token_embd", "CUDA0"),)))
    assert moved.mib("model")[1] == pytest.approx(plain.mib("model")[1])
    assert moved.mib("model")[0] == pytest.approx(0.0, abs=0.01)


def test_that_a_buffer_of_no_device_in_use_is_named(library: Library) -> None:
    with pytest.raises(ValueFault, match=r"CUDA3.*CPU, CUDA0"):
        override_rules((("exps", "CUDA3"),), gpus(24576))


def test_that_a_broken_pattern_is_named() -> None:
    with pytest.raises(ValueFault, match=r"\(exps"):
        override_rules((("(exps", "CPU"),), gpus(24576))


def test_that_posix_classes_are_understood(library: Library) -> None:
    placed = Placed(library, MOE, gpus(24576), LlamaSettings(n_ctx=4096))
    by_class = moved_weights(placed.tensors, placed.where, ((r"blk\.[[:digit:]]\.ffn_.*_exps", 0),))
    by_range = moved_weights(placed.tensors, placed.where, ((r"blk\.[0-9]\.ffn_.*_exps", 0),))
    assert by_class.experts.tolist() == by_range.experts.tolist()
    assert by_class.experts[0] > 0
