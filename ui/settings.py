"""What the window remembers: a JSON file with a schema version; a file that cannot be used is kept aside and told once.

Two windows may be open at once. Each writes only what it changed, into what the file holds by then, under a lock and in one
step; so neither undoes the other's changes, and a reader never meets half a file.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from PySide6.QtCore import QLockFile

from planner.hardware.machine_file import config_folder
from ui.words import tr

SCHEMA_VERSION = 1
FILE = "window.json"
MAX_FILE_BYTES = 2**20
LOCK_MS = 2000
"""Longest wait for another window that writes. [ms]"""
SCALES = (1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
"""Sizes of everything in the window."""
MAX_RECENT = 8
Name = Annotated[str, Field(max_length=256)]
Width = Annotated[int, Field(ge=0, le=100_000)]


class Question(BaseModel):
    """What was asked last."""

    model_config = ConfigDict(extra="ignore")

    use: Literal["chat", "code", "vision", "long"] = "chat"
    n_ctx: int = Field(default=8192, ge=1, le=2**30)
    n_parallel: int = Field(default=1, ge=1, le=4096)
    min_decode_tps: float = Field(default=5.0, ge=0, lt=1e6)
    reserve_gib: float = Field(default=1.0, ge=0, le=16384)
    cache_type_k: Name = "f16"
    cache_type_v: Name = "f16"


class RecentPlan(BaseModel):
    """A plan that was used."""

    model_config = ConfigDict(extra="ignore")

    model_id: Name
    quant: Name | None = None


class WindowSettings(BaseModel):
    """Settings of the window."""

    model_config = ConfigDict(extra="ignore")

    schema_version: int = SCHEMA_VERSION
    theme: Literal["system", "light", "dark", "high-contrast"] = "system"
    language: Literal["system", "en", "zh_CN"] = "system"
    scale: float = Field(default=1.0, ge=1.0, le=3.0)
    """Size of everything; 1 = as the system says."""
    geometry: str = Field(default="", max_length=65536)
    """Base64 of the window's place and size."""
    splitter: list[Width] = Field(default_factory=list, max_length=8)
    plan_splitter: list[Width] = Field(default_factory=list, max_length=8)
    hidden_columns: list[Name] = Field(default_factory=list, max_length=32)
    sort: Name = "recommended"
    descending: bool = False
    page: Literal["list", "map"] = "list"
    shell: Literal["posix", "powershell", "cmd"] = "posix"
    machine: Name = ""
    """Saved machine in use; empty = this machine."""
    second_machine: str = Field(default="", max_length=100_000)
    """Machine compared with, in the shape ``machine/1``; empty = none."""
    question: Question = Question()
    first_run_hint: bool = True
    export_folder: str = Field(default="", max_length=4096)
    recent_plans: list[RecentPlan] = Field(default_factory=list, max_length=64)
    recent_machines: list[Name] = Field(default_factory=list, max_length=64)

    def add_recent_plan(self, model_id: str, quant: str | None) -> None:
        """Put a plan first among the recent ones."""
        others = [p for p in self.recent_plans if (p.model_id, p.quant) != (model_id, quant)]
        self.recent_plans = [RecentPlan(model_id=model_id, quant=quant), *others][:MAX_RECENT]

    def add_recent_machine(self, name: str) -> None:
        """Put a saved machine first among the recent ones."""
        self.recent_machines = [name, *(n for n in self.recent_machines if n != name)][:MAX_RECENT]


class SettingsStore:
    """Reads and writes the settings file."""

    def __init__(self, folder: Path | None = None) -> None:
        self._path = (folder or config_folder()) / FILE
        self._known = WindowSettings().model_dump(mode="json")

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    def load(self) -> tuple[WindowSettings, str | None]:
        """Settings and, where the file could not be used, one line that says so; the file is then kept aside."""
        settings, reason = self._read()
        self._known = settings.model_dump(mode="json")
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
                raise ValueError(tr("larger than 1 MiB"))
            data = json.loads(raw.decode("utf-8"))
            if not isinstance(data, dict):
                raise ValueError(tr("not an object"))
            version = data.get("schema_version", 0)
            if not isinstance(version, int) or version > SCHEMA_VERSION:
                return WindowSettings(), tr("made by a newer version ({number})").format(number=version)
            return WindowSettings.model_validate(data), None
        except ValidationError as fault:
            first = fault.errors()[0]
            where = ".".join(str(p) for p in first["loc"])
            return WindowSettings(), f"{where}: {first['msg']}"
        except (ValueError, RecursionError) as fault:
            return WindowSettings(), tr("damaged ({reason})").format(reason=fault)

    def _keep_aside(self, reason: str) -> str:
        aside = self._path.with_name(f"{self._path.stem}.{time.strftime('%Y%m%d-%H%M%S')}.unusable.json")
        try:
            os.replace(self._path, aside)
        except OSError:
            return tr("Settings are not usable: {reason}; defaults are used").format(reason=reason)
        return tr(
            "Settings are not usable: {reason}. Defaults are used; the old file is kept as {name}"
        ).format(reason=reason, name=aside.name)

    def save(self, settings: WindowSettings) -> str | None:
        """Write what changed since it was read or saved here; return why it could not be written, or None."""
        document = settings.model_dump(mode="json")
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
            return tr("Settings cannot be saved ({reason})").format(reason=fault.strerror or fault)
        self._known = document
        return None


def _merged(others: WindowSettings, known: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """What the file holds, with what changed here put in; a question is merged value by value."""
    held = others.model_dump(mode="json")
    for key, value in document.items():
        before = known.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            held[key] |= {name: v for name, v in value.items() if v != before.get(name)}
        elif value != before:
            held[key] = value
    return held
