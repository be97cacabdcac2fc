"""What each subcommand prints. Loaded only when one runs, so that ``--help`` stays quick."""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner import text, units
from planner.cli import UsageFault, json_text, print_json
from planner.library import Library, load_library
from planner.llama_build import DEFAULT_BUILD, LlamaBuild
from planner.machine import Machine
from planner.request import RequestFault, read_question
from planner.settings import Workload
from planner.units import MAX_CONTEXT, ValueFault, parse_gib, parse_tokens
from planner.wishes import Wishes
from planner.words import say
from planner.workers import Worker, read_worker

if TYPE_CHECKING:
    from planner.commands.launch_command import LaunchCommand
    from planner.plan import Plan

BATCH_LIMIT_BYTES = 4_000_000
"""Longest line of a batch that is read. [bytes]"""


@cache
def this_machine() -> Machine:
    """Detect the machine once per process."""
    from planner.hardware.detect import detect_machine

    return detect_machine()


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


def with_measured_ram(machine: Machine) -> Machine:
    """Measure the bandwidth of this machine's memory, remember it, and put it into the record."""
    from planner.hardware.ram_bandwidth import measure_ram_bandwidth, remember

    measured = measure_ram_bandwidth()
    remember(measured, machine.cpu.name)
    ram = replace(machine.ram, bandwidth_bytes_per_s=measured.bytes_per_s, bandwidth_origin="measured")
    return replace(machine, ram=ram)


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
    found, best = evaluate_catalogue(library, machine, wishes, _quant_of(library, options))
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

    quant = _quant(library, options.quant).name if options.quant else None
    if wishes.engine == "any":
        both: tuple[list[Plan], int, int] = _guard(
            rank_any, library, machine, wishes, quant, not options.all, options.top
        )
        return both
    every: list[Plan] = _guard(rank_vllm, library, machine, wishes, quant)
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
    from planner.curves import context_curve, experts_curve
    from planner.model_facts import facts_of
    from planner.plan_command import LLAMA_PROGRAMS, plan_command
    from planner.plan_layers import layer_places, n_layers_with_experts_in_ram

    model = library.models[result.model_id]
    quant, _ = _guard(library.llama_quant, _quant(library, str(result.quant)), model)
    row = library.rows[result.model_id]
    machine = machine_of(options)
    curve = experts_curve(library, None, machine, wishes, row, quant)
    full = replace(wishes, workload=replace(wishes.workload, filled=True))
    over_context = context_curve(library, facts_of(library), machine, full, row, quant)
    commands = tuple(
        _with_logits_note(library, result, command, wishes, options)
        for command in (plan_command(library, result, p) for p in LLAMA_PROGRAMS)
        if command is not None
    )
    at = None if curve is None else n_layers_with_experts_in_ram(layer_places(result))
    return replace(result, curve=curve, curve_at=at, context_curve=over_context, commands=commands)


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
    plan = _guard(plan_settings, library, model, machine_of(options), settings, column, wishes)
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

    found = _find(library, name)
    if found.model.provenance.value == "reported":
        return reported_plan(found.model, wishes)
    if wishes.engine == "vllm":
        return _vllm_plan(library, found, wishes, options, name)
    _planned(library, found.model)
    quant_text = options.quant or found.quant
    scheme = _quant(library, quant_text) if quant_text else None
    if wishes.engine == "any":
        from planner.vllm.compare import side_by_side

        best: Plan | None = _guard(
            side_by_side, library, found.model, machine_of(options), wishes, scheme
        ).best
        if best is not None:
            return best
    result: Plan = _guard(plan_model, library, found.model, machine_of(options), wishes, scheme)
    return result


def _vllm_plan(library: Library, found: Any, wishes: Wishes, options: argparse.Namespace, asked: str) -> Plan:
    from planner.vllm.answer import unknown_repository
    from planner.vllm.plan import plan_vllm

    quant = _quant(library, options.quant).name if options.quant else found.quant
    result: Plan = _guard(plan_vllm, library.catalogue, found.model, machine_of(options), wishes, quant)
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
        return _batch(options)
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
    result = _guard(answer_command, load_library(), read_question(data), machine, _reserve(options))
    if options.json:
        print_json(result.to_json())
    else:
        print(text.check_text(result))
    return 0


