"""Lists for the very first start, before anything is known of the machine but the size of its RAM.

``python -m planner.first_lists`` makes the file: the list of the default question on computers without a GPU, one for each
usual size of RAM. A start takes the largest that the machine has at least, and says that it is provisional.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from planner.stored_view import StoredList, stored_document, stored_list_from

PATH = Path(__file__).resolve().parent / "data/first_lists.json.zlib"
RAM_GIB = (8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
"""Usual sizes of RAM. [GiB]"""
SHOWN_SHARE = 0.9
"""Part of the RAM built in that an operating system shows at least."""


def ram_bytes() -> int | None:
    """RAM as the operating system shows it; None where asking takes more than a look. [bytes]"""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def usual_size(total_bytes: float) -> int | None:
    """Largest usual size the machine has at least; None below the smallest. [GiB]"""
    fitting = [size for size in RAM_GIB if total_bytes >= size * 2**30 * SHOWN_SHARE]
    return max(fitting, default=None)


def first_list(total_bytes: float | None) -> StoredList | None:
    """The list for a size of RAM; None if there is none for it or the file cannot be read."""
    size = None if total_bytes is None else usual_size(total_bytes)
    if size is None:
        return None
    try:
        lists = json.loads(zlib.decompress(PATH.read_bytes()))
        found = stored_list_from(json.loads(zlib.decompress(bytes.fromhex(lists[str(size)]))))
    except (OSError, ValueError, KeyError, TypeError, zlib.error):
        return None
    found.view.general = True
    return found


def document_for(size: int) -> Mapping[str, Any]:
    """The list of the default question with so much RAM, as it is stored. [GiB]"""
    from planner.catalogue_view import evaluate_view
    from planner.library import load_library
    from planner.list_filter import Filters
    from planner.list_order import list_order
    from planner.machine import HostMemory, Machine
    from planner.model_facts import facts_of
    from planner.settings import Workload
    from planner.wishes import Wishes

    library = load_library()
    machine = Machine(name="This machine", ram=HostMemory(total_bytes=size * 2**30))
    wishes = Wishes(workload=Workload(filled=True), yarn=True)
    view = evaluate_view(library, facts_of(library), machine, wishes)
    made = stored_document(view, list_order(view, Filters()), {})
    del made["stamp"]
    return made


def main() -> int:
    """Make the file that is shipped with the package."""
    lists = {}
    for size in RAM_GIB:
        text = json.dumps(document_for(size), separators=(",", ":"))
        lists[str(size)] = zlib.compress(text.encode(), 9).hex()
    PATH.write_bytes(zlib.compress(json.dumps(lists).encode(), 1))
    print(f"{PATH.name}: {PATH.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
