"""Somebody's own ``llama-server``, ``llama-cli`` or ``llama-bench`` command, read as llama.cpp reads it.

The rules are those of llama.cpp common/arg.cpp (common_params_parse_ex) and tools/llama-bench/llama-bench.cpp
(parse_cmd_params), 0.5.0-dev: flags are matched whole (no ``--flag=value``, no prefixes), environment
variables come
first, numbers end at the first character that is no digit, and for a repeated flag the last one counts.
Reading goes on
after a fault, so that every fault is named and the question behind the command can still be answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from planner.commands.beside_values import ALL_SETTERS, BESIDE_SETTERS
from planner.commands.command_text import CommandTextFault, PastedCommand, read_command_text
from planner.commands.findings import Finding, FindingKind, nearest_word
from planner.commands.llama_checks import check_settings
from planner.commands.llama_flags import (
    FlagTable,
    LlamaFlag,
    flag_presets,
    flag_table,
    flash_attn_takes_value,
    normal_spelling,
    resolve_build,
)
from planner.commands.llama_values import ValueFaultError, check_plain_value, parse_int
from planner.commands.model_hint import ModelHint, hint_from_path, hint_from_repo, quant_of_file
from planner.settings import WHOLE_CONTEXT, LlamaSettings, Workload

__all__ = ["CommandTextFault", "LlamaCommand", "parse_llama_command"]

LLAMA_PROGRAMS = {
    "llama-server": "llama-server",
    "llama-cli": "llama-cli",
    "llama-bench": "llama-bench",
    "llama-completion": "llama-cli",
    "server": "llama-server",
    "main": "llama-cli",
}
LLAMA_IMAGES = {
    r"llama\.cpp.*:server": "llama-server",
    r"llama\.cpp.*:light": "llama-cli",
    r"llama-?cpp.*server|llama-server": "llama-server",
}


@dataclass(frozen=True, slots=True)
class LlamaCommand:
    """What a command asks of llama.cpp."""

    program: str
    settings: LlamaSettings
    model: ModelHint
    build: str
    """Build whose flags were used."""
    given: frozenset[str]
    """Settings the command states; the others are the engine's defaults."""
    findings: tuple[Finding, ...]
    env: dict[str, str] = field(default_factory=dict)
    """Environment variables of the command, ``CUDA_VISIBLE_DEVICES`` among them."""
    extras: dict[str, str] = field(default_factory=dict)
    """Further flags that matter for memory (``mmproj``, ``draft_model``, ``fit_target`` …) as written."""
    workload: Workload | None = None
    """llama-bench: the tests asked for (the first of each list)."""

    @property
    def refused(self) -> bool:
        """True when the engine would not start."""
        return any(finding.fatal for finding in self.findings)


@dataclass(slots=True)
class _State:
    """What has been read so far."""

    table: FlagTable
    values: dict[str, Any] = field(default_factory=dict)
    extras: dict[str, str] = field(default_factory=dict)
    model: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)

    def find(
        self,
        token: str,
        kind: FindingKind,
        message: str,
        engine: str,
        fatal: bool = False,
        nearest: str | None = None,
    ) -> None:
        self.findings.append(Finding(token, kind, message, engine, fatal, nearest))


