"""What ``plan`` prints beside the plan: curve over experts in RAM, commands of all programs, one card against several."""

from __future__ import annotations

import json

import pytest

from planner.cli import main

GPU = ("--gpu", "RTX 4090", "--ram", "96", "--ram-bandwidth", "80")


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert main([*argv]) == 0
    return capsys.readouterr().out


def test_that_the_curve_marks_the_optimum_and_the_plan(capsys: pytest.CaptureFixture[str]) -> None:
    plan = json.loads(run(capsys, "plan", "gpt-oss-120b", *GPU, "--json"))
    curve = plan["curve"]
    points = {p["n_cpu_moe"]: p for p in curve["points"]}
    assert sorted(points) == list(range(37))
    best = points[curve["best"]]
    assert best["fits"]
    speeds = [p["decode_tps"]["p50"] for p in points.values() if p["fits"]]
    assert best["decode_tps"]["p50"] == max(speeds)
    assert not points[0]["fits"]
    assert points[0]["decode_tps"] is None
    assert curve["chosen"] >= curve["best"]
    text = run(capsys, "plan", "gpt-oss-120b", *GPU)
    assert "fastest of whole layers" in text
    assert "this plan" in text


def test_that_a_dense_model_has_no_curve(capsys: pytest.CaptureFixture[str]) -> None:
    assert "curve" not in json.loads(run(capsys, "plan", "Qwen3-8B", *GPU, "--json"))


@pytest.mark.parametrize("shell", ["posix", "powershell", "cmd"])
def test_that_every_program_has_its_command_with_every_flag_explained(
    capsys: pytest.CaptureFixture[str], shell: str
) -> None:
    plan = json.loads(run(capsys, "plan", "gpt-oss-120b", *GPU, "--json"))
    assert [c["argv"][0] for c in plan["commands"]] == ["llama-server", "llama-cli", "llama-bench"]
    for command in plan["commands"]:
        flags = [word for word in command["argv"] if word.startswith("-")]
        assert [f["flag"] for f in command["flags"]] == flags
        assert all(f["text"] for f in command["flags"])
    out = run(capsys, "plan", "gpt-oss-120b", *GPU, "--shell", shell)
    assert all(command[shell] in out for command in plan["commands"])
    assert "llama-bench" in out


def test_that_the_logits_other_programs_keep_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    plan = json.loads(run(capsys, "plan", "Qwen3-14B", *GPU, "--json"))
    cli = next(c for c in plan["commands"] if c["argv"][0] == "llama-cli")
    assert any("more on the GPUs" in note for note in cli["notes"])


def test_that_one_card_is_said_to_be_faster_than_two_with_both_figures(
    capsys: pytest.CaptureFixture[str],
) -> None:
    two = ("--gpu", "2x RTX 4090", "--ram", "96", "--ram-bandwidth", "80")
    plan = json.loads(run(capsys, "plan", "Qwen3-14B", *two, "--json"))
    (reason,) = [r for r in plan["reasons"] if "alone" in r]
    assert reason.startswith("CUDA0 alone is faster than all 2 GPUs")
    assert reason.count("tok/s") == 2
