"""llama.cpp's settings as the memory formulas take them: defaults resolved for a program and a build."""

from __future__ import annotations

from dataclasses import dataclass

from planner.formulas.kv_cache import BYTES_PER_ELEMENT, server_slots
from planner.llama_build import LlamaBuild
from planner.settings import LlamaSettings
from planner.units import ValueFault

CURRENT_BUILD = LlamaBuild()


@dataclass(frozen=True, slots=True)
class LlamaContext:
    """Everything about a run that is the same for all cells of an evaluation."""

    n_seq_max: int = 1
    kv_unified: bool = False
    n_batch: int = 2048
    n_ubatch: int = 512
    flash_attn: bool = True
    cache_type_k: str = "f16"
    cache_type_v: str = "f16"
    swa_full: bool = False
    kv_offload: bool = True
    op_offload: bool = True
    repack: bool = True
    binary: str = "llama-server"
    threads: int | None = None
    """Processor threads the engine is told to use; None leaves the number to it."""
    backend: str = "cuda"
    build: LlamaBuild = CURRENT_BUILD
    rpc: bool = False
    """Some devices are on other machines: they have no events, so there is no pipeline parallelism."""
    n_rs_seq: int = 0
    """Recurrent states kept per sequence beside the current one, for drafting (:func:`planner.outside.states_kept`)."""

    @property
    def bytes_per_k(self) -> float:
        """Bytes per cached key element."""
        return BYTES_PER_ELEMENT[self.cache_type_k]

    @property
    def bytes_per_v(self) -> float:
        """Bytes per cached value element."""
        return BYTES_PER_ELEMENT[self.cache_type_v]

    @property
    def reserves_whole_ubatch(self) -> bool:
        """Logits are reserved for every token of a micro-batch rather than for the slots."""
        return self.binary != "llama-server" or not self.build.server_reserves_slots_only

    @classmethod
    def from_settings(cls, settings: LlamaSettings, build: LlamaBuild, backend: str) -> LlamaContext:
        """Resolve what the settings leave to the program.

        Raises
        ------
        ValueFault
            For a cache type llama.cpp does not have.
        """
        for flag, name in (("cache_type_k", settings.cache_type_k), ("cache_type_v", settings.cache_type_v)):
            if name not in BYTES_PER_ELEMENT:
                raise ValueFault(f"{flag} {name!r} is no cache type; valid: {', '.join(BYTES_PER_ELEMENT)}")
        slots, unified = server_slots(
            settings.n_parallel, settings.kv_unified, settings.binary, build.server_slots
        )
        return cls(
            n_seq_max=slots,
            kv_unified=unified,
            n_batch=settings.n_batch,
            n_ubatch=min(settings.n_ubatch, settings.n_batch),
            flash_attn=settings.flash_attn != "off",
            cache_type_k=settings.cache_type_k,
            cache_type_v=settings.cache_type_v,
            swa_full=settings.swa_full,
            kv_offload=settings.kv_offload,
            op_offload=settings.op_offload,
            repack=settings.repack,
            binary=settings.binary,
            threads=settings.threads,
            backend=backend,
            build=build,
        )
