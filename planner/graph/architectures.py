"""How each architecture strings its blocks together (src/models/*.cpp, 0.5.0-dev).

Most decoders differ only in which weights a block has, so one function reads the layer off its tensors; what
tensors do
not tell is in :mod:`planner.graph.traits`.
"""

from __future__ import annotations

from models_db.inventory import LayerCache, ModelInventory
from planner.graph.gemma import GemmaBlocks
from planner.graph.settings import GraphSettings
from planner.graph.tensor import Graph, Tensor, shape


class Decoder(GemmaBlocks):
    """A whole model, or the representative layers of one."""

    def __init__(self, model: ModelInventory, settings: GraphSettings, layers: list[int]) -> None:
        super().__init__(model, settings, layers)
        self.layer_norm = self.traits.layer_norm
        hparams = model.hparams
        self.scales_experts = float(hparams.get("expert_weights_scale", 0) or 0) not in (0.0, 1.0)
        self.gating = self.traits.gating or str(hparams.get("expert_gating", "") or "softmax")
        norm_weights = self.traits.norm_weights
        published = bool(hparams.get("expert_weights_norm", True))
        self.norm_weights = published if norm_weights is None else norm_weights

    def build(self) -> Graph:
        """Add every operation from tokens to logits."""
        traits = self.traits
        x = self.deep_embed(traits.deepstack) if traits.deepstack else self.embed()
        if traits.scaled_embeddings:
            x = self.scale(x)
            self.expand(x)
        if self.model.gguf_arch in ("gemma3n", "gemma4"):
            self.load_per_layer(x)
        if self.model.gguf_arch == "gemma3n":
            x = self.altup_start(x)
        last = self.layers[-1]
        for layer in self.layers:
            cache = self.enter(layer)
            x = self.block(x, cache, layer == last)
            if layer < traits.deepstack:
                x = self.add(x, self.deep_view())
        if self.model.gguf_arch == "gemma3n":
            x = self.pick(self.altup_end(x))
        self.finish(x)
        return self

    # input and output sides -----------------------------------------------------------------------------

    _deep: Tensor | None = None

    def deep_embed(self, extra: int) -> Tensor:
        """Embeddings with room for vision features behind each row (Qwen3-VL)."""
        tokens, width = self.n_tokens, self.model.n_embd
        wide = width * (1 + extra)
        ids = self.input("inp_tokens", tokens)
        direct = self.input("inp_embd", wide, tokens)
        table = self.model_weight("token_embd", -1, self.host)
        assert table is not None
        padded = self.op("pad", shape(wide, tokens), self.get_rows(table, ids))
        self.expand(padded)
        self.expand(direct)
        self._deep = padded
        return self.deep_view()

    def deep_view(self) -> Tensor:
        """One slice of the wide embedding."""
        deep = self._deep
        assert deep is not None
        cur = self.view(
            deep, shape(self.model.n_embd, self.n_tokens), (4, deep.nb[1], deep.nb[2], deep.nb[3])
        )
        self.expand(cur)
        return cur

    def finish(self, x: Tensor) -> None:
        """Output norm, wanted rows, logits."""
        traits, model = self.traits, self.model
        self.il = model.n_layer_all
        self.roles = self._by_layer.get(model.n_layer_all, {})
        if traits.outputs_before_norm:
            x.is_output = True
            x = self.pick(x)
        cur = self.norm(x, "output_norm", layer=False)
        if traits.late_outputs:
            cur.is_output = True
            cur = self.pick(cur)
        cur.is_output = True
        if traits.scaled_hidden:
            cur = self.scale(cur)
        head = self.at.layer_home[model.n_layer_all]
        weight = self.model_weight("output", model.n_layer_all, head) or self.model_weight(
            "token_embd", -1, head
        )
        if weight is None:
            weight = self.weight("output", head, 0, model.n_embd, model.n_vocab)
        cur = self.mul_mat(weight, cur)
        if self.has("output.bias"):
            cur = self.add(cur, self.w("output.bias"))
        if traits.scaled_logits:
            cur = self.scale(cur)
        if traits.capped_logits:
            cur = self.scale(self.unary(self.scale(cur)))
        cur.is_output = True
        self.expand(cur)

    # one layer ------------------------------------------------------------------------------------------

    def block(self, x: Tensor, cache: LayerCache, last: bool) -> Tensor:
        """One decoder layer."""
        traits = self.traits
        if self.model.gguf_arch in ("nemotron_h", "nemotron_h_moe"):
            return self.nemotron(x, cache)
        if self.model.gguf_arch == "gemma3n":
            return self.gemma3n_block(x, cache)
        if traits.parallel:
            return self.parallel_block(x, cache, last)
        residual = x
        cur = self.norm(x, "attn_norm") if self.has("attn_norm") else x
        normed = cur
        if traits.expand_norm:
            self.expand(cur)
        cur = self.mixer(cur, cache)
        if self.model.gguf_arch == "falcon-h1":
            second = self.mamba2(self.norm(x, "attn_norm"))
            cur = self.add(cur, second)
            middle = self.add(cur, residual)
            if last:
                middle = self.pick(middle)
            return self.feed_forward(middle)
        late = traits.late_outputs or traits.outputs_before_norm
        before = self.post_norm_first()
        if before and self.has("post_attention_norm") and self.has("ffn_norm"):
            cur = self.norm(cur, "post_attention_norm")
        if last and not late:
            cur = self.pick(cur)
            residual = self.pick(residual)
        alone = not self.has("ffn_norm") and self.model.gguf_arch in ("olmo2", "exaone4")
        if not before and self.has("post_attention_norm") and (self.has("ffn_norm") or alone):
            cur = self.norm(cur, "post_attention_norm")
        if traits.scaled_residual:
            cur = self.scale(cur)
        if cur is x:
            return self.feed_forward(x) if self.has("ffn_down") else x
        middle = self.add(residual, cur) if traits.residual_first else self.add(cur, residual)
        if self.model.gguf_arch == "stablelm" and not self.has("ffn_norm"):
            shared = self.pick(normed) if last else normed
            return self.add(self.ffn(shared), middle)
        if not (self.has("ffn_down") or self.has("ffn_down_exps")):
            return middle
        return self.feed_forward(middle)

    def post_norm_first(self) -> bool:
        """Whether the norm after attention comes before the wanted rows are picked (afmoe, Muse)."""
        return self.model.gguf_arch in ("afmoe", "muse-glimmer")

    def parallel_block(self, x: Tensor, cache: LayerCache, last: bool) -> Tensor:
        """Attention and feed-forward side by side (Command R, Phi 2)."""
        normed = self.norm(x, "attn_norm")
        cur = self.mixer(normed, cache)
        if last:
            cur, x, normed = self.pick(cur), self.pick(x), self.pick(normed)
        out = self.ffn(normed, act=self.traits.activation)
        if self.traits.parallel == "attn_first":
            return self.add(self.add(cur, out), x)
        return self.add(self.add(out, x), cur)

    def feed_forward(self, middle: Tensor) -> Tensor:
        """Norm, feed-forward network or experts, residual."""
        traits = self.traits
        pre = "ffn_norm" if self.has("ffn_norm") else "post_attention_norm"
        if self.model.gguf_arch == "gemma4" and self.has("ffn_gate_inp"):
            cur = self.gemma4_experts(middle)
        else:
            alone = not self.has("ffn_norm") and self.model.gguf_arch in ("olmo2", "exaone4")
            cur = middle if alone else self.norm(middle, pre)
            cur = self.experts(cur) if self.has("ffn_gate_inp") else self.ffn(cur, act=traits.activation)
        if self.has("post_ffw_norm"):
            cur = self.norm(cur, "post_ffw_norm", layer=traits.tail_norm_named)
        if traits.scaled_residual:
            cur = self.scale(cur)
        first = traits.residual_first or traits.tail_residual_first
        cur = self.add(middle, cur) if first else self.add(cur, middle)
        if self.model.gguf_arch == "gemma4":
            cur = self.per_layer_tail(cur)
        if self.has("layer_output_scale"):
            cur = self.mul(cur, self.w("layer_output_scale"))
        return cur

    def experts(self, x: Tensor) -> Tensor:
        """Routed and shared experts."""
        traits = self.traits
        dense = self.ffn(x, "_shexp") if traits.dense_beside_experts and self.has("ffn_up_shexp") else None
        groups = int(self.model.hparams.get("n_expert_groups", 0) or 0)
        cur = self.moe(
            x,
            gating=self.gating,
            norm_w=self.norm_weights,
            act=traits.activation,
            weight_first=traits.weight_first,
            scale_w=self.scales_experts,
            n_groups=groups,
        )
        if dense is not None:
            return self.add(cur, dense)
        if self.has("ffn_up_shexp"):
            shared = self.ffn(x, "_shexp", act=traits.activation)
            if self.has("ffn_gate_inp_shexp"):
                shared = self.mul(shared, self.unary(self.mm("ffn_gate_inp_shexp", x)))
            cur = self.add(cur, shared)
        return cur

    def mixer(self, x: Tensor, cache: LayerCache) -> Tensor:
        """Attention or recurrence, by the weights the layer has."""
        if self.has("attn_kv_a_mqa"):
            return self.mla(x, cache)
        if self.has("ssm_conv1d_q"):
            return self.kda(x)
        if self.has("shortconv.in_proj"):
            return self.short_conv(x)
        if cache.recurrent_kind == "gated_delta":
            return self.gated_delta(x)
        if self.has("ssm_in") and not self.has("attn_q"):
            return self.mamba1(x) if self.has("ssm_x") else self.mamba2(x)
        if not self.has("attn_q") and not self.has("attn_qkv"):
            return self.mm("attn_output", x) if self.has("attn_output") else x
        return self.gqa(x, cache)

    def nemotron(self, x: Tensor, cache: LayerCache) -> Tensor:
        """Nemotron-H: each layer is one of Mamba 2, attention, or feed-forward."""
        cur = self.norm(x, "attn_norm")
        if self.has("ssm_in"):
            cur = self.mamba2(cur)
        elif self.has("attn_q"):
            q, k, v = self.qkv(cur, cache)
            cur = self.attention(q, k, v, cache)
        elif self.has("ffn_gate_inp"):
            source = cur
            inner = self.mm("ffn_latent_down", cur) if self.has("ffn_latent_down") else cur
            logits = self.mm("ffn_gate_inp", source)
            routed = self.moe(
                inner, gating="sigmoid", logits=logits, act="relu_sqr", scale_w=self.scales_experts
            )
            if self.has("ffn_latent_up"):
                routed = self.mm("ffn_latent_up", routed)
            cur = self.add(routed, self.ffn(source, "_shexp", act="relu_sqr"))
        else:
            cur = self.ffn(cur, act="relu_sqr")
        return self.add(cur, x)
