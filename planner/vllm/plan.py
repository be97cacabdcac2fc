"""Plans of vLLM: for a model and a machine, and for somebody's own ``vllm serve`` line."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import lru_cache
from typing import Any

import numpy as np

from models_db.catalogue import Catalogue
from models_db.model_spec import ModelSpec
from planner import units
from planner.commands.launch_command import LaunchCommand
from planner.commands.vllm_command import UnsupportedOption, vllm_serve_command, why_vllm_cannot
from planner.commands.vllm_flags import DEFAULT_VERSION, VllmVersionFault, resolve_version
from planner.llama_build import DEFAULT_BUILD
from planner.machine import Device, Machine
from planner.plan import DevicePlan, Plan
from planner.records import Verdict
from planner.request import RequestFault
from planner.vllm.cache_specs import UnknownCache
from planner.vllm.choice import Choice, checkpoint_for, choose, gpu_group, runs_by, speed_of, why_not_on_gpu
from planner.vllm.kv_capacity import pipeline_bounds
from planner.vllm.nodes import other_commands
from planner.vllm.objective import users_at
from planner.vllm.setup import Setup, VllmModel, capability_of, vllm_model
from planner.vllm.supported import version_says
from planner.vllm.terms import setup_terms
from planner.vllm.weight_formats import FORMATS, WeightFormat
from planner.vllm.weights import table_weights
from planner.vllm.words import memory_refusals
from planner.wishes import Wishes
from planner.words import figure, say
from planner.yarn import cut_note

N_ALTERNATIVES = 4
ROCM_NOTE = say(
    "memory follows the rules read for CUDA: block sizes, workspaces and graphs of vLLM's ROCm kernels were not read, and "
    "no log of an AMD GPU was compared"
)
TIGHT_SHARE = 0.1
"""Share of vLLM's memory below which a cache for fewer than two requests counts as tight."""


def vllm_version(text: str | None) -> str:
    """Version to plan for; llama.cpp's default build counts as not given.

    Raises
    ------
    RequestFault
        ``unknown_version`` for a text that is no vLLM version.
    """
    if text is None or text == DEFAULT_BUILD:
        return DEFAULT_VERSION
    try:
        resolve_version(text)
    except VllmVersionFault as fault:
        raise RequestFault("unknown_version", str(fault)) from None
    return text.strip().lower().removeprefix("vllm").strip().lstrip(" =v")


def model_facts(catalogue: Catalogue, model: ModelSpec) -> VllmModel:
    """Dimensions of a model.

    Raises
    ------
    RequestFault
        ``unplanned_model`` when they are not known.
    """
    if catalogue.architecture(model) is None:
        reason = catalogue.unverified(model) or "its dimensions are not known"
        raise RequestFault("unplanned_model", f"{model.name} cannot be planned: {reason}")
    return vllm_model(model.id)


def scheme_name(quant: str | None) -> str | None:
    """Format of vLLM for a quantization as people write it; None stays None.

    Raises
    ------
    RequestFault
        ``unsupported_quant`` for llama.cpp's formats, naming what vLLM loads.
    """
    if quant is None:
        return None
    name = {"FP16": "F16"}.get(quant, quant)
    if name not in FORMATS:
        raise RequestFault(
            "unsupported_quant",
            f"vLLM does not load {quant} files (GGUF needs the package vllm-gguf-plugin; llama.cpp runs them); "
            f"nearest: {', '.join(('AWQ', 'GPTQ-Int4', 'FP8', 'NVFP4', 'BF16'))}",
        )
    return name


