"""Builder for models found by neural architecture search: Nemotron's DeciLM variants.

Every layer has its own number of key/value heads and feed-forward width, and may lack either part. Tensors
follow llama.cpp src/models/deci.cpp (``load_arch_tensors``), per-layer values conversion/deci.py.
"""

from __future__ import annotations

from models_db.architecture import ArchitectureSpec
from models_db.builders.recurrent import attention_cache
from models_db.builders.writer import TensorWriter, inventory
from models_db.inventory import LayerCache, ModelInventory


def _deci(spec: ArchitectureSpec) -> ModelInventory:
    """A layer with query heads but no key/value heads is DeciLM's linear replacement: one square matrix."""
    writer = TensorWriter(spec)
    writer.embeddings()
    if spec.rope_scaling == "llama3":
        writer.f32("rope_freqs.weight", (spec.rope_dim or spec.head_dim_k) // 2)
    layers = []
    for il in range(spec.n_layers):
        writer.block(il)
        n_heads, n_kv_heads = spec.per_layer("n_heads")[il], spec.per_layer("n_kv_heads")[il]
        cache = LayerCache()
        if n_heads:
            writer.norm("attn_norm", spec.n_embd)
            if n_kv_heads:
                writer.qkv(n_heads, n_kv_heads, spec.head_dim_k, spec.head_dim_v)
                writer.attn_output(n_heads, spec.head_dim_v)
                cache = attention_cache(spec, il)
            else:
                writer.weight("attn_output", spec.n_embd, spec.n_embd)
        layers.append(cache)
        if spec.per_layer("n_ff")[il]:
            writer.norm("ffn_norm", spec.n_embd)
            writer.ffn_dense(spec.per_layer("n_ff")[il])
    writer.head()
    return inventory(writer, layers)


BUILDERS = {"deci": _deci}
