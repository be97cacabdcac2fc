"""Freed memory goes back to the system."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

SCRIPT = """
import sys, threading
sys.path.insert(0, sys.argv[1])
import psutil
from ui.heap import bound_heap, return_freed
bound_heap()
def work():
    kept = [bytes(1000) for _ in range(60_000)]
    del kept[1::2], kept[:]
for _ in range(4):
    thread = threading.Thread(target=work); thread.start(); thread.join()
before = psutil.Process().memory_info().rss
large = bytearray(b"x" * 40_000_000)
del large
return_freed()
print(psutil.Process().memory_info().rss - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems return memory by themselves")
def test_that_a_large_block_is_returned_when_it_is_freed() -> None:
    assert psutil.virtual_memory().available > 2e8
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, root], capture_output=True, text=True, check=True, timeout=60
    )
    assert int(done.stdout) < 4_000_000
