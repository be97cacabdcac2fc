"""Asking the system: short commands and small files, none of which may raise or hang."""

from __future__ import annotations

import contextlib
import getpass
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from planner.machine import Device
from planner.words import figure, say

PROBE_TIMEOUT_S = 2.0
"""Longest time one command may take. [s]"""
MAX_FILE_BYTES = 4 * 2**20


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a command printed, or why it could not be asked."""

    stdout: str = ""
    stderr: str = ""
    fault: str | None = None
    """None when the command ran and exited with 0."""

    @property
    def text(self) -> str:
        """Both streams, standard output first."""
        return f"{self.stdout}\n{self.stderr}"


@dataclass(slots=True)
class GpuFindings:
    """GPUs found by one probe, and what it could not read."""

    devices: list[Device] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def run_command(argv: Sequence[str], timeout_s: float = PROBE_TIMEOUT_S) -> CommandResult:
    """Run a command without a shell and wait at most ``timeout_s``; never raises.

    A command that overruns is ended together with its children.
    """
    options: dict[str, object] = {}
    if sys.platform == "win32":
        options["creationflags"] = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    else:
        options["start_new_session"] = True
    try:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,  # type: ignore[call-overload]
        )
    except (OSError, ValueError) as error:
        return CommandResult(
            fault=say("cannot be run ({why})", why=getattr(error, "strerror", None) or str(error))
        )
    try:
        out, err = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        _end(process)
        return CommandResult(fault=say("did not answer within {time}", time=figure(f"{timeout_s:g} s")))
    except (OSError, ValueError) as error:
        _end(process)
        return CommandResult(fault=say("cannot be read ({why})", why=str(error)))
    fault = None if process.returncode == 0 else say("ended with exit code {code}", code=process.returncode)
    return CommandResult(out.decode("utf-8", "replace"), err.decode("utf-8", "replace"), fault)


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired, OSError, ValueError):
        process.communicate(timeout=0.2)
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


def read_text(path: Path | str) -> str | None:
    """A small file's text, or None if it cannot be read."""
    try:
        with open(path, "rb") as handle:
            return handle.read(MAX_FILE_BYTES).decode("utf-8", "replace")
    except OSError:
        return None


def read_int(path: Path | str) -> int | None:
    """A file that holds one whole number (decimal or ``0x…``), or None."""
    text = (read_text(path) or "").strip()
    try:
        return int(text, 0)
    except ValueError:
        return None


_HOMES = re.compile(r"(?i)(?:/home/|/users/|[a-z]:\\users\\)([^/\\]+)")


def private_path(path: Path | str, home: Path | None = None, user: str | None = None) -> str:
    """A path without names of people: the home directory as ``~``, another user's as ``~user``.

    Examples
    --------
    >>> private_path("/home/ann/bin/vllm", Path("/home/ann"), "ann")
    '~/bin/vllm'
    """
    text = str(path)
    base = str(home or Path.home()).rstrip("/\\")
    if base and (text == base or text.startswith((base + "/", base + "\\"))):
        text = "~" + text[len(base) :]
    text = _HOMES.sub("~user", text)
    name = user if user is not None else _user()
    if name and len(name) > 2 and name not in ("root", "bin", "lib", "opt", "usr", "local", "user"):
        text = re.sub(rf"(?<=[/\\]){re.escape(name)}(?=[/\\]|$)", "…", text)
    return text


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
