"""One way to run a model under vLLM on given GPUs, evaluated: weights, budget, cache, verdict."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from models_db.architecture import ArchitectureSpec
from models_db.architecture_table import architecture_entry, catalogue_inventory
from models_db.inventory import ModelInventory
from planner.machine import Device
from planner.units import GIB
from planner.vllm.beside import adapter_bytes, drafted_tokens, latent_copies
from planner.vllm.budget import (
    BatchDefaults,
    Budget,
    batch_defaults,
    cuda_total,
    memory_budget,
    n_graph_sizes,
)
from planner.vllm.cache_specs import CacheFault, CacheSettings
from planner.vllm.kv_capacity import (
    CacheGroup,
    CacheLayout,
    KvCapacity,
    cache_groups,
    in_flight_tokens,
    kv_capacity,
    layout_of,
    longest_length,
)
from planner.vllm.model_store import ModelFacts, model_facts
from planner.vllm.weight_formats import WeightFormat
from planner.vllm.weights import RankWeights, table_weights
from planner.vllm_settings import AUTO_LENGTH, VllmSettings

Floats = NDArray[np.float64]
UNKNOWN_CAPABILITY = 8.0
"""Rules used for GPUs without a compute capability (AMD, Intel)."""
SELF_FP8_KV = frozenset({"NVFP4"})
"""Formats whose published checkpoints carry a KV scheme, so that ``auto`` becomes ``fp8_e4m3`` (NVIDIA's)."""


@dataclass(frozen=True, slots=True)
class VllmModel:
    """A model as vLLM sees it."""

    model_id: str
    spec: ArchitectureSpec
    facts: ModelFacts

    @property
    def inventory(self) -> ModelInventory:
        """Every tensor and cache, built on first use."""
        return catalogue_inventory(self.model_id)


@lru_cache(maxsize=512)
def vllm_model(model_id: str) -> VllmModel:
    """Dimensions and tensors of a model of the catalogue.

    Raises
    ------
    KeyError
        If its dimensions are not known.
    """
    return VllmModel(model_id, architecture_entry(model_id).spec, model_facts(model_id))


@dataclass(frozen=True)
class Setup:
    """Settings of one run with everything that follows from them."""

    model: VllmModel
    form: WeightFormat
    settings: VllmSettings
    gpu: Device
    """The kind of GPU every rank has."""
    total: float
    """What CUDA reports. [bytes]"""
    version: str
    resolved_kv_dtype: str
    n_tokens: int
    """``max_num_batched_tokens`` in effect."""
    n_seqs: int
    """``max_num_seqs`` in effect."""
    in_flight: int
    length: int
    """``max_model_len`` in effect. [tokens]"""
    weights: tuple[RankWeights, ...]
    """One per pipeline stage, what stays on the GPU after offloading included in ``offloaded``."""
    offloaded: float
    """Weights of each rank kept in system memory. [bytes]"""
    budget: Budget
    left: Floats
    """Memory for the cache on the ranks of each stage. [bytes]"""
    layout: CacheLayout
    capacity: KvCapacity | None
    """None for models without a cache."""
    firm: bool
    """One request fits also at the low end of the range."""
    copies: Floats
    """Copies made after loading, in ``budget.weights``, per stage. [bytes]"""
    adapters: float
    """Room for LoRA adapters, in ``budget.weights``. [bytes]"""

    @property
    def fits(self) -> bool:
        """vLLM starts and holds one request of ``length``."""
        if self.available <= 0:
            return False
        return self.capacity is None or bool(self.capacity.fits)

    @property
    def concurrency(self) -> float:
        """Requests of full length at once, over all copies."""
        if self.capacity is None:
            return float(self.n_seqs)
        return float(self.capacity.max_concurrency) * self.settings.data_parallel_size

    @cached_property
    def longest(self) -> int:
        """Longest single request; 0 if not one token fits. [tokens]"""
        limit = self.model.spec.n_ctx_train
        if not self.layout.groups:
            return limit
        return int(longest_length(self.layout, self.left, limit, self.in_flight))

    @property
    def held(self) -> float:
        """Weights, activations, the rest and the cache on the fullest rank. [bytes]"""
        outside = self.budget.requested - self.budget.weights - self.budget.kv()
        return float(np.max(self.budget.weights + outside + self.left))

    @property
    def available(self) -> float:
        """Memory for the cache on the tightest rank. [bytes]"""
        return float(np.min(self.left))


def capability_of(gpu: Device) -> float:
    """Compute capability as a number; 8.0 where there is none."""
    try:
        return float(gpu.compute_capability or UNKNOWN_CAPABILITY)
    except ValueError:
        return UNKNOWN_CAPABILITY


def resolved_kv_dtype(settings: VllmSettings, form: WeightFormat) -> str:
    """Type of the cache after the checkpoint had its say."""
    if settings.kv_cache_dtype == "auto" and form.name in SELF_FP8_KV:
        return "fp8_e4m3"
    return settings.kv_cache_dtype


@lru_cache(maxsize=4096)
def _weights(
    model_id: str,
    form: WeightFormat,
    tp: int,
    pp: int,
    dp: int,
    ep: bool,
    version: str,
    cap: float,
    towers: bool,
    dtype_bytes: int,
) -> tuple[RankWeights, ...]:
    model = vllm_model(model_id)
    return table_weights(
        model.facts.table, model.spec, form, tp, pp, dp, ep, version, cap, towers, dtype_bytes
    )


@lru_cache(maxsize=4096)
def _cache_groups(model_id: str, cache: CacheSettings) -> tuple[CacheGroup, ...]:
    return cache_groups(vllm_model(model_id).spec, cache)


@lru_cache(maxsize=4096)
def _layout(model_id: str, cache: CacheSettings, pp: int) -> CacheLayout:
    return layout_of(_cache_groups(model_id, cache), vllm_model(model_id).spec.n_layers, pp)


def effective_batch(settings: VllmSettings, defaults: BatchDefaults, length: int) -> tuple[int, int]:
    """``max_num_batched_tokens`` and ``max_num_seqs`` in effect (vLLM engine/arg_utils.py)."""
    seqs = settings.max_num_seqs
    tokens = settings.max_num_batched_tokens
    if tokens is None:
        tokens = defaults.max_num_batched_tokens
        if settings.enable_chunked_prefill is False:
            tokens = max(tokens, length)
        if seqs is not None:
            tokens = min(tokens, seqs * length)
    if seqs is None:
        seqs = min(defaults.max_num_seqs, tokens)
    return tokens, seqs


def evaluate_setup(
    model: VllmModel, form: WeightFormat, settings: VllmSettings, gpu: Device, version: str = "0.33"
) -> Setup:
    """Evaluate one run.

    Parameters
    ----------
    model : VllmModel
    form : WeightFormat
    settings : VllmSettings
    gpu : Device
        The kind of GPU every rank has.
    version : str
        vLLM version, e.g. ``"0.33"``; rules are those of 0.32 or 0.33.

    Raises
    ------
    CacheFault
        When the cache cannot be built with these settings or its rule is not known.
    """
    spec = model.spec
    tp, pp, dp = settings.tensor_parallel_size, settings.pipeline_parallel_size, settings.data_parallel_size
    if pp > spec.n_layers:
        raise CacheFault(f"{pp} pipeline stages for {spec.n_layers} layers; the most is {spec.n_layers}")
    rules = "0.32" if version.startswith("0.32") else "0.33"
    capability = capability_of(gpu)
    total = cuda_total(gpu)
    wanted = settings.max_model_len
    limit = spec.n_ctx_train
    auto = wanted == AUTO_LENGTH
    length = limit if wanted is None or auto else wanted
    n_tokens, n_seqs = effective_batch(settings, batch_defaults(gpu, total), length)
    kv_dtype = resolved_kv_dtype(settings, form)
    wide = 4 if settings.dtype in ("float", "float32") else 2
    cache = CacheSettings(
        tensor_parallel_size=tp,
        kv_cache_dtype=kv_dtype,
        block_size=settings.block_size,
        compute_capability=capability,
        version=rules,
        model_dtype_bytes=wide,
        prefix_caching=settings.enable_prefix_caching is not False,
        hybrid_manager=not settings.disable_hybrid_kv_cache_manager,
        mamba_ssm_cache_dtype=settings.mamba_ssm_cache_dtype,
        n_speculative_tokens=drafted_tokens(settings),
    )
    layout = _layout(model.model_id, cache, pp)
    experts, towers = settings.enable_expert_parallel, not settings.language_model_only
    weights = _weights(model.model_id, form, tp, pp, dp, experts, rules, capability, towers, wide)
    copies, adapters = latent_copies(spec, tp, pp), adapter_bytes(model.facts.table, settings)
    per_stage = np.array([w.total for w in weights]) + copies + adapters
    offloaded = float(min(settings.cpu_offload_gb * GIB, per_stage.min()))
    sizes = (
        0
        if settings.enforce_eager
        else n_graph_sizes(n_seqs, capability, settings.max_cudagraph_capture_size)
    )
    budget = memory_budget(
        spec,
        per_stage - offloaded,
        total,
        settings.gpu_memory_utilization,
        n_tokens,
        n_seqs,
        tp,
        pp,
        sizes,
        version,
    )
    flying = in_flight_tokens(n_tokens, pp, settings.async_scheduling is not False)
    left = {end: budget.kv(end) for end in ("low", "typical", "high")}
    if settings.kv_cache_memory_bytes is not None:
        left = dict.fromkeys(left, np.full(len(weights), float(settings.kv_cache_memory_bytes)))
    if settings.num_gpu_blocks_override is not None:
        left = dict.fromkeys(
            left, np.array(layout.pool_bytes, dtype=np.float64) * settings.num_gpu_blocks_override
        )
    capacity, firm = None, float(np.min(left["low"])) > 0
    if layout.groups:
        if auto:
            length = int(longest_length(layout, left["typical"], limit, flying)) or limit
        capacity = kv_capacity(layout, left["typical"], length, flying)
        firm = bool(kv_capacity(layout, left["low"], length, flying).fits)
    return Setup(
        model, form, settings, gpu, total, version, kv_dtype, n_tokens, n_seqs, flying, length, weights, offloaded,
        budget, left["typical"], layout, capacity, firm, copies, adapters,
    )  # fmt: skip
