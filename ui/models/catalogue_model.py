"""The list as Qt sees it: rows over the arrays of a view, models expandable to their quantizations."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from enum import IntEnum
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from planner import units
from planner.fit_class import FitClass
from ui.words import number, shown, tr

if TYPE_CHECKING:
    from planner.catalogue_view import CatalogueView
    from planner.list_filter import ListOrder
KEPT_LISTS = 16
"""Lists of lines kept for when a slider or a search comes back to them."""

Index = QModelIndex | QPersistentModelIndex


class Kind(IntEnum):
    """What a line of the list is."""

    MODEL = 0
    QUANT = 1
    SECTION = 2


class Column(NamedTuple):
    """One column of the list."""

    key: str
    title: str
    tip: str
    width: int
    """Width at the design's text size; 0 = takes the rest. [px]"""
    sort: str
    right: bool = False
    drop: int = 0
    """Order in which columns are left out when there is no room; 0 = never."""


def columns() -> tuple[Column, ...]:
    """Columns of the list, in order."""
    return (
        Column(
            "name", tr("Model and quantization"), tr("★ marks the recommended quantization"), 0, "recommended"
        ),
        Column(
            "placement",
            tr("Placement, GiB"),
            tr("GPU above RAM, each on its own full scale"),
            158,
            "placement",
        ),
        Column("decode", tr("tok/s"), tr("Decode speed: median and 80 % range"), 142, "decode"),
        Column(
            "first_token", tr("First token"), tr("Median time to the first token"), 60, "first_token", True, 4
        ),
        Column(
            "loss",
            tr("Loss, KL"),
            tr("Mean KL divergence of the quantization, nats, on Llama 3 8B"),
            74,
            "loss",
            True,
            3,
        ),
        Column("file", tr("File, GB"), tr("Size of the download, decimal gigabytes"), 58, "file", True, 5),
        Column(
            "licence",
            tr("Licence"),
            tr("EU marks terms of its own for users in the European Union"),
            90,
            "licence",
            False,
            2,
        ),
        Column(
            "provenance",
            "●",
            tr("● published weights · ◐ reported only · ○ imported by you"),
            28,
            "provenance",
            False,
            1,
        ),
        Column(
            "second",
            tr("Compared"),
            tr("The same quantization on the machine compared with: how it fits, tok/s"),
            100,
            "",
        ),
    )


class Entry(NamedTuple):
    """One line of the list."""

    kind: Kind
    row: int
    """Model, -1 for a section."""
    quant: int
    """Quantization drawn; -1 for a section."""


_entry: Callable[[tuple[Kind, int, int]], Entry] = partial(tuple.__new__, Entry)
"""Makes a line from its parts without a call of Python's own: the whole list is made anew with every event."""


