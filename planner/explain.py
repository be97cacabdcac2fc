"""Every number of a plan with what it was made from: terms as the estimate returned them, never computed again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.calibration import load_calibration
from planner.columns import Selection
from planner.devices import DeviceSet
from planner.formulas.kv_cache import CacheCells
from planner.formulas.prefill_speed import PrefillEstimate
from planner.llama_context import LlamaContext
from planner.plan import DevicePlan, Term
from planner.speed import SpeedEstimate
from planner.words import say

SOURCE_TREE = "llama.cpp 0.5.0-dev (ggml 0.25.3), read 2026-11-23"


@dataclass(frozen=True, slots=True)
class FormulaCard:
    """What a number means and where its formula comes from."""

    title: str
    unit: str
    expression: str
    sources: tuple[str, ...]


CARDS: dict[str, FormulaCard] = {
    "model": FormulaCard(
        say("Weights"),
        "bytes",
        say("sum over tensors of rows × bytes per row of the type the quantization gives it"),
        (f"{SOURCE_TREE}: src/llama-quant.cpp, src/llama-model.cpp load_tensors",),
    ),
    "experts": FormulaCard(
        say("Routed experts"),
        "bytes",
        say("sum over ffn_(gate|up|down)_exps tensors on the device"),
        (f"{SOURCE_TREE}: common/arg.cpp --n-cpu-moe",),
    ),
    "kv": FormulaCard(
        say("KV cache"),
        "bytes",
        say(
            "cells × Σ n_embd_k·b_k + n_embd_v·b_v over full layers + window cells × the same over window layers"
        ),
        (f"{SOURCE_TREE}: src/llama-kv-cache.cpp, src/llama-kv-cache-iswa.cpp",),
    ),
    "recurrent": FormulaCard(
        say("Recurrent state"),
        "bytes",
        say("slots × Σ (convolution + state elements) × 4"),
        (f"{SOURCE_TREE}: src/llama-memory-recurrent.cpp",),
    ),
    "compute": FormulaCard(
        say("Compute buffer"),
        "bytes",
        say("largest sum of tensors alive at once in the graph of one micro-batch, with the attention mask"),
        (f"{SOURCE_TREE}: src/llama-context.cpp sched_reserve, ggml/src/ggml-alloc.c",),
    ),
    "output": FormulaCard(
        say("Output buffer"),
        "bytes",
        say("n_vocab × slots × 4"),
        (f"{SOURCE_TREE}: src/llama-context.cpp output_reserve",),
    ),
    "overhead": FormulaCard(
        say("Driver context and workspaces"),
        "bytes",
        say("typical of the backend and generation, from logs of physical GPUs"),
        ("logs of physical GPUs collected 2026-11-23, table in planner/data/runtime_overhead.json",),
    ),
    "others": FormulaCard(
        say("Not for this plan: others, driver, system"),
        "bytes",
        say(
            "memory − free memory as the driver reports it; on a described machine what the driver never shows to programs, "
            "and of RAM 4 GiB, at most an eighth, left to the system"
        ),
        (
            "read from the device, or the table of accelerators and the assumption for described machines of 2026-11-23",
        ),
    ),
    "decode.weights": FormulaCard(
        say("Reading dense weights"),
        "s",
        say("dense bytes per token ÷ (efficiency × bandwidth)"),
        ("fit of 2026-11-26",),
    ),
    "decode.experts": FormulaCard(
        say("Reading active experts"),
        "s",
        say("active expert bytes per token ÷ (efficiency × bandwidth)"),
        ("fit of 2026-11-26",),
    ),
    "decode.kv_cache": FormulaCard(
        say("Reading the cache"),
        "s",
        say("cache bytes at the mean depth ÷ (efficiency × bandwidth)"),
        ("fit of 2026-11-26",),
    ),
    "decode.arithmetic": FormulaCard(
        say("Arithmetic"),
        "s",
        say("√(reads of weights² + (parameters multiplied × fitted time)²) − reads of weights"),
        ("fit of 2026-11-26",),
    ),
    "decode.layers": FormulaCard(
        say("Launching layers"), "s", say("layers × fitted time per layer"), ("fit of 2026-11-26",)
    ),
    "decode.fixed": FormulaCard(say("Fixed time per token"), "s", say("fitted"), ("fit of 2026-11-26",)),
    "decode.links": FormulaCard(
        say("Passing between devices"),
        "s",
        say("(devices − 1) × fitted time per hop"),
        ("fit of 2026-11-26",),
    ),
    "decode.host": FormulaCard(
        say("Work in system memory"),
        "s",
        say(
            "host bytes per token ÷ (efficiency × RAM bandwidth with saturation) + host layers × fitted time"
        ),
        ("fit of 2026-11-26",),
    ),
    "prefill.matmul": FormulaCard(
        say("Prompt: dense products"),
        "s",
        say("2 × parameters × prompt tokens ÷ (efficiency × tensor rate)"),
        ("fit of 2026-11-26",),
    ),
    "prefill.experts": FormulaCard(
        say("Prompt: expert products"),
        "s",
        say("the same of the experts used, slower where an expert has few tokens"),
        ("fit of 2026-11-26",),
    ),
    "prefill.attention": FormulaCard(
        say("Prompt: attention"),
        "s",
        say("operations of attention ÷ (efficiency × tensor rate)"),
        ("fit of 2026-11-26",),
    ),
    "prefill.weights": FormulaCard(
        say("Prompt: reading weights"),
        "s",
        say("micro-batches × bytes touched ÷ (efficiency × bandwidth)"),
        ("fit of 2026-11-26",),
    ),
    "prefill.launches": FormulaCard(
        say("Prompt: launching layers"),
        "s",
        say("micro-batches × layers × fitted time + fitted time per prompt"),
        ("fit of 2026-11-26",),
    ),
    "prefill.transfers": FormulaCard(
        say("Prompt: copying experts from RAM"),
        "s",
        say("micro-batches × expert bytes in RAM ÷ (efficiency × PCIe)"),
        ("fit of 2026-11-26",),
    ),
    "prefill.collectives": FormulaCard(
        say("Prompt: sums over GPUs"),
        "s",
        say("bytes of activations reduced between ranks × fitted time"),
        ("fit of 2026-11-26",),
    ),
    "prefill.host": FormulaCard(
        say("Prompt: the processor's share"),
        "s",
        say(
            "2 × parameters in RAM × prompt tokens ÷ (fitted rate × cores) + attention over the cache in RAM"
        ),
        ("fit of 2026-11-26",),
    ),
    "prefill.seconds": FormulaCard(
        say("Time for the prompt"),
        "s",
        say(
            "sum of the prompt terms, sped up by pipelining over several GPUs, not below operations ÷ tensor rate"
        ),
        ("fit of 2026-11-26",),
    ),
    "first_token.seconds": FormulaCard(
        say("Time to the first token"),
        "s",
        say("time for the prompt + one decode step"),
        ("fit of 2026-11-26",),
    ),
}


PREFILL_PARTS = ("matmul", "experts", "attention", "weights", "launches", "transfers", "collectives", "host")
"""Parts of the time of a prompt, in the order they are added."""


def memory_terms(
    devices: Sequence[DevicePlan], chosen: Selection, cells: CacheCells, context: LlamaContext
) -> list[Term]:
    """Terms of the memory of every device."""
    cached = chosen.cache

    def one(value: Any) -> float:
        return float(np.ravel(value)[0])

    last = int(one(cached.n_layer_all)) + 1
    inputs: dict[str, dict[str, float | int | str]] = {
        "kv": {
            "cells": int(one(cells.per_stream)),
            "streams": int(one(cells.n_stream)),
            "window_cells": int(one(cells.window)),
            "sum_n_embd_k_full": int(np.ravel(cached.k_full)[last]),
            "sum_n_embd_v_full": int(np.ravel(cached.v_full)[last]),
            "sum_n_embd_k_window": int(np.ravel(cached.k_window)[last]),
            "sum_n_embd_v_window": int(np.ravel(cached.v_window)[last]),
            "b_k": context.bytes_per_k,
            "b_v": context.bytes_per_v,
        },
        "recurrent": {"slots": context.n_seq_max, "elements_per_slot": int(np.ravel(cached.recurrent)[last])},
        "compute": {
            "n_ubatch": context.n_ubatch,
            "flash_attn": "on" if context.flash_attn else "off",
            "cells": int(one(cells.per_stream)),
            "op_offload": "on" if context.op_offload else "off",
        },
        "output": {"n_vocab": int(one(cached.n_vocab)), "slots": context.n_seq_max},
    }
    terms = []
    for device in devices:
        for kind in ("model", "experts", "kv", "recurrent", "compute", "output", "overhead", "others"):
            value = device.expert_bytes if kind == "experts" else getattr(device, f"{kind}_bytes")
            if not value:
                continue
            card = CARDS[kind]
            terms.append(
                Term(
                    f"{device.name}.{kind}",
                    value,
                    card.unit,
                    card.expression,
                    inputs.get(kind, {}),
                    card.sources,
                )
            )
        terms += [
            Term(
                f"{device.name}.outside.{part.name.replace(' ', '_')}",
                part.bytes,
                "bytes",
                say("counted; it may be anything from low to high"),
                {"low": part.low, "high": part.high, "switch": part.switch},
                (part.source,),
            )
            for part in device.outside
        ]
    return terms


def speed_terms(speed: SpeedEstimate, devices: DeviceSet, basis: str) -> list[Term]:
    """Terms of one generated token."""
    about = load_calibration().about
    source = f"{about['data_set']}, fitted {about['fitted_on']}".strip(", ")

    def one(value: Any) -> float:
        return float(np.ravel(np.asarray(value, dtype=np.float64))[0])

    load = speed.load
    inputs: dict[str, dict[str, float | int | str]] = {
        "weights": {"dense_bytes": one(load.dense_bytes)},
        "experts": {"expert_bytes": one(load.expert_bytes)},
        "kv_cache": {"kv_bytes": one(load.kv_bytes)},
        "arithmetic": {
            "parameters": one(load.parameters),
            "reads_seconds": one(speed.decode.weights) + one(speed.decode.experts),
        },
        "layers": {"n_layers": one(load.n_layers), "n_moe_layers": one(load.n_moe_layers)},
        "fixed": {},
        "links": {"n_devices": one(load.n_devices)},
        "host": {
            "host_dense_bytes": one(load.host_dense_bytes),
            "host_expert_bytes": one(load.host_expert_bytes),
            "host_kv_bytes": one(load.host_kv_bytes),
            "n_host_layers": one(load.n_host_layers),
            "ram_bandwidth_bytes_per_s": devices.host.bandwidth,
            "arithmetic_seconds": one(speed.decode.host_arithmetic),
        },
    }
    if devices.gpus:
        inputs["weights"]["bandwidth_bytes_per_s"] = devices.gpus[0].bandwidth
    terms = []
    for name, given in inputs.items():
        value = one(getattr(speed.decode, name))
        if value:
            card = CARDS[f"decode.{name}"]
            terms.append(Term(f"decode.{name}", value, card.unit, card.expression, given, (source, basis)))
    total = one(speed.decode.seconds)
    terms.append(
        Term(
            "decode.seconds",
            total,
            "s",
            say("sum of the decode terms, not below bytes ÷ bandwidth"),
            {"bound_seconds": one(speed.decode.bound_seconds)},
            (source,),
        )
    )
    if speed.prefill is not None:
        terms += _prefill_terms(speed.prefill, source, basis)
    return terms


def _prefill_terms(prefill: PrefillEstimate, source: str, basis: str) -> list[Term]:
    """Terms of the whole prompt."""
    parts = {name: _one(getattr(prefill, name)) for name in PREFILL_PARTS}
    terms = [
        Term(f"prefill.{name}", value, "s", CARDS[f"prefill.{name}"].expression, {}, (source, basis))
        for name, value in parts.items()
        if value
    ]
    card = CARDS["prefill.seconds"]
    bound: dict[str, float | int | str] = {"bound_seconds": _one(prefill.bound_seconds)}
    terms.append(Term("prefill.seconds", _one(prefill.seconds), card.unit, card.expression, bound, (source,)))
    return terms


def first_token_term(seconds: float, prompt_tokens: int, speed: SpeedEstimate) -> Term:
    """Term of the time to the first token: the prompt and one decode step, as the estimate added them."""
    card = CARDS["first_token.seconds"]
    given: dict[str, float | int | str] = {"prompt_tokens": prompt_tokens}
    if speed.prefill is not None:
        given["prompt_seconds"] = _one(speed.prefill.seconds)
    given["decode_seconds"] = _one(speed.decode.seconds)
    return Term("first_token.seconds", seconds, card.unit, card.expression, given, card.sources)


def _one(value: Any) -> float:
    return float(np.ravel(np.asarray(value, dtype=np.float64))[0])
