"""Processor, memory, container limits, engines, commands, and detection as a whole."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path

import pytest

from planner.hardware.cgroup import cpu_quota, memory_limit, own_groups
from planner.hardware.cpu import CpuFindings, parse_cpuinfo, physical_cores, probe_cpu
from planner.hardware.detect import Probes, detect_machine, share_system_memory
from planner.hardware.engines import (
    EngineFindings,
    find_programs,
    parse_llama_version,
    probe_engines,
    python_package_version,
)
from planner.hardware.machine_json import machine_to_json
from planner.hardware.memory import (
    MemoryFindings,
    MemoryModule,
    channels_of,
    host_memory_of,
    parse_dmidecode,
    parse_physical_memory,
    probe_memory,
)
from planner.hardware.probe import CommandResult, GpuFindings, private_path, read_int, read_text, run_command
from planner.hardware.processors import memory_support
from planner.machine import Device, HostMemory, Processor

GIB = 2**30

X86 = """processor	: 0
model name	: 12th Gen Intel(R) Core(TM) i9-12900K
physical id	: 0
core id		: 0
flags		: fpu avx avx2 fma f16c avx_vnni

processor	: 1
model name	: 12th Gen Intel(R) Core(TM) i9-12900K
physical id	: 0
core id		: 0
flags		: fpu avx avx2

processor	: 2
physical id	: 0
core id		: 4
flags		: fpu
"""
ARM = """processor	: 0
BogoMIPS	: 50.00
Features	: fp asimd asimdhp asimddp i8mm bf16 sve
CPU implementer	: 0x41
"""


def test_that_cpuinfo_of_x86_and_arm_is_read():
    intel = parse_cpuinfo(X86)
    assert intel.name == "12th Gen Intel(R) Core(TM) i9-12900K"
    assert intel.cores == {0: (0, 0), 1: (0, 0), 2: (0, 4)}
    assert "avx_vnni" in intel.flags
    assert not intel.virtual
    arm = parse_cpuinfo(ARM)
    assert (arm.name, arm.cores) == ("", {})
    assert {"asimddp", "sve"} <= arm.flags
    assert parse_cpuinfo("\x00garbage\n:::\n\n:").name == ""


def test_that_only_cores_of_the_affinity_count(tmp_path):
    info = parse_cpuinfo(X86)
    assert physical_cores([0, 1, 2], info) == 2
    assert physical_cores([0, 1], info) == 1
    assert physical_cores([], info, all_physical=16) == 16
    for cpu, core in ((0, 0), (1, 0), (2, 1)):
        topology = tmp_path / f"cpu{cpu}" / "topology"
        topology.mkdir(parents=True)
        (topology / "core_id").write_text(str(core))
        (topology / "physical_package_id").write_text("0")
    assert physical_cores([0, 1, 2], parse_cpuinfo(ARM), tmp_path) == 2
    assert physical_cores([0, 1, 9], parse_cpuinfo(ARM), tmp_path, all_physical=2) == 2


def test_that_this_processor_is_read():
    found = probe_cpu()
    assert found.processor.threads is not None
    assert 1 <= found.processor.cores <= found.processor.threads
    assert found.processor.architecture


def test_that_a_container_quota_limits_the_cores(tmp_path):
    (tmp_path / "cpu.max").write_text("100000 100000\n")
    found = probe_cpu(cgroup_root=tmp_path)
    if (os.cpu_count() or 1) > 1 and sys.platform == "linux":
        assert (found.processor.threads, found.processor.cores) == (1, 1)
        assert any("container" in note for note in found.notes)


def groups(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "self_cgroup"
    path.write_text(text)
    return path


def test_that_cgroup_v2_limits_of_any_ancestor_count(tmp_path):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "memory.max").write_text("max\n")
    (tmp_path / "a" / "memory.max").write_text(f"{8 * GIB}\n")
    (tmp_path / "a" / "memory.current").write_text(f"{3 * GIB}\n")
    (tmp_path / "a" / "memory.stat").write_text(f"anon 5\ninactive_file {GIB}\n")
    (inner / "cpu.max").write_text("150000 100000\n")
    (tmp_path / "a" / "cpu.max").write_text("max 100000\n")
    own = groups(tmp_path, "0::/a/b\n")
    limit = memory_limit(tmp_path, own)
    assert (limit.limit_bytes, limit.available_bytes) == (8 * GIB, 6 * GIB)
    assert cpu_quota(tmp_path, own) == 1.5


def test_that_cgroup_v1_limits_count_and_no_limit_is_none(tmp_path):
    memory = tmp_path / "memory" / "docker" / "x"
    memory.mkdir(parents=True)
    (memory / "memory.limit_in_bytes").write_text(f"{4 * GIB}")
    (tmp_path / "memory" / "memory.limit_in_bytes").write_text("9223372036854771712")
    cpu = tmp_path / "cpu,cpuacct"
    cpu.mkdir()
    (cpu / "cpu.cfs_quota_us").write_text("-1")
    (cpu / "cpu.cfs_period_us").write_text("100000")
    own = groups(tmp_path, "9:memory:/docker/x\n4:cpu,cpuacct:/\n")
    limit = memory_limit(tmp_path, own)
    assert (limit.limit_bytes, limit.available_bytes) == (4 * GIB, None)
    assert cpu_quota(tmp_path, own) is None
    assert memory_limit(tmp_path / "nothing", own) is None


def test_that_odd_cgroup_files_are_no_error(tmp_path):
    for name in ("memory.max", "cpu.max", "memory.limit_in_bytes"):
        (tmp_path / name).write_bytes(b"\xff\xfe??\n")
    assert memory_limit(tmp_path, groups(tmp_path, "garbage\n0::/../../etc\n")) is None
    assert cpu_quota(tmp_path, groups(tmp_path, "")) is None
    assert own_groups("3:cpu,cpuacct:/x:y\n") == {"cpu": "/x:y", "cpuacct": "/x:y"}


def test_that_a_container_limit_lowers_what_is_available(tmp_path):
    (tmp_path / "memory.max").write_text(f"{GIB}\n")
    (tmp_path / "memory.current").write_text(f"{GIB // 4}\n")
    found = probe_memory(tmp_path, groups(tmp_path, "0::/\n"), lambda: ([], None))
    assert found.memory.limit_bytes == GIB
    assert found.memory.available_bytes == GIB - GIB // 4
    assert found.memory.total_bytes > GIB
    assert any("container" in note for note in found.notes)


DMIDECODE = """# dmidecode 3.3
Handle 0x0011, DMI type 17, 92 bytes
Memory Device
	Total Width: 64 bits
	Data Width: 64 bits
	Size: 32 GB
	Locator: DIMM 1
	Bank Locator: P0 CHANNEL A
	Type: DDR5
	Speed: 5600 MT/s
	Serial Number: 12345678
	Configured Memory Speed: 5200 MT/s

