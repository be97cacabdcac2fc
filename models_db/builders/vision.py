"""Vision and audio towers: what stands beside the text model in a checkpoint, and in llama.cpp's projector
file.

Names follow llama.cpp gguf-py/gguf/constants.py (``V_*``, ``A_*``, ``TENSOR_NAMES``); which parts a tower has
follows the model classes in transformers that the published parameter counts belong to. Text tensors are
never drawn here; tower tensors carry ``layer=-1`` and are loaded only with a projector (``--mmproj``).
"""

from __future__ import annotations

from collections.abc import Callable

from models_db.architecture import ArchitectureError, ArchitectureSpec, TowerSpec
from models_db.inventory import Tensor


class TowerWriter:
    """Collects the tensors of one tower."""

    def __init__(self, tower: TowerSpec) -> None:
        self.tower = tower
        self.tensors: list[Tensor] = []

    def add(self, name: str, *shape: int) -> None:
        """Add one tensor; vectors and position tables are F32 (conversion/base.py ``prepare_tensors``)."""
        fixed = "F32" if len(shape) < 2 or "position_embd" in name else None
        self.tensors.append(Tensor(name, shape, -1, fixed_type=fixed, source=self.tower.kind))

    def linear(self, name: str, n_in: int, n_out: int, *, bias: bool) -> None:
        """Add ``<name>.weight`` and, if asked, ``<name>.bias``."""
        self.add(f"{name}.weight", n_in, n_out)
        if bias:
            self.add(f"{name}.bias", n_out)

    def norm(self, name: str, n: int, *, bias: bool) -> None:
        """Add a norm's weight and, if asked, its bias."""
        self.add(f"{name}.weight", n)
        if bias:
            self.add(f"{name}.bias", n)

    def blocks(self, *, bias: bool, gated: bool = False, fused: bool = False, qk_dim: int = 0) -> None:
        """Add the encoder's blocks: two norms, attention, feed-forward.

        Parameters
        ----------
        bias : bool
            Whether norms and matrices have a bias.
        gated : bool
            Three feed-forward matrices instead of two.
        fused : bool
            One matrix for queries, keys and values.
        qk_dim : int
            Width of attention where it differs from ``n_embd``.
        """
        n, n_ff, width = self.tower.n_embd, self.tower.n_ff, qk_dim or self.tower.n_embd
        for il in range(self.tower.n_layers):
            blk = f"v.blk.{il}"
            self.norm(f"{blk}.ln1", n, bias=bias)
            if fused:
                self.linear(f"{blk}.attn_qkv", n, 3 * width, bias=bias)
            else:
                for part in "qkv":
                    self.linear(f"{blk}.attn_{part}", n, width, bias=bias)
            self.linear(f"{blk}.attn_out", width, n, bias=bias)
            self.norm(f"{blk}.ln2", n, bias=bias)
            if gated:
                self.linear(f"{blk}.ffn_gate", n, n_ff, bias=bias)
            self.linear(f"{blk}.ffn_up", n, n_ff, bias=bias)
            self.linear(f"{blk}.ffn_down", n_ff, n, bias=bias)


def _qwen3_vl(w: TowerWriter) -> None:
    t = w.tower
    merged = t.n_embd * t.n_merge**2
    w.add("v.patch_embd.weight", t.patch_size, t.patch_size, t.n_channels, t.n_embd)
    for frame in range(1, t.temporal_patch_size):
        w.add(f"v.patch_embd.weight.{frame}", t.patch_size, t.patch_size, t.n_channels, t.n_embd)
    w.add("v.patch_embd.bias", t.n_embd)
    w.add("v.position_embd.weight", t.n_embd, t.n_positions)
    w.blocks(bias=True, fused=True)
    w.norm("v.post_ln", t.n_embd, bias=True)
    w.linear("mm.0", merged, merged, bias=True)
    w.linear("mm.2", merged, t.n_embd_out, bias=True)
    for il in t.deepstack_layers:
        w.norm(f"v.deepstack.{il}.norm", merged, bias=True)
        w.linear(f"v.deepstack.{il}.fc1", merged, merged, bias=True)
        w.linear(f"v.deepstack.{il}.fc2", merged, t.n_embd_out, bias=True)


def _siglip(w: TowerWriter) -> None:
    """Gemma 3: SigLIP with a pooled linear projector."""
    t = w.tower
    w.add("v.patch_embd.weight", t.patch_size, t.patch_size, t.n_channels, t.n_embd)
    w.add("v.patch_embd.bias", t.n_embd)
    w.add("v.position_embd.weight", t.n_embd, t.n_positions)
    w.blocks(bias=True)
    w.norm("v.post_ln", t.n_embd, bias=True)
    w.add("mm.input_projection.weight", t.n_embd_out, t.n_embd)
    w.norm("mm.soft_emb_norm", t.n_embd, bias=False)


