"""Inference engines on this machine with their versions, asked in parallel and never imported."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from planner.hardware.probe import CommandResult, private_path, run_command
from planner.machine import Engine
from planner.words import say

LLAMA_PROGRAMS = ("llama-server", "llama-cli")
REAL_BUILD = 1000
"""Build numbers below this come from checkouts without history."""


@dataclass(slots=True)
class EngineFindings:
    """Engines found, and what could not be read."""

    engines: list[Engine] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def parse_llama_version(text: str) -> str | None:
    """Version in what ``llama-server --version`` prints: ``b10434`` or, for unnumbered builds, ``0.5.0-dev``.

    Examples
    --------
    >>> parse_llama_version("version: 6123 (79c1160b)")
    'b6123'
    >>> parse_llama_version("version: 0.5.0-dev (build 0, commit unknown)")
    '0.5.0-dev'
    """
    match = re.search(r"^version:\s*(\S+)(?:\s*\(([^)]*)\))?", text, re.M)
    if not match:
        return None
    version, detail = match.group(1), match.group(2) or ""
    build = re.search(r"build\s+(\d+)", detail)
    number = version if version.isdigit() else build.group(1) if build else "0"
    if int(number) >= REAL_BUILD:
        return f"b{number}"
    return f"b{version}" if version.isdigit() else version


def python_package_version(program: Path, package: str = "vllm") -> str | None:
    """Version of a package installed beside a program, from the name of its ``dist-info`` folder."""
    roots: list[Path] = []
    for path in (program, program.resolve()):
        prefix = path.parent.parent
        roots += [*prefix.glob("lib/python3*/site-packages"), *prefix.glob("lib64/python3*/site-packages")]
        roots += [prefix / "Lib" / "site-packages", *prefix.glob("lib/python3*/dist-packages")]
    roots += _interpreter_roots(program)
    for root in roots:
        for folder in sorted(root.glob(f"{package}-*.dist-info")):
            match = re.fullmatch(rf"{package}-([^-]+)\.dist-info", folder.name)
            if match:
                return match.group(1)
    return None


def _interpreter_roots(program: Path) -> list[Path]:
    try:
        with program.open("rb") as handle:
            first = handle.readline(512)
    except OSError:
        return []
    match = re.match(rb"#!\s*(\S+python[\d.]*)", first)
    if not match:
        return []
    prefix = Path(os.fsdecode(match.group(1))).parent.parent
    roots = [*prefix.glob("lib/python3*/site-packages"), *prefix.glob("lib/python3*/dist-packages")]
    if prefix == Path("/usr"):
        roots += Path("/usr/local").glob("lib/python3*/dist-packages")
    return [*roots, *Path.home().glob(".local/lib/python3*/site-packages")]


def search_folders() -> list[Path]:
    """Folders besides PATH where engines are often built or installed."""
    home = Path.home()
    folders = [
        Path(sys.prefix) / ("Scripts" if sys.platform == "win32" else "bin"),
        home / ".local" / "bin",
        home / "llama.cpp" / "build" / "bin",
        home / "llama.cpp" / "build" / "bin" / "Release",
        home / "src" / "llama.cpp" / "build" / "bin",
        home / ".venv" / "bin",
        Path("/usr/local/bin"),
        Path("/opt/homebrew/bin"),
        Path("/opt/llama.cpp/bin"),
        Path("/app"),
    ]
    active = os.environ.get("VIRTUAL_ENV")
    return [Path(active) / "bin", *folders] if active else folders


def find_programs(
    name: str,
    which: Callable[[str], str | None] = shutil.which,
    folders: Iterable[Path] | None = None,
) -> list[Path]:
    """Executables of a name, the one on PATH first, each once."""
    found: dict[str, Path] = {}
    on_path = which(name)
    candidates = [Path(on_path)] if on_path else []
    suffix = ".exe" if sys.platform == "win32" else ""
    candidates += [
        folder / f"{name}{suffix}" for folder in (search_folders() if folders is None else folders)
    ]
    for path in candidates:
        try:
            if path.is_file() and os.access(path, os.X_OK):
                found.setdefault(str(path.resolve()), path)
        except OSError:
            continue
    return list(found.values())


def probe_engines(
    run: Callable[[Sequence[str]], CommandResult] = run_command,
    which: Callable[[str], str | None] = shutil.which,
    folders: Iterable[Path] | None = None,
) -> EngineFindings:
    """Find llama.cpp and vLLM with versions; never raises.

    llama.cpp's programs are asked for ``--version`` (2 s each, in parallel); vLLM's version is read from the
    package folder beside its program, as starting it takes many seconds.
    """
    found = EngineFindings()
    places = list(search_folders() if folders is None else folders)
    programs = [(name, path) for name in LLAMA_PROGRAMS for path in find_programs(name, which, places)]
    with ThreadPoolExecutor(max(len(programs), 1)) as pool:
        results = list(pool.map(lambda item: run([str(item[1]), "--version"]), programs))
    for (name, path), result in zip(programs, results, strict=True):
        version = parse_llama_version(result.text)
        shown = private_path(path)
        if version is None:
            why = result.fault or say("printed no version")
            found.notes.append(
                say("{name}: version of {path} is unknown ({why})", name=name, path=shown, why=why)
            )
        found.engines.append(Engine(name, version or "unknown", shown))
    for path in find_programs("vllm", which, places):
        version = python_package_version(path)
        shown = private_path(path)
        if version is None:
            found.notes.append(say("vllm: version of {path} is unknown (no package beside it)", path=shown))
        found.engines.append(Engine("vllm", version or "unknown", shown))
    if not found.engines:
        found.notes.append(say("Engines: no llama-server, llama-cli or vllm found"))
    return found
