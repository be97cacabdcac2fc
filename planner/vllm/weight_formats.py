"""How vLLM stores one matrix of each checkpoint format, and which matrices a format leaves alone.

Layouts as created by the ``create_weights`` methods of vLLM 0.32.0 model_executor/layers/quantization (fp8.py,
auto_awq.py, auto_gptq.py, modelopt.py, mxfp4.py, compressed_tensors/schemes).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from models_db.architecture import ArchitectureSpec

WHOLE = math.inf
"""A scale that serves the whole side of a matrix."""


@dataclass(frozen=True, slots=True)
class WeightFormat:
    """Bytes of a quantized matrix of ``n_in`` columns and ``n_out`` rows."""

    name: str
    """Scheme as people write it."""
    method: str | None
    """``quantization_config.quant_method``; None = not quantized."""
    element_bytes: float
    group_in: float = WHOLE
    """Input elements per scale."""
    group_out: float = WHOLE
    """Output elements per scale."""
    scale_bytes: float = 0.0
    """Per scale, zero point included. [bytes]"""
    input_bytes: float = 0.0
    """Per input element (GPTQ's group index). [bytes]"""
    min_capability: float = 7.0
    """Least compute capability of vLLM's class for it."""
    native_capability: float = 0.0
    """From here on the GPU multiplies in this format; below, Marlin or another weight-only kernel unpacks it."""
    only_experts: bool = False
    """True for MXFP4 checkpoints, whose attention and embeddings stay 16-bit."""


FORMATS: dict[str, WeightFormat] = {
    f.name: f
    for f in (
        WeightFormat("BF16", None, 2.0, min_capability=8.0),
        WeightFormat("F16", None, 2.0, min_capability=7.0),
        WeightFormat("FP8", "fp8", 1.0, 128, 128, 4.0, min_capability=7.5, native_capability=8.9),
        WeightFormat("AWQ", "awq", 0.5, 128, 1, 2.5, min_capability=7.5),
        WeightFormat("GPTQ-Int4", "gptq", 0.5, 128, 1, 2.5, 4.0, min_capability=6.0),
        WeightFormat("GPTQ-Int8", "gptq", 1.0, 128, 1, 3.0, 4.0, min_capability=6.0),
        WeightFormat("NVFP4", "modelopt_fp4", 0.5, 16, 1, 1.0, min_capability=7.5, native_capability=10.0),
        WeightFormat("MXFP4", "mxfp4", 0.5, 32, 1, 1.0, min_capability=8.0, only_experts=True),
        WeightFormat(
            "W8A8", "compressed-tensors", 1.0, WHOLE, 1, 4.0, min_capability=7.5, native_capability=7.5
        ),
        WeightFormat("W4A16", "compressed-tensors", 0.5, 128, 1, 2.0, min_capability=7.5),
        WeightFormat("W8A16", "compressed-tensors", 1.0, 128, 1, 2.0, min_capability=7.5),
    )
}
"""Formats vLLM 0.32 and 0.33 load. Minimum capabilities: ``get_min_capability`` of each class in 0.33."""

LATENT_PROJECTIONS = frozenset({"attn_q_a", "attn_q_b", "attn_kv_a_mqa", "attn_k_b", "attn_v_b", "attn_kv_b"})
ATTENTION = frozenset({"attn_q", "attn_k", "attn_v", "attn_qkv", "attn_gate", "attn_output"})
SMALL_RECURRENT = frozenset({"ssm_alpha", "ssm_beta", "ssm_ba"})


def keeps_bf16(role: str, spec: ArchitectureSpec, form: WeightFormat) -> bool:
    """Whether published checkpoints of a format leave the matrix ``role`` unquantized.

    Makers decide this per repository (``modules_to_not_convert``, ``ignore``); the rule is what the ones read so far
    have in common.

    Notes
    -----
    Read in: DeepSeek and Qwen FP8 (everything but the small gates of the delta rule), NVIDIA NVFP4 of DeepSeek (latent
    projections stay BF16), of Gemma 4 and Qwen 3.5 (attention stays BF16), gpt-oss (experts only), Kimi K2.5 INT4
    (routed experts only).
    """
    if role in SMALL_RECURRENT or role.startswith(("indexer.attn_k", "indexer.proj", "indexer.k_")):
        return True
    if form.only_experts:
        return not role.endswith("_exps")
    if form.name == "NVFP4":
        if role in LATENT_PROJECTIONS:
            return True
        local = spec.sliding_window > 0 or "gated_delta" in spec.per_layer("mixer")
        recurrent = "gated_delta" in spec.per_layer("mixer")
        return local and (
            role in ATTENTION or role.startswith("ssm_") or (recurrent and role.endswith("_shexp"))
        )
    return False
