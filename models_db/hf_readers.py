"""Readers of dense models' configurations: what each class means beyond the common fields.

Class defaults are those of transformers; which norms, biases and ties there are is a fact of the model class.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models_db.hf_config import Fields, Reader, first


def flags(**values: Any) -> Reader:
    """Reader that only sets fixed facts of a class."""

    def read(fields: Fields, text: Mapping[str, Any]) -> None:
        del text
        fields.update(values)

    return read


def biases(fields: Fields, text: Mapping[str, Any]) -> None:
    """``attention_bias`` and ``mlp_bias`` as Llama-like classes use them."""
    fields["qkv_bias"] = fields["attn_output_bias"] = bool(first(text, "attention_bias", default=False))
    fields["ffn_bias"] = bool(first(text, "mlp_bias", default=False))


def alternating(fields: Fields, n_pattern: int, *, kind: str = "sliding", full_first: bool = False) -> None:
    """Every ``n_pattern``-th layer attends to everything, the others within the window.

    The rule of llama.cpp src/llama-hparams.cpp, ``set_swa_pattern``; published ``layer_types`` win.
    """
    if isinstance(fields.get("mixer"), tuple):
        return
    full = 0 if full_first else n_pattern - 1
    fields["mixer"] = tuple(
        "full" if il % n_pattern == full or n_pattern == 1 else kind for il in range(fields["n_layers"])
    )


def read_mistral(fields: Fields, text: Mapping[str, Any]) -> None:
    """Mistral 7B v0.1 has one window in all layers."""
    biases(fields, text)
    if fields["sliding_window"]:
        fields["mixer"] = "sliding"


def read_qwen2(fields: Fields, text: Mapping[str, Any]) -> None:
    """Windows only where ``use_sliding_window`` asks for them."""
    fields["qkv_bias"] = True
    no_windows(fields, text)


def no_windows(fields: Fields, text: Mapping[str, Any]) -> None:
    """Drop a window that ``use_sliding_window`` switches off."""
    if not text.get("use_sliding_window"):
        fields["sliding_window"] = 0
        fields["mixer"] = "full"


def read_qwen3(fields: Fields, text: Mapping[str, Any]) -> None:
    """Query and key norms per head."""
    fields["qk_norm"] = "per_head"
    no_windows(fields, text)


def read_phi3(fields: Fields, text: Mapping[str, Any]) -> None:
    """A window as long as the context is none."""
    if fields["sliding_window"] >= fields["n_ctx_train"]:
        fields["sliding_window"] = 0
    elif fields["sliding_window"]:
        fields["mixer"] = "sliding"
    if fields.get("rope_scaling") == "su":
        fields["rope_scaling"] = "longrope"


def read_starcoder2(fields: Fields, text: Mapping[str, Any]) -> None:
    """Biases everywhere, layer norms, a feed-forward part without gate."""
    fields.update(qkv_bias=True, attn_output_bias=True, ffn_bias=True, norm_bias=True, ffn_gated=False)
    if fields["sliding_window"]:
        fields["mixer"] = "sliding"


def read_gemma2(fields: Fields, text: Mapping[str, Any]) -> None:
    """Window and full attention in turn."""
    fields["tied_embeddings"] = True
    fields["attn_logit_softcap"] = float(first(text, "attn_logit_softcapping", default=50.0))
    fields["final_logit_softcap"] = float(first(text, "final_logit_softcapping", default=30.0))
    fields["sliding_window"] = fields["sliding_window"] or 4096
    alternating(fields, 2)


def read_gemma3(fields: Fields, text: Mapping[str, Any]) -> None:
    """Five window layers to one full one."""
    fields.update(tied_embeddings=True, qk_norm="per_head")
    alternating(fields, int(first(text, "sliding_window_pattern", "_sliding_window_pattern", default=6)))
    fields.setdefault("rope_theta_swa", 10000.0)


def read_gemma3n(fields: Fields, text: Mapping[str, Any]) -> None:
    """Per-layer embeddings, alternating updates, layers that share another layer's cache."""
    read_gemma3(fields, {**text, "sliding_window_pattern": 5})
    fields.update(
        n_kv_shared_layers=int(first(text, "num_kv_shared_layers", default=0)),
        n_embd_per_layer=int(first(text, "hidden_size_per_layer_input", default=256)),
        n_vocab_per_layer=int(first(text, "vocab_size_per_layer_input", default=0)),
        n_altup=int(first(text, "altup_num_inputs", default=4)),
        laurel_rank=int(first(text, "laurel_rank", default=64)),
    )
    per_layer_n_ff(fields)


def per_layer_n_ff(fields: Fields) -> None:
    """Collapse a list of equal widths, keep one that differs as a tuple."""
    n_ff = fields["n_ff"]
    if isinstance(n_ff, list):
        fields["n_ff"] = n_ff[0] if len(set(n_ff)) == 1 else tuple(n_ff)


