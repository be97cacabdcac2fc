"""Bytes per layer and buffer against what llama.cpp reported for real loads without allocation."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sparse_models import dense_inventory, load_sparse_tool, sparse_inventory

from models_db.inventory import Tensor
from models_db.layer_bytes import (
    CPU_BUFFER,
    CUDA_BUFFER,
    LayerGroups,
    allocated_bytes,
    is_repacked,
    layer_bytes,
)
from models_db.quant_mix import scaled_bytes, tensor_bytes, tensor_types
from models_db.tensor_table import build_tensor_table

MIB = 2.0**20


def test_that_llama_8b_splits_as_the_log_of_a_real_load_says() -> None:
    table = build_tensor_table([dense_inventory()])
    types = tensor_types(table, "Q4_K_M")
    data = tensor_bytes(table, types)
    on_gpu = layer_bytes(table, types, allocated_bytes(table, types, data, CUDA_BUFFER))
    on_cpu = layer_bytes(table, types, allocated_bytes(table, types, data, CPU_BUFFER))
    # llama.cpp 0.5.0-dev, all layers on one CUDA device: CUDA0 4403.49, Host 281.81; CPU only: repack 3204.00
    assert (on_gpu.dense.sum() + on_gpu.rope[0]) / MIB == pytest.approx(4403.49, abs=0.01)
    assert on_cpu.input[0] / MIB == pytest.approx(281.81, abs=0.01)
    assert on_cpu.repack[0] / MIB == pytest.approx(3204.00, abs=0.01)
    assert on_gpu.tied_copy[0] == 0


def test_that_every_single_device_row_has_the_measured_model_bytes(shared_dir: Path) -> None:
    tool = load_sparse_tool(shared_dir)
    names = list(tool.MODELS)
    table = build_tensor_table([sparse_inventory(tool, name) for name in names])
    groups = LayerGroups.of(table)
    sides = {}
    compared: Counter[str] = Counter()
    with (shared_dir / "reference" / "llama.cpp" / "runtime.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["devices"] in ("cuda1", "cpu")]
    for row in rows:
        file_type, _, imatrix = row["quant"].partition("+")
        if row["model"] not in names or row["device_name"] not in ("CUDA0", "Host", "CPU_REPACK"):
            continue
        if row["quant"] not in sides:
            types = tensor_types(table, file_type, imatrix=bool(imatrix))
            data = tensor_bytes(table, types)
            sides[row["quant"]] = [
                layer_bytes(
                    table, types, allocated_bytes(table, types, data, rules), cpu="avx512", groups=groups
                )
                for rules in (CPU_BUFFER, CUDA_BUFFER)
            ]
        cpu, gpu = sides[row["quant"]]
        i = names.index(row["model"])
        n = int(table.n_layer_all[i])
        n_gpu_layers = n + 1 if row["ngl"] == "all" else int(row["ngl"])
        if row["devices"] == "cpu":
            n_gpu_layers = 0
        n_cpu_moe = n if row["n_cpu_moe"] == "all" else int(row["n_cpu_moe"])
        first = max(n + 1 - n_gpu_layers, 0)
        gpu_bytes = gpu.dense[i, first:].sum() + gpu.experts[i, max(first, n_cpu_moe) :].sum()
        gpu_bytes += (gpu.tied_copy[i] if n_gpu_layers else 0) + (gpu.rope[i] if first < n else 0)
        host_bytes = cpu.dense[i, :first].sum() + cpu.experts[i, : max(first, n_cpu_moe)].sum() + cpu.input[i]
        host_bytes += (0 if n_gpu_layers else cpu.tied_copy_on_host[i]) + (cpu.rope[i] if first else 0)
        repack = cpu.repack[i] if row["devices"] == "cpu" else 0.0
        expected = {"CUDA0": gpu_bytes, "Host": host_bytes - repack, "CPU_REPACK": repack}
        got = expected[row["device_name"]] / MIB
        assert got == pytest.approx(float(row["model_MiB"]), abs=0.011), row
        compared[row["device_name"]] += 1
    assert compared["CUDA0"] >= 600
    assert compared["Host"] >= 800
    assert compared["CPU_REPACK"] >= 200


def test_that_layers_and_input_add_up_to_all_loaded_tensors() -> None:
    base = dense_inventory()
    expert = Tensor("blk.9.ffn_up_exps.weight", (4096, 1024, 32), 9)
    drafting = Tensor("blk.32.nextn.eh_proj.weight", (8192, 4096), 32, mtp=True)
    with_experts = replace(
        base,
        n_layer_all=33,
        n_experts=32,
        n_experts_used=4,
        tensors=(*base.tensors, expert, drafting),
    )
    table = build_tensor_table([base, with_experts])
    for file_type in ("Q4_K_M", "IQ2_XS", "F16"):
        types = tensor_types(table, file_type)
        parts = layer_bytes(table, types)
        total = table.sum_by_model(tensor_bytes(table, types))
        mtp = parts.mtp_dense.sum(axis=-1) + parts.mtp_experts.sum(axis=-1)
        assert np.array_equal(parts.loaded + mtp, total)
        assert mtp[0] == 0
        assert mtp[1] > 0
        assert parts.experts[1, 9] == 8 * parts.active_experts[1, 9] == parts.largest_expert[1] > 0
        assert parts.experts.sum() == parts.experts[1, 9]
        # the output layer is the column after the last block of each model
        assert parts.output[0] == parts.output[1] == parts.dense[0, 32] == parts.dense[1, 33]
        assert parts.output_matrix[0] < parts.output[0]
        assert parts.largest_dense[0] <= parts.output_matrix[0] * 2


def test_that_a_model_alone_has_the_layers_it_has_among_others() -> None:
    inventories = [dense_inventory(n_layers=5), dense_inventory(n_layers=9, tied=True)]
    both = build_tensor_table(inventories)
    for i, inventory in enumerate(inventories):
        alone = build_tensor_table([inventory])
        parts = layer_bytes(both, tensor_types(both, "Q4_K_M"))
        single = layer_bytes(alone, tensor_types(alone, "Q4_K_M"))
        n = inventory.n_layer_all + 1
        assert np.array_equal(parts.dense[i, :n], single.dense[0])
        assert not parts.dense[i, n:].any()
        assert parts.input[i] == single.input[0]
        assert parts.repack[i] == single.repack[0]


@pytest.mark.parametrize(("arch", "always_twice"), [("gemma3", False), ("gemma4", True), ("gemma3n", True)])
def test_that_a_tied_embedding_is_in_memory_twice_with_its_output_on_a_gpu(
    arch: str, always_twice: bool
) -> None:
    table = build_tensor_table([dense_inventory(arch=arch, tied=True), dense_inventory(arch=arch)])
    types = tensor_types(table, "Q4_K_M")
    parts = layer_bytes(table, types)
    assert parts.tied_copy.tolist() == [parts.input[0], 0]
    assert parts.tied_copy_on_host.tolist() == [parts.input[0] if always_twice else 0, 0]
    # one copy is read per token, the look-up table is not
    assert parts.read_per_token[0] == parts.loaded[0] - parts.rope[0]


def test_that_only_a_large_per_layer_embedding_is_read_row_by_row() -> None:
    base = dense_inventory(arch="gemma4", tied=True)
    table_of = Tensor("per_layer_token_embd.weight", (10752, 262144), -1)
    table = build_tensor_table([replace(base, tensors=(*base.tensors, table_of))])
    small, large = (layer_bytes(table, tensor_types(table, f)) for f in ("Q4_K_M", "F16"))
    assert small.lazy_input[0] == 0
    assert large.lazy_input[0] == 10752 * 262144 * 2
    assert large.input[0] == large.lazy_input[0] + large.tied_copy[0]


def test_that_only_stacks_of_experts_and_plain_matrices_are_repacked() -> None:
    base = dense_inventory(n_layers=8)
    stack = Tensor("blk.1.ffn_up_exps.weight", (4096, 1024, 32), 1)
    heads = Tensor("blk.1.attn_k_b.weight", (256, 512, 128), 1)
    odd = Tensor("blk.1.ssm_beta.weight", (4096, 36), 1)
    table = build_tensor_table([replace(base, tensors=(*base.tensors, stack, heads, odd))])
    types = tensor_types(table, "Q4_K_S")
    mask = dict(zip(table.names(), is_repacked(table, types, "avx2").tolist(), strict=True))
    assert mask["blk.1.ffn_up_exps.weight"]
    assert mask["blk.4.attn_q.weight"]
    assert not mask["blk.1.attn_k_b.weight"]
    assert not mask["blk.1.ssm_beta.weight"]
    assert not mask["token_embd.weight"]
    assert not is_repacked(table, types, "none").any()


def test_that_arm_also_repacks_the_copy_of_a_tied_embedding() -> None:
    table = build_tensor_table([dense_inventory(tied=True)])
    types = tensor_types(table, "Q4_K_M")
    x86, arm = (layer_bytes(table, types, cpu=cpu) for cpu in ("avx2", "neon_dotprod"))
    assert x86.repack[0] < x86.loaded[0] - x86.input[0]
    # Q4_K and Q6_K both repack there, so every matrix is interleaved, the embedding's copy included
    matrices = (table.is_matmul | (table.layer < 0)) & (table.n_dims == 2)
    assert arm.repack[0] == tensor_bytes(table, types)[matrices].sum()


def test_that_layers_of_a_published_size_add_up_to_it() -> None:
    table = build_tensor_table([dense_inventory()])
    types = tensor_types(table, "Q4_K_M")
    spread = scaled_bytes(table, types, np.array([5.1e9]))
    parts = layer_bytes(table, types, spread)
    assert parts.loaded[0] == pytest.approx(5.1e9, rel=1e-4)
