"""This machine: every probe at the same time, each allowed to fail, and the findings put together."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from planner.hardware.amd import probe_amd
from planner.hardware.apple import probe_apple
from planner.hardware.cpu import CpuFindings, probe_cpu
from planner.hardware.engines import EngineFindings, probe_engines
from planner.hardware.intel import probe_intel
from planner.hardware.machine_name import THIS_MACHINE
from planner.hardware.memory import MemoryFindings, probe_memory
from planner.hardware.nvidia import probe_nvidia
from planner.hardware.probe import GpuFindings
from planner.hardware.processors import with_table_bandwidth
from planner.hardware.windows import probe_windows
from planner.machine import Device, HostMemory, Machine
from planner.words import figure, say

DEADLINE_S = 5.0
"""Longest time detection may take; a probe that has not answered by then becomes a note. [s]"""

T = TypeVar("T")


def _nothing() -> GpuFindings:
    return GpuFindings()


def remembered_bandwidth(processor: str) -> float | None:
    """Memory bandwidth measured earlier on this machine (``detect --measure-ram``), or None. [bytes/s]"""
    from planner.hardware.ram_bandwidth import remembered

    found = remembered(processor)
    return None if found is None else found.bytes_per_s


def remembered_arithmetic(processor: str) -> float | None:
    """Arithmetic of the cores measured earlier on this machine (``detect --measure-ram``), or None. [FLOP/s]"""
    from planner.hardware.ram_bandwidth import remembered

    found = remembered(processor)
    return None if found is None else found.vector_flops


@dataclass(frozen=True)
class Probes:
    """What detection asks; tests put their own in."""

    nvidia: Callable[[], GpuFindings] = probe_nvidia
    amd: Callable[[], GpuFindings] = _nothing
    intel: Callable[[], GpuFindings] = _nothing
    apple: Callable[[], GpuFindings] = _nothing
    windows: Callable[[], GpuFindings] = _nothing
    cpu: Callable[[], CpuFindings] = probe_cpu
    memory: Callable[[], MemoryFindings] = probe_memory
    engines: Callable[[], EngineFindings] = probe_engines
    measured: Callable[[str], float | None] = remembered_bandwidth
    arithmetic: Callable[[str], float | None] = remembered_arithmetic


def system_probes(platform: str = sys.platform) -> Probes:
    """The probes that make sense on an operating system."""
    if platform == "darwin":
        return Probes(nvidia=_nothing, apple=probe_apple)
    if platform == "win32":
        return Probes(windows=lambda: probe_windows(ram_total_bytes=_ram_total()))
    return Probes(
        amd=lambda: probe_amd(ram_total_bytes=_ram_total()),
        intel=lambda: probe_intel(ram_total_bytes=_ram_total()),
    )


def _ram_total() -> int | None:
    try:
        import psutil

        return int(psutil.virtual_memory().total)
    except Exception:
        return None


@dataclass
class _Answers:
    """Results by probe; written by the probes' threads, read after they end or the deadline passes."""

    values: dict[str, object] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def run(self, name: str, probe: Callable[[], object]) -> None:
        try:
            self.values[name] = probe()
        except BaseException as error:
            self.notes[name] = say(
                "{name}: detection failed ({kind}: {error})",
                name=name,
                kind=type(error).__name__,
                error=str(error),
            )

    def take(self, name: str, kind: Callable[[], T], deadline_s: float, notes: list[str]) -> T:
        """A probe's findings, or empty ones with a note."""
        value = self.values.get(name)
        empty = kind()
        if isinstance(value, type(empty)):
            return value
        default = say(
            "{name}: detection did not end within {seconds} s", name=name, seconds=figure(f"{deadline_s:g}")
        )
        notes.append(self.notes.get(name, default))
        return empty


