"""Exact compute buffers of one run, by building its graph and allocating it as ggml would.

:func:`compute_buffers` is the truth the coefficients of :mod:`planner.graph_columns` are drawn from; a plan that will be
shown or checked asks it directly (5 to 100 ms), searches over thousands of cells use the coefficients.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models_db.inventory import ModelInventory
from models_db.inventory import Tensor as WeightTensor
from planner.formulas.kv_cache import BYTES_PER_ELEMENT, QUANTIZED_TYPES, cache_cells
from planner.graph.architectures import Decoder
from planner.graph.index import index_of
from planner.graph.reduce import OFFLOADED_REPEATS, REPEATS, layer_kinds, representative_layers
from planner.graph.scheduler import SchedulerRules, graph_buffers
from planner.graph.settings import GraphSettings
from planner.graph.tensor import Tensor
from planner.llama_build import LlamaBuild

CURRENT_BUILD = LlamaBuild()
CUDA_LIKE = frozenset({"cuda", "rocm"})
"""Backends built from ggml-cuda: they convert caches inside the compute buffer and fuse weighted expert sums."""

EXPERT_OVERRIDE = re.compile(r"\.ffn_(up|down|gate|gate_up)_(ch|)exps")
"""What ``--cpu-moe`` and ``--n-cpu-moe`` move (common/arg.cpp, ``LLM_FFN_EXPS_REGEX``); biases and scales go along."""


@dataclass(frozen=True, slots=True)
class ComputeCase:
    """Everything besides the model that decides the compute buffers of one run."""

    start: tuple[int, ...]
    """First layer of the host, of each GPU, and one past the output layer
    (a row of :class:`planner.formulas.layer_placement.LayerBoundaries`)."""
    n_ctx: int
    """``-c``, resolved. [tokens]"""
    n_batch: int = 2048
    n_ubatch: int = 512
    n_seq_max: int = 4
    kv_unified: bool = True
    whole_ubatch: bool = False
    """Logits are reserved for every token of a micro-batch (every program but llama-server)."""
    flash_attn: bool = True
    """On or automatic; automatic turns itself off where the backend has no kernel for the head size."""
    cache_type_k: str = "f16"
    cache_type_v: str = "f16"
    swa_full: bool = False
    kv_offload: bool = True
    op_offload: bool = True
    n_cpu_moe: int = 0
    """First blocks whose routed experts stay on the host."""
    overrides: tuple[tuple[str, int], ...] = ()
    """Patterns of ``-ot`` in order, each with its device: 0 = host, 1 … = GPUs."""
    split_layers: bool = True
    """``-sm layer``; other modes have no pipeline."""
    pipeline: bool | None = None
    """None = as llama.cpp decides; False = it fell back, or the devices lack events (RPC, SYCL)."""
    backend: str = "cuda"
    build: LlamaBuild = CURRENT_BUILD
    no_alloc: bool = False
    """As the automatic fit and llama-fit-params measure, which lose what was pinned to a device."""


def compute_buffers(
    model: ModelInventory,
    case: ComputeCase,
    nbytes: Callable[[WeightTensor], float],
    quick: bool = False,
) -> NDArray[np.float64]:
    """Bytes of the compute buffer on the host and on each GPU.

    Parameters
    ----------
    model : ModelInventory
    case : ComputeCase
    nbytes : callable
        Stored bytes of a weight; matters only for weights that stay on the host beside a GPU.
    quick : bool
        Let a few layers stand for all even where weights stay on the host (there the packing of their copies may
        then differ).

    Returns
    -------
    ndarray, shape (n_gpus + 1,)
        Host first. With no GPU it is the CPU backend's buffer. [bytes]

    Notes
    -----
    llama.cpp src/llama-context.cpp, ``sched_reserve``; ggml/src/ggml-backend.cpp and ggml-alloc.c, 0.5.0-dev.
    """
    n_gpus = len(case.start) - 2
    homes: list[int] = []
    for device in range(n_gpus + 1):
        homes += [n_gpus if device == 0 else device - 1] * (case.start[device + 1] - case.start[device])
    window = max((cache.window for cache in model.layers), default=0)
    cells = cache_cells(
        case.n_ctx, case.n_seq_max, case.kv_unified, window, case.n_ubatch, case.swa_full, case.n_batch
    )
    tokens = min(case.n_ctx, case.n_batch, case.n_ubatch)
    rounded = -(-tokens // case.n_seq_max) * case.n_seq_max
    rules = tuple((re.compile(pattern), device) for pattern, device in case.overrides)
    known: dict[str, int | None] = {}

    def moved_to(tensor: WeightTensor) -> int | None:
        if tensor.name not in known:
            device = next((device for pattern, device in rules if pattern.search(tensor.name)), None)
            if device is None and tensor.layer < case.n_cpu_moe and EXPERT_OVERRIDE.search(tensor.name):
                device = 0
            known[tensor.name] = None if device is None else n_gpus if device == 0 else device - 1
        return known[tensor.name]

    def weighs(tensor: WeightTensor) -> float | None:
        moved = moved_to(tensor)
        home = homes[tensor.layer] if moved is None else moved
        return nbytes(tensor) if n_gpus and (home == n_gpus or home != homes[tensor.layer]) else None

    overridden = case.n_cpu_moe > 0 or bool(rules)
    full = n_gpus > 0 and case.start[1] == 0
    pipeline = n_gpus > 1 and full and case.kv_offload and not overridden and case.split_layers
    if case.pipeline is not None:
        pipeline = pipeline and case.pipeline
    flash = case.flash_attn and (n_gpus == 0 or supports_flash_attention(model, case))
    settings = GraphSettings(
        n_tokens=rounded,
        n_seqs=case.n_seq_max,
        n_outputs=tokens if case.whole_ubatch else min(tokens, case.n_seq_max),
        cells=int(cells.per_stream),
        window_cells=int(cells.window),
        n_stream=int(cells.n_stream),
        flash_attn=flash,
        v_transposed=not case.flash_attn,
        k_size=BYTES_PER_ELEMENT[case.cache_type_k],
        v_size=BYTES_PER_ELEMENT[case.cache_type_v],
        k_quantized=case.cache_type_k in QUANTIZED_TYPES,
        v_quantized=case.cache_type_v in QUANTIZED_TYPES,
        k_f16=case.cache_type_k == "f16",
        v_f16=case.cache_type_v == "f16",
        n_gpus=n_gpus,
        layer_home=tuple(homes),
        kv_offload=case.kv_offload,
        full_offload=full,
        mask_f16=case.build.mask_f16,
        direct_embeddings=case.build.direct_embeddings_reserved,
        mamba2_flat=case.build.mamba2_flat,
        scratch=case.backend in CUDA_LIKE and case.build.fa_scratch_in_buffer,
        moved_to=moved_to,
        nbytes=nbytes,
        no_alloc=case.no_alloc,
    )
    layers = list(range(model.n_layers))
    index = index_of(model)
    offloaded = n_gpus > 0 and (case.start[1] > 0 or case.n_cpu_moe > 0 or bool(case.overrides))
    if not index.accumulates and (quick or index.periodic):
        repeats = OFFLOADED_REPEATS if offloaded and not quick else REPEATS
        layers = representative_layers(layer_kinds(model, homes, weighs), keep=4, repeats=repeats)
    graph = Decoder(model, settings, layers).build()
    scheduler = SchedulerRules(
        n_gpus=n_gpus,
        op_offload=case.op_offload and case.backend != "rpc",
        pipeline=pipeline,
        keeps_experts=case.backend in CUDA_LIKE and case.build.moe_fusion_keeps_experts,
        idle_inputs_copied=case.build.idle_inputs_copied,
        supports=_supports,
    )
    sizes = graph_buffers(graph, scheduler)
    return np.array([sizes[-1], *sizes[:-1]], dtype=np.float64)


def _supports(node: Tensor, backend: int) -> bool:
    """Whether a CUDA device runs a node (ggml-cuda.cu, ``ggml_backend_cuda_device_supports_op``)."""
    if node.op == "ssm_conv":
        return node.src[0].ne[1] % 128 == 0
    return True


PLAIN_HEADS = frozenset({40, 64, 72, 80, 96, 112, 128, 256})
"""Head sizes CUDA's flash attention takes when keys and values are equally wide."""


