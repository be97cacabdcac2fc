"""Reads the measured runtime tables as cases of the formulas: one record per command, with its devices' figures."""

from __future__ import annotations

import csv
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models_db.architecture_table import catalogue_inventory
from models_db.inventory import ModelInventory, Tensor
from models_db.quant_mix import tensor_bytes, tensor_types
from models_db.tensor_table import build_tensor_table
from planner.formulas.kv_cache import BYTES_PER_ELEMENT, cache_cells, kv_cache_bytes
from planner.formulas.layer_placement import LayerBoundaries, layer_boundaries
from planner.formulas.output_buffer import output_buffer_bytes
from planner.formulas.recurrent_state import recurrent_state_bytes
from planner.graph.compute import ComputeCase, ComputeSimulator
from planner.graph_columns import CacheColumns
from planner.llama_build import LlamaBuild
from planner.override_tensor import TensorWeights

HERE = Path(__file__).parent
MIB = 2.0**20
KINDS = ("kv", "recurrent", "compute", "output")
WEIGHTS = "weights"


@dataclass(frozen=True)
class RuntimeCase:
    """One command and what was measured on each device (column 0 host, then GPUs)."""

    table: str
    model: str
    quant: str
    case: ComputeCase
    n_gpu_layers: int
    devices: str
    flags: str
    measured: dict[str, dict[int, float]]
    """Kind, device, MiB."""


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8") as file:
        yield from csv.DictReader(line for line in file if not line.startswith("#"))


def _grouped(name: str) -> Iterator[list[dict[str, str]]]:
    group: list[dict[str, str]] = []
    for row in _rows(name):
        if group and row["case"] != group[0]["case"]:
            yield group
            group = []
        group.append(row)
    if group:
        yield group


def _measured(rows: list[dict[str, str]]) -> dict[str, dict[int, float]]:
    found: dict[str, dict[int, float]] = {kind: {} for kind in KINDS}
    for row in rows:
        name = row["device"]
        device = 0 if name in ("Host", "CPU") else int(name[-1]) + 1
        for kind in KINDS:
            found[kind][device] = found[kind].get(device, 0.0) + float(row[kind] or 0)
        # the host's figure of a mapped file is its range, not what is held: left out of the table
        if row[WEIGHTS]:
            held = found.setdefault(WEIGHTS, {})
            held[device] = held.get(device, 0.0) + float(row[WEIGHTS])
    return found


@cache
def inventory(model: str) -> ModelInventory:
    """Return a model of the catalogue."""
    return catalogue_inventory(model)


@cache
def simulator(model: str, quant: str) -> ComputeSimulator:
    """Return the simulator of a model in one quantization."""
    return ComputeSimulator(inventory(model), weigher(model, quant))


def weigher(model: str, quant: str) -> Callable[[Tensor], float]:
    """Bytes of each tensor of a model under a quantization."""
    plain, _, matrix = quant.partition("+")
    table = build_tensor_table([inventory(model)])
    sizes = tensor_bytes(table, tensor_types(table, plain, imatrix=bool(matrix)))
    by_name: dict[str, float] = {}
    text = [t for t in inventory(model).tensors if t.source == "text"]
    for tensor, size in zip(text, sizes.tolist(), strict=True):
        by_name[tensor.name] = size
    return lambda tensor: by_name[tensor.name]


@cache
def columns(model: str) -> CacheColumns:
    """Return the cache columns of one model, as a scalar row."""
    return CacheColumns.from_inventories([inventory(model)]).take(np.array(0))


def placement(model: str, n_gpu_layers: int, split: list[float]) -> LayerBoundaries:
    """Place a model's layers."""
    return layer_boundaries(inventory(model).n_layer_all, n_gpu_layers, np.array(split))


