"""Bytes of weights per layer: what moves with a block, with the output layer, or stays on the host.

llama.cpp loads every tensor with the input side (always host memory), with its block, or with the output
layer, which counts as one more layer after the last block (``src/llama-model.cpp``, load_tensors;
``src/llama-model-loader.cpp``, create_tensor; ``src/llama-arch.cpp``, LLM_TENSOR_INFOS; 0.5.0-dev, read
2026-11-25). ``--n-cpu-moe`` moves the routed experts of a block to the host and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models_db.ggml_types import BLOCK_BYTES, BLOCK_SIZE, IS_QUANTIZED, TYPE_CODES
from models_db.quant_mix import tensor_bytes
from models_db.tensor_names import Category
from models_db.tensor_table import Bools, Ints, TensorTable, Types

Floats = NDArray[np.float64]


class BufferRules(NamedTuple):
    """How a backend's buffers round the bytes of a tensor."""

    alignment: int
    """Every tensor starts at a multiple of this. [bytes]"""
    row_padding: int
    """The last row of a block type is stored up to a multiple of this; 0: as it is. [elements]"""


CPU_BUFFER: Final = BufferRules(alignment=32, row_padding=0)
"""``ggml/src/ggml-impl.h``, TENSOR_ALIGNMENT."""

CUDA_BUFFER: Final = BufferRules(alignment=128, row_padding=512)
"""``ggml/src/ggml-cuda/ggml-cuda.cu``, get_alignment and get_alloc_size; ROCm builds share it."""


def allocated_bytes(table: TensorTable, types: Types, data_bytes: Floats, rules: BufferRules) -> Floats:
    """Bytes every tensor takes in a buffer of a backend.

    Parameters
    ----------
    table : TensorTable
        Tensors.
    types : ndarray of int8, one per tensor
        ggml type codes.
    data_bytes : ndarray of float64, one per tensor
        Bytes of the data (:func:`~models_db.quant_mix.tensor_bytes` or ``scaled_bytes``).
    rules : BufferRules
        The backend's.
    """
    size = data_bytes
    if rules.row_padding:
        missing = -table.ne0 % rules.row_padding
        padding = missing * BLOCK_BYTES[types] / np.maximum(BLOCK_SIZE[types], 1)
        size = size + np.where(IS_QUANTIZED[types], padding, 0.0)
    return np.asarray(np.ceil(size / rules.alignment) * rules.alignment, np.float64)


class _Group(IntEnum):
    DENSE = 0
    EXPERTS = 1
    MTP_DENSE = 2
    MTP_EXPERTS = 3
    INPUT = 4
    ROPE = 5


_LAZY_ARCHS: Final = ("gemma4", "qwen4exp")
"""Architectures that load ``per_layer_token_embd`` with TENSOR_READ_LAZY (``src/models/*.cpp``)."""

_LAZY_ABOVE: Final = 4 * 2**30
"""``src/llama-model-loader.cpp``, lazy_read::add, in mode auto. [bytes]"""

_OUTPUT_FIRST_ARCHS: Final = ("gemma3n", "gemma4")
"""Architectures whose loader creates the output before the token embedding (``src/models/*.cpp``)."""


