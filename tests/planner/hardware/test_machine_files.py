"""Machine files, saved machines and machines described by options."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.hardware.machine_file import (
    config_folder,
    load_machine,
    read_machine_file,
    save_machine,
    saved_machines,
    write_machine_file,
)
from planner.hardware.machine_json import MachineFileFault, machine_from_json, machine_to_json
from planner.hardware.what_if import describe, machine_from_options, machine_from_parts
from planner.machine import HostMemory, Machine, Processor
from planner.units import ValueFault

GIB = 2**30


def example() -> Machine:
    machine = machine_from_options(["2x RTX 3090", "RTX A6000:40"], "64", "83", "Ryzen 9 7950X")
    assert machine is not None
    return machine


def test_that_options_describe_a_machine():
    machine = example()
    assert [gpu.accelerator for gpu in machine.gpus] == ["RTX 3090", "RTX 3090", "RTX A6000"]
    assert machine.gpus[0].memory_bytes == 24576 * 2**20
    assert machine.gpus[0].origin["memory_bytes"] == "table"
    assert machine.gpus[2].memory_bytes == 40 * GIB
    assert machine.gpus[2].origin["memory_bytes"] == "entered"
    assert machine.ram == HostMemory(64 * GIB, bandwidth_bytes_per_s=83e9, bandwidth_origin="entered")
    assert machine.cpu.name == "Ryzen 9 7950X"
    assert not machine.detected
    assert machine.name == "2× RTX 3090, RTX A6000, 64 GiB RAM, 83 GB/s, Ryzen 9 7950X"


def test_that_no_options_mean_this_machine():
    assert machine_from_options() is None
    none = machine_from_options(["none"])
    assert none is not None
    assert none.gpus == ()
    assert none.ram == HostMemory()


def test_that_what_is_not_described_is_unknown_or_said_to_be_this_machines():
    assert machine_from_options(["RTX 4090"]).ram.total_bytes is None
    this = Machine(
        "This machine", (), Processor("EPYC"), HostMemory(32 * GIB, 30 * GIB, bandwidth_bytes_per_s=5e10)
    )
    mixed = machine_from_options(["RTX 4090"], this_machine=this)
    assert (mixed.ram, mixed.cpu) == (this.ram, this.cpu)
    assert "Not described, so taken from this machine: memory, processor" in mixed.notes
    other = machine_from_options(ram_gib=64, this_machine=this)
    assert (other.ram.total_bytes, other.ram.available_bytes, other.ram.bandwidth_bytes_per_s) == (
        64 * GIB,
        None,
        None,
    )


def test_that_a_known_processor_gives_its_bandwidth_with_a_note():
    machine = machine_from_options(["none"], 512, cpu="EPYC 9374F")
    assert (machine.ram.bandwidth_bytes_per_s, machine.ram.bandwidth_origin) == (460.8e9, "table")
    assert any("--ram-bandwidth" in note for note in machine.notes)
    unknown = machine_from_options(["none"], 512, cpu="Frobnicator 3000")
    assert unknown.ram.bandwidth_bytes_per_s is None


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"gpus": ["RTX 9999"]}, "unknown GPU"),
        ({"gpus": ["none", "RTX 4090"]}, "cannot be combined"),
        ({"gpus": ["64x RTX 4090", "RTX 4090"]}, "largest valid number is 64"),
        ({"ram_gib": "-1"}, "negative"),
        ({"ram_gib": "0"}, "0.5 GiB"),
        ({"ram_gib": "many"}, "not a size"),
        ({"ram_gib": "20000"}, "16,384 GiB"),
        ({"ram_bandwidth": "0"}, "above 0"),
        ({"ram_bandwidth": "nan"}, "above 0"),
        ({"ram_bandwidth": "fast"}, "not a number"),
        ({"cpu": "  "}, "--cpu needs a name"),
        ({"machine_file": "/nonexistent/machine.json"}, "no such file or saved machine"),
        ({"machine_file": ""}, "empty"),
    ],
)
def test_that_bad_options_are_one_clear_line(options, says, tmp_path):
    with pytest.raises(ValueFault) as caught:
        machine_from_options(**options, saved_folder=tmp_path)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_that_a_batch_machine_is_built_and_unified_memory_is_the_pool():
    machine = machine_from_parts(
        [("RTX 4090", 2, None), ("Apple M2 Ultra", 1, 64 * GIB)], "Ryzen 9 7950X", 64 * GIB, 8.3e10
    )
    assert len(machine.gpus) == 3
    mac = machine.gpus[2]
    assert (mac.memory_bytes, mac.unified_memory, mac.origin["memory_bytes"]) == (64 * GIB, True, "entered")
    assert mac.default_limit_bytes == 53084 * 2**20
    assert machine.ram.bandwidth_bytes_per_s == 8.3e10
    assert machine_from_parts(None).gpus == ()
    assert describe(machine_from_parts([("M4 Max", 1, 48 * GIB)])) == "Apple M4 Max, 48 GiB unified"


def test_that_a_card_of_two_dies_is_two_devices():
    gpus = machine_from_options(["MI250X"]).gpus
    assert [gpu.memory_bytes for gpu in gpus] == [64 * GIB, 64 * GIB]
    assert gpus[0].bandwidth_bytes_per_s == 3277e9 / 2


def test_that_a_machine_survives_its_file(tmp_path):
    machine = example()
    path = tmp_path / "deep" / "m.json"
    write_machine_file(machine, path)
    assert read_machine_file(path) == machine
    assert json.loads(path.read_text(encoding="utf-8"))["schema"] == "machine/1"
    assert [entry.name for entry in path.parent.iterdir()] == ["m.json"]


def test_that_a_hand_written_file_needs_names_only(tmp_path):
    path = tmp_path / "m.json"
    path.write_text(
        '\ufeff{"gpus": [{"name": "4090", "count": 2}], "ram": {"total_bytes": 68719476736}, "cpu": "i9"}',
        "utf-8",
    )
    machine = read_machine_file(path)
    assert [gpu.accelerator for gpu in machine.gpus] == ["RTX 4090", "RTX 4090"]
    assert machine.gpus[0].bandwidth_bytes_per_s == 1008e9
    assert machine.cpu.name == "i9"


def test_that_an_unlisted_gpu_is_accepted_when_described():
    gpu = {
        "name": "Home-made GPU",
        "memory_bytes": 64 * GIB,
        "bandwidth_bytes_per_s": 5e11,
        "backend": "vulkan",
    }
    machine = machine_from_json({"gpus": [gpu]})
    assert machine.gpus[0].accelerator is None
    assert machine.gpus[0].origin["bandwidth_bytes_per_s"] == "entered"
    assert any("not in the accelerator table" in note for note in machine.notes)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ([], "must be an object"),
        (None, "holds nothing"),
        ({"schema": "machine/9"}, "this version reads 'machine/1'"),
        ({"gpus": {}}, "gpus must be a list"),
        ({"gpus": [{}]}, "gpus[0].name is missing"),
        ({"gpus": [{"name": "RTX 9999"}]}, "unknown GPU"),
        ({"gpus": [{"name": "RTX 4090", "count": 0}]}, "gpus[0].count"),
        ({"gpus": [{"name": "RTX 4090", "count": 1.5}]}, "whole number"),
        ({"gpus": [{"name": "RTX 4090", "memory_bytes": -5}]}, "gpus[0].memory_bytes"),
        ({"gpus": [{"name": "RTX 4090", "memory_bytes": "24"}]}, 'not "24"'),
        ({"gpus": [{"name": "RTX 4090", "memory_bytes": True}]}, "must be a number"),
        ({"gpus": [{"name": "RTX 4090", "memory_bytes": 5, "free_bytes": 6}]}, "more than memory_bytes"),
        ({"gpus": [{"name": "RTX 4090", "compute_capability": "ada"}]}, "compute_capability"),
        ({"gpus": [{"name": "RTX 4090", "backend": "opencl"}]}, "valid are cuda"),
        ({"gpus": [{"name": "RTX 4090", "origin": {"pcie": "guess"}}]}, "valid are detected"),
        ({"gpus": [{"name": "RTX 4090", "flops": {"fp16": "fast"}}]}, "flops.fp16"),
        ({"gpus": [{"name": "RTX 4090", "unified_memory": "no"}]}, "true or false"),
        ({"gpus": [{"name": "RTX 4090", "count": 64}, {"name": "RTX 4090"}]}, "largest valid number is 64"),
        ({"ram": {"total_bytes": 2**60}}, "ram.total_bytes"),
        ({"ram": {"bandwidth_bytes_per_s": 0}}, "ram.bandwidth_bytes_per_s"),
        ({"ram": {"bandwidth_origin": "hearsay"}}, "valid are measured"),
        ({"cpu": {"cores": -1}}, "cpu.cores"),
        ({"engines": [{"version": "1"}]}, "engines[0].name is missing"),
        ({"notes": "text"}, "notes must be a list"),
    ],
)
def test_that_a_malformed_machine_names_the_field(data, says):
    with pytest.raises(MachineFileFault) as caught:
        machine_from_json(data, "m.json")
    assert str(caught.value).startswith("m.json: ")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_that_every_fault_is_named_at_once():
    with pytest.raises(MachineFileFault) as caught:
        machine_from_json({"gpus": [{"name": "RTX 4090", "memory_bytes": -1, "count": -1}], "ram": 3})
    for part in ("memory_bytes", "count", "ram must be an object"):
        assert part in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["gpus", "name", "memory_bytes", "ram", "cpu", "count", "origin", "pcie", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(JSON)
def test_that_no_json_value_raises_anything_but_the_fault(data):
    with contextlib.suppress(MachineFileFault):
        json.dumps(machine_to_json(machine_from_json(data)))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "is not JSON (line 1"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"", "not JSON"),
        (b"[" * 100_000, "nested"),
        (b" " * (2**20 + 1), "larger"),
    ],
)
def test_that_a_corrupt_file_is_one_clear_line(tmp_path, content, says):
    path = tmp_path / "m.json"
    path.write_bytes(content)
    with pytest.raises(MachineFileFault) as caught:
        read_machine_file(path)
    assert says in str(caught.value)
    with pytest.raises(MachineFileFault, match="cannot be read"):
        read_machine_file(tmp_path)


def test_that_machines_are_saved_by_name_and_a_corrupt_one_is_a_note(tmp_path):
    save_machine("Work station", example(), tmp_path)
    (tmp_path / "broken.json").write_text("{")
    machines, notes = saved_machines(tmp_path)
    assert list(machines) == ["Work station"]
    assert machines["Work station"] == replace(example(), name="Work station")
    assert len(notes) == 1
    assert notes[0].startswith("broken.json: is not JSON")
    assert load_machine("Work station", tmp_path).name == "Work station"
    assert saved_machines(tmp_path / "none") == ({}, [])
    with pytest.raises(MachineFileFault, match="saved: Work station"):
        load_machine("Play station", tmp_path)


@pytest.mark.parametrize(
    "name", ["", "../../etc/passwd", "a/b", "a\\b", ".hidden", "x" * 65, "trailing.", "a\nb"]
)
def test_that_a_name_cannot_leave_the_folder(tmp_path, name):
    with pytest.raises(MachineFileFault, match="cannot be the name"):
        save_machine(name, example(), tmp_path / "in")
    assert not list(tmp_path.rglob("*.json"))


def test_that_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MachineFileFault, match="cannot be written"):
        save_machine("m", example(), tmp_path / "file")


def test_that_options_replace_parts_of_a_saved_machine(tmp_path):
    save_machine("box", example(), tmp_path)
    same = machine_from_options(machine_file="box", saved_folder=tmp_path)
    assert same.name == "box"
    changed = machine_from_options(["RTX 5090"], machine_file="box", saved_folder=tmp_path)
    assert [gpu.accelerator for gpu in changed.gpus] == ["RTX 5090"]
    assert changed.ram.bandwidth_bytes_per_s == 83e9
    more = machine_from_options(ram_gib=128, machine_file="box", saved_folder=tmp_path)
    assert (more.ram.total_bytes, more.ram.bandwidth_bytes_per_s) == (128 * GIB, 83e9)


def test_that_the_settings_folder_is_the_systems(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("APPDATA", str(tmp_path))
    assert config_folder().name == "hardware-fit-planner"
