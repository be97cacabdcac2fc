"""System memory: size, what is free, container limits, and the modules where the system tells."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from planner import units
from planner.hardware.cgroup import CGROUP_ROOT, SELF_CGROUP, memory_limit
from planner.hardware.probe import CommandResult, read_text, run_command
from planner.machine import HostMemory
from planner.words import say

DIMM_BYTES = 8
UDEV_RECORD = Path("/run/udev/data/+dmi:id")
SMBIOS_TYPES = {24: "DDR3", 26: "DDR4", 30: "LPDDR4", 34: "DDR5", 35: "LPDDR5"}
"""Memory types of the SMBIOS specification 3.7, table 77."""
POWERSHELL = (
    "Get-CimInstance Win32_PhysicalMemory | Select-Object Capacity,ConfiguredClockSpeed,SMBIOSMemoryType,"
    "DeviceLocator,BankLabel,DataWidth | ConvertTo-Json -Compress"
)


@dataclass(frozen=True, slots=True)
class MemoryModule:
    """One installed module."""

    size_bytes: int
    kind: str
    transfers_per_s: float | None
    """As it runs, not as it could."""
    width_bits: int | None
    locator: str


@dataclass(slots=True)
class MemoryFindings:
    """Host memory, and what could not be read."""

    memory: HostMemory = field(default_factory=HostMemory)
    notes: list[str] = field(default_factory=list)


def parse_dmidecode(text: str) -> list[MemoryModule]:
    """Installed modules of ``dmidecode -t memory``."""
    modules: list[MemoryModule] = []
    for block in re.split(r"\n\s*\n", text):
        if "Memory Device" not in block:
            continue
        fields = dict(re.findall(r"^\s+([\w ]+):\s*(.*?)\s*$", block, flags=re.M))
        size = re.match(r"(\d+)\s*(MB|GB|TB|MiB|GiB|TiB)", fields.get("Size", ""))
        if not size:
            continue
        scale = {"M": 2**20, "G": 2**30, "T": 2**40}[size.group(2)[0]]
        speed_text = fields.get("Configured Memory Speed") or fields.get("Configured Clock Speed") or ""
        speed = re.match(r"(\d+)", speed_text) or re.match(r"(\d+)", fields.get("Speed", ""))
        width = re.match(r"(\d+)", fields.get("Data Width", ""))
        kind = fields.get("Type", "")
        modules.append(
            MemoryModule(
                int(size.group(1)) * scale,
                kind if re.fullmatch(r"(?:LP)?DDR\w*", kind) else "",
                int(speed.group(1)) * 1e6 if speed and int(speed.group(1)) > 0 else None,
                int(width.group(1)) if width else None,
                f"{fields.get('Locator', '')} {fields.get('Bank Locator', '')}",
            )
        )
    return modules


def parse_physical_memory(text: str) -> list[MemoryModule]:
    """Installed modules of ``Win32_PhysicalMemory`` as JSON."""
    try:
        data = json.loads(text)
    except ValueError:
        return []
    rows = data if isinstance(data, list) else [data]
    modules: list[MemoryModule] = []
    for row in rows:
        if not isinstance(row, dict):
            continue
        try:
            size = int(row.get("Capacity") or 0)
            speed = int(row.get("ConfiguredClockSpeed") or 0)
            kind = SMBIOS_TYPES.get(int(row.get("SMBIOSMemoryType") or 0), "")
            width = int(row.get("DataWidth") or 0)
        except (TypeError, ValueError):
            continue
        if size > 0:
            locator = f"{row.get('DeviceLocator') or ''} {row.get('BankLabel') or ''}"
            modules.append(MemoryModule(size, kind, speed * 1e6 if speed else None, width or None, locator))
    return modules


def parse_udev(text: str) -> list[MemoryModule]:
    """Installed modules of udev's record of the firmware tables, which anybody may read.

    systemd 248 and later store what ``dmi_memory_id`` reads as root: ``E:MEMORY_DEVICE_0_TYPE=DDR4`` and so on.
    """
    slots: dict[int, dict[str, str]] = {}
    for number, name, value in re.findall(r"^(?:E:)?MEMORY_DEVICE_(\d+)_(\w+)=(.*)$", text, flags=re.M):
        slots.setdefault(int(number), {})[name] = value.strip()
    modules: list[MemoryModule] = []
    for _, fields in sorted(slots.items()):
        size, width = _whole(fields.get("SIZE")), _whole(fields.get("DATA_WIDTH"))
        if not size:
            continue
        speed = _whole(fields.get("CONFIGURED_SPEED_MTS")) or _whole(fields.get("SPEED_MTS"))
        kind = fields.get("TYPE", "")
        modules.append(
            MemoryModule(
                size,
                kind if re.fullmatch(r"(?:LP)?DDR\w*", kind) else "",
                speed * 1e6 if speed else None,
                width or None,
                f"{fields.get('LOCATOR', '')} {fields.get('BANK_LOCATOR', '')}",
            )
        )
    return modules


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


def channels_of(modules: Sequence[MemoryModule]) -> int | None:
    """64-bit channels in use, from the modules' places; None if the places do not tell.

    Places are named as boards name them: ``ChannelA-DIMM0``, ``P0 CHANNEL B``, ``DIMM_A1``.
    """
    channels: set[str] = set()
    for module in modules:
        place = module.locator
        match = (
            re.search(r"(controller\s*\d+)?[\s\-_]*channel[\s\-_]*([a-z0-9])", place, re.I)
            or re.search(r"()dimm[\s\-_]*([a-p])\d?", place, re.I)
            or re.search(r"()\b([a-p])\d\b", place, re.I)
        )
        if match is None:
            return None
        socket = re.search(r"\b(?:p|cpu|proc(?:essor)?|node|socket)[\s_]*(\d)", place, re.I)
        channels.add(
            f"{socket.group(1) if socket else ''}/{match.group(1) or ''}/{match.group(2)}".casefold().replace(
                " ", ""
            )
        )
    return len(channels) or None


def host_memory_of(modules: Sequence[MemoryModule]) -> tuple[str, int | None, float | None]:
    """Kind, channels and theoretical bandwidth [bytes/s] of the installed modules; None where unknown."""
    kinds = {module.kind for module in modules if module.kind}
    rates = [module.transfers_per_s for module in modules if module.transfers_per_s]
    if len(kinds) != 1 or not rates:
        return (next(iter(kinds)) if len(kinds) == 1 else "", None, None)
    kind, rate = next(iter(kinds)), min(rates)
    name = f"{kind}-{rate / 1e6:.0f}"
    channels = channels_of(modules)
    if kind.startswith("LP"):
        widths = [module.width_bits or 0 for module in modules]
        bits = sum(widths) if all(widths) else 0
        return name, None, bits / 8 * rate if bits >= 64 else None
    return name, channels, None if channels is None else channels * DIMM_BYTES * rate


def read_modules(
    run: Callable[[Sequence[str]], CommandResult] = run_command,
    which: Callable[[str], str | None] = shutil.which,
    udev: Path = UDEV_RECORD,
) -> tuple[list[MemoryModule], str | None]:
    """Installed modules, or why they cannot be read."""
    if sys.platform == "win32":
        result = run(["powershell", "-NoProfile", "-NonInteractive", "-Command", POWERSHELL])
        modules = parse_physical_memory(result.stdout)
        return modules, None if modules else say(
            "{program} {why}", program="PowerShell", why=result.fault or say("does not say")
        )
    if sys.platform != "linux":
        return [], None
    modules = parse_udev(read_text(udev) or "")
    if modules:
        return modules, None
    program = which("dmidecode") or which("/usr/sbin/dmidecode")
    if program is None:
        return [], "dmidecode is not installed"
    if hasattr(os, "geteuid") and os.geteuid() != 0:
        return [], "dmidecode needs root"
    result = run([program, "-t", "memory"])
    modules = parse_dmidecode(result.stdout)
    return modules, None if modules else say(
        "{program} {why}", program="dmidecode", why=result.fault or say("lists no modules")
    )


@dataclass(frozen=True, slots=True)
class MemorySizes:
    """Size of the system memory and what is available of it. [bytes]"""

    total_bytes: int | None
    available_bytes: int | None
    limit_bytes: int | None
    """Of the container, where it is below the total."""
    fault: str | None = None


def available_memory(cgroup_root: Path = CGROUP_ROOT, self_cgroup: Path = SELF_CGROUP) -> MemorySizes:
    """Read what is available of the system memory, within the container's limit; never raises."""
    total = available = fault = None
    try:
        import psutil

        state = psutil.virtual_memory()
        total, available = int(state.total), int(state.available)
    except Exception as error:
        fault = f"{type(error).__name__}: {error}"
    limit = memory_limit(cgroup_root, self_cgroup)
    if limit is None or (total is not None and limit.limit_bytes >= total):
        return MemorySizes(total, available, None, fault)
    left = limit.available_bytes if limit.available_bytes is not None else limit.limit_bytes
    available = left if available is None else min(available, left)
    return MemorySizes(total, available, limit.limit_bytes, fault)


