"""AMD, Intel, Apple and Windows GPUs from files and text as systems give them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models_db.accelerator import GIB
from planner.hardware.amd import (
    parse_amdgpu_ids,
    parse_rocm_smi_json,
    parse_rocm_smi_text,
    pcie_link,
    probe_amd,
)
from planner.hardware.apple import (
    WORKING_SETS,
    metal_working_set_bytes,
    parse_gpu_cores,
    parse_sysctl,
    probe_apple,
)
from planner.hardware.intel import largest_window, probe_intel
from planner.hardware.probe import CommandResult
from planner.hardware.windows import Adapter, probe_windows, windows_devices

MIB = 2**20


def card(root: Path, index: int, vendor: int, device: int, **files: object) -> Path:
    folder = root / f"card{index}" / "device"
    folder.mkdir(parents=True)
    values = {"vendor": f"0x{vendor:04x}", "device": f"0x{device:04x}", "revision": "0xc8"} | files
    for name, value in values.items():
        (folder / name).write_text(f"{value}\n")
    return folder


def no_command(argv):
    raise AssertionError(f"{argv} must not be run")


IDS = """# List of AMDGPU IDs
1.0.0
744C,	C8,	AMD Radeon RX 7900 XTX
744C,	CC,	AMD Radeon RX 7900 XT
7550,	C0,	AMD Radeon RX 9070 XT
broken line
ZZZZ,	C8,	nothing
"""


def test_that_an_amd_card_is_read_from_sysfs(tmp_path):
    ids = tmp_path / "amdgpu.ids"
    ids.write_text(IDS)
    drm = tmp_path / "drm"
    card(
        drm, 1, 0x1002, 0x744C, mem_info_vram_total=25753026560, mem_info_vram_used=1073741824,
        mem_info_gtt_total=33554432000, max_link_speed="16.0 GT/s PCIe", max_link_width=16,
    )  # fmt: skip
    (drm / "card1-DP-1").mkdir()
    found = probe_amd(drm, [ids], no_command, no_command)
    (gpu,) = found.devices
    assert (gpu.accelerator, gpu.backend, gpu.generation) == ("RX 7900 XTX", "rocm", "RDNA3")
    assert (gpu.memory_bytes, gpu.free_bytes) == (25753026560, 24679284736)
    assert (gpu.pcie_generation, gpu.pcie_lanes, gpu.bandwidth_bytes_per_s) == (4, 16, 960e9)
    assert found.notes == []


def test_that_a_nameless_amd_card_is_asked_of_rocm_smi(tmp_path):
    card(tmp_path, 0, 0x1002, 0x7480, mem_info_vram_total=8573157376, mem_info_vram_used=0)
    answer = json.dumps(
        {"card0": {"Card Series": "AMD Radeon RX 7600", "VRAM Total Memory (B)": "8573157376"}}
    )
    found = probe_amd(
        tmp_path, [], lambda argv: CommandResult("WARNING: odd\n" + answer), lambda name: "/bin/" + name
    )
    assert found.devices[0].accelerator == "RX 7600"


def test_that_an_amd_card_nobody_names_keeps_its_memory(tmp_path):
    card(tmp_path, 0, 0x1002, 0x9999, mem_info_vram_total=8 * GIB)
    found = probe_amd(
        tmp_path, [], lambda argv: CommandResult(fault="did not answer within 2 s"), lambda name: name
    )
    (gpu,) = found.devices
    assert (gpu.memory_bytes, gpu.bandwidth_bytes_per_s, gpu.accelerator) == (8 * GIB, None, None)
    assert "1002:9999" in gpu.name
    assert any("did not answer" in note for note in found.notes)


def test_that_strix_halo_has_the_whole_pool_and_its_limit(tmp_path):
    card(
        tmp_path,
        0,
        0x1002,
        0x1586,
        mem_info_vram_total=512 * MIB,
        mem_info_vram_used=0,
        mem_info_gtt_total=62 * GIB,
    )
    (gpu,) = probe_amd(tmp_path, [], no_command, no_command, ram_total_bytes=124 * GIB).devices
    assert gpu.unified_memory
    assert gpu.memory_bytes == 124 * GIB + 512 * MIB
    assert gpu.default_limit_bytes == 62 * GIB + 512 * MIB
    assert gpu.pcie_generation is None


def test_that_an_instinct_without_amdgpu_memory_files_is_said(tmp_path):
    card(tmp_path, 0, 0x1002, 0x74A1)
    found = probe_amd(tmp_path, [], no_command, no_command)
    assert found.devices[0].accelerator == "Instinct MI300X"
    assert found.devices[0].origin["memory_bytes"] == "table"
    assert any("amdgpu driver" in note for note in found.notes)


def test_that_a_die_of_an_mi250_has_its_share(tmp_path):
    card(tmp_path, 0, 0x1002, 0x7408, mem_info_vram_total=68702699520, mem_info_vram_used=0)
    (gpu,) = probe_amd(tmp_path, [], no_command, no_command).devices
    assert gpu.memory_bytes == 68702699520
    assert gpu.bandwidth_bytes_per_s == 3277e9 / 2
    assert gpu.flops_fp16 == 383e12 / 2


def test_that_memory_tells_an_mi50_of_32_gib(tmp_path):
    card(tmp_path, 0, 0x1002, 0x66A1, mem_info_vram_total=34342961152)
    assert probe_amd(tmp_path, [], no_command, no_command).devices[0].accelerator == "Instinct MI50 32GB"


def test_that_rocm_smi_text_is_read():
    text = (
        "============ ROCm System Management Interface ============\n"
        "GPU[0]\t\t: Card Series: \t\tAMD Instinct MI50/MI60\n"
        "GPU[0]\t\t: VRAM Total Memory (B): 34342961152\n"
        "GPU[1]\t\t: Card Series: \t\tN/A\n"
        "GPU[1]\t\t: Card Model: \t\t0x66a1\n"
        "GPU[1]\t\t: VRAM Total Memory (B): what\n"
    )
    first, second = parse_rocm_smi_text(text)
    assert (first.name, first.memory_bytes) == ("AMD Instinct MI50/MI60", 34342961152)
    assert (second.name, second.memory_bytes) == ("", None)


@pytest.mark.parametrize(
    "text", ["", "{", "no json", '{"card0": 3}', '{"card0": {"Card Series": null}}', "[]"]
)
def test_that_odd_rocm_smi_output_is_no_error(text):
    assert all(found.name in ("", "None") for found in parse_rocm_smi_json(text))
    assert parse_rocm_smi_text(text) == []
    assert parse_amdgpu_ids(text) == {}


def test_that_links_are_read_as_the_kernel_prints_them(tmp_path):
    for text, generation in (("32.0 GT/s PCIe", 5), ("8 GT/s", 3), ("Unknown", None), ("", None)):
        (tmp_path / "max_link_speed").write_text(text)
        assert pcie_link(tmp_path) == (generation, None)


def test_that_an_arc_card_is_read(tmp_path):
    window = "0x0000000081000000 0x0000000081ffffff 0x0000000000140204\n0x4000000000 0x43ffffffff 0x14220c\n"
    card(tmp_path, 0, 0x8086, 0x56A0, resource=window, max_link_speed="2.5 GT/s PCIe", max_link_width=1)
    found = probe_intel(tmp_path)
    (gpu,) = found.devices
    assert (gpu.accelerator, gpu.backend) == ("Arc A770 16GB", "sycl")
    assert gpu.memory_bytes == 15473 * MIB
    assert (gpu.pcie_generation, gpu.pcie_lanes) == (4, 16)


def test_that_unlisted_intel_graphics_are_a_note(tmp_path):
    card(tmp_path, 0, 0x8086, 0x4680)
    found = probe_intel(tmp_path)
    assert found.devices == []
    assert "8086:4680" in found.notes[0]


@pytest.mark.parametrize(
    ("text", "size"), [("", None), ("garbage", None), ("0x0 0x0 0x0", None), ("0x0 0xf 0x1", 16)]
)
def test_that_pci_windows_are_read(text, size):
    assert largest_window(text) == size


def mac(brand="Apple M4 Max", memory=str(128 * GIB), limit="0", cores="40", profile_fault=None):
    def run(argv):
        if "sysctl" in argv[0]:
            lines = [
                f"machdep.cpu.brand_string: {brand}",
                f"hw.memsize: {memory}",
                f"iogpu.wired_limit_mb: {limit}",
            ]
            return CommandResult("\n".join(lines), fault="ended with exit code 1")
        if profile_fault:
            return CommandResult(fault=profile_fault)
        return CommandResult(
            json.dumps({"SPDisplaysDataType": [{"sppci_model": brand, "sppci_cores": cores}]})
        )

    return run


def test_that_a_mac_is_read():
    found = probe_apple(mac())
    (gpu,) = found.devices
    assert (gpu.accelerator, gpu.backend, gpu.unified_memory) == ("Apple M4 Max", "metal", True)
    assert gpu.memory_bytes == 128 * GIB
    assert gpu.default_limit_bytes == 110100 * MIB
    assert gpu.bandwidth_bytes_per_s == 546e9
    assert found.notes == []


def test_that_gpu_cores_tell_chips_apart():
    assert probe_apple(mac(cores="32", memory=str(36 * GIB))).devices[0].bandwidth_bytes_per_s == 410e9
    assert probe_apple(mac("Apple M3 Max", cores="30")).devices[0].bandwidth_bytes_per_s == 300e9


def test_that_a_raised_metal_limit_is_used():
    found = probe_apple(mac(limit="122880"))
    assert found.devices[0].default_limit_bytes == 122880 * MIB
    assert any("122,880" in note for note in found.notes)


def test_that_odd_macs_are_notes():
    assert probe_apple(mac("Intel(R) Core(TM) i9-9980HK CPU @ 2.40GHz")).devices == []
    unknown = probe_apple(mac("Apple M9 Hyper", memory="?", profile_fault="did not answer within 2 s"))
    assert unknown.devices[0].memory_bytes is None
    assert unknown.devices[0].bandwidth_bytes_per_s is None
    assert len(unknown.notes) == 2
    assert probe_apple(lambda argv: CommandResult(fault="cannot be run")).devices == []


def test_that_metal_working_sets_are_those_of_the_logs():
    for gib, mib in WORKING_SETS:
        assert metal_working_set_bytes(gib * GIB) == pytest.approx(mib * MIB, abs=2 * MIB)
    assert metal_working_set_bytes(512 * GIB) < 512 * GIB
    sizes = [metal_working_set_bytes(gib * GIB) for gib in range(8, 513)]
    assert sizes == sorted(sizes)


def test_that_text_of_system_profiler_is_read():
    assert parse_gpu_cores("      Total Number of Cores: 10\n") == 10
    assert parse_gpu_cores("") is None
    assert parse_gpu_cores('{"SPDisplaysDataType": 3}') is None
    assert parse_sysctl("hw.memsize: 1\nsysctl: unknown oid 'x'\n")["hw.memsize"] == "1"


def test_that_windows_adapters_are_read():
    adapters = [
        Adapter("NVIDIA GeForce RTX 4090", 25757220864),
        Adapter("AMD Radeon RX 9070 XT", 17095983104, "32.0.21013"),
        Adapter("Intel(R) UHD Graphics 770", 134217728),
        Adapter("Microsoft Basic Display Adapter", None),
    ]
    found = windows_devices(adapters)
    (gpu,) = found.devices
    assert (gpu.accelerator, gpu.backend, gpu.memory_bytes, gpu.driver) == (
        "RX 9070 XT", "vulkan", 17095983104, "32.0.21013",
    )  # fmt: skip
    assert any("UHD Graphics 770" in note for note in found.notes)

    def denied():
        raise PermissionError(13, "Access is denied")

    assert "Access is denied" in probe_windows(denied).notes[0]
