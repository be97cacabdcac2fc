"""The tray at the foot: plans pinned for comparison."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from planner import units
from ui.icons import icon
from ui.pins import MAX_PINS, Pin
from ui.session import PlannerSession
from ui.words import shown, tr


class Tray(QFrame):
    """Pinned plans as chips.

    Signals
    -------
    compare_asked
        Show or hide the comparison.
    export_asked
        Make a report.
    """

    compare_asked = Signal()
    export_asked = Signal()

    def __init__(self, session: PlannerSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tray")
        self.setAccessibleName(tr("Compare"))
        self._session = session
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 12, 6)
        layout.setSpacing(8)
        self._title = title = QLabel(tr("Compare"))
        title.setProperty("role", "strong")
        layout.addWidget(title)
        self._chips = QHBoxLayout()
        self._chips.setSpacing(8)
        layout.addLayout(self._chips)
        self._hint = QLabel()
        self._hint.setProperty("role", "second")
        layout.addWidget(self._hint)
        layout.addStretch(1)
        self.compare = QPushButton(tr("Compare"))
        self.compare.setIcon(icon("compare"))
        self.compare.setToolTip(tr("Show the pinned plans side by side (Ctrl+K)"))
        self.compare.clicked.connect(self.compare_asked)
        layout.addWidget(self.compare)
        self.export = QPushButton(tr("Report…"))
        self.export.setIcon(icon("export"))
        self.export.setToolTip(tr("Preview, save or print a report (Ctrl+E)"))
        self.export.clicked.connect(self.export_asked)
        layout.addWidget(self.export)
        session.pins_changed.connect(self.show_pins)
        self.show_pins([])

    @property
    def chips(self) -> list[QPushButton]:
        """Chips shown."""
        found = [self._chips.itemAt(i).widget() for i in range(self._chips.count())]
        return [w for w in found if isinstance(w, QPushButton)]

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self.compare.setIcon(icon("compare"))
        self.export.setIcon(icon("export"))
        self.show_pins(self._session.pins)

    def show_pins(self, pins: list[Pin]) -> None:
        """Show other pins."""
        while self._chips.count():
            item = self._chips.takeAt(0)
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for index, pin in enumerate(pins):
            context = units.tokens(pin.plan.n_ctx) if pin.plan.n_ctx else ""
            rest = " ".join(("", *(part for part in (pin.plan.quant, context) if part)))
            text = pin.plan.model_name + rest
            chip = QPushButton(text)
            chip.setProperty("full", text)
            chip.setProperty("rest", rest)
            chip.setObjectName("filterChip")
            chip.setIcon(icon("close"))
            chip.setToolTip(tr("{text} on {machine}: remove").format(text=text, machine=shown(pin.machine)))
            chip.setAccessibleName(tr("Remove {name} from the comparison").format(name=text))
            chip.clicked.connect(partial(self._session.unpin, index))
            self._chips.addWidget(chip)
            if self.isVisible():
                chip.show()
        left = MAX_PINS - len(pins)
        if not pins:
            self._hint.setText(tr("Pin up to four plans with Space to compare them"))
        elif left:
            self._hint.setText(tr("{n} more can be pinned").format(n=left))
        else:
            self._hint.setText("")
        self.compare.setEnabled(len(pins) >= 2)
        self.compare.setText(tr("Compare {n}").format(n=len(pins)) if len(pins) >= 2 else tr("Compare"))
        self._fit()

    def resizeEvent(self, event: object) -> None:
        """Give the chips what room there is."""
        self._fit()

    def _fit(self) -> None:
        """Shorten the names of the widest chips until all stand beside each other."""
        chips = self.chips
        if not chips:
            return
        fixed = sum(w.sizeHint().width() for w in (self._title, self._hint, self.compare, self.export))
        room = self.width() - fixed - 24 - 8 * (len(chips) + 4)
        widths = []
        for chip in chips:
            chip.setText(str(chip.property("full")))
            widths.append(chip.sizeHint().width())
        for number, index in enumerate(sorted(range(len(chips)), key=widths.__getitem__)):
            share = max(room // (len(chips) - number), 60)
            room -= min(widths[index], share)
            if widths[index] > share:
                chip, rest = chips[index], str(chips[index].property("rest"))
                text, fm = str(chip.property("full")), chip.fontMetrics()
                around = widths[index] - fm.horizontalAdvance(text)
                least = share - around - fm.horizontalAdvance(rest)
                name = fm.elidedText(text.removesuffix(rest), Qt.TextElideMode.ElideRight, max(least, 24))
                chip.setText(name + rest)
