"""The plan: one sentence, where everything goes, sliders that re-plan at once, the command, why, and what else."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from functools import partial

import numpy as np
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from planner import text as plan_text
from planner import units
from planner.formulas.kv_cache import BYTES_PER_ELEMENT
from planner.plan import Plan
from planner.records import Verdict
from ui import theme
from ui.icons import icon
from ui.session import CONTEXT_STOPS, Answer, PlannerSession, Selection
from ui.views.command_panel import CommandPanel
from ui.views.curve_chart import CurveChart
from ui.views.memory_bars import MemoryBars
from ui.views.question_panel import CONTEXT_LABELS
from ui.views.why_panel import WhyPanel
from ui.widgets.mark_slider import MarkSlider
from ui.words import shown, tr

CACHE_TYPES = tuple(t for t in ("f16", "bf16", "q8_0", "q5_1", "q4_0", "f32") if t in BYTES_PER_ELEMENT)


class Wrapped(QLabel):
    """A label that wraps and asks for the height that takes."""

    def __init__(self, role: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        if role:
            self.setProperty("role", role)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)


class VerdictBox(QFrame):
    """The sentence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("verdict")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 9, 12, 9)
        layout.setSpacing(10)
        self._icon = QLabel()
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        box = QVBoxLayout()
        box.setSpacing(3)
        self.sentence = Wrapped()
        self.sentence.setTextFormat(Qt.TextFormat.RichText)
        self.notes = Wrapped("second")
        box.addWidget(self.sentence)
        box.addWidget(self.notes)
        layout.addLayout(box, 1)
        self._tone = ""
        self._reasons: tuple[str, ...] = ()

    def show_plan(self, plan: Plan) -> None:
        """Say it about another plan."""
        sentence = plan_text.verdict_sentence(plan)
        said = shown(sentence)
        if said == self.accessibleName() and plan.reasons == self._reasons:
            return
        self._reasons = plan.reasons
        end = re.search("[:：]", said)
        at = end.end() if end else 0
        self.sentence.setText(f"<b>{html.escape(said[:at])}</b>{html.escape(said[at:])}")
        self.setAccessibleName(said)
        rest = [shown(r) for r in plan.reasons if r not in sentence]
        self.notes.setText("\n".join(rest))
        self.notes.setVisible(bool(rest))
        tone = {Verdict.DOES_NOT_FIT: "error", Verdict.TIGHT: "warning", Verdict.UNKNOWN: "warning"}.get(
            plan.verdict, "ok"
        )
        if tone != self._tone:
            self._tone = tone
            self.setProperty("tone", tone)
            self.style().unpolish(self)
            self.style().polish(self)
            self.apply_theme()

    def apply_theme(self) -> None:
        """Take over the current theme."""
        name, role = {"error": ("close", "error"), "warning": ("warning", "warning")}.get(
            self._tone, ("check", "accent")
        )
        self._icon.setPixmap(icon(name, role).pixmap(16, 16))


class AlternativeLine(QPushButton):
    """One alternative; a click shows its plan."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plan: Plan | None = None
        self.setMinimumHeight(34)
        self.setProperty("kind", "plain")

    def show_plan(self, plan: Plan) -> None:
        """Show another alternative."""
        self._plan = plan
        words = shown(plan_text.PLACEMENT_WORDS[plan.placement])
        speed = plan.throughput.decode_tps if plan.throughput else None
        fast = f"{units.rate(speed.p50)} tok/s" if speed else tr("no speed")
        self.setAccessibleName(f"{plan.quant}: {words}, {fast}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Letter, quantization, placement, memory and speed in columns."""
        super().paintEvent(event)
        plan = self._plan
        if plan is None:
            return
        from planner.view_data import FitClass
        from ui.views.row_painter import shared_painter

        p = QPainter(self)
        painter = shared_painter()
        codes = {"gpu": 0, "experts_in_ram": 2, "partial": 3, "cpu": 4, "none": 5}
        fit = codes[plan.placement]
        if fit == 0 and plan.verdict is Verdict.TIGHT:
            fit = int(FitClass.TIGHT)
        h = self.height()
        painter.badge(p, QRectF(8, h / 2 - 8.5, 17, 17), fit)
        p.setFont(painter.font["strong"])
        p.setPen(painter.text)
        left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        p.drawText(QRectF(34, 0, 96, h), left, plan.quant or "")
        speed = plan.throughput.decode_tps if plan.throughput else None
        p.drawText(
            QRectF(self.width() - 96, 0, 86, h), right, f"{units.rate(speed.p50)} tok/s" if speed else "–"
        )
        p.setFont(painter.font["row"])
        p.setPen(painter.second)
        total = sum(d.total_bytes for d in plan.devices)
        p.drawText(QRectF(self.width() - 172, 0, 76, h), right, units.gib(total))
        room = max(self.width() - 290, 0)
        words = shown(plan_text.PLACEMENT_WORDS[plan.placement])
        p.drawText(
            QRectF(118, 0, room, h),
            left,
            p.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room),
        )


