"""The command of a plan: tabs of programs, shell, where the weights are, every flag explained, Copy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from planner.commands.launch_command import LaunchCommand
from planner.commands.shell_quoting import QuotingFault, Shell
from planner.flag_effects import flag_effect, flag_reason
from planner.plan import Plan
from ui import theme
from ui.clipboard import copy_text
from ui.icons import icon
from ui.kept import Kept
from ui.views.command_text import CommandText
from ui.views.flag_line import FlagLine
from ui.views.flag_table import FlagRow, FlagTable
from ui.views.weights_field import WeightsField
from ui.widgets.segmented import Segmented
from ui.widgets.wrapped import Wrapped
from ui.words import shown, tr

if TYPE_CHECKING:
    from planner.plan_command import Weights

SHELLS = (("posix", "bash"), ("powershell", "PowerShell"), ("cmd", "cmd"))
PROGRAMS = (
    ("llama-server", "llama-server", "server"),
    ("llama-cli", "llama-cli", "cli"),
    ("llama-bench", "llama-bench", "bench"),
    ("vllm", "vLLM", "vLLM"),
    ("docker", "Docker", "Docker"),
)
"""Programs with their names, long and short."""
COPIED_MS = 2000


def engine_of(program: str, plan: Plan) -> str:
    """Engine a program belongs to; Docker runs that of the plan."""
    return plan.engine if program == "docker" else "vllm" if program == "vllm" else "llama.cpp"


def command_lines(command: LaunchCommand, shell: str) -> str:
    """Text of a command for a shell, one flag a line.

    Raises
    ------
    QuotingFault
        When the shell cannot pass one of the arguments.
    """
    return command.text(Shell(shell), multiline=True)


@dataclass(frozen=True, slots=True)
class _Written:
    """A command written for a shell in lines of some length."""

    text: str = ""
    places: tuple[tuple[int, int], ...] = ()
    """Where its flags are."""
    reason: str = ""
    """Why the shell cannot pass it."""


@dataclass(frozen=True, slots=True)
class _Made:
    """What is shown for one command."""

    command: LaunchCommand | None = None
    rows: list[FlagRow] = field(default_factory=list)
    notes: str = ""


class CommandPanel(QWidget):
    """Command tab of the plan pane.

    Signals
    -------
    shell_chosen
        arg: ``posix``, ``powershell`` or ``cmd``.
    copied
        The text is on the clipboard. arg: the text.
    other_engine_asked
        A program of the other engine was chosen, for which no plan is known. arg: the plan shown.
    kind_pointed
        The memory a flag decides is pointed at. arg: kind of memory, empty for none.
    """

    shell_chosen = Signal(str)
    copied = Signal(str)
    other_engine_asked = Signal(object)
    kind_pointed = Signal(str)

    def __init__(
        self,
        write: Callable[[Plan, str, Weights], LaunchCommand | None],
        shell: str = "posix",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._write = write
        self._plan: Plan | None = None
        self._other: Plan | None = None
        self._other_of: Plan | None = None
        self._other_fault = ""
        self._command: LaunchCommand | None = None
        self._text = ""
        self._short = False
        self._kept: Kept[_Made] = Kept()
        self._written: Kept[_Written] = Kept()
        self.setAcceptDrops(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_StaticContents)  # another size shows the same where it was
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.setSpacing(6)
        self.program = Segmented(tr("Program"), tuple((key, name) for key, name, _ in PROGRAMS))
        self.program.chosen.connect(self._program_chosen)
        self._name_programs(short=True)
        layout.addWidget(self.program)
        row = QHBoxLayout()
        row.setSpacing(6)
        self.shell = QComboBox()
        self.shell.setAccessibleName(tr("Shell"))
        for key, text in SHELLS:
            self.shell.addItem(text, key)
        self.shell.setItemData(0, tr("Right for zsh and fish as well"), Qt.ItemDataRole.ToolTipRole)
        self.shell.setCurrentIndex(max(self.shell.findData(shell), 0))
        self.shell.activated.connect(self._shell_changed)
        row.addWidget(self.shell)
        self.weights = WeightsField()
        self.weights.changed.connect(self._show)
        row.addWidget(self.weights.kind)
        row.addStretch(1)
        self.copy = QPushButton(tr("Copy"))
        self.copy.setProperty("kind", "primary")
        self.copy.setAccessibleName(tr("Copy the command"))
        self.copy.setToolTip(tr("Copy the command (Ctrl+Shift+C)"))
        self.copy.setIcon(icon("copy", "accent_text"))
        self.copy.setMinimumWidth(96)
        self.copy.clicked.connect(self.copy_command)
        row.addWidget(self.copy)
        layout.addLayout(row)
        layout.addWidget(self.weights)
        self.text = CommandText()
        self.text.pointed.connect(self._text_points)
        self.text.columns_changed.connect(self._show)
        layout.addWidget(self.text)
        self.line = FlagLine()
        layout.addWidget(self.line)
        self._none = Wrapped("second")
        layout.addWidget(self._none)
        self.flags = FlagTable()
        self.flags.pointed.connect(self._table_points)
        layout.addWidget(self.flags)
        self._notes = Wrapped("hint")
        layout.addWidget(self._notes)
        layout.addStretch(1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(COPIED_MS)
        self._timer.timeout.connect(self._copy_again)

    # -- what is shown

    @property
    def plan(self) -> Plan | None:
        """Plan of the program chosen: the one shown, or the other engine's."""
        plan = self._plan
        if plan is None or engine_of(self.program.key, plan) == plan.engine:
            return plan
        return self._other if self._other_of is plan else None

    @property
    def command(self) -> LaunchCommand | None:
        """Command shown."""
        return self._command

    @property
    def command_text(self) -> str:
        """Text shown, which is what Copy copies."""
        return self._text

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self._kept.clear()
        self._written.clear()
        self.text.apply_theme()
        self.line.apply_theme()
        self.flags.apply_theme()
        self._copy_again()

    def show_plan(self, plan: Plan | None, other: Plan | None = None) -> None:
        """Show the command of another plan; ``other`` is the other engine's, where it is known."""
        engine_changed = plan is not None and (self._plan is None or self._plan.engine != plan.engine)
        self._plan = plan
        self._other, self._other_of = other, plan if other is not None else None
        self._other_fault = ""
        self.weights.show_plan(plan)
        if engine_changed and plan is not None and self.program.key != "docker":
            self.program.set_key("vllm" if plan.engine == "vllm" else "llama-server")
        self._ask_if_missing()
        self._show()

    def show_other(self, plan: Plan | None, of: Plan, fault: str = "") -> None:
        """Take the other engine's plan for the plan shown, or why there is none."""
        if of is self._plan:
            self._other, self._other_of, self._other_fault = plan, of, fault
            self._show()

    def point_at_kind(self, kind: str) -> None:
        """Light the first flag that decides a kind of memory; empty = none."""
        rows = self.flags.rows
        index = next((i for i, r in enumerate(rows) if kind and r.kind == kind), -1)
        self.flags.mark(index)
        self.text.mark(index)
        self._explain(index)

    def _program_chosen(self, _key: str) -> None:
        self._ask_if_missing()
        self._show()

    def _ask_if_missing(self) -> None:
        plan = self._plan
        if plan is not None and self.plan is None and self._other_of is not plan:
            self.other_engine_asked.emit(plan)

    def _shell_changed(self) -> None:
        self._show()
        self.shell_chosen.emit(self.shell.currentData())

    def _show(self) -> None:
        plan = self.plan
        made, written = _Made(), _Written()
        if plan is not None:
            weights = self.weights.weights()
            program, shell, columns = self.program.key, self.shell.currentData(), self.text.columns
            made = self._kept.get(plan, (program, weights), lambda: self._make(plan, program, weights))
            command = made.command
            if command is not None:
                key = (program, shell, weights, columns)
                written = self._written.get(plan, key, lambda: _write(command, shell, columns))
        self._command, self._text = made.command, written.text
        self.copy.setEnabled(bool(written.text))
        if self.text.isHidden() == bool(written.text):
            self.text.setVisible(bool(written.text))
            self.line.setVisible(bool(written.text))
        self._none.show_text(self._why_none(plan, written.reason))
        self.text.show_command(written.text, written.places)
        self.flags.show_rows(made.rows)
        self._explain(self.text.marked)
        self._notes.show_text(made.notes)

    def _make(self, plan: Plan, program: str, weights: Weights) -> _Made:
        """What is shown of one command for every shell."""
        command = self._write(plan, program, weights)
        if command is None:
            return _Made()
        return _Made(
            command,
            [_flag_row(plan, f.flag, f.value, shown(flag_reason(f))) for f in command.flags],
            " · ".join(part for part in (command.engine_versions, *map(shown, command.notes)) if part),
        )

    def _why_none(self, plan: Plan | None, reason: str) -> str:
        """Why there is no command, or why not to use it; empty when all is well."""
        own = self._plan
        if own is None:
            return ""
        if plan is None:
            if self._other_fault:
                return self._other_fault
            return (
                tr("Planning for the other engine…")
                if self._other_of is not own
                else tr("There is no command for this.")
            )
        if reason:
            return tr("{reason}; choose another shell.").format(reason=reason)
        if self._command is None:
            if plan.reasons and plan.fits is not True:
                return shown(plan.reasons[0])
            if self.program.key == "docker" and plan.backend == "metal":
                return tr("Docker has no GPU on this system; run the program itself.")
            return tr("There is no command for this: the program has no flag for one of the settings.")
        if plan.fits is False:
            return tr("This command would not load: see what fits instead above.")
        return ""

    # -- pointing

    def _table_points(self, index: int) -> None:
        self.text.mark(index)
        self._tell_kind(index)

    def _text_points(self, index: int) -> None:
        self.flags.mark(index)
        self._tell_kind(index)

    def _explain(self, index: int) -> None:
        rows = self.flags.rows
        self.line.show_row(rows[index] if 0 <= index < len(rows) else None)

    def _tell_kind(self, index: int) -> None:
        self._explain(index)
        rows = self.flags.rows
        self.kind_pointed.emit((rows[index].kind or "") if 0 <= index < len(rows) else "")

    # -- copying

    def copy_command(self) -> None:
        """Put the command on the clipboard and say so."""
        text = self._text
        if not text:
            return
        if copy_text(text):
            self.copy.setText(tr("Copied"))
            self.copy.setIcon(icon("check", "accent_text"))
            self.copy.setAccessibleName(tr("Copied"))
            self.copied.emit(text)
        else:
            self.copy.setText(tr("Not copied"))
            why = tr("The clipboard is not available; select the text and copy it by hand")
            self.copy.setAccessibleName(f"{tr('Not copied')}: {why}")
            self.copy.setToolTip(why)
            self.text.setFocus()
            self.text.selectAll()
            self._none.show_text(why)
        self._timer.start()

    def _copy_again(self) -> None:
        self.copy.setText(tr("Copy"))
        self.copy.setIcon(icon("copy", "accent_text"))
        self.copy.setAccessibleName(tr("Copy the command"))
        self.copy.setToolTip(tr("Copy the command (Ctrl+Shift+C)"))

    # -- ground, dropped files, room

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill the ground, so that nothing behind is painted when the command changes."""
        QPainter(self).fillRect(event.rect(), theme.current().color("base"))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files of this computer."""
        if _local_file(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Use a dropped file as the weights."""
        path = _local_file(event.mimeData())
        if path:
            event.acceptProposedAction()
            self.weights.take_file(path)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten the names of the programs where they have no room."""
        super().resizeEvent(event)
        metrics = QFontMetrics(theme.ui_font(13, True))
        needed = sum(metrics.horizontalAdvance(name) + 14 for _, name, _ in PROGRAMS)
        self._name_programs(short=needed > event.size().width())

    def _name_programs(self, short: bool) -> None:
        if short == self._short:
            return
        self._short = short
        metrics = QFontMetrics(theme.ui_font(13, True))
        for key, name, brief in PROGRAMS:
            button = self.program.button(key)
            button.setText(brief if short else name)
            button.setMinimumWidth(metrics.horizontalAdvance(brief) + 12)
            button.setToolTip(name if short else "")


def _write(command: LaunchCommand, shell: str, columns: int) -> _Written:
    try:
        laid_out = command.laid_out(Shell(shell), columns)
    except QuotingFault as fault:
        return _Written(reason=shown(str(fault)))
    return _Written(laid_out.text, laid_out.places)


def _flag_row(plan: Plan, flag: str, value: str | None, reason: str) -> FlagRow:
    effect = flag_effect(plan, flag)
    return FlagRow(
        f"{flag} {value}" if value is not None else flag,
        reason,
        "" if effect.amount is None else shown(effect.amount),
        effect.kind,
    )


def _local_file(data: QMimeData) -> str:
    return next((u.toLocalFile() for u in data.urls() if u.isLocalFile()), "")
