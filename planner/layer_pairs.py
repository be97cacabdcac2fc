"""How much launch overhead each block has: parts of a layer, in units of a token mixer with its feed-forward."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models_db.inventory import ModelInventory


def layer_pairs(inventory: ModelInventory) -> NDArray[np.float64]:
    """Pairs of a token mixer and a feed-forward part per block, shape (n_layers,).

    Launch overhead per token is proportional to it (``n_layers`` of :class:`~planner.formulas.decode_speed.DecodeLoad`
    and of the prefill load), and the coefficients are fitted so. A usual layer is one pair, a Nemotron block with only
    one of the two half a pair, a Falcon-H1 layer with attention and Mamba side by side one and a half.
    """
    with_ffn = {t.layer for t in inventory.tensors if "ffn" in t.role and "norm" not in t.role and not t.mtp}
    parts = [
        (layer.n_heads > 0) + (layer.recurrent_conv + layer.recurrent_state > 0) + (il in with_ffn)
        for il, layer in enumerate(inventory.layers[: inventory.n_layers])
    ]
    return np.array(parts, np.float64) / 2
