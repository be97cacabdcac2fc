"""Pictures of the window in its states: drawn for the screenshot tests, and for the README by ``make screenshots``.

One process draws all pictures of one device pixel ratio, with the fonts in ``fonts/`` only, on machines that are only
described, so that a picture is the same everywhere.

Usage: ``python tests/ui/pictures.py FOLDER [NAME …]``
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(HERE)]

from ui_support import MODEL, described  # noqa: E402

from planner.machine import HostMemory, Machine, Processor  # noqa: E402

if TYPE_CHECKING:
    from ui.main_window import MainWindow

SIZE = (1280, 800)
LONGEST = "The machine in the laboratory at the far end of the corridor, with a name nobody would type twice"
ANSWER_MS = 300_000
"""Longest wait for an answer. [ms]"""


def no_gpu() -> Machine:
    """A laptop without a GPU, as detection leaves it."""
    return Machine(
        name="This machine",
        cpu=Processor(name="AMD Ryzen 7 7840U", cores=8, threads=16),
        ram=HostMemory(total_bytes=32 * 2**30, available_bytes=26 * 2**30),
        detected=True,
    )


def unequal_gpus() -> Machine:
    """Eight GPUs, not two pairs alike."""
    return described(
        (
            "RTX 4090",
            "RTX 3090",
            "RTX A6000",
            "RTX 3060 12GB",
            "RTX 4090",
            "A100 80GB",
            "L4",
            "RTX 4060 Ti 16GB",
        ),
        ram=256,
    )


@dataclass(frozen=True)
class Picture:
    """One state of the window."""

    name: str
    what: str
    theme: str = "light"
    scale: int = 1
    """Device pixels per unit; the picture is so many times larger."""
    size: tuple[int, int] = SIZE
    machine: Callable[[], Machine] = described
    own: bool = False
    """The machine is the detected one."""
    model: str | None = MODEL
    act: Callable[[Stage], None] | None = None
    language: str = "en"


def pause(milliseconds: int) -> None:
    """Let the window and the threads behind it live for a while: ``QTest.qWait`` would keep the interpreter to itself."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def wait_until(done: Callable[[], bool]) -> None:
    """Let the window live until something holds.

    Raises
    ------
    TimeoutError
        If it does not within :data:`ANSWER_MS`.
    """
    end = time.monotonic() + ANSWER_MS / 1e3
    while not done():
        if time.monotonic() > end:
            raise TimeoutError("the window gave no answer")
        pause(20)


