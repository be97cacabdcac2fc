"""The measurements as arrays: rows read, impossible ones rejected by rule with the reason counted."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models_db.accelerator import AcceleratorSpec, load_accelerators
from models_db.quant_mix import plain_file_type
from planner.calibration import DATA, DeviceClass, tensor_rate, weight_kind
from planner.fit.model_reads import VLLM_BITS, MeasuredModels, ModelReads, WeightReads

Floats = NDArray[np.float64]
GIB = 2.0**30

CACHE_BYTES = {
    "f16": 2.0,
    "q8_0": 1.0625,
    "q4_0": 0.5625,
    "fp8": 1.0,
    "fp8_e4m3": 1.0,
    "int8_per_token_head": 1.03,
}
SLOTS = re.compile(r"(\d+) slots")
CPU_CORES = {
    "Ryzen 9 7950X": 16, "EPYC 9374F": 32, "Xeon 8480": 56, "Xeon 8480 ES (QYFS)": 56, "AmpereOne A192-32X": 192,
    "Raspberry Pi 5": 4, "Cix P1 (Orion O6)": 12, "6-core Zen 3": 6, "Threadripper PRO 7975WX": 32, "EPYC 9355": 32,
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One usable measurement."""

    id: str
    case_class: str
    metric: str
    model: str
    reads: ModelReads
    weights: WeightReads
    device: DeviceClass
    value: float
    raw: dict[str, str]


def load_rows(path: Path | None = None) -> tuple[list[Row], Counter[str]]:
    """Usable rows and the count of rejected ones by reason."""
    rejected: Counter[str] = Counter()
    rows: list[Row] = []
    devices = {a.name: a for a in load_accelerators()}
    seen: set[tuple[str, ...]] = set()
    with (path or DATA / "measurements.csv").open(encoding="utf-8") as file:
        raws = list(csv.DictReader(file))
    models = MeasuredModels([raw["model"] for raw in raws])
    for raw in map(_per_copy, raws):
        result = _row(raw, devices, models)
        if isinstance(result, str):
            rejected[result] += 1
            continue
        key = tuple(v for k, v in raw.items() if k not in ("id", "source", "read_on"))
        if key in seen:
            rejected["exact duplicate"] += 1
            continue
        seen.add(key)
        rows.append(result)
    return _clean_sweeps(rows, rejected), rejected


def load_poor_rows(usable: list[Row], path: Path | None = None) -> list[Row]:
    """Rows of quality C on backends that no usable row has.

    They are no measure of speed, so nothing is fitted to them; they tell how far off an unmeasured backend may be.
    """
    known = {(r.device.engine, r.device.backend) for r in usable}
    devices = {a.name: a for a in load_accelerators()}
    with (path or DATA / "measurements.csv").open(encoding="utf-8") as file:
        raws = [r for r in csv.DictReader(file) if r["quality"] == "C"]
    raws = [
        r for r in raws if r["engine"] in ("llama.cpp", "vllm") and (r["engine"], r["backend"]) not in known
    ]
    models = MeasuredModels([raw["model"] for raw in raws])
    found = [_row({**_per_copy(raw), "quality": "B"}, devices, models) for raw in raws]
    return [row for row in found if isinstance(row, Row)]


def _clean_sweeps(rows: list[Row], rejected: Counter[str]) -> list[Row]:
    """Rules that need a row's siblings: depth hidden in the prompt length, unstated sweeps, full slots."""
    siblings: dict[tuple[str, ...], list[Row]] = {}
    for r in rows:
        siblings.setdefault(_sweep_key(r), []).append(r)
    dropped: set[str] = set()
    for group in siblings.values():
        user_runs = "benchmark_cache" in group[0].raw["source"]
        if user_runs and group[0].metric == "decode_tps":
            _take_depth_from_prompt(group)
        same: dict[tuple[str, str], list[Row]] = {}
        for r in group:
            same.setdefault((r.raw["prompt_tokens"], r.raw["depth"]), []).append(r)
        for twins in same.values():
            best = max(t.value for t in twins)
            if user_runs and group[0].raw["concurrency"] == "1" and best > 1.3 * min(t.value for t in twins):
                dropped |= {t.id for t in twins if t.value < 0.95 * best}
    rejected["sweep over a condition its source does not state (fastest row kept)"] += len(dropped)
    slower = _slower_library(rows)
    rejected["slower kernels of two libraries that its source compares (ROCm of 2025-07)"] += len(slower)
    dropped |= slower
    full = _full_slots(rows)
    rejected["more users than slots: the sum no longer grows with users"] += len(full)
    return [r for r in rows if r.id not in dropped | full]


