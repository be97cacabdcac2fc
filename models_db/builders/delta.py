"""Builders for delta-rule linear attention: Qwen3-Next, Qwen3.5/3.6, Qwen4, Kimi Linear, Kimi K3, Ling 3.

Tensors follow llama.cpp src/models/{qwen3next,qwen35,qwen35moe,qwen4exp,kimi-linear,kimi-k3,bailingmoe3}.cpp
(``load_arch_tensors``). Gated delta net: ``ssm_dt_rank`` value heads and ``ssm_n_group`` key heads of size
``ssm_d_state``. Kimi's delta attention (KDA): ``kda_n_heads`` heads of size ``kda_head_dim``.
"""

from __future__ import annotations

from dataclasses import replace

from models_db.architecture import ArchitectureSpec
from models_db.builders.mla import checkpoint_only, mla_hparams, mla_projections
from models_db.builders.recurrent import layer_caches
from models_db.builders.writer import TensorWriter, inventory
from models_db.inventory import ModelInventory, Tensor


def gated_delta(writer: TensorWriter, *, fused_beta_alpha: bool) -> None:
    """Add the tensors of one gated delta net layer; Qwen3-Next keeps beta and alpha in one matrix."""
    spec = writer.spec
    key = spec.ssm_d_state * spec.ssm_n_group
    channels = 2 * key + spec.ssm_d_inner
    writer.weight("attn_qkv", spec.n_embd, channels)
    writer.weight("attn_gate", spec.n_embd, spec.ssm_d_inner)
    writer.f32("ssm_conv1d.weight", spec.ssm_d_conv, channels)
    writer.f32("ssm_dt.bias", spec.ssm_dt_rank)
    writer.f32("ssm_a", spec.ssm_dt_rank)
    if fused_beta_alpha:
        writer.weight("ssm_ba", spec.n_embd, 2 * spec.ssm_dt_rank)
    else:
        writer.weight("ssm_beta", spec.n_embd, spec.ssm_dt_rank)
        writer.weight("ssm_alpha", spec.n_embd, spec.ssm_dt_rank)
    writer.f32("ssm_norm.weight", spec.ssm_d_inner // spec.ssm_dt_rank)
    writer.weight("ssm_out", spec.ssm_d_inner, spec.n_embd)


def gated_attention(writer: TensorWriter, il: int) -> None:
    """Add one full attention layer whose query projection also yields the output gate."""
    spec = writer.spec
    n_heads, n_kv_heads = spec.per_layer("n_heads")[il], spec.per_layer("n_kv_heads")[il]
    writer.weight("attn_q", spec.n_embd, 2 * n_heads * spec.head_dim_k)
    writer.weight("attn_k", spec.n_embd, n_kv_heads * spec.head_dim_k)
    writer.weight("attn_v", spec.n_embd, n_kv_heads * spec.head_dim_v)
    writer.weight("attn_output", n_heads * spec.head_dim_v, spec.n_embd)
    writer.f32("attn_q_norm.weight", spec.head_dim_k)
    writer.f32("attn_k_norm.weight", spec.head_dim_k)


def _qwen35(spec: ArchitectureSpec) -> ModelInventory:
    writer = TensorWriter(spec)
    writer.embeddings()
    for il in range(spec.n_layer_all):
        writer.block(il)
        writer.norm("attn_norm", spec.n_embd)
        writer.norm("post_attention_norm", spec.n_embd)
        if spec.per_layer("mixer")[il] == "gated_delta":
            gated_delta(writer, fused_beta_alpha=spec.gguf_arch == "qwen3next")
        else:
            gated_attention(writer, il)
        writer.feed_forward(il)
        if writer.mtp:
            writer.nextn()
    writer.head()
    return inventory(writer, layer_caches(spec))


def _hyper_connection(writer: TensorWriter, name: str) -> None:
    spec = writer.spec
    width = spec.hc_mult * spec.n_embd
    writer.f32(f"{name}_norm.weight", width)
    writer.weight(f"{name}_down", width, spec.hc_low_rank)
    writer.weight(f"{name}_up", spec.hc_low_rank, width)
    if not name.startswith("output"):
        writer.weight(f"{name}_inject", width, spec.hc_mult)


def _qwen4_block(writer: TensorWriter, il: int, *, full: bool) -> None:
    spec = writer.spec
    writer.block(il)
    _hyper_connection(writer, "hc_attn")
    _hyper_connection(writer, "hc_ffn")
    if full:
        gated_attention(writer, il)
        writer.weight("indexer.q_proj", spec.n_embd, spec.indexer_n_heads * spec.indexer_head_dim)
        writer.weight("indexer.k_proj", spec.n_embd, spec.indexer_head_dim)
        writer.f32("indexer.q_norm.weight", spec.indexer_head_dim)
        writer.f32("indexer.k_norm.weight", spec.indexer_head_dim)
    else:
        gated_delta(writer, fused_beta_alpha=False)
    writer.feed_forward(il)


def _qwen4exp(spec: ArchitectureSpec) -> ModelInventory:
    """Qwen3.8-Flash-Next: low-rank hyper-connections instead of norms, an indexer on full attention layers,
    and one layer that reads an n-gram embedding table (a gather, like the input embedding).

    Conversion drops the MTP block (conversion/qwen4exp.py, ``no_mtp``), which mixes its own
    hyper-connections, and writes the table's hash constants as metadata.
    """
    text = replace(spec, n_layer_nextn=0, mixer=spec.per_layer("mixer")[: spec.n_layers])
    writer = TensorWriter(text)
    writer.embeddings()
    if spec.ple_layers:
        writer.weight("per_layer_token_embd", spec.n_embd_per_layer, spec.ple_n_rows)
    caches = layer_caches(text)
    width = spec.hc_mult * spec.n_embd
    for il in range(spec.n_layers):
        full = text.per_layer("mixer")[il] == "full"
        _qwen4_block(writer, il, full=full)
        if full:
            caches[il] = replace(caches[il], n_embd_indexer=spec.indexer_head_dim)
        if il in spec.ple_layers:
            writer.weight("ple_key", spec.n_embd, width)
            writer.weight("ple_value", spec.n_embd, spec.n_embd)
            for name in ("key", "query", "conv"):
                writer.f32(f"ple_norm_{name}.weight", width)
            writer.weight("ple_conv1d", spec.ple_conv_kernel, width)
            history = (spec.ple_conv_kernel - 1) * spec.ple_ngram_size * width
            caches[il] = replace(caches[il], recurrent_conv=caches[il].recurrent_conv + history)
    writer.tail()
    _hyper_connection(writer, "output_hc")
    if not spec.tied_embeddings:
        writer.weight("output", spec.n_embd, spec.n_vocab)
    built = inventory(writer, caches)

    rest = TensorWriter(spec)
    for il in spec.ple_layers:
        rest.block(il)
        rest.add("ple_hash_constants", spec.ple_ngram_size + 2 * spec.n_embd // spec.n_embd_per_layer)
    for il in range(spec.n_layers, spec.n_layer_all):
        _qwen4_block(rest, il, full=True)
        rest.weight("nextn.eh_proj", 2 * spec.n_embd, spec.n_embd)
        rest.f32("nextn.enorm.weight", spec.n_embd)
        rest.f32("nextn.hnorm.weight", width)
        _hyper_connection(rest, "output_hc")
    return replace(built, tensors=built.tensors + checkpoint_only(rest.tensors))


def kda(writer: TensorWriter) -> None:
    """Add the tensors of one layer of Kimi's delta attention.

    The three families differ in the gates: Kimi Linear has low-rank decay and output gates, Kimi K3 a
    full-rank output gate, Ling 3 full-rank decay and output gates.
    """
    spec = writer.spec
    inner = spec.kda_n_heads * spec.kda_head_dim
    for name in "qkv":
        writer.f32(f"ssm_conv1d_{name}.weight", spec.ssm_d_conv, 1, inner, 1)
    for name in "qkv":
        writer.weight(f"attn_{name}", spec.n_embd, inner)
    if spec.gguf_arch == "bailingmoe3":
        writer.weight("ssm_f_a", spec.n_embd, inner)
    else:
        writer.weight("ssm_f_a", spec.n_embd, spec.kda_head_dim)
        writer.weight("ssm_f_b", spec.kda_head_dim, inner)
    writer.weight("ssm_beta", spec.n_embd, spec.kda_n_heads)
    heads = (spec.kda_n_heads,) if spec.gguf_arch == "kimi-k3" else (1, spec.kda_n_heads)
    writer.f32("ssm_a", *heads)
    writer.f32("ssm_dt.bias", inner)
    if spec.kda_gate_rank:
        writer.weight("ssm_g_a", spec.n_embd, spec.kda_gate_rank)
        writer.weight("ssm_g_b", spec.kda_gate_rank, inner)
    else:
        writer.weight("ssm_g" if spec.gguf_arch == "kimi-k3" else "ssm_g_a", spec.n_embd, inner)
    writer.f32("ssm_norm.weight", spec.kda_head_dim)
    writer.weight("attn_output", inner, spec.n_embd)


def _output_gate(writer: TensorWriter) -> None:
    """Add the gate on latent attention's output: per element in Kimi K3, per head in Ling 3."""
    spec = writer.spec
    if spec.attn_output_gate:
        per_head = 1 if spec.gguf_arch == "bailingmoe3" else spec.v_head_dim
        writer.weight("attn_gate", spec.n_embd, max(spec.per_layer("n_heads")) * per_head)


def _latent_experts(writer: TensorWriter, il: int) -> None:
    """Add Kimi K3's feed-forward part: experts in a latent space, in the checkpoint's MXFP4."""
    spec = writer.spec
    if spec.per_layer("ffn")[il] != "moe":
        writer.feed_forward(il)
        return
    n_in, n_ff_exp = spec.n_expert_latent or spec.n_embd, spec.per_layer("n_ff_exp")[il]
    writer.router()
    for name, shape in (
        ("ffn_gate_exps", (n_in, n_ff_exp)),
        ("ffn_up_exps", (n_in, n_ff_exp)),
        ("ffn_down_exps", (n_ff_exp, n_in)),
    ):
        writer.add(f"{name}.weight", *shape, spec.n_experts, fixed_type="MXFP4")
    if spec.n_expert_latent:
        writer.weight("ffn_routed_down", spec.n_embd, n_in)
        writer.weight("ffn_routed_up", n_in, spec.n_embd)
        writer.f32("ffn_routed_norm.weight", n_in)
    writer.shared_experts()


def _kimi(spec: ArchitectureSpec) -> ModelInventory:
    writer = TensorWriter(spec)
    writer.embeddings()
    residuals = spec.attn_res_block_size > 0
    for il in range(spec.n_layer_all):
        writer.block(il)
        writer.norm("attn_norm", spec.n_embd)
        if residuals:
            writer.f32("attn_res_score.weight", spec.n_embd)
            writer.f32("ffn_res_score.weight", spec.n_embd)
        if spec.per_layer("mixer")[il] == "kda":
            kda(writer)
        else:
            mla_projections(writer)
            _output_gate(writer)
        writer.norm("ffn_norm", spec.n_embd)
        if spec.gguf_arch == "kimi-k3":
            _latent_experts(writer, il)
        else:
            writer.feed_forward(il)
        if writer.mtp:
            writer.nextn(shared_head_norm=False)
            writer.f32("layer_output_norm.weight", spec.n_embd)
    writer.head()
    if residuals:
        writer.f32("output_res_score.weight", spec.n_embd)
    hparams: dict[str, int | bool] = {
        **mla_hparams(spec),
        "n_embd_latent": spec.n_expert_latent or spec.n_embd,
    }
    if spec.gguf_arch == "bailingmoe3" and spec.n_layer_nextn:
        # the one hybrid whose attention cache has no layer filter: the MTP block is cached even if it never runs
        hparams["mtp_block_cached"] = True
    built = inventory(writer, layer_caches(spec), hparams)
    return (
        replace(built, tensors=built.tensors + _kimi_k3_rest(spec)) if spec.gguf_arch == "kimi-k3" else built
    )


def _kimi_k3_rest(spec: ArchitectureSpec) -> tuple[Tensor, ...]:
    """What Kimi K3's checkpoint has beyond the file.

    Conversion multiplies each residual's norm into its projection and cuts the decay's rows, stored up to a
    multiple of 128, to the heads there are (conversion/kimi_k3.py, ``_try_fuse_res``, ``modify_tensors``).
    """
    rest = TensorWriter(spec)
    padding = -spec.kda_n_heads % 128
    for il in range(spec.n_layers):
        rest.block(il)
        rest.f32("attn_res_norm.weight", spec.n_embd)
        rest.f32("ffn_res_norm.weight", spec.n_embd)
        if spec.per_layer("mixer")[il] == "kda" and padding:
            rest.f32("ssm_a.padding", padding)
    rest.tail()
    rest.f32("output_res_norm.weight", spec.n_embd)
    return checkpoint_only(rest.tensors)


BUILDERS = {
    "qwen3next": _qwen35,
    "qwen35": _qwen35,
    "qwen35moe": _qwen35,
    "qwen4exp": _qwen4exp,
    "kimi-linear": _kimi,
    "kimi-k3": _kimi,
    "bailingmoe3": _kimi,
}
