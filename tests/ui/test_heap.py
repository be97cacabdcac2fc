"""Freed memory goes back to the system."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
import psutil
from ui.heap import bound_heap
bound_heap()
held = psutil.Process().memory_info
largest = bytearray(b"x" * 30_000_000)  # once this is freed, glibc would take blocks up to this size from the heap
del largest
before = held().rss
blocks = [bytearray(b"x" * 1_000_000) for _ in range(30)]
last = [bytes(400) for _ in range(200_000)]  # on top of the heap
del blocks
print(held().rss - before - 440 * len(last))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems return memory by themselves")
def test_that_large_blocks_are_returned_although_a_larger_one_was_freed_before() -> None:
    assert psutil.virtual_memory().available > 2e8
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, root], capture_output=True, text=True, check=True, timeout=60
    )
    assert int(done.stdout) < 8_000_000
