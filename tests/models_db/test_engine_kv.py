"""The cache records against KV buffers that a real llama-server allocated for files with these very tensors."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from models_db.architecture_table import catalogue_inventory
from models_db.inventory import CacheKind

TRUTH = Path(__file__).resolve().parent.parent / "truth" / "llama_server_kv.csv"


def rows() -> list[dict[str, str]]:
    lines = [line for line in TRUTH.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["hf_id"])
def test_that_the_cache_of_a_loaded_file_is_as_large_as_its_layers_say(row: dict[str, str]):
    """One sequence, f16: full layers keep the context, window layers the window and a batch, padded to 256."""
    inventory = catalogue_inventory(row["hf_id"])
    n_ctx, n_ubatch = int(row["n_ctx"]), int(row["n_ubatch"])
    n_bytes = 0
    for cache in inventory.layers[: int(row["n_layers_cached"])]:
        in_window = -(-(cache.window + n_ubatch) // 256) * 256
        cells = n_ctx if cache.kind is CacheKind.FULL else min(n_ctx, in_window)
        n_bytes += 2 * cells * (cache.n_embd_k + cache.n_embd_v)
    assert n_bytes / 2**20 == pytest.approx(float(row["kv_mib"]), abs=0.01)
