"""Builders: from published dimensions to the tensor inventory, one module per family.

A builder is a function ``(spec: ArchitectureSpec) -> ModelInventory``. Each module lists its builders in a
dict ``BUILDERS`` keyed by llama.cpp architecture name (or by the configuration's class name where llama.cpp
has none); :func:`build_inventory` looks them up. Vision and audio towers are drawn by
:mod:`models_db.builders.vision` and appended here, so family builders only describe the text model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module

from models_db.architecture import ArchitectureError, ArchitectureSpec
from models_db.builders.published_files import as_published
from models_db.inventory import ModelInventory

Builder = Callable[[ArchitectureSpec], ModelInventory]

FAMILY_MODULES = ("gqa", "gemma", "moe", "mla", "sparse_attention", "hybrid", "delta", "nas")
"""Modules with a ``BUILDERS`` dict; one that does not exist yet is skipped."""

_registry: dict[str, Builder] = {}


def builders() -> dict[str, Builder]:
    """All builders by architecture name."""
    if not _registry:
        for name in FAMILY_MODULES:
            try:
                module = import_module(f"models_db.builders.{name}")
            except ModuleNotFoundError as error:
                if error.name != f"models_db.builders.{name}":
                    raise
                continue
            _registry.update(module.BUILDERS)
    return _registry


def build_inventory(spec: ArchitectureSpec) -> ModelInventory:
    """Every tensor and layer of a model, towers included.

    Raises
    ------
    ArchitectureError
        If no builder knows the architecture.
    """
    known = builders()
    builder = known.get(spec.gguf_arch) or known.get(spec.hf_arch)
    if builder is None:
        raise ArchitectureError([f"gguf_arch: no builder for {spec.gguf_arch or spec.hf_arch!r}"])
    inventory = as_published(builder(spec))
    if spec.towers:
        from models_db.builders.vision import tower_tensors

        inventory = replace(inventory, tensors=inventory.tensors + tower_tensors(spec))
    return inventory
