"""Builders for sparse attention with an indexer: DeepSeek V3.2, GLM-5, DeepSeek V4, MiniMax M3.

Tensors follow llama.cpp src/models/{deepseek32,glm-dsa,deepseek4,minimax-m3}.cpp (``load_arch_tensors``),
caches src/llama-model.cpp (``create_memory``) with src/llama-kv-cache-{dsa,dsv4,msa}.cpp.
"""

from __future__ import annotations

from dataclasses import replace

from models_db.architecture import ArchitectureSpec
from models_db.builders.mla import checkpoint_only, mla_cache, mla_hparams, mla_projections, without_mtp
from models_db.builders.writer import TensorWriter, inventory
from models_db.inventory import CacheKind, LayerCache, ModelInventory

CSA_RATIO = 4
"""Compression that carries an indexer (llama.cpp src/llama-kv-cache-dsv4.cpp, ``DSV4_CSA_RATIO``)."""


def _dsa(spec: ArchitectureSpec) -> ModelInventory:
    """Latent attention with DeepSeek's lightning indexer; MTP blocks attend densely."""
    full = spec.per_layer("indexer_full")
    writer = TensorWriter(spec)
    writer.embeddings()
    for il in range(spec.n_layer_all):
        writer.block(il)
        writer.norm("attn_norm", spec.n_embd)
        mla_projections(writer)
        if full[il]:
            writer.f32("indexer.k_norm.weight", spec.indexer_head_dim)
            writer.f32("indexer.k_norm.bias", spec.indexer_head_dim)
            writer.f32("indexer.proj.weight", spec.n_embd, spec.indexer_n_heads)
            writer.weight("indexer.attn_k", spec.n_embd, spec.indexer_head_dim)
            writer.weight("indexer.attn_q_b", spec.q_lora_rank, spec.indexer_n_heads * spec.indexer_head_dim)
        writer.norm("ffn_norm", spec.n_embd)
        writer.feed_forward(il)
        if writer.mtp:
            writer.nextn()
    writer.head()
    layers = [
        mla_cache(spec, n_embd_indexer=spec.indexer_head_dim if full[il] and il < spec.n_layers else 0)
        for il in range(spec.n_layer_all)
    ]
    return inventory(writer, layers, mla_hparams(spec))


