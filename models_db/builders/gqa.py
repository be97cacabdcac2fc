"""Transformers with grouped-query attention: one drawing, varied by a :class:`BlockLayout` per architecture.

Names and order of norms follow llama.cpp src/models/<arch>.cpp (``load_arch_tensors``), b0.5.0-dev, and the
converters in conversion/*.py; what a model has beyond its architecture (biases, query/key norms, experts)
comes from the record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from models_db.architecture import ArchitectureSpec
from models_db.builders.attention import attention_cache, head_dims
from models_db.builders.writer import TensorWriter, inventory
from models_db.inventory import LayerCache, ModelInventory, Tensor


@dataclass(frozen=True, slots=True)
class BlockLayout:
    """How an architecture lays out one block."""

    attn_norm: bool = True
    """A norm in front of attention."""
    ffn_norm: str = "ffn_norm"
    """Name of the norm in front of the feed-forward part; ``""`` = none (parallel, post-norm)."""
    post_norms: bool = False
    """Norms behind attention and behind the feed-forward part."""
    fused_qkv: bool = False
    """One ``attn_qkv`` matrix."""
    fused_gate_up: bool = False
    """``ffn_up`` holds gate and up projection."""
    norm_per_head: bool = False
    """Query and key norms have one row per head (Command R+)."""
    attn_gate: str = ""
    """Width of a separate ``attn_gate``: ``"head"``, ``"element"`` or none."""
    windows: bool = True
    """False where llama.cpp ignores published windows."""
    layer_out_norm: bool = False
    """MTP blocks carry ``layer_output_norm`` (bailingmoe2, mimo2)."""


PLAIN = BlockLayout()


def rope_tensors(w: TensorWriter, layer: int = 0) -> None:
    """Add the rotary factors that conversion computes; no checkpoint has them.

    llama.cpp keeps them with the first block that uses them, once per device (``TENSOR_DUPLICATED``).
    """
    spec = w.spec
    if spec.rope_scaling == "llama3":
        w.place("rope_freqs.weight", layer, spec.head_dim_k // 2, fixed_type="F32")
    elif spec.rope_scaling == "longrope":
        n_rot = spec.rope_dim or spec.head_dim_k
        w.place("rope_factors_long.weight", layer, n_rot // 2, fixed_type="F32")
        w.place("rope_factors_short.weight", layer, n_rot // 2, fixed_type="F32")


def attention(w: TensorWriter, il: int, layout: BlockLayout) -> None:
    """Add the attention matrices of block ``il``."""
    spec = w.spec
    n_heads, n_kv_heads = spec.per_layer("n_heads")[il], spec.per_layer("n_kv_heads")[il]
    head_dim_k, head_dim_v = head_dims(spec, spec.per_layer("mixer")[il])
    if layout.fused_qkv:
        width = n_heads * head_dim_k + n_kv_heads * (head_dim_k + head_dim_v)
        w.linear("attn_qkv", spec.n_embd, width, bias=spec.qkv_bias)
        if spec.qk_norm == "per_head":
            w.f32("attn_q_norm.weight", head_dim_k)
            w.f32("attn_k_norm.weight", head_dim_k)
    elif layout.norm_per_head and spec.qk_norm != "none":
        w.projections(n_heads, n_kv_heads, head_dim_k, head_dim_v)
        w.f32("attn_q_norm.weight", head_dim_k, n_heads)
        w.f32("attn_k_norm.weight", head_dim_k, n_kv_heads)
    else:
        w.qkv(n_heads, n_kv_heads, head_dim_k, head_dim_v)
    w.attn_output(n_heads, head_dim_v)
    if spec.per_layer("attn_sinks")[il]:
        w.f32("attn_sinks.weight", n_heads)
    if layout.attn_gate:
        w.weight("attn_gate", spec.n_embd, n_heads * (head_dim_v if layout.attn_gate == "element" else 1))


def block(w: TensorWriter, il: int, layout: BlockLayout) -> None:
    """Add block ``il``."""
    spec = w.spec
    w.block(il)
    if layout.attn_norm:
        w.norm("attn_norm", spec.n_embd)
    attention(w, il, layout)
    if layout.post_norms:
        w.norm("post_attention_norm", spec.n_embd)
    if layout.ffn_norm:
        w.norm(layout.ffn_norm, spec.n_embd)
    if layout.fused_gate_up and spec.per_layer("ffn")[il] == "dense":
        n_ff = spec.per_layer("n_ff")[il]
        w.linear("ffn_up", spec.n_embd, 2 * n_ff, bias=spec.ffn_bias)
        w.linear("ffn_down", n_ff, spec.n_embd, bias=spec.ffn_bias)
    else:
        w.feed_forward(il)
    if layout.post_norms:
        w.norm("post_ffw_norm", spec.n_embd)
    if il >= spec.n_layers:
        w.nextn()
        if layout.layer_out_norm:
            w.f32("layer_output_norm.weight", spec.n_embd)


def build(spec: ArchitectureSpec, layout: BlockLayout = PLAIN) -> ModelInventory:
    """Inventory of a model whose blocks all follow ``layout``."""
    w = TensorWriter(spec)
    w.embeddings()
    rope_tensors(w)
    layers: list[LayerCache] = []
    for il in range(spec.n_layer_all):
        block(w, il, layout)
        layers.append(attention_cache(spec, il, windows=layout.windows))
    w.head()
    return inventory(w, layers)


NO_WINDOWS = BlockLayout(windows=False)
POST_ONLY = BlockLayout(attn_norm=False, ffn_norm="", post_norms=True)
PARALLEL = BlockLayout(ffn_norm="", norm_per_head=True)
SANDWICH = BlockLayout(post_norms=True)

LAYOUTS: dict[str, BlockLayout] = {
    "llama": NO_WINDOWS,
    "mistral3": NO_WINDOWS,
    "qwen2": NO_WINDOWS,
    "qwen2moe": NO_WINDOWS,
    "qwen2vl": NO_WINDOWS,
    "qwen3": NO_WINDOWS,
    "qwen3moe": NO_WINDOWS,
    "qwen3vl": NO_WINDOWS,
    "qwen3vlmoe": NO_WINDOWS,
    "phi2": PARALLEL,
    "phi3": BlockLayout(fused_qkv=True, fused_gate_up=True, windows=False),
    "phimoe": NO_WINDOWS,
    "chatglm": BlockLayout(fused_qkv=True, fused_gate_up=True),
    "glm4": BlockLayout(post_norms=True, fused_gate_up=True),
    "glm4moe": BlockLayout(ffn_norm="post_attention_norm"),
    "seed_oss": BlockLayout(ffn_norm="post_attention_norm"),
    "command-r": PARALLEL,
    "cohere2": PARALLEL,
    "olmo2": POST_ONLY,
    "olmoe": PLAIN,
    "smollm3": NO_WINDOWS,
    "starcoder2": NO_WINDOWS,
    "stablelm": BlockLayout(norm_per_head=True),
    "gemma": PLAIN,
    "nemotron": PLAIN,
    "granite": PLAIN,
    "granitemoe": PLAIN,
    "exaone": PLAIN,
    "exaone4": POST_ONLY,
    "exaone-moe": PLAIN,
    "ernie4_5": PLAIN,
    "ernie4_5-moe": PLAIN,
    "hunyuan-dense": PLAIN,
    "hunyuan-moe": PLAIN,
    "hy_v3": PLAIN,
    "bailingmoe": PLAIN,
    "bailingmoe2": BlockLayout(fused_qkv=True, layer_out_norm=True),
    "mellum": PLAIN,
    "mimo2": BlockLayout(layer_out_norm=True),
    "step35": BlockLayout(attn_gate="head"),
    "arcee": PLAIN,
    "afmoe": BlockLayout(post_norms=True, attn_gate="element"),
    "dots1": PLAIN,
    "internlm2": PLAIN,
    "minicpm": NO_WINDOWS,
    "minimax-m2": PLAIN,
    "laguna": BlockLayout(attn_gate="head"),
    "muse-glimmer": BlockLayout(post_norms=True, attn_gate="element"),
    "MiMoForCausalLM": NO_WINDOWS,
    "HyperCLOVAXForCausalLM": SANDWICH,
}
"""Layout by llama.cpp architecture, or by class name where llama.cpp has none."""


def build_apertus(spec: ArchitectureSpec) -> ModelInventory:
    """Inventory of Apertus: the two learned constants of its activation become metadata of the GGUF file."""
    inv = build(spec)
    constants = (
        Tensor(f"blk.{il}.{name}", (1,), il, source="checkpoint")
        for il in range(spec.n_layers)
        for name in ("act_fn.alpha_p", "act_fn.alpha_n")
    )
    return replace(inv, tensors=(*inv.tensors, *constants))


BUILDERS: dict[str, Callable[[ArchitectureSpec], ModelInventory]] = {
    **{name: partial(build, layout=layout) for name, layout in LAYOUTS.items()},
    "apertus": build_apertus,
}
