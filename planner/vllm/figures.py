"""vLLM's answers for the list, model by model: what fits in which format, bytes per GPU, speeds.

Nothing is estimated here: :mod:`planner.vllm.choice` tries the formats and parallel sizes, :mod:`planner.vllm.plan` writes
the best one out, and this module puts their figures where the list draws them. A model takes milliseconds and the catalogue
seconds, so rows come in batches (:func:`answer_rows`) and a view of them can be drawn before they are all there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np

from planner.commands.vllm_flags import DEFAULT_VERSION
from planner.fit_class import FitClass
from planner.machine import Machine
from planner.ranking import Place, Standing, place_of
from planner.records import Verdict
from planner.request import RequestFault
from planner.shown_device import plan_segments
from planner.units import ValueFault
from planner.vllm.cache_specs import UnknownCache
from planner.vllm.choice import Choice, candidates, chosen, shortage, speed_of
from planner.vllm.plan import (
    cannot_run,
    checkpoint_bytes,
    device_plans,
    judge,
    model_facts,
    no_plan,
    plan_of_choice,
)
from planner.vllm.rank import place_of_plan, worth
from planner.vllm.supported import version_says
from planner.vllm.weight_formats import FORMATS
from planner.wishes import Wishes
from planner.words import Said, say, say_list

if TYPE_CHECKING:
    from models_db.model_spec import ModelSpec
    from planner.library import Library
    from planner.plan import Plan

FORMS = tuple(FORMATS)
"""Columns of vLLM's figures."""


@dataclass(frozen=True, slots=True)
class FormFigures:
    """One format of one model, as the list draws it."""

    form: str
    fit: FitClass
    segments: tuple[tuple[int, tuple[float, ...]], ...]
    """Number of each GPU used (-1 = RAM), and its bytes by :data:`planner.shown_device.BAR_KINDS`."""
    decode: tuple[float, float, float]
    """80 % range with the median in the middle, NaN if unknown. [tokens/s]"""
    first_token: float
    """Median; NaN if unknown or not asked. [s]"""
    file: float
    """[bytes]"""
    shortfall: float
    """All ranks together; NaN where it is not memory that is missing. [bytes]"""
    needed: float
    """All devices together, overhead left out. [bytes]"""
    how: str
    """How its command runs it: parallel sizes, cache type, what is given up."""


@dataclass(frozen=True, slots=True)
class RowFigures:
    """One model under vLLM."""

    row: int
    forms: tuple[FormFigures, ...]
    best: str | None
    """Recommended format; None where vLLM does not run the model at all."""
    place: Place
    """Its place among the models under vLLM."""
    why_not: str
    """First reason where it does not fit, empty where it does."""
    worth: tuple[bool, bool, float]
    """Fits, wholly on GPUs, median speed: what the engines are compared by (:func:`planner.vllm.rank.worth`)."""


def answer_rows(
    library: Library, machine: Machine, wishes: Wishes, rows: Sequence[int], seconds: float = float("inf")
) -> list[RowFigures]:
    """Answer models one after the other, until time is up; at least one.

    Parameters
    ----------
    library : Library
    machine : Machine
    wishes : Wishes
        As the window asks: ``engine_version`` is llama.cpp's and not used.
    rows : sequence of int
        Models, in the order they are needed.
    seconds : float
        No further model is begun after so long. [s]
    """
    end = monotonic() + seconds
    out: list[RowFigures] = []
    stop = cannot_run(machine)
    for row in rows:
        out.append(answer_row(library, machine, wishes, row, stop))
        if monotonic() >= end:
            break
    return out


def answer_row(
    library: Library, machine: Machine, wishes: Wishes, row: int, stop: str | None = None
) -> RowFigures:
    """Answer one model.

    Parameters
    ----------
    stop : str or None
        Why vLLM runs nothing on this machine (:func:`planner.vllm.plan.cannot_run`).
    """
    model = library.models[library.columns.ids[row]]
    trained = int(library.columns.cache.n_ctx_train[row])
    asked = wishes.for_vllm(trained)
    version = DEFAULT_VERSION
    try:
        facts = model_facts(library.catalogue, model)
    except (RequestFault, ValueFault, KeyError) as fault:
        return _none(library, row, model, wishes, str(fault))
    stop = stop or version_says(model, facts.spec.hf_arch, version).stop or None
    if stop is not None:
        return _none(library, row, model, wishes, stop, no_plan(model, facts, machine, version, None, stop))
    try:
        found = candidates(model, facts, machine, asked, version)
    except UnknownCache as fault:
        return _none(library, row, model, wishes, str(fault))
    ordered = chosen(found, machine, asked, version)
    if not ordered:
        return _none(library, row, model, wishes, *(dict.fromkeys(found.notes) or ("nothing fits",)))
    best = ordered[0]
    plan = plan_of_choice(model, best, machine, asked, version, brief=True)
    forms = [_figures(best, plan, asked)]
    for name in found.forms:
        if name == best.checkpoint.form.name:
            continue
        first = chosen(found.of(name), machine, asked, version)[0]
        forms.append(_figures(first, None, asked))
    return RowFigures(
        row=row,
        forms=tuple(forms),
        best=best.checkpoint.form.name,
        place=place_of_plan(model, plan, wishes),
        why_not="" if plan.fits else plan.reasons[0],
        worth=worth(plan),
    )


def _none(
    library: Library, row: int, model: ModelSpec, wishes: Wishes, why: str, plan: Plan | None = None
) -> RowFigures:
    """A model vLLM does not run here."""
    if plan is not None:
        place = place_of_plan(model, plan, wishes)
    else:
        columns = library.columns
        place = place_of(
            Standing(
                model=model,
                fits=False,
                decode_p50=float("nan"),
                loss=0.0,
                n_ctx_train=int(columns.cache.n_ctx_train[row]),
                total_parameters=float(columns.work.total_parameters[row]),
                active_parameters=float(columns.work.active_parameters[row]),
                shortfall=float("nan"),
                why_not=why,
            ),
            wishes,
        )
    return RowFigures(row, (), None, place, why, (False, False, 0.0))