class CatalogueModel(QAbstractTableModel):
    """Lines of the list over a view and an order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = columns()
        self._view: CatalogueView | None = None
        self._order: ListOrder | None = None
        self._entries: list[Entry] = []
        self._built: OrderedDict[tuple[int, int], tuple[ListOrder, list[Entry]]] = OrderedDict()
        self._open: set[int] = set()
        self.n_toggled = 0
        """How often a model was opened or closed."""
        self._n_ctx_text = ""
        self.axis_max = 100.0
        """Right end of the speed axis. [tokens/s]"""
        self.showing = False
        """True while other lines take the place of those before, which is no doing of the user's."""
        self.second: CatalogueView | None = None
        """The same question on the machine compared with."""

    def name_column(self, key: str, title: str) -> None:
        """Give a column another title."""
        self.columns = tuple(c._replace(title=title) if c.key == key else c for c in self.columns)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)

    # -- content

    @property
    def view(self) -> CatalogueView | None:
        """Figures drawn."""
        return self._view

    @property
    def order(self) -> ListOrder | None:
        """Rows drawn."""
        return self._order

    @property
    def entries(self) -> list[Entry]:
        """Lines, in order."""
        return self._entries

    @property
    def section_text(self) -> tuple[str, str]:
        """Left and right text of the heading above what does not fit."""
        n = 0 if self._order is None else len(self._order.rows) - self._order.n_fitting
        left = tr("Do not fit this machine at {context}").format(context=self._n_ctx_text)
        return left, tr("{n} models; nearest first").format(n=n)

    def show(self, view: CatalogueView, order: ListOrder) -> None:
        """Show other figures, other rows, or both."""
        entries = self._build(view, order)
        before, after = len(self._entries), len(entries)
        self.showing = True
        end = self._begin(before, after)
        self._view, self._order, self._entries = view, order, entries
        self._n_ctx_text = units.tokens(view.n_ctx)
        self.axis_max = order.axis_max
        end()
        self.showing = False
        if before and after:
            self.dataChanged.emit(self.index(0, 0), self.index(after - 1, len(self.columns) - 1))

    def _begin(self, before: int, after: int) -> Callable[[], None]:
        """Tell what happens to the lines; returns what ends it.

        Lines show something else, and the last ones come or go: a view that is told so lays out less than after a reset.
        """
        if 0 < after < before:
            self.beginRemoveRows(QModelIndex(), after, before - 1)
            return self.endRemoveRows
        if 0 < before < after:
            self.beginInsertRows(QModelIndex(), before, after - 1)
            return self.endInsertRows
        if before == after:
            return lambda: None
        self.beginResetModel()
        return self.endResetModel

    def _build(self, view: CatalogueView, order: ListOrder) -> list[Entry]:
        key = (id(order), view.serial)
        built = self._built.get(key)
        if built is not None and not self._open and view.complete:
            return built[1]
        entries: list[Entry] = []
        rows = order.rows.tolist()
        quants = view.best[order.rows].tolist() if view.complete else [view.best[row] for row in rows]
        models = list(map(_entry, zip(repeat(Kind.MODEL), rows, quants)))
        section = [Entry(Kind.SECTION, -1, -1)] if order.n_fitting < len(rows) else []
        lines = models[: order.n_fitting] + section + models[order.n_fitting :]
        if not view.complete:
            return lines
        if not self._open:
            self._built[key] = (order, lines)  # with the order, so that its identity is not given to another
            while len(self._built) > KEPT_LISTS:
                self._built.popitem(last=False)
            return lines
        for line in lines:
            entries.append(line)
            if line.kind is Kind.MODEL and line.row in self._open:
                entries += [Entry(Kind.QUANT, line.row, q) for q in _filled(view, line.row)]
        return entries

    def is_open(self, row: int) -> bool:
        """Whether a model's quantizations are listed."""
        return row in self._open

    def can_open(self, row: int) -> bool:
        """Whether a model has more than one quantization."""
        return self._view is not None and bool(self._view.facts.openable[row])

    def toggle(self, line: int) -> None:
        """List a model's quantizations, or hide them."""
        view = self._view
        if view is None or not 0 <= line < len(self._entries):
            return
        entry = self._entries[line]
        if entry.kind is not Kind.MODEL or not self.can_open(entry.row):
            return
        if not view.complete:  # figures as stored: the quantizations are listed as soon as they are there
            self._open ^= {entry.row}
            self.n_toggled += 1
            return
        children = [Entry(Kind.QUANT, entry.row, q) for q in _filled(view, entry.row)]
        self._entries = list(self._entries)  # the one before may be kept for when it is shown again
        self.n_toggled += 1
        if entry.row in self._open:
            self.beginRemoveRows(QModelIndex(), line + 1, line + len(children))
            self._open.discard(entry.row)
            del self._entries[line + 1 : line + 1 + len(children)]
            self.endRemoveRows()
        else:
            self.beginInsertRows(QModelIndex(), line + 1, line + len(children))
            self._open.add(entry.row)
            self._entries[line + 1 : line + 1] = children
            self.endInsertRows()

    def line_of(self, model_id: str, quant: str | None) -> int:
        """Line of a model or of one of its quantizations; -1 if it is not listed."""
        view = self._view
        row = None if view is None else view.facts.row_of.get(model_id)
        if view is None or row is None:
            return -1
        wanted = view.facts.quants.index(quant) if quant in view.facts.quants else None
        found = -1
        for line, entry in enumerate(self._entries):
            if entry.row != row:
                if found >= 0:
                    break
                continue
            if entry.kind is Kind.MODEL:
                found = line
                if wanted is None:
                    return line
            elif entry.quant == wanted:
                return line
        return found

    # -- Qt

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's name and default
        """Number of lines."""
        return 0 if parent.isValid() else len(self._entries)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's name and default
        """Number of columns."""
        return 0 if parent.isValid() else len(self.columns)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Sections cannot be selected."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        if self._entries[index.row()].kind is Kind.SECTION:
            return Qt.ItemFlag.ItemIsEnabled
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Titles and what they mean."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tip
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text of a cell, and what a screen reader says."""
        view = self._view
        if not index.isValid() or view is None or index.row() >= len(self._entries):
            return None
        entry = self._entries[index.row()]
        if self.columns[index.column()].key == "second" and entry.kind is not Kind.SECTION:
            text_roles = (
                Qt.ItemDataRole.DisplayRole,
                Qt.ItemDataRole.ToolTipRole,
                Qt.ItemDataRole.AccessibleTextRole,
            )
            same = self.second is not None and self.second.engine == view.engine
            return second_text(self.second if same else None, entry) if role in text_roles else None
        if role == Qt.ItemDataRole.DisplayRole:
            return cell_text(view, entry, self.columns[index.column()].key, self.section_text)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            if entry.kind is Kind.SECTION:
                return ", ".join(self.section_text)
            key = self.columns[index.column()].key
            if key == "placement":
                return f"{fit_words(int(view.fit[entry.row, entry.quant]))}: {bars_text(view, entry)}"
            title = self.columns[index.column()].title
            return f"{title}: {cell_text(view, entry, key, self.section_text)}"
        if role == Qt.ItemDataRole.ToolTipRole and entry.kind is not Kind.SECTION:
            return tooltip(view, entry, self.columns[index.column()].key)
        return None


def _filled(view: CatalogueView, row: int) -> list[int]:
    """Quantizations offered for a model, largest file first, with every figure they are listed with."""
    from planner.catalogue_view import fill_first_token, quants_of

    fill_first_token(view, row)
    return quants_of(view, row)


def fit_words(fit: int) -> str:
    """A placement class in words."""
    return (
        tr("all on the GPU"),
        tr("on the GPU, tight"),
        tr("experts in RAM"),
        tr("layers split with RAM"),
        tr("mostly on the CPU"),
        tr("does not fit"),
    )[fit]


def kind_words() -> tuple[str, ...]:
    """Memory kinds in words, in the order of every bar."""
    return (tr("weights"), tr("experts"), tr("KV cache"), tr("compute"), tr("overhead"))


def bars_text(view: CatalogueView, entry: Entry) -> str:
    """The bars of a line in words, for a screen reader."""
    parts = []
    names = kind_words()
    for device, values in zip(view.devices, view.bars[entry.row, entry.quant].tolist(), strict=True):
        values[-1] -= device.others
        total = sum(values)
        shown = ", ".join(f"{n} {units.gib(v)}" for n, v in zip(names, values, strict=True) if v)
        if device.others:
            shown += f", {tr('in use by others')} {units.gib(device.others)}"
        parts.append(f"{device.name}, {units.gib(total)} of {units.gib(device.capacity)}: {shown}")
    return "; ".join(parts)


def quant_label(view: CatalogueView, entry: Entry) -> str:
    """Quantization of a line as the list writes it; empty while vLLM's choice is being made or where it has none."""
    row = entry.row
    if entry.kind is Kind.MODEL and view.waiting is not None and bool(view.waiting[row]):
        return ""
    if view.engine == "vllm" and entry.kind is Kind.MODEL and not view.facts.offered[row, entry.quant]:
        return ""
    return view.facts.quants[entry.quant]


