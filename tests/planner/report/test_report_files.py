from __future__ import annotations

import errno
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from planner import cli
from planner.report import file_writer
from planner.report.file_writer import write_whole
from planner.units import ValueFault

MACHINE = ("--gpu", "RTX 4090", "--ram", "64", "--ram-bandwidth", "80")


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    code = cli.main(argv)
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize("ending", ["html", "md", "csv", "json"])
def test_that_report_plan_writes_the_same_bytes_twice(
    ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / f"{i}.{ending}" for i in "ab"]
    for file in files:
        code, out, err = run(
            capsys, "report", "plan", "Qwen3-8B", "--out", str(file), "--date", "2026-11-23", *MACHINE
        )
        assert (code, err) == (0, "")
        assert file.name in out
    assert files[0].read_bytes() == files[1].read_bytes()
    assert b"2026-11-23" in files[0].read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == [f.name for f in files]


def test_that_report_compare_takes_a_quantization_from_each_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "c.json"
    code, out, _ = run(
        capsys,
        "report",
        "compare",
        "Qwen3-8B-Q4_K_M",
        "Qwen3-8B-Q8_0",
        "--out",
        str(file),
        "--json",
        *MACHINE,
    )
    assert code == 0
    assert json.loads(out)["bytes"] == file.stat().st_size
    assert [p["quant"] for p in json.loads(file.read_text())["plans"]] == ["Q4_K_M", "Q8_0"]


def test_that_report_rank_writes_as_many_as_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "r.csv"
    code, _, _ = run(capsys, "report", "rank", "--top", "7", "--out", str(file), *MACHINE)
    assert code == 0
    assert len(file.read_text().splitlines()) == 8


@pytest.mark.parametrize(
    ("argv", "code", "part"),
    [
        (("plan", "Qwen3-8B", "--out", "x.pdf"), 1, "made by the program 'fit-planner'"),
        (("plan", "Qwen3-8B", "--out", "x"), 2, "must end in"),
        (("plan", "Qwen3-8B"), 2, "--out"),
        ((), 2, "plan|compare|rank"),
        (("compare", "Qwen3-8B", "--out", "x.md"), 2, "2 to 4 models"),
        (("compare", *["Qwen3-8B"] * 5, "--out", "x.md"), 2, "2 to 4 models"),
        (("plan", "no such model", "--out", "x.md"), 1, "nearest"),
        (("plan", "Qwen3-8B", "--out", "x.md", "--date", "2026-02-30"), 1, "not a day"),
        (("plan", "Qwen3-8B", "--out", "missing/x.md"), 1, "there is no folder"),
        (("plan", "Qwen3-8B", "--out", "/proc/x.md"), 1, "cannot write"),
        (("plan", "Qwen3-8B", "--out", "folder.md"), 1, "it is a folder"),
        (("plan", "Qwen3-8B", "--out", "there.md"), 1, "--force replaces it"),
        (("plan", "Qwen3-8B", "--out", "n" * 300 + ".md"), 1, "too long"),
        (("rank", "--top", "0", "--out", "x.md"), 1, "--top"),
    ],
)
def test_that_a_report_that_cannot_be_written_is_one_line_and_leaves_nothing(
    argv: tuple[str, ...],
    code: int,
    part: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "there.md").write_text("mine")
    before = sorted(p.name for p in tmp_path.iterdir())
    got, out, err = run(capsys, "report", *argv, *(MACHINE if argv else ()))
    assert (got, out) == (code, "")
    assert err.count("\n") == 1
    assert part in err
    assert (tmp_path / "there.md").read_text() == "mine"
    assert [n for n in sorted(p.name for p in tmp_path.iterdir()) if not n.startswith("xdg")] == [
        n for n in before if not n.startswith("xdg")
    ]


def test_that_force_replaces_a_file_and_a_link_s_target(tmp_path: Path) -> None:
    file, link = tmp_path / "a.md", tmp_path / "link.md"
    file.write_text("old")
    link.symlink_to(file)
    assert write_whole(link, "new", force=True) == 3
    assert file.read_text() == "new"
    assert link.is_symlink()


def test_that_a_read_only_file_stays_even_with_force(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("old")
    file.chmod(0o444)
    with pytest.raises(ValueFault, match="read-only"):
        write_whole(file, "new", force=True)
    assert file.read_text() == "old"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "no space is left on the disk"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "may not be written to"),
        (errno.EIO, "error"),
    ],
)
def test_that_a_fault_while_writing_leaves_nothing(
    number: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    file = tmp_path / "a.md"
    file.write_text("old")
    monkeypatch.setattr(file_writer.os, "fsync", fail)
    with pytest.raises(ValueFault, match=words):
        write_whole(file, "new", force=True)
    assert file.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.md"]


def test_that_an_interruption_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(file_writer.os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "a.md", "new")
    assert list(tmp_path.iterdir()) == []


def test_that_a_file_that_appears_meanwhile_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.md"
    monkeypatch.setattr(file_writer.os, "fsync", lambda _: file.write_text("theirs"))
    with pytest.raises(ValueFault, match="exists"):
        write_whole(file, "mine")
    assert file.read_text() == "theirs"
    assert [p.name for p in tmp_path.iterdir()] == ["a.md"]


@pytest.mark.skipif(sys.platform != "linux", reason="limits the size of files as Linux does")
def test_that_a_real_limit_on_the_size_of_files_leaves_nothing(tmp_path: Path, project_root: Path) -> None:
    code = (
        "import signal, sys\nfrom pathlib import Path\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from planner.report.file_writer import write_whole\nfrom planner.units import ValueFault\n"
        "try:\n    write_whole(Path(sys.argv[1]), 'x' * 100000)\nexcept ValueFault as fault:\n    print(fault)\n"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", code, str(tmp_path / "a.md")],
        cwd=project_root,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
    )
    assert "larger than the disk or a limit allows" in done.stdout, done.stderr
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == []


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounts a tiny disk")
def test_that_a_really_full_disk_leaves_nothing(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        with pytest.raises(ValueFault, match="no space is left on the disk"):
            write_whole(disk / "a.md", "x" * 100_000)
        assert list(disk.iterdir()) == []
        assert write_whole(disk / "b.md", "small") == 5
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_that_a_report_never_loads_qt(project_root: Path, tmp_path: Path) -> None:
    code = (
        "import sys\nfrom planner import cli\n"
        f"assert cli.main(['report', 'plan', 'Qwen3-8B', '--out', {str(tmp_path / 'x.html')!r}, *{MACHINE!r}]) == 0\n"
        "assert not [m for m in sys.modules if m.startswith('PySide6')]\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project_root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
