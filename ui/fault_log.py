"""Errors nobody caught: shown once in the window, and logged to files that never hold more than a megabyte.

The log says what happened and where in the program; paths are written without the user's home, and it names neither user nor
computer.
"""

from __future__ import annotations

import os
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from ui import jobs

if TYPE_CHECKING:
    from logging import Handler

FILE = "window.log"
MAX_LOG_BYTES = 256 * 1024
KEPT_LOGS = 3


def log_folder() -> Path:
    """Folder of the log, as the system wants it."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        return base / "hardware-fit-planner" / "Logs"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Logs" / "hardware-fit-planner"
    base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return base / "hardware-fit-planner"


class FaultLog(QObject):
    """Catches what nobody caught, on any thread.

    Signals
    -------
    told
        An error of a kind not shown yet. arg: one line.
    """

    told = Signal(str)

    def __init__(self, folder: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._handler: Handler | None = None
        self._seen: set[tuple[str, str]] = set()
        self._before: tuple[Any, Any, Any] | None = None
        self._busy = threading.local()

    @property
    def folder(self) -> Path:
        """Folder of the log."""
        return self._folder or log_folder()

    @property
    def path(self) -> Path:
        """The newest log file."""
        return self.folder / FILE

    def install(self) -> None:
        """Take the place of the interpreter's own hooks until :meth:`uninstall`."""
        if self._before is not None:
            return
        self._before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        jobs.unexpected.append(self.record)
        sys.excepthook = self._uncaught
        threading.excepthook = lambda args: self._uncaught(
            args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
        )
        sys.unraisablehook = lambda args: self._uncaught(
            args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
        )

    def uninstall(self) -> None:
        """Give the hooks back and close the file."""
        if self._before is not None:
            sys.excepthook, threading.excepthook, sys.unraisablehook = self._before
            self._before = None
            jobs.unexpected.remove(self.record)
        if self._handler is not None:
            self._handler.close()
            self._handler = None

    def record(self, fault: BaseException) -> None:
        """Log a fault, and tell of it if none like it was told."""
        self._uncaught(type(fault), fault, fault.__traceback__)

    def _uncaught(self, kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, fault, trace)
            return
        if getattr(self._busy, "now", False):
            return  # an error while an error is logged: nothing more can be done about it
        self._busy.now = True
        try:
            self._log(kind, fault, trace)
            frames = traceback.extract_tb(trace)
            place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
            key = (kind.__name__, place)
            if key not in self._seen:
                self._seen.add(key)
                self.told.emit(_line(kind, fault, place))
        finally:
            self._busy.now = False

    def _log(self, kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
        if sys.stderr is not None:
            traceback.print_exception(kind, fault, trace)
        try:
            if self._handler is None:
                self.folder.mkdir(parents=True, exist_ok=True)
                self._handler = log_handler(self.path)
            self._handler.handle(log_record(kind, fault, trace))
        except OSError:
            return  # a folder that cannot be written: the error is still shown


def log_handler(path: Path) -> Handler:
    """A file that is put aside when it is full, and written without names of people or of the computer."""
    from logging import Formatter, LogRecord
    from logging.handlers import RotatingFileHandler

    from ui.diagnostics import without_names

    class Private(Formatter):
        """Lines without names."""

        def format(self, record: LogRecord) -> str:
            """Make the text of one entry."""
            return without_names(super().format(record))

    handler = RotatingFileHandler(
        path, maxBytes=MAX_LOG_BYTES, backupCount=KEPT_LOGS, encoding="utf-8", delay=True
    )
    handler.setFormatter(Private("%(asctime)s %(levelname)s %(message)s"))
    return handler


def log_record(kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> Any:
    """One entry of the log."""
    from logging import ERROR, LogRecord

    return LogRecord("window", ERROR, "", 0, "uncaught error", None, (kind, fault, trace))


def _line(kind: type[BaseException], fault: BaseException, place: str) -> str:
    words = " ".join(str(fault).split())
    what = f"{kind.__name__}: {words}" if words else kind.__name__
    return f"{what[:300]} ({place})" if place else what[:300]


def last_entries(folder: Path, characters: int = 4000) -> str:
    """The end of the newest log, for the diagnostics; empty when there is none."""
    try:
        with open(folder / FILE, "rb") as handle:
            size = handle.seek(0, os.SEEK_END)
            handle.seek(max(size - characters, 0))
            return handle.read().decode("utf-8", "replace")
    except OSError:
        return ""
