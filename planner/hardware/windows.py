"""Graphics adapters and processor of Windows, from the registry (no command is run)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from planner.hardware.accelerator_names import match_driver_name
from planner.hardware.device_facts import with_table
from planner.hardware.probe import GpuFindings
from planner.machine import Device
from planner.words import say

DISPLAY_CLASS = r"SYSTEM\CurrentControlSet\Control\Class\{4d36e968-e325-11ce-bfc1-08002be10318}"
BACKENDS = {"amd": "vulkan", "intel": "vulkan"}
"""Usual backend on Windows: the released Vulkan build runs on both makers' drivers."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """One display adapter of the registry."""

    name: str
    memory_bytes: int | None
    driver: str | None = None


def read_adapters() -> list[Adapter]:
    """Display adapters in the registry; empty elsewhere than on Windows."""
    adapters: list[Adapter] = []
    if sys.platform == "win32":
        import winreg

        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, DISPLAY_CLASS) as root:
            for index in range(64):
                try:
                    with winreg.OpenKey(root, f"{index:04d}") as key:
                        adapters.append(_adapter(winreg, key))
                except OSError:
                    continue
    return adapters


def _adapter(winreg: Any, key: Any) -> Adapter:
    name = str(winreg.QueryValueEx(key, "DriverDesc")[0])
    memory = _size(_value(winreg, key, "HardwareInformation.qwMemorySize"))
    return Adapter(name, memory, str(_value(winreg, key, "DriverVersion") or ""))


def _value(winreg: Any, key: Any, name: str) -> object:
    try:
        value: object = winreg.QueryValueEx(key, name)[0]
        return value
    except OSError:
        return None


def _size(value: object) -> int | None:
    if isinstance(value, bytes):
        value = int.from_bytes(value, "little")
    return value if isinstance(value, int) and value > 0 else None


def windows_devices(adapters: Iterable[Adapter], ram_total_bytes: int | None = None) -> GpuFindings:
    """AMD and Intel GPUs among the adapters (NVIDIA's come from NVML)."""
    found = GpuFindings()
    for adapter in adapters:
        lowered = adapter.name.casefold()
        vendor = "amd" if "radeon" in lowered or "amd" in lowered else "intel" if "intel" in lowered else ""
        if not vendor:
            continue
        spec = match_driver_name(adapter.name, adapter.memory_bytes)
        if spec is None:
            found.notes.append(
                say("{gpu}: not in the accelerator table; not used for plans", gpu=adapter.name)
            )
            continue
        memory = ram_total_bytes if spec.unified_memory else adapter.memory_bytes
        device = Device(
            name=adapter.name,
            vendor=vendor,
            backend=BACKENDS[vendor],
            memory_bytes=memory,
            driver=adapter.driver or None,
            origin={
                "memory_bytes": "detected" if memory else "unknown",
                "driver": "detected" if adapter.driver else "unknown",
            },
        )
        device, notes = with_table(device, spec)
        found.devices.append(device)
        found.notes += [*notes, say("{gpu}: free memory is not read on Windows", gpu=adapter.name)]
    return found


def probe_windows(
    read: Callable[[], list[Adapter]] = read_adapters, ram_total_bytes: int | None = None
) -> GpuFindings:
    """Find AMD and Intel GPUs on Windows; never raises."""
    try:
        return windows_devices(read(), ram_total_bytes)
    except OSError as error:
        return GpuFindings(notes=[f"Windows: display adapters cannot be read ({error.strerror or error})"])


def processor_name() -> str:
    """Name of the processor; ``""`` elsewhere than on Windows."""
    if sys.platform == "win32":
        import winreg

        path = r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, path) as key:
                return str(winreg.QueryValueEx(key, "ProcessorNameString")[0]).strip()
        except OSError:
            return ""
    return ""