def plan_vllm(
    catalogue: Catalogue,
    model: ModelSpec,
    machine: Machine,
    wishes: Wishes,
    quant: str | None = None,
    n_alternatives: int = N_ALTERNATIVES,
) -> Plan:
    """Best way to run a model under vLLM on a machine.

    Parameters
    ----------
    catalogue : Catalogue
    model : ModelSpec
    machine : Machine
    wishes : Wishes
        ``n_ctx`` is what each of ``n_parallel`` users gets; ``engine_version`` may be a vLLM version.
    quant : str or None
        Name of a format; None = the planner chooses among the known repositories.
    n_alternatives : int
        Most alternatives written out; 0 also leaves out the terms, as a ranking does.

    Raises
    ------
    RequestFault
        When it cannot be answered.
    """
    version = vllm_version(wishes.engine_version)
    facts = model_facts(catalogue, model)
    scheme = scheme_name(quant)
    says = version_says(model, facts.spec.hf_arch, version)
    stop = cannot_run(machine) or says.stop or None
    if stop is not None:
        return no_plan(model, facts, machine, version, scheme, stop)
    try:
        choices, notes = choose(model, facts, machine, wishes, version, scheme)
    except UnknownCache as fault:
        return no_plan(model, facts, machine, version, scheme, str(fault), verdict=Verdict.UNKNOWN)
    if not choices:
        return no_plan(model, facts, machine, version, scheme, *(dict.fromkeys(notes) or ("nothing fits",)))
    told = tuple(dict.fromkeys((*notes, *([says.remark] if says.remark else []))))
    if wishes.n_ctx > facts.spec.n_ctx_train:
        told = (*told, cut_note(facts.spec.n_ctx_train, wishes.n_ctx))
    plan = plan_of_choice(model, choices[0], machine, wishes, version, told, brief=n_alternatives == 0)
    others = [
        plan_of_choice(model, c, machine, wishes, version, brief=True)
        for c in _different(choices)[:n_alternatives]
    ]
    commands = other_commands(model, facts, choices[0], machine, wishes, version) if n_alternatives else ()
    return replace(plan, alternatives=tuple(others), commands=commands)


def cannot_run(machine: Machine) -> str | None:
    """Why vLLM does not run on a machine at all, and what does; None if it does."""
    group = gpu_group(machine)
    system = platform.system().lower() if machine.detected else "linux"
    if group is None:
        return why_vllm_cannot(system, "")
    gpu = group[0]
    capability = float(gpu.compute_capability) if gpu.compute_capability else None
    if gpu.vendor == "intel":
        return say("vLLM on Intel GPUs is a separate build (XPU) that is not planned here; use llama.cpp")
    return why_vllm_cannot("darwin" if gpu.vendor == "apple" else system, gpu.vendor, capability)


def _different(choices: list[Choice]) -> list[Choice]:
    """Choices after the first that differ from those before in format or in the number of GPUs."""
    seen = {(choices[0].checkpoint.form.name, len(choices[0].devices))}
    out: list[Choice] = []
    for c in choices[1:]:
        key = (c.checkpoint.form.name, len(c.devices))
        if key not in seen:
            seen.add(key)
            out.append(c)
    return out


def plan_of_choice(
    model: ModelSpec,
    choice: Choice,
    machine: Machine,
    wishes: Wishes,
    version: str,
    notes: Sequence[str] = (),
    brief: bool = False,
) -> Plan:
    """Write one choice out, with its command."""
    setup, checkpoint = choice.setup, choice.checkpoint
    refusals = memory_refusals(setup, setup.gpu)
    reasons: list[str] = []
    if not refusals and setup.concurrency < wishes.n_parallel:
        refusals.append(
            say(
                "{n} users of {length} tokens are asked for and the cache holds {held} of them at once",
                n=wishes.n_parallel,
                length=figure(f"{setup.length:,}"),
                held=figure(f"{setup.concurrency:.2f}"),
            )
        )
    verdict = Verdict.DOES_NOT_FIT
    if not refusals:
        verdict, why = judge(setup, wishes.n_parallel)
        reasons += [summary(setup), *why]
    if not checkpoint.known:
        reasons.append(
            say(
                "no {form} repository of {model} is known; the name in the command is the base",
                form=checkpoint.form.name,
                model=model.name,
            )
        )
    if checkpoint.online:
        reasons.append(
            say("FP8 is made while loading (--quantization fp8); a ready FP8 repository loads faster")
        )
    reasons.append(
        say(
            "{form} on {gpu}: {how}",
            form=checkpoint.form.name,
            gpu=setup.gpu.accelerator or setup.gpu.name,
            how=runs_by(checkpoint.form, setup.gpu),
        )
    )
    if wishes.objective == "users" and choice.throughput is not None:
        n_users, each = users_at(setup, wishes)
        reasons.append(
            say(
                "{n} users have {each} tokens/s each, of {least} asked for",
                n=n_users,
                each=figure(f"{each:.1f}"),
                least=figure(f"{wishes.min_decode_tps:g}"),
            )
            if n_users
            else say("not one user has {least} tokens/s", least=figure(f"{wishes.min_decode_tps:g}"))
        )
    if setup.gpu.vendor == "amd":
        reasons.append(ROCM_NOTE)
    if len(choice.devices) < len(machine.gpus):
        reasons.append(say("uses {n} of {all} GPUs", n=len(choice.devices), all=len(machine.gpus)))
    command = _command(setup, choice, machine, version)
    throughput = speed_of(setup, wishes) if choice.throughput is not None else None
    return make_plan(
        model, setup, machine, choice.devices, version, verdict, (*refusals, *reasons, *notes), command, throughput,
        checkpoint.form.name, brief,
    )  # fmt: skip