@dataclass(frozen=True, slots=True)
class LayerGroups:
    """Order of a table's tensors by group, model and layer, so that sums need no further sorting."""

    order: Ints
    """Positions of the tensors, sorted by cell."""
    start: Ints
    """Offsets in ``order`` at which a new cell begins."""
    cell: Ints
    """Index of each cell in an array of shape (n_groups, n_models, n_columns), flattened."""
    n_columns: int
    """Layers of the largest model: its blocks, MTP included, and the output layer."""
    is_matmul: Bools
    """``table.is_matmul`` in ``order``."""
    tied_embedding: Ints
    """Positions of the token embeddings that also serve as output."""
    lazy: Ints
    """Positions of the tables that may be read row by row."""
    copies_on_host: Bools
    """True for models that hold two copies of a tied embedding even in one memory, shape (n_models,)."""

    @classmethod
    def of(cls, table: TensorTable) -> LayerGroups:
        """Group the tensors of a table."""
        n_columns = int(table.n_layer_all.max(initial=0)) + 1
        routed, mtp = table.is_routed_expert, table.mtp
        group = np.select(
            [table.is_rope & (table.block < 0), table.layer < 0, mtp & routed, mtp, routed],
            [_Group.ROPE, _Group.INPUT, _Group.MTP_EXPERTS, _Group.MTP_DENSE, _Group.EXPERTS],
            _Group.DENSE,
        )
        by_layer = (group != _Group.ROPE) & (group != _Group.INPUT)
        cell = (group * table.n_models + table.model) * n_columns + np.where(by_layer, table.layer, 0)
        order = np.argsort(cell, kind="stable")
        start = np.flatnonzero(np.diff(cell[order], prepend=-1))
        embedding = np.array([s == "token_embd.weight" for s in table.suffixes], np.bool_)[table.suffix]
        per_layer = np.array([s == "per_layer_token_embd.weight" for s in table.suffixes], np.bool_)
        lazy_arch = np.array([a in _LAZY_ARCHS for a in table.arch], np.bool_)
        return cls(
            order=order,
            start=start,
            cell=cell[order][start],
            n_columns=n_columns,
            is_matmul=table.is_matmul[order],
            tied_embedding=np.flatnonzero(embedding & table.tied[table.model]),
            lazy=np.flatnonzero(per_layer[table.suffix] & lazy_arch[table.model]),
            copies_on_host=np.array([a in _OUTPUT_FIRST_ARCHS for a in table.arch], np.bool_),
        )

    def reduce(self, operation: np.ufunc, ordered: Floats, n_models: int) -> Floats:
        """Sums or maxima per group, model and layer, shape (n_groups, n_models, n_columns)."""
        out = np.zeros(len(_Group) * n_models * self.n_columns)
        if len(self.start):
            out[self.cell] = operation.reduceat(ordered, self.start)
        return out.reshape(len(_Group), n_models, self.n_columns)


@dataclass(frozen=True, slots=True)
class LayerBytes:
    """Weights of one or many models in one quantization.

    Columns are layers as llama.cpp counts them for ``-ngl``: blocks 0 … ``n_layer_all - 1``, then the output
    layer; columns beyond a model's output layer hold 0.
    """

    dense: Floats
    """Bytes of each layer without routed experts and without a tied copy, shape (n_models, n_columns)."""
    experts: Floats
    """Bytes of each block's routed experts, which ``--n-cpu-moe`` moves, shape (n_models, n_columns)."""
    active_experts: Floats
    """Bytes of routed experts that one token reads, shape (n_models, n_columns)."""
    dense_matrix: Floats
    """Largest multiplied matrix of each layer apart from routed experts, shape (n_models, n_columns)."""
    expert_matrix: Floats
    """Largest stack of routed experts of each block, shape (n_models, n_columns)."""
    mtp_dense: Floats
    """As ``dense`` for multi-token-prediction blocks, loaded only to draft with them."""
    mtp_experts: Floats
    """As ``experts`` for multi-token-prediction blocks."""
    input: Floats
    """Bytes that stay on the host whatever is offloaded: token and per-layer embeddings, (n_models,)."""
    lazy_input: Floats
    """Bytes of ``input`` that llama.cpp 0.5.0-dev reads row by row from the file by default: a per-layer
    embedding above 4 GiB (Gemma 4, Qwen 4), if every device maps files, shape (n_models,)."""
    rope: Floats
    """Bytes of rope factors, one copy on each device with blocks, shape (n_models,)."""
    tied_copy: Floats
    """Bytes of the second copy of the token embedding that an output layer on a GPU needs, (n_models,)."""
    tied_copy_on_host: Floats
    """Bytes of that copy where the output layer is on the host too: 0 but for Gemma 3n and 4, (n_models,)."""
    repack: Floats
    """Bytes of the CPU_REPACK buffer without any GPU (:func:`repack_bytes`), shape (n_models,)."""
    n_layer_all: Ints
    """Blocks of each model, those of multi-token prediction included; the column of the output layer."""

    @property
    def output(self) -> Floats:
        """Bytes of the output layer without a tied copy: final norm and output matrix, shape (n_models,)."""
        return self.dense[np.arange(len(self.n_layer_all)), self.n_layer_all]

    @property
    def largest_expert(self) -> Floats:
        """Largest stack of routed experts of each model, shape (n_models,)."""
        return np.asarray(self.expert_matrix.max(axis=-1), np.float64)

    @property
    def largest_dense(self) -> Floats:
        """Largest multiplied matrix in the blocks of each model apart from routed experts, (n_models,)."""
        in_block = np.arange(self.dense.shape[-1]) < self.n_layer_all[:, None]
        return np.asarray(np.where(in_block, self.dense_matrix, 0.0).max(axis=-1), np.float64)

    @property
    def output_matrix(self) -> Floats:
        """Largest matrix of the output layer, the tied embedding where it serves as output, (n_models,)."""
        own = self.dense_matrix[np.arange(len(self.n_layer_all)), self.n_layer_all]
        return np.maximum(own, self.tied_copy)

    @property
    def loaded(self) -> Floats:
        """Bytes in one memory without MTP and without a tied copy, shape (n_models,)."""
        layers = self.dense.sum(axis=-1) + self.experts.sum(axis=-1)
        return np.asarray(layers + self.input + self.rope, np.float64)

    @property
    def read_per_token(self) -> Floats:
        """Bytes of weights one token reads: all but the look-up tables and unused experts, (n_models,)."""
        layers = self.dense.sum(axis=-1) + self.active_experts.sum(axis=-1)
        return np.asarray(layers + self.tied_copy, np.float64)


