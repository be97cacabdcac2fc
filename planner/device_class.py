"""What decides a device's coefficients: engine, backend, generation and the rates of its specification."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

import numpy as np

from models_db.accelerator import AcceleratorSpec, load_accelerators
from planner.words import say


class Knowledge(IntEnum):
    """How well a device is known; the range widens downwards."""

    GPU_MEASURED = 0
    GENERATION_MEASURED = 1
    SPECIFICATIONS_ONLY = 2
    TYPED_IN = 3
    BACKEND_UNMEASURED = 4
    """No run of the engine on this backend was measured on any device."""


KNOWLEDGE_TEXT = (
    say("this GPU measured"),
    say("its generation measured"),
    say("only specifications known"),
    say("typed in by hand"),
    say("no run of this engine on this backend measured"),
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
    """Kinds of weight storage that differ in the operations their weights take (ggml-quants.h, the blocks' layouts)."""

    QUANTIZED = 0
    """Blocks of one scale (Q4_0 to Q5_1, MXFP4) and safetensors quantizations."""
    I_QUANT = 1
    """IQ1 to IQ3 and TQ: weights looked up in tables."""
    F16 = 2
    BF16 = 3
    K_QUANT = 4
    """Q4_K to Q6_K and IQ4: super-blocks whose scales are packed themselves, or a table of sixteen values."""
    LOW_K_QUANT = 5
    """Q2_K and Q3_K: besides, the bits of a weight lie in two places or its scales count twice as much."""
    BYTES = 6
    """Q8_0: nothing to unpack, and twice the bytes to load into registers."""


def weight_kind(quant: str) -> WeightKind:
    """Kind of a quantization by its name, e.g. ``IQ2_M`` or ``Q4_K_M``."""
    name = quant.upper().removeprefix("UD-")
    if name.startswith(("IQ1", "IQ2", "IQ3", "TQ")):
        return WeightKind.I_QUANT
    if name.startswith(("Q2_K", "Q3_K")):
        return WeightKind.LOW_K_QUANT
    if name.startswith(("Q4_K", "Q5_K", "Q6_K", "IQ4")):
        return WeightKind.K_QUANT
    if name.startswith("Q8"):
        return WeightKind.BYTES
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
    def attention_flops(self) -> float:
        """Rate that attention over a prompt follows, see :func:`attention_rate`. [FLOP/s]"""
        return attention_rate(self.backend, self.vendor, self.matrix_flops, self.shader_flops)

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
    twice the FP32 rate there. On AMD its shaders unpack every weight to FP16 before the matrix units see it
    (``mul_mm.comp``, same tree), so generations whose matrix units are faster than packed FP16 gain nothing from them.
    """
    if backend != "vulkan" or not np.isfinite(shader_flops):
        return flops
    if generation in SHADERS_UNDER_VULKAN:
        return 2.0 * shader_flops
    if vendor_of(generation) == "amd":
        return float(np.fmin(flops, 2.0 * shader_flops))
    return flops


def attention_rate(backend: str, vendor: str, flops: float, shader_flops: float) -> float:
    """Rate that attention over a prompt follows. [FLOP/s]

    On tensor units under CUDA. llama.cpp's kernels for AMD compute it mostly in packed FP16 on the shaders: matrix units
    serve only some head sizes and groups of heads (ggml-cuda/fattn.cu, ``ggml_cuda_get_best_fattn_kernel``, 0.5.0-dev,
    read 2026-11-26), and those of Vulkan keep the softmax and the conversions there.
    """
    if (vendor == "amd" or backend == "vulkan") and np.isfinite(shader_flops):
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