def _sweep_key(r: Row) -> tuple[str, ...]:
    names = (
        "engine",
        "backend",
        "device",
        "n_devices",
        "split",
        "model",
        "quant",
        "cache_type",
        "metric",
        "concurrency",
    )
    return (*(r.raw[name] for name in names), r.raw["source"].split(" id ")[0])


def _slower_library(rows: list[Row]) -> set[str]:
    """Rows that one source measured with two libraries of one driver, named behind it: all but the fastest.

    Which one computes is an environment variable of the run, and the source says which is the one to use.
    """
    ignored = ("id", "driver", "tokens_per_s", "read_on")
    runs: dict[tuple[str, ...], list[Row]] = {}
    for r in rows:
        driver, _, library = r.raw["driver"].partition(" ")
        if library:
            runs.setdefault((driver, *(v for k, v in r.raw.items() if k not in ignored)), []).append(r)
    return {r.id for group in runs.values() for r in group if r.value < max(t.value for t in group)}


def _take_depth_from_prompt(group: list[Row]) -> None:
    """Where decode falls with the prompt length of a run, it was measured after that prompt."""
    prompts = [number(r.raw["prompt_tokens"], 0.0) for r in group]
    short = [r.value for r, p in zip(group, prompts, strict=True) if p <= 1024]
    long = [r.value for r, p in zip(group, prompts, strict=True) if p >= 4096]
    if short and long and min(long) < 0.93 * max(short):
        for r in group:
            if number(r.raw["depth"], 0.0) == 0:
                r.raw["depth"] = r.raw["prompt_tokens"]


def _full_slots(rows: list[Row]) -> set[str]:
    """Rows with more users than slots: as the source's command says, else as the sum stops growing."""
    found: dict[tuple[str, ...], dict[int, Row]] = {}
    for r in rows:
        if r.case_class == "llama.cpp batched":
            key = (*_sweep_key(r)[:9], r.raw["depth"], r.raw["power_limit_w"])
            found.setdefault(key, {})[int(r.raw["concurrency"])] = r
    stated = {
        r.id
        for r in rows
        if (slots := SLOTS.search(r.raw["note"])) and number(r.raw["concurrency"], 1.0) > int(slots[1])
    }
    return stated | {
        r.id
        for by in found.values()
        for users, r in by.items()
        if any(u < users and r.value < 1.12 * by[u].value for u in by)
    }


