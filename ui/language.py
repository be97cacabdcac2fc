"""Language and numbers of the window: the system's, or as chosen. Files and commands never change with either."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from planner import words
from ui.words import speak

TRANSLATIONS = Path(__file__).parent / "translations"
LANGUAGES = {"en": "English", "zh_CN": "简体中文"}
"""Languages the window speaks, each named in itself."""


def language_of(choice: str, locale: QLocale | None = None) -> str:
    """Language to speak: the choice, or the first of the system's that the window speaks; English otherwise.

    Parameters
    ----------
    choice : str
        ``system`` or a key of :data:`LANGUAGES`.
    locale : QLocale or None
        The system's; None = ask the system.
    """
    if choice in LANGUAGES:
        return choice
    traditional = False
    for name in (locale or QLocale.system()).uiLanguages():
        parts = name.replace("-", "_").split("_")
        traditional = traditional or bool({"TW", "HK", "MO", "Hant"} & set(parts))
        if parts[0] == "zh" and not traditional:
            return "zh_CN"
        if parts[0] == "en":
            return "en"
    return "en"


def separators_of(locale: QLocale) -> tuple[str, str]:
    """Decimal point and separator of thousands of a locale; those of English where it separates no thousands."""
    point, group = locale.decimalPoint(), locale.groupSeparator()
    if not group or group == point or not point:
        return words.PLAIN
    return point, group


def use_language(application: QApplication, choice: str = "system", locale: QLocale | None = None) -> str:
    """Speak a language and write numbers as the locale does, in windows made from now on.

    Parameters
    ----------
    application : QApplication
    choice : str
        ``system`` or a key of :data:`LANGUAGES`.
    locale : QLocale or None
        Locale of numbers; None = the system's.

    Returns
    -------
    str
        Key of the language spoken.
    """
    system = locale or QLocale.system()
    forget_language(application)
    words.use_separators(*separators_of(system))
    language = language_of(choice, system)
    if language == "en":
        return language
    folders = (
        (str(TRANSLATIONS), f"ui_{language}"),
        (QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath), f"qtbase_{language}"),
    )
    for folder, name in folders:
        translator = QTranslator(application)
        translator.setObjectName("language")
        if translator.load(name, folder):
            application.installTranslator(translator)
    words.use_language(words.Language(language.replace("_", "-"), speak))
    return language


def forget_language(application: QApplication) -> None:
    """Go back to English and plain numbers."""
    for translator in application.findChildren(QTranslator, "language"):
        application.removeTranslator(translator)
        translator.setParent(None)
        translator.deleteLater()
    words.use_language(words.ENGLISH)
    words.use_separators(*words.PLAIN)
