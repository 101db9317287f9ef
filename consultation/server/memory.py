"""Memory of the processes of a server: what they share, and what each keeps for later.

Forked processes share what the parent holds until one of them writes there, and to use an object of
Python is to write its count of references.  So the parent does once what each would do anew.
"""

import ctypes
import gc
import mmap
from contextlib import suppress
from pathlib import Path

from flask import Flask

from consultation.i18n import LOCALES, prefix_for

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # malloc.h of glibc
LARGE = 256 * 1024  # bytes
"""From this size on, a block is mapped for itself and goes back to the system as it is freed."""
GROWTH = 4_000_000  # bytes
"""Of a process, from which on it looks for what is free."""
SIZE = Path("/proc/self/statm")

REHEARSED = ("/", "/mesures", "/outil/contribuer", "/connexion")
"""Pages that nearly every visitor or member of the staff opens."""


def bound_heap() -> None:
    """Let all threads allocate from one heap; to be called before there are threads.

    By default glibc gives each thread a heap of its own, with free memory that no other can use;
    and once a large block was freed, it lays the next ones out among the small, whose gaps stay.
    """
    with suppress(AttributeError):  # another library than glibc
        set_option = ctypes.CDLL(None).mallopt
        set_option(M_ARENA_MAX, 1)
        set_option(M_MMAP_THRESHOLD, LARGE)


def rehearse(app: Flask) -> None:
    """Open a page of each sort, so that templates, translations and statements are ready."""
    for path in (prefix_for(locale) + path for locale in LOCALES for path in REHEARSED):
        app.test_client().get(path, base_url=app.config["BASE_URL"])


def share() -> None:
    """Exempt loaded objects from garbage collection, which would unshare their memory pages.

    The collector then visits only what requests allocate, which is faster too.  Free pages go back
    to the system: each child would fill its own copy of them, and the parent keep the first.
    """
    gc.collect()
    gc.freeze()
    _give_back()


class Heap:
    """Memory of this process, and the least that it has been since the last time it was settled."""

    def __init__(self) -> None:
        self._least = _size()

    def settle(self) -> None:
        """Give free memory back if this process has grown; to be called after what takes much.

        What a page leaves is in pieces: cycles wait for a collection, and free pages below one in
        use for `malloc_trim`.  The next large page would find no room among them, and take more.
        """
        self._least = min(self._least, _size())
        if _size() > self._least + GROWTH:
            gc.collect()
            _give_back()
            self._least = _size()


def _size() -> int:
    """Return how many bytes this process has in memory, 0 elsewhere than on Linux."""
    return int(SIZE.read_text().split()[1]) * mmap.PAGESIZE if SIZE.exists() else 0


def _give_back() -> None:
    with suppress(AttributeError):  # another library than glibc
        ctypes.CDLL(None).malloc_trim(0)
