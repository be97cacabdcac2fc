"""The catalogue as arrays: built once, then every estimate is a look-up and arithmetic on these columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from models_db.inventory import CacheKind, ModelInventory
from models_db.layer_bytes import (
    CPU_BUFFER,
    CUDA_BUFFER,
    LayerGroups,
    allocated_bytes,
    layer_bytes,
)
from models_db.parameters import active_parameters, parameter_parts
from models_db.quant_mix import file_bytes, tensor_bytes, tensor_types
from models_db.tensor_table import TensorTable, build_tensor_table
from planner.calibration import weight_kind
from planner.graph_columns import WINDOW_KINDS, CacheColumns, GraphColumns
from planner.layer_pairs import layer_pairs
from planner.layer_table import LayerTable
from planner.records import MovedWeights

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Group = TypeVar("Group", CacheColumns, GraphColumns)


@dataclass(frozen=True, slots=True)
class WeightColumns:
    """Bytes of weights, cumulative over layers or of shape (n_models, n_quants)."""

    dense: LayerTable
    """Everything but routed experts as GPU buffers hold it, cumulative; layer ``n_layer_all`` is the output layer, with the
    second copy of a tied token embedding. [bytes]"""
    experts: LayerTable
    """Routed experts as GPU buffers hold them, cumulative. [bytes]"""
    host_dense: LayerTable
    """As ``dense`` in host memory, where the output layer needs no second copy. [bytes]"""
    host_experts: LayerTable
    """As ``experts`` in host memory. [bytes]"""
    input: Floats
    """Input side, always in host memory. [bytes]"""
    rope: Floats
    """Rope factors, one copy on every device with blocks. [bytes]"""
    file: Floats
    """The GGUF file without tokenizer. [bytes]"""
    largest_experts: Floats
    """Largest single stack of routed experts. [bytes]"""
    largest_dense: Floats
    """Largest single matrix of the blocks that is not a routed expert. [bytes]"""
    largest_output: Floats
    """The output matrix. [bytes]"""
    repack: Floats
    """What an x86 CPU with AVX-512 repacks when everything runs on the host. [bytes]"""


@dataclass(frozen=True, slots=True)
class WorkColumns:
    """What one token makes a model do; shape (n_models,) or cumulative (n_models, n_columns)."""

    dense_parameters: Floats
    """Parameters multiplied per token, routed experts left out, cumulative over layers."""
    expert_parameters: Floats
    """Routed-expert parameters one token uses, cumulative over layers."""
    expert_share: Floats
    """Experts used over experts; 0 for dense models."""
    total_parameters: Ints
    active_parameters: Ints
    """Parameters one token uses, input embedding included."""
    n_experts: Floats
    n_experts_used: Floats
    n_embd: Floats
    n_moe_layers: Floats
    """Layers with routed experts, cumulative."""
    n_recurrent_layers: Floats
    """Recurrent layers, cumulative."""
    layer_pairs: Floats
    """Launch overhead in units of a token mixer with its feed-forward, cumulative (:mod:`planner.layer_pairs`)."""
    full_heads: Floats
    """``n_heads * (head_dim_k + head_dim_v)`` of full-attention layers, cumulative."""
    window_heads: Floats
    """The same of window layers, cumulative."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Models × quantizations as arrays."""

    ids: tuple[str, ...]
    quants: tuple[str, ...]
    weights: WeightColumns
    work: WorkColumns
    cache: CacheColumns
    graph: GraphColumns
    weight_kind: Ints
    """:class:`planner.calibration.WeightKind` of each quantization."""
    moved: MovedWeights | None = None
    """Columns of a single case only: what tensor overrides move from where the layers are
    (:mod:`planner.override_tensor`)."""

    def row(self, model_id: str) -> int:
        """Index of a model.

        Raises
        ------
        KeyError
            If the columns do not hold it.
        """
        try:
            return self.ids.index(model_id)
        except ValueError:
            raise KeyError(model_id) from None


@dataclass(frozen=True, slots=True)
class Selection:
    """Some models and quantizations of the columns, with their per-model columns gathered once."""

    columns: Columns
    rows: Ints
    """Model of each cell; broadcasts with ``quant``."""
    quant: Ints
    cache: CacheColumns
    graph: GraphColumns

    @classmethod
    def of(cls, columns: Columns, rows: Ints | Sequence[int], quant: Ints | Sequence[int]) -> Selection:
        """Select cells; ``rows`` and ``quant`` broadcast with each other and with every setting."""
        row_index = np.asarray(rows, dtype=np.int64)
        return cls(
            columns,
            row_index,
            np.asarray(quant, dtype=np.int64),
            _taken(columns.cache, row_index),
            _taken(columns.graph, row_index),
        )


def _taken(group: Group, rows: Ints) -> Group:
    """Columns of some models; all of them in order are only looked at differently, not copied."""
    n_models = len(getattr(group, fields(group)[0].name))
    everything = rows.size == n_models and bool(np.array_equal(rows.reshape(-1), np.arange(n_models)))
    values = {}
    for field in fields(group):
        column = getattr(group, field.name)
        values[field.name] = column.reshape(*rows.shape, *column.shape[1:]) if everything else column[rows]
    return type(group)(**values)


