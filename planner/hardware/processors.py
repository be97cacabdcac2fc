"""Memory bandwidth that processor families support: channels × transfer rate, as their makers publish it.

An upper bound for a machine nobody has measured: what is really installed may be slower, so every plan
says that the figure is the table's. Sources: AMD and Intel product pages and Ampere's data sheets
(memory channels, maximum memory speed), transcribed from memory 2026-11-25; Ryzen 7000, EPYC 9004, Xeon
8480 and Threadripper PRO 7000 agree with the hardware table of the measured-throughput reference
(2026-11-23).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from planner import units
from planner.machine import HostMemory
from planner.words import say

BYTES_PER_CHANNEL = 8


@dataclass(frozen=True, slots=True)
class MemorySupport:
    """Fastest memory a processor family is specified for."""

    kind: str
    """e.g. ``DDR5-5600``."""
    channels: int
    """64-bit channels per socket."""
    transfers_per_s: float

    @property
    def bandwidth_bytes_per_s(self) -> float:
        """Theoretical bandwidth of one socket. [bytes/s]"""
        return self.channels * BYTES_PER_CHANNEL * self.transfers_per_s


def _row(pattern: str, memory: str, channels: int) -> tuple[re.Pattern[str], MemorySupport]:
    rate = memory.rsplit("-", 1)[1]
    return re.compile(pattern, re.I), MemorySupport(memory, channels, float(rate) * 1e6)


FAMILIES: tuple[tuple[re.Pattern[str], MemorySupport], ...] = (
    _row(r"ryzen ai max", "LPDDR5X-8000", 4),
    _row(r"threadripper pro (?:\w+ )?9\d{3}WX", "DDR5-6400", 8),
    _row(r"threadripper (?:\w+ )?99\d{2}X", "DDR5-6400", 4),
    _row(r"threadripper pro (?:\w+ )?7\d{3}WX", "DDR5-5200", 8),
    _row(r"threadripper (?:\w+ )?7\d{3}X", "DDR5-5200", 4),
    _row(r"threadripper pro (?:\w+ )?[35]\d{3}WX", "DDR4-3200", 8),
    _row(r"threadripper (?:\w+ )?3\d{3}X", "DDR4-3200", 4),
    _row(r"ryzen [3579] (?:pro )?9\d{3}(?:X3D|X|F|G)?\b", "DDR5-5600", 2),
    _row(r"ryzen [3579] (?:pro )?7\d{3}(?:X3D|X|F)?\b", "DDR5-5200", 2),
    _row(r"ryzen [3579] (?:pro )?8\d{3}[GF]\b", "DDR5-5200", 2),
    _row(r"ryzen [3579] (?:pro )?[35]\d{3}(?:X3D|XT|X|G|GE)?\b", "DDR4-3200", 2),
    _row(r"epyc 9\d{2}5\w?\b", "DDR5-6000", 12),
    _row(r"epyc 9\d{2}4\w?\b", "DDR5-4800", 12),
    _row(r"epyc 8\d{2}4\w{0,2}\b", "DDR5-4800", 6),
    _row(r"epyc 7\w{2}[23]\w?\b", "DDR4-3200", 8),
    _row(r"epyc 7\d{2}1\w?\b", "DDR4-2666", 8),
    _row(r"core(?:\(tm\))? ultra [579] (?:processor )?2\d{2}K?F?\b", "DDR5-6400", 2),
    _row(r"i[3579]-1[34]\d{3}(?:KS|KF|K|F|T)?\b", "DDR5-5600", 2),
    _row(r"i[3579]-12\d{3}(?:KS|KF|K|F|T)?\b", "DDR5-4800", 2),
    _row(r"i[3579]-1[01]\d{3}(?:KF|K|F|T)\b", "DDR4-3200", 2),
    _row(r"i9-109\d{2}XE?\b", "DDR4-2933", 4),
    _row(r"xeon(?:\(r\))? 69\d{2}P", "DDR5-6400", 12),
    _row(r"xeon(?:\(r\))? 67\d{2}[EP]", "DDR5-6400", 8),
    _row(r"xeon.* (?:platinum|gold|silver) [4568]5\d{2}", "DDR5-5600", 8),
    _row(r"xeon.* (?:(?:platinum|gold|silver) )?(?:84[5-9]\d|64[2-5]\d|54[12]\d|44[01]\d)", "DDR5-4800", 8),
    _row(r"xeon.* w[579]-3[45]\d{2}X?", "DDR5-4800", 8),
    _row(r"xeon.* w[3579]-2[45]\d{2}X?", "DDR5-4800", 4),
    _row(r"xeon.* (?:platinum|gold|silver) [4568]3\d{2}", "DDR4-3200", 8),
    _row(r"xeon.* (?:platinum|gold|silver) [4568][12]\d{2}", "DDR4-2933", 6),
    _row(r"xeon.* e5-26\d{2} v4", "DDR4-2400", 4),
    _row(r"xeon.* e5-26\d{2} v3", "DDR4-2133", 4),
    _row(r"ampereone", "DDR5-5200", 8),
    _row(r"ampere altra|altra max|neoverse-n1 q\d", "DDR4-3200", 8),
)
"""Name pattern to memory, first match counts. Mobile processors are left out: laptops differ."""


CORES: tuple[tuple[re.Pattern[str], int], ...] = tuple(
    (re.compile(rf"\b(?:{pattern})\b", re.I), count)
    for pattern, count in (
        (r"ampereone a192-32x|epyc 9965", 192),
        (r"epyc 97[45][45]", 128),
        (r"threadripper pro [79]995wx|epyc 965[45]p?|epyc 9684x", 96),
        (r"threadripper pro (?:[35]995wx|[79]985wx)|threadripper (?:3990x|[79]980x)", 64),
        (r"epyc 7702p?|epyc 7742|epyc 7713p?|epyc 7763|epyc 9534|epyc 955[45]p?|epyc 9575f", 64),
        (r"xeon(?: platinum)? 8480", 56),
        (r"epyc 945[45]p?|epyc 9474f|epyc 7643", 48),
        (r"threadripper pro [3579]975wx|threadripper [379]970x", 32),
        (r"epyc 7502p?|epyc 75[14]3p?|epyc 93[35][45]p?|epyc 937[45]f", 32),
        (r"threadripper pro [579]965wx|threadripper [379]960x", 24),
        (r"epyc 7402p?|epyc 74[14]3p?|epyc 9224|epyc 9254|epyc 927[45]f|i9-1[34]900\w*|ultra 9 285k?", 24),
        (r"i7-14700\w*|ultra 7 265k?f?", 20),
        (r"ryzen 9 (?:pro )?[3579]950x(?:3d)?|ryzen ai max\+? (?:pro )?395|threadripper pro [357]955wx", 16),
        (r"epyc 7302p?|epyc 73[14]3p?|epyc 9124|epyc 9174f|i7-13700\w*|i9-12900\w*", 16),
        (r"i5-1[34]600k?f?|ultra 5 245k?f?", 14),
        (r"ryzen 9 (?:pro )?[3579]900(?:xt|x3d|x)?|i7-12700\w*", 12),
        (r"i5-1[34]400f?|i5-12600kf?|i9-10900\w*", 10),
        (r"ryzen 7 (?:pro )?[35][78]00(?:x3d|xt|x|g)?|ryzen 7 (?:pro )?[79][78]00(?:x3d|x)?", 8),
        (r"i9-11900\w*|i7-1[01]700\w*", 8),
        (r"ryzen 5 (?:pro )?[3579][56]00(?:x3d|xt|x|g|f)?|i5-12[456]00f?|i5-1[01][456]00\w*", 6),
    )
)
"""Name pattern to cores of one socket (of both kinds, where there are two), first match counts: makers' product pages,
transcribed from memory 2026-11-26. Other names stay unknown."""


@lru_cache(maxsize=256)
def known_cores(processor: str) -> int | None:
    """Cores of a processor by its name, or None if it is not listed.

    Examples
    --------
    >>> known_cores("AMD Ryzen 9 7950X 16-Core Processor")
    16
    """
    stated = re.search(r"\b(\d{1,3})-core\b", processor, re.I)
    if stated:
        return int(stated.group(1))
    name = " ".join(re.sub(r"\((?:r|tm|c)\)|[®™]", "", processor, flags=re.I).split())
    return next((count for pattern, count in CORES if pattern.search(name)), None)


@lru_cache(maxsize=256)
def memory_support(processor: str) -> MemorySupport | None:
    """Fastest memory of a processor by its name, or None if the family is not listed.

    Examples
    --------
    >>> memory_support("AMD Ryzen 9 7950X 16-Core Processor").bandwidth_bytes_per_s / 1e9
    83.2
    """
    name = re.sub(r"\((?:r|tm|c)\)|[®™]", "", processor, flags=re.I)
    name = " ".join(name.split())
    for pattern, support in FAMILIES:
        if pattern.search(name):
            return support
    return None


def with_table_bandwidth(ram: HostMemory, processor: str, sockets: int = 1) -> tuple[HostMemory, str | None]:
    """Fill an unknown memory bandwidth from the processor's specification, with the note to show."""
    support = memory_support(processor) if ram.bandwidth_bytes_per_s is None and processor else None
    if support is None:
        return ram, None
    value = support.bandwidth_bytes_per_s * sockets
    fastest = f"{support.channels} × {support.kind}"
    note = say(
        "Memory: bandwidth taken as {bandwidth}, the fastest that {processor} is specified for ({memory})",
        bandwidth=units.bandwidth(value),
        processor=processor,
        memory=fastest,
    )
    return replace(ram, bandwidth_bytes_per_s=value, bandwidth_origin="table"), note
