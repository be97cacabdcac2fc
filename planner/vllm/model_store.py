"""What vLLM's rules need of a model, on disk: deriving it from 250 models takes seconds, reading it milliseconds.

The file is a cache, never a source: it carries a digest of the data files and of the code that made it; a stale one is
not read, and models are then derived one by one.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from models_db.architecture_table import architecture_entry, architecture_ids, catalogue_inventory
from models_db.parameters import active_parameters, parameter_parts
from planner.column_store import source_digest
from planner.fit.model_reads import ModelReads, reads_of
from planner.folders import cache_folder
from planner.vllm.weight_table import WeightTable, weight_table

ROOT = Path(__file__).resolve().parent.parent
FILE_NAME = "vllm_models.npz"
FORMAT = "1"
PER_KIND = ("n_out", "n_in", "n_stack", "split", "n_heads", "dense_bytes", "quantizable")


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """One model as far as vLLM's memory and speed depend on it."""

    table: WeightTable
    reads: ModelReads
    total_parameters: int
    active_parameters: int
    n_layers: int
    n_experts: int


def model_facts(model_id: str) -> ModelFacts:
    """Facts of one model of the catalogue: stored, or derived.

    Raises
    ------
    KeyError
        If its dimensions are not known.
    """
    spec = architecture_entry(model_id).spec
    stored = stored_facts().get(model_id)
    if stored is not None:
        return stored
    inventory = catalogue_inventory(model_id)
    return ModelFacts(
        weight_table(inventory, spec),
        reads_of(inventory),
        parameter_parts(inventory)["main"],
        active_parameters(inventory),
        inventory.n_layers,
        inventory.n_experts,
    )


@cache
def stored_facts() -> Mapping[str, ModelFacts]:
    """Facts of the newest stored copy that is not stale; empty if there is none."""
    digest = facts_digest()
    for folder in (ROOT / "data", cache_folder()):
        found = read_facts(folder / FILE_NAME, digest)
        if found is not None:
            return found
    return {}


def store_all() -> None:
    """Derive every model and keep it for later runs, where the stored copy is stale."""
    if stored_facts():
        return
    with contextlib.suppress(OSError):  # a read-only home only costs time
        write_facts(cache_folder() / FILE_NAME, architecture_ids(), facts_digest())


@cache
def facts_digest() -> str:
    """Digest of the data and code that facts are derived from."""
    digest = hashlib.sha256((FORMAT + source_digest()).encode())
    for path in ("vllm/weight_table.py", "vllm/cache_specs.py", "fit/model_reads.py"):
        digest.update((ROOT / path).read_bytes())
    return digest.hexdigest()


def write_facts(path: Path, ids: Iterable[str], digest: str) -> None:
    """Store the facts of models, whole or not at all.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    names = tuple(ids)
    facts = [model_facts(i) for i in names]
    tables = [f.table for f in facts]
    arrays: dict[str, Any] = {
        "digest": np.array(digest),
        "ids": np.array(names),
        "n_kinds": np.array([len(t.roles) for t in tables]),
        "n_buckets": np.array([t.before.shape[1] for t in tables]),
        "roles": np.array([r for t in tables for r in t.roles]),
        "counts": np.concatenate([np.diff(t.before, axis=1).ravel() for t in tables]).astype(np.uint16),
        "reads": np.array([astuple(f.reads) for f in facts], dtype=np.float64),
        "numbers": np.array(
            [(f.total_parameters, f.active_parameters, f.n_layers, f.n_experts) for f in facts]
        ),
        "towers": np.array([(t.towers_split, t.towers_whole) for t in tables]),
    }
    arrays.update({name: np.concatenate([getattr(t, name) for t in tables]) for name in PER_KIND})
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_bytes(buffer.getvalue())
    part.replace(path)


def read_facts(path: Path, digest: str) -> Mapping[str, ModelFacts] | None:
    """Read stored facts; None if there are none, they are stale, or the file is damaged."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            if str(stored["digest"]) != digest:
                return None
            arrays = {name: stored[name] for name in stored.files}
        return _unpacked(arrays)
    except (OSError, ValueError, KeyError, IndexError, zipfile.BadZipFile, EOFError):
        return None


def _unpacked(arrays: Mapping[str, Any]) -> dict[str, ModelFacts]:
    out: dict[str, ModelFacts] = {}
    integers = [f.type == "int" for f in fields(ModelReads)]
    kind = count = 0
    for row, model_id in enumerate(arrays["ids"].tolist()):
        n_kinds, n_buckets = int(arrays["n_kinds"][row]), int(arrays["n_buckets"][row])
        own = slice(kind, kind + n_kinds)
        counts = arrays["counts"][count : count + n_kinds * (n_buckets - 1)]
        before = np.zeros((n_kinds, n_buckets), dtype=np.int64)
        np.cumsum(counts.reshape(n_kinds, n_buckets - 1), axis=1, out=before[:, 1:])
        kind, count = kind + n_kinds, count + counts.size
        table = WeightTable(
            before=before,
            roles=tuple(arrays["roles"][own].tolist()),
            towers_split=float(arrays["towers"][row, 0]),
            towers_whole=float(arrays["towers"][row, 1]),
            **{name: arrays[name][own] for name in PER_KIND},
        )
        reads = [
            int(v) if whole else v for v, whole in zip(arrays["reads"][row].tolist(), integers, strict=True)
        ]
        out[model_id] = ModelFacts(table, ModelReads(*reads), *(int(n) for n in arrays["numbers"][row]))
    return out


def main() -> int:
    """Make the file that is shipped with the package (``make columns``)."""
    path = ROOT / "data" / FILE_NAME
    path.unlink(missing_ok=True)
    stored_facts.cache_clear()
    write_facts(path, architecture_ids(), facts_digest())
    print(f"{path.relative_to(ROOT.parent)}: {path.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
