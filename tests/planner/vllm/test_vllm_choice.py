"""What is chosen for a model on a machine, and the commands it is started with."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from models_db.architecture_table import architecture_entry
from models_db.catalogue import load_catalogue
from models_db.names import resolve_model
from planner.commands.vllm_flags import VERSIONS
from planner.commands.vllm_parse import parse_vllm_command
from planner.hardware.what_if import machine_from_parts
from planner.machine import Machine
from planner.plan import Plan
from planner.records import Verdict
from planner.vllm.choice import (
    checkpoints_of,
    gpu_group,
    legal_parallel_sizes,
    runs_by,
    utilization_for,
    why_not_on_gpu,
)
from planner.vllm.plan import plan_vllm
from planner.vllm.weight_formats import FORMATS
from planner.wishes import Wishes

GIB = 2**30


def machine(*gpus: tuple[str, int], ram: int = 64) -> Machine:
    """A described machine."""
    return machine_from_parts(tuple((n, c, None) for n, c in gpus), None, ram * GIB, None)


def plan(model: str, where: Machine, quant: str | None = None, **wishes: object) -> Plan:
    """The plan of a model named as people do."""
    wanted = replace(Wishes(), **wishes)  # type: ignore[arg-type]
    return plan_vllm(load_catalogue(), resolve_model(model).model, where, wanted, quant)


def test_that_every_generated_command_is_accepted_by_both_versions() -> None:
    """Four models on sixteen machines, the alternatives included: more than 200 commands."""
    read_so_far = set()
    for gpu, count in itertools.product(("RTX 3060", "RTX 4090", "H100 SXM 80GB", "B200"), (1, 2, 8, 16)):
        where = machine((gpu, count), ram=128)
        for name in ("Qwen3-8B", "Qwen3-30B-A3B", "gpt-oss-20b", "Gemma-3-27B"):
            first = plan(name, where, n_ctx=16384, n_parallel=2)
            for found in (first, *first.alternatives):
                if not found.fits:
                    continue
                assert found.command is not None
                for version in VERSIONS:
                    read = parse_vllm_command(list(found.command.argv), version)
                    assert not read.refused, (version, found.command.posix, read.findings)
                    for key in ("tensor_parallel_size", "pipeline_parallel_size", "gpu_memory_utilization"):
                        assert getattr(read.settings, key) == found.settings[key]
                read_so_far.add((gpu, count, found.command.posix))
    assert len(read_so_far) >= 200


def test_that_72b_in_16_bit_loads_on_two_a100_with_under_28k_tokens() -> None:
    """The article's case: it loads, and the cache is small."""
    found = plan("Qwen2.5-72B", machine(("A100 80GB", 2)), "BF16")
    assert found.fits
    assert found.kv_tokens is not None
    assert 8192 <= found.kv_tokens < 28_000
    assert found.devices[0].model_bytes == pytest.approx(72.7e9, rel=0.01)


def test_that_72b_in_16_bit_does_not_fit_on_one_a100() -> None:
    """135 GiB on an 80 GB card."""
    found = plan("Qwen2.5-72B", machine(("A100 80GB", 1)), "BF16")
    assert found.verdict in (Verdict.DOES_NOT_FIT, Verdict.FITS_WITH_OFFLOAD)
    alone = plan("Qwen2.5-72B", machine(("A100 80GB", 1), ram=32), "BF16")
    assert alone.verdict is Verdict.DOES_NOT_FIT


def test_that_72b_in_4_bit_is_tight_on_a_48_gb_card() -> None:
    """GPTQ-Int4: 38.6 GiB of weights, a cache for fewer than two requests of 8,192."""
    found = plan("Qwen2.5-72B", machine(("RTX A6000", 1)), "GPTQ-Int4")
    assert found.verdict is Verdict.TIGHT
    assert found.devices[0].model_bytes / GIB == pytest.approx(38.65, abs=0.3)


def test_that_llama_4_scout_needs_its_version() -> None:
    """The version is named, and an older one is refused."""
    found = plan("Llama 4 Scout", machine(("H100 80GB", 8)), engine_version="0.7.0")
    assert found.verdict is Verdict.DOES_NOT_FIT
    assert "came to vLLM with 0.8.3" in found.reasons[0]
    assert "0.12.0" in found.reasons[0]
    assert plan("Llama 4 Scout", machine(("H100 80GB", 8))).fits


@pytest.mark.parametrize(
    ("gpu", "word"),
    [("GTX 1080 Ti", "compute capability 7.0"), ("M3 Max", "Metal"), ("Arc B580", "XPU")],
)
def test_that_machines_without_vllm_are_told_what_runs_instead(gpu: str, word: str) -> None:
    """A plain statement that ends with llama.cpp."""
    found = plan("Qwen3-8B", machine((gpu, 1)))
    assert found.verdict is Verdict.DOES_NOT_FIT
    assert word in found.reasons[0]
    assert "llama.cpp" in found.reasons[0]


