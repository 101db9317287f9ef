"""Memory that processes give back to the system: before the fork, and after large pages."""

import ctypes
import subprocess
import sys

import pytest

HELD = """
import re
from pathlib import Path
from consultation.server import memory

def held():
    rollup = Path("/proc/self/smaps_rollup").read_text()
    return int(re.search(r"^Private_Dirty:\\s+(\\d+)", rollup, re.MULTILINE)[1])
"""
FREED = """
blocks = [b"x" * 100_000 for _ in range(300)]
del blocks[:-1]
before = held()
memory.share()
print(before - held())
"""
"""Frees 30 MB below a block in use, and prints how many kilobytes `share` then gives back."""
FREED_BY_A_PAGE = """
heap = memory.Heap()
blocks = [b"x" * 100_000 for _ in range(300)]
before = held()
blocks.append(blocks)
last = blocks[-2]
del blocks
heap.settle()
print(before - held())
"""
"""Drops 30 MB in a cycle below a block in use, and prints how much `settle` gives back."""
FREED_LARGE = """
memory.bound_heap()
largest = b"x" * 30_000_000
del largest
large, small = [], []
for _ in range(30):
    large.append(b"x" * 1_000_000)
    small.append(b"x" * 10_000)
before = held()
large.clear()
print(before - held())
"""
"""Frees 30 MB in large blocks between small ones, after a larger one, and prints what goes back."""


ONLY_GLIBC = pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "malloc_trim"),
    reason="only glibc can be told to give free memory back, and elsewhere the site does not ask",
)


@ONLY_GLIBC
@pytest.mark.parametrize("program", [FREED, FREED_BY_A_PAGE, FREED_LARGE])
def test_free_memory_goes_back_to_the_system(program):
    command = [sys.executable, "-c", HELD + program]
    done = subprocess.run(command, check=True, capture_output=True, text=True)

    assert int(done.stdout) > 20_000
