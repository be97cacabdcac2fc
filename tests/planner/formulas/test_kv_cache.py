"""Cells and slots as llama-server makes them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.formulas.kv_cache import cache_cells, server_slots
from planner.llama_build import LlamaBuild


def test_that_a_window_is_counted_once_per_unified_slot() -> None:
    """Gemma 3, 32k: 4608 cells with four slots, 1536 with one (1024 + 512)."""
    assert int(cache_cells(32768, 4, True, 1024).window) == 4608
    assert int(cache_cells(32768, 1, False, 1024).window) == 1536
    assert int(cache_cells(32768, 4, True, 1024, 2048, False, 2048).window) == 6144


def test_that_separate_slots_divide_the_context() -> None:
    cells = cache_cells(32768, 4, False)
    assert (int(cells.per_stream), int(cells.n_stream), int(cells.n_ctx)) == (8192, 4, 32768)


def test_that_swa_full_keeps_the_whole_context_in_window_layers() -> None:
    assert int(cache_cells(32768, 4, True, 1024, 512, True).window) == 32768


@given(st.integers(1, 1_000_000), st.integers(1, 64), st.booleans(), st.integers(0, 9000))
def test_that_cells_are_padded_and_hold_what_was_asked(
    n_ctx: int, slots: int, unified: bool, window: int
) -> None:
    cells = cache_cells(n_ctx, slots, unified, window)
    assert int(cells.per_stream) % 256 == 0
    assert int(cells.window) % 256 == 0
    assert int(cells.window) <= int(cells.per_stream)
    assert int(cells.n_ctx) >= (n_ctx if unified else n_ctx - 255 * slots)


def test_that_slots_follow_the_program_and_the_build() -> None:
    assert server_slots(None, None) == (4, True)
    assert server_slots(None, False) == (4, True)
    assert server_slots(4, None) == (4, False)
    assert server_slots(8, True) == (8, True)
    assert server_slots(None, None, "llama-cli") == (1, False)
    old = LlamaBuild.from_version("b6000")
    assert server_slots(None, None, "llama-server", old.server_slots) == (1, False)


def test_that_a_version_that_names_no_build_is_refused() -> None:
    with pytest.raises(ValueError, match="names no llama"):
        LlamaBuild.from_version("newest")
    assert LlamaBuild.from_version("b10434").moe_fusion_keeps_experts is False
    assert LlamaBuild.from_version(None).moe_fusion_keeps_experts is True


def test_that_arrays_of_contexts_equal_single_ones() -> None:
    contexts = np.array([1, 255, 256, 257, 4096, 131072])
    many = cache_cells(contexts, 4, True, 1024)
    for index, context in enumerate(contexts.tolist()):
        one = cache_cells(context, 4, True, 1024)
        assert int(many.per_stream[index]) == int(one.per_stream)
        assert int(many.window[index]) == int(one.window)
