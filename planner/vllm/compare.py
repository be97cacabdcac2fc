"""llama.cpp and vLLM side by side: the two plans of one model on one machine, and why they differ."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from planner import units
from planner.fit_plan import plan_model
from planner.library import Library
from planner.machine import Machine
from planner.plan import Plan
from planner.request import RequestFault
from planner.vllm.plan import plan_vllm
from planner.wishes import Wishes
from planner.words import figure, say


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Two plans of the same wish."""

    llama_cpp: Plan | None
    """None when llama.cpp cannot run the model."""
    vllm: Plan | None
    """None when vLLM's side cannot be planned."""
    reasons: tuple[str, ...]
    """Why they differ, with numbers."""

    @property
    def best(self) -> Plan | None:
        """The plan that fits, the faster for all users together if both do; the other among its alternatives."""
        both = [p for p in (self.llama_cpp, self.vllm) if p is not None]
        if not both:
            return None
        first = max(both, key=lambda p: (p.fits is True, p.placement == "gpu", _aggregate(p)))
        others = tuple(replace(p, alternatives=(), terms=()) for p in both if p is not first)
        return replace(
            first, alternatives=(*others, *first.alternatives), reasons=(*first.reasons, *self.reasons)
        )


def side_by_side(
    library: Library, model: Any, machine: Machine, wishes: Wishes, quant: Any = None
) -> SideBySide:
    """Plan a model with both engines.

    Parameters
    ----------
    library : Library
    model : ModelSpec
    machine : Machine
    wishes : Wishes
        ``engine_version`` counts for llama.cpp; vLLM takes its default.
    quant : QuantScheme or None
        Asked for; an engine that does not load it is left out with its reason.
    """
    reasons: list[str] = []
    plans: list[Plan | None] = []
    for engine in ("llama.cpp", "vllm"):
        try:
            if engine == "vllm":
                own = wishes.for_vllm()
                plans.append(
                    plan_vllm(
                        library.catalogue, model, machine, own, quant.name if quant is not None else None
                    )
                )
            elif model.id in library.rows:
                plans.append(plan_model(library, model, machine, wishes, quant))
            else:
                raise RequestFault("unplanned_model", f"llama.cpp has no architecture for {model.name}")
        except RequestFault as fault:
            reasons.append(
                say("{engine}: {why}", engine=engine, why=fault.args[-1] if fault.args else str(fault))
            )
            plans.append(None)
    llama, vllm = plans
    if llama is not None and vllm is not None:
        reasons += why_they_differ(llama, vllm)
    return SideBySide(llama, vllm, tuple(reasons))


def why_they_differ(llama: Plan, vllm: Plan) -> list[str]:
    """What sets the two plans apart, most telling first."""
    out: list[str] = []
    if llama.fits and not vllm.fits:
        out.append(_does_not("vLLM", vllm))
    elif vllm.fits and not llama.fits:
        out.append(_does_not("llama.cpp", llama))
    if llama.file_bytes and vllm.file_bytes and llama.quant != vllm.quant:
        out.append(
            say(
                "llama.cpp runs {gguf} ({size}), vLLM {form} ({other}): GGUF offers more sizes, vLLM needs a checkpoint of "
                "its own formats",
                gguf=llama.quant,
                size=units.gib(llama.file_bytes),
                form=vllm.quant,
                other=units.gib(vllm.file_bytes),
            )
        )
    if vllm.fits and vllm.kv_tokens and llama.kv_tokens:
        out.append(
            say(
                "vLLM reserves its whole share at the start and holds {tokens} tokens of cache for all users; llama.cpp "
                "allocates the {asked} asked for",
                tokens=figure(f"{vllm.kv_tokens:,}"),
                asked=figure(f"{llama.kv_tokens:,}"),
            )
        )
    n_gpus = sum(d.kind == "gpu" for d in vllm.devices)
    if n_gpus > 1:
        out.append(
            say(
                "vLLM splits every layer over equal GPUs; llama.cpp gives each GPU whole layers, unequal ones too"
            )
        )
    if llama.placement in ("experts_in_ram", "partial", "cpu"):
        out.append(
            say(
                "llama.cpp computes what does not fit on the processor; vLLM can only fetch weights over the bus"
            )
        )
    slow, fast = _aggregate(llama), _aggregate(vllm)
    if slow and fast and max(slow, fast) > 1.15 * min(slow, fast):
        name = "vLLM" if fast > slow else "llama.cpp"
        out.append(
            say(
                "{name} is the faster here: {fast} against {slow} tokens/s in all",
                name=name,
                fast=figure(f"{max(slow, fast):.0f}"),
                slow=figure(f"{min(slow, fast):.0f}"),
            )
        )
    return out


def _does_not(engine: str, plan: Plan) -> str:
    """That an engine does not run a model, with its first reason."""
    if not plan.reasons:
        return say("{engine} does not", engine=engine)
    return say("{engine} does not: {why}", engine=engine, why=plan.reasons[0])


def _aggregate(plan: Plan) -> float:
    t = plan.throughput
    if t is None:
        return 0.0
    value = t.aggregate_decode_tps or t.decode_tps
    return value.p50 if value else 0.0
