"""Write a file whole or not at all: beside its place, then renamed."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path

from planner.report.harmless import shown
from planner.units import ValueFault

_WORDS = {
    errno.ENOSPC: "no space is left on the disk",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file is larger than the disk or a limit allows",
    errno.EROFS: "the folder is on a read-only disk",
    errno.EACCES: "the folder may not be written to",
    errno.EPERM: "the folder may not be written to",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ENOENT: "the folder cannot hold files",
}


class FileExists(ValueFault):
    """The file is there already and was not to be replaced."""


def write_whole(path: Path, content: str | bytes, force: bool = False) -> int:
    """Write a file whole or not at all and return its size. [bytes]

    Parameters
    ----------
    path : Path
    content : str or bytes
        Text is written as UTF-8.
    force : bool
        True replaces a file that exists.

    Raises
    ------
    ValueFault
        In one line why the file cannot be written (:class:`FileExists` where one is in the way); nothing is left behind
        and an existing file is untouched.
    """
    name = shown(str(path))
    data = content.encode("utf-8") if isinstance(content, str) else content
    part: Path | None = None
    target = check_place(path, force)
    try:
        part = target.parent / f".fit-report-{os.getpid()}-{secrets.token_hex(4)}.part"
        _write(part, data)
        if force:
            os.replace(part, target)
        else:
            _place_new(part, target, name)
    except OSError as fault:
        raise _fault(name, fault) from None
    finally:
        if part is not None:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
    return len(data)


def check_place(path: Path, force: bool = False) -> Path:
    """Where a file will lie once links are followed.

    Raises
    ------
    ValueFault
        If there is no such folder, or something is there that may not be replaced.
    """
    name = shown(str(path))
    if "\0" in str(path):
        raise ValueFault(f"cannot write {name}: a path cannot hold a null character")
    try:
        target = Path(os.path.realpath(path))
        if not target.parent.is_dir():
            raise ValueFault(f"cannot write {name}: there is no folder {shown(str(path.parent))}")
        _check_target(target, name, force)
    except OSError as fault:
        raise _fault(name, fault) from None
    return target


def _fault(name: str, fault: OSError) -> ValueFault:
    reason = _WORDS.get(fault.errno or 0, fault.strerror or type(fault).__name__)
    return ValueFault(f"cannot write {name}: {reason}")


def _check_target(target: Path, name: str, force: bool) -> None:
    if not target.exists():
        return
    mode = target.stat().st_mode
    if stat.S_ISDIR(mode):
        raise ValueFault(f"cannot write {name}: it is a folder; name a file in it")
    if not stat.S_ISREG(mode):
        raise ValueFault(f"cannot write {name}: it is not an ordinary file")
    if not force:
        raise FileExists(f"{name} exists")
    if not mode & 0o222 or not os.access(target, os.W_OK):
        raise ValueFault(f"cannot write {name}: the file is read-only")


def _write(part: Path, data: bytes) -> None:
    with open(part, "xb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())


def _place_new(part: Path, target: Path, name: str) -> None:
    """Give the file its name unless somebody took it meanwhile."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise FileExists(f"{name} exists") from None
    except OSError:  # the file system has no hard links
        if target.exists():
            raise FileExists(f"{name} exists") from None
        os.replace(part, target)
