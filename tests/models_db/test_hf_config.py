"""Reading configurations as they are published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from models_db.architecture import ArchitectureError
from models_db.architecture_table import architecture_entry, catalogue_inventory
from models_db.builders import build_inventory
from models_db.hf_config import architecture_from_hf_config, readers
from models_db.parameters import parameter_parts


def config(name: str, **values: Any) -> dict[str, Any]:
    return {"architectures": [name], "max_position_embeddings": 8192, **values}


NOT_IN_THE_CATALOGUE = {
    "Qwen1.5-MoE-A2.7B": (
        config(
            "Qwen2MoeForCausalLM",
            hidden_size=2048,
            num_hidden_layers=24,
            num_attention_heads=16,
            num_key_value_heads=16,
            intermediate_size=5632,
            moe_intermediate_size=1408,
            shared_expert_intermediate_size=5632,
            num_experts=60,
            num_experts_per_tok=4,
            vocab_size=151936,
        ),
        14_315_784_192,
    ),
    "gemma-7b": (
        config(
            "GemmaForCausalLM",
            hidden_size=3072,
            num_hidden_layers=28,
            num_attention_heads=16,
            num_key_value_heads=16,
            head_dim=256,
            intermediate_size=24576,
            vocab_size=256000,
        ),
        8_537_680_896,
    ),
    "Phi-3.5-MoE": (
        config(
            "PhiMoEForCausalLM",
            hidden_size=4096,
            num_hidden_layers=32,
            num_attention_heads=32,
            num_key_value_heads=8,
            intermediate_size=6400,
            num_local_experts=16,
            num_experts_per_tok=2,
            vocab_size=32064,
            attention_bias=True,
            lm_head_bias=True,
        ),
        41_873_153_344,
    ),
    "glm-4-9b-chat": (
        config(
            "ChatGLMModel",
            hidden_size=4096,
            num_layers=40,
            num_attention_heads=32,
            multi_query_attention=True,
            multi_query_group_num=2,
            kv_channels=128,
            ffn_hidden_size=13696,
            padded_vocab_size=151552,
            seq_length=131072,
            add_qkv_bias=True,
        ),
        9_399_951_360,
    ),
}
"""Configurations of models no table here was made from, with the published number of parameters."""


@pytest.mark.parametrize("name", NOT_IN_THE_CATALOGUE)
def test_that_models_outside_the_catalogue_are_counted_exactly(name: str):
    source, published = NOT_IN_THE_CATALOGUE[name]
    assert parameter_parts(build_inventory(architecture_from_hf_config(source)))["main"] == published


def test_that_every_reader_has_a_builder():
    from models_db.builders import builders

    known = builders()
    missing = {c for c, (arch, _) in readers().items() if (arch or c) not in known and c not in known}
    assert not missing


def test_that_a_text_model_inside_a_wrapper_is_read():
    source = {
        "architectures": ["Gemma3ForConditionalGeneration"],
        "text_config": {
            "hidden_size": 2560,
            "num_hidden_layers": 34,
            "num_attention_heads": 8,
            "num_key_value_heads": 4,
            "head_dim": 256,
            "intermediate_size": 10240,
            "vocab_size": 262208,
            "max_position_embeddings": 131072,
            "sliding_window": 1024,
        },
    }
    spec = architecture_from_hf_config(source)
    inventory = build_inventory(spec)
    assert inventory.layers == catalogue_inventory("google/gemma-3-4b-it").layers
    assert inventory.total_parameters == catalogue_inventory("google/gemma-3-4b-it").total_parameters


def test_that_an_unknown_class_is_refused_by_name():
    with pytest.raises(ArchitectureError, match="architectures: BrandNewForCausalLM is not known"):
        architecture_from_hf_config({"architectures": ["BrandNewForCausalLM"]})
    with pytest.raises(ArchitectureError, match="architectures: none given is not known"):
        architecture_from_hf_config({})


def test_that_missing_dimensions_are_all_named():
    with pytest.raises(ArchitectureError) as caught:
        architecture_from_hf_config({"architectures": ["LlamaForCausalLM"]})
    assert [f.split(":")[0] for f in caught.value.faults] == ["n_layers", "n_embd", "n_vocab", "n_ctx_train"]


SMALL = config(
    "LlamaForCausalLM",
    hidden_size=64,
    num_hidden_layers=2,
    num_attention_heads=4,
    intermediate_size=128,
    vocab_size=100,
)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"hidden_size": "big"}, "invalid literal for int.*'big'"),
        ({"num_attention_heads": [1]}, "wrong form"),
        ({"intermediate_size": "wide"}, "n_ff: expected int or a list of int, got 'wide'"),
        ({"num_hidden_layers": -2}, "n_layers: must be positive, got -2"),
    ],
)
def test_that_a_damaged_configuration_says_what_is_wrong(broken: dict[str, Any], message: str):
    with pytest.raises(ArchitectureError, match=message):
        architecture_from_hf_config({**SMALL, **broken})


def test_that_published_configurations_give_the_catalogue_row(shared_dir: Path):
    """Complete configurations need no help: the table's own corrections concern only partial ones."""
    folder = shared_dir / "reference" / "models" / "configs"
    read, wrong = 0, []
    for path in sorted(folder.glob("*.json")):
        source = json.loads(path.read_text(encoding="utf-8"))
        note = source.get("_source", "")
        if source.get("_partial") or "litgpt" in note or "RECOLLECTED" in note or "DEFAULTS" in note:
            continue
        hf_id = path.stem.replace("--", "/")
        if "adapted" in architecture_entry(hf_id).source or hf_id == "stepfun-ai/Step-3.7-Flash":
            continue
        read += 1
        counted = parameter_parts(build_inventory(architecture_from_hf_config(source)))["main"]
        if counted != parameter_parts(catalogue_inventory(hf_id))["main"]:
            wrong.append(hf_id)
    assert read > 60
    assert not wrong
