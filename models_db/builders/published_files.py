"""What published GGUF files hold of a model, where that is less than its checkpoint."""

from __future__ import annotations

from dataclasses import replace

from models_db.inventory import ModelInventory

MTP_NOT_IN_FILES = frozenset({"qwen3next", "qwen35", "qwen35moe"})
"""Architectures whose GGUF files are published without MTP blocks: the files were made before llama.cpp's
conversion could keep them, or with ``--no-mtp`` (convert_hf_to_gguf.py)."""


def without_mtp_blocks(inventory: ModelInventory) -> ModelInventory:
    """Inventory of a file without MTP blocks: their tensors remain as ``checkpoint`` tensors."""
    n_layers, n_all = inventory.n_layers, inventory.n_layer_all
    if n_layers == n_all:
        return inventory
    tensors = tuple(
        replace(t, source="checkpoint")
        if t.mtp
        else replace(t, layer=n_layers)
        if t.layer == n_all and t.source == "text"
        else t
        for t in inventory.tensors
    )
    return replace(inventory, n_layer_all=n_layers, layers=inventory.layers[:n_layers], tensors=tensors)


def as_published(inventory: ModelInventory) -> ModelInventory:
    """Inventory as published GGUF files of this architecture hold it."""
    if inventory.gguf_arch in MTP_NOT_IN_FILES:
        return without_mtp_blocks(inventory)
    return inventory
