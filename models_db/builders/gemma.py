"""Gemma 2, 3, 3n and 4 (llama.cpp src/models/gemma*.cpp, conversion/gemma.py)."""

from __future__ import annotations

from functools import partial

from models_db.architecture import ArchitectureSpec
from models_db.builders.attention import attention_cache, head_dims
from models_db.builders.gqa import SANDWICH, build
from models_db.builders.writer import TensorWriter, inventory
from models_db.inventory import ModelInventory


def per_layer_inputs(w: TensorWriter) -> None:
    """Add the table of per-layer embeddings (input side) and its projection (kept with block 0)."""
    spec = w.spec
    width = spec.n_embd_per_layer * spec.n_layers
    w.weight("per_layer_token_embd", width, spec.n_vocab)
    w.place("per_layer_model_proj.weight", 0, spec.n_embd, width)
    w.place("per_layer_proj_norm.weight", 0, spec.n_embd_per_layer, fixed_type="F32")


def per_layer_block(w: TensorWriter) -> None:
    """Add a block's own part of per-layer embeddings."""
    spec = w.spec
    w.weight("inp_gate", spec.n_embd, spec.n_embd_per_layer)
    w.weight("proj", spec.n_embd_per_layer, spec.n_embd)
    w.f32("post_norm.weight", spec.n_embd)


def altup_and_laurel(w: TensorWriter) -> None:
    """Add a Gemma 3n block's alternating updates and learned residual."""
    n_embd, n_altup, rank = w.spec.n_embd, w.spec.n_altup, w.spec.laurel_rank
    w.f32("altup_correct_coef.weight", n_altup, n_altup)
    w.f32("altup_correct_scale.weight", n_embd)
    w.f32("altup_predict_coef.weight", n_altup, n_altup * n_altup)
    w.weight("altup_router", n_embd, n_altup)
    w.f32("altup_router_norm.weight", n_embd)
    w.weight("laurel_l", n_embd, rank)
    w.weight("laurel_r", rank, n_embd)
    w.f32("laurel_post_norm.weight", n_embd)


def build_gemma3n(spec: ArchitectureSpec) -> ModelInventory:
    """Inventory of Gemma 3n; K and V matrices of cacheless layers are in the file and stay unused."""
    w = TensorWriter(spec)
    w.embeddings()
    per_layer_inputs(w)
    for name in ("altup_proj.weight", "altup_unembd_proj.weight"):
        w.place(name, spec.n_layer_all, spec.n_embd, spec.n_embd, spec.n_altup - 1)
    for il in range(spec.n_layers):
        w.block(il)
        w.norm("attn_norm", spec.n_embd)
        n_heads, n_kv_heads = spec.per_layer("n_heads")[il], spec.per_layer("n_kv_heads")[il]
        w.qkv(n_heads, n_kv_heads, spec.head_dim_k, spec.head_dim_v)
        w.attn_output(n_heads, spec.head_dim_v)
        w.norm("post_attention_norm", spec.n_embd)
        w.norm("ffn_norm", spec.n_embd)
        w.ffn_dense(spec.per_layer("n_ff")[il])
        w.norm("post_ffw_norm", spec.n_embd)
        per_layer_block(w)
        altup_and_laurel(w)
    w.head()
    return inventory(w, [attention_cache(spec, il) for il in range(spec.n_layers)])


def gemma4_experts(w: TensorWriter, n_ff_exp: int) -> None:
    """Add the experts that run beside a Gemma 4 block's dense feed-forward part."""
    spec = w.spec
    w.f32("ffn_gate_inp.weight", spec.n_embd, spec.n_experts)
    w.f32("ffn_gate_inp.scale", spec.n_embd)
    w.norm("pre_ffw_norm_2", spec.n_embd)
    w.norm("post_ffw_norm_1", spec.n_embd)
    w.norm("post_ffw_norm_2", spec.n_embd)
    w.weight("ffn_gate_up_exps", spec.n_embd, 2 * n_ff_exp, spec.n_experts)
    w.weight("ffn_down_exps", n_ff_exp, spec.n_embd, spec.n_experts)
    w.f32("ffn_down_exps.scale", spec.n_experts)


def build_gemma4(spec: ArchitectureSpec) -> ModelInventory:
    """Inventory of Gemma 4; full layers have their own head size and, with K = V, no value matrix."""
    w = TensorWriter(spec)
    w.embeddings()
    if spec.n_embd_per_layer:
        per_layer_inputs(w)
    mixers = spec.per_layer("mixer")
    if "full" in mixers:
        w.place("rope_freqs.weight", mixers.index("full"), spec.head_dim_k // 2, fixed_type="F32")
    for il in range(spec.n_layers):
        w.block(il)
        w.norm("attn_norm", spec.n_embd)
        head_dim_k, head_dim_v = head_dims(spec, mixers[il])
        n_heads = spec.per_layer("n_heads")[il]
        own_value = not (spec.k_eq_v_full and mixers[il] == "full")
        w.qkv(n_heads, spec.per_layer("n_kv_heads")[il], head_dim_k, head_dim_v, value=own_value)
        w.attn_output(n_heads, head_dim_v)
        w.norm("post_attention_norm", spec.n_embd)
        w.norm("ffn_norm", spec.n_embd)
        w.ffn_dense(spec.per_layer("n_ff")[il])
        w.norm("post_ffw_norm", spec.n_embd)
        w.f32("layer_output_scale.weight", 1)
        if spec.per_layer("ffn")[il] == "moe":
            gemma4_experts(w, spec.per_layer("n_ff_exp")[il])
        if spec.n_embd_per_layer:
            per_layer_block(w)
    w.head()
    return inventory(w, [attention_cache(spec, il) for il in range(spec.n_layers)])


BUILDERS = {
    "gemma2": partial(build, layout=SANDWICH),
    "gemma3": partial(build, layout=SANDWICH),
    "gemma3n": build_gemma3n,
    "gemma4": build_gemma4,
}
