"""What the window shows, as arrays: one row per model and quantization, ready to be drawn without further arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models_db.names import name_key
from planner import units
from planner.catalogue_json import search_models
from planner.columns import Selection
from planner.commands.launch_command import LaunchCommand
from planner.commands.llama_command import UnsupportedSetting, llama_launch_command
from planner.devices import DeviceSet, device_set
from planner.evaluate import Evaluation, evaluate, narrowed, used_devices
from planner.fit_plan import (
    evaluate_catalogue,
    offered_mask,
    plan_model,
    plan_settings,
    quant_column,
)
from planner.formulas.layer_placement import layer_boundaries
from planner.formulas.prefill_speed import time_to_first_token
from planner.library import Library
from planner.machine import Machine
from planner.memory import estimate_memory
from planner.placement import fit_of
from planner.plan import DevicePlan, Plan
from planner.plan_builder import model_source
from planner.ranking import rank_models, suits
from planner.records import Placement
from planner.settings import ALL_LAYERS, LlamaSettings
from planner.speed import estimate_speed
from planner.wishes import USES, Wishes

if TYPE_CHECKING:
    from models_db.model_spec import ModelSpec

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class FitClass(IntEnum):
    """How a plan fits, from best to worst; the list, the map and the filters use these."""

    GPU = 0
    TIGHT = 1
    EXPERTS_IN_RAM = 2
    PARTIAL = 3
    CPU = 4
    NONE = 5


FIT_LETTERS = "GTEPC×"
"""One letter per class, shown beside its colour."""
BAR_KINDS = ("weights", "experts", "kv", "compute", "overhead")
"""Segments of every memory bar, in order; what is left is free."""
MAP_CONTEXTS = tuple(1024 * 2**i for i in range(1, 11))
"""Columns of the map: 2K to 1M. [tokens]"""


@dataclass(frozen=True, slots=True)
class ShownDevice:
    """One memory bar: a GPU, the RAM, or the pool both share."""

    name: str
    kind: str
    """``gpu``, ``host`` or ``unified``."""
    capacity: float
    """[bytes], NaN if unknown."""
    others: float
    """In use by other programs. [bytes]"""
    reserve: float
    """Kept free. [bytes]"""


@dataclass(frozen=True)
class Facts:
    """Facts of every planned model that do not depend on the machine; row order is that of the columns."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    quants: tuple[str, ...]
    search: tuple[tuple[str, ...], ...]
    """Normalised names of each model."""
    licences: tuple[str, ...]
    osi: Bools
    commercial: Bools
    """Commercial use is allowed, conditions included."""
    eu: Bools
    """The licence has terms of its own for users in the European Union."""
    provenance: tuple[str, ...]
    suits: dict[str, Bools]
    offered: Bools
    """Shape (models, quantizations)."""
    n_ctx_train: Ints
    is_moe: Bools
    n_layers: Ints
    total_parameters: Floats
    active_parameters: Floats
    losses: Floats
    """Shape (quantizations,); NaN without a source. [nats]"""
    trained_in: Bools
    """Shape (models, quantizations): the maker's own format."""

    @cached_property
    def name_order(self) -> Floats:
        """Place of each model by name."""
        names = np.array([x.casefold() for x in self.names])
        return np.argsort(np.argsort(names, kind="stable"), kind="stable").astype(np.float64)

    @cached_property
    def licence_order(self) -> Floats:
        """Place of each model's licence by name."""
        return np.unique(np.array(self.licences), return_inverse=True)[1].astype(np.float64)

    @cached_property
    def openable(self) -> Bools:
        """Models with more than one quantization, shape (models,)."""
        return np.asarray(np.count_nonzero(self.offered, axis=1) > 1)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Row of each model."""
        return {model_id: row for row, model_id in enumerate(self.ids)}


def facts_of(library: Library) -> Facts:
    """Collect the facts of every planned model."""
    columns = library.columns
    models = _models(library)
    licences = [m.licence for m in models]
    offered = offered_mask(library)
    trained = np.zeros_like(offered)
    for row, model in enumerate(models):
        if model.checkpoint == "MXFP4":
            trained[row] = [q.startswith("MXFP4") for q in columns.quants]
    return Facts(
        ids=tuple(columns.ids),
        names=tuple(m.name for m in models),
        quants=tuple(columns.quants),
        search=tuple(tuple(name_key(n) for n in (m.id, m.name, m.family, *m.aliases)) for m in models),
        licences=tuple(licence_name(m) for m in models),
        osi=np.array([bool(x and x.osi_approved) for x in licences]),
        commercial=np.array([bool(x and x.commercial_use in ("yes", "conditions")) for x in licences]),
        eu=np.array([bool(x and x.eu_note) for x in licences]),
        provenance=tuple(m.provenance.value for m in models),
        suits={use: np.array([suits(m, use) for m in models]) for use in USES},
        offered=offered,
        n_ctx_train=np.asarray(columns.cache.n_ctx_train, dtype=np.int64),
        is_moe=np.asarray(columns.work.expert_share > 0),
        n_layers=np.asarray(columns.cache.n_layers, dtype=np.int64),
        total_parameters=columns.work.total_parameters.astype(np.float64),
        active_parameters=columns.work.active_parameters.astype(np.float64),
        losses=np.asarray(library.losses, dtype=np.float64),
        trained_in=trained,
    )


def licence_name(model: ModelSpec) -> str:
    """Short name of a model's licence: its SPDX identifier where it has one."""
    licence = model.licence
    if licence is None:
        return "unknown"
    return licence.name if licence.id.startswith("LicenseRef-") else licence.id


