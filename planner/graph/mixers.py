"""Attention of every kind, from the weights a layer has (src/models/*.cpp, 0.5.0-dev)."""

from __future__ import annotations

from models_db.inventory import LayerCache
from planner.graph.recurrent import RecurrentBlocks
from planner.graph.tensor import Tensor, shape
from planner.graph.traits import TRAITS, Traits


class Mixers(RecurrentBlocks):
    """Attention blocks."""

    @property
    def traits(self) -> Traits:
        """Traits of the model's architecture."""
        return TRAITS.get(self.model.gguf_arch, PLAIN)

    def rotated(self, cache: LayerCache) -> bool:
        """Whether the current layer has rotary positions."""
        traits = self.traits
        if traits.rope == "none":
            return False
        if traits.rope == "window":
            return bool(cache.window) or not self.windowed
        return not traits.no_rope_every or (self.il + 1) % traits.no_rope_every != 0

    def gqa(self, x: Tensor, cache: LayerCache) -> Tensor:
        """Grouped-query attention with whatever norms, biases, sinks and gates the layer has."""
        traits = self.traits
        head, heads = cache.head_dim_k, cache.n_heads
        if self.has("attn_q") and self.w("attn_q").ne[1] == 2 * head * heads:
            return self.doubled_query(x, cache)
        if self.model.gguf_arch in ("gemma4", "gemma3n"):
            return self.gemma_attention(x, cache)
        gate = self.mm("attn_gate", x) if self.has("attn_gate") and not traits.gate_after else None
        if traits.expand_gate and gate is not None:
            self.expand(gate)
        q, k, v = self.projections(x, cache)
        rotated = self.rotated(cache)
        if traits.norm_after_rope:
            q, k = (self.rope(q), self.rope(k)) if rotated else (q, k)
            k, q = self.head_norm(k, "attn_k_norm"), self.head_norm(q, "attn_q_norm")
        else:
            q, k = self.head_norm(q, "attn_q_norm"), self.head_norm(k, "attn_k_norm")
            q, k = (self.rope(q), self.rope(k)) if rotated else (q, k)
        if (traits.temperature == "unrotated" and not rotated) or (
            traits.temperature == "always" and self.model.hparams.get("attn_temperature", False)
        ):
            q = self.mul(q, self.attn_scale)
        if traits.norm_unweighted and rotated:
            q, k = self.like("rms_norm", q), self.like("rms_norm", k)
        if traits.scaled_q:
            q = self.scale(q)
        gated = self.has("attn_gate")
        cur = self.attention(q, k, v, cache, out=None if gated else "attn_output", sinks="attn_sinks")
        if gated:
            if gate is None:
                gate = self.mm("attn_gate", x)
            cur = self.gate(cur, self.unary(gate), heads)
            cur = self.mm("attn_output", cur)
        if traits.scaled_attention:
            cur = self.scale(cur)
        return cur

    def gate(self, cur: Tensor, gate: Tensor, heads: int) -> Tensor:
        """Multiply by a gate of full width, or one per head."""
        if gate.ne[0] != heads:
            return self.mul(cur, gate)
        width = cur.ne[0]
        cur = self.reshape(cur, width // heads, heads, self.n_tokens)
        cur = self.mul(cur, self.reshape(gate, 1, heads, self.n_tokens))
        return self.reshape(cur, width, self.n_tokens)

    def head_norm(self, x: Tensor, role: str) -> Tensor:
        """Norm of queries or keys, if the layer has one (those over all heads came with the projection)."""
        if not self.has(role) or self.w(role).ne[0] != x.ne[0]:
            return x
        return self.norm(x, role)

    def projections(self, x: Tensor, cache: LayerCache) -> tuple[Tensor, Tensor, Tensor]:
        """Query, key and value; norms over all heads are applied before the heads are split."""
        tokens = self.n_tokens
        head, heads, kv_heads = cache.head_dim_k, cache.n_heads, cache.n_kv_heads
        if self.has("attn_qkv") or not (self.has("attn_q_norm") and self.w("attn_q_norm").ne[0] != head):
            return self.qkv(x, cache)
        q = self.norm(self.mm("attn_q", x), "attn_q_norm")
        k = self.norm(self.mm("attn_k", x), "attn_k_norm")
        v = self.mm("attn_v", x)
        return (
            self.reshape(q, head, heads, tokens),
            self.reshape(k, head, kv_heads, tokens),
            self.reshape(v, cache.head_dim_v, kv_heads, tokens),
        )

    def gemma_attention(self, x: Tensor, cache: LayerCache) -> Tensor:
        """Gemma 3n and 4: V is normalized (and may be K before its norm); later layers read an earlier
        cache."""
        tokens = self.n_tokens
        source: int | None = None
        if not cache.n_embd_k:
            source = self.shared_source()
            cache = self.model.layers[source]
        head, kv_heads = cache.head_dim_k, cache.n_kv_heads
        heads = self.w("attn_q").ne[1] // head
        q = self.reshape(self.mm("attn_q", x), head, heads, tokens)
        q = self.rope(self.norm(q, "attn_q_norm"))
        if source is not None:
            return self.attention(q, None, None, cache, source=source)
        k = self.mm("attn_k", x)
        v = self.mm("attn_v", x) if self.has("attn_v") else k
        k = self.reshape(k, head, kv_heads, tokens)
        v = self.reshape(v, head, kv_heads, tokens)
        k = self.norm(k, "attn_k_norm")
        v = self.like("rms_norm", v)
        return self.attention(q, self.rope(k), v, cache)

    def shared_source(self) -> int:
        """Layer whose cache this one reads: the last full or the last window layer that keeps one.

        Source: llama-model.cpp, ``create_memory``, ``reuse`` of Gemma 3n and 4; the layer's own kind follows
        from the
        period of full layers among those with a cache.
        """
        kept = [il for il, cache in enumerate(self.model.layers[: self.il]) if cache.n_embd_k]
        full = [il for il in kept if not self.model.layers[il].window]
        period = full[1] - full[0] if len(full) > 1 else 1
        window = bool(full) and (self.il - full[0]) % period != 0
        same = [il for il in kept if bool(self.model.layers[il].window) == window]
        return (same or kept)[-1]

    def doubled_query(self, x: Tensor, cache: LayerCache) -> Tensor:
        """Qwen3-Next and Qwen3.5: the query projection also makes a gate."""
        tokens = self.n_tokens
        head, heads, kv_heads = cache.head_dim_k, cache.n_heads, cache.n_kv_heads
        both = self.mm("attn_q", x)
        k = self.mm("attn_k", x)
        v = self.mm("attn_v", x)
        nb = (4, 8 * head, 8 * head * heads, 8 * head * heads * tokens)
        late = self.model.gguf_arch == "qwen3next"
        if late:
            both = self.reshape(both, 2 * head, heads, tokens)
        q = self.norm(self.view(both, shape(head, heads, tokens), nb), "attn_q_norm")
        k = self.norm(self.reshape(k, head, kv_heads, tokens), "attn_k_norm")
        gate = self.view(both, shape(head, heads, tokens), nb)
        if not late:
            gate = self.cont(gate, head * heads, tokens)
        v = self.reshape(v, head, kv_heads, tokens)
        q, k = self.rope(q), self.rope(k)
        cur = self.attention(q, k, v, cache, out=None)
        if late:
            gate = self.cont(gate, head * heads, tokens)
        cur = self.mul(cur, self.unary(gate))
        return self.mm("attn_output", cur)

    def mla_query(self, x: Tensor, low: Tensor | None = None) -> Tensor:
        """Queries of latent attention, directly or through a low rank (``low``, if already built)."""
        if self.has("attn_q_a"):
            return self.mm("attn_q_b", self.low_query(x) if low is None else low)
        return self.mm("attn_q", x)

    def low_query(self, x: Tensor) -> Tensor:
        """Low-rank queries."""
        return self.norm(self.mm("attn_q_a", x), "attn_q_a_norm")

    # sparse attention over an indexer (deepseek32.cpp, glm-dsa.cpp) ---------------------------------------

    _top_k: Tensor | None = None
    _index_mask: Tensor | None = None
    _index_rotation: Tensor | None = None
    _index_ids: Tensor | None = None

    def choose_cells(self, x: Tensor, low: Tensor) -> None:
        """Cells the indexer of this layer chooses; layers without one keep the choice of an earlier layer."""
        at, tokens = self.at, self.n_tokens
        if not self.has("indexer.attn_k"):
            return
        head = self.w("indexer.attn_k").ne[1]
        heads = self.w("indexer.attn_q_b").ne[1] // head
        if self._index_mask is None:
            self._index_mask = self.input(
                "kq_mask_lid", at.cells, tokens // at.n_stream, 1, at.n_stream, size=2
            )
            self._index_rotation = self.input("k_rot_lid", head, head)
            self._index_ids = self.input("k_idxs_lid", tokens, size=8)
        rotation, ids = self._index_rotation, self._index_ids
        assert rotation is not None
        assert ids is not None
        query = self.rope(self.reshape(self.mm("indexer.attn_q_b", low), head, heads, tokens))
        key = self.mm("indexer.attn_k", x, bias=False)
        key = self.norm(key, "indexer.k_norm", rms=False)
        key = self.rope(self.reshape(key, head, 1, tokens))
        query, key = self.mul_mat(rotation, query), self.mul_mat(rotation, key)
        home = at.layer_home[self.il] if at.kv_offload else self.host
        size = head * at.cells * at.n_stream * at.k_size
        table = self.cache("cache_lid", home, size, head, at.cells, at.n_stream)
        table.size = max(int(at.k_size), 1)
        self._store(key, table, ids)
        weights = self.scale(self.view(self.mm("indexer.proj", x), shape(heads, tokens)))
        cached = self.view(table, (head, 1, at.cells, at.n_stream), nbytes=table.nbytes)
        cells = (at.cells, tokens // at.n_stream, 1, at.n_stream)
        score = self.op("lightning_indexer", cells, query, cached, weights, self._index_mask)
        count = min(at.cells, int(self.model.hparams.get("indexer_top_k", 2048)))
        self._top_k = self.cont(self.op("top_k", (count, cells[1], 1, at.n_stream), score))

    def sparse_mask(self) -> Tensor:
        """Attention mask that leaves only the chosen cells (``build_attn`` with ``top_k``)."""
        chosen = self._top_k
        assert chosen is not None
        mask = self.masks[False]
        streams = mask.ne[3]
        empty = self.op("fill", mask.ne, mask, size=mask.size)
        rows = self.view(empty, (1, mask.ne[0], mask.ne[1], streams))
        zeros = self.constant("zeros", 1, chosen.ne[0], chosen.ne[1], streams)
        picked = self.set_rows(rows, self.like("fill", zeros), self.view(chosen, shape(*chosen.ne)))
        picked = self.view(picked, mask.ne)
        return self.op("add", mask.ne, picked, mask, size=mask.size)

    def mla(self, x: Tensor, cache: LayerCache) -> Tensor:
        """Multi-head latent attention: absorbed where the file has the split matrices, else expanded."""
        if not self.has("attn_k_b"):
            return self.mla_expanded(x, cache)
        traits = self.traits
        tokens, heads = self.n_tokens, cache.n_heads
        rank = self.w("attn_kv_a_norm").ne[0]
        rope = self.w("attn_kv_a_mqa").ne[1] - rank
        nope = self.w("attn_k_b").ne[0]
        rotated = traits.rope != "none"
        sparse = bool(self.model.hparams.get("indexer_top_k")) and self.has("attn_q_a")
        low = self.low_query(x) if sparse else None
        if low is not None:
            self.choose_cells(x, low)
        q = self.reshape(self.mla_query(x, low), nope + rope, heads, tokens)
        both = self.mm("attn_kv_a_mqa", x)
        row = both.nb[1]
        latent = self.view(both, shape(rank, tokens), (4, row, row * tokens, row * tokens))
        k_rope = self.view(both, shape(rope, 1, tokens), (4, row, row, row * tokens))
        if rotated:
            k_rope = self.rope(k_rope)
        latent = self.norm(latent, "attn_kv_a_norm")
        q_nope = self.view(q, shape(nope, heads, tokens), q.nb)
        q_rope = self.view(q, shape(rope, heads, tokens), q.nb)
        if rotated:
            q_rope = self.rope(q_rope)
        q_nope = self.mul_mat(self.w("attn_k_b"), self.permute(q_nope, 0, 2, 1, 3))
        q_nope = self.permute(q_nope, 0, 2, 1, 3)
        query = self.op("concat", shape(rank + rope, heads, tokens), q_nope, q_rope)
        latent = self.reshape(latent, rank, 1, tokens)
        key = self.op("concat", shape(rank + rope, 1, tokens), latent, k_rope)
        if self.model.hparams.get("attn_temperature", False):
            query = self.mul(query, self.attn_scale)
        gated = self.has("attn_gate")
        cur = self.attention(
            query,
            key,
            latent,
            cache,
            v_mla="attn_v_b",
            rotate=False,
            out=None if gated else "attn_output",
            mask=self.sparse_mask if sparse and self._top_k is not None else None,
        )
        if not gated:
            return cur
        width = cur.ne[0]
        gate = self.mm("attn_gate", x)
        if gate.ne[0] == heads:
            gate = self.unary(self.reshape(gate, 1, heads, tokens))
            cur = self.mul(self.reshape(cur, width // heads, heads, tokens), gate)
            cur = self.cont(cur, width, tokens)
        else:
            cur = self.mul(cur, self.unary(gate))
        return self.mm("attn_output", cur)

    def mla_expanded(self, x: Tensor, cache: LayerCache) -> Tensor:
        """Latent attention with keys and values expanded per head (MiniCPM3, old DeepSeek files)."""
        tokens, heads = self.n_tokens, cache.n_heads
        rank = self.w("attn_kv_a_norm").ne[0]
        rope = self.w("attn_kv_a_mqa").ne[1] - rank
        head_k, head_v = cache.head_dim_k, cache.head_dim_v
        nope = head_k - rope
        q = self.reshape(self.mla_query(x), head_k, heads, tokens)
        both = self.mm("attn_kv_a_mqa", x)
        row = both.nb[1]
        latent = self.view(both, shape(rank, tokens), (4, row, row * tokens, row * tokens))
        k_rope = self.view(both, shape(rope, 1, tokens), (4, row, row, row * tokens))
        latent = self.norm(latent, "attn_kv_a_norm")
        kv = self.mm("attn_kv_b", latent)
        each = 4 * (nope + head_v)
        nb = (4, each, each * heads, each * heads * tokens)
        k_nope = self.view(kv, shape(nope, heads, tokens), nb)
        v = self.cont(self.view(kv, shape(head_v, heads, tokens), nb))
        q = self.rope(q)
        k_rope = self.op("repeat", shape(rope, heads, tokens), self.rope(k_rope))
        k = self.op("concat", shape(head_k, heads, tokens), k_nope, k_rope)
        return self.attention(q, k, v, cache)


PLAIN = Traits()
