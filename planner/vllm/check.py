"""Somebody's own ``vllm serve`` line, or settings named one by one: will vLLM start, with what, and what instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from models_db.catalogue import Catalogue
from models_db.model_spec import ModelSpec
from planner.commands.findings import Finding, FindingKind, nearest_word
from planner.commands.vllm_command import UnsupportedOption, vllm_serve_command
from planner.commands.vllm_flags import kv_cache_dtypes, resolve_version
from planner.commands.vllm_limits import device_ids, start_refusals
from planner.commands.vllm_parse import VllmCommand
from planner.commands.vllm_refusals import VllmModelFacts, config_refusals
from planner.machine import Device, Machine
from planner.plan import Plan
from planner.records import Verdict
from planner.request import LLAMA_KEYS, RequestFault, SettingsPart
from planner.visible_gpus import visible_numbers
from planner.vllm.beside import what_is_not_counted
from planner.vllm.budget import batch_defaults, cuda_total
from planner.vllm.cache_specs import CacheFault, UnknownCache, is_latent
from planner.vllm.choice import (
    blockwise,
    checkpoint_for,
    runs_by,
    speed_of,
    why_not_on_gpu,
)
from planner.vllm.plan import (
    ROCM_NOTE,
    cannot_run,
    judge,
    make_plan,
    model_facts,
    no_plan,
    plan_vllm,
    scheme_name,
    summary,
    tightest_gpu,
    vllm_version,
)
from planner.vllm.setup import Setup, VllmModel, evaluate_setup
from planner.vllm.shard_checks import nearest_size, shard_faults
from planner.vllm.supported import version_says
from planner.vllm.weight_formats import FORMATS, WeightFormat
from planner.vllm.words import memory_refusals
from planner.vllm_settings import DEFAULT_UTILIZATION, VllmSettings
from planner.wishes import Wishes
from planner.words import say

_KINDS: dict[str, type | tuple[type, ...]] = {"int": int, "float": (int, float), "bool": bool, "str": str}
_KIND_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "a text in quotes",
}
ONLINE_METHODS = {"fp8": "FP8"}
"""``--quantization`` values that quantize a 16-bit checkpoint while loading."""


def settings_from_request(part: SettingsPart) -> VllmSettings:
    """Settings of a request: vLLM's flags with underscores, its defaults for what is left out.

    ``n_ctx`` means ``max_model_len``; llama.cpp's keys are ignored.

    Raises
    ------
    RequestFault
        ``bad_request`` for a value of the wrong type.
    """
    given: Mapping[str, Any] = part.model_extra or {}
    values: dict[str, Any] = {}
    for field in fields(VllmSettings):
        value = given.get(field.name)
        if value is None:
            continue
        kind = str(field.type).split(" | ")[0]
        wanted = _KINDS.get(kind)
        right = wanted is None or (
            isinstance(value, wanted) and (kind == "bool" or not isinstance(value, bool))
        )
        if not right:
            raise RequestFault(
                "bad_request", f"settings.{field.name} = {value!r}: {_KIND_WORDS[kind]} is needed"
            )
        values[field.name] = tuple(value) if isinstance(value, list) else value
    unknown = [
        k
        for k, v in given.items()
        if k not in VllmSettings.__dataclass_fields__ and k not in LLAMA_KEYS and v is not None
    ]
    if unknown:
        from planner.commands.vllm_flags import vllm_flag_table

        table = vllm_flag_table().by_dest
        for key in unknown:
            if key not in table and key not in ("devices", "binary", "engine"):
                near = nearest_word(key, {*VllmSettings.__dataclass_fields__, *table})
                hint = f"; nearest is {near!r}" if near else ""
                raise RequestFault(
                    "bad_request", f"unknown key 'settings.{key}': vLLM has no option of that name{hint}"
                )
    if part.n_ctx and "max_model_len" not in values:
        values["max_model_len"] = part.n_ctx
    return VllmSettings(**values)


def check_vllm(
    catalogue: Catalogue,
    model: ModelSpec,
    machine: Machine,
    settings: VllmSettings,
    wishes: Wishes,
    quant: str | None = None,
    command: VllmCommand | None = None,
) -> Plan:
    """Predict what vLLM does with given settings.

    Parameters
    ----------
    catalogue : Catalogue
    model : ModelSpec
    machine : Machine
    settings : VllmSettings
        As asked for; None and vLLM's defaults for the rest.
    wishes : Wishes
        Workload, version, reserve.
    quant : str or None
        Format of the checkpoint; None = the maker's own.
    command : VllmCommand or None
        The command the settings were read from.

    Raises
    ------
    RequestFault
        When it cannot be answered.
    """
    version = vllm_version(wishes.engine_version)
    facts = model_facts(catalogue, model)
    scheme = scheme_name(quant)
    form = _form(model, settings, scheme)
    stop = cannot_run(machine)
    if stop is not None:
        return no_plan(model, facts, machine, version, form.name, stop)
    findings = list(command.findings) if command is not None else []
    findings += _config_findings(model, facts, form, settings, machine, version, command, scheme)
    ram = machine.ram.total_bytes
    extras = dict(command.extras) if command is not None else {}
    if command is not None and not extras.get("device_ids"):
        extras["device_ids"] = visible_numbers(command.env, len(machine.gpus))
    findings += start_refusals(settings, extras, len(machine.gpus), ram)
    refusals = [_words(f) for f in findings if f.fatal]
    remarks = [_words(f) for f in findings if not f.fatal]
    says = version_says(model, facts.spec.hf_arch, version)
    refusals += [says.stop] if says.stop else []
    remarks += [says.remark] if says.remark else []
    n_ranks = max(settings.world_size, 1) * max(settings.data_parallel_size, 1)
    ids = tuple(i for i in device_ids(extras.get("device_ids")) if 0 <= i < len(machine.gpus))
    seen = replace(machine, gpus=tuple(machine.gpus[i] for i in ids)) if ids else machine
    gpu = tightest_gpu(seen, n_ranks)
    if gpu is None:
        return no_plan(model, facts, machine, version, form.name, "the memory of the GPUs is not known")
    refused = why_not_on_gpu(form, gpu)
    refusals += [refused] if refused else []
    refusals += [_words(f) for f in _shard_findings(model, facts, form, settings, scheme)]
    if n_ranks > len(machine.gpus):
        refusals.append(
            f"{n_ranks} GPUs are needed and this machine has {len(machine.gpus)}"
        ) if not refusals else None
    try:
        setup = evaluate_setup(facts, form, _evaluable(settings, facts, form, version), gpu, version)
    except UnknownCache as fault:
        unknown = Verdict.DOES_NOT_FIT if refusals else Verdict.UNKNOWN
        return no_plan(
            model, facts, machine, version, form.name, *refusals, str(fault), *remarks, verdict=unknown
        )
    except CacheFault as fault:
        return no_plan(model, facts, machine, version, form.name, *refusals, str(fault), *remarks)
    refusals += memory_refusals(setup, gpu)
    return _answer(catalogue, model, machine, setup, wishes, version, refusals, remarks, gpu, scheme, ids)


def _answer(
    catalogue: Catalogue,
    model: ModelSpec,
    machine: Machine,
    setup: Setup,
    wishes: Wishes,
    version: str,
    refusals: list[str],
    remarks: list[str],
    gpu: Device,
    scheme: str | None,
    ids: tuple[int, ...],
) -> Plan:
    settings = setup.settings
    n_ranks = settings.world_size * settings.data_parallel_size
    devices = (ids or tuple(range(len(machine.gpus))))[:n_ranks]
    verdict, notes = Verdict.DOES_NOT_FIT, []
    throughput = None
    if not refusals:
        verdict, why = judge(setup, wishes.n_parallel)
        notes = [summary(setup), *why]
        throughput = speed_of(setup, wishes)
    notes += what_is_not_counted(settings, setup.model.facts.n_experts)
    if gpu.vendor == "amd":
        notes.append(ROCM_NOTE)
    notes.append(
        say(
            "{form} on {gpu}: {how}",
            form=setup.form.name,
            gpu=gpu.accelerator or gpu.name,
            how=runs_by(setup.form, gpu),
        )
    )
    written = None
    try:
        written = vllm_serve_command(
            replace(settings, model=settings.model or checkpoint_for(model, setup.form.name).repository),
            version,
            ids or None,
        )
    except UnsupportedOption as fault:
        remarks = [*remarks, str(fault)]
    plan = make_plan(
        model, setup, machine, devices, version, verdict, (*refusals, *notes, *remarks), written, throughput
    )
    if verdict is Verdict.DOES_NOT_FIT:
        asked = setup.settings.max_model_len
        better = replace(wishes, n_ctx=asked if asked and asked > 0 else wishes.n_ctx, n_parallel=1)
        found = plan_vllm(catalogue, model, machine, better, scheme or setup.form.name, 0)
        if not found.fits:
            found = plan_vllm(
                catalogue, model, machine, replace(better, n_ctx=min(better.n_ctx, wishes.n_ctx)), None, 0
            )
        if found.fits:
            plan = replace(plan, alternatives=(replace(found, alternatives=()),))
    return plan


def _form(model: ModelSpec, settings: VllmSettings, scheme: str | None) -> WeightFormat:
    if scheme is not None:
        return FORMATS[scheme]
    own = model.checkpoint or "BF16"
    name = {"FP16": "F16", "F32": "BF16"}.get(own, own)
    if settings.quantization in ONLINE_METHODS and name in ("BF16", "F16"):
        return FORMATS[ONLINE_METHODS[settings.quantization]]
    return FORMATS.get(name, FORMATS["BF16"])


def _config_findings(
    model: ModelSpec,
    facts: VllmModel,
    form: WeightFormat,
    settings: VllmSettings,
    machine: Machine,
    version: str,
    command: VllmCommand | None,
    scheme: str | None,
) -> list[Finding]:
    spec = facts.spec
    online = (
        settings.quantization in ONLINE_METHODS
        and scheme is None
        and (model.checkpoint or "BF16") in ("BF16", "F16")
    )
    gpu = tightest_gpu(machine, len(machine.gpus))
    defaults = batch_defaults(gpu, cuda_total(gpu)).max_num_batched_tokens if gpu is not None else None
    known = VllmModelFacts(
        n_heads=max(spec.per_layer("n_heads")),
        max_model_len=spec.n_ctx_train,
        n_experts=spec.n_experts,
        quant_method=None if online else form.method,
        n_kv_heads=max(spec.per_layer("n_kv_heads")),
        latent=is_latent(spec),
        hf_arch=spec.hf_arch,
    )
    env = command.env if command is not None else None
    return config_refusals(settings, known, len(machine.gpus), version, env, defaults)


def _evaluable(settings: VllmSettings, facts: VllmModel, form: WeightFormat, version: str) -> VllmSettings:
    """Settings that can be sized although vLLM refuses some of them: the nearest legal value of each."""
    share = settings.gpu_memory_utilization
    length = settings.max_model_len
    known = facts.spec.n_ctx_train
    rules, _ = resolve_version(version)
    tp = nearest_size(
        facts.facts.table, facts.spec, form, min(settings.tensor_parallel_size, MOST_GPUS), False
    )

    def least(value: int | None, bound: int = 1) -> int | None:
        return None if value is None else max(value, bound)

    return replace(
        settings,
        gpu_memory_utilization=share
        if 0 < share <= 1
        else share / 100
        if 2 <= share <= 100
        else DEFAULT_UTILIZATION,
        max_model_len=None
        if length is not None and (length == 0 or length < -1)
        else min(length, max(known, LONGEST))
        if length is not None
        else None,
        tensor_parallel_size=tp,
        pipeline_parallel_size=min(max(settings.pipeline_parallel_size, 1), facts.spec.n_layers),
        data_parallel_size=min(max(settings.data_parallel_size, 1), MOST_GPUS),
        prefill_context_parallel_size=1,
        decode_context_parallel_size=max(settings.decode_context_parallel_size, 1),
        max_num_seqs=least(settings.max_num_seqs),
        max_loras=max(settings.max_loras, 1),
        max_lora_rank=max(settings.max_lora_rank, 1),
        max_num_batched_tokens=least(settings.max_num_batched_tokens),
        block_size=settings.block_size if settings.block_size is None or settings.block_size > 0 else None,
        cpu_offload_gb=max(settings.cpu_offload_gb, 0.0),
        kv_cache_memory_bytes=least(settings.kv_cache_memory_bytes, 0),
        num_gpu_blocks_override=least(settings.num_gpu_blocks_override, 0),
        max_cudagraph_capture_size=least(settings.max_cudagraph_capture_size),
        kv_cache_dtype=settings.kv_cache_dtype
        if settings.kv_cache_dtype in kv_cache_dtypes(rules)
        else "auto",
    )


MOST_GPUS = 4096
"""More are not sized."""
LONGEST = 2**33
"""Longer requests are sized as this one. [tokens]"""


def _shard_findings(
    model: ModelSpec, facts: VllmModel, form: WeightFormat, settings: VllmSettings, scheme: str | None
) -> list[Finding]:
    """What does not divide besides the attention heads, which the configuration has already refused."""
    tp = settings.tensor_parallel_size
    if tp > 1 and max(facts.spec.per_layer("n_heads")) % tp:
        return []
    repository = checkpoint_for(model, form.name)
    blocks = blockwise(repository, facts.model_id) and settings.quantization not in ONLINE_METHODS
    table = facts.facts.table
    near = nearest_size(table, facts.spec, form, tp - 1, blocks)
    return [
        Finding(
            f"--tensor-parallel-size {tp}",
            FindingKind.BAD_VALUE,
            f"{fault.what}; nearest is {near}",
            fault.engine,
            True,
            f"--tensor-parallel-size {near}",
        )
        for fault in shard_faults(table, facts.spec, form, tp, settings.enable_expert_parallel, blocks)
    ]


def _words(finding: Finding) -> str:
    said = f" (vLLM: {finding.engine})" if finding.engine else ""
    return f"{finding.token}: {finding.message}{said}"
