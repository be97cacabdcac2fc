"""Graphics cards by what the PCI bus says of them: a name where no driver answers (Linux sysfs and the list pci.ids)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from planner.hardware.accelerator_names import match_driver_name
from planner.hardware.probe import MAX_FILE_BYTES, read_int, read_text

DRM_ROOT = Path("/sys/class/drm")
IDS_FILES = (Path("/usr/share/misc/pci.ids"), Path("/usr/share/hwdata/pci.ids"))


@dataclass(frozen=True, slots=True)
class PciCard:
    """A graphics card on the bus."""

    vendor: int
    device: int
    name: str
    """As pci.ids has it; empty where that is missing or does not know it."""
    accelerator: str | None
    """Matching row of the accelerator table."""

    @property
    def pci_id(self) -> str:
        """``10de:2684``."""
        return f"{self.vendor:04x}:{self.device:04x}"


def pci_cards(vendor: int, drm_root: Path = DRM_ROOT, ids_files: Sequence[Path] = IDS_FILES) -> list[PciCard]:
    """Graphics cards of a maker that the kernel lists; never raises."""
    cards = []
    for folder in sorted(drm_root.glob("card*")):
        if not re.fullmatch(r"card\d+", folder.name):
            continue
        found, device = read_int(folder / "device/vendor"), read_int(folder / "device/device")
        if found != vendor or device is None:
            continue
        name = next((n for path in ids_files if (n := device_name(path, vendor, device))), "")
        spec = match_driver_name(name) if name else None
        cards.append(PciCard(vendor, device, name, None if spec is None else spec.name))
    return cards


def device_name(path: Path, vendor: int, device: int) -> str:
    """Name of a device in pci.ids, the part in brackets where there is one; empty if it is not listed."""
    text = read_text(path) or ""
    start = re.search(rf"^{vendor:04x}  .*$", text[:MAX_FILE_BYTES], re.M | re.I)
    if start is None:
        return ""
    rest = text[start.end() :]
    end = re.search(r"^[0-9a-f]{4}  ", rest, re.M | re.I)
    line = re.search(rf"^\t{device:04x}  (.*)$", rest[: end.start()] if end else rest, re.M | re.I)
    if line is None:
        return ""
    bracket = re.search(r"\[(.+)\]", line.group(1))
    return (bracket.group(1) if bracket else line.group(1)).strip()
