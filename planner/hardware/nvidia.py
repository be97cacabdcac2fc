"""NVIDIA GPUs through NVML: every field is asked for by itself, so that one failing query costs one field.

Bandwidth is bus width × maximum memory clock × 2 / 8, as NVML reports the clock of GDDR and HBM.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from planner import units
from planner.hardware.accelerator_names import match_driver_name
from planner.hardware.device_facts import nvidia_generation, with_table
from planner.hardware.probe import GpuFindings, read_text
from planner.machine import Device
from planner.words import say

MAX_SANE_BANDWIDTH = 40e12
"""Larger figures are not believed. [bytes/s]"""
DRM_ROOT = Path("/sys/class/drm")
DEVICE_TREE_MODEL = Path("/proc/device-tree/model")

_CAUSES = {
    2: say("the driver refused the query"),
    3: say("not supported on this GPU"),
    4: say("no permission"),
    9: say("the driver is not loaded"),
    12: say("its library was not found"),
    13: say("its library lacks the function"),
    15: say("the GPU has fallen off the bus or is lost"),
    16: say("the GPU needs a reset"),
    17: say("blocked by the operating system"),
    18: say("the driver and its library have different versions; a reboot usually helps"),
    19: say("in use"),
    20: say("out of memory"),
    999: say("unknown error"),
}


def probe_nvidia(
    nvml: Any = None,
    environ: Mapping[str, str] | None = None,
    drm_root: Path = DRM_ROOT,
    model_file: Path = DEVICE_TREE_MODEL,
) -> GpuFindings:
    """Find NVIDIA GPUs; never raises.

    Parameters
    ----------
    nvml : module, optional
        Stands in for ``pynvml`` in tests.
    environ : mapping, optional
        Environment; ``CUDA_VISIBLE_DEVICES`` hides GPUs from engines.
    drm_root : Path
        Where Linux lists graphics cards; tells "no GPU" from "no driver".
    model_file : Path
        Names the board of a Jetson, whose older drivers have no NVML.
    """
    found = GpuFindings()
    if nvml is None:
        try:
            import pynvml as nvml  # type: ignore[import-untyped, no-redef, unused-ignore]
        except ImportError:
            found.notes.append(
                say("NVIDIA: the nvidia-ml-py package is missing; NVIDIA GPUs cannot be detected")
            )
            return found
    try:
        nvml.nvmlInit()
    except Exception as error:
        jetson = jetson_device((read_text(model_file) or "").strip("\0 \n"), _system_memory())
        if jetson is not None:
            found.devices.append(jetson)
            found.notes.append(
                say("{gpu}: found by the board's name; the driver has no NVML", gpu=jetson.name)
            )
        else:
            found.notes.append(_no_driver_note(error, drm_root))
        return found
    try:
        _read_all(nvml, found, os.environ if environ is None else environ)
    except Exception as error:
        found.notes.append(say("NVIDIA: {why}", why=cause(error)))
    finally:
        try:
            nvml.nvmlShutdown()
        except Exception as error:
            found.notes.append(say("NVIDIA: the library did not close ({why})", why=cause(error)))
    return found


def jetson_device(model: str, memory_bytes: int | None) -> Device | None:
    """The GPU of a Jetson by its board's name; None for other boards."""
    if "jetson" not in model.casefold():
        return None
    name = re.sub(r"(?i)\b(?:developer kit|devkit|module|engineering reference|super maxn)\b.*", "", model)
    spec = match_driver_name(name, memory_bytes)
    device = Device(
        name=" ".join(model.split()),
        vendor="nvidia",
        backend="cuda",
        memory_bytes=memory_bytes,
        unified_memory=True,
        origin={"memory_bytes": "detected" if memory_bytes else "unknown"},
    )
    return with_table(device, spec)[0]


def _system_memory() -> int | None:
    try:
        import psutil

        return int(psutil.virtual_memory().total)
    except Exception:
        return None


