"""The window: arranges the panels, makes the menus, remembers its place. Decides nothing about plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, QUrl
from PySide6.QtGui import QCloseEvent, QDesktopServices, QResizeEvent
from PySide6.QtWidgets import (
    QMainWindow,
    QMenu,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ui import window_memory
from ui.first_list import FOLD_PLAN_BELOW, FOLD_QUESTION_BELOW
from ui.settings import SCALES, SettingsStore, WindowSettings
from ui.theme import ThemeManager
from ui.words import shown, tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.report.blocks import Kind
    from ui.session import PlannerSession
    from ui.views.catalogue_table import CatalogueTable
    from ui.views.compare_view import CompareView
    from ui.views.report_window import ReportWindow

PLAN_WIDTH = 416
SMALLEST = QSize(760, 480)


class MainWindow(QMainWindow):
    """Machine bar above; question, list and plan side by side; tray and status below.

    Made in two steps, so that the list can be seen before the modules of the panels are read: the empty window, and
    :meth:`complete`.
    """

    def __init__(
        self,
        themes: ThemeManager,
        store: SettingsStore,
        settings: WindowSettings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.themes = themes
        self._completed = False
        self._store = store
        self._settings = settings
        self.report: ReportWindow | None = None
        self.renew_asked: Callable[[], None] | None = None
        """Puts a new window in the place of this one; None where nobody does."""
        self.setWindowTitle(tr("Hardware Fit Planner"))
        screen = self.screen()
        room = SMALLEST if screen is None else screen.availableGeometry().size()
        self.setMinimumSize(SMALLEST.boundedTo(room))
        window_memory.restore_place(self, settings)

    @property
    def store(self) -> SettingsStore:
        """Where it is remembered."""
        return self._store

    @property
    def settings(self) -> WindowSettings:
        """What is remembered."""
        return self._settings

    def complete(self, session: PlannerSession, table: CatalogueTable | None = None) -> None:
        """Make everything the window holds.

        Parameters
        ----------
        session : PlannerSession
        table : CatalogueTable or None
            The list where it is on the screen already.
        """
        with self.themes.unstyled():
            self._make(session, table)
        self.question.fit_width()
        self.splitter.setSizes([self.question.minimumWidth(), 800, PLAN_WIDTH])
        window_memory.restore_panels(self, self._settings)
        self._check_choices()
        self._completed = True
        self._fold()

    def _make(self, session: PlannerSession, table: CatalogueTable | None) -> None:
        from ui.actions import build_actions
        from ui.fault_log import FaultLog
        from ui.recent import Recent
        from ui.status import StatusLine
        from ui.views.centre import Centre
        from ui.views.machine_bar import MachineBar
        from ui.views.plan_pane import PlanPane
        from ui.views.question_panel import QuestionPanel
        from ui.views.tray import Tray
        from ui.widgets.fault_bar import FaultBar
        from ui.window_actions import window_rows

        settings = self._settings
        self.session = session
        self.machine_bar = MachineBar(session)
        self.question = QuestionPanel(session)
        self.centre = Centre(session, table)
        self.plan_pane = PlanPane(session, settings.shell)
        self.tray = Tray(session)
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.machine_bar)
        self.fault_bar = FaultBar()
        layout.addWidget(self.fault_bar)
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
        self.lower = QSplitter(Qt.Orientation.Vertical)
        self.lower.setHandleWidth(1)
        self.lower.setChildrenCollapsible(False)
        self.lower.addWidget(self.splitter)
        layout.addWidget(self.lower, 1)
        layout.addWidget(self.tray)
        self.setCentralWidget(body)
        self._question_open = True
        self._plan_open = True
        self._compare: CompareView | None = None
        self.status = StatusLine(self.statusBar(), session)
        self.actions_by_key = build_actions(window_rows(self), self, self.menuBar())
        menus = {menu.objectName(): menu for menu in self.menuBar().findChildren(QMenu)}
        self.recent = Recent(session, settings, menus["plan"], menus["machine"], self)
        self.fault_log = FaultLog(parent=self)
        self.commands = QToolButton()
        self.commands.setProperty("kind", "plain")
        self.commands.setText(tr("Commands  Ctrl+Shift+P"))
        self.commands.setAccessibleName(tr("Command palette"))
        self.commands.clicked.connect(self.open_palette)
        self.menuBar().setCornerWidget(self.commands)
        self._wire()

    # -- arranging

    def _wire(self) -> None:
        session = self.session
        self.themes.theme_changed.connect(self._theme_changed)
        self.machine_bar.retry_asked.connect(session.detect)
        self.plan_pane.report_asked.connect(lambda: self.export("plan"))
        self.plan_pane.hide_hint.clicked.connect(self._hide_first_steps)
        self.plan_pane.command.shell_chosen.connect(self._shell_chosen)
        self.plan_pane.command.copied.connect(self._copied)
        self.centre.plan_asked.connect(self._look_at_plan)
        self.centre.page_changed.connect(self._page_changed)
        self.centre.question_wanted.connect(self.toggle_question)
        self.centre.plan_wanted.connect(self._show_plan)
        self.centre.machine_asked.connect(self.machine_bar.open_editor)
        self.centre.columns_changed.connect(self._columns_changed)
        self.tray.compare_asked.connect(self.toggle_compare)
        self.tray.export_asked.connect(lambda: self.export("comparison"))
        session.told.connect(self.tell)
        session.second.machine_changed.connect(self._second_changed)
        self._second_changed(session.second.machine)
        self.status.restart_asked.connect(self.restart)
        self.fault_log.told.connect(self.fault_bar.show_fault)
        self.fault_bar.copy_asked.connect(self.copy_diagnostics)
        self.fault_bar.folder_asked.connect(self.open_log_folder)

    def _second_changed(self, machine: object) -> None:
        self.actions_by_key["machine_uncompare"].setEnabled(machine is not None)

    def _theme_changed(self, _theme: object) -> None:
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take over the current theme."""
        for panel in (self.machine_bar, self.question, self.centre, self.plan_pane, self.tray):
            panel.apply_theme()
        made = [getattr(self, name, None) for name in ("map_view", "scatter_view")]
        for widget in (self._compare, *made, self.report):
            if widget is not None:
                widget.apply_theme()  # type: ignore[union-attr]
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold panels that have no room."""
        super().resizeEvent(event)
        if self._completed:
            self._fold()

    def _fold(self) -> None:
        width = self.width()
        forced = width < FOLD_QUESTION_BELOW and self._question_pinned()
        self.question.setVisible((self._question_open and width >= FOLD_QUESTION_BELOW) or forced)
        # with both beside it in a narrow window, nothing of the list could be read
        self.plan_pane.setVisible(self._plan_open and width >= FOLD_PLAN_BELOW and not forced)
        self.centre.show_panels(not self.question.isHidden(), not self.plan_pane.isHidden())

    def _question_pinned(self) -> bool:
        return bool(getattr(self, "_question_forced", False))

    def toggle_question(self) -> None:
        """Show or hide the question; in a narrow window it takes the place of the plan."""
        shown = not self.question.isVisible()
        self._question_open = shown
        self._question_forced = shown and self.width() < FOLD_QUESTION_BELOW
        self._fold()

    def toggle_plan(self) -> None:
        """Show or hide the plan; in a narrow window it takes the place of the question."""
        if self._plan_open and not self.plan_pane.isHidden():
            self._plan_open = False
            self._fold()
        else:
            self._show_plan()

    def _show_plan(self) -> None:
        self._plan_open = True
        self._question_forced = False
        self._fold()
        if self.plan_pane.isHidden():  # too narrow for it beside the list
            self.plan_pane.pull_out()

    # -- showing

    def tell(self, text: str, fault: bool) -> None:
        """One line in the status bar."""
        self.status.tell(shown(text), fault)

    def _copied(self, _text: str) -> None:
        self.recent.used()
        self.tell(tr("Copied the command"), False)

    def focus_search(self) -> None:
        """Go to the search field."""
        if not self.question.isVisible():
            self.toggle_question()
        self.question.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.question.search.selectAll()

    def clear_filters(self) -> None:
        """Show every model."""
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
            self._show_plan()
        self.plan_pane.command.copy.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_why(self) -> None:
        """Show what the numbers were made from."""
        self.plan_pane.tabs.setCurrentIndex(1)

    def _page_changed(self, key: str) -> None:
        if key == "map" and not self.centre.has_page(key):
            from ui.views.map_view import MapView

            self.map_view = MapView(self.session)
            self.map_view.plan_asked.connect(self._look_at_plan)
            self.centre.add_page(key, self.map_view)
        if key == "scatter" and not self.centre.has_page(key):
            from ui.views.scatter_view import ScatterView

            self.scatter_view = ScatterView(self.session)
            self.scatter_view.plan_asked.connect(self._look_at_plan)
            self.centre.add_page(key, self.scatter_view)
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
        wanted = min(max(self._compare.fitting_height(), 200), self.lower.height() // 2 + 40)
        self.lower.setSizes([self.lower.height() - wanted, wanted])

    @property
    def comparing(self) -> bool:
        """Whether pinned plans are shown side by side."""
        return self._compare is not None and self._compare.isVisible()

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

    # -- report

    def export(self, kind: Kind | None = None) -> None:
        """Open the report window; ``kind`` chooses its content (``plan``, ``comparison``, ``ranking``)."""
        if self.report is None:
            from ui.views.report_window import ReportWindow

            self.report = ReportWindow(self.session, self._settings.export_folder, self)
            self.report.told.connect(self.tell)
            self.report.folder_chosen.connect(self._report_folder_chosen)
        self.report.show_kind(kind)

    def _report_folder_chosen(self, folder: str) -> None:
        self._settings.export_folder = folder

    # -- settings

    def choose_theme(self, choice: str) -> None:
        """Use a theme, or follow the system."""
        self.themes.choose(choice)
        self._settings.theme = choice

    def choose_scale(self, scale: float) -> None:
        """Draw everything larger or smaller: in a new window, or from the next start on where that cannot be."""
        if scale != self._settings.scale:
            from ui.renew import can_scale_now

            self._settings.scale = scale
            if self.renew_asked is not None and can_scale_now():
                self.renew_asked()
                return
            self._takes_a_restart(tr("{n} % from the next start").format(n=round(100 * scale)))

    def step_scale(self, step: int) -> None:
        """One size up or down."""
        index = min(range(len(SCALES)), key=lambda i: abs(SCALES[i] - self._settings.scale))
        scale = SCALES[min(max(index + step, 0), len(SCALES) - 1)]
        self.actions_by_key[f"scale_{scale:g}"].trigger()

    def choose_language(self, language: str) -> None:
        """Speak another language: in a new window, or from the next start on where nobody makes one."""
        if language != self._settings.language:
            self._settings.language = language
            if self.renew_asked is not None:
                self.renew_asked()
                return
            self._takes_a_restart(tr("The language changes at the next start"))

    def _takes_a_restart(self, text: str) -> None:
        self.tell(text, False)
        self.status.restart.show()
        self._store.save(self._settings)

    def restart(self) -> None:
        """Close, and open again."""
        from ui.restart import start_again

        self.save_settings()
        if start_again():
            self.close()
        else:
            self.tell(tr("The program could not be started again; close it and open it"), True)

    # -- help

    def diagnostics(self) -> str:
        """What somebody who helps needs to know."""
        from ui.diagnostics import diagnostics
        from ui.fault_log import last_entries

        log = last_entries(self.fault_log.folder)
        session = self.session
        return diagnostics(self._settings, session.machine, session.library, self.themes.theme.name, log)

    def copy_diagnostics(self) -> None:
        """Put the diagnostics on the clipboard; show them where there is none."""
        from ui.clipboard import copy_text

        text = self.diagnostics()
        if copy_text(text):
            self.tell(tr("Copied the diagnostics: no user or computer name is in them"), False)
            return
        from ui.views.help_cards import text_card

        self.tell(tr("The clipboard is not available; select the text and copy it by hand"), True)
        text_card(self.commands, tr("Diagnostics"), text).open()

    def open_log_folder(self) -> None:
        """Show the folder of the log in the system's file manager."""
        folder = self.fault_log.folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            self.tell(tr("There is no log folder ({reason})").format(reason=fault.strerror or fault), True)
            return
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self.tell(tr("The log is in {folder}").format(folder=folder), True)

    def _shell_chosen(self, shell: str) -> None:
        self._settings.shell = shell

    def _columns_changed(self) -> None:
        self._settings.hidden_columns = sorted(self.centre.table.hidden_by_choice)

    def _hide_first_steps(self) -> None:
        self.plan_pane.hint.hide()
        self._settings.first_run_hint = False

    def show_first_steps(self) -> None:
        """Bring the hint for the first minute back."""
        self.session.select(None)
        self.plan_pane.hint.show()
        self._settings.first_run_hint = True

    def _check_choices(self) -> None:
        """Mark the theme, size and language in use in the menus."""
        theme = {"high-contrast": "theme_high"}.get(self.themes.choice, f"theme_{self.themes.choice}")
        for key in (theme, f"scale_{self._settings.scale:g}", f"language_{self._settings.language}"):
            if key in self.actions_by_key:
                self.actions_by_key[key].setChecked(True)

    def save_settings(self) -> None:
        """Write what the window remembers."""
        window_memory.remember(self, self._settings)
        self._store.save(self._settings)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember, wait for what runs, go."""
        if not self._completed:
            event.accept()
            return
        self.save_settings()
        self.recent.stop()
        if self.plan_pane.window_of_plan is not None:
            self.plan_pane.window_of_plan.close()
        if self.report is not None:
            self.report.close()
        self.session.leave()
        self.hide()  # what runs may take a second to end
        if self.report is not None:
            self.report.shutdown()
        self.session.close()
        self.fault_log.uninstall()
        for timer in self.findChildren(QTimer):
            timer.stop()
        event.accept()
