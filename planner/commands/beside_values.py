"""How llama.cpp reads the flags of what is loaded beside the model: projector, draft model, checkpoints.

Rules of llama.cpp common/arg.cpp and common/speculative.cpp, 0.5.0-dev.
"""

from __future__ import annotations

import re

from planner.commands.findings import nearest_word
from planner.commands.llama_flags import LlamaFlag
from planner.commands.llama_values import (
    SETTERS,
    Setter,
    ValueFaultError,
    Values,
    check_plain_value,
    parse_int,
)
from planner.commands.model_hint import hint_from_path, hint_from_repo
from planner.formulas.kv_cache import BYTES_PER_ELEMENT
from planner.settings import ALL_LAYERS

SPEC_TYPES = (
    *("none", "draft-simple", "draft-eagle3", "draft-mtp", "draft-dflash", "draft-dspark", "ngram-simple"),
    *("ngram-map-k", "ngram-map-k4v", "ngram-mod", "ngram-cache"),
)
"""Values of ``--spec-type`` (common/speculative.cpp, ``common_speculative_type_from_name_map``)."""


def _given(name: str) -> Setter:
    def setter(values: Values, text: str, token: str, flag: LlamaFlag, bench: bool) -> str | None:
        values[name] = True
        return None

    return setter


def _switch(name: str) -> Setter:
    def setter(values: Values, value: object, token: str, flag: LlamaFlag, bench: bool) -> str | None:
        values[name] = bool(value)
        return None

    return setter


def _draft(values: Values, text: str, token: str, flag: LlamaFlag, bench: bool) -> str | None:
    hint = hint_from_repo(text) if flag.setting == "draft_hf" else hint_from_path(text)
    values["draft_model"] = hint.name or text
    values["draft_quant"] = hint.quant
    return None


def _spec_type(values: Values, text: str, token: str, flag: LlamaFlag, bench: bool) -> str | None:
    names = [part.strip() for part in text.split(",")]
    for name in names:
        if name not in SPEC_TYPES:
            near = nearest_word(name, SPEC_TYPES) or "draft-simple"
            raise ValueFaultError(
                f"valid are {', '.join(SPEC_TYPES)}; nearest is {near}",
                f"unknown speculative type: {name}",
                f"{token} {near}",
            )
    values["spec_type"] = tuple(
        dict.fromkeys(n for n in (*values.get("spec_type", ()), *names) if n != "none")
    )
    return None


def _layers(values: Values, text: str, token: str, flag: LlamaFlag, bench: bool) -> str | None:
    if text in ("auto", "all"):
        values["draft_n_gpu_layers"] = ALL_LAYERS
        return None
    value, _ = parse_int(text)
    values["draft_n_gpu_layers"] = ALL_LAYERS if value < 0 else value
    return None


def _count(name: str, least: int) -> Setter:
    def setter(values: Values, text: str, token: str, flag: LlamaFlag, bench: bool) -> str | None:
        value, _ = parse_int(text)
        if value < least:
            raise ValueFaultError(f"the smallest valid value is {least}", "invalid value", f"{token} {least}")
        values[name] = value
        return None

    return setter


def _names(values: Values, text: str, token: str, flag: LlamaFlag, bench: bool) -> str | None:
    values["draft_devices"] = tuple(name.strip() for name in text.split(","))
    return None


def _cache_type(name: str) -> Setter:
    def setter(values: Values, text: str, token: str, flag: LlamaFlag, bench: bool) -> str | None:
        if text not in BYTES_PER_ELEMENT:
            near = nearest_word(text, tuple(BYTES_PER_ELEMENT)) or "f16"
            raise ValueFaultError(
                f"valid are {', '.join(BYTES_PER_ELEMENT)}; nearest is {near}",
                f"Unsupported cache type: {text}",
                f"{token} {near}",
            )
        values[name] = text
        return None

    return setter


def _rope_scaling(values: Values, text: str, token: str, flag: LlamaFlag, bench: bool) -> str | None:
    check_plain_value(flag, text)
    values["rope_scaling"] = text
    return None


def _rope_scale(values: Values, text: str, token: str, flag: LlamaFlag, bench: bool) -> str | None:
    match = re.match(r"\s*[+]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text)
    value = float(match.group(0)) if match else 0.0
    if not 0 < value < 1e6:
        raise ValueFaultError(f"{text!r} is no number above 0", "stof", f"{token} 4")
    values["rope_scale"] = value
    return None


BESIDE_SETTERS: dict[str, Setter] = {
    "mmproj": _given("mmproj"),
    "mmproj_offload": _switch("mmproj_offload"),
    "draft_model": _draft,
    "draft_hf": _draft,
    "spec_type": _spec_type,
    "draft_n_max": _count("draft_n_max", 0),
    "draft_n_gpu_layers": _layers,
    "draft_devices": _names,
    "draft_cache_type_k": _cache_type("draft_cache_type_k"),
    "draft_cache_type_v": _cache_type("draft_cache_type_v"),
    "ctx_checkpoints": _count("ctx_checkpoints", 0),
    "rope_scaling": _rope_scaling,
    "rope_scale": _rope_scale,
    "yarn_orig_ctx": _count("yarn_orig_ctx", 0),
}
ALL_SETTERS = SETTERS | BESIDE_SETTERS
"""Setter of every setting a flag has."""
