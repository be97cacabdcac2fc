"""No report and no ``detect --json`` names the user, the host, a serial number or a folder of the user's."""

from __future__ import annotations

import getpass
import json
import os
import re
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from report_pages import DATE, WISHES

from planner.machine import Engine, Machine
from planner.plan import Plan
from planner.report import RENDERERS

USER, HOST = "jane.q.doe", "janes-thinkpad"
UUID = re.compile(r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b")


def checked(text: str, *names: str) -> None:
    """Fail on a name, a UUID or a home folder."""
    for name in names:
        assert name not in text
    assert not UUID.search(text)
    assert not re.search(r"/home/[\w.]+|/Users/[\w.]+|Users\\\\?[\w.]+", text)


@pytest.mark.parametrize("form", sorted(RENDERERS))
def test_that_no_report_names_user_or_home(
    form: str,
    plan: Plan,
    compared: list[Plan],
    ranked: list[Plan],
    bench: Machine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = f"/home/{USER}"
    monkeypatch.setenv("HOME", home)
    monkeypatch.setenv("USER", USER)
    machine = replace(
        bench,
        engines=(Engine("llama-server", "b10434", f"{home}/llama.cpp/build/bin/llama-server"),),
        notes=(f"{home}/.cache: not readable", r"C:\Users\jane.q.doe\x: not readable"),
    )
    assert plan.command is not None
    command = replace(plan.command, argv=("llama-server", "-m", f"{home}/models/a b.gguf"))
    given = replace(plan, command=command, reasons=(f"cannot read {home}/models",))
    for plans, kind in (
        (given, "plan"),
        ([given, *compared[1:3]], "comparison"),
        ([given, *ranked], "ranking"),
    ):
        text = RENDERERS[form](plans, machine, DATE, WISHES, kind)
        checked(text, USER)
        assert form == "csv" or kind == "ranking" or "~/" in text.replace("\\~", "~")


def test_that_detect_names_neither_user_nor_host_nor_serial_numbers(
    tmp_path: Path, project_root: Path
) -> None:
    home = tmp_path / USER
    bin_ = home / "bin"
    bin_.mkdir(parents=True)
    server = bin_ / "llama-server"
    server.write_text("#!/bin/sh\necho 'version: 5000 (abcdef0)' >&2\n")
    server.chmod(0o755)
    env = {**os.environ, "HOME": str(home), "USER": USER, "LOGNAME": USER, "HOSTNAME": HOST}
    env["PATH"] = f"{bin_}{os.pathsep}{env.get('PATH', '')}"
    done = subprocess.run(
        [sys.executable, "-m", "planner", "detect", "--json"]
        if (project_root / "planner" / "__main__.py").exists()
        else [
            sys.executable,
            "-c",
            "from planner.cli import main; raise SystemExit(main(['detect', '--json']))",
        ],
        cwd=project_root,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    assert found["schema"] == "machine/1"
    checked(done.stdout, USER, HOST, str(home))
    paths = [e["path"] for e in found["engines"] if e["name"].startswith("llama")]
    assert any(path and path.startswith("~/") for path in paths), found["engines"]
    host = socket.gethostname()
    if len(host) > 4:
        assert host not in done.stdout
    if getpass.getuser() != "root":
        assert getpass.getuser() not in done.stdout
    for name in ("product_uuid", "product_serial", "board_serial"):
        try:
            secret = Path(f"/sys/class/dmi/id/{name}").read_text(encoding="utf-8").strip()
        except OSError:
            continue
        if len(secret) > 7:
            assert secret not in done.stdout
