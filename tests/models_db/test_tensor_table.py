"""What is read from tensor names and inventories before any quantization is chosen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sparse_models import dense_inventory

from models_db.ggml_types import BLOCK_BYTES, BYTES_PER_ELEMENT, TYPE_CODES, row_bytes, type_code
from models_db.inventory import CacheKind, LayerCache, Tensor
from models_db.tensor_names import Category, Place, category_of, is_routed_expert, place_of, split_name
from models_db.tensor_table import build_tensor_table, gqa_of_block_0


@pytest.mark.parametrize(
    ("suffix", "category"),
    [
        ("attn_v.weight", Category.ATTENTION_V),
        ("cross_attn_v.weight", Category.ATTENTION_V),
        ("attn_kv_b.weight", Category.ATTENTION_KV_B),
        ("attn_v_b.weight", Category.OTHER),
        ("attn_kv_a_mqa.weight", Category.OTHER),
        ("ffn_gate_up_exps.weight", Category.FFN_GATE),
        ("ffn_down_shexp.weight", Category.FFN_DOWN),
        ("ffn_up.bias", Category.FFN_UP),
        ("per_layer_token_embd.weight", Category.TOKEN_EMBD),
        ("output_norm.weight", Category.OTHER),
        ("attn_output.weight", Category.ATTENTION_OUTPUT),
        ("ssm_out.weight", Category.OTHER),
    ],
)
def test_that_names_fall_into_the_groups_of_llama_quantize(suffix: str, category: Category) -> None:
    assert category_of(suffix) is category


@pytest.mark.parametrize(
    ("suffix", "place"),
    [
        ("token_embd.weight", Place.INPUT),
        ("per_layer_token_embd.weight", Place.INPUT),
        ("token_embd_norm.weight", Place.REPEATING),
        ("per_layer_model_proj.weight", Place.REPEATING),
        ("output_norm.bias", Place.OUTPUT),
        ("altup_proj.weight", Place.OUTPUT),
        ("rope_freqs.weight", Place.REPEATING),
    ],
)
def test_that_tensors_without_block_number_know_their_side(suffix: str, place: Place) -> None:
    assert place_of(suffix) is place


def test_that_biases_of_experts_move_with_them_and_shared_experts_do_not() -> None:
    assert is_routed_expert("ffn_gate_up_exps.weight")
    assert is_routed_expert("ffn_down_exps.bias")
    assert is_routed_expert("ffn_up_chexps.weight")
    assert not is_routed_expert("ffn_up_shexp.weight")
    assert not is_routed_expert("ffn_gate_inp.weight")


def test_that_only_whole_block_names_have_a_block_number() -> None:
    assert split_name("blk.12.attn_q.weight") == (12, "attn_q.weight")
    assert split_name("enc.blk.3.attn_q.weight") == (-1, "enc.blk.3.attn_q.weight")


def test_that_names_survive_the_table() -> None:
    inventory = dense_inventory(n_layers=3)
    assert build_tensor_table([inventory]).names() == [tensor.name for tensor in inventory.tensors]


def test_that_towers_are_left_out() -> None:
    base = dense_inventory(n_layers=3)
    tower = Tensor("v.blk.0.attn_q.weight", (1024, 1024), 0, source="vision")
    table = build_tensor_table([replace(base, tensors=(tower, *base.tensors))])
    assert len(table.model) == len(base.tensors)


def test_that_lfm2_keeps_its_final_norm_with_the_output_layer() -> None:
    norm = Tensor("token_embd_norm.weight", (4096,), 3, "F32")
    layers = []
    for arch in ("lfm2", "bloom"):
        base = dense_inventory(arch=arch, n_layers=3)
        table = build_tensor_table([replace(base, tensors=(*base.tensors, norm))])
        layers.append(int(table.layer[-1]))
    assert layers == [3, 0]


def test_that_grouped_attention_is_read_from_block_0_as_stored_in_the_file() -> None:
    attention = LayerCache(CacheKind.FULL, 512, 512, n_heads=16, n_kv_heads=2)
    recurrent = LayerCache()
    latent = LayerCache(CacheKind.FULL, 576, 0, n_heads=128, n_kv_heads=128)
    base = dense_inventory(n_layers=2)
    hybrid = replace(base, layers=(recurrent, attention))
    assert gqa_of_block_0(base) == 4
    assert gqa_of_block_0(replace(hybrid, gguf_arch="qwen35moe")) == 8
    assert gqa_of_block_0(replace(hybrid, gguf_arch="granitehybrid")) == 0
    assert gqa_of_block_0(replace(base, gguf_arch="deepseek2", layers=(latent, latent))) == 128
    assert gqa_of_block_0(replace(base, gguf_arch="mamba2", layers=(recurrent, recurrent))) == 0
    assert gqa_of_block_0(replace(base, hparams={"n_gqa": 7})) == 7


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"arch": "llama", "n_layers": 80}, True),
        ({"arch": "llama", "n_layers": 80, "n_kv_heads": 32}, False),
        ({"arch": "qwen2", "n_layers": 80}, True),
        ({"arch": "qwen3", "n_layers": 80}, False),
        ({"arch": "llama", "n_layers": 79}, False),
    ],
)
def test_that_only_what_llama_cpp_calls_70b_is_70b(changes: dict[str, object], expected: bool) -> None:
    table = build_tensor_table([dense_inventory(**changes)])  # type: ignore[arg-type]
    assert bool(table.is_70b[0]) is expected


def test_that_an_unknown_fixed_type_is_named() -> None:
    base = dense_inventory(n_layers=1)
    wrong = Tensor("blk.0.x.weight", (32, 32), 0, "Q9_9")
    with pytest.raises(ValueError, match=r"blk\.0\.x\.weight.*Q9_9"):
        build_tensor_table([replace(base, tensors=(wrong,))])


def test_that_no_models_make_an_empty_table() -> None:
    table = build_tensor_table([])
    assert table.n_models == 0
    assert table.sum_by_model(np.zeros(0)).shape == (0,)


def test_that_bytes_per_element_equal_whole_rows() -> None:
    for name, code in TYPE_CODES.items():
        exact = row_bytes(code, 2**34)
        assert int(exact) == 2**34 * BYTES_PER_ELEMENT[code], name
        assert BLOCK_BYTES[code] > 0
    with pytest.raises(ValueError, match="whole number of blocks"):
        row_bytes(TYPE_CODES["Q4_K"], 257)
    with pytest.raises(ValueError, match="unknown ggml type"):
        row_bytes(4, 32)
    with pytest.raises(ValueError, match="'q9'"):
        type_code("q9")
