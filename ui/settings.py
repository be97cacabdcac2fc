"""What the window remembers: a JSON file with a schema version; a file that cannot be used is kept aside and told once.

Two windows may be open at once. Each writes only what it changed, into what the file holds by then, under a lock and in one
step; so neither undoes the other's changes, and a reader never meets half a file.
"""

# ruff: noqa: RUF009 - checked() makes a field, as dataclasses.field() does

from __future__ import annotations

import contextlib
import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from PySide6.QtCore import QLockFile

from planner.folders import config_folder
from planner.words import Said, say

SCHEMA_VERSION = 1
FILE = "window.json"
MAX_FILE_BYTES = 2**20
LOCK_MS = 2000
"""Longest wait for another window that writes. [ms]"""
SCALES = (1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
"""Sizes of everything in the window."""
MAX_RECENT = 8
Check = Callable[[Any], Any]
"""Returns a value that can be used, or raises ValueError with what is wrong."""


def text_up_to(length: int) -> Check:
    """A text of at most so many characters."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or len(value) > length:
            raise ValueError(say("must be a text of at most {n} characters", n=length))
        return value

    return check


def one_of(*choices: str) -> Check:
    """One of some words."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in choices:
            raise ValueError(say("must be one of {choices}", choices=", ".join(choices)))
        return value

    return check


def whole(least: int, most: int) -> Check:
    """A whole number within bounds."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(say("must be a whole number from {least} to {most}", least=least, most=most))
        return value

    return check


def real(least: float, most: float) -> Check:
    """A number within bounds."""

    def check(value: Any) -> float:
        known = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not known or not math.isfinite(value) or not least <= value <= most:
            raise ValueError(say("must be a number from {least} to {most}", least=least, most=most))
        return float(value)

    return check


def truth(value: Any) -> bool:
    """Yes or no."""
    if not isinstance(value, bool):
        raise ValueError(say("must be true or false"))
    return value


def list_of(check: Check, most: int) -> Check:
    """A list of at most so many values."""

    def check_all(value: Any) -> list[Any]:
        if not isinstance(value, list) or len(value) > most:
            raise ValueError(say("must be a list of at most {n}", n=most))
        return [check(v) for v in value]

    return check_all


def record_of(kind: type[Any]) -> Check:
    """An object with the fields of a record; fields it lacks keep their defaults, others are ignored."""

    def check(value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError(say("must be an object"))
        return _record(kind, value)

    return check


def _record(kind: type[Any], data: dict[str, Any]) -> Any:
    values = {}
    for f in fields(kind):
        if f.name in data:
            try:
                values[f.name] = f.metadata["check"](data[f.name])
            except (ValueError, OverflowError) as fault:
                raise ValueError(say("{name}: {fault}", name=f.name, fault=fault.args[0])) from None
    return kind(**values)


def checked(default: Any, check: Check) -> Any:
    """A field with its check; a list is made anew for every record."""
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata={"check": check})
    return field(default=default, metadata={"check": check})


NAME = text_up_to(256)
WIDTHS = list_of(whole(0, 100_000), 8)


@dataclass
class Question:
    """What was asked last."""

    use: str = checked("chat", one_of("chat", "code", "vision", "long"))
    n_ctx: int = checked(8192, whole(1, 2**30))
    n_parallel: int = checked(1, whole(1, 4096))
    min_decode_tps: float = checked(5.0, real(0, 1e6))
    reserve_gib: float = checked(1.0, real(0, 16384))
    cache_type_k: str = checked("f16", NAME)
    cache_type_v: str = checked("f16", NAME)
    engine: str = checked("llama.cpp", one_of("llama.cpp", "vllm", "any"))


@dataclass
class RecentPlan:
    """A plan that was used."""

    model_id: str = checked("", NAME)
    quant: str = checked("", NAME)
    """Empty = the recommended one."""


@dataclass
class WindowSettings:
    """Settings of the window."""

    schema_version: int = checked(SCHEMA_VERSION, whole(0, SCHEMA_VERSION))
    theme: str = checked("system", one_of("system", "light", "dark", "high-contrast"))
    language: str = checked("system", one_of("system", "en", "zh_CN"))
    scale: float = checked(1.0, real(1.0, 3.0))
    """Size of everything; 1 = as the system says."""
    geometry: str = checked("", text_up_to(65536))
    """Base64 of the window's place and size."""
    splitter: list[int] = checked([], WIDTHS)
    plan_splitter: list[int] = checked([], WIDTHS)
    hidden_columns: list[str] = checked([], list_of(NAME, 32))
    sort: str = checked("recommended", NAME)
    descending: bool = checked(False, truth)
    shell: str = checked("posix", one_of("posix", "powershell", "cmd"))
    machine: str = checked("", NAME)
    """Saved machine in use; empty = this machine."""
    second_machine: str = checked("", text_up_to(100_000))
    """Machine compared with, in the shape ``machine/1``; empty = none."""
    question: Question = field(default_factory=Question, metadata={"check": record_of(Question)})
    first_run_hint: bool = checked(True, truth)
    export_folder: str = checked("", text_up_to(4096))
    recent_plans: list[RecentPlan] = checked([], list_of(record_of(RecentPlan), 64))
    recent_machines: list[str] = checked([], list_of(NAME, 64))

    def add_recent_plan(self, model_id: str, quant: str) -> None:
        """Put a plan first among the recent ones."""
        new = RecentPlan(model_id, quant)
        self.recent_plans = [new, *(p for p in self.recent_plans if p != new)][:MAX_RECENT]

    def add_recent_machine(self, name: str) -> None:
        """Put a saved machine first among the recent ones."""
        self.recent_machines = [name, *(n for n in self.recent_machines if n != name)][:MAX_RECENT]

    def to_json(self) -> dict[str, Any]:
        """Return the settings as the file holds them."""
        return asdict(self)


def _short(fault: BaseException) -> str:
    """What a fault says, in a length a status bar can show."""
    said = fault.args[0] if fault.args and isinstance(fault.args[0], Said) else str(fault)
    return said if len(said) <= 200 else said[:200]


class SettingsStore:
    """Reads and writes the settings file."""

    def __init__(self, folder: Path | None = None) -> None:
        self._path = (folder or config_folder()) / FILE
        self._known = WindowSettings().to_json()

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    def peek(self) -> WindowSettings:
        """Settings as the file holds them now; defaults where it cannot be used, without a word or a change."""
        return self._read()[0]

    def load(self) -> tuple[WindowSettings, str | None]:
        """Settings and, where the file could not be used, one line that says so; the file is then kept aside."""
        settings, reason = self._read()
        self._known = settings.to_json()
        return settings, None if reason is None else self._keep_aside(reason)

    def _read(self) -> tuple[WindowSettings, str | None]:
        """Settings, and why the file cannot be used."""
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return WindowSettings(), None
        except OSError as fault:
            return WindowSettings(), fault.strerror or str(fault)
        try:
            if len(raw) > MAX_FILE_BYTES:
                raise ValueError(say("larger than 1 MiB"))
            data = json.loads(raw.decode("utf-8"))
            if not isinstance(data, dict):
                raise ValueError(say("not an object"))
            version = data.get("schema_version", 0)
            if not isinstance(version, int) or version > SCHEMA_VERSION:
                return WindowSettings(), say("made by a newer version ({number})", number=version)
            return _record(WindowSettings, data), None
        except (ValueError, RecursionError) as fault:
            return WindowSettings(), say("damaged ({reason})", reason=_short(fault))

    def _keep_aside(self, reason: str) -> str:
        aside = self._path.with_name(f"{self._path.stem}.{time.strftime('%Y%m%d-%H%M%S')}.unusable.json")
        try:
            os.replace(self._path, aside)
        except OSError:
            return say("Settings are not usable: {reason}; defaults are used", reason=reason)
        return say(
            "Settings are not usable: {reason}. Defaults are used; the old file is kept as {name}",
            reason=reason,
            name=aside.name,
        )

    def save(self, settings: WindowSettings) -> str | None:
        """Write what changed since it was read or saved here; return why it could not be written, or None."""
        document = settings.to_json()
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}.part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            lock = QLockFile(str(self._path) + ".lock")
            lock.tryLock(LOCK_MS)  # a folder that allows no lock file still gets the settings
            try:
                others, unusable = self._read()
                merged = document if unusable else _merged(others, self._known, document)
                part.write_text(json.dumps(merged, indent=1) + "\n", encoding="utf-8")
                os.replace(part, self._path)
            finally:
                lock.unlock()
        except OSError as fault:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            return say("Settings cannot be saved ({reason})", reason=fault.strerror or fault)
        self._known = document
        return None


def _merged(others: WindowSettings, known: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """What the file holds, with what changed here put in; a question is merged value by value."""
    held = others.to_json()
    for key, value in document.items():
        before = known.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            held[key] |= {name: v for name, v in value.items() if v != before.get(name)}
        elif value != before:
            held[key] = value
    return held
