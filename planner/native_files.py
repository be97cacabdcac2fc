"""Repositories in a model's own format: what ``-hf`` fetches where a model is published in the format it was trained in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planner.commands.findings import Finding, FindingKind
from planner.commands.llama_parse import LlamaCommand

if TYPE_CHECKING:
    from models_db.model_spec import ModelSpec

PUBLISHER = "ggml-org/"
"""Publisher whose repositories of MXFP4 checkpoints commands name without a quantization (``plan_builder.model_source``)."""
NATIVE = "MXFP4_MOE"


def as_published(command: LlamaCommand, model: ModelSpec) -> LlamaCommand:
    """Read ``-hf`` without a quantization as the model's own format; other commands are returned as they are.

    Parameters
    ----------
    command : LlamaCommand
    model : ModelSpec
        What its repository means.
    """
    hint = command.model
    named = hint.file is not None or hint.token != hint.repo
    if named or not (hint.repo or "").startswith(PUBLISHER) or model.checkpoint != "MXFP4":
        return command
    note = Finding(
        hint.token,
        FindingKind.NOTE,
        f"{hint.token} names no quantization; it is taken to hold {NATIVE}",
        "Q4_K_M, or the first file of the repository when it has none",
    )
    rest = tuple(f for f in command.findings if f.token != hint.token)
    return replace(command, model=replace(hint, quant=NATIVE), findings=(*rest, note))
