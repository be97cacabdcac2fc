"""The shape ``machine/1``: what ``detect --json`` prints and what ``--machine FILE`` reads."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from typing import Any

from planner.hardware.accelerator_names import MAX_GPUS, find_accelerator
from planner.hardware.device_facts import device_from_spec
from planner.hardware.machine_name import with_said_name
from planner.machine import Device, Engine, HostMemory, Machine, Processor
from planner.units import MAX_DEVICE_BYTES, ValueFault
from planner.words import say

SCHEMA = "machine/1"
MAX_BANDWIDTH = 1e14
"""Largest bandwidth accepted. [bytes/s]"""
MAX_VECTOR_FLOPS = 1e15
"""Largest arithmetic of a processor accepted. [FLOP/s]"""
ORIGINS = ("detected", "table", "entered", "unknown")


class MachineFileFault(ValueFault):
    """A machine file that cannot be used; the message names the file, the field and the valid value."""


def machine_to_json(machine: Machine) -> dict[str, Any]:
    """A machine in the shape ``machine/1``; holds no names of people or hosts, no serial numbers."""
    return {
        "schema": SCHEMA,
        "name": machine.name,
        "gpus": [_device_to_json(gpu) for gpu in machine.gpus],
        "cpu": {
            "name": machine.cpu.name,
            "cores": machine.cpu.cores,
            "threads": machine.cpu.threads,
            "features": list(machine.cpu.features),
            "architecture": machine.cpu.architecture,
            "virtual": machine.cpu.virtual,
            "vector_flops": machine.cpu.vector_flops,
        },
        "ram": {
            "total_bytes": machine.ram.total_bytes,
            "available_bytes": machine.ram.available_bytes,
            "limit_bytes": machine.ram.limit_bytes,
            "bandwidth_bytes_per_s": machine.ram.bandwidth_bytes_per_s,
            "bandwidth_origin": machine.ram.bandwidth_origin,
            "kind": machine.ram.kind,
            "channels": machine.ram.channels,
        },
        "engines": [{"name": e.name, "version": e.version, "path": e.path} for e in machine.engines],
        "notes": list(machine.notes),
    }


def _device_to_json(gpu: Device) -> dict[str, Any]:
    link = gpu.pcie_generation is not None or gpu.pcie_lanes is not None
    return {
        "name": gpu.name,
        "accelerator": gpu.accelerator,
        "vendor": gpu.vendor,
        "generation": gpu.generation,
        "backend": gpu.backend,
        "memory_bytes": gpu.memory_bytes,
        "free_bytes": gpu.free_bytes,
        "bandwidth_bytes_per_s": gpu.bandwidth_bytes_per_s,
        "flops": {
            "fp16": gpu.flops_fp16,
            "fp8": gpu.flops_fp8,
            "int8": gpu.flops_int8,
            "fp4": gpu.flops_fp4,
        },
        "compute_capability": gpu.compute_capability,
        "driver": gpu.driver,
        "pcie": {"generation": gpu.pcie_generation, "lanes": gpu.pcie_lanes} if link else None,
        "unified_memory": gpu.unified_memory,
        "default_limit_bytes": gpu.default_limit_bytes,
        "runtime_total_bytes": gpu.runtime_total_bytes,
        "display_active": gpu.display_active,
        "origin": dict(gpu.origin),
    }


class _Reader:
    """Takes checked values out of a JSON object; collects faults so that all are named at once."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.faults: list[str] = []

    def fault(self, path: str, text: str) -> None:
        self.faults.append(f"{path} {text}")

    def mapping(self, value: Any, path: str) -> dict[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.fault(path, f"must be an object, not {_shown(value)}")
            return {}
        return value

    def items(self, value: Any, path: str, most: int) -> list[Any]:
        if value is None:
            return []
        if not isinstance(value, list):
            self.fault(path, f"must be a list, not {_shown(value)}")
            return []
        if len(value) > most:
            self.fault(path, f"has {len(value)} entries; the largest valid number is {most}")
            return []
        return value

    def text(self, value: Any, path: str, longest: int = 200) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str) or len(value) > longest:
            self.fault(path, f"must be text of at most {longest} characters, not {_shown(value)}")
            return None
        return value

    def number(self, value: Any, path: str, largest: float, unit: str, smallest: float = 0.0) -> float | None:
        if value is None:
            return None
        bad = isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value)
        if bad:
            self.fault(path, f"must be a number of {unit}, not {_shown(value)}")
            return None
        if not smallest < value <= largest:
            self.fault(path, f"is {value:g}; it must be above {smallest:g} and at most {largest:g} {unit}")
            return None
        return float(value)

    def size(self, value: Any, path: str, zero: bool = False) -> int | None:
        number = self.number(value, path, MAX_DEVICE_BYTES, "bytes", -1 if zero else 0)
        return None if number is None else int(number)

    def count(self, value: Any, path: str, largest: int) -> int | None:
        number = self.number(value, path, largest, "(a whole number)")
        if number is not None and number != int(number):
            self.fault(path, f"is {number:g}; it must be a whole number")
            return None
        return None if number is None else int(number)

    def flag(self, value: Any, path: str) -> bool | None:
        if value is None or isinstance(value, bool):
            return value
        self.fault(path, f"must be true or false, not {_shown(value)}")
        return None


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 40 else text[:37] + "…"