def cause(error: Exception) -> str:
    """Why NVML failed, in words."""
    code = getattr(error, "value", None)
    if isinstance(code, int) and code in _CAUSES:
        return say("{why} (NVML error {code})", why=_CAUSES[code], code=code)
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _no_driver_note(error: Exception, drm_root: Path) -> str:
    present = any(
        (read_text(path) or "").strip().lower() == "0x10de" for path in drm_root.glob("card*/device/vendor")
    )
    code = getattr(error, "value", None)
    if code == 12 and not present:
        return say("NVIDIA: no driver library found; no NVIDIA GPU detected")
    if present:
        return say("NVIDIA: a GPU is installed but cannot be used: {why}", why=cause(error))
    return say("NVIDIA: GPUs cannot be detected: {why}", why=cause(error))


def _read_all(nvml: Any, found: GpuFindings, environ: Mapping[str, str]) -> None:
    driver = _ask(
        lambda: _text(nvml.nvmlSystemGetDriverVersion()), say("driver version"), "NVIDIA", found.notes
    )
    count = int(nvml.nvmlDeviceGetCount())
    devices: list[Device] = []
    for index in range(count):
        label = f"NVIDIA GPU {index}"
        handle = _ask(lambda i=index: nvml.nvmlDeviceGetHandleByIndex(i), "", label, found.notes)  # type: ignore[misc]
        if handle is not None:
            devices += _read_device(nvml, handle, label, driver, found.notes)
    found.devices += _visible(_cuda_order(devices, environ, found.notes), environ, found.notes)


def _ask(query: Callable[[], Any], what: str, label: str, notes: list[str]) -> Any:
    try:
        return query()
    except Exception as error:
        subject = say("{gpu}: {what}", gpu=label, what=what) if what else label
        notes.append(say("{subject} could not be read: {why}", subject=subject, why=cause(error)))
        return None


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _read_device(nvml: Any, handle: Any, label: str, driver: str | None, notes: list[str]) -> list[Device]:
    name = _ask(lambda: _text(nvml.nvmlDeviceGetName(handle)), say("name"), label, notes)
    shown = f"{name} ({label.removeprefix('NVIDIA ')})" if name else label
    mig = _mig_devices(nvml, handle, name or label, shown, notes)
    own: list[str] = []
    device = _read_fields(nvml, handle, name or label, shown, driver, own)
    spec = match_driver_name(name, device.memory_bytes) if name else None
    device, differing = with_table(device, spec)
    if spec is not None and spec.unified_memory and device.memory_bytes is None:
        own = [note for note in own if not note.startswith(f"{shown}: memory ")]
    if spec is not None and device.bandwidth_bytes_per_s is not None:
        own = [note for note in own if "memory clock" not in note and "bus width" not in note]
    notes += own + differing
    if spec is None and name:
        notes.append(say("{gpu}: not in the accelerator table; arithmetic rates are unknown", gpu=shown))
    if mig is not None:
        return [_mig_share(device, part_name, total, free) for part_name, total, free in mig]
    return [device]


def _read_fields(
    nvml: Any, handle: Any, name: str, shown: str, driver: str | None, notes: list[str]
) -> Device:
    origin: dict[str, str] = {}

    def ask(query: Callable[[], Any], what: str) -> Any:
        return _ask(query, what, shown, notes)

    memory = ask(lambda: nvml.nvmlDeviceGetMemoryInfo(handle), say("memory size"))
    total = int(memory.total) if memory is not None and int(memory.total) > 0 else None
    free = int(memory.free) if total is not None else None
    if free is not None and total is not None and not 0 <= free <= total:
        notes.append(say("{gpu}: free memory of {n} bytes is not believable", gpu=shown, n=free))
        free = None
    width = ask(lambda: int(nvml.nvmlDeviceGetMemoryBusWidth(handle)), say("memory bus width"))
    clock = ask(lambda: int(nvml.nvmlDeviceGetMaxClockInfo(handle, nvml.NVML_CLOCK_MEM)), say("memory clock"))
    bandwidth = width / 8 * clock * 1e6 * 2 if width and clock else None
    if bandwidth is not None and not 1e9 <= bandwidth <= MAX_SANE_BANDWIDTH:
        notes.append(
            say(
                "{gpu}: a bandwidth of {bandwidth} is not believable",
                gpu=shown,
                bandwidth=units.bandwidth(bandwidth),
            )
        )
        bandwidth = None
    capability = ask(lambda: nvml.nvmlDeviceGetCudaComputeCapability(handle), say("compute capability"))
    pcie = ask(lambda: int(nvml.nvmlDeviceGetMaxPcieLinkGeneration(handle)), say("PCIe generation"))
    lanes = ask(lambda: int(nvml.nvmlDeviceGetMaxPcieLinkWidth(handle)), say("PCIe width"))
    compute = f"{int(capability[0])}.{int(capability[1])}" if capability is not None else None
    for key, value in (
        ("memory_bytes", total),
        ("free_bytes", free),
        ("bandwidth_bytes_per_s", bandwidth),
        ("compute_capability", compute),
        ("driver", driver),
        ("pcie", pcie or lanes),
    ):
        if value:
            origin[key] = "detected"
    try:
        active: bool | None = bool(nvml.nvmlDeviceGetDisplayActive(handle))
    except Exception:
        active = None
    return Device(
        name=name,
        vendor="nvidia",
        generation=nvidia_generation(compute),
        backend="cuda",
        memory_bytes=total,
        free_bytes=free,
        bandwidth_bytes_per_s=bandwidth,
        compute_capability=compute,
        driver=driver,
        pcie_generation=pcie or None,
        pcie_lanes=lanes or None,
        display_active=active,
        origin=origin,
    )


