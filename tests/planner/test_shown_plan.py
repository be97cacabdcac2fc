"""What the plan pane and the empty list say of a name."""

from __future__ import annotations

import pytest

from models_db.model_spec import Provenance
from planner.library import Library, load_library
from planner.shown_plan import reported_answer


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def test_that_a_model_of_the_press_is_known_by_every_name(library: Library) -> None:
    reported = [m for m in library.catalogue if m.provenance is Provenance.REPORTED]
    assert reported
    for model in reported:
        for name in (model.id, model.name, *model.aliases, f"{model.name} Q4_K_M", model.name.upper()):
            answer = reported_answer(library, name)
            assert answer is not None
            assert answer.startswith(f"{model.name} is named in the press")


@pytest.mark.parametrize(
    "text", ["DeepSeek V3-Instruct", "Codestral 22B Q4_K_M", "Qwen3-30B-A3B-Instruct", "x"]
)
def test_that_a_published_model_is_not_taken_for_one_of_the_press(library: Library, text: str) -> None:
    assert reported_answer(library, text) is None


def test_that_a_search_for_nothing_known_makes_no_near_names(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They take longer than a keystroke may."""

    def refuse(text: str, n: int = 4) -> tuple[str, ...]:
        raise AssertionError(text)

    monkeypatch.setattr(library.names, "nearest", refuse)
    assert reported_answer(library, "2x RTX 3090") is None
