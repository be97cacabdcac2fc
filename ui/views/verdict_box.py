"""The sentence: whether it fits, how full the devices are, how fast it is."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from planner import text as plan_text
from planner.plan import Plan
from planner.records import Verdict
from ui.icons import icon
from ui.kept import Kept
from ui.widgets.text_block import TextBlock
from ui.words import shown

BREAK_AT_PLUS = "+\u200b"
"""Lists of devices (``CUDA0+CUDA1+…``) may be broken after each."""
TONES = {Verdict.DOES_NOT_FIT: "error", Verdict.TIGHT: "warning", Verdict.UNKNOWN: "warning"}


class VerdictBox(QFrame):
    """The sentence, the speeds, and what else there is to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("verdict")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 9, 12, 9)
        layout.setSpacing(10)
        self._icon = QLabel()
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        box = QVBoxLayout()
        box.setSpacing(3)
        self.sentence = TextBlock(hold=True, ground="selection")
        self.speeds = TextBlock("second", hold=True, ground="selection")
        self._about: tuple[str, str, str] | None = None
        self.notes = TextBlock("second", ground="selection")
        box.addWidget(self.sentence)
        box.addWidget(self.speeds)
        box.addWidget(self.notes)
        layout.addLayout(box, 1)
        self._tone = ""
        self._said = ("", "", "")
        self._kept: Kept[tuple[str, str]] = Kept()

    def show_plan(self, plan: Plan, speeds: str = "") -> None:
        """Say it about another plan."""
        sentence, notes = self._kept.get(plan, "", lambda: _said_of(plan))
        if self._said == (sentence, speeds, notes):
            return
        self._said = (sentence, speeds, notes)
        about = (plan.model_id, plan.engine, plan.placement)
        if about != self._about:
            self._about = about
            self.sentence.release()
            self.speeds.release()
        end = re.search("[:：]", sentence)
        at = end.end() if end else 0
        self.sentence.show_text(sentence, bold=at)
        self.setAccessibleName(sentence)
        self.setAccessibleDescription(speeds)
        self.speeds.show_text(speeds)
        self.notes.show_text(notes)
        tone = TONES.get(plan.verdict, "ok")
        if tone != self._tone:
            self._tone = tone
            self.setProperty("tone", tone)
            for text in (self.sentence, self.speeds, self.notes):
                text.stand_on("selection" if tone == "ok" else "alternate")
            self.style().unpolish(self)
            self.style().polish(self)
            self.apply_theme()

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self._kept.clear()
        name, role = {"error": ("close", "error"), "warning": ("warning", "warning")}.get(
            self._tone, ("check", "accent")
        )
        self._icon.setPixmap(icon(name, role).pixmap(16, 16))


def sentence_like(text: str) -> str:
    """A note with a capital in front, unless it begins with a name or a flag."""
    return text[:1].upper() + text[1:] if re.match("[a-z]+[ ,:]", text) else text


def _said_of(plan: Plan) -> tuple[str, str]:
    """The sentence and the other reasons."""
    said = plan_text.verdict_sentence(plan)
    notes = "\n".join(sentence_like(shown(r)) for r in plan.reasons if str(r) not in str(said))
    return shown(said), notes.replace("+", BREAK_AT_PLUS)
