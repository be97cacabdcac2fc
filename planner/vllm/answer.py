"""Answer a request of the project's interface about vLLM."""

from __future__ import annotations

import re
from dataclasses import replace

from models_db.model_spec import ModelSpec
from planner.commands.vllm_command import why_vllm_cannot
from planner.commands.vllm_flags import VllmVersionFault
from planner.commands.vllm_parse import VllmCommand, parse_vllm_command
from planner.library import Library
from planner.machine import Machine
from planner.plan import Plan
from planner.records import Verdict
from planner.request import Question, RequestFault
from planner.settings import Workload
from planner.vllm.check import check_vllm, settings_from_request
from planner.vllm.plan import plan_vllm, vllm_version
from planner.wishes import Wishes


def answer_vllm(library: Library, question: Question, machine: Machine) -> Plan:
    """Answer one request: a command, settings, or the planner's own choice.

    Raises
    ------
    RequestFault
        When it cannot be answered.
    """
    command = None
    if question.command is not None:
        words = question.command if isinstance(question.command, str) else list(question.command)
        try:
            command = parse_vllm_command(words, question.engine_version)
        except VllmVersionFault as fault:
            raise RequestFault("unknown_version", str(fault)) from None
    model, quant = _model_and_quant(library, question, command)
    asked = command.settings.model if command is not None else question.model
    plan = _answer(library, question, machine, model, quant, command)
    note = unknown_repository(model, asked)
    return replace(plan, reasons=(note, *plan.reasons)) if note else plan


def unknown_repository(model: ModelSpec, asked: str | None) -> str | None:
    """Say that a repository is not in the catalogue, and which is the closest; None for known ones and plain names.

    Parameters
    ----------
    model : ModelSpec
        What the name was taken to mean.
    asked : str or None
        As written.
    """
    if asked is None or not re.fullmatch(r"[\w.-]+/[\w.-]+", asked) or asked.lower().endswith(".gguf"):
        return None
    held = model.repositories
    known = {model.id, *held.gguf, *held.awq, *held.gptq, *held.fp8, *held.nvfp4}
    if asked.lower() in {r.lower() for r in known}:
        return None
    if model.provenance.value == "reported":
        nearest = model.nearest or "none"
        return f"no repository {asked} is known; the closest in the catalogue is {nearest}"
    return (
        f"no repository {asked} is known; the closest in the catalogue is {model.id}, which is planned here"
    )


def _answer(
    library: Library,
    question: Question,
    machine: Machine,
    model: ModelSpec,
    quant: str | None,
    command: VllmCommand | None,
) -> Plan:
    wishes = vllm_wishes(question)
    if model.provenance.value == "reported":
        from planner.answer import reported_plan

        version = vllm_version(wishes.engine_version)
        return replace(reported_plan(model, wishes), engine="vllm", engine_version=version)
    if command is not None:
        settings = command.settings
        if settings.load_format == "gguf" or "gguf" in (settings.model or "").lower():
            plan = check_vllm(library.catalogue, model, machine, settings, wishes, None, command)
            stop = why_vllm_cannot("linux", "nvidia", None, "gguf") or ""
            return replace(
                plan,
                verdict=Verdict.DOES_NOT_FIT,
                placement="none",
                throughput=None,
                reasons=(stop, *plan.reasons),
            )
        return check_vllm(library.catalogue, model, machine, settings, wishes, quant, command)
    if question.settings is not None:
        settings = settings_from_request(question.settings)
        return check_vllm(library.catalogue, model, machine, settings, wishes, quant)
    return plan_vllm(library.catalogue, model, machine, wishes, quant)


def vllm_wishes(question: Question) -> Wishes:
    """Wishes a request states for vLLM."""
    base = Wishes()
    part = question.workload
    workload = base.workload
    if part is not None:
        workload = Workload(part.prompt_tokens, part.depth, part.gen_tokens, part.concurrency)
    reserve = question.machine.reserve_bytes if question.machine else None
    return replace(
        base,
        engine="vllm",
        engine_version=vllm_version(question.engine_version),
        workload=workload,
        objective=question.objective or base.objective,
        min_decode_tps=base.min_decode_tps if question.min_decode_tps is None else question.min_decode_tps,
        reserve_bytes=base.reserve_bytes if reserve is None else reserve,
    )


def _model_and_quant(
    library: Library, question: Question, command: VllmCommand | None
) -> tuple[ModelSpec, str | None]:
    text = question.model or (command.settings.model if command is not None else None)
    if text is None:
        raise RequestFault(
            "unknown_model", "the command names no model (vllm serve MODEL); give 'model' beside it"
        )
    found = library.find_model(text)
    quant = question.quant if question.quant is not None else found.quant
    if quant is not None and question.quant is not None:
        quant = library.find_quant(quant).name
    return found.model, quant