def parse_llama_command(
    command: str | Sequence[str], version: str | None = None, env: Mapping[str, str] | None = None
) -> LlamaCommand:
    """Read a command.

    Parameters
    ----------
    command : str or sequence of str
        Text as pasted (with prompt, line continuations, environment, ``docker run`` …), or the argument list.
    version : str, optional
        llama.cpp version whose flags apply, e.g. ``b10434``.
    env : mapping of str to str, optional
        Environment it would run in; what the command sets itself comes before it.

    Returns
    -------
    LlamaCommand
        Settings with the engine's defaults, the model named, and every finding.

    Raises
    ------
    CommandTextFault
        When the text holds no llama.cpp program.
    QuotingFault
        When a quote is never closed.
    BuildFault
        When ``version`` is no llama.cpp version.
    """
    pasted = read_command_text(command, LLAMA_PROGRAMS, LLAMA_IMAGES)
    pasted.env = dict(env or {}) | pasted.env
    build, build_note = resolve_build(version)
    state = _State(flag_table(build, pasted.program))
    state.findings += pasted.findings
    for note in (build_note, state.table.note):
        if note:
            state.find(version or build, FindingKind.NOTE, note, "")
    _read_environment(state, pasted)
    _read_arguments(state, pasted.args, flash_attn_takes_value(version))
    settings = _settings(state, pasted.program)
    model = _model(state, pasted.program)
    given = frozenset(state.values)
    state.findings += check_settings(settings, given)
    workload = None
    if pasted.program == "llama-bench":
        workload = Workload(
            prompt_tokens=state.values.get("prompt_tokens", 512),
            gen_tokens=state.values.get("gen_tokens", 128),
            depth=state.values.get("depth", 0),
        )
    return LlamaCommand(
        pasted.program,
        settings,
        model,
        build,
        given,
        tuple(state.findings),
        pasted.env,
        state.extras,
        workload,
    )


_FIELDS = frozenset(LlamaSettings.__dataclass_fields__)


def _settings(state: _State, program: str) -> LlamaSettings:
    values = {name: value for name, value in state.values.items() if name in _FIELDS}
    values["binary"] = program
    if program == "llama-bench":
        values.setdefault("fit", False)
        work = [int(state.values.get(name, default)) for name, default in _BENCH_LENGTHS.items()]
        values["n_ctx"] = sum(work)
        values.setdefault("n_parallel", 1)
        if values.get("n_gpu_layers") is None:
            values["n_gpu_layers"] = -1
    elif program == "llama-cli":
        values.setdefault("n_parallel", 1)
    else:
        _server_rules(state, values)
    if values.get("n_ctx") == 0:  # an explicit -c 0 asks for the whole trained context (common/arg.cpp)
        values.setdefault("fit_ctx", WHOLE_CONTEXT)
    if values.get("n_ubatch") == 0:
        values["n_ubatch"] = values.get("n_batch", 2048)
    if values.get("main_gpu", 0) < 0:
        token = f"-mg {values.pop('main_gpu')}"
        if values.get("split_mode") == "none":
            values["devices"] = ("none",)
            state.find(
                token, FindingKind.NOTE, f"{token} with -sm none means the processor only", "no GPU is used"
            )
    return LlamaSettings(**values)


def _server_rules(state: _State, values: dict[str, Any]) -> None:
    """What llama-server derives from several flags (tools/server/server.cpp)."""
    per_slot = state.extras.get("kv_unified_per_slot", "")
    if per_slot.isdigit() and int(per_slot) > 0 and "n_ctx" not in values:
        slots = values.get("n_parallel") or 4
        values["n_ctx"] = slots * int(per_slot)
        state.find(
            f"--kv-unified-per-slot {per_slot}",
            FindingKind.NOTE,
            f"the context is {slots} slots of {per_slot} tokens: -c {values['n_ctx']}",
            f"--kv-unified-per-slot: sizing KV pool to n_parallel * kv_unified_per_slot = {values['n_ctx']}",
        )
    n_ubatch = values.get("n_ubatch", 512)
    if state.extras.get("embeddings") == "on" and values.get("n_batch", 2048) > n_ubatch:
        values["n_batch"] = n_ubatch
        state.find(
            "--embeddings",
            FindingKind.NOTE,
            f"with --embeddings a batch is at most one micro-batch: -b {n_ubatch}",
            f"setting n_batch = n_ubatch = {n_ubatch} to avoid assertion failure",
        )


_BENCH_LENGTHS = {"prompt_tokens": 512, "gen_tokens": 128, "depth": 0}


