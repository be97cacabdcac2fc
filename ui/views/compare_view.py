"""Pinned plans side by side: one column each, rows that are the same left out on request, the best marked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from planner import text as plan_text
from planner import units
from planner.plan import Plan
from ui.icons import icon
from ui.session import Pin, PlannerSession
from ui.views.command_panel import command_lines
from ui.words import shown, tr


@dataclass(frozen=True, slots=True)
class CompareRow:
    """One line of the comparison."""

    title: str
    text: Callable[[Pin], str]
    rank: Callable[[Pin], float | None] | None = None
    """Smaller is better; None = there is no better."""


def _total(plan: Plan, kind: str) -> int:
    return sum(d.total_bytes for d in plan.devices if d.kind == kind)


def _decode(plan: Plan) -> float | None:
    speed = plan.throughput.decode_tps if plan.throughput else None
    return -speed.p50 if speed and speed.p50 == speed.p50 else None


def _first(plan: Plan) -> float | None:
    ttft = plan.throughput.ttft_s if plan.throughput else None
    return ttft.p50 if ttft and ttft.p50 == ttft.p50 else None


def _size_of(plan: Plan, kind: str) -> str:
    capacity = sum(d.capacity_bytes or 0 for d in plan.devices if d.kind == kind)
    if not any(d.kind == kind for d in plan.devices):
        return "–"
    return tr("{used} of {all}").format(used=units.gib(_total(plan, kind)), all=units.gib(capacity or None))


def compare_rows(licence: Callable[[Plan], str]) -> tuple[CompareRow, ...]:
    """Lines of the comparison."""
    return (
        CompareRow(tr("Machine"), lambda p: p.machine),
        CompareRow(tr("Placement"), lambda p: shown(plan_text.PLACEMENT_WORDS[p.plan.placement])),
        CompareRow(tr("GPU"), lambda p: _size_of(p.plan, "gpu")),
        CompareRow(tr("RAM"), lambda p: _size_of(p.plan, "host")),
        CompareRow(
            tr("Decode, 80 %"),
            lambda p: f"{plan_text.speed(p.plan.throughput.decode_tps)} tok/s" if p.plan.throughput else "–",
            lambda p: _decode(p.plan),
        ),
        CompareRow(
            tr("First token"),
            lambda p: units.seconds(first) if (first := _first(p.plan)) is not None else "–",
            lambda p: _first(p.plan),
        ),
        CompareRow(tr("Context"), lambda p: units.tokens(p.plan.n_ctx) if p.plan.n_ctx else "–"),
        CompareRow(
            tr("Largest context this way"),
            lambda p: units.tokens(p.plan.longest_n_ctx) if p.plan.longest_n_ctx else "–",
            lambda p: -p.plan.longest_n_ctx if p.plan.longest_n_ctx else None,
        ),
        CompareRow(tr("Quality loss"), lambda p: shown(p.plan.quality_loss or "") or tr("no source")),
        CompareRow(tr("Score"), lambda p: shown(p.plan.score or "") or tr("no source")),
        CompareRow(
            tr("Download"),
            lambda p: units.gb(p.plan.file_bytes),
            lambda p: float(p.plan.file_bytes) if p.plan.file_bytes else None,
        ),
        CompareRow(tr("Licence"), lambda p: licence(p.plan)),
    )


class CompareView(QFrame):
    """The comparison."""

    def __init__(self, session: PlannerSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("planPane")
        self.setAccessibleName(tr("Comparison"))
        self._session = session
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(12, 6, 12, 6)
        title = QLabel(tr("Compare"))
        title.setProperty("role", "title")
        head.addWidget(title)
        head.addStretch(1)
        star = QLabel(tr("★ best in its row"))
        star.setProperty("role", "second")
        head.addWidget(star)
        self.only = QCheckBox(tr("Only differences"))
        self.only.setChecked(True)
        self.only.toggled.connect(lambda _on: self.show_pins(session.pins))
        head.addWidget(self.only)
        outer.addLayout(head)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.viewport().setAutoFillBackground(False)
        outer.addWidget(self._scroll, 1)
        self.setMinimumHeight(180)
        session.pins_changed.connect(self.show_pins)
        self.show_pins(session.pins)

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self.show_pins(self._session.pins)

    def _licence(self, plan: Plan) -> str:
        facts = self._session.facts
        if facts is None or plan.model_id not in facts.ids:
            return tr("unknown")
        row = facts.ids.index(plan.model_id)
        return facts.licences[row] + (tr(" (EU terms)") if facts.eu[row] else "")

    def texts(self) -> list[list[str]]:
        """Lines shown, with their titles."""
        return self._texts

    def show_pins(self, pins: list[Pin]) -> None:
        """Show other plans."""
        body = QWidget()
        body.setAutoFillBackground(False)
        grid = QGridLayout(body)
        grid.setContentsMargins(12, 0, 12, 10)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(5)
        self._texts: list[list[str]] = []
        for column, pin in enumerate(pins, start=1):
            row = QHBoxLayout()
            name = QLabel(f"{pin.plan.model_name}\n{pin.plan.quant or ''}")
            name.setProperty("role", "strong")
            name.setTextFormat(Qt.TextFormat.PlainText)
            row.addWidget(name, 1)
            close = QToolButton()
            close.setProperty("kind", "plain")
            close.setIcon(icon("close"))
            close.setToolTip(tr("Remove"))
            close.setAccessibleName(tr("Remove {name} from the comparison").format(name=pin.plan.model_name))
            close.clicked.connect(partial(self._session.unpin, column - 1))
            row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
            grid.addLayout(row, 0, column)
            grid.setColumnStretch(column, 1)
        line = 1
        same = []
        for entry in compare_rows(self._licence):
            texts = [entry.text(pin) for pin in pins]
            if self.only.isChecked() and len(set(texts)) < 2 and len(pins) > 1:
                same.append(entry.title.lower())
                continue
            ranks = [entry.rank(pin) for pin in pins] if entry.rank else []
            known = [r for r in ranks if r is not None]
            best = min(known) if len(set(known)) > 1 else None
            head = QLabel(entry.title)
            head.setProperty("role", "second")
            grid.addWidget(head, line, 0, Qt.AlignmentFlag.AlignTop)
            for column, text in enumerate(texts, start=1):
                star = best is not None and ranks[column - 1] == best
                label = QLabel(f"★ {text}" if star else text)
                label.setWordWrap(True)
                label.setTextFormat(Qt.TextFormat.PlainText)
                if star:
                    label.setProperty("role", "strong")
                grid.addWidget(label, line, column, Qt.AlignmentFlag.AlignTop)
            self._texts.append([entry.title, *texts])
            line += 1
        for column, pin in enumerate(pins, start=1):
            copy = QPushButton(tr("Copy command"))
            copy.setIcon(icon("copy"))
            copy.setAccessibleName(tr("Copy the command of {name}").format(name=pin.plan.model_name))
            copy.setEnabled(pin.plan.command is not None)
            copy.clicked.connect(partial(self._copy, copy, pin))
            grid.addWidget(copy, line, column, Qt.AlignmentFlag.AlignLeft)
        if same:
            note = QLabel(tr("The same in all, not shown: {rows}").format(rows=", ".join(same)))
            note.setProperty("role", "hint")
            note.setWordWrap(True)
            grid.addWidget(note, line + 1, 0, 1, max(len(pins) + 1, 1))
        grid.setRowStretch(line + 2, 1)
        self._scroll.setWidget(body)
        if len(pins) < 2:
            self.hide()

    def _copy(self, button: QPushButton, pin: Pin) -> None:
        if pin.plan.command is not None:
            QGuiApplication.clipboard().setText(command_lines(pin.plan.command, "posix"))
            button.setText(tr("Copied"))