def is_waiting(view: CatalogueView, entry: Entry) -> bool:
    """Whether the figures of a line are still being made."""
    return view.waiting is not None and bool(view.waiting[entry.row])


def loss_text(view: CatalogueView, entry: Entry) -> str:
    """Loss of a quantization, or that there is no source."""
    if view.facts.trained_in[entry.row, entry.quant]:
        return tr("as trained")
    loss = float(view.facts.losses[entry.quant])
    return tr("no source") if loss != loss else number(loss, 3)


PROVENANCE_MARKS = {"published": "●", "reported": "◐", "user": "○"}


def provenance_words(provenance: str) -> str:
    """Where a row of the catalogue comes from, in words."""
    words = {"published": tr("published weights"), "reported": tr("reported only"), "user": tr("imported")}
    return words.get(provenance, provenance)


def second_text(second: CatalogueView | None, entry: Entry) -> str:
    """How the same quantization fits the machine compared with, and how fast it is there."""
    if second is None or entry.row < 0:
        return tr("no machine is compared with")
    if is_waiting(second, entry):
        return tr("being planned")
    fit = int(second.fit[entry.row, entry.quant])
    if fit == FitClass.NONE:
        return fit_words(fit)
    low, high = (float(a[entry.row, entry.quant]) for a in (second.decode_p10, second.decode_p90))
    speed = tr("unknown") if low != low else f"{units.rate(low)}–{units.rate(high)} tok/s"
    return f"{fit_words(fit)}, {speed}"


