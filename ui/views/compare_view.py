"""Pinned plans side by side: one column each, rows that are the same left out on request, the best marked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from planner import device_totals, units
from planner import text as plan_text
from planner.plan import Plan, Range
from planner.speed_words import first_token
from ui import theme
from ui.clipboard import copy_text
from ui.icons import icon
from ui.pins import Pin
from ui.session import PlannerSession
from ui.views.command_panel import COPIED_MS, command_lines
from ui.views.plan_line import fit_class
from ui.views.question_panel import LetterBadge
from ui.words import shown, tr


@dataclass(frozen=True, slots=True)
class CompareRow:
    """One line of the comparison."""

    title: str
    text: Callable[[Pin], str]
    rank: Callable[[Pin], float | None] | None = None
    """Smaller is better; None = there is no better."""
    kind: str = ""
    """What is drawn beside the text: the bar of ``gpu`` or ``host``, the range of ``speed``, or nothing."""


MARK_WIDTH, HALF_GAP = 220, 10
"""Widest bar beside its figure, and half of what is between two columns. [px]"""


def _decode(plan: Plan) -> float | None:
    speed = plan.throughput.decode_tps if plan.throughput else None
    return -speed.p50 if speed and speed.p50 == speed.p50 else None


def _first(plan: Plan) -> float | None:
    ttft = plan.throughput.ttft_s if plan.throughput else None
    return ttft.p50 if ttft and ttft.p50 == ttft.p50 else None


def _first_text(plan: Plan) -> str:
    said = first_token(plan.throughput.ttft_s) if plan.throughput else None
    return shown(said) if said is not None else tr("unknown") if plan.fits else "–"


def _decode_text(plan: Plan) -> str:
    if plan.throughput is None:
        return tr("unknown") if plan.fits else "–"
    return tr("{range} tok/s").format(range=shown(plan_text.speed(plan.throughput.decode_tps)))


def _size_of(plan: Plan, kind: str) -> str:
    if not any(d.kind == kind for d in plan.devices):
        return "–"
    used = device_totals.total_bytes(plan.devices, kind)
    capacity = device_totals.capacity_bytes(plan.devices, kind)
    return tr("{used} of {all}").format(used=units.gib(used), all=units.gib(capacity))


def compare_rows(licence: Callable[[Plan], str]) -> tuple[CompareRow, ...]:
    """Lines of the comparison."""
    return (
        CompareRow(tr("Machine"), lambda p: shown(p.machine)),
        CompareRow(tr("Placement"), lambda p: shown(plan_text.PLACEMENT_WORDS[p.plan.placement])),
        CompareRow(tr("Engine"), lambda p: f"{p.plan.engine} {p.plan.engine_version}"),
        CompareRow(tr("GPU"), lambda p: _size_of(p.plan, "gpu"), kind="gpu"),
        CompareRow(tr("RAM"), lambda p: _size_of(p.plan, "host"), kind="host"),
        CompareRow(
            tr("Decode, 80 %"),
            lambda p: _decode_text(p.plan),
            lambda p: _decode(p.plan),
            kind="speed",
        ),
        CompareRow(
            tr("First token"),
            lambda p: _first_text(p.plan),
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


class MiniBar(QWidget):
    """Memory of the devices of one kind together, as everywhere: the same segments and colours."""

    def __init__(self, plan: Plan, kind: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        devices = [d for d in plan.devices if d.kind == kind]
        others = device_totals.others_together(devices)
        values = device_totals.segments_together(devices) or (0,) * 5
        self._values = [float(v) for v in (*values[:4], values[4] + others)]
        self._capacity = float(device_totals.capacity_bytes(devices, kind) or 0)
        self.setFixedHeight(14)
        self.setMinimumWidth(60)
        self.setMaximumWidth(MARK_WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        from ui.views.row_painter import shared_painter

        p = QPainter(self)
        shared_painter().bar(p, QRectF(0, 1, self.width(), 12), self._values, self._capacity)


class MiniRange(QWidget):
    """80 % range of a speed with a dot at the median, on the axis of all plans compared."""

    def __init__(self, speed: Range, axis_max: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._speed, self._axis_max = speed, axis_max
        self.setFixedHeight(16)
        self.setMinimumWidth(60)
        self.setMaximumWidth(MARK_WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        from ui.views.row_painter import shared_painter

        s = self._speed
        place = QRectF(2, 0, self.width() - 8, self.height())
        shared_painter().range_mark(QPainter(self), place, s.p10, s.p50, s.p90, self._axis_max, 0.0)


class CompareBody(QFrame):
    """The table with thin lines between its rows and columns."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("planBody")
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(12, 0, 12, 10)
        self.grid.setHorizontalSpacing(2 * HALF_GAP)
        self.grid.setVerticalSpacing(7)
        self.tops: list[QWidget] = []
        """What stands at the top of every row below the head."""
        self.heads: list[QWidget] = []
        """What stands at the left of every column of a plan."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lines."""
        super().paintEvent(event)
        p = QPainter(self)
        p.setPen(QPen(theme.current().color("line"), 1))
        ends = [top.y() - 4 for top in self.tops]
        for y in ends:
            p.drawLine(0, y, self.width(), y)
        for head in self.heads:
            p.drawLine(head.x() - HALF_GAP, 0, head.x() - HALF_GAP, max(ends, default=0))