def estimate_cases() -> list[RuntimeCase]:
    """Cases of ``llama_cpp_runtime.csv``."""
    cases = []
    for rows in _grouped("llama_cpp_runtime.csv"):
        row = rows[0]
        n_gpus = 0 if row["devices"] == "cpu" else int(row["devices"][-1])
        split = [float(part) for part in row["split"].split("/") if part][:n_gpus]
        if "-sm none" in row["flags"]:
            split, n_gpus = split[:1], 1
        layers = -1 if row["n_gpu_layers"] == "all" else int(row["n_gpu_layers"])
        start = placement(row["model"], layers, split).start
        rpc = row["devices"].startswith("rpc")
        case = ComputeCase(
            start=tuple(start.tolist()),
            n_ctx=int(row["n_ctx"]),
            n_ubatch=int(row["n_ubatch"]),
            n_seq_max=int(row["n_parallel"]),
            kv_unified=row["kv_unified"] == "1",
            whole_ubatch=row["outputs"] == "ubatch",
            flash_attn=row["flash_attn"] == "on",
            cache_type_k=row["cache_k"],
            cache_type_v=row["cache_v"],
            swa_full=row["swa_full"] == "1",
            kv_offload="--no-kv-offload" not in row["flags"],
            op_offload="--no-op-offload" not in row["flags"],
            n_cpu_moe=10**6 if row["n_cpu_moe"] == "all" else int(row["n_cpu_moe"]),
            pipeline=False if "no-events" in row["flags"] else None,
            backend="rpc" if rpc else "cuda",
            no_alloc=True,
        )
        cases.append(
            RuntimeCase(
                "estimate",
                row["model"],
                row["quant"],
                case,
                layers,
                row["devices"],
                row["flags"],
                _measured(rows),
            )
        )
    return cases


def server_cases() -> list[RuntimeCase]:
    """Cases of ``llama_cpp_runtime_server.csv``."""
    cases = []
    for rows in _grouped("llama_cpp_runtime_server.csv"):
        row = rows[0]
        gpus = [float(part) for part in row["gpus"].split("/") if part]
        case = ComputeCase(start=(), n_ctx=int(row["n_ctx"]), build=LlamaBuild.from_version(row["build"]))
        layers = -1
        words = shlex.split(row["arguments"])
        for flag, value in zip(words, [*words[1:], ""], strict=True):
            if flag == "-ngl":
                layers = int(value)
            elif flag == "-ts":
                gpus = [float(part) for part in value.split(",")]
            elif flag == "-ub":
                case = replace(case, n_ubatch=int(value))
            elif flag == "-np":
                case = replace(case, n_seq_max=int(value), kv_unified=False)
            elif flag == "-fa":
                case = replace(case, flash_attn=value != "off")
            elif flag == "-ctk":
                case = replace(case, cache_type_k=value)
            elif flag == "-ctv":
                case = replace(case, cache_type_v=value)
            elif flag == "--cpu-moe":
                case = replace(case, n_cpu_moe=10**6)
            elif flag == "--n-cpu-moe":
                case = replace(case, n_cpu_moe=int(value))
            elif flag == "--no-op-offload":
                case = replace(case, op_offload=False)
        start = placement(row["model"], layers, gpus).start
        case = replace(case, start=tuple(start.tolist()))
        cases.append(
            RuntimeCase(
                "load",
                row["model"],
                row["quant"],
                case,
                layers,
                f"cuda{len(gpus)}",
                row["arguments"],
                _measured(rows),
            )
        )
    return cases


def predicted_caches(found: RuntimeCase) -> dict[str, NDArray[np.float64]]:
    """MiB per device of everything but the compute buffer."""
    case = found.case
    cache = columns(found.model)
    where = LayerBoundaries(np.array(case.start, dtype=np.int64))
    cells = cache_cells(
        case.n_ctx, case.n_seq_max, case.kv_unified, cache.window, case.n_ubatch, case.swa_full, case.n_batch
    )
    kv = kv_cache_bytes(
        cache,
        where,
        cells,
        BYTES_PER_ELEMENT[case.cache_type_k],
        BYTES_PER_ELEMENT[case.cache_type_v],
        case.flash_attn,
        case.build.mtp_block_cached,
    )
    recurrent = recurrent_state_bytes(cache, where, case.n_seq_max)
    if not case.kv_offload:
        kv = np.concatenate([[kv.sum()], 0 * kv[1:]])
        recurrent = np.concatenate([[recurrent.sum()], 0 * recurrent[1:]])
    output = np.zeros_like(kv)
    output[0] = float(output_buffer_bytes(cache.n_vocab, case.n_seq_max))
    return {"kv": kv / MIB, "recurrent": recurrent / MIB, "output": output / MIB}


