"""Sizes, token counts and rates as text: the only place where bytes become GiB and seconds become ms."""

from __future__ import annotations

import math
import re

KIB = 1024
MIB = 1024**2
GIB = 1024**3
TIB = 1024**4
MAX_DEVICE_BYTES = 16 * TIB
"""Largest memory of one device the planner accepts. [bytes]"""
MAX_CONTEXT = 2**30
"""Largest number of tokens the planner accepts. [tokens]"""

_NUMBER = re.compile(r"^\s*([0-9][0-9,_' \u202f\u00a0]*(?:\.[0-9]+)?|\.[0-9]+)\s*([A-Za-z]*)\s*$")
_TOKEN_SUFFIX = {"": 1, "k": 1024, "m": 1024**2, "t": 1, "tokens": 1}


class ValueFault(ValueError):
    """A value that cannot be used; the message names the fault and the nearest valid value."""


def parse_tokens(text: str | int, name: str = "n_ctx", maximum: int = MAX_CONTEXT) -> int:
    """Read a token count as people write it: ``8192``, ``8k``, ``8,192``, ``128K``, ``1M``.

    Parameters
    ----------
    text : str or int
        What was typed. K is 1,024 tokens.
    name : str
        Name of the value, for the message.
    maximum : int
        Largest accepted value. [tokens]

    Returns
    -------
    int
        Tokens, at least 1.

    Raises
    ------
    ValueFault
        When it is no number, not positive, or above ``maximum``.
    """
    shown = str(text).strip()
    match = _NUMBER.match(shown)
    suffix = match.group(2).lower() if match else ""
    if not match or suffix not in _TOKEN_SUFFIX:
        if re.match(r"^\s*-\s*[0-9.]+", shown):
            raise ValueFault(f"{name} {shown} is negative; the smallest valid value is 1")
        raise ValueFault(f"{name} {shown!r} is not a number of tokens; write for example 8192 or 8k")
    value = float(re.sub(r"[^0-9.]", "", match.group(1))) * _TOKEN_SUFFIX[suffix]
    if value < 1:
        raise ValueFault(f"{name} {shown} is too small; the smallest valid value is 1")
    if value > maximum:
        raise ValueFault(f"{name} {shown} is too large; the largest valid value is {maximum:,}")
    if value != int(value):
        raise ValueFault(f"{name} {shown} is not a whole number of tokens; nearest is {round(value)}")
    return int(value)


def parse_gib(
    text: str | float, name: str, minimum: float = 0.0, maximum: float = MAX_DEVICE_BYTES / GIB
) -> int:
    """Read a size in GiB and return bytes.

    Parameters
    ----------
    text : str or float
        A number, optionally followed by ``GiB``, ``GB``, ``G``, ``MiB``, ``M``, ``TiB`` or ``T`` (all binary).
    name : str
        Name of the value, for the message.
    minimum, maximum : float
        Smallest and largest accepted size. [GiB]

    Returns
    -------
    int
        Size. [bytes]

    Raises
    ------
    ValueFault
        When it is no number, negative, below ``minimum`` or above ``maximum``.
    """
    shown = str(text).strip()
    match = re.match(r"^([0-9][0-9,_]*(?:\.[0-9]+)?|\.[0-9]+)\s*([a-zA-Z]*)$", shown)
    factor = {"": 1.0, "g": 1.0, "gb": 1.0, "gib": 1.0, "m": 1 / 1024, "mb": 1 / 1024, "mib": 1 / 1024}
    factor |= {"t": 1024.0, "tb": 1024.0, "tib": 1024.0}
    if not match or match.group(2).lower() not in factor:
        if re.match(r"^-\s*[0-9.]+", shown):
            raise ValueFault(f"{name} {shown} is negative; the smallest valid value is {minimum:g} GiB")
        raise ValueFault(f"{name} {shown!r} is not a size in GiB; write for example 24")
    value = float(match.group(1).replace(",", "").replace("_", "")) * factor[match.group(2).lower()]
    if value < minimum or (value == 0 and minimum > 0):
        raise ValueFault(f"{name} {shown} is too small; the smallest valid value is {minimum:g} GiB")
    if value > maximum:
        raise ValueFault(f"{name} {shown} is too large; the largest valid value is {maximum:,.0f} GiB")
    return round(value * GIB)


