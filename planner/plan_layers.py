"""Where every layer of a plan is: the cells of the window's layer strip."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from planner.words import Said, figure, say, say_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.plan import Plan

_EXPERTS = re.compile(r"^blk\.(\d+)\.ffn_(?:up|down|gate|gate_up)_(?:ch|)exps\.weight$")
"""Matrices of routed experts (llama.cpp common/common.h, ``LLM_FFN_EXPS_REGEX``)."""
USUAL_MATRICES = ("ffn_up_exps", "ffn_gate_exps", "ffn_down_exps")
ON_GPU, IN_RAM, SPLIT, NO_EXPERTS = "gpu", "ram", "split", "none"


@dataclass(frozen=True, slots=True)
class LayerPlace:
    """One layer."""

    gpus: tuple[int, ...]
    """GPUs that hold it, numbered as the engine does (``CUDA3`` = 3); empty = system memory. More than one = each holds a
    part (tensor parallelism)."""
    experts: str
    """Where its routed experts are: ``gpu``, ``ram``, ``split`` (some matrices each), ``none`` (it has none)."""


def layer_places(plan: Plan) -> tuple[LayerPlace, ...]:
    """Place of every layer of a plan of either engine, from the first to the last; empty when no device has any."""
    gpus = [d for d in plan.devices if d.kind == "gpu"]
    numbers = [_number(d.name, i) for i, d in enumerate(gpus)]
    ranges = tuple((n, *d.layers) for n, d in zip(numbers, gpus, strict=True) if d.layers is not None)
    host = next((d.layers for d in plan.devices if d.kind == "host" and d.layers is not None), None)
    ends = [end for *_, end in ranges] + ([host[1]] if host is not None else [])
    last = max(ends, default=-1)
    if last < 0:
        return ()
    given = plan.settings.get("n_cpu_moe", 0)
    moved = last + 1 if given == "all" else int(given or 0)
    rules = tuple((str(p), str(b)) for p, b in plan.settings.get("override_tensor") or ())
    return _places(plan.model_id, bool(plan.n_experts), last + 1, ranges, moved, rules)


def _number(name: str, place: int) -> int:
    """Number of a GPU as the engine counts it (``CUDA3`` = 3)."""
    digits = re.search(r"\d+$", name)
    return int(digits.group()) if digits else place


@lru_cache(maxsize=64)
def _places(
    model_id: str,
    is_moe: bool,
    n_layers: int,
    ranges: tuple[tuple[int, int, int], ...],
    moved: int,
    overrides: tuple[tuple[str, str], ...],
) -> tuple[LayerPlace, ...]:
    """Place of every layer, kept for the next plan with the same split."""
    matrices = _expert_matrices(model_id, n_layers) if is_moe else ((),) * n_layers
    rules = [(re.compile(pattern), buffer == "CPU") for pattern, buffer in overrides]
    places = []
    for layer in range(n_layers):
        held = tuple(i for i, first, last in ranges if first <= layer <= last)
        names = matrices[layer]
        in_ram = [not held or layer < moved or _overridden(name, rules) for name in names]
        where = NO_EXPERTS if not names else IN_RAM if all(in_ram) else SPLIT if any(in_ram) else ON_GPU
        places.append(LayerPlace(held, where))
    return tuple(places)


def n_layers_with_experts_in_ram(places: Sequence[LayerPlace]) -> int:
    """Layers that have at least some of their experts in system memory."""
    return sum(p.experts in (IN_RAM, SPLIT) for p in places)


def layers_split_between(places: Sequence[LayerPlace]) -> int:
    """Layers of which some expert matrices are in system memory and some on a GPU."""
    return sum(p.experts == SPLIT for p in places)


def _overridden(name: str, rules: list[tuple[re.Pattern[str], bool]]) -> bool:
    """Whether the first rule that matches a tensor sends it to system memory."""
    return next((host for pattern, host in rules if pattern.search(name)), False)


@lru_cache(maxsize=64)
def _expert_matrices(model_id: str, n_layers: int) -> tuple[tuple[str, ...], ...]:
    """Names of the expert matrices of every layer; the usual three where the model's own are not known."""
    from models_db.architecture_table import catalogue_inventory

    try:
        tensors = catalogue_inventory(model_id).tensors
    except (KeyError, ValueError):
        return tuple(tuple(f"blk.{i}.{m}.weight" for m in USUAL_MATRICES) for i in range(n_layers))
    found: list[list[str]] = [[] for _ in range(n_layers)]
    for tensor in tensors:
        match = _EXPERTS.match(tensor.name)
        if match and int(match.group(1)) < n_layers:
            found[int(match.group(1))].append(tensor.name)
    return tuple(map(tuple, found))


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


def _runs(values: Sequence[object]) -> list[tuple[int, int]]:
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
