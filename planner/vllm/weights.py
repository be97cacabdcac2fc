"""Bytes of weights on each GPU of vLLM: what tensor, pipeline and expert parallelism split, repeat and pad.

Rules of vLLM 0.32.0 and 0.33.0: model_executor/layers/linear.py (columns, rows, ``QKVParallelLinear`` repeats key/value
heads), vocab_parallel_embedding.py (vocabulary padded to 64), fused_moe (experts split along their width, or whole
experts), distributed/utils.py (``get_pp_indices``), rotary_embedding (cached cosines are buffers), and the model
classes (which ranks hold embedding, head and towers).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models_db.architecture import ArchitectureSpec
from models_db.inventory import ModelInventory
from planner.vllm.kv_capacity import pipeline_bounds
from planner.vllm.rope_cache import rope_cache_bytes
from planner.vllm.weight_formats import WHOLE, WeightFormat, keeps_bf16
from planner.vllm.weight_table import Split, WeightTable, weight_table

Floats = NDArray[np.float64]

VOCAB_PADDING = 64
"""``DEFAULT_VOCAB_PADDING_SIZE``. [rows]"""
MARLIN_MXFP4 = (256, 128)
"""Multiples that Marlin's and TensorRT-LLM's MXFP4 experts pad width and intermediate width to."""


@dataclass(frozen=True, slots=True)
class RankWeights:
    """Bytes of weights on the ranks of one pipeline stage. [bytes]"""

    embedding: float
    head: float
    experts: float
    """Routed experts."""
    towers: float
    rope: float
    """Cached cosines and sines."""
    other: float

    @property
    def total(self) -> float:
        """All of them."""
        return self.embedding + self.head + self.experts + self.towers + self.rope + self.other


EMBEDDING_EVERYWHERE = (
    "Cohere", "Gemma", "GptOss", "GraniteMoeHybrid", "HYV3", "InternLM2", "Jamba", "Lfm2", "MiniCPM", "Mixtral",
    "MuseGlimmer", "NemotronH", "Olmoe", "Qwen3Moe", "Qwen3Next", "Qwen3VLMoe", "Qwen3_5", "Qwen4Exp", "StableLm",
)  # fmt: skip
"""Beginnings of class names whose code builds the input embedding on every pipeline rank (no ``is_first_rank``)."""
HEAD_EVERYWHERE = (
    "GptOss", "GraniteMoeHybrid", "HYV3", "InternLM2", "Jamba", "MiniCPM", "Mixtral", "MuseGlimmer", "NemotronH",
    "Olmoe", "Qwen3Moe", "Qwen3Next", "Qwen3VLMoe", "StableLm",
)  # fmt: skip
"""Beginnings of class names whose code builds the head on every pipeline rank (no ``is_last_rank``)."""

_TABLES: dict[ArchitectureSpec, WeightTable] = {}


def _table(inventory: ModelInventory, spec: ArchitectureSpec) -> WeightTable:
    found = _TABLES.get(spec)
    if found is None:
        found = _TABLES[spec] = weight_table(inventory, spec)
    return found


def weights_per_rank(
    inventory: ModelInventory,
    spec: ArchitectureSpec,
    form: WeightFormat,
    tensor_parallel_size: int = 1,
    pipeline_parallel_size: int = 1,
    data_parallel_size: int = 1,
    expert_parallel: bool = False,
    version: str = "0.33",
    compute_capability: float = 9.0,
    towers: bool = True,
) -> tuple[RankWeights, ...]:
    """Bytes of weights on the ranks of every pipeline stage (all ranks of a stage hold the same).

    Parameters
    ----------
    inventory : ModelInventory
        Tensors of the model.
    spec : ArchitectureSpec
        Its published dimensions.
    form : WeightFormat
        Format of the checkpoint.
    tensor_parallel_size, pipeline_parallel_size, data_parallel_size : int
        Data parallelism repeats everything but routed experts, which are spread over it too.
    expert_parallel : bool
        Hand out whole experts instead of slices of each.
    version : str
        ``"0.32"`` or ``"0.33"``.
    compute_capability : float
        Of the GPU: decides which kernel's padding MXFP4 experts get.
    towers : bool
        False: ``--language-model-only``.

    Returns
    -------
    tuple of RankWeights
        One per pipeline stage, in order.

    Notes
    -----
    As created before loading; copies some kernels make afterwards are not included.
    """
    return table_weights(
        _table(inventory, spec),
        spec,
        form,
        tensor_parallel_size,
        pipeline_parallel_size,
        data_parallel_size,
        expert_parallel,
        version,
        compute_capability,
        towers,
    )


def table_weights(
    table: WeightTable,
    spec: ArchitectureSpec,
    form: WeightFormat,
    tensor_parallel_size: int = 1,
    pipeline_parallel_size: int = 1,
    data_parallel_size: int = 1,
    expert_parallel: bool = False,
    version: str = "0.33",
    compute_capability: float = 9.0,
    towers: bool = True,
    dtype_bytes: float = 2.0,
) -> tuple[RankWeights, ...]:
    """As :func:`weights_per_rank`, from a table of tensors; ``dtype_bytes`` is the width of what is not quantized."""
    tp = float(tensor_parallel_size)
    n_bytes = _tensor_bytes(
        table,
        spec,
        form,
        tp,
        tp * data_parallel_size,
        expert_parallel,
        version,
        compute_capability,
        dtype_bytes,
    )
    is_embedding, is_head, is_expert = table.is_embedding, table.is_head, table.is_expert
    everywhere = table.before[:, -1]
    embedding = float((n_bytes * everywhere)[is_embedding].sum())
    head = float((n_bytes * everywhere)[is_head].sum())
    body = np.where(is_embedding | is_head, 0.0, n_bytes)
    tower_bytes = (table.towers_split / tp + table.towers_whole) * dtype_bytes / 2.0 if towers else 0.0
    rope = rope_cache_bytes(spec, int(dtype_bytes))
    out: list[RankWeights] = []
    bounds = pipeline_bounds(spec.n_layers, pipeline_parallel_size)
    for stage, (first, end) in enumerate(bounds):
        opens, closes = stage == 0, stage == len(bounds) - 1
        # What comes before and after the layers belongs to the first and the last stage.
        held = body * (
            table.before[:, -1 if closes else end + 1] - table.before[:, 0 if opens else first + 1]
        )
        experts = float(held[is_expert].sum())
        with_embedding = opens or spec.hf_arch.startswith(EMBEDDING_EVERYWHERE)
        with_head = closes or spec.hf_arch.startswith(HEAD_EVERYWHERE)
        if spec.tied_embeddings:
            with_embedding, with_head = with_embedding or with_head, False
        out.append(
            RankWeights(
                embedding=embedding * with_embedding,
                head=head * with_head,
                experts=experts,
                towers=tower_bytes if opens or version == "0.32" else 0.0,
                rope=rope,
                other=float(held[~is_expert].sum()),
            )
        )
    return tuple(out)


def _tensor_bytes(
    table: WeightTable,
    spec: ArchitectureSpec,
    form: WeightFormat,
    tp: float,
    expert_ranks: float,
    expert_parallel: bool,
    version: str,
    capability: float,
    dtype_bytes: float = 2.0,
) -> Floats:
    """Bytes of a tensor of each kind on one rank, shape (n_kinds,)."""
    split = table.split
    n_out, n_in, n_stack = table.n_out.copy(), table.n_in.copy(), table.n_stack.copy()
    n_out = np.where(split == Split.OUT, np.ceil(n_out / tp), n_out)
    n_in = np.where(split == Split.IN, np.ceil(n_in / tp), n_in)
    heads = np.maximum(1.0, np.floor(table.n_heads / tp))
    n_out = np.where(split == Split.KV, n_out * heads / table.n_heads, n_out)
    n_out = np.where(split == Split.VOCAB, np.ceil(n_out / VOCAB_PADDING) * VOCAB_PADDING / tp, n_out)
    shared = 2.0 * spec.ssm_n_group * spec.ssm_d_state
    repeated = shared if spec.ssm_n_group % tp == 0 else 2.0 * tp * spec.ssm_d_state
    n_out = np.where(split == Split.GROUPS, (n_out - shared + repeated) / tp, n_out)
    routed = (split == Split.EXPERT_OUT) | (split == Split.EXPERT_IN) | (split == Split.EXPERT_BIAS)
    if expert_parallel:
        n_stack = np.where(routed, np.ceil(n_stack / expert_ranks), n_stack)
    else:
        n_out = np.where(split == Split.EXPERT_OUT, np.ceil(n_out / expert_ranks), n_out)
        n_in = np.where(split == Split.EXPERT_IN, np.ceil(n_in / expert_ranks), n_in)
    if form.only_experts:
        width, inner = _mxfp4_padding(version, capability)
        n_out = np.where(split == Split.EXPERT_OUT, _up(n_out, inner), n_out)
        n_in = np.where(split == Split.EXPERT_OUT, np.where(n_in > 1, _up(n_in, width), n_in), n_in)
        n_in = np.where(split == Split.EXPERT_IN, _up(n_in, inner), n_in)
        n_out = np.where((split == Split.EXPERT_IN) | (split == Split.EXPERT_BIAS), _up(n_out, width), n_out)
    dense = n_out * n_in * n_stack * np.maximum(table.dense_bytes, dtype_bytes)
    if form.method is None:
        return dense
    left_alone = {r: keeps_bf16(r, spec, form) for r in set(table.roles)}
    kept = np.array([left_alone[r] for r in table.roles]) | ~table.quantizable
    group_in, group_out = np.full_like(n_in, form.group_in), np.full_like(n_out, form.group_out)
    if form.group_out not in (1, WHOLE):  # blocks shrink until they divide the experts' width
        side = np.where(split == Split.EXPERT_IN, n_in, np.where(split == Split.EXPERT_OUT, n_out, 0.0))
        block = np.array([math.gcd(int(w), int(form.group_out)) for w in side], dtype=np.float64)
        group_in, group_out = np.where(routed, block, group_in), np.where(routed, block, group_out)
    per_in, per_out = np.ceil(n_in / group_in), np.ceil(n_out / group_out)
    packed = form.element_bytes * n_in * n_out + form.scale_bytes * per_in * per_out + form.input_bytes * n_in
    return np.where(kept, dense, packed * n_stack)


def _mxfp4_padding(version: str, capability: float) -> tuple[float, float]:
    """Multiples of width and intermediate width (``mxfp4_round_up_hidden_size_and_intermediate_size``)."""
    if version != "0.32" and 9 <= capability < 10:
        return 1.0, 64.0  # Triton's kernel
    return float(MARLIN_MXFP4[0]), float(MARLIN_MXFP4[1])


def _up(values: Floats, multiple: float) -> Floats:
    found: Floats = np.ceil(values / multiple) * multiple
    return found