class PinHead(QFrame):
    """Head of one column: what is pinned; Delete removes it.

    Signals
    -------
    removed
        Drop this plan.
    """

    removed = Signal()

    def __init__(self, pin: Pin, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        plan = pin.plan
        self.setObjectName("pinHead")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        context = tr(" at {n}").format(n=units.tokens(plan.n_ctx)) if plan.n_ctx else ""
        name = f"{plan.model_name} {plan.quant or ''}{context}"
        self.setAccessibleName(tr("{name}; Delete removes it").format(name=name))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2, 5, 2, 3)
        layout.addWidget(LetterBadge(int(fit_class(plan))), 0, Qt.AlignmentFlag.AlignTop)
        title = QLabel(f"{plan.model_name}\n{plan.quant or ''}{context}")
        title.setProperty("role", "strong")
        title.setTextFormat(Qt.TextFormat.PlainText)
        title.setWordWrap(True)
        layout.addWidget(title, 1)
        self.close_button = QToolButton()
        self.close_button.setProperty("kind", "plain")
        self.close_button.setIcon(icon("close"))
        self.close_button.setToolTip(tr("Remove (Delete)"))
        self.close_button.setAccessibleName(
            tr("Remove {name} from the comparison").format(name=plan.model_name)
        )
        self.close_button.clicked.connect(self.removed)
        layout.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete removes it, arrows go to the neighbour."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ring while it has the focus."""
        super().paintEvent(event)
        if self.hasFocus():
            p = QPainter(self)
            p.setPen(QPen(theme.current().color("accent"), 2))
            p.drawRect(self.rect().adjusted(1, 1, -1, -1))


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
        head.addSpacing(16)
        self.only = QCheckBox(tr("Only differences"))
        self.only.setChecked(True)
        self.only.toggled.connect(lambda _on: self.show_pins(session.pins))
        head.addWidget(self.only)
        outer.addLayout(head)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setObjectName("planScroll")
        self._scroll.setAccessibleName(tr("Pinned plans side by side"))
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

    def fitting_height(self) -> int:
        """Height at which all of it is seen. [px]"""
        body = self._scroll.widget()
        return 48 + (body.sizeHint().height() if body is not None else 0)

    def texts(self) -> list[list[str]]:
        """Lines shown, with their titles."""
        return self._texts

    def show_pins(self, pins: list[Pin]) -> None:
        """Show other plans."""
        body = CompareBody()
        grid = body.grid
        self._texts: list[list[str]] = []
        self.heads: list[PinHead] = []
        for column, pin in enumerate(pins, start=1):
            pin_head = PinHead(pin)
            pin_head.removed.connect(partial(self._remove, column - 1))
            grid.addWidget(pin_head, 0, column)
            grid.setColumnStretch(column, 1)
            self.heads.append(pin_head)
            body.heads.append(pin_head)
        line = 1
        same = []
        for entry in compare_rows(self._licence):
            texts = [entry.text(pin) for pin in pins]
            differ = len(set(texts)) > 1
            if self.only.isChecked() and not differ and len(pins) > 1:
                same.append(entry.title.lower())
                continue
            best, ranks = _best(entry, pins)
            title = QLabel(f"≠ {entry.title}" if differ and not self.only.isChecked() else entry.title)
            title.setProperty("role", "strong" if differ else "second")
            grid.addWidget(title, line, 0, Qt.AlignmentFlag.AlignTop)
            body.tops.append(title)
            strong = QFontMetrics(theme.ui_font(13, True))
            widest = max(
                (strong.horizontalAdvance(f"★ {text}" if best is not None else text) for text in texts),
                default=0,
            )
            for column, text in enumerate(texts, start=1):
                star = best is not None and ranks[column - 1] == best
                label = QLabel(f"★ {text}" if star else text)
                label.setWordWrap(True)
                label.setTextFormat(Qt.TextFormat.PlainText)
                if star:
                    label.setProperty("role", "strong")
                    label.setAccessibleName(tr("{text}, best in its row").format(text=text))
                elif not differ:
                    label.setProperty("role", "second")
                grid.addWidget(_cell(label, _mark(pins, column - 1, entry.kind), widest), line, column)
            self._texts.append([entry.title, *texts])
            line += 1
        for column, pin in enumerate(pins, start=1):
            copy = QPushButton(tr("Copy command"))
            copy.setIcon(icon("copy"))
            copy.setAccessibleName(tr("Copy the command of {name}").format(name=pin.plan.model_name))
            copy.setEnabled(pin.plan.command is not None)
            copy.clicked.connect(partial(self._copy, copy, pin))
            grid.addWidget(copy, line, column, Qt.AlignmentFlag.AlignLeft)
            if column == 1:
                body.tops.append(copy)
        if same:
            note = QLabel(tr("The same in all, not shown: {rows}").format(rows=", ".join(same)))
            note.setProperty("role", "hint")
            note.setWordWrap(True)
            grid.addWidget(note, line + 1, 0, 1, max(len(pins) + 1, 1))
        grid.setRowStretch(line + 2, 1)
        self._scroll.setWidget(body)
        if len(pins) < 2:
            self.hide()

    def _remove(self, index: int) -> None:
        """Drop one plan once its own widget has done with the key or click."""
        QTimer.singleShot(0, self, partial(self._drop, index))

    def _drop(self, index: int) -> None:
        """Drop one plan; the keyboard stays with its neighbour."""
        self._session.unpin(index)
        if self.heads and self.isVisible():
            self.heads[min(index, len(self.heads) - 1)].setFocus(Qt.FocusReason.OtherFocusReason)

    def _copy(self, button: QPushButton, pin: Pin) -> None:
        if pin.plan.command is None:
            return
        copied = copy_text(command_lines(pin.plan.command, "posix"))
        button.setText(tr("Copied") if copied else tr("Not copied: no clipboard"))
        button.setAccessibleName(button.text())
        QTimer.singleShot(COPIED_MS, button, lambda: button.setText(tr("Copy command")))


