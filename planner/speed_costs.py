"""Costs of a device (seconds per byte, layer, token …) from the values of the fitted coefficients.

The same functions serve the fit (arrays of measured rows) and the plans (one device).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.device_class import WeightKind
from planner.formulas.batch_speed import BatchSpeed
from planner.formulas.decode_speed import DeviceSpeed, HostSpeed
from planner.formulas.prefill_speed import PrefillSpeed

Floats = NDArray[np.float64]
Numeric = float | Floats

REFERENCE_BANDWIDTH = 6e11
"""Bandwidth at which the slope on bandwidth is zero. [bytes/s]"""
REFERENCE_INTENSITY = 150.0
"""Operations per byte at which the slope on compute per bandwidth is zero."""
REFERENCE_SHADER = 40.0
"""FP32 operations per byte at which the slope on them is zero."""
REFERENCE_LINK = 1e10
"""Link rate at which the slope on it is zero. [bytes/s]"""

CORE_BANDWIDTH = 64e9
"""Most that one core draws from memory: 32 bytes per cycle of a fabric of 2 GHz, the read port of a core complex of AMD's
Zen 2 to 4; two threads of a Ryzen 9 7950X read 68 GB/s together (Llama 3 8B in BF16, 4.27 tokens/s, ik_llama.cpp
discussion 164, rows of the measurements). Server cores draw less. [bytes/s]"""

DECODE_NAMES = (
    "decode.weight_efficiency",
    "decode.expert_efficiency",
    "decode.kv_efficiency",
    "decode.kv_efficiency_no_fa",
    "decode.arithmetic",
    "decode.layer",
    "decode.no_fa_layer",
    "decode.moe_layer",
    "decode.recurrent_layer",
    "decode.fixed",
    "decode.sample",
    "decode.hop",
    "decode.collective",
    "decode.operations_k",
    "decode.operations_low_k",
    "decode.operations_i",
    "decode.operations_float",
    "decode.f16",
    "decode.bf16",
    "decode.bf16_experts",
)
BATCH_NAMES = (
    "batch.arithmetic",
    "batch.vector",
    "batch.sequence",
    "batch.recurrent_layer",
    "batch.moe_layer",
    "batch.routing",
    "batch.collective",
)
VECTOR_COLUMNS = {"llama.cpp": 8.0}
"""Columns that an engine multiplies with its matrix-vector kernels (source in :mod:`planner.formulas.batch_speed`)."""
HOST_NAMES = (
    "host.weight_efficiency",
    "host.expert_efficiency",
    "host.saturation",
    "host.layer",
    "host.barrier",
    "host.arithmetic",
    "host.fixed",
)
PREFILL_NAMES = (
    "prefill.efficiency",
    "prefill.shader",
    "prefill.expert_efficiency",
    "prefill.recurrent",
    "prefill.attention_efficiency",
    "prefill.attention_efficiency_no_fa",
    "prefill.tile_tokens",
    "prefill.weight_efficiency",
    "prefill.layer",
    "prefill.fixed",
    "prefill.pipeline",
    "prefill.pipeline_layers",
    "prefill.collective",
    "prefill.float",
    "prefill.i_quant",
    "prefill.k_quant",
    "prefill.low_k_quant",
    "prefill.bf16",
    "prefill.bf16_experts",
    "prefill.transfer_efficiency",
    "prefill.cpu_core_rate",
)


def covariates_of(
    bandwidth: Numeric, flops: Numeric, shader_flops: Numeric = np.nan, link: Numeric = np.nan
) -> dict[str, Floats]:
    """Covariates of a device: logarithms of bandwidth, operations per byte, shader operations per byte and link, centred."""
    b, f = np.asarray(bandwidth, np.float64), np.asarray(flops, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "log_bandwidth": np.log(b / REFERENCE_BANDWIDTH),
            "log_intensity": np.log(f / b / REFERENCE_INTENSITY),
            "log_shader": np.log(np.asarray(shader_flops, np.float64) / b / REFERENCE_SHADER),
            "log_link": np.log(np.asarray(link, np.float64) / REFERENCE_LINK),
        }


DECODE_EFFICIENCIES = {WeightKind.F16: "decode.f16", WeightKind.BF16: "decode.bf16"}
"""Coefficients that multiply the share of the bandwidth reached with a kind of weights."""
DECODE_OPERATIONS = {
    WeightKind.I_QUANT: "decode.operations_i",
    WeightKind.F16: "decode.operations_float",
    WeightKind.BF16: "decode.operations_float",
    WeightKind.K_QUANT: "decode.operations_k",
    WeightKind.LOW_K_QUANT: "decode.operations_low_k",
    WeightKind.BYTES: "decode.operations_k",
}
"""Coefficients that multiply the operations per parameter of :attr:`WeightKind.QUANTIZED`.

