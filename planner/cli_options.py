"""What the options of the command line mean: the machine, the wishes, the names."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from planner.library import Library
from planner.llama_build import DEFAULT_BUILD, LlamaBuild
from planner.machine import Machine
from planner.request import RequestFault
from planner.settings import Workload
from planner.units import MAX_CONTEXT, ValueFault, parse_gib, parse_tokens
from planner.wishes import Wishes
from planner.workers import Worker, read_worker

if TYPE_CHECKING:
    from models_db.model_spec import ModelSpec
    from models_db.names import ResolvedName
    from models_db.quant_scheme import QuantScheme

P = ParamSpec("P")
R = TypeVar("R")


@cache
def this_machine() -> Machine:
    """Detect the machine once per process."""
    from planner.hardware.detect import detect_machine

    return detect_machine()


def with_measured_ram(machine: Machine) -> Machine:
    """Measure the bandwidth of this machine's memory, remember it, and put it into the record."""
    from planner.hardware.ram_bandwidth import busy_note, measure_ram_bandwidth, remember, with_measurement

    measured = measure_ram_bandwidth(available_bytes=machine.ram.available_bytes)
    note = busy_note(measured)
    machine = with_measurement(machine, remember(measured, machine.cpu.name))
    return replace(machine, notes=(*machine.notes, note)) if note else machine


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
        yarn=options.yarn,
        cache_ram_mib=None if options.cache_ram is None else _mib(options.cache_ram, "--cache-ram"),
        runtime_overhead=options.runtime_overhead or base.runtime_overhead,
        objective=options.objective or base.objective,
        use=getattr(options, "use", base.use),
        min_decode_tps=minimum,
        reserve_bytes=reserve_of(options),
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


def reserve_of(options: argparse.Namespace) -> float:
    """Memory to leave free on each device. [bytes]"""
    return (
        Wishes().reserve_bytes if options.reserve is None else float(parse_gib(options.reserve, "--reserve"))
    )


def quant_index(library: Library, options: argparse.Namespace) -> int | None:
    """Column of the quantization the options name; None where they name none."""
    if options.quant is None:
        return None
    scheme = find_quant(library, options.quant)
    index, _ = guarded(library.llama_quant, scheme, library.models[library.columns.ids[0]])
    return int(index)


def find_model(library: Library, name: str) -> ResolvedName:
    """The model a name means; a name that means none is a fault."""
    return guarded(library.find_model, name)


def find_quant(library: Library, name: str) -> QuantScheme:
    """The quantization a name means; a name that means none is a fault."""
    return guarded(library.find_quant, name)


def check_planned(library: Library, model: ModelSpec) -> None:
    """Refuse a model that cannot be planned, with the reason."""
    if model.id not in library.rows:
        reason = (
            library.catalogue.unverified(model)
            or "llama.cpp has no architecture for it, or its dimensions are not known"
        )
        raise ValueFault(f"{model.name} cannot be planned: {reason}")


def guarded(function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    """Call a function; what it cannot answer becomes a fault with exit 1."""
    try:
        return function(*arguments, **named)
    except RequestFault as fault:
        raise ValueFault(str(fault)) from None
