"""Recurrent blocks: Mamba 1 and 2, gated delta nets, and short convolutions (0.5.0-dev)."""

from __future__ import annotations

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
        flat = self.at.mamba2_flat
        both = self.mm("ssm_in", x if flat else self.reshape(x, x.ne[0], tokens, seqs))
        both = self.reshape(both, wide, tokens, seqs) if flat else both
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
        y = self.view(y, (head, heads, tokens, seqs))
        y = self.op("add", y.ne, y, self.op("mul", part.ne, part, self.w("ssm_d")))
        y = self.glu(self.cont(z), y)
        if self.has("ssm_norm"):
            y = self.reshape(y, inner // groups, groups, tokens, seqs)
            y = self.norm(y, "ssm_norm", rms=True)
        if flat:
            return self.mm("ssm_out", self.reshape(y, inner, tokens * seqs))
        y = self.mm("ssm_out", self.reshape(y, inner, tokens, seqs))
        return self.reshape(y, y.ne[0], tokens * seqs)

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
            dt = self.norm(dt, "ssm_dt_norm")
            b = self.norm(b, "ssm_b_norm")
            c = self.norm(c, "ssm_c_norm")
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

    def delta_scan(
        self,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        gate: Tensor,
        beta: Tensor,
        head_v: int,
        heads_v: int,
        cont_first: bool = False,
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
        if cont_first:
            y = self.cont(y)
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

    def gated_delta(self, x: Tensor) -> Tensor:
        """Gated delta net of Qwen3-Next and Qwen3.5 (qwen35.cpp, ``build_layer_attn_linear``)."""
        seqs, tokens = self.at.n_seqs, self.at.seq_tokens
        heads_v = self.w("ssm_a").ne[0]
        inner = self.w("ssm_out").ne[0]
        head_v = inner // heads_v
        channels = self.w("ssm_conv1d").ne[1]
        kernel = self.w("ssm_conv1d").ne[0]
        head_k = self.w("ssm_norm").ne[0]
        heads_k = (channels - inner) // 2 // head_k
        if self.has("attn_qkv"):
            mixed = self.reshape(self.mm("attn_qkv", x), channels, tokens, seqs)
            z = self.mm("attn_gate", x)
        else:
            mixed, z = self.split_qkvz(x, head_k, heads_k, head_v, heads_v)
        if self.has("ssm_beta"):
            beta = self.unary(self.reshape(self.mm("ssm_beta", x), 1, heads_v, tokens, seqs))
            alpha = self.reshape(self.mm("ssm_alpha", x), heads_v, tokens, seqs)
        else:
            group = heads_v // heads_k
            both = self.reshape(self.mm("ssm_ba", x), 2 * group, heads_k, tokens, seqs)
            part = (group, heads_k, tokens, seqs)
            b = self.cont(self.view(both, part, both.nb))
            beta = self.reshape(self.unary(b), 1, heads_v, tokens, seqs)
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
        y = self.mul(self.norm(y, "ssm_norm"), self.unary(z))
        y = self.reshape(y, inner, tokens, seqs)
        cur = self.mul_mat(self.w("ssm_out"), y)
        return self.reshape(cur, cur.ne[0], tokens * seqs)

    def split_qkvz(
        self, x: Tensor, head_k: int, heads_k: int, head_v: int, heads_v: int
    ) -> tuple[Tensor, Tensor]:
        """Take apart the joint projection of older Qwen3-Next files (qwen3next.cpp, ``build_qkvz``)."""
        seqs, tokens = self.at.n_seqs, self.at.seq_tokens
        ratio = heads_v // heads_k
        both = self.mm("ssm_in", x)
        both = self.reshape(both, 2 * head_k + 2 * head_v * ratio, heads_k, tokens, seqs)
        key = self.view(both, (head_k, heads_k, tokens, seqs), both.nb)
        query = self.view(both, (head_k, heads_k, tokens, seqs), both.nb)
        value = self.view(both, (head_v * ratio, heads_k, tokens, seqs), both.nb)
        z = self.cont(self.view(both, (head_v * ratio, heads_k, tokens, seqs), both.nb))
        wide = head_k * heads_k
        parts = [
            self.cont(query, wide, tokens, seqs),
            self.cont(key, wide, tokens, seqs),
            self.cont(value, head_v * heads_v, tokens, seqs),
        ]
        mixed = self.concat(self.concat(parts[0], parts[1], 0), parts[2], 0)
        return mixed, z

    def kda(self, x: Tensor) -> Tensor:
        """Kimi delta attention (kimi-linear.cpp; bailingmoe3.cpp has full-rank gates and another order)."""
        seqs, tokens = self.at.n_seqs, self.at.seq_tokens
        head = self.w("ssm_norm").ne[0]
        inner = self.w("attn_q").ne[1]
        heads = inner // head
        kernel = self.w("ssm_conv1d_q").ne[0]
        part = (kernel - 1) * inner
        table = self._state("r", 3 * part)
        rows = self.state_rows(table, 3 * part)
        assert rows is not None
        q, k, v = (self._kda_conv(x, which, rows, table, kernel, head) for which in ("q", "k", "v"))
        ling = self.model.gguf_arch == "bailingmoe3"
        gate = self.mm("ssm_f_a", x)
        if self.has("ssm_f_b"):
            gate = self.mm("ssm_f_b", gate)
        gate = self.add(gate, self.w("ssm_dt.bias"))
        if not ling:
            gate = self.unary(gate)
        gate = self.reshape(gate, head, heads, tokens * seqs)
        gate = self.mul(gate, self.reshape(self.w("ssm_a"), 1, heads))
        if ling:
            gate = self.scale(self.unary(gate))
        gate = self.reshape(gate, head, heads, tokens, seqs)
        beta = self.unary(self.reshape(self.mm("ssm_beta", x), 1, heads, tokens, seqs))
        if ling:
            q, k = self.l2(q), self.l2(k)
        self.load_delta_state(head, heads)
        if not ling:
            q, k = self.l2(q), self.l2(k)
        y = self.delta_scan(q, k, v, gate, beta, head, heads, cont_first=not ling)
        if ling:
            y = self.cont(y)
        out_gate = self.mm("ssm_g" if self.has("ssm_g") else "ssm_g_a", x)
        if self.has("ssm_g_b"):
            out_gate = self.mm("ssm_g_b", out_gate)
        out_gate = self.reshape(out_gate, head, heads, tokens * seqs)
        y = self.norm(self.reshape(y, head, heads, tokens * seqs), "ssm_norm")
        y = self.mul(y, self.unary(out_gate))
        return self.mm("attn_output", self.cont(y, inner, tokens * seqs))

    def _kda_conv(self, x: Tensor, which: str, rows: Tensor, table: Tensor, kernel: int, head: int) -> Tensor:
        seqs, tokens = self.at.n_seqs, self.at.seq_tokens
        inner = self.w("attn_q").ne[1]
        nb = (4, 4 * (kernel - 1), rows.nb[1], rows.nb[1] * seqs)
        old = self.view(rows, shape(kernel - 1, inner, seqs), nb)
        new = self.reshape(self.mm(f"attn_{which}", x), inner, tokens, seqs)
        joined = self.op("concat", shape(kernel - 1 + tokens, inner, seqs), old, self.transpose(new))
        last = self.view(joined, shape(kernel - 1, inner, seqs), joined.nb)
        self._save(last, table, (kernel - 1) * inner, seqs)
        weight = self.w(f"ssm_conv1d_{which}")
        weight = self.reshape(weight, kernel, inner)
        out = self.op("ssm_conv", shape(inner, tokens, seqs), joined, weight)
        out = self.unary(self.reshape(out, inner, tokens * seqs))
        return self.reshape(out, head, inner // head, tokens, seqs)

    def short_conv(self, x: Tensor) -> Tensor:
        """Gated short convolution (lfm2.cpp)."""
        seqs, tokens = self.at.n_seqs, self.at.seq_tokens
        cur = self.reshape(x, x.ne[0], tokens, seqs)
        both = self.mul_mat(self.w("shortconv.in_proj"), cur)
        width = both.ne[0] // 3
        b = self.view(both, shape(width, tokens, seqs), both.nb)
        c = self.view(both, shape(width, tokens, seqs), both.nb)
        part = self.view(both, shape(width, tokens, seqs), both.nb)
        bx = self.transpose(self.mul(b, part))
        taps = self.w("shortconv.conv").ne[0] - 1
        table = self._state("r", taps * width)
        rows = self.state_rows(table, taps * width)
        assert rows is not None
        old = self.reshape(rows, taps, width, seqs)
        joined = self.op("concat", shape(taps + tokens, width, seqs), old, bx)
        last = self.view(joined, shape(taps, width, seqs), joined.nb)
        self._save(last, table, taps * width, seqs)
        y = self.mul(c, self.ssm_conv(joined, "shortconv.conv"))
        y = self.mul_mat(self.w("shortconv.out_proj"), y)
        return self.reshape(y, y.ne[0], tokens * seqs)
