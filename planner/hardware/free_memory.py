"""What is free now: GPUs and system memory asked again, cheaply and often; tells a GPU that is gone from one that is there.

Detection (:mod:`planner.hardware.detect`) says what the machine is and takes up to seconds; this asks two figures of each
device that detection found.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from planner.hardware.amd import DRM_ROOT, graphics_cards
from planner.hardware.memory import available_memory
from planner.hardware.nvidia import nvidia_now
from planner.hardware.probe import read_int, read_text
from planner.machine import Device, Machine
from planner.units import GIB, MIB

PCI_ROOT = Path("/sys/bus/pci/devices")
DEADLINE_S = 3.0
"""Longest wait for a driver; after sleep one may not answer for a while. [s]"""
GPU_STEP_BYTES = 256 * MIB
RAM_STEP_BYTES = GIB
"""Plans are made anew when what is free has changed by more than this on a GPU, or in RAM: less than the reserve of 1 GiB,
more than a desktop's own ups and downs. [bytes]"""


@dataclass(frozen=True, slots=True)
class FreeMemory:
    """What is free of a machine; GPUs in the machine's order."""

    gpus: tuple[int | None, ...]
    """None where the system does not tell. [bytes]"""
    present: tuple[bool, ...]
    """False for a GPU that detection found and that does not answer now."""
    ram: int | None
    """[bytes]"""
    others: int = 0
    """GPUs that answer and that the machine does not list."""


def read_free_memory(
    machine: Machine,
    nvidia: Callable[[Sequence[Device]], list[Device] | None] = nvidia_now,
    drm_root: Path = DRM_ROOT,
    pci_root: Path = PCI_ROOT,
    ram: Callable[[], int | None] = lambda: available_memory().available_bytes,
) -> FreeMemory:
    """Ask what is free of the devices of a machine; never raises.

    Parameters
    ----------
    machine : Machine
        This machine as it was detected.
    nvidia : callable
        GPUs that NVML lists now, or None when the driver does not answer.
    drm_root, pci_root : Path
        Where Linux lists graphics cards and PCI devices.
    ram : callable
        What is available of the system memory. [bytes]

    Notes
    -----
    A GPU that sleeps is left asleep: asking NVML would wake it.
    """
    try:
        available = ram()
    except Exception:
        available = None
    own = [g for g in machine.gpus if g.vendor == "nvidia" and not g.unified_memory]
    asleep = nvidia_asleep(pci_root)
    answers = list(own) if asleep or not own else nvidia(own)
    left = [] if answers is None else list(answers)
    amd = _amd_now(drm_root) if any(g.vendor == "amd" for g in machine.gpus) else []
    free: list[int | None] = []
    present: list[bool] = []
    for gpu in machine.gpus:
        if gpu.unified_memory:
            shared = None if available is None else min(available, gpu.memory_bytes or available)
            free.append(shared)
            present.append(True)
        elif gpu.vendor == "nvidia":
            found = next((d for d in left if _same(d, gpu)), None)
            if found is not None:
                left.remove(found)
            free.append(None if found is None else found.free_bytes)
            present.append(found is not None)
        elif gpu.vendor == "amd" and gpu.origin.get("memory_bytes") == "detected":
            card = next((c for c in amd if c[0] == gpu.memory_bytes), None)
            if card is not None:
                amd.remove(card)
            free.append(None if card is None else card[1])
            present.append(card is not None or not drm_root.is_dir())
        else:
            free.append(None)
            present.append(True)
    return FreeMemory(tuple(free), tuple(present), available, len(left))


def _same(one: Device, other: Device) -> bool:
    sizes = one.memory_bytes, other.memory_bytes
    return one.name == other.name and (None in sizes or sizes[0] == sizes[1])


def _amd_now(drm_root: Path) -> list[tuple[int, int | None]]:
    """Size and what is free of every card of the amdgpu driver. [bytes]"""
    cards = []
    for folder in graphics_cards(drm_root, 0x1002):
        total, used = read_int(folder / "mem_info_vram_total"), read_int(folder / "mem_info_vram_used")
        if total is not None:
            cards.append((total, None if used is None else max(total - used, 0)))
    return cards


