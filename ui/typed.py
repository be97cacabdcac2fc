"""What people type, read as their locale writes it: ``8192``, ``8,192``, ``8.192`` where a point separates thousands."""

from __future__ import annotations

import re
import unicodedata

from planner import words

SPACES = " \u00a0\u202f\u2009"
"""Characters that some locales put between thousands, and people type a plain space for."""


def plain_digits(text: str) -> str:
    """Text with digits of any script, and full-width letters, as plain ones."""
    normal = text if text.isascii() else unicodedata.normalize("NFKC", text).replace("−", "-")
    return "".join(str(unicodedata.decimal(c)) if not c.isascii() and c.isdecimal() else c for c in normal)


def typed(text: str, separators: tuple[str, str] | None = None) -> str:
    """Write a number at the beginning of a text with ``.`` and without separators of thousands.

    Parameters
    ----------
    text : str
        What was typed or pasted.
    separators : tuple of str or None
        Decimal point and separator of thousands; None = those in use.

    Returns
    -------
    str
        The text; unchanged where its number is not written as the locale does.

    Examples
    --------
    >>> typed("1.024,5 GiB", (",", "."))
    '1024.5 GiB'
    >>> typed("1,5", (".", ","))
    '1,5'
    """
    point, group = separators or words.separators()
    text = plain_digits(text).strip()
    between = re.escape(group) if group not in SPACES else f"[{SPACES}]"
    if group in "'’":
        between = "[’']"
    found = re.match(rf"(\d{{1,3}}(?:{between}\d{{3}})+|\d+)(?:{re.escape(point)}(\d+))?(?![\d.,])", text)
    if not found:
        return text
    whole = re.sub(r"\D", "", found.group(1))
    return whole + (f".{found.group(2)}" if found.group(2) else "") + text[found.end() :]
