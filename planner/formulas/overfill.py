"""Decode where a device holds less than it was given: the rest is read over a slower path for every token.

``t = t_fits + R/rate``: R are the bytes of the rest that one token touches, the rate is that of PCI Express (a driver that
keeps the rest of the VRAM's contents in RAM) or of the disk (weights mapped from the file that the RAM has no room for).
Which bytes end up outside is the driver's or the system's choice, so R has bounds rather than a value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.formulas.decode_speed import DecodeEstimate

Floats = NDArray[np.float64]
Numeric = float | Floats

SPILL_SHARE_OF_LINK = (0.25, 0.5, 0.95)
"""Share of the link's rate at which a GPU reads RAM in its own kernels: least, middle and most considered. One run tells:
gpt-oss-20b on an 8 GB card, 22.8 tokens/s with 4.5 GiB outside (measured-throughput reference, insight 6, read
2026-11-23), which is half of a fourth-generation link of 16 lanes."""
UNKNOWN_LINK = (3.9e9, 16e9, 63e9)
"""Link considered when it is unknown: four lanes of the third generation to sixteen of the fifth (PCI-SIG base
specifications, after line coding). [bytes/s]"""
UNKNOWN_DISK = (0.15e9, 1.5e9, 14e9)
"""Reading rate considered for the disk, which is not known: a hard disk to a solid-state drive on four lanes of PCI
Express 5 (makers' data sheets), and their geometric mean. [bytes/s]"""


@dataclass(frozen=True, slots=True)
class OverfillEstimate:
    """Decode with a part of the model outside its device. Shapes broadcast together."""

    outside_bytes: Floats
    """What the device has no room for. [bytes]"""
    read_least: Floats
    """Of that, read per token where it lies spread evenly over the weights. [bytes]"""
    read_most: Floats
    """The same where it is the part that every token reads. [bytes]"""
    extra_seconds: Floats
    """Time per token on top of the plan that fits, middle case. [s]"""
    tps_p10: Floats
    tps_p50: Floats
    tps_p90: Floats


def link_rates(link: float) -> tuple[float, float, float]:
    """Rates considered for reads over a link: slowest, middle, fastest. [bytes/s]"""
    if not np.isfinite(link):
        low, middle, high = UNKNOWN_LINK
        least, half, most = SPILL_SHARE_OF_LINK
        return low * least, middle * half, high * most
    least, half, most = SPILL_SHARE_OF_LINK
    return link * least, link * half, link * most


def estimate_overfill(
    fitting: DecodeEstimate,
    outside: Numeric,
    held: Numeric,
    touched: Numeric,
    rates: tuple[float, float, float],
    cyclic: bool,
) -> OverfillEstimate:
    """Decode with ``outside`` bytes of ``held`` on the slower path.

    Parameters
    ----------
    fitting : DecodeEstimate
        The same plan on devices with room for it: it is never exceeded.
    outside, held : numeric
        Bytes without room, and bytes that were to be held. [bytes]
    touched : numeric
        Bytes of ``held`` that one token reads. [bytes]
    rates : tuple of float
        Slowest, middle and fastest rate of the path. [bytes/s]
    cyclic : bool
        True where what was read last replaces what is needed next, as in a page cache smaller than the file that is read
        through for every token: at worst everything is read again.
    """
    out, whole, read = (np.asarray(v, dtype=np.float64) for v in (outside, held, touched))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(whole > 0, np.clip(out / whole, 0.0, 1.0), 0.0)
    least = read * share
    most = np.where(out > 0, read if cyclic else np.minimum(read, out), 0.0)
    middle = np.sqrt(least * np.maximum(most, least))
    slow, mid, fast = rates
    extra = middle / mid
    with np.errstate(divide="ignore"):
        return OverfillEstimate(
            outside_bytes=out,
            read_least=least,
            read_most=np.maximum(most, least),
            extra_seconds=extra,
            tps_p10=1.0 / (1.0 / fitting.tps_p10 + np.maximum(most, least) / slow),
            tps_p50=1.0 / (fitting.seconds + extra),
            tps_p90=1.0 / (1.0 / fitting.tps_p90 + least / fast),
        )
