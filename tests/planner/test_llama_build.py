"""Which memory rules a version of llama.cpp has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.llama_build import DEFAULT_BUILD, LlamaBuild


def test_that_the_default_is_the_newest_seen() -> None:
    assert LlamaBuild.from_version(None) == LlamaBuild.from_version(DEFAULT_BUILD) == LlamaBuild()


def test_that_a_release_number_is_read_with_and_without_its_letter() -> None:
    assert LlamaBuild.from_version("b10434") == LlamaBuild.from_version("10434")


def test_that_0_1_has_the_rules_of_the_builds_of_its_time() -> None:
    numbered = LlamaBuild.from_version("b10434")
    assert not numbered.mamba2_flat
    assert not numbered.idle_inputs_copied
    assert LlamaBuild.from_version("0.1.0") == replace(numbered, name="0.1.0", number=None)


def test_that_later_versions_have_the_rules_of_the_newest_seen() -> None:
    assert LlamaBuild.from_version("0.6.0") == replace(LlamaBuild(), name="0.6.0")


@pytest.mark.parametrize("version", ["", "  "])
def test_that_no_version_means_the_default(version: str) -> None:
    assert LlamaBuild.from_version(version) == LlamaBuild()


@pytest.mark.parametrize("version", ["latest", "1.2", "b12", "x10434"])
def test_that_a_text_that_names_no_build_is_refused(version: str) -> None:
    with pytest.raises(ValueError, match="names no llama"):
        LlamaBuild.from_version(version)