def _mig_devices(
    nvml: Any, handle: Any, name: str, shown: str, notes: list[str]
) -> list[tuple[str, int | None, int | None]] | None:
    """Instances of a GPU in MIG mode with name, total and free memory; None if it is not in MIG mode."""
    try:
        current, _ = nvml.nvmlDeviceGetMigMode(handle)
    except Exception:
        return None
    if int(current) != 1:
        return None
    parts: list[tuple[str, int | None, int | None]] = []
    count = (
        _ask(lambda: int(nvml.nvmlDeviceGetMaxMigDeviceCount(handle)), say("MIG instances"), shown, notes)
        or 0
    )
    for index in range(count):
        try:
            part = nvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, index)
        except Exception:
            continue
        named, sized = say("name of an instance"), say("memory of an instance")
        part_name = _ask(lambda p=part: _text(nvml.nvmlDeviceGetName(p)), named, shown, notes)  # type: ignore[misc]
        memory = _ask(lambda p=part: nvml.nvmlDeviceGetMemoryInfo(p), sized, shown, notes)  # type: ignore[misc]
        total, free = (int(memory.total), int(memory.free)) if memory is not None else (None, None)
        parts.append((part_name or f"{name} MIG {index}", total, free))
    if parts:
        notes.append(
            say(
                "{gpu}: divided by MIG into {n}; bandwidth and arithmetic are taken in proportion, "
                "and an engine uses one instance at a time",
                gpu=shown,
                n=len(parts),
            )
        )
    else:
        notes.append(
            say("{gpu}: in MIG mode without an instance; engines cannot use it until one is made", gpu=shown)
        )
    return parts


def _mig_share(device: Device, name: str, total: int | None, free: int | None) -> Device:
    profile = re.search(r"(\d)g\.(\d+)gb", name)
    compute = int(profile.group(1)) / 7 if profile else None
    share = None
    if total and device.memory_bytes:
        share = min(max(round(total / device.memory_bytes * 8), 1), 8) / 8

    def scaled(value: float | None, factor: float | None) -> float | None:
        return None if value is None or factor is None else value * factor

    return replace(
        device,
        name=name,
        accelerator=None,
        memory_bytes=total,
        free_bytes=free,
        bandwidth_bytes_per_s=scaled(device.bandwidth_bytes_per_s, share),
        flops_fp16=scaled(device.flops_fp16, compute),
        flops_int8=scaled(device.flops_int8, compute),
        flops_fp8=scaled(device.flops_fp8, compute),
        flops_fp4=scaled(device.flops_fp4, compute),
        origin=device.origin
        | {
            "memory_bytes": "detected" if total else "unknown",
            "free_bytes": "detected" if free else "unknown",
        },
    )