def _models(library: Library) -> list[ModelSpec]:
    by_id = library.models
    return [by_id[model_id] for model_id in library.columns.ids]


@dataclass(frozen=True)
class CatalogueView:
    """Everything the list draws; shape (models, quantizations) unless stated."""

    facts: Facts
    machine: Machine
    wishes: Wishes
    devices: tuple[ShownDevice, ...]
    fit: NDArray[np.int8]
    """:class:`FitClass`."""
    bars: Floats
    """Bytes by device and :data:`BAR_KINDS`, shape (models, quantizations, devices, kinds); the last kind holds the
    driver's overhead and what others use."""
    decode_p10: Floats
    decode_p50: Floats
    decode_p90: Floats
    """[tokens/s], NaN if unknown."""
    first_token: Floats
    """Median of the chosen quantization and of those asked for later. [s], NaN elsewhere"""
    file: Floats
    """[bytes]"""
    shortfall: Floats
    """[bytes]"""
    needed: Floats
    """All devices together, overhead left out. [bytes]"""
    best: Ints
    """Recommended quantization, shape (models,)."""
    rank: Ints
    """Place of each model in the ranking, shape (models,); large for models the use leaves out."""
    reasons: tuple[str, ...]
    """Why each model has its place."""
    found: Evaluation
    serial: int = field(default_factory=count().__next__)
    """Different for every view made, so that what was drawn of it can be kept."""

    @property
    def n_ctx(self) -> int:
        """Tokens each user gets."""
        return self.wishes.n_ctx


def shown_devices(devices: DeviceSet) -> tuple[ShownDevice, ...]:
    """Bars to draw: GPUs first, then RAM; one for a shared pool."""
    host = devices.host
    if devices.unified:
        gpu = devices.gpus[0]
        return (ShownDevice("Unified memory", "unified", gpu.capacity, gpu.others, gpu.reserve),)
    gpus = [
        ShownDevice(g.accelerator or g.name, "gpu", g.capacity, g.others, g.reserve) for g in devices.gpus
    ]
    return (*gpus, ShownDevice("RAM", "host", host.capacity, host.others, 0.0))


