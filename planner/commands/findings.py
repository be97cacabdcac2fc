"""What is noticed while reading somebody's command: the token, what is wrong with it, what the engine
would do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise


class FindingKind(StrEnum):
    """What is the matter with a token."""

    UNKNOWN_FLAG = "unknown_flag"
    CONTRADICTION = "contradiction"
    BAD_VALUE = "bad_value"
    IGNORED = "ignored"
    DEPRECATED = "deprecated"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing noticed in a command."""

    token: str
    """The token it is about, as written."""
    kind: FindingKind
    message: str
    """What is wrong, with the nearest valid value where there is one."""
    engine: str
    """What the engine itself does with it, in its own words where it has any."""
    fatal: bool = False
    """True when the engine refuses to start because of it."""
    nearest: str | None = None
    """Nearest valid spelling or value."""

    def to_json(self) -> dict[str, object]:
        """Plain data for reports."""
        return {
            "token": self.token,
            "kind": str(self.kind),
            "message": self.message,
            "engine": self.engine,
            "fatal": self.fatal,
            "nearest": self.nearest,
        }


def nearest_word(word: str, known: Iterable[str]) -> str | None:
    """Spelling among ``known`` that was probably meant, or None.

    A dropped or swapped letter counts less than a different beginning; case and underscores do not count.
    """
    candidates = sorted(set(known))
    plain = {c.lower().replace("_", "-"): c for c in reversed(candidates)}
    wanted = word.lower().replace("_", "-")
    for trial in (wanted, wanted.lstrip("-"), "-" + wanted.lstrip("-"), "--" + wanted.lstrip("-")):
        if trial in plain:
            return plain[trial]
    bare = wanted.lstrip("-")
    if len(bare) >= 2:
        anagrams = [c for p, c in plain.items() if sorted(p.lstrip("-")) == sorted(bare)]
        if anagrams:
            return min(anagrams, key=len)
    if len(bare) >= 4:
        longer = [c for p, c in plain.items() if p.lstrip("-").startswith(bare)]
        if longer:
            return min(longer, key=len)
    pairs = _pairs(wanted)
    scored = sorted(
        ((2 * len(pairs & _pairs(p)) / (len(pairs) + len(_pairs(p))), p) for p in plain), reverse=True
    )
    best: tuple[float, str] | None = None
    for _, candidate in scored[:8]:
        ratio = difflib.SequenceMatcher(None, wanted, candidate).ratio()
        if ratio >= 0.6 and (best is None or (ratio, best[1]) > (best[0], candidate)):
            best = (ratio, candidate)
    return plain[best[1]] if best else None


@lru_cache(maxsize=4096)
def _pairs(word: str) -> frozenset[str]:
    """Neighbouring letters, the ends marked: a cheap measure of likeness that leaves few words to compare."""
    marked = f"^{word}$"
    return frozenset(a + b for a, b in pairwise(marked))
