"""The list under vLLM, or under both engines: a view of llama.cpp with vLLM's figures beside or instead of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.catalogue_view import next_serial
from planner.fit_class import FitClass
from planner.ranking import Place, places
from planner.vllm.choice import checkpoints_of
from planner.vllm.figures import FORMS, RowFigures, bar_bytes_of, fill_form

if TYPE_CHECKING:
    from planner.catalogue_view import CatalogueView
    from planner.library import Library
    from planner.model_facts import Facts

BESIDE = "vLLM "
"""Before the name of a format where both engines are listed."""
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class ServedFacts:
    """Facts of the models with vLLM's formats as quantizations."""

    alone: Facts
    """Formats only."""
    beside: Facts
    """llama.cpp's quantizations, then the formats, named ``vLLM FP8``."""


def served_facts(library: Library, facts: Facts) -> ServedFacts:
    """Add vLLM's formats to the facts; once for a catalogue."""
    models = [library.models[model_id] for model_id in facts.ids]
    offered = np.zeros((len(models), len(FORMS)), dtype=np.bool_)
    trained = np.zeros_like(offered)
    for row, model in enumerate(models):
        for checkpoint in checkpoints_of(model):
            column = FORMS.index(checkpoint.form.name)
            offered[row, column] = True
            trained[row, column] = checkpoint.repository == model.id and not checkpoint.online
    losses = np.full(len(FORMS), np.nan)
    alone = replace(facts, quants=FORMS, offered=offered, losses=losses, trained_in=trained)
    beside = replace(
        facts,
        quants=(*facts.quants, *(BESIDE + form for form in FORMS)),
        offered=np.concatenate([facts.offered, offered], axis=1),
        losses=np.concatenate([facts.losses, losses]),
        trained_in=np.concatenate([facts.trained_in, trained], axis=1),
    )
    return ServedFacts(alone, beside)


class ServedFigures:
    """vLLM's figures of a catalogue on one machine, taken in row by row; shape (models, formats) unless stated."""

    def __init__(self, n_models: int, n_devices: int, n_kinds: int, unified: bool) -> None:
        shape = (n_models, len(FORMS))
        self._unified = unified
        self.done: Bools = np.zeros(n_models, dtype=np.bool_)
        self.fit = np.full(shape, FitClass.NONE, dtype=np.int8)
        self.bars: Floats = np.zeros((*shape, n_devices, n_kinds))
        self.decode: Floats = np.full((3, *shape), np.nan)
        self.first_token: Floats = np.full(shape, np.nan)
        self.file: Floats = np.full(shape, np.nan)
        self.shortfall: Floats = np.full(shape, np.nan)
        self.needed: Floats = np.full(shape, np.nan)
        self.best = np.full(n_models, -1, dtype=np.int64)
        """-1 where vLLM does not run the model."""
        self.places: list[Place | None] = [None] * n_models
        self.why_not = [""] * n_models
        self.how: dict[tuple[int, int], str] = {}
        """How each format would be run."""
        self._said: dict[str, str] = {}  # a few dozen texts, said of a thousand formats
        self.worth: list[tuple[bool, bool, float]] = [(False, False, 0.0)] * n_models

    @property
    def complete(self) -> bool:
        """Every model is answered."""
        return bool(self.done.all())

    def take(self, answered: Iterable[RowFigures]) -> None:
        """Take in what was answered."""
        for line in answered:
            row = line.row
            for form in line.forms:
                column = FORMS.index(form.form)
                self.fit[row, column] = form.fit
                self.bars[row, column] += bar_bytes_of(form, self.bars.shape[2], self._unified)
                self.decode[:, row, column] = form.decode
                self.first_token[row, column] = form.first_token
                self.file[row, column] = form.file
                self.shortfall[row, column] = form.shortfall
                self.needed[row, column] = form.needed
                self.how[row, column] = self._said.setdefault(str(form.how), form.how)
            if line.best is not None:
                self.best[row] = FORMS.index(line.best)
            self.places[row], self.why_not[row], self.worth[row] = line.place, line.why_not, line.worth
            self.done[row] = True


def figures_for(view: CatalogueView) -> ServedFigures:
    """Empty figures for the models and devices of a view."""
    unified = len(view.devices) == 1 and view.devices[0].kind == "unified"
    return ServedFigures(view.bars.shape[0], view.bars.shape[2], view.bars.shape[3], unified)


