"""The architecture record: what it accepts, what it refuses, and that JSON keeps it."""

from __future__ import annotations

import json

import pytest

from models_db.architecture import ArchitectureError, ArchitectureSpec, TowerSpec
from models_db.architecture_table import architecture_entry, architecture_ids

SMALL = {
    "gguf_arch": "llama",
    "hf_arch": "LlamaForCausalLM",
    "n_layers": 3,
    "n_embd": 8,
    "n_vocab": 16,
    "n_ctx_train": 64,
}


def test_that_every_record_survives_json():
    for hf_id in architecture_ids():
        spec = architecture_entry(hf_id).spec
        assert ArchitectureSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


def test_that_defaults_are_left_out_of_json():
    assert ArchitectureSpec.from_dict(SMALL).to_dict() == SMALL


def test_that_all_faults_are_listed_at_once():
    with pytest.raises(ArchitectureError) as caught:
        ArchitectureSpec.from_dict(
            {
                "n_layers": "3",
                "n_embd": True,
                "n_vocab": 5,
                "n_ctx_train": 7,
                "colour": "red",
                "towers": [{"size": 3}, 4],
            }
        )
    faults = "\n".join(caught.value.faults)
    for expected in (
        "colour: unknown key",
        "gguf_arch: missing",
        "n_layers: expected int",
        "n_embd: expected int",
        "towers[0].size: unknown key",
        "towers[0].kind: missing",
        "towers[1]: expected an object",
    ):
        assert expected in faults


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_layers": 0}, "n_layers: must be positive"),
        ({"n_heads": [4, 4]}, "n_heads: 2 entries for 3 layers"),
        ({"mixer": ["full", "full", "magic"]}, "mixer: 'magic' is none of"),
        ({"n_ff": -1}, "n_ff: must be finite and not negative"),
        ({"rope_theta": float("nan")}, "rope_theta: must be finite"),
        ({"n_experts": 4, "n_experts_used": 5}, "n_experts_used: 5 of 4 experts"),
        ({"mixer": 3}, "mixer: expected str or a list of str"),
        ({"towers": {}}, "towers: expected a list"),
    ],
)
def test_that_impossible_values_are_refused(change: dict[str, object], message: str):
    with pytest.raises(ArchitectureError, match=message.replace("[", r"\[")):
        ArchitectureSpec.from_dict({**SMALL, **change})


def test_that_a_tower_must_be_of_a_known_kind():
    with pytest.raises(ArchitectureError, match=r"towers\[0\]\.kind: 'smell'"):
        ArchitectureSpec(**SMALL, towers=(TowerSpec(kind="smell", family="nose"),))


def test_that_one_value_stands_for_all_layers_and_mtp_blocks_repeat_the_last():
    spec = ArchitectureSpec(**SMALL, n_layer_nextn=2, n_heads=4, n_kv_heads=(1, 2, 3))
    assert spec.per_layer("n_heads") == (4,) * 5
    assert spec.per_layer("n_kv_heads") == (1, 2, 3, 3, 3)
