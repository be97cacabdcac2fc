"""The figures of the list, as arrays: one row per model and quantization, drawn without further arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from planner.cells import evaluate_catalogue
from planner.columns import Selection
from planner.evaluate import Evaluation, narrowed, used_devices
from planner.fit_class import FitClass
from planner.formulas.prefill_speed import time_to_first_token
from planner.ranking import Reasons, ranks
from planner.records import Placement
from planner.shown_device import ShownDevice, shown_devices
from planner.speed import estimate_speed

if TYPE_CHECKING:
    from planner.library import Library
    from planner.machine import Machine
    from planner.model_facts import Facts
    from planner.wishes import Wishes

next_serial = count().__next__
"""Numbers views."""
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class CatalogueView:
    """Everything the list draws; shape (models, quantizations) unless stated."""

    facts: Facts
    machine: Machine
    wishes: Wishes
    devices: tuple[ShownDevice, ...]
    fit: NDArray[np.int8]
    """:class:`FitClass`."""
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
    reasons: Reasons | tuple[str, ...]
    """Why each model has its place."""
    bars_of: Callable[[], NDArray[np.float32]]
    """Gives :attr:`bars`, and the next field :attr:`found`: a view that was kept packed unpacks them for who asks only."""
    evaluation: Callable[[], Evaluation]
    serial: int = field(default_factory=next_serial)
    """Different for every view made, so that what was drawn of it can be kept."""
    engine: str = "llama.cpp"
    """``vllm`` and ``any``: see :mod:`planner.vllm.list_view`."""
    n_llama: int | None = None
    """Quantizations of llama.cpp, the first ones; vLLM's formats follow. None = all are llama.cpp's."""
    waiting: NDArray[np.bool_] | None = None
    """Models whose figures are still being made, shape (models,); None = none."""
    settled: bool = True
    """False while any figure is still being made: the order of the models does not change before."""
    how: dict[tuple[int, int], str] = field(default_factory=dict)
    """How vLLM would run a model in a format."""
    why_not: tuple[str, ...] = ()
    """Why vLLM does not run a model; empty where it does."""
    served_first_token: Callable[[int, int], float] | None = None
    """Median time to the first token of a format of vLLM. [s]"""
    complete: ClassVar[bool] = True
    """Every quantization has its figures, unlike in a :class:`planner.stored_view.StoredView`."""

    @property
    def bars(self) -> NDArray[np.float32]:
        """Bytes by device and :data:`BAR_KINDS`, shape (models, quantizations, devices, kinds); the last kind holds the
        driver's overhead and what others use. Drawn only, and half of what a kept view takes: seven digits are enough."""
        return self.bars_of()

    @property
    def found(self) -> Evaluation:
        """Placements, totals and speeds of llama.cpp; the kinds of memory are in ``bars`` only."""
        return self.evaluation()

    @property
    def n_ctx(self) -> int:
        """Tokens each user gets."""
        return self.wishes.n_ctx

    @property
    def use(self) -> str:
        """What the models are for."""
        return self.wishes.use

    @property
    def min_decode_tps(self) -> float:
        """Least speed asked for. [tokens/s]"""
        return self.wishes.min_decode_tps


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
    kept = found.to_keep()
    first = np.full(found.placed.code.shape, np.nan)
    rows = np.arange(len(facts.ids))
    first[rows, best] = first_token_seconds(found, rows, best, wishes)
    bars = bar_bytes(found).astype(np.float32)
    return CatalogueView(
        facts=facts,
        machine=machine,
        wishes=wishes,
        devices=shown_devices(found.devices),
        fit=fit_classes(found),
        decode_p10=found.decode_p10,
        decode_p50=found.decode_p50,
        decode_p90=found.decode_p90,
        first_token=first,
        file=np.asarray(library.columns.weights.file, dtype=np.float64),
        shortfall=found.placed.shortfall,
        needed=(found.memory.total - found.memory.overhead).sum(axis=-1),
        best=np.asarray(best, dtype=np.int64),
        rank=ranks(library, found, best, wishes),
        reasons=Reasons(library, lambda: kept, best, wishes),
        bars_of=lambda: bars,
        evaluation=lambda: kept,
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
        experts = placed.n_cpu_moe[rows[at], quants[at]][:, None].astype(np.int64)
        context = found.context if gpus else replace(found.context, backend="cpu")
        n_ctx = np.broadcast_to(found.n_ctx, placed.code.shape)[rows[at], quants[at]][:, None]
        asked = workload.within(n_ctx // context.n_seq_max)
        speed = estimate_speed(chosen, placement, experts, context, some, asked)
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
    if view.n_llama is not None:
        for column in quants[quants >= view.n_llama].tolist():
            if view.fit[row, column] <= FitClass.TIGHT and view.served_first_token is not None:
                view.first_token[row, column] = view.served_first_token(row, column)
        quants = quants[quants < view.n_llama]
        if not len(quants):
            return
    rows = np.full(len(quants), row, dtype=np.int64)
    view.first_token[row, quants] = first_token_seconds(view.found, rows, quants, view.wishes)


def quants_of(view: CatalogueView, row: int) -> list[int]:
    """Quantizations offered for a model, largest file first."""
    offered = np.flatnonzero(view.facts.offered[row])
    size = view.file[row, offered]
    return [int(q) for q in offered[np.argsort(-size, kind="stable")]]
