"""Builders for models that mix attention with state-space or convolution layers.

Nemotron-H (dense and mixture, with its draft block), Granite 4 H, Falcon-H1, Jamba and LFM2. Tensors follow
llama.cpp src/models/{nemotron-h,granite-hybrid,falcon-h1,jamba,lfm2,lfm2moe}.cpp (``load_arch_tensors``).
"""

from __future__ import annotations

from models_db.architecture import ArchitectureSpec
from models_db.builders.recurrent import layer_caches
from models_db.builders.writer import TensorWriter, inventory
from models_db.inventory import ModelInventory


def mamba2(writer: TensorWriter) -> None:
    """Add the tensors of one Mamba-2 mixer (``ssm_dt_rank`` counts its heads)."""
    spec = writer.spec
    channels = spec.ssm_d_inner + 2 * spec.ssm_n_group * spec.ssm_d_state
    writer.weight("ssm_in", spec.n_embd, spec.ssm_d_inner + channels + spec.ssm_dt_rank)
    writer.f32("ssm_conv1d.weight", spec.ssm_d_conv, channels)
    if spec.ssm_conv_bias:
        writer.f32("ssm_conv1d.bias", channels)
    writer.f32("ssm_dt.bias", spec.ssm_dt_rank)
    writer.f32("ssm_a", 1, spec.ssm_dt_rank)
    writer.f32("ssm_d", 1, spec.ssm_dt_rank)
    if spec.ssm_norm:
        writer.f32("ssm_norm.weight", spec.ssm_d_inner // spec.ssm_n_group, spec.ssm_n_group)
    writer.weight("ssm_out", spec.ssm_d_inner, spec.n_embd)


def mamba1(writer: TensorWriter) -> None:
    """Add the tensors of one Mamba-1 mixer with Jamba's norms on dt, B and C."""
    spec = writer.spec
    inner, state, rank = spec.ssm_d_inner, spec.ssm_d_state, spec.ssm_dt_rank
    writer.weight("ssm_in", spec.n_embd, 2 * inner)
    writer.f32("ssm_conv1d.weight", spec.ssm_d_conv, inner)
    if spec.ssm_conv_bias:
        writer.f32("ssm_conv1d.bias", inner)
    writer.weight("ssm_x", inner, rank + 2 * state)
    writer.f32("ssm_dt_norm.weight", rank)
    writer.weight("ssm_dt", rank, inner)
    writer.f32("ssm_dt.bias", inner)
    writer.f32("ssm_b_norm.weight", state)
    writer.f32("ssm_c_norm.weight", state)
    writer.f32("ssm_a", state, inner)
    writer.f32("ssm_d", inner)
    writer.weight("ssm_out", inner, spec.n_embd)


def short_conv(writer: TensorWriter) -> None:
    """Add the tensors of one gated short convolution (LFM2)."""
    spec = writer.spec
    writer.f32("shortconv.conv.weight", spec.shortconv_l_cache, spec.n_embd)
    writer.weight("shortconv.in_proj", spec.n_embd, 3 * spec.n_embd)
    writer.weight("shortconv.out_proj", spec.n_embd, spec.n_embd)


def attention(writer: TensorWriter, il: int) -> None:
    """Add projections and output of one grouped-query attention layer."""
    spec = writer.spec
    n_heads = spec.per_layer("n_heads")[il]
    writer.qkv(n_heads, spec.per_layer("n_kv_heads")[il], spec.head_dim_k, spec.head_dim_v)
    writer.attn_output(n_heads, spec.head_dim_v)


MIXER_TENSORS = {"mamba1": mamba1, "mamba2": mamba2, "short_conv": short_conv}


def mixer(writer: TensorWriter, il: int) -> None:
    """Add whatever ``spec.mixer`` names for block ``il``."""
    for part in str(writer.spec.per_layer("mixer")[il]).split("+"):
        if part in MIXER_TENSORS:
            MIXER_TENSORS[part](writer)
        elif part in ("full", "sliding"):
            attention(writer, il)


def latent_feed_forward(writer: TensorWriter, il: int) -> None:
    """Add the feed-forward part, with the projections into the experts' latent space where there is one."""
    spec = writer.spec
    if spec.per_layer("ffn")[il] == "moe" and spec.n_expert_latent:
        writer.weight("ffn_latent_down", spec.n_embd, spec.n_expert_latent)
        writer.weight("ffn_latent_up", spec.n_expert_latent, spec.n_embd)
    writer.feed_forward(il)


def _nemotron_h(spec: ArchitectureSpec) -> ModelInventory:
    """Nemotron-H: every block is one mixer or one feed-forward; the draft block folds both into one."""
    writer = TensorWriter(spec)
    writer.embeddings()
    for il in range(spec.n_layer_all):
        writer.block(il)
        writer.norm("attn_norm", spec.n_embd)
        mixer(writer, il)
        if writer.mtp:
            writer.norm("post_attention_norm", spec.n_embd)
        latent_feed_forward(writer, il)
        if writer.mtp:
            writer.nextn()
    writer.head()
    return inventory(writer, layer_caches(spec), _state_hparams(spec))


def _granite_hybrid(spec: ArchitectureSpec) -> ModelInventory:
    """Granite 4 H and Jamba: a mixer and a feed-forward part in every layer."""
    writer = TensorWriter(spec)
    writer.embeddings()
    for il in range(spec.n_layers):
        writer.block(il)
        writer.norm("attn_norm", spec.n_embd)
        mixer(writer, il)
        writer.norm("ffn_norm", spec.n_embd)
        writer.feed_forward(il)
    writer.head()
    return inventory(writer, layer_caches(spec), _state_hparams(spec))


def _falcon_h1(spec: ArchitectureSpec) -> ModelInventory:
    """Falcon-H1: attention and Mamba-2 side by side in every layer; its ``ffn_norm`` has no ``.weight``."""
    writer = TensorWriter(spec)
    writer.embeddings()
    for il in range(spec.n_layers):
        writer.block(il)
        mixer(writer, il)
        writer.norm("attn_norm", spec.n_embd)
        writer.f32("ffn_norm", spec.n_embd)
        writer.feed_forward(il)
    writer.head()
    return inventory(writer, layer_caches(spec), _state_hparams(spec))


def _lfm2(spec: ArchitectureSpec) -> ModelInventory:
    """LFM2, dense and mixture: short convolutions with some attention; the final norm is
    ``token_embd_norm``."""
    writer = TensorWriter(spec)
    writer.embeddings()
    for il in range(spec.n_layers):
        writer.block(il)
        writer.norm("ffn_norm", spec.n_embd)
        writer.feed_forward(il)
        writer.norm("attn_norm", spec.n_embd)
        mixer(writer, il)
    writer.tail()
    writer.norm("token_embd_norm", spec.n_embd)
    if not spec.tied_embeddings:
        writer.weight("output", spec.n_embd, spec.n_vocab)
    return inventory(writer, layer_caches(spec), _state_hparams(spec))


def _state_hparams(spec: ArchitectureSpec) -> dict[str, int]:
    latent = spec.n_expert_latent or spec.n_embd
    return {"n_embd_latent": latent} if spec.n_experts else {}


BUILDERS = {
    "nemotron_h": _nemotron_h,
    "nemotron_h_moe": _nemotron_h,
    "granitehybrid": _granite_hybrid,
    "jamba": _granite_hybrid,
    "falcon-h1": _falcon_h1,
    "lfm2": _lfm2,
    "lfm2moe": _lfm2,
}
