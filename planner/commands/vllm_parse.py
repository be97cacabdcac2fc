"""Somebody's own ``vllm serve`` command, read as vLLM's argument parser reads it.

Rules of Python's argparse as vLLM uses it (vllm/utils/argparse_utils.py, FlexibleArgumentParser):
underscores count as
dashes in option names, ``--flag=value`` works, unambiguous beginnings of long options are accepted, and
``--config-option.key value`` fills a key of a JSON option. The words of ``engine`` are vLLM's own, as
printed by 0.32
and 0.33.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from planner.commands.command_text import CommandTextFault, PastedCommand, read_command_text
from planner.commands.findings import Finding, FindingKind, nearest_word
from planner.commands.vllm_flags import (
    VllmFlag,
    VllmFlagTable,
    resolve_version,
    vllm_flag_table,
)
from planner.vllm_settings import AUTO_LENGTH, VllmSettings

__all__ = ["CommandTextFault", "VllmCommand", "human_readable_int", "parse_vllm_command"]

VLLM_PROGRAMS = {
    "vllm": "vllm",
    "vllm.entrypoints.openai.api_server": "api_server",
    "vllm.entrypoints.cli.main": "vllm",
}
VLLM_IMAGES = {r"vllm/vllm-openai|vllm-openai|/vllm[-:]|rocm/vllm": "api_server"}
_PREFIX = "vllm serve: error: "
_FIELDS = frozenset(VllmSettings.__dataclass_fields__)


class _Refused(Exception):
    """A value argparse refuses; carries its words."""


@dataclass(frozen=True, slots=True)
class VllmCommand:
    """What a command asks of vLLM."""

    settings: VllmSettings
    version: str
    """Version whose options were used."""
    given: frozenset[str]
    """Settings the command states."""
    findings: tuple[Finding, ...]
    env: dict[str, str] = field(default_factory=dict)
    extras: dict[str, Any] = field(default_factory=dict)
    """Options that are no field of the settings."""

    @property
    def refused(self) -> bool:
        """True when vLLM's parser would not accept it."""
        return any(finding.fatal for finding in self.findings)


@dataclass(slots=True)
class _State:
    table: VllmFlagTable
    values: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    positional: list[str] = field(default_factory=list)
    unrecognized: list[str] = field(default_factory=list)

    def find(
        self,
        token: str,
        kind: FindingKind,
        message: str,
        engine: str,
        fatal: bool = False,
        near: str | None = None,
    ) -> None:
        self.findings.append(Finding(token, kind, message, engine, fatal, near))


