"""Sizes, token counts and rates as text: the only place where bytes become GiB and seconds become ms."""

from __future__ import annotations

import math
import re

from planner.words import figure, say, shown

KIB = 1024
MIB = 1024**2
GIB = 1024**3
TIB = 1024**4
MAX_DEVICE_BYTES = 16 * TIB
"""Largest memory of one device the planner accepts. [bytes]"""
MAX_CONTEXT = 2**30
"""Largest number of tokens the planner accepts. [tokens]"""

UNKNOWN = say("unknown")
_GROUPED = r"[0-9]{1,3}(?:[,_' \u202f\u00a0][0-9]{3})+|[0-9]+"
"""A whole number, with or without a separator between groups of three digits."""
_NUMBER = re.compile(rf"^\s*((?:{_GROUPED})(?:\.[0-9]+)?|\.[0-9]+)\s*([A-Za-z]*)\s*$")
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
    text_given = str(text).strip()
    match = _NUMBER.match(text_given)
    suffix = match.group(2).lower() if match else ""
    if not match or suffix not in _TOKEN_SUFFIX:
        if re.match(r"^\s*-\s*[0-9.]+", text_given):
            raise ValueFault(
                say("{name} {given} is negative; the smallest valid value is 1", name=name, given=text_given)
            )
        raise ValueFault(
            say(
                "{name} {given!r} is not a number of tokens; write for example 8192 or 8k",
                name=name,
                given=text_given,
            )
        )
    value = float(re.sub(r"[^0-9.]", "", match.group(1))) * _TOKEN_SUFFIX[suffix]
    if value < 1:
        raise ValueFault(
            say("{name} {given} is too small; the smallest valid value is 1", name=name, given=text_given)
        )
    if value > maximum:
        raise ValueFault(
            say(
                "{name} {given} is too large; the largest valid value is {most}",
                name=name,
                given=text_given,
                most=figure(f"{maximum:,}"),
            )
        )
    if value != int(value):
        raise ValueFault(
            say(
                "{name} {given} is not a whole number of tokens; nearest is {nearest}",
                name=name,
                given=text_given,
                nearest=round(value),
            )
        )
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
    text_given = str(text).strip()
    match = _NUMBER.match(text_given)
    factor = {"": 1.0, "g": 1.0, "gb": 1.0, "gib": 1.0, "m": 1 / 1024, "mb": 1 / 1024, "mib": 1 / 1024}
    factor |= {"t": 1024.0, "tb": 1024.0, "tib": 1024.0}
    if not match or match.group(2).lower() not in factor:
        if re.match(r"^-\s*[0-9.]+", text_given):
            raise ValueFault(
                say(
                    "{name} {given} is negative; the smallest valid value is {least}",
                    name=name,
                    given=text_given,
                    least=figure(f"{minimum:g} GiB"),
                )
            )
        raise ValueFault(
            say("{name} {given!r} is not a size in GiB; write for example 24", name=name, given=text_given)
        )
    value = float(re.sub(r"[^0-9.]", "", match.group(1))) * factor[match.group(2).lower()]
    if value < minimum or (value == 0 and minimum > 0):
        raise ValueFault(
            say(
                "{name} {given} is too small; the smallest valid value is {least}",
                name=name,
                given=text_given,
                least=figure(f"{minimum:g} GiB"),
            )
        )
    if value > maximum:
        raise ValueFault(
            say(
                "{name} {given} is too large; the largest valid value is {most}",
                name=name,
                given=text_given,
                most=figure(f"{maximum:,.0f} GiB"),
            )
        )
    return round(value * GIB)


