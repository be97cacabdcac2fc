"""Where a fact was read, and when."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

DATE_PATTERN: Final = re.compile(r"^\d{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?$")
"""A month (``2025-04``) or a day (``2025-04-29``)."""

Text = Annotated[str, Field(min_length=1, pattern=r"^\S+( \S+)*$")]
"""Text without leading, trailing or doubled spaces."""

DateText = Annotated[str, Field(pattern=DATE_PATTERN.pattern)]
"""A day or a month as ``YYYY-MM-DD`` or ``YYYY-MM``."""


class Record(BaseModel):
    """Base of every record read from a data file: frozen, and no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(Record):
    """One entry of the bibliography (``data/sources.json``)."""

    key: Text
    title: Text
    location: Text
    """Web address, or package name with version and the path inside it."""
    date: DateText
    """Day it was read, or the state of the source where that is known."""
    kind: Text = "primary"
    """``"primary"`` (the maker's own figures) or ``"secondary"`` (somebody's copy or measurement)."""


class SourcedFact(Record):
    """Says where one fact of a record comes from."""

    fact: Text
    """Field of the record, e.g. ``"released"`` or ``"licence.gated"``."""
    source: Text
    date: DateText
