"""End the program as soon as it shows plans, and say what it showed: proof that an installed copy works."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from ui.main_window import MainWindow

LONGEST_S = 120
POLL_MS = 25


def watch(application: QApplication, window: MainWindow) -> None:
    """Wait for plans in the list, print one line and leave with exit code 0; leave with 1 when none come."""
    import psutil

    born = psutil.Process(os.getpid()).create_time()
    session = window.session
    timer = QTimer(window)

    def look() -> None:
        age = time.time() - born
        if session.order is not None and session.view is not None and not session.busy:
            process = psutil.Process(os.getpid())
            rows, held, used = len(session.order.rows), process.memory_info().rss, process.cpu_times()
            print(
                f"window: {rows} models shown after {age:.2f} s ({used.user + used.system:.2f} s of processor time), "
                f"{held / 2**20:.0f} MiB resident"
            )
            _end(0)
        elif age > LONGEST_S:
            print("window: no plans")
            _end(1)

    def _end(code: int) -> None:
        timer.stop()
        window.close()
        application.exit(code)

    timer.timeout.connect(look)
    timer.start(POLL_MS)