def _model(state: _State, program: str) -> ModelHint:
    said = state.model
    if "hf_repo" in said:
        hint = hint_from_repo(said["hf_repo"])
        file = said.get("hf_file")
        quant = (quant_of_file(file) if file else None) or hint.quant
        if quant is None and file is None:
            state.find(
                said["hf_repo"],
                FindingKind.NOTE,
                f"{said['hf_repo']} names no quantization; llama.cpp takes Q4_K_M",
                "Q4_K_M, or the first file of the repository when it has none",
                nearest=f"{said['hf_repo']}:Q4_K_M",
            )
            quant = "Q4_K_M"
        return ModelHint(repo=hint.repo, file=file, quant=quant, token=said["hf_repo"])
    if "model" in said:
        return hint_from_path(said["model"])
    if "model_url" in said:
        return ModelHint(
            url=said["model_url"], quant=quant_of_file(said["model_url"]), token=said["model_url"]
        )
    if "docker_repo" in said:
        return hint_from_repo(said["docker_repo"])
    fatal = program != "llama-server"
    state.find(
        program,
        FindingKind.NOTE,
        "the command names no model; add -m FILE.gguf or -hf USER/REPOSITORY:QUANT",
        "error: --model is required" if fatal else "the server starts as a router and loads nothing",
        fatal=fatal,
    )
    return ModelHint()


def _read_environment(state: _State, pasted: PastedCommand) -> None:
    """Apply ``LLAMA_ARG_*`` (common_arg::get_value_from_env); llama-bench reads none."""
    for name, text in pasted.env.items():
        if not name.startswith("LLAMA_ARG_"):
            continue
        flag = state.table.by_env(name)
        negative = False
        if flag is None and name.startswith("LLAMA_ARG_NO_"):
            flag = state.table.by_env(name.replace("LLAMA_ARG_NO_", "LLAMA_ARG_", 1))
            negative = flag is not None and bool(flag.negative)
            flag = flag if negative else None
        if flag is None or state.table.program == "llama-bench":
            known = [f.env for f in state.table.by_spelling.values() if f.env]
            near = nearest_word(name, known)
            state.find(
                name,
                FindingKind.IGNORED,
                f"no flag of {state.table.program} is set by {name}"
                + (f"; nearest is {near}" if near else ""),
                "the variable is not read",
                nearest=near,
            )
            continue
        if flag.kind == "flag":
            if text in ("on", "enabled", "true", "1"):
                _apply(state, flag, name, True)
        elif flag.kind == "switch":
            _apply_switch_text(state, flag, name, "0" if negative else text)
        else:
            _apply(state, flag, name, text)


def _apply_switch_text(state: _State, flag: LlamaFlag, name: str, text: str) -> None:
    truth = {
        "on": True,
        "enabled": True,
        "true": True,
        "1": True,
        "off": False,
        "disabled": False,
        "false": False,
    }
    truth["0"] = False
    if text not in truth:
        state.find(
            name,
            FindingKind.BAD_VALUE,
            f"{name}={text} is neither on nor off",
            f'error while handling environment variable "{name}": invalid boolean value',
            fatal=True,
            nearest=f"{name}=on",
        )
    else:
        _apply(state, flag, name, truth[text])


def _read_arguments(state: _State, args: Sequence[str], fa_takes_value: bool) -> None:
    i = 0
    while i < len(args):
        token = args[i]
        flag = state.table.get(token)
        i += 1
        if flag is None:
            i += _unknown(state, token, args[i] if i < len(args) else None)
            continue
        _note_repeat(state, flag, token)
        if flag.removed:
            gone = state.table.gone.get(normal_spelling(token))
            instead = gone.instead if gone else "nothing"
            state.find(
                token,
                FindingKind.UNKNOWN_FLAG,
                f"{token} was removed; write {instead}",
                f'error while handling argument "{token}": the argument has been removed. use {instead}',
                fatal=True,
                nearest=instead,
            )
            i += flag.arity
            continue
        if flag.deprecated:
            state.find(
                token,
                FindingKind.DEPRECATED,
                f"{token} is outdated; write {flag.deprecated}",
                f"accepted by {state.table.build} with a warning",
                nearest=flag.deprecated,
            )
        if flag.setting == "flash_attn" and not fa_takes_value:
            _apply(state, flag, token, "on")
            continue
        if flag.long in flag_presets():
            _apply_preset(state, flag.long)
        elif flag.kind == "flag":
            _apply(state, flag, token, True)
        elif flag.kind == "switch":
            _apply(state, flag, token, normal_spelling(token) in flag.spellings)
        else:
            i += _read_value(state, flag, token, args[i : i + flag.arity])


