"""Generated ``vllm serve`` commands through vLLM's real parser and engine configuration: ``make vllm-check``.

Needs an environment with vLLM (``VLLM_PYTHON``: its interpreter; ``VLLM_PATHS``: further versions as
``version=folder`` separated by ``:``, put before the environment's own) and ``shared/tools/vllm-check``
(``FIT_PLANNER_SHARED``). Without them only the option tables are asked, which ``tests/planner/vllm`` also does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from models_db.catalogue import load_catalogue  # noqa: E402
from models_db.names import resolve_model  # noqa: E402
from planner.commands.vllm_flags import VERSIONS  # noqa: E402
from planner.commands.vllm_parse import parse_vllm_command  # noqa: E402
from planner.hardware.what_if import machine_from_parts  # noqa: E402
from planner.plan import Plan  # noqa: E402
from planner.vllm.plan import plan_vllm  # noqa: E402
from planner.wishes import Wishes  # noqa: E402

GIB = 2**30
MODELS = (
    "Qwen3-0.6B", "Llama-3.1-8B", "Qwen3-8B", "Qwen3-14B", "Qwen3-32B", "Qwen3-30B-A3B", "Llama-3.3-70B", "gpt-oss-20b",
    "gpt-oss-120b", "DeepSeek-V3", "Qwen2.5-72B", "Qwen3.5-27B", "Qwen3.5-35B-A3B", "GLM-4.5-Air", "Kimi-K2",
    "Nemotron-3-Nano-30B-A3B", "Phi-4", "Mixtral-8x7B", "Gemma-3-27B", "Mistral-Small-3.2-24B",
)  # fmt: skip
MACHINES = (
    ("RTX 3060", "8.6", 11.63, 1), ("RTX 3090", "8.6", 23.55, 2), ("RTX 3090", "8.6", 23.55, 3),
    ("RTX 4090", "8.9", 23.51, 1), ("RTX 5090", "12.0", 31.4, 2), ("RTX A6000", "8.6", 47.4, 4),
    ("A100 80GB", "8.0", 79.15, 2), ("L40S", "8.9", 44.4, 6), ("H100 80GB", "9.0", 79.2, 8),
    ("H200", "9.0", 139.8, 8), ("B200", "10.0", 178.4, 16),
)  # fmt: skip
"""Name, compute capability, GiB that CUDA reports, number."""
QUANT_CONFIGS: dict[str, dict[str, Any]] = {
    "FP8": {"activation_scheme": "dynamic", "fmt": "e4m3", "quant_method": "fp8", "weight_block_size": [128, 128]},
    "AWQ": {"quant_method": "awq", "bits": 4, "group_size": 128, "zero_point": True, "version": "gemm"},
    "GPTQ-Int4": {"quant_method": "gptq", "bits": 4, "group_size": 128, "desc_act": False, "sym": True},
    "GPTQ-Int8": {"quant_method": "gptq", "bits": 8, "group_size": 128, "desc_act": False, "sym": True},
    "NVFP4": {
        "quant_method": "modelopt", "quant_algo": "NVFP4", "kv_cache_scheme": None, "ignore": ["lm_head"],
        "config_groups": {"group_0": {
            "input_activations": {"dynamic": False, "num_bits": 4, "type": "float", "group_size": 16},
            "weights": {"dynamic": False, "num_bits": 4, "type": "float", "group_size": 16}, "targets": ["Linear"]}},
    },
}  # fmt: skip
"""What repositories of a format state in their config files, for models whose own file is of another format."""


def plans() -> Iterator[tuple[tuple[str, str, float, int], Plan]]:
    """Plans that fit: models × machines × two wishes."""
    catalogue = load_catalogue()
    for name in MODELS:
        model = resolve_model(name).model
        for gpu in MACHINES:
            machine = machine_from_parts(((gpu[0], gpu[3], None),), None, 256 * GIB, None)
            for wishes in (Wishes(), replace(Wishes(), n_ctx=32768, n_parallel=4)):
                plan = plan_vllm(catalogue, model, machine, wishes, n_alternatives=0)
                if plan.fits and plan.command is not None:
                    yield gpu, plan


def accepted_by_tables(plan: Plan) -> dict[str, bool]:
    """Whether each version's option table takes a plan's command."""
    assert plan.command is not None
    return {v: not parse_vllm_command(list(plan.command.argv), v).refused for v in VERSIONS}


def config_folders(
    found: list[tuple[tuple[str, str, float, int], Plan]], shared: Path, out: Path
) -> dict[str, str]:
    """A folder with a ``config.json`` for every repository named in the commands."""
    folders: dict[str, str] = {}
    for _, plan in found:
        assert plan.command is not None
        repository = plan.command.argv[2]
        source = shared / "reference/models/configs" / f"{plan.model_id.replace('/', '--')}.json"
        if repository in folders or not source.exists():
            continue
        config = json.loads(source.read_text(encoding="utf-8"))
        if repository != plan.model_id and plan.quant in QUANT_CONFIGS:
            config["quantization_config"] = QUANT_CONFIGS[plan.quant]
        folder = out / repository.replace("/", "--")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        folders[repository] = str(folder)
    return folders


def ask_vllm(
    cases: list[dict[str, Any]], folders: dict[str, str], python: str, paths: list[str], tools: Path
) -> list[dict[str, Any]]:
    """What one version of vLLM says to every case."""
    with tempfile.TemporaryDirectory() as folder:
        names = Path(folder) / "folders.json"
        names.write_text(json.dumps(folders), encoding="utf-8")
        done = subprocess.run(
            [python, str(Path(__file__).with_name("vllm_driver.py")), str(names)],
            input="".join(json.dumps(c) + "\n" for c in cases),
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([*paths, str(tools)])},
        )
    out = []
    for line in done.stdout.splitlines():
        try:
            out.append(json.loads(line))
        except ValueError:
            continue  # vLLM prints beside it
    if not out:
        print(done.stderr[-2000:], file=sys.stderr)
    return [row for row in out if isinstance(row, dict) and "stage" in row]


def main() -> int:
    """Print counts per version; 1 if a table or vLLM itself refuses a command."""
    found = list(plans())
    refused = sum(not ok for _, plan in found for ok in accepted_by_tables(plan).values())
    print(f"{len(found)} commands; refused by an option table: {refused}")
    python = os.environ.get("VLLM_PYTHON", "")
    shared = Path(os.environ.get("FIT_PLANNER_SHARED", ROOT.parent / "shared"))
    tools = shared / "tools/vllm-check"
    if not python or not tools.exists():
        print("VLLM_PYTHON or shared/tools/vllm-check is not there: vLLM itself was not asked")
        return int(refused > 0)
    versions = {"installed": []} | {
        name: [path]
        for name, _, path in (
            part.partition("=") for part in os.environ.get("VLLM_PATHS", "").split(":") if part
        )
    }
    with tempfile.TemporaryDirectory() as folder:
        folders = config_folders(found, shared, Path(folder))
        cases = [
            {"gpu": gpu, "command": plan.command.posix, "planned": _planned(plan)}
            for gpu, plan in found
            if plan.command is not None and plan.command.argv[2] in folders
        ]
        print(f"{len(cases)} of them have a config file to ask vLLM with")
        for name, paths in versions.items():
            rows = ask_vllm(cases, folders, python, paths, tools)
            stages = Counter(_stage(row) for row in rows)
            differing = [r for r in rows if r["stage"] == "ok" and _differs(r)]
            print(f"vLLM {name}: {dict(stages)}; other batch size or length than planned: {len(differing)}")
            for row in [r for r in rows if _stage(r) in ("parser", "config")][:10] + differing[:5]:
                print(f"  {row['gpu'][0]}: {row['command']}\n    {row['message'][:300]} {row['resolved']}")
            refused += stages["parser"] + stages["config"]
    return int(refused > 0)


def _planned(plan: Plan) -> dict[str, Any]:
    keys = ("max_num_batched_tokens", "max_num_seqs", "max_model_len")
    return {k: plan.settings[k] for k in keys if k in plan.settings}


def _differs(row: dict[str, Any]) -> bool:
    return any(row["resolved"].get(k) != v for k, v in row["planned"].items())


def _stage(row: dict[str, Any]) -> str:
    """Stage, with what only this environment lacks set apart."""
    lacks = (
        "failed to be inspected",
        "cannot import name",
        "No module named",
        "but it was not found in your environment",
    )
    return (
        "not asked (a package is missing here)" if any(t in row["message"] for t in lacks) else row["stage"]
    )


if __name__ == "__main__":
    raise SystemExit(main())
