"""Weights per rank against vLLM's own model classes."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from models_db.architecture_table import architecture_entry, architecture_ids, catalogue_inventory
from planner.vllm.weight_formats import FORMATS
from planner.vllm.weights import weights_per_rank

TRUTH = Path(__file__).resolve().parents[2] / "truth" / "vllm_weights.csv"


def rows() -> list[dict[str, str]]:
    """Read every row."""
    with TRUTH.open(encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def error(row: dict[str, str]) -> float:
    """Relative error of one row."""
    tp, pp, rank = int(row["tp"]), int(row["pp"]), int(row["rank"])
    stages = weights_per_rank(
        catalogue_inventory(row["model"]),
        architecture_entry(row["model"]).spec,
        FORMATS[row["format"]],
        tp,
        pp,
        expert_parallel=row["ep"] == "1",
        version=row["version"],
    )
    return stages[rank // tp].total / float(row["weight_bytes"]) - 1


def test_that_weights_per_rank_are_within_half_a_percent() -> None:
    """Of 181 rows at least 98 %; the table shows each model's worst and how many are exact to 1 in 10,000."""
    found: dict[str, list[float]] = {}
    for row in rows():
        found.setdefault(row["checkpoint"], []).append(error(row))
    print()
    for name, errors in sorted(found.items()):
        worst = max(errors, key=abs)
        close = sum(abs(e) < 1e-4 for e in errors)
        print(f"{name:42} {len(errors):3} rows, worst {worst:+.3%}, {close} exact to 0.01 %")
    every = [e for errors in found.values() for e in errors]
    assert len(every) == 181
    assert sum(abs(e) <= 0.005 for e in every) / len(every) >= 0.98
    assert max(map(abs, every)) < 0.01
    assert sum(abs(e) < 1e-4 for e in every) / len(every) > 0.8


def one_of_each_class() -> list[str]:
    """One model of every class of the catalogue."""
    first: dict[str, str] = {}
    for hf_id in architecture_ids():
        first.setdefault(architecture_entry(hf_id).spec.hf_arch, hf_id)
    return list(first.values())


@pytest.mark.parametrize("hf_id", one_of_each_class())
def test_that_one_gpu_holds_at_least_the_text_model_and_ranks_no_more(hf_id: str) -> None:
    """For every class of the catalogue: 16 bit on one GPU, and halves that add up to at least the whole."""
    inventory, spec = catalogue_inventory(hf_id), architecture_entry(hf_id).spec
    whole = weights_per_rank(inventory, spec, FORMATS["BF16"])[0]
    text = sum(t.n_elements for t in inventory.tensors if t.source == "text" and not t.mtp)
    assert whole.total >= 1.99 * text
    assert whole.total - whole.towers - whole.rope <= 2.1 * text + 6e8
    if any(n % 2 for n in spec.per_layer("n_kv_heads")):
        return
    half = weights_per_rank(inventory, spec, FORMATS["BF16"], 2)[0]
    assert whole.total / 2 <= half.total <= whole.total
    stages = weights_per_rank(inventory, spec, FORMATS["BF16"], 1, 2)
    assert sum(s.other + s.experts for s in stages) == pytest.approx(whole.other + whole.experts, rel=1e-9)


def test_that_formats_are_ordered_by_size() -> None:
    """16 bit, 8 bit, 4 bit."""
    inventory, spec = catalogue_inventory("Qwen/Qwen3-30B-A3B"), architecture_entry("Qwen/Qwen3-30B-A3B").spec
    names = ("BF16", "GPTQ-Int8", "FP8", "NVFP4", "AWQ", "W4A16")
    sizes = [weights_per_rank(inventory, spec, FORMATS[n])[0].total for n in names]
    assert sizes == sorted(sizes, reverse=True)


def test_that_expert_parallelism_hands_out_whole_experts() -> None:
    """Same bytes as slices within 0.5 %, except where slices are padded."""
    inventory, spec = (
        catalogue_inventory("deepseek-ai/DeepSeek-V3"),
        architecture_entry("deepseek-ai/DeepSeek-V3").spec,
    )
    slices = weights_per_rank(inventory, spec, FORMATS["FP8"], 8)[0].experts
    whole = weights_per_rank(inventory, spec, FORMATS["FP8"], 8, expert_parallel=True)[0].experts
    assert whole == pytest.approx(slices, rel=0.005)


def test_that_key_value_heads_are_repeated_beyond_their_number() -> None:
    """Four key/value heads on eight ranks: each holds one, twice as much in all."""
    inventory, spec = catalogue_inventory("Qwen/Qwen3-30B-A3B"), architecture_entry("Qwen/Qwen3-30B-A3B").spec
    four, eight = (weights_per_rank(inventory, spec, FORMATS["BF16"], tp)[0].other for tp in (4, 8))
    assert eight > four / 2