def _dsv4_block(writer: TensorWriter, il: int) -> None:
    spec = writer.spec
    n_heads = max(spec.per_layer("n_heads"))
    head_dim, n_embd = spec.head_dim_k, spec.n_embd
    writer.block(il)
    writer.norm("attn_norm", n_embd)
    writer.f32("attn_sinks.weight", n_heads)
    writer.weight("attn_q_a", n_embd, spec.q_lora_rank)
    writer.f32("attn_q_a_norm.weight", spec.q_lora_rank)
    writer.weight("attn_q_b", spec.q_lora_rank, n_heads * head_dim)
    writer.weight("attn_kv", n_embd, head_dim)
    writer.f32("attn_kv_a_norm.weight", head_dim)
    writer.weight("attn_output_a", n_heads * head_dim // spec.n_o_groups, spec.o_lora_rank * spec.n_o_groups)
    writer.weight("attn_output_b", spec.n_o_groups * spec.o_lora_rank, n_embd)
    mix = (2 + spec.hc_mult) * spec.hc_mult
    for place in ("attn", "ffn"):
        writer.f32(f"hc_{place}_fn.weight", spec.hc_mult * n_embd, mix)
        writer.f32(f"hc_{place}_base.weight", mix)
        writer.f32(f"hc_{place}_scale.weight", 3)
    ratio = spec.compress_ratios[il]
    if ratio:
        width = (2 if ratio == CSA_RATIO else 1) * head_dim
        writer.weight("attn_compressor_kv", n_embd, width)
        writer.weight("attn_compressor_gate", n_embd, width)
        writer.f32("attn_compressor_ape.weight", width, ratio)
        writer.f32("attn_compressor_norm.weight", head_dim)
    if ratio == CSA_RATIO:
        width = 2 * spec.indexer_head_dim
        writer.f32("indexer.proj.weight", n_embd, spec.indexer_n_heads)
        writer.weight("indexer.attn_q_b", spec.q_lora_rank, spec.indexer_n_heads * spec.indexer_head_dim)
        writer.weight("indexer_compressor_kv", n_embd, width)
        writer.weight("indexer_compressor_gate", n_embd, width)
        writer.f32("indexer_compressor_ape.weight", width, ratio)
        writer.f32("indexer_compressor_norm.weight", spec.indexer_head_dim)
    writer.norm("ffn_norm", n_embd)
    writer.f32("ffn_gate_inp.weight", n_embd, spec.n_experts)
    if il < spec.n_hash_layers:
        writer.add("ffn_gate_tid2eid.weight", spec.n_experts_used, spec.n_vocab, fixed_type="I32")
    else:
        writer.f32("exp_probs_b.bias", spec.n_experts)
    n_ff_exp = spec.per_layer("n_ff_exp")[il]
    for name, shape in (
        ("ffn_gate_exps", (n_embd, n_ff_exp)),
        ("ffn_up_exps", (n_embd, n_ff_exp)),
        ("ffn_down_exps", (n_ff_exp, n_embd)),
    ):
        writer.add(f"{name}.weight", *shape, spec.n_experts, fixed_type="MXFP4")
    writer.shared_experts()


def _dsv4_cache(spec: ArchitectureSpec, il: int) -> LayerCache:
    """Cache of one DeepSeek V4 layer: a window of keys, compressed keys, and tokens not yet compressed.

    The state holds key and score of ``ratio`` tokens (twice as many and twice as wide at ratio 4, and once
    more for the indexer): llama.cpp src/llama-kv-cache-dsv4.cpp, ``llama_kv_cache_dsv4`` and
    ``llama_dsv4_comp_state``.
    """
    ratio = spec.compress_ratios[il]
    head_dim, indexer = spec.head_dim_k, spec.indexer_head_dim
    if ratio == CSA_RATIO:
        state = 2 * (2 * ratio) * (2 * head_dim) + 2 * (2 * ratio) * (2 * indexer)
    else:
        state = 2 * ratio * head_dim
    return LayerCache(
        CacheKind.SLIDING,
        n_embd_k=head_dim,
        n_embd_v=0,
        window=spec.sliding_window,
        n_embd_indexer=indexer if ratio == CSA_RATIO else 0,
        compress_ratio=ratio,
        recurrent_state=state,
        recurrent_kind="compressor" if ratio else "",
        n_heads=max(spec.per_layer("n_heads")),
        n_kv_heads=1,
        head_dim_k=head_dim,
        head_dim_v=head_dim,
    )


def _deepseek4(spec: ArchitectureSpec) -> ModelInventory:
    """DeepSeek V4: window plus compressed keys, grouped low-rank output, hyper-connections.

    Conversion keeps routed experts in the checkpoint's MXFP4 and leaves the MTP block to a file of its own.
    """
    text = without_mtp(spec)
    writer = TensorWriter(text)
    writer.embeddings()
    for il in range(spec.n_layers):
        _dsv4_block(writer, il)
    writer.head()

    def hyper_head(target: TensorWriter, prefix: str) -> None:
        target.f32(f"{prefix}hc_fn.weight", spec.hc_mult * spec.n_embd, spec.hc_mult)
        target.f32(f"{prefix}hc_base.weight", spec.hc_mult)
        target.f32(f"{prefix}hc_scale.weight", 1)

    hyper_head(writer, "output_")
    layers = [_dsv4_cache(spec, il) for il in range(spec.n_layers)]
    built = inventory(writer, layers, {"n_kv_heads": 1})
    rest = TensorWriter(spec)
    for il in range(spec.n_layers, spec.n_layer_all):
        _dsv4_block(rest, il)
        rest.nextn()
        hyper_head(rest, "nextn.")
    return replace(built, tensors=built.tensors + checkpoint_only(rest.tensors))


def _minimax_m3(spec: ArchitectureSpec) -> ModelInventory:
    """MiniMax M3: grouped-query attention, on mixture layers over blocks an indexer chooses.

    llama.cpp's indexer cache has one key head of ``indexer_head_dim`` and, as it is an ordinary cache, also
    one value head of ``head_dim_v`` that nothing reads (src/llama-kv-cache-msa.cpp, constructor).
    """
    writer = TensorWriter(spec)
    writer.embeddings()
    n_heads, n_kv_heads = spec.per_layer("n_heads"), spec.per_layer("n_kv_heads")
    full = spec.per_layer("indexer_full")
    layers = []
    for il in range(spec.n_layers):
        writer.block(il)
        writer.norm("attn_norm", spec.n_embd)
        writer.qkv(n_heads[il], n_kv_heads[il], spec.head_dim_k, spec.head_dim_v)
        writer.attn_output(n_heads[il], spec.head_dim_v)
        writer.norm("ffn_norm", spec.n_embd)
        writer.feed_forward(il)
        if full[il]:
            writer.f32("indexer.q_proj.weight", spec.n_embd, spec.indexer_n_heads * spec.indexer_head_dim)
            writer.f32("indexer.k_proj.weight", spec.n_embd, spec.indexer_head_dim)
            writer.f32("indexer.q_norm.weight", spec.indexer_head_dim)
            writer.f32("indexer.k_norm.weight", spec.indexer_head_dim)
        layers.append(
            LayerCache(
                CacheKind.FULL,
                n_embd_k=n_kv_heads[il] * spec.head_dim_k,
                n_embd_v=n_kv_heads[il] * spec.head_dim_v,
                n_embd_indexer=spec.indexer_head_dim + spec.head_dim_v if full[il] else 0,
                n_heads=n_heads[il],
                n_kv_heads=n_kv_heads[il],
                head_dim_k=spec.head_dim_k,
                head_dim_v=spec.head_dim_v,
            )
        )
    writer.head()
    return inventory(writer, layers, {"indexer_block_size": spec.indexer_block_size})


BUILDERS = {"deepseek32": _dsa, "glm-dsa": _dsa, "deepseek4": _deepseek4, "minimax-m3": _minimax_m3}
