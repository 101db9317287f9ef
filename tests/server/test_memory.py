"""Memory that the parent gives back to the system before it forks."""

import ctypes
import subprocess
import sys

import pytest

FREED = """
import re
from pathlib import Path
from consultation.server import memory

def held():
    rollup = Path("/proc/self/smaps_rollup").read_text()
    return int(re.search(r"^Private_Dirty:\\s+(\\d+)", rollup, re.MULTILINE)[1])

blocks = [b"x" * 100_000 for _ in range(300)]
del blocks[:-1]
before = held()
memory.share()
print(before - held())
"""
"""Frees 30 MB below a block in use, and prints how many kilobytes `share` then gives back."""


@pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "malloc_trim"),
    reason="only glibc can be told to give free memory back, and elsewhere the site does not ask",
)
def test_share_gives_free_pages_back():
    command = [sys.executable, "-c", FREED]
    done = subprocess.run(command, check=True, capture_output=True, text=True)

    assert int(done.stdout) > 20_000
