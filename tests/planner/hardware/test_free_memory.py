"""What is free now: read cheaply, matched to the GPUs detection found, and judged for whether plans change."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from planner.hardware.free_memory import (
    GPU_STEP_BYTES,
    RAM_STEP_BYTES,
    FreeMemory,
    FreeMemoryReader,
    free_of_size,
    nvidia_asleep,
    read_free_memory,
    with_free,
    worth_planning,
)
from planner.hardware.nvidia import nvidia_now
from planner.machine import Device, HostMemory, Machine
from planner.units import GIB, MIB

NOWHERE = Path("/nonexistent")


class LostError(Exception):
    value = 15


def nvml(gpus: list[tuple[str, int, int]], lost: tuple[int, ...] = (), down: bool = False) -> SimpleNamespace:
    """A stand-in for ``pynvml``: name, total and free MiB of each GPU."""

    def init() -> None:
        if down:
            raise LostError

    def memory(index: int) -> SimpleNamespace:
        if index in lost:
            raise LostError
        return SimpleNamespace(total=gpus[index][1] * MIB, free=gpus[index][2] * MIB)

    def no_mig(index: int) -> None:
        raise LostError

    return SimpleNamespace(
        nvmlInit=init,
        nvmlShutdown=lambda: None,
        nvmlDeviceGetCount=lambda: len(gpus),
        nvmlDeviceGetHandleByIndex=lambda index: index,
        nvmlDeviceGetName=lambda index: gpus[index][0],
        nvmlDeviceGetMemoryInfo=memory,
        nvmlDeviceGetMigMode=no_mig,
    )


def machine(*names: str) -> Machine:
    gpus = tuple(
        Device(name=n, vendor="nvidia", memory_bytes=24564 * MIB, free_bytes=24000 * MIB, flops_fp16=1e14)
        for n in names
    )
    return Machine("This machine", gpus, ram=HostMemory(64 * GIB, 56 * GIB), detected=True)


def read(known: Machine, fake: SimpleNamespace, environ: dict[str, str] | None = None) -> FreeMemory:
    return read_free_memory(
        known,
        lambda gpus: nvidia_now(gpus, fake, environ or {}),
        drm_root=NOWHERE,
        pci_root=NOWHERE,
        ram=lambda: 50 * GIB,
    )


def test_that_each_gpu_gets_what_is_free_of_it() -> None:
    known = machine("A", "B")
    found = read(known, nvml([("A", 24564, 20000), ("B", 24564, 1000)]))
    assert found == FreeMemory((20000 * MIB, 1000 * MIB), (True, True), 50 * GIB, 0)
    after = with_free(known, found, known)
    assert [g.free_bytes for g in after.gpus] == [20000 * MIB, 1000 * MIB]
    assert after.ram.available_bytes == 50 * GIB


def test_that_the_order_is_that_of_detection() -> None:
    known = machine("Fast", "Slow")
    known = replace(known, gpus=(replace(known.gpus[0], flops_fp16=3e14), known.gpus[1]))
    fake = nvml([("Slow", 24564, 111), ("Fast", 24564, 222)])
    assert read(known, fake).gpus == (222 * MIB, 111 * MIB)
    hidden = read(machine("Slow"), fake, {"CUDA_VISIBLE_DEVICES": "0", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"})
    assert (hidden.gpus, hidden.others) == ((111 * MIB,), 0)


def test_that_a_lost_gpu_is_told_from_its_twin() -> None:
    known = machine("A", "A")
    gone = read(known, nvml([("A", 24564, 500), ("A", 24564, 900)], lost=(0,)))
    assert gone.present == (True, False)
    assert gone.gpus == (900 * MIB, None)
    assert read(known, nvml([("A", 24564, 500)])).present == (True, False)
    assert with_free(known, gone, known).gpus[1].free_bytes == 24000 * MIB


def test_that_a_driver_that_is_gone_takes_every_gpu_with_it_and_a_new_gpu_is_counted() -> None:
    assert read(machine("A"), nvml([], down=True)).present == (False,)
    assert read(machine("A"), nvml([("A", 24564, 5), ("New", 8192, 8000)])).others == 1


def test_that_unified_memory_is_free_where_the_system_is() -> None:
    pool = Device(name="GB10", vendor="nvidia", memory_bytes=128 * GIB, unified_memory=True)
    found = read(Machine("This machine", (pool,)), nvml([], down=True))
    assert found.present == (True,)
    assert found.gpus == (50 * GIB,)


def test_that_an_amd_card_is_read_from_the_kernels_files(tmp_path: Path) -> None:
    folder = tmp_path / "card0" / "device"
    folder.mkdir(parents=True)
    for name, value in (
        ("vendor", "0x1002"),
        ("mem_info_vram_total", str(16 * GIB)),
        ("mem_info_vram_used", str(3 * GIB)),
    ):
        (folder / name).write_text(value + "\n")
    card = Device(name="RX", vendor="amd", memory_bytes=16 * GIB, origin={"memory_bytes": "detected"})
    known = Machine("This machine", (card, card))
    found = read_free_memory(known, drm_root=tmp_path, pci_root=NOWHERE, ram=lambda: None)
    assert found.gpus == (13 * GIB, None)
    assert found.present == (True, False)
    assert found.ram is None


def test_that_a_sleeping_gpu_is_not_woken(tmp_path: Path) -> None:
    folder = tmp_path / "0000:01:00.0"
    (folder / "power").mkdir(parents=True)
    (folder / "vendor").write_text("0x10de\n")
    (folder / "class").write_text("0x030000\n")
    state = folder / "power" / "runtime_status"
    state.write_text("suspended\n")
    assert nvidia_asleep(tmp_path)

    def never(gpus: object) -> list[Device]:
        raise AssertionError("asked")

    known = machine("A")
    found = read_free_memory(known, never, NOWHERE, tmp_path, lambda: GIB)
    assert found.gpus == (24000 * MIB,)
    assert found.present == (True,)
    state.write_text("active\n")
    assert not nvidia_asleep(tmp_path)


def test_that_values_entered_by_hand_stay() -> None:
    detected = machine("A")
    entered = replace(
        detected,
        gpus=(replace(detected.gpus[0], free_bytes=GIB, origin={"free_bytes": "entered"}),),
        ram=replace(detected.ram, available_bytes=8 * GIB),
    )
    after = with_free(entered, FreeMemory((5 * GIB,), (True,), 40 * GIB), detected)
    assert after.gpus[0].free_bytes == GIB
    assert after.ram.available_bytes == 8 * GIB


def test_that_a_size_entered_by_hand_keeps_what_is_in_use_and_goes_on_following_it() -> None:
    detected = machine("A")
    total, free = detected.ram.total_bytes or 0, detected.ram.available_bytes or 0
    assert free_of_size(2 * total, total, free) == 2 * total - (total - free)
    assert free_of_size(GIB, 4 * GIB, GIB) == 0, "more is in use than there would be"
    assert free_of_size(GIB, None, 4 * GIB) == GIB
    assert free_of_size(GIB, GIB, None) is None
    more = replace(detected.ram, total_bytes=2 * total, available_bytes=free_of_size(2 * total, total, free))
    after = with_free(replace(detected, ram=more), FreeMemory((), (), free - GIB), detected)
    assert after.ram.available_bytes == 2 * total - (total - free) - GIB


@pytest.mark.parametrize(
    ("gpu", "ram", "worth"),
    [
        (GPU_STEP_BYTES, RAM_STEP_BYTES, False),
        (GPU_STEP_BYTES + 1, 0, True),
        (0, RAM_STEP_BYTES + 1, True),
        (-GPU_STEP_BYTES - 1, 0, True),
    ],
)
def test_that_small_changes_are_not_worth_new_plans(gpu: int, ram: int, worth: bool) -> None:
    before = machine("A")
    after = replace(
        before,
        gpus=(replace(before.gpus[0], free_bytes=(before.gpus[0].free_bytes or 0) + gpu),),
        ram=replace(before.ram, available_bytes=(before.ram.available_bytes or 0) + ram),
    )
    assert worth_planning(before, after) is worth


def test_that_a_driver_that_hangs_is_not_asked_again_until_it_answers() -> None:
    gate, asked = threading.Event(), []

    def slow(known: Machine) -> FreeMemory:
        asked.append(known)
        gate.wait(10)
        return FreeMemory((), (), 1)

    reader = FreeMemoryReader(slow, deadline_s=0.02)
    assert reader(machine()) is None
    assert reader(machine()) is None
    assert len(asked) == 1
    gate.set()
    assert reader._thread is not None
    reader._thread.join(5)
    assert reader(machine()) == FreeMemory((), (), 1)
