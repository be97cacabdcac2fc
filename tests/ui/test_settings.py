"""What the window remembers, and files it cannot use."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from planner.words import Said
from ui.main_window import MainWindow
from ui.settings import SCHEMA_VERSION, SettingsStore, WindowSettings


def test_that_settings_come_back_as_they_were_saved(tmp_path: Path) -> None:
    store = SettingsStore(tmp_path)
    settings = WindowSettings(theme="dark", shell="powershell", hidden_columns=["loss"])
    assert store.save(settings) is None
    assert store.load() == (settings, None)
    assert [p.name for p in tmp_path.iterdir()] == ["window.json"]


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"\xff\xfe\x00",
        b"[]",
        b'{"schema_version": 1, "theme": "pink"}',
        b'{"schema_version": 1, "question": {"n_ctx": -4}}',
        b"[" * 100_000,
    ],
    ids=["cut", "binary", "list", "theme", "context", "deep"],
)
def test_that_an_unusable_file_is_kept_aside_and_told_once(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "window.json").write_bytes(content)
    store = SettingsStore(tmp_path)
    settings, complaint = store.load()
    assert settings == WindowSettings()
    assert complaint is not None
    assert "\n" not in complaint
    aside = list(tmp_path.glob("*.unusable.json"))
    assert len(aside) == 1
    assert aside[0].read_bytes() == content
    assert aside[0].name in complaint
    assert store.load() == (WindowSettings(), None)


def test_that_a_newer_file_is_kept_aside(tmp_path: Path) -> None:
    (tmp_path / "window.json").write_text(json.dumps({"schema_version": SCHEMA_VERSION + 1, "new": True}))
    settings, complaint = SettingsStore(tmp_path).load()
    assert settings == WindowSettings()
    assert complaint is not None
    assert "newer version" in complaint


def test_that_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    complaint = SettingsStore(tmp_path / "file" / "x").save(WindowSettings())
    assert complaint is not None
    assert "cannot be saved" in complaint


def test_that_the_window_says_that_its_settings_were_not_usable(
    make_window: Callable[..., MainWindow],
) -> None:
    store = SettingsStore()
    store.path.parent.mkdir(parents=True, exist_ok=True)
    store.path.write_text("{damaged")
    window = make_window()
    assert "not usable" in window.statusBar().currentMessage()
    assert list(store.path.parent.glob("*.unusable.json"))


def test_that_closing_remembers_the_question(make_window: Callable[..., MainWindow]) -> None:
    window = make_window(n_ctx=16384)
    window.actions_by_key["theme_dark"].trigger()
    window.close()
    settings, complaint = SettingsStore().load()
    assert complaint is None
    assert settings.question.n_ctx == 16384
    assert settings.theme == "dark"


def test_that_two_windows_do_not_undo_each_others_changes(tmp_path: Path) -> None:
    SettingsStore(tmp_path).save(WindowSettings(theme="light"))
    one, other = SettingsStore(tmp_path), SettingsStore(tmp_path)
    mine, _ = one.load()
    theirs, _ = other.load()
    mine.theme = "dark"
    mine.question.n_ctx = 4096
    theirs.shell = "powershell"
    theirs.question.use = "code"
    assert one.save(mine) is None
    assert other.save(theirs) is None
    found, complaint = SettingsStore(tmp_path).load()
    assert complaint is None
    assert (found.theme, found.shell) == ("dark", "powershell")
    assert (found.question.n_ctx, found.question.use) == (4096, "code")


def test_that_many_writers_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    def write(number: int) -> None:
        store = SettingsStore(tmp_path)
        settings, _ = store.load()
        for step in range(10):
            settings.export_folder = f"{number} {step} " + "x" * 2000
            assert store.save(settings) is None

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found, complaint = SettingsStore(tmp_path).load()
    assert complaint is None
    assert found.export_folder.split()[1] == "9"
    assert [p.name for p in tmp_path.iterdir()] == ["window.json"]


@pytest.mark.parametrize(
    "content",
    [
        {"scale": 1e999},
        {"scale": 0.01},
        {"scale": "2"},
        {"splitter": [10**30]},
        {"splitter": "300"},
        {"hidden_columns": ["x"] * 1000},
        {"geometry": "A" * 100_000},
        {"language": "tlh"},
        {"question": []},
        {"question": {"min_decode_tps": float("nan")}},
        {"question": {"n_parallel": True}},
        {"recent_plans": [{"model_id": 7}]},
        {"first_run_hint": "yes"},
        {"schema_version": "2"},
    ],
    ids=str,
)
def test_that_hostile_values_are_refused_with_the_name_of_the_value(
    tmp_path: Path, content: dict[str, object]
) -> None:
    (tmp_path / "window.json").write_text(json.dumps({"schema_version": 1, **content}))
    settings, complaint = SettingsStore(tmp_path).load()
    assert settings == WindowSettings()
    assert complaint is not None
    assert next(iter(content)) in complaint or "newer version" in complaint
    assert len(complaint) < 400


def test_that_values_of_later_versions_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "window.json").write_text(json.dumps({"schema_version": 1, "theme": "dark", "sparkle": 3}))
    settings, complaint = SettingsStore(tmp_path).load()
    assert complaint is None
    assert settings.theme == "dark"


def test_that_a_complaint_is_said_in_the_language_of_the_window(tmp_path: Path) -> None:
    (tmp_path / "window.json").write_text("{")
    _, complaint = SettingsStore(tmp_path).load()
    assert isinstance(complaint, Said)
    assert complaint.template.startswith("Settings are not usable: {reason}")