def layer_bytes(
    table: TensorTable,
    types: Types,
    sizes: Floats | None = None,
    *,
    cpu: str = "avx2",
    groups: LayerGroups | None = None,
) -> LayerBytes:
    """Bytes per layer of one or many models in one quantization.

    Parameters
    ----------
    table : TensorTable
        Tensors of one or many models.
    types : ndarray of int8, one per tensor
        ggml type codes.
    sizes : ndarray of float64, one per tensor, optional
        Bytes of each tensor; default its data. Others: as a backend allocates it
        (:func:`allocated_bytes`), or spread from a published size (``quant_mix.scaled_bytes``).
    cpu : str
        What the processor repacks, a key of :data:`REPACK_ROWS`.
    groups : LayerGroups, optional
        ``LayerGroups.of(table)``, kept by callers that ask for many quantizations.

    Returns
    -------
    LayerBytes

    Notes
    -----
    The tied copy is the ``TENSOR_DUPLICATED`` token embedding of ``src/models/*.cpp``: a model without
    ``output.weight`` keeps one on the host for look-ups and loads it once more as output matrix, unless
    both go to the same buffer. ``gemma3n.cpp`` and ``gemma4.cpp`` create the output first, which makes
    two copies in every case. Active experts: ``n_experts_used / n_experts`` of every stack.
    """
    groups = groups if groups is not None else LayerGroups.of(table)
    n_models = table.n_models
    sizes = tensor_bytes(table, types) if sizes is None else np.asarray(sizes, np.float64)
    ordered = sizes[groups.order]
    sums = groups.reduce(np.add, ordered, n_models)
    largest = groups.reduce(np.maximum, np.where(groups.is_matmul, ordered, 0.0), n_models)
    tied = np.zeros(n_models)
    tied[table.model[groups.tied_embedding]] = sizes[groups.tied_embedding]
    lazy = np.zeros(n_models)
    lazy[table.model[groups.lazy]] = np.where(sizes[groups.lazy] > _LAZY_ABOVE, sizes[groups.lazy], 0.0)
    used = np.minimum(table.n_experts_used, table.n_experts) / np.maximum(table.n_experts, 1)
    return LayerBytes(
        dense=sums[_Group.DENSE],
        experts=sums[_Group.EXPERTS],
        active_experts=sums[_Group.EXPERTS] * used[:, None],
        dense_matrix=largest[_Group.DENSE],
        expert_matrix=largest[_Group.EXPERTS],
        mtp_dense=sums[_Group.MTP_DENSE],
        mtp_experts=sums[_Group.MTP_EXPERTS],
        input=sums[_Group.INPUT][:, 0],
        lazy_input=lazy,
        rope=sums[_Group.ROPE][:, 0],
        tied_copy=tied,
        tied_copy_on_host=np.where(groups.copies_on_host, tied, 0.0),
        repack=repack_bytes(table, types, sizes, cpu),
        n_layer_all=table.n_layer_all,
    )


