"""Programs that the start-up tests run as processes of their own: ``python startup_child.py bare|window|modules``.

Each prints one line of JSON at the moment its list has been painted, and ends.
"""

from __future__ import annotations

import json
import os
import sys
import time


def report(**more: object) -> None:
    """Say when and at what cost of CPU time the list was painted, and end at once."""
    used = os.times()
    print(json.dumps({"at": time.monotonic(), "cpu": used.user + used.system, **more}), flush=True)
    os._exit(0)


def bare() -> None:
    """The least a PySide6 program with a table of 300 rows does."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication, QMainWindow, QTableWidget, QTableWidgetItem

    class Table(QTableWidget):
        def paintEvent(self, event: object) -> None:
            super().paintEvent(event)  # type: ignore[arg-type]
            QTimer.singleShot(0, report)

    application = QApplication(sys.argv[:1])
    window = QMainWindow()
    table = Table(300, 7)
    for row in range(300):
        for column in range(7):
            table.setItem(row, column, QTableWidgetItem(f"row {row} column {column}"))
    window.setCentralWidget(table)
    window.resize(1280, 800)
    window.show()
    application.exec()


def window(modules: bool) -> None:
    """The program itself, to its first painted list."""
    from ui import app, first_list

    made = first_list.FirstList.__init__

    def make(self: first_list.FirstList, *given: object) -> None:
        made(self, *given)  # type: ignore[arg-type]
        lines = len(self.table.catalogue.entries)
        self.painted.connect(lambda: report(lines=lines, modules=sorted(sys.modules) if modules else []))

    first_list.FirstList.__init__ = make  # type: ignore[method-assign]
    sys.argv = sys.argv[:1]
    app.main()


if __name__ == "__main__":
    what = sys.argv[1]
    bare() if what == "bare" else window(what == "modules")
