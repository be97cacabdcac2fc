"""The processor: name, cores this process may use, and instruction sets that matter to inference."""

from __future__ import annotations

import math
import os
import platform
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from planner.hardware.apple import parse_sysctl
from planner.hardware.cgroup import CGROUP_ROOT, cpu_quota
from planner.hardware.probe import CommandResult, read_int, read_text, run_command
from planner.hardware.windows import processor_name
from planner.machine import Processor
from planner.words import figure, say

FEATURES = (
    "ssse3",
    "sse4_2",
    "avx",
    "avx2",
    "fma",
    "f16c",
    "bmi2",
    "avx_vnni",
    "avx512f",
    "avx512bw",
    "avx512vl",
    "avx512_vbmi",
    "avx512_vnni",
    "avx512_bf16",
    "amx_tile",
    "amx_int8",
    "amx_bf16",
    "asimd",
    "asimdhp",
    "asimddp",
    "i8mm",
    "bf16",
    "sve",
    "sve2",
    "sme",
)
"""Flags of ``/proc/cpuinfo`` for which llama.cpp's CPU backend has kernels (ggml/src/ggml-cpu)."""
SYSCTL_FEATURES = {
    "hw.optional.arm.FEAT_DotProd": "asimddp",
    "hw.optional.arm.FEAT_I8MM": "i8mm",
    "hw.optional.arm.FEAT_BF16": "bf16",
    "hw.optional.arm.FEAT_SME": "sme",
}
CPU_ROOT = Path("/sys/devices/system/cpu")


@dataclass(slots=True)
class CpuFindings:
    """The processor, and what could not be read."""

    processor: Processor = field(default_factory=Processor)
    notes: list[str] = field(default_factory=list)
    virtual: bool = False
    """True on a virtual machine: the host's memory channels say nothing about this one."""


@dataclass(frozen=True, slots=True)
class CpuInfo:
    """What ``/proc/cpuinfo`` says."""

    name: str = ""
    flags: frozenset[str] = frozenset()
    cores: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    """Logical processor to (package, core), where the kernel says it."""
    virtual: bool = False


def parse_cpuinfo(text: str) -> CpuInfo:
    """Read ``/proc/cpuinfo`` of x86 or ARM; what is missing stays empty."""
    name, flags = "", frozenset[str]()
    cores: dict[int, tuple[int, int]] = {}
    for block in re.split(r"\n\s*\n", text):
        entries: dict[str, str] = {}
        for line in block.splitlines():
            key, separator, value = line.partition(":")
            if separator:
                entries.setdefault(key.strip().casefold(), value.strip())
        name = name or entries.get("model name") or entries.get("hardware") or entries.get("cpu model") or ""
        flags = flags or frozenset((entries.get("flags") or entries.get("features") or "").split())
        try:
            cores[int(entries["processor"])] = (int(entries["physical id"]), int(entries["core id"]))
        except (KeyError, ValueError):
            continue
    return CpuInfo(name, flags, cores, "hypervisor" in flags)


def physical_cores(
    usable: Iterable[int], cpuinfo: CpuInfo, cpu_root: Path = CPU_ROOT, all_physical: int | None = None
) -> int | None:
    """Physical cores among logical processors.

    Parameters
    ----------
    usable : iterable of int
        Logical processors this process may run on.
    cpuinfo : CpuInfo
        Package and core of each, where known; otherwise sysfs topology is read.
    cpu_root : Path
        Folder of ``cpuN/topology``.
    all_physical : int, optional
        Physical cores of the whole machine, an upper bound.
    """
    processors = sorted(set(usable))
    if not processors:
        return all_physical
    if all(cpu in cpuinfo.cores for cpu in processors):
        count = len({cpuinfo.cores[cpu] for cpu in processors})
    else:
        seen = set()
        for cpu in processors:
            topology = cpu_root / f"cpu{cpu}" / "topology"
            core, package = read_int(topology / "core_id"), read_int(topology / "physical_package_id")
            if core is None:
                return min(all_physical, len(processors)) if all_physical else len(processors)
            seen.add((package, core))
        count = len(seen)
    return min(count, all_physical) if all_physical else count


def probe_cpu(
    cpuinfo_path: Path = Path("/proc/cpuinfo"),
    cgroup_root: Path = CGROUP_ROOT,
    run: Callable[[Sequence[str]], CommandResult] = run_command,
) -> CpuFindings:
    """Read the processor of this machine; never raises."""
    found = CpuFindings()
    logical, physical, usable = _counts(found.notes)
    info = parse_cpuinfo(read_text(cpuinfo_path) or "")
    name, features = info.name, tuple(flag for flag in FEATURES if flag in info.flags)
    if sys.platform == "darwin":
        values = parse_sysctl(run(["/usr/sbin/sysctl", "machdep.cpu.brand_string", *SYSCTL_FEATURES]).stdout)
        name = values.get("machdep.cpu.brand_string", "")
        features = tuple(flag for key, flag in SYSCTL_FEATURES.items() if values.get(key) == "1")
    elif sys.platform == "win32":
        name = processor_name()
    if not name:
        name = _device_tree_model() or platform.processor()
    if not name or name.casefold() in ("x86_64", "arm", "aarch64", "i386"):
        found.notes.append(say("Processor: its name could not be read"))
    cores = physical_cores(usable, info, all_physical=physical)
    threads = len(usable) or logical
    if logical and len(usable) and len(usable) < logical:
        found.notes.append(
            say(
                "Processor: this process may run on {n} of {all} logical processors",
                n=len(usable),
                all=logical,
            )
        )
    quota = cpu_quota(cgroup_root)
    if quota is not None and threads and quota < threads:
        found.notes.append(
            say(
                "Processor: the container may use {n} processors of {all}",
                n=figure(f"{quota:g}"),
                all=threads,
            )
        )
        threads = max(math.floor(quota), 1)
        cores = min(cores, threads) if cores else threads
    found.processor = Processor(
        name=_tidy(name),
        cores=cores,
        threads=threads,
        features=features,
        architecture=_architecture(platform.machine()),
    )
    found.virtual = info.virtual
    return found


def _counts(notes: list[str]) -> tuple[int | None, int | None, list[int]]:
    logical, physical = os.cpu_count(), None
    try:
        import psutil

        physical = psutil.cpu_count(logical=False)
    except Exception as error:
        notes.append(
            say(
                "Processor: physical cores cannot be counted ({kind}: {error})",
                kind=type(error).__name__,
                error=str(error),
            )
        )
    if sys.platform == "linux":
        try:
            return logical, physical, sorted(os.sched_getaffinity(0))
        except OSError:
            pass
    return logical, physical, []


def _device_tree_model() -> str:
    return (read_text("/proc/device-tree/model") or "").strip("\0 \n")


def _architecture(machine: str) -> str:
    return {"amd64": "x86_64", "arm64": "aarch64"}.get(machine.casefold(), machine.casefold())


def _tidy(name: str) -> str:
    cleaned = re.sub(r"\((?:R|TM|C)\)", "", name, flags=re.I)
    cleaned = re.sub(r"\s+(?:CPU|Processor)?\s*@\s*[\d.]+\s*GHz\s*$", "", cleaned, flags=re.I)
    cleaned = re.sub(r"\s+(?:\d+-Core )?Processor\s*$", "", cleaned, flags=re.I)
    return " ".join(cleaned.split())