def waiting_rows(view: CatalogueView, figures: ServedFigures, first: Sequence[int]) -> list[int]:
    """Models not answered yet: those on the screen first, then in the order of the list."""
    order = dict.fromkeys([*first, *np.argsort(view.rank, kind="stable").tolist()])
    return [row for row in order if not figures.done[row]]


def served_view(
    library: Library, base: CatalogueView, facts: ServedFacts, figures: ServedFigures, both: bool
) -> CatalogueView:
    """The list under vLLM or both engines.

    Parameters
    ----------
    library : Library
    base : CatalogueView
        Of llama.cpp, for the same machine and question.
    facts : ServedFacts
    figures : ServedFigures
        As far as they are answered.
    both : bool
        True: the better engine of each model is recommended, llama.cpp's as long as vLLM's is not known.

    Returns
    -------
    CatalogueView
        ``waiting`` says which models are not answered; the order of the models changes when all are.
    """
    bars = figures.bars.copy()
    bars[..., -1] += np.array([d.others for d in base.devices])
    mine = (np.arange(len(base.best)), base.best)
    own_column = np.maximum(figures.best, 0)
    waiting = None if figures.complete else ~figures.done
    rank, reasons = base.rank, base.reasons
    n_own = base.bars.shape[1] if both else 0
    if both:
        worth = zip(
            (base.fit[mine] != FitClass.NONE).tolist(),
            (base.fit[mine] <= FitClass.TIGHT).tolist(),
            np.nan_to_num(base.decode_p50[mine]).tolist(),
            strict=True,
        )
        better = np.array([theirs > own for theirs, own in zip(figures.worth, worth, strict=True)])
        better &= figures.best >= 0
        best = np.where(better, own_column + n_own, base.best)
    else:
        better = np.ones(len(own_column), dtype=np.bool_)
        best = own_column
    if waiting is None:
        theirs = figures.places
        llama = places(library, base.found, base.best, base.wishes) if both else {}
        standing = {
            row: place
            for row, place in enumerate(theirs)
            if place is not None and base.facts.suits[base.wishes.use][row]
        }
        standing = {row: place if better[row] else llama[row] for row, place in standing.items()}
        rank = np.full_like(base.rank, len(base.rank))
        texts = [""] * len(rank)
        for at, (row, place) in enumerate(sorted(standing.items(), key=lambda e: e[1].key)):
            rank[row] = at
            texts[row] = place.reason
        reasons = tuple(texts)

    def joined(own: NDArray[np.generic], served: NDArray[np.generic]) -> NDArray[np.generic]:
        return np.concatenate([own, served], axis=1) if both else served

    drawn: NDArray[np.float32] = np.asarray(joined(base.bars, bars), dtype=np.float32)
    served = {
        "fit": joined(base.fit, figures.fit),
        "decode_p10": joined(base.decode_p10, figures.decode[0]),
        "decode_p50": joined(base.decode_p50, figures.decode[1]),
        "decode_p90": joined(base.decode_p90, figures.decode[2]),
        "first_token": joined(base.first_token, figures.first_token).copy(),
        "file": joined(base.file, figures.file),
        "shortfall": joined(base.shortfall, figures.shortfall),
        "needed": joined(base.needed, figures.needed),
    }
    return replace(
        base,
        facts=facts.beside if both else facts.alone,
        best=best,
        rank=rank,
        reasons=reasons,
        serial=next_serial(),
        bars_of=lambda: drawn,
        engine="any" if both else "vllm",
        n_llama=n_own,
        waiting=None if both else waiting,
        settled=waiting is None,
        how={(row, column + n_own): how for (row, column), how in figures.how.items()},
        why_not=() if both else tuple(figures.why_not),
        served_first_token=partial(_first_token, library, base, n_own),
        **served,  # type: ignore[arg-type]
    )


def _first_token(library: Library, base: CatalogueView, n_own: int, row: int, column: int) -> float:
    return fill_form(library, base.machine, base.wishes, row, FORMS[column - n_own])


def engine_of(quant: str | None) -> tuple[str | None, str | None]:
    """Engine and name of a quantization as both engines' list names it; the engine is None where that does not say."""
    if quant is not None and quant.startswith(BESIDE):
        return "vllm", quant.removeprefix(BESIDE)
    return None, quant