def test_that_formats_follow_the_compute_capability() -> None:
    """MXFP4 needs 8.0; FP8 is native from 8.9 and by Marlin below."""
    turing, ampere, ada = (machine((n, 1)).gpus[0] for n in ("RTX 2080 Ti", "RTX 3090", "RTX 4090"))
    refused = why_not_on_gpu(FORMATS["MXFP4"], turing)
    assert refused is not None
    assert "Minimum capability: 80. Current capability: 75." in refused
    assert why_not_on_gpu(FORMATS["AWQ"], turing) is None
    assert "Marlin" in runs_by(FORMATS["FP8"], ampere)
    assert runs_by(FORMATS["FP8"], ada) == "native FP8"


def test_that_parallel_sizes_divide_heads_and_widths() -> None:
    """Three GPUs never share a layer of 32 heads, but hold a third of the layers each."""
    sizes = set(legal_parallel_sizes(architecture_entry("Qwen/Qwen3-8B").spec, 3))
    assert (3, 1) not in sizes
    assert (1, 3) in sizes
    assert (2, 1) in sizes


def test_that_unequal_gpus_are_not_mixed() -> None:
    """The larger equal group is used."""
    mixed = machine(("RTX 3090", 1), ("RTX 4090", 2))
    group = gpu_group(mixed)
    assert group is not None
    assert group[1] == (1, 2)
    found = plan("Qwen3-32B", mixed, "AWQ")
    assert found.command is not None
    assert "--device-ids" in found.command.argv


def test_that_the_reserve_lowers_the_utilisation() -> None:
    """More kept free, a smaller share."""
    gpu = machine(("RTX 4090", 1)).gpus[0]
    assert utilization_for(gpu, 1 * GIB) == 0.92
    assert utilization_for(gpu, 6 * GIB) < 0.75


@pytest.mark.parametrize("objective", ["quality", "speed", "context"])
def test_that_of_what_fetches_weights_over_the_bus_the_least_is_fetched(objective: str) -> None:
    where = machine(("RTX 4090", 1))
    asked = {"n_ctx": 32768, "n_parallel": 8, "objective": objective}
    best = plan("Qwen3.5-27B", where, **asked)
    least = float(best.settings["cpu_offload_gb"])
    assert least > 0, "nothing holds it on the GPU"
    others = [plan("Qwen3.5-27B", where, quant, **asked) for quant in ("AWQ", "FP8", "BF16")]
    offloaded = [float(p.settings["cpu_offload_gb"]) for p in others if p.fits]
    assert len(set(offloaded)) > 1
    assert least == min(offloaded)


def test_that_objectives_pull_in_their_direction() -> None:
    """Speed is not slower, context not shorter, than quality's choice."""
    where = machine(("RTX 4090", 2))
    quality, speed, context = (plan("Qwen3-32B", where, objective=o) for o in ("quality", "speed", "context"))
    assert speed.throughput is not None
    assert quality.throughput is not None
    assert speed.throughput.decode_tps is not None
    assert quality.throughput.decode_tps is not None
    assert speed.throughput.decode_tps.p50 >= quality.throughput.decode_tps.p50
    assert (context.longest_n_ctx or 0) >= (quality.longest_n_ctx or 0)


def test_that_more_users_get_copies_on_spare_gpus() -> None:
    """Two users and four cards for a model that needs one."""
    found = plan("Qwen3-8B", machine(("RTX 4090", 4)), "FP8", n_parallel=4)
    assert found.fits
    used = found.settings["tensor_parallel_size"] * found.settings["data_parallel_size"]
    assert used == 4


def test_that_a_maker_who_quantizes_is_taken_at_its_word() -> None:
    """gpt-oss comes as MXFP4 and nothing else of its maker."""
    names = [c.form.name for c in checkpoints_of(resolve_model("gpt-oss-20b").model)]
    assert names[0] == "MXFP4"
    assert "BF16" not in names


def test_that_terms_add_up_to_what_is_left_for_the_cache() -> None:
    """The explanation is the calculation."""
    found = plan("Qwen3-8B", machine(("RTX 4090", 1)))
    value = {t.name: t.value for t in found.terms}
    left = (
        value["gpu_memory_requested"]
        - value["weights"]
        - value["activation_peak"]
        - value["non_torch"]
        - value["cuda_graphs"]
    )
    assert left == pytest.approx(value["kv_cache_available"])
    device = found.devices[0]
    assert (
        device.total_bytes
        == device.model_bytes + device.kv_bytes + device.compute_bytes + device.overhead_bytes
    )
    assert found.to_json()["kv_tokens"] == value["kv_tokens"]
