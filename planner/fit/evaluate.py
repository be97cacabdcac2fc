"""Cross-validation by whole GPUs, whole models and whole generations; ranges and the accuracy table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.calibration import CASE_CLASSES, Knowledge
from planner.fit.dataset import Row, column, number
from planner.fit.repeats import repeats_of
from planner.fit.robust import Fit
from planner.fit.speed_model import (
    DECODE_SPECS,
    PREFILL_SPECS,
    DecodeModel,
    PrefillModel,
    condition,
    core_rates,
    fit_model,
    values_for,
)

Floats = NDArray[np.float64]
GOALS = {
    "dense, one GPU": (8, 25),
    "MoE in VRAM": (12, 30),
    "MoE with experts in RAM": (18, 35),
    "Apple": (8, 25),
    "several GPUs": (8, 25),
    "long depth": (20, 60),
    "CPU only": (20, 60),
    "prefill": (15, 45),
    "vLLM single stream": (8, 20),
    "vLLM batched": (12, 35),
    "llama.cpp batched": (17, 37),
}
WIDENING = 1.0
"""A range from n models is widened by ``1 + w/n + (2w/n)²``, one from n GPUs by ``1 + w/n``: so they hold what they
promise for the next one (of 0, 0.5, 1 and 1.5 the one whose cross-validated ranges hold about 80 %)."""
SPLITS: dict[str, Callable[[Row], str]] = {
    "GPUs": lambda r: r.device.accelerator,
    "models": lambda r: r.model,
    "generations": lambda r: f"{r.device.backend}/{r.device.generation or r.device.accelerator}",
    "backends": lambda r: f"{r.device.engine}/{r.device.backend}",
}


@dataclass(frozen=True)
class Fitted:
    """Both fits made on the same rows."""

    prefill: Fit
    decode: Fit


def prompt_tokens(rows: Sequence[Row]) -> Floats:
    """Prompt tokens of all sequences of a row that are processed before decode starts."""
    return column(
        list(rows),
        lambda r: max(number(r.raw["prompt_tokens"], 0.0), 1.0) * number(r.raw["concurrency"], 1.0),
    )


def fit_all(rows: Sequence[Row], warm: Fitted | None = None) -> Fitted:
    """Fit prompt processing and decode in turn.

    Some decode measurements contain the prompt's time. They help to fit prompt processing (with the step from the decode
    fit before) and decode (with the prompt time from the prefill fit before).
    """
    prompts = [r for r in rows if r.metric == "prefill_tps"]
    tokens = [r for r in rows if r.metric != "prefill_tps"]
    mixed = [r for r in tokens if r.raw["includes_prefill"] == "1"]
    start = warm.prefill if warm else None
    prefill = start or fit_model(PrefillModel(prompts), PREFILL_SPECS)
    decode = fit_model(decode_model(tokens, prefill), DECODE_SPECS, warm.decode if warm else None)
    for _ in range(1 if warm else 3):
        steps = decode_model(mixed, prefill)
        both = PrefillModel(
            [*prompts, *mixed],
            np.concatenate([[number(r.raw["prompt_tokens"], 512.0) for r in prompts], prompt_tokens(mixed)]),
            np.concatenate([np.zeros(len(prompts)), steps.step_seconds(values_for(decode, steps))]),
        )
        prefill = fit_model(both, PREFILL_SPECS, prefill)
        decode = fit_model(decode_model(tokens, prefill), DECODE_SPECS, decode)
    return Fitted(prefill, decode)


def decode_model(rows: Sequence[Row], prefill: Fit) -> DecodeModel:
    """Decode rows with the prompt time that some measurements contain."""
    model = PrefillModel(rows, prompt_tokens(rows))
    return DecodeModel(rows, model.seconds(values_for(prefill, model)), core_rates(prefill, rows))


def log_errors(fitted: Fitted, rows: Sequence[Row]) -> Floats:
    """Log of measured over predicted speed, per row."""
    errors = np.zeros(len(rows))
    at = [i for i, r in enumerate(rows) if r.metric == "prefill_tps"]
    if at:
        p = PrefillModel([rows[i] for i in at])
        errors[at] = p.log_time(values_for(fitted.prefill, p)) - p.target
    at = [i for i, r in enumerate(rows) if r.metric != "prefill_tps"]
    if at:
        d = decode_model([rows[i] for i in at], fitted.prefill)
        errors[at] = d.log_time(values_for(fitted.decode, d)) - d.target
    return errors


def cross_validate(
    rows: Sequence[Row], key: Callable[[Row], str], folds: int = 4, seed: int = 0, warm: Fitted | None = None
) -> Floats:
    """Log errors of rows whose group (by ``key``) was left out of the fit; few groups are left out one at a time."""
    groups = sorted({key(r) for r in rows})
    folds = len(groups) if len(groups) < 2 * folds else folds
    fold = {g: i % folds for i, g in enumerate(np.random.default_rng(seed).permutation(groups).tolist())}
    errors = np.zeros(len(rows))
    for j in range(folds):
        out = [i for i, r in enumerate(rows) if fold[key(r)] == j]
        fitted = fit_all([r for r in rows if fold[key(r)] != j], warm)
        errors[out] = log_errors(fitted, [rows[i] for i in out])
    return errors


def _range(errors: Floats, groups: int, few: float) -> Floats:
    """Log range that holds 80 % of errors, widened for what few groups can tell.

    Errors of one model or GPU go together, so a new one may err to the side that the measured ones did not: each side is at
    least three quarters of the 80th percentile of the absolute error, and few groups widen both.
    """
    if not len(errors):
        return np.zeros(2)
    low, high = np.quantile(errors, (0.1, 0.9))
    both = 0.75 * float(np.quantile(np.abs(errors), 0.8))
    return np.array([min(low, -both), max(high, both)]) * (
        1.0 + WIDENING / groups + few * (2.0 * WIDENING / groups) ** 2
    )


def spreads(
    rows: Sequence[Row], errors: dict[str, Floats], poor: dict[str, Floats] | None = None
) -> dict[str, dict[str, tuple[float, float]]]:
    """Factors for p10 and p90 by class and knowledge from cross-validated errors, widening with ignorance.

    ``poor`` are errors by class of rows too poor to fit to, on backends without other rows
    (:func:`planner.fit.dataset.load_poor_rows`); the range of an unmeasured backend holds 80 % of them too.
    """
    overall = {name: np.quantile(e, (0.1, 0.9)) for name, e in errors.items()}
    result: dict[str, dict[str, tuple[float, float]]] = {}
    for case in CASE_CLASSES:
        at = np.array([r.case_class == case for r in rows])
        low, high = 0.0, 0.0
        by: dict[str, tuple[float, float]] = {}
        levels = ("models", "GPUs", "generations", "generations", "backends")
        for knowledge, split in zip(Knowledge, levels, strict=True):
            e = errors[split][at]
            n_groups = len({SPLITS[split](r) for r, inside in zip(rows, at, strict=True) if inside})
            q = _range(e, n_groups, 1.0 if split == "models" else 0.0)
            share = len(e) / (len(e) + 10.0)
            q = np.array([min(q[0], share * q[0] + (1 - share) * overall[split][0]), q[1]])
            q[1] = max(q[1], share * q[1] + (1 - share) * overall[split][1])
            if knowledge is Knowledge.TYPED_IN:
                q = q * 1.25
            if knowledge is Knowledge.BACKEND_UNMEASURED and len((poor or {}).get(case, ())):
                least, most = np.quantile((poor or {})[case], (0.1, 0.9))
                q = np.array([min(q[0], least), max(q[1], most)])
            low, high = min(low, float(q[0])), max(high, float(q[1]))
            by[knowledge.name] = (round(max(float(np.exp(low)), 0.02), 3), round(float(np.exp(high)), 3))
        result[case] = by
    return result


def poor_errors(fitted: Fitted, poor: Sequence[Row]) -> dict[str, Floats]:
    """Log errors of poor rows by class."""
    if not poor:
        return {}
    errors = log_errors(fitted, poor)
    return {
        case: errors[np.array([r.case_class == case for r in poor])]
        for case in sorted({r.case_class for r in poor})
    }


def coverage(rows: Sequence[Row], errors: dict[str, Floats], folds: int = 4) -> dict[str, NDArray[np.bool_]]:
    """Whether each row lies in the 80 % range made from the errors of OTHER models (or GPUs) than its own."""
    result: dict[str, NDArray[np.bool_]] = {}
    for name, knowledge in (("models", Knowledge.GPU_MEASURED), ("GPUs", Knowledge.GENERATION_MEASURED)):
        key = SPLITS[name]
        groups = sorted({key(r) for r in rows})
        fold = {g: i % folds for i, g in enumerate(np.random.default_rng(1).permutation(groups).tolist())}
        of = np.array([fold[key(r)] for r in rows])
        inside = np.zeros(len(rows), bool)
        for j in range(folds):
            others = np.flatnonzero(of != j)
            ranges = spreads([rows[int(i)] for i in others], {k: e[others] for k, e in errors.items()})
            for i in np.flatnonzero(of == j):
                low, high = ranges[rows[int(i)].case_class][knowledge.name]
                inside[i] = np.log(low) <= errors[name][i] <= np.log(high)
        result[name] = inside
    return result


def accuracy_table(rows: Sequence[Row], errors: dict[str, Floats], within: Floats) -> list[dict[str, object]]:
    """Median and 90th percentile absolute error and interval coverage per class."""
    inside = coverage(rows, errors)
    table: list[dict[str, object]] = []
    for case in (*CASE_CLASSES, "all"):
        at = np.array([case in ("all", r.case_class) for r in rows])
        if not at.any():
            continue
        line: dict[str, object] = {"class": case, "rows": int(at.sum()), "goal": GOALS.get(case)}
        for name, e in (("in_sample", within), *((k, errors[k]) for k in ("models", "GPUs"))):
            absolute = np.abs(np.expm1(-e[at])) * 100
            line[name] = (round(float(np.median(absolute)), 1), round(float(np.quantile(absolute, 0.9)), 1))
        for name in ("models", "GPUs"):
            line[f"coverage_{name}"] = round(float(np.mean(inside[name][at])) * 100, 1)
        repeats = repeats_of([r for r, chosen in zip(rows, at, strict=True) if chosen])
        line["repeats"] = (repeats.median, repeats.p90) if repeats else None
        table.append(line)
    return table


def backend_table(rows: Sequence[Row], errors: dict[str, Floats]) -> str:
    """Prompt processing by backend, as Markdown: where its error lies."""
    lines = ["| prefill on | rows | whole models left out | whole GPUs left out |", "|---|---|---|---|"]
    kinds = sorted({(r.device.engine, r.device.backend) for r in rows if r.metric == "prefill_tps"})
    for kind in kinds:
        at = np.array(
            [r.metric == "prefill_tps" and (r.device.engine, r.device.backend) == kind for r in rows]
        )
        cells = [_pair(errors[name][at]) for name in ("models", "GPUs")]
        lines.append(f"| {kind[0]}, {kind[1]} | {int(at.sum())} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines)


def current_table(rows: Sequence[Row], errors: dict[str, Floats]) -> str:
    """Errors of the rows measured as a plan is made: today's software, the card's own power limit; Markdown."""
    lines = ["| class | rows | whole models left out | whole GPUs left out |", "|---|---|---|---|"]
    usual = np.array([not condition(r) for r in rows])
    for case in (*CASE_CLASSES, "all"):
        at = usual & np.array([case in ("all", r.case_class) for r in rows])
        if at.any():
            lines.append(
                f"| {case} | {int(at.sum())} | {_pair(errors['models'][at])} | {_pair(errors['GPUs'][at])} |"
            )
    return "\n".join(lines)


def _pair(errors: Floats) -> str:
    absolute = np.abs(np.expm1(-errors)) * 100
    return f"{np.median(absolute):.1f} / {np.quantile(absolute, 0.9):.1f} %"


def worst_table(rows: Sequence[Row], errors: dict[str, Floats], each: int = 4) -> str:
    """What makes the worst tenth of each class: groups of equal rows by their share of it; Markdown."""
    lines = [
        "| class | of its worst tenth | with models left out | condition, device, model, quantization |",
        "|---|---|---|---|",
    ]
    for case in CASE_CLASSES:
        at = [i for i, r in enumerate(rows) if r.case_class == case]
        absolute = {i: float(np.abs(np.expm1(-errors["models"][i]))) * 100 for i in at}
        worst = sorted(at, key=lambda i: -absolute[i])[: max(len(at) // 10, 1)]
        groups: dict[tuple[str, ...], list[int]] = {}
        for i in worst:
            r = rows[i]
            several = f"{r.raw['n_devices']} × " if r.raw["n_devices"] not in ("", "0", "1") else ""
            split = " tensor split" if r.raw["split"] == "tp" else ""
            where = f"{several}{r.device.accelerator}{split}, {r.device.backend}"
            key = (condition(r).split("~")[-1], where, r.model.split("/")[-1], r.raw["quant"])
            groups.setdefault(key, []).append(i)
        for name, found in sorted(groups.items(), key=lambda item: -len(item[1]))[:each]:
            error = float(np.median([absolute[i] for i in found]))
            what = ", ".join(part for part in name if part)
            lines.append(f"| {case} | {len(found)} of {len(worst)} | {error:.0f} % | {what} |")
    return "\n".join(lines)


def table_text(table: Sequence[dict[str, object]]) -> str:
    """The accuracy table as Markdown."""
    lines = [
        "| class | rows | goal | fitted rows | whole models left out | whole GPUs left out "
        "| 80 % range holds (models / GPUs out) | repeated runs differ by |",
        "|---|---|---|---|---|---|---|---|",
    ]

    def pair(value: object) -> str:
        return f"{value[0]:g} / {value[1]:g} %" if isinstance(value, tuple | list) else ""

    for t in table:
        lines.append(
            f"| {t['class']} | {t['rows']} | {pair(t['goal'])} | {pair(t['in_sample'])} | {pair(t['models'])} "
            f"| {pair(t['GPUs'])} | {t['coverage_models']} / {t['coverage_GPUs']} % | {pair(t['repeats'])} |"
        )
    return "\n".join(lines)
