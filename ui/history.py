"""What can be undone: changes of the question, the filters, the machine and the selection, newest last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import ref

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

MOST_UNDOS = 200
Put = Callable[[Any, Any], None]
"""Method of a session that puts a value, unbound."""


class _Owner:
    """The session whose history it is; another one when the window is renewed.

    Held weakly: Qt may drop a command without its Python half, which must not keep the session of a closed window.
    """

    __slots__ = ("session",)

    def __init__(self, session: QObject) -> None:
        self.session = ref(session)


class Change(QUndoCommand):
    """A value before and after."""

    def __init__(self, owner: _Owner, what: str, before: object, after: object, put: Put) -> None:
        super().__init__(what)
        self.what = what
        self._owner, self._before, self._after, self._put = owner, before, after, put

    def undo(self) -> None:
        """Put the value of before."""
        self._apply(self._before)

    def redo(self) -> None:
        """Put the value of after, at first as well."""
        self._apply(self._after)

    def go_on(self, after: object) -> None:
        """The same control moved on: one step with what it did before."""
        self._after = after
        self._apply(after)

    def _apply(self, value: object) -> None:
        session = self._owner.session()
        if session is not None:
            self._put(session, value)


class History(QUndoStack):
    """The changes of one session, of which the last ones can be undone.

    Signals
    -------
    told
        A step could not be undone or done again. args: why, True for a fault.
    """

    told = Signal(str, bool)

    def __init__(self, session: QObject) -> None:
        super().__init__(session)
        self.setUndoLimit(MOST_UNDOS)
        self._owner = _Owner(session)

    def change(self, what: str, before: object, after: object, put: Put) -> None:
        """Make a change; moves of one control in a row count as one.

        Qt's own merging is not used: it drops the second command while Python still holds it, for good.

        Parameters
        ----------
        what : str
            What changes; tells one control from another.
        before, after : object
        put : callable
            Method of the session, unbound: the changes outlive it when the window is renewed.
        """
        at = self.index()
        last = self.command(at - 1) if 0 < at == self.count() else None
        if isinstance(last, Change) and last.what == what:
            last.go_on(after)
        else:
            self.push(Change(self._owner, what, before, after, put))

    def go_over(self, session: QObject) -> None:
        """Belong to the session of the window that takes the place of this one's."""
        self.setParent(session)
        self._owner.session = ref(session)