def build_columns(
    ids: Sequence[str],
    inventories: Sequence[ModelInventory],
    quants: Sequence[str],
    imatrix: bool | None = None,
) -> Columns:
    """Build the columns of some models and quantizations.

    Parameters
    ----------
    ids : sequence of str
        Names of the models, one per inventory.
    inventories : sequence of ModelInventory
    quants : sequence of str
        llama.cpp file types.
    imatrix : bool or None
        Whether an importance matrix was used; None = as published files of each type are made.
    """
    table = build_tensor_table(inventories)
    cache = CacheColumns.from_inventories(inventories)
    n_models, n_quants, width = len(inventories), len(quants), cache.k_full.shape[-1]
    names = {"dense", "experts", "host_dense", "host_experts"}
    layered = {name: np.zeros((n_models, width, n_quants)) for name in sorted(names)}
    flat_names = ("input", "rope", "file", "largest_experts", "largest_dense", "largest_output", "repack")
    flat = {name: np.zeros((n_models, n_quants)) for name in flat_names}
    groups, output_at = LayerGroups.of(table), (np.arange(n_models), table.n_layer_all + 1)
    for q, quant in enumerate(quants):
        types = tensor_types(table, quant, imatrix=imatrix)
        data = tensor_bytes(table, types)
        on_gpu = layer_bytes(table, types, allocated_bytes(table, types, data, CUDA_BUFFER), groups=groups)
        host_sizes = allocated_bytes(table, types, data, CPU_BUFFER)
        on_host = layer_bytes(table, types, host_sizes, cpu="avx512", groups=groups)
        n = on_gpu.dense.shape[-1]
        for name, values in (
            ("dense", on_gpu.dense),
            ("experts", on_gpu.experts),
            ("host_dense", on_host.dense),
            ("host_experts", on_host.experts),
        ):
            layered[name][:, 1 : n + 1, q] = values
        layered["dense"][..., q][output_at] += on_gpu.tied_copy
        layered["host_dense"][..., q][output_at] += on_host.tied_copy_on_host
        flat["input"][:, q] = on_host.input
        flat["rope"][:, q] = on_gpu.rope
        flat["file"][:, q] = file_bytes(table, types)
        flat["largest_experts"][:, q] = on_host.largest_expert
        flat["largest_dense"][:, q] = on_host.largest_dense
        flat["largest_output"][:, q] = on_host.output_matrix
        flat["repack"][:, q] = on_host.repack
    summed = {name: LayerTable.of_steps(layered.pop(name)) for name in sorted(names)}
    return Columns(
        tuple(ids),
        tuple(quants),
        WeightColumns(
            dense=summed["dense"],
            experts=summed["experts"],
            host_dense=summed["host_dense"],
            host_experts=summed["host_experts"],
            **flat,
        ),
        work_columns(table, inventories, width),
        cache,
        GraphColumns.from_inventories(inventories),
        np.array([int(weight_kind(q)) for q in quants], dtype=np.int64),
    )


def work_columns(table: TensorTable, inventories: Sequence[ModelInventory], width: int) -> WorkColumns:
    """Parameters, experts and attention of each model, from its inventory."""
    n_models = len(inventories)
    used = table.n_experts_used.astype(np.float64)
    experts = table.n_experts.astype(np.float64)
    share = np.divide(used, experts, out=np.zeros(n_models), where=experts > 0)
    at_layer = np.where(table.layer < 0, 0, table.layer + 1)
    counted = ~table.mtp
    multiplied = counted & table.is_matmul
    flat = table.model * width + np.minimum(at_layer, width - 1)

    def per_layer(values: Floats, mask: NDArray[np.bool_]) -> Floats:
        sums = np.bincount(flat[mask], weights=values[mask], minlength=n_models * width)
        return np.cumsum(sums.reshape(n_models, width), axis=1)

    elements = table.n_elements.astype(np.float64)
    routed = table.is_routed_expert
    on_layer = table.layer >= 0
    dense = per_layer(elements, multiplied & ~routed & on_layer)
    tied = np.zeros((n_models, width))
    heads = {name: np.zeros((n_models, width)) for name in ("full", "window", "recurrent", "moe", "pairs")}
    for m, inventory in enumerate(inventories):
        if table.tied[m]:
            tied[m, min(inventory.n_layer_all + 1, width - 1) :] = inventory.n_embd * inventory.n_vocab
        heads["pairs"][m, 1 : inventory.n_layers + 1] = layer_pairs(inventory)
        for il, layer in enumerate(inventory.layers[: inventory.n_layers]):
            reach = layer.n_heads * (layer.head_dim_k + layer.head_dim_v)
            if layer.kind in WINDOW_KINDS:
                heads["window"][m, il + 1] = reach
            elif layer.kind is CacheKind.FULL or layer.n_heads:
                heads["full"][m, il + 1] = reach
            heads["recurrent"][m, il + 1] = float(layer.recurrent_conv + layer.recurrent_state > 0)
    has_experts = np.bincount(flat[counted & routed & on_layer], minlength=n_models * width)
    heads["moe"] = (has_experts.reshape(n_models, width) > 0).astype(np.float64)
    for name in heads:
        np.cumsum(heads[name], axis=1, out=heads[name])
    total = [parameter_parts(inventory)["main"] for inventory in inventories]
    active = [active_parameters(inventory) for inventory in inventories]
    return WorkColumns(
        dense_parameters=dense + tied,
        expert_parameters=per_layer(elements, multiplied & routed & on_layer) * share[:, None],
        expert_share=share,
        total_parameters=np.array(total, dtype=np.int64),
        active_parameters=np.array(active, dtype=np.int64),
        n_experts=experts,
        n_experts_used=used,
        n_embd=np.array([i.n_embd for i in inventories], dtype=np.float64),
        n_moe_layers=heads["moe"],
        n_recurrent_layers=heads["recurrent"],
        layer_pairs=heads["pairs"],
        full_heads=heads["full"],
        window_heads=heads["window"],
    )