def machine_from_json(data: Any, where: str = "machine") -> Machine:
    """A machine from the shape ``machine/1``.

    A GPU needs a name only: what is left out comes from the accelerator table if it is known there. ``count``
    repeats a GPU.

    Raises
    ------
    MachineFileFault
        When anything is malformed; the message names every fault in one line.
    """
    reader = _Reader(where)
    top = reader.mapping(data, "the file")
    if not isinstance(data, dict):
        raise MachineFileFault(f"{where}: {reader.faults[0] if reader.faults else 'holds nothing'}")
    schema = top.get("schema", SCHEMA)
    if schema != SCHEMA:
        raise MachineFileFault(f"{where}: schema is {_shown(schema)}; this version reads {SCHEMA!r}")
    notes: list[str] = []
    gpus: list[Device] = []
    for index, entry in enumerate(reader.items(top.get("gpus"), "gpus", MAX_GPUS)):
        gpus += _read_gpu(reader, entry, f"gpus[{index}]", notes)
    if len(gpus) > MAX_GPUS:
        reader.fault("gpus", f"are {len(gpus)} in all; the largest valid number is {MAX_GPUS}")
    cpu = _read_cpu(reader, top.get("cpu"))
    ram = _read_ram(reader, top.get("ram"))
    engines = []
    for index, entry in enumerate(reader.items(top.get("engines"), "engines", 64)):
        path = f"engines[{index}]"
        fields = reader.mapping(entry, path)
        name = reader.text(fields.get("name"), f"{path}.name")
        if name is None:
            reader.fault(f"{path}.name", "is missing")
            continue
        version = reader.text(fields.get("version"), f"{path}.version") or "unknown"
        engines.append(Engine(name, version, reader.text(fields.get("path"), f"{path}.path", 4096) or ""))
    written = [
        text
        for index, entry in enumerate(reader.items(top.get("notes"), "notes", 1000))
        if (text := reader.text(entry, f"notes[{index}]", 4096)) is not None
    ]
    name = reader.text(top.get("name"), "name") or where
    if reader.faults:
        raise MachineFileFault(f"{where}: " + "; ".join(reader.faults))
    made = Machine(name, tuple(gpus), cpu, ram, tuple(engines), (*written, *notes), detected=False)
    return with_said_name(made)


