"""What one token of a measured model reads and multiplies: the only place where the fit asks for model facts."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ModelReads:
    """Dimensions of a model as far as speed depends on them."""

    dense: float
    """Parameters multiplied for every token, output layer included, routed experts left out."""
    embedding: float
    """Parameters of an input embedding that is looked up and not multiplied (0 when tied to the output)."""
    experts: float
    """Parameters of all routed experts."""
    n_experts: int
    n_experts_used: int
    n_layers: float
    """Pairs of a token mixer and a feed-forward part (a Nemotron block with only one of them counts half)."""
    n_moe_layers: int
    n_recurrent_layers: int
    n_embd: int
    n_full_layers: int
    full_kv: float
    """KV elements per token of one full-attention layer."""
    full_heads: float
    """``n_heads * (head_dim_k + head_dim_v)`` of a full-attention layer."""
    n_window_layers: int
    window: int
    window_kv: float
    window_heads: float
    recurrent_state: float
    """Elements of recurrent state per sequence, all layers; F32."""
    output: float
    """Parameters of the output layer (inside ``dense``)."""


def facts_path() -> Path:
    """Where the facts of models lie during development."""
    shared = os.environ.get("FIT_PLANNER_SHARED", str(Path(__file__).parents[3] / "shared"))
    return Path(shared) / "reference" / "models" / "facts.csv"


@cache
def all_reads() -> dict[str, ModelReads]:
    """Reads of every model in the facts table."""
    with facts_path().open(encoding="utf-8") as file:
        return {
            r["hf_id"]: _from_facts(r)
            for r in csv.DictReader(file)
            if r["n_layers"] and r["total_params_main"]
        }


def _from_facts(r: dict[str, str]) -> ModelReads:
    total, embed = float(r["total_params_main"]), float(r["embed_params"])
    tied = r["tied_embeddings"] == "True"
    moe = json.loads(r["moe"]) if r["moe"] else {}
    n_layers, hidden = int(r["n_layers"]), int(r["hidden"])
    heads, head_dim = int(r["n_heads"] or 0), int(r["head_dim"] or 0)
    kv_heads = int((r["n_kv_heads"] or "0").split()[0].strip("[],") or 0)
    n_full, n_window = int(r["n_full_attn_layers"] or 0), int(r["n_swa_layers"] or 0)
    n_recurrent = int(r["n_linear_or_mamba_layers"] or 0)
    n_moe = 0
    experts = 0.0
    if moe:
        n_moe = (n_layers - moe.get("first_dense", 0)) // max(moe.get("interleave", 1), 1)
        matrices = 3
        if "nemotron" in r["hf_id"].lower():
            n_moe, matrices = 23, 2
        experts = float(n_moe * moe["n_experts"] * matrices * hidden * moe["expert_ffn"])
    looked_up = 0.0 if tied else embed
    if "gemma-4-E" in r["hf_id"]:
        looked_up = 262144.0 * 256 * n_layers
    full_kv = window_kv = 2.0 * kv_heads * head_dim
    full_heads = window_heads = 2.0 * heads * head_dim
    mla = json.loads(r["mla_or_sparse"]) if r["mla_or_sparse"] else {}
    if "kv_lora_rank" in mla:
        full_kv = float(mla["kv_lora_rank"] + mla["qk_rope_head_dim"])
        full_heads = float(heads * (2 * mla["kv_lora_rank"] + mla["qk_rope_head_dim"]))
    pattern = r["attention_pattern"]
    if "gemma-4" in r["hf_id"]:
        full_heads = 2.0 * heads * 512
        full_kv = {"12B": 1, "26B": 2, "31B": 4}.get(r["hf_id"].split("-")[2], kv_heads) * 512.0 * 2
        if "K=V" not in r["n_kv_heads"]:
            full_kv = 2.0 * kv_heads * 512
    window = 0
    if n_window:
        words = pattern.replace(";", " ").replace(")", " ").split()
        window = int(words[words.index("window") + 1]) if "window" in words else 4096
        if "gemma-3" in r["hf_id"]:
            window = 1024
    hybrid = json.loads(r["hybrid"]) if r["hybrid"] else {}
    state = 0.0
    if "linear_num_value_heads" in hybrid:
        state = (
            n_recurrent
            * hybrid["linear_num_value_heads"]
            * hybrid["linear_key_head_dim"]
            * hybrid["linear_value_head_dim"]
        )
    elif "mamba_num_heads" in hybrid:
        state = (
            n_recurrent
            * hybrid["mamba_num_heads"]
            * hybrid["mamba_head_dim"]
            * hybrid.get("ssm_state_size", 128)
        )
    return ModelReads(
        dense=total - experts - looked_up,
        embedding=looked_up,
        experts=experts,
        n_experts=int(moe.get("n_experts", 0)),
        n_experts_used=int(moe.get("top_k", 0)),
        n_layers=n_layers / 2 if "emotron" in r["hf_id"] and n_recurrent else n_layers,
        n_moe_layers=n_moe,
        n_recurrent_layers=n_recurrent,
        n_embd=hidden,
        n_full_layers=n_full,
        full_kv=full_kv,
        full_heads=full_heads,
        n_window_layers=n_window,
        window=window,
        window_kv=window_kv,
        window_heads=window_heads,
        recurrent_state=float(state),
        output=embed,
    )