def parse_positive(text: str | float, name: str, unit: str, maximum: float) -> float:
    """Read a positive number such as a bandwidth.

    Raises
    ------
    ValueFault
        When it is no number, not positive, or above ``maximum``.
    """
    shown = str(text).strip()
    try:
        value = float(shown.replace(",", ""))
    except ValueError:
        raise ValueFault(f"{name} {shown!r} is not a number; write it in {unit}, for example 80") from None
    if not math.isfinite(value) or value <= 0:
        raise ValueFault(f"{name} {shown} must be above 0 {unit}")
    if value > maximum:
        raise ValueFault(f"{name} {shown} is too large; the largest valid value is {maximum:,.0f} {unit}")
    return value


def gib(n_bytes: float | None, digits: int = 1) -> str:
    """Bytes as ``20.7 GiB``; unknown stays ``unknown``."""
    if n_bytes is None or not math.isfinite(n_bytes):
        return "unknown"
    if 0 < abs(n_bytes) < 0.0995 * GIB and digits <= 1:
        return mib(n_bytes)
    return f"{_minus(n_bytes / GIB, digits)} GiB"


def mib(n_bytes: float | None) -> str:
    """Bytes as ``3,072 MiB``."""
    if n_bytes is None or not math.isfinite(n_bytes):
        return "unknown"
    return f"{_minus(n_bytes / MIB, 0)} MiB"


def gb(n_bytes: float | None, digits: int = 1) -> str:
    """Bytes as decimal gigabytes, the unit of downloads: ``18.6 GB``."""
    if n_bytes is None or not math.isfinite(n_bytes):
        return "unknown"
    return f"{_minus(n_bytes / 1e9, digits)} GB"


def tokens(count: int) -> str:
    """Tokens as ``32K`` where that is exact, otherwise ``33,000``."""
    if count >= MIB and count % MIB == 0:
        return f"{count // MIB}M"
    if count >= KIB and count % KIB == 0:
        return f"{count // KIB:,}K"
    return f"{count:,}"


def parameters(count: float | None) -> str:
    """A parameter count as ``30.5B`` or ``270M``."""
    if count is None or not math.isfinite(count):
        return "unknown"
    if count >= 999.5e9:
        return f"{count / 1e12:.2f}T"
    if count >= 99.95e9:
        return f"{count / 1e9:.0f}B"
    if count >= 0.9995e9:
        return f"{count / 1e9:.1f}B"
    return f"{count / 1e6:.0f}M"


def rate(tokens_per_second: float | None) -> str:
    """Tokens per second with two or three significant figures, without the unit."""
    if tokens_per_second is None or not math.isfinite(tokens_per_second):
        return "unknown"
    if tokens_per_second >= 99.5:
        return f"{tokens_per_second:,.0f}"
    if tokens_per_second >= 9.95:
        return f"{tokens_per_second:.0f}"
    return f"{tokens_per_second:.1f}"


def seconds(value: float | None) -> str:
    """Seconds as ``120 ms``, ``1.8 s`` or ``2.5 min``."""
    if value is None or not math.isfinite(value):
        return "unknown"
    if value < 0.9995:
        return f"{value * 1000:.0f} ms"
    if value < 99.5:
        return f"{value:.1f} s"
    return f"{value / 60:.1f} min"


def bandwidth(bytes_per_second: float | None) -> str:
    """Bytes per second as ``1,008 GB/s``."""
    if bytes_per_second is None or not math.isfinite(bytes_per_second):
        return "unknown"
    return f"{bytes_per_second / 1e9:,.0f} GB/s"


def _minus(value: float, digits: int) -> str:
    text = f"{abs(value):,.{digits}f}"
    return ("−" + text) if value < 0 and float(text.replace(",", "")) != 0 else text
