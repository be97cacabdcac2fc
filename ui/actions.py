"""Every action of the window in one table: menus, shortcuts and the command palette read the same rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from ui.words import tr

MENUS = ("file", "edit", "view", "machine", "plan", "help")


def menu_titles() -> dict[str, str]:
    """Titles of the menus, with the letter that opens them."""
    return {
        "file": tr("&File"),
        "edit": tr("&Edit"),
        "view": tr("&View"),
        "machine": tr("&Machine"),
        "plan": tr("&Plan"),
        "help": tr("&Help"),
    }


def submenu_titles() -> dict[str, str]:
    """Titles of the submenus."""
    return {
        "theme": tr("Theme"),
        "size": tr("Size of everything"),
        "language": tr("Language"),
    }


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One action."""

    key: str
    menu: str
    title: str
    run: Callable[[], object]
    shortcut: str = ""
    group: str = ""
    """Actions of one group are exclusive and checkable."""
    separator: bool = False
    """A line above it."""
    submenu: str = ""
    """Key of the submenu it is in."""


def build_actions(rows: list[ActionRow], window: QWidget, bar: QMenuBar) -> dict[str, QAction]:
    """Make the actions and put them into the menus of a window."""
    from PySide6.QtGui import QActionGroup

    menus: dict[str, QMenu] = {}
    titles = menu_titles()
    for key in MENUS:
        menus[key] = bar.addMenu(titles[key])
        menus[key].setObjectName(key)
        menus[key].setToolTipsVisible(True)
    submenus: dict[str, QMenu] = {}
    inner = submenu_titles()
    groups: dict[str, QActionGroup] = {}
    made: dict[str, QAction] = {}
    for row in rows:
        action = QAction(row.title, window)
        action.setObjectName(row.key)
        if row.shortcut:
            action.setShortcut(QKeySequence(row.shortcut))
        if row.group:
            action.setCheckable(True)
            if row.group not in groups:
                groups[row.group] = QActionGroup(window)
            groups[row.group].addAction(action)
        action.triggered.connect(lambda _checked=False, r=row: r.run())
        if row.separator:
            menus[row.menu].addSeparator()
        if row.submenu and row.submenu not in submenus:
            submenus[row.submenu] = menus[row.menu].addMenu(inner[row.submenu])
        (submenus[row.submenu] if row.submenu else menus[row.menu]).addAction(action)
        window.addAction(action)
        made[row.key] = action
    return made