Bytes are taken for no cheaper than K-quants: their reads hide it, and a larger file of one family is never faster.
"""
PREFILL_EFFICIENCIES = {
    WeightKind.I_QUANT: "prefill.i_quant",
    WeightKind.F16: "prefill.float",
    WeightKind.BF16: "prefill.bf16",
    WeightKind.K_QUANT: "prefill.k_quant",
    WeightKind.LOW_K_QUANT: "prefill.low_k_quant",
}
"""Coefficients that multiply the share of the matrix rate reached with a kind of weights."""


def _by_kind(
    value: Mapping[str, Numeric], names: Mapping[WeightKind, str], kind: int | NDArray[np.integer[Any]]
) -> Floats:
    """The factor of each kind of weights; 1 for kinds without a name."""
    k = np.asarray(kind)
    return np.select([k == one for one in names], [value[name] for name in names.values()], 1.0)


def _efficiencies(
    value: Mapping[str, Numeric],
    phase: str,
    weights: str,
    by_kind: Floats,
    kind: int | NDArray[np.integer[Any]],
) -> tuple[Floats, Floats]:
    """Share of the peak reached with each kind of weights, and the factor on it for experts.

    ``weights`` names the coefficient of a phase that ``by_kind`` multiplies.
    """
    efficiency = np.minimum(np.asarray(value[f"{phase}.{weights}"]) * by_kind, 0.98)
    experts = np.asarray(value[f"{phase}.expert_efficiency"]) * np.where(
        np.asarray(kind) == WeightKind.BF16, value[f"{phase}.bf16_experts"], 1.0
    )
    return efficiency, experts


def decode_speed_from(
    value: Mapping[str, Numeric],
    bandwidth: Numeric,
    shader_flops: Numeric,
    flash_attn: bool | NDArray[np.bool_],
    kind: int | NDArray[np.integer[Any]],
) -> DeviceSpeed:
    """Costs of a device in decode from coefficient values (arrays broadcast).

    Parameters
    ----------
    value : mapping
        Coefficient name to value.
    bandwidth : numeric
        [bytes/s]
    shader_flops : numeric
        [FLOP/s]; NaN leaves the arithmetic term out.
    flash_attn : bool array
    kind : integer array of :class:`WeightKind`
    """
    b = np.asarray(bandwidth, np.float64)
    fa = np.asarray(flash_attn, bool)
    by_kind = _by_kind(value, DECODE_EFFICIENCIES, kind)
    efficiency, experts = _efficiencies(value, "decode", "weight_efficiency", by_kind, kind)
    operations = np.asarray(value["decode.arithmetic"]) * _by_kind(value, DECODE_OPERATIONS, kind)
    layer = np.asarray(value["decode.layer"]) * np.where(fa, 1.0, value["decode.no_fa_layer"])
    with np.errstate(divide="ignore", invalid="ignore"):
        arithmetic = np.nan_to_num(2.0 * operations / np.asarray(shader_flops, np.float64), nan=0.0)
    kv = np.where(fa, value["decode.kv_efficiency"], value["decode.kv_efficiency_no_fa"])
    return DeviceSpeed(
        weight_byte=1.0 / (efficiency * b),
        expert_byte=1.0 / (np.minimum(efficiency * experts, 0.98) * b),
        kv_byte=1.0 / (kv * b),
        parameter=arithmetic,
        layer=layer,
        moe_layer=layer * value["decode.moe_layer"],
        recurrent_layer=layer * value["decode.recurrent_layer"],
        fixed=value["decode.fixed"],
        sample=value["decode.sample"],
        hop=value["decode.hop"],
        collective=value["decode.collective"],
        byte_bound=1.0 / b,
    )


def batch_speed_from(
    value: Mapping[str, Numeric],
    flops: Numeric,
    shader_flops: Numeric,
    link: Numeric,
    vector_columns: Numeric,
) -> BatchSpeed:
    """Costs of further sequences from coefficient values.

    ``flops`` of matrix products and ``shader_flops`` in FLOP/s, NaN leaves arithmetic out; ``link`` between GPUs in
    bytes/s; ``vector_columns`` of :data:`VECTOR_COLUMNS`, 1 where there are none.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.nan_to_num(
            2.0 * np.asarray(value["batch.arithmetic"]) / np.asarray(flops, np.float64), nan=0.0
        )
        by_vector = np.nan_to_num(
            2.0 * np.asarray(value["batch.vector"]) / np.asarray(shader_flops, np.float64), nan=0.0
        )
    return BatchSpeed(
        parameter=each,
        sequence=value["batch.sequence"],
        recurrent_layer=value["batch.recurrent_layer"],
        collective_element=2.0 * np.asarray(value["batch.collective"]) / link,
        vector_parameter=by_vector,
        vector_columns=vector_columns,
        moe_layer=value["batch.moe_layer"],
        routing=value["batch.routing"],
    )