def human_readable_int(text: str) -> int:
    """Read ``32k`` = 32,000, ``32K`` = 32,768, ``25.6k`` = 25,600 (vllm/utils/argparse_utils.py).

    Raises
    ------
    ValueError
        When it is no such number.

    Examples
    --------
    >>> human_readable_int("32k"), human_readable_int("32K")
    (32000, 32768)
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([kKmMgGtT])", text.strip())
    if not match:
        return int(text.strip())
    number, suffix = match.groups()
    power = "kmgt".index(suffix.lower()) + 1
    if suffix.islower():
        return int(float(number) * float(1000**power))
    if "." in number:
        raise _Refused(
            f"Decimals are not allowed with binary suffixes like {suffix}. "
            f"Did you mean to use {number}{suffix.lower()} instead?"
        )
    return int(number) * int(1024**power)


def parse_vllm_command(command: str | Sequence[str], version: str | None = None) -> VllmCommand:
    """Read a command.

    Parameters
    ----------
    command : str or sequence of str
        Text as pasted (``vllm serve``, ``python -m vllm.entrypoints.openai.api_server``, ``docker run
        …``), or the
        argument list.
    version : str, optional
        vLLM version whose options apply, e.g. ``0.32.0``.

    Returns
    -------
    VllmCommand
        Settings with vLLM's defaults, and every finding.

    Raises
    ------
    CommandTextFault
        When the text holds no ``vllm serve``.
    QuotingFault
        When a quote is never closed.
    VllmVersionFault
        When ``version`` is no vLLM version.
    """
    pasted = read_command_text(command, VLLM_PROGRAMS, VLLM_IMAGES)
    name, note = resolve_version(version)
    state = _State(vllm_flag_table(name))
    state.findings += pasted.findings
    if note:
        state.find(version or name, FindingKind.NOTE, note, "")
    _read(state, _serve_arguments(pasted))
    _finish(state)
    values = dict(state.values)
    if "model" in values and pasted.program == "vllm":
        state.find(
            "--model",
            FindingKind.DEPRECATED,
            "after vllm serve the model is written without --model, and only once",
            "With `vllm serve`, you should provide the model as a positional argument or in a config "
            "file instead of "
            "via the `--model` option.",
            near=f"vllm serve {values['model']}",
        )
    if state.positional:
        values["model"] = state.positional[0]
    if "config" in values:
        state.find(
            "--config", FindingKind.NOTE, "the options in that file are not read here", "the file is read"
        )
    settings = VllmSettings(**{k: v for k, v in values.items() if k in _FIELDS})
    extras = {k: v for k, v in values.items() if k not in _FIELDS}
    if settings.model is None and "config" not in extras:
        state.find(
            "vllm serve",
            FindingKind.NOTE,
            "the command names no model; write vllm serve USER/MODEL",
            "Qwen/Qwen3-0.6B is loaded",
        )
    return VllmCommand(settings, name, frozenset(values), tuple(state.findings), pasted.env, extras)


def _serve_arguments(pasted: PastedCommand) -> list[str]:
    if pasted.program == "api_server":
        return pasted.args[1:] if pasted.args[:1] == ["serve"] else pasted.args
    if pasted.args[:1] != ["serve"]:
        said = " ".join(pasted.args[:1]) or "nothing"
        raise CommandTextFault(f"vllm {said} starts no server; write vllm serve MODEL")
    return pasted.args[1:]


def _read(state: _State, args: list[str]) -> None:
    i = 0
    while i < len(args):
        token = args[i]
        i += 1
        if not _is_option(token):
            if state.positional:
                state.unrecognized.append(token)
            else:
                state.positional.append(token)
            continue
        flag, spelling, value, dotted = _match(state, token)
        if flag is None:
            if spelling != "reported":
                state.unrecognized.append(token)
            if i < len(args) and not _is_option(args[i]) and (state.positional or spelling == "reported"):
                if spelling != "reported":
                    state.unrecognized.append(args[i])
                i += 1
            continue
        if flag.is_switch:
            _switch(state, flag, spelling, value)
            continue
        words = [value] if value is not None else []
        if value is None:
            limit = len(args) if flag.nargs == "+" else i + 1
            while i < min(limit, len(args)) and (not _is_option(args[i]) or _negative(args[i])):
                words.append(args[i])
                i += 1
        _store(state, flag, token, words, dotted)


def _is_option(token: str) -> bool:
    return (
        len(token) > 1 and token.startswith("-") and not _negative(token) and " " not in token.split("=")[0]
    )


def _negative(token: str) -> bool:
    return re.fullmatch(r"-\d+(\.\d*)?|-\.\d+", token) is not None


def _match(state: _State, token: str) -> tuple[VllmFlag | None, str, str | None, str | None]:
    """Option of a token: flag, spelling, value after ``=``, key after a dot."""
    name, equals, text = token.partition("=")
    value = text if equals else None
    plain = "--" + name[2:].replace("_", "-") if name.startswith("--") else name
    table = state.table
    if plain in table.by_spelling:
        return table.by_spelling[plain], plain, value, None
    base, dot, key = name.partition(".")
    plain_base = "--" + base[2:].replace("_", "-") if base.startswith("--") else base
    if dot and plain_base in table.by_spelling and table.by_spelling[plain_base].kind.startswith("json"):
        return table.by_spelling[plain_base], plain_base, value, key
    if re.fullmatch(r"-O\d?", plain):
        return table.by_dest["optimization_level"], plain, plain[2:] or value or "1", None
    if not plain.startswith("--"):
        for spelling, flag in table.by_spelling.items():
            if (
                not spelling.startswith("--")
                and plain.startswith(spelling)
                and plain[len(spelling) :].isdigit()
            ):
                return flag, spelling, plain[len(spelling) :], None
    found = table.matches(plain)
    flags = {table.by_spelling[s].dest for s in found}
    if plain in table.gone:
        return None, "reported" if _gone(state, token, plain, found) else plain, None, None
    if len(found) == 1:
        flag = table.by_spelling[found[0]]
        state.find(
            token,
            FindingKind.NOTE,
            f"{name} is read as {found[0]}, of which it is the beginning; write it out",
            f"accepted as {found[0]}",
            near=found[0],
        )
        return flag, found[0], value, None
    if flags:
        listed = ", ".join(found)
        state.find(
            token,
            FindingKind.UNKNOWN_FLAG,
            f"{name} could mean {listed}; write one of them out",
            f"{_PREFIX}ambiguous option: {plain} could match {listed}",
            True,
            found[0],
        )
        return None, "reported", None, None
    near = nearest_word(plain, (*table.by_spelling, *table.gone))
    if near is not None and near in table.gone:
        near = table.gone[near][0]
    state.find(
        token,
        FindingKind.UNKNOWN_FLAG,
        f"vLLM {table.version} has no option {name}" + (f"; nearest is {near}" if near else ""),
        "",
        True,
        near,
    )
    return None, plain, None, None


def _gone(state: _State, token: str, plain: str, found: list[str]) -> bool:
    """Name an option of other versions; return True when vLLM has words of its own for it."""
    instead, words = state.table.gone[plain]
    engine = words or ""
    if not words and len(found) > 1:
        engine = f"{_PREFIX}ambiguous option: {plain} could match {', '.join(found)}"
    state.find(
        token,
        FindingKind.UNKNOWN_FLAG,
        f"{plain} does not exist in vLLM {state.table.version}; write {instead}",
        engine,
        True,
        instead,
    )
    return bool(engine)


def _finish(state: _State) -> None:
    """Give unknown options the one line vLLM prints for all of them."""
    if not state.unrecognized:
        return
    engine = f"{_PREFIX}unrecognized arguments: {' '.join(state.unrecognized)}"
    known = {finding.token for finding in state.findings}
    state.findings = [
        f
        if f.engine or f.kind is FindingKind.NOTE
        else Finding(f.token, f.kind, f.message, engine, True, f.nearest)
        for f in state.findings
    ]
    after_option = {f.token for f in state.findings if f.kind is FindingKind.UNKNOWN_FLAG}
    previous = ""
    for token in state.unrecognized:
        if not _is_option(token) and previous not in after_option and token not in known:
            state.find(token, FindingKind.UNKNOWN_FLAG, f"{token!r} belongs to no option", engine, True)
        previous = token


def _switch(state: _State, flag: VllmFlag, spelling: str, value: str | None) -> None:
    if value is not None:
        state.find(
            f"{spelling}={value}",
            FindingKind.BAD_VALUE,
            f"{spelling} takes no value; write {spelling} or {flag.off_spelling()}",
            f"{_PREFIX}argument {flag.shown}: ignored explicit argument {value!r}",
            True,
            spelling,
        )
    state.values[flag.dest] = _is_on(flag, spelling)


def _is_on(flag: VllmFlag, spelling: str) -> bool:
    """Whether a spelling of a switch means true for its setting."""
    return spelling == flag.long or not spelling.startswith("--")


def _store(state: _State, flag: VllmFlag, token: str, words: list[str], key: str | None) -> None:
    name = token.partition("=")[0]
    shown = " ".join([name, *words]) if "=" not in token else token
    if not words and flag.nargs != "?":
        wanted = "at least one argument" if flag.nargs == "+" else "one argument"
        state.find(
            token,
            FindingKind.BAD_VALUE,
            f"{name} stands without its value",
            f"{_PREFIX}argument {flag.shown}: expected {wanted}",
            True,
        )
        return
    if flag.dest in state.values and key is None and flag.dest != "middleware":
        state.find(
            shown,
            FindingKind.CONTRADICTION,
            f"{flag.long} is given again; the last one counts",
            f"Found duplicate keys {flag.long}",
        )
    try:
        values = [_convert(flag, word) for word in words] if key is None else [_nested(key, words[0])]
    except _Refused as fault:
        state.find(
            shown,
            FindingKind.BAD_VALUE,
            f"{shown}: {_help(flag, words)}",
            f"{_PREFIX}argument {flag.shown}: {fault}",
            True,
            _near_choice(flag, words[0]),
        )
        return
    if key is not None:
        before = state.values.get(flag.dest)
        state.values[flag.dest] = json.dumps(_merged(json.loads(before) if before else {}, values[0]))
    elif flag.nargs == "+":
        state.values[flag.dest] = tuple(values)
    else:
        state.values[flag.dest] = values[0] if values else None


def _nested(key: str, text: str) -> dict[str, Any]:
    """Value of ``--option.a.b text``: JSON, a size such as 80g, or plain text; ``key+`` makes a list."""
    value: Any = text.split(",") if key.endswith("+") else text
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            try:
                value = human_readable_int(value)
            except (ValueError, _Refused):
                value = text
    for part in reversed(key.rstrip("+").split(".")):
        value = {part: value}
    out: dict[str, Any] = value
    return out


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Both, the new one winning; objects and lists inside are joined."""
    out = dict(old)
    for key, value in new.items():
        before = out.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            out[key] = _merged(before, value)
        elif isinstance(before, list) and isinstance(value, list):
            out[key] = before + value
        else:
            out[key] = value
    return out


