"""Apple silicon: ``sysctl`` for chip and memory, ``system_profiler`` for the GPU's cores."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from models_db.accelerator import GIB, load_accelerators
from planner.hardware.accelerator_names import match_driver_name
from planner.hardware.device_facts import with_table
from planner.hardware.probe import CommandResult, GpuFindings, run_command
from planner.machine import Device
from planner.words import figure, say

MIB = 2**20
WORKING_SETS: tuple[tuple[int, int], ...] = (
    (8, 5461),
    (16, 10922),
    (24, 18186),
    (32, 25559),
    (48, 38338),
    (64, 53084),
    (96, 79626),
    (128, 110100),
)
"""Memory [GiB] to Metal's recommended working set [MiB], from posted llama.cpp logs (2026-11-23)."""


def metal_working_set_bytes(memory_bytes: int) -> int:
    """What Metal gives the GPU by default of a memory size.

    The share of the pool (two thirds at 16 GiB, 84% at 128 GiB) is interpolated between sizes seen in logs
    and held beyond them.

    Returns
    -------
    int
        Working set. [bytes]
    """
    import numpy as np

    sizes = np.array([size for size, _ in WORKING_SETS], dtype=np.float64)
    shares = np.array([mib / 1024 / size for size, mib in WORKING_SETS], dtype=np.float64)
    share = float(np.interp(memory_bytes / GIB, sizes, shares))
    return int(memory_bytes * share) // MIB * MIB


def parse_sysctl(text: str) -> dict[str, str]:
    """Lines ``name: value`` of ``sysctl``."""
    values: dict[str, str] = {}
    for line in text.splitlines():
        name, separator, value = line.partition(":")
        if separator and re.fullmatch(r"[\w.]+", name.strip()):
            values[name.strip()] = value.strip()
    return values


def parse_gpu_cores(text: str) -> int | None:
    """GPU cores in ``system_profiler SPDisplaysDataType`` (JSON or plain), or None."""
    try:
        entries = json.loads(text).get("SPDisplaysDataType", [])
        for entry in entries:
            match = re.fullmatch(r"\s*(\d+)\s*", str(entry.get("sppci_cores", "")))
            if match:
                return int(match.group(1))
    except (ValueError, AttributeError, TypeError):
        match = re.search(r"Total Number of Cores:\s*(\d+)", text)
        return int(match.group(1)) if match else None
    return None


def apple_device(
    chip: str, memory_bytes: int | None, gpu_cores: int | None, limit_mib: int | None
) -> GpuFindings:
    """The GPU of an Apple chip.

    Parameters
    ----------
    chip : str
        ``machdep.cpu.brand_string``, e.g. ``Apple M4 Max``.
    memory_bytes : int or None
        ``hw.memsize``. [bytes]
    gpu_cores : int or None
        Tells versions of one chip apart (30 or 40 cores of an M3 Max).
    limit_mib : int or None
        ``iogpu.wired_limit_mb``, 0 or None if it is not set. [MiB]
    """
    found = GpuFindings()
    spec = match_driver_name(chip)
    if spec is not None and gpu_cores is not None:
        names = {row.name: row for row in load_accelerators()}
        spec = names.get(f"{spec.name} {gpu_cores}-core", spec)
    limit = None
    if limit_mib:
        limit = limit_mib * MIB
        found.notes.append(
            say(
                "{gpu}: iogpu.wired_limit_mb gives the GPU {size} MiB",
                gpu=chip,
                size=figure(f"{limit_mib:,}"),
            )
        )
    elif memory_bytes:
        limit = metal_working_set_bytes(memory_bytes)
    shown = f"{chip} ({gpu_cores}-core GPU)" if gpu_cores else chip
    device = Device(
        name=shown,
        vendor="apple",
        backend="metal",
        memory_bytes=memory_bytes,
        unified_memory=True,
        default_limit_bytes=limit,
        origin={"memory_bytes": "detected" if memory_bytes else "unknown"},
    )
    device, notes = with_table(device, spec)
    found.devices.append(replace(device, unified_memory=True))
    found.notes += notes
    if spec is None:
        found.notes.append(
            say("{gpu}: not in the accelerator table; bandwidth and arithmetic rates are unknown", gpu=shown)
        )
    return found


def probe_apple(run: Callable[[Sequence[str]], CommandResult] = run_command) -> GpuFindings:
    """Find the GPU of a Mac; never raises. Macs with Intel processors get a note."""
    found = GpuFindings()
    names = ["machdep.cpu.brand_string", "hw.memsize", "iogpu.wired_limit_mb"]
    result = run(["/usr/sbin/sysctl", *names])
    values = parse_sysctl(result.stdout)
    chip = values.get("machdep.cpu.brand_string", "")
    if not chip:
        why = result.fault or say("does not name the chip")
        found.notes.append(say("Apple: sysctl {why}", why=why))
        return found
    if not chip.startswith("Apple"):
        found.notes.append(say("Apple: Macs with Intel processors have no GPU that plans use"))
        return found
    profile = run(["/usr/sbin/system_profiler", "SPDisplaysDataType", "-json"])
    cores = parse_gpu_cores(profile.stdout)
    if cores is None:
        why = profile.fault or say("does not say")
        found.notes.append(
            say("{gpu}: the number of GPU cores is unknown (system_profiler {why})", gpu=chip, why=why)
        )
    size, limit = values.get("hw.memsize", ""), values.get("iogpu.wired_limit_mb", "")
    part = apple_device(
        chip,
        int(size) if size.isdigit() else None,
        cores,
        int(limit) if limit.isdigit() else None,
    )
    found.devices += part.devices
    found.notes += part.notes
    return found
