"""What each subcommand prints. Loaded only when one runs, so that ``--help`` stays quick."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from planner import text, units
from planner.cli import UsageFault, print_json
from planner.cli_options import (
    check_planned,
    find_model,
    find_quant,
    guarded,
    machine_of,
    quant_index,
    reserve_of,
    this_machine,
    wishes_of,
    with_measured_ram,
    workload_of,
)
from planner.library import Library, load_library
from planner.machine import Machine
from planner.request import RequestFault, read_question
from planner.units import ValueFault
from planner.wishes import Wishes
from planner.words import say

if TYPE_CHECKING:
    from models_db.names import ResolvedName
    from planner.commands.launch_command import LaunchCommand
    from planner.plan import Plan


def detect(options: argparse.Namespace) -> int:
    """Print this machine."""
    from planner.hardware.machine_json import machine_to_json

    machine = this_machine()
    if options.measure_ram:
        machine = with_measured_ram(machine)
    if options.json:
        print_json(machine_to_json(machine))
    else:
        print(text.machine_text(machine))
    return 0


def models(options: argparse.Namespace) -> int:
    """Print the catalogue, or the part that matches a text."""
    from planner.catalogue_json import model_to_json, search_models

    library = load_library()
    found = search_models(library, options.text)
    if not found:
        raise ValueFault(str(_unknown(library, options.text)))
    if options.json:
        print_json({"schema": "models/1", "models": [model_to_json(library, m) for m in found]})
    else:
        print(text.models_text([model_to_json(library, m) for m in found]))
    return 0


def _unknown(library: Library, wanted: str) -> str:
    try:
        library.find_model(wanted)
    except RequestFault as fault:
        return str(fault)
    return f"no model matches {wanted!r}"


def accelerators(options: argparse.Namespace) -> int:
    """Print the accelerator table, or the part that matches a text."""
    from models_db.accelerator import accelerator_to_json, load_accelerators
    from planner.hardware.accelerator_names import candidates, nearest_names

    rows = list(load_accelerators())
    if options.text:
        words = options.text.lower().split()
        matching = [a for a in rows if all(w in " ".join((a.name, *a.aliases)).lower() for w in words)]
        matching = matching or candidates(options.text)[0]
        if not matching:
            raise ValueFault(
                f"unknown accelerator {options.text!r}; nearest: {', '.join(nearest_names(options.text))}"
            )
        rows = matching
    if options.json:
        print_json({"schema": "accelerators/1", "accelerators": [accelerator_to_json(a) for a in rows]})
    else:
        print(text.accelerators_text(rows))
    return 0


def rank(options: argparse.Namespace) -> int:
    """Print every model's best plan on the machine, sorted."""
    library = load_library()
    machine = machine_of(options)
    wishes = wishes_of(options)
    plans, n_listed, hidden = ranked_plans(library, machine, wishes, options)
    if options.json:
        from planner.hardware.machine_json import machine_to_json

        print_json(
            {
                "schema": "rank/1",
                "machine": machine_to_json(machine),
                "plans": [p.to_json(brief=True) for p in plans],
            }
        )
        return 0
    print(text.machine_text(machine))
    print()
    print(text.rank_text(plans, [p.score or "" for p in plans], None))
    print()
    print(text.rank_foot(len(plans), n_listed, hidden, wishes))
    if not n_listed and wishes.engine == "vllm":
        from planner.vllm.plan import cannot_run

        print(cannot_run(machine) or "no model fits under vLLM; --engine any adds llama.cpp")
    return 0


def ranked_plans(
    library: Library, machine: Machine, wishes: Wishes, options: argparse.Namespace
) -> tuple[list[Plan], int, int]:
    """Plans to be shown in order, each with the reason for its place; how many are listed; how many do not fit."""
    from planner.cells import evaluate_catalogue, plan_of_cell
    from planner.ranking import rank_models

    if options.top is not None and options.top < 1:
        raise ValueFault(f"--top {options.top} is too small; the smallest valid value is 1")
    if wishes.engine in ("vllm", "any"):
        return _ranked_with_vllm(library, machine, wishes, options)
    found, best = evaluate_catalogue(library, machine, wishes, quant_index(library, options))
    ranked = rank_models(library, found, best, wishes)
    n_fitting = sum(r.fits for r in ranked)
    listed = ranked if options.all else [r for r in ranked if r.fits]
    shown = listed if options.top is None else listed[: options.top]
    plans = [plan_of_cell(library, found, r.row, r.quant, wishes) for r in shown]
    scored = [replace(p, score=r.reason) for p, r in zip(plans, shown, strict=True)]
    return scored, len(listed), len(library.columns.ids) - n_fitting


def _ranked_with_vllm(
    library: Library, machine: Machine, wishes: Wishes, options: argparse.Namespace
) -> tuple[list[Plan], int, int]:
    from planner.vllm.rank import rank_any, rank_vllm

    quant = find_quant(library, options.quant).name if options.quant else None
    if wishes.engine == "any":
        return guarded(rank_any, library, machine, wishes, quant, not options.all, options.top)
    every = guarded(rank_vllm, library, machine, wishes, quant)
    listed = every if options.all else [p for p in every if p.fits]
    return listed[: options.top], len(listed), sum(not p.fits for p in every)


