"""Colours by role for light, dark and high contrast, and how they reach Qt: palette, style sheet, fonts.

Widgets never name a colour: they ask the current theme for a role, so that a change of the system's scheme repaints all.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from collections.abc import Iterator

RESOURCES = Path(__file__).parent / "resources"


class Theme:
    """One scheme; every value is a colour of that role.

    Plain attributes: making a dataclass of so many fields takes a tenth of the time the window may take to open.
    """

    name: str
    window: str
    base: str
    alternate: str
    line: str
    control_border: str
    text: str
    text_second: str
    text_third: str
    accent: str
    accent_text: str
    selection: str
    warning: str
    error: str
    range_mark: str
    weights: str
    weights_ink: str
    experts: str
    experts_ink: str
    kv: str
    kv_ink: str
    compute: str
    compute_ink: str
    overhead: str
    overhead_ink: str
    free: str
    free_border: str
    fit_g: str
    fit_g_ink: str
    fit_t: str
    fit_t_ink: str
    fit_e: str
    fit_e_ink: str
    fit_p: str
    fit_p_ink: str
    fit_c: str
    fit_c_ink: str
    hatch: str
    hatch_base: str

    def __init__(self, **roles: str) -> None:
        wrong = self.__annotations__.keys() ^ roles.keys()
        if wrong:
            raise TypeError(f"roles of a theme missing or unknown: {', '.join(sorted(wrong))}")
        self.__dict__.update(roles)

    def __setattr__(self, role: str, value: object) -> None:
        raise AttributeError(f"{role}: a theme does not change")

    def color(self, role: str) -> QColor:
        """Colour of a role; a copy, so that whoever fades it changes nobody else's."""
        return QColor(_color(getattr(self, role)))

    @property
    def kinds(self) -> tuple[QColor, ...]:
        """Colours of the memory kinds, in the order of every bar."""
        return tuple(self.color(r) for r in ("weights", "experts", "kv", "compute", "overhead"))

    @property
    def kind_inks(self) -> tuple[QColor, ...]:
        """Text on the memory kinds."""
        return tuple(
            self.color(r) for r in ("weights_ink", "experts_ink", "kv_ink", "compute_ink", "overhead_ink")
        )

    @property
    def fits(self) -> tuple[tuple[QColor, QColor], ...]:
        """Fill and text of the placement classes, best to worst; the last is what does not fit."""
        pairs = [(self.color(f"fit_{c}"), self.color(f"fit_{c}_ink")) for c in "gtepc"]
        return (*pairs, (self.color("hatch_base"), self.color("text")))


@lru_cache(maxsize=256)
def _color(value: str) -> QColor:
    return QColor(value)


INK = "#0B1520"
WHITE = "#FFFFFF"
BLACK = "#000000"

