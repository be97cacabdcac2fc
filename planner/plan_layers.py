"""Where every layer of a plan is: the cells of the window's layer strip."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.words import Said, figure, say, say_list

if TYPE_CHECKING:
    from planner.library import Library
    from planner.plan import Plan

_BLOCK = re.compile(r"^blk[.\\]+(\d+)[.\\]")
ON_GPU, IN_RAM, SPLIT, NO_EXPERTS = "gpu", "ram", "split", "none"


@dataclass(frozen=True, slots=True)
class LayerPlace:
    """One layer."""

    gpus: tuple[int, ...]
    """GPUs that hold it, by their place among the plan's GPUs; empty = system memory. More than one = each holds a part
    (tensor parallelism)."""
    experts: str
    """Where its routed experts are: ``gpu``, ``ram``, ``split`` (some matrices each), ``none`` (it has none)."""


def layer_places(plan: Plan, library: Library | None = None) -> tuple[LayerPlace, ...]:
    """Place of every layer of a plan.

    Parameters
    ----------
    plan : Plan
        Of either engine.
    library : Library or None
        Says which layers have routed experts; without it every layer of a model with experts counts.

    Returns
    -------
    tuple of LayerPlace
        From the first layer to the last; empty when the plan gives no device any layer.
    """
    gpus = [d for d in plan.devices if d.kind == "gpu"]
    ranges = [(i, d.layers) for i, d in enumerate(gpus) if d.layers is not None]
    host = next((d.layers for d in plan.devices if d.kind == "host" and d.layers is not None), None)
    last = max((r[1] for _, r in [*ranges, (-1, host)] if r is not None), default=-1)
    if last < 0:
        return ()
    n_layers = last + 1
    has_experts = _expert_layers(plan, library, n_layers)
    given = plan.settings.get("n_cpu_moe", 0)
    moved = n_layers if given == "all" else int(given or 0)
    split = {
        int(match.group(1))
        for pattern, _buffer in plan.settings.get("override_tensor") or ()
        if (match := _BLOCK.match(str(pattern)))
    }
    places = []
    for layer in range(n_layers):
        held = tuple(i for i, r in ranges if r[0] <= layer <= r[1])
        if not has_experts[layer]:
            experts = NO_EXPERTS
        elif not held or layer < moved:
            experts = IN_RAM
        else:
            experts = SPLIT if layer in split else ON_GPU
        places.append(LayerPlace(held, experts))
    return tuple(places)


def _expert_layers(plan: Plan, library: Library | None, n_layers: int) -> list[bool]:
    if not plan.n_experts:
        return [False] * n_layers
    if library is None or plan.model_id not in library.rows:
        return [True] * n_layers
    row = library.rows[plan.model_id]
    before = library.columns.work.n_moe_layers[row]
    last = len(before) - 1
    return [bool(before[min(i + 1, last)] > before[min(i, last)]) for i in range(n_layers)]


def layers_in_words(places: tuple[LayerPlace, ...]) -> Said:
    """The strip as a sentence: ``36 layers: 0–35 on GPU 0; experts of 0–22 in RAM, of 23 partly``."""
    parts = [_run(first, last, places[first]) for first, last in _runs([p.gpus for p in places])]
    experts = []
    for first, last in _runs([p.experts for p in places]):
        kind = places[first].experts
        if kind == IN_RAM and places[first].gpus:
            experts.append(say("experts of {layers} in RAM", layers=_span(first, last)))
        elif kind == SPLIT:
            experts.append(say("experts of {layers} partly in RAM", layers=_span(first, last)))
    return say(
        "{n} layers: {where}",
        n=figure(f"{len(places):,}"),
        where=say_list([*parts, *experts], "; "),
    )


def _runs(values: list[object] | list[str] | list[tuple[int, ...]]) -> list[tuple[int, int]]:
    """First and last index of each stretch of equal values."""
    out: list[tuple[int, int]] = []
    for i, value in enumerate(values):
        if out and values[i - 1] == value:
            out[-1] = (out[-1][0], i)
        else:
            out.append((i, i))
    return out


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"


def _run(first: int, last: int, place: LayerPlace) -> Said:
    layers = _span(first, last)
    if not place.gpus:
        return say("{layers} in RAM", layers=layers)
    if len(place.gpus) == 1:
        return say("{layers} on GPU {gpu}", layers=layers, gpu=place.gpus[0])
    return say("{layers} shared by GPUs {gpus}", layers=layers, gpus=", ".join(map(str, place.gpus)))
