"""What one token of a measured model reads and multiplies: the only place where the fit asks for model facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models_db.builders import build_inventory
from models_db.catalogue import load_catalogue
from models_db.inventory import CacheKind, ModelInventory
from models_db.layer_bytes import layer_bytes
from models_db.quant_mix import file_bytes, plain_file_type, scaled_bytes, tensor_bytes, tensor_types
from models_db.tensor_table import TensorTable, build_tensor_table
from planner.layer_pairs import layer_pairs

Floats = NDArray[np.float64]

VLLM_BITS = {"AWQ-INT4": 4.16, "INT4": 4.25, "FP8": 8.06, "INT8": 8.06, "NVFP4": 4.5}
"""Bits per weight of linear layers in safetensors quantizations; embedding and output layer keep 16."""


@dataclass(frozen=True, slots=True)
class ModelReads:
    """Dimensions of a model as far as speed depends on them."""

    dense: float
    """Parameters multiplied for every token, output layer included, routed experts left out."""
    experts: float
    """Parameters of all routed experts."""
    output: float
    """Parameters of the output layer (inside ``dense``)."""
    n_experts: int
    n_experts_used: int
    n_layers: float
    """Pairs of a token mixer and a feed-forward part: :func:`layer_pairs`."""
    n_moe_layers: int
    n_recurrent_layers: int
    n_embd: int
    n_vocab: int
    full_kv: float
    """KV elements per token of all layers that keep every token."""
    full_heads: float
    """Sum of ``n_heads * (head_dim_k + head_dim_v)`` over layers that attend to every token."""
    window: int
    window_kv: float
    window_heads: float
    recurrent_state: float
    """Elements of recurrent state per sequence, all layers; F32."""


def reads_of(inventory: ModelInventory) -> ModelReads:
    """Dimensions that speed depends on, from a model's tensors and caches."""
    table = build_tensor_table([inventory])
    elements = table.n_elements.astype(np.float64)
    used = table.is_matmul & ~table.mtp & (table.layer >= 0)
    routed = table.is_routed_expert
    tied = float(inventory.n_embd * inventory.n_vocab) if inventory.tied_embeddings else 0.0
    on_output = used & (table.layer == inventory.n_layer_all)
    layers = inventory.layers[: inventory.n_layers]
    window = [x for x in layers if x.kind in (CacheKind.SLIDING, CacheKind.CHUNKED)]
    full = [x for x in layers if x not in window]
    return ModelReads(
        dense=float(elements[used & ~routed].sum()) + tied,
        experts=float(elements[used & routed].sum()),
        output=float(elements[on_output].sum()) + tied,
        n_experts=inventory.n_experts,
        n_experts_used=inventory.n_experts_used,
        n_layers=float(layer_pairs(inventory).sum()),
        n_moe_layers=len(set(table.layer[used & routed].tolist())),
        n_recurrent_layers=sum(x.recurrent_conv + x.recurrent_state > 0 for x in layers),
        n_embd=inventory.n_embd,
        n_vocab=inventory.n_vocab,
        full_kv=float(sum(x.n_embd_k + x.n_embd_v for x in full)),
        full_heads=float(sum(x.n_heads * (x.head_dim_k + x.head_dim_v) for x in full)),
        window=max((x.window for x in window), default=0),
        window_kv=float(sum(x.n_embd_k + x.n_embd_v for x in window)),
        window_heads=float(sum(x.n_heads * (x.head_dim_k + x.head_dim_v) for x in window)),
        recurrent_state=float(sum(x.recurrent_conv + x.recurrent_state for x in layers)),
    )


@dataclass(frozen=True)
class WeightReads:
    """Bytes of a model in one quantization. [bytes]"""

    dense: float
    """Dense weights one token reads."""
    active_experts: float
    """Routed experts one token reads."""
    experts: float
    """All routed experts."""


class MeasuredModels:
    """Catalogue facts of the measured models."""

    def __init__(self, ids: Sequence[str]) -> None:
        catalogue = load_catalogue()
        self.inventories: dict[str, ModelInventory] = {}
        for name in sorted(set(ids)):
            spec = catalogue.architecture(catalogue.by_id[name]) if name in catalogue.by_id else None
            if spec is not None:
                self.inventories[name] = build_inventory(spec)
        self.reads = {name: reads_of(i) for name, i in self.inventories.items()}
        self._tables: dict[str, TensorTable] = {}
        self._found: dict[tuple[str, str, str, float], WeightReads] = {}

    def weights(self, model: str, quant: str, engine: str, known_bytes: float) -> WeightReads:
        """Bytes of weights, scaled to the published file size where it is known (not NaN)."""
        key = (model, quant, engine, known_bytes)
        if key not in self._found:
            published = quant in VLLM_BITS
            self._found[key] = (
                self._safetensors(model, quant) if published else self._gguf(model, quant, known_bytes)
            )
        return self._found[key]

    def _safetensors(self, model: str, quant: str) -> WeightReads:
        m, bits = self.reads[model], VLLM_BITS[quant]
        experts = m.experts * bits / 8
        dense = (m.dense - m.output) * bits / 8 + m.output * 2
        return WeightReads(dense, experts * m.n_experts_used / max(m.n_experts, 1), experts)

    def _gguf(self, model: str, quant: str, known_bytes: float) -> WeightReads:
        table = self._tables.setdefault(model, build_tensor_table([self.inventories[model]]))
        plain = plain_file_type(
            quant if not quant.endswith(("_XL", "_P")) else "UD-" + quant.replace("_P", "_M")
        )
        if plain is None:
            raise ValueError(f"no file type is like {quant}")
        types = tensor_types(table, plain)
        if known_bytes < 0.6 * float(file_bytes(table, types)[0]):
            known_bytes = float("nan")  # a size given for another model
        known = np.array([known_bytes])
        sizes = tensor_bytes(table, types) if np.isnan(known_bytes) else scaled_bytes(table, types, known)
        by = layer_bytes(table, types, sizes)
        dense = float(by.dense.sum() + by.tied_copy.sum())
        return WeightReads(dense, float(by.active_experts.sum()), float(by.experts.sum()))