Handle 0x0012, DMI type 17, 92 bytes
Memory Device
	Size: No Module Installed
	Locator: DIMM 0
	Bank Locator: P0 CHANNEL B

Handle 0x0013, DMI type 17, 92 bytes
Memory Device
	Data Width: 64 bits
	Size: 32768 MB
	Locator: DIMM 1
	Bank Locator: P0 CHANNEL B
	Type: DDR5
	Speed: 5600 MT/s
	Configured Memory Speed: 5200 MT/s
"""


def test_that_dmidecode_gives_kind_channels_and_bandwidth():
    modules = parse_dmidecode(DMIDECODE)
    assert [module.size_bytes for module in modules] == [32 * GIB, 32 * GIB]
    assert host_memory_of(modules) == ("DDR5-5200", 2, 2 * 8 * 5200e6)
    assert host_memory_of(modules[:1]) == ("DDR5-5200", 1, 8 * 5200e6)
    assert parse_dmidecode("") == []


@pytest.mark.parametrize(
    ("places", "channels"),
    [
        (["Controller0-ChannelA-DIMM0", "Controller1-ChannelA-DIMM0"], 2),
        (["ChannelA-DIMM0", "ChannelA-DIMM1"], 1),
        (["DIMM_A1", "DIMM_B1", "DIMM_A2", "DIMM_B2"], 2),
        (["CPU0 DIMM_A1", "CPU1 DIMM_A1"], 2),
        (["P0 CHANNEL A", "P0 CHANNEL B", "P0 CHANNEL C"], 3),
        (["slot 1", "slot 2"], None),
    ],
)
def test_that_channels_follow_from_the_places(places, channels):
    assert channels_of([MemoryModule(GIB, "DDR4", 3.2e9, 64, place) for place in places]) == channels


def test_that_windows_modules_are_read():
    row = {
        "Capacity": 17179869184,
        "ConfiguredClockSpeed": 3200,
        "SMBIOSMemoryType": 26,
        "DeviceLocator": "DIMM_A2",
    }
    other = row | {"DeviceLocator": "DIMM_B2", "BankLabel": None}
    assert host_memory_of(parse_physical_memory(json.dumps([row, other]))) == ("DDR4-3200", 2, 51.2e9)
    assert host_memory_of(parse_physical_memory(json.dumps(row)))[1] == 1
    for text in ("", "null", "3", '[{"Capacity": "x"}]', "[3]"):
        assert parse_physical_memory(text) == []
    assert host_memory_of([]) == ("", None, None)


@pytest.mark.parametrize(
    ("name", "gb_per_s"),
    [
        ("AMD Ryzen 9 7950X 16-Core Processor", 83.2),
        ("Ryzen 5 5600X", 51.2),
        ("AMD Ryzen 9 9950X3D", 89.6),
        ("AMD EPYC 9374F 32-Core Processor", 460.8),
        ("EPYC 9355", 576.0),
        ("EPYC 7343", 204.8),
        ("AMD EPYC 7R13", 204.8),
        ("AMD Ryzen Threadripper PRO 7975WX 32-Cores", 332.8),
        ("Threadripper 3970X", 102.4),
        ("Intel(R) Xeon(R) Platinum 8480+", 307.2),
        ("Xeon 8480", 307.2),
        ("Intel(R) Xeon(R) CPU E5-2650 v4 @ 2.20GHz", 76.8),
        ("13th Gen Intel(R) Core(TM) i9-13900K", 89.6),
        ("Intel(R) Core(TM) Ultra 9 285K", 102.4),
        ("AMD RYZEN AI MAX+ 395 w/ Radeon 8060S", 256.0),
        ("Intel(R) Core(TM) i7-1365U", None),
        ("AMD EPYC", None),
        ("", None),
        ("Raspberry Pi 5", None),
    ],
)
def test_that_processor_families_have_their_published_bandwidth(name, gb_per_s):
    support = memory_support(name)
    assert (support and round(support.bandwidth_bytes_per_s / 1e9, 1)) == gb_per_s


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("version: 6123 (79c1160b)\nbuilt with cc (Debian 12.2.0-14) 12.2.0 for x86_64-linux-gnu\n", "b6123"),
        ("ggml_cuda_init: found 1 CUDA devices:\nversion: 10434 (abc)\n", "b10434"),
        ("version: 0.5.0-dev (build 0, commit unknown)\nbuilt with GNU 12.2.0\n", "0.5.0-dev"),
        ("version: 0.6.0 (build 11258, commit 7e4c0a9)", "b11258"),
        ("version: 1 (unknown)", "b1"),
        ("error: unknown argument --version", None),
        ("", None),
    ],
)
def test_that_versions_of_llama_cpp_are_read(text, version):
    assert parse_llama_version(text) == version


def program(path: Path, text: str = "#!/bin/sh\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="shell scripts")
def test_that_engines_are_found_with_versions_without_starting_vllm(tmp_path):
    venv = tmp_path / "venv"
    (venv / "lib" / "python3.12" / "site-packages" / "vllm-0.33.0+cu129.dist-info").mkdir(parents=True)
    program(venv / "bin" / "vllm", "#!/bin/sh\nexit 99\n")
    program(venv / "bin" / "llama-server", "#!/bin/sh\necho 'version: 10434 (abcdef)' >&2\n")
    program(venv / "bin" / "llama-cli", "#!/bin/sh\nsleep 30\n")
    asked: list[list[str]] = []

    def run(argv):
        asked.append(list(argv))
        return run_command(argv, timeout_s=0.3)

    found = probe_engines(run, lambda name: None, [venv / "bin"])
    assert [(e.name, e.version) for e in found.engines] == [
        ("llama-server", "b10434"), ("llama-cli", "unknown"), ("vllm", "0.33.0+cu129"),
    ]  # fmt: skip
    assert not any("vllm" in argv[0].rsplit("/", 1)[-1] for argv in asked)
    assert any("0.3 s" in note for note in found.notes)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX folders")
def test_that_the_shebang_leads_to_vllm_of_another_environment(tmp_path):
    home = tmp_path / "tool"
    (home / "lib" / "python3.11" / "site-packages" / "vllm-0.11.2.dist-info").mkdir(parents=True)
    script = program(tmp_path / "bin" / "vllm", f"#!{home}/bin/python3\nimport vllm\n")
    assert python_package_version(script) == "0.11.2"
    assert python_package_version(program(tmp_path / "else" / "vllm")) is None


def test_that_a_program_on_the_path_and_in_a_folder_is_listed_once(tmp_path):
    path = program(tmp_path / "llama-server")
    assert find_programs("llama-server", lambda name: str(path), [tmp_path, tmp_path / "none"]) == [path]
    found = probe_engines(lambda argv: CommandResult(), lambda name: None, [])
    assert found.engines == []
    assert found.notes == ["Engines: no llama-server, llama-cli or vllm found"]


@pytest.mark.skipif(sys.platform == "win32", reason="shell commands")
def test_that_a_command_that_hangs_is_ended_with_its_children():
    began = time.perf_counter()
    result = run_command(["/bin/sh", "-c", "sleep 60 & sleep 60"], timeout_s=0.2)
    assert time.perf_counter() - began < 2
    assert result.fault == "did not answer within 0.2 s"
    assert run_command(["/bin/sh", "-c", "printf '\\377out'; exit 3"]).fault == "ended with exit code 3"
    assert run_command(["/nonexistent/program"]).fault is not None
    assert run_command(["bad\0name"]).fault is not None


def test_that_files_that_cannot_be_read_are_none(tmp_path):
    assert read_text(tmp_path) is None
    assert read_int(tmp_path / "none") is None
    (tmp_path / "n").write_text("0x10de\n")
    assert read_int(tmp_path / "n") == 0x10DE


def test_that_paths_name_nobody():
    assert private_path("/home/ann/llama.cpp/build/bin/llama-server", Path("/home/ann"), "ann").startswith(
        "~/llama.cpp"
    )
    assert "bob" not in private_path("/home/bob/bin/vllm", Path("/home/ann"), "ann")
    assert "ann" not in private_path("/data/ann/bin/vllm", Path("/home/ann"), "ann")
    assert (
        private_path("C:\\Users\\Bob\\llama\\llama-cli.exe", Path("C:\\Users\\Ann"), "Ann")
        == "~user\\llama\\llama-cli.exe"
    )
    assert private_path("/usr/local/bin/vllm", Path("/root"), "root") == "/usr/local/bin/vllm"


def boom():
    raise RuntimeError("exploded")


def test_that_detection_never_raises_whatever_fails():
    machine = detect_machine(Probes(boom, boom, boom, boom, boom, boom, boom, boom))
    assert machine.detected
    assert machine.gpus == ()
    for name in ("NVIDIA", "AMD", "Intel", "Apple", "Windows", "Processor", "Memory", "Engines"):
        assert any(
            note.startswith(f"{name}: detection failed (RuntimeError: exploded)") for note in machine.notes
        )
    json.dumps(machine_to_json(machine))


def test_that_a_probe_that_hangs_costs_the_deadline_only():
    release = threading.Event()

    def hangs():
        release.wait(20)
        return GpuFindings()

    probes = Probes(hangs, cpu=CpuFindings, memory=MemoryFindings, engines=EngineFindings)
    began = time.perf_counter()
    machine = detect_machine(probes, deadline_s=0.3)
    release.set()
    assert time.perf_counter() - began < 1.5
    assert "NVIDIA: detection did not end within 0.3 s" in machine.notes


def test_that_a_probe_with_a_wrong_answer_is_a_note():
    machine = detect_machine(
        Probes(lambda: 7, cpu=lambda: None, memory=MemoryFindings, engines=EngineFindings)
    )
    assert machine.gpus == ()
    assert machine.cpu == Processor()


def test_that_this_machine_is_detected_in_little_time():
    began = time.perf_counter()
    machine = detect_machine()
    assert time.perf_counter() - began < 6
    assert machine.ram.total_bytes > 0
    assert machine.cpu.cores >= 1
    text = json.dumps(machine_to_json(machine))
    home = str(Path.home())
    assert home == "/" or f'"{home}' not in text
    assert os.uname().nodename not in text if hasattr(os, "uname") and len(os.uname().nodename) > 3 else True


def test_that_unified_gpus_share_the_systems_memory():
    gb10 = Device("NVIDIA GB10", unified_memory=True)
    (gpu,), notes = share_system_memory([gb10], HostMemory(total_bytes=120 * GIB, available_bytes=100 * GIB))
    assert (gpu.memory_bytes, gpu.free_bytes) == (120 * GIB, 100 * GIB)
    assert len(notes) == 1
    (gpu,), _ = share_system_memory([gb10], HostMemory())
    assert gpu.memory_bytes is None


def test_that_memory_bandwidth_is_measured_before_it_is_looked_up_and_a_virtual_machine_gets_none():
    def with_cpu(virtual, measured):
        findings = CpuFindings(Processor(name="AMD Ryzen 9 7950X"), virtual=virtual)
        return detect_machine(
            Probes(
                GpuFindings,
                cpu=lambda: findings,
                memory=MemoryFindings,
                engines=EngineFindings,
                measured=measured,
            )
        )

    def nothing(processor):
        return None

    real, virtual = with_cpu(False, nothing), with_cpu(True, nothing)
    assert (real.ram.bandwidth_bytes_per_s, real.ram.bandwidth_origin) == (83.2e9, "table")
    assert any("83 GB/s" in note for note in real.notes)
    assert (virtual.ram.bandwidth_bytes_per_s, virtual.ram.bandwidth_origin) == (None, "unknown")
    measured = with_cpu(True, lambda processor: 5.5e10)
    assert (measured.ram.bandwidth_bytes_per_s, measured.ram.bandwidth_origin) == (5.5e10, "measured")
    assert any("RuntimeError" in note for note in with_cpu(True, lambda processor: boom()).notes)
