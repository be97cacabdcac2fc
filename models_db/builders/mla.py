"""Builders for multi-head latent attention: DeepSeek V2/V3, Kimi K2, GLM-4.7-Flash, Mistral 4, MiniCPM3,
LongCat.

Tensors follow llama.cpp src/models/deepseek2.cpp, mistral4.cpp and minicpm3.cpp (``load_arch_tensors``); what
the conversion leaves out follows conversion/deepseek.py and conversion/glm.py. LongCat, which llama.cpp does
not know, is drawn from its published dimensions in the same vocabulary.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from models_db.architecture import ArchitectureSpec
from models_db.builders.writer import TensorWriter, inventory
from models_db.inventory import CacheKind, LayerCache, ModelInventory, Tensor

MTP_IN_FILE = frozenset({"Glm4MoeLiteForCausalLM"})
"""Classes of the deepseek2 architecture whose MTP block conversion keeps (conversion/glm.py
``Glm4MoeLiteModel``); for all others ``DeepseekV2Model.skip_mtp`` drops it."""


def mla_projections(writer: TensorWriter, *, split_kv: bool = True) -> None:
    """Add the projections of one latent-attention layer with its norms, the layer's own norm excepted.

    Parameters
    ----------
    writer : TensorWriter
        Positioned at the block.
    split_kv : bool
        Whether conversion splits ``kv_b_proj`` into ``attn_k_b`` and ``attn_v_b`` (MLA with absorption) or
        keeps ``attn_kv_b`` (MiniCPM3).
    """
    spec = writer.spec
    n_heads = max(spec.per_layer("n_heads"))
    head_dim_qk = spec.qk_nope_head_dim + spec.qk_rope_head_dim
    if spec.q_lora_rank:
        writer.f32("attn_q_a_norm.weight", spec.q_lora_rank)
        writer.weight("attn_q_a", spec.n_embd, spec.q_lora_rank)
        writer.weight("attn_q_b", spec.q_lora_rank, n_heads * head_dim_qk)
    else:
        writer.weight("attn_q", spec.n_embd, n_heads * head_dim_qk)
    writer.f32("attn_kv_a_norm.weight", spec.kv_lora_rank)
    writer.weight("attn_kv_a_mqa", spec.n_embd, spec.kv_lora_rank + spec.qk_rope_head_dim)
    if split_kv:
        writer.weight("attn_k_b", spec.qk_nope_head_dim, spec.kv_lora_rank, n_heads)
        writer.weight("attn_v_b", spec.kv_lora_rank, spec.v_head_dim, n_heads)
    else:
        writer.weight("attn_kv_b", spec.kv_lora_rank, n_heads * (spec.qk_nope_head_dim + spec.v_head_dim))
    writer.weight("attn_output", n_heads * spec.v_head_dim, spec.n_embd)


def mla_cache(spec: ArchitectureSpec, *, n_embd_indexer: int = 0) -> LayerCache:
    """Cache of one latent-attention layer.

    llama.cpp keeps one key row of ``kv_lora_rank + rope`` elements and no value (src/llama-kv-cache.cpp,
    constructor, ``is_mla``); attention reads the value as the first ``kv_lora_rank`` elements of the key.
    """
    width = spec.kv_lora_rank + spec.qk_rope_head_dim
    return LayerCache(
        CacheKind.FULL,
        n_embd_k=width,
        n_embd_v=0,
        n_embd_indexer=n_embd_indexer,
        n_heads=max(spec.per_layer("n_heads")),
        n_kv_heads=1,
        head_dim_k=width,
        head_dim_v=spec.kv_lora_rank,
    )


def mla_hparams(spec: ArchitectureSpec) -> dict[str, int]:
    """Head sizes llama.cpp reports for latent attention (``key_length``, ``value_length``)."""
    return {
        "n_kv_heads": 1,
        "head_dim_k": spec.kv_lora_rank + spec.qk_rope_head_dim,
        "head_dim_v": spec.kv_lora_rank,
    }


def without_mtp(spec: ArchitectureSpec) -> ArchitectureSpec:
    """The record as conversion sees it where it drops the MTP blocks."""
    cut: dict[str, Any] = {}
    for name in ("mixer", "n_heads", "n_kv_heads", "ffn", "n_ff", "n_ff_exp", "indexer_full", "attn_sinks"):
        value = getattr(spec, name)
        if isinstance(value, tuple):
            cut[name] = value[: spec.n_layers]
    return replace(spec, n_layer_nextn=0, **cut)


def checkpoint_only(tensors: list[Tensor]) -> tuple[Tensor, ...]:
    """Mark tensors as published but left out by llama.cpp's conversion."""
    return tuple(replace(t, source="checkpoint") for t in tensors)


def _block(writer: TensorWriter, il: int) -> None:
    writer.block(il)
    writer.norm("attn_norm", writer.spec.n_embd)
    mla_projections(writer)
    writer.norm("ffn_norm", writer.spec.n_embd)
    writer.feed_forward(il)
    if writer.mtp:
        writer.nextn()