def read_gemma4(fields: Fields, text: Mapping[str, Any]) -> None:
    """Full-attention layers with their own head size and heads; a dense part beside the experts."""
    n_layers = fields["n_layers"]
    fields.update(tied_embeddings=True, qk_norm="per_head")
    fields["head_dim_k_swa"] = fields["head_dim_v_swa"] = fields["head_dim_k"]
    fields["head_dim_k"] = fields["head_dim_v"] = int(first(text, "global_head_dim", default=512))
    fields["k_eq_v_full"] = bool(text.get("attention_k_eq_v"))
    n_full = text.get("num_global_key_value_heads")
    if n_full is not None and n_full != fields["n_kv_heads"]:
        fields["n_kv_heads"] = tuple(n_full if m == "full" else fields["n_kv_heads"] for m in fields["mixer"])
    fields["n_kv_shared_layers"] = shared = int(first(text, "num_kv_shared_layers", default=0))
    fields["n_embd_per_layer"] = int(first(text, "hidden_size_per_layer_input", default=0))
    if text.get("use_double_wide_mlp") and shared:
        n_ff = fields["n_ff"]
        fields["n_ff"] = (n_ff,) * (n_layers - shared) + (2 * n_ff,) * shared
    fields.pop("rope_dim", None)
    fields.pop("rope_scaling", None)
    fields.pop("rope_scaling_factor", None)
    fields["rope_dim_swa"] = fields["head_dim_k_swa"]


def read_glm4(fields: Fields, text: Mapping[str, Any]) -> None:
    """Half of each head is rotated."""
    fields["qkv_bias"] = bool(first(text, "attention_bias", default=True))
    fields["rope_dim"] = int(fields["head_dim_k"] * first(text, "partial_rotary_factor", default=0.5))


def read_cohere(fields: Fields, text: Mapping[str, Any]) -> None:
    """Parallel blocks, tied embeddings, optional norms per head."""
    fields["tied_embeddings"] = True
    if text.get("use_qk_norm"):
        fields["qk_norm"] = "full"


def read_cohere2(fields: Fields, text: Mapping[str, Any]) -> None:
    """Three window layers, then a full one without rotary embedding."""
    fields["tied_embeddings"] = True
    fields["sliding_window"] = fields["sliding_window"] or 4096
    n_pattern = int(first(text, "sliding_window_pattern", "_sliding_window_pattern", default=4))
    fields["no_rope_step"] = n_pattern
    alternating(fields, n_pattern)


def read_olmo3(fields: Fields, text: Mapping[str, Any]) -> None:
    """Three window layers to one full one; norms over all heads."""
    fields.update(qk_norm="full")
    fields["sliding_window"] = fields["sliding_window"] or 4096
    alternating(fields, 4)


def read_smollm3(fields: Fields, text: Mapping[str, Any]) -> None:
    """Every fourth layer has no rotary embedding."""
    biases(fields, text)
    no_windows(fields, text)
    fields["no_rope_step"] = int(first(text, "no_rope_layer_interval", default=4))


def read_exaone4(fields: Fields, text: Mapping[str, Any]) -> None:
    """Only the 32B alternates (``sliding_window_pattern`` LLLG)."""
    fields["qk_norm"] = "per_head"
    if fields["sliding_window"]:
        alternating(fields, len(str(first(text, "sliding_window_pattern", default="LLLG"))))


def read_muse_glimmer(fields: Fields, text: Mapping[str, Any]) -> None:
    """Gated attention, three window layers to one full one (llama.cpp src/models/muse-glimmer.cpp)."""
    fields.update(qk_norm="per_head", attn_output_gate=True)
    if fields["sliding_window"]:
        alternating(fields, 4)


def read_stablelm(fields: Fields, text: Mapping[str, Any]) -> None:
    """Layer norms with bias; a quarter of each head is rotated."""
    fields["norm_bias"] = True
    fields["qkv_bias"] = bool(first(text, "use_qkv_bias", default=False))
    fields["rope_dim"] = int(fields["head_dim_k"] * first(text, "partial_rotary_factor", default=0.25))


def read_phi2(fields: Fields, text: Mapping[str, Any]) -> None:
    """Biases everywhere, one layer norm per block, a head with bias."""
    fields.update(
        qkv_bias=True,
        attn_output_bias=True,
        ffn_bias=True,
        norm_bias=True,
        lm_head_bias=True,
        ffn_gated=False,
    )
    fields["rope_dim"] = int(fields["head_dim_k"] * first(text, "partial_rotary_factor", default=0.4))


