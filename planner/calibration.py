"""Fitted coefficients of the speed formulas: value, spread, data set, date and valid range.

``data/calibration.json`` is made by ``python -m planner.fit`` from ``data/measurements.csv``. A coefficient is a sum of
offsets over levels, from the whole data set down to one device, each shrunk towards zero by how little was measured::

    link(value) = "" + "llama.cpp" + "llama.cpp/cuda" + "llama.cpp/cuda/Ada" + "llama.cpp/cuda@RTX 4090"

so a generation nobody measured takes its backend's value and a device nobody measured its generation's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models_db.accelerator import AcceleratorSpec, load_accelerators
from planner.formulas.batch_speed import BatchSpeed
from planner.formulas.decode_speed import DeviceSpeed, HostSpeed
from planner.formulas.prefill_speed import PrefillSpeed
from planner.words import say

Floats = NDArray[np.float64]
Numeric = float | Floats
DATA = Path(__file__).parent / "data"

REFERENCE_BANDWIDTH = 6e11
"""Bandwidth at which the slope on bandwidth is zero. [bytes/s]"""
REFERENCE_INTENSITY = 150.0
"""Operations per byte at which the slope on compute per bandwidth is zero."""
REFERENCE_SHADER = 40.0
"""FP32 operations per byte at which the slope on them is zero."""
REFERENCE_LINK = 1e10
"""Link rate at which the slope on it is zero. [bytes/s]"""


class Knowledge(IntEnum):
    """How well a device is known; the range widens downwards."""

    GPU_MEASURED = 0
    GENERATION_MEASURED = 1
    SPECIFICATIONS_ONLY = 2
    TYPED_IN = 3


KNOWLEDGE_TEXT = (
    say("this GPU measured"),
    say("its generation measured"),
    say("only specifications known"),
    say("typed in by hand"),
)

VENDOR_OF_GENERATION = {
    "apple": ("Apple",),
    "amd": ("RDNA", "CDNA", "GCN", "Vega", "Polaris"),
    "intel": ("Xe", "Alchemist", "Battlemage", "Ponte"),
}


SHADERS_UNDER_VULKAN = ("Alchemist", "Xe-LPG")
FABRIC = {
    "Pascal": 80e9,
    "Volta": 150e9,
    "Ampere-DC": 300e9,
    "Hopper": 450e9,
    "Blackwell-DC": 900e9,
    "CDNA2": 200e9,
    "CDNA3": 448e9,
    "CDNA4": 538e9,
}
"""All links of one module, one direction: NVLink 1 to 5, Infinity Fabric (makers' data sheets). [bytes/s]"""
SWITCHED = re.compile(r"SXM|NVL|GH200|GB200|GB300|B200|B300|MI[23]\d\d")
"""Names of modules that come with the fabric."""


class WeightKind(IntEnum):
    """Kinds of weight storage that decode at different rates."""

    QUANTIZED = 0
    I_QUANT = 1
    """IQ1 to IQ3 and the 2-bit types."""
    F16 = 2
    BF16 = 3


def weight_kind(quant: str) -> WeightKind:
    """Kind of a quantization by its name, e.g. ``IQ2_M`` or ``Q4_K_M``."""
    name = quant.upper().removeprefix("UD-")
    if name.startswith(("IQ1", "IQ2", "IQ3", "TQ")):
        return WeightKind.I_QUANT
    if name in ("F16", "FP16", "F32"):
        return WeightKind.F16
    return WeightKind.BF16 if name == "BF16" else WeightKind.QUANTIZED


@dataclass(frozen=True, slots=True)
class DeviceClass:
    """What decides a device's coefficients."""

    engine: str
    """``llama.cpp`` or ``vllm``."""
    backend: str
    """``cuda``, ``rocm``, ``vulkan``, ``metal``, ``sycl`` or ``cpu``."""
    generation: str = ""
    accelerator: str = ""
    """Name in the accelerator table; ``""`` for a device typed in by hand."""
    bandwidth: float = float("nan")
    """Specified memory bandwidth. [bytes/s]"""
    flops: float = float("nan")
    """Full-rate dense FP16 tensor operations. [FLOP/s]"""

    @property
    def vendor(self) -> str:
        """Maker, from the generation."""
        return vendor_of(self.generation)

    @property
    def shader_flops(self) -> float:
        """FP32 operations outside the tensor units, of the accelerator table; NaN if it is not listed. [FLOP/s]"""
        spec = _accelerators().get(self.accelerator)
        return float(spec.flops.fp32) if spec is not None and spec.flops.fp32 else float("nan")

    @property
    def matrix_flops(self) -> float:
        """Rate of matrix products that the backend can use, see :func:`matrix_rate`. [FLOP/s]"""
        return matrix_rate(self.backend, self.generation, self.flops, self.shader_flops)

    @property
    def link(self) -> float:
        """Rate of the link to the next GPU, see :func:`link_rate`. [bytes/s]"""
        return link_rate(self.generation, self.accelerator)

    @property
    def levels(self) -> tuple[str, ...]:
        """Keys of the offsets that apply, general first."""
        at = f"{self.engine}/{self.backend}"
        return (
            "",
            self.engine,
            at,
            f"{at}/{self.vendor}",
            f"{at}/{self.generation}",
            f"{at}@{self.accelerator}",
        )


@cache
def _accelerators() -> dict[str, AcceleratorSpec]:
    return {a.name: a for a in load_accelerators()}


def nominal_bandwidth(measured: float) -> float:
    """Specified bandwidth that a measured (triad or read) rate stands for: the coefficients refer to specified rates.

    Sustained rates of all cores reach about 85 % of channels × rate on desktop and server boards (STREAM results).
    """
    return measured / 0.85


def tensor_rate(fp16: float | None, int8: float | None) -> float:
    """Rate that quantized matrix products follow: full-rate FP16, or half the INT8 rate where FP16 is of no use (Pascal).

    NaN if both are unknown. [FLOP/s]
    """
    if fp16:
        return float(fp16)
    return float(int8) / 2 if int8 else float("nan")


def matrix_rate(backend: str, generation: str, flops: float, shader_flops: float) -> float:
    """Rate of matrix products a backend reaches at most: the tensor units where it uses them, else the shaders. [FLOP/s]

    llama.cpp's Vulkan backend leaves the matrix units of Intel's first discrete generation alone because they made it
    slower (ggml-vulkan.cpp, ``ggml_vk_khr_cooperative_matrix_support``, 0.5.0-dev, read 2026-11-26); packed FP16 runs at
    twice the FP32 rate there.
    """
    if backend == "vulkan" and generation in SHADERS_UNDER_VULKAN and np.isfinite(shader_flops):
        return 2.0 * shader_flops
    return flops


@cache
def link_rate(generation: str, accelerator: str) -> float:
    """One direction of the link between two GPUs of a kind. [bytes/s]

    NVLink and Infinity Fabric where the module has them (by generation, makers' data sheets); PCI Express otherwise, at
    half its rate, because without peer access a transfer passes through host memory: twice over a link.
    """
    if SWITCHED.search(accelerator) and generation in FABRIC:
        return FABRIC[generation]
    spec = _accelerators().get(accelerator)
    pcie = (spec.pcie_generation if spec is not None else None) or 3
    lanes = (spec.pcie_lanes if spec is not None else None) or 16
    return 0.5e9 * lanes * 2.0 ** (pcie - 3)


def vendor_of(generation: str) -> str:
    """Maker of a GPU generation; ``""`` if the generation is unknown."""
    for vendor, starts in VENDOR_OF_GENERATION.items():
        if generation.startswith(starts):
            return vendor
    return "nvidia" if generation else ""


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One fitted quantity: offsets by level on a transformed scale."""

    name: str
    link: str
    """``"logit"`` (value between 0 and 1) or ``"log"`` (positive value)."""
    offsets: Mapping[str, float]
    slopes: Mapping[str, float] = field(default_factory=dict)
    """Covariate (``log_bandwidth``, ``log_intensity``) to slope on the transformed scale."""
    deviations: Mapping[str, float] = field(default_factory=dict)
    """Standard deviation of each offset on the transformed scale."""

    def value(self, levels: Sequence[str], covariates: Mapping[str, float] | None = None) -> float:
        """Value for a device's levels; unknown covariates count as zero (the reference device)."""
        x = sum(self.offsets.get(level, 0.0) for level in dict.fromkeys(levels))
        for name, slope in self.slopes.items():
            known = (covariates or {}).get(name, 0.0)
            x += slope * (0.0 if np.isnan(known) else known)
        return float(inverse_link(self.link, np.asarray(x)))


def inverse_link(link: str, x: Floats) -> Floats:
    """From the transformed scale to the value; logit values stop at 0.98."""
    if link == "logit":
        return 0.98 / (1.0 + np.exp(-np.clip(x, -30.0, 30.0)))
    return np.exp(np.clip(x, -60.0, 30.0))


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
    "decode.i_quant",
    "decode.f16",
    "decode.bf16",
    "decode.bf16_experts",
)
BATCH_NAMES = ("batch.arithmetic", "batch.sequence", "batch.recurrent_layer", "batch.collective")
HOST_NAMES = (
    "host.weight_efficiency",
    "host.expert_efficiency",
    "host.saturation",
    "host.layer",
    "host.arithmetic",
    "host.fixed",
)
PREFILL_NAMES = (
    "prefill.efficiency",
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
    "prefill.bf16",
    "prefill.bf16_experts",
    "prefill.transfer_efficiency",
    "prefill.cpu_core_rate",
)


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
    k = np.asarray(kind)
    by_kind = np.select(
        [k == WeightKind.I_QUANT, k == WeightKind.F16, k == WeightKind.BF16],
        [value["decode.i_quant"], value["decode.f16"], value["decode.bf16"]],
        1.0,
    )
    efficiency = np.minimum(np.asarray(value["decode.weight_efficiency"]) * by_kind, 0.98)
    experts = np.asarray(value["decode.expert_efficiency"]) * np.where(
        k == WeightKind.BF16, value["decode.bf16_experts"], 1.0
    )
    layer = np.asarray(value["decode.layer"]) * np.where(fa, 1.0, value["decode.no_fa_layer"])
    with np.errstate(divide="ignore", invalid="ignore"):
        arithmetic = np.nan_to_num(
            2.0 * np.asarray(value["decode.arithmetic"]) / np.asarray(shader_flops, np.float64), nan=0.0
        )
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


