"""Inventories for tests: one small model written out here, and those of the shared measuring tool."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from models_db.inventory import CacheKind, LayerCache, ModelInventory, Tensor


def dense_inventory(
    *,
    arch: str = "llama",
    n_layers: int = 32,
    n_embd: int = 4096,
    n_ff: int = 14336,
    n_heads: int = 32,
    n_kv_heads: int = 8,
    n_vocab: int = 128256,
    tied: bool = False,
) -> ModelInventory:
    """A Llama-shaped model; the defaults are Llama 3.1 8B."""
    head_dim = n_embd // n_heads
    kv = n_kv_heads * head_dim
    tensors = [
        Tensor("token_embd.weight", (n_embd, n_vocab), -1),
        Tensor("rope_freqs.weight", (head_dim // 2,), 0, "F32"),
        Tensor("output_norm.weight", (n_embd,), n_layers, "F32"),
    ]
    if not tied:
        tensors.append(Tensor("output.weight", (n_embd, n_vocab), n_layers))
    for i in range(n_layers):
        shapes = {
            "attn_q": (n_embd, n_embd),
            "attn_k": (n_embd, kv),
            "attn_v": (n_embd, kv),
            "attn_output": (n_embd, n_embd),
            "ffn_gate": (n_embd, n_ff),
            "ffn_up": (n_embd, n_ff),
            "ffn_down": (n_ff, n_embd),
        }
        tensors += [Tensor(f"blk.{i}.{name}.weight", shape, i) for name, shape in shapes.items()]
        tensors += [
            Tensor(f"blk.{i}.{name}.weight", (n_embd,), i, "F32") for name in ("attn_norm", "ffn_norm")
        ]
    cache = LayerCache(CacheKind.FULL, kv, kv, n_heads=n_heads, n_kv_heads=n_kv_heads)
    return ModelInventory(
        gguf_arch=arch,
        hf_arch="",
        n_layers=n_layers,
        n_layer_all=n_layers,
        n_ctx_train=131072,
        n_embd=n_embd,
        n_vocab=n_vocab,
        tied_embeddings=tied,
        n_experts=0,
        n_experts_used=0,
        tensors=tuple(tensors),
        layers=(cache,) * n_layers,
    )


def load_sparse_tool(shared_dir: Path) -> ModuleType:
    """The module that wrote the measured files, from the folder of reference data."""
    path = shared_dir / "tools" / "llama-check" / "make_sparse_gguf.py"
    spec = importlib.util.spec_from_file_location("make_sparse_gguf", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    write, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = write
    return module


def sparse_inventory(tool: ModuleType, name: str) -> ModelInventory:
    """Inventory of one of the tool's models, with the caches that tell grouped attention."""
    m: dict[str, Any] = tool.MODELS[name]
    n_layers = m["L"]
    n_layer_all = n_layers + m.get("nextn", 0)
    tensors = []
    for tensor_name, shape, kind in tool.tensors(m):
        in_block = tensor_name.startswith("blk.")
        layer = int(tensor_name.split(".")[1]) if in_block else -1
        if tensor_name.startswith("output"):
            layer = n_layer_all
        fixed = None if kind == "W" else kind
        mtp = n_layers <= layer and in_block
        tensors.append(Tensor(tensor_name, tuple(shape), layer, fixed, mtp=mtp))
    is_mla = m["arch"] == "deepseek2"
    n_kv = m["KV"] * m["hd"]
    attention = LayerCache(
        CacheKind.FULL,
        n_embd_k=n_kv,
        n_embd_v=0 if is_mla else n_kv,
        n_heads=m["H"],
        n_kv_heads=m["KV"],
    )
    layers = []
    for i in range(n_layer_all):
        recurrent = ("hybrid" in m and m["hybrid"][i] != "*") or ("interval" in m and (i + 1) % m["interval"])
        layers.append(LayerCache() if recurrent else attention)
    return ModelInventory(
        gguf_arch=m["arch"],
        hf_arch="",
        n_layers=n_layers,
        n_layer_all=n_layer_all,
        n_ctx_train=m["ctx"],
        n_embd=m["d"],
        n_vocab=m["V"],
        tied_embeddings=m["tied"],
        n_experts=m.get("E", 0),
        n_experts_used=m.get("K", 0),
        tensors=tuple(tensors),
        layers=tuple(layers),
    )
