"""Cores of the processor: which of them a process keeps to, and what it starts does not."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_every_core: set[int] = set()
"""Those that this process might use before it kept to its share."""


def keep_to_share(number: int, count: int) -> None:
    """Keep this process, the `number`-th of `count` from 0, to its share of the cores.

    Its threads run one at a time, and each that goes on elsewhere finds nothing in the caches.
    Where there are fewer cores than processes, or elsewhere than on Linux, it keeps to none.
    """
    if sys.platform != "linux":
        return
    cores = sorted(os.sched_getaffinity(0))
    if count <= len(cores):
        _every_core.update(cores)
        os.sched_setaffinity(0, cores[number::count])


@contextmanager
def on_every_core() -> Iterator[None]:
    """Let the processes that the block starts use all cores that this one might use at first."""
    if sys.platform != "linux" or not _every_core:
        yield
        return
    share = os.sched_getaffinity(0)
    os.sched_setaffinity(0, _every_core)  # of this thread alone
    try:
        yield
    finally:
        os.sched_setaffinity(0, share)
