"""What one compute graph is built for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from models_db.inventory import Tensor as WeightTensor


@dataclass(frozen=True, slots=True)
class GraphSettings:
    """Sizes and switches of one micro-batch graph."""

    n_tokens: int
    """Tokens of the micro-batch, a multiple of ``n_seqs``."""
    n_seqs: int
    """Sequences (slots)."""
    n_outputs: int
    """Rows of logits."""
    cells: int
    """KV cells of one stream."""
    window_cells: int
    """Cells of one stream of window layers; 0 without them."""
    n_stream: int
    flash_attn: bool
    v_transposed: bool
    """Values are stored transposed: flash attention was switched off, not just found missing."""
    k_size: float
    """Bytes per key element."""
    v_size: float
    k_quantized: bool
    v_quantized: bool
    k_f16: bool
    v_f16: bool
    n_gpus: int
    layer_home: tuple[int, ...]
    """Device of each layer and, last, of the output layer; GPUs from 0, ``n_gpus`` = host."""
    kv_offload: bool
    full_offload: bool
    """Every layer is on a GPU (``-ngl`` above the number of layers)."""
    mask_f16: bool
    """The mask is made in F16; else in F32, with an F16 copy under flash attention."""
    direct_embeddings: bool
    """Room for embeddings given directly is reserved beside the token ids."""
    mamba2_flat: bool
    """Mamba 2 multiplies the tokens of all sequences as one matrix; else one matrix per sequence."""
    scratch: bool
    """The GPU backend converts a cache that is not F16 inside the compute buffer (CUDA, ROCm)."""
    moved_to: Callable[[WeightTensor], int | None]
    """Device a tensor was overridden to (``-ot``, ``--n-cpu-moe``), GPUs from 0, ``n_gpus`` = host; None = its layer's."""
    nbytes: Callable[[WeightTensor], float]
    """Stored bytes of a weight."""
    no_alloc: bool = False
    """Measured without allocating, as the automatic fit does: ``ggml_backend_sched_reserve_size`` resets the scheduler and
    with it every node that was pinned to a device."""

    @property
    def seq_tokens(self) -> int:
        """Tokens per sequence."""
        return self.n_tokens // self.n_seqs