def plan(options: argparse.Namespace) -> int:
    """Print the best plan for one model."""
    library, wishes = load_library(), wishes_of(options)
    result = best_plan(library, options.model, wishes, options)
    planned = result.engine == "llama.cpp" and result.quant is not None and result.model_id in library.rows
    if planned and not result.settings.get("rpc"):
        result = _with_curve_and_commands(library, result, wishes, options)
    if options.json:
        print_json(result.to_json())
    else:
        print(text.plan_text(result, options.shell))
    return 0


def _with_curve_and_commands(
    library: Library, result: Plan, wishes: Wishes, options: argparse.Namespace
) -> Plan:
    """Add the curves over experts in RAM and context, and the commands of the other programs."""
    from planner.plan_command import LLAMA_PROGRAMS, plan_command
    from planner.plan_curves import plan_curves

    curves = guarded(plan_curves, library, result, machine_of(options), wishes)
    commands = tuple(
        _with_logits_note(library, result, command, wishes, options)
        for command in (plan_command(library, result, p) for p in LLAMA_PROGRAMS)
        if command is not None
    )
    return replace(
        result,
        curve=curves.experts,
        curve_at=curves.experts_at,
        context_curve=curves.context,
        commands=commands,
    )


def _with_logits_note(
    library: Library, result: Plan, command: LaunchCommand, wishes: Wishes, options: argparse.Namespace
) -> LaunchCommand:
    """Say what other programs than llama-server take more, because they keep logits for a whole micro-batch."""
    from planner.plan_command import settings_of
    from planner.settings_plan import plan_settings, quant_column

    program = command.argv[0]
    if program == "llama-server" or not result.fits:
        return command
    model = library.models[result.model_id]
    settings = replace(settings_of(result, program), mmproj=False, draft_model=None, spec_type=())
    column = quant_column(library, model, library.find_quant(str(result.quant)))
    plan = guarded(plan_settings, library, model, machine_of(options), settings, column, wishes)
    before = sum(d.compute_bytes for d in result.devices if d.kind == "gpu")
    more = sum(d.compute_bytes for d in plan.devices if d.kind == "gpu") - before
    if more <= 0:
        return command
    note = say(
        "{program} keeps logits for a whole micro-batch: {more} more on the GPUs",
        program=program,
        more=units.mib(more),
    )
    if not plan.fits:
        note = say("{note}, which have no room for it: add -ub 256 or less", note=note)
    return replace(command, notes=(*command.notes, note))


def best_plan(library: Library, name: str, wishes: Wishes, options: argparse.Namespace) -> Plan:
    """The best plan for the model a name means, with the quantization the options or the name ask for."""
    from planner.answer import reported_plan
    from planner.fit_plan import plan_model

    found = find_model(library, name)
    if found.model.provenance.value == "reported":
        return reported_plan(found.model, wishes)
    if wishes.engine == "vllm":
        return _vllm_plan(library, found, wishes, options, name)
    check_planned(library, found.model)
    quant_text = options.quant or found.quant
    scheme = find_quant(library, quant_text) if quant_text else None
    if wishes.engine == "any":
        from planner.vllm.compare import side_by_side

        best = guarded(side_by_side, library, found.model, machine_of(options), wishes, scheme).best
        if best is not None:
            return best
    return guarded(plan_model, library, found.model, machine_of(options), wishes, scheme)


def _vllm_plan(
    library: Library, found: ResolvedName, wishes: Wishes, options: argparse.Namespace, asked: str
) -> Plan:
    from planner.vllm.answer import unknown_repository
    from planner.vllm.plan import plan_vllm

    quant = find_quant(library, options.quant).name if options.quant else found.quant
    result = guarded(plan_vllm, library.catalogue, found.model, machine_of(options), wishes, quant)
    note = unknown_repository(found.model, asked)
    return replace(result, reasons=(note, *result.reasons)) if note else result


def report(options: argparse.Namespace) -> int:
    """Write the report of a plan, a comparison or the ranking into a file."""
    from planner.report.command import write_report

    return write_report(options)


def check(options: argparse.Namespace) -> int:
    """Say what a command needs, or answer a batch."""
    if options.batch is not None:
        if options.command:
            raise UsageFault("fit-planner check: give either --batch FILE or a command after '--'")
        from planner.cli_batch import answer_batch

        return answer_batch(options.batch)
    if not options.command:
        raise UsageFault("fit-planner check: nothing to check; put the command after '--'")
    from planner.answer import answer_command

    machine = machine_of(options)
    words = options.command[0] if len(options.command) == 1 else tuple(options.command)
    data: dict[str, Any] = {"command": words, "model": options.model, "quant": options.quant}
    data["engine_version"] = options.engine_version
    workload = workload_of(options)
    data["workload"] = {
        "prompt_tokens": workload.prompt_tokens,
        "depth": workload.depth,
        "gen_tokens": workload.gen_tokens,
        "concurrency": workload.concurrency,
    }
    result = guarded(answer_command, load_library(), read_question(data), machine, reserve_of(options))
    if options.json:
        print_json(result.to_json())
    else:
        print(text.check_text(result))
    return 0
