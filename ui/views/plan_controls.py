"""What can be tried on a plan: context, experts in RAM and cache types, with the curves they move on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from planner import text as plan_text
from planner import units
from planner.plan import Plan
from planner.plan_layers import LayerPlace, layers_split_between, n_layers_with_experts_in_ram
from ui.answers import Answer
from ui.icons import icon
from ui.kept import Kept
from ui.plans_ahead import CONTEXT_STOPS
from ui.session import PlannerSession
from ui.views.curve_chart import CurveChart
from ui.views.question_panel import CONTEXT_LABELS
from ui.widgets.mark_slider import MarkSlider
from ui.widgets.text_block import ValueText
from ui.words import shown, tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.view_data import Curve
    from planner.wishes import Wishes

CACHE_TYPES = ("f16", "bf16", "q8_0", "q5_1", "q4_0", "f32")


class PlanControls(QWidget):
    """Sliders, curves and cache types of the plan shown."""

    def __init__(
        self, session: PlannerSession, parent: QWidget | None = None, chart_height: int = 150
    ) -> None:
        super().__init__(parent)
        self._kept: Kept[tuple[int, int]] = Kept()
        self._session = session
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        row, self.context_limit, self.context_value = _slider_head(tr("Context per user"))
        layout.addLayout(row)
        self.context = MarkSlider(tr("Context per user"), CONTEXT_STOPS, CONTEXT_LABELS, "base")
        self.context.moved.connect(lambda v: session.edit_wishes(tr("context"), n_ctx=v))
        layout.addWidget(self.context)
        self.experts_box = QWidget()
        experts = QVBoxLayout(self.experts_box)
        experts.setContentsMargins(0, 0, 0, 0)
        experts.setSpacing(4)
        row, self.experts_best, self.experts_value = _slider_head(tr("Experts in RAM"))
        experts.addLayout(row)
        self.experts = MarkSlider(tr("Layers with experts in RAM"), (0, 1), {0: "0", 1: "1"}, "base")
        self.experts.moved.connect(session.edit_experts)
        experts.addWidget(self.experts)
        self.curve = CurveChart(
            tr("Speed and GPU memory against layers with experts in RAM"),
            tr("layers with experts in RAM"),
            str,
            height=chart_height,
        )
        experts.addWidget(self.curve)
        self.context_curve = CurveChart(
            tr("Speed and GPU memory against context"),
            tr("context, tokens"),
            units.tokens,
            logarithmic=True,
            height=chart_height,
        )
        layout.addWidget(self.experts_box)  # both sliders stand together, above what they move on
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
        self.back.setIcon(icon("undo", "accent"))
        self.back.setProperty("kind", "link")
        self.back.clicked.connect(self._back)
        row.addWidget(self.back)
        layout.addLayout(row)
        self._cache_row = row
        session.wishes_changed.connect(self.show_wishes)
        self.show_wishes(session.wishes)

    def _cache_box(self, name: str, field: str) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        box.addItems(list(CACHE_TYPES))
        box.textActivated.connect(lambda text: self._session.edit_wishes(name, **{field: text}))
        return box

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self.back.setIcon(icon("undo", "accent"))
        self.curve.update()
        self.context_curve.update()

    def show_wishes(self, wishes: Wishes) -> None:
        """Show another question."""
        for box, text in ((self.cache_k, wishes.cache_type_k), (self.cache_v, wishes.cache_type_v)):
            if box.currentText() != text:
                box.setCurrentText(text)

    def show_plan(self, plan: Plan, answer: Answer | None, places: Sequence[LayerPlace]) -> None:
        """Show another plan with its curves."""
        n_ctx = plan.n_ctx or self._session.wishes.n_ctx
        self.context.show_value(n_ctx)
        self.context_value.setText(units.tokens(n_ctx))
        self.context.show_marks(plan.longest_n_ctx)
        self.context_limit.setText(_context_hint(plan))
        llama = plan.engine == "llama.cpp"
        context = answer.context if answer is not None and llama else None
        self.context_curve.show_curve(context, n_ctx, _at_label(plan, n_ctx) if context is not None else None)
        self._show_experts(plan, answer.experts if answer is not None and llama else None, places)
        for box in (self.cache_k, self.cache_v):
            if box.isEnabled() != llama:
                box.setEnabled(llama)
                box.setToolTip(
                    "" if llama else tr("vLLM chooses the type of its cache with --kv-cache-dtype")
                )

    def _show_experts(self, plan: Plan, curve: Curve | None, places: Sequence[LayerPlace]) -> None:
        if self.experts_box.isHidden() == (curve is not None):
            self.experts_box.setVisible(curve is not None)
        selection = self._session.selection
        moved = selection is not None and selection.n_cpu_moe is not None
        if self.back.isHidden() == moved:
            self.back.setVisible(moved)
        if curve is None:
            return
        last = int(curve.x[-1])
        in_ram, split = self._kept.get(plan, "", lambda: _layers_moved(places))
        part = 0 if moved or plan.placement == "cpu" else split
        value = last if plan.placement == "cpu" else in_ram - part
        if selection is not None and selection.n_cpu_moe is not None:
            value = selection.n_cpu_moe
        labels = {0: "0", last // 2: str(last // 2), last: str(last)}
        self.experts.set_scale(range(last + 1), labels, False)
        self.experts.show_value(value)
        self.experts.show_marks(None, int(curve.x[curve.best]) if curve.best >= 0 else None)
        self.experts_value.setText(tr("{n} + part").format(n=value) if part else str(value))
        self.experts_value.setToolTip(
            tr(
                "Some expert matrices of {n} more layers are in RAM as well, so that the GPU is filled"
            ).format(n=part)
            if part
            else ""
        )
        best = (
            tr("▾ {n} of {all} layers is fastest").format(n=int(curve.x[curve.best]), all=last)
            if curve.best >= 0
            else tr("nothing fits this way")
        )
        self.experts_best.setText(best)
        self.curve.show_curve(curve, value)

    def _back(self) -> None:
        selection = self._session.selection
        if selection is not None:
            self._session.select(replace(selection, n_cpu_moe=None))


def _layers_moved(places: Sequence[LayerPlace]) -> tuple[int, int]:
    """Layers with experts in RAM, and those of them that are split with a GPU."""
    return n_layers_with_experts_in_ram(places), layers_split_between(places)


def _slider_head(text: str) -> tuple[QHBoxLayout, ValueText, ValueText]:
    """A line above a slider: its name, a hint, its value."""
    row = QHBoxLayout()
    label = QLabel(text)
    label.setProperty("role", "heading")
    row.addWidget(label)
    hint = ValueText("hint", ground="base")
    row.addWidget(hint, 1)
    value = ValueText("strong", 76, ground="base")
    row.addWidget(value)
    return row, hint, value


def _context_hint(plan: Plan) -> str:
    longest = plan.longest_n_ctx
    if not longest:
        return ""
    if longest == plan.n_ctx_train:
        return tr("▾ all {n} it is trained for fit").format(n=units.tokens(longest))
    return tr("▾ {n} is the most this way").format(n=units.tokens(longest))


def _at_label(plan: Plan, n_ctx: int) -> str:
    """Context, speed and memory of the plan itself, above its curve."""
    parts = [units.tokens(n_ctx)]
    if plan.throughput is not None and plan.throughput.decode_tps is not None:
        parts.append(tr("{range} tok/s").format(range=shown(plan_text.speed(plan.throughput.decode_tps))))
    gpus = [d for d in plan.devices if d.kind == "gpu"] or list(plan.devices)
    if gpus:
        parts.append(units.gib(max(d.total_bytes for d in gpus)))
    return tr("{context}: {rest}").format(context=parts[0], rest=", ".join(parts[1:]))
