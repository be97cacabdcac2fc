"""The command of a plan: tabs of programs, shell, every flag explained, Copy."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QClipboard, QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from planner.commands.launch_command import FlagNote, LaunchCommand
from planner.commands.shell_quoting import QuotingFault, Shell
from planner.plan import Plan
from ui import theme
from ui.icons import icon
from ui.widgets.segmented import Segmented
from ui.words import shown, tr

SHELLS = (("posix", "bash"), ("powershell", "PowerShell"), ("cmd", "cmd"))
COPIED_MS = 2000


def command_lines(command: LaunchCommand, shell: str) -> str:
    """Text of a command for a shell, one flag a line.

    Raises
    ------
    QuotingFault
        When the shell cannot pass one of the arguments.
    """
    return command.text(Shell(shell), multiline=True)


class CommandPanel(QWidget):
    """Command tab of the plan pane.

    Signals
    -------
    shell_chosen
        arg: ``posix``, ``powershell`` or ``cmd``.
    copied
        The text is on the clipboard. arg: the text.
    """

    shell_chosen = Signal(str)
    copied = Signal(str)

    def __init__(
        self,
        variant: Callable[[Plan, str], LaunchCommand | None],
        shell: str = "posix",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._variant = variant
        self._plan: Plan | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(8)
        row = QHBoxLayout()
        row.setSpacing(6)
        self.program = Segmented(
            tr("Program"), (("llama-server", "llama-server"), ("llama-cli", "llama-cli"))
        )
        self.program.chosen.connect(lambda _key: self._show())
        self.shell = QComboBox()
        self.shell.setAccessibleName(tr("Shell"))
        for key, text in SHELLS:
            self.shell.addItem(text, key)
        self.shell.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.shell.setMinimumContentsLength(4)
        self.shell.setCurrentIndex(max(self.shell.findData(shell), 0))
        self.shell.activated.connect(self._shell_changed)
        self.copy = QPushButton(tr("Copy"))
        self.copy.setProperty("kind", "primary")
        self.copy.setAccessibleName(tr("Copy the command"))
        self.copy.setToolTip(tr("Copy the command (Ctrl+Shift+C)"))
        self.copy.setIcon(icon("copy", "accent_text"))
        self.copy.setMinimumWidth(80)
        self.copy.clicked.connect(self.copy_command)
        row.addWidget(self.program, 1)
        row.addWidget(self.shell)
        row.addWidget(self.copy)
        layout.addLayout(row)
        self.text = QPlainTextEdit()
        self.text.setObjectName("commandText")
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(tr("Command"))
        self.text.setFont(theme.code_font())
        self.text.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        layout.addWidget(self.text)
        self._none = QLabel()
        self._none.setWordWrap(True)
        self._none.setProperty("role", "second")
        layout.addWidget(self._none)
        self._flags_box = QWidget()
        self._flags = QGridLayout(self._flags_box)
        self._flags.setContentsMargins(2, 2, 2, 2)
        self._flags.setHorizontalSpacing(12)
        self._flags.setVerticalSpacing(5)
        self._flags.setColumnStretch(1, 1)
        layout.addWidget(self._flags_box)
        self._versions = QLabel()
        self._versions.setProperty("role", "hint")
        self._versions.setWordWrap(True)
        layout.addWidget(self._versions)
        layout.addStretch(1)
        self._labels: list[tuple[QLabel, QLabel]] = []
        self._notes: list[FlagNote | None] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(COPIED_MS)
        self._timer.timeout.connect(self._copy_again)

    @property
    def command(self) -> LaunchCommand | None:
        """Command shown."""
        plan = self._plan
        if plan is None or plan.command is None:
            return None
        if self.program.key == plan.command.argv[0]:
            return plan.command
        return self._variant(plan, self.program.key)

    @property
    def command_text(self) -> str:
        """Text shown, which is what Copy copies."""
        command = self.command
        if command is None:
            return ""
        try:
            return command_lines(command, self.shell.currentData())
        except QuotingFault:
            return ""

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self.text.setFont(theme.code_font())
        self._copy_again()

    def show_plan(self, plan: Plan | None) -> None:
        """Show the command of another plan."""
        self._plan = plan
        self._show()

    def _shell_changed(self) -> None:
        self._show()
        self.shell_chosen.emit(self.shell.currentData())

    def _show(self) -> None:
        command, text = self.command, self.command_text
        fits = self._plan is not None and self._plan.fits is not False
        self.copy.setEnabled(bool(text))
        self.text.setVisible(bool(text))
        self._none.setVisible(not text or not fits)
        if command is None:
            self._none.setText(tr("There is no command for this."))
        elif not text:
            self._none.setText(tr("cmd.exe cannot pass one of these arguments; choose another shell."))
        elif not fits:
            self._none.setText(tr("This command would not load: see what fits under Alternatives."))
        if text and text != self.text.toPlainText():
            self.text.setPlainText(text)
            lines = min(text.count("\n") + 1, 12)
            height = self.text.fontMetrics().lineSpacing() * lines + 24
            if height != self.text.height():
                self.text.setFixedHeight(height)
        self._show_flags(command)
        versions = command.engine_versions if command is not None else ""
        if versions != self._versions.text():
            self._versions.setText(versions)

    def _show_flags(self, command: LaunchCommand | None) -> None:
        flags = command.flags if command is not None else ()
        while len(self._labels) < len(flags):
            flag, why = QLabel(), QLabel()
            flag.setFont(theme.code_font(12))
            flag.setTextFormat(Qt.TextFormat.PlainText)
            why.setTextFormat(Qt.TextFormat.PlainText)
            why.setWordWrap(True)
            why.setProperty("role", "second")
            at = len(self._labels)
            self._flags.addWidget(flag, at, 0, Qt.AlignmentFlag.AlignTop)
            self._flags.addWidget(why, at, 1)
            self._labels.append((flag, why))
            self._notes.append(None)
        for index, (flag, why) in enumerate(self._labels):
            note = flags[index] if index < len(flags) else None
            if self._notes[index] == note and flag.isHidden() == (note is None):
                continue  # laying out wrapped text costs milliseconds
            self._notes[index] = note
            flag.setVisible(note is not None)
            why.setVisible(note is not None)
            if note is not None:
                words = f"{note.flag} {note.value or ''}".strip()
                flag.setText(words if len(words) <= 20 else f"{note.flag} …")
                flag.setToolTip(words)
                why.setText(shown(note.text))

    def copy_command(self) -> None:
        """Put the command on the clipboard and say so."""
        text = self.command_text
        if not text:
            return
        clipboard = QGuiApplication.clipboard()
        clipboard.setText(text, QClipboard.Mode.Clipboard)
        if clipboard.text() != text:
            self.copy.setText(tr("Not copied"))
            self.copy.setToolTip(tr("The clipboard is not available; select the text and copy it by hand"))
        else:
            self.copy.setText(tr("Copied"))
            self.copy.setIcon(icon("check", "accent_text"))
            self.copy.setAccessibleName(tr("Copied"))
            self.copied.emit(text)
        self._timer.start()

    def _copy_again(self) -> None:
        self.copy.setText(tr("Copy"))
        self.copy.setIcon(icon("copy", "accent_text"))
        self.copy.setAccessibleName(tr("Copy the command"))
