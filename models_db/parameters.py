"""Parameter counts of a model, in the pieces that published counts are sums of."""

from __future__ import annotations

from models_db.inventory import ModelInventory, Tensor

PARTS = ("main", "mtp", "vision", "audio", "checkpoint", "lm_head")
"""Pieces of a published count: the text model; its MTP blocks; towers; tensors in the published files that
llama.cpp's conversion leaves out; a second copy of tied embeddings."""


COMPUTED_ROLES = {"muse-glimmer": frozenset({"attn_q_norm", "attn_k_norm"})}
"""Tensors that conversion makes up from a constant, by architecture (conversion/muse_glimmer.py)."""


def is_computed(tensor: Tensor, gguf_arch: str = "") -> bool:
    """True for what conversion computes and no checkpoint holds: rotary factors, synthesized norms."""
    return tensor.name.startswith("rope_f") or tensor.role in COMPUTED_ROLES.get(gguf_arch, ())


def part_of(tensor: Tensor, gguf_arch: str = "") -> str | None:
    """Piece of the published count a tensor belongs to; None for computed tensors."""
    if is_computed(tensor, gguf_arch):
        return None
    if tensor.mtp:
        return "mtp"
    return "main" if tensor.source == "text" else tensor.source


def parameter_parts(inventory: ModelInventory) -> dict[str, int]:
    """Parameters per piece (see :data:`PARTS`)."""
    out = dict.fromkeys(PARTS, 0)
    for tensor in inventory.tensors:
        part = part_of(tensor, inventory.gguf_arch)
        if part is not None:
            out[part] += tensor.n_elements
    if inventory.tied_embeddings:
        out["lm_head"] = inventory.n_embd * inventory.n_vocab
    return out


def active_parameters(inventory: ModelInventory, *, input_embedding: bool = True) -> int:
    """Parameters of the text model that one token uses.

    Of the routed experts ``n_experts_used`` of ``n_experts`` count; everything else counts whole. MTP blocks
    and towers do not count, nor do tables of per-layer or n-gram embeddings, of which a token reads a few
    rows. Vendors differ about the input embedding: a lookup of one row, yet part of most published figures.
    Tied embeddings are one matrix, so they leave the count with the input side.

    Parameters
    ----------
    input_embedding
        Whether ``token_embd`` counts.
    """
    total = 0
    for tensor in inventory.tensors:
        if part_of(tensor, inventory.gguf_arch) != "main" or tensor.name == "per_layer_token_embd.weight":
            continue
        if tensor.name == "token_embd.weight" and not input_embedding:
            continue
        n = tensor.n_elements
        if tensor.is_routed_expert and inventory.n_experts:
            n = n * inventory.n_experts_used // inventory.n_experts
        total += n
    return total
