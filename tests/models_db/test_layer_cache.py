"""What layers keep in llama.cpp's cache, family by family, against published facts and llama.cpp's rules."""

from __future__ import annotations

from collections import Counter

import pytest

from models_db.architecture_table import catalogue_inventory
from models_db.inventory import CacheKind

FULL, SLIDING, CHUNKED, NONE = CacheKind.FULL, CacheKind.SLIDING, CacheKind.CHUNKED, CacheKind.NONE


@pytest.mark.parametrize(
    ("hf_id", "kinds", "window"),
    [
        ("google/gemma-2-9b-it", {SLIDING: 21, FULL: 21}, 4096),
        ("google/gemma-3-27b-it", {SLIDING: 52, FULL: 10}, 1024),
        ("google/gemma-3-1b-it", {SLIDING: 22, FULL: 4}, 512),
        ("google/gemma-3-270m-it", {SLIDING: 15, FULL: 3}, 512),
        ("google/gemma-4-31B-it", {SLIDING: 50, FULL: 10}, 1024),
        ("google/gemma-4-E2B-it", {SLIDING: 12, FULL: 3, NONE: 20}, 512),
        ("google/gemma-4-E4B-it", {SLIDING: 20, FULL: 4, NONE: 18}, 512),
        ("google/gemma-3n-E4B-it", {SLIDING: 16, FULL: 4, NONE: 15}, 512),
        ("openai/gpt-oss-20b", {SLIDING: 12, FULL: 12}, 128),
        ("CohereLabs/c4ai-command-r7b-12-2024", {SLIDING: 24, FULL: 8}, 4096),
        ("allenai/Olmo-3-7B-Instruct", {SLIDING: 24, FULL: 8}, 4096),
        ("LGAI-EXAONE/EXAONE-4.0-1.2B", {FULL: 30}, 0),
        ("LGAI-EXAONE/K-EXAONE-236B-A23B", {SLIDING: 36, FULL: 12}, 128),
        ("XiaomiMiMo/MiMo-V2-Flash", {SLIDING: 39, FULL: 9}, 128),
        ("arcee-ai/Trinity-Mini", {SLIDING: 24, FULL: 8}, 1024),
        ("poolside/Laguna-XS.2", {SLIDING: 30, FULL: 10}, 512),
        ("meta-llama/Llama-4-Scout-17B-16E-Instruct", {CHUNKED: 36, FULL: 12}, 8192),
    ],
)
def test_that_windows_are_as_llama_cpp_implements_them(hf_id: str, kinds: dict[CacheKind, int], window: int):
    inventory = catalogue_inventory(hf_id)
    layers = inventory.layers[: inventory.n_layers]
    assert Counter(c.kind for c in layers) == kinds
    assert {c.window for c in layers if c.kind in (SLIDING, CHUNKED)} == ({window} if window else set())


@pytest.mark.parametrize(
    ("hf_id", "published"),
    [
        ("mistralai/Mistral-7B-Instruct-v0.1", 4096),
        ("microsoft/Phi-3-mini-4k-instruct", 2047),
        ("bigcode/starcoder2-15b", 4096),
    ],
)
def test_that_windows_llama_cpp_ignores_are_kept_as_a_fact_only(hf_id: str, published: int):
    inventory = catalogue_inventory(hf_id)
    assert {c.kind for c in inventory.layers} == {FULL}
    assert inventory.hparams["sliding_window"] == published


def test_that_gemma_2_starts_with_a_window_and_cohere_2_ends_its_period_with_a_full_layer():
    gemma = catalogue_inventory("google/gemma-2-9b-it").layers
    cohere = catalogue_inventory("CohereLabs/c4ai-command-r7b-12-2024").layers
    assert [c.kind for c in gemma[:3]] == [SLIDING, FULL, SLIDING]
    assert [c.kind for c in cohere[:4]] == [SLIDING, SLIDING, SLIDING, FULL]


def test_that_gemma_4_full_layers_have_larger_and_fewer_heads():
    layers = catalogue_inventory("google/gemma-4-26B-A4B-it").layers
    assert (layers[0].n_embd_k, layers[0].head_dim_k) == (8 * 256, 256)
    assert (layers[5].n_embd_k, layers[5].n_embd_v, layers[5].head_dim_k) == (2 * 512, 2 * 512, 512)


def test_that_mimo_keeps_more_heads_in_windows_and_narrower_values():
    layers = catalogue_inventory("XiaomiMiMo/MiMo-V2-Flash").layers
    assert (layers[0].n_embd_k, layers[0].n_embd_v) == (4 * 192, 4 * 128)
    assert (layers[1].n_embd_k, layers[1].n_embd_v) == (8 * 192, 8 * 128)


def test_that_cacheless_layers_still_state_their_heads():
    last = catalogue_inventory("google/gemma-4-E2B-it").layers[-1]
    assert (last.kind, last.n_heads, last.head_dim_k) == (NONE, 8, 512)


def test_that_mtp_blocks_come_last_and_have_a_cache_of_their_own():
    inventory = catalogue_inventory("zai-org/GLM-4.5-Air")
    assert (inventory.n_layers, inventory.n_layer_all) == (46, 47)
    assert inventory.layers[46] == inventory.layers[45]
