"""Mixtures of experts that need a drawing of their own: gpt-oss, Llama 4.

Families whose blocks differ from a dense one only by the experts are in :mod:`models_db.builders.gqa`.
"""

from __future__ import annotations

from functools import partial

from models_db.architecture import ArchitectureSpec
from models_db.builders.attention import attention_cache
from models_db.builders.gqa import BlockLayout, attention, build
from models_db.builders.writer import TensorWriter, inventory
from models_db.inventory import ModelInventory


def gpt_oss_experts(w: TensorWriter, n_ff_exp: int) -> None:
    """Add experts published in MXFP4, with a bias per expert (conversion/gpt_oss.py)."""
    spec = w.spec
    n_embd, n_experts = spec.n_embd, spec.n_experts
    w.f32("ffn_gate_inp.weight", n_embd, n_experts)
    w.f32("ffn_gate_inp.bias", n_experts)
    for name, n_in, n_out in (
        ("ffn_gate_exps", n_embd, n_ff_exp),
        ("ffn_up_exps", n_embd, n_ff_exp),
        ("ffn_down_exps", n_ff_exp, n_embd),
    ):
        w.add(f"{name}.weight", n_in, n_out, n_experts, fixed_type="MXFP4")
        w.f32(f"{name}.bias", n_out, n_experts)


def build_gpt_oss(spec: ArchitectureSpec) -> ModelInventory:
    """Inventory of gpt-oss (llama.cpp src/models/openai-moe.cpp)."""
    w = TensorWriter(spec)
    w.embeddings()
    for il in range(spec.n_layers):
        w.block(il)
        w.norm("attn_norm", spec.n_embd)
        attention(w, il, BlockLayout())
        w.norm("post_attention_norm", spec.n_embd)
        gpt_oss_experts(w, spec.per_layer("n_ff_exp")[il])
    w.head()
    return inventory(w, [attention_cache(spec, il) for il in range(spec.n_layers)])


BUILDERS = {
    "gpt-oss": build_gpt_oss,
    "llama4": partial(build, layout=BlockLayout()),
}
