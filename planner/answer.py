"""Answer one request of the project's interface: from JSON to a result object, the way ``check --batch`` does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from planner.backend_notes import check_backend
from planner.commands.beside_values import SPEC_TYPES
from planner.commands.command_text import CommandTextFault
from planner.commands.findings import Finding, FindingKind, nearest_word
from planner.commands.llama_checks import (
    check_against_machine,
    check_against_model,
    check_settings,
    facts_from_inventory,
)
from planner.commands.llama_flags import BuildFault
from planner.commands.llama_parse import LlamaCommand, parse_llama_command
from planner.commands.shell_quoting import QuotingFault
from planner.fit_plan import plan_model, suggestion
from planner.hardware.what_if import machine_from_parts
from planner.library import Library
from planner.llama_build import DEFAULT_BUILD, LlamaBuild
from planner.machine import Machine
from planner.native_files import as_published
from planner.outside import projector_bytes
from planner.plan import Plan
from planner.records import Verdict
from planner.request import LLAMA_KEYS, MachinePart, Question, RequestFault, SettingsPart
from planner.settings import ALL_LAYERS, WHOLE_CONTEXT, LlamaSettings, Workload
from planner.settings_plan import plan_settings, quant_column
from planner.units import ValueFault
from planner.visible_gpus import with_visible_gpus
from planner.vllm_settings import VllmSettings
from planner.wishes import Wishes
from planner.words import say

if TYPE_CHECKING:
    from models_db.model_spec import ModelSpec

DEFAULT_QUANT = "Q4_K_M"


def answer(
    library: Library, question: Question, this_machine: Callable[[], Machine], known: Machine | None = None
) -> Plan:
    """Answer a request.

    Parameters
    ----------
    library : Library
    question : Question
    this_machine : callable
        Detects the machine; called only if the request names none.
    known : Machine or None
        The machine, where the caller has it already.

    Raises
    ------
    RequestFault
        If the request cannot be answered, with a code and one clear line.
    """
    try:
        part = question.machine
        machine = this_machine if part is None else lambda: described_machine(part)
        plan = _answer(library, question, machine if known is None else lambda: known)
        return _with_length_note(plan, question)
    except RequestFault:
        raise
    except (CommandTextFault, QuotingFault) as fault:
        raise RequestFault("bad_command", str(fault)) from None
    except BuildFault as fault:
        raise RequestFault("unknown_version", str(fault)) from None
    except ValueFault as fault:
        raise RequestFault("bad_value", str(fault)) from None


def _with_length_note(plan: Plan, question: Question) -> Plan:
    """Say that the workload asked for is longer than the context of a sequence."""
    part = question.workload
    if part is None or plan.n_ctx is None or plan.throughput is None:
        return plan
    tokens = part.depth + part.prompt_tokens + part.gen_tokens
    if tokens <= plan.n_ctx:
        return plan
    note = (
        f"depth, prompt and answer are {tokens:,} tokens and a sequence gets {plan.n_ctx:,}: "
        "the speeds are those of a context that holds them"
    )
    return replace(plan, reasons=(*plan.reasons, note))


def answer_command(library: Library, question: Question, machine: Machine, reserve_bytes: float) -> Plan:
    """Answer about somebody's own command on a machine already known.

    Raises
    ------
    RequestFault
        As :func:`answer`.
    """
    part = MachinePart(reserve_bytes=round(reserve_bytes))
    return answer(library, question.model_copy(update={"machine": part}), lambda: machine, machine)


def _answer(library: Library, question: Question, the_machine: Callable[[], Machine]) -> Plan:
    command = None
    if question.command is not None:
        words = question.command if isinstance(question.command, str) else list(question.command)
        program = _program(words)
        if program == "vllm":
            from planner.vllm.answer import answer_vllm

            return answer_vllm(library, question, the_machine())
        command = parse_llama_command(words, question.engine_version)
    elif question.engine == "vllm":
        from planner.vllm.answer import answer_vllm

        return answer_vllm(library, question, the_machine())
    model, quant_text = _model_and_quant(library, question, command)
    if command is not None and question.quant is None:
        command = as_published(command, model)
        quant_text = command.model.quant or quant_text
    reserve = question.machine.reserve_bytes if question.machine else None
    wishes = _wishes(question, command, reserve)
    if model.provenance.value == "reported":
        return reported_plan(model, wishes)
    if model.id not in library.rows:
        reason = (
            library.catalogue.unverified(model)
            or "its dimensions are not known, or llama.cpp has no architecture for it"
        )
        raise RequestFault("unplanned_model", f"{model.name} cannot be planned: {reason}")
    machine = the_machine()
    check_backend(machine, question.backend)
    if command is None and question.settings is None:
        scheme = library.find_quant(quant_text) if quant_text else None
        if question.engine == "any":
            from planner.vllm.compare import side_by_side

            best = side_by_side(library, model, machine, wishes, scheme).best
            if best is not None:
                return best
        plan = plan_model(library, model, machine, wishes, scheme)
        known_size = question.file_bytes if scheme is not None else None
        return plan if known_size is None else replace(plan, file_bytes=known_size)
    scheme = library.find_quant(quant_text or _usual_quant(model))
    column = quant_column(library, model, scheme, question.imatrix)
    notes = () if quant_text else (say("no quantization is named; {quant} is assumed", quant=scheme.name),)
    column = replace(column, notes=(*column.notes, *notes))
    told: list[Finding] = []
    if command is not None:
        settings = with_visible_gpus(_with_projector(library, model, command), command.env, machine, wishes)
    else:
        assert question.settings is not None
        settings = settings_of(question.settings, wishes.workload)
        given = frozenset(k for k in LLAMA_KEYS if getattr(question.settings, k) is not None)
        told += [f for f in check_settings(settings, given) if f.fatal]
    try:
        plan = plan_settings(
            library, model, machine, settings, column, wishes, file_bytes=question.file_bytes
        )
    except ValueFault as fault:
        if command is None:
            raise
        # what names a device or buffer the machine does not have is left out, so that the rest can be answered
        told.append(_device_fault(fault))
        plain = replace(settings, devices=None, main_gpu=0, override_tensor=(), draft_devices=None)
        plan = plan_settings(library, model, machine, plain, column, wishes, file_bytes=question.file_bytes)
    if command is None:
        assert question.settings is not None
        told += [f for f in _model_findings(library, settings, model, machine) if f.fatal]
        plan = _with_findings(plan, told)
        return replace(plan, reasons=(*plan.reasons, *_ignored_keys(question.settings)))
    found = [*command.findings, *_model_findings(library, command.settings, model, machine)]
    plan = _with_findings(plan, found if any(f.fatal for f in found) else [*found, *told])
    if plan.verdict is Verdict.DOES_NOT_FIT:
        better = suggestion(library, model, machine, plan, wishes)
        if better is not None:
            plan = replace(plan, alternatives=(better,))
    return plan


def _model_findings(
    library: Library, settings: LlamaSettings, model: ModelSpec, machine: Machine
) -> list[Finding]:
    """What the model or the number of GPUs rules out in settings."""
    facts = facts_from_inventory(library.inventory(model.id))
    return [*check_against_model(settings, facts), *check_against_machine(settings, len(machine.gpus))]


def _ignored_keys(part: SettingsPart) -> list[str]:
    """Name the keys that are settings of neither engine, with what was probably meant."""
    extra = [k for k, v in (part.model_extra or {}).items() if v is not None]
    unknown = [k for k in extra if k not in VllmSettings.__dataclass_fields__]
    if not unknown:
        return []
    from planner.commands.vllm_flags import vllm_flag_table

    out = []
    for key in unknown:
        if key not in vllm_flag_table().by_dest:
            near = nearest_word(key, LLAMA_KEYS)
            hint = f"; nearest is {near}" if near else ""
            out.append(f"settings.{key[:60]} is no setting known here and is ignored{hint}")
    return out


def _with_projector(library: Library, model: ModelSpec, command: LlamaCommand) -> LlamaSettings:
    """Settings of a command; ``-hf`` fetches and loads a projector too, where the model has one, unless told not to."""
    settings = command.settings
    fetched = command.model.repo is not None and command.extras.get("mmproj_auto") != "off"
    if settings.mmproj or not fetched or settings.binary == "llama-bench":
        return settings
    return replace(settings, mmproj=bool(projector_bytes(library.inventory(model.id))))


def _program(words: str | list[str]) -> str:
    first = words.split() if isinstance(words, str) else words
    served = any((a == "vllm" or a.endswith("/vllm")) and b == "serve" for a, b in pairwise(first))
    images = any("vllm.entrypoints" in w or "vllm-openai" in w or w.startswith("rocm/vllm") for w in first)
    return "vllm" if served or images or first[:1] == ["vllm"] else ""


def _model_and_quant(
    library: Library, question: Question, command: LlamaCommand | None
) -> tuple[ModelSpec, str | None]:
    quant = question.quant
    if command is not None:
        quant = quant or command.model.quant
    text = question.model
    if text is None:
        text = command.model.name if command is not None else None
        if text is None:
            raise RequestFault(
                "unknown_model",
                "the command names no model (-m FILE or -hf REPOSITORY); give 'model' beside it",
            )
    try:
        found = library.find_model(text)
    except RequestFault as fault:
        if command is None or question.model is not None:
            raise
        raise RequestFault(
            fault.code,
            f"{command.model.token}: {fault}; llama.cpp itself goes by the file's content, so name the model with --model "
            "(or 'model' in a request)",
        ) from None
    return found.model, quant or found.quant


def _usual_quant(model: ModelSpec) -> str:
    return "MXFP4" if model.checkpoint == "MXFP4" else DEFAULT_QUANT


def _wishes(question: Question, command: LlamaCommand | None, reserve: int | None) -> Wishes:
    version = question.engine_version or (command.build if command is not None else None) or DEFAULT_BUILD
    try:
        LlamaBuild.from_version(version)
    except ValueError as fault:
        raise RequestFault("unknown_version", str(fault)) from None
    base = Wishes()
    part = question.workload
    workload = base.workload
    if part is not None:
        workload = Workload(part.prompt_tokens, part.depth, part.gen_tokens, part.concurrency)
    elif command is not None and command.workload is not None:
        workload = command.workload
    return replace(
        base,
        workload=workload,
        engine_version=version,
        backend=question.backend,
        objective=question.objective or base.objective,
        min_decode_tps=base.min_decode_tps if question.min_decode_tps is None else question.min_decode_tps,
        reserve_bytes=base.reserve_bytes if reserve is None else reserve,
        runtime_overhead=question.runtime_overhead or base.runtime_overhead,
    )


def settings_of(part: SettingsPart, workload: Workload) -> LlamaSettings:
    """Settings of a request with the defaults of its llama.cpp program for what it leaves out.

    Parameters
    ----------
    part : SettingsPart
    workload : Workload
        ``llama-bench`` makes its context as long as this (tools/llama-bench/llama-bench.cpp), puts every layer on the
        GPUs and fits nothing.
    """
    values: dict[str, Any] = {}
    if part.binary == "llama-bench":
        n_ctx = int(workload.depth) + workload.prompt_tokens + workload.gen_tokens
        values = {"n_ctx": n_ctx, "fit": False, "n_gpu_layers": ALL_LAYERS}
    if part.n_ctx == 0:  # a stated -c 0 asks for the whole trained context (common/arg.cpp)
        values["fit_ctx"] = WHOLE_CONTEXT
    for name in LLAMA_KEYS:
        value = getattr(part, name)
        if value is None or (name == "load_mode" and value == "auto"):
            continue
        if name in {"n_gpu_layers", "n_cpu_moe", "draft_n_gpu_layers"}:
            value = ALL_LAYERS if value in ("all", -1) else None if value == "auto" else value
        elif name == "flash_attn" and isinstance(value, bool):
            value = "on" if value else "off"
        elif name.startswith(("cache_type_", "draft_cache_type_")):
            value = value.lower()
        elif name == "spec_type":
            value = _draft_kinds(value)
        elif name == "n_parallel" and value < 1:
            value = None
        values[name] = value
    return LlamaSettings(**values)


def _draft_kinds(names: Sequence[str]) -> tuple[str, ...]:
    """Ways of drafting as ``--spec-type`` takes them; ``none`` is left out."""
    for name in names:
        if name not in SPEC_TYPES:
            near = nearest_word(name, SPEC_TYPES) or "draft-simple"
            raise RequestFault(
                "bad_value",
                f"settings.spec_type {name!r} is unknown; nearest is {near!r}, valid are {', '.join(SPEC_TYPES)}",
            )
    return tuple(n for n in names if n != "none")


def _with_findings(plan: Plan, found: Sequence[Finding]) -> Plan:
    """Add what was noticed in a command or settings; what the engine refuses does not fit."""
    findings = sorted(found, key=lambda f: not f.fatal)
    texts = tuple(
        f"{f.token}: {f.message}" + (f" (llama.cpp: {f.engine})" if f.engine else "") for f in findings
    )
    refused = any(f.fatal for f in findings)
    verdict = Verdict.DOES_NOT_FIT if refused else plan.verdict
    return replace(
        plan,
        verdict=verdict,
        placement="none" if refused else plan.placement,
        throughput=None if refused else plan.throughput,
        reasons=(*texts, *plan.reasons) if refused else (*plan.reasons, *texts),
    )


def _device_fault(fault: ValueFault) -> Finding:
    """What the engine says to a device or buffer it does not have (common/arg.cpp)."""
    token, _, message = str(fault).partition(": ")
    engine = "unknown buffer type" if token.startswith("-ot") else "invalid device"
    return Finding(
        token,
        FindingKind.BAD_VALUE,
        message,
        f'error while handling argument "{token.split()[0]}": {engine}',
        True,
    )


def reported_plan(model: ModelSpec, wishes: Wishes) -> Plan:
    """What is known of a model that is only reported."""
    claimed = model.claimed_parameters
    reasons = [
        *(say("claimed: {what}", what=c) for c in model.claims),
        *(say("evidence: {what}", what=e) for e in model.evidence),
    ]
    if model.nearest:
        reasons.append(say("nearest published model: {model}", model=model.nearest))
    return Plan(
        model_id=model.id,
        model_name=model.name,
        provenance=model.provenance.value,
        quant=None,
        engine="llama.cpp",
        engine_version=wishes.engine_version,
        backend=wishes.backend or "",
        verdict=Verdict.UNKNOWN,
        placement="none",
        reasons=("no published weights are known under this name", *reasons),
        settings={},
        total_parameters=claimed.total if claimed else None,
        active_parameters=claimed.active if claimed else None,
        file_bytes=None,
    )


def described_machine(part: MachinePart) -> Machine:
    """Machine of a request, from the accelerator table.

    Raises
    ------
    ValueFault
        If a GPU is unknown or ambiguous; the message lists the nearest names.
    """
    gpus = tuple((g.name, g.count, g.memory_bytes) for g in part.gpus or ())
    return _described(gpus, part.cpu, part.ram_bytes, part.ram_bandwidth_bytes_per_s)


@lru_cache(maxsize=256)
def _described(
    gpus: tuple[tuple[str, int, int | None], ...],
    cpu: str | None,
    ram_bytes: int | None,
    bandwidth: float | None,
) -> Machine:
    return machine_from_parts(gpus, cpu, ram_bytes, bandwidth)
