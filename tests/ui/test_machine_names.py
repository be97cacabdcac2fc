"""Names of machines that nobody typed are said in the window's language; names that somebody typed stay as they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication
from ui_support import described

from planner.hardware.machine_json import machine_from_json, machine_to_json
from planner.hardware.machine_name import THIS_MACHINE, describe, with_said_name
from planner.stored_view import machine_from_fields
from ui.language import forget_language, use_language
from ui.main_window import MainWindow
from ui.words import first_part, shown


@pytest.fixture
def chinese(qapp: QApplication) -> Iterator[None]:
    use_language(qapp, "zh_CN", QLocale("zh_CN"))
    yield
    forget_language(qapp)


def test_that_a_name_made_of_parts_is_said_in_chinese_and_stored_in_english(chinese: None) -> None:
    machine = described(gpus=(), ram=32)
    assert machine.name == "no GPU, 32 GiB RAM, 83 GB/s"
    assert shown(machine.name) == "无 GPU，32 GiB 内存，83 GB/s"
    assert first_part(shown(machine.name)) == "无 GPU"
    assert json.loads(json.dumps(machine_to_json(machine)))["name"] == "no GPU, 32 GiB RAM, 83 GB/s"
    assert shown(describe(described(("RTX 3090", "RTX 3090"), 64))) == "2× RTX 3090，64 GiB 内存，83 GB/s"
    assert "统一内存" in shown(describe(described(("Apple M4 Max",), 128)))


def test_that_a_machine_read_again_is_said_in_chinese_too(chinese: None) -> None:
    machine = described()
    for again in (
        machine_from_json(json.loads(json.dumps(machine_to_json(machine)))),
        machine_from_fields(json.loads(json.dumps(asdict(machine)))),
    ):
        assert again.name == machine.name
        assert shown(again.name) == "RTX 4090，64 GiB 内存，83 GB/s"
    assert shown(with_said_name(replace(machine, name=str(THIS_MACHINE))).name) == "这台机器"


@pytest.mark.parametrize("name", ["no GPU, 64 GiB RAM", "My box, 64 GiB RAM", "64 GiB RAM"])
def test_that_a_typed_name_is_never_changed(chinese: None, name: str) -> None:
    machine = replace(described(), name=name)
    assert shown(with_said_name(machine).name) == name
    assert shown(machine_from_json(machine_to_json(machine)).name) == name


def test_that_the_chooser_of_a_chinese_window_names_the_machine_in_chinese(
    chinese: None, make_window: Callable[..., MainWindow]
) -> None:
    window = make_window(described(gpus=(), ram=32), wait=False)
    assert window.machine_bar.planning_for.toolTip() == "无 GPU，32 GiB 内存，83 GB/s"
    window.machine_bar.show_second(described())
    assert window.machine_bar.against.text().startswith("对比 RTX 4090") or "RTX 4090" in (
        window.machine_bar.against.text()
    )
    assert "RAM" not in window.machine_bar.against.toolTip()
