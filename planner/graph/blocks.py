"""Blocks every architecture is made of: norms, projections, attention, feed-forward networks, experts.

Each function adds the operations llama.cpp adds (src/llama-graph.cpp, 0.5.0-dev), in the same order.
"""

from __future__ import annotations

from collections.abc import Callable

from models_db.inventory import LayerCache, ModelInventory
from models_db.inventory import Tensor as WeightTensor
from planner.graph.index import index_of
from planner.graph.settings import GraphSettings
from planner.graph.tensor import Graph, Tensor, row_padding, shape, strides

F16 = 2


class Blocks(Graph):
    """A graph with the model's weights and the blocks of llama.cpp's graph context."""

    def __init__(self, model: ModelInventory, settings: GraphSettings, layers: list[int]) -> None:
        super().__init__()
        self.model = model
        self.at = settings
        self.n_tokens = settings.n_tokens
        self.layers = layers
        """Blocks that are built, in order."""
        self.host = settings.n_gpus
        self._by_layer = index_of(model).by_layer
        names = ("rope_freqs", "rope_factors_short", "rope_factors_long")
        found = (roles[name] for roles in self._by_layer.values() for name in names if name in roles)
        self._factors = next(found, None)
        """Frequency factors of rotary positions; every device with layers holds a copy."""
        self._weights: dict[str, Tensor] = {}
        self._caches: dict[tuple[str, int], Tensor] = {}
        self.il = 0
        self.roles: dict[str, WeightTensor] = {}
        self.layer_norm = False
        self.windowed = any(cache.window for cache in model.layers)
        """The model has window layers: llama.cpp then stores keys before values."""
        tokens = self.n_tokens
        self.pos = self.input("inp_pos", tokens * (4 if self._mrope() else 1))
        self.out_ids = self.input("out_ids", settings.n_outputs)
        self.attn_scale = self.input("attn_scale", 1, 1, tokens)
        self.k_idxs: dict[bool, Tensor] = {}
        self.v_idxs: dict[bool, Tensor] = {}
        self.masks: dict[bool, Tensor] = {}
        widest = max((c.n_embd_v for c in model.layers), default=0)
        self.v_widest = widest
        for window in (False, True):
            cells = settings.window_cells if window else settings.cells
            self.k_idxs[window] = self.input("k_idxs", tokens, size=8)
            self.v_idxs[window] = self.input(
                "v_idxs", tokens * (max(widest, 1) if settings.v_transposed else 1), size=8
            )
            self.masks[window] = self._mask(cells)
        self.k_rot: dict[bool, Tensor | None] = {}
        self.v_rot: dict[bool, Tensor | None] = {}
        for window in (False, True):
            kept = [c for c in model.layers[: model.n_layers] if c.n_embd_k and bool(c.window) == window]
            heads_k = {c.head_dim_k for c in kept}
            heads_v = {c.head_dim_v for c in kept if c.n_embd_v}
            self.k_rot[window] = self.v_rot[window] = None
            if settings.k_quantized and len(heads_k) == 1 and min(heads_k) % 64 == 0:
                size = 64
                while min(heads_k) % (2 * size) == 0:
                    size *= 2
                self.k_rot[window] = self.input("k_rot", size, size)
            if settings.v_quantized and len(heads_v) == 1 and min(heads_v) % 64 == 0:
                self.v_rot[window] = self.input("v_rot", 64, 64)
        self.s_copy = self.input("s_copy", settings.n_seqs)
        self.s_main = self.view(self.s_copy, shape(settings.n_seqs))
        self.s_extra = self.view(self.s_copy, shape(0))

    # weights --------------------------------------------------------------------------------------------

    def _mrope(self) -> bool:
        return self.model.gguf_arch in ("qwen35", "qwen35moe", "qwen3vl", "qwen3vlmoe", "qwen2vl", "qwen4exp")

    def _mask(self, cells: int) -> Tensor:
        at = self.at
        size = F16 if at.flash_attn and at.mask_f16 else 4
        mask = self.input("kq_mask", cells, at.n_tokens // at.n_stream, 1, at.n_stream, size=size)
        if at.flash_attn and not at.mask_f16:
            return self.op("cast", mask.ne, mask, size=F16)
        return mask

    def enter(self, layer: int) -> LayerCache:
        """Make a block current."""
        self.il = layer
        self.roles = self._by_layer.get(layer, {})
        return self.model.layers[layer]

    def has(self, role: str) -> bool:
        """Return whether the current block has a weight."""
        return role in self.roles

    def w(self, role: str) -> Tensor:
        """Return a weight of the current block."""
        tensor = self.roles[role]
        found = self._weights.get(tensor.name)
        if found is None:
            home = self.at.layer_home[self.il]
            moved = self.at.moved_to(tensor)
            home = home if moved is None else moved
            found = self.weight(tensor.name, home, self.at.nbytes(tensor), *tensor.shape)
            self._weights[tensor.name] = found
        return found

    def model_weight(self, role: str, layer: int, home: int) -> Tensor | None:
        """Return a weight of the input or output side, if the model has it."""
        tensor = self._by_layer.get(layer, {}).get(role)
        if tensor is None:
            return None
        moved = self.at.moved_to(tensor)
        home = home if moved is None else moved
        return self.weight(tensor.name, home, self.at.nbytes(tensor), *tensor.shape)

    # small blocks ---------------------------------------------------------------------------------------

    def norm(self, x: Tensor, role: str | None, *, layer: bool = True, rms: bool | None = None) -> Tensor:
        """Normalize, scale and shift; ``layer`` is False where llama.cpp names no layer."""
        use_rms = not self.layer_norm if rms is None else rms
        cur = self.like("rms_norm" if use_rms else "norm", x)
        weight = role is not None and self.has(role)
        bias = role is not None and self.has(role + ".bias")
        pinned = not self.at.no_alloc and (self.at.full_offload or self.n_tokens < 32)
        if (weight or bias) and layer and pinned:
            cur.backend = self.at.layer_home[self.il]
        if role is not None and weight:
            cur = self.like("mul", cur, self.w(role))
        if role is not None and bias:
            cur = self.like("add", cur, self.w(role + ".bias"))
        return cur

    def mm(self, role: str, x: Tensor, bias: bool = True) -> Tensor:
        """Multiply by a weight and add its bias, if there is one."""
        cur = self.mul_mat(self.w(role), x, name=role)
        if bias and self.has(role + ".bias"):
            cur = self.like("add", cur, self.w(role + ".bias"))
        return cur

    def unary(self, x: Tensor) -> Tensor:
        """Apply an elementwise function that may work in place."""
        return self.like("unary", x)

    def scale(self, x: Tensor) -> Tensor:
        """Multiply by a constant."""
        return self.like("scale", x)

    def add(self, a: Tensor, b: Tensor) -> Tensor:
        """Add."""
        return self.like("add", a, b)

    def mul(self, a: Tensor, b: Tensor) -> Tensor:
        """Multiply elementwise, the second broadcast."""
        return self.like("mul", a, b)

    def rope(self, x: Tensor) -> Tensor:
        """Rotate positions, with the model's frequency factors where it has them."""
        factors = self._rope_factors()
        return self.like("rope", x, self.pos, *([factors] if factors is not None else []))

    def _rope_factors(self) -> Tensor | None:
        tensor = self._factors
        if tensor is None or (self.model.gguf_arch == "gemma4" and self.model.layers[self.il].window):
            return None
        home = self.at.layer_home[self.il]
        key = f"{tensor.name}@{home}"
        if key not in self._weights:
            self._weights[key] = self.weight(tensor.name, home, self.at.nbytes(tensor), *tensor.shape)
        return self._weights[key]

    def glu(self, gate: Tensor, up: Tensor | None = None) -> Tensor:
        """Gated activation, of two tensors or of the halves of one."""
        if up is None:
            ne = (gate.ne[0] // 2, gate.ne[1], gate.ne[2], gate.ne[3])
            return self.op("glu", ne, gate)
        return self.op("glu", gate.ne, gate, up)

    # feed-forward ---------------------------------------------------------------------------------------

    def ffn(self, x: Tensor, suffix: str = "", act: str = "silu", clamp: bool = False) -> Tensor:
        """Dense feed-forward network (``build_ffn``); ``suffix`` is e.g. ``_shexp``."""
        up_role, gate_role, down_role = f"ffn_up{suffix}", f"ffn_gate{suffix}", f"ffn_down{suffix}"
        up = self.mm(up_role, x)
        if self.has(gate_role):
            gate = self.mm(gate_role, x)
            if clamp:
                up = self.like("clamp", up)
                gate = self.like("clamp", self.unary(gate))
                cur = self.mul(gate, up)
            else:
                cur = self.glu(gate, up)
        elif self.w(down_role).ne[0] * 2 == up.ne[0]:
            cur = self.glu(up)
        else:
            cur = self.unary(up)
            if act == "relu_sqr":
                cur = self.like("sqr", cur)
        return self.mm(down_role, cur)

    def moe(
        self,
        x: Tensor,
        *,
        gating: str = "softmax",
        norm_w: bool = True,
        scale_w: bool = False,
        logits: Tensor | None = None,
        act: str = "silu",
        weight_first: bool = False,
        n_groups: int = 0,
        n_used: int | None = None,
        clamp: bool = False,
    ) -> Tensor:
        """Routed experts (``build_moe_ffn``)."""
        n_embd, tokens = x.ne[0], x.ne[1]
        n_expert = self.w("ffn_down_exps").ne[2]
        used = n_used if n_used is not None else self.model.n_experts_used
        if logits is None:
            logits = self.mm("ffn_gate_inp", x, bias=False)
        if self.has("ffn_gate_inp.bias"):
            logits = self.add(logits, self.w("ffn_gate_inp.bias"))
        if gating == "softmax":
            probs = self.like("soft_max", logits)
        elif gating == "sigmoid":
            probs = self.unary(logits)
        elif gating == "sqrt_softplus":
            probs = self.like("sqrt", self.unary(logits))
        else:
            probs = logits
        selection = probs
        if self.has("exp_probs_b.bias"):
            selection = self.add(probs, self.w("exp_probs_b.bias"))
        elif self.has("exp_probs_b"):
            selection = self.add(probs, self.w("exp_probs_b"))
        if weight_first:
            selection = logits
        if n_groups > 1:
            selection = self._group_limited(selection, n_expert, n_groups, tokens)
        order = self.op("argsort", selection.ne, selection)
        chosen = self.view(order, shape(used, tokens), (4, order.nb[1], order.nb[2], order.nb[3]))
        probs = self.reshape(probs, 1, n_expert, tokens)
        weights = self.op("get_rows", shape(1, used, tokens), probs, chosen)
        if gating == "softmax_weight":
            weights = self.reshape(weights, used, tokens)
            weights = self.reshape(self.like("soft_max", weights), 1, used, tokens)
        if norm_w:
            weights = self.reshape(weights, used, tokens)
            total = self.like("clamp", self.op("sum_rows", shape(1, tokens), weights))
            weights = self.reshape(self.like("div", weights, total), 1, used, tokens)
        if scale_w:
            weights = self.scale(weights)
        self.expand(weights)
        cur = self.reshape(x, n_embd, 1, tokens)
        if weight_first:
            repeated = self.op("repeat", shape(n_embd, used, tokens), cur)
            cur = self.mul(repeated, weights)
        if self.has("ffn_gate_up_exps"):
            both = self.mul_mat_id(self.w("ffn_gate_up_exps"), cur, chosen)
            if self.has("ffn_gate_up_exps.bias"):
                both = self.like("add_id", both, self.w("ffn_gate_up_exps.bias"), chosen)
            half = (both.ne[0] // 2, both.ne[1], both.ne[2], 1)
            gate: Tensor | None = self.view(both, half, both.nb)
            up = self.view(both, half, both.nb)
        else:
            up = self._expert("ffn_up_exps", cur, chosen)
            gate = self._expert("ffn_gate_exps", cur, chosen) if self.has("ffn_gate_exps") else None
        if gate is not None:
            if clamp:
                up = self.like("clamp", up)
                gate = self.like("clamp", self.unary(gate))
                cur = self.mul(gate, up)
            else:
                cur = self.op("glu", gate.ne, gate, up)
        else:
            cur = self.unary(up)
            if act == "relu_sqr":
                cur = self.like("sqr", cur)
        experts = self._expert("ffn_down_exps", cur, chosen)
        if not weight_first:
            experts = self.mul(experts, weights)
        self.expand(experts)
        width = experts.ne[0]
        parts = [
            self.view(experts, shape(width, tokens), (4, experts.nb[2], experts.nb[3], experts.nb[3]))
            for _ in range(used)
        ]
        for part in parts:
            self.expand(part)
        total = parts[0]
        for part in parts[1:]:
            total = self.add_contiguous(total, part)
            self.expand(total)
        if used == 1:
            total = self.cont(total)
        return total

    def add_contiguous(self, a: Tensor, b: Tensor) -> Tensor:
        """Add views: the sum is contiguous."""
        return self.op("add", a.ne, a, b)

    def _expert(self, role: str, x: Tensor, chosen: Tensor) -> Tensor:
        cur = self.mul_mat_id(self.w(role), x, chosen, name=role)
        if self.has(role + ".bias"):
            cur = self.like("add_id", cur, self.w(role + ".bias"), chosen)
        if self.has(role + ".scale") or self.has(role.replace("_exps", "_exps.scale")):
            n_expert = self.w(role).ne[2]
            one = self.reshape(self.w(role + ".scale"), 1, n_expert)
            many = self.op("repeat", shape(1, n_expert, x.ne[2]), one)
            cur = self.mul(cur, self.op("get_rows", shape(1, chosen.ne[0], x.ne[2]), many, chosen))
        return cur

    def _group_limited(self, selection: Tensor, n_expert: int, n_groups: int, tokens: int) -> Tensor:
        each = n_expert // n_groups
        groups = self.reshape(selection, each, n_groups, tokens)
        order = self.op("argsort", groups.ne, groups)
        two = self.view(order, shape(2, n_groups, tokens), order.nb)
        flat = self.reshape(groups, 1, each, n_groups, tokens)
        scores = self.op("get_rows", (1, 2, n_groups, tokens), flat, two)
        scores = self.op("sum_rows", shape(1, n_groups, tokens), self.reshape(scores, 2, n_groups, tokens))
        scores = self.reshape(scores, n_groups, tokens)
        best = self.op("argsort", scores.ne, scores)
        kept = max(n_groups // 2, 1)
        chosen = self.view(best, shape(kept, tokens), best.nb)
        picked = self.op("get_rows", shape(each, kept, tokens), groups, chosen)
        empty = self.like("fill", groups)
        return self.reshape(self.set_rows(empty, picked, chosen), n_expert, tokens)

    # attention ------------------------------------------------------------------------------------------

    def qkv(self, x: Tensor, cache: LayerCache, *, double_q: bool = False) -> tuple[Tensor, Tensor, Tensor]:
        """Query, key and value (``build_qkv``), shaped (head, heads, tokens)."""
        tokens = self.n_tokens
        hq, hk, hv = cache.head_dim_k, cache.head_dim_k, cache.head_dim_v
        nq, nk = cache.n_heads, cache.n_kv_heads
        if self.has("attn_qkv"):
            both = self.mm("attn_qkv", x)
            rows = both.nb[1]
            q = self.view(both, shape(hq, nq, tokens), (4, 4 * hq, rows, rows * tokens))
            k = self.view(both, shape(hk, nk, tokens), (4, 4 * hk, rows, rows * tokens))
            v = self.view(both, shape(hv, nk, tokens), (4, 4 * hv, rows, rows * tokens))
            return q, k, v
        q = self.mm("attn_q", x)
        k = self.mm("attn_k", x)
        v = self.mm("attn_v", x) if self.has("attn_v") else k
        if not double_q:
            q = self.reshape(q, hq, nq, tokens)
        return q, self.reshape(k, hk, nk, tokens), self.reshape(v, hv, nk, tokens)

    def _kv(self, kind: str, layer: int, cache: LayerCache) -> Tensor:
        """Return the cache tensor of a layer."""
        key = (kind, layer)
        if key not in self._caches:
            at = self.at
            window = cache.window > 0
            cells = at.window_cells if window else at.cells
            width = cache.n_embd_k if kind == "k" else cache.n_embd_v
            if kind == "v" and at.v_transposed:
                width = self.v_widest
            size = at.k_size if kind == "k" else at.v_size
            home = at.layer_home[layer] if at.kv_offload else self.host
            made = self.cache(
                f"cache_{kind}", home, width * cells * at.n_stream * size, width, cells, at.n_stream
            )
            made.size = max(int(size), 1)
            self._caches[key] = made
        return self._caches[key]

    def rotate(self, x: Tensor, by: Tensor | None) -> Tensor:
        """Multiply by a Hadamard matrix (``llama_mul_mat_hadamard``), used with quantized caches."""
        if by is None:
            return x
        size = by.ne[0]
        count = x.ne[0] * x.ne[1] * x.ne[2] * x.ne[3] // size
        flat = self.reshape(x, size, count) if x.contiguous else self.cont(x, size, count)
        return self.reshape(self.mul_mat(by, flat), *x.ne)

    def attention(
        self,
        q: Tensor,
        k: Tensor | None,
        v: Tensor | None,
        cache: LayerCache,
        *,
        out: str | None = "attn_output",
        source: int | None = None,
        v_mla: str | None = None,
        sinks: str | None = None,
        rotate: bool = True,
        mask: Callable[[], Tensor] | None = None,
    ) -> Tensor:
        """Store keys and values and attend (``build_attn``).

        ``source`` is the layer whose cache is read where the layer has none of its own; ``v_mla`` the weight
        that expands
        MLA's latent values, which are a view of the keys.
        """
        at = self.at
        layer = self.il if source is None else source
        cache = self.model.layers[layer] if source is not None else cache
        window = cache.window > 0
        k_rot = self.k_rot[window] if rotate else None
        v_rot = self.v_rot[window] if rotate else None
        q = self.rotate(q, k_rot)
        if k is not None:
            k = self.rotate(k, k_rot)
        if v is not None and v_mla is None:
            v = self.rotate(v, v_rot)
        self.expand(q)
        for part in (k, v) if self.windowed else (v, k):
            if part is not None:
                self.expand(part)
        k_cache = self._kv("k", layer, cache)
        if k is not None:
            self._store(k, k_cache, self.k_idxs[window])
        latent = v_mla is not None or not cache.n_embd_v
        v_cache = k_cache if latent else self._kv("v", layer, cache)
        if v is not None and not latent:
            if not at.v_transposed:
                self._store(v, v_cache, self.v_idxs[window])
            else:
                self._store_transposed(v, v_cache, cache, self.v_idxs[window])
        chosen = mask() if mask is not None else self.masks[window]
        cur = self._attend(q, k_cache, v_cache, cache, chosen, latent, v_mla, sinks)
        if v_rot is not None and v_mla is None:
            cur = self.rotate(cur, v_rot)
        return self.mm(out, cur) if out is not None else cur

    def _store(self, x: Tensor, table: Tensor, ids: Tensor) -> None:
        width = x.ne[0] * x.ne[1]
        rows = self.view(x, shape(width, self.n_tokens), (4, x.nb[2], x.nb[3], x.nb[3]))
        self.expand(self.set_rows(table, rows, ids))

    def _store_transposed(self, x: Tensor, table: Tensor, cache: LayerCache, ids: Tensor) -> None:
        width = x.ne[0] * x.ne[1]
        tokens = self.n_tokens
        rows = self.reshape(x, width, tokens) if x.contiguous else self.cont(x, width, tokens)
        if width < self.v_widest:
            rows = self.op("pad", shape(self.v_widest, tokens), rows)
        rows = self.reshape(rows, 1, rows.ne[0] * tokens)
        self.expand(
            self.set_rows(self.view(table, table.ne, table.nb, "reshape", nbytes=table.nbytes), rows, ids)
        )

    def _attend(
        self,
        q: Tensor,
        k_cache: Tensor,
        v_cache: Tensor,
        cache: LayerCache,
        mask: Tensor,
        latent: bool,
        v_mla: str | None,
        sinks: str | None,
    ) -> Tensor:
        at = self.at
        streams = at.n_stream
        cells = k_cache.ne[1]
        hk, hv = cache.head_dim_k, cache.head_dim_v
        heads, kv_heads = cache.n_heads, (1 if latent else cache.n_kv_heads)
        tokens = self.n_tokens // streams
        row = 4 * q.ne[0] * q.ne[1]
        q = self.view(q, (q.ne[0], q.ne[1], tokens, streams), (4, q.nb[1], q.nb[2], q.nb[2] * tokens))
        q = self.permute(q, 0, 2, 1, 3)
        k = self.view(k_cache, (hk, kv_heads, cells, streams), nbytes=k_cache.nbytes)
        k = self.permute(k, 0, 2, 1, 3)
        k.scratch = row_padding(hk, at.k_size) if at.k_quantized else 0
        unused = (
            0 if not at.v_transposed or latent else (self.v_widest - hv * kv_heads) * cells * v_cache.size
        )
        v = self.view(v_cache, (hv, kv_heads, cells, streams), nbytes=v_cache.nbytes - unused)
        v = self.permute(v, 0, 2, 1, 3)
        v.scratch = row_padding(hv, at.v_size) if at.v_quantized else 0
        del row
        if at.flash_attn:
            sources = [q, k, v, mask]
            if sinks is not None and self.has(sinks):
                sources.append(self.w(sinks))
            cur = self.op("flash_attn", (hv, heads, tokens, streams), *sources)
            if at.scratch and tokens > 1:
                if not at.k_f16:
                    cur.scratch += hk * kv_heads * cells * streams * F16
                if not at.v_f16 and not latent:
                    cur.scratch += hv * kv_heads * cells * streams * F16
            if v_mla is not None:
                cur = self.permute(cur, 0, 2, 1, 3)
                cur = self.mul_mat(self.w(v_mla), cur)
                cur = self.cont(self.permute(cur, 0, 2, 1, 3))
            cur = self.reshape(cur, cur.ne[0] * cur.ne[1], cur.ne[2] * cur.ne[3])
        else:
            kq = self.op("mul_mat", (cells, tokens, heads, streams), k, q)
            if self.model.gguf_arch == "gemma2":
                kq = self.scale(self.unary(self.scale(kq)))
            sources = [kq, mask]
            if sinks is not None and self.has(sinks):
                sources.append(self.w(sinks))
            kq = self.like("soft_max", *sources)
            if latent or not at.v_transposed:
                v = self.op("cont", (cells, hv, kv_heads, streams), self.transpose(v), size=v.size)
            cur = self.op("mul_mat", (hv, tokens, heads, streams), v, kq)
            if v_mla is not None:
                cur = self.mul_mat(self.w(v_mla), cur)
            cur = self.permute(cur, 0, 2, 1, 3)
            cur = self.cont(cur, cur.ne[0] * cur.ne[1], cur.ne[2] * cur.ne[3])
            if not at.kv_offload and not at.no_alloc:
                cur.backend = self.host
        self.expand(cur)
        return cur

    # inputs and outputs ---------------------------------------------------------------------------------

    def embed(self) -> Tensor:
        """Token embeddings: read on the host."""
        tokens = self.n_tokens
        width = self.model.n_embd
        ids = self.input("inp_tokens", tokens)
        direct = self.input("inp_embd", width, tokens)
        table = self.model_weight("token_embd", -1, self.host)
        if table is None:
            table = self.weight("token_embd", self.host, 0, width, self.model.n_vocab)
        cur = self.get_rows(table, ids)
        self.expand(cur)
        if self.at.direct_embeddings:
            self.expand(direct)
        return cur

    def pick(self, x: Tensor) -> Tensor:
        """Keep the rows whose logits are wanted."""
        return self.op("get_rows", shape(x.ne[0], self.at.n_outputs), x, self.out_ids)

    def strides_of(self, *ne: int) -> tuple[int, int, int, int]:
        """Strides of a contiguous F32 shape."""
        return strides(shape(*ne), 4)
