"""How each architecture strings its blocks together (src/models/*.cpp, 0.5.0-dev).

Most decoders differ only in which weights a block has, so one function reads the layer off its tensors; what
tensors do
not tell (parallel residuals, which rows reach the last norm) is a small set of traits per llama.cpp
architecture.
"""

from __future__ import annotations

from dataclasses import dataclass

from models_db.inventory import LayerCache, ModelInventory
from planner.graph.recurrent import RecurrentBlocks
from planner.graph.settings import GraphSettings
from planner.graph.tensor import Graph, Tensor, shape


@dataclass(frozen=True, slots=True)
class Traits:
    """What an architecture's tensors do not say."""

    layer_norm: bool = False
    parallel: bool = False
    """Attention and feed-forward read the same normalized input."""
    late_outputs: bool = False
    """All rows pass the last layer; wanted rows are picked after the output norm."""
    outputs_before_norm: bool = False
    """… and are picked just before it."""
    scaled_embeddings: bool = False
    scaled_q: bool = False
    capped_logits: bool = False
    gating: str = "softmax"
    activation: str = "silu"
    weight_first: bool = False
    router_first: bool = False
    """The router's product is built before the experts' block (Nemotron-H)."""
    no_rope_every: int = 0
    """Every n-th layer uses no positions but a temperature scale (Llama 4)."""


ARCHITECTURES: dict[str, Traits] = {
    "starcoder2": Traits(layer_norm=True),
    "phi3": Traits(scaled_q=True),
    "gemma2": Traits(scaled_embeddings=True, scaled_q=True, capped_logits=True),
    "gemma3": Traits(scaled_embeddings=True, scaled_q=True),
    "gemma4": Traits(scaled_embeddings=True, late_outputs=True),
    "deepseek2": Traits(gating="sigmoid"),
    "gpt-oss": Traits(gating="softmax_weight", outputs_before_norm=True),
    "llama4": Traits(gating="sigmoid", weight_first=True, no_rope_every=4),
    "glm4moe": Traits(gating="sigmoid"),
    "qwen35": Traits(late_outputs=True),
    "qwen35moe": Traits(late_outputs=True),
    "qwen3next": Traits(late_outputs=True),
    "nemotron_h": Traits(late_outputs=True, gating="sigmoid", activation="relu_sqr", router_first=True),
    "nemotron_h_moe": Traits(late_outputs=True, gating="sigmoid", activation="relu_sqr", router_first=True),
}


