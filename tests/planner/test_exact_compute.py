from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models_db.architecture_table import catalogue_inventory
from planner.exact_compute import Buffers
from planner.graph.compute import ComputeCase, compute_buffers

MODELS = (
    "Qwen/Qwen3-30B-A3B",
    "google/gemma-3-27b-it",
    "Qwen/Qwen3.5-35B-A3B",
    "deepseek-ai/DeepSeek-V2-Lite-Chat",
)


@pytest.mark.parametrize("model_id", MODELS)
@pytest.mark.parametrize("slots", [1, 4])
def test_that_a_context_between_others_is_answered_as_the_graph_would(model_id: str, slots: int) -> None:
    model = catalogue_inventory(model_id)
    blocks = model.n_layer_all
    case = ComputeCase(
        start=(0, 0, blocks // 2, blocks + 1), n_ctx=0, n_seq_max=slots, kv_unified=slots > 1, flash_attn=True
    )
    ask = Buffers(model_id, None, None)
    for n_ctx in (8192, 131072, 40960, 24576, 65536, 100_000):
        at = replace(case, n_ctx=n_ctx)
        exact = compute_buffers(model, at, lambda _: 0.0)
        assert np.abs(ask(at) - exact).max() <= 1024, n_ctx
