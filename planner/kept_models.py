"""Bounds what is kept of models that were planned one by one: a window may look at all of them.

The inventory of a model, every tensor with its name and shape, takes up to a megabyte. Building it again takes some ten
milliseconds.
"""

from __future__ import annotations

from models_db import architecture_table

MOST_INVENTORIES = 12


def forget_older_models() -> None:
    """Forget the inventories that were built, once there are more than :data:`MOST_INVENTORIES`."""
    built = architecture_table._build
    if built.cache_info().currsize > MOST_INVENTORIES:
        built.cache_clear()
