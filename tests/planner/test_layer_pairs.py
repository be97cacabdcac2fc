"""Layer pairs on models of each shape."""

import pytest

from models_db.builders import build_inventory
from models_db.catalogue import load_catalogue
from planner.layer_pairs import layer_pairs


@pytest.mark.parametrize(
    ("model", "pairs"),
    [
        ("meta-llama/Llama-3.1-8B-Instruct", 32),
        ("Qwen/Qwen3-30B-A3B", 48),
        ("Qwen/Qwen3.5-27B", 64),
        ("nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", 26),
        ("tiiuae/Falcon-H1-3B-Instruct", 48),
        ("google/gemma-4-E2B-it", 35),
    ],
)
def test_that_pairs_count_mixers_and_feed_forward_parts(model, pairs):
    catalogue = load_catalogue()
    inventory = build_inventory(catalogue.architecture(catalogue.by_id[model]))
    assert layer_pairs(inventory).sum() == pairs
