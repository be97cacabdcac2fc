"""A plan in full: the sentence, where everything goes, what can be tried, the command, why, and what else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSplitter,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from planner import units
from planner.plan import Plan
from planner.plan_layers import layer_places
from planner.speed_words import speeds_sentence
from ui import theme
from ui.answers import Answer
from ui.icons import icon
from ui.kept import Kept
from ui.session import PlannerSession
from ui.views.alternatives_panel import AlternativesPanel, NearestPanel
from ui.views.command_panel import CommandPanel
from ui.views.engine_box import EngineBox
from ui.views.layer_strip import LayerStrip
from ui.views.memory_bars import MemoryBars
from ui.views.plan_controls import PlanControls
from ui.views.second_line import SecondLine
from ui.views.users_panel import UsersPanel
from ui.views.verdict_box import VerdictBox
from ui.views.why_panel import WhyPanel
from ui.widgets.ground import Ground
from ui.widgets.text_block import TextBlock
from ui.words import shown, tr

if TYPE_CHECKING:
    from planner.commands.launch_command import LaunchCommand
    from planner.plan_command import Weights


WIDE_CHART, NARROW_CHART = 190, 122
"""Height of a chart in the plan's own window, and in the pane, which is to show much at once. [px]"""


class PlanDetails(QWidget):
    """Everything about the selected plan, following the session.

    Signals
    -------
    report_asked
        Export this plan.
    window_asked
        Show it in a window of its own.
    """

    report_asked = Signal()
    window_asked = Signal()

    def __init__(
        self, session: PlannerSession, shell: str = "posix", wide: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._plan: Plan | None = None
        self._answer: Answer | None = None
        self._pin_shown: tuple[bool, str] | None = None
        self._kept: Kept[tuple[str, str]] = Kept()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self.split = QSplitter(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)
        self.split.setHandleWidth(1)
        self.split.setChildrenCollapsible(False)
        outer.addWidget(self.split)
        self._scroll = QScrollArea()
        self._scroll.setObjectName("planScroll")
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setMinimumHeight(150)
        self._body = Ground("base")
        self._body.setObjectName("planBody")
        self._scroll.setWidget(self._body)
        self._scroll.viewport().installEventFilter(self)
        self.split.addWidget(self._scroll)
        self._build_body(wide)
        self.lower = Ground("base")
        self.lower.setObjectName("planBody")
        self.lower.setMinimumHeight(150)
        self.split.addWidget(self.lower)
        self._build_lower(shell, wide)
        self.split.setStretchFactor(0, 1 if wide else 2)
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([620, 620] if wide else [480, 240])
        session.plan_changed.connect(self.show_answer)
        for changed in (session.selection_changed, session.order_changed, session.machine_changed):
            changed.connect(self._show_stale)  # a method, which Qt forgets with its window
        session.pins_changed.connect(self._show_pin)
        session.other_engine_planned.connect(self._other_planned)

    # -- building

    def _build_body(self, wide: bool) -> None:
        layout = QVBoxLayout(self._body)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(7)
        head = QHBoxLayout()
        head.setSpacing(6)
        self.title = TextBlock("plan")
        head.addWidget(self.title, 1)
        self.pin = QPushButton(tr("Pin"))
        self.pin.setIcon(icon("pin"))
        self.pin.setToolTip(tr("Keep this plan for comparison (Space in the list)"))
        self.pin.clicked.connect(self._session.pin)
        head.addWidget(self.pin, 0, Qt.AlignmentFlag.AlignTop)
        self.export = QToolButton()
        self.export.setProperty("kind", "icon")
        self.export.setIcon(icon("export"))
        self.export.setToolTip(tr("Export… (Ctrl+E)"))
        self.export.setAccessibleName(tr("Export"))
        self.export.clicked.connect(self.report_asked)
        head.addWidget(self.export, 0, Qt.AlignmentFlag.AlignTop)
        self.pull_out = QToolButton()
        self.pull_out.setProperty("kind", "icon")
        self.pull_out.setIcon(icon("window"))
        self.pull_out.setToolTip(tr("Show the plan in a window of its own"))
        self.pull_out.setAccessibleName(tr("Show the plan in a window of its own"))
        self.pull_out.clicked.connect(self.window_asked)
        head.addWidget(self.pull_out, 0, Qt.AlignmentFlag.AlignTop)
        if wide:
            self.pull_out.hide()
        layout.addLayout(head)
        self.subtitle = TextBlock("second")
        layout.addWidget(self.subtitle)
        self.stale = TextBlock("warning")
        self.stale.hide()
        layout.addWidget(self.stale)
        self.verdict = VerdictBox()
        layout.addWidget(self.verdict)
        self.second = SecondLine(self._session)
        layout.addWidget(self.second)
        self.nearest = NearestPanel(self._session)
        layout.addWidget(self.nearest)
        self.engines = EngineBox()
        self.engines.engine_chosen.connect(lambda key: self._session.edit_wishes(tr("engine"), engine=key))
        layout.addWidget(self.engines)
        self.bars = MemoryBars()
        self.bars.kind_pointed.connect(self._bar_points)
        layout.addWidget(self.bars)
        self.strip = LayerStrip()
        self.controls = PlanControls(self._session, chart_height=WIDE_CHART if wide else NARROW_CHART)
        for part in (self.strip, self.controls) if wide else (self.controls, self.strip):
            layout.addWidget(part)
        layout.addStretch(1)

    def _build_lower(self, shell: str, wide: bool) -> None:
        box = QVBoxLayout(self.lower)
        box.setContentsMargins(16, 0, 10, 8)
        self.command = CommandPanel(self._write_command, shell)
        self.command.other_engine_asked.connect(self._session.ask_other_engine)
        self.command.kind_pointed.connect(self.bars.light)
        self.why = WhyPanel()
        self.alternatives = AlternativesPanel(self._session)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(tr("Command, why and alternatives"))
        command = _scrolled(self.command)
        if wide:
            right = QSplitter(Qt.Orientation.Vertical)
            right.setHandleWidth(1)
            right.setChildrenCollapsible(False)
            right.addWidget(command)
            right.addWidget(self.tabs)
            right.setSizes([520, 400])
            box.addWidget(right)
        else:
            self.tabs.addTab(command, tr("Command"))
            box.addWidget(self.tabs)
        self._why_at = self.tabs.addTab(self.why, tr("Why"))
        self._alternatives_at = self.tabs.addTab(_scrolled(self.alternatives), tr("Alternatives"))
        self.users = UsersPanel()
        self._users_at = self.tabs.addTab(_scrolled(self.users), tr("Users"))
        self.tabs.setTabVisible(self._users_at, False)

    def _write_command(self, plan: Plan, program: str, weights: Weights) -> LaunchCommand | None:
        return self._session.command_for(plan, program, weights)

    # -- showing

    def apply_theme(self) -> None:
        """Take over the current theme."""
        for part in (self.bars, self.verdict, self.command, self.controls):
            part.apply_theme()
        self.strip.update()
        self.export.setIcon(icon("export"))
        self.pull_out.setIcon(icon("window"))
        self._show_pin()
        if self._plan is not None:
            self.why.show_plan(self._plan)

    def show_answer(self, plan: Plan | None, answer: Answer | None) -> None:
        """Show another plan with its curves."""
        if plan is None:
            self._plan = None
            return
        if plan is self._plan and answer is self._answer:
            self._show_stale()
            return
        self._plan, self._answer = plan, answer
        session = self._session
        self.title.show_text(f"{plan.model_name}  {plan.quant or ''}".strip(), bold=len(plan.model_name))
        about, speeds = self._kept.get(plan, "", lambda: self._words(plan))
        self.subtitle.show_text(about)
        self.verdict.show_plan(plan, speeds)
        both = answer.both if answer is not None else None
        self.nearest.show_found(answer.nearest if answer is not None else (), plan.fits is not False)
        self.engines.show_both(both)
        self.bars.show_plan(plan, session.wishes.reserve_bytes if plan.engine == "llama.cpp" else 0.0)
        places = layer_places(plan)
        self.strip.show_places(places)
        self.controls.show_plan(plan, answer, places)
        other = None if both is None else both.llama_cpp if plan.engine == "vllm" else both.vllm
        self.command.show_plan(plan, other)
        self.why.show_plan(plan)
        self._set_tab(self._why_at, tr("Why {n}").format(n=len(plan.terms)))
        count = len(plan.alternatives)
        self.alternatives.show_plans(plan.alternatives)
        self._set_tab(
            self._alternatives_at, tr("Alternatives {n}").format(n=count) if count else tr("Alternatives")
        )
        served = plan.throughput.serving if plan.throughput is not None else ()
        wishes = session.wishes
        self.users.show_points(served, max(wishes.n_parallel, wishes.workload.concurrency))
        if self.tabs.isTabVisible(self._users_at) != (len(served) > 1):
            self.tabs.setTabVisible(self._users_at, len(served) > 1)
        self._show_pin()
        self._show_stale()

    def _words(self, plan: Plan) -> tuple[str, str]:
        """What the model is, and how fast it runs."""
        speeds = speeds_sentence(plan, self._session.machine, self._session.wishes.workload)
        return subtitle(plan, self._licence(plan)), shown(speeds)

    def _licence(self, plan: Plan) -> str:
        facts = self._session.facts
        if facts is None or plan.model_id not in facts.row_of:
            return ""
        return facts.licences[facts.row_of[plan.model_id]]

    def _set_tab(self, index: int, text: str) -> None:
        if self.tabs.tabText(index) != text:
            self.tabs.setTabText(index, text)

    def _other_planned(self, of: Plan, other: Plan | None, fault: str) -> None:
        self.command.show_other(other, of, fault)

    def _bar_points(self, kind: str) -> None:
        self.command.point_at_kind(kind)

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
        if plan is not None and order is not None and facts is not None and plan.model_id in facts.row_of:
            row = facts.row_of[plan.model_id]
            if row not in order.rows:
                text = tr("Not in the list now: the filters leave it out.")
        state = self._session.machine_state
        if plan is not None and state.own and state.missing:
            index, since = min(state.missing.items())
            gpu = state.machine.gpus[index]
            gone = tr("{name} is no longer there since {time}: this plan is for the machine as it was.")
            text = gone.format(name=gpu.accelerator or gpu.name, time=since)
        self.stale.show_text(text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the body as wide as its part of the pane, also when only the splitter moves."""
        if event.type() == QEvent.Type.Resize:
            self._fit_body()
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        """Fonts or the style changed: the body may need another width."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_scroll"):
            self._fit_body()

    def _fit_body(self) -> None:
        width = max(self._scroll.viewport().width(), 200)
        if self._body.maximumWidth() != width:
            self._body.setMaximumWidth(width)


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
    if plan.engine == "vllm":
        parts.append(f"vLLM {plan.engine_version}")
    if licence:
        parts.append(licence)
    return " · ".join(parts)