@cache
def tensor_weights_of(model: str, quant: str) -> TensorWeights:
    """Return the tensors of a model in one quantization."""
    plain, _, matrix = quant.partition("+")
    return TensorWeights.of(inventory(model), plain, bool(matrix))


def predicted_weights(found: RuntimeCase) -> NDArray[np.float64]:
    """MiB of weights per device."""
    tensors = tensor_weights_of(found.model, found.quant)
    where = LayerBoundaries(np.array(found.case.start, dtype=np.int64)[None, None])
    device = tensors.devices(where, found.case.n_cpu_moe)
    sizes = tensors.sizes(device)
    return np.bincount(device, weights=sizes, minlength=where.n_devices) / MIB


def weight_errors(found: RuntimeCase) -> Iterator[tuple[str, int, float, float]]:
    """Device, predicted and measured MiB of the weights, and the same of everything a device holds (``total``)."""
    measured = found.measured.get(WEIGHTS)
    if not measured:
        return
    weights = predicted_weights(found)
    values = predicted(found)
    for device, figure in measured.items():
        yield "weights", device, float(weights[device]), figure
        have = weights[device] + sum(values[kind][device] for kind in KINDS)
        yield (
            "total",
            device,
            float(have),
            figure + sum(found.measured[kind].get(device, 0.0) for kind in KINDS),
        )


def family(model: str) -> str:
    """Class of a model in the table of left-out models: mixture of experts, MLA, hybrid, or dense."""
    found = inventory(model)
    kinds = []
    if found.n_experts:
        kinds.append("MoE")
    attention = [layer for layer in found.layers if layer.n_embd_k]
    if attention and all(layer.n_embd_v == 0 for layer in attention):
        kinds.append("MLA")
    if any(layer.recurrent_state for layer in found.layers):
        kinds.append("hybrid")
    return ", ".join(kinds)


def predicted(found: RuntimeCase) -> dict[str, NDArray[np.float64]]:
    """MiB per device of each kind."""
    compute = simulator(found.model, found.quant)(found.case)
    return {**predicted_caches(found), "compute": compute / MIB}


def errors(found: RuntimeCase, kinds: tuple[str, ...] = KINDS) -> Iterator[tuple[str, int, float, float]]:
    """Kind, device, predicted and measured MiB of each figure.

    Where a log gave KV and recurrent state in one figure (RPC devices), they are compared as one.
    """
    values = predicted(found) if "compute" in kinds else predicted_caches(found)
    measured = {kind: dict(by_device) for kind, by_device in found.measured.items()}
    if values["recurrent"].any() and not any(measured["recurrent"].values()):
        values["kv"] = values["kv"] + values["recurrent"]
        del measured["recurrent"]
    for kind in kinds:
        for device, figure in measured.get(kind, {}).items():
            if kind == "output" and not any(measured["output"].values()):
                continue
            yield kind, device, float(values[kind][device]), figure


def compute_class(found: RuntimeCase) -> str:
    """Name of the row a case belongs to in the accuracy table."""
    case = found.case
    if found.devices in ("cpu", "cuda0"):
        place = "CPU only"
    elif found.devices.startswith("rpc"):
        place = "RPC"
    else:
        place = f"{found.devices[-1]} GPU" + ("s" if found.devices[-1] > "1" else "")
    if case.n_cpu_moe:
        place += ", experts on host"
    elif len(case.start) > 2 and case.start[1] > 0:
        place += ", layers on host"
    if not case.flash_attn:
        place += ", FA off"
    return f"{place} ({found.table}, {case.build.name})"