def batch_speed_from(value: Mapping[str, Numeric], flops: Numeric, link: Numeric) -> BatchSpeed:
    """Costs of further sequences from coefficient values.

    ``flops`` in FLOP/s, NaN leaves arithmetic out; ``link`` between GPUs in bytes/s.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.nan_to_num(
            2.0 * np.asarray(value["batch.arithmetic"]) / np.asarray(flops, np.float64), nan=0.0
        )
    return BatchSpeed(
        each,
        value["batch.sequence"],
        value["batch.recurrent_layer"],
        2.0 * np.asarray(value["batch.collective"]) / link,
    )


def host_speed_from(value: Mapping[str, Numeric], bandwidth: Numeric, cores: Numeric) -> HostSpeed:
    """Costs of the host in decode. Bandwidth saturates: ``e·B / (1 + B/S)``. [bytes/s]"""
    b = np.asarray(bandwidth, np.float64)
    reached = b / (1.0 + b / np.asarray(value["host.saturation"]))
    c = np.asarray(cores, np.float64)
    weight = 1.0 / (np.asarray(value["host.weight_efficiency"]) * reached)
    return HostSpeed(
        weight_byte=weight,
        expert_byte=1.0 / (np.asarray(value["host.expert_efficiency"]) * reached),
        kv_byte=weight,
        parameter=np.nan_to_num(np.asarray(value["host.arithmetic"]) / c, nan=0.0),
        layer=value["host.layer"],
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
) -> PrefillSpeed:
    """Costs of a device in prompt processing from coefficient values (arrays broadcast).

    ``pcie`` (to the host) and ``link`` (to the next GPU) in bytes/s.
    """
    b, f = np.asarray(bandwidth, np.float64), np.asarray(flops, np.float64)
    k = np.asarray(kind)
    by_kind = np.select(
        [k == WeightKind.I_QUANT, k == WeightKind.F16, k == WeightKind.BF16],
        [value["prefill.i_quant"], value["prefill.float"], value["prefill.bf16"]],
        1.0,
    )
    efficiency = np.minimum(np.asarray(value["prefill.efficiency"]) * by_kind, 0.98)
    experts = np.asarray(value["prefill.expert_efficiency"]) * np.where(
        k == WeightKind.BF16, value["prefill.bf16_experts"], 1.0
    )
    attention = np.where(
        np.asarray(flash_attn, bool),
        value["prefill.attention_efficiency"],
        value["prefill.attention_efficiency_no_fa"],
    )
    return PrefillSpeed(
        flop=1.0 / (efficiency * f),
        expert_flop=1.0 / (np.minimum(efficiency * experts, 0.98) * f),
        recurrent_element=np.asarray(value["prefill.recurrent"]) / f,
        attention_flop=1.0 / (attention * f),
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


@dataclass(frozen=True)
class Calibration:
    """All coefficients with their origin."""

    coefficients: Mapping[str, Coefficient]
    spreads: Mapping[str, Mapping[str, tuple[float, float]]]
    """Class of case to knowledge (name of :class:`Knowledge`) to factors for p10 and p90."""
    measured: frozenset[str]
    """``engine/backend@accelerator`` and ``engine/backend/generation`` keys with measurements."""
    about: Mapping[str, Any]
    """Data set, date, rows, valid range."""

    def values(self, names: Sequence[str], device: DeviceClass) -> dict[str, float]:
        """Coefficient values of one device."""
        found = covariates_of(device.bandwidth, device.flops, device.shader_flops, device.link)
        x = {k: float(v) for k, v in found.items()}
        return {name: self.coefficients[name].value(device.levels, x) for name in names}

    def device_speed(
        self,
        device: DeviceClass,
        flash_attn: bool | NDArray[np.bool_] = True,
        kind: int | NDArray[np.integer[Any]] = WeightKind.QUANTIZED,
    ) -> DeviceSpeed:
        """Costs of a device in decode; ``flash_attn`` and ``kind`` may be arrays (e.g. along the quant axis)."""
        return decode_speed_from(
            self.values(DECODE_NAMES, device), device.bandwidth, device.shader_flops, flash_attn, kind
        )

    def batch_speed(self, device: DeviceClass) -> BatchSpeed:
        """Costs of further sequences on a device."""
        return batch_speed_from(self.values(BATCH_NAMES, device), device.matrix_flops, device.link)

    def prefill_speed(
        self,
        device: DeviceClass,
        flash_attn: bool | NDArray[np.bool_] = True,
        kind: int | NDArray[np.integer[Any]] = WeightKind.QUANTIZED,
        pcie: Numeric = float("nan"),
    ) -> PrefillSpeed:
        """Costs of a device in prompt processing; ``pcie`` is the specified link rate. [bytes/s]"""
        values = self.values(PREFILL_NAMES, device)
        return prefill_speed_from(
            values, device.bandwidth, device.matrix_flops, flash_attn, kind, pcie, device.link
        )

    def host_speed(
        self,
        bandwidth: Numeric,
        cores: Numeric = float("nan"),
        cpu_only: bool = False,
        architecture: str = "x86_64",
    ) -> HostSpeed:
        """Costs of the host: with experts in RAM beside a GPU, or alone (``cpu_only``).

        Parameters
        ----------
        bandwidth : numeric
            Specified (channels × rate) bandwidth of the memory; for a measured one see :func:`nominal_bandwidth`. [bytes/s]
        architecture : str
            ``x86_64`` or ``aarch64``.
        """
        role = "cpu" if cpu_only else "offload"
        levels = ("", role, f"{role}/llama.cpp", f"{role}:{architecture}")
        values = {name: self.coefficients[name].value(levels) for name in HOST_NAMES}
        return host_speed_from(values, bandwidth, cores)

    def cpu_prefill_speed(self, bandwidth: float, cores: float, architecture: str = "x86_64") -> PrefillSpeed:
        """Costs of prompt processing on the processor alone: so many operations per core and second."""
        device = DeviceClass("llama.cpp", "cpu", "", "", bandwidth)
        values = self.values(PREFILL_NAMES, device)
        levels = ("", "cpu", "cpu/llama.cpp", f"cpu:{architecture}")
        rate = self.coefficients["prefill.cpu_core_rate"].value(levels) * cores
        flops = rate / values["prefill.efficiency"]
        return prefill_speed_from(values, bandwidth, flops, True, WeightKind.QUANTIZED, float("nan"))

    def knowledge(self, device: DeviceClass) -> Knowledge:
        """How well a device is known for its engine and backend."""
        at = f"{device.engine}/{device.backend}"
        if device.accelerator and f"{at}@{device.accelerator}" in self.measured:
            return Knowledge.GPU_MEASURED
        if not device.accelerator:
            return Knowledge.TYPED_IN
        if f"{at}/{device.generation}" in self.measured:
            return Knowledge.GENERATION_MEASURED
        return Knowledge.SPECIFICATIONS_ONLY

    def spread(self, case_class: str, knowledge: Knowledge) -> tuple[float, float]:
        """Factors on the median speed for the 10th and 90th percentile.

        Parameters
        ----------
        case_class : str
            One of :data:`CASE_CLASSES`.
        """
        low, high = self.spreads[case_class][knowledge.name]
        return low, high

    def basis(self, device: DeviceClass) -> str:
        """Where an estimate comes from, in words, e.g. ``fitted: Ada, llama.cpp, cuda; this GPU measured``."""
        return say(
            "fitted: {what}, {engine}, {backend}; {known}",
            what=device.generation or device.accelerator or say("unknown generation"),
            engine=device.engine,
            backend=device.backend,
            known=KNOWLEDGE_TEXT[self.knowledge(device)],
        )


CASE_CLASSES = (
    "dense, one GPU",
    "MoE in VRAM",
    "MoE with experts in RAM",
    "Apple",
    "several GPUs",
    "long depth",
    "CPU only",
    "prefill",
    "vLLM single stream",
    "vLLM batched",
    "llama.cpp batched",
)


@cache
def load_calibration(path: Path | None = None) -> Calibration:
    """Read the coefficients shipped with the package (or another file of the same form)."""
    raw = json.loads((path or DATA / "calibration.json").read_text(encoding="utf-8"))
    return calibration_from(raw)


def calibration_from(raw: Mapping[str, Any]) -> Calibration:
    """Calibration from the parsed JSON form."""
    coefficients = {
        name: Coefficient(
            name,
            c["link"],
            {k: v["value"] for k, v in c["levels"].items()},
            dict(c.get("slopes", {})),
            {k: v["sd"] for k, v in c["levels"].items()},
        )
        for name, c in raw["coefficients"].items()
    }
    spreads = {k: {n: (v[0], v[1]) for n, v in by.items()} for k, by in raw["spreads"].items()}
    return Calibration(coefficients, spreads, frozenset(raw["measured"]), raw["about"])