def _read_gpu(reader: _Reader, entry: Any, path: str, notes: list[str]) -> list[Device]:
    fields = reader.mapping(entry, path)
    before = len(reader.faults)
    name = reader.text(fields.get("name"), f"{path}.name")
    if not name or not name.strip():
        if len(reader.faults) == before:
            reader.fault(f"{path}.name", "is missing")
        return []
    count = reader.count(fields.get("count"), f"{path}.count", MAX_GPUS) or 1
    memory = reader.size(fields.get("memory_bytes"), f"{path}.memory_bytes")
    free = reader.size(fields.get("free_bytes"), f"{path}.free_bytes", zero=True)
    limit = reader.size(fields.get("default_limit_bytes"), f"{path}.default_limit_bytes")
    bandwidth = reader.number(
        fields.get("bandwidth_bytes_per_s"), f"{path}.bandwidth_bytes_per_s", MAX_BANDWIDTH, "bytes/s"
    )
    rates = reader.mapping(fields.get("flops"), f"{path}.flops")
    flops = {
        kind: reader.number(rates.get(kind), f"{path}.flops.{kind}", 1e18, "FLOP/s")
        for kind in ("fp16", "fp8", "int8", "fp4")
    }
    capability = reader.text(fields.get("compute_capability"), f"{path}.compute_capability", 10)
    if capability is not None and not re.fullmatch(r"\d{1,2}\.\d", capability):
        reader.fault(f"{path}.compute_capability", f'is {_shown(capability)}; write for example "8.9"')
    link = reader.mapping(fields.get("pcie"), f"{path}.pcie")
    generation = reader.count(link.get("generation"), f"{path}.pcie.generation", 7)
    lanes = reader.count(link.get("lanes"), f"{path}.pcie.lanes", 16)
    unified = reader.flag(fields.get("unified_memory"), f"{path}.unified_memory")
    origins = reader.mapping(fields.get("origin"), f"{path}.origin")
    for key, value in origins.items():
        if value not in ORIGINS:
            reader.fault(f"{path}.origin.{key}", f"is {_shown(value)}; valid are {', '.join(ORIGINS)}")
    if memory is not None and free is not None and free > memory:
        reader.fault(f"{path}.free_bytes", f"is more than memory_bytes ({free} > {memory})")
    base = Device(name=name.strip())
    written = reader.text(fields.get("accelerator"), f"{path}.accelerator")
    try:
        spec, note = find_accelerator(written or name, memory)
        base = device_from_spec(spec, name=name.strip())
        if note:
            notes.append(note)
    except ValueFault as error:
        if memory is None or bandwidth is None:
            text = str(error)
            reader.fault(f"{path}.name:", f"{text}; or give memory_bytes and bandwidth_bytes_per_s")
            return []
        notes.append(say("{gpu}: not in the accelerator table; arithmetic rates are unknown", gpu=name))
    origin = dict(base.origin)
    given: dict[str, Any] = {
        "memory_bytes": memory,
        "free_bytes": free,
        "bandwidth_bytes_per_s": bandwidth,
        "compute_capability": capability,
        "pcie_generation": generation,
        "pcie_lanes": lanes,
        "unified_memory": unified,
        "default_limit_bytes": limit,
        "runtime_total_bytes": reader.size(fields.get("runtime_total_bytes"), f"{path}.runtime_total_bytes"),
        "driver": reader.text(fields.get("driver"), f"{path}.driver"),
        "vendor": reader.text(fields.get("vendor"), f"{path}.vendor"),
        "generation": reader.text(fields.get("generation"), f"{path}.generation"),
        "backend": _backend(reader, fields.get("backend"), f"{path}.backend"),
        "display_active": reader.flag(fields.get("display_active"), f"{path}.display_active"),
        "flops_fp16": flops["fp16"],
        "flops_fp8": flops["fp8"],
        "flops_int8": flops["int8"],
        "flops_fp4": flops["fp4"],
    }
    given = {key: value for key, value in given.items() if value not in (None, "")}
    for key in given:
        field = "pcie" if key.startswith("pcie") else "flops" if key.startswith("flops") else key
        if field in origin or field in ("memory_bytes", "bandwidth_bytes_per_s", "free_bytes"):
            origin[field] = str(origins.get(field, "entered"))
    return [replace(base, **given, origin=origin)] * count


def _backend(reader: _Reader, value: Any, path: str) -> str | None:
    text = reader.text(value, path)
    if text and text not in ("cuda", "rocm", "vulkan", "metal", "sycl", "cpu"):
        reader.fault(path, f"is {_shown(text)}; valid are cuda, rocm, vulkan, metal, sycl, cpu")
    return text


def _read_cpu(reader: _Reader, value: Any) -> Processor:
    if isinstance(value, str):
        return Processor(name=value[:200])
    fields = reader.mapping(value, "cpu")
    features = reader.items(fields.get("features"), "cpu.features", 1000)
    return Processor(
        name=reader.text(fields.get("name"), "cpu.name") or "",
        cores=reader.count(fields.get("cores"), "cpu.cores", 65536),
        threads=reader.count(fields.get("threads"), "cpu.threads", 65536),
        features=tuple(reader.text(f, f"cpu.features[{i}]") or "" for i, f in enumerate(features)),
        architecture=reader.text(fields.get("architecture"), "cpu.architecture") or "",
        virtual=bool(fields.get("virtual")),
        vector_flops=reader.number(
            fields.get("vector_flops"), "cpu.vector_flops", MAX_VECTOR_FLOPS, "FLOP/s"
        ),
    )


def _read_ram(reader: _Reader, value: Any) -> HostMemory:
    fields = reader.mapping(value, "ram")
    bandwidth = reader.number(
        fields.get("bandwidth_bytes_per_s"), "ram.bandwidth_bytes_per_s", MAX_BANDWIDTH, "bytes/s"
    )
    origin = reader.text(fields.get("bandwidth_origin"), "ram.bandwidth_origin")
    if origin is not None and origin not in ("measured", *ORIGINS):
        reader.fault("ram.bandwidth_origin", f"is {_shown(origin)}; valid are measured, {', '.join(ORIGINS)}")
    return HostMemory(
        total_bytes=reader.size(fields.get("total_bytes"), "ram.total_bytes"),
        available_bytes=reader.size(fields.get("available_bytes"), "ram.available_bytes", zero=True),
        limit_bytes=reader.size(fields.get("limit_bytes"), "ram.limit_bytes"),
        bandwidth_bytes_per_s=bandwidth,
        bandwidth_origin="unknown" if bandwidth is None else origin or "entered",
        kind=reader.text(fields.get("kind"), "ram.kind") or "",
        channels=reader.count(fields.get("channels"), "ram.channels", 64),
    )