def _pixtral(w: TowerWriter) -> None:
    """Mistral 3 and later: Pixtral encoder, patches merged before the projector."""
    t = w.tower
    w.add("v.patch_embd.weight", t.patch_size, t.patch_size, t.n_channels, t.n_embd)
    w.norm("v.pre_ln", t.n_embd, bias=False)
    w.blocks(bias=False, gated=True)
    if t.n_merge > 1:
        w.norm("mm.input_norm", t.n_embd, bias=False)
        w.add("mm.patch_merger.weight", t.n_embd * t.n_merge**2, t.n_embd)
    w.linear("mm.1", t.n_embd, t.n_embd_out, bias=False)
    w.linear("mm.2", t.n_embd_out, t.n_embd_out, bias=False)


def _llama4(w: TowerWriter) -> None:
    t = w.tower
    w.add("v.patch_embd.weight", t.patch_size * t.patch_size * t.n_channels, t.n_embd)
    w.add("v.class_embd", t.n_embd)
    w.add("v.position_embd.weight", t.n_embd, t.n_positions)
    w.norm("v.pre_ln", t.n_embd, bias=True)
    w.norm("v.post_ln", t.n_embd, bias=True)
    w.blocks(bias=True)
    w.linear("mm.model.mlp.1", t.n_embd * t.n_merge**2, t.n_ff_projector, bias=False)
    w.linear("mm.model.mlp.2", t.n_ff_projector, t.n_ff_projector, bias=False)
    w.linear("mm.model.fc", t.n_ff_projector, t.n_embd_out, bias=False)


def _gemma4(w: TowerWriter, *, standardize: bool = False) -> None:
    """Gemma 4: gated encoder with four norms per block, head norms and a position table per axis."""
    t = w.tower
    w.add("v.patch_embd.weight", t.patch_size, t.patch_size, t.n_channels, t.n_embd)
    w.add("v.position_embd.weight", t.n_embd, t.n_positions, 2)
    for il in range(t.n_layers):
        blk = f"v.blk.{il}"
        for name in ("ln1", "attn_post_norm", "ln2", "ffn_post_norm"):
            w.norm(f"{blk}.{name}", t.n_embd, bias=False)
        for name, heads in (("q", t.n_heads), ("k", t.n_kv_heads), ("v", t.n_kv_heads)):
            w.linear(f"{blk}.attn_{name}", t.n_embd, heads * t.head_dim, bias=False)
        w.norm(f"{blk}.attn_q_norm", t.head_dim, bias=False)
        w.norm(f"{blk}.attn_k_norm", t.head_dim, bias=False)
        w.linear(f"{blk}.attn_out", t.n_heads * t.head_dim, t.n_embd, bias=False)
        for name in ("ffn_gate", "ffn_up"):
            w.linear(f"{blk}.{name}", t.n_embd, t.n_ff, bias=False)
        w.linear(f"{blk}.ffn_down", t.n_ff, t.n_embd, bias=False)
    if standardize:
        w.add("v.std_bias", t.n_embd)
        w.add("v.std_scale", t.n_embd)
    w.linear("mm.input_projection", t.n_embd, t.n_embd_out, bias=False)


def _gemma4_standardized(w: TowerWriter) -> None:
    _gemma4(w, standardize=True)


