"""Text that does no harm in a report: no control characters, no path that names a person."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

_UNSHOWABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
"""Control characters, marks that turn the direction of text, and halves of surrogate pairs."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_SOMEBODYS_HOME = re.compile(
    r"(?<![\w.~/\\-])[A-Za-z]:\\Users\\[^/\\:*?\"'<>|\n]{1,64}(?=\\)|"
    r"(?<![\w.~/\\-])(?:(?:/var)?/home/|/Users/|[A-Za-z]:[\\/]Users[\\/])"
    r"(?:[^/\\:*?\"'<>|\s]+(?=[/\\]|$|[\s\"':;,)])|[^/\\:*?\"'<>|\n]{1,64}(?=[/\\]))"
)
"""``/home/name``, ``/Users/name``, ``C:\\Users\\name``: also of machines a file came from."""


def clean(text: str) -> str:
    """Text without what no document may hold; each such character becomes U+FFFD. Lines and tabs stay."""
    return _UNSHOWABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """The same on one line."""
    return " ".join(clean(text).split())


def without_home(text: str, mark: str = "~") -> str:
    """Text with the user's home folder, and that of anybody else, written ``~``."""
    home = str(Path.home())
    if len(home) > 1 and home in text:
        text = re.sub(rf"(?<![\w.~/\\-]){re.escape(home)}(?=[/\\]|$|[^\w.-])", lambda _: mark, text)
    return _SOMEBODYS_HOME.sub(lambda _: mark, text)


def shown(text: str) -> str:
    """Text for a document on one line: harmless and without a person's path."""
    return without_home(one_line(text))


def shorten(text: str, length: int) -> str:
    """The beginning of a text, with an ellipsis where it is longer."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def plain_json(value: Any) -> Any:
    """A value for a JSON document: no home folder, no half surrogate pairs, no NaN."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", without_home(value))
    if isinstance(value, dict):
        return {str(plain_json(str(k))): plain_json(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_json(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
