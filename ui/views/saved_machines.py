"""Saved what-if machines: plan for one, rename it, delete it; renaming and deleting can be undone."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QUndoCommand
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QToolButton, QWidget

from planner.hardware.machine_file import delete_machine, rename_machine, save_machine, saved_machines
from planner.machine import Machine
from planner.units import ValueFault
from ui.icons import icon
from ui.session import PlannerSession
from ui.widgets.popover import Popover
from ui.widgets.value_field import ValueField
from ui.words import shown, tr


class FileCommand(QUndoCommand):
    """A change of the saved machines that can be taken back.

    The first ``redo`` is skipped: what it would do is done before, so that a fault can be shown where it was asked for.
    """

    def __init__(self, what: str, redo: Callable[[], object], undo: Callable[[], object]) -> None:
        super().__init__(what)
        self._redo, self._undo = redo, undo
        self._done = True

    def redo(self) -> None:
        """Do it again."""
        if not self._done:
            self._redo()
        self._done = False

    def undo(self) -> None:
        """Take it back."""
        self._undo()


class SavedMachines(Popover):
    """One line per saved machine."""

    def __init__(self, anchor: QWidget, session: PlannerSession) -> None:
        super().__init__(tr("Saved machines"), anchor, 560)
        self._session = session
        self.fields: dict[str, ValueField] = {}
        self.deletes: dict[str, QToolButton] = {}
        self._list: QWidget | None = None
        self.fault = QLabel()
        self.fault.setTextFormat(Qt.TextFormat.PlainText)
        self.fault.setProperty("role", "error")
        self.fault.setWordWrap(True)
        self.fault.hide()
        self.body.addWidget(self.fault)
        self.hint = QLabel(tr("Type another name to rename; Ctrl+Z takes back renaming and deleting."))
        self.hint.setProperty("role", "second")
        self.hint.setWordWrap(True)
        self.body.addWidget(self.hint)
        self.fill()

    def fill(self) -> None:
        """List what is saved now."""
        if self._list is not None:
            self._list.hide()
            self.body.removeWidget(self._list)
            self._list.deleteLater()
        self.fields, self.deletes = {}, {}
        self._list = QWidget()
        grid = QGridLayout(self._list)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 4)
        machines, notes = saved_machines()
        for line, (name, machine) in enumerate(machines.items()):
            self._add(grid, line, name, machine)
        for note in notes:
            label = QLabel(note)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setProperty("role", "error")
            label.setWordWrap(True)
            grid.addWidget(label, grid.rowCount(), 0, 1, 4)
        if not machines and not notes:
            grid.addWidget(QLabel(tr("None is saved.")), 0, 0)
        self.body.insertWidget(0, self._list)

    def _add(self, grid: QGridLayout, line: int, name: str, machine: Machine) -> None:
        from planner.hardware.what_if import describe

        field = ValueField(tr("Name of {name}").format(name=name), str.strip, str)
        field.show_value(name)
        field.entered.connect(lambda new, n=name: self.rename(n, str(new)))
        self.fields[name] = field
        what = QLabel(shown(describe(machine)))
        what.setTextFormat(Qt.TextFormat.PlainText)
        what.setProperty("role", "second")
        what.setWordWrap(True)
        use = QPushButton(tr("Plan for it"))
        use.setAccessibleName(tr("Plan for {name}").format(name=name))
        use.clicked.connect(lambda: self._session.use_machine(machine))
        use.clicked.connect(self.dismiss)
        delete = QToolButton()
        delete.setProperty("kind", "plain")
        delete.setIcon(icon("close"))
        delete.setToolTip(tr("Delete"))
        delete.setAccessibleName(tr("Delete {name}").format(name=name))
        delete.clicked.connect(lambda: self.delete(name, machine))
        self.deletes[name] = delete
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(field, line, 0, top)
        grid.addWidget(what, line, 1)
        grid.addWidget(use, line, 2, top)
        grid.addWidget(delete, line, 3, top)

    def rename(self, name: str, new_name: str) -> None:
        """Give one another name, or say beside it why not."""
        try:
            rename_machine(name, new_name)
        except ValueFault as fault:
            self.fields[name].set_fault(shown(str(fault)))
            return
        self._push(
            tr("rename {name}").format(name=name),
            lambda: rename_machine(name, new_name),
            lambda: rename_machine(new_name, name),
        )
        self.fill()

    def delete(self, name: str, machine: Machine) -> None:
        """Delete one."""
        try:
            delete_machine(name)
        except ValueFault as fault:
            self.fault.setText(shown(str(fault)))
            self.fault.show()
            return
        self._push(
            tr("delete {name}").format(name=name),
            lambda: delete_machine(name),
            lambda: save_machine(name, machine),
        )
        self._session.told.emit(tr("Deleted {name}; Ctrl+Z brings it back").format(name=name), False)
        self.fill()

    def _push(self, what: str, redo: Callable[[], object], undo: Callable[[], object]) -> None:
        steps = self._session.undo_stack  # outlives the session when the window is renewed

        def safely(work: Callable[[], object]) -> Callable[[], None]:
            def run() -> None:
                try:
                    work()
                except ValueFault as fault:
                    steps.told.emit(shown(str(fault)), True)

            return run

        steps.push(FileCommand(what, safely(redo), safely(undo)))
