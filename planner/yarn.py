"""Contexts beyond the trained one that a maker supports with YaRN scaling (Peng et al. 2023, arXiv:2309.00071)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models_db.model_spec import ModelSpec

_STATED = re.compile(r"([0-9][0-9,]*|one million)(?: tokens)? with YaRN", re.I)
ONE_MILLION = 1_000_000
"""``about one million``: no more than that is taken as offered. [tokens]"""


def yarn_context(model: ModelSpec) -> int | None:
    """Longest context the maker states with YaRN scaling switched on; None where nothing is stated. [tokens]"""
    found = _STATED.search(model.n_ctx_train_note or "")
    if found is None:
        return None
    text = found.group(1).casefold()
    return ONE_MILLION if text == "one million" else int(text.replace(",", ""))
