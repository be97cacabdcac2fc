"""A card that belongs to a control: not modal, closed by Escape, by a click elsewhere, or by its own button."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from ui.icons import icon
from ui.words import tr


class Popover(QFrame):
    """A card under a control of the window.

    Signals
    -------
    closed
        It went away.
    """

    closed = Signal()

    def __init__(self, title: str, anchor: QWidget, width: int = 460) -> None:
        super().__init__(anchor.window())
        self._anchor = anchor
        self.setObjectName("popover")
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._width = width
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 12, 16, 14)
        outer.setSpacing(10)
        head = QHBoxLayout()
        self.title = QLabel(title)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setProperty("role", "title")
        self.title.setWordWrap(True)
        head.addWidget(self.title, 1)
        close = QToolButton()
        close.setProperty("kind", "plain")
        close.setIcon(icon("close"))
        close.setToolTip(tr("Close"))
        close.setAccessibleName(tr("Close"))
        close.clicked.connect(self.dismiss)
        head.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        outer.addLayout(head)
        self.body = QVBoxLayout()
        self.body.setSpacing(8)
        outer.addLayout(self.body)

    def open(self) -> None:
        """Show it under its control, inside the window; another card makes room for it."""
        window = self.parentWidget()
        for other in window.findChildren(Popover) if window is not None else ():
            if other is not self:
                other.dismiss()
        self.place()
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    def place(self) -> None:
        """Lay it out under its control."""
        window = self.window() if not self.isWindow() else self.parentWidget()
        room = window.rect() if window is not None else QRect()
        width = min(self._width, room.width() - 24)
        self.setFixedWidth(width)
        layout = self.layout()
        layout.activate()
        if layout.hasHeightForWidth():  # the other hints are for a narrower card, whose texts wrap more
            height = layout.totalHeightForWidth(width)
        else:
            height = max(layout.totalSizeHint().height(), layout.totalMinimumSize().height())
        size = QSize(width, min(height, room.height() - 16))
        anchored = isValid(self._anchor)  # the machine may have fewer chips by now
        at = self._anchor.mapTo(window, QPoint(0, self._anchor.height() + 4)) if anchored else self.pos()
        x = max(min(at.x(), room.width() - size.width() - 12), 12)
        y = max(min(at.y(), room.height() - size.height() - 8), 8)
        self.setGeometry(QRect(QPoint(x, y), size))

    def dismiss(self) -> None:
        """Close it and give the focus back."""
        if not self.isVisible():
            return
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        self.hide()
        if isValid(self._anchor):
            self._anchor.setFocus(Qt.FocusReason.PopupFocusReason)
        self.closed.emit()
        self.deleteLater()

    def event(self, event: QEvent) -> bool:
        """Grow and shrink with what it holds."""
        if event.type() == QEvent.Type.LayoutRequest and self.isVisible():
            done = super().event(event)
            self.place()
            return done
        return super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Close on a click elsewhere in the window, and on Escape wherever in it the focus is."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            ours = isinstance(watched, QWidget) and watched.window() is self.window()
            if ours and event.key() == Qt.Key.Key_Escape and not self.isAncestorOf(watched):
                self.dismiss()
                return True
        if event.type() == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            inside = self.rect().contains(self.mapFromGlobal(event.globalPosition().toPoint()))
            ours = isinstance(watched, QWidget) and watched.window() is self.window()
            if not inside and ours and QApplication.activePopupWidget() is None:
                self.dismiss()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
            return
        super().keyPressEvent(event)
