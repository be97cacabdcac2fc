"""Keeps freed memory from staying with the process: on Linux the C library holds on to it unless it is told otherwise."""

from __future__ import annotations

import contextlib
import linecache
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ui.session import PlannerSession

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Parameters of ``mallopt``, from glibc's malloc.h."""
REST_MS = 2000
"""Rest after the last answer before freed memory is returned, which takes some milliseconds. [ms]"""
LARGE = 2**18
"""Blocks this large are returned when they are freed; the default grows with the largest block ever freed. [bytes]"""


def bound_heap() -> None:
    """Use one heap for all threads, and return large blocks; nothing where the C library is not glibc.

    Every thread that plans would else get a heap of its own, which keeps what its largest evaluation needed.
    """
    with contextlib.suppress(ImportError, OSError, AttributeError):
        library = _glibc()
        library.mallopt(M_ARENA_MAX, 1)
        library.mallopt(M_MMAP_THRESHOLD, LARGE)
        library.mallopt(M_TRIM_THRESHOLD, LARGE)


def return_freed() -> None:
    """Return what is free inside the heap, after something large was read.

    Shiboken reads the source of every module that is imported, through ``linecache``, which keeps it.
    """
    linecache.clearcache()
    with contextlib.suppress(ImportError, OSError, AttributeError):
        _glibc().malloc_trim(0)


def return_freed_at_rest(session: PlannerSession) -> None:
    """Return what is free inside the heap whenever nothing was asked for a while: plans leave some 20 MB of holes."""
    from PySide6.QtCore import QTimer

    timer = QTimer(session)
    timer.setSingleShot(True)
    timer.setInterval(REST_MS)
    timer.timeout.connect(return_freed)
    session.busy_changed.connect(lambda busy: timer.stop() if busy else timer.start())
    session.closing.connect(timer.stop)


def _glibc() -> Any:
    if not sys.platform.startswith("linux"):
        raise OSError("no glibc")
    import ctypes

    return ctypes.CDLL(None)
