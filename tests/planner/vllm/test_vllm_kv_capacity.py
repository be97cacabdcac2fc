"""KV capacity against the results of vLLM's own code, and the laws it follows."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from models_db.architecture_table import architecture_entry
from planner.vllm.cache_specs import CacheFault, CacheSettings, UnknownCache
from planner.vllm.kv_capacity import (
    CacheLayout,
    blocks_per_request,
    cache_layout,
    in_flight_tokens,
    kv_capacity,
    longest_length,
    pipeline_bounds,
)

TRUTH = Path(__file__).resolve().parents[2] / "truth" / "vllm_kv.csv"
GIB = 2**30
IN_FLIGHT = in_flight_tokens(8192)


@dataclass(frozen=True)
class Case:
    """One result of vLLM 0.32."""

    model: str
    tp: int
    resolved: str
    block_size: int
    pool_bytes: int
    length: int
    available_gib: float
    blocks: int | None
    tokens: int | None
    needed_gib: float | None
    longest: int | None


def cases() -> Iterator[Case]:
    """Read every result."""
    with TRUTH.open(encoding="utf-8") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            for text in row["cases"].split():
                available, _, result = text.partition("=")
                first, second = result.removeprefix("!").split("/")
                refused = result.startswith("!")
                yield Case(
                    row["model"],
                    int(row["tp"]),
                    row["resolved"],
                    int(row["block_size"]),
                    int(row["pool_bytes"]),
                    int(row["max_model_len"]),
                    float(available),
                    None if refused else int(first),
                    None if refused else int(second),
                    float(first) if refused else None,
                    int(second) if refused else None,
                )


@cache
def _layout(model: str, tp: int, kv_dtype: str) -> CacheLayout:
    return cache_layout(architecture_entry(model).spec, CacheSettings(tp, kv_dtype, version="0.32"))


def layout_of(case: Case) -> CacheLayout:
    """Groups of a case's model."""
    return _layout(case.model, case.tp, case.resolved)


def is_exact(case: Case) -> bool:
    """Whether blocks, tokens and verdict (or bytes needed and estimated length) are vLLM's."""
    layout = layout_of(case)
    free = np.array([case.available_gib * GIB])
    found = kv_capacity(layout, free, case.length, IN_FLIGHT)
    if case.blocks is not None:
        return bool(found.fits) and (int(found.num_blocks), int(found.kv_tokens)) == (
            case.blocks,
            case.tokens,
        )
    longest = int(longest_length(layout, free, case.length, IN_FLIGHT))
    needed = abs(float(found.needed_bytes) / GIB - (case.needed_gib or 0)) < 0.006
    return not bool(found.fits) and needed and longest == case.longest


def test_that_every_result_of_vllm_is_reproduced_exactly() -> None:
    """All 2,432 cases, refusals with the bytes needed and the length vLLM estimates; nothing is fitted."""
    found: dict[str, list[bool]] = {}
    for case in cases():
        found.setdefault(case.model, []).append(is_exact(case))
    print()
    for model, exact in sorted(found.items()):
        print(f"{model:50} {sum(exact):4} of {len(exact):4} exact (no figure of any model is used elsewhere)")
    assert sum(len(v) for v in found.values()) == 2432
    assert all(all(v) for v in found.values())


def test_that_block_size_and_bytes_per_block_are_those_of_vllm() -> None:
    """The growth of blocks for recurrent states, and the price of a block."""
    for case in cases():
        layout = layout_of(case)
        assert layout.pool_bytes == (case.pool_bytes,), case
        assert case.block_size in (layout.block_sizes[-1], min(layout.block_sizes)), case


@pytest.mark.parametrize(
    ("gib", "length", "tokens"), [(40, 8192, 928_587)], ids=["35B-A3B, as measured with 0.33.0"]
)
def test_that_the_delta_rule_keeps_one_more_state_from_0_33(gib: float, length: int, tokens: int) -> None:
    """0.33 exports states inside a prefill: blocks of 64 tokens more, and three states instead of two."""
    spec = architecture_entry("Qwen/Qwen3.5-35B-A3B").spec
    layout = cache_layout(spec, CacheSettings(1, "auto", version="0.33"))
    found = kv_capacity(layout, np.array([gib * GIB]), length, IN_FLIGHT)
    assert int(found.kv_tokens) == tokens


