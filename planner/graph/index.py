"""What is looked up again and again about one model: its weights by layer, and whether its layers repeat."""

from __future__ import annotations

from dataclasses import dataclass

from models_db.inventory import ModelInventory
from models_db.inventory import Tensor as WeightTensor
from planner.graph.reduce import is_periodic


@dataclass(frozen=True, slots=True)
class ModelIndex:
    """Look-ups over one inventory."""

    model: ModelInventory
    by_layer: dict[int, dict[str, WeightTensor]]
    """Weights of the text model by layer and role; -1 = input side, ``n_layer_all`` = output side."""
    periodic: bool
    """Layers repeat in a fixed pattern."""
    accumulates: bool
    """Every layer reserves memory of its own for the whole graph (sparse attention): none may stand for others."""


_known: dict[int, ModelIndex] = {}


def index_of(model: ModelInventory) -> ModelIndex:
    """Return the index of a model, made once (inventories are immutable and live as long as the catalogue)."""
    found = _known.get(id(model))
    if found is None or found.model is not model:
        by_layer: dict[int, dict[str, WeightTensor]] = {}
        for tensor in model.tensors:
            if tensor.source == "text":
                by_layer.setdefault(tensor.layer, {})[tensor.role] = tensor
        found = _known[id(model)] = ModelIndex(
            model, by_layer, is_periodic(model), bool(model.hparams.get("indexer_top_k"))
        )
    return found
