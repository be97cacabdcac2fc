"""Model classes vLLM runs, per version, and what it says of those it does not."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

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


@cache
def _table() -> dict[str, Any]:
    path = Path(__file__).resolve().parents[1] / "data" / "vllm_architectures.json"
    table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return table
