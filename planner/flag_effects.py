"""Which number of a plan each flag of its command causes, so that a flag and its number can be shown together."""

from __future__ import annotations

from dataclasses import dataclass

from planner import units
from planner.commands.launch_command import FlagNote
from planner.plan import DevicePlan, Plan
from planner.words import Said, say

WEIGHTS, EXPERTS, CACHE, COMPUTE = "weights", "experts", "kv", "compute"
"""Kinds of memory, named as the segments of every memory bar are."""
FLAG_KINDS: dict[str, str] = {
    **dict.fromkeys(("-ngl", "--tensor-parallel-size", "--pipeline-parallel-size", "-ts", "-sm"), WEIGHTS),
    **dict.fromkeys(("--cpu-offload-gb", "--quantization"), WEIGHTS),
    **dict.fromkeys(("--n-cpu-moe", "--cpu-moe", "-ncmoe", "-ot"), EXPERTS),
    **dict.fromkeys(("-c", "-np", "-ctk", "-ctv", "--swa-full", "-kvu", "-no-kvu", "--no-kv-offload"), CACHE),
    **dict.fromkeys(("-nkvo", "--max-model-len", "--kv-cache-dtype", "--kv-cache-memory-bytes"), CACHE),
    **dict.fromkeys(("-ub", "-b", "-fa", "--max-num-batched-tokens", "--max-num-seqs"), COMPUTE),
    **dict.fromkeys(("--enforce-eager", "--no-op-offload", "-nopo"), COMPUTE),
}
"""Memory a flag decides, by its spelling in the commands written here (llama.cpp common/arg.cpp, vLLM arg_utils.py)."""
SOURCES = ("-hf", "-m", "-hff")


@dataclass(frozen=True, slots=True)
class FlagEffect:
    """The number behind a flag."""

    kind: str | None
    """Kind of memory it decides; None = none of them."""
    amount: Said | None
    """The number with its unit and meaning; None = it decides no number of the plan."""


def flag_effect(plan: Plan, flag: str) -> FlagEffect:
    """Number of a plan that a flag causes.

    Parameters
    ----------
    plan : Plan
    flag : str
        As written in the command.
    """
    if flag in SOURCES:
        size = plan.file_bytes
        return FlagEffect(None, say("{size} download", size=units.gb(size)) if size else None)
    if flag == "--gpu-memory-utilization":
        taken = [d.usable_bytes for d in _gpus(plan) if d.usable_bytes]
        return FlagEffect(None, say("{size} per GPU", size=units.gib(min(taken))) if taken else None)
    kind = FLAG_KINDS.get(flag)
    if kind is None or not plan.devices:
        return FlagEffect(kind, None)
    gpus, host = _gpus(plan), [d for d in plan.devices if d.kind == "host"]
    if kind == WEIGHTS:
        if flag == "--cpu-offload-gb":
            return FlagEffect(kind, say("{size} in RAM", size=units.gib(_sum(host, "model_bytes"))))
        if flag == "--tensor-parallel-size":
            each = max((d.model_bytes for d in gpus), default=0)
            return FlagEffect(kind, say("{size} per GPU", size=units.gib(each)))
        return FlagEffect(kind, say("{size} on GPUs", size=units.gib(_sum(gpus, "model_bytes"))))
    if kind == EXPERTS:
        return FlagEffect(kind, say("{size} in RAM", size=units.gib(_sum(host, "expert_bytes"))))
    if kind == CACHE:
        cache = _sum(plan.devices, "kv_bytes") + _sum(plan.devices, "recurrent_bytes")
        return FlagEffect(kind, say("{size} cache", size=units.mib(cache)))
    buffer = max((d.compute_bytes for d in plan.devices), default=0)
    return FlagEffect(kind, say("{size} compute", size=units.mib(buffer)))


def flag_reason(note: FlagNote) -> str:
    """Reason of a flag without the number that is shown beside it."""
    text = note.text
    if isinstance(text, Said) and text.template == "{reason}: {effect}":
        reason: str = text.values["reason"]
        return reason
    return text


def _gpus(plan: Plan) -> list[DevicePlan]:
    return [d for d in plan.devices if d.kind == "gpu"]


def _sum(devices: list[DevicePlan] | tuple[DevicePlan, ...], name: str) -> int:
    return sum(getattr(d, name) for d in devices)
