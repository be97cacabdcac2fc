"""The question: search, use, context, users, least speed, how it fits, licence; counts beside every option."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from planner import units
from planner.wishes import Wishes
from ui.icons import icon
from ui.plans_ahead import CONTEXT_STOPS
from ui.session import PlannerSession
from ui.widgets.ground import Ground
from ui.widgets.mark_slider import MarkSlider
from ui.widgets.prepared_text import ink
from ui.widgets.segmented import Segmented
from ui.widgets.text_block import ValueText
from ui.widgets.value_field import ValueField
from ui.widgets.wrapped import Wrapped
from ui.words import number, short_number, shown, tr

CONTEXT_LABELS = {2048: "2K", 8192: "8K", 32768: "32K", 131072: "128K", 1048576: "1M"}


def parse_speed(text: str) -> float:
    """Read the least speed: a number of tokens per second, 0 for any.

    Raises
    ------
    ValueFault
        When it is not a number from 0 to 100,000.
    """
    number = text.strip().removesuffix("tok/s").strip()
    if number in ("0", "0.0"):
        return 0.0
    return units.parse_positive(number, tr("At least"), "tok/s", 100_000.0)


class LetterBadge(QWidget):
    """Letter of a placement class on its colour."""

    def __init__(self, fit: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fit = fit
        self.setFixedSize(QSize(18, 18))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        from ui.views.row_painter import shared_painter

        p = QPainter(self)
        shared_painter().badge(p, QRectF(0.5, 0.5, 17, 17), self._fit)


class CountedCheck(QWidget):
    """A check box with a letter and the number of models behind it."""

    def __init__(self, text: str, fit: int | None, toggled: Callable[[bool], None]) -> None:
        super().__init__()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        self.box = QCheckBox(text if fit is None else "")
        self._text = text
        layout.addWidget(self.box)
        if fit is not None:
            layout.addWidget(LetterBadge(fit))
            label = QLabel(text)
            label.setBuddy(self.box)
            layout.addWidget(label)
        layout.addStretch(1)
        self.count = ValueText(
            "second", width=6, told=False, ground="window"
        )  # a new number lays nothing out
        layout.addWidget(self.count)
        self.box.setAccessibleName(text)
        self.box.clicked.connect(toggled)

    def show_count(self, count: int) -> None:
        """Show how many models are behind it."""
        if self.count.text() == str(count):
            return
        self.count.setText(str(count))
        self.count.fit_digits()
        self.box.setAccessibleDescription(tr("{n} models").format(n=count))


class QuestionPanel(QFrame):
    """Everything that is asked."""

    def __init__(self, session: PlannerSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        from planner.view_data import FitClass

        self.setObjectName("questionPanel")
        self.setAccessibleName(tr("Question"))
        self._session = session
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        scroll = QScrollArea()
        scroll.setObjectName("questionScroll")
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        outer.addWidget(scroll)
        body = Ground("window")
        body.setObjectName("questionPanel")
        scroll.setWidget(body)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(12, 12, 14, 12)
        layout.setSpacing(6)

        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search models"))
        self.search.setAccessibleName(tr("Search models"))
        self.search.setToolTip(tr("Any name people use, also a Hugging Face id (Ctrl+F)"))
        self.search.setClearButtonEnabled(True)
        self._search_icon = self.search.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.textChanged.connect(lambda text: session.edit_filters(tr("search"), text=text))
        layout.addWidget(self.search)
        layout.addSpacing(8)

        layout.addWidget(self._heading(tr("Use")))
        self.use = Segmented(
            tr("Use"),
            (("chat", tr("Chat")), ("code", tr("Code")), ("vision", tr("Vision")), ("long", tr("Long"))),
        )
        self.use.button("long").setToolTip(tr("Long documents"))
        self.use.chosen.connect(lambda key: session.edit_wishes(tr("use"), use=key))
        layout.addWidget(self.use)
        layout.addSpacing(8)

        layout.addWidget(self._heading(tr("Context per user")))
        row = QHBoxLayout()
        self.context = ValueField(
            tr("Context per user, tokens"),
            lambda text: units.parse_tokens(text, tr("context")),
            number,
            floating=True,
        )
        self.context.entered.connect(lambda value: session.edit_wishes(tr("context"), n_ctx=value))
        row.addWidget(self.context, 1)
        self._context_hint = ValueText("second", None, Qt.AlignmentFlag.AlignLeft, False, "window")
        self._context_hint.setContentsMargins(0, 6, 0, 0)
        self._context_hint.setFixedHeight(6 + ink(12).height)
        row.addWidget(self._context_hint, 1, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(row)
        self.context_slider = MarkSlider(tr("Context per user"), CONTEXT_STOPS, CONTEXT_LABELS, "window")
        self.context_slider.moved.connect(lambda value: session.edit_wishes(tr("context"), n_ctx=value))
        layout.addWidget(self.context_slider)
        layout.addSpacing(6)

        self.users = ValueField(
            tr("Users at once"),
            lambda text: units.parse_tokens(text, tr("users"), 4096),
            number,
            floating=True,
        )
        self.users.entered.connect(lambda value: session.edit_wishes(tr("users"), n_parallel=value))
        layout.addLayout(self._beside(tr("Users at once"), self.users))
        self.engine = Segmented(
            tr("Engine"), (("llama.cpp", "llama.cpp"), ("vllm", "vLLM"), ("any", tr("Both")))
        )
        self.engine.setToolTip(
            tr("List and plan are made for this engine; Both takes the better one of each model")
        )
        self.engine.chosen.connect(lambda key: session.edit_wishes(tr("engine"), engine=key))
        layout.addWidget(self._heading(tr("Engine")))
        layout.addWidget(self.engine)
        self.engine_hint = Wrapped("hint")
        layout.addWidget(self.engine_hint)
        self.engine_hint.hide()
        layout.addSpacing(4)
        self.speed = ValueField(
            tr("At least, tok/s"),
            parse_speed,
            lambda value: f"{short_number(value)} tok/s",
            floating=True,
        )
        self.speed.entered.connect(lambda value: session.edit_wishes(tr("least speed"), min_decode_tps=value))
        layout.addLayout(self._beside(tr("At least"), self.speed))
        self.objective = Segmented(
            tr("Prefer"), (("quality", tr("Quality")), ("speed", tr("Speed")), ("context", tr("Context")))
        )
        self.objective.chosen.connect(lambda key: session.edit_wishes(tr("prefer"), objective=key))
        self.objective.setToolTip(tr("What the recommended quantization of each model is chosen for"))
        layout.addSpacing(4)
        layout.addWidget(self._heading(tr("Prefer")))
        layout.addWidget(self.objective)
        layout.addSpacing(8)

        layout.addLayout(self._titles(tr("How it fits")))
        names = (
            tr("All on the GPU"),
            tr("On the GPU, tight"),
            tr("Experts in RAM"),
            tr("Layers split with RAM"),
            tr("Mostly on the CPU"),
            tr("Does not fit"),
        )
        self.classes: dict[FitClass, CountedCheck] = {}
        for fit, name in zip(FitClass, names, strict=True):
            check = CountedCheck(name, int(fit), lambda on, f=fit: self._class_clicked(f, on))
            check.box.setChecked(True)
            self.classes[fit] = check
            layout.addWidget(check)
        layout.addSpacing(8)
        layout.addLayout(self._titles(tr("Licence")))
        self.licences: dict[str, CountedCheck] = {}
        for key, name in (
            ("osi", tr("OSI-approved")),
            ("commercial", tr("Commercial use")),
            ("no_eu", tr("No EU restriction")),
        ):
            check = CountedCheck(name, None, lambda on, k=key: session.edit_filters(tr("licence"), **{k: on}))
            self.licences[key] = check
            layout.addWidget(check)
        layout.addStretch(1)
        self._scroll, self._body = scroll, body
        session.wishes_changed.connect(self.show_wishes)
        session.machine_changed.connect(lambda _state: self._show_engine_hint())
        session.view_changed.connect(lambda _view: self._show_engine_hint())
        session.order_changed.connect(self.show_counts)
        session.filters_changed.connect(self.show_filters)
        self.show_wishes(session.wishes)
        QTimer.singleShot(0, self, self.search.deselect)

    def fit_width(self) -> None:
        """Be at least as wide as what it holds; to be asked once its style is known."""
        bar = self._scroll.verticalScrollBar().sizeHint().width()
        self.setMinimumWidth(max(self._body.minimumSizeHint().width() + bar + 2, 212))

    def _heading(self, text: str) -> QLabel:
        label = QLabel(text)
        label.setProperty("role", "heading")
        return label

    def _titles(self, text: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(self._heading(text))
        row.addStretch(1)
        count = QLabel(tr("models"))
        count.setProperty("role", "hint")
        row.addWidget(count)
        return row

    def _beside(self, text: str, field: ValueField) -> QHBoxLayout:
        row = QHBoxLayout()
        label = self._heading(text)
        label.setContentsMargins(0, 6, 0, 0)
        label.setBuddy(field.edit)
        row.addWidget(label, 0, Qt.AlignmentFlag.AlignTop)
        field.setFixedWidth(96)
        row.addStretch(1)
        row.addWidget(field)
        return row

    def apply_theme(self) -> None:
        """Take over the current theme."""
        self._search_icon.setIcon(icon("search"))
        self.update()

    def show_wishes(self, wishes: Wishes) -> None:
        """Show another question."""
        self.use.set_key(wishes.use)
        self.objective.set_key(wishes.objective)
        self.engine.set_key(wishes.engine)
        self._show_engine_hint()
        self.context.show_value(wishes.n_ctx)
        self._context_hint.setText(
            tr("tokens ({n})").format(n=units.tokens(wishes.n_ctx)) if wishes.n_ctx >= 1024 else tr("tokens")
        )
        self.context_slider.show_value(wishes.n_ctx)
        self.users.show_value(wishes.n_parallel)
        self.speed.show_value(wishes.min_decode_tps)

    def _show_engine_hint(self) -> None:
        """Say what the engine means for the list, and why vLLM does not run here when it does not."""
        if self._session.wishes.engine == "llama.cpp":
            self.engine_hint.show_text("")
            return
        from planner.vllm.plan import cannot_run

        stop = cannot_run(self._session.machine)
        done, total = self._session.served.progress
        text = tr("Planned for vLLM: {n} of {all} models").format(n=number(done), all=number(total))
        self.engine_hint.show_text(shown(stop) if stop is not None else "" if done == total else text)

    def show_filters(self, filters: object) -> None:
        """Show other filters."""
        from planner.view_data import Filters

        assert isinstance(filters, Filters)
        if self.search.text() != filters.text:
            self.search.setText(filters.text)
        for fit, check in self.classes.items():
            check.box.setChecked(fit in filters.classes)
        for key, check in self.licences.items():
            check.box.setChecked(bool(getattr(filters, key)))

    def show_counts(self, order: object) -> None:
        """Show how many models are behind each option."""
        from planner.view_data import ListOrder

        assert isinstance(order, ListOrder)
        for (_, check), count in zip(self.classes.items(), order.class_counts, strict=True):
            check.show_count(count)
        for key, check in self.licences.items():
            check.show_count(order.licence_counts[key])

    def _class_clicked(self, fit: object, on: bool) -> None:
        classes = self._session.filters.classes
        changed = classes | {fit} if on else classes - {fit}
        self._session.edit_filters(tr("how it fits"), classes=frozenset(changed))
