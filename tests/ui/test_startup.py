"""The window opens with the list of the last start, as quickly as a bare window opens with a table."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtWidgets import QApplication
from ui_support import described

from planner import stored_view
from planner.first_lists import document_for, first_list, ram_bytes, usual_size
from planner.list_filter import Filters
from planner.stored_view import machine_from_fields, read_stored_list, write_stored_list
from planner.view_data import CatalogueView, evaluate_view, facts_of, list_order
from planner.wishes import Wishes
from ui import app
from ui.first_list import FirstList, ListKeeper, place_of, question_of, stored_list
from ui.main_window import MainWindow
from ui.models.catalogue_model import CatalogueModel
from ui.session import PlannerSession
from ui.settings import SettingsStore, WindowSettings
from ui.theme import ThemeManager
from ui.views.catalogue_table import CatalogueTable

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from planner.library import Library

CHILD = Path(__file__).with_name("startup_child.py")
ROOT = CHILD.parents[2]
PLACE = [240, 120, 416, 24]
PAIRS = 15
BOUND = 1.5
"""Times a bare window's start that the first painted list may take."""
HEAVY = ("numpy", "pydantic", "models_db", "planner.library", "planner.evaluate", "PySide6.QtSvg", "psutil")


@pytest.fixture(scope="module")
def view(library: Library) -> CatalogueView:
    """The list on an RTX 4090."""
    return evaluate_view(library, facts_of(library), described(), Wishes())


@pytest.fixture
def stored(view: CatalogueView, tmp_path: Path) -> Path:
    """The file a start finds."""
    path = tmp_path / "cache/hardware-fit-planner" / stored_view.FILE
    write_stored_list(path, view, list_order(view, Filters()), question_of(WindowSettings()), PLACE)
    return path


def test_that_a_stored_list_says_what_the_view_says(view: CatalogueView, stored: Path) -> None:
    kept = read_stored_list(stored, question_of(WindowSettings()))
    assert kept is not None
    assert kept.place == PLACE
    shown, again = CatalogueModel(), CatalogueModel()
    shown.show(view, list_order(view, Filters()))
    again.show(kept.view, kept.order)  # type: ignore[arg-type]
    assert again.entries == shown.entries
    assert len(shown.entries) > 100
    assert again.axis_max == shown.axis_max
    for row in range(shown.rowCount()):
        for column in range(shown.columnCount()):
            for role in (0, 3, 11):  # text, tooltip, what a screen reader says
                assert again.data(again.index(row, column), role) == shown.data(
                    shown.index(row, column), role
                )


def test_that_a_stored_list_looks_like_the_view(view: CatalogueView, stored: Path, qtbot: QtBot) -> None:
    kept = read_stored_list(stored, question_of(WindowSettings()))
    assert kept is not None
    pictures = []
    for figures, order in ((view, list_order(view, Filters())), (kept.view, kept.order)):
        table = CatalogueTable(CatalogueModel())
        qtbot.addWidget(table)
        table.resize(900, 600)
        table.catalogue.show(figures, order)  # type: ignore[arg-type]
        table.show()
        pictures.append(table.grab().toImage())
    assert pictures[0] == pictures[1]


def test_that_a_machine_comes_back_as_it_was_stored() -> None:
    machine = described(("RTX 4090", "RTX 3090"))
    assert machine_from_fields(json.loads(json.dumps(asdict(machine)))) == machine


