"""The shipped formulas evaluated on measurement rows, with the priors of their coefficients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from planner.calibration import (
    batch_speed_from,
    covariates_of,
    decode_speed_from,
    host_speed_from,
    inverse_link,
    prefill_speed_from,
)
from planner.fit.dataset import CACHE_BYTES, CPU_CORES, Row, column, kinds, number
from planner.fit.robust import HUBER, Fit, Spec, fit
from planner.formulas.batch_speed import estimate_batch
from planner.formulas.decode_speed import DecodeLoad
from planner.formulas.prefill_speed import PrefillLoad, attention_flops, estimate_prefill
from planner.speed_costs import VECTOR_COLUMNS

Floats = NDArray[np.float64]

DECODE_HUBER = 0.06
"""Log error beyond which a decode row pulls with constant force (of 0.06 and 0.10 the one that did better in
cross-validation, in both halves of GPUs and of models; for prompts it made no difference)."""
TYPICAL_CORE_RATE = 8e10
"""Centre of the prior of ``prefill.cpu_core_rate``. [FLOP/s]"""

# deviations by level:            all   engine backend vendor generation device
DECODE_SPECS = (
    Spec(
        "decode.weight_efficiency",
        "logit",
        0.80,
        (0.6, 0.5, 0.4, 0.4, 0.6, 0.35, 0.4),
        {"log_bandwidth": 0.3, "log_shader": 0.3, "log_power": 2.0},
    ),
    Spec("decode.expert_efficiency", "logit", 0.80, (0.6, 0.4, 0.4, 0.0, 0.3, 0.0)),
    Spec("decode.kv_efficiency", "logit", 0.60, (0.6, 0.5, 0.5, 0.4, 0.4, 0.0, 0.5)),
    Spec("decode.kv_efficiency_no_fa", "logit", 0.30, (0.6, 0.0, 0.5, 0.4, 0.4, 0.0, 0.3)),
    # operations per parameter of blocks of one scale: unpacking, a product of bytes, their scale
    Spec("decode.arithmetic", "log", 3.0, (1.0, 0.5, 0.5, 0.5, 0.5, 0.0)),
    Spec("decode.operations_k", "log", 1.4, (0.3, 0.0, 0.1, 0.1, 0.0, 0.0)),
    Spec("decode.operations_low_k", "log", 2.0, (0.3, 0.0, 0.1, 0.1, 0.0, 0.0)),
    Spec("decode.operations_i", "log", 2.0, (0.3, 0.0, 0.1, 0.1, 0.0, 0.0)),
    Spec("decode.operations_float", "log", 1.0, (0.3, 0.0, 0.1, 0.1, 0.0, 0.0)),
    Spec(
        "decode.layer",
        "log",
        50e-6,
        (0.6, 0.5, 0.4, 0.4, 0.4, 0.25, 0.3),
        {"log_bandwidth": 0.2, "log_power": 1.0},
    ),
    Spec("decode.no_fa_layer", "log", 1.0, (0.2, 0.0, 0.2, 0.2, 0.2, 0.0)),
    Spec("decode.moe_layer", "log", 0.6, (0.7, 0.5, 0.5, 0.4, 0.2, 0.0)),
    Spec("decode.recurrent_layer", "log", 0.6, (0.7, 0.5, 0.5, 0.4, 0.2, 0.0)),
    Spec("decode.fixed", "log", 0.5e-3, (0.8, 0.8, 0.6, 0.3, 0.0, 0.0)),
    Spec("decode.sample", "log", 2e-9, (1.0, 0.0, 0.0, 0.0, 0.0, 0.0)),
    Spec("decode.hop", "log", 0.3e-3, (0.8, 0.5, 0.4, 0.0, 0.0, 0.0)),
    Spec("decode.collective", "log", 48e-6, (0.8, 0.6, 0.4, 0.3, 0.4, 0.0), {"log_link": 0.2}),
    Spec("decode.f16", "log", 1.0, (0.1, 0.15, 0.2, 0.1, 0.1, 0.0)),
    Spec("decode.bf16", "log", 1.0, (0.1, 0.15, 0.3, 0.1, 0.1, 0.0)),
    Spec("decode.bf16_experts", "log", 1.0, (0.2, 0.3, 0.6, 0.3, 0.3, 0.0)),
    Spec("batch.arithmetic", "log", 5.0, (1.0, 0.7, 0.5, 0.3, 0.5, 0.0)),
    Spec("batch.vector", "log", 4.0, (0.8, 0.0, 0.5, 0.3, 0.4, 0.0)),
    Spec("batch.moe_layer", "log", 50e-6, (0.8, 0.5, 0.5, 0.0, 0.3, 0.0)),
    Spec("batch.routing", "logit", 0.85, (0.6, 0.3, 0.0, 0.0, 0.0, 0.0)),
    Spec("batch.sequence", "log", 0.2e-3, (1.0, 0.8, 0.5, 0.0, 0.0, 0.0)),
    Spec("batch.recurrent_layer", "log", 20e-6, (1.0, 0.7, 0.3, 0.0, 0.3, 0.0)),
    Spec("batch.collective", "log", 1.5, (0.7, 0.5, 0.3, 0.3, 0.3, 0.0)),
    Spec("host.weight_efficiency", "logit", 0.75, (0.5, 0.4, 0.3, 0.5), group="host"),
    Spec("host.expert_efficiency", "logit", 0.60, (0.5, 0.5, 0.3, 0.4), group="host"),
    Spec("host.saturation", "log", 600e9, (0.5, 0.0, 0.0, 0.0, 0.0, 0.0), group="host"),
    Spec("host.layer", "log", 150e-6, (0.5, 0.5, 0.3, 0.4), group="host"),
    # threads wait for each other about fifteen times a layer, and each adds the 0.1 us a cache line takes between cores
    Spec("host.barrier", "log", 1.5e-6, (0.7, 0.0, 0.0, 0.5), group="host"),
    # dot products of a core in decode over those of its prompts (prefill.cpu_core_rate)
    Spec("host.arithmetic", "log", 1.0, (0.3, 0.2, 0.2, 0.2), group="host"),
    Spec("host.fixed", "log", 0.5e-3, (0.7, 0.4, 0.0, 0.0, 0.0, 0.0), group="host"),
)
PREFILL_SPECS = (
    Spec(
        "prefill.efficiency",
        "logit",
        0.45,
        (0.6, 0.5, 0.5, 0.5, 0.6, 0.4, 0.8),
        {"log_intensity": 0.3, "log_bandwidth": 0.3, "log_power": 1.0},
    ),
    # operations of the shaders per operation of the matrix units
    Spec("prefill.shader", "log", 0.3, (0.7, 0.3, 0.7, 0.5, 0.0, 0.0)),
    Spec("prefill.expert_efficiency", "logit", 0.60, (0.6, 0.4, 0.5, 0.3, 0.3, 0.0, 0.6)),
    Spec("prefill.recurrent", "log", 3000.0, (1.0, 0.7, 0.4, 0.3, 0.0, 0.0)),
    Spec("prefill.attention_efficiency", "logit", 0.25, (0.7, 0.5, 0.5, 0.5, 0.4, 0.0, 0.8)),
    Spec("prefill.attention_efficiency_no_fa", "logit", 0.10, (0.7, 0.0, 0.5, 0.5, 0.4, 0.0, 0.5)),
    Spec("prefill.tile_tokens", "log", 16.0, (0.7, 0.4, 0.4, 0.3, 0.0, 0.0)),
    Spec("prefill.weight_efficiency", "logit", 0.60, (0.5, 0.3, 0.3, 0.0, 0.0, 0.0)),
    Spec("prefill.layer", "log", 60e-6, (0.7, 0.5, 0.5, 0.4, 0.3, 0.0, 0.5)),
    Spec("prefill.fixed", "log", 3e-3, (0.7, 0.7, 0.4, 0.0, 0.0, 0.0)),
    Spec("prefill.pipeline", "logit", 0.5, (0.7, 0.0, 0.5, 0.0, 0.3, 0.0)),
    Spec("prefill.pipeline_layers", "log", 14.0, (0.4, 0.0, 0.2, 0.0, 0.0, 0.0)),
    Spec("prefill.collective", "log", 1.5, (0.7, 0.5, 0.4, 0.0, 0.3, 0.0)),
    Spec("prefill.float", "log", 0.9, (0.3, 0.2, 0.3, 0.3, 0.2, 0.0)),
    Spec("prefill.i_quant", "log", 0.8, (0.3, 0.2, 0.2, 0.2, 0.1, 0.0)),
    Spec("prefill.k_quant", "log", 0.85, (0.3, 0.2, 0.2, 0.2, 0.1, 0.0)),
    Spec("prefill.low_k_quant", "log", 0.7, (0.3, 0.2, 0.2, 0.2, 0.1, 0.0)),
    Spec("prefill.bf16", "log", 0.7, (0.3, 0.2, 0.4, 0.4, 0.2, 0.0)),
    Spec("prefill.bf16_experts", "log", 1.0, (0.2, 0.2, 0.5, 0.3, 0.3, 0.0)),
    Spec("prefill.transfer_efficiency", "logit", 0.6, (0.6, 0.0, 0.4, 0.0, 0.0, 0.0)),
    Spec("prefill.cpu_core_rate", "log", TYPICAL_CORE_RATE, (0.7, 0.5, 0.5, 0.4), group="host"),
)
PCIE = {3: 12e9, 4: 25e9, 5: 50e9}
"""Usable rate of a 16-lane link by generation. [bytes/s]"""


OLD_SOFTWARE = ("amdvlk", "therock-2025-07")
"""What a plan is not made for: the Vulkan driver its maker gave up in 2025-09, and nightly builds of ROCm for Strix Halo
from before version 7 supported it. What follows a blank is the library used."""


def device_levels(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """Level keys of the device of each row; the last is a condition of the measurement that a plan does not have."""
    return [(*r.device.levels, condition(r)) for r in rows]


def condition(r: Row) -> str:
    """Key of a condition that a plan does not have; ``""`` otherwise.

    Older builds and other drivers are no conditions: a plan is not told them, so they belong in its range.
    """
    at = f"{r.device.engine}/{r.device.backend}"
    driver = r.raw["driver"].split(" ")[0]
    if driver in OLD_SOFTWARE:
        return f"{at}~{driver}"
    if r.device.engine == "llama.cpp" and r.raw["build"] == "2024-05":
        return f"{at}~2024-05"
    if "Qwen3-Next" in r.model and "(7423)" in r.raw["build"]:
        return f"{at}~first builds with Qwen3-Next"
    if r.raw["power_limit_w"] and r.raw["n_devices"] == "1":
        return f"{at}~{r.raw['power_limit_w']} W"
    return ""


def host_levels(rows: Sequence[Row], alone: bool = False) -> list[tuple[str, ...]]:
    """Level keys of the host of each row; ``alone`` = as if no GPU took part."""
    found: list[tuple[str, ...]] = []
    for r in rows:
        role = "cpu" if alone or r.raw["placement"] == "cpu" else "offload"
        arm = any(word in r.raw["cpu"] for word in ("Ampere", "Cix", "Raspberry", "Cortex", "Apple"))
        found.append(
            ("", role, f"{role}/{r.raw['engine']}", f"{role}:{'aarch64' if arm else 'x86_64'}", "", "")
        )
    return found


def ranks_of(rows: Sequence[Row]) -> Floats:
    """Tensor-parallel ranks per row."""
    return column(list(rows), lambda r: int(r.raw["n_devices"] or 1) if r.raw["split"] == "tp" else 1)


def stages_of(rows: Sequence[Row]) -> Floats:
    """Devices of a layer split per row."""
    return column(
        list(rows), lambda r: int(r.raw["n_devices"] or 1) if r.raw["split"] in ("layer", "pp") else 1
    )


def kv_bytes(r: Row, position: float) -> float:
    """KV cache and recurrent state read per token with ``position`` tokens in the context."""
    m = r.reads
    per = CACHE_BYTES.get(r.raw["cache_type"], 2.0)
    cells = m.full_kv * position + m.window_kv * min(position, m.window)
    return cells * per + 4.0 * m.recurrent_state


def flash_attn(rows: Sequence[Row]) -> NDArray[np.bool_]:
    """Whether flash attention was on; not stated = on for builds since its default (2025-09), i.e. all but 2024 rows."""
    return np.array([r.raw["flash_attn"] != "0" for r in rows])


class DecodeModel:
    """Log seconds per token and sequence of decode rows (single and batched) from coefficient values."""

    def __init__(
        self, rows: Sequence[Row], prefill_seconds: Floats | None = None, core_rate: Floats | None = None
    ) -> None:
        self.rows = list(rows)
        self.core_rate = TYPICAL_CORE_RATE if core_rate is None else core_rate
        rows = self.rows
        self.bandwidth = column(rows, lambda r: r.device.bandwidth)
        self.flops = column(rows, lambda r: r.device.matrix_flops)
        self.shader = column(rows, lambda r: r.device.shader_flops)
        self.link = column(rows, lambda r: r.device.link)
        self.host_bandwidth = column(
            rows,
            lambda r: (
                r.device.bandwidth if r.device.backend == "cpu" else number(r.raw["ram_gb_per_s"]) * 1e9
            ),
        )
        self.cores = column(rows, _cores)
        self.fa, self.kind = flash_attn(rows), kinds(rows)
        self.columns = column(rows, lambda r: VECTOR_COLUMNS.get(r.device.engine, 1.0))
        self.in_flight = np.where([r.device.engine == "vllm" for r in rows], stages_of(rows), 1.0)
        self.batch = column(rows, lambda r: number(r.raw["concurrency"], 1.0))
        self.gen = np.maximum(column(rows, lambda r: number(r.raw["gen_tokens"], 128.0)), 1.0)
        extra = np.array([r.raw["includes_prefill"] == "1" for r in rows])
        self.prefill = np.where(extra, 0.0 if prefill_seconds is None else prefill_seconds, 0.0)
        w = np.array([(r.weights.dense, r.weights.active_experts, r.weights.experts) for r in rows])
        ranks, on_host = ranks_of(rows), column(rows, _host_share)
        cpu = np.array([r.device.backend == "cpu" for r in rows])
        active = column(rows, lambda r: r.reads.experts * r.reads.n_experts_used / max(r.reads.n_experts, 1))
        dense_p = column(rows, lambda r: r.reads.dense)
        position = column(
            rows, lambda r: number(r.raw["depth"], 0.0) + number(r.raw["gen_tokens"], 128.0) / 2
        )
        kv = np.array([kv_bytes(r, p) for r, p in zip(rows, position, strict=True)]) / ranks
        gpu = np.where(cpu, 0.0, 1.0)
        n_layers = column(rows, lambda r: r.reads.n_layers)
        self.load = DecodeLoad(
            dense_bytes=gpu * w[:, 0] / ranks,
            expert_bytes=gpu * w[:, 1] * (1 - on_host) / ranks,
            kv_bytes=gpu * kv,
            parameters=gpu * (dense_p + active * (1 - on_host)) / ranks,
            n_layers=gpu * n_layers,
            n_moe_layers=gpu * column(rows, lambda r: r.reads.n_moe_layers),
            n_recurrent_layers=gpu * column(rows, lambda r: r.reads.n_recurrent_layers),
            n_sampled=gpu * column(rows, _sampled),
            n_devices=stages_of(rows),
            n_tensor_parallel=ranks,
            host_dense_bytes=(1 - gpu) * w[:, 0],
            host_expert_bytes=w[:, 1] * np.where(cpu, 1.0, on_host),
            host_kv_bytes=(1 - gpu) * kv,
            host_parameters=np.where(cpu, dense_p + active, active * on_host),
            n_host_layers=np.where(cpu, n_layers, on_host * column(rows, lambda r: r.reads.n_moe_layers)),
        )
        self.expert_counts = (
            column(rows, lambda r: r.reads.n_experts),
            column(rows, lambda r: r.reads.n_experts_used),
            column(rows, lambda r: r.reads.n_embd),
        )
        self.target = np.log(self.batch / column(rows, lambda r: r.value))
        self.levels = {"device": device_levels(rows), "host": host_levels(rows)}
        self.covariates = covariates_of(
            np.where(cpu, np.nan, self.bandwidth), self.flops, self.shader, self.link
        ) | {"log_power": np.where([r.raw["n_devices"] == "1" for r in rows], column(rows, _power), 0.0)}

    def log_time(self, value: Mapping[str, Floats]) -> Floats:
        """Log of seconds per token of one sequence, with its share of the prompt where the measurement holds it."""
        return np.log(self.step_seconds(value) + self.prefill / self.gen)

    def step_seconds(self, value: Mapping[str, Floats]) -> Floats:
        """Seconds of one step."""
        gpu = decode_speed_from(
            value, np.where(np.isnan(self.bandwidth), 1e12, self.bandwidth), self.shader, self.fa, self.kind
        )
        fixed = np.where(self.load.n_layers == 0, 0.0, gpu.fixed)
        gpu = type(gpu)(**{f: (fixed if f == "fixed" else getattr(gpu, f)) for f in gpu.__dataclass_fields__})
        host = host_speed_from(value, self.host_bandwidth, self.cores, self.core_rate)
        batch = batch_speed_from(value, self.flops, self.shader, self.link, self.columns)
        estimate = estimate_batch(
            self.load, self.batch, gpu, batch, host,
            *self.expert_counts, in_flight=self.in_flight,
        )  # fmt: skip
        return estimate.step_seconds


BOARD_POWER = {"RTX 3090": 350.0}
"""Of the cards that were measured under another limit (maker's specification). [W]"""


def _power(r: Row) -> float:
    """Log of the power limit over the card's own; 0 where none was set."""
    limit = number(r.raw["power_limit_w"])
    own = BOARD_POWER.get(r.device.accelerator, float("nan"))
    return 0.0 if np.isnan(limit) or np.isnan(own) else float(np.log(limit / own))


def _clock(r: Row) -> float:
    """Share of its clock that a power limit leaves a card whose cores are busy: power grows about as its square.

    The cards of a layer split wait for each other and stay below the limit.
    """
    return 1.0 if r.raw["split"] in ("layer", "pp") else float(np.exp(0.5 * _power(r)))


def _sampled(r: Row) -> float:
    """Elements sampled per token: rows of llama.cpp's server; its benchmark programs choose no tokens."""
    served = r.device.engine == "llama.cpp" and r.raw["includes_prefill"] == "1"
    return float(r.reads.n_vocab) if served else 0.0


def _host_share(r: Row) -> float:
    if r.raw["placement"] != "experts_in_ram":
        return 0.0
    return min(float(r.raw["n_cpu_moe"]) / max(r.reads.n_moe_layers, 1), 1.0)


def _cores(r: Row) -> float:
    threads = number(r.raw["threads"])
    return threads if not np.isnan(threads) else float(CPU_CORES.get(r.raw["cpu"], np.nan))


class PrefillModel:
    """Log seconds per prompt token of rows from coefficient values."""

    def __init__(
        self, rows: Sequence[Row], prompts: Floats | None = None, steps: Floats | None = None
    ) -> None:
        self.rows = list(rows)
        rows = self.rows
        self.bandwidth = column(rows, lambda r: r.device.bandwidth)
        self.flops = column(rows, lambda r: r.device.matrix_flops * _clock(r))
        self.shader = column(rows, lambda r: r.device.shader_flops)
        self.attention = column(rows, lambda r: r.device.attention_flops)
        self.link = column(rows, lambda r: r.device.link)
        self.fa, self.kind = flash_attn(rows), kinds(rows)
        self.cpu = np.array([r.device.backend == "cpu" for r in rows])
        self.cores = column(rows, _cores)
        w = np.array([(r.weights.dense, r.weights.active_experts, r.weights.experts) for r in rows])
        on_host = column(rows, _host_share)
        measured = column(rows, lambda r: number(r.raw["prompt_tokens"], 512.0))
        self.prompt = np.maximum(measured if prompts is None else prompts, 1.0)
        one = np.maximum(measured, 1.0)
        depth = column(rows, lambda r: number(r.raw["depth"], 0.0) if r.metric == "prefill_tps" else 0.0)
        m = [r.reads for r in rows]
        flops = attention_flops(
            one,
            depth,
            1.0,
            np.array([x.full_heads for x in m]),
            1.0,
            np.array([x.window_heads for x in m]),
            np.array([x.window for x in m], np.float64),
        )
        ubatch = column(
            rows, lambda r: number(r.raw["n_ubatch"], 2048.0 if r.device.engine == "vllm" else 512.0)
        )
        self.load = PrefillLoad(
            prompt_tokens=self.prompt,
            dense_parameters=np.array([x.dense - x.output for x in m]),
            expert_parameters=np.array([x.experts * x.n_experts_used / max(x.n_experts, 1) for x in m]),
            attention_flops=flops * self.prompt / one,
            n_ubatch=ubatch,
            dense_bytes=w[:, 0],
            all_expert_bytes=w[:, 2] * (1 - on_host),
            host_expert_bytes=w[:, 2] * on_host,
            n_experts=np.array([x.n_experts for x in m]),
            n_experts_used=np.array([x.n_experts_used for x in m]),
            n_layers=np.array([x.n_layers for x in m]),
            n_recurrent_layers=np.array([x.n_recurrent_layers for x in m]),
            n_embd=np.array([x.n_embd for x in m]),
            n_devices=stages_of(rows),
            n_tensor_parallel=ranks_of(rows),
        )
        value = column(rows, lambda r: r.value)
        mixed = np.array([r.metric != "prefill_tps" for r in rows])
        self.steps = np.where(mixed & (steps is not None), 0.0 if steps is None else steps, 0.0)
        self.gen = np.where(
            mixed, np.maximum(column(rows, lambda r: number(r.raw["gen_tokens"], 128.0)), 1.0), 1.0
        )
        users = column(rows, lambda r: number(r.raw["concurrency"], 1.0))
        self.target = np.log(np.where(mixed, users, self.prompt) / value)
        self.levels = {"device": device_levels(rows), "host": host_levels(rows)}
        self.covariates = covariates_of(
            np.where(self.cpu, np.nan, self.bandwidth), self.flops, self.shader, self.link
        ) | {"log_power": column(rows, _power)}
        self.pcie = np.array([PCIE[5 if r.device.generation.startswith("Blackwell") else 4] for r in rows])

    def seconds(self, value: Mapping[str, Floats]) -> Floats:
        """Seconds of the whole prompt."""
        core_rate = np.asarray(value["prefill.cpu_core_rate"]) * self.cores
        flops = np.where(self.cpu, core_rate / np.asarray(value["prefill.efficiency"]), self.flops)
        speed = prefill_speed_from(
            value,
            self.bandwidth,
            flops,
            self.fa,
            self.kind,
            self.pcie,
            self.link,
            self.shader,
            self.attention,
        )
        return estimate_prefill(self.load, speed).seconds

    def log_time(self, value: Mapping[str, Floats]) -> Floats:
        """Log of seconds of the whole prompt; of mixed rows, of a step and its share of the prompt."""
        return np.log(self.steps + self.seconds(value) / self.gen)


def core_rates(found: Fit, rows: Sequence[Row]) -> Floats:
    """Rate of a core of each row's processor in matrix products, as its prompts tell. [FLOP/s]"""
    offsets, _, _ = found.offsets("prefill.cpu_core_rate")
    z = [
        sum(offsets.get(level, 0.0) for level in dict.fromkeys(levels)) for levels in host_levels(rows, True)
    ]
    return inverse_link("log", np.array(z))


def row_weights(rows: Sequence[Row]) -> Floats:
    """Weights that keep one much-measured machine from deciding: 1/sqrt of rows per device, model and backend."""
    keys = [(r.device.accelerator, r.device.backend, r.model, r.case_class) for r in rows]
    counts = {k: keys.count(k) for k in set(keys)}
    return np.array([1.0 / np.sqrt(counts[k]) for k in keys])


def fit_model(model: DecodeModel | PrefillModel, specs: Sequence[Spec], warm: Fit | None = None) -> Fit:
    """Fit the coefficients of a model to its rows."""
    weight = row_weights(model.rows)
    huber = DECODE_HUBER if isinstance(model, DecodeModel) else HUBER
    return fit(specs, model.levels, model.covariates, model.log_time, model.target, weight, warm, huber=huber)


def values_for(found: Fit, model: DecodeModel | PrefillModel) -> dict[str, Floats]:
    """Coefficient values of a fit for (other) rows; unseen levels count as zero."""

    result = {}
    for spec in found.specs:
        offsets, slopes, _ = found.offsets(spec.name)
        z = np.array(
            [sum(offsets.get(level, 0.0) for level in dict.fromkeys(row)) for row in model.levels[spec.group]]
        )
        for name, slope in slopes.items():
            z = z + slope * np.nan_to_num(model.covariates[name])
        result[spec.name] = inverse_link(spec.link, z)
    return result
