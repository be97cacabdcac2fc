"""The catalogue under vLLM, stored facts, objectives, several machines, and what lies beside the weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models_db.architecture_table import architecture_entry, catalogue_inventory
from planner.hardware.what_if import machine_from_parts
from planner.library import Library
from planner.machine import Machine
from planner.plan import Plan
from planner.vllm.beside import adapter_bytes, latent_copies
from planner.vllm.cache_specs import CacheSettings
from planner.vllm.kv_capacity import cache_layout
from planner.vllm.model_store import PER_KIND, ModelFacts, facts_digest, model_facts, read_facts, write_facts
from planner.vllm.nodes import several_machines
from planner.vllm.plan import plan_vllm
from planner.vllm.rank import rank_vllm
from planner.vllm.setup import vllm_model
from planner.vllm.weight_table import weight_table
from planner.vllm_settings import VllmSettings
from planner.wishes import Wishes

GIB = 2**30
SOME = ("Qwen/Qwen3-8B", "openai/gpt-oss-20b", "meituan-longcat/LongCat-Flash-Chat", "google/gemma-3-27b-it")


def machine(name: str, count: int = 1, ram: int = 64) -> Machine:
    """A described machine."""
    return machine_from_parts(((name, count, None),), None, ram * GIB, None)


def plan(library: Library, model: str, where: Machine, **wishes: object) -> Plan:
    """The plan of a model."""
    wanted = replace(Wishes(), **wishes)  # type: ignore[arg-type]
    return plan_vllm(library.catalogue, library.find_model(model).model, where, wanted)


def test_that_every_model_is_ranked_and_the_best_fit_comes_first(library: Library) -> None:
    """What fits before what does not; reasons, commands and numbers on every entry."""
    ranked = rank_vllm(library, machine("RTX 4090"), replace(Wishes(), engine="vllm"))
    assert len(ranked) == len({p.model_id for p in ranked}) > 200
    fits = [p.fits is True for p in ranked]
    assert fits == sorted(fits, reverse=True)
    assert 100 < sum(fits) < len(fits)
    for entry in ranked[:50]:
        assert entry.engine == "vllm"
        assert entry.score
        assert entry.command is not None
        assert entry.command.argv[:2] == ("vllm", "serve")
        assert (entry.max_concurrency or 0) >= 1
    alone = plan(library, ranked[0].model_id, machine("RTX 4090"))
    assert (alone.quant, alone.kv_tokens) == (ranked[0].quant, ranked[0].kv_tokens)


def test_that_stored_facts_are_the_derived_ones(tmp_path: Path) -> None:
    """Every array and number, and a stale or damaged file is not read."""
    path = tmp_path / "facts.npz"
    write_facts(path, SOME, "digest")
    assert read_facts(path, "another") is None
    stored = read_facts(path, "digest")
    assert stored is not None
    assert tuple(stored) == SOME
    for model_id in SOME:
        kept, derived = (
            stored[model_id],
            weight_table(catalogue_inventory(model_id), architecture_entry(model_id).spec),
        )
        assert kept.table.roles == derived.roles
        assert np.array_equal(kept.table.before, derived.before)
        assert all(np.array_equal(getattr(kept.table, n), getattr(derived, n)) for n in PER_KIND)
        assert isinstance(kept, ModelFacts)
        assert kept.reads == model_facts(model_id).reads
    path.write_bytes(path.read_bytes()[:500])
    assert read_facts(path, "digest") is None
    assert facts_digest() == facts_digest()


def test_that_the_longest_context_is_left_to_vllm_and_more_users_get_less(library: Library) -> None:
    """One user: --max-model-len auto; four: a length that four requests have at once."""
    one = plan(library, "Qwen3-30B-A3B", machine("RTX 4090"), objective="context")
    assert one.command is not None
    assert one.command.argv[one.command.argv.index("--max-model-len") + 1] == "auto"
    four = plan(library, "Qwen3-30B-A3B", machine("RTX 4090"), objective="context", n_parallel=4)
    assert (four.n_ctx or 0) < (one.n_ctx or 0)
    assert (four.max_concurrency or 0) >= 4


def test_that_more_users_are_served_where_each_may_be_slower(library: Library) -> None:
    """The number of requests a step follows the speed each user must have."""

    def served(minimum: float) -> int:
        found = plan(library, "Qwen3-8B", machine("RTX 4090"), objective="users", min_decode_tps=minimum)
        return int(next(r for r in found.reasons if "users have" in r).split()[0])

    slow, fast = served(10.0), served(100.0)
    assert slow > fast >= 1
    found = plan(library, "Qwen3-8B", machine("RTX 4090"), objective="users", min_decode_tps=100.0)
    assert found.settings["max_num_seqs"] == fast


def test_that_docker_runs_the_same_options_with_the_version_as_tag(library: Library) -> None:
    """After the image the command is that of the plan."""
    found = plan(library, "Qwen3-8B", machine("RTX 4090"))
    assert found.command is not None
    argv = found.commands[0].argv
    image = argv.index("vllm/vllm-openai:v0.33.0")
    assert argv[image + 1 :] == found.command.argv[2:]


def test_that_two_machines_hold_what_one_does_not(library: Library) -> None:
    """DeepSeek V3.2 in FP8 on 8 × H100: natively one command a machine, with Ray one for each and one more."""
    model = library.find_model("deepseek-ai/DeepSeek-V3.2").model
    where = machine("H100 SXM 80GB", 8, ram=512)
    facts = vllm_model(model.id)
    found = several_machines(model, facts, where, Wishes(), "0.33", "FP8")
    assert found is not None
    n_machines, best = found
    settings = best.setup.settings
    assert n_machines == settings.pipeline_parallel_size == 2
    assert settings.tensor_parallel_size == 8
    one = plan_vllm(library.catalogue, model, where, Wishes(), "FP8")
    texts = [(c.where, c.posix) for c in one.commands]
    assert any("--nnodes 2" in text and "--node-rank 1" in text and "--headless" in text for _, text in texts)
    assert any(text.startswith("ray start --head") for _, text in texts)


def test_that_latent_projections_are_copied_after_loading() -> None:
    """DeepSeek V3 on 8 GPUs: 0.24 GiB each; nothing where attention is plain."""
    v3 = architecture_entry("deepseek-ai/DeepSeek-V3").spec
    assert latent_copies(v3, 8, 1)[0] == 61 * 16 * (128 + 128) * 512 * 2
    assert latent_copies(v3, 8, 2).sum() == latent_copies(v3, 8, 1).sum()
    assert latent_copies(architecture_entry("Qwen/Qwen3-8B").spec, 8, 1).sum() == 0


def test_that_lora_slots_take_rank_times_inputs_and_outputs() -> None:
    """Llama 3.1 8B at rank 16 has 41,943,040 adapter values (seven matrices of 32 layers)."""
    table = vllm_model("meta-llama/Llama-3.1-8B-Instruct").facts.table
    one = adapter_bytes(table, VllmSettings(enable_lora=True, max_loras=1, max_lora_rank=16))
    assert one == 41_943_040 * 2
    assert adapter_bytes(table, VllmSettings(enable_lora=True, max_loras=4, max_lora_rank=64)) == 16 * one
    assert adapter_bytes(table, VllmSettings(max_loras=4)) == 0


@pytest.mark.parametrize(
    ("model", "block", "page"),
    [
        ("meituan-longcat/LongCat-Flash-Chat", 16, 16 * 1152 * 56),
        ("MiniMaxAI/MiniMax-M3", 128, 128 * (60 * 2 * 4 * 128 * 2 + 57 * 128 * 2)),
    ],
)
def test_that_layers_with_two_attentions_and_with_key_indexers_are_counted(
    model: str, block: int, page: int
) -> None:
    """Read in vLLM's source, worked by hand."""
    layout = cache_layout(architecture_entry(model).spec, CacheSettings())
    assert layout.block_sizes == (block,)
    assert layout.pool_bytes == (page,)
