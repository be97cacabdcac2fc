"""System memory as people name it: ``DDR5-5600, 2 channels`` or ``83 GB/s``; what that moves at most."""

from __future__ import annotations

import re
from dataclasses import dataclass

from planner.units import ValueFault, parse_positive

BYTES_PER_CHANNEL = 8
"""Width of one 64-bit channel (JEDEC JESD79-4, JESD79-5: two 32-bit subchannels for DDR5)."""
RAM_KINDS = (
    "DDR3-1600",
    "DDR4-2400",
    "DDR4-2666",
    "DDR4-3200",
    "DDR4-3600",
    "DDR5-4800",
    "DDR5-5200",
    "DDR5-5600",
    "DDR5-6000",
    "DDR5-6400",
    "DDR5-8000",
)
"""Kinds to choose from: speed grades of JESD79-3, -4, -5 and usual overclocked ones; the number is 10^6 transfers/s."""
CHANNELS = (1, 2, 4, 6, 8, 12)
MAX_BANDWIDTH_GB = 100_000.0
_KIND = re.compile(r"\b((?:LP)?DDR[1-9]X?)[\s-]*(\d{3,5})\b", re.I)
_CHANNELS = re.compile(r"\b(\d{1,2})\s*(?:[x×]|ch\b|channels?\b)|[x×]\s*(\d{1,2})\b", re.I)
_WORDS = {"single": 1, "dual": 2, "triple": 3, "quad": 4, "hexa": 6, "octa": 8}


@dataclass(frozen=True, slots=True)
class RamSpeed:
    """Speed of the system memory."""

    bytes_per_s: float
    kind: str = ""
    """e.g. ``DDR5-5600``; empty when only a rate was given."""
    channels: int | None = None


def bandwidth_of(transfers_per_s: float, channels: int) -> float:
    """Theoretical bandwidth: transfers per second × 8 bytes × channels. [bytes/s]"""
    return transfers_per_s * BYTES_PER_CHANNEL * channels


def parse_ram_speed(text: str, name: str = "RAM speed") -> RamSpeed:
    """Read ``DDR5-5600, 2 channels``, ``2x DDR5-5600``, ``dual channel DDR4 3200``, ``83 GB/s`` or ``83``.

    Raises
    ------
    ValueFault
        When it is neither, or channels are not named.
    """
    given = text.strip()
    kind = _KIND.search(given)
    if kind is None:
        number = re.sub(r"(?i)\s*(?:gb/s|gbps|gb\s*per\s*s(?:econd)?)$", "", given)
        return RamSpeed(parse_positive(number, name, "GB/s", MAX_BANDWIDTH_GB) * 1e9)
    label = f"{kind.group(1).upper()}-{kind.group(2)}"
    rest = given[: kind.start()] + " " + given[kind.end() :]
    found = _CHANNELS.search(rest)
    word = next((n for w, n in _WORDS.items() if re.search(rf"\b{w}\b", rest, re.I)), None)
    channels = int(found.group(1) or found.group(2)) if found else word
    if channels is None:
        raise ValueFault(f"{name} {given!r}: say how many channels, for example {label}, 2 channels")
    if not 1 <= channels <= 32:
        raise ValueFault(f"{name} {given!r}: {channels} channels; valid are 1 to 32")
    return RamSpeed(bandwidth_of(float(kind.group(2)) * 1e6, channels), label, channels)
