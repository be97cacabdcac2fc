"""Both sides of the border of what fits: the longest context of given settings that fits, and the next that does not.

The server is started with exactly the planner's budget as free memory, ``-fit off`` and the plan's own settings: on one side
it has to load, on the other it has to end because an allocation failed, and for no other reason.
"""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import engine_run as run

from planner.devices import device_set
from planner.library import Library, load_library
from planner.plan import Plan
from planner.records import Verdict
from planner.settings import ALL_LAYERS
from planner.settings_plan import plan_settings, quant_column

COLUMNS = (
    *("model", "quant", "gpus", "slots", "cache", "moe", "n_ctx"),
    *("verdict", "loads", "by_allocation", "errors", "seconds"),
)
STEP = 256
"""llama.cpp pads contexts to this. [tokens]"""


@dataclass(frozen=True, slots=True)
class BorderCase:
    """Settings on a machine; the context is searched."""

    case: run.CommandCase
    n_cpu_moe: int = 0
    n_gpu_layers: int = ALL_LAYERS

    def plan(self, library: Library, n_ctx: int) -> Plan:
        """What the planner says of the settings at a context of all slots together."""
        case = self.case
        model = library.find_model(case.model).model
        machine = case.machine
        gpus = len(device_set(machine).gpus)
        settings = replace(
            case.wishes.settings(n_ctx),
            n_gpu_layers=self.n_gpu_layers,
            n_cpu_moe=self.n_cpu_moe,
            tensor_split=(1.0,) * gpus if gpus > 1 else None,
            repack=False,
        )
        column = quant_column(library, model, library.find_quant(case.quant))
        return plan_settings(library, model, machine, settings, column, case.wishes)

    def border(self, library: Library) -> tuple[Plan, Plan] | None:
        """The last plan that fits and the first that does not; None if the whole range is on one side."""
        fits, fails = 1, 4096
        if self.plan(library, STEP).verdict is Verdict.DOES_NOT_FIT:
            return None
        if self.plan(library, fails * STEP).verdict is not Verdict.DOES_NOT_FIT:
            return None
        while fails - fits > 1:
            middle = (fits + fails) // 2
            if self.plan(library, middle * STEP).verdict is Verdict.DOES_NOT_FIT:
                fails = middle
            else:
                fits = middle
        return self.plan(library, fits * STEP), self.plan(library, fails * STEP)


def border_cases() -> Iterator[BorderCase]:
    """Dense, MoE, MLA, sliding-window and hybrid models; one and two GPUs; plain and quantized caches."""

    def case(
        model: str,
        quant: str,
        *gpus: str,
        slots: int = 1,
        cache: str = "f16",
        moe: int = 0,
        layers: int = ALL_LAYERS,
    ) -> BorderCase:
        asked = run.CommandCase(model, quant, gpus, 1024, 8192, slots, cache, reserve_mib=0.0)
        return BorderCase(asked, moe, layers)

    yield case("meta-llama/Llama-3.1-8B-Instruct", "Q4_K_M", "RTX 3070")
    yield case("meta-llama/Llama-3.1-8B-Instruct", "Q8_0", "RTX 3060 12GB", slots=4)
    yield case("Qwen/Qwen2.5-Coder-7B-Instruct", "Q8_0", "RTX 3070:9", cache="q8_0")
    yield case("Qwen/Qwen2.5-Coder-32B-Instruct", "Q4_K_M", "RTX 4090")
    yield case("meta-llama/Llama-3.3-70B-Instruct", "Q4_K_M", "RTX 4090", layers=40)
    yield case("meta-llama/Llama-3.3-70B-Instruct", "Q4_K_M", "RTX 3090", "RTX 3090")
    yield case("Qwen/Qwen3-30B-A3B", "Q4_K_M", "RTX 4090:20")
    yield case("Qwen/Qwen3-30B-A3B", "Q8_0", "RTX 4090", moe=20)
    yield case("Qwen/Qwen3-30B-A3B", "Q4_K_M", "RTX 3060 12GB", "RTX 3060 12GB", slots=4)
    yield case("deepseek-ai/DeepSeek-Coder-V2-Lite-Instruct", "Q4_K_M", "RTX 3060 12GB")
    yield case("deepseek-ai/DeepSeek-V3", "Q4_K_M", "RTX 4090", moe=ALL_LAYERS)
    yield case("google/gemma-3-27b-it", "Q4_K_M", "RTX 4090")
    yield case("google/gemma-3-4b-it", "Q8_0", "RTX 3070:6", slots=4, cache="q8_0")
    yield case("openai/gpt-oss-120b", "MXFP4", "RTX 4090", moe=28)
    yield case("google/gemma-4-26B-A4B-it", "Q4_K_M", "RTX 4090:18")
    yield case("Qwen/Qwen3.5-35B-A3B", "Q4_K_M", "RTX 4090")
    yield case("nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", "Q4_K_M", "RTX 4090", slots=4)
    yield case("zai-org/GLM-4.5-Air", "Q4_K_M", "RTX 3090", "RTX 3090", moe=36)


def measure(tools: run.Tools, border: BorderCase, plan: Plan) -> run.Measured:
    """Run a plan's settings with the planner's budget as free memory."""
    assert plan.command is not None
    quant = "MXFP4_MOE" if plan.quant == "MXFP4" else str(plan.quant)
    return run.run_command(tools, border.case.model, quant, plan.command.argv, run.devices_of(border.case))


def main() -> int:
    """Print both sides of every border."""
    tools = run.find_tools(run.shared_folder())
    if isinstance(tools, str):
        print(tools, file=sys.stderr)
        return 2
    library, faulty = load_library(), 0
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    for border in border_cases():
        case, found = border.case, border.border(library)
        name = [
            case.model.split("/")[-1],
            case.quant,
            " + ".join(case.gpus),
            case.n_parallel,
            case.cache_type,
            border.n_cpu_moe,
        ]
        if found is None:
            print("no border:", *name, file=sys.stderr)
            continue
        for plan in found:
            start = time.monotonic()
            real = measure(tools, border, plan)
            fits = plan.verdict is not Verdict.DOES_NOT_FIT
            faulty += fits != real.loads or (not fits and not real.failed_by_allocation)
            total = plan.settings["n_ctx"]
            row = [*name, total, plan.verdict.value, real.loads, real.failed_by_allocation]
            writer.writerow(
                [*row, "" if fits else " / ".join(real.errors)[:400], f"{time.monotonic() - start:.1f}"]
            )
            sys.stdout.flush()
    print(f"{faulty} disagree", file=sys.stderr)
    return 1 if faulty else 0


if __name__ == "__main__":
    sys.exit(main())