REPACK_ROWS: Final[dict[str, dict[str, int]]] = {
    "avx2": {"Q4_0": 8, "Q4_K": 8, "IQ4_NL": 8, "MXFP4": 8},
    "avx512": {"Q4_0": 8, "Q4_K": 8, "IQ4_NL": 8, "MXFP4": 8, "Q2_K": 8},
    "neon_dotprod": {
        "Q4_0": 4,
        "Q4_K": 8,
        "Q5_K": 8,
        "Q6_K": 8,
        "IQ4_NL": 4,
        "MXFP4": 4,
        "Q8_0": 4,
        "Q1_0": 4,
    },
    "none": {},
}
"""Types that a CPU's kernels interleave, with the number of rows that must divide a matrix.

llama.cpp ``ggml/src/ggml-cpu/repack.cpp``, ggml_repack_get_optimal_repack_type. The keys name what the
CPU and the build can do: x86 with AVX2, x86 with AVX-512 too, Arm with the dot-product instructions (with
or without int8 matrix multiplication, which changes the layout and not the set). RISC-V, IBM z, Intel AMX and
KleidiAI buffers are not covered.
"""


def is_repacked(table: TensorTable, types: Types, cpu: str) -> Bools:
    """Which tensors llama.cpp copies, interleaved, into a CPU_REPACK buffer if no GPU is used.

    Parameters
    ----------
    table : TensorTable
        Tensors.
    types : ndarray of int8, one per tensor
        ggml type codes.
    cpu : str
        A key of :data:`REPACK_ROWS`.

    Raises
    ------
    KeyError
        If ``cpu`` is none of them.

    Notes
    -----
    Two-dimensional matrices that are multiplied, and three-dimensional stacks of experts; not look-up
    tables, nor the per-head stacks of latent attention. A tied token embedding that qualifies is copied
    as output matrix and also kept for look-ups. ``--no-repack`` turns it off; with a GPU present the
    pinned host buffer comes first in the list and nothing is repacked, except with RPC devices alone,
    which have none: then the tensors of the layers on the host are.
    """
    rows = np.zeros(len(BLOCK_SIZE), np.int64)
    for name, needed in REPACK_ROWS[cpu].items():
        rows[TYPE_CODES[name]] = needed
    needed_rows = rows[types]
    fits = (needed_rows > 0) & (table.ne1 % np.maximum(needed_rows, 1) == 0)
    shape_fits = np.where(table.is_routed_expert, table.n_dims == 3, table.n_dims == 2)
    as_output = (table.category == Category.TOKEN_EMBD) & (table.layer < 0)
    as_output &= (
        table.tied[table.model]
        & np.array([s == "token_embd.weight" for s in table.suffixes], np.bool_)[table.suffix]
    )
    used = as_output | (~table.mtp & table.is_matmul)
    return np.asarray(fits & shape_fits & used, np.bool_)


def repack_bytes(table: TensorTable, types: Types, sizes: Floats, cpu: str) -> Floats:
    """Bytes of the CPU_REPACK buffer of each model on a machine without GPU.

    Parameters
    ----------
    table : TensorTable
        Tensors.
    types : ndarray of int8, one per tensor
        ggml type codes.
    sizes : ndarray of float64, one per tensor
        Bytes of each tensor.
    cpu : str
        A key of :data:`REPACK_ROWS`.

    Returns
    -------
    ndarray, shape (n_models,)
        Bytes. Without memory mapping they leave the ordinary buffer (but for a tied embedding); with it
        the pages of the file stay mapped besides.
    """
    return table.sum_by_model(np.where(is_repacked(table, types, cpu), sizes, 0.0))
