"""What the user asks for; everything not asked for is the planner's to choose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.llama_build import DEFAULT_BUILD, LlamaBuild
from planner.settings import LlamaSettings, Workload
from planner.units import GIB

if TYPE_CHECKING:
    from planner.llama_context import LlamaContext
    from planner.workers import Worker

DEFAULT_N_CTX = 8192
DEFAULT_MIN_DECODE_TPS = 5.0
DEFAULT_WORKLOAD = Workload()
USES = ("chat", "code", "vision", "long")
USE_BENCHMARKS = {"chat": "MMLU-Pro", "code": "SWE-bench Verified", "vision": "MMMU", "long": "MMLU-Pro"}
"""The one benchmark that orders models for a use; scores of different benchmarks are never compared."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """A question with its defaults."""

    n_ctx: int = DEFAULT_N_CTX
    """Tokens each user gets."""
    n_parallel: int = 1
    n_ubatch: int = 512
    cache_type_k: str = "f16"
    cache_type_v: str = "f16"
    objective: str = "quality"
    """``quality``, ``speed`` or ``context``."""
    use: str = "chat"
    min_decode_tps: float = DEFAULT_MIN_DECODE_TPS
    reserve_bytes: float = GIB
    workload: Workload = DEFAULT_WORKLOAD
    engine: str = "llama.cpp"
    engine_version: str = DEFAULT_BUILD
    backend: str | None = None
    projector: bool = False
    """Load the vision projector too."""
    draft_model: str | None = None
    """A smaller model that drafts, by its id; None = none."""
    draft_quant: str = "Q4_K_M"
    draft_n_max: int = 3
    """Tokens drafted at once."""
    mtp: bool = False
    """Draft with the model's own prediction blocks."""
    cache_ram_mib: int | None = None
    """Room kept in host memory for llama-server's prompt cache; None = what is left. [MiB]"""
    workers: tuple[Worker, ...] = ()
    """Other machines that lend their GPUs (``--rpc``)."""
    yarn: bool = False
    """Contexts beyond the trained one too, where the model's maker offers them with YaRN."""
    runtime_overhead: str = "typical"
    """``low``, ``typical`` or ``high`` end of what driver contexts took in logs."""

    @property
    def loads_more(self) -> bool:
        """Something beside the model is loaded or kept room for."""
        return self.projector or self.mtp or self.draft_model is not None or self.cache_ram_mib is not None

    def for_vllm(self, most_n_ctx: int | None = None) -> Wishes:
        """The same question put to vLLM, whose own version is taken when none is stated; ``most_n_ctx`` tokens at most."""
        n_ctx = self.n_ctx if most_n_ctx is None else min(self.n_ctx, most_n_ctx)
        return replace(self, engine="vllm", engine_version=DEFAULT_BUILD, n_ctx=n_ctx)

    @property
    def build(self) -> LlamaBuild:
        """Memory rules of the llama.cpp build asked for."""
        return LlamaBuild.from_version(self.engine_version)

    def settings(self, n_ctx_total: int) -> LlamaSettings:
        """Settings every plan starts from: explicit, so that no default of a build changes them."""
        return LlamaSettings(
            n_ctx=n_ctx_total,
            n_parallel=self.n_parallel,
            n_batch=max(2048, self.n_ubatch),
            n_ubatch=self.n_ubatch,
            flash_attn="on",
            cache_type_k=self.cache_type_k,
            cache_type_v=self.cache_type_v,
            fit=False,
            cache_ram_mib=self.cache_ram_mib,
            mmproj=self.projector,
            draft_model=self.draft_model,
            draft_quant=None if self.draft_model is None else self.draft_quant,
            draft_n_max=self.draft_n_max,
            spec_type=("draft-mtp",) if self.mtp else ("draft-simple",) if self.draft_model else (),
        )

    def context(self, backend: str) -> LlamaContext:
        """The same for the memory formulas."""
        from planner.llama_context import LlamaContext

        return LlamaContext.from_settings(self.settings(self.n_ctx * self.n_parallel), self.build, backend)
