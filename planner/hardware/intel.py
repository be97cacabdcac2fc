"""Intel GPUs on Linux: PCI ids for names, ``lmem_total_bytes`` or the PCI window for memory."""

from __future__ import annotations

from pathlib import Path

from planner.hardware.accelerator_names import match_driver_name
from planner.hardware.amd import DRM_ROOT, graphics_cards, pcie_link
from planner.hardware.device_facts import with_table
from planner.hardware.probe import GpuFindings, read_int, read_text
from planner.machine import Device
from planner.words import say

PCI_NAMES = {
    0x56A0: "Arc A770",
    0x56A1: "Arc A750",
    0x56A2: "Arc A580",
    0x56A5: "Arc A380",
    0x56A6: "Arc A310",
    0x5690: "Arc A770M",
    0x56B3: "Arc Pro A60",
    0x56C0: "Data Center GPU Flex 170",
    0xE20B: "Arc B580",
    0xE20C: "Arc B570",
    0xE211: "Arc Pro B60",
    0xE212: "Arc Pro B50",
    0xE222: "Arc Pro B65",
    0xE223: "Arc Pro B70",
    0x0BD5: "Data Center GPU Max 1550",
    0x0BDA: "Data Center GPU Max 1100",
    0x64A0: "Arc 140V",
    0x7D55: "Core Ultra 100 iGPU",
}
"""PCI device ids (Linux kernel include/drm/intel/pciids.h and Intel's product pages, 2026-11-25)."""
MIN_WINDOW_BYTES = 2**30


def largest_window(resource: str) -> int | None:
    """Largest memory window of a PCI ``resource`` file; the whole memory with resizable BAR. [bytes]"""
    sizes = []
    for line in resource.splitlines():
        parts = line.split()
        try:
            start, end = int(parts[0], 16), int(parts[1], 16)
        except (IndexError, ValueError):
            continue
        if end > start:
            sizes.append(end - start + 1)
    return max(sizes, default=None)


def probe_intel(drm_root: Path = DRM_ROOT, ram_total_bytes: int | None = None) -> GpuFindings:
    """Find Intel GPUs on Linux; never raises.

    Parameters
    ----------
    drm_root : Path
        Where the kernel lists graphics cards.
    ram_total_bytes : int, optional
        System memory, for GPUs that share it. [bytes]
    """
    found = GpuFindings()
    for folder in graphics_cards(drm_root, 0x8086):
        chip = read_int(folder / "device")
        name = PCI_NAMES.get(chip or 0)
        if name is None:
            found.notes.append(
                say(
                    "Intel graphics (8086:{chip}): not in the accelerator table; not used for plans",
                    chip=f"{chip or 0:04x}",
                )
            )
            continue
        window = largest_window(read_text(folder / "resource") or "")
        memory = read_int(folder.parent / "lmem_total_bytes") or read_int(folder / "lmem_total_bytes")
        spec = match_driver_name(name, memory or window)
        unified = spec is not None and spec.unified_memory
        if unified:
            memory = ram_total_bytes
        elif memory is None and spec is not None and window is not None and window >= 0.9 * spec.memory_bytes:
            memory = spec.total_bytes
        generation, lanes = (None, None) if unified else pcie_link(folder)
        if lanes == 1 and spec is not None and spec.pcie_lanes and spec.pcie_lanes > 1:
            generation = lanes = None  # the card's own switch shows an x1 link behind it
        device = Device(
            name=f"Intel {name}",
            vendor="intel",
            backend="sycl",
            memory_bytes=memory,
            pcie_generation=generation,
            pcie_lanes=lanes,
            unified_memory=unified,
            origin={
                "memory_bytes": "detected" if memory else "unknown",
                "pcie": "detected" if generation or lanes else "unknown",
            },
        )
        device, notes = with_table(device, spec)
        found.devices.append(device)
        found.notes += notes
        found.notes.append(say("Intel {name}: free memory cannot be read on Linux", name=name))
    return found
