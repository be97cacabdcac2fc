"""Choose parallel sizes, format and settings of vLLM for a model on a machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from models_db.architecture import ArchitectureSpec
from models_db.model_spec import ModelSpec
from planner.machine import Device, Machine
from planner.plan import Throughput
from planner.units import GIB
from planner.vllm.budget import MIN_FREE_MARGIN_BYTES, cuda_total
from planner.vllm.cache_specs import CacheFault, UnknownCache
from planner.vllm.objective import users_at, with_longest, with_users
from planner.vllm.setup import Setup, VllmModel, capability_of, evaluate_setup
from planner.vllm.shard_checks import shard_faults
from planner.vllm.speed import vllm_throughput
from planner.vllm.weight_formats import FORMATS, WeightFormat
from planner.vllm_settings import DEFAULT_UTILIZATION, VllmSettings
from planner.wishes import Wishes
from planner.words import say

MAX_UTILIZATION = 0.95
MIN_UTILIZATION = 0.3
FEW_SEQS = 16
"""Requests per step when memory is short; more if the user asked for more."""
FEW_TOKENS = 2048
OFFLOAD_SHARE = 0.8
"""Part of the usable system memory that weights may be offloaded into."""
QUALITY_ORDER = (
    "BF16",
    "F16",
    "FP8",
    "W8A8",
    "W8A16",
    "GPTQ-Int8",
    "MXFP4",
    "NVFP4",
    "AWQ",
    "GPTQ-Int4",
    "W4A16",
)
"""Formats from the least to the most loss: 16 bit, 8 bit, 4 bit; a checkpoint trained in its format loses nothing."""
FAMILY_OF = {"FP8": "fp8", "AWQ": "awq", "GPTQ-Int4": "gptq", "GPTQ-Int8": "gptq", "NVFP4": "nvfp4"}


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A repository with its format."""

    repository: str
    form: WeightFormat
    known: bool
    """False when no repository of this format is in the catalogue, and the name is only the model's own."""
    online: bool = False
    """vLLM quantizes while loading (``--quantization fp8`` on a 16-bit checkpoint)."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A setup with its checkpoint and speed."""

    setup: Setup
    checkpoint: Checkpoint
    devices: tuple[int, ...]
    """Index of the GPU of every rank."""
    throughput: Throughput | None
    """Decoding only: what choices are compared by."""

    @property
    def decode_p50(self) -> float:
        """Median speed of one user; 0 if unknown. [tokens/s]"""
        t = self.throughput
        return t.decode_tps.p50 if t and t.decode_tps else 0.0


def checkpoints_of(model: ModelSpec) -> tuple[Checkpoint, ...]:
    """Repositories vLLM can load, the maker's own first."""
    own = model.checkpoint or "BF16"
    native = FORMATS.get("F16" if own in ("F16", "FP16") else own)
    out: list[Checkpoint] = []
    if native is not None:
        out.append(Checkpoint(model.id, native, True))
    elif own == "F32":
        out.append(Checkpoint(model.id, FORMATS["BF16"], True))
    held = model.repositories
    for name in ("FP8", "NVFP4", "AWQ"):
        for repository in getattr(held, FAMILY_OF[name])[:1]:
            out.append(Checkpoint(repository, FORMATS[name], True))
    for repository in held.gptq[:2]:
        eight = "int8" in repository.lower() or "8bit" in repository.lower()
        out.append(Checkpoint(repository, FORMATS["GPTQ-Int8" if eight else "GPTQ-Int4"], True))
    seen: dict[str, Checkpoint] = {}
    for c in out:
        seen.setdefault(c.form.name, c)
    if own in ("BF16", "F16") and "FP8" not in seen:
        seen["FP8"] = Checkpoint(model.id, FORMATS["FP8"], True, online=True)
    return tuple(seen.values())


def checkpoint_for(model: ModelSpec, scheme: str) -> Checkpoint:
    """Repository of a model in one format; the model's own name where none is known."""
    name = {"FP16": "F16"}.get(scheme, scheme)
    for c in checkpoints_of(model):
        if c.form.name == name:
            return c
    return Checkpoint(
        model.id, FORMATS[name], name in ("BF16", "F16") and (model.checkpoint or "BF16") == "BF16"
    )


