"""The window: arranges the panels, makes the menus, remembers its place. Decides nothing about plans."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLabel,
    QMainWindow,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from planner import units
from planner.units import ValueFault
from ui.actions import ActionRow, build_actions
from ui.jobs import LatestJobRunner
from ui.session import MachineState, PlannerSession
from ui.settings import Question, SettingsStore, WindowSettings
from ui.theme import ThemeManager
from ui.views.centre import Centre
from ui.views.machine_bar import MachineBar
from ui.views.plan_pane import PlanPane
from ui.views.question_panel import QuestionPanel
from ui.views.tray import Tray
from ui.words import tr

FOLD_QUESTION_BELOW = 1180
FOLD_PLAN_BELOW = 900
PLAN_WIDTH = 416


class MainWindow(QMainWindow):
    """Machine bar above; question, list and plan side by side; tray and status below."""

    def __init__(
        self,
        session: PlannerSession,
        themes: ThemeManager,
        store: SettingsStore,
        settings: WindowSettings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.session = session
        self.themes = themes
        self._store = store
        self._settings = settings
        self._exports = LatestJobRunner(self)
        self._exports.finished.connect(self._exported)
        self._exports.failed.connect(self._export_failed)
        self.setWindowTitle(tr("Hardware Fit Planner"))
        self.setMinimumSize(QSize(760, 480))
        self.machine_bar = MachineBar(session)
        self.question = QuestionPanel(session)
        self.centre = Centre(session)
        self.plan_pane = PlanPane(session, settings.shell)
        self.tray = Tray(session)
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.machine_bar)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.question)
        self.splitter.addWidget(self.centre)
        self.splitter.addWidget(self.plan_pane)
        self.splitter.setStretchFactor(0, 0)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setStretchFactor(2, 0)
        self.plan_pane.setMinimumWidth(350)
        self.centre.setMinimumWidth(360)
        self.splitter.setSizes([self.question.minimumWidth(), 800, PLAN_WIDTH])
        self.lower = QSplitter(Qt.Orientation.Vertical)
        self.lower.setHandleWidth(1)
        self.lower.setChildrenCollapsible(False)
        self.lower.addWidget(self.splitter)
        layout.addWidget(self.lower, 1)
        layout.addWidget(self.tray)
        self.setCentralWidget(body)
        self._question_open = True
        self._plan_open = True
        self._compare: QWidget | None = None
        self._status_left = QLabel()
        self._status_right = QLabel()
        self.statusBar().setSizeGripEnabled(False)
        self.statusBar().addWidget(self._status_left, 1)
        self.statusBar().addPermanentWidget(self._status_right)
        self.actions_by_key = build_actions(self._rows(), self, self.menuBar())
        self.commands = QToolButton()
        self.commands.setProperty("kind", "plain")
        self.commands.setText(tr("Commands  Ctrl+Shift+P"))
        self.commands.setAccessibleName(tr("Command palette"))
        self.commands.clicked.connect(self.open_palette)
        self.menuBar().setCornerWidget(self.commands)
        self._wire()
        self._restore()

    # -- arranging

    def _wire(self) -> None:
        session = self.session
        self.themes.theme_changed.connect(lambda _t: self.apply_theme())
        self.machine_bar.retry_asked.connect(session.detect)
        self.plan_pane.report_asked.connect(self.export)
        self.plan_pane.hide_hint.clicked.connect(self._hide_first_steps)
        self.plan_pane.command.shell_chosen.connect(self._shell_chosen)
        self.plan_pane.command.copied.connect(lambda _t: self.tell(tr("Copied the command"), False))
        self.centre.plan_asked.connect(self._look_at_plan)
        self.centre.page_changed.connect(self._page_changed)
        self.centre.columns_changed.connect(self._columns_changed)
        self.tray.compare_asked.connect(self.toggle_compare)
        self.tray.export_asked.connect(self.export)
        session.told.connect(self.tell)
        session.order_changed.connect(lambda _o: self._show_status())
        session.machine_changed.connect(self._show_machine_status)
        session.library_ready.connect(self._show_data_dates)
        self._show_status()

    def _rows(self) -> list[ActionRow]:
        s = self.session
        return [
            ActionRow("export", "file", tr("Export the view…"), self.export, "Ctrl+E"),
            ActionRow("quit", "file", tr("Quit"), self.close, "Ctrl+Q", separator=True),
            ActionRow("undo", "edit", tr("Undo"), s.undo_stack.undo, "Ctrl+Z"),
            ActionRow("redo", "edit", tr("Redo"), s.undo_stack.redo, "Ctrl+Shift+Z"),
            ActionRow("search", "edit", tr("Search models"), self._focus_search, "Ctrl+F", separator=True),
            ActionRow("clear", "edit", tr("Remove all filters"), self._clear_filters),
            ActionRow("list", "view", tr("List"), lambda: self.centre.show_page("list"), "Ctrl+1"),
            ActionRow("map", "view", tr("Map"), lambda: self.centre.show_page("map"), "Ctrl+2"),
            ActionRow("question", "view", tr("Show or hide the question"), self.toggle_question, "Ctrl+B"),
            ActionRow("plan", "view", tr("Show or hide the plan"), self.toggle_plan, "Ctrl+P"),
            ActionRow(
                "theme_system",
                "view",
                tr("Theme: follow the system"),
                lambda: self._theme("system"),
                "",
                "theme",
                True,
            ),
            ActionRow("theme_light", "view", tr("Theme: light"), lambda: self._theme("light"), "", "theme"),
            ActionRow("theme_dark", "view", tr("Theme: dark"), lambda: self._theme("dark"), "", "theme"),
            ActionRow(
                "theme_high",
                "view",
                tr("Theme: high contrast"),
                lambda: self._theme("high-contrast"),
                "",
                "theme",
            ),
            ActionRow(
                "machine_new", "machine", tr("New what-if machine…"), self.machine_bar.open_editor, "Ctrl+N"
            ),
            ActionRow(
                "machine_this", "machine", tr("Plan for this machine"), s.use_this_machine, "Ctrl+Home"
            ),
            ActionRow("detect", "machine", tr("Detect again"), s.detect, "F5"),
            ActionRow(
                "copy", "plan", tr("Copy the command"), self.plan_pane.command.copy_command, "Ctrl+Shift+C"
            ),
            ActionRow("pin", "plan", tr("Pin or unpin"), s.pin, "Ctrl+D"),
            ActionRow("compare", "plan", tr("Compare pinned plans"), self.toggle_compare, "Ctrl+K"),
            ActionRow("why", "plan", tr("Why these numbers"), lambda: self._plan_tab(1), "Ctrl+I"),
            ActionRow("palette", "help", tr("Commands…"), self.open_palette, "Ctrl+Shift+P"),
            ActionRow("glossary", "help", tr("Glossary"), self.open_glossary, "F1"),
            ActionRow("first", "help", tr("First steps"), self._show_first_steps),
            ActionRow("about", "help", tr("About"), self.open_about, separator=True),
        ]

    def apply_theme(self) -> None:
        """Take over the current theme."""
        for panel in (self.machine_bar, self.question, self.centre, self.plan_pane, self.tray):
            panel.apply_theme()
        for widget in (self._compare, getattr(self, "map_view", None)):
            if widget is not None:
                widget.apply_theme()  # type: ignore[union-attr]
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold panels that have no room."""
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        width = self.width()
        self.question.setVisible(
            (self._question_open and width >= FOLD_QUESTION_BELOW) or self._question_pinned()
        )
        plan = self._plan_open and width >= FOLD_PLAN_BELOW
        self.plan_pane.setVisible(plan)

    def _question_pinned(self) -> bool:
        return bool(getattr(self, "_question_forced", False))

    def toggle_question(self) -> None:
        """Show or hide the question."""
        shown = not self.question.isVisible()
        self._question_open = shown
        self._question_forced = shown and self.width() < FOLD_QUESTION_BELOW
        self._fold()

    def toggle_plan(self) -> None:
        """Show or hide the plan."""
        self._plan_open = not self._plan_open
        self._fold()

    # -- showing

    def tell(self, text: str, fault: bool) -> None:
        """One line in the status bar."""
        self.statusBar().showMessage(text, 12000 if fault else 4000)

    def _show_status(self) -> None:
        order, facts = self.session.order, self.session.facts
        if order is None or facts is None:
            self._status_left.setText(tr("Reading the catalogue…"))
            return
        text = tr("{n} of {all} models shown").format(n=len(order.rows), all=len(facts.ids))
        state = self.session.machine_state
        if state.provisional:
            text += " · " + tr("provisional: this machine is still being looked at")
        elif state.failed and state.own:
            text += " · " + tr("{n} probe(s) failed").format(n=len(state.failed))
        text += " · " + tr("every number is an estimate; select a model to see why")
        self._status_left.setText(text)

    def _show_machine_status(self, _state: MachineState) -> None:
        self._show_status()

    def _show_data_dates(self) -> None:
        library = self.session.library
        if library is None:
            return
        from planner.explain import SOURCE_TREE

        self._status_right.setText(f"{SOURCE_TREE} · {tr('Offline')}")

    def _focus_search(self) -> None:
        if not self.question.isVisible():
            self.toggle_question()
        self.question.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.question.search.selectAll()

    def _clear_filters(self) -> None:
        from planner.view_data import Filters

        clean = Filters()
        self.session.edit_filters(
            tr("remove all filters"),
            **{
                name: getattr(clean, name)
                for name in ("text", "classes", "osi", "commercial", "no_eu", "min_speed")
            },
        )

    def _look_at_plan(self) -> None:
        if not self.plan_pane.isVisible():
            self._plan_open = True
            self._fold()
        self.plan_pane.command.copy.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _plan_tab(self, index: int) -> None:
        self.plan_pane.tabs.setCurrentIndex(index)

    def _page_changed(self, key: str) -> None:
        if key == "map" and not self.centre.has_map:
            from ui.views.map_view import MapView

            self.map_view = MapView(self.session)
            self.map_view.plan_asked.connect(self._look_at_plan)
            self.centre.add_map(self.map_view)
        self.centre.apply_theme()

    def toggle_compare(self) -> None:
        """Show or hide the pinned plans side by side."""
        if self._compare is not None and self._compare.isVisible():
            self._compare.hide()
            return
        if len(self.session.pins) < 2:
            self.tell(tr("Pin at least two plans to compare them (Space in the list)"), False)
            return
        if self._compare is None:
            from ui.views.compare_view import CompareView

            self._compare = CompareView(self.session)
            self.lower.addWidget(self._compare)
            self.lower.setStretchFactor(0, 1)
        self._compare.show()
        self.lower.setSizes([self.lower.height() - 330, 330])

    def open_palette(self) -> None:
        """All actions, searchable."""
        from ui.views.palette import Palette

        rows = [(a.text().replace("&", ""), a) for a in self.actions_by_key.values()]
        Palette(self.commands, rows).open()

    def open_glossary(self) -> None:
        """Terms used, explained."""
        from ui.views.help_cards import glossary_card

        glossary_card(self.commands).open()

    def open_about(self) -> None:
        """Versions, dates, licences."""
        from ui.views.help_cards import about_card

        about_card(self.commands, self.session.library).open()

    # -- export

    def export(self) -> None:
        """Ask where, and write the current view there."""
        folder = self._settings.export_folder or str(Path.home())
        name, _ = QFileDialog.getSaveFileName(
            self,
            tr("Export the view"),
            str(Path(folder) / "hardware-fit.md"),
            tr("Markdown (*.md);;JSON (*.json)"),
        )
        if name:
            self.export_to(Path(name))

    def export_to(self, path: Path) -> None:
        """Write the current view to a file: JSON by its ending, Markdown otherwise."""
        session = self.session
        library, view, order, plan = session.library, session.view, session.order, session.plan
        if library is None or view is None or order is None:
            self.tell(tr("There is nothing to export yet"), True)
            return
        self._settings.export_folder = str(path.parent)

        def work() -> Path:
            from planner.view_export import view_json, view_markdown, view_plans, write_beside

            plans = view_plans(library, view, order)
            write = view_json if path.suffix.lower() == ".json" else view_markdown
            write_beside(path, write(view, plans, plan))
            return path

        self.tell(tr("Writing {name}…").format(name=path.name), False)
        self._exports.submit(work)

    def _exported(self, path: Path) -> None:
        self.tell(tr("Wrote {name}").format(name=path.name), False)

    def _export_failed(self, fault: Exception) -> None:
        reason = getattr(fault, "strerror", None) or str(fault)
        self.tell(tr("Not exported: {reason}; choose another folder").format(reason=reason), True)

    # -- settings

    def _theme(self, choice: str) -> None:
        self.themes.choose(choice)
        self._settings.theme = choice  # type: ignore[assignment]

    def _shell_chosen(self, shell: str) -> None:
        self._settings.shell = shell  # type: ignore[assignment]

    def _columns_changed(self) -> None:
        self._settings.hidden_columns = sorted(self.centre.table.hidden_by_choice)

    def _hide_first_steps(self) -> None:
        self.plan_pane.hint.hide()
        self._settings.first_run_hint = False

    def _show_first_steps(self) -> None:
        self.session.select(None)
        self.plan_pane.hint.show()
        self._settings.first_run_hint = True

    def _restore(self) -> None:
        s = self._settings
        self.resize(1440, 900)
        screen = self.screen()
        if screen is not None:
            room = screen.availableGeometry().size()
            self.resize(min(1440, room.width()), min(900, room.height()))
        if s.geometry:
            self.restoreGeometry(QByteArray(base64.b64decode(s.geometry, validate=False)))
        if len(s.splitter) == 3 and all(v >= 0 for v in s.splitter):
            self.splitter.setSizes(s.splitter)
        self.centre.hide_columns(set(s.hidden_columns))
        self.plan_pane.hint.setVisible(s.first_run_hint)
        for key, choice in (
            ("theme_system", "system"),
            ("theme_light", "light"),
            ("theme_dark", "dark"),
            ("theme_high", "high-contrast"),
        ):
            self.actions_by_key[key].setChecked(self.themes.choice == choice)
        self._fold()

    def save_settings(self) -> None:
        """Write what the window remembers."""
        s, w = self._settings, self.session.wishes
        s.geometry = base64.b64encode(bytes(self.saveGeometry().data())).decode()
        sizes = self.splitter.sizes()
        if all(sizes):
            s.splitter = sizes
        s.machine = self._saved_machine_name()
        s.second_machine = self.session.second.remembered()
        s.question = Question(
            use=w.use,  # type: ignore[arg-type]
            n_ctx=w.n_ctx,
            n_parallel=w.n_parallel,
            min_decode_tps=w.min_decode_tps,
            reserve_gib=w.reserve_bytes / units.GIB,
            cache_type_k=w.cache_type_k,
            cache_type_v=w.cache_type_v,
        )
        self._store.save(s)

    def _saved_machine_name(self) -> str:
        """Name of the machine in use if it is a saved one; what is only tried out is not remembered."""
        from planner.hardware.machine_file import saved_machine_path

        if self.session.machine_state.own:
            return ""
        name = self.session.machine.name
        try:
            return name if saved_machine_path(name).is_file() else ""
        except ValueFault:
            return ""

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember, wait for what runs, go."""
        self.save_settings()
        self._exports.shutdown()
        self.session.close()
        event.accept()


def run(application: QApplication, window: MainWindow, start: Callable[[], None]) -> int:
    """Show the window, then start the work, then wait for the user."""
    window.show()
    start()
    return application.exec()