class Stage:
    """The window of one picture, and the ways a person changes it."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window

    def wait(self) -> None:
        """Wait until everything asked is answered and painted."""
        session = self.window.session
        wait_until(lambda: session.view is not None and not session.busy)
        pause(120)

    def search(self, text: str) -> None:
        """Type into the search field."""
        self.window.question.search.setText(text)
        self.wait()

    def show_map(self) -> None:
        """Show the map."""
        self.window.centre.show_page("map")
        self.wait()

    def compare(self) -> None:
        """Pin three plans and compare them."""
        from ui.selection import Selection

        for model_id in (MODEL, "openai/gpt-oss-120b", "Qwen/Qwen3-32B"):
            self.window.session.select(Selection(model_id))
            self.wait()
            self.window.session.pin()
        self.window.toggle_compare()
        self.wait()


def _fault(stage: Stage) -> None:
    stage.window.tell("The file cannot be written: no space left on the device", True)
    stage.wait()


PICTURES = (
    Picture("window-light", "the list and a plan"),
    Picture("window-dark", "the list and a plan, dark", theme="dark"),
    Picture("window-high-contrast", "the list and a plan, high contrast", theme="high-contrast"),
    Picture("window-light-2x", "the list at 200 %", scale=2, size=(1280, 720)),
    Picture("window-dark-2x", "the list at 200 %, dark", theme="dark", scale=2, size=(1280, 720)),
    Picture("map-light", "the map", act=Stage.show_map),
    Picture("map-dark", "the map, dark", theme="dark", act=Stage.show_map),
    Picture("compare", "three plans side by side", act=Stage.compare),
    Picture("empty", "nothing found", act=lambda s: s.search("zzzz nothing like it"), model=None),
    Picture("error", "a fault in the status line", act=_fault),
    Picture("no-gpu", "a machine without a GPU", machine=no_gpu, own=True, model=None),
    Picture("eight-gpus", "eight unequal GPUs", machine=unequal_gpus, model="deepseek-ai/DeepSeek-R1"),
    Picture(
        "long-names",
        "the longest names",
        machine=lambda: replace(described(), name=LONGEST),
        size=(1024, 600),
        model="nvidia/NVIDIA-Nemotron-3.5-Lightning-30B-A3B-BF16",
    ),
    Picture("chinese", "the window in Chinese", language="zh_CN"),
)


def draw(names: list[str], folder: Path) -> None:
    """Draw pictures of one device pixel ratio in this process."""
    from PySide6.QtCore import QCoreApplication, QEvent
    from PySide6.QtWidgets import QApplication

    from planner.library import load_library
    from planner.settings import Workload
    from planner.wishes import Wishes
    from ui.app import build
    from ui.language import use_language
    from ui.selection import Selection
    from ui.session import PlannerSession
    from ui.settings import SettingsStore

    application = QApplication([])
    QApplication.setCursorFlashTime(0)
    library = load_library()
    for picture in PICTURES:
        if picture.name not in names:
            continue
        use_language(application, picture.language)
        machine = picture.machine()
        detected = machine if picture.own else no_gpu()
        session = PlannerSession(
            Wishes(n_ctx=8192, workload=Workload(filled=True), yarn=True),
            load=lambda: library,
            detect=lambda own=detected: own,
        )
        session.plan_ahead = False
        if not picture.own:
            session.use_machine(machine)
        window = build(application, session, SettingsStore(folder / "settings" / picture.name))
        if picture.theme != window.themes.theme.name:
            window.themes.choose(picture.theme)
        window.resize(*picture.size)
        window.show()
        session.start()
        stage = Stage(window)
        wait_until(lambda s=session: s.view is not None and not s.machine_state.detecting)
        stage.wait()
        if picture.model is not None:
            session.select(Selection(picture.model))
            stage.wait()
        if picture.act is not None:
            picture.act(stage)
        image = window.grab().toImage()
        assert image.save(str(folder / f"{picture.name}.png"))
        window.close()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(
            None, QEvent.Type.DeferredDelete
        )  # a theme styles every window there is


def draw_all(folder: Path, names: list[str] | None = None) -> None:
    """Draw pictures, one process for each device pixel ratio.

    Raises
    ------
    subprocess.CalledProcessError
        If a picture could not be drawn.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [p for p in PICTURES if not names or p.name in names]
    for scale in sorted({p.scale for p in wanted}):
        environment = os.environ | {
            "QT_QPA_PLATFORM": "offscreen",
            "QT_SCALE_FACTOR": str(scale),
            "FONTCONFIG_FILE": str(HERE / "fonts" / "fonts.conf"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        }
        some = [p.name for p in wanted if p.scale == scale]
        subprocess.run([sys.executable, __file__, "--here", str(folder), *some], env=environment, check=True)


def main(arguments: list[str]) -> None:
    """Draw what is asked for."""
    if arguments[0] == "--here":
        draw(arguments[2:], Path(arguments[1]))
    else:
        import tempfile

        with tempfile.TemporaryDirectory() as made:
            draw_all(Path(made), arguments[1:])
            target = Path(arguments[0])
            target.mkdir(parents=True, exist_ok=True)
            for path in sorted(Path(made).glob("*.png")):
                (target / path.name).write_bytes(path.read_bytes())


if __name__ == "__main__":
    main(sys.argv[1:])
