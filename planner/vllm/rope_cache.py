"""Bytes of the cosine and sine tables that vLLM keeps on every GPU.

vLLM 0.32.0 model_executor/layers/rotary_embedding: one buffer per distinct kind of rotary embedding, one row per
position up to the longest the embedding is scaled to, ``rotary_dim`` values a row.
"""

from __future__ import annotations

from models_db.architecture import ArchitectureSpec

NO_ROTARY = ("NemotronH", "Jamba", "GraniteMoeHybrid")
"""Beginnings of class names whose attention takes no positions, whatever the configuration states."""
FP32_TABLES = ("GptOss",)
"""Beginnings of class names whose tables are FP32."""


def rope_cache_bytes(spec: ArchitectureSpec, dtype_bytes: int = 2) -> float:
    """Bytes of all rotary tables of a model on one GPU.

    Parameters
    ----------
    spec : ArchitectureSpec
    dtype_bytes : int
        Of the model's own type. [bytes]
    """
    mixers = set(spec.per_layer("mixer")[: spec.n_layers])
    attention = mixers & {"full", "sliding", "chunked", "full+mamba2"}
    if not attention or spec.hf_arch.startswith(NO_ROTARY):
        return 0.0
    row = spec.qk_rope_head_dim if spec.kv_lora_rank else spec.rope_dim or spec.head_dim_k
    element = 4 if spec.hf_arch.startswith(FP32_TABLES) else dtype_bytes
    total = float(_positions(spec)) * row * element
    scaled = spec.rope_theta_swa != spec.rope_theta or spec.rope_scaling not in ("", "default")
    if spec.rope_theta_swa and scaled and "sliding" in mixers:
        local = spec.rope_dim_swa or spec.head_dim_k_swa or spec.head_dim_k
        total += float(spec.n_ctx_train) * local * element
    if spec.indexer_head_dim and spec.hf_arch.startswith("DeepseekV32"):
        total *= 2  # the indexer rotates neighbours where attention rotates halves
    return total


def _positions(spec: ArchitectureSpec) -> float:
    """Rows of the table. [tokens]"""
    factor, original = spec.rope_scaling_factor or 1.0, spec.rope_orig_ctx or spec.n_ctx_train
    if spec.rope_scaling == "linear":
        return spec.n_ctx_train * factor
    if spec.rope_scaling == "yarn":
        return original * factor
    if spec.rope_scaling == "longrope":
        return spec.n_ctx_train + original
    return spec.n_ctx_train
