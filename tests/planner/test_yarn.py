"""Contexts beyond the trained one: stretched by YaRN where the maker offers it, refused or cut where not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.answer import answer
from planner.commands.llama_checks import check_against_model, facts_from_inventory
from planner.commands.llama_parse import parse_llama_command
from planner.fit_plan import plan_model
from planner.hardware.what_if import machine_from_options
from planner.library import Library, load_library
from planner.machine import Machine
from planner.request import Question
from planner.shown_plan import plan_for
from planner.units import ValueFault
from planner.wishes import Wishes
from planner.yarn import YarnScaling, yarn_for

STRETCHED = "Qwen/Qwen3-30B-A3B"
"""Its configuration says 40,960 tokens, its maker 32,768 trained and 131,072 with YaRN."""
PLAIN = "openai/gpt-oss-20b"


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


@pytest.fixture(scope="module")
def machine() -> Machine:
    found = machine_from_options(gpus=("2x RTX 3090",), ram_gib=64, ram_bandwidth=83)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("n_ctx", "factor"),
    [(40_960, None), (40_961, 2.0), (65_536, 2.0), (65_537, 3.0), (131_072, 4.0), (131_073, None)],
)
def test_that_the_factor_is_the_smallest_that_reaches(
    library: Library, n_ctx: int, factor: float | None
) -> None:
    model = library.models[STRETCHED]
    expected = None if factor is None else YarnScaling(factor, 32_768)
    assert yarn_for(model, 40_960, n_ctx) == expected


def test_that_no_maker_means_no_scaling(library: Library) -> None:
    assert yarn_for(library.models[PLAIN], 131_072, 200_000) is None


def test_that_the_command_stretches_and_says_so_and_reads_back_as_it_was(
    library: Library, machine: Machine
) -> None:
    plan = plan_model(library, library.models[STRETCHED], machine, Wishes(n_ctx=65_536, yarn=True))
    assert plan.command is not None
    words = list(plan.command.argv)
    at = words.index("--rope-scaling")
    assert words[at : at + 6] == ["--rope-scaling", "yarn", "--rope-scale", "2", "--yarn-orig-ctx", "32768"]
    assert words[words.index("-c") + 1] == "65536"
    assert any("YaRN stretches positions 2 times" in reason and "128K" in reason for reason in plan.reasons)
    read = parse_llama_command(words)
    assert (read.settings.rope_scaling, read.settings.rope_scale, read.settings.yarn_orig_ctx) == (
        "yarn",
        2.0,
        32768,
    )
    checked = answer(library, Question(command=words), lambda: machine)
    assert checked.n_ctx == 65_536
    assert [d.total_bytes for d in checked.devices] == [d.total_bytes for d in plan.devices]
    assert not any("trained for" in reason and "not 65536" in reason for reason in checked.reasons)


def test_that_a_context_within_the_trained_one_is_left_alone(library: Library, machine: Machine) -> None:
    plan = plan_model(library, library.models[STRETCHED], machine, Wishes(n_ctx=32_768))
    assert plan.command is not None
    assert "--rope-scaling" not in plan.command.argv
    assert plan.settings.get("rope_scale") is None


def test_that_the_server_caps_what_is_not_stretched_far_enough(library: Library) -> None:
    facts = facts_from_inventory(library.inventory(STRETCHED))
    line = ["llama-server", "-m", "m.gguf", "-c", "131072", "-np", "1"]
    plain = check_against_model(parse_llama_command(line).settings, facts)
    assert [f.nearest for f in plain if "one request can use" in f.message] == ["40960"]
    short = [*line, "--rope-scaling", "yarn", "--rope-scale", "2", "--yarn-orig-ctx", "32768"]
    found = check_against_model(parse_llama_command(short).settings, facts)
    assert [f.nearest for f in found if "one request can use" in f.message] == ["65536"]
    enough = [*line, "--rope-scaling", "yarn", "--rope-scale", "4", "--yarn-orig-ctx", "32768"]
    assert not [
        f
        for f in check_against_model(parse_llama_command(enough).settings, facts)
        if "one request" in f.message
    ]
    linear = [*line, "--rope-scaling", "linear", "--rope-scale", "4"]
    found = check_against_model(parse_llama_command(linear).settings, facts)
    assert [f.nearest for f in found if "one request can use" in f.message] == ["40960"]


def test_that_a_scale_that_is_no_number_is_refused() -> None:
    read = parse_llama_command(["llama-server", "-m", "m.gguf", "--rope-scale", "wide"])
    assert [f.token for f in read.findings if f.fatal] == ["--rope-scale wide"]


def test_that_beyond_what_the_maker_offers_is_an_error_or_cut_with_a_note(
    library: Library, machine: Machine
) -> None:
    model = library.models[STRETCHED]
    with pytest.raises(ValueFault, match=r"nearest valid value: 131072 \(--yarn: up to 131,072"):
        plan_model(library, model, machine, Wishes(n_ctx=262_144, yarn=True))
    shown = plan_for(library, machine, Wishes(n_ctx=262_144, yarn=True), STRETCHED, "Q4_K_M")
    assert shown.n_ctx == 131_072
    assert any("planned at 128K" in reason for reason in shown.reasons)
    assert shown.command is not None
    assert "--rope-scale" in shown.command.argv


def test_that_the_catalogue_is_evaluated_at_the_stretched_context(library: Library, machine: Machine) -> None:
    from planner.cells import evaluate_catalogue

    wishes = replace(Wishes(), n_ctx=131_072, yarn=True)
    found, _ = evaluate_catalogue(library, machine, wishes)
    contexts = np.broadcast_to(found.n_ctx, found.placed.code.shape)[:, 0]
    assert contexts[library.rows[STRETCHED]] == 131_072
    assert contexts[library.rows["microsoft/phi-4"]] == 16_384
    plain, _ = evaluate_catalogue(library, machine, replace(wishes, yarn=False))
    assert np.broadcast_to(plain.n_ctx, plain.placed.code.shape)[library.rows[STRETCHED], 0] == 40_960


def test_that_nothing_is_stretched_unless_asked(library: Library, machine: Machine) -> None:
    with pytest.raises(ValueFault, match=r"nearest valid value: 40960 \(--yarn: up to 131,072"):
        plan_model(library, library.models[STRETCHED], machine, Wishes(n_ctx=65_536))
