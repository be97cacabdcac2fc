"""A document in the language of the thread: every saying in it translated, names, commands and pictures as they are."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from planner import words

T = TypeVar("T")


def spoken(part: T) -> T:
    """Say every text of a document or of a part of one; pictures were drawn in the language already."""
    return cast("T", _spoken(part))


def _spoken(value: Any) -> Any:
    if isinstance(value, str):
        return words.shown(value)
    if isinstance(value, tuple):
        return tuple(_spoken(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {}
        for field in fields(value):
            old = getattr(value, field.name)
            new = _spoken(old)
            if new is not old:
                changed[field.name] = new
        return replace(value, **changed) if changed else value
    return value