def _best(entry: CompareRow, pins: list[Pin]) -> tuple[float | None, list[float | None]]:
    """The best rank of a row, where the pins differ in it, and the rank of each."""
    ranks = [entry.rank(pin) for pin in pins] if entry.rank else []
    known = [r for r in ranks if r is not None]
    return (min(known) if len(set(known)) > 1 else None), ranks


def _mark(pins: list[Pin], index: int, kind: str) -> QWidget | None:
    """What is drawn beside the text of a cell; None = nothing."""
    plan = pins[index].plan
    if kind == "speed":
        speeds = [p.plan.throughput.decode_tps for p in pins if p.plan.throughput]
        speed = plan.throughput.decode_tps if plan.throughput else None
        known = [s.p90 for s in speeds if s is not None and s.p90 == s.p90]
        return MiniRange(speed, 1.1 * max(known)) if speed and speed.p90 == speed.p90 else None
    return MiniBar(plan, kind) if kind and any(d.kind == kind for d in plan.devices) else None


def _cell(label: QLabel, mark: QWidget | None, room: int) -> QWidget:
    """A text, behind its mark where there is one; ``room`` [px] keeps the marks of a row equally wide."""
    if mark is None:
        return label
    box = QWidget()
    layout = QHBoxLayout(box)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(8)
    label.setWordWrap(False)
    label.setMinimumWidth(room)
    layout.addWidget(mark, 1)
    layout.addWidget(label)
    layout.addStretch(0)
    return box
