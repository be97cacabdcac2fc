"""NVIDIA detection, with a stand-in module and with the real binding on a stand-in library."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from planner.hardware.nvidia import jetson_device, probe_nvidia

ROOT = Path(__file__).parents[3]
MIB = 2**20


class NvmlError(Exception):
    def __init__(self, value: int) -> None:
        super().__init__(f"NVML error {value}")
        self.value = value


class FakeNvml:
    """Answers like ``pynvml``; ``errors`` maps a function name (optionally ``name@index``) to an exception."""

    NVML_CLOCK_MEM = 2

    def __init__(self, gpus, errors=None, mig=None):
        self.gpus, self.errors, self.mig = gpus, errors or {}, mig or {}

    def __getattr__(self, name):
        if not name.startswith("nvml"):
            raise AttributeError(name)

        def call(*args):
            handle = args[0] if args else None
            for key in (name, f"{name}@{handle}"):
                if key in self.errors:
                    raise self.errors[key]
            return getattr(self, f"_{name}")(*args)

        return call

    def _nvmlInit(self):
        return None

    _nvmlShutdown = _nvmlInit

    def _nvmlSystemGetDriverVersion(self):
        return b"580.95.05"

    def _nvmlDeviceGetCount(self):
        return len(self.gpus)

    def _nvmlDeviceGetHandleByIndex(self, index):
        return index

    def _nvmlDeviceGetName(self, handle):
        return self.gpus[handle]["name"] if isinstance(handle, int) else handle[0]

    def _nvmlDeviceGetMemoryInfo(self, handle):
        if not isinstance(handle, int):
            return SimpleNamespace(total=handle[1], free=handle[1])
        total = self.gpus[handle]["mib"] * MIB
        return SimpleNamespace(total=total, free=total - 500 * MIB)

    def _nvmlDeviceGetMemoryBusWidth(self, handle):
        return self.gpus[handle].get("bus", 384)

    def _nvmlDeviceGetMaxClockInfo(self, handle, kind):
        assert kind == self.NVML_CLOCK_MEM
        return self.gpus[handle].get("clock", 10501)

    def _nvmlDeviceGetCudaComputeCapability(self, handle):
        return self.gpus[handle].get("cc", (8, 9))

    def _nvmlDeviceGetMaxPcieLinkGeneration(self, handle):
        return 4

    def _nvmlDeviceGetMaxPcieLinkWidth(self, handle):
        return 16

    def _nvmlDeviceGetDisplayActive(self, handle):
        return 0

    def _nvmlDeviceGetMigMode(self, handle):
        if handle not in self.mig:
            raise NvmlError(3)
        return (1, 1)

    def _nvmlDeviceGetMaxMigDeviceCount(self, handle):
        return 7

    def _nvmlDeviceGetMigDeviceHandleByIndex(self, handle, index):
        if index >= len(self.mig[handle]):
            raise NvmlError(6)
        return self.mig[handle][index]


RTX_4090 = {"name": "NVIDIA GeForce RTX 4090", "mib": 24564}
RTX_3060 = {"name": "NVIDIA GeForce RTX 3060", "mib": 12288, "bus": 192, "clock": 7501, "cc": (8, 6)}
NO_CARDS = Path("/nonexistent")


def probe(nvml, **environ):
    return probe_nvidia(nvml, environ, NO_CARDS)


def test_that_a_gpu_is_read_with_every_field():
    found = probe(FakeNvml([RTX_4090]))
    (gpu,) = found.devices
    assert found.notes == []
    assert (gpu.name, gpu.accelerator, gpu.generation, gpu.backend) == (
        "NVIDIA GeForce RTX 4090", "RTX 4090", "Ada", "cuda",
    )  # fmt: skip
    assert (gpu.memory_bytes, gpu.free_bytes) == (24564 * MIB, 24064 * MIB)
    assert gpu.bandwidth_bytes_per_s == 1008e9
    assert (gpu.compute_capability, gpu.driver, gpu.pcie_generation, gpu.pcie_lanes) == (
        "8.9",
        "580.95.05",
        4,
        16,
    )
    assert gpu.origin["bandwidth_bytes_per_s"] == "table"
    assert gpu.origin["memory_bytes"] == gpu.origin["pcie"] == "detected"


def test_that_a_bandwidth_unlike_the_tables_is_kept_and_said():
    (gpu,), notes = (lambda f: (f.devices, f.notes))(probe(FakeNvml([RTX_4090 | {"bus": 256}])))
    assert gpu.bandwidth_bytes_per_s == pytest.approx(672e9, rel=1e-3)
    assert gpu.origin["bandwidth_bytes_per_s"] == "detected"
    assert any("1,008 GB/s for RTX 4090" in note for note in notes)


def test_that_memory_tells_variants_of_one_driver_name_apart():
    card = RTX_3060 | {"mib": 8192, "bus": 128}
    assert probe(FakeNvml([card])).devices[0].accelerator == "RTX 3060 8GB"
    ti = {"name": "NVIDIA GeForce RTX 4060 Ti", "mib": 16380, "bus": 128, "clock": 9001}
    assert probe(FakeNvml([ti])).devices[0].accelerator == "RTX 4060 Ti 16GB"


QUERIES = [
    "nvmlDeviceGetName", "nvmlDeviceGetMemoryInfo", "nvmlDeviceGetMemoryBusWidth", "nvmlDeviceGetMaxClockInfo",
    "nvmlDeviceGetCudaComputeCapability", "nvmlDeviceGetMaxPcieLinkGeneration", "nvmlDeviceGetMaxPcieLinkWidth",
    "nvmlSystemGetDriverVersion", "nvmlDeviceGetDisplayActive", "nvmlShutdown",
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize(
    "error", [NvmlError(3), NvmlError(15), RuntimeError("odd"), UnicodeDecodeError("utf8", b"", 0, 1, "x")]
)
def test_that_one_failing_query_costs_one_field_only(query, error):
    found = probe(FakeNvml([RTX_4090], {query: error}))
    (gpu,) = found.devices
    lost = {
        "nvmlDeviceGetName": gpu.accelerator is None,
        "nvmlDeviceGetMemoryInfo": gpu.free_bytes is None and gpu.origin["memory_bytes"] == "table",
        "nvmlSystemGetDriverVersion": gpu.driver is None,
    }
    assert lost.pop(query, True)
    assert not any(lost.values())
    silent = query in (
        "nvmlDeviceGetDisplayActive",
        "nvmlDeviceGetMemoryBusWidth",
        "nvmlDeviceGetMaxClockInfo",
    )
    assert bool(found.notes) != silent, "what the table supplies as well needs no note"


def test_that_a_failing_gpu_leaves_the_others():
    found = probe(FakeNvml([RTX_4090, RTX_3060], {"nvmlDeviceGetHandleByIndex@0": NvmlError(15)}))
    assert [gpu.accelerator for gpu in found.devices] == ["RTX 3060"]
    assert any("GPU 0" in note and "fallen off the bus" in note for note in found.notes)


@pytest.mark.parametrize(
    ("code", "says"),
    [(12, "no NVIDIA GPU detected"), (18, "different versions"), (9, "not loaded"), (999, "unknown")],
)
def test_that_a_driver_that_does_not_start_is_one_note(code, says):
    found = probe(FakeNvml([RTX_4090], {"nvmlInit": NvmlError(code)}))
    assert found.devices == []
    assert len(found.notes) == 1
    assert says in found.notes[0]


def test_that_a_card_without_a_driver_is_said(tmp_path):
    device = tmp_path / "card0" / "device"
    device.mkdir(parents=True)
    (device / "vendor").write_text("0x10de\n")
    found = probe_nvidia(FakeNvml([], {"nvmlInit": NvmlError(12)}), {}, tmp_path)
    assert "a GPU is installed but cannot be used" in found.notes[0]


def test_that_an_unknown_gpu_keeps_what_the_driver_says():
    found = probe(FakeNvml([{"name": "NVIDIA Graphics Device", "mib": 95830, "cc": (9, 0)}]))
    (gpu,) = found.devices
    assert (gpu.accelerator, gpu.generation, gpu.flops_fp16) == (None, "Hopper", None)
    assert gpu.bandwidth_bytes_per_s == pytest.approx(1008.1e9, rel=1e-3)
    assert any("not in the accelerator table" in note for note in found.notes)


def test_that_a_gb10_without_memory_size_is_left_to_the_system():
    errors = {"nvmlDeviceGetMemoryInfo": NvmlError(3), "nvmlDeviceGetMaxClockInfo": NvmlError(3)}
    found = probe(FakeNvml([{"name": "NVIDIA GB10", "mib": 0, "cc": (12, 1)}], errors))
    (gpu,) = found.devices
    assert (gpu.accelerator, gpu.unified_memory, gpu.memory_bytes) == ("GB10", True, None)
    assert gpu.bandwidth_bytes_per_s == 273e9
    assert found.notes == []


@pytest.mark.parametrize(
    ("model", "gib", "name"),
    [
        ("NVIDIA Jetson AGX Orin Developer Kit", 61.4, "Jetson AGX Orin 64GB"),
        ("NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super", 7.44, "Jetson Orin Nano 8GB"),
        ("NVIDIA Jetson Orin NX Engineering Reference Developer Kit", 15.3, "Jetson Orin NX 16GB"),
        ("Raspberry Pi 5 Model B Rev 1.0", 7.9, None),
    ],
)
def test_that_a_jetson_is_known_by_its_board(model, gib, name):
    device = jetson_device(model, round(gib * 2**30))
    assert (device and device.accelerator) == name
    assert device is None or device.memory_bytes == round(gib * 2**30)


def test_that_mig_instances_are_listed_with_their_share():
    card = {"name": "NVIDIA A100-SXM4-80GB", "mib": 81920, "bus": 5120, "clock": 1593, "cc": (8, 0)}
    parts = [
        ("NVIDIA A100-SXM4-80GB MIG 3g.40gb", 40192 * MIB),
        ("NVIDIA A100-SXM4-80GB MIG 1g.10gb", 9856 * MIB),
    ]
    found = probe(FakeNvml([card], mig={0: parts}))
    assert [gpu.memory_bytes for gpu in found.devices] == [40192 * MIB, 9856 * MIB]
    assert [gpu.bandwidth_bytes_per_s for gpu in found.devices] == [2039e9 / 2, 2039e9 / 8]
    assert found.devices[0].flops_fp16 == pytest.approx(311.84e12 * 3 / 7, rel=1e-3)
    assert any("MIG" in note for note in found.notes)
    assert probe(FakeNvml([card], mig={0: []})).devices == []


def test_that_the_fastest_gpu_comes_first_as_in_cuda():
    found = probe(FakeNvml([RTX_3060, RTX_3060, RTX_4090]))
    assert [gpu.accelerator for gpu in found.devices] == ["RTX 4090", "RTX 3060", "RTX 3060"]
    assert any("CUDA0" in note for note in found.notes)
    by_slot = probe(FakeNvml([RTX_3060, RTX_4090]), CUDA_DEVICE_ORDER="PCI_BUS_ID")
    assert [gpu.accelerator for gpu in by_slot.devices] == ["RTX 3060", "RTX 4090"]


@pytest.mark.parametrize(
    ("listed", "count"),
    [("0", 1), ("1,0", 2), ("", 0), ("-1", 0), ("0,7", 1), ("GPU-1", 2)],
)
def test_that_hidden_gpus_are_not_planned_on(listed, count):
    found = probe(FakeNvml([RTX_4090, RTX_4090]), CUDA_VISIBLE_DEVICES=listed)
    assert [gpu.accelerator for gpu in found.devices] == ["RTX 4090"] * count


# ---- the real binding on the stand-in library of ../shared

SCRIPT = """
import json, sys
from planner.hardware.detect import Probes, detect_machine
from planner.hardware.machine_json import machine_to_json
print(json.dumps(machine_to_json(detect_machine(Probes()))))
"""


def detect_with_fake_library(gpus: str, errors: str = "") -> dict:
    folder = Path(os.environ.get("FIT_PLANNER_SHARED", ROOT.parent / "shared")) / "tools" / "fake-nvml"
    if sys.platform != "linux" or not (folder / "libnvidia-ml.so.1").exists():
        pytest.skip("no tools/fake-nvml/libnvidia-ml.so.1 beside the project")
    environ = os.environ | {
        "LD_LIBRARY_PATH": str(folder), "FAKE_NVML": gpus, "FAKE_NVML_ERR": errors, "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    environ.pop("CUDA_VISIBLE_DEVICES", None)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT],
        env=environ, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


TWO = "NVIDIA GeForce RTX 4090|24564|500|384|10501|8.9|4|16|450;NVIDIA GeForce RTX 4090|24564|100|384|10501|8.9|4|8|450"


def test_that_the_real_binding_sees_two_gpus():
    machine = detect_with_fake_library(TWO)
    assert [gpu["free_bytes"] for gpu in machine["gpus"]] == [24064 * MIB, 24464 * MIB]
    assert [gpu["pcie"] for gpu in machine["gpus"]] == [
        {"generation": 4, "lanes": 16},
        {"generation": 4, "lanes": 8},
    ]
    assert "GPU-0000" not in json.dumps(machine)


def test_that_the_real_binding_keeps_a_half_working_gpu():
    machine = detect_with_fake_library(
        TWO, "nvmlDeviceGetMemoryInfo@1=999,nvmlDeviceGetCudaComputeCapability@1=3"
    )
    first, second = machine["gpus"]
    assert first["origin"]["memory_bytes"] == "detected"
    assert second["memory_bytes"] == 24564 * MIB
    assert second["origin"]["memory_bytes"] == second["origin"]["compute_capability"] == "table"
    assert second["free_bytes"] is None
    assert sum("GPU 1" in note for note in machine["notes"]) == 2


@pytest.mark.parametrize("error", ["nvmlInitWithFlags=18", "nvmlDeviceGetCount_v2=999"])
def test_that_the_real_binding_survives_a_broken_driver(error):
    machine = detect_with_fake_library(TWO, error)
    assert machine["gpus"] == []
    assert any(note.startswith("NVIDIA") for note in machine["notes"])
