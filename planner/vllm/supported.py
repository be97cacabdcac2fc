"""Model classes vLLM runs, per version, and what it says of those it does not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from models_db.model_spec import ModelSpec
from planner.commands.vllm_flags import resolve_version


def why_not_supported(hf_arch: str, version: str) -> str | None:
    """vLLM's own refusal of a model class, and what runs it instead; None if the version knows the class.

    Parameters
    ----------
    hf_arch : str
        ``architectures[0]`` of the config file.
    version : str
        vLLM version.

    Raises
    ------
    VllmVersionFault
        When ``version`` is no vLLM version.
    """
    name, _ = resolve_version(version)
    table = _table()
    if not hf_arch or hf_arch in table["supported"] or hf_arch in table["only"][name]:
        return None
    last = table["last_version"].get(hf_arch)
    if last is not None:
        return (
            f"Model architecture {hf_arch} was supported in vLLM until v{last}, and is not supported anymore. Please use "
            "an older version of vLLM if you want to use this model architecture."
        )
    later = [v for v, names in table["only"].items() if hf_arch in names]
    tail = f" vLLM {later[0]} has it." if later else ""
    return f"Model architectures ['{hf_arch}'] are not supported for now.{tail} llama.cpp may run it."


@dataclass(frozen=True, slots=True)
class VersionSays:
    """What a version means for a model."""

    stop: str = ""
    """Why it does not run; empty = it does."""
    remark: str = ""
    """What should be known all the same."""


def version_says(model: ModelSpec, hf_arch: str, version: str) -> VersionSays:
    """Whether a vLLM version runs a model: the version its class came with, and the one its makers ask for.

    Parameters
    ----------
    model : ModelSpec
    hf_arch : str
        ``architectures[0]`` of the config file.
    version : str
    """
    asked = model.min_engine_versions.get("vllm")
    first = _table()["first_version"].get(hf_arch)
    have = number(version)
    if first is not None and have < number(first["version"]):
        tail = f"; its recipe asks for {asked.version} or newer" if asked is not None else ""
        return VersionSays(
            f"{model.name} came to vLLM with {first['version']} ({first['source']}), this is {version}{tail}"
        )
    if asked is not None and have < number(asked.version):
        words = f"{model.name} needs vLLM {asked.version} or newer ({asked.source})"
        if first is None:
            return VersionSays(words)
        return VersionSays("", f"{words}; versions from {first['version']} know its class")
    return VersionSays(why_not_supported(hf_arch, version) or "")


def number(version: str) -> tuple[int, ...]:
    """Version as comparable numbers."""
    return tuple(int(p) for p in version.split("+")[0].split(".") if p.isdigit())


@cache
def _table() -> dict[str, Any]:
    path = Path(__file__).resolve().parents[1] / "data" / "vllm_architectures.json"
    table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return table
