"""The planner beside llama-server's own ``--fit``: context reached and experts kept on the GPU, 24 GiB and 64 GB of RAM.

Both get the same free memory and leave the same margin (1 GiB) free. Three questions per model and quantization:

1. no context given: what ``--fit`` reaches, and the longest context of the planner (objective ``context``);
2. at that context of ``--fit``: the experts each keeps on the GPU;
3. at the planner's context, given to ``--fit`` with ``-c``: the same.
"""

from __future__ import annotations

import argparse
import csv
import sys
from dataclasses import replace

import engine_run as run

from planner.library import Library, load_library
from planner.plan import Plan
from planner.units import MIB

GPU, RAM = "RTX 4090", 59.6
"""64 GB are 59.6 GiB."""
COLUMNS = (
    *(
        "model",
        "quant",
        "fit_n_ctx",
        "fit_gpu_weights_mib",
        "our_gpu_weights_mib_there",
        "our_n_ctx",
        "our_placement",
    ),
    *(
        "our_cache",
        "our_gpu_weights_mib",
        "our_loads",
        "fit_gpu_weights_mib_at_our_n_ctx",
        "fit_loads",
        "verdict",
    ),
)
MODELS = (
    ("openai/gpt-oss-120b", "MXFP4"),
    ("Qwen/Qwen3-30B-A3B", "Q4_K_M"),
    ("Qwen/Qwen3-30B-A3B", "Q8_0"),
    ("Qwen/Qwen3.5-35B-A3B", "Q8_0"),
    ("google/gemma-4-26B-A4B-it", "Q8_0"),
    ("nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", "Q6_K"),
    ("mistralai/Mixtral-8x7B-Instruct-v0.1", "Q5_K_M"),
    ("zai-org/GLM-4.5-Air", "Q4_K_M"),
    ("meta-llama/Llama-4-Scout-17B-16E-Instruct", "Q4_K_M"),
    ("Qwen/Qwen2.5-Coder-32B-Instruct", "Q4_K_M"),
    ("google/gemma-3-27b-it", "Q4_K_M"),
    ("meta-llama/Llama-3.3-70B-Instruct", "Q4_K_M"),
)


def planned(library: Library, case: run.CommandCase) -> Plan:
    """The planner's answer, or a refusal."""
    plan = case.plan(library)
    assert plan.fits, (case, plan.reasons)
    return plan


def fitted(tools: run.Tools, case: run.CommandCase, n_ctx: int | None) -> run.Measured:
    """What the server's own fit does, with one slot as the planner's commands have."""
    words = ["llama-server", "-np", "1", "-fa", "on", "--no-repack", *(["-c", str(n_ctx)] if n_ctx else [])]
    return run.run_command(
        tools,
        case.model,
        "MXFP4_MOE" if case.quant == "MXFP4" else case.quant,
        words,
        run.devices_of(case),
        seconds=600,
    )


def on_gpu(plan: Plan) -> float:
    """Weights on GPUs. [MiB]"""
    return sum(d.model_bytes for d in plan.devices if d.kind == "gpu") / MIB


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=run.BUILD, help="build of the program in LLAMA_BIN")
    options = parser.parse_args()
    tools = run.find_tools(run.shared_folder())
    if isinstance(tools, str):
        print(tools, file=sys.stderr)
        return 2
    library, worse = load_library(), 0
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    for model, quant in MODELS:
        case = run.CommandCase(model, quant, (GPU,), RAM, 4096, reserve_mib=1024.0, build=options.build)
        fit = fitted(tools, case, None)
        there = replace(case, n_ctx=max(fit.n_ctx_seq, 256))
        same = there.plan(library)
        longest = replace(case, objective="context").plan(library)
        ours, n_ctx = None, longest.n_ctx or 0
        if longest.command is not None and longest.fits:
            name = "MXFP4_MOE" if longest.quant == "MXFP4" else str(longest.quant)
            ours = run.run_command(
                tools, model, name, longest.command.argv, run.devices_of(case), seconds=300
            )
        again = fitted(tools, case, n_ctx)
        weights = fit.kinds_mib.get("CUDA0", {}).get("model", 0.0)
        later = again.kinds_mib.get("CUDA0", {}).get("model", 0.0)
        good = (
            bool(longest.fits)
            and ours is not None
            and ours.loads
            and n_ctx >= fit.n_ctx_seq
            and bool(same.fits)
            and on_gpu(same) >= weights - 1
            and (not again.loads or not again.raw["fits"] or on_gpu(longest) >= later - 1)
        )
        worse += not good
        cache = longest.settings.get("cache_type_k")
        row = [
            model.split("/")[-1],
            quant,
            fit.n_ctx_seq,
            weights,
            f"{on_gpu(same):.0f}",
            n_ctx,
            longest.placement,
            cache,
        ]
        row += [
            f"{on_gpu(longest):.0f}",
            ours.loads if ours else None,
            later,
            again.loads,
            "ok" if good else "WORSE",
        ]
        writer.writerow(row)
        sys.stdout.flush()
    print(f"{worse} worse", file=sys.stderr)
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
