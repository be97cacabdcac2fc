"""What an engine is told: llama.cpp's settings with llama.cpp's defaults, and the workload put on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the window opens with the question alone; arrays come later
    import numpy as np
    from numpy.typing import NDArray

ALL_LAYERS = -1
"""``n_gpu_layers`` or ``n_cpu_moe`` = every layer."""
WHOLE_CONTEXT = 2**32 - 1
"""``fit_ctx`` that keeps the automatic fit from reducing the context (an explicit ``-c 0``)."""


@dataclass(frozen=True, slots=True)
class LlamaSettings:
    """Settings of one llama.cpp run; defaults are those of ``llama-server``.

    Names and meanings are those of the request in the project's interface: ``n_ctx`` is ``-c`` (all sequences together).
    """

    n_ctx: int = 0
    """``-c``; 0 = the model's trained context."""
    n_parallel: int | None = None
    """``-np``; None = not given (llama-server then uses 4 slots that share one unified cache)."""
    kv_unified: bool | None = None
    """``-kvu`` / ``-no-kvu``; None = not given."""
    n_batch: int = 2048
    n_ubatch: int = 512
    n_gpu_layers: int | None = None
    """``-ngl``; ALL_LAYERS = all; None = not given (llama.cpp's automatic fit decides)."""
    n_cpu_moe: int = 0
    """``--n-cpu-moe``; ALL_LAYERS = ``--cpu-moe``."""
    override_tensor: tuple[tuple[str, str], ...] = ()
    """``-ot`` pairs (pattern, buffer type), in order."""
    tensor_split: tuple[float, ...] | None = None
    split_mode: str = "layer"
    """``none``, ``layer``, ``row`` or ``tensor``."""
    main_gpu: int = 0
    devices: tuple[str, ...] | None = None
    """``--device`` list, e.g. ``("CUDA0", "CUDA1")``; ``("none",)`` = CPU only; None = all."""
    flash_attn: str = "auto"
    """``on``, ``off`` or ``auto``."""
    cache_type_k: str = "f16"
    cache_type_v: str = "f16"
    swa_full: bool = False
    kv_offload: bool = True
    op_offload: bool = True
    repack: bool = True
    load_mode: str | None = None
    """``--load-mode``: ``mmap``, ``none``, ``mlock`` …; None = the build's default (mmap)."""
    fit: bool = True
    """``--fit``; on by default in llama-server."""
    fit_target: tuple[int, ...] = (1024,)
    """``--fit-target``: what the automatic fit leaves free on each device; one value serves all. [MiB]"""
    fit_ctx: int = 4096
    """``--fit-ctx``: smallest context of a sequence the automatic fit may choose. [tokens]"""
    cache_ram_mib: int | None = None
    """``--cache-ram``; None = the build's default (8192 MiB limit)."""
    threads: int | None = None
    binary: str = "llama-server"
    """``llama-server``, ``llama-cli`` or ``llama-bench``."""
    rpc: tuple[str, ...] = ()
    """``--rpc``: other machines that lend their devices, ``host:port``."""
    mmproj: bool = False
    """A vision projector is loaded (``--mmproj``, or ``-hf`` without ``--no-mmproj``)."""
    mmproj_offload: bool = True
    ctx_checkpoints: int | None = None
    """``--ctx-checkpoints``; None = the build's default (32)."""
    draft_model: str | None = None
    """``-md`` / ``-hfd``: a smaller model that drafts, as people name it."""
    draft_quant: str | None = None
    draft_n_gpu_layers: int | None = None
    """``-ngld``; None = all."""
    draft_devices: tuple[str, ...] | None = None
    """``-devd``; None = those of the model."""
    draft_cache_type_k: str = "f16"
    draft_cache_type_v: str = "f16"
    draft_n_max: int = 3
    """``--spec-draft-n-max``: tokens drafted at once."""
    rope_scaling: str | None = None
    """``--rope-scaling``: ``none``, ``linear`` or ``yarn``; None = as the file says."""
    rope_scale: float | None = None
    """``--rope-scale``: positions are stretched so many times; None = as the file says."""
    yarn_orig_ctx: int | None = None
    """``--yarn-orig-ctx``; None = the context the file says the model was trained for. [tokens]"""
    spec_type: tuple[str, ...] = ()
    """``--spec-type``; empty = nothing is drafted, even with ``-md``."""


@dataclass(frozen=True, slots=True)
class Workload:
    """What is asked of the engine once it runs."""

    prompt_tokens: int = 512
    depth: int | NDArray[np.float64] = 0
    """Tokens already in the context before the prompt."""
    gen_tokens: int = 128
    concurrency: int = 1
    filled: bool = False
    """True takes the depth from the context: prompt and answer are its last tokens."""

    def within(self, n_ctx: int | NDArray[np.int64]) -> Workload:
        """The same workload in a context of so many tokens for each sequence.

        Parameters
        ----------
        n_ctx : int or ndarray of int
            Tokens of one sequence.
        """
        if not self.filled:
            return self
        import numpy as np

        depth = np.maximum(n_ctx - self.prompt_tokens - self.gen_tokens, 0)
        taken = depth.astype(np.float64) if isinstance(depth, np.ndarray) else int(depth)
        return replace(self, depth=taken, filled=False)
