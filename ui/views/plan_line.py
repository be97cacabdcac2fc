"""One plan in one line: what it is, where it lies, its memory and its speed; a click chooses it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QWidget

from planner import text as plan_text
from planner import units
from planner.plan import Plan
from planner.records import Verdict
from planner.view_data import FitClass
from ui.words import shown, tr

CLASSES = {
    "gpu": FitClass.GPU,
    "experts_in_ram": FitClass.EXPERTS_IN_RAM,
    "partial": FitClass.PARTIAL,
    "cpu": FitClass.CPU,
    "none": FitClass.NONE,
}


def fit_class(plan: Plan) -> FitClass:
    """Class of placement of a plan, as the list shows it."""
    found = CLASSES[plan.placement]
    return FitClass.TIGHT if found is FitClass.GPU and plan.verdict is Verdict.TIGHT else found


class PlanLine(QPushButton):
    """One plan; the name takes what room it needs, the placement the rest."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plan: Plan | None = None
        self._name = ""
        self.setMinimumHeight(34)
        self.setProperty("kind", "plain")

    def show_plan(self, plan: Plan, name: str) -> None:
        """Show another plan under a name."""
        if plan is self._plan and name == self._name:
            return
        self._plan, self._name = plan, name
        words = shown(plan_text.PLACEMENT_WORDS[plan.placement])
        speed = plan.throughput.decode_tps if plan.throughput else None
        fast = tr("{n} tok/s").format(n=units.rate(speed.p50)) if speed else tr("no speed")
        self.setAccessibleName(f"{name}: {words}, {units.gib(_taken(plan))}, {fast}")
        self.setToolTip(self.accessibleName())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Letter, name, placement, memory and speed in columns."""
        super().paintEvent(event)
        plan = self._plan
        if plan is None:
            return
        from ui.views.row_painter import shared_painter

        p = QPainter(self)
        painter = shared_painter()
        h = self.height()
        painter.badge(p, QRectF(8, h / 2 - 8.5, 17, 17), int(fit_class(plan)))
        left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        p.setFont(painter.font["strong"])
        fm = p.fontMetrics()
        speed = plan.throughput.decode_tps if plan.throughput else None
        fast = tr("{n} tok/s").format(n=units.rate(speed.p50)) if speed else "–"
        fast_width = fm.horizontalAdvance("888 tok/s") + 10
        size = units.gib(_taken(plan))
        size_width = fm.horizontalAdvance("888.8 GiB") + 6
        p.setPen(painter.text)
        p.drawText(QRectF(self.width() - fast_width, 0, fast_width - 8, h), right, fast)
        room = max(self.width() - fast_width - size_width - 40, 40)
        name = fm.elidedText(self._name, Qt.TextElideMode.ElideMiddle, room)  # the quantization stays
        p.drawText(QRectF(34, 0, room, h), left, name)
        used = max(fm.horizontalAdvance(name) + 12, 96)
        p.setFont(painter.font["row"])
        p.setPen(painter.second)
        p.drawText(QRectF(self.width() - fast_width - size_width, 0, size_width, h), right, size)
        words = shown(plan_text.PLACEMENT_WORDS[plan.placement])
        left_over = room - used
        if left_over > 40:
            shown_words = p.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, left_over)
            p.drawText(QRectF(34 + used, 0, left_over, h), left, shown_words)


def _taken(plan: Plan) -> int:
    """Memory of the plan: of the GPUs where it lies on them, else of all devices. [bytes]"""
    from planner.device_totals import total_bytes

    gpus = [d for d in plan.devices if d.kind == "gpu"]
    return total_bytes(gpus if plan.placement == "gpu" and gpus else plan.devices)
