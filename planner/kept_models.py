"""Bounds what is kept of models that were planned one by one: a window may look at all of them.

The inventory of a model, every tensor with its name and shape, and its index for the compute graph take some 200 kB
together. Making them again takes some ten milliseconds.
"""

from __future__ import annotations

from models_db import architecture_table
from planner.graph import index

MOST_INVENTORIES = 12


def forget_older_models() -> None:
    """Forget inventories and their indices, once there are more than :data:`MOST_INVENTORIES`."""
    if architecture_table._build.cache_info().currsize > MOST_INVENTORIES:
        architecture_table._build.cache_clear()
    if len(index._known) > MOST_INVENTORIES:
        index._known.clear()