def judge(setup: Setup, n_users: int = 1) -> tuple[Verdict, list[str]]:
    """Verdict of a setup that starts, and why it is tight where it is."""
    if setup.offloaded:
        return Verdict.FITS_WITH_OFFLOAD, [
            say(
                "{size} of weights per GPU cross the bus for every token: much slower",
                size=units.gib(setup.offloaded),
            )
        ]
    if not setup.firm:
        return Verdict.TIGHT, [
            say("at the high end of the range for activations and CUDA graphs one full request does not fit")
        ]
    left = setup.available / setup.budget.requested
    if left < TIGHT_SHARE and setup.concurrency < 2 * n_users:
        return Verdict.TIGHT, [
            say(
                "only {share} of what vLLM takes is left for the cache: {n} requests of full length",
                share=f"{left:.0%}",
                n=figure(f"{setup.concurrency:.2f}"),
            )
        ]
    return Verdict.FITS, []


def summary(setup: Setup) -> str:
    """What the cache holds, in one sentence."""
    if setup.capacity is None:
        return say("the model keeps no cache")
    own = setup.capacity
    return say(
        "KV cache of {size} per GPU holds {tokens} tokens, {n} requests of {length} tokens at once; the longest single "
        "request is {longest} tokens",
        size=units.gib(setup.available),
        tokens=figure(f"{int(own.kv_tokens):,}"),
        n=figure(f"{setup.concurrency:.2f}"),
        length=figure(f"{setup.length:,}"),
        longest=figure(f"{setup.longest:,}"),
    )


def _command(setup: Setup, choice: Choice, machine: Machine, version: str) -> LaunchCommand | None:
    everything = len(choice.devices) == len(machine.gpus)
    effects = {"gpu_memory_utilization": say("{size} of each GPU", size=units.gib(setup.budget.requested))}
    if setup.capacity is not None:
        effects["max_model_len"] = say("{n} such requests at once", n=figure(f"{setup.concurrency:.2f}"))
    try:
        return vllm_serve_command(
            setup.settings, version, None if everything else choice.devices, effects=effects
        )
    except UnsupportedOption:
        return None


def make_plan(
    model: ModelSpec,
    setup: Setup,
    machine: Machine,
    devices: Sequence[int],
    version: str,
    verdict: Verdict,
    reasons: tuple[str, ...],
    command: LaunchCommand | None,
    throughput: Any = None,
    quant: str | None = None,
    brief: bool = False,
) -> Plan:
    """Put an evaluated setup into the record every engine shares."""
    fits = verdict is not Verdict.DOES_NOT_FIT
    known = setup.model.facts
    return Plan(
        model_id=model.id,
        model_name=model.name,
        provenance=model.provenance.value,
        quant=quant or setup.form.name,
        engine="vllm",
        engine_version=version,
        backend=setup.gpu.backend or "cuda",
        verdict=verdict,
        placement=("partial" if setup.offloaded else "gpu") if fits else "none",
        reasons=reasons,
        settings=settings_in_effect(setup),
        total_parameters=known.total_parameters,
        active_parameters=known.active_parameters,
        file_bytes=checkpoint_bytes(setup.model.model_id, setup.form),
        devices=device_plans(setup, machine, devices),
        kv_tokens=int(setup.capacity.kv_tokens) if setup.capacity is not None else None,
        max_concurrency=float(setup.capacity.max_concurrency) if setup.capacity is not None else None,
        throughput=throughput if fits else None,
        command=command,
        terms=() if brief else setup_terms(setup),
        n_ctx=setup.length,
        n_ctx_train=setup.model.spec.n_ctx_train,
        n_layers=known.n_layers,
        n_experts=known.n_experts,
        longest_n_ctx=setup.longest or None,
    )


@lru_cache(maxsize=4096)
def checkpoint_bytes(model_id: str, form: WeightFormat) -> int:
    """Size of a checkpoint: weights of one rank without parallelism, rotary tables left out. [bytes]"""
    model = vllm_model(model_id)
    alone = table_weights(model.facts.table, model.spec, form, compute_capability=9.0)[0]
    return round(alone.total - alone.rope)