def why_not_on_gpu(form: WeightFormat, gpu: Device) -> str | None:
    """vLLM's own refusal of a format on a GPU, or None."""
    if gpu.vendor != "nvidia" or gpu.compute_capability is None:
        return None
    have, need = capability_of(gpu), form.min_capability
    if form.method is None or have >= need:
        return None
    return (
        f"The quantization method {form.method} is not supported for the current GPU. Minimum capability: "
        f"{round(need * 10)}. Current capability: {round(have * 10)}."
    )


def runs_by(form: WeightFormat, gpu: Device) -> str:
    """How the GPU multiplies in this format, in words."""
    if form.method is None:
        return (
            say("16-bit tensor cores")
            if capability_of(gpu) >= 8.0 or form.name == "F16"
            else say("FP16 instead of BF16")
        )
    if form.native_capability and capability_of(gpu) >= form.native_capability:
        return say("native {form}", form=form.name)
    return say("{form} weights unpacked to 16 bit by Marlin", form=form.name)


def gpu_group(machine: Machine) -> tuple[Device, tuple[int, ...]] | None:
    """GPUs vLLM can use together: the equal ones with the most memory in all, with their numbers.

    vLLM gives every rank the same share of work, so unequal GPUs would leave memory unused.
    """
    kinds: Counter[tuple[str, int]] = Counter()
    for gpu in machine.gpus:
        if gpu.memory_bytes:
            kinds[gpu.accelerator or gpu.name, gpu.memory_bytes] += 1
    if not kinds:
        return None
    best = max(kinds, key=lambda k: (kinds[k] * k[1], k[1]))
    numbers = tuple(
        i for i, g in enumerate(machine.gpus) if (g.accelerator or g.name, g.memory_bytes) == best
    )
    return machine.gpus[numbers[0]], numbers


