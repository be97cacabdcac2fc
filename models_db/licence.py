"""Licences: what they allow, and what they ask in return."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

from models_db.source import DateText, Record, Text

LICENCES_FILE: Final = Path(__file__).parent / "data" / "licences.json"

CommercialUse = Literal["yes", "conditions", "no", "unknown"]
"""``conditions``: allowed, but the licence's own conditions (user limit, use policy …) must be read."""


class Licence(Record):
    """The terms of one licence, as far as a reader needs them before reading the text itself."""

    id: Text
    """SPDX identifier, or ``LicenseRef-…`` where SPDX has none."""
    name: Text
    osi_approved: bool
    commercial_use: CommercialUse
    conditions: Text | None = None
    """What commercial use depends on, in one line."""
    eu_note: Text | None = None
    """What is different for users in the European Union."""
    obligations: tuple[Text, ...] = ()
    source: Text
    date: DateText


class ModelLicence(Licence):
    """A licence as it applies to one model."""

    gated: bool | None
    """Whether the repository asks for an account and consent before downloading; None = unknown."""
    model_source: Text
    """Where this model's licence was read."""
    model_date: DateText

    @classmethod
    def of(cls, licence: Licence, gated: bool | None, source: str, date: str) -> ModelLicence:
        """Apply ``licence`` to a model."""
        return cls(**licence.model_dump(), gated=gated, model_source=source, model_date=date)


@lru_cache(maxsize=1)
def load_licences() -> dict[str, Licence]:
    """All licences by identifier."""
    rows = json.loads(LICENCES_FILE.read_text(encoding="utf-8"))["licences"]
    return {row["id"]: Licence.model_validate(row) for row in rows}