def parse_positive(text: str | float, name: str, unit: str, maximum: float) -> float:
    """Read a positive number such as a bandwidth.

    Raises
    ------
    ValueFault
        When it is no number, not positive, or above ``maximum``.
    """
    text_given = str(text).strip()
    match = _NUMBER.match(text_given)
    try:
        value = float(re.sub(r"[^0-9.]", "", match.group(1)) if match and not match.group(2) else text_given)
    except ValueError:
        raise ValueFault(
            say(
                "{name} {given!r} is not a number; write it in {unit}, for example 80",
                name=name,
                given=text_given,
                unit=unit,
            )
        ) from None
    if not math.isfinite(value) or value <= 0:
        raise ValueFault(say("{name} {given} must be above 0 {unit}", name=name, given=text_given, unit=unit))
    if value > maximum:
        raise ValueFault(
            say(
                "{name} {given} is too large; the largest valid value is {most}",
                name=name,
                given=text_given,
                most=figure(f"{maximum:,.0f} {unit}"),
            )
        )
    return value


def gib(n_bytes: float | None, digits: int = 1) -> str:
    """Bytes as ``20.7 GiB``; unknown stays ``unknown``."""
    if n_bytes is None or not math.isfinite(n_bytes):
        return shown(UNKNOWN)
    if 0 < abs(n_bytes) < 0.0995 * GIB and digits <= 1:
        return mib(n_bytes)
    return figure(f"{_minus(n_bytes / GIB, digits)} GiB")


def mib(n_bytes: float | None) -> str:
    """Bytes as ``3,072 MiB``."""
    if n_bytes is None or not math.isfinite(n_bytes):
        return shown(UNKNOWN)
    return figure(f"{_minus(n_bytes / MIB, 0)} MiB")


def gb(n_bytes: float | None, digits: int = 1) -> str:
    """Bytes as decimal gigabytes, the unit of downloads: ``18.6 GB``."""
    if n_bytes is None or not math.isfinite(n_bytes):
        return shown(UNKNOWN)
    return figure(f"{_minus(n_bytes / 1e9, digits)} GB")


def tokens(count: int) -> str:
    """Tokens as ``32K`` where that is exact, otherwise ``33,000``."""
    if count >= MIB and count % MIB == 0:
        return figure(f"{count // MIB}M")
    if count >= KIB and count % KIB == 0:
        return figure(f"{count // KIB:,}K")
    return figure(f"{count:,}")


def parameters(count: float | None) -> str:
    """A parameter count as ``30.5B`` or ``270M``."""
    if count is None or not math.isfinite(count):
        return shown(UNKNOWN)
    if count >= 999.5e9:
        return figure(f"{count / 1e12:.2f}T")
    if count >= 99.95e9:
        return figure(f"{count / 1e9:.0f}B")
    if count >= 0.9995e9:
        return figure(f"{count / 1e9:.1f}B")
    return figure(f"{count / 1e6:.0f}M")


def rate(tokens_per_second: float | None) -> str:
    """Tokens per second with two or three significant figures, without the unit."""
    if tokens_per_second is None or not math.isfinite(tokens_per_second):
        return shown(UNKNOWN)
    if tokens_per_second >= 99.5:
        return figure(f"{tokens_per_second:,.0f}")
    if tokens_per_second >= 9.95:
        return figure(f"{tokens_per_second:.0f}")
    if 0 < tokens_per_second < 0.995:
        return figure(f"{tokens_per_second:.{1 - math.floor(math.log10(tokens_per_second))}f}")
    return figure(f"{tokens_per_second:.1f}")


def seconds(value: float | None) -> str:
    """Seconds as ``120 ms``, ``1.8 s`` or ``2.5 min``."""
    if value is None or not math.isfinite(value):
        return shown(UNKNOWN)
    if value < 0.9995:
        return figure(f"{value * 1000:.0f} ms")
    if value < 99.5:
        return figure(f"{value:.1f} s")
    return figure(f"{value / 60:.1f} min")


def bandwidth(bytes_per_second: float | None) -> str:
    """Bytes per second as ``1,008 GB/s``."""
    if bytes_per_second is None or not math.isfinite(bytes_per_second):
        return shown(UNKNOWN)
    return figure(f"{bytes_per_second / 1e9:,.0f} GB/s")


def _minus(value: float, digits: int) -> str:
    text = f"{abs(value):,.{digits}f}"
    return ("−" + text) if value < 0 and float(text.replace(",", "")) != 0 else text
