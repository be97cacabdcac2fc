"""What changed in llama.cpp between builds, as far as memory is concerned.

A build is named as users see it: ``b10434`` (a release number), ``0.5.0-dev`` (the version new builds print)
or an
Ollama/LM Studio date. Only facts that change a byte count are kept here; each is dated by the pull request
that made it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

DEFAULT_BUILD = "0.5.0-dev"
"""The source tree all rules were read from (ggml 0.25.3)."""


@dataclass(frozen=True, slots=True)
class LlamaBuild:
    """Memory rules of one llama.cpp build."""

    name: str = DEFAULT_BUILD
    number: int | None = None
    """Release number (``10434`` for ``b10434``); None for versions that carry none."""
    server_reserves_slots_only: bool = True
    """llama-server reserves logits for its slots, not for the whole micro-batch (pull request 23861, May
    2026)."""
    mask_f16: bool = True
    """The attention mask is built in F16 under flash attention (pull request 23764, May 2026); before: F32
    and a cast copy."""
    server_slots: int = 4
    """Slots when ``-np`` is not given: 4 with one unified cache since pull request 16736 (October 2025), 1
    before."""
    moe_fusion_keeps_experts: bool = True
    """CUDA's fused weighted sum of experts keeps its inputs alive (graph_optimize dependencies; after
    b10434)."""
    mtp_block_cached: bool = False
    """The trunk allocates KV for the multi-token-prediction block too (b10434 did for GLM-4.5)."""
    idle_inputs_copied: bool = True
    """Pipeline parallelism keeps copies also of graph inputs that no node reads (after b10434)."""

    direct_embeddings_reserved: bool = True
    """Room for embeddings given directly is kept beside token ids (pull request 18550, January 2026)."""
    fa_scratch_in_buffer: bool = True
    """CUDA converts a quantized cache inside the compute buffer; before, in its pool, invisible in the log."""
    fit_counts_streams: bool = True
    """The automatic fit takes trained and smallest context for every stream of a divided cache (after b10434); before,
    for all together."""

    mamba2_flat: bool = True
    """Mamba 2 projects tokens of all sequences as one matrix (mamba-base.cpp; after b10434); before, one matrix per
    sequence."""

    @classmethod
    def from_version(cls, version: str | None) -> LlamaBuild:
        """Return the rules of a version as users write it.

        Parameters
        ----------
        version : str or None
            ``"b10434"``, ``"10434"``, ``"0.5.0-dev"``; None = :data:`DEFAULT_BUILD`.

        Raises
        ------
        ValueError
            If the text names no build.
        """
        if version is None or version.strip() in ("", DEFAULT_BUILD):
            return cls()
        text = version.strip().lower()
        found = re.fullmatch(r"b?(\d{4,6})(?:\b.*)?", text)
        if not found:
            if found := re.match(r"0\.(\d+)\.\d+", text):
                if int(found.group(1)) <= LAST_MINOR_WITHOUT_FUSION_DEPENDENCIES:
                    rules = cls.from_version(f"b{LAST_BUILD_WITHOUT_FUSION_DEPENDENCIES}")
                    return replace(rules, name=version.strip(), number=None)
                return cls(name=version.strip())
            raise ValueError(f"{version!r} names no llama.cpp build; examples: b10434, {DEFAULT_BUILD}")
        number = int(found.group(1))
        return cls(
            name=f"b{number}",
            number=number,
            server_reserves_slots_only=number >= LOGITS_FOR_SLOTS,
            mask_f16=number >= MASK_F16,
            server_slots=4 if number >= FOUR_SLOTS else 1,
            moe_fusion_keeps_experts=number > LAST_BUILD_WITHOUT_FUSION_DEPENDENCIES,
            mtp_block_cached=number <= LAST_BUILD_WITHOUT_FUSION_DEPENDENCIES,
            idle_inputs_copied=number > LAST_BUILD_WITHOUT_FUSION_DEPENDENCIES,
            direct_embeddings_reserved=number >= DIRECT_EMBEDDINGS,
            fa_scratch_in_buffer=number >= FA_SCRATCH,
            fit_counts_streams=number > LAST_BUILD_WITHOUT_FUSION_DEPENDENCIES,
            mamba2_flat=number > LAST_BUILD_WITHOUT_FUSION_DEPENDENCIES,
        )


LOGITS_FOR_SLOTS = 9500
"""Pull request 23861 was opened 2026-05-29; b9272 is without it, b9849 with it: the middle, uncertain by 300
builds."""
MASK_F16 = 9500
"""Pull request 23764 was opened 2026-05-27; same bracket."""
FOUR_SLOTS = 6850
"""Pull request 16736 was opened 2025-10-23; b7079 has it."""
LAST_BUILD_WITHOUT_FUSION_DEPENDENCIES = 10434
"""b10434 is the newest build seen without them; the next seen is 0.5.0-dev."""
LAST_MINOR_WITHOUT_FUSION_DEPENDENCIES = 1
"""0.1.0's source is without them, 0.5.0-dev's has them; of 0.2 to 0.4 nothing was seen, and they count as new."""
DIRECT_EMBEDDINGS = 7700
"""Pull request 18550; logs up to b7342 are without it, logs since March 2026 with it."""
FA_SCRATCH = 9500
"""Seen in b10434 and in logs since June 2026, not in those before; the exact build is not known."""
