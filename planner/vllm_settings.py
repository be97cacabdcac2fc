"""What vLLM is told: the options of ``vllm serve`` that decide memory and speed, with vLLM's own defaults."""

from __future__ import annotations

from dataclasses import dataclass

AUTO_LENGTH = -1
"""``max_model_len`` = the longest that fits (``--max-model-len auto``)."""
DEFAULT_UTILIZATION = 0.92
"""``gpu_memory_utilization`` of vLLM 0.32 and 0.33 (0.90 in older versions)."""


@dataclass(frozen=True, slots=True)
class VllmSettings:
    """Options of one ``vllm serve``; names are vLLM's flags with underscores, None = not given."""

    model: str | None = None
    tensor_parallel_size: int = 1
    pipeline_parallel_size: int = 1
    data_parallel_size: int = 1
    data_parallel_size_local: int | None = None
    enable_expert_parallel: bool = False
    decode_context_parallel_size: int = 1
    prefill_context_parallel_size: int = 1
    max_model_len: int | None = None
    """Tokens; AUTO_LENGTH = the longest that fits; None = the model's own."""
    gpu_memory_utilization: float = DEFAULT_UTILIZATION
    kv_cache_dtype: str = "auto"
    kv_cache_memory_bytes: int | None = None
    """Per GPU; replaces the utilization."""
    block_size: int | None = None
    max_num_seqs: int | None = None
    """None: depends on the GPU."""
    max_num_batched_tokens: int | None = None
    """None: depends on the GPU."""
    enable_chunked_prefill: bool | None = None
    enable_prefix_caching: bool | None = None
    quantization: str | None = None
    dtype: str = "auto"
    enforce_eager: bool = False
    cpu_offload_gb: float = 0.0
    """GiB of weights per GPU kept in system memory."""
    kv_offloading_size: float | None = None
    """GiB of system memory for KV blocks."""
    load_format: str = "auto"
    distributed_executor_backend: str | None = None
    """``mp``, ``ray``, ``uni`` or ``external_launcher``; None = uni for one GPU, otherwise mp."""
    nnodes: int = 1
    node_rank: int = 0
    master_addr: str = "127.0.0.1"
    master_port: int = 29501
    headless: bool = False
    async_scheduling: bool | None = None
    disable_hybrid_kv_cache_manager: bool | None = None
    num_gpu_blocks_override: int | None = None
    max_cudagraph_capture_size: int | None = None
    mamba_cache_mode: str | None = None
    mamba_block_size: int | None = None
    mamba_cache_dtype: str = "auto"
    mamba_ssm_cache_dtype: str = "auto"
    language_model_only: bool = False
    limit_mm_per_prompt: str | None = None
    """JSON as written."""
    speculative_config: str | None = None
    """JSON as written."""
    enable_lora: bool = False
    max_loras: int = 1
    """Adapters held on the GPU at once."""
    max_lora_rank: int = 16
    hf_overrides: str | None = None
    """JSON as written."""
    trust_remote_code: bool = False
    served_model_name: tuple[str, ...] = ()

    @property
    def world_size(self) -> int:
        """GPUs of one copy of the model."""
        return self.tensor_parallel_size * self.pipeline_parallel_size * self.prefill_context_parallel_size