_SYNONYMS = {"fp16": "float16", "f16": "float16", "bf16": "bfloat16", "fp32": "float32", "f32": "float32"}
_TYPE_NAMES = {"size": "human_readable_int", "size_or_auto": "human_readable_int_or_auto"}


def _convert(flag: VllmFlag, word: str) -> Any:
    """One value as argparse's type makes it.

    Raises
    ------
    _Refused
        With argparse's words.
    """
    value: Any = word
    try:
        if flag.kind == "int":
            value = None if word == "None" and flag.default is None else int(word)
        elif flag.kind == "float":
            value = None if word == "None" and flag.default is None else float(word)
        elif flag.kind == "size":
            value = human_readable_int(word)
        elif flag.kind == "size_or_auto":
            auto = word.strip() == "-1" or word.strip().lower() == "auto"
            value = AUTO_LENGTH if auto else human_readable_int(word)
        elif flag.kind == "json":
            json.loads(word)
    except ValueError:
        kind = _TYPE_NAMES.get(flag.kind, flag.kind)
        if flag.kind == "json":
            raise _Refused(f"Value {word} cannot be converted to JSON.") from None
        raise _Refused(f"invalid {kind} value: {word!r}") from None
    if flag.choices and str(value) not in flag.choices:
        plain = flag.kind == "int"
        listed = ", ".join(choice if plain else repr(choice) for choice in flag.choices)
        raise _Refused(f"invalid choice: {value if plain else repr(word)} (choose from {listed})")
    return None if value == "None" and "None" in flag.choices else value


def _near_choice(flag: VllmFlag, word: str) -> str | None:
    meant = _SYNONYMS.get(word.lower(), word)
    return meant if meant in flag.choices else nearest_word(word, flag.choices) if flag.choices else None


def _help(flag: VllmFlag, words: list[str]) -> str:
    if flag.choices:
        near = _near_choice(flag, words[0])
        return f"valid are {', '.join(flag.choices)}" + (f"; nearest is {near}" if near else "")
    return {
        "int": "not a whole number",
        "float": "not a number",
        "size": "not a number; write for example 8192, 32k (32,000) or 32K (32,768)",
        "size_or_auto": "not a number; write for example 32768, 32k (32,000), 32K (32,768) or auto",
        "json": 'not JSON; inside the quotes of the shell write {"key": value}',
    }.get(flag.kind, "not a valid value")
