"""Inventories from published dimensions hold the very tensors of GGUF files: names, shapes, fixed types."""

from __future__ import annotations

import csv
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from models_db.architecture_table import catalogue_inventory

TRUTH = Path(__file__).resolve().parent.parent / "truth" / "gguf_elements.csv"


def truth_rows() -> list[dict[str, str]]:
    lines = [line for line in TRUTH.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def sparse_tool(shared_dir: Path) -> ModuleType:
    """Return the measuring tool that writes sparse GGUF files, as a module."""
    path = shared_dir / "tools" / "llama-check" / "make_sparse_gguf.py"
    if not path.exists():
        pytest.skip("no tool that writes sparse GGUF files")
    spec = importlib.util.spec_from_file_location("make_sparse_gguf", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = writes
    return module


@pytest.mark.parametrize("row", truth_rows(), ids=lambda row: row["model"])
def test_that_a_file_has_as_many_elements_as_measured(row: dict[str, str]):
    tensors = catalogue_inventory(row["hf_id"]).tensors
    assert sum(t.n_elements for t in tensors if t.source == "text") == int(row["n_elements"])


@pytest.mark.parametrize("row", truth_rows(), ids=lambda row: row["model"])
def test_that_names_shapes_and_fixed_types_are_those_of_the_file(
    row: dict[str, str], sparse_tool: ModuleType
):
    expected = {
        name: (tuple(shape), None if kind == "W" else kind)
        for name, shape, kind in sparse_tool.tensors(sparse_tool.MODELS[row["model"]])
    }
    tensors = catalogue_inventory(row["hf_id"]).tensors
    assert {t.name: (t.shape, t.fixed_type) for t in tensors if t.source == "text"} == expected


def test_that_computed_rotary_factors_live_with_the_first_block_that_uses_them():
    layers = {
        t.name: t.layer
        for hf_id in (
            "meta-llama/Llama-3.1-8B-Instruct",
            "google/gemma-4-31B-it",
            "microsoft/Phi-3.5-mini-instruct",
        )
        for t in catalogue_inventory(hf_id).tensors
        if t.name.startswith("rope_")
    }
    assert layers == {"rope_freqs.weight": 5, "rope_factors_long.weight": 0, "rope_factors_short.weight": 0}


def test_that_unused_projections_of_cacheless_layers_stay_in_the_file():
    names = {t.name for t in catalogue_inventory("google/gemma-4-E2B-it").tensors}
    assert "blk.34.attn_k.weight" in names
    assert "per_layer_token_embd.weight" in names


def test_that_copies_of_embeddings_in_mtp_blocks_are_no_part_of_the_file():
    copies = [t for t in catalogue_inventory("zai-org/GLM-4.5-Air").tensors if "nextn.embed_tokens" in t.name]
    assert [t.source for t in copies] == ["checkpoint"]
    assert all(t.mtp for t in copies)


def test_that_the_selection_bias_of_hy_v3_has_no_suffix():
    """A real loader refuses the file otherwise (llama.cpp src/models/hy-v3.cpp)."""
    names = {t.name for t in catalogue_inventory("tencent/Hy3").tensors}
    assert "blk.1.exp_probs_b" in names
    assert "blk.1.exp_probs_b.bias" not in names
