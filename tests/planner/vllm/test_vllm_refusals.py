"""Verdict and reason of every recorded command, through the same door as ``fit-planner check``."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from pathlib import Path

import pytest

from planner.answer import answer
from planner.commands.vllm_limits import BOUNDS
from planner.library import Library
from planner.plan import Plan
from planner.request import read_question
from planner.vllm.setup import vllm_model
from planner.vllm.shard_checks import nearest_size, shard_faults
from planner.vllm.weight_formats import FORMATS

TRUTH = Path(__file__).resolve().parents[2] / "truth"
MODELS = {
    "L8": "meta-llama/Llama-3.1-8B-Instruct",
    "Q30": "Qwen/Qwen3-30B-A3B",
    "Q30F": "Qwen/Qwen3-30B-A3B-FP8",
    "Q32": "Qwen/Qwen3-32B",
    "DSV3": "deepseek-ai/DeepSeek-V3",
    "GPTOSS": "openai/gpt-oss-20b",
    "NEMO": "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16",
    "Q35": "Qwen/Qwen3.5-35B-A3B",
    "L70N": "nvidia/Llama-3.3-70B-Instruct-NVFP4",
    "QNV": "nvidia/Qwen3-30B-A3B-NVFP4",
}
"""Stand-ins of the recording and repositories of the same dimensions and format."""
REFUSES = re.compile(
    r"\(vLLM: (\w+Config: |vllm serve: error|Invalid data-parallel|AssertionError|ValueError)"
)
"""How a reason begins in which vLLM's parser, configuration or layers stop."""
EIGHT = {"gpus": [{"name": "H100 SXM 80GB", "count": 8}], "ram_bytes": 512 * 2**30}


