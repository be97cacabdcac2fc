"""One representation of a model: every tensor it has, and what each layer caches.

A :class:`ModelInventory` can be filled from three sources: the catalogue's published dimensions
(:mod:`models_db.builders`), a GGUF header, or a safetensors index. Everything else in the project
(parameters, bytes for a quantization, bytes read per token, placement on devices, KV cache)
is derived from it and from nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from math import prod


@dataclass(frozen=True, slots=True)
class Tensor:
    """One weight tensor, named and shaped as llama.cpp's conversion writes it."""

    name: str
    """Name as in GGUF, e.g. ``blk.3.ffn_down_exps.weight``."""
    shape: tuple[int, ...]
    """GGUF order: ``shape[0]`` is the contiguous row length; experts are the last axis."""
    layer: int
    """Block index; -1 for the input side (token_embd …), ``n_layer_all`` for the output side."""
    fixed_type: str | None = None
    """ggml type the conversion always gives it (``"F32"`` for norms, ``"MXFP4"`` for gpt-oss experts);
    None means: weight matrix, F16/BF16 on conversion, quantizable."""
    mtp: bool = False
    """True for multi-token-prediction tensors: in the file, not loaded unless MTP drafting is on."""
    source: str = "text"
    """``"text"``, ``"vision"``, ``"audio"`` or ``"checkpoint"``; only text tensors are in the model's own GGUF.
    ``"checkpoint"`` tensors are published and counted there, but llama.cpp's conversion leaves them out."""

    @property
    def n_elements(self) -> int:
        """Number of parameters."""
        return prod(self.shape)

    @property
    def role(self) -> str:
        """Name without block number and ``.weight``: ``ffn_down_exps``, ``attn_q.bias``, ``token_embd``."""
        parts = self.name.split(".")
        if parts[0] == "blk":
            parts = parts[2:]
        if parts[-1] == "weight":
            parts = parts[:-1]
        return ".".join(parts)

    @property
    def is_routed_expert(self) -> bool:
        """True for the stacked routed-expert tensors (``*_exps``), which ``--n-cpu-moe`` moves to the host."""
        return "_exps" in self.name or "_chexps" in self.name


class CacheKind(StrEnum):
    """What a layer keeps per token in its KV cache."""

    NONE = "none"
    FULL = "full"
    """All cells of the context (MLA too: ``n_embd_v`` is 0 there)."""
    SLIDING = "sliding"
    """Only a window of cells, in llama.cpp's and vLLM's window caches."""
    CHUNKED = "chunked"
    """Attention within fixed chunks (Llama 4); llama.cpp sizes it like a window."""


@dataclass(frozen=True, slots=True)
class LayerCache:
    """What one layer keeps per token and per sequence."""

    kind: CacheKind = CacheKind.NONE
    n_embd_k: int = 0
    """Key elements per cell (``n_kv_heads * head_dim_k``; MLA: ``kv_lora_rank + rope``)."""
    n_embd_v: int = 0
    """Value elements per cell; 0 under MLA."""
    window: int = 0
    """Window or chunk length in tokens; 0 unless SLIDING or CHUNKED."""
    n_embd_indexer: int = 0
    """Key elements per cell of a sparse-attention indexer (DeepSeek V3.2, GLM-5); with ``compress_ratio`` set,
    per cell of the compressed cache."""
    compress_ratio: int = 0
    """Tokens per cell of a compressed key cache kept beside the window (DeepSeek V4: 4 or 128); 0 = none. It holds
    ``n_embd_k`` elements per cell and ``pad256(ceil(n_ctx_seq / compress_ratio))`` cells per sequence; such a
    model's window, too, is kept per sequence even where the cache is unified."""
    recurrent_conv: int = 0
    """Elements per sequence of convolution state (llama.cpp ``n_embd_r``); F32."""
    recurrent_state: int = 0
    """Elements per sequence of recurrent state (llama.cpp ``n_embd_s``); F32."""
    n_heads: int = 0
    """Query heads of this layer's attention (0 without attention)."""
    n_kv_heads: int = 0
    """Key/value heads as published (meaningless under MLA, where it is 1)."""
    head_dim_k: int = 0
    """Key head size used in the attention product (MLA in llama.cpp: ``kv_lora_rank + rope``)."""
    head_dim_v: int = 0
    """Value head size (MLA in llama.cpp: ``kv_lora_rank``)."""
    recurrent_kind: str = ""
    """``""``, ``"mamba1"``, ``"mamba2"``, ``"gated_delta"``, ``"kda"``, ``"short_conv"`` or ``"compressor"``
    (DeepSeek V4: tokens not yet compressed)."""


@dataclass(frozen=True, slots=True)
class ModelInventory:
    """All tensors and layers of one model."""

    gguf_arch: str
    """llama.cpp architecture name (``general.architecture``); ``""`` if llama.cpp has none."""
    hf_arch: str
    """Class name in the Hugging Face config (``architectures[0]``)."""
    n_layers: int
    """Blocks that run, without MTP blocks."""
    n_layer_all: int
    """Blocks in the GGUF file, MTP blocks included (llama.cpp counts these for ``-ngl``)."""
    n_ctx_train: int
    n_embd: int
    n_vocab: int
    tied_embeddings: bool
    n_experts: int
    n_experts_used: int
    tensors: tuple[Tensor, ...]
    layers: tuple[LayerCache, ...]
    """One entry per block, length ``n_layer_all`` (MTP blocks included, as NONE or with their cache)."""
    hparams: dict[str, float | int | str | bool] = field(default_factory=dict)
    """Further published dimensions by GGUF-like name (``n_ff``, ``n_ff_exp``, ``n_ff_shexp``, ``n_expert_shared``,
    ``kv_lora_rank``, ``q_lora_rank``, ``ssm_d_inner``, ``ssm_n_group``, ``ssm_d_state``, ``ssm_dt_rank`` …)."""

    @property
    def total_parameters(self) -> int:
        """Parameters of the text model without MTP."""
        return sum(t.n_elements for t in self.tensors if not t.mtp and t.source == "text")
