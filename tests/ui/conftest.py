"""Fixtures of the window's tests: the real window over the real catalogue, on a machine that is only described."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("PySide6")

from PySide6.QtCore import QThread, QThreadPool, QTimer
from PySide6.QtWidgets import QApplication
from ui_support import MODEL, WAIT_MS, described, select

from planner.library import load_library
from planner.machine import Machine
from planner.settings import Workload
from planner.wishes import Wishes
from ui import theme
from ui.app import build
from ui.kept_answers import KeptLists
from ui.main_window import MainWindow
from ui.session import PlannerSession

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from planner.library import Library


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The catalogue with its columns, loaded once."""
    return load_library()


@pytest.fixture(scope="session")
def known_views() -> KeptLists:
    """Figures made by earlier tests: the same question need not be answered again."""
    return KeptLists()


@pytest.fixture
def make_window(
    qtbot: QtBot, library: Library, known_views: KeptLists
) -> Iterator[Callable[..., MainWindow]]:
    """Make real windows; everything they started is ended."""
    made: list[MainWindow] = []

    def make(
        machine: Machine | None = None,
        n_ctx: int = 8192,
        detect: Callable[[], Machine] | None = None,
        wait: bool = True,
        size: tuple[int, int] = (1440, 900),
        theme_name: str = "light",
    ) -> MainWindow:
        own = described()
        session = PlannerSession(
            Wishes(n_ctx=n_ctx, workload=Workload(filled=True), yarn=True),
            load=lambda: library,
            detect=detect or (lambda: own),
            views=known_views,
        )
        session.plan_ahead = False
        if machine is not None:
            session.use_machine(machine)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        window = build(application, session)
        window.themes.choose(theme_name)
        made.append(window)
        qtbot.addWidget(window)
        window.resize(*size)
        window.show()
        session.start()
        if wait:
            qtbot.waitUntil(
                lambda: session.view is not None and not session.busy and not session.machine_state.detecting,
                timeout=WAIT_MS,
            )
        return window

    yield make
    for window in made:
        window.close()
    theme.set_current(theme.LIGHT)


@pytest.fixture
def window(make_window: Callable[..., MainWindow]) -> MainWindow:
    """The window on an RTX 4090 with 64 GiB of RAM."""
    return make_window(described())


@pytest.fixture
def planned(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """The window with the plan of one model shown."""
    select(window, qtbot, MODEL)
    return window


@pytest.fixture(autouse=True)
def _no_second_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test starts the program again beside itself."""
    monkeypatch.setattr("ui.restart.start_again", lambda: False)


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    """A test leaves no thread and no timer running."""
    yield
    application = QApplication.instance()
    if application is None:
        return
    application.processEvents()
    left = [w for w in application.topLevelWidgets() if w.isVisible()]
    assert not left, f"windows left open: {left}"
    assert QThreadPool.globalInstance().activeThreadCount() == 0
    for pool in application.findChildren(QThreadPool):
        assert pool.activeThreadCount() == 0
    assert not [t for t in application.findChildren(QThread) if t.isRunning()]
    assert not [t for t in application.findChildren(QTimer) if t.isActive()]
