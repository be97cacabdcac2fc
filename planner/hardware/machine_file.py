"""Machine files: ``--machine FILE``, and machines saved by name in the user's settings folder."""

from __future__ import annotations

import contextlib
import json
import os
import re
from dataclasses import replace
from pathlib import Path

from planner.folders import config_folder
from planner.hardware.machine_json import MachineFileFault, machine_from_json, machine_to_json
from planner.machine import Machine

__all__ = [
    "MachineFileFault",
    "config_folder",
    "load_machine",
    "read_machine_file",
    "save_machine",
    "saved_machine_path",
    "saved_machines",
    "write_machine_file",
]
MAX_FILE_BYTES = 2**20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+-]{0,63}")


def read_machine_file(path: Path | str) -> Machine:
    """Read a machine from a JSON file.

    Raises
    ------
    MachineFileFault
        When the file cannot be read or is malformed.
    """
    shown = str(path)
    try:
        with open(path, "rb") as handle:
            raw = handle.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise MachineFileFault(f"{shown}: cannot be read ({error.strerror or error})") from None
    except ValueError as error:
        raise MachineFileFault(f"{shown!r}: is not a file name ({error})") from None
    if len(raw) > MAX_FILE_BYTES:
        raise MachineFileFault(f"{shown}: is larger than {MAX_FILE_BYTES // 1024} KiB; not a machine file")
    try:
        data = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise MachineFileFault(f"{shown}: is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise MachineFileFault(
            f"{shown}: is not JSON (line {error.lineno}, column {error.colno}: {error.msg})"
        ) from None
    except RecursionError:
        raise MachineFileFault(f"{shown}: is nested too deeply") from None
    return machine_from_json(data, shown)


def write_machine_file(machine: Machine, path: Path | str) -> None:
    """Write a machine as JSON, replacing the file in one step.

    Raises
    ------
    MachineFileFault
        When the file cannot be written.
    """
    target = Path(path)
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(machine_to_json(machine), indent=1) + "\n", encoding="utf-8")
        os.replace(part, target)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise MachineFileFault(f"{target}: cannot be written ({error.strerror or error})") from None


def saved_machine_path(name: str, folder: Path | None = None) -> Path:
    """Where a machine of that name is saved.

    Raises
    ------
    MachineFileFault
        When the name cannot be a file name.
    """
    cleaned = name.strip()
    if not _NAME.fullmatch(cleaned) or cleaned.endswith("."):
        raise MachineFileFault(
            f"{name!r} cannot be the name of a machine; use up to 64 letters, digits, spaces and . _ + -"
        )
    return (folder or config_folder() / "machines") / f"{cleaned}.json"


def save_machine(name: str, machine: Machine, folder: Path | None = None) -> Path:
    """Save a machine under a name, and return the file.

    Raises
    ------
    MachineFileFault
        When the name is not valid or the file cannot be written.
    """
    path = saved_machine_path(name, folder)
    write_machine_file(replace(machine, name=name.strip()), path)
    return path


def delete_machine(name: str, folder: Path | None = None) -> None:
    """Delete a saved machine.

    Raises
    ------
    MachineFileFault
        When there is none of that name or it cannot be deleted.
    """
    path = saved_machine_path(name, folder)
    try:
        path.unlink()
    except OSError as error:
        raise MachineFileFault(f"{name}: cannot be deleted ({error.strerror or error})") from None


def rename_machine(name: str, new_name: str, folder: Path | None = None) -> None:
    """Give a saved machine another name.

    Raises
    ------
    MachineFileFault
        When the new name is not valid or taken, or the file cannot be renamed.
    """
    path, target = saved_machine_path(name, folder), saved_machine_path(new_name, folder)
    if target == path:
        return
    try:
        taken = target.exists() and not target.samefile(path)
        if taken:
            raise MachineFileFault(f"{new_name.strip()}: there is a machine of that name already")
        path.rename(target)
    except OSError as error:
        raise MachineFileFault(f"{name}: cannot be renamed ({error.strerror or error})") from None


def saved_machines(folder: Path | None = None) -> tuple[dict[str, Machine], list[str]]:
    """Every saved machine by name, and a note for each file that cannot be read."""
    machines: dict[str, Machine] = {}
    notes: list[str] = []
    base = folder or config_folder() / "machines"
    try:
        files = sorted(path for path in base.iterdir() if path.suffix == ".json")
    except FileNotFoundError:
        return machines, notes
    except OSError as error:
        return machines, [f"saved machines cannot be listed ({error.strerror or error})"]
    for path in files:
        try:
            machines[path.stem] = replace(read_machine_file(path), name=path.stem)
        except MachineFileFault as error:
            notes.append(str(error).replace(str(path), path.name))
    return machines, notes


def load_machine(name_or_file: str, folder: Path | None = None) -> Machine:
    """The machine of ``--machine``: a saved name, else a file.

    Raises
    ------
    MachineFileFault
        When there is neither, or it cannot be read; the message lists the saved names.
    """
    text = name_or_file.strip()
    if not text:
        raise MachineFileFault("--machine is empty; give a file or a saved machine's name")
    if _NAME.fullmatch(text) and not text.endswith("."):
        path = saved_machine_path(text, folder)
        if path.is_file():
            return replace(read_machine_file(path), name=text)
    if Path(text).exists():
        return read_machine_file(text)
    names = sorted(saved_machines(folder)[0])
    known = ", ".join(names[:8]) if names else "none is saved"
    raise MachineFileFault(f"--machine {text!r}: no such file or saved machine (saved: {known})")
