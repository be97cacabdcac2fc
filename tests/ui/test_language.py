"""The second language is complete, numbers follow the locale, files and commands follow neither."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QLocale, Qt, QTranslator
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from ui_support import MODEL, described, select, settle

from planner import units, words
from planner.text import verdict_sentence
from planner.words import Figure, say, say_list
from ui.language import TRANSLATIONS, forget_language, language_of, separators_of, use_language
from ui.main_window import MainWindow
from ui.translations import update
from ui.typed import typed
from ui.words import shown

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

CHINESE = TRANSLATIONS / "ui_zh_CN.ts"
HAN = re.compile("[\u4e00-\u9fff]")
SAME_IN_BOTH = re.compile(
    r"[^A-Za-z]*|.*(\{|GPU|CPU|KV|OSI|GGUF|GiB|Hugging Face|Python|n_vocab|flash|Shell|tok).*", re.S | re.I
)
"""Texts that may be the same in both languages: names, units, signs, and templates of nothing but values."""


@pytest.fixture
def speak(qapp: QApplication) -> Iterator[Callable[[str, str], str]]:
    """Speak a language with the numbers of a locale until the test ends."""
    yield lambda language, locale: use_language(qapp, language, QLocale(locale))
    forget_language(qapp)


@pytest.fixture(scope="module")
def texts() -> dict[str, list[str]]:
    return update.collect()


def test_that_every_text_is_translated(texts: dict[str, list[str]]) -> None:
    known = update.read_translations(CHINESE)
    missing = [t for context, every in texts.items() for t in every if t not in known[context]]
    assert missing == [], "run python -m ui.translations.update and translate what is unfinished"
    assert sum(map(len, texts.values())) > 600


def test_that_no_translation_is_left_of_a_text_nobody_says(texts: dict[str, list[str]]) -> None:
    known = update.read_translations(CHINESE)
    assert [t for context in known for t in known[context] if t not in texts[context]] == []


def test_that_translations_fill_in_the_same_values() -> None:
    for context, known in update.read_translations(CHINESE).items():
        for text, translation in known.items():
            assert update.placeholders(translation) == update.placeholders(text), (context, text)


def test_that_translations_are_chinese() -> None:
    for known in update.read_translations(CHINESE).values():
        for text, translation in known.items():
            assert HAN.search(translation) or SAME_IN_BOTH.fullmatch(text), (text, translation)


def test_that_the_compiled_file_says_what_the_source_says(qapp: QApplication) -> None:
    translator = QTranslator()
    assert translator.load(str(CHINESE.with_suffix(".qm")))
    for context, known in update.read_translations(CHINESE).items():
        for text, translation in known.items():
            assert translator.translate(context, text) == translation, text


def test_that_a_text_put_together_at_run_time_is_refused() -> None:
    with pytest.raises(update.NotALiteral, match=r"x\.py:1"):
        list(update.texts_of('tr(f"{n} models")', "tr", "x.py"))


@pytest.mark.parametrize(
    ("choice", "locale", "language"),
    [
        ("system", "zh_CN", "zh_CN"),
        ("system", "zh_TW", "en"),
        ("system", "de_DE", "en"),
        ("system", "C", "en"),
        ("zh_CN", "de_DE", "zh_CN"),
        ("en", "zh_CN", "en"),
    ],
)
def test_that_the_system_chooses_the_language_unless_the_user_does(
    choice: str, locale: str, language: str
) -> None:
    assert language_of(choice, QLocale(locale)) == language


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("en_US", (".", ",")),
        ("de_DE", (",", ".")),
        ("fr_FR", (",", "\u202f")),
        ("de_CH", (".", "'")),
        ("C", (".", ",")),
    ],
)
def test_that_separators_are_those_of_the_locale(locale: str, expected: tuple[str, str]) -> None:
    point, group = separators_of(QLocale(locale))
    assert (point, group.replace("’", "'")) == expected


def test_that_figures_follow_the_locale_on_this_thread_only(speak: Callable[[str, str], str]) -> None:
    assert units.mib(3072 * units.MIB) == "3,072 MiB"
    speak("en", "de_DE")
    assert units.mib(3072 * units.MIB) == "3.072 MiB"
    assert units.gib(20.7 * units.GIB) == "20,7 GiB"
    others: list[str] = []
    thread = threading.Thread(target=lambda: others.append(units.gib(20.7 * units.GIB)))
    thread.start()
    thread.join()
    assert others == ["20.7 GiB"]


def test_that_said_texts_stay_plain_and_are_shown_in_the_language(speak: Callable[[str, str], str]) -> None:
    speak("zh_CN", "de_DE")
    inner = say("{used} of {all} RAM", used=units.gib(1.5 * units.GIB), all=units.gib(64 * units.GIB))
    said = say("Does not fit: {reason}", reason=say_list([inner, "Qwen2.5"]))
    assert said == "Does not fit: 1.5 GiB of 64.0 GiB RAM, Qwen2.5"
    assert json.dumps(said) == '"Does not fit: 1.5 GiB of 64.0 GiB RAM, Qwen2.5"'
    assert shown(said) == "放不下：内存 1,5 GiB / 64,0 GiB，Qwen2.5"
    assert shown("Qwen2.5 of 3,072") == "Qwen2.5 of 3,072"


def test_that_a_value_with_braces_is_no_template() -> None:
    said = say("Unknown: {reason}", reason="{x!r} {0}")
    assert said == "Unknown: {x!r} {0}"
    assert words.shown(said) == "Unknown: {x!r} {0}"


@pytest.mark.parametrize(
    ("text", "locale", "expected"),
    [
        ("8192", "en_US", "8192"),
        ("8,192", "en_US", "8192"),
        ("8k", "en_US", "8k"),
        ("1,5", "en_US", "1,5"),
        ("1,234,5", "en_US", "1,234,5"),
        ("8.192", "de_DE", "8192"),
        ("1.024,5 GiB", "de_DE", "1024.5 GiB"),
        ("12.5", "de_DE", "12.5"),
        ("1 024,5", "fr_FR", "1024.5"),
        ("1'024.5", "de_CH", "1024.5"),
        ("８１９２", "zh_CN", "8192"),
        ("８ｋ", "zh_CN", "8k"),
    ],
)
def test_that_numbers_are_read_as_the_locale_writes_them(text: str, locale: str, expected: str) -> None:
    assert typed(text, separators_of(QLocale(locale))) == expected


def test_that_a_comma_between_other_than_three_digits_is_refused() -> None:
    with pytest.raises(units.ValueFault, match="not a size"):
        units.parse_gib("1,5", "RAM")
    with pytest.raises(units.ValueFault, match="not a number of tokens"):
        units.parse_tokens("8,19")
    assert units.parse_tokens("1,048,576") == 1048576


def texts_on_screen(window: QWidget) -> list[str]:
    labels = [w.text() for w in window.findChildren(QLabel) if w.isVisible()]
    return labels + [w.text() for w in window.findChildren(QAbstractButton) if w.isVisible()]


def test_that_a_chinese_window_says_nothing_in_english(
    speak: Callable[[str, str], str],
    make_window: Callable[..., MainWindow],
    qtbot: QtBot,
    texts: dict[str, list[str]],
) -> None:
    speak("zh_CN", "zh_CN")
    window = make_window(described())
    select(window, qtbot, MODEL)
    assert window.windowTitle() == "硬件适配规划器"
    assert window.actions_by_key["copy"].text() == "复制命令"
    sentence = window.plan_pane.verdict.accessibleName()
    assert sentence.startswith("放得下（全部在 GPU 上）：RTX 4090 ")
    assert "token/秒" in sentence
    known = update.read_translations(CHINESE)
    english = {t for context in known for t, to in known[context].items() if to != t}
    assert [t for t in texts_on_screen(window) if t in english] == []
    assert [a.text() for a in window.actions_by_key.values() if a.text() in english] == []
    window.show_why()
    why = window.plan_pane.why
    titles = [why.topLevelItem(i).text(0) for i in range(why.topLevelItemCount())]
    assert "KV 缓存, CUDA0" in titles or "KV 缓存，CUDA0" in titles


def test_that_files_and_commands_stay_plain_in_any_language(
    speak: Callable[[str, str], str], make_window: Callable[..., MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    speak("zh_CN", "de_DE")
    window = make_window(described(), n_ctx=16384)
    select(window, qtbot, MODEL)
    assert window.question.context.edit.text() == "16.384"
    assert "," in window.plan_pane.verdict.accessibleName()
    plan = window.session.plan
    assert plan is not None
    assert "-c 16384" in window.plan_pane.command.command_text
    document = json.dumps(plan.to_json())
    assert not HAN.search(json.loads(document)["command"]["posix"])
    assert not HAN.search(document.encode().decode("unicode_escape", "replace"))
    assert isinstance(verdict_sentence(plan), words.Said)
    assert not HAN.search(verdict_sentence(plan))


def test_that_a_field_takes_the_number_of_its_locale_and_of_others(
    speak: Callable[[str, str], str], make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    speak("en", "de_DE")
    window = make_window(described())
    field = window.question.context.edit
    for text, n_ctx, now in (("16.384", 16384, "16.384"), ("8,192", 8192, "8.192"), ("4k", 4096, "4.096")):
        field.setFocus()
        field.selectAll()
        qtbot.keyClicks(field, text)
        qtbot.keyClick(field, Qt.Key.Key_Return)
        settle(window, qtbot)
        assert window.session.wishes.n_ctx == n_ctx
        assert field.text() in (now, text)
    reserve = window.machine_bar.reserve.edit
    reserve.setFocus()
    reserve.selectAll()
    qtbot.keyClicks(reserve, "1,5")
    qtbot.keyClick(reserve, Qt.Key.Key_Return)
    settle(window, qtbot)
    assert window.session.wishes.reserve_bytes == 1.5 * units.GIB


def test_that_a_fault_beside_a_field_is_said_in_the_language(
    speak: Callable[[str, str], str], make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    speak("zh_CN", "zh_CN")
    window = make_window(described())
    field = window.question.context
    field.edit.setFocus()
    field.edit.selectAll()
    QGuiApplication.clipboard().setText("很多")
    field.edit.paste()
    qtbot.keyClick(field.edit, Qt.Key.Key_Return)
    assert "不是 token 数" in field.fault.text()
    assert window.session.wishes.n_ctx == 8192
    qtbot.keyClick(field.edit, Qt.Key.Key_Escape)
    assert field.edit.text() == "8,192"
    assert field.fault.isHidden()


def test_that_a_figure_is_a_plain_text_for_whoever_stores_it() -> None:
    size = units.gib(20.7 * units.GIB)
    assert isinstance(size, Figure)
    assert json.loads(json.dumps({"size": size})) == {"size": "20.7 GiB"}