def bar_bytes(found: Evaluation) -> Floats:
    """Memory of every cell by shown device and kind, shape (..., devices, kinds). [bytes]"""
    m = found.memory
    kinds = np.stack(
        [m.model - m.experts, m.experts, m.kv + m.recurrent, m.compute + m.output, m.overhead], axis=-1
    )
    if found.devices.unified:
        kinds = kinds.sum(axis=-2, keepdims=True)
    else:
        kinds = np.concatenate([kinds[..., 1:, :], kinds[..., :1, :]], axis=-2)
    others = np.array([d.others for d in shown_devices(found.devices)])
    kinds[..., -1] += others
    return kinds


def fit_classes(found: Evaluation) -> NDArray[np.int8]:
    """Class of every cell."""
    code = found.placed.code.astype(np.int8)
    shifted = np.where(code == Placement.GPU, np.where(found.placed.tight, 1, 0), code + 1)
    return shifted.astype(np.int8)


def evaluate_view(library: Library, facts: Facts, machine: Machine, wishes: Wishes) -> CatalogueView:
    """Evaluate the whole catalogue on a machine for the list."""
    found, best = evaluate_catalogue(library, machine, wishes)
    ranked = rank_models(library, found, best, wishes)
    rank = np.full(len(facts.ids), len(facts.ids), dtype=np.int64)
    reasons = [""] * len(facts.ids)
    for place, entry in enumerate(ranked):
        rank[entry.row] = place
        reasons[entry.row] = entry.reason
    first = np.full(found.placed.code.shape, np.nan)
    rows = np.arange(len(facts.ids))
    first[rows, best] = first_token_seconds(found, rows, best, wishes)
    return CatalogueView(
        facts=facts,
        machine=machine,
        wishes=wishes,
        devices=shown_devices(found.devices),
        fit=fit_classes(found),
        bars=bar_bytes(found),
        decode_p10=found.decode_p10,
        decode_p50=found.decode_p50,
        decode_p90=found.decode_p90,
        first_token=first,
        file=np.asarray(library.columns.weights.file, dtype=np.float64),
        shortfall=found.placed.shortfall,
        needed=(found.memory.total - found.memory.overhead).sum(axis=-1),
        best=np.asarray(best, dtype=np.int64),
        rank=rank,
        reasons=tuple(reasons),
        found=found,
    )


def first_token_seconds(found: Evaluation, rows: Ints, quants: Ints, wishes: Wishes) -> Floats:
    """Median time to the first token of some cells of an evaluation of the catalogue.

    Parameters
    ----------
    found : Evaluation
        Shape (models, quantizations).
    rows, quants : ndarray of int, shape (n,)
    wishes : Wishes

    Returns
    -------
    ndarray, shape (n,)
        [s]; NaN where nothing fits or something needed is unknown.
    """
    workload = wishes.workload
    out = np.full(len(rows), np.nan)
    if not workload.prompt_tokens:
        return out
    placed = found.placed
    sets = placed.gpu_set[rows, quants]
    fits = placed.code[rows, quants] != Placement.NONE
    for index in np.unique(sets[fits]).tolist():
        at = np.flatnonzero((sets == index) & fits)
        some, gpus = used_devices(found.devices, placed, int(index))
        chosen = Selection.of(found.chosen.columns, rows[at][:, None], quants[at][:, None])
        placement = narrowed(placed.start[rows[at], quants[at]][:, None], gpus)
        experts = placed.n_cpu_moe[rows[at], quants[at]][:, None]
        context = found.context if gpus else replace(found.context, backend="cpu")
        speed = estimate_speed(chosen, placement, experts, context, some, workload)
        if speed.prefill is None:
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            seconds = time_to_first_token(
                workload.prompt_tokens / speed.prefill.tps_p50, 1.0 / speed.decode.tps_p50
            )
        out[at] = np.broadcast_to(seconds, (len(at), 1))[:, 0]
    return np.where(np.isfinite(out), out, np.nan)