def nvidia_asleep(pci_root: Path = PCI_ROOT) -> bool:
    """True when an NVIDIA GPU is suspended (Linux; ABI/testing/sysfs-devices-power, ``runtime_status``)."""
    for folder in pci_root.glob("*"):
        if (read_text(folder / "vendor") or "").strip() != "0x10de":
            continue
        kind = (read_text(folder / "class") or "").strip()
        if kind.startswith("0x03") and (read_text(folder / "power/runtime_status") or "").strip() == (
            "suspended"
        ):
            return True
    return False


class FreeMemoryReader:
    """Asks with a deadline: a driver that hangs costs one waiting thread, and is not asked again until it answers."""

    def __init__(
        self, read: Callable[[Machine], FreeMemory] = read_free_memory, deadline_s: float = DEADLINE_S
    ) -> None:
        self._read, self._deadline_s = read, deadline_s
        self._thread: threading.Thread | None = None

    def __call__(self, machine: Machine) -> FreeMemory | None:
        """What is free, or None when nothing answered in time."""
        if self._thread is not None and self._thread.is_alive():
            return None
        found: list[FreeMemory] = []
        self._thread = threading.Thread(
            target=lambda: found.append(self._read(machine)), name="free memory", daemon=True
        )
        self._thread.start()
        self._thread.join(self._deadline_s)
        return found[0] if found else None


def free_of_size(size: int, before: int | None, free: int | None) -> int | None:
    """What is free of a memory planned with another size: what is in use of it stays in use.

    Parameters
    ----------
    size : int
        Size planned with. [bytes]
    before : int or None
        Size of which ``free`` was read. [bytes]
    free : int or None
        What was free of it. [bytes]

    Returns
    -------
    int or None
        [bytes]; None when it is not known.
    """
    if free is None:
        return None
    used = max((size if before is None else before) - free, 0)
    return max(size - used, 0)


def with_free(machine: Machine, free: FreeMemory, keep: Machine | None = None) -> Machine:
    """A machine with what is free now.

    Parameters
    ----------
    machine : Machine
    free : FreeMemory
        Of the same GPUs.
    keep : Machine, optional
        The machine as detected: a value of ``machine`` that differs from it was entered by hand and stays.

    Returns
    -------
    Machine
    """
    gpus = []
    for index, gpu in enumerate(machine.gpus):
        value = free.gpus[index] if index < len(free.gpus) else None
        entered = gpu.origin.get("free_bytes") == "entered"
        if gpu.memory_bytes is not None:
            of = keep.gpus[index] if keep is not None and index < len(keep.gpus) else gpu
            value = free_of_size(gpu.memory_bytes, of.memory_bytes, value)
        gpus.append(gpu if value is None or entered else replace(gpu, free_bytes=value))
    ram = machine.ram
    of_ram = ram if keep is None else keep.ram

    def of_size(available: int | None) -> int | None:
        return (
            available
            if ram.total_bytes is None
            else free_of_size(ram.total_bytes, of_ram.total_bytes, available)
        )

    entered = keep is not None and ram.available_bytes != of_size(of_ram.available_bytes)
    if free.ram is not None and not entered:
        ram = replace(ram, available_bytes=of_size(free.ram))
    return replace(machine, gpus=tuple(gpus), ram=ram)


def worth_planning(before: Machine, after: Machine) -> bool:
    """Whether what is free has changed by more than :data:`GPU_STEP_BYTES` or :data:`RAM_STEP_BYTES`."""

    def moved(one: int | None, other: int | None, step: int) -> bool:
        if one is None or other is None:
            return one is not other
        return abs(one - other) > step

    return moved(before.ram.available_bytes, after.ram.available_bytes, RAM_STEP_BYTES) or any(
        moved(a.free_bytes, b.free_bytes, GPU_STEP_BYTES)
        for a, b in zip(before.gpus, after.gpus, strict=True)
    )
