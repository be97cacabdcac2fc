"""Why: every number of a plan with its formula, what went in, and the sources."""

from __future__ import annotations

import math
import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from planner import units
from planner.plan import Plan, Term
from planner.words import figure
from ui import theme
from ui.words import shown, tr

DATE = re.compile(r"\b20\d\d-\d\d-\d\d\b")
SPEEDS = ("decode", "prefill", "first_token")
"""Terms that belong to no device."""


def vllm_titles() -> dict[str, str]:
    """Names of the terms of vLLM's plans."""
    return {
        "gpu_memory_requested": tr("Memory vLLM takes"),
        "weights": tr("Weights per GPU"),
        "activation_peak": tr("Activations"),
        "non_torch": tr("Outside PyTorch"),
        "cuda_graphs": tr("CUDA graphs"),
        "kv_cache_available": tr("Left for the KV cache"),
        "kv_blocks": tr("Blocks of cache"),
        "max_concurrency": tr("Requests at once"),
        "kv_tokens": tr("Tokens of cache"),
    }


def outside_title(name: str) -> str:
    """Name of a part that lies outside the engine's buffers."""
    titles = {
        "projector weights": tr("Projector weights"),
        "projector working memory": tr("Projector working memory"),
        "prediction blocks: weights": tr("Prediction blocks: weights"),
        "prediction blocks: KV cache": tr("Prediction blocks: KV cache"),
        "prediction blocks: compute buffer": tr("Prediction blocks: compute buffer"),
        "prompt cache": tr("Prompt cache"),
        "context checkpoints": tr("Context checkpoints"),
    }
    backend, found, _ = name.partition(" context, workspaces and pool")
    if found:
        return tr("{backend} context, workspaces and pool").format(backend=backend.upper())
    draft = name.removeprefix("draft model ")
    if draft != name:
        return tr("Draft model {name}").format(name=draft)
    return titles.get(name, name[:1].upper() + name[1:])


def term_title(term: Term) -> str:
    """What a term is, with its device."""
    from planner.explain import CARDS

    device, _, kind = term.name.partition(".")
    card = CARDS.get(term.name) or CARDS.get(kind)
    named = {
        "decode.seconds": tr("Time per token"),
        "decode.pages_from_disk": tr("Time per token, weights read from disk"),
        "decode.spills_over_pcie": tr("Time per token, what spilled read over PCIe"),
        **vllm_titles(),
    }
    if card is not None:
        title = shown(card.title)
    elif kind.startswith("outside."):
        title = outside_title(kind.removeprefix("outside.").replace("_", " "))
    else:
        title = named.get(term.name, term.name)
    return f"{title}, {device}" if device not in SPEEDS and kind else title


def term_value(term: Term) -> str:
    """Value of a term with its unit."""
    if not math.isfinite(term.value):
        return tr("unknown")
    if term.unit == "bytes":
        return units.mib(term.value)
    if term.unit == "s":
        return figure(f"{term.value * 1000:,.3g} ms") if term.value < 1 else units.seconds(term.value)
    return figure(f"{term.value:,.4g} {term.unit}")


def input_text(value: float | int | str) -> str:
    """A value that went into a formula."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and not math.isfinite(value):
        return tr("unknown")
    return figure(f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:,.4g}")


def wrapped(text: str, fm: QFontMetrics, width: int) -> str:
    """A text broken into lines of a width at its spaces."""
    lines, line = [], ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if line and fm.horizontalAdvance(longer) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return "\n".join([*lines, line])


class WhyPanel(QTreeWidget):
    """Terms of a plan; each opens to formula, inputs and sources."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("why")
        self.setAccessibleName(tr("Why: every number with its formula and source"))
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(True)
        self.setIndentation(16)
        self.setUniformRowHeights(False)
        self.setWordWrap(True)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setVerticalScrollMode(QTreeWidget.ScrollMode.ScrollPerPixel)
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self._open: set[str] = set()
        self.itemExpanded.connect(lambda item: self._open.add(item.data(0, Qt.ItemDataRole.UserRole)))
        self.itemCollapsed.connect(lambda item: self._open.discard(item.data(0, Qt.ItemDataRole.UserRole)))
        self._plan: Plan | None = None
        self._stale = False
        self._filling = False

    def show_plan(self, plan: Plan | None) -> None:
        """Show the terms of another plan, now or when the tab is looked at."""
        self._plan = plan
        self._stale = True
        if self.isVisible():
            self._fill()

    def showEvent(self, event: object) -> None:
        """Fill in what changed while it was hidden."""
        if self._stale:
            self._fill()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines anew."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width() and self.isVisible():
            self._fill()

    def _fill(self) -> None:
        """Show the terms; where that brings a scroll bar, which narrows the lines, break them once more."""
        if self._filling:
            return  # the items that are being filled would be deleted
        self._filling = True
        try:
            for _ in range(2):
                width = self.viewport().width()
                self._fill_lines()
                if self.viewport().width() == width:
                    break
        finally:
            self._filling = False

    def _fill_lines(self) -> None:
        self._stale = False
        terms = () if self._plan is None else self._plan.terms
        names = [t.name for t in terms]
        shown = [
            self.topLevelItem(i).data(0, Qt.ItemDataRole.UserRole) for i in range(self.topLevelItemCount())
        ]
        if names == shown:
            for index, term in enumerate(terms):
                self._set(self.topLevelItem(index), term)
            return
        self.blockSignals(True)
        self.clear()
        for term in terms:
            item = QTreeWidgetItem()
            item.setData(0, Qt.ItemDataRole.UserRole, term.name)
            self.addTopLevelItem(item)
            self._set(item, term)
            item.setExpanded(term.name in self._open)
        self.blockSignals(False)

    def _set(self, item: QTreeWidgetItem, term: Term) -> None:
        item.setText(1, term_value(term))
        strong = theme.ui_font(12.5, True)
        room = self.viewport().width() - QFontMetrics(strong).horizontalAdvance(term_value(term)) - 40
        item.setText(0, wrapped(term_title(term), self.fontMetrics(), room))
        item.setTextAlignment(0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        item.setFont(1, strong)
        item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        item.setToolTip(0, shown(term.expression))
        lines = [(tr("Formula"), shown(term.expression))]
        if term.inputs:
            given = " · ".join(f"{k} {input_text(v)}" for k, v in term.inputs.items())
            lines.append((tr("Inputs"), given))
        lines += [(tr("Source"), shown(source)) for source in term.sources]
        dates = sorted({d for source in term.sources for d in DATE.findall(source)})
        if dates:
            lines.append((tr("Date"), ", ".join(dates)))
        while item.childCount() > len(lines):
            item.removeChild(item.child(item.childCount() - 1))
        while item.childCount() < len(lines):
            child = QTreeWidgetItem(item)
            child.setFirstColumnSpanned(True)
        for index, (label, text) in enumerate(lines):
            child = item.child(index)
            child.setText(0, wrapped(f"{label}: {text}", self.fontMetrics(), self.viewport().width() - 48))
            child.setForeground(0, theme.current().color("text_second"))
            child.setToolTip(0, text)