@pytest.mark.parametrize(
    ("model", "gib", "length", "tp", "tokens"),
    [
        ("Qwen/Qwen3.8-27B", 4.99, 131072, 2, 302_921),
        ("Qwen/Qwen3.6-35B-A3B", 5.98, 131072, 1, 567_978),
        ("Qwen/Qwen3.6-35B-A3B", 6.01, 131072, 1, 569_878),
    ],
)
def test_that_logs_of_hybrid_models_are_reproduced_to_the_token(
    model: str, gib: float, length: int, tp: int, tokens: int
) -> None:
    """Three people's logs with an FP8 cache."""
    spec = architecture_entry(model).spec
    layout = cache_layout(spec, CacheSettings(tp, "fp8", compute_capability=8.6, version="0.32"))
    found = kv_capacity(layout, np.array([gib * GIB]), length, IN_FLIGHT)
    assert int(found.kv_tokens) == pytest.approx(tokens, rel=1e-9)


def test_that_layers_left_over_go_before_the_last_pipeline_rank() -> None:
    """61 layers on two and on four ranks."""
    assert pipeline_bounds(61, 2) == ((0, 31), (31, 61))
    assert [e - s for s, e in pipeline_bounds(61, 4)] == [15, 15, 16, 15]
    assert [e - s for s, e in pipeline_bounds(63, 4)] == [16, 16, 16, 15]


def test_that_the_scarcest_pipeline_rank_decides() -> None:
    """Blocks are the minimum over ranks."""
    spec = architecture_entry("meta-llama/Llama-3.1-8B-Instruct").spec
    layout = cache_layout(spec, CacheSettings(), pipeline_parallel_size=2)
    both = kv_capacity(layout, np.array([4.0 * GIB, 2.0 * GIB]), 8192, IN_FLIGHT)
    less = kv_capacity(layout, np.array([2.0 * GIB, 2.0 * GIB]), 8192, IN_FLIGHT)
    assert int(both.num_blocks) == int(less.num_blocks)


def test_that_a_grid_of_lengths_and_sizes_is_one_call() -> None:
    """Arrays broadcast, and more memory never holds less."""
    spec = architecture_entry("google/gemma-3-27b-it").spec
    layout = cache_layout(spec, CacheSettings(2))
    free = np.linspace(1, 60, 30)[:, None, None] * GIB
    found = kv_capacity(layout, free, np.array([[8192, 32768, 131072]]), IN_FLIGHT)
    assert found.kv_tokens.shape == (30, 3)
    assert (np.diff(found.num_blocks, axis=0) >= 0).all()
    assert (np.diff(blocks_per_request(layout, np.arange(1, 4096), IN_FLIGHT)) >= 0).all()


def test_that_the_longest_length_fits_and_one_more_token_does_not() -> None:
    """The estimate vLLM prints when it refuses."""
    spec = architecture_entry("openai/gpt-oss-120b").spec
    layout = cache_layout(spec, CacheSettings(1))
    free = np.array([[3.0 * GIB], [5.0 * GIB]])
    longest = longest_length(layout, free, 10**6, IN_FLIGHT)
    assert kv_capacity(layout, free, longest, IN_FLIGHT).fits.all()
    assert not kv_capacity(layout, free, longest + 16, IN_FLIGHT).fits.any()


def test_that_latent_caches_are_the_same_on_every_rank() -> None:
    """Tensor parallelism does not divide MLA."""
    spec = architecture_entry("deepseek-ai/DeepSeek-V3").spec
    pools = {cache_layout(spec, CacheSettings(tp)).pool_bytes for tp in (1, 2, 4, 8)}
    assert pools == {(16 * 1152 * 61,)}


def test_that_unknown_layouts_are_said_to_be_unknown() -> None:
    """Compressed caches are not guessed."""
    with pytest.raises(UnknownCache):
        cache_layout(architecture_entry("deepseek-ai/DeepSeek-V4-Flash").spec, CacheSettings())


def test_that_heads_which_neither_divide_nor_repeat_are_refused() -> None:
    """Eight key/value heads on three GPUs."""
    with pytest.raises(CacheFault, match="8 key/value heads"):
        cache_layout(architecture_entry("Qwen/Qwen3-8B").spec, CacheSettings(3))
