from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np

from planner.column_store import GROUPS, ROOT, read_columns, source_digest, write_columns
from planner.layer_table import LayerTable
from planner.library import columns_of

SOME = ("Qwen/Qwen3-8B", "openai/gpt-oss-20b", "deepseek-ai/DeepSeek-V3")


def test_that_stored_columns_come_back_bit_for_bit(tmp_path: Path) -> None:
    columns = columns_of(SOME)
    write_columns(tmp_path / "c.npz", columns, "digest")
    back = read_columns(tmp_path / "c.npz", "digest")
    assert back is not None
    assert (back.ids, back.quants) == (columns.ids, columns.quants)
    for group in GROUPS:
        for field in fields(getattr(columns, group)):
            made, stored = (
                getattr(getattr(columns, group), field.name),
                getattr(getattr(back, group), field.name),
            )
            if isinstance(made, LayerTable):
                made, stored = made.steps(), stored.steps()
            assert np.array_equal(made, stored), field.name


def test_that_a_stale_or_damaged_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "c.npz"
    write_columns(path, columns_of(SOME[:1]), "old")
    assert read_columns(path, "new") is None
    path.write_bytes(path.read_bytes()[:1000])
    assert read_columns(path, "old") is None
    assert read_columns(tmp_path / "none.npz", "old") is None


def test_that_the_shipped_columns_are_fresh() -> None:
    """Run ``make columns`` after any change to models_db or the graph."""
    assert read_columns(ROOT / "data/columns.npz", source_digest()) is not None