def fill_first_token(view: CatalogueView, row: int) -> None:
    """Add the time to the first token of every quantization of a model to a view that is to list them."""
    quants = np.flatnonzero(view.facts.offered[row] & ~np.isfinite(view.first_token[row]))
    rows = np.full(len(quants), row, dtype=np.int64)
    view.first_token[row, quants] = first_token_seconds(view.found, rows, quants, view.wishes)


@dataclass(frozen=True)
class Filters:
    """What the list leaves out."""

    text: str = ""
    classes: frozenset[FitClass] = frozenset(FitClass)
    osi: bool = False
    commercial: bool = False
    no_eu: bool = False
    min_speed: bool = True
    """Hide what fits but is slower than the least speed asked for."""


FILTER_NAMES = ("text", "use", "fit", "speed", "osi", "commercial", "no_eu")


@dataclass(frozen=True)
class ListOrder:
    """Rows to show, in order, and what was left out."""

    rows: Ints
    """Models, those that fit first."""
    n_fitting: int
    hidden: dict[str, int]
    """Models that one filter alone hides."""
    class_counts: tuple[int, ...]
    """Models of each :class:`FitClass` that the other filters let through."""
    licence_counts: dict[str, int]


SORTS = ("recommended", "name", "placement", "decode", "first_token", "loss", "file", "licence", "provenance")
PROVENANCE_ORDER = ("published", "reported", "user")


def text_mask(facts: Facts, text: str) -> Bools:
    """Models one of whose names holds every word of a text."""
    if not text.strip():
        return np.ones(len(facts.ids), dtype=np.bool_)
    words = [name_key(word) for word in text.split()]
    words = [word for word in words if word]
    if not words:
        return np.zeros(len(facts.ids), dtype=np.bool_)
    return np.array([all(any(w in name for name in names) for w in words) for names in facts.search])


def list_order(
    view: CatalogueView, filters: Filters, sort: str = "recommended", descending: bool = False
) -> ListOrder:
    """Filter and sort models by their recommended quantization; what does not fit comes last, nearest first."""
    facts = view.facts
    n = len(facts.ids)
    at = (np.arange(n), view.best)
    fit, speed = view.fit[at], view.decode_p50[at]
    everything = np.ones(n, dtype=np.bool_)
    wanted = np.array([c in filters.classes for c in FitClass])
    masks = {
        "text": text_mask(facts, filters.text),
        "use": facts.suits[view.wishes.use],
        "fit": wanted[fit],
        "speed": ~(speed < view.wishes.min_decode_tps) if filters.min_speed else everything,
        "osi": facts.osi if filters.osi else everything,
        "commercial": facts.commercial if filters.commercial else everything,
        "no_eu": ~facts.eu if filters.no_eu else everything,
    }

    def others(*names: str) -> Bools:
        kept = everything.copy()
        for name, mask in masks.items():
            if name not in names:
                kept &= mask
        return kept

    shown = others()
    hidden = {name: int(np.count_nonzero(others(name) & ~mask)) for name, mask in masks.items()}
    base = others("fit")
    counts = tuple(int(np.count_nonzero(base & (fit == c))) for c in FitClass)
    licence = {
        "osi": int(np.count_nonzero(others("osi") & facts.osi)),
        "commercial": int(np.count_nonzero(others("commercial") & facts.commercial)),
        "no_eu": int(np.count_nonzero(others("no_eu") & ~facts.eu)),
    }
    fits = fit != FitClass.NONE
    key = _sort_key(view, sort, fit, speed)
    if descending:
        key = -key
    key = np.where(fits, key, view.shortfall[at] if sort == "recommended" else key)
    order = np.lexsort((view.rank, key, ~fits))
    rows = order[shown[order]]
    return ListOrder(rows, int(np.count_nonzero(fits[rows])), hidden, counts, licence)