class PlanPane(QFrame):
    """Everything about the selected plan.

    Signals
    -------
    report_asked
        Export this plan.
    """

    report_asked = Signal()

    def __init__(self, session: PlannerSession, shell: str = "posix", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("planPane")
        self.setAccessibleName(tr("Plan"))
        self._session = session
        self._plan: Plan | None = None
        self._pin_shown: tuple[bool, str] | None = None
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self.split = QSplitter(Qt.Orientation.Vertical)
        self.split.setHandleWidth(1)
        self.split.setChildrenCollapsible(False)
        outer.addWidget(self.split)
        self._scroll = QScrollArea()
        self._scroll.setObjectName("planScroll")
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setMinimumHeight(150)
        self.split.addWidget(self._scroll)
        self._body = QFrame()
        self._body.setObjectName("planBody")
        self._scroll.setWidget(self._body)
        layout = QVBoxLayout(self._body)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(8)
        self._layout = layout
        self._empty = self._build_empty()
        layout.addWidget(self._empty)
        self.content = QWidget()
        layout.addWidget(self.content, 1)
        self._build_content(shell)
        session.plan_changed.connect(self.show_answer)
        session.selection_changed.connect(lambda _s: self._show_stale())
        session.order_changed.connect(lambda _o: self._show_stale())
        session.machine_changed.connect(lambda _s: self._show_stale())
        session.pins_changed.connect(lambda _pins: self._show_pin())
        session.wishes_changed.connect(self._show_wishes)
        self.content.hide()
        self._show_wishes(session.wishes)

    # -- building

    def _build_empty(self) -> QWidget:
        box = QWidget()
        layout = QVBoxLayout(box)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        title = QLabel(tr("No model selected"))
        title.setProperty("role", "title")
        layout.addWidget(title)
        text = Wrapped("second")
        text.setText(
            tr(
                "Select one in the list. Its plan appears here: where every part goes, how fast it runs, "
                "and the command to start it."
            )
        )
        layout.addWidget(text)
        self.hint = QFrame()
        self.hint.setObjectName("fieldCard")
        card = QVBoxLayout(self.hint)
        card.setContentsMargins(14, 10, 14, 12)
        card.setSpacing(8)
        head = QHBoxLayout()
        first = QLabel(tr("First steps"))
        first.setProperty("role", "strong")
        head.addWidget(first, 1)
        self.hide_hint = QPushButton(tr("Hide"))
        self.hide_hint.setProperty("kind", "link")
        head.addWidget(self.hide_hint)
        card.addLayout(head)
        steps = (
            (
                tr("Check the machine above"),
                tr("Click a part to see where its value comes from, or to enter your own."),
            ),
            (
                tr("Say what you need on the left"),
                tr("Use, context length, users at once, and the least speed you accept."),
            ),
            (tr("Pick a model, then copy its command"), tr("Every number opens to its formula and source.")),
        )
        for number, (strong, rest) in enumerate(steps, start=1):
            label = QLabel(f"{number}  {strong}")
            label.setProperty("role", "strong")
            more = Wrapped("second")
            more.setText(rest)
            more.setContentsMargins(16, 0, 0, 0)
            card.addWidget(label)
            card.addWidget(more)
        layout.addWidget(self.hint)
        keys = (
            ("Ctrl+F", tr("Search")),
            ("Ctrl+1, Ctrl+2", tr("List, map")),
            ("Ctrl+Shift+C", tr("Copy the command")),
            ("Ctrl+K", tr("Compare pinned plans")),
            ("Ctrl+E", tr("Export")),
        )
        for key, words in keys:
            row = QHBoxLayout()
            shown = QLabel(key)
            shown.setProperty("role", "second")
            shown.setFixedWidth(120)
            row.addWidget(shown)
            row.addWidget(QLabel(words), 1)
            layout.addLayout(row)
        layout.addStretch(1)
        return box

    def _build_content(self, shell: str) -> None:
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        head = QHBoxLayout()
        head.setSpacing(6)
        self.title = Wrapped("title")
        head.addWidget(self.title, 1)
        self.pin = QPushButton(tr("Pin"))
        self.pin.setIcon(icon("pin"))
        self.pin.setToolTip(tr("Keep this plan for comparison (Space in the list)"))
        self.pin.clicked.connect(self._session.pin)
        head.addWidget(self.pin, 0, Qt.AlignmentFlag.AlignTop)
        self.export = QToolButton()
        self.export.setIcon(icon("export"))
        self.export.setToolTip(tr("Export… (Ctrl+E)"))
        self.export.setAccessibleName(tr("Export"))
        self.export.clicked.connect(self.report_asked)
        head.addWidget(self.export, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(head)
        self.subtitle = Wrapped("second")
        layout.addWidget(self.subtitle)
        self.stale = Wrapped("warning")
        self.stale.hide()
        layout.addWidget(self.stale)
        self.verdict = VerdictBox()
        layout.addWidget(self.verdict)
        self.bars = MemoryBars()
        layout.addWidget(self.bars)

        row, self.context_value = self._slider_head(tr("Context"))
        layout.addLayout(row)
        self._context_limit = row.itemAt(1).widget()
        self.context = MarkSlider(tr("Context per user"), CONTEXT_STOPS, CONTEXT_LABELS)
        self.context.moved.connect(lambda v: self._session.edit_wishes(tr("context"), n_ctx=v))
        layout.addWidget(self.context)
        self._experts_box = QWidget()
        experts = QVBoxLayout(self._experts_box)
        experts.setContentsMargins(0, 0, 0, 0)
        experts.setSpacing(4)
        row, self.experts_value = self._slider_head(tr("Experts in RAM"))
        experts.addLayout(row)
        self._experts_best = row.itemAt(1).widget()
        self.experts = MarkSlider(tr("Layers with experts in RAM"), (0, 1), {0: "0", 1: "1"})
        self.experts.moved.connect(self._session.edit_experts)
        experts.addWidget(self.experts)
        self.curve = CurveChart(
            tr("Speed and GPU memory against layers with experts in RAM"),
            tr("layers with experts in RAM"),
            str,
        )
        experts.addWidget(self.curve)
        layout.addWidget(self._experts_box)
        self.context_curve = CurveChart(
            tr("Speed and GPU memory against context"), tr("context, tokens"), units.tokens, logarithmic=True
        )
        layout.addWidget(self.context_curve)
        row = QHBoxLayout()
        row.setSpacing(6)
        self.cache_k = self._cache_box(tr("K cache type"), "cache_type_k")
        self.cache_v = self._cache_box(tr("V cache type"), "cache_type_v")
        for text, box in ((tr("K cache"), self.cache_k), (tr("V cache"), self.cache_v)):
            label = QLabel(text)
            label.setProperty("role", "second")
            label.setBuddy(box)
            row.addWidget(label)
            row.addWidget(box)
            row.addSpacing(6)
        row.addStretch(1)
        self.back = QPushButton(tr("Back to the best"))
        self.back.setIcon(icon("undo"))
        self.back.setProperty("kind", "link")
        self.back.clicked.connect(self._back)
        row.addWidget(self.back)
        layout.addLayout(row)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(tr("Command, why and alternatives"))
        self.command = CommandPanel(self._session.command_for, shell)
        self.why = WhyPanel()
        self.alternatives = QWidget()
        self._alternatives = QVBoxLayout(self.alternatives)
        self._alternatives.setContentsMargins(0, 8, 0, 0)
        self._alternatives.setSpacing(2)
        self._alternatives.addStretch(1)
        self._lines: list[AlternativeLine] = []
        command_scroll = _scrolled(self.command)
        alternatives_scroll = _scrolled(self.alternatives)
        self.tabs.addTab(command_scroll, tr("Command"))
        self.tabs.addTab(self.why, tr("Why"))
        self.tabs.addTab(alternatives_scroll, tr("Alternatives"))
        layout.addStretch(1)
        self.lower = QFrame()
        self.lower.setObjectName("planBody")
        box = QVBoxLayout(self.lower)
        box.setContentsMargins(16, 0, 4, 8)
        box.addWidget(self.tabs)
        self.lower.setMinimumHeight(150)
        self.split.addWidget(self.lower)
        self.split.setStretchFactor(0, 2)
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([420, 300])
        self.lower.hide()

    def _slider_head(self, text: str) -> tuple[QHBoxLayout, QLabel]:
        row = QHBoxLayout()
        label = QLabel(text)
        label.setProperty("role", "heading")
        row.addWidget(label)
        limit = QLabel()
        limit.setProperty("role", "hint")
        limit.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(limit, 1)
        value = QLabel()
        value.setProperty("role", "strong")
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        value.setMinimumWidth(52)
        row.addWidget(value)
        return row, value

    def _cache_box(self, name: str, field: str) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        box.addItems(list(CACHE_TYPES))
        box.textActivated.connect(lambda text: self._session.edit_wishes(name, **{field: text}))
        return box

    # -- showing

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self.bars.apply_theme()
        self.verdict.apply_theme()
        self.command.apply_theme()
        self.export.setIcon(icon("export"))
        self.back.setIcon(icon("undo", "accent"))
        self._show_pin()
        self.curve.update()
        if self._plan is not None:
            self.why.show_plan(self._plan)

    def show_answer(self, plan: Plan | None, answer: Answer | None) -> None:
        """Show another plan with its curves."""
        self._plan = plan
        self._empty.setVisible(plan is None)
        self.content.setVisible(plan is not None)
        self.lower.setVisible(plan is not None)
        if plan is None:
            return
        self._set_hint(self.title, f"{plan.model_name}  {plan.quant or ''}")
        self._set_hint(self.subtitle, subtitle(plan, self._licence(plan)))
        self.verdict.show_plan(plan)
        reserve = self._session.wishes.reserve_bytes
        self.bars.show_plan(plan, reserve)
        n_ctx = plan.n_ctx or self._session.wishes.n_ctx
        self.context.show_value(n_ctx)
        self.context_value.setText(units.tokens(n_ctx))
        longest = plan.longest_n_ctx
        self.context.show_marks(longest)
        trained = units.tokens(plan.n_ctx_train) if plan.n_ctx_train else ""
        hint = (
            tr("▾ marks {n}, the most that fits this way").format(n=units.tokens(longest)) if longest else ""
        )
        if longest and longest == plan.n_ctx_train:
            hint = tr("▾ all {n} it is trained for fit").format(n=trained)
        self._set_hint(self._context_limit, hint)
        self._show_experts(plan, answer)
        self.command.show_plan(plan)
        self.why.show_plan(plan)
        self._set_tab(1, tr("Why {n}").format(n=len(plan.terms)))
        self._show_alternatives(plan)
        self._show_pin()
        self._show_stale()

    def _licence(self, plan: Plan) -> str:
        facts = self._session.facts
        if facts is None or plan.model_id not in facts.ids:
            return ""
        return facts.licences[facts.ids.index(plan.model_id)]

    def _set_hint(self, label: QWidget | None, text: str) -> None:
        if isinstance(label, QLabel) and label.text() != text:
            label.setText(text)

    def _show_experts(self, plan: Plan, answer: Answer | None) -> None:
        curve = answer.experts if answer is not None else None
        self._experts_box.setVisible(curve is not None)
        context = answer.context if answer is not None else None
        self.context_curve.show_curve(context if curve is None else None, plan.n_ctx)
        if curve is None:
            self.back.setVisible(
                self._session.selection is not None and self._session.selection.n_cpu_moe is not None
            )
            return
        used = plan.settings.get("n_cpu_moe", 0)
        last = int(curve.x[-1])
        value = last if used == "all" else int(used or 0)
        if plan.placement == "cpu":
            value = last
        labels = {0: "0", last // 2: str(last // 2), last: str(last)}
        self.experts.set_scale(curve.x.tolist(), labels, False)
        self.experts.show_value(value)
        self.experts.show_marks(None, int(curve.x[curve.best]) if curve.best >= 0 else None)
        self.experts_value.setText(f"{value}")
        best = (
            tr("▾ {n} of {all} layers is fastest").format(n=int(curve.x[curve.best]), all=last)
            if curve.best >= 0
            else tr("nothing fits this way")
        )
        self._set_hint(self._experts_best, best)
        self.curve.show_curve(curve, value)
        selection = self._session.selection
        self.back.setVisible(selection is not None and selection.n_cpu_moe is not None)

    def _show_alternatives(self, plan: Plan) -> None:
        count = len(plan.alternatives)
        self._set_tab(2, tr("Alternatives {n}").format(n=count) if count else tr("Alternatives"))
        while len(self._lines) < count:
            line = AlternativeLine()
            self._alternatives.insertWidget(len(self._lines), line)
            line.clicked.connect(partial(self._take, len(self._lines)))
            self._lines.append(line)
        for index, line in enumerate(self._lines):
            line.setVisible(index < count)
            if index < count:
                line.show_plan(plan.alternatives[index])

    def _set_tab(self, index: int, text: str) -> None:
        if self.tabs.tabText(index) != text:
            self.tabs.setTabText(index, text)

    def _take(self, index: int) -> None:
        if self._plan is not None and index < len(self._plan.alternatives):
            other = self._plan.alternatives[index]
            self._session.select(Selection(other.model_id, other.quant))

    def _back(self) -> None:
        selection = self._session.selection
        if selection is not None:
            self._session.select(replace(selection, n_cpu_moe=None))

    def _show_pin(self) -> None:
        pinned = self._session.is_pinned
        if self._pin_shown == (pinned, theme.current().name):
            return
        self._pin_shown = (pinned, theme.current().name)
        self.pin.setText(tr("Pinned") if pinned else tr("Pin"))
        self.pin.setIcon(icon("pin", "accent" if pinned else "text_second"))

    def _show_stale(self) -> None:
        plan, order, facts = self._plan, self._session.order, self._session.facts
        text = ""
        if plan is not None and order is not None and facts is not None and plan.model_id in facts.ids:
            row = facts.ids.index(plan.model_id)
            if not bool(np.any(order.rows == row)):
                text = tr("Not in the list now: the filters leave it out.")
        state = self._session.machine_state
        if plan is not None and state.own and state.missing:
            index, since = min(state.missing.items())
            gpu = state.machine.gpus[index]
            gone = tr("{name} is no longer there since {time}: this plan is for the machine as it was.")
            text = gone.format(name=gpu.accelerator or gpu.name, time=since)
        if text != self.stale.text():
            self.stale.setText(text)
        self.stale.setVisible(bool(text))

    def _show_wishes(self, wishes: object) -> None:
        from planner.wishes import Wishes

        assert isinstance(wishes, Wishes)
        self.cache_k.setCurrentText(wishes.cache_type_k)
        self.cache_v.setCurrentText(wishes.cache_type_v)
        if self._plan is None:
            self.context.show_value(wishes.n_ctx)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the body as wide as the pane."""
        super().resizeEvent(event)
        self._body.setMaximumWidth(max(self._scroll.viewport().width(), 200))


def _scrolled(widget: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(widget)
    area.viewport().setAutoFillBackground(False)
    widget.setAutoFillBackground(False)
    return area


def subtitle(plan: Plan, licence: str = "") -> str:
    """Parameters, layers and experts in one line."""
    parts = [tr("{n} parameters").format(n=units.parameters(plan.total_parameters))]
    if (
        plan.active_parameters
        and plan.total_parameters
        and plan.active_parameters < 0.9 * plan.total_parameters
    ):
        parts[0] += tr(", {n} active").format(n=units.parameters(plan.active_parameters))
    if plan.n_layers:
        layers = tr("{n} layers").format(n=plan.n_layers)
        if plan.n_experts:
            layers += tr(" × {n} experts").format(n=int(plan.n_experts))
        parts.append(layers)
    if plan.file_bytes:
        parts.append(tr("download {gb}").format(gb=units.gb(plan.file_bytes)))
    if licence:
        parts.append(licence)
    return " · ".join(parts)