def _row(raw: dict[str, str], devices: dict[str, AcceleratorSpec], models: MeasuredModels) -> Row | str:
    model = models.reads.get(raw["model"])
    if model is None:
        return "model not in the catalogue"
    if raw["quality"] == "C":
        return "source without conditions or known noisy (quality C)"
    if raw["engine"] == "llamafile" or raw["engine"].startswith("other"):
        return "engine not planned for"
    if raw["placement"] == "unknown":
        return "amount in RAM unknown"
    if not _known_quant(raw["quant"]):
        return "quantization unknown"
    if raw["cache_type"] not in CACHE_BYTES and raw["cache_type"]:
        return "cache type not planned for"
    if "?" in raw["backend"]:
        return "backend not stated"
    if any(
        word in raw["note"] for word in ("anomaly", "swapping", "paging", "partial offload", "suspicious")
    ):
        return "anomalous by its own source or by comparison with its siblings"
    cpu = raw["placement"] == "cpu"
    engine = "llama.cpp" if raw["engine"] == "ik_llama.cpp" else raw["engine"]
    if cpu:
        device = DeviceClass(engine, "cpu", "", raw["cpu"], number(raw["ram_gb_per_s"]) * 1e9, float("nan"))
        if np.isnan(device.bandwidth):
            return "memory bandwidth unknown"
    else:
        spec = devices.get(raw["device"])
        if spec is None:
            return "device without specifications"
        rate = tensor_rate(spec.flops.fp16, spec.flops.int8)
        device = DeviceClass(
            engine,
            raw["backend"],
            spec.generation,
            spec.name,
            float(spec.bandwidth_bytes_per_s or np.nan),
            rate,
        )
    if raw["placement"] == "experts_in_ram" and (not raw["n_cpu_moe"] or not raw["ram_gb_per_s"]):
        return "experts in RAM: layers or memory bandwidth unknown"
    weights = models.weights(raw["model"], raw["quant"], raw["engine"], number(raw["file_gib"]) * GIB)
    case = _class(raw, model)
    row = Row(
        raw["id"], case, raw["metric"], raw["model"], model, weights, device, float(raw["tokens_per_s"]), raw
    )
    if raw["metric"] == "decode_tps":
        reads_per_token = weights.dense + weights.active_experts
        ranks = int(raw["n_devices"] or 1) if raw["split"] == "tp" else 1
        share = row.value * reads_per_token / ranks / device.bandwidth
        if raw["placement"] == "gpu" and share > 1.02:
            return "impossible: faster than the memory bandwidth allows"
        if raw["placement"] == "gpu" and share < 0.04 and reads_per_token > 2e9:
            return "suspicious: below 4 % of the memory bandwidth"
    if raw["metric"] == "prefill_tps" and not cpu:
        operations = (
            2.0 * row.value * (model.dense + model.experts * model.n_experts_used / max(model.n_experts, 1))
        )
        if operations > 1.05 * device.flops * int(raw["n_devices"] or 1):
            return "impossible: faster than the arithmetic allows"
    return row


def _per_copy(raw: dict[str, str]) -> dict[str, str]:
    """One of several equal servers that share the users: its share of users and tokens."""
    copies = int(raw["copies"] or 1)
    if copies == 1:
        return raw
    users = max(float(raw["concurrency"]) / copies, 1.0)
    share = float(raw["concurrency"]) / users
    return {**raw, "concurrency": f"{users:g}", "tokens_per_s": f"{float(raw['tokens_per_s']) / share:g}"}


def _class(raw: dict[str, str], model: ModelReads) -> str:
    if raw["metric"] == "prefill_tps":
        return "prefill"
    if raw["engine"] == "vllm":
        return "vLLM single stream" if raw["concurrency"] == "1" else "vLLM batched"
    if raw["concurrency"] != "1":
        return "llama.cpp batched"
    if raw["placement"] == "cpu":
        return "CPU only"
    if raw["placement"] == "experts_in_ram":
        return "MoE with experts in RAM"
    if raw["backend"] == "metal":
        return "Apple"
    if int(raw["n_devices"] or 1) > 1:
        return "several GPUs"
    if number(raw["depth"], 0.0) + number(raw["gen_tokens"], 0.0) / 2 > 4096:
        return "long depth"
    return "MoE in VRAM" if model.experts else "dense, one GPU"


def number(text: str, default: float = float("nan")) -> float:
    """A number or ``default`` for an empty cell."""
    return float(text) if text else default


def _known_quant(name: str) -> bool:
    return name in VLLM_BITS or plain_file_type("UD-" + name.replace("_P", "_M")) is not None


def column(rows: list[Row], get: Any) -> Floats:
    """One value per row as an array."""
    return np.array([get(r) for r in rows], np.float64)


def kinds(rows: list[Row]) -> NDArray[np.int64]:
    """Weight kind per row."""
    return np.array([int(weight_kind(r.raw["quant"])) for r in rows])
