"""llama.cpp's command-line flags per build and program, read from the project's own table
(``data/llama_flags.json``)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from planner.words import say

DEFAULT_BUILD = "0.5.0-dev"
"""Build whose rules the planner uses unless told otherwise."""
WHEEL_BUILD = "b10434"
"""Build of the prebuilt ``llama-server`` on PyPI."""
BUILDS = (WHEEL_BUILD, DEFAULT_BUILD)
PROGRAMS = ("llama-server", "llama-cli", "llama-bench")


class BuildFault(ValueError):
    """A version text that names no llama.cpp build."""


@dataclass(frozen=True, slots=True)
class LlamaFlag:
    """One flag."""

    spellings: tuple[str, ...]
    negative: tuple[str, ...]
    """Spellings that switch it off."""
    kind: str
    """``flag`` (on), ``switch`` (on or off by spelling), ``int``, ``str``, ``str2`` (two values) or
    ``range``."""
    env: str | None
    programs: tuple[str, ...]
    builds: tuple[str, ...]
    setting: str | None
    default: str | None
    choices: tuple[str, ...]
    meaning: str
    removed: bool
    """True: the parser knows it only to refuse it."""
    deprecated: str | None
    """What to write instead, when the build warns about it."""

    @property
    def arity(self) -> int:
        """How many values follow it."""
        return {"flag": 0, "switch": 0, "str2": 2}.get(self.kind, 1)

    @property
    def short(self) -> str:
        """First spelling."""
        return self.spellings[0]

    @property
    def long(self) -> str:
        """First spelling with two dashes, or the first one."""
        return next((s for s in self.spellings if s.startswith("--")), self.spellings[0])


@dataclass(frozen=True, slots=True)
class GoneFlag:
    """A flag other builds had."""

    instead: str
    message: str


@dataclass(frozen=True, slots=True)
class FlagTable:
    """Flags one program of one build knows."""

    build: str
    program: str
    by_spelling: Mapping[str, LlamaFlag]
    gone: Mapping[str, GoneFlag]
    note: str | None
    """Why this table stands in for another build or program, if it does."""

    def get(self, spelling: str) -> LlamaFlag | None:
        """The flag of a spelling; underscores count as dashes after ``--``, as in llama.cpp."""
        return self.by_spelling.get(normal_spelling(spelling))

    def by_setting(self, setting: str) -> LlamaFlag | None:
        """The first flag that sets ``setting``, or None if this build and program has none."""
        return next((f for f in self.by_spelling.values() if f.setting == setting), None)

    def by_env(self, name: str) -> LlamaFlag | None:
        """The flag an environment variable stands for."""
        return next((f for f in self.by_spelling.values() if f.env == name), None)


def normal_spelling(token: str) -> str:
    """Underscores to dashes in tokens that begin with ``--`` (llama.cpp common/arg.cpp,
    common_params_parse_ex)."""
    return token.replace("_", "-") if token.startswith("--") else token


def resolve_build(version: str | None) -> tuple[str, str | None]:
    """Name of the flag table for a version text, and a note when it stands in for another build.

    Parameters
    ----------
    version : str or None
        ``b10434``, ``10434``, ``0.5.0-dev`` … None means :data:`DEFAULT_BUILD`.

    Returns
    -------
    tuple of str and (str or None)
        Build name and note.

    Raises
    ------
    BuildFault
        When the text is no llama.cpp version.
    """
    if version is None:
        return DEFAULT_BUILD, None
    text = version.strip().lower().removeprefix("llama.cpp").strip().lstrip(" -v")
    for name, facts in _document()["builds"].items():
        if text == name or text in facts["aliases"]:
            return str(name), None
    number = re.fullmatch(r"b?(\d{3,6})(?:[-+.].*)?", text)
    if number:
        stands = WHEEL_BUILD if int(number.group(1)) <= 10434 else DEFAULT_BUILD
        return stands, f"flags of b{number.group(1)} are not in the table; those of {stands} are used"
    if re.fullmatch(r"0\.[0-4](\.\d+)*(-dev)?", text):
        return WHEEL_BUILD, f"flags of {version} are not in the table; those of {WHEEL_BUILD} are used"
    if re.fullmatch(r"\d+\.\d+(\.\d+)*(-\w+)?", text):
        return DEFAULT_BUILD, f"flags of {version} are not in the table; those of {DEFAULT_BUILD} are used"
    raise BuildFault(f"{version!r} is no llama.cpp version; known are {' and '.join(BUILDS)}")


def build_number(version: str | None) -> int | None:
    """Number of a ``bNNNN`` build, None for other versions."""
    match = re.fullmatch(r"b?(\d{3,6})(?:[-+.].*)?", (version or "").strip().lower())
    return int(match.group(1)) if match else None


def flash_attn_takes_value(version: str | None) -> bool:
    """True when ``-fa`` needs a value in this version (since the build named in the table)."""
    number = build_number(version)
    rule = _document()["flag_value_rules"][0]
    return number is None or number >= int(rule["build"])


@cache
def flag_presets() -> Mapping[str, Mapping[str, str | int]]:
    """Flags that set several settings at once (``--gpt-oss-20b-default`` …), with what each sets."""
    return MappingProxyType(dict(_document()["presets"]))


@cache
def flag_table(build: str = DEFAULT_BUILD, program: str = "llama-server") -> FlagTable:
    """Flags that ``program`` of ``build`` knows.

    Raises
    ------
    BuildFault
        For a build or program the table does not have.
    """
    if build not in BUILDS:
        raise BuildFault(f"no flag table for build {build!r}; known are {' and '.join(BUILDS)}")
    if program not in PROGRAMS:
        raise BuildFault(f"no flag table for {program!r}; known are {', '.join(PROGRAMS)}")
    note = None
    source_build = build
    if program == "llama-bench" and build != DEFAULT_BUILD:
        note = say(
            "llama-bench flags are those of {known}; {build} was not read", known=DEFAULT_BUILD, build=build
        )
        source_build = DEFAULT_BUILD
    elif program == "llama-cli" and build != DEFAULT_BUILD:
        note = say("llama-cli flags of {build} are inferred from its llama-server", build=build)
    by_spelling: dict[str, LlamaFlag] = {}
    for flag in all_flags():
        if program in flag.programs and source_build in flag.builds:
            for spelling in (*flag.spellings, *flag.negative):
                by_spelling[spelling] = flag
    gone = {
        spelling: GoneFlag(str(row["instead"]), str(row["message"]))
        for row in _document()["gone"]
        for spelling in row["spellings"]
        if spelling not in by_spelling or by_spelling[spelling].removed
    }
    return FlagTable(build, program, MappingProxyType(by_spelling), MappingProxyType(gone), note)


@cache
def all_flags() -> tuple[LlamaFlag, ...]:
    """Every row of the table."""
    return tuple(
        LlamaFlag(
            tuple(row["spellings"]),
            tuple(row.get("negative", ())),
            row["kind"],
            row.get("env"),
            tuple(row["binaries"]),
            tuple(row["builds"]),
            row.get("setting"),
            row.get("default"),
            tuple(row.get("choices", ())),
            row.get("meaning", ""),
            bool(row.get("removed", False)),
            row.get("deprecated"),
        )
        for row in _document()["flags"]
    )


@cache
def _document() -> dict[str, Any]:
    path = Path(__file__).resolve().parents[1] / "data" / "llama_flags.json"
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document