def legal_parallel_sizes(spec: ArchitectureSpec, n_gpus: int) -> Iterator[tuple[int, int]]:
    """Tensor and pipeline sizes a model allows on up to ``n_gpus`` GPUs, smallest number of GPUs first.

    Tensor parallelism must divide the query heads; key/value heads must divide or be repeated evenly; expert and
    feed-forward widths must divide.
    """
    heads = [h for h in spec.per_layer("n_heads")[: spec.n_layers] if h]
    kv_heads = {h for h in spec.per_layer("n_kv_heads")[: spec.n_layers] if h}
    widths = {n for n in (*spec.per_layer("n_ff"), *spec.per_layer("n_ff_exp")) if n}
    states = [n for n in (spec.ssm_dt_rank, spec.kda_n_heads) if n]

    def splits(tp: int) -> bool:
        if any(h % tp for h in heads) or any(n % tp for n in (*widths, *states)):
            return False
        return bool(spec.kv_lora_rank) or all(h % tp == 0 or tp % h == 0 for h in kv_heads)

    sizes = [
        (tp, pp)
        for tp in range(1, n_gpus + 1)
        if splits(tp)
        for pp in range(1, n_gpus // tp + 1)
        if pp <= spec.n_layers and (pp == 1 or tp * pp == n_gpus or tp * pp <= 8)
    ]
    return iter(sorted(sizes, key=lambda s: (s[0] * s[1], s[1])))


def utilization_for(gpu: Device, reserve_bytes: float, ceiling: float = DEFAULT_UTILIZATION) -> float:
    """Share of a GPU that leaves the reserve, the driver context and what others use; at most ``ceiling``."""
    total = cuda_total(gpu)
    others = 0.0 if gpu.free_bytes is None else max(total - float(gpu.free_bytes), 0.0)
    free = 1.0 - (reserve_bytes + MIN_FREE_MARGIN_BYTES + others) / total
    return max(min(int(free * 100) / 100, ceiling), MIN_UTILIZATION)


def _ladder(base: VllmSettings, wishes: Wishes, gpu: Device, fixed_kv: bool) -> Iterator[VllmSettings]:
    """Settings from vLLM's defaults to the most frugal, each rung keeping what the one before saved."""
    yield base
    users = max(wishes.n_parallel, wishes.workload.concurrency)
    few = replace(base, max_num_seqs=max(FEW_SEQS, users), max_num_batched_tokens=max(FEW_TOKENS, users))
    yield few
    if not fixed_kv and capability_of(gpu) >= 8.0:
        few = replace(few, kv_cache_dtype="fp8")
        yield few
    more = utilization_for(gpu, wishes.reserve_bytes, MAX_UTILIZATION)
    if more > few.gpu_memory_utilization:
        few = replace(few, gpu_memory_utilization=more)
        yield few
    yield replace(few, enforce_eager=True)


def choose(
    model: ModelSpec,
    facts: VllmModel,
    machine: Machine,
    wishes: Wishes,
    version: str,
    scheme: str | None = None,
) -> tuple[list[Choice], list[str]]:
    """Setups that hold what the user asked for, best first; the closest miss alone if none does.

    Parameters
    ----------
    model : ModelSpec
    facts : VllmModel
    machine : Machine
    wishes : Wishes
        ``objective``: ``quality`` takes the format with the least loss and then speed, ``speed`` the lowest latency,
        ``context`` the longest request, ``users`` the most users who all have ``min_decode_tps``.
    version : str
    scheme : str or None
        Format asked for.

    Returns
    -------
    list of Choice, list of str
        Choices, and why formats were left out.
    """
    found = candidates(model, facts, machine, wishes, version, scheme)
    return chosen(found, machine, wishes, version), list(found.notes)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Every way tried on the GPUs of one machine."""

    fitting: tuple[Choice, ...]
    missing: tuple[Choice, ...]
    """Closest rungs of what does not hold the wish."""
    notes: tuple[str, ...]
    """Why formats were left out."""

    @property
    def forms(self) -> tuple[str, ...]:
        """Formats tried."""
        return tuple(dict.fromkeys(c.checkpoint.form.name for c in (*self.fitting, *self.missing)))

    def of(self, form: str) -> Candidates:
        """Those in one format."""
        fitting, missing = (
            tuple(c for c in part if c.checkpoint.form.name == form) for part in (self.fitting, self.missing)
        )
        return Candidates(fitting, missing, self.notes)


def candidates(
    model: ModelSpec,
    facts: VllmModel,
    machine: Machine,
    wishes: Wishes,
    version: str,
    scheme: str | None = None,
) -> Candidates:
    """Try every format and every parallel size; parameters as :func:`choose` takes them."""
    group = gpu_group(machine)
    if group is None:
        return Candidates((), (), ("no GPU whose memory is known",))
    gpu, numbers = group
    offered = (checkpoint_for(model, scheme),) if scheme else checkpoints_of(model)
    notes: list[str] = []
    fitting: list[Choice] = []
    missing: list[Choice] = []
    sizes = tuple(legal_parallel_sizes(facts.spec, len(numbers)))
    for checkpoint in offered:
        refusal = why_not_on_gpu(checkpoint.form, gpu)
        if refusal:
            notes.append(say("{form}: {why}", form=checkpoint.form.name, why=refusal))
            continue
        legal = [size for size in sizes if not _cut(facts, checkpoint, size[0])]
        for piped in (False, True):  # pipelines only where tensor parallelism alone does not do
            held = False
            for tp, pp in legal:
                if (pp > 1) is not piped:
                    continue
                found = first_fitting(facts, checkpoint, gpu, numbers, wishes, version, tp, pp, notes)
                if found is None:
                    continue
                held |= holds(found.setup, wishes)
                (fitting if holds(found.setup, wishes) else missing).append(found)
            if held:
                break
    return Candidates(tuple(fitting), tuple(missing), tuple(notes))


def chosen(found: Candidates, machine: Machine, wishes: Wishes, version: str) -> list[Choice]:
    """Order candidates for the objective, best first; the closest miss alone if none does."""
    group = gpu_group(machine)
    if group is None:
        return []
    gpu, numbers = group
    fitting = list(found.fitting)
    if not fitting:
        fitting = [
            c for c in (_offloaded(m, machine, wishes, version) for m in found.missing) if c is not None
        ]
    if fitting:
        kept = _ordered(fitting, wishes)
        if wishes.objective == "context":
            return [with_longest(kept[0], wishes, version), *kept[1:]]
        if wishes.objective == "users":
            copied = [
                _with_copies(c, machine, gpu, numbers, replace(wishes, n_parallel=len(numbers)), version)
                for c in kept
            ]
            served = sorted(copied, key=lambda c: -users_at(c.setup, wishes)[0])
            return [with_users(served[0], wishes, version), *served[1:]]
        return [_with_copies(kept[0], machine, gpu, numbers, wishes, version), *kept[1:]]
    return sorted(found.missing, key=lambda c: shortage(c.setup, wishes))[:1]


def blockwise(checkpoint: Checkpoint, model_id: str) -> bool:
    """Whether FP8 scales are per block: in the maker's own repositories they are."""
    return not checkpoint.online and checkpoint.repository.split("/")[0] == model_id.split("/")[0]


def _cut(facts: VllmModel, checkpoint: Checkpoint, tp: int) -> bool:
    """Whether a tensor-parallel size would cut what must stay whole."""
    blocks = blockwise(checkpoint, facts.model_id)
    return bool(shard_faults(facts.facts.table, facts.spec, checkpoint.form, tp, in_blocks=blocks))


def _with_copies(
    best: Choice, machine: Machine, gpu: Device, numbers: tuple[int, ...], wishes: Wishes, version: str
) -> Choice:
    """Add complete copies on the GPUs left over when several users are served."""
    used = best.setup.settings.world_size
    copies = min(len(numbers) // used, max(wishes.n_parallel, wishes.workload.concurrency))
    if copies < 2 or wishes.n_parallel < 2:
        return best
    settings = replace(best.setup.settings, data_parallel_size=copies)
    if best.setup.model.spec.n_experts:
        settings = replace(settings, enable_expert_parallel=True)
    setup = evaluate_setup(best.setup.model, best.checkpoint.form, settings, gpu, version)
    return _choice_of(setup, best.checkpoint, numbers, wishes)


def speed_of(setup: Setup, wishes: Wishes, decode_only: bool = False) -> Throughput | None:
    """Speed of a setup for the workload asked for; without prefill where only decoding counts."""
    s = setup.settings
    if not setup.fits or s.cpu_offload_gb > 0:
        return None
    full = setup.capacity.kv_tokens if setup.capacity is not None else 0
    workload = wishes.workload.within(setup.length)
    per_user = max(float(np.max(workload.depth)) + workload.prompt_tokens + workload.gen_tokens, 1.0)
    running = min(max(float(full) / per_user, 1.0), setup.n_seqs) * s.data_parallel_size
    element = 1 if setup.resolved_kv_dtype.startswith("fp8") else 2
    return vllm_throughput(
        setup.model.facts.reads, setup.form, setup.weights, setup.gpu, s.tensor_parallel_size, element,
        workload, setup.n_tokens, running, s.data_parallel_size, decode_only,
    )  # fmt: skip


def first_fitting(
    facts: VllmModel,
    checkpoint: Checkpoint,
    gpu: Device,
    numbers: tuple[int, ...],
    wishes: Wishes,
    version: str,
    tp: int,
    pp: int,
    notes: list[str],
) -> Choice | None:
    """First rung of the ladder that holds the wish, or the most frugal if none does; None if vLLM has no such cache."""
    base = VllmSettings(
        model=checkpoint.repository,
        tensor_parallel_size=tp,
        pipeline_parallel_size=pp,
        max_model_len=min(wishes.n_ctx, facts.spec.n_ctx_train),
        gpu_memory_utilization=utilization_for(gpu, wishes.reserve_bytes),
        quantization="fp8" if checkpoint.online else None,
    )
    ladder = _ladder(base, wishes, gpu, bool(facts.spec.kv_lora_rank))
    try:
        first = evaluate_setup(facts, checkpoint.form, next(ladder), gpu, version)
        if holds(first, wishes):
            return _choice_of(first, checkpoint, numbers, wishes)
        *between, most_frugal = ladder
        last = evaluate_setup(facts, checkpoint.form, most_frugal, gpu, version)
        # When the most frugal rung does not hold it, none of those before does.
        for settings in between if holds(last, wishes) else ():
            setup = evaluate_setup(facts, checkpoint.form, settings, gpu, version)
            if holds(setup, wishes):
                return _choice_of(setup, checkpoint, numbers, wishes)
    except UnknownCache:
        raise
    except CacheFault as fault:
        notes.append(str(fault))
        return None
    return _choice_of(last, checkpoint, numbers, wishes)


def _choice_of(setup: Setup, checkpoint: Checkpoint, numbers: tuple[int, ...], wishes: Wishes) -> Choice:
    s = setup.settings
    speed = speed_of(setup, wishes, decode_only=True) if holds(setup, wishes) else None
    return Choice(setup, checkpoint, numbers[: s.world_size * s.data_parallel_size], speed)


def _offloaded(miss: Choice, machine: Machine, wishes: Wishes, version: str) -> Choice | None:
    """The same GPUs with no more weights in system memory than the wish needs, in whole GiB; None if that does not do."""
    setup = miss.setup
    needed = float(-(-shortage(setup, wishes) // GIB))
    if needed > _offload_gb(machine, setup.settings.world_size):
        return None
    settings = replace(setup.settings, cpu_offload_gb=needed)
    found = evaluate_setup(setup.model, setup.form, settings, setup.gpu, version)
    return replace(miss, setup=found) if holds(found, wishes) else None


def _offload_gb(machine: Machine, n_ranks: int) -> float:
    ram = machine.ram
    total = ram.available_bytes or ram.total_bytes
    return 0.0 if not total else float(int(OFFLOAD_SHARE * total / n_ranks / GIB))


def holds(setup: Setup, wishes: Wishes) -> bool:
    """Whether everybody gets the length asked for at once."""
    return setup.fits and setup.concurrency >= wishes.n_parallel


def shortage(setup: Setup, wishes: Wishes) -> float:
    """Bytes missing on the tightest rank."""
    if setup.capacity is None:
        return max(-setup.available, 0.0)
    pool = max(setup.layout.pool_bytes)
    needed = float(setup.capacity.needed_bytes) * max(wishes.n_parallel, 1) + pool
    return max(needed - setup.available, 0.0)


def _ordered(found: list[Choice], wishes: Wishes) -> list[Choice]:
    """Best first by the objective; fewer GPUs break ties.

    Of what fetches weights over the bus for every token, which decides its speed, that comes first which fetches least.
    """

    def fetched(c: Choice) -> float:
        return c.setup.settings.cpu_offload_gb

    def loss(c: Choice) -> int:
        return QUALITY_ORDER.index(c.checkpoint.form.name) if not _native(c) else 0

    def frugal(c: Choice) -> int:
        s = c.setup.settings
        return 4 * bool(s.cpu_offload_gb) + 2 * s.enforce_eager + (s.kv_cache_dtype != "auto")

    def slow(c: Choice) -> bool:
        return 0 < c.decode_p50 < wishes.min_decode_tps or bool(c.setup.settings.cpu_offload_gb)

    if wishes.objective == "speed":
        return sorted(found, key=lambda c: (slow(c), fetched(c), -c.decode_p50, loss(c), len(c.devices)))
    if wishes.objective == "context":
        return sorted(found, key=lambda c: (slow(c), fetched(c), -c.setup.longest, loss(c), len(c.devices)))
    return sorted(
        found, key=lambda c: (slow(c), fetched(c), loss(c) + 3 * frugal(c), -c.decode_p50, len(c.devices))
    )


def _native(choice: Choice) -> bool:
    """A checkpoint in the format its maker trained or released it in."""
    return choice.checkpoint.repository == choice.setup.model.model_id and not choice.checkpoint.online
