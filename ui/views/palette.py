"""All actions in one searchable list."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ui import theme
from ui.widgets.popover import Popover
from ui.words import tr

KEYS = Qt.ItemDataRole.UserRole + 1
"""Where an item keeps the keys of its action."""


class KeysDelegate(QStyledItemDelegate):
    """An action with its keys at the right."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw the title, and the keys over it."""
        super().paint(painter, option, index)
        painter.setPen(theme.current().color("text_third"))
        painter.setFont(theme.ui_font(12))
        where = option.rect.adjusted(0, 0, -8, 0)  # type: ignore[attr-defined]
        side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(where, side, str(index.data(KEYS) or ""))


class Palette(Popover):
    """Type a part of an action's name, Enter runs it."""

    def __init__(self, anchor: QWidget, rows: list[tuple[str, QAction]]) -> None:
        super().__init__(tr("Commands"), anchor, 460)
        self._rows = rows
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("What do you want to do?"))
        self.search.setAccessibleName(tr("Search commands"))
        self.search.textChanged.connect(self._filter)
        self.search.installEventFilter(self)
        self.list = QListWidget()
        self.list.setObjectName("palette")
        self.list.setItemDelegate(KeysDelegate(self.list))
        self.list.setAccessibleName(tr("Commands"))
        self.list.setMinimumHeight(300)
        self.list.itemActivated.connect(lambda _item: self.run())
        self.list.itemClicked.connect(lambda _item: self.run())
        self.body.addWidget(self.search)
        self.body.addWidget(self.list)
        self._filter("")

    def open(self) -> None:
        """Show it with the cursor in the field."""
        super().open()
        self.search.setFocus(Qt.FocusReason.PopupFocusReason)

    def _filter(self, text: str) -> None:
        words = text.casefold().split()
        self.list.clear()
        for title, action in self._rows:
            if not action.isEnabled() or action.objectName() == "palette":
                continue
            if all(w in title.casefold() for w in words):
                keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
                item = QListWidgetItem(title)
                item.setData(KEYS, keys)
                item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{title} {keys}".strip())
                item.setData(Qt.ItemDataRole.UserRole, action)
                self.list.addItem(item)
        if self.list.count():
            self.list.setCurrentRow(0)

    def run(self) -> None:
        """Run the action that is marked."""
        item = self.list.currentItem()
        if item is None:
            return
        action = item.data(Qt.ItemDataRole.UserRole)
        self.dismiss()
        action.trigger()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows and Enter work from the field."""
        if watched is self.search and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                step = 1 if event.key() == Qt.Key.Key_Down else -1
                row = min(max(self.list.currentRow() + step, 0), self.list.count() - 1)
                self.list.setCurrentRow(row)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.run()
                return True
        return super().eventFilter(watched, event)
