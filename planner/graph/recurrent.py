"""Recurrent blocks: Mamba 1 and 2, gated delta nets, and short convolutions (0.5.0-dev)."""

from __future__ import annotations

from models_db.inventory import LayerCache
from planner.graph.blocks import Blocks
from planner.graph.tensor import Tensor, shape


class RecurrentBlocks(Blocks):
    """Blocks whose memory is a state per sequence."""

    def _state(self, kind: str, width: int) -> Tensor:
        key = (kind, self.il)
        if key not in self._caches:
            home = self.at.layer_home[self.il] if self.at.kv_offload else self.host
            count = self.at.n_seqs
            self._caches[key] = self.cache(f"cache_{kind}", home, width * count * 4, width, count)
        return self._caches[key]

    def state_rows(self, table: Tensor, width: int, scan: bool = False) -> Tensor | None:
        """Gather the states of the sequences in the batch (``build_rs``)."""
        states = self.view(table, table.ne, table.nb, "reshape")
        zero = self.view(states, shape(width))
        cleared = self.view(zero, zero.ne, zero.nb, "scale")
        self.expand(cleared)
        rows: Tensor | None = None
        if not scan:
            rows = self.op("get_rows", shape(width, self.at.n_seqs), states, self.s_main)
            self.expand(rows)
        self._extra(table, states, width)
        return rows

    def _extra(self, table: Tensor, states: Tensor, width: int) -> None:
        extra = self.op("get_rows", shape(width, 0), states, self.s_extra)
        self.expand(self.copy(extra, self.view(table, shape(width, 0))))

    def _save(self, source: Tensor, table: Tensor, *ne: int) -> None:
        self.expand(self.copy(source, self.view(table, shape(*ne))))

    def conv_input(self, x: Tensor, kernel: int, channels: int) -> Tensor:
        """Prepend the stored columns to the new ones, and store the last ones; (columns, channels, seqs)."""
        seqs, tokens = self.at.n_seqs, self.at.seq_tokens
        width = (kernel - 1) * channels
        table = self._state("r", width)
        rows = self.state_rows(table, width)
        assert rows is not None
        old = self.reshape(rows, kernel - 1, channels, seqs)
        joined = self.op("concat", shape(kernel - 1 + tokens, channels, seqs), old, self.transpose(x))
        last = self.view(joined, shape(kernel - 1, channels, seqs), joined.nb)
        self._save(last, table, width, seqs)
        return joined

    def ssm_conv(self, joined: Tensor, role: str) -> Tensor:
        """Convolve: (channels, tokens, seqs)."""
        out = shape(joined.ne[1], self.at.seq_tokens, self.at.n_seqs)
        return self.op("ssm_conv", out, joined, self.w(role))

    def mamba2(self, x: Tensor) -> Tensor:
        """Mamba 2 layer (mamba-base.cpp, ``build_mamba2_layer``)."""
        seqs, tokens = self.at.n_seqs, self.at.seq_tokens
        wide = self.w("ssm_in").ne[1]
        inner = self.w("ssm_out").ne[0]
        heads = max(self.w("ssm_a").ne[0], self.w("ssm_a").ne[1])
        groups_by_state = (self.w("ssm_conv1d").ne[1] - inner) // 2
        kernel = self.w("ssm_conv1d").ne[0]
        state = self.model.layers[self.il].recurrent_state // inner
        groups = max(groups_by_state // max(state, 1), 1)
        head = inner // heads
        channels = inner + 2 * groups * state
        table = self._state("r", (kernel - 1) * channels)
        rows = self.state_rows(table, (kernel - 1) * channels)
        assert rows is not None
        old = self.reshape(rows, kernel - 1, channels, seqs)
        both = self.mm("ssm_in", x)
        both = self.reshape(both, wide, tokens, seqs)
        row, plane = both.nb[1], both.nb[2]
        z = self.view(both, (head, heads, tokens, seqs), (4, 4 * head, row, plane))
        xbc = self.view(both, shape(channels, tokens, seqs), (4, row, plane, plane * seqs))
        dt = self.view(both, shape(heads, tokens, seqs), (4, row, plane, plane * seqs))
        joined = self.op("concat", shape(kernel - 1 + tokens, channels, seqs), old, self.transpose(xbc))
        last = self.view(joined, shape(kernel - 1, channels, seqs), joined.nb)
        self._save(last, table, (kernel - 1) * channels, seqs)
        xbc = self.ssm_conv(joined, "ssm_conv1d")
        if self.has("ssm_conv1d.bias"):
            xbc = self.add(xbc, self.w("ssm_conv1d.bias"))
        xbc = self.unary(xbc)
        row, plane = xbc.nb[1], xbc.nb[2]
        part = self.view(xbc, (head, heads, tokens, seqs), (4, 4 * head, row, plane))
        b = self.view(xbc, (state, groups, tokens, seqs), (4, 4 * state, row, plane))
        c = self.view(xbc, (state, groups, tokens, seqs), (4, 4 * state, row, plane))
        dt = self.add_contiguous(self.cont(dt), self.w("ssm_dt.bias"))
        y = self._scan(part, dt, b, c, state * inner, inner)
        y = self.view(y, (head, heads, tokens, seqs), part.nb)
        y = self.op("add", y.ne, y, self.op("mul", part.ne, part, self.w("ssm_d")))
        y = self.glu(self.cont(z), y)
        if self.has("ssm_norm"):
            y = self.reshape(y, inner // groups, groups, tokens, seqs)
            y = self.norm(y, "ssm_norm", rms=True)
        y = self.reshape(y, inner, tokens * seqs)
        return self.mm("ssm_out", y)

    def _scan(self, x: Tensor, dt: Tensor, b: Tensor, c: Tensor, state: int, inner: int) -> Tensor:
        seqs, tokens = self.at.n_seqs, self.at.seq_tokens
        table = self._state("s", state)
        states = self.view(table, table.ne, table.nb, "reshape")
        zero = self.view(states, shape(state))
        self.expand(self.view(zero, zero.ne, zero.nb, "scale"))
        out = shape(inner * tokens * seqs + state * seqs)
        y = self.op("ssm_scan", out, states, x, dt, self.w("ssm_a"), b, c, self.s_main)
        self.expand(y)
        self._extra(table, states, state)
        self._save(self.view(y, shape(state, seqs)), table, state, seqs)
        return y

    def mamba1(self, x: Tensor) -> Tensor:
        """Mamba layer (mamba-base.cpp, ``build_mamba_layer``)."""
        seqs, tokens = self.at.n_seqs, self.at.seq_tokens
        inner = self.w("ssm_out").ne[0]
        kernel = self.w("ssm_conv1d").ne[0]
        rank = self.w("ssm_dt").ne[0]
        state = self.w("ssm_a").ne[0]
        table = self._state("r", (kernel - 1) * inner)
        rows = self.state_rows(table, (kernel - 1) * inner)
        assert rows is not None
        old = self.reshape(rows, kernel - 1, inner, seqs)
        cur = self.reshape(x, x.ne[0], tokens, seqs)
        both = self.mul_mat(self.w("ssm_in"), cur)
        row, plane = both.nb[1], both.nb[2]
        part = self.view(both, shape(inner, tokens, seqs), (4, row, plane, plane * seqs))
        z = self.view(both, shape(inner, tokens, seqs), (4, row, plane, plane * seqs))
        joined = self.op("concat", shape(kernel - 1 + tokens, inner, seqs), old, self.transpose(part))
        last = self.view(joined, shape(kernel - 1, inner, seqs), joined.nb)
        self._save(last, table, (kernel - 1) * inner, seqs)
        part = self.ssm_conv(joined, "ssm_conv1d")
        if self.has("ssm_conv1d.bias"):
            part = self.add(part, self.w("ssm_conv1d.bias"))
        part = self.unary(part)
        mixed = self.mul_mat(self.w("ssm_x"), part)
        row, plane = mixed.nb[1], mixed.nb[2]
        dt = self.view(mixed, shape(rank, tokens, seqs), (4, row, plane, plane * seqs))
        b = self.view(mixed, (state, 1, tokens, seqs), (4, 4 * state, row, plane))
        c = self.view(mixed, (state, 1, tokens, seqs), (4, 4 * state, row, plane))
        if self.has("ssm_dt_norm"):
            dt = self.norm_of_view(dt, "ssm_dt_norm")
            b = self.norm_of_view(b, "ssm_b_norm")
            c = self.norm_of_view(c, "ssm_c_norm")
        else:
            dt = self.cont(dt)
        dt = self.mul_mat(self.w("ssm_dt"), dt)
        dt = self.add(dt, self.w("ssm_dt.bias"))
        cur = part
        part = self.reshape(part, 1, inner, tokens, seqs)
        y = self._scan(part, dt, b, c, state * inner, inner)
        y = self.view(y, shape(inner, tokens, seqs), cur.nb)
        y = self.op("add", y.ne, y, self.mul(cur, self.w("ssm_d")))
        y = self.glu(self.cont(z), y)
        cur = self.mul_mat(self.w("ssm_out"), y)
        return self.reshape(cur, cur.ne[0], tokens * seqs)

    def norm_of_view(self, x: Tensor, role: str) -> Tensor:
        """Normalize a strided view: the result is contiguous."""
        cur = self.op("rms_norm", x.ne, x)
        return self.mul(cur, self.w(role))

    def delta_scan(
        self,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        gate: Tensor,
        beta: Tensor,
        head_v: int,
        heads_v: int,
    ) -> Tensor:
        """Fused gated delta net (delta-net-base.cpp, ``build_recurrent_attn``); (head, heads, tokens,
        seqs)."""
        seqs, tokens = self.at.n_seqs, self.at.seq_tokens
        width = head_v * head_v * heads_v
        table = self._state("s", width)
        state = self._pending_state
        assert state is not None
        out = shape(head_v * heads_v, tokens * seqs + head_v * seqs)
        result = self.op("gated_delta_net", out, q, k, v, gate, beta, state)
        row = 4 * head_v
        y = self.view(
            result, (head_v, heads_v, tokens, seqs), (4, row, row * heads_v, row * heads_v * tokens)
        )
        after = self.view(result, (head_v, head_v, heads_v, seqs))
        self._save(after, table, width, seqs)
        return y

    _pending_state: Tensor | None = None

    def load_delta_state(self, head_v: int, heads_v: int) -> None:
        """Gather the matrix state before the convolution is read."""
        width = head_v * head_v * heads_v
        table = self._state("s", width)
        rows = self.state_rows(table, width)
        assert rows is not None
        self._pending_state = self.reshape(rows, head_v, head_v, heads_v, self.at.n_seqs)

    def l2(self, x: Tensor) -> Tensor:
        """Normalize to unit length (``build_gdn_l2_norm``)."""
        cur = self.op("rms_norm", x.ne, x)
        return self.scale(cur)

    def gated_delta(self, x: Tensor, cache: LayerCache) -> Tensor:
        """Gated delta net of Qwen3-Next and Qwen3.5 (qwen35.cpp, ``build_layer_attn_linear``)."""
        seqs, tokens = self.at.n_seqs, self.at.seq_tokens
        heads_v = self.w("ssm_a").ne[0]
        inner = self.w("ssm_out").ne[0]
        head_v = inner // heads_v
        channels = self.w("ssm_conv1d").ne[1]
        kernel = self.w("ssm_conv1d").ne[0]
        head_k = head_v
        heads_k = (channels - inner) // 2 // head_k
        if self.has("attn_qkv"):
            mixed = self.mm("attn_qkv", x)
            mixed = self.reshape(mixed, channels, tokens, seqs)
            z = self.mm("attn_gate", x)
        else:
            raise ValueError("delta net without attn_qkv")
        if self.has("ssm_beta"):
            beta = self.reshape(self.mm("ssm_beta", x), 1, heads_v, tokens, seqs)
            beta = self.unary(beta)
            alpha = self.reshape(self.mm("ssm_alpha", x), heads_v, tokens, seqs)
        else:
            both = self.mm("ssm_ba", x)
            group = heads_v // heads_k
            both = self.reshape(both, 2 * group, heads_k, tokens, seqs)
            part = (group, heads_k, tokens, seqs)
            b = self.op("cont", (1, heads_v, tokens, seqs), self.view(both, part, both.nb))
            beta = self.unary(b)
            alpha = self.cont(self.view(both, part, both.nb), heads_v, tokens, seqs)
        gate = self.unary(self.add(alpha, self.w("ssm_dt.bias")))
        gate = self.mul(gate, self.w("ssm_a"))
        gate = self.reshape(gate, 1, heads_v, tokens, seqs)
        joined = self.conv_input(mixed, kernel, channels)
        self.load_delta_state(head_v, heads_v)
        conv = self.unary(self.ssm_conv(joined, "ssm_conv1d"))
        row, plane = conv.nb[1], conv.nb[2]
        q = self.view(conv, (head_k, heads_k, tokens, seqs), (4, 4 * head_k, row, plane))
        k = self.view(conv, (head_k, heads_k, tokens, seqs), (4, 4 * head_k, row, plane))
        v = self.view(conv, (head_v, heads_v, tokens, seqs), (4, 4 * head_v, row, plane))
        q, k = self.l2(q), self.l2(k)
        y = self.delta_scan(q, k, v, gate, beta, head_v, heads_v)
        z = self.reshape(z, head_v, heads_v, tokens, seqs)
        normed = self.op("rms_norm", y.ne, y)
        if self.at.full_offload or self.n_tokens < 32:
            normed.backend = self.at.layer_home[self.il]
        normed = self.mul(normed, self.w("ssm_norm"))
        y = self.mul(normed, self.unary(z))
        y = self.reshape(y, inner, tokens, seqs)
        cur = self.mul_mat(self.w("ssm_out"), y)
        return self.reshape(cur, cur.ne[0], tokens * seqs)
