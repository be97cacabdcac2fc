from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from planner import cli


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    code = cli.main(argv)
    out, err = capsys.readouterr()
    return code, out, err


def test_that_help_loads_neither_numpy_nor_pydantic_nor_qt(project_root: Path) -> None:
    code = (
        "import sys\nfrom ui.launch import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'pydantic', 'PySide6', 'pynvml', 'psutil'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project_root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_that_every_subcommand_answers_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    machine = ("--gpu", "RTX 4090", "--ram", "64", "--ram-bandwidth", "80")
    for argv, schema in (
        (("detect", "--json"), "machine/1"),
        (("models", "scout", "--json"), "models/1"),
        (("accelerators", "4090", "--json"), "accelerators/1"),
        (("rank", "--top", "3", "--json", *machine), "rank/1"),
        (("plan", "Qwen3-8B", "--json", *machine), "fit-plan/1"),
    ):
        code, out, err = run(capsys, *argv)
        assert code == 0, err
        assert json.loads(out)["schema"] == schema


def test_that_check_answers_with_exit_0_also_when_it_does_not_fit(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(
        capsys, "check", "--gpu", "RTX A6000", "--ram", "128", "--",
        "llama-server", "-m", "llama-4-scout-Q4_K_M.gguf", "-c", "8192", "-ngl", "99",
    )  # fmt: skip
    assert code == 0
    assert "Does not fit: short by" in out
    assert "What does fit:" in out
    assert "=CPU" in out or "--n-cpu-moe" in out


@pytest.mark.parametrize(
    ("argv", "code", "part"),
    [
        (("plan", "nonsense model", "--gpu", "none", "--ram", "8"), 1, "nearest"),
        (("plan", "Qwen3-8B", "--quant", "Q9", "--gpu", "none", "--ram", "8"), 1, "nearest"),
        (("plan", "Qwen3-8B", "--gpu", "RTX 4091", "--ram", "8"), 1, "RTX 4090"),
        (("plan", "Qwen3-8B", "--gpu", "none", "--ram", "-8"), 1, "negative"),
        (("plan", "Qwen3-8B", "--gpu", "none", "--ram", "much"), 1, "not a size"),
        (("plan", "Qwen3-8B", "--gpu", "none", "--ram", "1e9"), 1, "--ram"),
        (
            ("plan", "Qwen3-8B", "--gpu", "none", "--ram", "64", "--n-ctx", "0"),
            1,
            "smallest valid value is 1",
        ),
        (
            ("plan", "Qwen3-8B", "--gpu", "none", "--ram", "64", "--n-ctx", "1M"),
            1,
            "nearest valid value: 40960 (--yarn: up to 131,072, as its maker offers)",
        ),
        (("plan", "Qwen3-8B", "--gpu", "none", "--ram", "64", "--cache-type-k", "q9"), 1, "valid: "),
        (("plan", "Qwen3-8B", "--gpu", "none", "--ram", "64", "--reserve", "-1"), 1, "negative"),
        (("rank", "--gpu", "none", "--ram", "64", "--min-decode-tps", "fast"), 1, "not a number"),
        (("models", "no model is called this"), 1, "nearest"),
        (("accelerators", "no such card"), 1, "nearest"),
        (("check", "--batch", "no-such-file.jsonl"), 1, "cannot read"),
        (("check",), 2, "nothing to check"),
        (("plan",), 2, "required"),
        (("plan", "Qwen3-8B", "--colour"), 2, "--colour"),
        (("frobnicate",), 2, "invalid choice"),
        (("prove",), 2, "reserved"),
        (("import", "x.gguf"), 2, "reserved"),
    ],
)
def test_that_a_fault_is_one_line_on_stderr(
    capsys: pytest.CaptureFixture[str], argv: tuple[str, ...], code: int, part: str
) -> None:
    got, out, err = run(capsys, *argv)
    assert got == code, err
    assert out == ""
    assert err.count("\n") == 1
    assert part in err


def test_that_a_batch_keeps_its_order_and_survives_bad_lines(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    machine = {"gpus": [{"name": "RTX 4090"}], "ram_bytes": 2**36}
    settings = {"n_ctx": 8192, "n_gpu_layers": "all"}
    lines = [
        json.dumps(
            {"id": 1, "model": "Qwen3-8B", "quant": "Q4_K_M", "machine": machine, "settings": settings}
        ),
        "{not json",
        json.dumps({"id": "three", "model": "zzz", "machine": machine}),
        json.dumps([1, 2]),
        json.dumps({"id": None, "model": "Qwen3-8B", "machine": machine}),
    ]
    path = tmp_path / "batch.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    code, out, _ = run(capsys, "check", "--batch", str(path), "--json")
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [a.get("id") for a in answers] == [1, None, "three", None, None]
    assert [a.get("error", {}).get("code") for a in answers] == [
        None,
        "bad_json",
        "unknown_model",
        "bad_request",
        None,
    ]


def test_that_no_display_prints_the_ranking(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ui import launch

    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(launch.sys, "platform", "linux")
    code = launch.main([])
    out, err = capsys.readouterr()
    assert code == 0
    assert "there is no display" in err
    assert "why here" in out


def test_that_a_batch_line_that_is_no_json_number_or_text_is_answered_in_its_place(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    machine = b'"machine": {"gpus": [{"name": "RTX 4090"}], "ram_bytes": 68719476736}'
    lines = [
        b'{"id": 1, "model": "Qwen3-8B", "settings": {"tensor_split": [NaN]}, ' + machine + b"}",
        b'{"id": 2, "model": "Qwen3-8B", "workload": {"depth": 1e999}, ' + machine + b"}",
        b'{"id": 3, "model": "Qwen3-8B", "settings": {"n_gpu_layers": 1000000000000000000000}, '
        + machine
        + b"}",
        b"\xff\xfe",
        b'\xef\xbb\xbf{"id": 5, "model": "nope"}',
        b'{"id": "\\ud800", "model": "nope"}',
        b'{"id": 7, "model": "Qwen3-8B", "settings": {"tensor_split": [1, 1e308]}, ' + machine + b"}",
    ]
    path = tmp_path / "batch.jsonl"
    path.write_bytes(b"\n".join(lines) + b"\n")
    code, out, _ = run(capsys, "check", "--batch", str(path))
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [a["id"] for a in answers] == [1, 2, 3, None, 5, "\ud800", 7]
    assert [a["error"]["code"] for a in answers] == [
        "bad_json",
        "bad_json",
        "bad_request",
        "bad_json",
        "unknown_model",
        "unknown_model",
        "bad_request",
    ]


def test_that_a_text_without_letters_finds_no_model(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "models", "🤖")
    assert (code, out) == (1, "")
    assert err.count("\n") == 1


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_that_output_that_cannot_show_a_character_is_still_written(
    project_root: Path, options: tuple[str, ...]
) -> None:
    argv = ("plan", "Qwen3-8B", "--gpu", "RTX 4090", "--ram", "64", *options)
    done = subprocess.run(
        [sys.executable, "-m", "ui.launch", *argv],
        cwd=project_root,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    if options:
        assert json.loads(done.stdout.decode("ascii"))["schema"] == "fit-plan/1"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_that_a_full_disk_is_one_line(project_root: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ui.launch", "models", "scout"],
            cwd=project_root,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1


def test_that_plan_shows_speeds_falling_as_the_context_fills(capsys: pytest.CaptureFixture[str]) -> None:
    machine = ["--gpu", "RTX 4090", "--ram", "64", "--ram-bandwidth", "83"]
    assert (
        cli.main(["plan", "Qwen3-30B-A3B", "--quant", "Q4_K_M", *machine, "--n-ctx", "32768", "--json"]) == 0
    )
    points = json.loads(capsys.readouterr().out)["context_curve"]["points"]
    speeds = [p["decode_tps"]["p50"] for p in points if p["fits"]]
    assert speeds == sorted(speeds, reverse=True)
    assert speeds[0] > 1.3 * speeds[-1]


def test_that_depth_full_is_the_depth_of_a_full_context(capsys: pytest.CaptureFixture[str]) -> None:
    machine = ["--gpu", "RTX 4090", "--ram", "64", "--n-ctx", "16384", "--json"]
    found = []
    for depth in ("full", str(16384 - 512 - 128)):
        assert cli.main(["plan", "Qwen3-30B-A3B", "--quant", "Q4_K_M", *machine, "--depth", depth]) == 0
        found.append(json.loads(capsys.readouterr().out)["throughput"]["decode_tps"])
    assert found[0] == found[1]
