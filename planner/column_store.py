"""The columns on disk: deriving them from 250 models takes seconds, reading them a few milliseconds.

The file is a cache, never a source: it carries a digest of the data files and of the code that made it, and is made
anew when they differ.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import zipfile
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.columns import Columns, WeightColumns, WorkColumns
from planner.device_class import weight_kind
from planner.folders import cache_folder
from planner.graph_columns import CacheColumns, GraphColumns
from planner.layer_table import LayerTable

if TYPE_CHECKING:
    from models_db.catalogue import Catalogue

GROUPS: dict[str, type] = {
    "weights": WeightColumns,
    "work": WorkColumns,
    "cache": CacheColumns,
    "graph": GraphColumns,
}
FORMAT = "2: layers as whole bytes"
CUMULATIVE = frozenset({"dense", "experts", "host_dense", "host_experts"})
"""Stored as whole bytes per layer, which repeat and so compress to a hundredth."""
ROOT = Path(__file__).resolve().parent
DATA = ROOT.parent / "models_db"


def source_digest() -> str:
    """Digest of everything the columns are derived from: data files and code."""
    digest = hashlib.sha256(FORMAT.encode())
    sources = [
        *DATA.glob("*.py"),
        *DATA.glob("builders/*.py"),
        *DATA.glob("data/architectures*.json"),
        ROOT / "columns.py",
        ROOT / "graph_columns.py",
        *ROOT.glob("graph/*.py"),
    ]
    for path in sorted(sources):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    digest.update((DATA / "data/models.json").read_bytes())
    return digest.hexdigest()


def stored_columns(catalogue: Catalogue) -> Columns:
    """Columns of the catalogue: from the newest stored copy, or derived and then stored."""
    from planner.library import columns_of, planned_ids

    digest = source_digest()
    for path in (ROOT / "data/columns.npz", cache_folder() / "columns.npz"):
        columns = read_columns(path, digest)
        if columns is not None:
            return columns
    columns = columns_of(planned_ids(catalogue))
    with contextlib.suppress(OSError):  # a read-only home only costs time at the next start
        write_columns(cache_folder() / "columns.npz", columns, digest)
    return columns


def read_columns(path: Path, digest: str) -> Columns | None:
    """Read stored columns; None if there are none, they are stale, or the file is damaged."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            if str(stored["digest"]) != digest:
                return None
            arrays = {name: stored[name] for name in stored.files}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError):
        return None
    parts: dict[str, Any] = {}
    for group, record in GROUPS.items():
        values = {}
        for field in fields(record):
            if f"{group}.{field.name}" not in arrays:
                return None
            value = arrays.pop(f"{group}.{field.name}")
            values[field.name] = LayerTable.of_steps(value) if field.name in CUMULATIVE else value
        parts[group] = record(**values)
    ids = tuple(str(v) for v in arrays["ids"])
    quants = tuple(str(v) for v in arrays["quants"])
    kinds = np.array([int(weight_kind(q)) for q in quants], dtype=np.int64)
    return Columns(ids, quants, weight_kind=kinds, **parts)


def write_columns(path: Path, columns: Columns, digest: str) -> None:
    """Store columns, whole or not at all.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    arrays: dict[str, Any] = {
        "digest": np.array(digest),
        "ids": np.array(columns.ids),
        "quants": np.array(columns.quants),
    }
    for group in GROUPS:
        record = getattr(columns, group)
        if not is_dataclass(record):
            raise TypeError(f"{group} is no record")
        for field in fields(record):
            value = getattr(record, field.name)
            whole = value.steps().astype(np.int64) if isinstance(value, LayerTable) else np.asarray(value)
            arrays[f"{group}.{field.name}"] = whole
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_bytes(buffer.getvalue())
    part.replace(path)


def main() -> int:
    """Make the file that is shipped with the package (``make columns``)."""
    from models_db.catalogue import load_catalogue
    from planner.library import columns_of, planned_ids

    catalogue = load_catalogue()
    path = ROOT / "data/columns.npz"
    write_columns(path, columns_of(planned_ids(catalogue)), source_digest())
    print(f"{path.relative_to(ROOT.parent)}: {path.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