def _sort_key(view: CatalogueView, sort: str, fit: NDArray[np.int8], speed: Floats) -> Floats:
    """What a sort orders models by, smallest first, shape (models,)."""
    facts = view.facts
    at = (np.arange(len(facts.ids)), view.best)
    if sort == "name":
        return facts.name_order
    if sort == "placement":
        return fit.astype(np.float64)
    if sort == "decode":
        return -_last(speed)
    if sort == "first_token":
        return _first(view.first_token[at])
    if sort == "loss":
        return _first(facts.losses[view.best])
    if sort == "file":
        return view.file[at]
    if sort == "licence":
        return facts.licence_order
    if sort == "provenance":
        return np.array([PROVENANCE_ORDER.index(p) for p in facts.provenance], dtype=np.float64)
    return view.rank.astype(np.float64)


def _last(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, -np.inf)


def _first(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, np.inf)


def plan_for(
    library: Library,
    machine: Machine,
    wishes: Wishes,
    model_id: str,
    quant: str | None = None,
    n_cpu_moe: int | None = None,
) -> Plan:
    """Plan of one model for the plan pane.

    Parameters
    ----------
    library : Library
    machine : Machine
    wishes : Wishes
        A context beyond the model's is cut to what it was trained for, and the plan says so.
    model_id : str
    quant : str or None
        A column of the library; None = recommended.
    n_cpu_moe : int or None
        Experts of so many layers in RAM, as the slider asks; None = the planner chooses.
    """
    model = library.models[model_id]
    trained = int(library.columns.cache.n_ctx_train[library.rows[model_id]])
    asked = replace(wishes, n_ctx=min(wishes.n_ctx, trained))
    scheme = None if quant is None else library.find_quant(quant)
    if n_cpu_moe is None or scheme is None:
        plan = plan_model(library, model, machine, asked, scheme)
    else:
        settings = replace(
            asked.settings(asked.n_ctx * asked.n_parallel),
            n_gpu_layers=ALL_LAYERS,
            n_cpu_moe=n_cpu_moe,
        )
        column = quant_column(library, model, scheme)
        plan = plan_settings(library, model, machine, settings, column, asked)
    if asked.n_ctx < wishes.n_ctx:
        note = (
            f"planned at {units.tokens(trained)}: the model is not trained for {units.tokens(wishes.n_ctx)}"
        )
        plan = replace(plan, reasons=(*plan.reasons, note))
    return plan


def plan_segments(device: DevicePlan) -> tuple[int, ...]:
    """Bytes of one device of a plan by :data:`BAR_KINDS`, what others use left out."""
    return (
        device.model_bytes - device.expert_bytes,
        device.expert_bytes,
        device.kv_bytes + device.recurrent_bytes,
        device.compute_bytes + device.output_bytes,
        device.overhead_bytes,
    )


@dataclass(frozen=True)
class MapGrid:
    """Model × context, shape (models, contexts)."""

    rows: Ints
    quants: Ints
    contexts: tuple[int, ...]
    fit: NDArray[np.int8]
    offered: Bools
    """False beyond the context a model was trained for."""
    decode_p10: Floats
    decode_p50: Floats
    decode_p90: Floats
    headroom: Floats
    """Left on the fullest GPU, or in RAM without one. [bytes]"""
    bars: Floats
    """As :attr:`CatalogueView.bars`."""
    devices: tuple[ShownDevice, ...]
    last_on_gpu: Ints
    """Number of contexts, from the shortest, that stay on the GPU, shape (models,)."""


