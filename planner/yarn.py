"""Contexts beyond the trained one that a maker supports with YaRN scaling (Peng et al. 2023, arXiv:2309.00071)."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner import units
from planner.words import Said, say

if TYPE_CHECKING:
    from models_db.model_spec import ModelSpec
    from planner.settings import LlamaSettings

_STATED = re.compile(r"([0-9][0-9,]*|one million)(?: tokens)? with YaRN", re.I)
_TRAINED = re.compile(r"Trained on ([0-9][0-9,]*) tokens", re.I)
ONE_MILLION = 1_000_000
"""``about one million``: no more than that is taken as offered. [tokens]"""


@dataclass(frozen=True, slots=True)
class YarnScaling:
    """How far positions are stretched."""

    factor: float
    """``--rope-scale``."""
    original: int
    """``--yarn-orig-ctx``: what the model was trained on. [tokens]"""

    @property
    def longest(self) -> int:
        """Context of one request that llama.cpp then takes the model to be trained for (llama-context.cpp,
        ``llama_init_from_model``). [tokens]"""
        return int(self.original * self.factor)


def yarn_context(model: ModelSpec) -> int | None:
    """Longest context the maker states with YaRN scaling switched on; None where nothing is stated. [tokens]"""
    found = _STATED.search(model.n_ctx_train_note or "")
    if found is None:
        return None
    text = found.group(1).casefold()
    return ONE_MILLION if text == "one million" else int(text.replace(",", ""))


def longest_context_of(model: ModelSpec, n_ctx_train: int) -> int:
    """Longest context a model is offered with: trained, or with YaRN where its maker states one. [tokens]"""
    return max(n_ctx_train, yarn_context(model) or 0)


def yarn_for(model: ModelSpec, n_ctx_train: int, n_ctx: int) -> YarnScaling | None:
    """Scaling a context needs; None within the trained one and where the maker states none.

    The factor is the smallest whole one that reaches the context, since llama.cpp and vLLM stretch every text by it,
    short ones as well; makers advise the same (model card of Qwen3-32B, "Processing Long Texts").

    Parameters
    ----------
    model : ModelSpec
    n_ctx_train : int
        Of the configuration. [tokens]
    n_ctx : int
        Of one request. [tokens]
    """
    if n_ctx <= n_ctx_train or n_ctx > longest_context_of(model, n_ctx_train):
        return None
    stated = _TRAINED.search(model.n_ctx_train_note or "")
    original = int(stated.group(1).replace(",", "")) if stated else n_ctx_train
    return YarnScaling(float(math.ceil(n_ctx / original)), original)


def with_yarn(settings: LlamaSettings, model: ModelSpec, n_ctx_train: int, n_ctx: int) -> LlamaSettings:
    """Settings of llama.cpp for a context of one request, stretched where it must be; parameters as :func:`yarn_for`."""
    scaling = yarn_for(model, n_ctx_train, n_ctx)
    if scaling is None:
        return settings
    return replace(settings, rope_scaling="yarn", rope_scale=scaling.factor, yarn_orig_ctx=scaling.original)


def yarn_of(settings: LlamaSettings, n_ctx_train: int) -> YarnScaling | None:
    """Scaling that settings of llama.cpp switch on; None where they switch on none."""
    if settings.rope_scaling != "yarn" or settings.rope_scale in (None, 1.0):
        return None
    assert settings.rope_scale is not None
    return YarnScaling(settings.rope_scale, settings.yarn_orig_ctx or n_ctx_train)


def yarn_note(model: ModelSpec, scaling: YarnScaling, n_ctx_train: int) -> Said:
    """What is to be known of a plan that stretches positions."""
    return say(
        "beyond the {trained} of context {model} was made for: YaRN stretches positions {factor} times, as its maker "
        "offers up to {longest} tokens; short texts may be answered worse",
        trained=units.tokens(n_ctx_train),
        model=model.name,
        factor=f"{scaling.factor:g}",
        longest=units.tokens(longest_context_of(model, n_ctx_train)),
    )


def cut_note(longest: int, wished: int) -> Said:
    """Say that a context was cut to the longest a model is offered with. [tokens]"""
    return say(
        "planned at {trained}: the model is not trained for {wished}",
        trained=units.tokens(longest),
        wished=units.tokens(wished),
    )
