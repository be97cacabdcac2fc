"""llama.cpp and vLLM side by side for one model, with why they differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from planner import device_totals, units
from planner import text as plan_text
from planner.plan import Plan
from planner.speed_words import first_token
from ui.widgets.wrapped import Wrapped
from ui.words import number, shown, tr

if TYPE_CHECKING:
    from planner.vllm.compare import SideBySide

ENGINES = (("llama.cpp", "llama.cpp"), ("vllm", "vLLM"))


@dataclass(frozen=True, slots=True)
class EngineRow:
    """One line of the comparison."""

    title: str
    text: Callable[[Plan], str]
    better: Callable[[Plan], float | None] | None = None
    """Larger is better; None = there is no better."""


def _fast(plan: Plan) -> float | None:
    speeds = plan.throughput
    return None if speeds is None or speeds.decode_tps is None else speeds.decode_tps.p50


def _decode(plan: Plan) -> str:
    speeds = plan.throughput
    if speeds is None or speeds.decode_tps is None:
        return tr("unknown") if plan.fits else "–"
    return tr("{range} tok/s").format(range=shown(plan_text.speed(speeds.decode_tps)))


def _first(plan: Plan) -> str:
    said = first_token(plan.throughput.ttft_s) if plan.throughput else None
    return shown(said) if said is not None else tr("unknown") if plan.fits else "–"


def _users(plan: Plan) -> str:
    if plan.engine == "vllm":
        return "–" if plan.max_concurrency is None else number(plan.max_concurrency, 1)
    return number(int(plan.settings.get("n_parallel") or 1))


def engine_rows() -> tuple[EngineRow, ...]:
    """Lines of the comparison."""
    return (
        EngineRow(tr("Verdict"), lambda p: shown(plan_text.PLACEMENT_WORDS[p.placement])),
        EngineRow(
            tr("Weights"),
            lambda p: f"{p.quant or '–'}, {units.gb(p.file_bytes)}" if p.file_bytes else p.quant or "–",
        ),
        EngineRow(tr("GPU memory"), lambda p: _gpu(p) if p.devices else "–"),
        EngineRow(
            tr("Cache, tokens"),
            lambda p: number(p.kv_tokens) if p.kv_tokens else "–",
            lambda p: None if not p.kv_tokens else float(p.kv_tokens),
        ),
        EngineRow(tr("Requests at once"), _users),
        EngineRow(tr("Decode, 80 %"), _decode, _fast),
        EngineRow(tr("First token"), _first),
    )


def _gpu(plan: Plan) -> str:
    used = device_totals.total_bytes(plan.devices, "gpu")
    return units.gib(used) if used else tr("none")


class EngineBox(QFrame):
    """The two plans of one question.

    Signals
    -------
    engine_chosen
        The plan of one engine is to be shown in full. arg: ``llama.cpp`` or ``vllm``.
    """

    engine_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("fieldCard")
        self.setAccessibleName(tr("llama.cpp and vLLM side by side"))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(10, 8, 10, 8)
        outer.setSpacing(6)
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        outer.addLayout(grid)
        self._rows = engine_rows()
        self.show_engine: dict[str, QPushButton] = {}
        for column, (key, name) in enumerate(ENGINES, start=1):
            button = QPushButton(name)
            button.setProperty("kind", "link")
            button.setAccessibleName(tr("Show the plan of {engine}").format(engine=name))
            button.setToolTip(button.accessibleName())
            button.clicked.connect(partial(self.engine_chosen.emit, key))
            grid.addWidget(button, 0, column, Qt.AlignmentFlag.AlignLeft)
            self.show_engine[key] = button
        self._cells: list[tuple[QLabel, QLabel]] = []
        for line, entry in enumerate(self._rows, start=1):
            title = QLabel(entry.title)
            title.setProperty("role", "second")
            grid.addWidget(title, line, 0, Qt.AlignmentFlag.AlignTop)
            cells = (Wrapped(), Wrapped())
            for column, cell in enumerate(cells, start=1):
                cell.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
                grid.addWidget(cell, line, column)
            self._cells.append(cells)
        self.why = Wrapped("second")
        outer.addWidget(self.why)
        self.hide()

    def texts(self) -> dict[str, tuple[str, str]]:
        """Lines shown: title to the texts of both engines."""
        return {
            row.title: (left.text(), right.text())
            for row, (left, right) in zip(self._rows, self._cells, strict=True)
        }

    def show_both(self, both: SideBySide | None) -> None:
        """Show another pair; None hides it."""
        if both is None:
            if not self.isHidden():
                self.hide()
            return
        plans = (both.llama_cpp, both.vllm)
        for row, cells in zip(self._rows, self._cells, strict=True):
            values = [
                row.better(p) if row.better is not None and p is not None and p.fits else None for p in plans
            ]
            known = [v for v in values if v is not None and v == v]
            best = max(known) if len(known) == 2 and known[0] != known[1] else None
            for plan, cell, value in zip(plans, cells, values, strict=True):
                text = "–" if plan is None else row.text(plan)
                text = f"★ {text}" if best is not None and value == best else text
                if cell.text() != text:
                    cell.setText(text)
        lines = [shown(reason) for reason in both.reasons]
        for name, plan in zip(("llama.cpp", "vLLM"), plans, strict=True):
            if plan is not None and plan.fits is False and plan.reasons:
                lines.append(f"{name}: {shown(plan.reasons[0])}")
        self.why.show_text("\n".join(f"• {line}" for line in dict.fromkeys(lines)))
        spoken = [f"{title}: llama.cpp {a}, vLLM {b}" for title, (a, b) in self.texts().items()]
        self.setAccessibleDescription(". ".join([*spoken, *lines]))
        if self.isHidden():
            self.show()
