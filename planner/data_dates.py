"""How old the data is: the newest date on which a source of the catalogue was read."""

from __future__ import annotations

import datetime
import json
from functools import cache
from pathlib import Path

import models_db

STALE_DAYS = 90
"""Age at which a newer version is likely to know more models. [days]"""


@cache
def catalogue_date() -> str:
    """Newest date of the catalogue's sources, ``YYYY-MM-DD``; empty when it cannot be read."""
    path = Path(models_db.__file__).parent / "data" / "sources.json"
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["sources"]
        return max((str(row["date"]) for row in rows), default="")
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def age_in_days(date: str, today: datetime.date | None = None) -> int | None:
    """Days since a date; None when it is not known, 0 when it lies ahead.

    Parameters
    ----------
    date : str
        ``YYYY-MM-DD``.
    today : datetime.date or None
        None = ask the clock.

    Examples
    --------
    >>> age_in_days("2026-11-23", datetime.date(2027, 3, 3))
    100
    """
    try:
        read = datetime.date.fromisoformat(date)
    except ValueError:
        return None
    return max(((today or datetime.date.today()) - read).days, 0)