def _deepseek2(spec: ArchitectureSpec) -> ModelInventory:
    in_file = spec.hf_arch in MTP_IN_FILE
    writer = TensorWriter(spec if in_file else without_mtp(spec))
    writer.embeddings()
    for il in range(writer.spec.n_layer_all):
        _block(writer, il)
    writer.head()
    layers = [mla_cache(spec)] * writer.spec.n_layer_all
    built = inventory(writer, layers, mla_hparams(spec))
    if in_file or not spec.n_layer_nextn:
        return built
    rest = TensorWriter(spec)
    for il in range(spec.n_layers, spec.n_layer_all):
        _block(rest, il)
    return replace(built, tensors=built.tensors + checkpoint_only(rest.tensors))


def _mistral4(spec: ArchitectureSpec) -> ModelInventory:
    """As deepseek2, but the checkpoint's stacked ``gate_up_proj`` stays one tensor
    (conversion/mistral3.py)."""
    writer = TensorWriter(spec)
    writer.embeddings()
    for il in range(spec.n_layers):
        writer.block(il)
        writer.norm("attn_norm", spec.n_embd)
        mla_projections(writer)
        writer.norm("ffn_norm", spec.n_embd)
        if spec.per_layer("ffn")[il] == "dense":
            writer.ffn_dense(spec.per_layer("n_ff")[il])
            continue
        n_ff_exp = spec.per_layer("n_ff_exp")[il]
        writer.router()
        writer.weight("ffn_gate_up_exps", spec.n_embd, 2 * n_ff_exp, spec.n_experts)
        writer.weight("ffn_down_exps", n_ff_exp, spec.n_embd, spec.n_experts)
        writer.shared_experts()
    writer.head()
    return inventory(writer, [mla_cache(spec)] * spec.n_layers, mla_hparams(spec))


def _minicpm3(spec: ArchitectureSpec) -> ModelInventory:
    """MiniCPM3 decompresses before it caches: full key and value heads (src/models/minicpm3.cpp, ``graph``).

    llama.cpp's conversion writes no value length, so the value head is ``n_embd / n_heads`` there
    (src/llama-model.cpp, ``load_hparams``), which equals the published one.
    """
    n_heads = max(spec.per_layer("n_heads"))
    head_dim_k = spec.qk_nope_head_dim + spec.qk_rope_head_dim
    writer = TensorWriter(spec)
    writer.embeddings()
    if spec.rope_scaling == "longrope":
        writer.f32("rope_factors_long.weight", spec.qk_rope_head_dim // 2)
        writer.f32("rope_factors_short.weight", spec.qk_rope_head_dim // 2)
    for il in range(spec.n_layers):
        writer.block(il)
        writer.norm("attn_norm", spec.n_embd)
        mla_projections(writer, split_kv=False)
        writer.norm("ffn_norm", spec.n_embd)
        writer.feed_forward(il)
    writer.head()
    cache = LayerCache(
        CacheKind.FULL,
        n_embd_k=n_heads * head_dim_k,
        n_embd_v=n_heads * spec.v_head_dim,
        n_heads=n_heads,
        n_kv_heads=n_heads,
        head_dim_k=head_dim_k,
        head_dim_v=spec.v_head_dim,
    )
    hparams = {"n_kv_heads": n_heads, "head_dim_k": head_dim_k, "head_dim_v": spec.v_head_dim}
    return inventory(writer, [cache] * spec.n_layers, hparams)


def _longcat(spec: ArchitectureSpec) -> ModelInventory:
    """LongCat-Flash: per published layer two attentions, two dense layers and one shortcut mixture.

    Each published layer becomes two blocks; the mixture sits in the first of them. The router also scores
    ``n_expert_zero`` identity experts without weights, so of ``n_experts_used`` routes only the share that
    leads to real experts counts as used. The MTP block is dense and repeats the embedding, not the head.
    """
    n_blocks = 2 * spec.n_layers
    doubled = replace(spec, n_layers=n_blocks, ffn="dense", nextn_own_embeddings=False)
    writer = TensorWriter(doubled)
    writer.embeddings()
    n_routes = spec.n_experts + spec.n_expert_zero
    for il in range(doubled.n_layer_all):
        writer.block(il)
        writer.norm("attn_norm", spec.n_embd)
        mla_projections(writer)
        writer.norm("ffn_norm", spec.n_embd)
        writer.feed_forward(il)
        if writer.mtp:
            writer.nextn()
            writer.weight("nextn.embed_tokens", spec.n_embd, spec.n_vocab)
        elif il % 2 == 0:
            writer.f32("ffn_gate_inp.weight", spec.n_embd, n_routes)
            writer.f32("exp_probs_b.bias", n_routes)
            writer.experts(spec.per_layer("n_ff_exp")[0])
    writer.head()
    hparams = {**mla_hparams(spec), "n_expert_routes": n_routes, "n_expert_routes_used": spec.n_experts_used}
    built = inventory(writer, [mla_cache(spec)] * doubled.n_layer_all, hparams)
    return replace(built, n_experts_used=round(spec.n_experts_used * spec.n_experts / n_routes))


BUILDERS = {
    "deepseek2": _deepseek2,
    "mistral4": _mistral4,
    "minicpm3": _minicpm3,
    "LongcatFlashForCausalLM": _longcat,
}
