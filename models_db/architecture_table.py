"""The catalogue's table of architectures: one record per Hugging Face id, with its source."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from models_db.architecture import ArchitectureSpec
from models_db.builders import build_inventory
from models_db.inventory import ModelInventory


@dataclass(frozen=True, slots=True)
class ArchitectureEntry:
    """Published dimensions of one model and where they were read."""

    hf_id: str
    spec: ArchitectureSpec
    source: str
    date: str


@cache
def _raw() -> dict[str, dict[str, object]]:
    text = files("models_db").joinpath("data/architectures.json").read_text(encoding="utf-8")
    table: dict[str, dict[str, object]] = json.loads(text)
    return table


def architecture_ids() -> tuple[str, ...]:
    """Hugging Face ids of all entries, sorted."""
    return tuple(_raw())


@cache
def architecture_entry(hf_id: str) -> ArchitectureEntry:
    """Entry of one model.

    Raises
    ------
    KeyError
        If there is none.
    ArchitectureError
        If the entry is damaged; every fault is listed.
    """
    row = _raw()[hf_id]
    spec = ArchitectureSpec.from_dict(row["architecture"])  # type: ignore[arg-type]
    return ArchitectureEntry(hf_id, spec, str(row["source"]), str(row["date"]))


_build = cache(build_inventory)
"""Models of the same shape share one inventory."""


def catalogue_inventory(hf_id: str) -> ModelInventory:
    """Tensor inventory of one catalogue model (built once per process).

    Raises
    ------
    KeyError
        If there is no such model.
    """
    return _build(architecture_entry(hf_id).spec)
