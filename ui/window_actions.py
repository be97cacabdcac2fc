"""The table of actions of the window: what menus, shortcuts and the command palette offer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ui.actions import ActionRow
from ui.language import LANGUAGES
from ui.settings import SCALES
from ui.words import tr

if TYPE_CHECKING:
    from ui.main_window import MainWindow


def window_rows(window: MainWindow) -> list[ActionRow]:
    """Actions of a window, in the order of its menus."""
    return [
        *_file_and_edit(window),
        *_view(window),
        *_machine_and_plan(window),
        *_help(window),
    ]


def _file_and_edit(w: MainWindow) -> list[ActionRow]:
    undo = w.session.undo_stack
    return [
        ActionRow("export", "file", tr("Report and print preview…"), w.export, "Ctrl+E"),
        ActionRow("quit", "file", tr("Quit"), w.close, "Ctrl+Q", separator=True),
        ActionRow("undo", "edit", tr("Undo"), undo.undo, "Ctrl+Z"),
        ActionRow("redo", "edit", tr("Redo"), undo.redo, "Ctrl+Shift+Z"),
        ActionRow("search", "edit", tr("Search models"), w.focus_search, "Ctrl+F", separator=True),
        ActionRow("clear", "edit", tr("Remove all filters"), w.clear_filters),
    ]


def _view(w: MainWindow) -> list[ActionRow]:
    rows = [
        ActionRow("list", "view", tr("List"), partial(w.centre.look_at, "list"), "Ctrl+1"),
        ActionRow("map", "view", tr("Map"), partial(w.centre.look_at, "map"), "Ctrl+2"),
        ActionRow(
            "scatter", "view", tr("Quality against speed"), partial(w.centre.look_at, "scatter"), "Ctrl+3"
        ),
        ActionRow("question", "view", tr("Show or hide the question"), w.toggle_question, "Ctrl+B"),
        ActionRow("plan", "view", tr("Show or hide the plan"), w.toggle_plan, "Ctrl+P"),
    ]
    themes = (
        ("theme_system", tr("Theme: follow the system"), "system"),
        ("theme_light", tr("Theme: light"), "light"),
        ("theme_dark", tr("Theme: dark"), "dark"),
        ("theme_high", tr("Theme: high contrast"), "high-contrast"),
    )
    rows += [
        ActionRow(key, "view", title, partial(w.choose_theme, choice), "", "theme", n == 0, "theme")
        for n, (key, title, choice) in enumerate(themes)
    ]
    rows += [
        ActionRow(
            "larger", "view", tr("Everything larger"), partial(w.step_scale, 1), "Ctrl++", submenu="size"
        ),
        ActionRow(
            "smaller", "view", tr("Everything smaller"), partial(w.step_scale, -1), "Ctrl+-", submenu="size"
        ),
    ]
    rows += [
        ActionRow(
            f"scale_{scale:g}",
            "view",
            tr("Size {n} %").format(n=round(100 * scale)),
            partial(w.choose_scale, scale),
            "Ctrl+0" if scale == 1 else "",
            "scale",
            submenu="size",
        )
        for scale in SCALES
    ]
    languages = {"system": tr("Language of the system"), **LANGUAGES}
    rows += [
        ActionRow(
            f"language_{key}",
            "view",
            title,
            partial(w.choose_language, key),
            "",
            "language",
            submenu="language",
        )
        for key, title in languages.items()
    ]
    return rows


def _machine_and_plan(w: MainWindow) -> list[ActionRow]:
    s = w.session
    return [
        ActionRow("machine_new", "machine", tr("New what-if machine…"), w.machine_bar.open_editor, "Ctrl+N"),
        ActionRow("machine_this", "machine", tr("Plan for this machine"), s.use_this_machine, "Ctrl+Home"),
        ActionRow(
            "machine_compare",
            "machine",
            tr("Compare with another machine…"),
            partial(w.machine_bar.open_editor, compare=True),
        ),
        ActionRow("machine_uncompare", "machine", tr("Stop comparing with a second machine"), s.second.clear),
        ActionRow("detect", "machine", tr("Detect again"), s.detect, "F5"),
        ActionRow("copy", "plan", tr("Copy the command"), w.plan_pane.command.copy_command, "Ctrl+Shift+C"),
        ActionRow("pin", "plan", tr("Pin or unpin"), s.pin, "Ctrl+D"),
        ActionRow("compare", "plan", tr("Compare pinned plans"), w.toggle_compare, "Ctrl+K"),
        ActionRow("why", "plan", tr("Why these numbers"), w.show_why, "Ctrl+I"),
        ActionRow("pull_out", "plan", tr("Plan in its own window"), w.plan_pane.pull_out, "Ctrl+Shift+N"),
    ]


def _help(w: MainWindow) -> list[ActionRow]:
    return [
        ActionRow("palette", "help", tr("Commands…"), w.open_palette, "Ctrl+Shift+P"),
        ActionRow("glossary", "help", tr("Glossary"), w.open_glossary, "F1"),
        ActionRow("first", "help", tr("First steps"), w.show_first_steps),
        ActionRow("diagnostics", "help", tr("Copy diagnostics"), w.copy_diagnostics, separator=True),
        ActionRow("log_folder", "help", tr("Open log folder"), w.open_log_folder),
        ActionRow("about", "help", tr("About"), w.open_about, separator=True),
    ]
