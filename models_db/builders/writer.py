"""A list of tensors in the making, with the groups that many families share.

Names and shapes follow gguf-py/gguf/constants.py (``TENSOR_NAMES``) and what conversion/base.py
(``ModelBase.prepare_tensors``) makes of types: one-dimensional tensors, norms, routers and convolution
kernels are F32, the other matrices F16/BF16 and quantizable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from models_db.architecture import ArchitectureSpec
from models_db.inventory import LayerCache, ModelInventory, Tensor

BARE_SELECTION_BIAS = frozenset({"hy_v3"})
"""Architectures whose selection bias has no suffix (src/models/hy-v3.cpp)."""


class TensorWriter:
    """Collects the tensors of one model; ``layer`` and ``mtp`` are set by :meth:`block`."""

    def __init__(self, spec: ArchitectureSpec) -> None:
        self.spec = spec
        self.tensors: list[Tensor] = []
        self.layer = -1
        self.mtp = False
        self.prefix = ""

    def block(self, il: int) -> None:
        """Start block ``il``: names written from here on get ``blk.<il>.`` in front."""
        self.layer = il
        self.mtp = il >= self.spec.n_layers
        self.prefix = f"blk.{il}."

    def tail(self) -> None:
        """Start the output side."""
        self.layer = self.spec.n_layer_all
        self.mtp = False
        self.prefix = ""

    def add(self, name: str, *shape: int, fixed_type: str | None = None) -> None:
        """Add one tensor; ``shape`` in GGUF order, ``name`` without block prefix."""
        self.tensors.append(Tensor(self.prefix + name, shape, self.layer, fixed_type, self.mtp))

    def weight(self, name: str, *shape: int) -> None:
        """Add quantizable matrix ``<name>.weight``."""
        self.add(f"{name}.weight", *shape)

    def f32(self, name: str, *shape: int) -> None:
        """Add a tensor that conversion always stores as F32; ``name`` in full (``attn_norm.weight``)."""
        self.add(name, *shape, fixed_type="F32")

    def place(self, name: str, layer: int, *shape: int, fixed_type: str | None = None) -> None:
        """Add a tensor without block prefix that llama.cpp nevertheless keeps with block ``layer``."""
        self.tensors.append(Tensor(name, tuple(shape), layer, fixed_type=fixed_type))

    def linear(self, name: str, n_in: int, n_out: int, *, bias: bool = False) -> None:
        """Add a matrix and, if asked, its bias vector."""
        self.weight(name, n_in, n_out)
        if bias:
            self.f32(f"{name}.bias", n_out)

    def norm(self, name: str, n: int, *, bias: bool | None = None) -> None:
        """Add a norm's weight vector and, where the family's norms have one, its bias."""
        self.f32(f"{name}.weight", n)
        if self.spec.norm_bias if bias is None else bias:
            self.f32(f"{name}.bias", n)

    # ---- groups

    def embeddings(self) -> None:
        """Add the input embedding."""
        self.layer = -1
        self.mtp = False
        self.prefix = ""
        self.weight("token_embd", self.spec.n_embd, self.spec.n_vocab)

    def head(self) -> None:
        """Add the final norm and, unless tied, the output matrix."""
        self.tail()
        self.norm("output_norm", self.spec.n_embd)
        if not self.spec.tied_embeddings:
            self.linear("output", self.spec.n_embd, self.spec.n_vocab, bias=self.spec.lm_head_bias)

    def projections(
        self, n_heads: int, n_kv_heads: int, head_dim_k: int, head_dim_v: int, *, value: bool = True
    ) -> None:
        """Add separate query, key and value projections and their biases."""
        spec = self.spec
        self.linear("attn_q", spec.n_embd, n_heads * head_dim_k, bias=spec.qkv_bias)
        self.linear("attn_k", spec.n_embd, n_kv_heads * head_dim_k, bias=spec.qkv_bias)
        if value:
            self.linear("attn_v", spec.n_embd, n_kv_heads * head_dim_v, bias=spec.qkv_bias)

    def qkv(
        self, n_heads: int, n_kv_heads: int, head_dim_k: int, head_dim_v: int, *, value: bool = True
    ) -> None:
        """Add separate query, key and value projections, their biases and their norms."""
        self.projections(n_heads, n_kv_heads, head_dim_k, head_dim_v, value=value)
        if self.spec.qk_norm == "per_head":
            self.f32("attn_q_norm.weight", head_dim_k)
            self.f32("attn_k_norm.weight", head_dim_k)
        elif self.spec.qk_norm == "full":
            self.f32("attn_q_norm.weight", n_heads * head_dim_k)
            self.f32("attn_k_norm.weight", n_kv_heads * head_dim_k)

    def attn_output(self, n_heads: int, head_dim_v: int) -> None:
        """Add the output projection of attention."""
        self.linear("attn_output", n_heads * head_dim_v, self.spec.n_embd, bias=self.spec.attn_output_bias)

    def ffn_dense(self, n_ff: int) -> None:
        """Add a dense feed-forward layer, gated or not."""
        spec = self.spec
        if spec.ffn_gated:
            self.linear("ffn_gate", spec.n_embd, n_ff, bias=spec.ffn_bias)
        self.linear("ffn_up", spec.n_embd, n_ff, bias=spec.ffn_bias)
        self.linear("ffn_down", n_ff, spec.n_embd, bias=spec.ffn_bias)

    def router(self) -> None:
        """Add the router and its selection bias."""
        self.f32("ffn_gate_inp.weight", self.spec.n_embd, self.spec.n_experts)
        if self.spec.router_bias:
            name = "exp_probs_b" if self.spec.gguf_arch in BARE_SELECTION_BIAS else "exp_probs_b.bias"
            self.f32(name, self.spec.n_experts)

    def experts(self, n_ff_exp: int) -> None:
        """Add the stacked routed experts."""
        spec = self.spec
        n_in = spec.n_expert_latent or spec.n_embd
        if spec.ffn_gated:
            self.weight("ffn_gate_exps", n_in, n_ff_exp, spec.n_experts)
        self.weight("ffn_up_exps", n_in, n_ff_exp, spec.n_experts)
        self.weight("ffn_down_exps", n_ff_exp, n_in, spec.n_experts)

    def shared_experts(self) -> None:
        """Add the shared experts as one wide feed-forward layer, where there are any."""
        spec = self.spec
        if not spec.n_ff_shexp:
            return
        if spec.shared_expert_gate:
            self.f32("ffn_gate_inp_shexp.weight", spec.n_embd)
        if spec.ffn_gated:
            self.weight("ffn_gate_shexp", spec.n_embd, spec.n_ff_shexp)
        self.weight("ffn_up_shexp", spec.n_embd, spec.n_ff_shexp)
        self.weight("ffn_down_shexp", spec.n_ff_shexp, spec.n_embd)

    def feed_forward(self, il: int) -> None:
        """Add what ``spec.ffn`` says for block ``il``: dense, mixture of experts, or nothing."""
        kind = self.spec.per_layer("ffn")[il]
        if kind == "dense":
            self.ffn_dense(self.spec.per_layer("n_ff")[il])
        elif kind == "moe":
            self.router()
            self.experts(self.spec.per_layer("n_ff_exp")[il])
            self.shared_experts()

    def nextn(self, *, shared_head_norm: bool = True) -> None:
        """Add the joint tensors of an MTP block (llama.cpp ``nextn.*``).

        Copies of embedding and head count in the checkpoint only: llama.cpp can share the model's own
        (``TENSOR_NOT_REQUIRED``), and files are counted without them.
        """
        spec = self.spec
        self.weight("nextn.eh_proj", 2 * spec.n_embd, spec.n_embd)
        self.f32("nextn.enorm.weight", spec.n_embd)
        self.f32("nextn.hnorm.weight", spec.n_embd)
        if spec.nextn_own_embeddings:
            start = len(self.tensors)
            self.weight("nextn.embed_tokens", spec.n_embd, spec.n_vocab)
            self.weight("nextn.shared_head_head", spec.n_embd, spec.n_vocab)
            self.tensors[start:] = [replace(t, source="checkpoint") for t in self.tensors[start:]]
        if spec.nextn_own_head:
            self.weight("nextn.shared_head_head", spec.n_embd, spec.n_vocab)
        if shared_head_norm:
            self.f32("nextn.shared_head_norm.weight", spec.n_embd)


COMMON_HPARAMS = (
    "sliding_window", "attn_logit_softcap", "final_logit_softcap", "rope_dim", "rope_dim_swa",
    "rope_theta", "rope_theta_swa", "rope_scaling", "rope_scaling_factor", "rope_orig_ctx",
    "n_expert_shared", "n_ff_shexp", "n_expert_groups", "n_expert_latent", "shared_expert_gate",
    "router_bias", "expert_gating", "expert_weights_norm", "expert_weights_scale", "q_lora_rank",
    "kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim", "indexer_n_heads",
    "indexer_head_dim", "indexer_top_k", "n_o_groups", "o_lora_rank", "hc_mult", "ssm_d_conv",
    "ssm_d_inner", "ssm_d_state", "ssm_dt_rank", "ssm_n_group", "shortconv_l_cache", "kda_n_heads",
    "kda_head_dim", "n_embd_per_layer", "n_altup", "laurel_rank", "n_kv_shared_layers",
    "attn_sinks", "attn_output_gate", "qk_norm",
)  # fmt: skip
"""Fields handed on to ``ModelInventory.hparams`` where they are set."""


def inventory(
    writer: TensorWriter,
    layers: list[LayerCache],
    hparams: Mapping[str, float | int | str | bool] | None = None,
) -> ModelInventory:
    """Close a builder: tensors and caches with the record's own dimensions as hparams.

    Per-layer values enter hparams as their maximum.
    """
    spec = writer.spec
    out: dict[str, float | int | str | bool] = {}
    for name in ("n_heads", "n_kv_heads", "n_ff", "n_ff_exp"):
        out[name] = max(spec.per_layer(name))
    out["head_dim_k"], out["head_dim_v"] = spec.head_dim_k, spec.head_dim_v
    for name in COMMON_HPARAMS:
        value = getattr(spec, name)
        if isinstance(value, tuple):
            value = any(value)
        if value:
            out[name] = value
    out.update(hparams or {})
    return ModelInventory(
        gguf_arch=spec.gguf_arch,
        hf_arch=spec.hf_arch,
        n_layers=spec.n_layers,
        n_layer_all=spec.n_layer_all,
        n_ctx_train=spec.n_ctx_train,
        n_embd=spec.n_embd,
        n_vocab=spec.n_vocab,
        tied_embeddings=spec.tied_embeddings,
        n_experts=spec.n_experts,
        n_experts_used=spec.n_experts_used,
        tensors=tuple(writer.tensors),
        layers=tuple(layers),
        hparams=out,
    )
