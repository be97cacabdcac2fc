"""What people's own programs printed on physical GPUs, beside what the planner says of the same settings."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import pytest

from planner.library import Library, load_library
from planner.llama_build import LOGITS_FOR_SLOTS
from planner.machine import Device, HostMemory, Machine, Processor
from planner.plan import DevicePlan
from planner.settings import ALL_LAYERS, LlamaSettings
from planner.settings_plan import plan_settings, quant_column
from planner.units import GIB, MIB
from planner.wishes import Wishes

TABLE = Path(__file__).with_name("llama_cpp_real_logs.csv")
SLOTS = 4
"""Slots of a server that is not told; they share one cache."""
KINDS = ("gpu_model", "gpu_kv", "gpu_recurrent", "gpu_compute", "host_kv", "host_compute", "output")
WEIGHT_MIB = 1.0
EXACT_MIB = 0.02
"""Logs print hundredths."""
WHOLE_MIB = 1.0
"""Fit rows cut to whole MiB."""
COMPUTE_SHARE = 0.02
"""Of CUDA's compute buffers in builds of the present rules, and of every host compute buffer."""
OTHER_COMPUTE_SHARE = 0.13
"""Of builds before :data:`planner.llama_build.LOGITS_FOR_SLOTS` and of other backends, whose graphs are not read here:
Vulkan keeps one more tensor of Qwen3.5's gated attention and of Gemma 4's per-layer inputs. Beyond 2 % is printed."""


@dataclass(frozen=True)
class Log:
    """One row of the table."""

    row: dict[str, str]

    @property
    def name(self) -> str:
        """Name in the test's output."""
        return f"{self.row['model'].split('/')[-1]}-{self.row['build']}-{self.row['backend']}-{self.row['source']}"

    @property
    def settings(self) -> LlamaSettings:
        """What the program was told."""
        r, slots = self.row, int(self.row["n_parallel"])
        server = r["binary"] == "llama-server"
        layers = int(r["n_gpu_layers"])
        return LlamaSettings(
            n_ctx=int(r["n_ctx"]),
            n_parallel=None if server and slots == SLOTS else slots,
            kv_unified=True if server and slots == SLOTS else None,
            n_batch=int(r["n_batch"]),
            n_ubatch=int(r["n_ubatch"]),
            n_gpu_layers=ALL_LAYERS if layers == 99 else layers,
            n_cpu_moe=ALL_LAYERS if r["n_cpu_moe"] == "all" else int(r["n_cpu_moe"]),
            flash_attn="on",
            cache_type_k=r["cache_type"],
            cache_type_v=r["cache_type"],
            fit=False,
            binary=r["binary"],
        )

    @property
    def n_gpus(self) -> int:
        """GPUs used."""
        return 0 if self.row["backend"] == "cpu" else max(len(self.row[k].split(";")) for k in KINDS)

    @property
    def is_current_cuda(self) -> bool:
        """The rules read from the source apply as they are."""
        return self.row["backend"] == "cuda" and int(self.row["build"].lstrip("b")) >= LOGITS_FOR_SLOTS

    def printed(self, kind: str) -> tuple[float, ...]:
        """Figures of a kind by device; empty if not printed. [MiB]"""
        return tuple(float(v) for v in self.row[kind].split(";") if v)

    def is_whole(self, kind: str) -> bool:
        """The log cut the figure to whole MiB."""
        return "." not in self.row[kind]

    def excused(self, kind: str) -> bool:
        """The reference calls the figure unexplained, or its settings were inferred."""
        return kind.removeprefix("gpu_") in self.row["excused"].split(";")


def logs() -> list[Log]:
    with TABLE.open(encoding="utf-8") as file:
        return [Log(row) for row in csv.DictReader(line for line in file if not line.startswith("#"))]


def planned(library: Library, log: Log) -> dict[str, tuple[float, ...]]:
    """The planner's figures by kind. [MiB]"""
    gpus = tuple(
        Device(
            name=f"GPU {i}",
            vendor="nvidia" if log.row["backend"] in {"cuda", "vulkan"} else "amd",
            memory_bytes=int(400 * GIB),
            backend=log.row["backend"],
        )
        for i in range(log.n_gpus)
    )
    machine = Machine("", gpus, Processor(), HostMemory(total_bytes=int(1024 * GIB)), (), ())
    model = library.find_model(log.row["model"]).model
    column = quant_column(library, model, library.find_quant(log.row["quant"] or "Q4_K_M"), imatrix=False)
    wishes = Wishes(engine_version=log.row["build"], backend=log.row["backend"])
    plan = plan_settings(library, model, machine, log.settings, column, wishes)
    on_gpus = [d for d in plan.devices if d.kind == "gpu"]
    host = next(d for d in plan.devices if d.kind == "host")

    def over(name: str, devices: list[DevicePlan]) -> tuple[float, ...]:
        return tuple(getattr(d, f"{name}_bytes") / MIB for d in devices)

    figures = {f"gpu_{kind}": over(kind, on_gpus) for kind in ("model", "kv", "recurrent", "compute")}
    host_figures = {"host_kv": over("kv", [host]), "host_compute": over("compute", [host])}
    return figures | host_figures | {"output": over("output", [host])}


def allowed(log: Log, kind: str, real: float) -> float:
    """Largest difference that still agrees. [MiB]"""
    if kind == "gpu_model":
        return WEIGHT_MIB
    if kind.endswith("compute"):
        share = COMPUTE_SHARE if log.is_current_cuda or kind == "host_compute" else OTHER_COMPUTE_SHARE
        return max(share * real, WHOLE_MIB if log.is_whole(kind) else 0.25)
    return WHOLE_MIB if log.is_whole(kind) else EXACT_MIB


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


@pytest.mark.parametrize("log", logs(), ids=lambda log: log.name)
def test_that_a_physical_gpus_log_is_met(library: Library, log: Log) -> None:
    figures = planned(library, log)
    wrong = []
    for kind in KINDS:
        for mine, real in zip(figures[kind], log.printed(kind), strict=False):
            off = abs(mine - real)
            line = f"{log.name} {kind}: planned {mine:.2f}, printed {real:.2f} MiB ({log.row['note']})"
            if log.excused(kind):
                print("not explained:", line)
            elif off > allowed(log, kind, real):
                wrong.append(line)
            elif kind == "gpu_compute" and off > max(COMPUTE_SHARE * real, WHOLE_MIB):
                print("beyond 2 %:", line)
    assert not wrong, "\n".join(wrong)


def test_that_the_table_holds_every_kind_and_backend() -> None:
    rows = logs()
    assert {log.row["backend"] for log in rows} >= {"cuda", "vulkan", "rocm", "metal", "cpu"}
    for kind in KINDS:
        assert sum(bool(log.printed(kind)) and not log.excused(kind) for log in rows) >= 3, kind