def _batch(options: argparse.Namespace) -> int:
    from planner.answer import answer

    library = load_library()
    try:
        source: Any = (
            getattr(sys.stdin, "buffer", sys.stdin)
            if options.batch == "-"
            else Path(options.batch).open("rb")  # noqa: SIM115
        )
    except OSError as fault:
        raise ValueFault(f"cannot read {options.batch}: {fault.strerror}") from None
    out = sys.stdout
    with source:
        for line in source:
            if not line.strip():
                continue
            out.write(_answer_line(library, line, answer) + "\n")
            out.flush()
    return 0


def _answer_line(library: Library, line: str | bytes, answer: Any) -> str:
    """One line of a batch answered, as JSON text: a result, or what was wrong with the line."""
    request_id = None

    def failed(code: str, message: str) -> str:
        error = {"id": request_id, "error": {"code": code, "message": " ".join(message.split())}}
        return json_text(error)

    try:
        if len(line) > BATCH_LIMIT_BYTES:
            raise RequestFault("bad_request", "the line is longer than 4 MB")
        try:
            text = line.decode("utf-8-sig") if isinstance(line, bytes) else line
            data = json.loads(text)
            if isinstance(data, dict):
                request_id = _plain(data.get("id"))
            json.loads(text, parse_constant=_no_json_number, parse_float=_finite)
        except (ValueError, RecursionError) as fault:
            raise RequestFault("bad_json", f"not a JSON object: {fault}") from None
        return json_text(answer(library, read_question(data), this_machine).to_json(request_id))
    except RequestFault as fault:
        return failed(fault.code, str(fault))
    except Exception as fault:  # one bad line must not stop the batch; the fault is named, not hidden
        return failed("internal", f"{type(fault).__name__}: {fault}")


def _plain(request_id: Any) -> Any:
    """The id of a request as it can be written back; None if it holds a number JSON has no word for."""
    try:
        json.dumps(request_id, allow_nan=False)
    except ValueError:
        return None
    return request_id


def _no_json_number(word: str) -> float:
    raise ValueError(f"{word} is not a number in JSON; null means unknown")


def _finite(word: str) -> float:
    value = float(word)
    if not math.isfinite(value):
        raise ValueError(f"{word} is too large for a number")
    return value


def machine_of(options: argparse.Namespace) -> Machine:
    """Return the machine the options describe; nothing given = this one."""
    given = (options.gpu, options.ram, options.ram_bandwidth, options.cpu, options.machine)
    if all(value is None for value in given):
        return this_machine()
    from planner.hardware.what_if import machine_from_options

    described = machine_from_options(
        gpus=options.gpu or (),
        ram_gib=options.ram,
        ram_bandwidth=options.ram_bandwidth,
        cpu=options.cpu,
        machine_file=options.machine,
        this_machine=this_machine()
        if options.machine is None and (options.gpu is None or options.ram is None)
        else None,
    )
    return this_machine() if described is None else described


def workload_of(options: argparse.Namespace) -> Workload:
    """Return the workload the options state."""
    base = Workload()

    def count(name: str, default: int, zero: bool = True) -> int:
        value = getattr(options, name)
        if value is None:
            return default
        if zero and str(value).strip() == "0":
            return 0
        return parse_tokens(value, "--" + name.replace("_", "-"), MAX_CONTEXT)

    filled = options.subcommand != "check" and str(options.depth).strip().casefold() == "full"
    return Workload(
        count("prompt_tokens", base.prompt_tokens),
        0 if filled else count("depth", 0),
        count("gen_tokens", base.gen_tokens),
        count("concurrency", base.concurrency, zero=False),
        filled,
    )