def supports_flash_attention(model: ModelInventory, case: ComputeCase) -> bool:
    """Whether the GPU has a flash-attention kernel for every attention layer (ggml-cuda/fattn.cu).

    Other backends than CUDA and ROCm are assumed to have one where CUDA has.
    """
    for cache in model.layers[: model.n_layers]:
        if not cache.n_embd_k or not cache.head_dim_k:
            continue
        head_k, head_v = cache.head_dim_k, cache.head_dim_v
        groups = cache.n_heads // max(cache.n_kv_heads if cache.n_embd_v else 1, 1)
        grouped = groups >= 2
        fits = (
            (head_k in PLAIN_HEADS and head_v == head_k)
            or (head_k == 192 and head_v == 128 and grouped and groups % 8 == 0)
            or (head_k == 320 and head_v == 256 and grouped and groups % 32 == 0)
            or (head_k == 512 and head_v == 512 and grouped)
            or (head_k == 576 and head_v == 512 and grouped)
        )
        if not fits:
            return False
    return True


class ComputeSimulator:
    """Compute buffers of one model in one quantization, each case computed once."""

    def __init__(self, model: ModelInventory, nbytes: Callable[[WeightTensor], float]) -> None:
        self.model = model
        self.nbytes = nbytes
        self._known: dict[ComputeCase, NDArray[np.float64]] = {}

    def __call__(self, case: ComputeCase) -> NDArray[np.float64]:
        """Bytes on the host and on each GPU; see :func:`compute_buffers`."""
        simple = case
        if case.n_cpu_moe >= self.model.n_layers:
            simple = replace(case, n_cpu_moe=self.model.n_layers)
        found = self._known.get(simple)
        if found is None:
            found = self._known[simple] = compute_buffers(self.model, simple, self.nbytes)
        return found.copy()
