"""What one layer keeps in vLLM's paged cache: the rules of its ``get_kv_cache_spec`` methods.

vLLM cuts the cache into pages. A page of an attention layer holds ``block_size`` tokens; a page of a recurrent layer
holds one whole state. Read in vLLM 0.32.0 and 0.33.0: v1/kv_cache_interface.py (page sizes, blocks per request),
model_executor/layers/attention (which specification a layer has), model_executor/layers/mamba/mamba_utils.py (shapes
of states), platforms/interface.py (``_align_hybrid_block_size``), platforms/cuda.py (order of attention backends).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from models_db.architecture import ArchitectureSpec

DEFAULT_BLOCK_SIZE = 16
"""``CacheConfig.DEFAULT_BLOCK_SIZE``. [tokens]"""
MLA_HYBRID_ALIGNMENT = 128
"""Hybrid models with latent attention: blocks are multiples of it. [tokens]"""
GDN_CHECKPOINT_ALIGNMENT = 64
"""FlashInfer's gated delta rule exports states at multiples of it (from 0.33). [tokens]"""
DS_MLA_BYTES = 656
"""``fp8_ds_mla``: 512 FP8 values, 4 FP32 scales, 64 BF16 values of a token. [bytes]"""
INDEXER_SCALE_BYTES = 4
"""One FP32 scale beside the FP8 key of an indexer. [bytes]"""
FP8_DTYPES = frozenset({"fp8", "fp8_e4m3", "fp8_e5m2", "fp8_inc", "fp8_ds_mla"})
KEY_INDEXERS = ("MiniMaxM3",)
"""Beginnings of class names whose indexer keeps one BF16 key a token beside plain attention, in blocks of 128 tokens
(vLLM models/minimax_m3/common/indexer.py; read, not run)."""
INDEXER_KEY_BYTES = 2
"""``indexer_kv_dtype`` is bf16 unless ``--attention-config`` says otherwise. [bytes]"""
EXPANDED_LATENT = ("MiniCPM3",)
"""Beginnings of class names with latent projections whose cache holds whole keys and values of every query head."""
TWO_ATTENTIONS = ("LongcatFlash",)
"""Beginnings of class names whose layers hold two attentions and two dense parts."""
FLOAT32_STATES = ("NemotronH", "Qwen3_5", "Qwen4Exp")
"""Beginnings of class names whose configuration states FP32 recurrent states (``mamba_ssm_dtype``); vLLM's default is
the model's own type, except KDA, which is always FP32."""


class CacheFault(ValueError):
    """A cache vLLM cannot build, the message says which."""


class UnknownCache(CacheFault):
    """A cache whose rule is not known here."""


class SpecKind(StrEnum):
    """Kinds of pages."""

    FULL = "full"
    MLA = "mla"
    SLIDING = "sliding"
    CHUNKED = "chunked"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class CacheSpec:
    """What one layer keeps; layers with equal records can share a group."""

    kind: SpecKind
    block_size: int
    """Tokens per page. [tokens]"""
    page_bytes: int
    window: int = 0
    """Window or chunk. [tokens]"""
    n_states: int = 0
    """Pages one request holds, for recurrent layers."""
    subtype: str = ""
    """Tells layers apart that vLLM never merges (an indexer beside its attention, head sizes)."""


@dataclass(frozen=True, slots=True)
class CacheSettings:
    """What the cache depends on besides the model."""

    tensor_parallel_size: int = 1
    kv_cache_dtype: str = "auto"
    """As resolved: a checkpoint that carries a KV scheme has already turned ``auto`` into ``fp8_e4m3``."""
    block_size: int | None = None
    """``--block-size``; None = the backend's preference."""
    compute_capability: float = 9.0
    version: str = "0.33"
    prefix_caching: bool = True
    model_dtype_bytes: int = 2
    hybrid_manager: bool = True
    """False: ``--disable-hybrid-kv-cache-manager``."""
    n_speculative_tokens: int = 0
    mamba_ssm_cache_dtype: str = "auto"

    @property
    def element_bytes(self) -> int:
        """Bytes of one cached key or value element."""
        if self.kv_cache_dtype == "auto":
            return self.model_dtype_bytes
        if self.kv_cache_dtype in ("bfloat16", "float16", "half"):
            return 2
        if self.kv_cache_dtype in FP8_DTYPES:
            return 1
        raise UnknownCache(f"the page size of --kv-cache-dtype {self.kv_cache_dtype} is not known here")

    @property
    def quantized(self) -> bool:
        """True for FP8 caches."""
        return self.kv_cache_dtype in FP8_DTYPES


