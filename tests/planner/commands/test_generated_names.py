"""Ten thousand model and path names come back from generated commands as single arguments: from the real bash, and from
readers of PowerShell and cmd written here after their documents, not after the code under test."""

from __future__ import annotations

import random
import shutil
import subprocess
from functools import cache

import pytest

from planner.commands.launch_command import LaunchCommand
from planner.commands.llama_command import ModelSource, llama_launch_command
from planner.commands.shell_quoting import Shell
from planner.commands.vllm_command import vllm_serve_command
from planner.settings import LlamaSettings
from planner.vllm_settings import VllmSettings

N_NAMES = 10_000
PIECES = (
    *"abcXYZ019 _-./+:@=,%^~#?*",
    *"\"'`$\\!&|<>;(){}[]",
    *"\n\t\u00a0\u2028\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u2013\x01\x1b\x7f\ufeff",
    *"éß日本語模型👍🏽",
    "e\u0301", "$(id)", "`id`", "${IFS}", "&& rm -rf ~", "; reboot", "%PATH%", "!!", "\\\\", '\\"', "''", '""', "~/",
    "C:\\Program Files\\", "-hf", "--model ", "../", ".gguf", "Q4_K_M", " #", "*?[a]", "{a,b}", "@{x=1}", "--%",
)  # fmt: skip


@cache
def names() -> tuple[str, ...]:
    """Random names; every piece begins, ends and fills some of them."""
    draw = random.Random(20261126)
    found = list(PIECES) + [f"{p}x" for p in PIECES] + [f"x{p}" for p in PIECES]
    while len(found) < N_NAMES:
        found.append("".join(draw.choice(PIECES) for _ in range(draw.randrange(1, 14))))
    return tuple(found[:N_NAMES])


@cache
def llama_commands() -> tuple[LaunchCommand, ...]:
    """``llama-server`` for each name: as a local file, and as a repository for every third."""
    return tuple(
        llama_launch_command(
            LlamaSettings(n_ctx=8192),
            ModelSource(repo=name, quant="Q4_K_M") if index % 3 == 0 else ModelSource(path=name),
        )
        for index, name in enumerate(names())
    )


@cache
def vllm_commands() -> tuple[LaunchCommand, ...]:
    """``vllm serve`` for each name."""
    return tuple(vllm_serve_command(VllmSettings(model=name, max_model_len=8192)) for name in names())


def test_that_the_names_are_ten_thousand_and_stand_in_the_commands_as_they_are() -> None:
    assert len(names()) == N_NAMES
    for name, llama, vllm in zip(names(), llama_commands(), vllm_commands(), strict=True):
        assert name in llama.argv or f"{name}:Q4_K_M" in llama.argv
        assert name in vllm.argv


@pytest.mark.parametrize("engine", ["llama", "vllm"])
def test_that_bash_gets_ten_thousand_names_as_single_arguments(engine: str) -> None:
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    commands = llama_commands() if engine == "llama" else vllm_commands()
    word = commands[0].argv[0]
    # the program is a function that prints each argument and NUL, then a line of its own; every second command is written
    # over several lines
    script = [f"{word}() {{ printf '%s\\0' {word} \"$@\"; printf '\\n\\0'; }}"]
    script += [c.text(Shell.POSIX, index % 2 == 1) for index, c in enumerate(commands)]
    done = subprocess.run(
        ["bash"], input="\n".join(script).encode("utf-8"), capture_output=True, check=True, timeout=300
    )
    assert done.stderr == b""
    wanted = [argument for c in commands for argument in (*c.argv, "\n")]
    assert done.stdout.decode("utf-8").split("\0") == [*wanted, ""]


def read_powershell(text: str) -> list[str]:
    """Arguments of a line by ``about_Quoting_Rules`` and ``about_Parsing``: words end at a space; in single quotes (the
    typographic ones too) nothing is special and a doubled quote is one; nothing else special may stand outside."""
    quotes, words, at = "'\u2018\u2019\u201a\u201b", [], 0
    while at < len(text):
        if text[at] == " ":
            at += 1
            continue
        if text[at] in quotes:
            word, at = "", at + 1
            while True:
                if text[at] in quotes:
                    if at + 1 < len(text) and text[at + 1] in quotes:
                        word, at = word + text[at + 1], at + 2
                        continue
                    at += 1
                    break
                word, at = word + text[at], at + 1
            assert at == len(text) or text[at] == " "
        else:
            end = text.find(" ", at)
            end = len(text) if end < 0 else end
            word, at = text[at:end], end
            assert all(c.isascii() and (c.isalnum() or c in "_./\\:-") for c in word), word
        words.append(word)
    return words


@pytest.mark.parametrize("engine", ["llama", "vllm"])
def test_that_powershell_s_rules_give_ten_thousand_names_back(engine: str) -> None:
    for command in llama_commands() if engine == "llama" else vllm_commands():
        assert read_powershell(command.text(Shell.POWERSHELL)) == list(command.argv)


def read_cmd(text: str) -> list[str]:
    """Arguments of a line as cmd and then the C runtime read it.

    cmd (``cmd /?``): outside quotes a caret takes the next character as it is, and operators must have one; per cent signs
    must have none beside a name. C runtime ("Parsing C command-line arguments"): backslashes before a quote count in pairs.
    """
    line: list[str] = []
    inside, at = False, 0
    while at < len(text):
        c = text[at]
        if c == "^" and not inside:
            at += 1
            line.append(text[at])
        else:
            if c == '"':
                inside = not inside
            assert c not in ("%!" if inside else "%!&|<>"), text
            line.append(c)
        at += 1
    words: list[str] = []
    word, open_, begun, at = "", False, False, 0
    while at < len(line):
        run = 0
        while at < len(line) and line[at] == "\\":
            run, at = run + 1, at + 1
        if at < len(line) and line[at] == '"':
            word += "\\" * (run // 2)
            begun = True
            if run % 2:
                word += '"'
            elif open_ and at + 1 < len(line) and line[at + 1] == '"':
                word, at = word + '"', at + 1
            else:
                open_ = not open_
            at += 1
            continue
        if run:
            word, begun = word + "\\" * run, True
            continue
        if line[at] in " \t" and not open_:
            if begun:
                words.append(word)
            word, begun = "", False
        else:
            word, begun = word + line[at], True
        at += 1
    return [*words, word] if begun else words


@pytest.mark.parametrize("engine", ["llama", "vllm"])
def test_that_cmd_s_rules_give_the_names_back_that_cmd_can_pass(engine: str) -> None:
    passed = 0
    for command in llama_commands() if engine == "llama" else vllm_commands():
        text = command.cmd
        if any("\n" in word for word in command.argv):
            assert text is None
            continue
        assert text is not None
        assert read_cmd(text) == list(command.argv)
        passed += 1
    assert passed > N_NAMES // 2
