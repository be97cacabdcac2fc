"""The translations without Qt: what a report on the command line is written with."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path

from planner.units import ValueFault
from planner.words import ENGLISH, Language

FOLDER = Path(__file__).resolve().parent
CONTEXT = "planner"


def language_names() -> tuple[str, ...]:
    """Names of the languages there are: English, and one for each file of translations."""
    return (ENGLISH.tag, *sorted(p.stem.removeprefix("ui_") for p in FOLDER.glob("ui_*.ts")))


@cache
def language_named(name: str) -> Language:
    """Find a language by its name.

    Parameters
    ----------
    name : str
        ``en``, ``zh_CN``, or the same with a hyphen.

    Raises
    ------
    ValueFault
        If there is no such translation.
    """
    names = {known.casefold(): known for known in language_names()}
    known = names.get(name.replace("-", "_").casefold())
    if known is None:
        raise ValueFault(f"there is no translation {name!r}; valid are {', '.join(names.values())}")
    if known == ENGLISH.tag:
        return ENGLISH
    texts = read_texts(FOLDER / f"ui_{known}.ts")
    return Language(known.replace("_", "-"), lambda text: texts.get(text, text))


def read_texts(path: Path, context: str = CONTEXT) -> dict[str, str]:
    """Finished translations of one context of a file."""
    found = {}
    for part in ET.parse(path).getroot().iter("context"):
        if part.findtext("name") != context:
            continue
        for message in part.iter("message"):
            translation = message.find("translation")
            if translation is not None and translation.get("type") is None and translation.text:
                found[message.findtext("source") or ""] = translation.text
    return found
