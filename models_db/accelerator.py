"""GPUs and SoCs: memory, bandwidth, arithmetic rates by type, and how each number was cross-checked.

The table is ``data/accelerators.json``. Every row names its sources, carries the figures of a second source
(``cross_check``) and says where the two differ (``disagreements``) and why (``note``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

DATA_FILE = Path(__file__).parent / "data" / "accelerators.json"
GIB = 1024**3
MAX_MEMORY_BYTES = 1024 * GIB

FLOP_TYPES = ("fp32", "fp16", "fp16_fp32acc", "fp8", "int8", "fp4")
BACKENDS = ("cuda", "rocm", "vulkan", "metal", "sycl")

PIN_RATES: dict[str, tuple[float, float]] = {
    "GDDR5": (5.0, 9.1),
    "GDDR5X": (9.0, 12.1),
    "GDDR6": (10.0, 20.5),
    "GDDR6X": (18.9, 24.1),
    "GDDR7": (17.9, 32.1),
    "HBM2": (1.4, 2.5),
    "HBM2e": (2.4, 3.7),
    "HBM3": (4.8, 6.6),
    "HBM3e": (5.8, 9.3),
    "LPDDR4X": (3.7, 4.4),
    "LPDDR5": (4.2, 6.5),
    "LPDDR5X": (6.8, 10.7),
    "DDR5": (4.4, 6.5),
}
"""Memory type to the smallest and largest rate per pin. [Gbit/s]"""


@dataclass(frozen=True, slots=True)
class Generation:
    """What a generation of chips can do; bounds for the rows of the table."""

    vendor: str
    compute_capabilities: tuple[str, ...] = ()
    fp16_per_fp32: tuple[float, float] | None = (1.0, 2.1)
    """Smallest and largest ratio of the FP16 to the FP32 rate; None = no usable FP16."""
    types: frozenset[str] = frozenset()
    """Further types the chips compute in (of ``fp8``, ``int8``, ``fp4``)."""
    pcie: tuple[int, ...] = (3, 4, 5)


_I8, _F8, _F4 = frozenset({"int8"}), frozenset({"int8", "fp8"}), frozenset({"int8", "fp8", "fp4"})
GENERATIONS: dict[str, Generation] = {
    "Pascal": Generation("nvidia", ("6.0", "6.1", "6.2"), (1.9, 2.1), _I8, (3,)),
    "Volta": Generation("nvidia", ("7.0", "7.2"), (7.0, 8.1), _I8, (3,)),
    "Turing-GTX": Generation("nvidia", ("7.5",), (1.9, 2.1), _I8, (3,)),
    "Turing": Generation("nvidia", ("7.5",), (7.9, 8.1), _I8, (3,)),
    "Ampere": Generation("nvidia", ("8.6", "8.7"), (3.9, 8.1), _I8, (4,)),
    "Ampere-DC": Generation("nvidia", ("8.0",), (15.9, 16.1), _I8, (4,)),
    "Ada": Generation("nvidia", ("8.9",), (1.9, 4.1), _F8, (4,)),
    "Hopper": Generation("nvidia", ("9.0",), (3.0, 16.1), _F8, (5,)),
    "Blackwell": Generation("nvidia", ("12.0", "12.1"), (3.9, 4.1), _F4, (5,)),
    "Blackwell-DC": Generation("nvidia", ("10.0", "10.3", "11.0"), (15.0, 34.0), _F4, (5,)),
    "Polaris": Generation("amd", (), (0.9, 1.1), frozenset(), (3,)),
    "Vega": Generation("amd", (), (1.9, 2.1), _I8, (3, 4)),
    "RDNA1": Generation("amd", (), (1.9, 2.1), frozenset(), (4,)),
    "RDNA2": Generation("amd", (), (1.9, 2.1), _I8, (4,)),
    "RDNA3": Generation("amd", (), (1.9, 2.1), _I8, (4,)),
    "RDNA3.5": Generation("amd", (), (1.9, 2.1), _I8, (4,)),
    "RDNA4": Generation("amd", (), (3.9, 4.1), _F8, (5,)),
    "CDNA1": Generation("amd", (), (7.9, 8.1), _I8, (4,)),
    "CDNA2": Generation("amd", (), (7.9, 8.1), _I8, (4,)),
    "CDNA3": Generation("amd", (), (7.9, 8.1), _F8, (5,)),
    "CDNA4": Generation("amd", (), (15.9, 16.1), _F4, (5,)),
    "Alchemist": Generation("intel", (), (6.5, 8.1), _I8, (4,)),
    "Battlemage": Generation("intel", (), (7.9, 8.9), _I8, (4, 5)),
    "Ponte Vecchio": Generation("intel", (), (15.0, 16.1), _I8, (5,)),
    "Xe-LPG": Generation("intel", (), (1.9, 2.1), _I8),
    "Xe2-LPG": Generation("intel", (), (7.9, 8.9), _I8),
    "Apple M1": Generation("apple", (), (0.9, 2.1)),
    "Apple M2": Generation("apple", (), (0.9, 2.1)),
    "Apple M3": Generation("apple", (), (0.9, 2.1)),
    "Apple M4": Generation("apple", (), (0.9, 2.1)),
    "Apple M5": Generation("apple", (), (3.9, 4.1), _I8),
}
"""Bounds by generation, from the vendors' architecture documents (transcribed 2026-11-25)."""