def _figures(choice: Choice, plan: Plan | None, wishes: Wishes) -> FormFigures:
    """What the list draws of one choice; with its plan where one was written."""
    setup = choice.setup
    fits = setup.fits and setup.concurrency >= wishes.n_parallel
    if plan is not None:
        fits = plan.fits is True
    verdict = plan.verdict if plan is not None else judge(setup, wishes.n_parallel)[0] if fits else None
    fit = {
        Verdict.FITS: FitClass.GPU,
        Verdict.TIGHT: FitClass.TIGHT,
        Verdict.FITS_WITH_OFFLOAD: FitClass.PARTIAL,
    }.get(verdict, FitClass.NONE) if fits and verdict is not None else FitClass.NONE  # fmt: skip
    speed = plan.throughput if plan is not None else choice.throughput
    decode = speed.decode_tps if fits and speed is not None else None
    first = speed.ttft_s if fits and speed is not None else None
    nan = float("nan")
    segments = _segments(choice)
    missing = 0.0 if fits else shortage(setup, wishes) * len(segments)
    needed = sum(sum(kinds[:-1]) for _, kinds in segments) + missing
    return FormFigures(
        form=choice.checkpoint.form.name,
        fit=fit,
        segments=segments,
        decode=(nan, nan, nan) if decode is None else (decode.p10, decode.p50, decode.p90),
        first_token=nan if first is None else first.p50,
        file=float(checkpoint_bytes(setup.model.model_id, choice.checkpoint.form)),
        shortfall=missing,
        needed=needed,
        how=how_it_runs(choice),
    )


def _segments(choice: Choice) -> tuple[tuple[int, tuple[float, ...]], ...]:
    """Bytes on the GPU of every rank, and in RAM where weights are offloaded."""
    setup = choice.setup
    numbers = choice.devices
    plans = device_plans(setup, Machine(name="", gpus=(setup.gpu,) * (max(numbers) + 1)), numbers)
    at = [*numbers, -1]
    return tuple((n, tuple(float(v) for v in plan_segments(d))) for n, d in zip(at, plans, strict=False))


def fill_form(library: Library, machine: Machine, wishes: Wishes, row: int, form: str) -> float:
    """Median time to the first token of one format that is listed below its model; NaN if unknown. [s]"""
    model = library.models[library.columns.ids[row]]
    trained = int(library.columns.cache.n_ctx_train[row])
    asked = wishes.for_vllm(trained)
    version = DEFAULT_VERSION
    found = candidates(model, model_facts(library.catalogue, model), machine, asked, version, form)
    ordered = chosen(found, machine, asked, version)
    speed = speed_of(ordered[0].setup, asked) if ordered else None
    return float("nan") if speed is None or speed.ttft_s is None else speed.ttft_s.p50


def how_it_runs(choice: Choice) -> Said:
    """Class of a command in a few words: parallel sizes first, then what departs from vLLM's defaults."""
    s = choice.setup.settings
    parts: list[str] = []
    if s.tensor_parallel_size > 1:
        parts.append(say("tensor parallel {n}", n=s.tensor_parallel_size))
    if s.pipeline_parallel_size > 1:
        parts.append(say("pipeline parallel {n}", n=s.pipeline_parallel_size))
    if s.data_parallel_size > 1:
        parts.append(say("{n} copies", n=s.data_parallel_size))
    if not parts:
        parts.append(say("one GPU"))
    if s.kv_cache_dtype != "auto":
        parts.append(say("KV cache {type}", type=s.kv_cache_dtype))
    if s.quantization is not None:
        parts.append(say("quantized while loading"))
    if s.cpu_offload_gb:
        parts.append(say("{n} GiB of weights per GPU in RAM", n=f"{s.cpu_offload_gb:g}"))
    if s.enforce_eager:
        parts.append(say("without CUDA graphs"))
    return say_list(parts)


def bar_bytes_of(
    form: FormFigures, n_bars: int, unified: bool
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Bars of one format over the shown devices, shape (devices, kinds). [bytes]"""
    out = np.zeros((n_bars, len(form.segments[0][1]) if form.segments else 5))
    for number, kinds in form.segments:
        at = 0 if unified else n_bars - 1 if number < 0 else number
        if at < n_bars:
            out[at] += kinds
    return out


def answer_contexts(
    library: Library, machine: Machine, wishes: Wishes, row: int, form: str, contexts: Sequence[int]
) -> list[FormFigures | None]:
    """One format of one model at several contexts; None where vLLM does not run it.

    Parameters
    ----------
    contexts : sequence of int
        Within what the model was trained for. [tokens]
    """
    model = library.models[library.columns.ids[row]]
    try:
        facts = model_facts(library.catalogue, model)
    except (RequestFault, ValueFault, KeyError):
        return [None] * len(contexts)
    if cannot_run(machine) or version_says(model, facts.spec.hf_arch, DEFAULT_VERSION).stop:
        return [None] * len(contexts)
    out: list[FormFigures | None] = []
    for n_ctx in contexts:
        asked = replace(wishes, n_ctx=n_ctx).for_vllm()
        try:
            found = candidates(model, facts, machine, asked, DEFAULT_VERSION, form)
        except UnknownCache:
            out.append(None)
            continue
        ordered = chosen(found, machine, asked, DEFAULT_VERSION)
        out.append(_figures(ordered[0], None, asked) if ordered else None)
    return out
