"""What vLLM puts beside a model's weights: copies made after loading, room for LoRA adapters, drafted tokens.

Rules of vLLM 0.33.0: model_executor/layers/attention/mla_attention.py (``process_weights_after_loading`` keeps ``W_UK``
and ``W_UV`` in 16 bit beside the projection they come from), lora/layers/base_linear.py (two zero-filled tensors per
linear layer).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models_db.architecture import ArchitectureSpec
from planner.commands.vllm_limits import json_object
from planner.vllm.cache_specs import attentions_per_layer, is_latent
from planner.vllm.kv_capacity import pipeline_bounds
from planner.vllm.weight_table import Split, WeightTable
from planner.vllm_settings import VllmSettings

Floats = NDArray[np.float64]

HALF_BYTES = 2.0
"""Copies and adapters are 16 bit. [bytes]"""
WITHOUT_WEIGHTS = ("ngram", "suffix")
"""Drafting methods that load no model."""


def latent_copies(spec: ArchitectureSpec, tensor_parallel_size: int, pipeline_parallel_size: int) -> Floats:
    """Copies of the latent projections that absorbed attention multiplies with, per stage, shape (n_stages,). [bytes]"""
    bounds = pipeline_bounds(spec.n_layers, pipeline_parallel_size)
    if not is_latent(spec):
        return np.zeros(len(bounds))
    mixers, heads = spec.per_layer("mixer"), spec.per_layer("n_heads")
    width = (spec.qk_nope_head_dim + spec.head_dim_v) * spec.kv_lora_rank * HALF_BYTES
    each = [
        heads[il] / tensor_parallel_size * width * attentions_per_layer(spec) if mixers[il] == "full" else 0.0
        for il in range(spec.n_layers)
    ]
    return np.array([sum(each[first:end]) for first, end in bounds])


def adapter_bytes(table: WeightTable, settings: VllmSettings) -> float:
    """Room for LoRA adapters on one rank of one stage; those of routed experts are not counted. [bytes]

    Each linear layer holds ``max_loras × max_lora_rank × (inputs + outputs)`` values: inputs are split where the layer's
    are, outputs likewise.
    """
    if not settings.enable_lora:
        return 0.0
    tp = float(settings.tensor_parallel_size)
    rows, columns = table.n_out, table.n_in
    outside = (table.split == Split.OUT) | (table.split == Split.KV)
    linear = (outside | (table.split == Split.IN)) & (columns > 1) & table.quantizable
    width = np.where(outside, columns + rows / tp, columns / tp + rows)
    values = float((width * table.before[:, -1])[linear].sum())
    n_slots = max(settings.max_loras, 1) * max(settings.max_lora_rank, 1)
    return n_slots * values * HALF_BYTES / settings.pipeline_parallel_size


def drafted_tokens(settings: VllmSettings) -> int:
    """Tokens drafted a step (``--speculative-config``); 0 without drafting."""
    number = json_object(settings.speculative_config).get("num_speculative_tokens", 0)
    return number if isinstance(number, int) and number > 0 else 0


def what_is_not_counted(settings: VllmSettings, n_experts: int) -> list[str]:
    """Memory that the settings cause and no rule here sizes."""
    out: list[str] = []
    drafting = json_object(settings.speculative_config)
    method = str(drafting.get("method", "draft model"))
    if drafting and method not in WITHOUT_WEIGHTS:
        what = drafting.get("model") or f"the model of method {method}"
        out.append(
            f"drafting: weights, cache and graphs of {what} are unknown here and come on top of the figures"
        )
    if settings.enable_lora and n_experts:
        out.append(
            "LoRA: room for adapters of routed experts is unknown here and comes on top of the figures"
        )
    return out