TOLERANCES = {
    "memory_gb": 0.001,
    "bandwidth_gb_s": 0.02,
    "fp32_tflops": 0.03,
    "fp16_tflops": 0.05,
    "int8_tops": 0.05,
}
"""Largest relative difference between a row and its second source that needs no explanation."""


class AcceleratorFault(ValueError):
    """The accelerator table is damaged; the message lists every fault."""


@dataclass(frozen=True, slots=True)
class Flops:
    """Dense arithmetic rates [FLOP/s, for int8 OP/s]; None = the chip lacks the type or it is unknown."""

    fp32: float | None = None
    fp16: float | None = None
    """Tensor (matrix) rate with FP16 accumulation; packed shader rate where there are no tensor units."""
    fp16_fp32acc: float | None = None
    """Tensor rate with FP32 accumulation (half of ``fp16`` on GeForce cards)."""
    fp8: float | None = None
    int8: float | None = None
    """Tensor rate, or dp4a where there are no INT8 tensor units."""
    fp4: float | None = None


@dataclass(frozen=True, slots=True)
class AcceleratorSpec:
    """One row of the accelerator table."""

    name: str
    vendor: str
    """``nvidia``, ``amd``, ``intel`` or ``apple``."""
    generation: str
    """A key of :data:`GENERATIONS`."""
    memory_bytes: int
    """Nominal size; for unified memory the largest usual configuration. [bytes]"""
    memory_type: str
    bus_bits: int
    bandwidth_bytes_per_s: float
    flops: Flops
    backend: str
    """llama.cpp backend it is usually run with."""
    aliases: tuple[str, ...] = ()
    assumed_aliases: dict[str, str] = field(default_factory=dict)
    """Short names that several chips share but that people mostly use for this one, with the note to show."""
    memory_options_bytes: tuple[int, ...] = ()
    """Sizes a unified-memory machine is sold with. [bytes]"""
    driver_total_bytes: int | None = None
    """Total the driver's own tools show (NVML, sysfs), where posted logs give it. [bytes]"""
    runtime_total_bytes: int | None = None
    """Total that llama.cpp is told on Linux (lowest of posted logs); CUDA shows less. [bytes]"""
    compute_capability: str | None = None
    pcie_generation: int | None = None
    pcie_lanes: int | None = None
    unified_memory: bool = False
    laptop: bool = False
    dies: int = 1
    """Devices that engines see of one card; each has an equal share of everything."""
    variant_note: str | None = None
    """What to write for another chip of the same name."""
    note: str | None = None
    sources: tuple[str, ...] = ()
    cross_check: dict[str, dict[str, float | str]] = field(default_factory=dict)
    """Second source to its figures, in the units of :data:`TOLERANCES`."""
    disagreements: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Field to the sources that differ by more than the tolerance; ``note`` says why ours was kept."""

    @property
    def total_bytes(self) -> int:
        """What a driver reports for this chip if known, else the nominal size. [bytes]"""
        return self.driver_total_bytes or self.memory_bytes

    def figure(self, name: str) -> float | str | None:
        """Our own value of a cross-checked figure, in the units of :data:`TOLERANCES`."""
        rates = {"fp32_tflops": self.flops.fp32, "fp16_tflops": self.flops.fp16, "int8_tops": self.flops.int8}
        if name in rates:
            rate = rates[name]
            return None if rate is None else rate / 1e12
        if name == "memory_gb":
            return self.memory_bytes / GIB
        if name == "bandwidth_gb_s":
            return self.bandwidth_bytes_per_s / 1e9
        return self.compute_capability if name == "compute_capability" else None


@dataclass(frozen=True, slots=True)
class DataSource:
    """Where figures come from, and when they were read."""

    title: str
    date: str
    kind: str


def spec_from_row(row: dict[str, Any]) -> AcceleratorSpec:
    """Build a record from a row of the data file.

    Raises
    ------
    KeyError, TypeError
        When a required field is missing or there is an unknown one.
    """
    fields = dict(row)
    pcie = fields.pop("pcie", None) or {}
    flops = fields.pop("flops")
    return AcceleratorSpec(
        **{
            **fields,
            "aliases": tuple(fields.get("aliases", ())),
            "memory_options_bytes": tuple(fields.get("memory_options_bytes", ())),
            "sources": tuple(fields.get("sources", ())),
            "disagreements": {k: tuple(v) for k, v in fields.get("disagreements", {}).items()},
        },
        flops=Flops(**flops),
        pcie_generation=pcie.get("generation"),
        pcie_lanes=pcie.get("lanes"),
    )


def row_faults(spec: AcceleratorSpec, source_keys: frozenset[str]) -> list[str]:
    """Everything wrong with one row, one sentence each; empty if the row is sane."""
    faults: list[str] = []

    def check(ok: bool, text: str) -> None:
        if not ok:
            faults.append(f"{spec.name}: {text}")

    generation = GENERATIONS.get(spec.generation)
    if generation is None:
        return [f"{spec.name}: unknown generation {spec.generation!r}"]
    check(spec.vendor == generation.vendor, f"vendor {spec.vendor!r} does not make {spec.generation}")
    check(spec.backend in BACKENDS, f"unknown backend {spec.backend!r}")
    check(0 < spec.memory_bytes <= MAX_MEMORY_BYTES, f"memory of {spec.memory_bytes} bytes")
    check(
        spec.memory_bytes % (GIB // 4) == 0, f"memory of {spec.memory_bytes} bytes is no multiple of 0.25 GiB"
    )
    for total in (spec.driver_total_bytes, spec.runtime_total_bytes):
        check(
            total is None or 0.88 * spec.memory_bytes <= total <= spec.memory_bytes,
            f"reported total {total} does not belong to {spec.memory_bytes} bytes",
        )
    for option in spec.memory_options_bytes:
        check(0 < option <= spec.memory_bytes, f"memory option {option} above {spec.memory_bytes}")
    faults += _bandwidth_faults(spec)
    faults += _flops_faults(spec, generation)
    if generation.compute_capabilities:
        check(
            spec.compute_capability in generation.compute_capabilities,
            f"compute capability {spec.compute_capability} is not of {spec.generation}",
        )
    else:
        check(spec.compute_capability is None, f"{spec.vendor} chips have no compute capability")
    if spec.unified_memory:
        check(spec.pcie_generation is None, "a unified-memory chip has no PCIe link to its memory")
    else:
        check(spec.pcie_generation in generation.pcie, f"PCIe {spec.pcie_generation} in {spec.generation}")
        check(spec.pcie_lanes in (1, 4, 8, 16), f"{spec.pcie_lanes} PCIe lanes")
    check(spec.dies in (1, 2), f"{spec.dies} dies")
    check(bool(spec.sources), "no source")
    for key in (*spec.sources, *spec.cross_check):
        check(key in source_keys, f"unknown source {key!r}")
    faults += cross_check_faults(spec)
    return faults


def _bandwidth_faults(spec: AcceleratorSpec) -> list[str]:
    limits = PIN_RATES.get(spec.memory_type)
    if limits is None:
        return [f"{spec.name}: unknown memory type {spec.memory_type!r}"]
    if not 32 <= spec.bus_bits <= 8192 or spec.bus_bits % 32:
        return [f"{spec.name}: memory bus of {spec.bus_bits} bits"]
    rate = spec.bandwidth_bytes_per_s * 8 / spec.bus_bits / 1e9
    if limits[0] <= rate <= limits[1]:
        return []
    return [
        f"{spec.name}: {spec.bandwidth_bytes_per_s / 1e9:g} GB/s on {spec.bus_bits} bits is {rate:.2f} "
        f"Gbit/s per pin, outside {limits[0]:g} to {limits[1]:g} of {spec.memory_type}"
    ]


def _flops_faults(spec: AcceleratorSpec, generation: Generation) -> list[str]:
    faults: list[str] = []
    rates = spec.flops
    if rates.fp32 is None or not 0.3e12 <= rates.fp32 <= 200e12:
        faults.append(f"{spec.name}: FP32 rate {rates.fp32}")
        return faults
    if rates.fp16 is not None and generation.fp16_per_fp32 is not None:
        low, high = generation.fp16_per_fp32
        if not low <= rates.fp16 / rates.fp32 <= high:
            ratio = rates.fp16 / rates.fp32
            faults.append(
                f"{spec.name}: FP16 is {ratio:.2f} × FP32, outside {low:g} to {high:g} of {spec.generation}"
            )
    for kind in ("fp8", "int8", "fp4"):
        value = getattr(rates, kind)
        if value is None:
            continue
        if kind not in generation.types:
            faults.append(f"{spec.name}: {spec.generation} has no {kind}")
        elif rates.fp16 is not None:
            ratio, allowed = (
                value / rates.fp16,
                {"fp8": (1.9, 2.1), "int8": (0.4, 2.1), "fp4": (3.9, 6.1)}[kind],
            )
            if not allowed[0] <= ratio <= allowed[1]:
                faults.append(f"{spec.name}: {kind} is {ratio:.2f} × FP16")
    if rates.fp16_fp32acc is not None and (rates.fp16 is None or rates.fp16_fp32acc > rates.fp16):
        faults.append(f"{spec.name}: FP16 with FP32 accumulation is faster than with FP16")
    return faults


def cross_check_faults(spec: AcceleratorSpec) -> list[str]:
    """Differences from the second sources that the row does not explain, and explanations of none."""
    faults: list[str] = []
    differing: dict[str, set[str]] = {}
    for source, figures in spec.cross_check.items():
        for name, theirs in figures.items():
            ours = spec.figure(name)
            if name in TOLERANCES:
                close = (
                    isinstance(ours, (int, float))
                    and isinstance(theirs, (int, float))
                    and abs(ours - theirs) <= TOLERANCES[name] * theirs
                )
            else:
                close = ours == theirs
            if not close:
                differing.setdefault(name, set()).add(source)
    declared = {name: set(sources) for name, sources in spec.disagreements.items()}
    for name in sorted(set(differing) | set(declared)):
        if differing.get(name) != declared.get(name):
            faults.append(
                f"{spec.name}: {name} differs from {sorted(differing.get(name, ()))}, "
                f"declared {sorted(declared.get(name, ()))}"
            )
    if (declared or not spec.cross_check) and not spec.note:
        faults.append(f"{spec.name}: a difference or a single source needs a note")
    return faults


def table_faults(specs: list[AcceleratorSpec]) -> list[str]:
    """Names and aliases that two rows share."""
    owners: dict[str, str] = {}
    faults: list[str] = []
    for spec in specs:
        for name in (spec.name, *spec.aliases, *spec.assumed_aliases):
            key = name.casefold()
            if key in owners and (owners[key] != spec.name or name != spec.name):
                faults.append(f"{spec.name}: the name {name!r} is already that of {owners[key]}")
            owners[key] = spec.name
    names = [spec.name for spec in specs]
    faults += [f"{name}: listed twice" for name in sorted({n for n in names if names.count(n) > 1})]
    return faults


def read_accelerators(text: str, where: str = "accelerators.json") -> tuple[AcceleratorSpec, ...]:
    """Parse and validate a table.

    Parameters
    ----------
    text : str
        JSON text of the data file.
    where : str
        Name of the file, for the message.

    Raises
    ------
    AcceleratorFault
        When the text is no JSON, or any row is damaged; the message lists all faults, one a line.
    """
    try:
        data = json.loads(text)
        rows, sources = list(data["accelerators"]), frozenset(data["sources"])
    except (ValueError, KeyError, TypeError) as error:
        raise AcceleratorFault(f"{where}: cannot be read ({type(error).__name__}: {error})") from None
    faults: list[str] = []
    specs: list[AcceleratorSpec] = []
    for number, row in enumerate(rows, start=1):
        label = row.get("name", f"row {number}") if isinstance(row, dict) else f"row {number}"
        try:
            spec = spec_from_row(row)
            faults += row_faults(spec, sources)
        except (KeyError, TypeError, AttributeError) as error:
            faults.append(f"{label}: {error}")
            continue
        specs.append(spec)
    faults += table_faults(specs)
    if faults:
        raise AcceleratorFault(f"{where}: {len(faults)} faults\n" + "\n".join(faults))
    return tuple(specs)


@lru_cache(maxsize=1)
def load_accelerators() -> tuple[AcceleratorSpec, ...]:
    """Every accelerator of the table, in its order.

    Raises
    ------
    AcceleratorFault
        When the data file is damaged.
    """
    return read_accelerators(DATA_FILE.read_text(encoding="utf-8"), DATA_FILE.name)


@lru_cache(maxsize=1)
def load_accelerator_sources() -> dict[str, DataSource]:
    """Key of each source to its title, date and kind."""
    data = json.loads(DATA_FILE.read_text(encoding="utf-8"))
    return {key: DataSource(**value) for key, value in data["sources"].items()}


def accelerator_to_json(spec: AcceleratorSpec) -> dict[str, Any]:
    """One entry of ``accelerators --json``."""
    sources = load_accelerator_sources()
    pcie = {"generation": spec.pcie_generation, "lanes": spec.pcie_lanes} if spec.pcie_generation else None
    return {
        "name": spec.name,
        "aliases": [*spec.aliases, *spec.assumed_aliases],
        "vendor": spec.vendor,
        "generation": spec.generation,
        "memory_bytes": spec.memory_bytes,
        "memory_options_bytes": list(spec.memory_options_bytes),
        "driver_total_bytes": spec.driver_total_bytes,
        "runtime_total_bytes": spec.runtime_total_bytes,
        "bandwidth_bytes_per_s": spec.bandwidth_bytes_per_s,
        "flops": {kind: getattr(spec.flops, kind) for kind in FLOP_TYPES},
        "compute_capability": spec.compute_capability,
        "pcie": pcie,
        "unified_memory": spec.unified_memory,
        "devices": spec.dies,
        "backend": spec.backend,
        "sources": [
            {"key": key, "source": sources[key].title, "date": sources[key].date}
            for key in spec.sources
            if key in sources
        ],
        "note": spec.note,
    }
