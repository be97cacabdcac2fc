"""Types and bytes of llama.cpp's quantizations against llama-quantize's own dry runs."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from sparse_models import dense_inventory, load_sparse_tool, sparse_inventory

from models_db.architecture_table import catalogue_inventory
from models_db.ggml_types import TYPE_CODES, TYPE_NAMES
from models_db.inventory import Tensor
from models_db.quant_mix import (
    FILE_TYPES,
    default_imatrix,
    file_bytes,
    imatrix_matters,
    plain_file_type,
    requires_imatrix,
    scaled_bytes,
    tensor_bytes,
    tensor_types,
)
from models_db.tensor_table import TensorTable, build_tensor_table

TRUTH = Path(__file__).resolve().parent.parent / "truth" / "llama_cpp_weights.csv"


def truth_rows() -> list[dict[str, str]]:
    with TRUTH.open(encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


@pytest.fixture(scope="module")
def tool(shared_dir: Path) -> ModuleType:
    return load_sparse_tool(shared_dir)


@pytest.fixture(scope="module")
def measured(tool: ModuleType) -> TensorTable:
    return build_tensor_table([sparse_inventory(tool, name) for name in tool.MODELS])


def mixes() -> Iterator[tuple[str, bool]]:
    yield from sorted({(row["file_type"], row["imatrix"] == "1") for row in truth_rows()})


def type_of(table: TensorTable, name: str, file_type: str, imatrix: bool = False) -> str:
    types = tensor_types(table, file_type, imatrix=imatrix)
    return TYPE_NAMES[int(types[table.names().index(name)])]


def test_that_every_measured_mix_has_the_measured_bytes(tool: ModuleType, measured: TensorTable) -> None:
    position = {name: i for i, name in enumerate(tool.MODELS)}
    results = {}
    for file_type, imatrix in mixes():
        known = "F16" if file_type == "F16+MXFP4" else file_type
        types = tensor_types(measured, known, imatrix=imatrix, source_type="F16", requantize=True)
        data = measured.sum_by_model(tensor_bytes(measured, types))
        results[file_type, imatrix] = data, file_bytes(measured, types)
    rows = truth_rows()
    assert len(rows) >= 406
    for row in rows:
        data, files = results[row["file_type"], row["imatrix"] == "1"]
        i = position[row["model"]]
        where = f"{row['model']} {row['file_type']} imatrix={row['imatrix']}"
        assert data[i] == int(row["tensor_bytes"]), where
        assert files[i] == pytest.approx(int(row["file_bytes"]), rel=1e-3), where


def test_that_the_catalogue_models_have_the_measured_bytes() -> None:
    rows = truth_rows()
    ids = sorted({row["hf_id"] for row in rows})
    table = build_tensor_table([catalogue_inventory(hf_id) for hf_id in ids])
    results = {}
    for file_type, imatrix in mixes():
        types = tensor_types(table, file_type.removesuffix("+MXFP4"), imatrix=imatrix, requantize=True)
        results[file_type, imatrix] = table.sum_by_model(tensor_bytes(table, types)), file_bytes(table, types)
    for row in rows:
        data, files = results[row["file_type"], row["imatrix"] == "1"]
        i = ids.index(row["hf_id"])
        assert data[i] == int(row["tensor_bytes"]), row
        assert files[i] == pytest.approx(int(row["file_bytes"]), rel=1e-3), row


def test_that_every_tensor_has_the_measured_type(
    tool: ModuleType, measured: TensorTable, shared_dir: Path
) -> None:
    names = measured.names()
    n_compared = 0
    for i, model in enumerate(tool.MODELS):
        path = shared_dir / "tools" / "llama-check" / "types" / f"{model}.json"
        start, stop = int(measured.first[i]), int(measured.first[i + 1])
        for mix, listed in json.loads(path.read_text(encoding="utf-8")).items():
            file_type, _, imatrix = mix.partition("+")
            types = tensor_types(
                measured, file_type, imatrix=bool(imatrix), source_type="F16", requantize=True
            )
            for j in range(start, stop):
                fixed = int(measured.fixed_type[j])
                expected = listed.get(names[j], listed["*"] if fixed < 0 else TYPE_NAMES[fixed])
                assert TYPE_NAMES[int(types[j])] == expected, f"{model} {mix} {names[j]}"
                n_compared += 1
    assert n_compared > 200_000


def test_that_each_architecture_rule_decides_as_llama_cpp_itself() -> None:
    path = TRUTH.with_name("llama_cpp_tensor_types.csv")
    with path.open(encoding="utf-8") as file:
        lines = file.readlines()
    comments = [line for line in lines if line.startswith("#")]
    file_types = comments[-1].removeprefix("#").split()
    rows = list(csv.DictReader(lines[len(comments) :]))
    assert len(file_types) >= 31
    inventories = []
    for _, group in groupby(rows, key=lambda row: row["model"]):
        of_model = list(group)
        head = of_model[0]
        n = int(head["n_layer_all"])
        tensors = tuple(
            Tensor(row["name"], (int(row["ne0"]), int(row["ne1"]), int(row["ne2"])), 0, row["source"] or None)
            for row in of_model
        )
        inventories.append(
            replace(
                dense_inventory(arch=head["arch"], n_layers=n),
                n_experts=int(head["n_experts"]),
                tensors=tensors,
                hparams={"n_gqa": int(head["n_gqa"])},
            )
        )
    table = build_tensor_table(inventories)
    assert len(set(table.arch)) >= 24
    for i, file_type in enumerate(file_types):
        types = tensor_types(table, file_type, imatrix=False, source_type="F16", requantize=True)
        expected = np.array([ord(row["types"][i]) - 48 for row in rows])
        wrong = np.flatnonzero(types != expected)
        assert not len(wrong), f"{file_type}: {[rows[j]['name'] for j in wrong[:5]]}"


def test_that_llama_8b_needs_no_shared_data_to_be_exact() -> None:
    table = build_tensor_table([dense_inventory()])
    rows = [row for row in truth_rows() if row["model"] == "llama-3.1-8b"]
    assert len(rows) >= 15
    for row in rows:
        types = tensor_types(table, row["file_type"], imatrix=row["imatrix"] == "1")
        assert tensor_bytes(table, types).sum() == int(row["tensor_bytes"]), row["file_type"]


def test_that_a_model_alone_equals_the_same_model_among_others() -> None:
    inventories = [dense_inventory(), dense_inventory(n_layers=80, n_embd=8192, n_ff=28672, n_heads=64)]
    both = build_tensor_table(inventories)
    for i, inventory in enumerate(inventories):
        alone = build_tensor_table([inventory])
        for file_type in FILE_TYPES:
            of_both = tensor_types(both, file_type)[both.first[i] : both.first[i + 1]]
            assert np.array_equal(of_both, tensor_types(alone, file_type)), file_type


def test_that_the_order_of_tensors_in_the_file_does_not_change_the_mix() -> None:
    inventory = dense_inventory()
    reversed_ = replace(inventory, tensors=inventory.tensors[::-1])
    for file_type in FILE_TYPES:
        forward = tensor_types(build_tensor_table([inventory]), file_type)
        backward = tensor_types(build_tensor_table([reversed_]), file_type)
        assert np.array_equal(forward, backward[::-1]), file_type


def test_that_rows_that_are_not_multiples_of_a_block_fall_back() -> None:
    table = build_tensor_table([dense_inventory(n_ff=14336 - 32)])
    assert type_of(table, "blk.9.ffn_down.weight", "Q4_K_S") == "Q5_0"
    assert type_of(table, "blk.9.ffn_down.weight", "Q5_K_S") == "Q5_1"
    assert type_of(table, "blk.9.ffn_down.weight", "Q6_K") == "Q8_0"
    assert type_of(table, "blk.9.ffn_down.weight", "IQ2_XS") == "IQ4_NL"
    assert type_of(table, "blk.9.ffn_down.weight", "Q2_K") == "Q4_0"
    odd = build_tensor_table([dense_inventory(n_ff=14336 - 16)])
    assert type_of(odd, "blk.9.ffn_down.weight", "Q4_K_S") == "F16"
    assert type_of(odd, "blk.9.ffn_down.weight", "Q8_0") == "F16"


def test_that_a_tied_embedding_takes_the_type_of_the_output() -> None:
    tied, untied = (build_tensor_table([dense_inventory(tied=t)]) for t in (True, False))
    for file_type, output in {
        "Q4_K_M": "Q6_K",
        "IQ2_XS": "Q5_K",
        "Q8_0": "Q8_0",
        "MXFP4_MOE": "Q8_0",
    }.items():
        assert type_of(tied, "token_embd.weight", file_type) == output
        assert type_of(untied, "output.weight", file_type) == output
    assert type_of(untied, "token_embd.weight", "IQ2_XS") == "Q2_K"
    assert type_of(untied, "token_embd.weight", "TQ1_0") == "Q4_K"


@pytest.mark.parametrize(
    ("arch", "name", "shape", "quantized"),
    [
        ("granitehybrid", "blk.0.ssm_in.weight", (4096, 16800), True),
        ("granitehybrid", "blk.0.ssm_conv1d.weight", (4, 8448), False),
        ("granitehybrid", "blk.0.ssm_norm.weight", (512, 8), False),
        ("lfm2", "blk.0.shortconv.conv.weight", (3, 2048), False),
        ("lfm2", "blk.0.shortconv.in_proj.weight", (2048, 6144), True),
        ("gemma3n", "per_layer_token_embd.weight", (7680, 262144), True),
        ("gemma3n", "per_layer_model_proj.weight", (2048, 7680), False),
        ("gemma3n", "blk.3.laurel_l.weight", (2048, 64), False),
        ("gemma3n", "altup_proj.weight", (2048, 2048, 3), False),
        ("gemma3n", "blk.3.inp_gate.weight", (2048, 256), True),
        ("deepseek32", "blk.3.indexer.attn_k.weight", (7168, 128), True),
        ("glm5-next", "blk.3.indexer.attn_k.weight", (7168, 128), False),
        ("minimax-m3", "blk.3.indexer.k_proj.weight", (6144, 128), False),
        ("kimi-linear", "blk.0.ssm_conv1d_q.weight", (4, 1, 4096), False),
        ("kimi-linear", "blk.0.ssm_f_a.weight", (2304, 128), True),
        ("glm5-next", "blk.0.ssm_f_a.weight", (2304, 128), False),
        ("qwen3next", "blk.0.ffn_gate_inp.weight", (2048, 512), False),
        ("qwen3next", "blk.0.ffn_gate_inp_shexp.weight", (2048, 1), False),
        ("qwen3next", "blk.0.ssm_ba.weight", (2048, 64), True),
        ("gpt2", "position_embd.weight", (768, 1024), False),
        ("rwkv7", "blk.0.time_mix_w1.weight", (2048, 96), False),
    ],
)
def test_that_only_the_matrices_llama_quantize_allows_are_quantized(
    arch: str, name: str, shape: tuple[int, ...], quantized: bool
) -> None:
    base = dense_inventory(arch=arch, n_layers=4)
    extra = Tensor(name, shape, 0)
    table = build_tensor_table([replace(base, tensors=(*base.tensors, extra))])
    assert bool(table.quantizable[-1]) is quantized
    assert (type_of(table, name, "Q8_0") == "BF16") is not quantized


def test_that_the_indexer_key_counts_as_attention_key_like_in_llama_quantize() -> None:
    base = dense_inventory(arch="deepseek32")
    extra = Tensor("blk.9.indexer.attn_k.weight", (4096, 128), 9)
    table = build_tensor_table([replace(base, tensors=(*base.tensors, extra))])
    assert type_of(table, extra.name, "IQ3_XXS", imatrix=True) == "IQ2_S"


def test_that_eight_experts_get_q8_attention_values() -> None:
    eight = build_tensor_table([replace(dense_inventory(), n_experts=8, n_experts_used=2)])
    assert type_of(eight, "blk.5.attn_v.weight", "Q4_K_M") == "Q8_0"
    assert type_of(eight, "blk.5.attn_k.weight", "Q4_K_M") == "Q8_0"
    assert type_of(eight, "blk.5.attn_output.weight", "Q4_K_M") == "Q5_K"


def test_that_experts_of_gpt_oss_stay_mxfp4_unless_requantized() -> None:
    base = dense_inventory()
    expert = Tensor("blk.9.ffn_up_exps.weight", (4096, 1024, 32), 9, "MXFP4")
    table = build_tensor_table([replace(base, tensors=(*base.tensors, expert))])
    for file_type in FILE_TYPES:
        assert int(tensor_types(table, file_type)[-1]) == TYPE_CODES["MXFP4"]
    assert int(tensor_types(table, "Q4_K_S", requantize=True)[-1]) == TYPE_CODES["Q4_K"]


def test_that_an_unknown_file_type_is_named() -> None:
    with pytest.raises(ValueError, match="'Q4_K_XL'"):
        tensor_types(build_tensor_table([dense_inventory()]), "Q4_K_XL")


@pytest.mark.parametrize("file_type", FILE_TYPES)
def test_that_imatrix_matters_exactly_where_it_is_said_to(file_type: str) -> None:
    # both with and without grouped attention, since that decides for some
    table = build_tensor_table([dense_inventory(), dense_inventory(n_kv_heads=32)])
    with_, without = (tensor_types(table, file_type, imatrix=i) for i in (True, False))
    assert np.array_equal(with_, without) is not imatrix_matters(file_type)
    assert default_imatrix(file_type) or not requires_imatrix(file_type)


def test_that_mixes_with_q8_embeddings_have_the_published_sizes() -> None:
    # a publisher's listing of a Llama 3.1 70B, GB with two decimals, read 2026-11-25;
    # the tokenizer adds 7.8 MB
    published = {
        "Q8_0": 74.98, "Q6_K": 57.89, "Q5_K_L": 50.60, "Q5_K_M": 49.95, "Q5_K_S": 48.66, "Q4_K_L": 43.30,
        "Q4_K_M": 42.52, "Q4_K_S": 40.35, "Q4_0": 40.12, "Q3_K_XL": 38.06, "IQ4_XS": 37.90, "Q3_K_L": 37.14,
        "Q3_K_M": 34.27, "IQ3_M": 31.94, "Q3_K_S": 30.91,
    }  # fmt: skip
    table = build_tensor_table([dense_inventory(n_layers=80, n_embd=8192, n_ff=28672, n_heads=64)])
    for file_type, gigabytes in published.items():
        size = file_bytes(table, tensor_types(table, file_type))[0] + 7.8e6
        assert size / 1e9 == pytest.approx(gigabytes, abs=0.0051), file_type


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Q4_K_M", "Q4_K_M"),
        ("q4_k_m", "Q4_K_M"),
        ("UD-Q4_K_XL", "Q4_K_M"),
        ("UD-Q2_K_XL", "Q2_K"),
        ("UD-Q3_K_XL", "Q3_K_M"),
        ("UD-Q6_K_XL", "Q6_K"),
        ("UD-Q8_K_XL", "Q8_0"),
        ("UD-IQ2_XXS", "IQ2_XXS"),
        ("Q3_K_XL", "Q3_K_L"),
        ("Q6_K_L", "Q6_K"),
        ("MXFP4", "MXFP4_MOE"),
        ("AWQ", None),
        ("Q9_K_XL", None),
    ],
)
def test_that_a_mix_is_recognized_by_the_file_type_in_its_name(name: str, plain: str | None) -> None:
    assert plain_file_type(name) == plain


def test_that_a_known_size_is_spread_over_the_quantized_tensors_only() -> None:
    table = build_tensor_table([dense_inventory(), dense_inventory(tied=True)])
    types = tensor_types(table, "Q4_K_M")
    known = np.array([4_990_000_000.0, np.nan])
    spread = scaled_bytes(table, types, known)
    overhead = file_bytes(table, types) - table.sum_by_model(tensor_bytes(table, types))
    assert table.sum_by_model(np.nan_to_num(spread))[0] + overhead[0] == pytest.approx(known[0], abs=1)
    assert np.isnan(spread[table.model == 1]).all()
    norms = (table.model == 0) & ~table.quantizable
    assert np.array_equal(spread[norms], tensor_bytes(table, types)[norms])


@pytest.mark.bench
def test_that_a_whole_catalogue_in_all_file_types_takes_under_a_second() -> None:
    table = build_tensor_table([dense_inventory(n_layers=66)] * 250)
    assert len(table.model) > 145_000
    start = time.perf_counter()
    for file_type in FILE_TYPES:
        table.sum_by_model(tensor_bytes(table, tensor_types(table, file_type)))
    assert time.perf_counter() - start < 1.0