def recorded() -> list[dict[str, str]]:
    """Every recorded command of both files, stand-ins replaced."""
    out: list[dict[str, str]] = []
    for name in ("vllm_commands.csv", "vllm_hard_commands.csv"):
        with (TRUTH / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(line for line in file if not line.startswith("#")):
                words = row["command"].split(" ")
                place = 3 if words[2] == "--model" else 2
                words[place] = MODELS.get(words[place], words[place])
                out.append({**row, "command": " ".join(words)})
    return out


def ask(library: Library, command: str, version: str, machine: dict[str, object] = EIGHT) -> Plan:
    """What ``check`` says."""
    question = read_question({"command": command, "engine_version": version, "machine": machine})
    return answer(library, question, lambda: pytest.fail("a machine was detected"))


def plain(text: str) -> str:
    """One line without the spaces and ends that the recordings cut."""
    return " ".join(text.split()).rstrip("]. ")


def test_that_verdict_and_reason_agree_with_vllm_for_every_recorded_command(library: Library) -> None:
    """vLLM's own words appear for every refusal and for none of what it accepts."""
    table: dict[tuple[str, str], list[tuple[bool, bool]]] = defaultdict(list)
    wrong = []
    for row in recorded():
        found = ask(library, row["command"], row["version"])
        said = plain(" ".join(found.reasons))
        refused = any(REFUSES.search(reason) for reason in found.reasons)
        if row["stage"] == "ok":
            verdict, reason = not refused, not refused
        else:
            verdict = found.fits is False and (
                "(vLLM: " in found.reasons[0] if row["stage"] == "parser" else refused
            )
            reason = plain(row["message"])[:280] in said and (not row["config"] or row["config"] in said)
        table[row["version"], row["stage"]].append((verdict, reason))
        if not (verdict and reason):
            wrong.append((row["version"], row["command"], row["message"][:120], found.reasons[:2]))
    print()
    print(f"{'version':8} {'vLLM says':10} {'commands':>8} {'same verdict':>13} {'same reason':>12}")
    for (version, stage), rows in sorted(table.items()):
        print(
            f"{version:8} {stage:10} {len(rows):8} {sum(v for v, _ in rows):13} {sum(r for _, r in rows):12}"
        )
    assert not wrong, wrong[:5]
    assert sum(map(len, table.values())) >= 200


@pytest.mark.parametrize("bound", BOUNDS, ids=[b.name for b in BOUNDS])
def test_that_a_value_below_its_bound_is_refused_and_gives_no_negative_bytes(
    library: Library, bound: object
) -> None:
    """Zero and minus one; the nearest valid value is named; every byte count stays at 0 or above."""
    name, least, open_end = bound.name, bound.least, bound.open  # type: ignore[attr-defined]
    flag = "--" + name.replace("_", "-")
    for value in {least - 1, least if open_end else least - 1}:
        found = ask(library, f"vllm serve Qwen/Qwen3-8B {flag} {value}", "0.33.0")
        assert found.fits is False
        assert any(r.startswith(f"{flag} {value}:") and "valid" in r for r in found.reasons), found.reasons
        for device in found.devices:
            parts = (device.model_bytes, device.kv_bytes, device.compute_bytes, device.overhead_bytes)
            assert min(parts) >= 0


@pytest.mark.parametrize(
    ("command", "words", "nearest"),
    [
        ("Qwen/Qwen3-8B --tensor-parallel-size 3", "32 attention heads", "nearest is 2"),
        ("microsoft/phi-4 --tensor-parallel-size 5", "100,352 padded rows", "nearest is 2"),
        ("microsoft/phi-4 --tensor-parallel-size 4", "10 key/value heads", "nearest is 2"),
        (
            "Qwen/Qwen3-8B --kv-cache-memory-bytes 1000000000000000000",
            "out of memory",
            "--kv-cache-memory-bytes ",
        ),
        ("Qwen/Qwen3-8B --device-ids 0,9", "no GPU 9", "0 to 7"),
        ("Qwen/Qwen3-8B --block-size 24", "multiple of 16", ""),
    ],
)
def test_that_what_only_the_workers_refuse_is_refused_with_the_nearest_value(
    library: Library, command: str, words: str, nearest: str
) -> None:
    """The fault, the flag, the nearest legal value; devices are listed all the same."""
    found = ask(library, f"vllm serve {command}", "0.33.0")
    said = " ".join(found.reasons)
    assert found.fits is False
    assert words in said
    assert nearest in said
    assert found.devices


def test_that_the_largest_cache_named_in_a_refusal_fits(library: Library) -> None:
    """The number can be used as it stands."""
    found = ask(library, "vllm serve Qwen/Qwen3-8B --kv-cache-memory-bytes 10T", "0.33.0")
    most = int(found.reasons[0].rpartition("--kv-cache-memory-bytes ")[2])
    assert ask(library, f"vllm serve Qwen/Qwen3-8B --kv-cache-memory-bytes {most}", "0.33.0").fits
    more = ask(library, f"vllm serve Qwen/Qwen3-8B --kv-cache-memory-bytes {most + 2**30}", "0.33.0")
    assert more.fits is False


def test_that_fp8_blocks_are_not_cut_and_nearest_sizes_build() -> None:
    """25,600 over 16 GPUs are not whole blocks of 128; over 8 they are."""
    model = vllm_model("Qwen/Qwen3-32B")
    table, fp8 = model.facts.table, FORMATS["FP8"]
    assert "not whole blocks of 128" in shard_faults(table, model.spec, fp8, 16)[0].what
    assert not shard_faults(table, model.spec, fp8, 16, in_blocks=False)
    assert nearest_size(table, model.spec, fp8, 16) == 8


def test_that_a_class_vllm_dropped_is_said_to_be_dropped(library: Library) -> None:
    """dots.llm1 ran until 0.23."""
    found = ask(library, "vllm serve rednote-hilab/dots.llm1.inst", "0.33.0")
    assert found.fits is False
    assert "was supported in vLLM until v0.23.0" in " ".join(found.reasons)


def test_that_caches_of_unknown_formats_are_unknown_and_not_sized_as_16_bit(library: Library) -> None:
    """NVFP4 pages have a layout of their own."""
    assert ask(library, "vllm serve Qwen/Qwen3-8B --kv-cache-dtype nvfp4", "0.33.0").fits is None
