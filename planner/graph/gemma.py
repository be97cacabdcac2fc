"""Gemma 3n and Gemma 4: per-layer embeddings, alternating updates, experts beside a dense network
(0.5.0-dev)."""

from __future__ import annotations

from models_db.inventory import LayerCache
from planner.graph.mixers import Mixers
from planner.graph.tensor import Tensor, shape

ALTUP_ACTIVE = 0
"""Stream the layers work on (``i_altup_act``)."""
SPARSE_LAYERS = 10
"""Gemma 3n: first layers with a sparse activation (models.h, ``n_layer_sparsity``)."""


class GemmaBlocks(Mixers):
    """Blocks only Gemma has."""

    _per_layer: Tensor | None = None

    def load_per_layer(self, x: Tensor) -> None:
        """Per-layer embeddings of all layers (``build_inp_per_layer``, ``project_per_layer_inputs``)."""
        model, tokens = self.model, self.n_tokens
        table = self.model_weight("per_layer_token_embd", -1, self.host)
        if table is None:
            return
        width = table.ne[0] // model.n_layers
        ids = self.input("inp_tokens", tokens)
        rows = self.get_rows(table, ids)
        rows = self.scale(self.reshape(rows, width, model.n_layers, tokens))
        self.expand(rows)
        projection = self.side_weight("per_layer_model_proj")
        cur = self.scale(self.mul_mat(projection, x))
        cur = self.reshape(cur, width, model.n_layers, tokens)
        cur = self.mul(self.like("rms_norm", cur), self.side_weight("per_layer_proj_norm"))
        cur = self.scale(self.add(cur, rows))
        self._per_layer = self.cont(self.permute(cur, 0, 2, 1, 3))

    def side_weight(self, role: str) -> Tensor:
        """Return a weight that serves all layers: on the device of the first or, for the last steps, the output layer.

        Raises
        ------
        KeyError
            If the model has no such weight.
        """
        last = self.model.n_layer_all
        for layer in (0, -1, last):
            if role in self._by_layer.get(layer, {}):
                home = self.host if layer < 0 else self.at.layer_home[layer]
                weight = self.model_weight(role, layer, home)
                assert weight is not None
                return weight
        raise KeyError(role)

    def per_layer_tail(self, cur: Tensor) -> Tensor:
        """Gemma 4: mix a layer's own embedding into its output."""
        if self._per_layer is None:
            return cur
        return self.add(cur, self._mixed(cur))

    def _mixed(self, cur: Tensor) -> Tensor:
        assert self._per_layer is not None
        mixed = self.unary(self.mm("inp_gate", cur))
        mixed = self.mul(mixed, self.slice(self._per_layer))
        return self.norm(self.mm("proj", mixed), "post_norm")

    def slice(self, x: Tensor) -> Tensor:
        """Return one matrix of a stack."""
        return self.view(x, shape(x.ne[0], x.ne[1]), (4, x.nb[1], x.nb[2], x.nb[2]))

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

    # Gemma 3n -------------------------------------------------------------------------------------------

    def magnitude(self, x: Tensor) -> Tensor:
        """Root of the summed squares of each row."""
        total = self.op("sum_rows", (1, x.ne[1], x.ne[2], x.ne[3]), self.like("sqr", x))
        return self.like("sqrt", total)

    def altup_start(self, x: Tensor) -> Tensor:
        """Spread the embedding over the alternating-update streams."""
        n_altup = int(self.model.hparams.get("n_altup", 4))
        width, tokens = self.model.n_embd, self.n_tokens
        target = self.magnitude(x)
        many = self.op("repeat", shape(width, tokens, n_altup - 1), x)
        added = self.mul_mat(self.side_weight("altup_proj"), many)
        size = self.magnitude(added)
        added = self.like("div", self.mul(added, target), size)
        return self.concat(x, added, 2)

    def altup_end(self, x: Tensor) -> Tensor:
        """Fold the streams into one."""
        n_altup = x.ne[2]
        target = self.magnitude(self.slice(x))
        rest = self.view(x, shape(x.ne[0], x.ne[1], n_altup - 1), x.nb)
        out = self.mul_mat(self.side_weight("altup_unembd_proj"), rest)
        size = self.magnitude(out)
        out = self.like("div", self.mul(out, target), size)
        cur = self.slice(x)
        for _ in range(n_altup - 1):
            cur = self.add_contiguous(cur, self.slice(out))
        return self.scale(cur)

    def _modalities(self, x: Tensor) -> Tensor:
        router = self.scale(self.norm(x, "altup_router_norm"))
        return self.unary(self.mul_mat(self.w("altup_router"), router))

    def _predict(self, x: Tensor) -> Tensor:
        n_altup, tokens = x.ne[2], x.ne[1]
        coefficients = self.mm("altup_predict_coef", self._modalities(self.slice(x)))
        coefficients = self.reshape(coefficients, n_altup, n_altup, tokens)
        turned = self.cont(self.permute(x, 1, 2, 0, 3))
        out = self.mul_mat(turned, coefficients)
        out = self.cont(self.permute(out, 0, 2, 1, 3))
        return self.add(out, x)

    def _correct(self, predictions: Tensor, activated: Tensor) -> Tensor:
        n_altup, tokens, width = predictions.ne[2], predictions.ne[1], predictions.ne[0]
        modalities = self._modalities(activated)
        innovation = self.like("sub", activated, self.slice(predictions))
        coefficients = self.scale(self.mm("altup_correct_coef", modalities))
        coefficients = self.cont(self.transpose(coefficients), 1, tokens, n_altup)
        innovation = self.op("repeat", shape(width, tokens, n_altup), innovation)
        return self.add(self.mul(innovation, coefficients), predictions)

    def gemma3n_block(self, x: Tensor, cache: LayerCache) -> Tensor:
        """One Gemma 3n layer over all streams (gemma3n.cpp)."""
        predictions = self._predict(x)
        active = self.slice(predictions)
        cur = self.norm(active, "attn_norm")
        laurel = self.mm("laurel_r", self.mm("laurel_l", cur))
        laurel = self.add(self.norm(laurel, "laurel_post_norm"), cur)
        cur = self.gemma_attention(cur, cache)
        cur = self.norm(cur, "post_attention_norm")
        cur = self.add(cur, active)
        middle = self.scale(self.add(cur, laurel))
        cur = self.norm(middle, "ffn_norm")
        up = self.mm("ffn_up", cur)
        gate = self.mm("ffn_gate", cur)
        if self.il < SPARSE_LAYERS:
            gate = self._gaussian(gate)
        cur = self.mul(up, self.unary(gate))
        cur = self.norm(self.mm("ffn_down", cur), "post_ffw_norm", layer=False)
        cur = self.add(cur, middle)
        corrected = self._correct(predictions, cur)
        first = self.mul(self.slice(corrected), self.w("altup_correct_scale"))
        first = self._mixed(first)
        head = self.slice(corrected)
        rest = self.view(
            corrected, shape(corrected.ne[0], corrected.ne[1], corrected.ne[2] - 1), corrected.nb
        )
        return self.concat(head, self.add(rest, first), 2)

    def _gaussian(self, x: Tensor) -> Tensor:
        one = (1, x.ne[1], x.ne[2], x.ne[3])
        mean = self.op("mean", one, x)
        squares = self.like("sqr", self.like("sub", x, mean))
        spread = self.like("sqrt", self.scale(self.op("sum_rows", one, squares)))
        cutoff = self.add(mean, self.scale(spread))
        return self.unary(self.like("sub", x, cutoff))
