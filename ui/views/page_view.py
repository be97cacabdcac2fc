"""The pages of a report as they will be printed: side by side where they fit, always light."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QScrollArea, QWidget

from ui import theme
from ui.report_layout import MM, UNITS_PER_PIXEL
from ui.report_pages import ReportPages
from ui.words import tr

GAP = 20
SPOKEN = 2000
"""Longest text of a page given to screen readers. [characters]"""
KEPT = 16
"""Pages kept as pictures."""
ZOOMS: tuple[tuple[str, float], ...] = (
    ("page", 0.0),
    ("width", -1.0),
    ("75", 0.75),
    ("100", 1.0),
    ("150", 1.5),
    ("200", 2.0),
)


class _Sheets(QWidget):
    """The sheets themselves, inside the scroll area."""

    def __init__(self, owner: PageView) -> None:
        super().__init__()
        self._owner = owner
        self._pictures: OrderedDict[tuple[int, int], QPixmap] = OrderedDict()
        self.setAccessibleName(tr("Report pages"))

    def forget(self) -> None:
        """Drop the pictures of other pages."""
        self._pictures.clear()

    def hideEvent(self, event: object) -> None:
        """Keep no pages that nobody sees."""
        self.forget()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the sheets that are to be seen."""
        report = self._owner.report
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme.current().color("line"))
        if report is None:
            return
        for index in range(len(report.pages)):
            place = self._owner.place_of(index)
            if not place.toAlignedRect().intersects(event.rect()):
                continue
            painter.fillRect(place.adjusted(-1, -1, 1, 1), theme.current().color("control_border"))
            painter.drawPixmap(place.topLeft(), self._picture(report, index, place))

    def _picture(self, report: ReportPages, index: int, place: QRectF) -> QPixmap:
        ratio = self.devicePixelRatioF()
        size = QSize(round(place.width() * ratio), round(place.height() * ratio))
        key = (index, size.width())
        found = self._pictures.get(key)
        if found is None:
            found = QPixmap(size)
            found.fill(QColor(theme.WHITE))
            painter = QPainter(found)
            painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
            scale = size.width() / (report.paper.width * MM)
            painter.scale(scale, scale)
            report.paint(painter, index)
            painter.end()
            found.setDevicePixelRatio(ratio)
            self._pictures[key] = found
            while len(self._pictures) > KEPT:
                self._pictures.popitem(last=False)
        self._pictures.move_to_end(key)
        return found


class PageView(QScrollArea):
    """Scrolls over the pages of a report.

    Signals
    -------
    seen_changed
        Other pages are to be seen. args: first and last of them, counted from one, and how many there are.
    """

    seen_changed = Signal(int, int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.report: ReportPages | None = None
        self._zoom = "page"
        self._scale = 1.0
        self._columns = 1
        self._sheets = _Sheets(self)
        self.setWidget(self._sheets)
        self.setObjectName("pageView")
        self.setAccessibleName(tr("Pages of the report"))
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.verticalScrollBar().valueChanged.connect(lambda _v: self._tell_seen())
        self._seen = (0, 0, 0)

    @property
    def zoom(self) -> str:
        """How large the pages are: a key of :data:`ZOOMS`."""
        return self._zoom

    def show_report(self, report: ReportPages | None) -> None:
        """Show other pages, at the same place where there are as many."""
        before = self.report
        self.report = report
        self._sheets.forget()
        if report is not None:
            self._sheets.setAccessibleDescription(report.text(0)[:SPOKEN])
        self._arrange()
        if report is None or before is None or len(before.pages) != len(report.pages):
            self.verticalScrollBar().setValue(0)
        self._sheets.update()
        self._tell_seen()

    def set_zoom(self, zoom: str) -> None:
        """Show the pages larger or smaller."""
        self._zoom = zoom
        self._arrange()
        self._sheets.update()
        self._tell_seen()

    def place_of(self, index: int) -> QRectF:
        """Where a sheet lies."""
        assert self.report is not None
        size = self._sheet_size()
        row, column = divmod(index, self._columns)
        width = self._columns * (size.width() + GAP) + GAP
        left = max((self._sheets.width() - width) / 2, 0) + GAP
        return QRectF(
            QPointF(left + column * (size.width() + GAP), GAP + row * (size.height() + GAP)), size.toSizeF()
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the pages fitted."""
        super().resizeEvent(event)
        self._arrange()
        self._tell_seen()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._sheets.update()

    def _natural(self) -> tuple[float, float]:
        assert self.report is not None
        paper = self.report.paper
        return paper.width * MM / UNITS_PER_PIXEL, paper.height * MM / UNITS_PER_PIXEL

    def _sheet_size(self) -> QSize:
        width, height = self._natural()
        return QSize(round(width * self._scale), round(height * self._scale))

    def _arrange(self) -> None:
        if self.report is None:
            self._sheets.resize(0, 0)
            return
        width, height = self._natural()
        room = self.viewport().size()
        fixed = dict(ZOOMS)[self._zoom]
        if self._zoom == "page":
            self._scale = max((room.height() - 2 * GAP) / height, 0.2)
            self._scale = min(self._scale, max((room.width() - 2 * GAP) / width, 0.2))
        elif self._zoom == "width":
            self._scale = max((room.width() - 2 * GAP) / width, 0.2)
        else:
            self._scale = fixed
        size = self._sheet_size()
        count = len(self.report.pages)
        self._columns = max(min((room.width() - GAP) // (size.width() + GAP), count), 1)
        rows = -(-count // self._columns)
        self._sheets.resize(
            max(self._columns * (size.width() + GAP) + GAP, room.width()),
            max(rows * (size.height() + GAP) + GAP, room.height()),
        )

    def _tell_seen(self) -> None:
        if self.report is None:
            return
        top = self.verticalScrollBar().value()
        bottom = top + self.viewport().height()
        seen = [
            i + 1
            for i in range(len(self.report.pages))
            if (place := self.place_of(i)).center().y() > top and place.center().y() < bottom
        ]
        if not seen:
            nearest = min(
                range(len(self.report.pages)),
                key=lambda i: abs(self.place_of(i).center().y() - (top + bottom) / 2),
            )
            seen = [nearest + 1]
        if (seen[0], seen[-1], len(self.report.pages)) != self._seen:
            self._seen = (seen[0], seen[-1], len(self.report.pages))
            self.seen_changed.emit(*self._seen)