_MODEL_KEYS = frozenset({"model", "model_url", "hf_repo", "hf_file", "docker_repo"})


def _apply_preset(state: _State, spelling: str) -> None:
    for name, value in flag_presets()[spelling].items():
        if name in _MODEL_KEYS:
            state.model[name] = str(value)
        elif name in _FIELDS:
            state.values[name] = value
        else:
            state.extras[name] = str(value)
        if name == "draft_hf":
            hint = hint_from_repo(str(value))
            state.values |= {"draft_model": hint.name, "draft_quant": hint.quant}
    shown = ", ".join(
        f"{name} {value}" for name, value in flag_presets()[spelling].items() if name in _FIELDS
    )
    state.find(spelling, FindingKind.NOTE, f"{spelling} sets {shown}", "the flags that follow it still count")


def _read_value(state: _State, flag: LlamaFlag, token: str, following: Sequence[str]) -> int:
    """Apply the value after a flag; return how many words it took."""
    missing = len(following) < flag.arity
    swallowed = not missing and flag.arity == 1 and state.table.get(following[0]) is not None
    if missing or swallowed:
        told = f"-fa needs a value since {_FA_SINCE}; " if flag.setting == "flash_attn" else ""
        example = f"{token} {flag.choices[0] if flag.choices else 'N' if flag.kind == 'int' else 'VALUE'}"
        engine = (
            "expected value for argument"
            if missing
            else f"{following[0]!r} is taken for the value of {token}"
        )
        if swallowed and flag.setting == "flash_attn":
            engine = f"error: unknown value for --flash-attn: '{following[0]}'"
        state.find(
            token,
            FindingKind.BAD_VALUE,
            f"{told}{token} stands without its value; write {example}",
            engine,
            fatal=True,
            nearest=example,
        )
        if flag.setting == "flash_attn":
            _apply(state, flag, token, "on")
        return 0
    _apply(state, flag, token, following[0] if flag.arity == 1 else " ".join(following))
    return flag.arity


_FA_SINCE = "August 2025"
_ACCUMULATING = frozenset({"override_tensor", "n_cpu_moe", "cpu_moe", "n_cpu_ffn", "spec_type"})


def _note_repeat(state: _State, flag: LlamaFlag, token: str) -> None:
    name = flag.setting or flag.long
    if name in state.seen and name not in _ACCUMULATING and state.table.program != "llama-bench":
        state.find(
            token,
            FindingKind.CONTRADICTION,
            f"{token} is given again after {state.seen[name]}; the last one counts",
            f"DEPRECATED: argument '{token}' specified multiple times (only last value will be used)",
        )
    state.seen[name] = token