def cache_specs(spec: ArchitectureSpec, settings: CacheSettings) -> tuple[tuple[CacheSpec, ...], ...]:
    """Return what every layer keeps, shape (n_layers,) of zero, one or two records each.

    Parameters
    ----------
    spec : ArchitectureSpec
        Published dimensions.
    settings : CacheSettings

    Raises
    ------
    CacheFault
        For caches whose rule is not known (compressed caches of DeepSeek V4, indexers beside plain attention), and
        tensor-parallel sizes the key/value heads cannot be split into.
    """
    if spec.compress_ratios:
        raise UnknownCache(
            "vLLM keeps a window, compressed tokens and the compressor's state of this architecture in separate pools; "
            "their sizes are not known here"
        )
    beside = spec.indexer_head_dim > 0 and not spec.kv_lora_rank
    if beside and not spec.hf_arch.startswith(KEY_INDEXERS):
        raise UnknownCache(
            "vLLM keeps ring buffers and compressed keys beside this architecture's attention; their sizes are not "
            "known here"
        )
    mixers = spec.per_layer("mixer")[: spec.n_layers]
    n_attention = sum(m not in ("none", *_PURE_RECURRENT) for m in mixers)
    mla = is_latent(spec)
    block = settings.block_size or _preferred_block_size(spec, settings)
    state_bytes = _state_bytes(spec, settings)
    hybrid = state_bytes > 0 and n_attention > 0
    if hybrid:
        block, page = _hybrid_block_size(spec, settings, block, state_bytes)
    else:
        page = state_bytes
    state = CacheSpec(SpecKind.STATE, block, page, n_states=_states_per_request(spec, settings))
    heads = spec.per_layer("n_kv_heads")
    indexers = spec.per_layer("indexer_full")
    n_own = spec.n_layers - spec.n_kv_shared_layers
    keys = [
        (m, heads[il], bool(indexers[il]) if spec.indexer_head_dim else False, il < n_own)
        for il, m in enumerate(mixers)
    ]
    kinds: dict[tuple[str, int, bool, bool], tuple[CacheSpec, ...]] = {}
    for layer in dict.fromkeys(keys):
        mixer, n_heads, indexed, own = layer
        kept: list[CacheSpec] = []
        if mixer in _RECURRENT:
            kept.append(state)
        if mixer not in ("none", *_PURE_RECURRENT) and own:
            if mla:
                kept.append(_mla_spec(spec, settings, block))
                if indexed:
                    kept.append(_indexer_spec(spec, block))
            else:
                kept.append(_attention_spec(spec, settings, mixer, n_heads, block))
                if indexed:
                    key = CacheSpec(
                        SpecKind.MLA,
                        block,
                        block * spec.indexer_head_dim * INDEXER_KEY_BYTES,
                        subtype="indexer",
                    )
                    kept.append(key)
        kinds[layer] = tuple(kept) * attentions_per_layer(spec)
    return tuple(kinds[key] for key in keys)


def attentions_per_layer(spec: ArchitectureSpec) -> int:
    """Attentions a published layer holds (vLLM model_executor/models/longcat_flash.py has two in each)."""
    return 2 if spec.hf_arch.startswith(TWO_ATTENTIONS) else 1


_RECURRENT = ("mamba1", "mamba2", "full+mamba2", "gated_delta", "kda", "short_conv")
_PURE_RECURRENT = ("mamba1", "mamba2", "gated_delta", "kda", "short_conv")


def is_latent(spec: ArchitectureSpec) -> bool:
    """Whether the cache holds latent vectors (``ModelConfig.use_mla``)."""
    return spec.kv_lora_rank > 0 and not spec.hf_arch.startswith(EXPANDED_LATENT)


