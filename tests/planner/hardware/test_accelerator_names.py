"""Names as people and drivers write them."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from models_db.accelerator import GIB, load_accelerators
from planner.hardware.accelerator_names import (
    UnknownAccelerator,
    find_accelerator,
    match_accelerator,
    match_driver_name,
    name_tokens,
    parse_gpu_spec,
    search_accelerators,
)
from planner.units import ValueFault


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("4090", "RTX 4090"),
        ("rtx4090", "RTX 4090"),
        ("  NVIDIA   GeForce RTX 4090 ", "RTX 4090"),
        ("NVIDIA GeForce RTX 4090 Laptop GPU", "RTX 4090 Laptop"),
        ("RTX 4090 mobile", "RTX 4090 Laptop"),
        ("RTX 4090 D", "RTX 4090 D"),
        ("A6000", "RTX A6000"),
        ("NVIDIA RTX 6000 Ada Generation", "RTX 6000 Ada"),
        ("Quadro RTX 6000", "Quadro RTX 6000"),
        ("rtx4070tisuper", "RTX 4070 Ti SUPER"),
        ("4060ti 16gb", "RTX 4060 Ti 16GB"),
        ("RTX 3090 24GB", "RTX 3090"),
        ("3060", "RTX 3060"),
        ("NVIDIA A100-SXM4-80GB", "A100 SXM 80GB"),
        ("NVIDIA A100 80GB PCIe", "A100 PCIe 80GB"),
        ("NVIDIA H100 80GB HBM3", "H100 SXM 80GB"),
        ("NVIDIA H100 PCIe", "H100 PCIe 80GB"),
        ("NVIDIA GH200 480GB", "GH200 96GB"),
        ("NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition", "RTX PRO 6000 Blackwell Max-Q"),
        ("NVIDIA RTX PRO 6000 Blackwell Server Edition", "RTX PRO 6000 Blackwell Server"),
        ("NVIDIA GeForce RTX 2060 with Max-Q Design", "RTX 2060 Laptop"),
        ("Tesla V100-SXM2-32GB", "Tesla V100 SXM2 32GB"),
        ("AMD Radeon RX 7900 XTX", "RX 7900 XTX"),
        ("AMD RYZEN AI MAX+ 395 w/ Radeon 8060S", "Ryzen AI Max+ 395"),
        ("strix halo", "Ryzen AI Max+ 395"),
        ("Radeon PRO W7900", "Radeon PRO W7900"),
        ("W7900", "Radeon PRO W7900"),
        ("Intel(R) Arc(TM) Pro B70 Graphics", "Arc Pro B70"),
        ("m2 ultra", "Apple M2 Ultra"),
        ("DGX Spark", "GB10"),
    ],
)
def test_that_names_match_as_people_write_them(text, name):
    assert match_accelerator(text).name == name


def test_that_every_name_and_alias_of_the_table_finds_its_own_row():
    for spec in load_accelerators():
        for name in (spec.name, *spec.aliases, *spec.assumed_aliases):
            for written in (name, name.lower(), name.upper(), name.replace(" ", "  ")):
                assert match_accelerator(written).name == spec.name, written


def test_that_every_name_of_the_throughput_reference_is_known_or_ambiguous():
    root = Path(os.environ.get("FIT_PLANNER_SHARED", Path(__file__).parents[4] / "shared"))
    path = root / "reference" / "throughput" / "hardware.csv"
    if not path.exists():
        pytest.skip("no reference/throughput/hardware.csv beside the project")
    with path.open(encoding="utf-8") as handle:
        rows = [row for row in csv.DictReader(handle) if row["kind"] != "cpu"]
    for row in rows:
        spec, _ = find_accelerator(row["name"], round(float(row["memory_gb"]) * GIB))
        assert spec.bandwidth_bytes_per_s == pytest.approx(float(row["memory_bw_gbs"]) * 1e9, rel=0.02), row[
            "name"
        ]


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("4060 Ti", ("RTX 4060 Ti 8GB", "RTX 4060 Ti 16GB")),
        ("GTX 1060", ("GTX 1060 3GB", "GTX 1060 6GB")),
        ("A100", ("A100 PCIe 40GB", "A100 SXM 80GB")),
        ("RTX 6000", ("RTX 6000 Ada", "Quadro RTX 6000")),
        ("RTX 4050", ("RTX 4050 Laptop",)),
        ("RTX 4091", ("RTX 4090",)),
        ("7900", ("RX 7900 XT",)),
    ],
)
def test_that_an_ambiguous_or_unknown_name_lists_the_nearest(text, candidates):
    with pytest.raises(UnknownAccelerator) as caught:
        match_accelerator(text)
    assert "\n" not in str(caught.value)
    for name in candidates:
        assert name in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "   ", "banana", "NVIDIA GeForce", "🦙", "RTX", "; rm -rf /", "9" * 500]
)
def test_that_nonsense_is_refused_in_one_line(text):
    with pytest.raises(UnknownAccelerator) as caught:
        match_accelerator(text)
    assert "\n" not in str(caught.value)
    assert match_driver_name(text) is None


def test_that_memory_tells_variants_of_one_name_apart():
    assert match_accelerator("RTX 3060", 8 * GIB).name == "RTX 3060 8GB"
    assert match_accelerator("RTX 3060", 12884901888).name == "RTX 3060"
    assert match_accelerator("NVIDIA GeForce RTX 4060 Ti", 16380 * 2**20).name == "RTX 4060 Ti 16GB"
    assert match_accelerator("H100", 80 * GIB).name == "H100 SXM 80GB"
    assert match_accelerator("NVIDIA L40S", 46068 * 2**20).name == "L40S"
    assert match_accelerator("RTX A6000", 24 * GIB).name == "RTX A6000"


def test_that_what_was_assumed_is_said():
    assert "SXM" in (find_accelerator("A100 80GB")[1] or "")
    assert find_accelerator("RTX 4090")[1] is None
    assert "64, 128" in (parse_gpu_spec("M1 Ultra").note or "")
    assert parse_gpu_spec("M1 Ultra:64").note is None


@pytest.mark.parametrize(
    ("text", "count", "name", "gib"),
    [
        ("2x RTX 3090", 2, "RTX 3090", None),
        ("2 x RTX 3090", 2, "RTX 3090", None),
        ("4×3090", 4, "RTX 3090", None),
        ("RTX 3090 x4", 4, "RTX 3090", None),
        ("3090 x4", 4, "RTX 3090", None),
        ("RTX A6000:48", 1, "RTX A6000", 48),
        ("2x 4090: 22.5", 2, "RTX 4090", 22.5),
        ("4060 Ti:16", 1, "RTX 4060 Ti 16GB", 16),
        ("M4 Max:48GiB", 1, "Apple M4 Max", 48),
        ("RTX 4090:16384", 1, "RTX 4090", 16384),
    ],
)
def test_that_a_gpu_argument_is_read(text, count, name, gib):
    request = parse_gpu_spec(text)
    assert (request.count, request.spec.name) == (count, name)
    assert request.memory_bytes == (None if gib is None else gib * GIB)


def test_that_none_is_no_gpu():
    assert parse_gpu_spec("none") is None
    assert parse_gpu_spec(" None ") is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("0x 4090", "from 1 to 64"),
        ("-2x 4090", "from 1 to 64"),
        ("1.5x 4090", "from 1 to 64"),
        ("999x 4090", "from 1 to 64"),
        ("4090:-3", "negative"),
        ("4090:0", "0.25 GiB"),
        ("4090:99999", "16,384 GiB"),
        ("4090:1e99", "not a size"),
        ("4090:nan", "not a size"),
        ("4090:abc", "not a size"),
        ("4090:", "not a size"),
        (":48", "empty"),
        ("", "empty"),
        ("RTX 4090 48GB", 'write "RTX 4090:48"'),
    ],
)
def test_that_bad_counts_and_sizes_name_the_valid_range(text, says):
    with pytest.raises(ValueFault) as caught:
        parse_gpu_spec(text)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_that_significant_words_stay_in_the_tokens():
    assert name_tokens("RTX 4070") != name_tokens("RTX 4070 Ti")
    assert name_tokens("RTX 4070 Ti") != name_tokens("RTX 4070 Laptop GPU")
    assert name_tokens("RTX A4000") != name_tokens("RTX 4000 Ada")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("4090", "RTX 4090"),
        ("strix", "Ryzen AI Max+ 395"),
        ("rtx4090", "RTX 4090 Laptop"),
        ("ada 48gb", "L40S"),
        ("AMD RDNA4", "RX 9070 XT"),
        ("NVIDIA GeForce RTX 5090", "RTX 5090"),
    ],
)
def test_that_the_table_is_searched_by_any_word(text, name):
    assert name in [spec.name for spec in search_accelerators(text)]


def test_that_an_empty_search_lists_all_and_nonsense_none():
    assert search_accelerators("") == list(load_accelerators())
    assert search_accelerators("banana") == []
