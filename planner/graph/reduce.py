"""Which layers of a model stand for all: enough of each kind, in each neighbourhood, on each device.

The graph allocator reaches a steady state after a layer or two of a kind, so repeating layers add nodes but no memory.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from models_db.inventory import ModelInventory
from models_db.inventory import Tensor as WeightTensor

REPEATS = 2
"""Layers kept of each kind in the same neighbourhood."""
OFFLOADED_REPEATS = 3
"""The same where copies of host matrices are packed between the layers' own tensors: the pattern of free blocks settles one
layer later. Compared with whole graphs over every mixture of experts of the catalogue and four numbers of layers each."""


def layer_kinds(
    model: ModelInventory, homes: Sequence[int], weighs: Callable[[WeightTensor], float | None]
) -> list[Hashable]:
    """What makes two layers the same for the graph.

    Parameters
    ----------
    model : ModelInventory
    homes : sequence of int
        Device of each layer.
    weighs : callable
        Bytes of a weight that stays on the host although a GPU may multiply with it, else None.
    """
    parts: dict[int, list[Hashable]] = {}
    for tensor in model.tensors:
        if tensor.source == "text" and 0 <= tensor.layer < model.n_layers:
            size = weighs(tensor)
            parts.setdefault(tensor.layer, []).append((tensor.role, tensor.shape, size))
    return [
        (tuple(parts.get(layer, ())), model.layers[layer], homes[layer]) for layer in range(model.n_layers)
    ]


def representative_layers(kinds: Sequence[Hashable], keep: int = 0, repeats: int = REPEATS) -> list[int]:
    """Indices of layers that stand for all.

    Parameters
    ----------
    kinds : sequence
        One per layer (:func:`layer_kinds`).
    keep : int
        First layers always kept (their position matters, e.g. for features added after them).
    repeats : int
        Layers kept of each kind in the same neighbourhood.
    """
    seen: dict[Hashable, int] = {}
    chosen: list[int] = []
    last = len(kinds) - 1
    for layer, kind in enumerate(kinds):
        before = kinds[layer - 1] if layer else None
        after = kinds[layer + 1] if layer < last else None
        key = (before, kind, after)
        seen[key] = seen.get(key, 0) + 1
        if layer < keep or layer in (0, last) or seen[key] <= repeats:
            chosen.append(layer)
    return chosen


def is_periodic(model: ModelInventory) -> bool:
    """Whether a model's layers repeat in a fixed pattern, apart from leading layers of another kind.

    Irregular models (Nemotron-H, searched architectures) are better simulated whole.
    """
    roles: dict[int, list[Hashable]] = {}
    for tensor in model.tensors:
        if tensor.source == "text" and 0 <= tensor.layer < model.n_layers:
            roles.setdefault(tensor.layer, []).append((tensor.role, tensor.shape))
    kinds = [(tuple(roles.get(il, ())), model.layers[il]) for il in range(model.n_layers)]
    count = len(kinds)
    for period in range(1, min(MAX_PERIOD, count - 1) + 1):
        if sum(kinds[i] != kinds[i + period] for i in range(count - period)) <= max(1, period // 2):
            return True
    return count < 2


MAX_PERIOD = 8
"""Longest pattern looked for (full attention every eighth layer)."""
