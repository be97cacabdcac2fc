"""AMD GPUs: Linux sysfs for sizes and links, libdrm's list or ``rocm-smi`` for names.

Sources: Linux kernel, Documentation/gpu/amdgpu/driver-misc (``mem_info_vram_total``, ``mem_info_gtt_total``),
Documentation/ABI/testing/sysfs-bus-pci (``max_link_speed``, ``max_link_width``).
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from planner.hardware.accelerator_names import match_driver_name
from planner.hardware.device_facts import per_die, with_table
from planner.hardware.probe import CommandResult, GpuFindings, read_int, read_text, run_command
from planner.machine import Device
from planner.words import say

DRM_ROOT = Path("/sys/class/drm")
AMDGPU_IDS = (Path("/usr/share/libdrm/amdgpu.ids"), Path("/opt/amdgpu/share/libdrm/amdgpu.ids"))
PCI_NAMES = {
    0x66A1: "Instinct MI50",
    0x66AF: "Radeon VII",
    0x738C: "Instinct MI100",
    0x740F: "Instinct MI210",
    0x7408: "Instinct MI250X",
    0x740C: "Instinct MI250",
    0x74A0: "Instinct MI300A",
    0x74A1: "Instinct MI300X",
    0x74A5: "Instinct MI325X",
    0x75A0: "Instinct MI350X",
    0x75A3: "Instinct MI355X",
    0x7448: "Radeon PRO W7900",
    0x745E: "Radeon PRO W7800",
    0x7551: "Radeon AI PRO R9700",
    0x1586: "Radeon 8060S",
    0x150E: "Radeon 890M",
    0x15BF: "Radeon 780M",
    0x1681: "Radeon 680M",
}
"""PCI device ids that one product (or, for SoCs, its largest version) has; pci.ids, 2026-11-25."""
PCIE_SPEEDS = {2.5: 1, 5.0: 2, 8.0: 3, 16.0: 4, 32.0: 5, 64.0: 6}
"""Transfer rate [GT/s] to PCIe generation."""
NAME_FIELDS = ("card series", "card model", "device name")


@dataclass(frozen=True, slots=True)
class SmiCard:
    """What ``rocm-smi`` says about one card."""

    name: str
    memory_bytes: int | None
    used_bytes: int | None


def pcie_link(device: Path) -> tuple[int | None, int | None]:
    """Largest PCIe generation and width of a device's sysfs folder."""
    speed = re.match(r"\s*(\d+(?:\.\d+)?)\s*GT/s", read_text(device / "max_link_speed") or "")
    generation = PCIE_SPEEDS.get(float(speed.group(1))) if speed else None
    lanes = read_int(device / "max_link_width")
    return generation, lanes if lanes in (1, 2, 4, 8, 16) else None


def parse_amdgpu_ids(text: str) -> dict[tuple[int, int], str]:
    """libdrm's list of names by device and revision id (``744C, C8, AMD Radeon RX 7900 XTX``)."""
    names: dict[tuple[int, int], str] = {}
    for line in text.splitlines():
        parts = [part.strip() for part in line.split(",", 2)]
        if len(parts) == 3 and not line.startswith("#"):
            try:
                names[int(parts[0], 16), int(parts[1], 16)] = parts[2]
            except ValueError:
                continue
    return names


def parse_rocm_smi_json(text: str) -> list[SmiCard]:
    """Cards of ``rocm-smi --showproductname --showmeminfo vram --json``; empty if it cannot be read."""
    start = text.find("{")
    try:
        data = json.loads(text[start:]) if start >= 0 else {}
    except ValueError:
        return []
    cards: list[SmiCard] = []
    for key in sorted((k for k in data if re.fullmatch(r"card\d+", k)), key=lambda k: int(k[4:])):
        card = data[key]
        if not isinstance(card, dict):
            continue
        lower = {str(k).casefold(): str(v) for k, v in card.items()}
        name = next((lower[k] for k in NAME_FIELDS if _is_name(lower.get(k))), "")
        cards.append(
            SmiCard(
                name,
                _whole(lower.get("vram total memory (b)")),
                _whole(lower.get("vram total used memory (b)")),
            )
        )
    return cards


def parse_rocm_smi_text(text: str) -> list[SmiCard]:
    """Cards of the same command without ``--json`` (lines ``GPU[0] : Card Series: Radeon RX 7900 XTX``)."""
    fields: dict[int, dict[str, str]] = {}
    for line in text.splitlines():
        match = re.match(r"\s*GPU\[(\d+)\]\s*:\s*([^:]+?)\s*:\s*(.*?)\s*$", line)
        if match:
            fields.setdefault(int(match.group(1)), {})[match.group(2).casefold()] = match.group(3)
    cards = []
    for index in sorted(fields):
        card = fields[index]
        name = next((card[k] for k in NAME_FIELDS if _is_name(card.get(k))), "")
        cards.append(
            SmiCard(
                name,
                _whole(card.get("vram total memory (b)")),
                _whole(card.get("vram total used memory (b)")),
            )
        )
    return cards


def _is_name(text: str | None) -> bool:
    return bool(text) and not re.fullmatch(r"(?i)n/?a|0x[0-9a-f]+|unknown", (text or "").strip())


