"""Speeds of a plan in words: decode and the time to the first token with their ranges, or why they are not known."""

from __future__ import annotations

from planner import units
from planner.machine import Machine
from planner.plan import Plan, Range
from planner.settings import Workload
from planner.text import speed
from planner.words import Said, figure, plain, say, say_list


def speeds_sentence(plan: Plan, machine: Machine, workload: Workload) -> Said:
    """Decode, prefill and first token of a plan; empty when it does not fit.

    Parameters
    ----------
    plan : Plan
    machine : Machine
        Says what is unknown.
    workload : Workload
        Whose prompt the first token waits for.
    """
    prompt_tokens = workload.prompt_tokens
    speeds = plan.throughput
    if speeds is None:
        if plan.fits:
            return say("Speed unknown: {why}", why=why_unknown(plan, machine))
        return say("")
    parts = []
    if workload.filled:
        parts.append(say("Speeds with the context full"))
    if prompt_tokens:
        first = first_token(speeds.ttft_s)
        if first is None:
            parts.append(say("First token unknown: {why}", why=why_unknown(plan, machine)))
        else:
            parts.append(
                say(
                    "First token {range} after a prompt of {n} tokens",
                    range=first,
                    n=units.tokens(prompt_tokens),
                )
            )
    if speeds.prefill_tps is not None and speeds.prefill_tps.to_json() is not None:
        parts.append(say("prompt {rate} tok/s", rate=speed(speeds.prefill_tps)))
    aggregate = speeds.aggregate_decode_tps
    if aggregate is not None and aggregate != speeds.decode_tps and aggregate.to_json() is not None:
        parts.append(say("all users together {rate} tok/s", rate=speed(aggregate)))
    if speeds.limited_by and speeds.limited_by != "unknown":
        parts.append(say("limited by {what}", what=speeds.limited_by))
    return say_list(parts, " · ")


def first_token(value: Range | None) -> Said | None:
    """Time to the first token with its range, or None when unknown."""
    if value is None or value.to_json() is None:
        return None
    low, high = plain(units.seconds(value.p10)), units.seconds(value.p90)
    number, _, unit = low.partition(" ")
    return say(
        "{mid} ({low}–{high})",
        mid=units.seconds(value.p50),
        low=figure(number if plain(high).endswith(f" {unit}") else low),
        high=high,
    )


def why_unknown(plan: Plan, machine: Machine) -> Said:
    """What a speed cannot be estimated for want of."""
    missing: list[Said] = []
    if plan.placement == "cpu" or not machine.gpus:
        if machine.cpu.cores is None:
            missing.append(say("the number of processor cores is not known"))
        if machine.ram.bandwidth_bytes_per_s is None:
            missing.append(say("the bandwidth of the RAM is not known"))
    else:
        for gpu in machine.gpus:
            name = gpu.accelerator or gpu.name
            if gpu.flops_fp16 is None:
                missing.append(say("the tensor rate of {gpu} is not known", gpu=name))
            if gpu.bandwidth_bytes_per_s is None:
                missing.append(say("the memory bandwidth of {gpu} is not known", gpu=name))
            if plan.placement in ("experts_in_ram", "partial") and not (
                gpu.pcie_generation and gpu.pcie_lanes
            ):
                missing.append(say("the PCIe link of {gpu} is not known", gpu=name))
    if not missing and plan.placement == "partial" and plan.engine == "vllm":
        missing.append(say("no run of vLLM with weights in RAM was measured"))
    if not missing:
        missing.append(say("nothing comparable was measured"))
    return say_list(list(dict.fromkeys(missing))[:2], "; ")
