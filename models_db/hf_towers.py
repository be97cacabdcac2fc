"""Vision and audio towers stated by a Hugging Face configuration.

A tower that is not known is left out and named in no guess: a text plan does not need it, and its size would
be invented. :func:`unknown_towers` tells which those are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from models_db.architecture import TowerSpec

Config = Mapping[str, Any]


def _width(config: Config) -> int:
    text = config.get("text_config") or config
    return int(text.get("hidden_size") or 0)


def _positions(vision: Config) -> int:
    return int((vision["image_size"] // vision["patch_size"]) ** 2)


def _qwen3_vl(config: Config, vision: Config) -> TowerSpec:
    return TowerSpec(
        kind="vision",
        family="qwen3_vl",
        n_layers=vision["depth"],
        n_embd=vision["hidden_size"],
        n_heads=vision["num_heads"],
        n_ff=vision["intermediate_size"],
        patch_size=vision["patch_size"],
        temporal_patch_size=vision.get("temporal_patch_size", 2),
        n_channels=vision.get("in_channels", 3),
        n_positions=vision["num_position_embeddings"],
        n_merge=vision.get("spatial_merge_size", 2),
        n_embd_out=vision["out_hidden_size"],
        deepstack_layers=tuple(vision.get("deepstack_visual_indexes") or ()),
    )


def _siglip(config: Config, vision: Config) -> TowerSpec:
    return TowerSpec(
        kind="vision",
        family="siglip",
        n_layers=vision["num_hidden_layers"],
        n_embd=vision["hidden_size"],
        n_heads=vision["num_attention_heads"],
        n_ff=vision["intermediate_size"],
        patch_size=vision["patch_size"],
        image_size=vision["image_size"],
        n_positions=_positions(vision),
        n_embd_out=_width(config),
    )


def _pixtral(config: Config, vision: Config) -> TowerSpec:
    return TowerSpec(
        kind="vision",
        family="pixtral",
        n_layers=vision["num_hidden_layers"],
        n_embd=vision["hidden_size"],
        n_heads=vision["num_attention_heads"],
        n_ff=vision["intermediate_size"],
        patch_size=vision["patch_size"],
        image_size=vision["image_size"],
        n_merge=config.get("spatial_merge_size", 2),
        n_embd_out=_width(config),
    )


def _llama4(config: Config, vision: Config) -> TowerSpec:
    return TowerSpec(
        kind="vision",
        family="llama4",
        n_layers=vision["num_hidden_layers"],
        n_embd=vision["hidden_size"],
        n_heads=vision["num_attention_heads"],
        n_ff=vision["intermediate_size"],
        patch_size=vision["patch_size"],
        image_size=vision["image_size"],
        n_positions=_positions(vision) + 1,
        n_merge=round(1 / vision.get("pixel_shuffle_ratio", 0.5)),
        n_ff_projector=vision["projector_output_dim"],
        n_embd_out=_width(config),
    )


def _gemma4(config: Config, vision: Config) -> TowerSpec:
    return TowerSpec(
        kind="vision",
        family="gemma4_standardized" if vision.get("standardize") else "gemma4",
        n_layers=vision["num_hidden_layers"],
        n_embd=vision["hidden_size"],
        n_heads=vision["num_attention_heads"],
        n_kv_heads=vision["num_key_value_heads"],
        head_dim=vision["head_dim"],
        n_ff=vision["intermediate_size"],
        patch_size=vision["patch_size"],
        n_positions=vision["position_embedding_size"],
        n_merge=vision.get("pooling_kernel_size", 1),
        n_embd_out=_width(config),
    )


def _moonvit(config: Config, vision: Config) -> TowerSpec:
    second = vision.get("mm_projector_type") == "patchmergerv2"
    heads = vision["vt_num_attention_heads"]
    return TowerSpec(
        kind="vision",
        family="moonvit2" if second else "moonvit",
        n_layers=vision["vt_num_hidden_layers"],
        n_embd=vision["vt_hidden_size"],
        n_heads=heads,
        head_dim=(vision.get("qkv_hidden_size") or vision["vt_hidden_size"]) // heads,
        n_ff=vision["vt_intermediate_size"],
        patch_size=vision["patch_size"],
        n_positions=vision["init_pos_emb_height"] * vision["init_pos_emb_width"],
        n_merge=vision["merge_kernel_size"][0],
        n_embd_out=vision["text_hidden_size"],
    )


def _gemma4_audio(config: Config, audio: Config) -> TowerSpec:
    return TowerSpec(
        kind="audio",
        family="gemma4_audio",
        n_layers=audio["num_hidden_layers"],
        n_embd=audio["hidden_size"],
        n_heads=audio["num_attention_heads"],
        n_ff=4 * audio["hidden_size"],
        patch_size=audio["conv_kernel_size"],
        n_positions=audio.get("input_feat_size", 128),
        n_ff_projector=audio["output_proj_dims"],
        n_embd_out=_width(config),
    )


def _gemma3n_audio(config: Config, audio: Config) -> TowerSpec:
    return TowerSpec(
        kind="audio",
        family="gemma3n_audio",
        n_layers=audio["conf_num_hidden_layers"],
        n_embd=audio["hidden_size"],
        n_heads=audio["conf_num_attention_heads"],
        n_ff=4 * audio["hidden_size"],
        patch_size=audio["conf_conv_kernel_size"],
        n_positions=audio["input_feat_size"],
        n_channels=audio["vocab_size"],
        n_embd_out=_width(config),
    )


READERS: dict[str, Callable[[Config, Config], TowerSpec]] = {
    "qwen3_vl": _qwen3_vl,
    "qwen3_vl_moe": _qwen3_vl,
    "qwen3_5": _qwen3_vl,
    "qwen3_5_moe": _qwen3_vl,
    "siglip_vision_model": _siglip,
    "pixtral": _pixtral,
    "llama4_vision_model": _llama4,
    "gemma4_vision": _gemma4,
    "gemma4_audio": _gemma4_audio,
    "gemma3n_audio": _gemma3n_audio,
    "kimi_k25": _moonvit,
    "kimi_k3": _moonvit,
}
"""Readers by the tower's own ``model_type``, or the whole model's where the tower names none."""


def _parts(config: Config) -> list[tuple[str, Config]]:
    out = []
    for name in ("vision_config", "audio_config"):
        part = config.get(name)
        if isinstance(part, Mapping):
            out.append((str(part.get("model_type") or config.get("model_type")), part))
    return out


def towers_from_hf_config(config: Config) -> tuple[TowerSpec, ...]:
    """Towers of a model whose layout is known; see :func:`unknown_towers` for the others.

    Parameters
    ----------
    config
        The parsed ``config.json`` of the whole model.
    """
    return tuple(READERS[kind](config, part) for kind, part in _parts(config) if kind in READERS)


def unknown_towers(config: Config) -> tuple[str, ...]:
    """``model_type`` of towers that the configuration states and nothing here can draw."""
    return tuple(kind for kind, _ in _parts(config) if kind not in READERS)