@pytest.mark.parametrize("change", ["question", "program", "damage", "place", "none"])
def test_that_a_list_for_something_else_is_not_shown(
    stored: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = WindowSettings()
    assert stored_list(settings, stored) is not None
    if change == "question":
        settings.question.n_ctx = 16384
    elif change == "program":
        monkeypatch.setattr(stored_view, "program_stamp", lambda: "other")
    elif change == "damage":
        raw = stored.read_bytes()
        stored.write_bytes(raw[:-200] + b"1" + raw[-199:])
    elif change == "place":
        text = stored.read_text().partition("\n")[2].replace(json.dumps(PLACE, separators=(",", ":")), "[1]")
        stored.write_text(f"{stored_view.crc32(text.encode()):08x}\n{text}")
    else:
        stored.unlink()
        found = stored_list(settings, stored)
        assert found is None or found.view.general
        return
    assert stored_list(settings, stored) is None


def test_that_the_very_first_start_lists_what_runs_in_its_ram(tmp_path: Path) -> None:
    settings = WindowSettings()
    kept = stored_list(settings, tmp_path / "none")
    size = usual_size(ram_bytes() or 0)
    assert (kept is None) == (size is None)
    if kept is not None:
        assert kept.view.general
        assert kept.view.machine.ram.total_bytes == (size or 0) * 2**30
    settings.question.n_ctx = 16384
    assert stored_list(settings, tmp_path / "none") is None


def test_that_the_shipped_first_lists_are_what_the_planner_says(library: Library) -> None:
    for size in (16, 64):
        shipped = first_list(size * 2**30)
        assert shipped is not None
        made = stored_view.stored_list_from(dict(document_for(size)))
        assert shipped.order.rows == made.order.rows, "make them anew: python -m planner.first_lists"
        for row in made.order.rows:
            for name in ("fit", "best", "file", "shortfall"):
                assert getattr(shipped.view, name)[row] == getattr(made.view, name)[row], name
            assert shipped.view.bars[row] == made.view.bars[row]
            speeds = [v.decode_p50[row] for v in (shipped.view, made.view)]
            assert speeds[0] == speeds[1] or all(s != s for s in speeds)


def test_that_the_list_stays_where_it_is_when_the_panels_are_made(
    library: Library, stored: Path, qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    machine = described()
    settings = WindowSettings()

    def opened() -> tuple[MainWindow, PlannerSession | None, FirstList | None]:
        window = MainWindow(ThemeManager(qapp, "light", parent=qapp), SettingsStore(tmp_path), settings)
        qtbot.addWidget(window)
        return window, None, None

    def session_of(kept: Any) -> PlannerSession:
        session = PlannerSession(load=lambda: library, detect=lambda: machine, stored=kept)
        session.plan_ahead = False
        return session

    window, _, _ = opened()
    session = session_of(None)
    app.complete(window, None, session)
    window.show()
    session.start()
    qtbot.waitUntil(lambda: session.view is not None and not session.busy, timeout=60_000)
    qtbot.waitUntil(lambda: not session.machine_state.provisional, timeout=60_000)
    qtbot.waitUntil(lambda: session.view.machine == machine and not session.busy, timeout=60_000)
    keeper = ListKeeper(window, stored)
    keeper.keep()
    place = place_of(window)
    window.close()

    kept = stored_list(settings, stored)
    assert kept is not None
    assert kept.place == place
    window, _, _ = opened()
    first = FirstList(kept, settings)
    window.setCentralWidget(first)
    with qtbot.waitSignal(first.painted, timeout=10_000):
        window.show()
    table = first.table
    before = table.rect().translated(table.mapTo(window, table.rect().topLeft()))
    lines = table.viewport().grab().toImage()
    session = session_of(kept)
    app.complete(window, None, session, first, kept)
    assert window.centre.table is table
    qapp.processEvents()
    after = table.rect().translated(table.mapTo(window, table.rect().topLeft()))
    assert after == before
    assert table.isVisible()
    assert table.viewport().grab().toImage() == lines
    session.start()
    qtbot.waitUntil(lambda: session.view.complete and not session.busy, timeout=60_000)
    window.close()


@pytest.fixture
def environ(view: CatalogueView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Environment of a child: a copy of the program that nobody edits meanwhile, with a stored list, its own settings,
    and compiled modules as an installed program has them."""
    copy = tmp_path / "program"
    for package in ("ui", "planner", "models_db"):
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(stored_view, "PACKAGES", (str(copy / "planner"), str(copy / "models_db")))
    path = tmp_path / "cache/hardware-fit-planner" / stored_view.FILE
    write_stored_list(path, view, list_order(view, Filters()), question_of(WindowSettings()), PLACE)
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {
        **kept,
        "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "PYTHONPYCACHEPREFIX": str(tmp_path / "compiled"),
        "PYTHONPATH": str(copy),
    }


def run_child(what: str, environ: dict[str, str]) -> dict[str, Any]:
    """Run a child to its painted list; ``wall`` is counted from before the process is made. [s]"""
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, str(CHILD), what], env=environ, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {**found, "wall": found["at"] - start}


def test_that_the_first_list_is_drawn_without_numpy_and_the_catalogue(environ: dict[str, str]) -> None:
    found = run_child("modules", environ)
    assert found["lines"] > 100
    loaded = set(found["modules"])
    assert not loaded & set(HEAVY), "modules that make the start slow"
    assert "ui.first_list" in loaded


@pytest.mark.bench
@pytest.mark.parametrize("start", ["again", "first"])
def test_that_the_first_list_is_painted_in_one_and_a_half_times_a_bare_window(
    environ: dict[str, str], start: str, record_property: Callable[[str, object], None]
) -> None:
    if start == "first":
        if usual_size(ram_bytes() or 0) is None:
            pytest.skip("no first list for so little RAM")
        (Path(environ["XDG_CACHE_HOME"]) / "hardware-fit-planner" / stored_view.FILE).unlink()
    for what in ("bare", "window"):  # warm-up: compiles modules
        run_child(what, environ)
    pairs = [(run_child("bare", environ), run_child("window", environ)) for _ in range(PAIRS)]
    for name in ("wall", "cpu"):
        bare, ours = (statistics.median(pair[n][name] for pair in pairs) for n in (0, 1))
        ratio = statistics.median(pair[1][name] / pair[0][name] for pair in pairs)
        record_property(f"{start} start {name}", round(ours / bare, 2))
        print(
            f"{start} start, {name}: bare {bare * 1e3:.0f} ms, first list {ours * 1e3:.0f} ms, ratio of medians "
            f"{ours / bare:.2f}, median of ratios {ratio:.2f}"
        )
        assert ours / bare <= BOUND