class Decoder(RecurrentBlocks):
    """A whole model, or the representative layers of one."""

    def __init__(self, model: ModelInventory, settings: GraphSettings, layers: list[int]) -> None:
        super().__init__(model, settings, layers)
        self.traits = ARCHITECTURES.get(model.gguf_arch, Traits())
        self.layer_norm = self.traits.layer_norm

    def build(self) -> Graph:
        """Add every operation from tokens to logits."""
        traits = self.traits
        x = self.embed()
        if traits.scaled_embeddings:
            x = self.scale(x)
        last = self.layers[-1]
        for layer in self.layers:
            cache = self.enter(layer)
            x = self.block(x, cache, layer == last)
        self.finish(x)
        return self

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
        head = self.at.layer_home[model.n_layer_all]
        weight = self.model_weight("output", model.n_layer_all, head) or self.model_weight(
            "token_embd", -1, head
        )
        if weight is None:
            weight = self.weight("output", head, 0, model.n_embd, model.n_vocab)
        cur = self.mul_mat(weight, cur)
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
        residual = x
        cur = self.norm(x, "attn_norm")
        normed = cur
        if self.model.gguf_arch in ("qwen35", "qwen35moe", "qwen3next"):
            self.expand(cur)
        cur = self.mixer(cur, cache)
        if last and not traits.late_outputs and not traits.outputs_before_norm:
            cur = self.pick(cur)
            residual = self.pick(residual)
        if self.has("post_attention_norm") and self.has("ffn_norm"):
            cur = self.norm(cur, "post_attention_norm")
        middle = self.add(cur, residual)
        del normed
        return self.feed_forward(middle)

    def feed_forward(self, middle: Tensor) -> Tensor:
        """Norm, feed-forward network or experts, residual."""
        role = "ffn_norm" if self.has("ffn_norm") else "post_attention_norm"
        if self.model.gguf_arch == "gemma4" and self.has("ffn_gate_inp"):
            cur = self.gemma4_experts(middle)
        else:
            cur = self.norm(middle, role)
            cur = self.experts(cur) if self.has("ffn_gate_inp") else self.ffn(cur, act=self.traits.activation)
        if self.has("post_ffw_norm"):
            cur = self.norm(cur, "post_ffw_norm", layer=False)
        cur = self.add(cur, middle)
        if self.has("layer_output_scale"):
            cur = self.mul(cur, self.w("layer_output_scale"))
        return cur

    def experts(self, x: Tensor) -> Tensor:
        """Routed and shared experts."""
        traits = self.traits
        gating = traits.gating
        if self.model.gguf_arch == "deepseek2" and not self.has("exp_probs_b.bias"):
            gating = "softmax"
        cur = self.moe(
            x,
            gating=gating,
            norm_w=gating != "softmax_weight" and not traits.weight_first,
            act=traits.activation,
            weight_first=traits.weight_first,
        )
        if self.has("ffn_up_shexp"):
            shared = self.ffn(x, "_shexp", act=traits.activation)
            if self.has("ffn_gate_inp_shexp"):
                shared = self.mul(shared, self.unary(self.mm("ffn_gate_inp_shexp", x)))
            cur = self.add(cur, shared)
        return cur

    def gemma4_experts(self, middle: Tensor) -> Tensor:
        """Gemma 4: a dense network beside the experts, each with norms of its own."""
        dense = self.ffn(self.norm(middle, "ffn_norm"))
        dense = self.norm(dense, "post_ffw_norm_1")
        routed = self.norm(middle, "pre_ffw_norm_2")
        router = self.mul(self.scale(self.like("rms_norm", middle)), self.w("ffn_gate_inp.scale"))
        logits = self.mm("ffn_gate_inp", router)
        routed = self.moe(routed, logits=logits)
        routed = self.norm(routed, "post_ffw_norm_2")
        return self.add(dense, routed)

    def mixer(self, x: Tensor, cache: LayerCache) -> Tensor:
        """Attention or recurrence, by the weights the layer has."""
        if self.has("attn_kv_a_mqa"):
            return self.mla(x, cache)
        if cache.recurrent_kind == "gated_delta" or self.has("ssm_beta") or self.has("ssm_ba"):
            return self.gated_delta(x, cache)
        if self.has("ssm_in"):
            return self.mamba1(x) if self.has("ssm_x") else self.mamba2(x)
        return self.gqa(x, cache)

    def gqa(self, x: Tensor, cache: LayerCache) -> Tensor:
        """Grouped-query attention with whatever norms, biases, sinks and gates the layer has."""
        traits = self.traits
        tokens = self.n_tokens
        head, heads, kv_heads = cache.head_dim_k, cache.n_heads, cache.n_kv_heads
        double = self.has("attn_q") and self.w("attn_q").ne[1] == 2 * head * heads
        if double:
            return self.gated_attention(x, cache)
        if self.model.gguf_arch == "gemma4":
            return self.gemma4_attention(x, cache)
        q, k, v = self.qkv(x, cache)
        use_rope = not traits.no_rope_every or (self.il + 1) % traits.no_rope_every != 0
        if self.has("attn_q_norm"):
            q = self.norm(q, "attn_q_norm")
        if use_rope:
            q = self.rope(q)
        elif traits.no_rope_every:
            q = self.mul(q, self.attn_scale)
        if self.has("attn_k_norm"):
            k = self.norm(k, "attn_k_norm")
        if use_rope:
            k = self.rope(k)
        if self.model.gguf_arch == "llama4" and use_rope and self.model.hparams.get("use_kq_norm", True):
            q, k = self.like("rms_norm", q), self.like("rms_norm", k)
        if traits.scaled_q:
            q = self.scale(q)
        del kv_heads, tokens
        return self.attention(q, k, v, cache, sinks="attn_sinks")

    def gemma4_attention(self, x: Tensor, cache: LayerCache) -> Tensor:
        """Gemma 4: V is normalized, and may be K before its norm."""
        tokens = self.n_tokens
        head, heads, kv_heads = cache.head_dim_k, cache.n_heads, cache.n_kv_heads
        q = self.reshape(self.mm("attn_q", x), head, heads, tokens)
        q = self.rope(self.norm(q, "attn_q_norm"))
        k = self.mm("attn_k", x)
        v = self.mm("attn_v", x) if self.has("attn_v") else k
        k = self.reshape(k, head, kv_heads, tokens)
        v = self.reshape(v, head, kv_heads, tokens)
        k = self.norm(k, "attn_k_norm")
        v = self.like("rms_norm", v)
        k = self.rope(k)
        return self.attention(q, k, v, cache)

    def gated_attention(self, x: Tensor, cache: LayerCache) -> Tensor:
        """Qwen3-Next and Qwen3.5: the query projection also makes a gate."""
        tokens = self.n_tokens
        head, heads, kv_heads = cache.head_dim_k, cache.n_heads, cache.n_kv_heads
        both = self.mm("attn_q", x)
        k = self.mm("attn_k", x)
        v = self.mm("attn_v", x)
        nb = (4, 8 * head, 8 * head * heads, 8 * head * heads * tokens)
        q = self.view(both, shape(head, heads, tokens), nb)
        q = self.op("rms_norm", q.ne, q)
        if self.at.full_offload or tokens < 32:
            q.backend = self.at.layer_home[self.il]
        q = self.mul(q, self.w("attn_q_norm"))
        k = self.norm(self.reshape(k, head, kv_heads, tokens), "attn_k_norm")
        gate = self.cont(self.view(both, shape(head, heads, tokens), nb), head * heads, tokens)
        v = self.reshape(v, head, kv_heads, tokens)
        q, k = self.rope(q), self.rope(k)
        cur = self.attention(q, k, v, cache, out=None)
        cur = self.mul(cur, self.unary(gate))
        return self.mm("attn_output", cur)

    def mla(self, x: Tensor, cache: LayerCache) -> Tensor:
        """Multi-head latent attention, absorbed (deepseek2.cpp)."""
        tokens = self.n_tokens
        heads = cache.n_heads
        rank = self.w("attn_kv_a_norm").ne[0]
        rope = self.w("attn_kv_a_mqa").ne[1] - rank
        nope = self.w("attn_k_b").ne[0]
        if self.has("attn_q_a"):
            q = self.norm(self.mm("attn_q_a", x), "attn_q_a_norm")
            q = self.mm("attn_q_b", q)
        else:
            q = self.mm("attn_q", x)
        q = self.reshape(q, nope + rope, heads, tokens)
        both = self.mm("attn_kv_a_mqa", x)
        row = both.nb[1]
        latent = self.view(both, shape(rank, tokens), (4, row, row * tokens, row * tokens))
        k_rope = self.view(both, shape(rope, 1, tokens), (4, row, row, row * tokens))
        k_rope = self.op("rope", k_rope.ne, k_rope, self.pos)
        latent = self.strided_norm(latent, "attn_kv_a_norm")
        q_nope = self.view(q, shape(nope, heads, tokens), q.nb)
        q_rope = self.view(q, shape(rope, heads, tokens), q.nb)
        q_rope = self.op("rope", q_rope.ne, q_rope, self.pos)
        q_nope = self.mul_mat(self.w("attn_k_b"), self.permute(q_nope, 0, 2, 1, 3))
        q_nope = self.permute(q_nope, 0, 2, 1, 3)
        query = self.op("concat", shape(rank + rope, heads, tokens), q_nope, q_rope)
        latent = self.reshape(latent, rank, 1, tokens)
        key = self.op("concat", shape(rank + rope, 1, tokens), latent, k_rope)
        return self.attention(query, key, latent, cache, v_mla="attn_v_b", rotate=False)

    def strided_norm(self, x: Tensor, role: str) -> Tensor:
        """Normalize a strided view."""
        cur = self.op("rms_norm", x.ne, x)
        if self.at.full_offload or self.n_tokens < 32:
            cur.backend = self.at.layer_home[self.il]
        return self.mul(cur, self.w(role))

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
            routed = self.moe(inner, gating="sigmoid", logits=logits, act="relu_sqr")
            if self.has("ffn_latent_up"):
                routed = self.mm("ffn_latent_up", routed)
            cur = self.add(routed, self.ffn(source, "_shexp", act="relu_sqr"))
        else:
            cur = self.ffn(cur, act="relu_sqr")
        return self.add(cur, x)