def wishes_of(options: argparse.Namespace) -> Wishes:
    """Return the wishes the options state."""
    from planner.commands.llama_flags import BuildFault
    from planner.formulas.kv_cache import BYTES_PER_ELEMENT

    base = Wishes()
    version = options.engine_version or DEFAULT_BUILD
    vllm = options.engine == "vllm"
    try:
        if vllm:
            from planner.vllm.plan import vllm_version

            version = vllm_version(options.engine_version)
        else:
            LlamaBuild.from_version(version)
    except (BuildFault, ValueError) as fault:
        raise ValueFault(f"--engine-version: {fault}") from None
    types = []
    for name in ("cache_type_k", "cache_type_v"):
        value = (getattr(options, name) or "f16").lower()
        if value not in BYTES_PER_ELEMENT:
            raise ValueFault(
                f"--{name.replace('_', '-')} {value!r} is no cache type; valid: {', '.join(BYTES_PER_ELEMENT)}"
            )
        types.append(value)
    minimum = base.min_decode_tps
    if options.min_decode_tps is not None:
        try:
            minimum = float(options.min_decode_tps)
        except ValueError:
            raise ValueFault(
                f"--min-decode-tps {options.min_decode_tps!r} is not a number of tokens per second"
            ) from None
        if not 0 <= minimum < 1e6:
            raise ValueFault(f"--min-decode-tps {options.min_decode_tps} must be between 0 and 1,000,000")
    n_ctx = base.n_ctx if options.n_ctx is None else parse_tokens(options.n_ctx, "--n-ctx")
    n_parallel = 1 if options.n_parallel is None else parse_tokens(options.n_parallel, "--n-parallel", 4096)
    n_ubatch = (
        base.n_ubatch if options.n_ubatch is None else parse_tokens(options.n_ubatch, "--n-ubatch", 65536)
    )
    return replace(
        base,
        n_ctx=n_ctx,
        n_parallel=n_parallel,
        n_ubatch=n_ubatch,
        cache_type_k=types[0],
        cache_type_v=types[1],
        workers=workers_of(options),
        projector=options.mmproj,
        draft_model=options.draft_model,
        draft_quant=options.draft_quant or base.draft_quant,
        draft_n_max=base.draft_n_max
        if options.draft_n_max is None
        else parse_tokens(options.draft_n_max, "--draft-n-max", 1024),
        mtp=options.mtp,
        cache_ram_mib=None if options.cache_ram is None else _mib(options.cache_ram, "--cache-ram"),
        runtime_overhead=options.runtime_overhead or base.runtime_overhead,
        objective=options.objective or base.objective,
        use=getattr(options, "use", base.use),
        min_decode_tps=minimum,
        reserve_bytes=_reserve(options),
        workload=workload_of(options),
        engine=options.engine or base.engine,
        engine_version=version,
    )


def workers_of(options: argparse.Namespace) -> tuple[Worker, ...]:
    """Other machines the options name."""
    return tuple(read_worker(text) for text in options.rpc or ())


def _mib(text: str, flag: str) -> int:
    """Whole MiB, 0 included."""
    return 0 if str(text).strip() == "0" else parse_tokens(text, flag, MAX_CONTEXT)


def _reserve(options: argparse.Namespace) -> float:
    return (
        Wishes().reserve_bytes if options.reserve is None else float(parse_gib(options.reserve, "--reserve"))
    )


def _quant_of(library: Library, options: argparse.Namespace) -> int | None:
    if options.quant is None:
        return None
    scheme = _quant(library, options.quant)
    index, _ = _guard(library.llama_quant, scheme, library.models[library.columns.ids[0]])
    return int(index)


def _find(library: Library, name: str) -> Any:
    return _guard(library.find_model, name)


def _quant(library: Library, name: str) -> Any:
    return _guard(library.find_quant, name)


def _planned(library: Library, model: Any) -> None:
    if model.id not in library.rows:
        reason = (
            library.catalogue.unverified(model)
            or "llama.cpp has no architecture for it, or its dimensions are not known"
        )
        raise ValueFault(f"{model.name} cannot be planned: {reason}")


def _guard(function: Any, *arguments: Any) -> Any:
    """Call a function; what it cannot answer becomes a fault with exit 1."""
    try:
        return function(*arguments)
    except RequestFault as fault:
        raise ValueFault(str(fault)) from None
