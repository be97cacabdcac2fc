"""Limits a container puts on memory and processors (Linux cgroup v2 and v1).

Source: Linux kernel, Documentation/admin-guide/cgroup-v2.rst (``memory.max``, ``cpu.max``) and
cgroup-v1/memory.rst (``memory.limit_in_bytes``); a limit of any ancestor applies too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from planner.hardware.probe import read_int, read_text

CGROUP_ROOT = Path("/sys/fs/cgroup")
SELF_CGROUP = Path("/proc/self/cgroup")
NO_LIMIT = 2**62
"""cgroup v1 writes a number near 2^63 where there is no limit. [bytes]"""


@dataclass(frozen=True, slots=True)
class MemoryLimit:
    """The tightest memory limit that applies. [bytes]"""

    limit_bytes: int
    available_bytes: int | None
    """Limit less what the group uses, its file cache counted as free; None if usage cannot be read."""


def own_groups(text: str) -> dict[str, str]:
    """Controller to path of ``/proc/self/cgroup``; ``""`` is the unified (v2) hierarchy."""
    groups: dict[str, str] = {}
    for line in text.splitlines():
        parts = line.split(":", 2)
        if len(parts) == 3:
            for controller in parts[1].split(","):
                groups[controller] = parts[2]
    return groups


def _folders(base: Path, group: str) -> Iterator[Path]:
    """The group's folder and its ancestors; in a container only the mount's root may exist."""
    path = PurePosixPath("/" + group.lstrip("/"))
    for part in (path, *path.parents):
        if ".." in part.parts:
            continue
        yield base.joinpath(*part.parts[1:])


def memory_limit(root: Path = CGROUP_ROOT, self_cgroup: Path = SELF_CGROUP) -> MemoryLimit | None:
    """The tightest memory limit of this process's cgroups, or None if there is none."""
    groups = own_groups(read_text(self_cgroup) or "")
    limits: list[MemoryLimit] = []
    for folder in _folders(root, groups.get("", "/")):
        text = (read_text(folder / "memory.max") or "").strip()
        if text.isdigit():
            limits.append(_limit(folder, int(text), "memory.current", "inactive_file"))
    for base in (root / "memory", root):
        for folder in _folders(base, groups.get("memory", "/")):
            value = read_int(folder / "memory.limit_in_bytes")
            if value is not None and 0 < value < NO_LIMIT:
                limits.append(_limit(folder, value, "memory.usage_in_bytes", "total_inactive_file"))
    return min(limits, key=lambda limit: limit.limit_bytes, default=None)


def _limit(folder: Path, limit: int, usage_file: str, cache_field: str) -> MemoryLimit:
    usage = read_int(folder / usage_file)
    if usage is None:
        return MemoryLimit(limit, None)
    cache = 0
    for line in (read_text(folder / "memory.stat") or "").splitlines():
        name, _, value = line.partition(" ")
        if name == cache_field and value.strip().isdigit():
            cache = int(value)
    return MemoryLimit(limit, max(limit - max(usage - cache, 0), 0))


def cpu_quota(root: Path = CGROUP_ROOT, self_cgroup: Path = SELF_CGROUP) -> float | None:
    """Processors the tightest quota of this process's cgroups allows, or None if there is none."""
    groups = own_groups(read_text(self_cgroup) or "")
    quotas: list[float] = []
    for folder in _folders(root, groups.get("", "/")):
        parts = (read_text(folder / "cpu.max") or "").split()
        if len(parts) == 2 and parts[0].isdigit() and parts[1].isdigit() and int(parts[1]) > 0:
            quotas.append(int(parts[0]) / int(parts[1]))
    for base in (root / "cpu", root / "cpu,cpuacct", root):
        for folder in _folders(base, groups.get("cpu", "/")):
            quota, period = read_int(folder / "cpu.cfs_quota_us"), read_int(folder / "cpu.cfs_period_us")
            if quota is not None and period and quota > 0:
                quotas.append(quota / period)
    return min(quotas, default=None)