def host_speed_from(
    value: Mapping[str, Numeric], bandwidth: Numeric, cores: Numeric, core_rate: Numeric
) -> HostSpeed:
    """Costs of the host in decode.

    Bandwidth saturates, ``B / (1 + B/S)``, and so many cores draw so much at most; the slower of the two counts (as the
    fourth root of the sum of fourth powers, in time). Arithmetic is that of ``cores`` of
    :data:`planner.devices.REFERENCE_CORE`, each at the rate its prompts are processed with (``core_rate``, FLOP/s): the
    same dot products, two operations a parameter. Threads wait for each other between operations, so each core adds
    ``host.barrier`` to a layer.
    """
    b = np.asarray(bandwidth, np.float64)
    c = np.asarray(cores, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        channels = (1.0 + b / np.asarray(value["host.saturation"])) / b
        drawn = np.nan_to_num(1.0 / (c * CORE_BANDWIDTH), nan=0.0)
    r, d = channels * channels, drawn * drawn
    reached = 1.0 / np.sqrt(np.sqrt(r * r + d * d))
    weight = 1.0 / (np.asarray(value["host.weight_efficiency"]) * reached)
    return HostSpeed(
        weight_byte=weight,
        expert_byte=1.0 / (np.asarray(value["host.expert_efficiency"]) * reached),
        kv_byte=weight,
        parameter=np.nan_to_num(2.0 * np.asarray(value["host.arithmetic"]) / (core_rate * c), nan=0.0),
        layer=np.asarray(value["host.layer"]) + np.nan_to_num(np.asarray(value["host.barrier"]) * c, nan=0.0),
        fixed=value["host.fixed"],
        byte_bound=1.0 / b,
    )


def prefill_speed_from(
    value: Mapping[str, Numeric],
    bandwidth: Numeric,
    flops: Numeric,
    flash_attn: bool | NDArray[np.bool_],
    kind: int | NDArray[np.integer[Any]],
    pcie: Numeric,
    link: Numeric = np.nan,
    shader_flops: Numeric = np.nan,
    attention_flops: Numeric = np.nan,
) -> PrefillSpeed:
    """Costs of a device in prompt processing from coefficient values (arrays broadcast).

    ``pcie`` (to the host) and ``link`` (to the next GPU) in bytes/s; ``shader_flops`` and ``attention_flops`` in FLOP/s,
    NaN leaves the work of the shaders out and takes the matrix rate for attention.
    """
    b, f = np.asarray(bandwidth, np.float64), np.asarray(flops, np.float64)
    by_kind = _by_kind(value, PREFILL_EFFICIENCIES, kind)
    efficiency, experts = _efficiencies(value, "prefill", "efficiency", by_kind, kind)
    with np.errstate(divide="ignore", invalid="ignore"):
        by_shader = np.nan_to_num(
            np.asarray(value["prefill.shader"]) / (by_kind * np.asarray(shader_flops, np.float64)), nan=0.0
        )
    a = np.where(np.isnan(attention_flops), f, attention_flops)
    attention = np.where(
        np.asarray(flash_attn, bool),
        value["prefill.attention_efficiency"],
        value["prefill.attention_efficiency_no_fa"],
    )
    return PrefillSpeed(
        flop=1.0 / (efficiency * f) + by_shader,
        expert_flop=1.0 / (np.minimum(efficiency * experts, 0.98) * f) + by_shader,
        recurrent_element=np.asarray(value["prefill.recurrent"]) / f,
        attention_flop=1.0 / (attention * a),
        tile_tokens=value["prefill.tile_tokens"],
        weight_byte=1.0 / (np.asarray(value["prefill.weight_efficiency"]) * b),
        layer=value["prefill.layer"],
        fixed=value["prefill.fixed"],
        pipeline=value["prefill.pipeline"],
        pipeline_layers=value["prefill.pipeline_layers"],
        collective_byte=np.asarray(value["prefill.collective"]) / link,
        transfer_byte=1.0 / (np.asarray(value["prefill.transfer_efficiency"]) * np.asarray(pcie, np.float64)),
        flop_bound=1.0 / f,
    )
