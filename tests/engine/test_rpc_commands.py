"""The commands of a plan over two machines, run for real on loopback: rpc-server and llama-server, each on emulated GPUs."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import engine_run as run
import pytest

from planner.fit_plan import plan_model
from planner.library import load_library
from planner.units import MIB
from planner.wishes import Wishes
from planner.workers import Worker

pytestmark = pytest.mark.engine
SECONDS = 240


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(tools: run.Tools, size: int) -> dict[str, str]:
    lib = tools.check_command.parent / "lib"
    return {
        **{k: v for k, v in os.environ.items() if not k.startswith(("LLAMA_ARG", "FAKE_GPU"))},
        "LD_LIBRARY_PATH": str(tools.program_folder),
        "LD_PRELOAD": str(lib / "libnopopulate.so"),
        "FAKE_GPU_LIB": str(lib / "libfakegpu.so"),
        "FAKE_GPU": str(size),
        "FAKE_GPU_NAME": "CUDA",
        "FAKE_RAM": "32768",
    }


def test_that_a_plan_over_two_machines_takes_what_it_says(shared_dir: Path, tmp_path: Path) -> None:
    tools = run.find_tools(shared_dir)
    if isinstance(tools, str):
        pytest.skip(tools)
    if not (tools.program_folder / "ggml-rpc-server").is_file():
        pytest.skip("the program was built without ggml-rpc-server")
    library, port = load_library(), free_port()
    case = run.CommandCase("google/gemma-3-4b-it", "Q4_K_M", ("RTX 3060:3",), 32, 8192)
    wishes = Wishes(
        n_ctx=8192,
        reserve_bytes=256 * MIB,
        engine_version=run.BUILD,
        workers=(Worker("127.0.0.1", port, ("RTX 3060:3",)),),
    )
    plan = plan_model(
        library, library.find_model(case.model).model, case.machine, wishes, library.find_quant("Q4_K_M")
    )
    assert plan.fits
    assert plan.command is not None
    worker, main = plan.commands
    run.sparse_file(tools, "gemma-3-4b-it", "Q4_K_M")
    file = run.cache_folder() / "gguf" / "gemma-3-4b.Q4_K_M.gguf"
    if not file.exists():
        pytest.skip("the sparse model file has not been written yet (run the other engine tests first)")
    words = [w for w in worker.argv if w != "--cache"]
    words[0] = str(tools.program_folder / words[0])
    env = environment(tools, 3072)
    log = tmp_path / "server.log"
    with subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as lender:
        try:
            argv = ["-m", str(file), *main.argv[main.argv.index("--rpc") :], "--load-mode", "none"]
            argv += ["--host", "127.0.0.1", "--port", str(free_port()), "--no-warmup", "-lv", "5"]
            with (
                log.open("w") as out,
                subprocess.Popen(
                    [str(tools.program_folder / "llama-server"), *argv], env=env, stdout=out, stderr=out
                ) as server,
            ):
                deadline = time.monotonic() + SECONDS
                while time.monotonic() < deadline and server.poll() is None:
                    if "listening on" in log.read_text(errors="replace"):
                        break
                    time.sleep(0.3)
                server.terminate()
        finally:
            lender.terminate()
    shutil.copy(log, tmp_path / "kept.log")
    text = log.read_text(errors="replace")
    if server.returncode == -4:
        pytest.skip(run.ILLEGAL)
    assert "listening on" in text, text[-800:]
    measured: dict[str, float] = {}
    for name, size in re.findall(
        r"(\S+?)(?:\[\S*\])? +(?:model|KV|compute|output) buffer size = *([\d.]+)", text
    ):
        device = "Host" if name.startswith("CPU") or name.endswith("_Host") else name
        measured[device] = measured.get(device, 0.0) + float(size)
    for device in plan.devices:
        planned = (device.total_bytes - device.overhead_bytes) / MIB
        assert measured[device.name] == pytest.approx(planned, rel=0.01), (device.name, measured)
