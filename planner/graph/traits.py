"""What an architecture's tensors do not say about its graph (src/models/*.cpp, 0.5.0-dev)."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Traits:
    """Differences between decoders whose layers hold the same weights."""

    layer_norm: bool = False
    """Norms subtract the mean (they then cannot work in place)."""
    parallel: str = ""
    """Attention and feed-forward read the same normalized input: ``"ffn_first"`` adds the residual to the
    feed-forward
    first, ``"attn_first"`` adds attention and feed-forward first."""
    residual_first: bool = False
    """Sums are written residual + output instead of output + residual."""
    tail_residual_first: bool = False
    """… only the sum after the feed-forward."""
    late_outputs: bool = False
    """All rows pass the last layer; wanted rows are picked after the output norm."""
    outputs_before_norm: bool = False
    """… and are picked just before it."""
    scaled_embeddings: bool = False
    scaled_q: bool = False
    scaled_residual: bool = False
    """Attention and feed-forward outputs are scaled before the residual."""
    scaled_attention: bool = False
    scaled_hidden: bool = False
    """The last hidden state is scaled before the output matrix."""
    scaled_logits: bool = False
    capped_logits: bool = False
    rope: str = "all"
    """``"all"``, ``"window"`` (only window layers, if there are any) or ``"none"``."""
    no_rope_every: int = 0
    """Every n-th layer has no rotary positions."""
    norm_after_rope: bool = False
    norm_unweighted: bool = False
    """Rotated queries and keys get a norm without weights (Llama 4)."""
    temperature: str = ""
    """Queries are scaled by position: ``"unrotated"`` layers, or ``"always"``."""
    gate_after: bool = False
    """The attention gate is computed after attention."""
    expand_gate: bool = False
    gating: str = ""
    """Router function; ``""`` = as published."""
    norm_weights: bool | None = None
    """Whether chosen experts' weights are normalized; None = as published."""
    activation: str = "silu"
    weight_first: bool = False
    """Expert weights multiply the input (Llama 4)."""
    dense_beside_experts: bool = False
    """A dense network runs before the experts and is added (Hunyuan)."""
    expand_norm: bool = False
    """The attention norm is added to the graph at once."""
    deepstack: int = 0
    """Vision feature layers appended to the embedding (Qwen3-VL)."""
    tail_norm_named: bool = True
    """The norm after the feed-forward is pinned to the layer's device."""


LATE = Traits(late_outputs=True)
GRANITE = Traits(scaled_embeddings=True, scaled_residual=True, scaled_logits=True)
PARALLEL = Traits(layer_norm=True, parallel="ffn_first", scaled_logits=True)
NEMOTRON_H = Traits(late_outputs=True, activation="relu_sqr", rope="none")
QWEN_HYBRID = Traits(late_outputs=True, expand_norm=True, gating="softmax", norm_weights=True)

TRAITS: dict[str, Traits] = {
    "afmoe": Traits(no_rope_every=4, scaled_embeddings=True),
    "arcee": Traits(activation="relu_sqr"),
    "bailingmoe3": LATE,
    "cohere2": replace(PARALLEL, rope="window"),
    "command-r": PARALLEL,
    "exaone-moe": Traits(rope="window"),
    "exaone4": Traits(rope="window"),
    "gemma": Traits(scaled_embeddings=True, scaled_q=True),
    "gemma2": Traits(scaled_embeddings=True, scaled_q=True, capped_logits=True, tail_norm_named=False),
    "gemma3": Traits(scaled_embeddings=True, scaled_q=True, capped_logits=True, tail_norm_named=False),
    "gemma3n": Traits(scaled_embeddings=True, capped_logits=True, tail_norm_named=False),
    "gemma4": Traits(scaled_embeddings=True, late_outputs=True, capped_logits=True, tail_norm_named=False),
    "gpt-oss": Traits(gating="softmax_weight", norm_weights=False, outputs_before_norm=True),
    "granite": GRANITE,
    "granitehybrid": GRANITE,
    "granitemoe": GRANITE,
    "hunyuan-dense": Traits(norm_after_rope=True),
    "hunyuan-moe": Traits(
        norm_after_rope=True, dense_beside_experts=True, gating="softmax", norm_weights=True
    ),
    "hy_v3": LATE,
    "jamba": Traits(rope="none", residual_first=True, gating="softmax", norm_weights=False),
    "kimi-linear": Traits(rope="none", expand_norm=True),
    "lfm2": Traits(residual_first=True),
    "lfm2moe": Traits(residual_first=True),
    "llama4": Traits(
        gating="sigmoid",
        norm_weights=False,
        weight_first=True,
        no_rope_every=4,
        norm_unweighted=True,
        temperature="unrotated",
    ),
    "mimo2": Traits(gating="sigmoid", norm_weights=True),
    "minicpm": GRANITE,
    "minicpm3": Traits(scaled_embeddings=True, scaled_residual=True, scaled_hidden=True),
    "mistral3": Traits(temperature="always"),
    "muse-glimmer": Traits(rope="window", scaled_logits=True),
    "nemotron_h": NEMOTRON_H,
    "nemotron_h_moe": NEMOTRON_H,
    "olmo2": Traits(tail_norm_named=False),
    "olmoe": Traits(gating="softmax", norm_weights=False),
    "phi2": Traits(layer_norm=True, parallel="attn_first", scaled_q=True),
    "phi3": Traits(scaled_q=True, tail_residual_first=True),
    "qwen35": QWEN_HYBRID,
    "qwen35moe": QWEN_HYBRID,
    "qwen3next": QWEN_HYBRID,
    "qwen3vl": Traits(deepstack=3),
    "qwen3vlmoe": Traits(deepstack=3),
    "smollm3": Traits(no_rope_every=4),
    "stablelm": Traits(layer_norm=True),
    "starcoder2": Traits(layer_norm=True),
    "step35": Traits(outputs_before_norm=True, gate_after=True),
}
