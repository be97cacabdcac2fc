"""Collect every text a person reads into the translation files, and compile them.

    python -m ui.translations.update

Reads the literals of ``tr("…")`` and ``say("…")`` in :mod:`ui` and :mod:`planner` and the sentences of the data, puts new
ones into ``ui_*.ts`` as unfinished, takes out what no code says any more, and compiles each file with Qt's ``lrelease``. The
``.ts`` files are edited with Qt Linguist or by hand; nothing else is.
"""

from __future__ import annotations

import ast
import json
import string
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

from ui.translations.catalogue import read_texts

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent.parent
SOURCES = (("ui", ("ui",), "tr"), ("planner", ("planner", "ui"), "say"))
"""Context of the translation, packages, function."""
LISTS = "say_list"
"""Its second argument stands between texts; ``", "`` where it is left out."""
FACTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("models_db/data/licences.json", "licences", ("conditions", "eu_note", "obligations")),
    ("models_db/data/accelerators.json", "accelerators", ("variant_note",)),
    ("planner/report/eu_ai_act.json", "facts", ("provision", "text")),
)
"""Sentences of the data that :func:`planner.words.say_fact` says: file, list in it, fields."""


class NotALiteral(ValueError):
    """A text that cannot be collected because it is put together while the program runs."""


def texts_of(source: str, function: str, name: str = "") -> Iterator[str]:
    """Literals handed to a function in one module.

    Raises
    ------
    NotALiteral
        When the text is no literal.
    """
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if called == function and node.args:
            text = node.args[0]
            if not isinstance(text, ast.Constant) or not isinstance(text.value, str):
                raise NotALiteral(f"{name}:{node.lineno}: {function}() needs one literal text")
            yield text.value
        elif called == LISTS and function == "say":
            given = node.args[1:2] or [k.value for k in node.keywords if k.arg == "between"]
            between = given[0] if given else ast.Constant(", ")
            if isinstance(between, ast.Constant) and isinstance(between.value, str):
                yield between.value


def collect(root: Path = ROOT) -> dict[str, list[str]]:
    """Every text by context, sorted."""
    found: dict[str, list[str]] = {}
    for context, packages, function in SOURCES:
        texts: set[str] = set()
        for path in sorted(p for package in packages for p in (root / package).rglob("*.py")):
            if path.parent == FOLDER or path.name == "words.py":
                continue
            texts.update(texts_of(path.read_text(encoding="utf-8"), function, path.name))
        if context == "planner":
            texts.update(facts_of(root))
        found[context] = sorted(t for t in texts if t)
    return found


def facts_of(root: Path) -> Iterator[str]:
    """Sentences of the data."""
    for name, rows, fields in FACTS:
        for row in json.loads((root / name).read_text(encoding="utf-8"))[rows]:
            for field in fields:
                value = row.get(field)
                yield from [value] if isinstance(value, str) else value or ()


def read_translations(path: Path) -> dict[str, dict[str, str]]:
    """Finished translations of a file, by context and text."""
    if not path.exists():
        return {context: {} for context, _, _ in SOURCES}
    return {context: read_texts(path, context) for context, _, _ in SOURCES}


def write_translations(
    path: Path, texts: dict[str, list[str]], known: dict[str, dict[str, str]], language: str
) -> int:
    """Write a file, and return how many texts it lacks."""
    root = ET.Element("TS", version="2.1", language=language, sourcelanguage="en")
    missing = 0
    for context, sources in texts.items():
        element = ET.SubElement(root, "context")
        ET.SubElement(element, "name").text = context
        for source in sources:
            message = ET.SubElement(element, "message")
            ET.SubElement(message, "source").text = source
            translation = ET.SubElement(message, "translation")
            translation.text = known.get(context, {}).get(source)
            if translation.text is None:
                translation.set("type", "unfinished")
                missing += 1
    ET.indent(root, "  ")
    text = ET.tostring(root, encoding="unicode", short_empty_elements=False)
    part = path.with_suffix(".part")
    part.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{text}\n', encoding="utf-8")
    part.replace(path)  # a report that is written reads it
    return missing


def placeholders(text: str) -> list[str]:
    """Names a template fills in, sorted.

    Raises
    ------
    ValueError
        When the braces do not match.
    """
    return sorted({name for _, name, _, _ in string.Formatter().parse(text) if name is not None})


def compile_translations(path: Path) -> None:
    """Make the ``.qm`` file that the window loads.

    Raises
    ------
    FileNotFoundError
        When PySide6's ``lrelease`` is not installed.
    """
    import PySide6

    tool = next(Path(PySide6.__file__).parent.glob("lrelease*"), None)
    if tool is None:
        raise FileNotFoundError("lrelease is not part of this PySide6")
    part = path.with_suffix(".part")
    subprocess.run([str(tool), "-silent", str(path), "-qm", str(part)], check=True)
    part.replace(path.with_suffix(".qm"))  # a window that runs has the old file mapped


def main() -> int:
    """Bring every language up to date; exit code 1 while a text is not translated."""
    texts = collect()
    missing = 0
    for path in sorted(FOLDER.glob("ui_*.ts")) or [FOLDER / "ui_zh_CN.ts"]:
        lacks = write_translations(path, texts, read_translations(path), path.stem.removeprefix("ui_"))
        compile_translations(path)
        print(f"{path.name}: {sum(map(len, texts.values()))} texts, {lacks} not translated")
        missing += lacks
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
