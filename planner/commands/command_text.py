"""Somebody's command as pasted: which shell it was written for, its environment, and the program that
really runs.

Prompts, ``sudo``, ``env``, ``numactl``, ``docker run`` and what follows a pipe are taken off; nothing
is expanded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath, PureWindowsPath

from planner.commands.findings import Finding, FindingKind
from planner.commands.shell_quoting import Shell, Word, split_words


class CommandTextFault(ValueError):
    """Text in which no command of the wanted engine is found."""


@dataclass(slots=True)
class PastedCommand:
    """What was found in the text."""

    program: str
    """Canonical name of the program, e.g. ``llama-server``."""
    args: list[str]
    env: dict[str, str] = field(default_factory=dict)
    shell: Shell | None = None
    """None when an argument list was given instead of text."""
    docker_gpus: str | None = None
    """Value of ``--gpus`` of a ``docker run`` around it."""
    findings: list[Finding] = field(default_factory=list)


_PREFIXES = {
    "sudo": ("-u", "-g"),
    "nohup": (),
    "time": (),
    "exec": (),
    "command": (),
    "stdbuf": (),
    "nice": ("-n",),
    "ionice": ("-c", "-n"),
    "numactl": ("-N", "-m", "-C", "-i"),
    "taskset": ("-c",),
    "env": ("-u",),
    "&": (),
    "call": (),
    "start": (),
    "uv": (),
    "run": (),
    "uvx": (),
    "pixi": (),
    "poetry": (),
}
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
"""Characters that word processors and web pages make out of hyphens."""
_DOCKER_NO_VALUE = frozenset(
    (
        *(
            "-d",
            "--detach",
            "--rm",
            "-i",
            "-t",
            "-it",
            "-ti",
            "--interactive",
            "--tty",
            "--init",
            "--privileged",
        ),
        *(
            "-P",
            "--publish-all",
            "--read-only",
            "--oom-kill-disable",
            "--no-healthcheck",
            "--sig-proxy",
            "-q",
        ),
        "--quiet",
    )
)


def guess_shell(text: str) -> Shell:
    """The shell a pasted text was most likely written for."""
    if re.search(r"`[ \t]*\r?\n|\$env:\w+\s*=|^\s*&\s*['\"]|^\s*PS [A-Z]:", text):
        return Shell.POWERSHELL
    if re.search(r"\^[ \t]*\r?\n|^\s*set\s+\"?\w+=|^[A-Za-z]:\\[^>\n]*>|\^[%\"&|<>^]", text):
        return Shell.CMD
    if re.search(r"(?:^|[\s=])[A-Za-z]:\\\w|(?:^|\s)[\w.~%-]*\\[\w\\.-]*\.(?:exe|gguf)\b", text):
        return Shell.CMD
    return Shell.POSIX


def program_name(word: str) -> str:
    """File name of a program without folder, ``.exe`` and case."""
    name = PureWindowsPath(word).name if "\\" in word else PurePosixPath(word).name
    return re.sub(r"\.exe\Z", "", name, flags=re.IGNORECASE).lower()


def read_command_text(
    command: str | Sequence[str], programs: dict[str, str], images: dict[str, str]
) -> PastedCommand:
    """Find the program in a command.

    Parameters
    ----------
    command : str or sequence of str
        Text as pasted, or a list of arguments.
    programs : dict of str to str
        Program names looked for, and the canonical name of each.
    images : dict of str to str
        Patterns of container images whose entry point is such a program, and its canonical name.

    Returns
    -------
    PastedCommand
        Program, arguments, environment.

    Raises
    ------
    CommandTextFault
        When no such program is in it.
    QuotingFault
        When a quote is never closed.
    """
    if isinstance(command, str):
        shell: Shell | None = guess_shell(command)
        assert shell is not None
        words = split_words(_without_prompt(command), shell)
    else:
        shell, words = None, [Word(word, quoted=True) for word in command]
    env: dict[str, str] = {}
    for segment in _segments(words):
        found = _find(segment, programs, images, env)
        if found is not None:
            found.env = env | found.env
            found.shell = shell
            _mend_dashes(found)
            return found
    shown = " ".join(word.text for word in words)[:80]
    names = " or ".join(dict.fromkeys(programs.values()))
    raise CommandTextFault(
        f"no {names} in {shown!r}" if shown else f"the command is empty; write for example {names} …"
    )


def visible_devices(env: Mapping[str, str]) -> tuple[int, ...] | None:
    """GPU numbers a command may use by its environment; None = all, or named otherwise than by number."""
    for name in ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"):
        text = env.get(name)
        if text is None:
            continue
        if text.strip() in ("", "-1", "none", "void"):
            return ()
        if re.fullmatch(r"\s*\d+\s*(,\s*\d+\s*)*", text):
            return tuple(int(part) for part in text.split(","))
        return None
    return None


def _without_prompt(text: str) -> str:
    text = re.sub(r"\A\s*```\w*\n|\n```\s*\Z", "", text)
    text = re.sub(r"\A\s*PS [A-Z]:[^>\n]*>\s*", "", text)
    text = re.sub(r"\A\s*[A-Za-z]:\\[^>\n]*>\s*", "", text)
    return re.sub(r"\A\s*(?:[\w.-]+@[\w.-]+:[^$#\n]*)?[$#%>]\s+", "", text)


def _segments(words: list[Word]) -> list[list[Word]]:
    """Commands between ``; && || |`` and line breaks; what a redirection names is dropped."""
    out: list[list[Word]] = [[]]
    skip = False
    for i, word in enumerate(words):
        if skip:
            skip = not word.quoted and word.text in "<>&"
            continue
        if not word.quoted and (word.text in (";", "|", "\n") or (word.text == "&" and i)):
            out.append([])
        elif not word.quoted and word.text in ("<", ">"):
            skip = True
        else:
            out[-1].append(word)
    return [segment for segment in out if segment]


def _assignment(word: Word) -> tuple[str, str] | None:
    match = re.match(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)\Z", word.text, re.DOTALL)
    return (match.group(1), match.group(2)) if match else None


def _find(
    segment: list[Word], programs: dict[str, str], images: dict[str, str], env: dict[str, str]
) -> PastedCommand | None:
    """Read one simple command; assignments that stand alone go into ``env`` for those that follow."""
    i = 0
    own: dict[str, str] = {}
    while i < len(segment):
        word = segment[i]
        text = word.text
        pair = _assignment(word)
        power = re.match(r"\$env:(\w+)\Z", text)
        if power and i + 2 < len(segment) and segment[i + 1].text == "=":
            env[power.group(1)] = segment[i + 2].text
            i += 3
        elif power_inline := re.match(r"\$env:(\w+)=(.*)\Z", text, re.DOTALL):
            env[power_inline.group(1)] = power_inline.group(2)
            i += 1
        elif text in ("export", "set", "setx", "setenv") and i + 1 < len(segment):
            following = _assignment(segment[i + 1])
            if following:
                env[following[0]] = following[1]
            elif i + 2 < len(segment):
                env[segment[i + 1].text] = segment[i + 2].text
                i += 1
            i += 2
        elif pair and not text.startswith("-"):
            own[pair[0]] = pair[1]
            i += 1
        elif program_name(text) in ("docker", "podman", "nerdctl"):
            return _docker([w.text for w in segment[i + 1 :]], programs, images, own)
        elif program_name(text) in programs:
            return PastedCommand(programs[program_name(text)], [w.text for w in segment[i + 1 :]], own)
        elif re.fullmatch(r"python[\d.]*|py", program_name(text)):
            return _python([w.text for w in segment[i + 1 :]], programs, own)
        elif program_name(text) in _PREFIXES:
            takes = _PREFIXES[program_name(text)]
            i += 1
            while i < len(segment) and segment[i].text.startswith("-"):
                i += 2 if segment[i].text in takes else 1
            if (
                program_name(text) == "taskset"
                and i < len(segment)
                and re.fullmatch(r"0x[0-9a-f]+", segment[i].text)
            ):
                i += 1
        else:
            break
    if i >= len(segment):
        env.update(own)
    return None


def _python(args: list[str], programs: dict[str, str], env: dict[str, str]) -> PastedCommand | None:
    while args and args[0].startswith("-") and args[0] != "-m":
        args = args[1:]
    if len(args) >= 2 and args[0] == "-m" and args[1] in programs:
        return PastedCommand(programs[args[1]], args[2:], env)
    if args and program_name(args[0]) in programs:
        return PastedCommand(programs[program_name(args[0])], args[1:], env)
    return None


def _docker_numbers(value: str) -> str | None:
    """GPU numbers of ``--gpus device=0,1`` or of a count, ``--gpus 2``; None = all, or named otherwise."""
    named = re.search(r"device=(\d+(?:,\d+)*)", value)
    if named:
        return named[1]
    return ",".join(map(str, range(min(int(value), 64)))) if re.fullmatch(r"[1-9]\d{0,3}", value) else None


def _docker(
    args: list[str], programs: dict[str, str], images: dict[str, str], env: dict[str, str]
) -> PastedCommand | None:
    """``docker run [options] image [arguments]``; options are skipped, ``-e`` and ``--gpus`` are kept."""
    if args[:1] == ["container"]:
        args = args[1:]
    if args[:1] not in (["run"], ["exec"]):
        return None
    i, gpus, entry = 1, None, None
    while i < len(args) and args[i].startswith("-"):
        name, _, value = args[i].partition("=")
        if not value and name not in _DOCKER_NO_VALUE and i + 1 < len(args):
            i += 1
            value = args[i]
        if name in ("-e", "--env"):
            key, _, content = value.partition("=")
            env[key] = content
        elif name == "--gpus":
            gpus = value
            shown = _docker_numbers(value or "")
            if shown is not None:
                env.setdefault("CUDA_VISIBLE_DEVICES", shown)
        elif name == "--entrypoint":
            entry = program_name(value)
        i += 1
    if i >= len(args):
        return None
    image, rest = args[i], args[i + 1 :]
    program = programs.get(entry or "") or next(
        (name for pattern, name in images.items() if re.search(pattern, image)), None
    )
    if rest and program_name(rest[0]) in programs and not rest[0].startswith("-"):
        program, rest = programs[program_name(rest[0])], rest[1:]
    elif rest and re.fullmatch(r"python[\d.]*", program_name(rest[0])):
        found = _python(rest[1:], programs, env)
        program, rest = (found.program, found.args) if found else (None, rest)
    elif rest[:1] == ["--server"] or rest[:1] == ["-s"]:
        program, rest = programs.get("llama-server"), rest[1:]
    if program is None:
        return None
    return PastedCommand(program, rest, env, docker_gpus=gpus)


def _mend_dashes(found: PastedCommand) -> None:
    """Read typographic dashes as the hyphens that were meant, and say so."""
    for i, word in enumerate(found.args):
        if word and word[0] in _DASHES and len(word) > 1:
            mended = ("--" if len(word.lstrip(_DASHES)) > 3 else "-") + word.lstrip(_DASHES + "-")
            found.findings.append(
                Finding(
                    word,
                    FindingKind.BAD_VALUE,
                    f"{word} begins with a typographic dash (U+{ord(word[0]):04X}); {mended} was meant",
                    f"error: invalid argument: {word}",
                    fatal=True,
                    nearest=mended,
                )
            )
            found.args[i] = mended
