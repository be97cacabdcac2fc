"""Fitted coefficients of the speed formulas: value, spread, data set, date and valid range.

``data/calibration.json`` is made by ``python -m planner.fit`` from ``data/measurements.csv``. A coefficient is a sum of
offsets over levels, from the whole data set down to one device, each shrunk towards zero by how little was measured::

    link(value) = "" + "llama.cpp" + "llama.cpp/cuda" + "llama.cpp/cuda/Ada" + "llama.cpp/cuda@RTX 4090"

so a generation nobody measured takes its backend's value and a device nobody measured its generation's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.device_class import (
    KNOWLEDGE_TEXT,
    DeviceClass,
    Knowledge,
    WeightKind,
    link_rate,
    matrix_rate,
    nominal_bandwidth,
    tensor_rate,
    vendor_of,
    weight_kind,
)
from planner.formulas.batch_speed import BatchSpeed
from planner.formulas.decode_speed import DeviceSpeed, HostSpeed
from planner.formulas.prefill_speed import PrefillSpeed
from planner.speed_costs import (
    BATCH_NAMES,
    DECODE_NAMES,
    HOST_NAMES,
    PREFILL_NAMES,
    VECTOR_COLUMNS,
    batch_speed_from,
    covariates_of,
    decode_speed_from,
    host_speed_from,
    prefill_speed_from,
)
from planner.words import say

__all__ = [
    "CASE_CLASSES",
    "DATA",
    "Calibration",
    "Coefficient",
    "DeviceClass",
    "Knowledge",
    "WeightKind",
    "batch_speed_from",
    "calibration_from",
    "covariates_of",
    "decode_speed_from",
    "host_speed_from",
    "inverse_link",
    "link_rate",
    "load_calibration",
    "matrix_rate",
    "nominal_bandwidth",
    "prefill_speed_from",
    "tensor_rate",
    "vendor_of",
    "weight_kind",
]

Floats = NDArray[np.float64]
Numeric = float | Floats
DATA = Path(__file__).parent / "data"


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
        columns = VECTOR_COLUMNS.get(device.engine, 1.0)
        values = self.values(BATCH_NAMES, device)
        return batch_speed_from(values, device.matrix_flops, device.shader_flops, device.link, columns)

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
            values, device.bandwidth, device.matrix_flops, flash_attn, kind, pcie, device.link,
            device.shader_flops, device.attention_flops,
        )  # fmt: skip

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
        return host_speed_from(values, bandwidth, cores, self.core_rate(architecture))

    def core_rate(self, architecture: str = "x86_64") -> float:
        """Operations per second of one core of :data:`planner.devices.REFERENCE_CORE` in matrix products. [FLOP/s]"""
        levels = ("", "cpu", "cpu/llama.cpp", f"cpu:{architecture}")
        return self.coefficients["prefill.cpu_core_rate"].value(levels)

    def cpu_prefill_speed(self, bandwidth: float, cores: float, architecture: str = "x86_64") -> PrefillSpeed:
        """Costs of prompt processing on the processor alone: so many operations per core and second."""
        device = DeviceClass("llama.cpp", "cpu", "", "", bandwidth)
        values = self.values(PREFILL_NAMES, device)
        flops = self.core_rate(architecture) * cores / values["prefill.efficiency"]
        return prefill_speed_from(values, bandwidth, flops, True, WeightKind.QUANTIZED, float("nan"))

    def knowledge(self, device: DeviceClass) -> Knowledge:
        """How well a device is known for its engine and backend."""
        at = f"{device.engine}/{device.backend}"
        if not any(key.startswith((f"{at}@", f"{at}/")) for key in self.measured):
            return Knowledge.BACKEND_UNMEASURED
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
        by = self.spreads[case_class]
        low, high = by.get(knowledge.name, by[Knowledge.TYPED_IN.name])
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