def kv_heads_per_rank(n_kv_heads: int, tensor_parallel_size: int) -> int:
    """Key/value heads a rank holds: split, or one each, repeated (``ModelConfig.get_num_kv_heads``).

    Raises
    ------
    CacheFault
        When they can be neither split nor repeated evenly.
    """
    tp = tensor_parallel_size
    if n_kv_heads % tp and tp % n_kv_heads:
        raise CacheFault(f"{n_kv_heads} key/value heads can be neither split over nor repeated on {tp} GPUs")
    return max(1, n_kv_heads // tp)


def _attention_spec(
    spec: ArchitectureSpec, settings: CacheSettings, mixer: str, n_kv_heads: int, block: int
) -> CacheSpec:
    local = mixer in ("sliding", "chunked") and spec.sliding_window > 0
    dim_k = (spec.head_dim_k_swa if mixer == "sliding" else 0) or spec.head_dim_k
    dim_v = (spec.head_dim_v_swa if mixer == "sliding" else 0) or spec.head_dim_v
    if spec.kv_lora_rank:
        n_kv_heads, dim_k = max(spec.per_layer("n_heads")), spec.qk_nope_head_dim + spec.qk_rope_head_dim
        dim_v = dim_k  # values are padded to the keys' width
    n_heads = kv_heads_per_rank(n_kv_heads, settings.tensor_parallel_size)
    page = block * n_heads * (dim_k + dim_v) * settings.element_bytes
    kind = {"sliding": SpecKind.SLIDING, "chunked": SpecKind.CHUNKED}.get(mixer, SpecKind.FULL)
    if not local or not settings.hybrid_manager:
        kind = SpecKind.FULL
    window = spec.sliding_window if kind is not SpecKind.FULL else 0
    return CacheSpec(kind, block, page, window, subtype=f"{n_heads}x{dim_k}+{dim_v}")


def _mla_spec(spec: ArchitectureSpec, settings: CacheSettings, block: int) -> CacheSpec:
    """Latent vector and rotary key of a token, the same on every rank."""
    if spec.indexer_head_dim and settings.quantized and not 10 <= settings.compute_capability < 11:
        per_token = DS_MLA_BYTES
    else:
        per_token = (spec.kv_lora_rank + spec.qk_rope_head_dim) * settings.element_bytes
    return CacheSpec(SpecKind.MLA, block, block * per_token)


def _indexer_spec(spec: ArchitectureSpec, block: int) -> CacheSpec:
    return CacheSpec(
        SpecKind.MLA, block, block * (spec.indexer_head_dim + INDEXER_SCALE_BYTES), subtype="indexer"
    )


def _preferred_block_size(spec: ArchitectureSpec, settings: CacheSettings) -> int:
    """Block size of the first attention backend that takes the model on this GPU. [tokens]"""
    capability = settings.compute_capability
    if spec.indexer_head_dim and spec.hf_arch.startswith(KEY_INDEXERS):
        return 128
    if not is_latent(spec):
        return DEFAULT_BLOCK_SIZE
    if spec.indexer_head_dim:
        return 64  # every sparse backend and the indexer
    if 9 <= capability < 10:
        return 64 if settings.quantized else DEFAULT_BLOCK_SIZE  # FLASHMLA, FLASH_ATTN_MLA
    if 10 <= capability < 11:
        return 32  # FLASHINFER_MLA takes 32 and 64
    return DEFAULT_BLOCK_SIZE  # TRITON_MLA


def _flashinfer_gdn(spec: ArchitectureSpec, settings: CacheSettings) -> bool:
    """Whether the gated delta rule runs on FlashInfer, whose prefill exports states (``_resolve_gdn_prefill_backend``)."""
    capability = settings.compute_capability
    if capability == 9.0:
        return True
    return 10 <= capability < 13 and spec.ssm_d_state == 128


def _states_per_request(spec: ArchitectureSpec, settings: CacheSettings) -> int:
    """Pages of state one request holds: one, or with prefix caching the last two and what prefill exports."""
    n = 1 + settings.n_speculative_tokens
    if settings.prefix_caching:
        n += 1 + _exports_checkpoints(spec, settings)
    return n


def _exports_checkpoints(spec: ArchitectureSpec, settings: CacheSettings) -> bool:
    mixers = set(spec.per_layer("mixer"))
    if mixers & {"mamba2", "full+mamba2"}:
        return True
    if "gated_delta" in mixers:
        return settings.version != "0.32" and _flashinfer_gdn(spec, settings)
    return False


def _hybrid_block_size(
    spec: ArchitectureSpec, settings: CacheSettings, block: int, state_bytes: int
) -> tuple[int, int]:
    """Grow the block until a page of attention holds a state; the page of both. [tokens, bytes]"""
    if spec.kv_lora_rank:
        per_token = (spec.kv_lora_rank + spec.qk_rope_head_dim) * settings.element_bytes
    else:
        heads = [h for h in spec.per_layer("n_kv_heads")[: spec.n_layers] if h]
        n_heads = kv_heads_per_rank(heads[0], settings.tensor_parallel_size)
        per_token = n_heads * (spec.head_dim_k + spec.head_dim_v) * settings.element_bytes
    alignment = max(DEFAULT_BLOCK_SIZE, block)
    if spec.kv_lora_rank:
        alignment = max(alignment, MLA_HYBRID_ALIGNMENT)
    gated = "gated_delta" in spec.per_layer("mixer")
    if settings.prefix_caching and gated and _exports_checkpoints(spec, settings):
        alignment = math.lcm(alignment, GDN_CHECKPOINT_ALIGNMENT)
    grown = alignment * math.ceil(state_bytes / (alignment * per_token))
    block = max(block, grown)
    return block, block * per_token


def _state_bytes(spec: ArchitectureSpec, settings: CacheSettings) -> int:
    """Bytes of the largest recurrent state of a layer on one rank (``MambaStateShapeCalculator``); 0 = none."""
    tp, spare = settings.tensor_parallel_size, settings.n_speculative_tokens
    conv_bytes = settings.model_dtype_bytes
    fp32 = spec.hf_arch.startswith(FLOAT32_STATES) or settings.mamba_ssm_cache_dtype == "float32"
    state_bytes = 4 if fp32 else settings.model_dtype_bytes
    taps = spec.ssm_d_conv - 1 + spare
    sizes = [0]
    mixers = set(spec.per_layer("mixer")[: spec.n_layers])
    if mixers & {"mamba2", "full+mamba2"}:
        groups = spec.ssm_n_group if spec.ssm_n_group % tp == 0 else tp
        width = spec.ssm_d_inner + 2 * groups * spec.ssm_d_state
        sizes.append(
            width // tp * taps * conv_bytes + spec.ssm_d_inner // tp * spec.ssm_d_state * state_bytes
        )
    if "mamba1" in mixers:
        inner = spec.ssm_d_inner // tp
        sizes.append(inner * (spec.ssm_d_conv - 1) * conv_bytes + inner * spec.ssm_d_state * state_bytes)
    if "gated_delta" in mixers:
        key = spec.ssm_n_group * spec.ssm_d_state
        width = 2 * key + spec.ssm_d_inner
        sizes.append(
            width // tp * taps * conv_bytes + spec.ssm_d_inner // tp * spec.ssm_d_state * state_bytes
        )
    if "kda" in mixers:
        inner = spec.kda_n_heads * spec.kda_head_dim
        sizes.append(3 * inner // tp * taps * conv_bytes + inner // tp * spec.kda_head_dim * 4)
    if "short_conv" in mixers:
        sizes.append(spec.n_embd // tp * (spec.shortconv_l_cache - 1 + spare) * conv_bytes)
    return max(sizes)


def unified_pages(specs: tuple[tuple[CacheSpec, ...], ...]) -> tuple[tuple[CacheSpec, ...], ...]:
    """Give all layers one page size: longer blocks where they divide, padding elsewhere.

    vLLM ``unify_kv_cache_spec_page_size``.

    Raises
    ------
    CacheFault
        When latent pages do not divide the largest page.
    """
    largest = max((s.page_bytes for layer in specs for s in layer), default=0)

    def grown(spec: CacheSpec) -> CacheSpec:
        if spec.page_bytes == largest:
            return spec
        if spec.kind is not SpecKind.STATE and largest % spec.page_bytes == 0:
            return replace(
                spec, block_size=spec.block_size * (largest // spec.page_bytes), page_bytes=largest
            )
        if spec.kind is SpecKind.MLA:
            raise CacheFault("pages of latent attention cannot be padded to the largest page of this model")
        return replace(spec, page_bytes=largest)

    return tuple(tuple(grown(s) for s in layer) for layer in specs)