def _conformer(w: TowerWriter) -> None:
    """Universal speech model of Gemma 3n and Gemma 4: two half-step feed-forwards around attention and
    convolution.

    ``n_ff`` is the feed-forward width, ``patch_size`` the kernel of the light convolution, ``n_positions``
    the mel bins. Subsampling has two 3 x 3 convolutions of 128 and 32 channels (both families' only published
    choice), each halving the mel axis.
    """
    t = w.tower
    n, n_ff = t.n_embd, t.n_ff
    channels = (1, 128, 32)
    for i in range(2):
        w.add(f"a.conv2d.{i}.weight", 3, 3, channels[i], channels[i + 1])
        w.norm(f"a.conv2d.{i}.norm", channels[i + 1], bias=False)
    w.linear("a.input_projection", channels[2] * t.n_positions // 4, n, bias=False)
    for il in range(t.n_layers):
        blk = f"a.blk.{il}"
        for suffix in ("", "_1"):
            w.norm(f"{blk}.ffn_norm{suffix}", n, bias=False)
            w.linear(f"{blk}.ffn_up{suffix}", n, n_ff, bias=False)
            w.linear(f"{blk}.ffn_down{suffix}", n_ff, n, bias=False)
            w.norm(f"{blk}.ffn_post_norm{suffix}", n, bias=False)
        w.norm(f"{blk}.attn_pre_norm", n, bias=False)
        for name in ("attn_q", "attn_k", "attn_v", "attn_out", "attn_k_rel"):
            w.linear(f"{blk}.{name}", n, n, bias=False)
        w.add(f"{blk}.per_dim_scale.weight", n // t.n_heads)
        w.norm(f"{blk}.attn_post_norm", n, bias=False)
        w.norm(f"{blk}.norm_conv", n, bias=False)
        w.linear(f"{blk}.conv_pw1", n, 2 * n, bias=False)
        w.add(f"{blk}.conv_dw.weight", t.patch_size, n)
        w.norm(f"{blk}.conv_norm", n, bias=False)
        w.linear(f"{blk}.conv_pw2", n, n, bias=False)
        w.norm(f"{blk}.ln2", n, bias=False)


def _gemma4_audio(w: TowerWriter) -> None:
    t = w.tower
    _conformer(w)
    w.linear("a.pre_encode.out", t.n_embd, t.n_ff_projector, bias=True)
    w.linear("mm.a.input_projection", t.n_ff_projector, t.n_embd_out, bias=False)


def _gemma3n_audio(w: TowerWriter) -> None:
    """Gemma 3n: conformer, a small table of audio tokens with its norms, projector."""
    t = w.tower
    _conformer(w)
    w.add("mm.a.embedding.weight", t.n_embd, t.n_channels)
    w.norm("mm.a.hard_emb_norm", t.n_embd, bias=False)
    w.norm("mm.a.soft_emb_norm", t.n_embd, bias=False)
    w.linear("mm.a.input_projection", t.n_embd, t.n_embd_out, bias=False)


def _moonvit(w: TowerWriter) -> None:
    """Kimi K2.5: MoonViT with biases and layer norms."""
    t = w.tower
    merged = t.n_embd * t.n_merge**2
    w.add("v.patch_embd.weight", t.patch_size, t.patch_size, t.n_channels, t.n_embd)
    w.add("v.patch_embd.bias", t.n_embd)
    w.add("v.position_embd.weight", t.n_embd, t.n_positions)
    w.blocks(bias=True, fused=True)
    w.norm("v.post_ln", t.n_embd, bias=True)
    w.norm("mm.input_norm", t.n_embd, bias=True)
    w.linear("mm.1", merged, merged, bias=True)
    w.linear("mm.2", merged, t.n_embd_out, bias=True)


def _moonvit2(w: TowerWriter) -> None:
    """Kimi K3: MoonViT without biases, RMS norms, attention wider than the stream, norm behind the projector.

    That the projector's one norm has the text model's width is what the published count leaves room for.
    """
    t = w.tower
    merged = t.n_embd * t.n_merge**2
    w.add("v.patch_embd.weight", t.patch_size, t.patch_size, t.n_channels, t.n_embd)
    w.add("v.position_embd.weight", t.n_embd, t.n_positions)
    w.blocks(bias=False, fused=True, qk_dim=t.n_heads * t.head_dim)
    w.norm("v.post_ln", t.n_embd, bias=False)
    w.linear("mm.1", merged, merged, bias=False)
    w.linear("mm.2", merged, t.n_embd_out, bias=False)
    w.norm("mm.post_norm", t.n_embd_out, bias=False)


TOWERS: dict[str, Callable[[TowerWriter], None]] = {
    "qwen3_vl": _qwen3_vl,
    "siglip": _siglip,
    "pixtral": _pixtral,
    "llama4": _llama4,
    "gemma4": _gemma4,
    "gemma4_standardized": _gemma4_standardized,
    "gemma4_audio": _gemma4_audio,
    "gemma3n_audio": _gemma3n_audio,
    "moonvit": _moonvit,
    "moonvit2": _moonvit2,
}
"""Drawings by ``TowerSpec.family``."""


def tower_tensors(spec: ArchitectureSpec) -> tuple[Tensor, ...]:
    """Tensors of all towers of a model.

    A tower of which only the size is published (``n_parameters``) is one tensor of that many elements.

    Raises
    ------
    ArchitectureError
        If a tower's family is unknown and no size is published.
    """
    out: list[Tensor] = []
    for tower in spec.towers:
        writer = TowerWriter(tower)
        if tower.n_parameters:
            prefix = tower.kind[0]
            out.append(Tensor(f"{prefix}.tower.weight", (tower.n_parameters,), -1, source=tower.kind))
            continue
        draw = TOWERS.get(tower.family)
        if draw is None:
            raise ArchitectureError([f"towers: {tower.family!r} is not known"])
        draw(writer)
        out.extend(writer.tensors)
    return tuple(out)