def nvidia_now(
    known: Sequence[Device], nvml: Any = None, environ: Mapping[str, str] | None = None
) -> list[Device] | None:
    """NVIDIA GPUs that answer now with what is free of them, in CUDA's order; None when the driver does not answer.

    Parameters
    ----------
    known : sequence of Device
        GPUs that detection found; everything but the memory is taken from them, by name.
    nvml : module, optional
        Stands in for ``pynvml`` in tests.
    environ : mapping, optional
        Environment; ``CUDA_VISIBLE_DEVICES`` hides GPUs from engines.
    """
    by_name = {device.name: device for device in known}
    devices: list[Device] = []
    try:
        if nvml is None:
            import pynvml as nvml  # type: ignore[import-untyped, no-redef, unused-ignore]
        nvml.nvmlInit()
    except Exception:
        return None
    try:
        for index in range(int(nvml.nvmlDeviceGetCount())):
            try:
                handle = nvml.nvmlDeviceGetHandleByIndex(index)
                name = _text(nvml.nvmlDeviceGetName(handle))
            except Exception:  # lost, or being reset
                continue
            parts = None if name in by_name else _mig_devices(nvml, handle, name, name, [])
            for part, total, free in parts or [(name, *_memory_now(nvml, handle))]:
                if total != LOST:
                    device = by_name.get(part, Device(name=part, vendor="nvidia"))
                    devices.append(
                        replace(device, memory_bytes=total or device.memory_bytes, free_bytes=free)
                    )
    except Exception:
        return None
    finally:
        with contextlib.suppress(Exception):
            nvml.nvmlShutdown()
    where = os.environ if environ is None else environ
    return _visible(_cuda_order(devices, where, []), where, [])


LOST = -1
"""Stands for the size of a GPU that is lost or needs a reset."""


def _memory_now(nvml: Any, handle: Any) -> tuple[int | None, int | None]:
    """Total and free memory; unknown where the driver does not tell (GB10)."""
    try:
        memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    except Exception as error:
        return (LOST if getattr(error, "value", None) in (15, 16) else None), None
    return int(memory.total), int(memory.free)


def _cuda_order(devices: list[Device], environ: Mapping[str, str], notes: list[str]) -> list[Device]:
    """Devices in CUDA's order: the fastest first, unless ``CUDA_DEVICE_ORDER=PCI_BUS_ID``.

    Source: CUDA programming guide, environment variables (``CUDA_DEVICE_ORDER``, default ``FASTEST_FIRST``).
    """
    if len({device.name for device in devices}) < 2 or environ.get("CUDA_DEVICE_ORDER") == "PCI_BUS_ID":
        return devices
    if any(device.flops_fp16 is None for device in devices):
        notes.append(say("NVIDIA: GPUs differ; the order in which CUDA numbers them is not known here"))
        return devices
    first = max(range(len(devices)), key=lambda i: devices[i].flops_fp16 or 0.0)
    if first == 0:
        return devices
    notes.append(
        say(
            "NVIDIA: CUDA numbers the fastest GPU first, so {gpu} is taken as CUDA0; "
            "set CUDA_DEVICE_ORDER=PCI_BUS_ID for the order of the slots",
            gpu=devices[first].name,
        )
    )
    return [devices[first], *devices[:first], *devices[first + 1 :]]


def _visible(devices: list[Device], environ: Mapping[str, str], notes: list[str]) -> list[Device]:
    """Devices that ``CUDA_VISIBLE_DEVICES`` leaves to engines, in its order."""
    listed = environ.get("CUDA_VISIBLE_DEVICES")
    if listed is None or not devices:
        return devices
    chosen: list[Device] = []
    for entry in (part.strip() for part in listed.split(",")):
        if not entry:
            continue
        if not re.fullmatch(r"-?\d+", entry):
            notes.append(say("NVIDIA: CUDA_VISIBLE_DEVICES names GPUs by identifier; all are listed here"))
            return devices
        if not 0 <= int(entry) < len(devices):
            break
        chosen.append(devices[int(entry)])
    if len(chosen) != len(devices):
        notes.append(
            say(
                "NVIDIA: CUDA_VISIBLE_DEVICES leaves {n} of {all} GPUs to engines started from here",
                n=len(chosen),
                all=len(devices),
            )
        )
    return chosen