def _unknown(state: _State, token: str, following: str | None) -> int:
    """Name an unknown token; return how many further words belong to it."""
    name, equals, value = token.partition("=")
    known = state.table.get(name) if equals else None
    engine = f"error: invalid argument: {normal_spelling(token)}"
    if known is not None and known.arity == 1:
        state.find(
            token,
            FindingKind.UNKNOWN_FLAG,
            f"{token}: llama.cpp takes no equals sign; write {name} {value}",
            engine,
            fatal=True,
            nearest=f"{name} {value}",
        )
        _apply(state, known, name, value)
        return 0
    gone = state.table.gone.get(normal_spelling(token))
    if gone is not None:
        state.find(
            token,
            FindingKind.UNKNOWN_FLAG,
            f"{token} does not exist in {state.table.build} ({gone.message}); write {gone.instead}",
            engine,
            fatal=True,
            nearest=gone.instead,
        )
        _apply_gone(state, normal_spelling(token))
        return 0
    near = nearest_word(name, (*state.table.by_spelling, *state.table.gone))
    if near is not None and near in state.table.gone:
        near = state.table.gone[near].instead
    if token.startswith("-") and len(token) > 1:
        other = _other_program(state.table, token)
        hint = f"; it is a flag of {other}" if other else f"; nearest is {near}" if near else ""
        state.find(
            token,
            FindingKind.UNKNOWN_FLAG,
            f"{state.table.program} has no flag {name}{hint}",
            engine,
            fatal=True,
            nearest=near,
        )
        meant = flag_table(state.table.build, other).get(token) if other else state.table.get(near or "")
        takes = not equals and following is not None and not _looks_like_flag(following)
        if meant is not None and meant.arity == 0:
            takes = False
        return 1 if takes else 0
    message = f"{token!r} belongs to no flag"
    if token.lower().endswith(".gguf"):
        message += f"; write -m {token}"
        state.model.setdefault("model", token)
    state.find(token, FindingKind.UNKNOWN_FLAG, message, engine, fatal=True)
    return 0


def _other_program(table: FlagTable, token: str) -> str | None:
    for program in ("llama-server", "llama-cli", "llama-bench"):
        if program != table.program and flag_table(table.build, program).get(token) is not None:
            return program
    return None


def _looks_like_flag(word: str) -> bool:
    return word.startswith("-") and not word[1:2].isdigit() and len(word) > 1


_GONE_EFFECTS: Mapping[str, tuple[str, object]] = {
    "--no-mmap": ("load_mode", "none"),
    "--mlock": ("load_mode", "mlock"),
    "-dio": ("load_mode", "dio"),
    "--direct-io": ("load_mode", "dio"),
    "--low-vram": ("kv_offload", False),
    "--no-flash-attn": ("flash_attn", "off"),
}


def _apply_gone(state: _State, token: str) -> None:
    if token in _GONE_EFFECTS:
        name, value = _GONE_EFFECTS[token]
        state.values[name] = value


def _apply(state: _State, flag: LlamaFlag, token: str, value: str | bool) -> None:
    """Put one flag's value into the settings, or record why it cannot be."""
    name = flag.setting
    shown = f"{token} {value}" if isinstance(value, str) else token
    try:
        if name is not None and name in _MODEL_KEYS:
            state.model[name] = str(value)
            return
        setter: Callable[..., str | None] | None = ALL_SETTERS.get(name or "")
        bench = state.table.program == "llama-bench"
        if setter is None:
            if flag.kind == "int" and isinstance(value, str):
                parse_int(value)
            check_plain_value(flag, value)
            if name:
                state.extras[name] = value if isinstance(value, str) else "on" if value else "off"
            return
        if name in BESIDE_SETTERS:
            state.extras[name] = value if isinstance(value, str) else "on" if value else "off"
        warning = setter(state.values, value, token, flag, bench)
        if warning:
            kind = FindingKind.NOTE if bench else FindingKind.BAD_VALUE
            state.find(shown, kind, warning, "every value is run" if bench else "accepted without a word")
    except ValueFaultError as fault:
        engine = fault.engine
        if fault.later:
            pass
        elif token.startswith("LLAMA_ARG"):
            engine = f'error while handling environment variable "{token}": {engine}'
        elif state.table.program == "llama-bench":
            engine = f"error: invalid parameter for argument: {token}"
        else:
            engine = f'error while handling argument "{normal_spelling(token)}": {engine}'
        state.find(shown, FindingKind.BAD_VALUE, f"{shown}: {fault}", engine, fault.fatal, fault.nearest)
