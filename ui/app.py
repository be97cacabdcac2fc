"""Where the window is put together: settings, theme, session, window. Nothing else makes globals."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from ui.plain_imports import use_plain_imports

use_plain_imports()

# ruff: noqa: E402 - imports from here on are plain ones
from planner import units
from planner.folders import cache_folder
from ui.first_list import FirstList, ListKeeper, stored_list, stored_list_path
from ui.heap import return_freed, return_freed_at_rest
from ui.language import use_language
from ui.main_window import MainWindow
from ui.restart import scale_from_settings
from ui.settings import SettingsStore, WindowSettings
from ui.theme import FUSION, RESOURCES, ThemeManager
from ui.words import tr

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon

    from planner.stored_view import StoredList
    from planner.wishes import Wishes
    from ui.session import PlannerSession

APPLICATION = "hardware-fit-planner"
LAST_MACHINE = "last-machine.json"
SMOKE = "--smoke"
"""Argument that ends the program as soon as plans are shown: what the scripts that build a bundle start it with."""


def wishes_of(settings: WindowSettings) -> Wishes:
    """The question asked last."""
    from dataclasses import replace

    from planner.formulas.kv_cache import BYTES_PER_ELEMENT
    from planner.settings import Workload
    from planner.wishes import Wishes

    q = settings.question
    base = Wishes()
    return replace(
        base,
        workload=Workload(filled=True),
        yarn=True,
        use=q.use,
        n_ctx=q.n_ctx,
        n_parallel=q.n_parallel,
        min_decode_tps=q.min_decode_tps,
        reserve_bytes=q.reserve_gib * units.GIB,
        cache_type_k=q.cache_type_k if q.cache_type_k in BYTES_PER_ELEMENT else base.cache_type_k,
        cache_type_v=q.cache_type_v if q.cache_type_v in BYTES_PER_ELEMENT else base.cache_type_v,
        engine=q.engine,
    )


def build(
    application: QApplication, session: PlannerSession | None = None, store: SettingsStore | None = None
) -> MainWindow:
    """Put the window together without showing it."""
    store = store or SettingsStore()
    settings, complaint = store.load()
    window = MainWindow(ThemeManager(application, settings.theme, parent=application), store, settings)
    complete(window, complaint, session)
    return window


def complete(
    window: MainWindow,
    complaint: str | None,
    session: PlannerSession | None = None,
    first: FirstList | None = None,
    stored: StoredList | None = None,
) -> None:
    """Make everything a window holds.

    Parameters
    ----------
    window : MainWindow
    complaint : str or None
        What to say about its settings.
    session : PlannerSession or None
        None = one that remembers.
    first : FirstList or None
        What the window shows so far.
    stored : StoredList or None
        The list it shows.
    """
    from planner.units import ValueFault
    from ui.session import PlannerSession

    settings = window.settings
    remembers = session is None
    if session is None:
        session = PlannerSession(wishes_of(settings), remembered=cache_folder() / LAST_MACHINE, stored=stored)
    if settings.machine:
        from planner.hardware.machine_file import load_machine

        try:
            session.use_machine(load_machine(settings.machine), undoable=False)
        except ValueFault as fault:
            complaint = complaint or str(fault)
    session.second.restore(settings.second_machine)
    window.complete(session, None if first is None else first.take_table())
    session.setParent(window)
    window.apply_theme()
    session.show_stored()
    session.library_ready.connect(keep_catalogue)
    return_freed_at_rest(session)
    if remembers:
        window.list_keeper = ListKeeper(window, stored_list_path())  # type: ignore[attr-defined]
    if complaint:
        QTimer.singleShot(0, window, lambda: window.tell(complaint, True))


def carry_on(old: MainWindow) -> MainWindow:
    """A window, not shown yet, to take the place of one that is closing: its settings, the same catalogue and files."""
    window = MainWindow(old.themes, old.store, old.settings)
    session = old.session.successor()
    complete(window, None, session)
    if hasattr(old, "list_keeper"):
        window.list_keeper = ListKeeper(window, stored_list_path())  # type: ignore[attr-defined]
    window.setWindowIcon(old.windowIcon())
    if hasattr(old, "machine_watch"):
        watch_machine(window)
    if old.renew_asked is not None:
        renews(window)
    window.fault_log.install()
    return window


def renews(window: MainWindow) -> None:
    """Let a window be replaced by a new one when its language or size changes."""

    def now() -> None:
        from ui.renew import renew

        application.setProperty("window", renew(window))  # somebody must hold it

    application = QApplication.instance()
    assert isinstance(application, QApplication)
    window.renew_asked = lambda: QTimer.singleShot(0, application, now)  # not while its own menu is open


def watch_machine(window: MainWindow) -> None:
    """Keep what is free on this machine up to date from the moment detection has ended."""
    session = window.session

    def begin() -> None:
        if session.machine_state.detected is None or getattr(window, "machine_watch", None) is not None:
            return
        from ui.machine_watch import MachineWatch

        window.machine_watch = MachineWatch(session, window)  # type: ignore[attr-defined]
        window.machine_watch.start()  # type: ignore[attr-defined]

    session.machine_changed.connect(lambda _state: begin())


def keep_catalogue() -> None:
    """Take the catalogue, which lives as long as the program, out of the garbage collector's rounds: each costs ms."""
    gc.collect()
    gc.freeze()
    return_freed()


def program_icon() -> QIcon:
    """Icon of the program in the sizes title bars and task bars ask for."""
    from PySide6.QtGui import QIcon

    shown = QIcon()
    for path in sorted((RESOURCES / "app").glob("*.png")):
        shown.addFile(str(path))
    return shown


def main() -> int:
    """Open the window.

    Returns
    -------
    int
        Exit code.
    """
    store = SettingsStore()
    settings, complaint = store.load()
    scale_from_settings(settings.scale)
    application = QApplication.instance() or QApplication([sys.argv[0], *FUSION])
    assert isinstance(application, QApplication)
    application.setApplicationName(APPLICATION)
    use_language(application, settings.language)
    application.setApplicationDisplayName(tr("Hardware Fit Planner"))
    application.setDesktopFileName(APPLICATION)
    window = MainWindow(
        ThemeManager(application, settings.theme, parent=application, styled=True), store, settings
    )
    stored = stored_list(settings)
    first = None if stored is None else FirstList(stored, settings)

    def begin() -> None:
        if first is not None and not window.isVisible():
            return  # closed already
        complete(window, complaint, first=first, stored=stored)
        application.setWindowIcon(program_icon())
        window.fault_log.install()
        renews(window)
        if first is None:
            window.show()
        window.session.start()
        watch_machine(window)
        if SMOKE in sys.argv:
            from ui.smoke import watch

            watch(application, window)

    if first is None:
        begin()
    else:
        first.painted.connect(begin)
        window.setCentralWidget(first)
        window.show()
    return application.exec()


if __name__ == "__main__":
    raise SystemExit(main())