def settings_in_effect(setup: Setup) -> dict[str, Any]:
    """Every setting with the value vLLM runs with."""
    out = {k: v for k, v in asdict(setup.settings).items() if v is not None and v != ()}
    out.update(
        n_ctx=setup.length,
        max_model_len=setup.length,
        max_num_seqs=setup.n_seqs,
        max_num_batched_tokens=setup.n_tokens,
        kv_cache_dtype=setup.resolved_kv_dtype,
    )
    if setup.layout.groups:
        out["block_size"] = setup.layout.groups[-1].spec.block_size
    return out


def device_plans(setup: Setup, machine: Machine, devices: Sequence[int]) -> tuple[DevicePlan, ...]:
    """One entry per rank, in rank order, and the host where weights are offloaded."""
    s = setup.settings
    bounds = pipeline_bounds(setup.model.spec.n_layers, s.pipeline_parallel_size)
    activation = _pick(setup.budget.activation.typical)
    outside = _pick(setup.budget.non_torch.typical) + _pick(setup.budget.graphs.typical)
    out: list[DevicePlan] = []
    n_ranks = s.world_size * s.data_parallel_size
    numbers = list(devices) or list(range(n_ranks))
    for rank in range(min(n_ranks, len(numbers))):
        stage = rank % s.world_size // s.tensor_parallel_size
        gpu = machine.gpus[numbers[rank]] if numbers[rank] < len(machine.gpus) else setup.gpu
        kv = max(int(setup.left[stage]), 0)
        model_bytes = round(float(setup.budget.weights[stage]))
        experts = min(round(setup.weights[stage].experts), model_bytes)
        capacity = int(setup.total) if gpu is setup.gpu else int(gpu.memory_bytes or 0)
        used = 0 if gpu.free_bytes is None else max(capacity - gpu.free_bytes, 0)
        out.append(
            DevicePlan(
                name=f"CUDA{rank}",
                kind="gpu",
                accelerator=gpu.accelerator or gpu.name,
                capacity_bytes=capacity,
                usable_bytes=int(setup.budget.requested),
                others_bytes=used,
                model_bytes=model_bytes,
                expert_bytes=experts,
                kv_bytes=kv,
                recurrent_bytes=0,
                compute_bytes=round(activation),
                output_bytes=0,
                overhead_bytes=round(outside),
                total_bytes=model_bytes + kv + round(activation) + round(outside),
                layers=(bounds[stage][0], bounds[stage][1] - 1),
            )
        )
    if setup.offloaded:
        held = round(setup.offloaded * n_ranks)
        ram = machine.ram
        out.append(
            DevicePlan(
                name="Host",
                kind="host",
                accelerator=None,
                capacity_bytes=ram.total_bytes,
                usable_bytes=ram.available_bytes or ram.total_bytes,
                others_bytes=0,
                model_bytes=held,
                expert_bytes=0,
                kv_bytes=0,
                recurrent_bytes=0,
                compute_bytes=0,
                output_bytes=0,
                overhead_bytes=0,
                total_bytes=held,
            )
        )
    return tuple(out)


def _pick(values: Any) -> float:
    return float(np.ravel(np.asarray(values, dtype=np.float64))[0])


def no_plan(
    model: ModelSpec,
    facts: VllmModel,
    machine: Machine,
    version: str,
    scheme: str | None,
    *reasons: str,
    verdict: Verdict = Verdict.DOES_NOT_FIT,
) -> Plan:
    """What is said when vLLM cannot run the model here at all."""
    known = facts.facts
    group = gpu_group(machine)
    return Plan(
        model_id=model.id,
        model_name=model.name,
        provenance=model.provenance.value,
        quant=scheme,
        engine="vllm",
        engine_version=version,
        backend=(group[0].backend if group else "") or "cpu",
        verdict=verdict,
        placement="none",
        reasons=reasons,
        settings={},
        total_parameters=known.total_parameters,
        active_parameters=known.active_parameters,
        file_bytes=None,
        n_ctx_train=facts.spec.n_ctx_train,
        n_layers=facts.spec.n_layers,
        n_experts=known.n_experts,
    )


def tightest_gpu(machine: Machine, n_ranks: int) -> Device | None:
    """Smallest of the first ``n_ranks`` GPUs; None without GPUs of known size."""
    known = [g for g in machine.gpus[: max(n_ranks, 1)] if g.memory_bytes]
    return min(known, key=lambda g: (g.memory_bytes or 0, capability_of(g))) if known else None


__all__ = ["checkpoint_for", "plan_vllm", "vllm_version", "why_not_on_gpu"]