def map_grid(
    library: Library,
    facts: Facts,
    machine: Machine,
    wishes: Wishes,
    rows: Ints,
    quants: Ints,
    contexts: Sequence[int] = MAP_CONTEXTS,
) -> MapGrid:
    """Evaluate some models at every context of the map."""
    devices = device_set(machine, wishes.backend, wishes.reserve_bytes)
    asked = np.asarray(contexts, dtype=np.int64)[None, :]
    offered = asked <= facts.n_ctx_train[rows][:, None]
    n_ctx = np.minimum(asked, facts.n_ctx_train[rows][:, None]) * wishes.n_parallel
    found = evaluate(
        library.columns,
        rows,
        np.broadcast_to(quants[:, None], n_ctx.shape),
        n_ctx,
        wishes.context(devices.backend),
        devices,
        wishes.workload,
    )
    fit = fit_classes(found)
    shown = shown_devices(found.devices)
    bars = bar_bytes(found)
    capacity = np.array([d.capacity for d in shown])
    left = capacity - bars.sum(axis=-1)
    gpus = [i for i, d in enumerate(shown) if d.kind != "host"] or [0]
    on_gpu = offered & (fit <= FitClass.TIGHT)
    last = np.where(on_gpu.all(axis=1), on_gpu.shape[1], np.argmin(on_gpu, axis=1))
    return MapGrid(
        rows,
        quants,
        tuple(contexts),
        fit,
        offered,
        found.decode_p10,
        found.decode_p50,
        found.decode_p90,
        left[..., gpus].min(axis=-1),
        bars,
        shown,
        last.astype(np.int64),
    )


@dataclass(frozen=True)
class Curve:
    """Speed and memory against one setting, shape (steps,)."""

    x: Ints
    fits: Bools
    decode_p10: Floats
    decode_p50: Floats
    decode_p90: Floats
    gpu_bytes: Floats
    """On the fullest GPU, everything counted. [bytes]"""
    capacity: float
    """Of that GPU. [bytes]"""
    limit: float
    """Capacity less the reserve. [bytes]"""
    best: int
    """Step with the highest median among those that fit; -1 if none does."""


