"""The map under vLLM or both engines: rows in vLLM's formats, answered a few at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.fit_class import FitClass
from planner.map_grid import MAP_CONTEXTS, MapGrid, map_grid
from planner.vllm.figures import FORMS, FormFigures, answer_contexts

if TYPE_CHECKING:
    from planner.catalogue_view import CatalogueView
    from planner.library import Library

Ints = NDArray[np.int64]
Line = tuple[int, list[FormFigures | None]]
"""Row of the map, and its figures at the contexts the model was trained for."""


def empty_map(
    library: Library, view: CatalogueView, rows: Ints, quants: Ints, contexts: Sequence[int] = MAP_CONTEXTS
) -> MapGrid:
    """The map with the rows of llama.cpp in place and those of vLLM waiting.

    Parameters
    ----------
    library : Library
    view : CatalogueView
        Of :func:`planner.vllm.list_view.served_view`.
    rows, quants : ndarray of int, shape (n,)
        Models, and a quantization of each as ``view.facts`` numbers them.
    contexts : sequence of int
        Columns. [tokens]
    """
    n_llama = 0 if view.n_llama is None else view.n_llama
    served = quants >= n_llama
    llama = map_grid(
        library,
        view.facts,
        view.machine,
        view.wishes,
        rows,
        np.where(served, 0, quants),
        contexts,
        stretched=True,
    )
    asked = np.asarray(contexts, dtype=np.int64)[None, :]
    trained = view.facts.n_ctx_train[rows][:, None]
    at = served[:, None]
    nothing = np.nan
    return replace(
        llama,
        quants=quants,
        fit=np.where(at, np.int8(FitClass.NONE), llama.fit).astype(np.int8),
        offered=np.where(at, asked <= trained, llama.offered),
        decode_p10=np.where(at, nothing, llama.decode_p10),
        decode_p50=np.where(at, nothing, llama.decode_p50),
        decode_p90=np.where(at, nothing, llama.decode_p90),
        headroom=np.where(at, nothing, llama.headroom),
        bars=np.where(at[..., None, None], 0.0, llama.bars),
        last_on_gpu=np.where(served, 0, llama.last_on_gpu),
        beyond=np.where(at, False, llama.beyond),
        shortfall=np.where(at, nothing, llama.shortfall),
        needed=np.where(at, nothing, llama.needed),
        waiting=served,
    )


def answer_lines(
    library: Library, view: CatalogueView, grid: MapGrid, seconds: float = float("inf")
) -> list[Line]:
    """Answer rows that wait, from the top, until time is up; at least one. [s]"""
    end = monotonic() + seconds
    n_llama = 0 if view.n_llama is None else view.n_llama
    out: list[Line] = []
    for at in np.flatnonzero(grid.waiting).tolist() if grid.waiting is not None else []:
        form = FORMS[int(grid.quants[at]) - n_llama]
        contexts = [c for c, offered in zip(grid.contexts, grid.offered[at].tolist(), strict=True) if offered]
        row = int(grid.rows[at])
        out.append((at, answer_contexts(library, view.machine, view.wishes, row, form, contexts)))
        if monotonic() >= end:
            break
    return out


def with_lines(grid: MapGrid, lines: Sequence[Line]) -> MapGrid:
    """The map with more rows answered."""
    names = (
        "fit",
        "decode_p10",
        "decode_p50",
        "decode_p90",
        "headroom",
        "bars",
        "last_on_gpu",
        "shortfall",
        "needed",
    )
    parts = {name: getattr(grid, name).copy() for name in names}
    waiting = np.zeros(len(grid.rows), dtype=np.bool_) if grid.waiting is None else grid.waiting.copy()
    capacity = np.array([d.capacity for d in grid.devices])
    unified = len(grid.devices) == 1
    gpus = [i for i, d in enumerate(grid.devices) if d.kind != "host"] or [0]
    for at, figures in lines:
        waiting[at] = False
        for column, form in enumerate(figures):  # offered contexts are the first ones
            bars = parts["bars"][at, column]
            bars[:, -1] = [d.others for d in grid.devices]
            if form is None:
                continue
            parts["fit"][at, column] = form.fit
            for number, kinds in form.segments:
                bars[0 if unified else number] += kinds
            for name, value in zip(("decode_p10", "decode_p50", "decode_p90"), form.decode, strict=True):
                parts[name][at, column] = value
            parts["headroom"][at, column] = (capacity - bars.sum(axis=-1))[gpus].min()
            parts["shortfall"][at, column], parts["needed"][at, column] = form.shortfall, form.needed
        on_gpu = parts["fit"][at] <= FitClass.TIGHT
        parts["last_on_gpu"][at] = len(on_gpu) if on_gpu.all() else int(np.argmin(on_gpu))
    return replace(grid, waiting=waiting if waiting.any() else None, **parts)