def detect_machine(probes: Probes | None = None, deadline_s: float = DEADLINE_S) -> Machine:
    """Detect this machine; never raises, and takes at most ``deadline_s``.

    Parameters
    ----------
    probes : Probes, optional
        Default: those of this operating system.
    deadline_s : float
        When to stop waiting for probes that do not answer. [s]

    Returns
    -------
    Machine
        What could not be read is None or unknown and named in ``notes``.
    """
    chosen = probes or system_probes()
    tasks: dict[str, Callable[[], object]] = {
        "NVIDIA": chosen.nvidia,
        "AMD": chosen.amd,
        "Intel": chosen.intel,
        "Apple": chosen.apple,
        "Windows": chosen.windows,
        "Processor": chosen.cpu,
        "Memory": chosen.memory,
        "Engines": chosen.engines,
    }
    answers = _Answers()
    threads = [
        threading.Thread(target=answers.run, args=item, name=f"probe {item[0]}", daemon=True)
        for item in tasks.items()
        if item[1] is not _nothing
    ]
    end = time.monotonic() + deadline_s
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(end - time.monotonic(), 0.0))
    notes: list[str] = []
    gpus: list[Device] = []
    for name in ("NVIDIA", "AMD", "Intel", "Apple", "Windows"):
        if tasks[name] is _nothing:
            continue
        found = answers.take(name, GpuFindings, deadline_s, notes)
        gpus += found.devices
        notes += found.notes
    cpu = answers.take("Processor", CpuFindings, deadline_s, notes)
    memory = answers.take("Memory", MemoryFindings, deadline_s, notes)
    engines = answers.take("Engines", EngineFindings, deadline_s, notes)
    notes += [*cpu.notes, *memory.notes, *engines.notes]
    devices, shared_notes = share_system_memory(gpus, memory.memory)
    notes += shared_notes
    ram = _with_measured(memory.memory, chosen.measured, cpu.processor.name, notes)
    if ram.bandwidth_bytes_per_s is None and any(gpu.unified_memory for gpu in devices):
        pool = next(gpu for gpu in devices if gpu.unified_memory)
        if pool.bandwidth_bytes_per_s is not None:
            ram = replace(ram, bandwidth_bytes_per_s=pool.bandwidth_bytes_per_s, bandwidth_origin="table")
    if ram.bandwidth_bytes_per_s is None and not cpu.virtual:
        ram, note = with_table_bandwidth(ram, cpu.processor.name)
        if note:
            notes.append(say("{note}; detect --measure-ram measures this machine's own", note=note))
    if ram.bandwidth_bytes_per_s is None:
        notes.append(say("Memory: bandwidth is unknown; detect --measure-ram measures it"))
    if not devices and not any(note.startswith("NVIDIA") for note in notes):
        notes.append(say("No GPU that plans can use was found"))
    processor = replace(cpu.processor, virtual=cpu.virtual, vector_flops=_arithmetic(chosen, cpu, notes))
    return Machine(
        name=THIS_MACHINE,
        gpus=tuple(devices),
        cpu=processor,
        ram=ram,
        engines=tuple(engines.engines),
        notes=tuple(dict.fromkeys(notes)),
        detected=True,
    )


def _arithmetic(chosen: Probes, cpu: CpuFindings, notes: list[str]) -> float | None:
    """Measured arithmetic of the cores; a virtual machine without it says what that leaves open."""
    try:
        value = chosen.arithmetic(cpu.processor.name)
    except Exception:
        value = None
    count = cpu.processor.cores
    if value is None and cpu.virtual and count is not None and count == cpu.processor.threads:
        notes.append(
            say(
                "Processor: virtual; its {count} cores may be threads of half as many, and its name says nothing about "
                "the memory; detect --measure-ram measures both",
                count=count,
            )
        )
    return value


def _with_measured(
    ram: HostMemory, measured: Callable[[str], float | None], processor: str, notes: list[str]
) -> HostMemory:
    try:
        value = measured(processor)
    except Exception as error:
        notes.append(
            say(
                "Memory: the remembered measurement cannot be read ({kind}: {error})",
                kind=type(error).__name__,
                error=str(error),
            )
        )
        return ram
    if value is None:
        return ram
    return replace(ram, bandwidth_bytes_per_s=value, bandwidth_origin="measured")


def share_system_memory(gpus: list[Device], ram: HostMemory) -> tuple[list[Device], list[str]]:
    """Give unified-memory GPUs the system's pool where the driver gives no size (GB10), and what is free."""
    devices: list[Device] = []
    notes: list[str] = []
    for gpu in gpus:
        if not gpu.unified_memory:
            devices.append(gpu)
            continue
        origin = dict(gpu.origin)
        memory, free = gpu.memory_bytes, gpu.free_bytes
        if memory is None and ram.total_bytes is not None:
            memory, origin["memory_bytes"] = ram.total_bytes, "detected"
            notes.append(
                say("{gpu}: shares the system's memory; its size is that of the system", gpu=gpu.name)
            )
        if memory is not None and ram.available_bytes is not None:
            free, origin["free_bytes"] = min(ram.available_bytes, memory), "detected"
        devices.append(replace(gpu, memory_bytes=memory, free_bytes=free, origin=origin))
    return devices, notes
