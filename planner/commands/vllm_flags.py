"""Options of ``vllm serve`` per version, read from the project's own table (``data/vllm_flags.json``)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

DEFAULT_VERSION = "0.33"
VERSIONS = ("0.32", "0.33")


class VllmVersionFault(ValueError):
    """A version text that names no vLLM version."""


@dataclass(frozen=True, slots=True)
class VllmFlag:
    """One option."""

    dest: str
    """vLLM's name of the setting."""
    spellings: tuple[str, ...]
    """As argparse lists them, in its order."""
    hidden: tuple[str, ...]
    """Spellings that are accepted but not listed."""
    kind: str
    """``flag``, ``bool``, ``int``, ``float``, ``str``, ``size``, ``size_or_auto``, ``json``,
    ``json_or_str``."""
    nargs: str | None
    """``+`` or ``?``; None = exactly one value (or none for switches)."""
    choices: tuple[str, ...]
    default: Any
    meaning: str

    @property
    def is_switch(self) -> bool:
        """True when it takes no value."""
        return self.kind in ("flag", "bool")

    @property
    def shown(self) -> str:
        """How argparse names it in its messages."""
        return "/".join(self.spellings)

    @property
    def long(self) -> str:
        """First spelling with two dashes."""
        return next((s for s in self.spellings if s.startswith("--")), self.spellings[0])

    def off_spelling(self) -> str:
        """Spelling of both versions that switches it off."""
        return "--no-" + self.long.removeprefix("--")


@dataclass(frozen=True, slots=True)
class VllmFlagTable:
    """Options one version knows."""

    version: str
    by_spelling: Mapping[str, VllmFlag]
    by_dest: Mapping[str, VllmFlag]
    gone: Mapping[str, tuple[str, str | None]]
    """Spelling: what to write instead, and vLLM's own words if it has special ones."""

    def matches(self, token: str) -> list[str]:
        """Listed spellings that begin with ``token``, in argparse's order (its abbreviations)."""
        if not token.startswith("--"):
            return []
        return [s for flag in self.by_dest.values() for s in flag.spellings if s.startswith(token)]


def resolve_version(version: str | None) -> tuple[str, str | None]:
    """Version whose table is used, and a note when it stands in for another.

    Raises
    ------
    VllmVersionFault
        When the text is no vLLM version.
    """
    if version is None:
        return DEFAULT_VERSION, None
    text = version.strip().lower().removeprefix("vllm").strip().lstrip(" =v")
    match = re.fullmatch(r"(\d+)\.(\d+)(?:\.\d+)*(?:[-+.]?\w+)*", text)
    if not match:
        raise VllmVersionFault(f"{version!r} is no vLLM version; known are {' and '.join(VERSIONS)}")
    short = f"{match.group(1)}.{match.group(2)}"
    if short in VERSIONS:
        return short, None
    older = (int(match.group(1)), int(match.group(2))) < (0, 32)
    stands = VERSIONS[0] if older else VERSIONS[-1]
    return stands, f"options of vLLM {short} are not in the table; those of {stands} are used"


@cache
def vllm_flag_table(version: str = DEFAULT_VERSION) -> VllmFlagTable:
    """Options that a version knows.

    Raises
    ------
    VllmVersionFault
        For a version the table does not have.
    """
    if version not in VERSIONS:
        raise VllmVersionFault(f"no option table for vLLM {version}; known are {' and '.join(VERSIONS)}")
    old = version == "0.32"
    by_spelling: dict[str, VllmFlag] = {}
    by_dest: dict[str, VllmFlag] = {}
    for row in _document()["flags"]:
        if version not in row.get("versions", VERSIONS) or row["dest"] == "model_tag":
            continue
        spellings = tuple(row.get("spellings_0_32", row["spellings"]) if old else row["spellings"])
        choices = row.get("choices_0_32", row.get("choices")) if old else row.get("choices")
        hidden: tuple[str, ...] = ()
        if row["kind"] == "bool" and not old:
            listed = "--no-" + next(s for s in spellings if s.startswith("--")).removeprefix("--")
            hidden = () if listed in spellings else (listed,)
        flag = VllmFlag(
            row["dest"],
            spellings,
            hidden,
            row["kind"],
            row.get("nargs"),
            tuple(choices or ()),
            row.get("default"),
            row.get("meaning", ""),
        )
        by_dest[flag.dest] = flag
        for spelling in (*spellings, *hidden):
            by_spelling[spelling] = flag
    gone = {
        spelling: (str(row["instead"]), row.get("engine"))
        for row in _document()["gone"]
        for spelling in row["spellings"]
        if spelling not in by_spelling
    }
    return VllmFlagTable(
        version, MappingProxyType(by_spelling), MappingProxyType(by_dest), MappingProxyType(gone)
    )


def quantization_methods() -> tuple[str, ...]:
    """Values of ``--quantization`` that vLLM 0.32 and 0.33 know, in the order of their message."""
    return tuple(_document()["quantization_methods"])


def quantization_needs_checkpoint() -> frozenset[str]:
    """Methods that only a checkpoint quantized that way can be loaded with."""
    return frozenset(_document()["quantization_needs_checkpoint"])


def kv_cache_dtypes(version: str) -> tuple[str, ...]:
    """Values of ``--kv-cache-dtype``, in the order of the version's message."""
    choices = vllm_flag_table(version).by_dest["kv_cache_dtype"].choices
    return choices or tuple(_document()["kv_cache_dtypes_0_33"])


@cache
def _document() -> dict[str, Any]:
    path = Path(__file__).resolve().parents[1] / "data" / "vllm_flags.json"
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document
