"""What the window remembers: a JSON file with a schema version; a file that cannot be used is kept aside and told once."""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from planner.hardware.machine_file import config_folder

SCHEMA_VERSION = 1
FILE = "window.json"
MAX_FILE_BYTES = 2**20


class Question(BaseModel):
    """What was asked last."""

    model_config = ConfigDict(extra="ignore")

    use: Literal["chat", "code", "vision", "long"] = "chat"
    n_ctx: int = Field(default=8192, ge=1, le=2**30)
    n_parallel: int = Field(default=1, ge=1, le=4096)
    min_decode_tps: float = Field(default=5.0, ge=0, lt=1e6)
    reserve_gib: float = Field(default=1.0, ge=0, le=16384)
    cache_type_k: str = "f16"
    cache_type_v: str = "f16"


class WindowSettings(BaseModel):
    """Settings of the window."""

    model_config = ConfigDict(extra="ignore")

    schema_version: int = SCHEMA_VERSION
    theme: Literal["system", "light", "dark", "high-contrast"] = "system"
    geometry: str = ""
    """Base64 of the window's place and size."""
    splitter: list[int] = Field(default_factory=list, max_length=8)
    hidden_columns: list[str] = Field(default_factory=list, max_length=32)
    shell: Literal["posix", "powershell", "cmd"] = "posix"
    machine: str = ""
    """Saved machine in use; empty = this machine."""
    second_machine: str = Field(default="", max_length=100_000)
    """Machine compared with, in the shape ``machine/1``; empty = none."""
    question: Question = Question()
    first_run_hint: bool = True
    export_folder: str = ""


class SettingsStore:
    """Reads and writes the settings file."""

    def __init__(self, folder: Path | None = None) -> None:
        self._path = (folder or config_folder()) / FILE

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    def load(self) -> tuple[WindowSettings, str | None]:
        """Settings and, where the file could not be used, one line that says so; the file is then kept aside."""
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return WindowSettings(), None
        except OSError as fault:
            return WindowSettings(), f"Settings cannot be read ({fault.strerror or fault}); defaults are used"
        try:
            if len(raw) > MAX_FILE_BYTES:
                raise ValueError("larger than 1 MiB")
            data = json.loads(raw.decode("utf-8"))
            if not isinstance(data, dict):
                raise ValueError("not an object")
            version = data.get("schema_version", 0)
            if not isinstance(version, int) or version > SCHEMA_VERSION:
                reason = f"made by a newer version ({version})"
                return WindowSettings(), self._keep_aside(reason)
            return WindowSettings.model_validate(data), None
        except ValidationError as fault:
            first = fault.errors()[0]
            where = ".".join(str(p) for p in first["loc"])
            return WindowSettings(), self._keep_aside(f"{where}: {first['msg']}")
        except (ValueError, RecursionError) as fault:
            return WindowSettings(), self._keep_aside(f"damaged ({fault})")

    def _keep_aside(self, reason: str) -> str:
        aside = self._path.with_name(f"{self._path.stem}.{time.strftime('%Y%m%d-%H%M%S')}.unusable.json")
        try:
            os.replace(self._path, aside)
        except OSError:
            return f"Settings are not usable: {reason}; defaults are used"
        return f"Settings are not usable: {reason}. Defaults are used; the old file is kept as {aside.name}"

    def save(self, settings: WindowSettings) -> str | None:
        """Write the settings, whole or not at all; return why not, or None."""
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}.part")
        document: dict[str, Any] = settings.model_dump(mode="json")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
            os.replace(part, self._path)
        except OSError as fault:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            return f"Settings cannot be saved ({fault.strerror or fault})"
        return None
