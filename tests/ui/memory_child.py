"""Program that the memory benchmark runs as a process of its own: ``python memory_child.py EVENTS WIDTHxHEIGHT [EVERY]``.

It moves the slider, types, selects, sorts and changes pages in the real window, and prints its resident memory as JSON.
"""

from __future__ import annotations

import gc
import json
import sys
import time

import psutil
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from planner.hardware.what_if import machine_from_options
from planner.wishes import Wishes
from ui.app import build, keep_catalogue
from ui.heap import REST_MS
from ui.plans_ahead import CONTEXT_STOPS
from ui.session import PlannerSession

WORDS = ("q", "qw", "qwe", "qwen", "qwen3", "", "ll", "llama", "lla", "")
SORTS = ("decode", "recommended", "file", "recommended")
PAGES = ("map", "list", "scatter", "list")
LONGEST_S = 300


def main(events: int, size: tuple[int, int], every: int) -> dict[str, list[float]]:
    """Resident memory after every so many events. [MB]"""
    application = QApplication(sys.argv[:1])
    machine = machine_from_options(gpus=("RTX 4090",), ram_gib=64, ram_bandwidth=83)
    assert machine is not None
    session = PlannerSession(Wishes(), detect=lambda: machine)
    window = build(application, session)
    session.library_ready.connect(keep_catalogue)
    window.resize(*size)
    window.show()
    session.start()

    def settle() -> None:
        started = time.monotonic()
        while session.busy or session.view is None or session.machine_state.detecting:
            application.processEvents()
            time.sleep(0.002)
            assert time.monotonic() - started < LONGEST_S, "no answer"

    settle()
    session.use_machine(machine, undoable=False)
    settle()
    stops = [c for c in CONTEXT_STOPS if c <= 262144]
    held = []
    process = psutil.Process()
    for number in range(events):
        kind = number % 10
        if kind < 5:
            stop = stops[(number * 3 + number // 50) % len(stops)]
            window.question.context_slider.setValue(CONTEXT_STOPS.index(stop))
        elif kind < 8:
            window.question.search.setText(WORDS[(number // 3) % len(WORDS)])
        elif kind == 8:
            rows = window.centre.model.rowCount()
            if rows:
                window.centre.table.selectRow((number // 10 * 7) % rows)
        else:
            session.sort_by(SORTS[(number // 10) % len(SORTS)])
        if number % 100 == 60:
            window.actions_by_key[PAGES[(number // 100) % len(PAGES)]].trigger()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        application.processEvents()
        if number % 50 == 49:
            settle()
        if (number + 1) % every == 0:
            until = time.monotonic() + REST_MS / 1000 + 0.5  # as a person rests
            while time.monotonic() < until or session.busy:
                application.processEvents()
                time.sleep(0.02)
            gc.collect()
            held.append(round(process.memory_info().rss / 1e6, 1))
            print(number + 1, held[-1], round(time.process_time()), file=sys.stderr, flush=True)
    window.close()
    return {"held": held}


if __name__ == "__main__":
    width, height = sys.argv[2].split("x")
    given = int(sys.argv[3]) if len(sys.argv) > 3 else 250
    print(json.dumps(main(int(sys.argv[1]), (int(width), int(height)), given)))