def context_curve(
    library: Library, facts: Facts, machine: Machine, wishes: Wishes, row: int, quant: int
) -> Curve:
    """Speed and GPU memory of one model against its context."""
    trained = int(facts.n_ctx_train[row])
    steps = sorted(
        {c for c in (*MAP_CONTEXTS, *(c * 3 // 2 for c in MAP_CONTEXTS)) if c <= trained} | {trained}
    )
    grid = map_grid(library, facts, machine, wishes, np.array([row]), np.array([quant]), steps)
    fits = grid.fit[0] != FitClass.NONE
    gpus = [i for i, d in enumerate(grid.devices) if d.kind != "host"] or [0]
    used = grid.bars[0][:, gpus].sum(axis=-1)
    fullest = int(np.argmax(used.max(axis=0)))
    device = grid.devices[gpus[fullest]]
    return _curve(
        np.array(steps, dtype=np.int64),
        fits,
        (grid.decode_p10[0], grid.decode_p50[0], grid.decode_p90[0]),
        used[:, fullest],
        device,
    )


def experts_curve(
    library: Library, facts: Facts, machine: Machine, wishes: Wishes, row: int, quant: int
) -> Curve | None:
    """Speed and GPU memory of one model against the layers whose experts stay in RAM; None where there are no experts or
    no GPU."""
    devices = device_set(machine, wishes.backend, wishes.reserve_bytes)
    if not bool(facts.is_moe[row]) or not devices.gpus or devices.unified:
        return None
    blocks = int(library.columns.cache.n_layer_all[row])
    steps = np.arange(blocks + 1, dtype=np.int64)
    context = wishes.context(devices.backend)
    n_ctx = np.array([[min(wishes.n_ctx, int(facts.n_ctx_train[row])) * wishes.n_parallel]], dtype=np.int64)
    cells = np.ones((1, len(steps)), dtype=np.int64)
    chosen = Selection.of(library.columns, row * cells, quant * cells)
    shares = np.array([g.room for g in devices.gpus]).reshape(1, 1, -1)
    placement = layer_boundaries(blocks * cells, -1 * cells, shares)
    experts = steps[None, :]
    memory = estimate_memory(chosen, placement, experts, n_ctx * cells, context, devices)
    speed = estimate_speed(chosen, placement, experts, context, devices, wishes.workload, with_prefill=False)
    shape = cells.shape
    total = np.broadcast_to(memory.total, (*shape, memory.total.shape[-1]))[0, :, 1:]
    total = total + np.array([g.others for g in devices.gpus])
    fullest = int(np.argmax(total.max(axis=0)))
    device = shown_devices(devices)[fullest]
    fits = np.broadcast_to(fit_of(memory, devices).without_reserve, shape)[0]
    d = speed.decode
    ranges = tuple(np.broadcast_to(v, shape)[0] for v in (d.tps_p10, d.tps_p50, d.tps_p90))
    return _curve(steps, fits, (ranges[0], ranges[1], ranges[2]), total[:, fullest], device)


def _curve(
    x: Ints, fits: Bools, decode: tuple[Floats, Floats, Floats], used: Floats, device: ShownDevice
) -> Curve:
    low, mid, high = (np.where(fits, v, np.nan) for v in decode)
    known = np.isfinite(mid)
    best = int(np.argmax(np.where(known, mid, -1.0))) if known.any() else -1
    return Curve(
        x, fits, low, mid, high, np.asarray(used), device.capacity, device.capacity - device.reserve, best
    )


FAILURE_WORDS = ("could not", "cannot be read", "failed", "did not end", "not readable", "error", "mismatch")


def probe_failures(machine: Machine) -> tuple[str, ...]:
    """Notes of a detected machine that tell of a probe that failed, rather than of what is not there."""
    return tuple(n for n in machine.notes if any(word in n.casefold() for word in FAILURE_WORDS))


def reported_answer(library: Library, text: str) -> str | None:
    """What is known of a model that the press names and nobody published, when that is what was searched for."""
    found = [m for m in search_models(library, text) if m.provenance.value == "reported"]
    if not found:
        return None
    model = found[0]
    nearest = library.models.get(model.nearest or "")
    lines = [f"{model.name} is named in the press; no such weights are published."]
    lines += [f"Claimed: {claim}" for claim in model.claims[:2]]
    lines += [f"Found: {fact}" for fact in model.evidence[:2]]
    if nearest is not None:
        lines.append(f"Nearest published model: {nearest.name} ({nearest.id})")
    return "\n".join(lines)


def command_for(library: Library, plan: Plan, program: str) -> LaunchCommand | None:
    """The command of a plan for another llama.cpp program.

    Parameters
    ----------
    library : Library
    plan : Plan
        A plan whose settings were chosen for ``llama-server``.
    program : str
        ``llama-server`` or ``llama-cli`` (one user, so it gets the context of one).

    Returns
    -------
    LaunchCommand or None
        None when the program has no flag for one of the settings.
    """
    command = plan.command
    if command is None or command.engine != "llama.cpp" or program == command.argv[0]:
        return command
    given = plan.settings
    settings = LlamaSettings(
        n_ctx=plan.n_ctx or int(given["n_ctx"]),
        n_batch=int(given["n_batch"]),
        n_ubatch=int(given["n_ubatch"]),
        n_gpu_layers=_layers(given["n_gpu_layers"]),
        n_cpu_moe=_layers(given["n_cpu_moe"]) or 0,
        tensor_split=None if given["tensor_split"] is None else tuple(given["tensor_split"]),
        split_mode=str(given["split_mode"]),
        main_gpu=int(given["main_gpu"]),
        devices=None if given["devices"] is None else tuple(given["devices"]),
        flash_attn="on" if given["flash_attn"] else "off",
        cache_type_k=str(given["cache_type_k"]),
        cache_type_v=str(given["cache_type_v"]),
        fit=bool(given["fit"]),
        binary=program,
    )
    source = model_source(library.models[plan.model_id], plan.quant or "")
    try:
        other = llama_launch_command(settings, source, plan.engine_version)
    except UnsupportedSetting:
        return None
    known = {(f.flag, f.value): f for f in command.flags}
    return replace(other, flags=tuple(known.get((f.flag, f.value), f) for f in other.flags))


def _layers(value: object) -> int | None:
    if value is None:
        return None
    return ALL_LAYERS if value == "all" else int(str(value))