def cell_text(view: CatalogueView, entry: Entry, key: str, section: tuple[str, str]) -> str:
    """Text of one cell."""
    if entry.kind is Kind.SECTION:
        return section[0] if key == "name" else ""
    row, quant = entry.row, entry.quant
    facts = view.facts
    fits = int(view.fit[row, quant]) != 5
    if is_waiting(view, entry) and key in ("placement", "decode", "first_token", "loss", "file"):
        return tr("being planned")
    if key == "name":
        quant_name = quant_label(view, entry)
        return f"{facts.names[row]} {quant_name}".strip() if entry.kind is Kind.MODEL else quant_name
    if key == "placement":
        if not fits:
            missing = float(view.shortfall[row, quant])
            if missing != missing:
                return tr("does not run")
            return tr("short by {gib} of {needed}").format(
                gib=units.gib(missing),
                needed=units.gib(float(view.needed[row, quant])),
            )
        totals = [sum(values) for values in view.bars[row, quant].tolist()]
        own = [t - d.others for t, d in zip(totals, view.devices, strict=True)]
        return " / ".join(units.gib(t) for t in own)
    if key == "decode":
        if not fits:
            return "–"
        low, mid, high = (float(a[row, quant]) for a in (view.decode_p10, view.decode_p50, view.decode_p90))
        if mid != mid:
            return tr("unknown")
        return f"{units.rate(mid)} ({units.rate(low)}–{units.rate(high)})"
    if key == "first_token":
        value = float(view.first_token[row, quant])
        return units.seconds(value) if value == value else tr("unknown") if fits else "–"
    if key == "loss":
        return loss_text(view, entry)
    if key == "file":
        size = float(view.file[row, quant])
        return units.gb(size) if size == size else "–"
    if key == "provenance":
        return f"{PROVENANCE_MARKS.get(facts.provenance[row], '')} {provenance_words(facts.provenance[row])}"
    return facts.licences[row]


def tooltip(view: CatalogueView, entry: Entry, key: str) -> str:
    """What is said about a cell when it is pointed at."""
    row, quant, facts = entry.row, entry.quant, view.facts
    if key == "name":
        size = tr("{total} parameters, {active} active").format(
            total=units.parameters(float(facts.total_parameters[row])),
            active=units.parameters(float(facts.active_parameters[row])),
        )
        trained = tr("trained for {n} of context").format(n=units.tokens(int(facts.n_ctx_train[row])))
        return f"{facts.ids[row]}\n{size}; {trained}\n{tr('Place')}: {shown(view.reasons[row])}"
    if key == "placement":
        if is_waiting(view, entry):
            return tr("being planned")
        said = [fit_words(int(view.fit[row, quant]))]
        if view.engine != "llama.cpp":
            how, why = view.how.get((row, quant)), view.why_not[row] if view.why_not else ""
            said += [f"vLLM: {shown(text)}" for text in (how, why) if text]
        return "\n".join([*said, *bars_text(view, entry).split("; ")])
    return cell_text(view, entry, key, ("", ""))