def read_chatglm(fields: Fields, text: Mapping[str, Any]) -> None:
    """ChatGLM and GLM-4-9B: names of their own, fused matrices, half of each head rotated."""
    fields["n_vocab"] = int(first(text, "padded_vocab_size", "vocab_size", default=0))
    fields["n_ctx_train"] = int(first(text, "seq_length", default=fields["n_ctx_train"]))
    if text.get("multi_query_attention"):
        fields["n_kv_heads"] = int(first(text, "multi_query_group_num", default=1))
    fields["head_dim_k"] = fields["head_dim_v"] = int(
        first(text, "kv_channels", default=fields["head_dim_k"])
    )
    fields["n_ff"] = int(first(text, "ffn_hidden_size", default=fields["n_ff"]))
    fields["rope_dim"] = fields["head_dim_k"] // 2
    fields["qkv_bias"] = bool(first(text, "add_qkv_bias", default=True))


def read_nemotron(fields: Fields, text: Mapping[str, Any]) -> None:
    """Minitron: layer norms with bias, squared-ReLU feed-forward part without gate."""
    biases(fields, text)
    fields.update(norm_bias=True, ffn_gated=False)
    fields["rope_dim"] = int(fields["head_dim_k"] * first(text, "partial_rotary_factor", default=0.5))


QWEN3_LIKE = flags(qk_norm="per_head")

READERS: dict[str, tuple[str, Reader]] = {
    "LlamaForCausalLM": ("llama", biases),
    "MistralForCausalLM": ("llama", read_mistral),
    "InternLM3ForCausalLM": ("llama", biases),
    "Mistral3ForConditionalGeneration": ("mistral3", biases),
    "Ministral3ForCausalLM": ("mistral3", biases),
    "Qwen2ForCausalLM": ("qwen2", read_qwen2),
    "Qwen2VLForConditionalGeneration": ("qwen2vl", read_qwen2),
    "Qwen2_5_VLForConditionalGeneration": ("qwen2vl", read_qwen2),
    "Qwen3ForCausalLM": ("qwen3", read_qwen3),
    "Qwen3VLForConditionalGeneration": ("qwen3vl", read_qwen3),
    "MiMoForCausalLM": ("", read_qwen2),
    "HyperCLOVAXForCausalLM": ("", biases),
    "PhiForCausalLM": ("phi2", read_phi2),
    "Phi3ForCausalLM": ("phi3", read_phi3),
    "Starcoder2ForCausalLM": ("starcoder2", read_starcoder2),
    "StableLmForCausalLM": ("stablelm", read_stablelm),
    "GemmaForCausalLM": ("gemma", flags(tied_embeddings=True)),
    "Gemma2ForCausalLM": ("gemma2", read_gemma2),
    "Gemma3ForCausalLM": ("gemma3", read_gemma3),
    "Gemma3ForConditionalGeneration": ("gemma3", read_gemma3),
    "Gemma3nForConditionalGeneration": ("gemma3n", read_gemma3n),
    "Gemma4ForConditionalGeneration": ("gemma4", read_gemma4),
    "Gemma4UnifiedForConditionalGeneration": ("gemma4", read_gemma4),
    "ChatGLMModel": ("chatglm", read_chatglm),
    "ChatGLMForConditionalGeneration": ("chatglm", read_chatglm),
    "NemotronForCausalLM": ("nemotron", read_nemotron),
    "Glm4ForCausalLM": ("glm4", read_glm4),
    "CohereForCausalLM": ("command-r", read_cohere),
    "Cohere2ForCausalLM": ("cohere2", read_cohere2),
    "Olmo2ForCausalLM": ("olmo2", flags(qk_norm="full")),
    "Olmo3ForCausalLM": ("olmo2", read_olmo3),
    "SmolLM3ForCausalLM": ("smollm3", read_smollm3),
    "GraniteForCausalLM": ("granite", biases),
    "ExaoneForCausalLM": ("exaone", flags()),
    "Exaone4ForCausalLM": ("exaone4", read_exaone4),
    "Gemma4ForCausalLM": ("gemma4", read_gemma4),
    "Glm4vForConditionalGeneration": ("glm4", read_glm4),
    "Ernie4_5ForCausalLM": ("ernie4_5", flags()),
    "HunYuanDenseV1ForCausalLM": ("hunyuan-dense", QWEN3_LIKE),
    "SeedOssForCausalLM": ("seed_oss", flags(qkv_bias=True)),
    "ApertusForCausalLM": ("apertus", flags(qk_norm="per_head", ffn_gated=False)),
    "ArceeForCausalLM": ("arcee", flags(ffn_gated=False)),
    "InternLM2ForCausalLM": ("internlm2", flags()),
    "MiniCPMForCausalLM": ("minicpm", flags()),
    "MuseGlimmerForConditionalGeneration": ("muse-glimmer", read_muse_glimmer),
}