LIGHT = Theme(
    name="light",
    window="#F1F3F5",
    base=WHITE,
    alternate="#F7F8FA",
    line="#D9DDE2",
    control_border="#7F8893",
    text="#1A1F25",
    text_second="#454E58",
    text_third="#5A646F",
    accent="#086B68",
    accent_text=WHITE,
    selection="#DCEEEC",
    warning="#855400",
    error="#B3261E",
    range_mark="#515B66",
    weights="#12274F",
    weights_ink=WHITE,
    experts="#0B77C5",
    experts_ink=WHITE,
    kv="#AF6000",
    kv_ink=WHITE,
    compute="#561F00",
    compute_ink=WHITE,
    overhead="#63666B",
    overhead_ink=WHITE,
    free="#E9ECF0",
    free_border="#7F8893",
    fit_g="#123F76",
    fit_g_ink=WHITE,
    fit_t="#2E6AA3",
    fit_t_ink=WHITE,
    fit_e="#5F9DD0",
    fit_e_ink=INK,
    fit_p="#CBBD82",
    fit_p_ink=INK,
    fit_c="#EAE1BC",
    fit_c_ink=INK,
    hatch="#C3C9D1",
    hatch_base="#F7F8FA",
)
DARK = Theme(
    name="dark",
    window="#1D2023",
    base="#25292D",
    alternate="#2A2E33",
    line="#3B4148",
    control_border="#7D8791",
    text="#E8EBEE",
    text_second="#BAC1C9",
    text_third="#A2ABB5",
    accent="#5CCBC3",
    accent_text="#07211F",
    selection="#1F4341",
    warning="#F0B64F",
    error="#FF9A8F",
    range_mark="#A9B2BB",
    weights="#BCD4F3",
    weights_ink=INK,
    experts="#3F97EE",
    experts_ink=INK,
    kv="#DB7A16",
    kv_ink=INK,
    compute="#FBE6A8",
    compute_ink=INK,
    overhead="#939393",
    overhead_ink=INK,
    free="#363C43",
    free_border="#7D8791",
    fit_g="#B4DAFF",
    fit_g_ink=INK,
    fit_t="#7DB2E6",
    fit_t_ink=INK,
    fit_e="#4F86BC",
    fit_e_ink=INK,
    fit_p="#7B6C3C",
    fit_p_ink=WHITE,
    fit_c="#4B4429",
    fit_c_ink=WHITE,
    hatch="#4A525B",
    hatch_base="#2A2E33",
)
HIGH_CONTRAST = Theme(
    name="high-contrast",
    window=BLACK,
    base=BLACK,
    alternate="#0A0A0A",
    line="#6E6E6E",
    control_border=WHITE,
    text=WHITE,
    text_second=WHITE,
    text_third="#E0E0E0",
    accent="#3FF2FF",
    accent_text=BLACK,
    selection="#00303C",
    warning="#FFD84D",
    error="#FF9C94",
    range_mark=WHITE,
    weights="#D6E6FF",
    weights_ink=BLACK,
    experts="#4D9FFF",
    experts_ink=BLACK,
    kv="#F08A1D",
    kv_ink=BLACK,
    compute="#FFEDB0",
    compute_ink=BLACK,
    overhead="#9A9A9A",
    overhead_ink=BLACK,
    free=BLACK,
    free_border=WHITE,
    fit_g="#CFE8FF",
    fit_g_ink=BLACK,
    fit_t="#86BDF5",
    fit_t_ink=BLACK,
    fit_e="#4F8FD0",
    fit_e_ink=BLACK,
    fit_p="#7A6828",
    fit_p_ink=WHITE,
    fit_c="#4A421C",
    fit_c_ink=WHITE,
    hatch="#6E6E6E",
    hatch_base=BLACK,
)
THEMES = {t.name: t for t in (LIGHT, DARK, HIGH_CONTRAST)}
FUSION = ("-style", "Fusion")
"""Arguments that start an application in the style the sheet is written for."""
CHOICES = ("system", *THEMES)


def palette(theme: Theme) -> QPalette:
    """Qt palette of a theme."""
    p = QPalette()
    role = QPalette.ColorRole
    pairs = {
        role.Window: "window",
        role.WindowText: "text",
        role.Base: "base",
        role.AlternateBase: "alternate",
        role.Text: "text",
        role.Button: "base",
        role.ButtonText: "text",
        role.BrightText: "accent_text",
        role.Highlight: "accent",
        role.HighlightedText: "accent_text",
        role.Link: "accent",
        role.LinkVisited: "accent",
        role.ToolTipBase: "base",
        role.ToolTipText: "text",
        role.PlaceholderText: "text_third",
        role.Mid: "line",
        role.Midlight: "line",
        role.Dark: "control_border",
        role.Light: "base",
        role.Shadow: "line",
        role.Accent: "accent",
    }
    for target, name in pairs.items():
        p.setColor(target, theme.color(name))
    for target in (role.WindowText, role.Text, role.ButtonText):
        p.setColor(QPalette.ColorGroup.Disabled, target, theme.color("text_third"))
    return p


