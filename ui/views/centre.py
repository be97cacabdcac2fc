"""The middle of the window: list or map, filters as chips, how the list is sorted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from planner.fit_class import FitClass
from ui.icons import icon
from ui.models.catalogue_model import CatalogueModel
from ui.selection import Selection
from ui.session import PlannerSession
from ui.views.catalogue_table import CatalogueTable
from ui.widgets.prepared_text import ink
from ui.widgets.segmented import Segmented
from ui.widgets.text_block import ValueText
from ui.words import first_part, shown, tr

if TYPE_CHECKING:
    from planner.catalogue_view import CatalogueView
    from planner.list_filter import ListOrder
    from planner.machine import Machine


LONGEST_SAID = 60
"""How much of a search that found nothing is repeated. [characters]"""
LEAST_ROW = 44
"""Width the row of chips keeps: what counts those there is no room for. [px]"""


@dataclass(frozen=True, slots=True)
class FilterChip:
    """One filter that hides rows."""

    key: str
    text: str
    remove: Callable[[], object]
    short: str = ""
    """Without how many it hides, for when there is little room."""


class ChipRow(QWidget):
    """Filters as removable chips; those there is no room for are in the menu of a button at the end."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(30)
        self._chips: list[QPushButton] = []
        self.more = QPushButton(self)
        self.more.setObjectName("filterChip")
        self.more.clicked.connect(self._open_more)
        self.more.hide()
        self.setMinimumWidth(LEAST_ROW)
        self.more_menu = QMenu(self.more)
        self.more_menu.setAttribute(Qt.WidgetAttribute.WA_NoMouseReplay)

    @property
    def chips(self) -> list[QPushButton]:
        """Chips shown."""
        return self._chips

    def show_chips(self, chips: list[FilterChip]) -> None:
        """Show other filters."""
        changed = len(self._chips) != len(chips)
        while len(self._chips) > len(chips):
            chip = self._chips.pop()
            chip.hide()
            chip.deleteLater()
        while len(self._chips) < len(chips):
            chip = QPushButton(self)
            chip.setObjectName("filterChip")
            chip.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
            chip.setIconSize(QSize(11, 11))
            chip.clicked.connect(lambda _checked=False, c=chip: c.remove())  # type: ignore[attr-defined]
            self._chips.append(chip)
        for chip, content in zip(self._chips, chips, strict=True):
            chip.remove = content.remove  # type: ignore[attr-defined]
            if chip.property("full") == content.text:
                continue
            chip.setProperty("full", content.text)
            chip.setProperty("short", content.short or content.text)
            chip.setText(content.text)
            chip.setIcon(icon("close"))
            chip.setAccessibleName(tr("Remove the filter {text}").format(text=content.text))
            chip.setToolTip(f"{content.text}\n{tr('Remove this filter (Ctrl+Z brings it back)')}")
            changed = True
        if changed:
            self._place()

    def _place(self) -> None:
        room = self.width()
        sizes = self._sizes("full")
        if sum(s.width() + 6 for s in sizes) - 6 > room:
            sizes = self._sizes("short")
        n_shown = len(sizes)
        if sum(s.width() + 6 for s in sizes) - 6 > room:
            self.more.setText(tr("+{n}").format(n=len(sizes)))
            room -= self.more.sizeHint().width() + 6
            n_shown = 0
            while n_shown < len(sizes) and sum(s.width() + 6 for s in sizes[: n_shown + 1]) - 6 <= room:
                n_shown += 1
        x = 0
        for number, (chip, size) in enumerate(zip(self._chips, sizes, strict=True)):
            if number < n_shown:
                chip.setGeometry(x, (self.height() - size.height()) // 2, size.width(), size.height())
                x += size.width() + 6
            chip.setVisible(number < n_shown)
        self._place_more(x, n_shown)

    def _sizes(self, text: str) -> list[QSize]:
        """Let every chip show one of its texts; what each then needs."""
        for chip in self._chips:
            wanted = str(chip.property(text))
            if chip.text() != wanted:
                chip.setText(wanted)
        return [chip.sizeHint() for chip in self._chips]

    def _place_more(self, x: int, n_shown: int) -> None:
        """Say at the end how many chips there is no room for."""
        hidden = self._chips[n_shown:]
        self.more.setVisible(bool(hidden))
        if not hidden:
            return
        self.more.setText(tr("+{n}").format(n=len(hidden)))
        names = ", ".join(str(chip.property("full")) for chip in hidden)
        self.more.setAccessibleName(tr("More filters: {names}").format(names=names))
        self.more.setToolTip(self.more.accessibleName())
        size = self.more.sizeHint()
        self.more.setGeometry(x, (self.height() - size.height()) // 2, size.width(), size.height())

    def _open_more(self) -> None:
        self.more_menu.clear()
        for chip in self._chips:
            if not chip.isVisible():
                action = self.more_menu.addAction(icon("close"), str(chip.property("full")))
                action.triggered.connect(chip.click)
        self.more_menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def resizeEvent(self, event: object) -> None:
        """Lay the chips out."""
        self._place()

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(120, 30)


class Centre(QFrame):
    """List, map and scatter of the same rows.

    Signals
    -------
    page_changed
        arg: ``list``, ``map`` or ``scatter``.
    columns_changed
        Other columns were chosen.
    plan_asked
        The plan of the selected row is to be looked at.
    machine_asked
        Another machine is to be described.
    question_wanted, plan_wanted
        A panel there was no room for is to be shown.
    """

    page_changed = Signal(str)
    columns_changed = Signal()
    plan_asked = Signal()
    machine_asked = Signal()
    question_wanted = Signal()
    plan_wanted = Signal()

    def __init__(
        self, session: PlannerSession, table: CatalogueTable | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("centre")
        self._session = session
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        bar = QFrame()
        bar.setObjectName("listToolbar")
        row = QHBoxLayout(bar)
        row.setContentsMargins(12, 5, 12, 5)
        row.setSpacing(8)
        self.show_question = self._panel_button(
            "search", tr("Show search and filters (Ctrl+B)"), self.question_wanted
        )
        row.addWidget(self.show_question)
        pages = (("list", tr("List")), ("map", tr("Map")), ("scatter", tr("Scatter")))
        self.page = Segmented(tr("View"), pages)
        for key, _ in pages:
            self.page.set_icon(key, icon(key))
        self.page.button("list").setToolTip(tr("List (Ctrl+1)"))
        self.page.button("map").setToolTip(tr("Map: placement against context (Ctrl+2)"))
        self.page.button("scatter").setToolTip(tr("Quality against speed (Ctrl+3)"))
        self.page.chosen.connect(self.show_page)
        row.addWidget(self.page)
        self.chips = ChipRow()
        row.addWidget(self.chips, 1)
        self.count = ValueText("second", width=20, told=False, ground="window")
        self.count.setFixedHeight(ink(12).height)
        row.addWidget(self.count)
        self.sort = QComboBox()
        self.sort.setAccessibleName(tr("Sort by"))
        self.sort.setToolTip(tr("Sort by"))
        self.sort.setMinimumWidth(92)  # gives way before the names of the views do
        for key, text in (
            ("recommended", tr("Recommended")),
            ("decode", tr("Fastest")),
            ("first_token", tr("First token")),
            ("file", tr("Smallest")),
            ("placement", tr("Placement")),
            ("name", tr("Name")),
            ("loss", tr("Least loss")),
            ("licence", tr("Licence")),
        ):
            self.sort.addItem(text, key)
        self.sort.activated.connect(lambda _i: self._sort(self.sort.currentData(), False))
        row.addWidget(self.sort)
        self.columns = QToolButton()
        self.columns.setIcon(icon("columns"))
        self.columns.setToolTip(tr("Columns"))
        self.columns.setAccessibleName(tr("Columns"))
        self.columns_menu = QMenu(self.columns)
        self.columns_menu.setAttribute(Qt.WidgetAttribute.WA_NoMouseReplay)  # a click on the button closes it
        self.columns.clicked.connect(
            self._open_columns
        )  # the button's own way runs a loop until it is closed
        row.addWidget(self.columns)
        self.show_plan = self._panel_button("window", tr("Show the plan (Ctrl+P)"), self.plan_wanted)
        row.addWidget(self.show_plan)
        outer.addWidget(bar)
        self.notice = self._build_notice()
        outer.addWidget(self.notice)
        self.table = table or CatalogueTable(CatalogueModel())
        self.model = self.table.catalogue
        self.model.setParent(self)
        self.stack = QStackedWidget()
        self._list_page = QWidget()
        box = QVBoxLayout(self._list_page)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.table, 1)
        self.empty = QLabel()
        self.empty.setTextFormat(Qt.TextFormat.PlainText)  # it repeats what was typed
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.empty.setProperty("role", "second")
        self.empty.setMinimumHeight(120)
        self.empty.setMargin(24)
        box.addWidget(self.empty, 1)
        self.empty.hide()
        self.stack.addWidget(self._list_page)
        self._pages: dict[str, QWidget] = {"list": self._list_page}
        outer.addWidget(self.stack, 1)
        for column in self.model.columns[1:]:
            if column.key == "second":  # follows the machine compared with
                continue
            title = tr("Provenance mark") if column.key == "provenance" else column.title
            action = QAction(title, self.columns_menu)
            action.setProperty("title", title)
            action.setCheckable(True)
            action.setChecked(True)
            action.setData(column.key)
            action.toggled.connect(lambda on, key=column.key: self._column_toggled(key, on))
            self.columns_menu.addAction(action)
        self.table.chosen.connect(session.select)
        self.table.opened.connect(self._opened)
        self.table.pin_asked.connect(session.pin)
        self.table.sort_asked.connect(self._sort)
        session.answer_failed.connect(self._show_fault)
        session.order_changed.connect(self.show_order)
        session.selection_changed.connect(self.table.show_selection)
        session.machine_changed.connect(lambda _s: self._show_notice())
        session.second.machine_changed.connect(self._second_changed)
        session.second.view_changed.connect(self._show_second)
        self.columns_menu.aboutToShow.connect(self._mark_columns)
        self.empty.setText(tr("Reading the catalogue…"))
        self.table.hide()
        self.empty.show()
        self._notice_closed = False
        self._seen = False
        self._show_notice()

    def _panel_button(self, name: str, tip: str, asked: SignalInstance) -> QToolButton:
        """Brings back a panel that is folded away; hidden while the panel is there."""
        button = QToolButton()
        button.setIcon(icon(name))
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(asked)
        button.hide()
        return button

    def show_panels(self, question: bool, plan: bool) -> None:
        """Offer the panels that are folded away."""
        for button, there in ((self.show_question, question), (self.show_plan, plan)):
            if button.isHidden() != there:
                button.setVisible(not there)

    def _build_notice(self) -> QFrame:
        frame = QFrame()
        frame.setObjectName("notice")
        box = QVBoxLayout(frame)
        box.setContentsMargins(12, 6, 8, 8)
        box.setSpacing(4)
        head = QHBoxLayout()
        self.notice_text = QLabel(
            tr("No GPU was found, so these plans run on the CPU. See what a GPU would change:")
        )
        self.notice_text.setWordWrap(True)
        head.addWidget(self.notice_text, 1)
        close = QToolButton()
        close.setProperty("kind", "plain")
        close.setIcon(icon("close"))
        close.setToolTip(tr("Close"))
        close.setAccessibleName(tr("Close the hint"))
        close.clicked.connect(self._close_notice)
        self._notice_icons: dict[str, QAbstractButton] = {"close": close}
        head.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        box.addLayout(head)
        row = QHBoxLayout()
        row.setSpacing(8)
        for name in ("RTX 4090", "RTX 3090", "2x RTX 3090"):
            button = QPushButton(name.replace("x ", "× "))
            button.clicked.connect(lambda _checked=False, n=name: self._try_gpu(n))
            row.addWidget(button)
        other = QPushButton(tr("Other…"))
        other.setIcon(icon("plus"))
        other.setAccessibleName(tr("Plan for another machine"))
        other.clicked.connect(self.machine_asked)
        self._notice_icons["plus"] = other
        row.addWidget(other)
        row.addStretch(1)
        box.addLayout(row)
        return frame

    def _close_notice(self) -> None:
        self._notice_closed = True
        self._show_notice()

    def _show_notice(self) -> None:
        state = self._session.machine_state
        shown = state.own and not state.provisional and not state.machine.gpus and not self._notice_closed
        self.notice.setVisible(shown)

    def _try_gpu(self, name: str) -> None:
        from dataclasses import replace

        from planner.hardware.what_if import machine_from_options

        own = self._session.machine
        machine = machine_from_options(gpus=[name])
        if machine is not None:
            merged = replace(machine, ram=own.ram, cpu=own.cpu, engines=own.engines)
            self._session.use_machine(
                replace(merged, name=tr("This machine + {gpu}").format(gpu=name.replace("x ", "× ")))
            )

    # -- pages

    def add_page(self, key: str, widget: QWidget) -> None:
        """A page other than the list is made when it is first looked at."""
        self._pages[key] = widget
        self.stack.addWidget(widget)

    def has_page(self, key: str) -> bool:
        """True once a page is made."""
        return key in self._pages

    def show_page(self, key: str) -> None:
        """Show the list, the map or the scatter."""
        self.page.set_key(key)
        self.page_changed.emit(key)
        self.stack.setCurrentWidget(self._pages.get(key, self._list_page))
        self._session.want_map(key == "map")

    def look_at(self, key: str) -> None:
        """Show the list, the map or the scatter, and give it the keyboard."""
        self.show_page(key)
        page = self.stack.currentWidget()  # a focus proxy would put the page elsewhere in the order of Tab
        getattr(page, "keyboard", self.table).setFocus(Qt.FocusReason.ShortcutFocusReason)

    # -- the list

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self.table.apply_theme()
        for key in ("list", "map", "scatter"):
            self.page.set_icon(key, icon(key, "accent_text" if self.page.key == key else "text_second"))
        self.columns.setIcon(icon("columns"))
        self.show_question.setIcon(icon("search"))
        self.show_plan.setIcon(icon("window"))
        for chip in self.chips.chips:
            chip.setIcon(icon("close"))
        for name, button in self._notice_icons.items():
            button.setIcon(icon(name))

    def show_order(self, order: ListOrder) -> None:
        """Show other rows."""
        view = self._session.view
        if view is None:
            return
        axis = self.model.axis_max
        self.model.show(view, order)
        if self.table.wanted != self._session.selection:
            self.table.show_selection(self._session.selection)
        if self.model.axis_max != axis:
            self.table.horizontalHeader().viewport().update()
        total, shown = len(view.facts.ids), len(order.rows)
        counted = tr("{n} of {all}")
        self.count.fit(counted.format(n=total, all=total))
        self.count.setText(counted.format(n=shown, all=total))
        self.count.setToolTip(tr("{n} of {all} models shown").format(n=shown, all=total))
        self.chips.show_chips(self._filter_chips(view, order))
        first = not self.table.isVisibleTo(self._list_page) and self._session.order is not None
        self.table.setVisible(shown > 0)
        if first and shown and not self._seen:
            self._seen = True
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self.empty.setVisible(shown == 0)
        if shown == 0:
            self.empty.setText(self._nothing(order))

    def _show_fault(self, text: str) -> None:
        """Say in place of the list why there is none; figures that are there stay."""
        if self._session.view is None:
            self.empty.setText(text)

    def _nothing(self, order: ListOrder) -> str:
        text = self._session.filters.text.strip()
        library = self._session.library
        if text and library is not None:
            from planner.view_data import reported_answer

            answer = reported_answer(library, text)
            if answer is not None:
                return answer
        if text and order.hidden.get("text", 0):
            return tr(
                "No model is called “{text}”. Part of a name is enough, also a Hugging Face id."
            ).format(text=text if len(text) <= LONGEST_SAID else f"{text[:LONGEST_SAID]}…")
        return tr("No model passes all filters. Remove one of the chips above.")

    def _filter_chips(self, view: CatalogueView, order: ListOrder) -> list[FilterChip]:
        session = self._session
        filters = session.filters
        chips = []

        def hides(key: str) -> str:
            return tr("hides {n}").format(n=order.hidden[key]) if order.hidden[key] else ""

        def add(key: str, text: str, remove: Callable[[], object]) -> None:
            chips.append(FilterChip(key, f"{text}  {hides(key)}".strip(), remove, text))

        if filters.text.strip():
            add("text", f"“{filters.text.strip()}”", lambda: session.edit_filters(tr("search chip"), text=""))
        if view.use != "chat":
            names = {"code": tr("Code"), "vision": tr("Vision"), "long": tr("Long")}
            add("use", names[view.use], lambda: session.edit_wishes(tr("use chip"), use="chat"))
        if filters.min_speed and view.min_decode_tps > 0:
            least = f"≥ {view.min_decode_tps:g} tok/s"
            add("speed", least, lambda: session.edit_filters(tr("speed chip"), min_speed=False))
        if len(filters.classes) < len(FitClass):
            add(
                "fit",
                tr("How it fits"),
                lambda: session.edit_filters(tr("fit chip"), classes=frozenset(FitClass)),
            )
        for key, name in (("osi", tr("OSI")), ("commercial", tr("Commercial")), ("no_eu", tr("No EU terms"))):
            if getattr(filters, key):
                add(key, name, lambda k=key: session.edit_filters(tr("licence chip"), **{k: False}))
        return chips

    def _sort(self, key: str, descending: bool) -> None:
        index = self.sort.findData(key)
        if index >= 0:
            self.sort.setCurrentIndex(index)
        self.table.set_sort(key, descending)
        self._session.sort_by(key, descending)

    def _second_changed(self, machine: Machine | None) -> None:
        """Make room for the machine compared with, or take it back."""
        self.table.second_shown = machine is not None
        title = tr("Compared")
        if machine is not None:
            title = first_part(shown(machine.name))
        self.model.name_column("second", title)
        self.table.layout_columns()
        self.table.viewport().update()

    def _show_second(self, view: CatalogueView | None) -> None:
        self.model.second = view
        self.table.viewport().update()

    def _open_columns(self) -> None:
        self.columns_menu.popup(self.columns.mapToGlobal(self.columns.rect().bottomLeft()))

    def _mark_columns(self) -> None:
        """Say in the menu which columns are wanted and have no room."""
        shown = self.table.shown_columns()
        for action in self.columns_menu.actions():
            plain = str(action.property("title"))
            room = not action.isChecked() or action.data() in shown
            action.setText(plain if room else tr("{title} (no room)").format(title=plain))

    def _column_toggled(self, key: str, on: bool) -> None:
        hidden = self.table.hidden_by_choice
        if on:
            hidden.discard(key)
        else:
            hidden.add(key)
        self.table.layout_columns()
        self.columns_changed.emit()

    def hide_columns(self, keys: set[str]) -> None:
        """Leave columns out (from the settings)."""
        for action in self.columns_menu.actions():
            if action.data() in keys:
                action.setChecked(False)

    def _opened(self, selection: Selection) -> None:
        self._session.select(selection)
        self.plan_asked.emit()
