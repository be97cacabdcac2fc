"""Text for people that another language can say too: English here, with its template and values kept beside it.

The planner writes English and knows no other language: the command line, JSON and CSV are English. A :class:`Said` *is* the
English text (a ``str``), so nothing that stores, compares or prints it notices; the window, and a report that is asked for
in another :class:`Language`, translate its template and fill the values in again. Numbers with units are :class:`Figure` for
the same reason: their plain form goes into files, and only a window writes them as the user's locale does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

PLAIN = (".", ",")
"""Decimal point and separator of thousands in files, commands and English text."""
_SEPARATORS: ContextVar[tuple[str, str]] = ContextVar("separators", default=PLAIN)


@dataclass(frozen=True, slots=True)
class Language:
    """A language texts are said in."""

    tag: str
    """As in the ``lang`` attribute of HTML (BCP 47)."""
    speaker: Callable[[str], str] | None
    """Translates a template; a text it does not know comes back as it is. None = English."""


ENGLISH = Language("en", None)
_LANGUAGE: ContextVar[Language] = ContextVar("language", default=ENGLISH)


class Figure(str):
    """A number, with its unit where it has one, as text.

    Attributes
    ----------
    plain : str
        The text as files write it, with ``.`` and ``,``.
    """

    __slots__ = ("plain",)
    plain: str


def figure(plain: str) -> Figure:
    """Make a figure of plain text, written with the separators of this thread."""
    separators = _SEPARATORS.get()
    text = Figure(plain if separators == PLAIN else localized(plain, separators))
    text.plain = plain
    return text


def localized(plain: str, separators: tuple[str, str] | None = None) -> str:
    """Write a plain figure with other separators; None = those of this thread."""
    point, group = separators or _SEPARATORS.get()
    return plain.translate({ord("."): point, ord(","): group})


def use_separators(point: str, group: str) -> None:
    """Write figures of this thread with these separators.

    Only the window's own thread calls this: plans are made, and files written, on other threads, which stay plain.
    """
    _SEPARATORS.set((point, group))


def separators() -> tuple[str, str]:
    """Decimal point and separator of thousands of this thread."""
    return _SEPARATORS.get()


def use_language(language: Language) -> None:
    """Let this thread say texts in another language."""
    _LANGUAGE.set(language)


def language() -> Language:
    """Language of this thread."""
    return _LANGUAGE.get()


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Say texts in a language, with plain figures, until the block ends: for a document, whatever a window speaks."""
    spoken, separated = _LANGUAGE.set(language), _SEPARATORS.set(PLAIN)
    try:
        yield
    finally:
        _LANGUAGE.reset(spoken)
        _SEPARATORS.reset(separated)


class Said(str):
    """A text made of a template and values, or of several texts in a row.

    Attributes
    ----------
    template : str
        English with ``{names}``; for several texts, what stands between them.
    values : dict of str to Any
        What goes into the template.
    parts : tuple of str or None
        The texts, when they stand in a row.
    """

    __slots__ = ("parts", "template", "values")  # plans that are kept hold thousands of them
    template: str
    values: dict[str, Any]
    parts: tuple[str, ...] | None


def say(template: str, /, **values: Any) -> Said:
    """Fill a template, and keep both for whoever says it in another language.

    Parameters
    ----------
    template : str
        English, with ``{name}`` for each value. The extractor of translations reads it as a literal.
    **values : Any
        Texts and numbers.

    Returns
    -------
    Said
        The English text.
    """
    return _fill(template, values)


def filled(said: Said, /, **values: Any) -> Said:
    """Fill a template that was said without its values: one of a table of them."""
    return _fill(said.template, values)


def _fill(template: str, values: dict[str, Any]) -> Said:
    flat = {name: plain(value) for name, value in values.items()}
    said = Said(template.format(**flat) if values else template)
    said.template, said.values, said.parts = template, values, None
    return said


def say_list(parts: Iterable[str], between: str = ", ") -> Said:
    """Texts in a row; ``between`` is translated as well, since languages separate differently."""
    items = tuple(parts)
    said = Said(between.join(plain(p) for p in items))
    said.template, said.values, said.parts = between, {}, items
    return said


def say_fact(text: str) -> Said:
    """Keep a sentence of the data so that it can be translated: those of :mod:`models_db` and the law are collected."""
    said = Said(text)
    said.template, said.values, said.parts = text, {}, None
    return said


def shown(text: str) -> str:
    """Say a text in the language of this thread: its template translated, its figures as the locale writes them.

    A text that is neither :class:`Said` nor :class:`Figure` (a name, a command) comes back as it is.
    """
    if isinstance(text, Figure):
        return localized(text.plain)
    if not isinstance(text, Said):
        return text
    speaker = _LANGUAGE.get().speaker
    template = text.template if speaker is None else speaker(text.template)
    if text.parts is not None:
        return template.join(shown(part) for part in text.parts)
    if not text.values:
        return template
    return template.format(
        **{name: shown(value) if isinstance(value, str) else value for name, value in text.values.items()}
    )


def plain(value: Any) -> Any:
    """A value as files write it: the plain form of a figure, anything else as it is."""
    return value.plain if isinstance(value, Figure) else value
