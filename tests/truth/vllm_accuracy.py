"""Accuracy of the vLLM rules, by architecture, as Markdown: cache, weights per rank, posted logs."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np

from models_db.architecture import ArchitectureSpec
from models_db.architecture_table import architecture_entry, catalogue_inventory
from planner.vllm.budget import activation_bytes, memory_budget
from planner.vllm.cache_specs import CacheSettings, attentions_per_layer, is_latent
from planner.vllm.kv_capacity import CacheLayout, cache_layout, kv_capacity, longest_length
from planner.vllm.weight_formats import FORMATS
from planner.vllm.weights import weights_per_rank

HERE = Path(__file__).resolve().parent
GIB = 2**30
IN_FLIGHT = 2 * 8192
"""Tokens in flight of the recorded runs (H100, one pipeline stage, asynchronous scheduling)."""


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8") as file:
        yield from csv.DictReader(line for line in file if not line.startswith("#"))


def cache_rules(spec: ArchitectureSpec) -> frozenset[str]:
    """Rules of the cache a model exercises."""
    mixers = set(spec.per_layer("mixer")[: spec.n_layers])
    out = {"pages of whole attention"} if "full" in mixers else set()
    if "sliding" in mixers and spec.sliding_window:
        out.add("window with tokens in flight")
    if "chunked" in mixers:
        out.add("chunks with tokens in flight")
    if is_latent(spec):
        out.add("latent vectors, not divided")
    if spec.indexer_head_dim:
        out.add("keys of an indexer")
    for mixer, words in (
        ("gated_delta", "blocks grown for the delta rule"),
        ("mamba2", "blocks grown for Mamba 2"),
        ("mamba1", "blocks grown for Mamba 1"),
        ("kda", "blocks grown for KDA"),
        ("short_conv", "blocks grown for short convolutions"),
        ("full+mamba2", "attention and state in one layer"),
    ):
        if mixer in mixers:
            out.add(words)
    if spec.n_kv_shared_layers:
        out.add("layers that use another's cache")
    if (spec.head_dim_k_swa or spec.head_dim_k) != spec.head_dim_k:
        out.add("window heads of another size")
    if len({n for n in spec.per_layer("n_kv_heads")[: spec.n_layers] if n}) > 1:
        out.add("key/value heads that differ by layer")
    if spec.head_dim_v != spec.head_dim_k and not is_latent(spec):
        out.add("values narrower than keys")
    if attentions_per_layer(spec) > 1:
        out.add("two attentions a layer")
    return frozenset(out)


@cache
def _layout(model: str, tp: int, kv_dtype: str) -> CacheLayout:
    return cache_layout(architecture_entry(model).spec, CacheSettings(tp, kv_dtype, version="0.32"))


def cache_errors() -> dict[str, list[tuple[bool, float]]]:
    """Every recorded case by class: whether it is exact, and the relative error of its tokens."""
    out: dict[str, list[tuple[bool, float]]] = defaultdict(list)
    for row in _rows("vllm_kv.csv"):
        layout = _layout(row["model"], int(row["tp"]), row["resolved"])
        name, length = architecture_entry(row["model"]).spec.hf_arch, int(row["max_model_len"])
        for text in row["cases"].split():
            available, _, result = text.partition("=")
            free = np.array([float(available) * GIB])
            found = kv_capacity(layout, free, length, IN_FLIGHT)
            first, second = result.removeprefix("!").split("/")
            if result.startswith("!"):
                longest = int(longest_length(layout, free, length, IN_FLIGHT))
                exact = not bool(found.fits) and longest == int(second)
                error = abs(longest - int(second)) / max(int(second), 1)
            else:
                exact = (int(found.num_blocks), int(found.kv_tokens)) == (int(first), int(second))
                error = abs(int(found.kv_tokens) - int(second)) / max(int(second), 1)
            out[name].append((exact, error))
    return out


def cache_table() -> str:
    """Cache by architecture, with the rules that only it checks."""
    rules: dict[str, set[str]] = defaultdict(set)
    for row in _rows("vllm_kv.csv"):
        spec = architecture_entry(row["model"]).spec
        rules[spec.hf_arch] |= cache_rules(spec)
    lines = [
        "| architecture | cases | exact | within 0.5 % | rules of the cache only it checks |",
        "|---|---|---|---|---|",
    ]
    total = exact = near = 0
    for name, cases in sorted(cache_errors().items()):
        alone = sorted(r for r in rules[name] if sum(r in held for held in rules.values()) == 1)
        n_exact, n_near = sum(e for e, _ in cases), sum(error <= 0.005 for _, error in cases)
        lines.append(
            f"| {name} | {len(cases)} | {n_exact} | {n_near / len(cases):.1%} | {'; '.join(alone) or '–'} |"
        )
        total, exact, near = total + len(cases), exact + n_exact, near + n_near
    lines.append(f"| all | {total} | {exact} | {near / total:.1%} | |")
    return "\n".join(lines)


def weight_errors() -> dict[str, list[float]]:
    """Relative errors of the bytes per rank, by class."""
    out: dict[str, list[float]] = defaultdict(list)
    for row in _rows("vllm_weights.csv"):
        spec = architecture_entry(row["model"]).spec
        stages = weights_per_rank(
            catalogue_inventory(row["model"]),
            spec,
            FORMATS[row["format"]],
            int(row["tp"]),
            int(row["pp"]),
            expert_parallel=row["ep"] == "1",
            version=row["version"],
        )
        held = stages[int(row["rank"]) // int(row["tp"])].total
        out[spec.hf_arch].append(held / float(row["weight_bytes"]) - 1)
    return out


def weight_table() -> str:
    """Weights per rank by architecture."""
    lines = ["| architecture | ranks | within 0.01 % | within 0.5 % | worst |", "|---|---|---|---|---|"]
    every: list[float] = []
    for name, errors in sorted(weight_errors().items()):
        every += errors
        lines.append(_weight_line(name, errors))
    lines.append(_weight_line("all", every))
    return "\n".join(lines)


def _weight_line(name: str, errors: list[float]) -> str:
    close, near = (sum(abs(e) <= limit for e in errors) for limit in (1e-4, 0.005))
    return f"| {name} | {len(errors)} | {close} | {near} | {max(errors, key=abs):+.2%} |"


def log_table() -> str:
    """Posted logs of physical GPUs: weights, activation peak, memory left for the cache."""
    weights: list[float] = []
    inside: list[bool] = []
    left: list[float] = []
    for row in _rows("vllm_real_logs.csv"):
        if row["kind"] != "plain" or not row["weights"]:
            continue
        spec, tp, pp = architecture_entry(row["model"]).spec, int(row["tp"]), int(row["pp"])
        stages = weights_per_rank(
            catalogue_inventory(row["model"]), spec, FORMATS[row["format"]], tp, pp, version="0.32"
        )
        held = max(s.total for s in stages)
        weights.append(held / GIB / float(row["weights"]) - 1)
        if not row["tokens"]:
            continue
        tokens, seqs = int(row["tokens"]), int(row["seqs"])
        if row["activation"]:
            peak = activation_bytes(spec, tokens, seqs, tp, row["version"])
            inside.append(float(peak.low) / GIB <= float(row["activation"]) <= float(peak.high) / GIB)
        if row["kv_available"] and row["cuda_total"]:
            total, share = float(row["cuda_total"]) * GIB, float(row["utilization"])
            budget = memory_budget(
                spec, np.array([held]), total, share, tokens, seqs, tp, pp, 51, row["version"]
            )
            left.append(float(budget.kv()[0]) / GIB / float(row["kv_available"]) - 1)
    return "\n".join(
        [
            "| posted logs | figures | result |",
            "|---|---|---|",
            f"| weights per GPU | {len(weights)} | worst {max(weights, key=abs):+.2%} |",
            f"| activation peak | {len(inside)} | {sum(inside)} inside the stated range |",
            f"| memory left for the cache | {len(left)} | median error {np.median(np.abs(left)):.1%}, "
            f"worst {max(left, key=abs):+.1%} |",
        ]
    )


def section() -> str:
    """What the README says of vLLM's memory."""
    return "\n\n".join(
        [
            "vLLM's cache against its own code (0.32.0, 8 × H100 pretended). Nothing in the rules is fitted, so leaving an "
            "architecture out of development changes no figure; the last column says what nobody would have noticed:",
            cache_table(),
            "vLLM's weights per rank against its own model classes (tensor, pipeline and expert parallel):",
            weight_table(),
            "vLLM's memory on physical GPUs:",
            log_table(),
        ]
    )


BEGIN, END = "<!-- vllm accuracy -->", "<!-- /vllm accuracy -->"


def write_section(path: Path) -> None:
    """Replace the part of a Markdown file between the marks."""
    before, mark, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    if not mark:
        raise ValueError(f"{path} has no {BEGIN}")
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n\n{section()}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    write_section(HERE.parents[1] / "README.md")