def probe_memory(
    cgroup_root: Path = CGROUP_ROOT,
    self_cgroup: Path = SELF_CGROUP,
    modules: Callable[[], tuple[list[MemoryModule], str | None]] = read_modules,
) -> MemoryFindings:
    """Read this machine's memory; never raises."""
    found = MemoryFindings()
    sizes = available_memory(cgroup_root, self_cgroup)
    total, available, limit_bytes = sizes.total_bytes, sizes.available_bytes, sizes.limit_bytes
    if sizes.fault is not None:
        found.notes.append(say("Memory: its size cannot be read ({why})", why=sizes.fault))
    if limit_bytes is not None:
        found.notes.append(say("Memory: the container may use {size}", size=units.gib(limit_bytes)))
    installed, why = modules()
    kind, channels, bandwidth = host_memory_of(installed)
    if why is not None:
        found.notes.append(say("Memory: type and channels are unknown ({why})", why=why))
    elif installed and bandwidth is None:
        found.notes.append(say("Memory: the modules do not tell how many channels are in use"))
    found.memory = HostMemory(
        total_bytes=total,
        available_bytes=available,
        limit_bytes=limit_bytes,
        bandwidth_bytes_per_s=bandwidth,
        bandwidth_origin="detected" if bandwidth is not None else "unknown",
        kind=kind,
        channels=channels,
    )
    return found
