"""Where the window is put together: settings, theme, session, window. Nothing else makes globals."""

from __future__ import annotations

import gc
import sys
from dataclasses import replace

from PySide6.QtCore import QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from planner import units
from planner.folders import cache_folder
from planner.formulas.kv_cache import BYTES_PER_ELEMENT
from planner.hardware.machine_file import load_machine
from planner.units import ValueFault
from planner.wishes import Wishes
from ui.language import use_language
from ui.main_window import MainWindow, run
from ui.restart import scale_from_settings
from ui.session import PlannerSession
from ui.settings import SettingsStore, WindowSettings
from ui.theme import RESOURCES, ThemeManager
from ui.words import tr

APPLICATION = "hardware-fit-planner"
LAST_MACHINE = "last-machine.json"
SMOKE = "--smoke"
"""Argument that ends the program as soon as plans are shown: what the scripts that build a bundle start it with."""


def wishes_of(settings: WindowSettings) -> Wishes:
    """The question asked last."""
    q = settings.question
    base = Wishes()
    return replace(
        base,
        use=q.use,
        n_ctx=q.n_ctx,
        n_parallel=q.n_parallel,
        min_decode_tps=q.min_decode_tps,
        reserve_bytes=q.reserve_gib * units.GIB,
        cache_type_k=q.cache_type_k if q.cache_type_k in BYTES_PER_ELEMENT else base.cache_type_k,
        cache_type_v=q.cache_type_v if q.cache_type_v in BYTES_PER_ELEMENT else base.cache_type_v,
    )


def build(
    application: QApplication, session: PlannerSession | None = None, store: SettingsStore | None = None
) -> MainWindow:
    """Put the window together without showing it."""
    store = store or SettingsStore()
    settings, complaint = store.load()
    themes = ThemeManager(application, settings.theme, parent=application)
    session = session or PlannerSession(wishes_of(settings), remembered=cache_folder() / LAST_MACHINE)
    if settings.machine:
        try:
            session.use_machine(load_machine(settings.machine), undoable=False)
        except ValueFault as fault:
            complaint = complaint or str(fault)
    session.second.restore(settings.second_machine)
    window = MainWindow(session, themes, store, settings)
    session.setParent(window)
    window.apply_theme()
    session.library_ready.connect(keep_catalogue)
    if complaint:
        QTimer.singleShot(0, window, lambda: window.tell(complaint, True))
    return window


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


def program_icon() -> QIcon:
    """Icon of the program in the sizes title bars and task bars ask for."""
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
    settings = store.peek()
    scale_from_settings(settings.scale)
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName(APPLICATION)
    use_language(application, settings.language)
    application.setApplicationDisplayName(tr("Hardware Fit Planner"))
    application.setDesktopFileName(APPLICATION)
    application.setWindowIcon(program_icon())
    window = build(application, store=store)
    window.fault_log.install()

    def start() -> None:
        window.session.start()
        watch_machine(window)
        if SMOKE in sys.argv:
            from ui.smoke import watch

            watch(application, window)

    return run(application, window, start)


if __name__ == "__main__":
    raise SystemExit(main())