def style_sheet(theme: Theme) -> str:
    """Style sheet of a theme: the template with the roles put in."""
    template = (RESOURCES / "window.qss").read_text(encoding="utf-8")
    for role, value in vars(theme).items():
        template = template.replace("{" + role + "}", value)
    return template.replace("{icons}", (RESOURCES / "icons").as_posix())


def system_theme() -> Theme:
    """Theme the system asks for."""
    hints = QGuiApplication.styleHints()
    accessibility = getattr(hints, "accessibility", None)
    if accessibility is not None:
        preference = accessibility().contrastPreference()
        if preference == Qt.ContrastPreference.HighContrast:
            return HIGH_CONTRAST
    return DARK if hints.colorScheme() == Qt.ColorScheme.Dark else LIGHT


class ThemeManager(QObject):
    """Applies a theme to the application and follows the system.

    Signals
    -------
    theme_changed
        The theme in effect changed; everything repaints. arg: the theme.
    """

    theme_changed = Signal(object)

    def __init__(
        self,
        application: QApplication,
        choice: str = "system",
        parent: QObject | None = None,
        styled: bool = False,
    ) -> None:
        super().__init__(parent)
        self._application = application
        self._choice = choice if choice in CHOICES else "system"
        self._theme = LIGHT
        if not styled:  # an application started with FUSION has the style: naming QStyle here takes 25 ms
            application.setStyle("Fusion")
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._system_changed)
        accessibility = getattr(hints, "accessibility", None)
        if accessibility is not None:
            accessibility().contrastPreferenceChanged.connect(self._system_changed)
        self._apply()

    @property
    def theme(self) -> Theme:
        """Theme in effect."""
        return self._theme

    @property
    def choice(self) -> str:
        """``system`` or the name of a theme."""
        return self._choice

    def choose(self, choice: str) -> None:
        """Use a theme, or follow the system."""
        self._choice = choice if choice in CHOICES else "system"
        self._apply()

    @contextmanager
    def unstyled(self) -> Iterator[None]:
        """Put a window together without the sheet: Qt styles a part anew each time it is put into a larger one."""
        sheet = self._application.styleSheet()
        self._application.setStyleSheet("")
        try:
            yield
        finally:
            self._application.setStyleSheet(sheet)

    def _system_changed(self) -> None:
        if self._choice == "system":
            self._apply()

    def _apply(self) -> None:
        theme = system_theme() if self._choice == "system" else THEMES[self._choice]
        self._theme = theme
        set_current(theme)
        sheet = style_sheet(theme)
        if self._application.styleSheet() != sheet:  # styling all that is there again takes long
            self._application.setStyleSheet("")  # from one sheet to another Qt takes three times as long
            self._application.setPalette(palette(theme))
            self._application.setStyleSheet(sheet)
        self.theme_changed.emit(theme)


_current: list[Theme] = [LIGHT]


def set_current(theme: Theme) -> None:
    """Make a theme the one widgets paint with."""
    _current[0] = theme


def current() -> Theme:
    """Theme to paint with."""
    return _current[0]


@lru_cache(maxsize=64)
def ui_font(pixels: float = 13.0, semibold: bool = False) -> QFont:
    """The system's font at a size, with figures of equal width."""
    font = QFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont))
    scale = font_scale()
    font.setPixelSize(max(round(pixels * scale), 8))
    if semibold:
        font.setWeight(QFont.Weight.DemiBold)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


@lru_cache(maxsize=16)
def code_font(pixels: float = 12.5) -> QFont:
    """The system's font of fixed width."""
    font = QFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    font.setPixelSize(max(round(pixels * font_scale()), 8))
    return font


_scale = [1.0]


def font_scale() -> float:
    """Scale of text asked for in the settings."""
    return _scale[0]


def set_font_scale(scale: float) -> None:
    """Scale all text; 1 = the design's sizes."""
    _scale[0] = min(max(scale, 0.8), 3.0)
    ui_font.cache_clear()
    code_font.cache_clear()