def _whole(text: str | None) -> int | None:
    try:
        value = int((text or "").strip())
    except ValueError:
        return None
    return value if value > 0 else None


def graphics_cards(drm_root: Path, vendor: int) -> list[Path]:
    """Device folders of a vendor's graphics cards, in card order, each once."""
    cards = [path for path in drm_root.glob("card*") if re.fullmatch(r"card\d+", path.name)]
    devices: dict[str, Path] = {}
    for card in sorted(cards, key=lambda path: int(path.name[4:])):
        device = card / "device"
        if read_int(device / "vendor") == vendor:
            try:
                devices.setdefault(str(device.resolve()), device)
            except OSError:
                continue
    return list(devices.values())


def probe_amd(
    drm_root: Path = DRM_ROOT,
    ids_files: Sequence[Path] = AMDGPU_IDS,
    run: Callable[[Sequence[str]], CommandResult] = run_command,
    which: Callable[[str], str | None] = shutil.which,
    ram_total_bytes: int | None = None,
) -> GpuFindings:
    """Find AMD GPUs on Linux; never raises.

    Parameters
    ----------
    drm_root, ids_files : Path
        Where the kernel and libdrm keep their files.
    run, which : callable
        Stand in for commands in tests.
    ram_total_bytes : int, optional
        System memory, for GPUs that share it. [bytes]
    """
    found = GpuFindings()
    devices = graphics_cards(drm_root, 0x1002)
    if not devices:
        return found
    names: dict[tuple[int, int], str] = {}
    for path in ids_files:
        names.update(parse_amdgpu_ids(read_text(path) or ""))
    smi: list[SmiCard] | None = None
    for index, folder in enumerate(devices):
        name = (read_text(folder / "product_name") or "").strip()
        chip, revision = read_int(folder / "device"), read_int(folder / "revision")
        if not name and chip is not None:
            name = names.get((chip, revision if revision is not None else -1), "") or PCI_NAMES.get(chip, "")
        if not name:
            if smi is None:
                smi = _ask_rocm_smi(run, which, found.notes)
            name = smi[index].name if len(smi) == len(devices) else ""
        _add(found, folder, name, index, ram_total_bytes)
    return found


def _ask_rocm_smi(
    run: Callable[[Sequence[str]], CommandResult], which: Callable[[str], str | None], notes: list[str]
) -> list[SmiCard]:
    program = which("rocm-smi") or which("/opt/rocm/bin/rocm-smi")
    if program is None:
        return []
    result = run([program, "--showproductname", "--showmeminfo", "vram", "--json"])
    cards = parse_rocm_smi_json(result.stdout) or parse_rocm_smi_text(result.stdout)
    if not cards:
        why = result.fault or say("printed nothing that can be read")
        notes.append(say("AMD: rocm-smi {why}", why=why))
    return cards


def _add(found: GpuFindings, folder: Path, name: str, index: int, ram_total_bytes: int | None) -> None:
    vram, used = read_int(folder / "mem_info_vram_total"), read_int(folder / "mem_info_vram_used")
    gtt = read_int(folder / "mem_info_gtt_total")
    chip = read_int(folder / "device")
    shown = name or (f"AMD GPU {index} (1002:{chip:04x})" if chip is not None else f"AMD GPU {index}")
    spec = match_driver_name(name, vram) if name else None
    if vram is None:
        found.notes.append(
            say("{gpu}: the driver gives no memory size (is the amdgpu driver loaded?)", gpu=shown)
        )
    unified = spec is not None and spec.unified_memory
    if spec is None and vram is not None and gtt is not None and vram < 3 * 2**30:
        found.notes.append(
            say("{gpu}: integrated graphics that the accelerator table does not list; not used", gpu=shown)
        )
        return
    memory, free, limit = vram, None if vram is None or used is None else max(vram - used, 0), None
    if unified:
        memory = None if ram_total_bytes is None else ram_total_bytes + (vram or 0)
        limit = None if vram is None and gtt is None else (vram or 0) + (gtt or 0)
        free = None
    generation, lanes = (None, None) if unified else pcie_link(folder)
    origin = {
        "memory_bytes": "detected" if memory else "unknown",
        "free_bytes": "detected" if free else "unknown",
        "pcie": "detected" if generation or lanes else "unknown",
    }
    driver = (read_text("/sys/module/amdgpu/version") or "").strip() or None
    device = Device(
        name=shown,
        vendor="amd",
        backend="rocm",
        memory_bytes=memory,
        free_bytes=free,
        driver=driver,
        pcie_generation=generation,
        pcie_lanes=lanes,
        unified_memory=unified,
        default_limit_bytes=limit,
        origin=origin | ({"driver": "detected"} if driver else {}),
    )
    device, notes = with_table(device, spec)
    if spec is not None and spec.dies > 1 and vram is not None:
        device = replace(per_die(device, spec.dies), memory_bytes=vram)
    found.devices.append(device)
    found.notes += notes
    if spec is None:
        found.notes.append(
            say("{gpu}: not in the accelerator table; bandwidth and arithmetic rates are unknown", gpu=shown)
        )
