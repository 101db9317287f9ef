"""Memory of the processes of a server: what they share, and what each keeps for later.

Forked processes share what the parent holds until one of them writes there, and to use an object of
Python is to write its count of references.  So the parent does once what each would do anew.
"""

import ctypes
import gc
from contextlib import suppress

from flask import Flask

from consultation.i18n import LOCALES, prefix_for

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # malloc.h of glibc
KEPT_BYTES = 128 * 1024
"""What glibc may keep of freed memory, and from which size on it maps a block by itself."""

REHEARSED = ("/", "/mesures", "/outil/contribuer", "/connexion")
"""Pages that nearly every visitor or member of the staff opens."""


def bound_heap() -> None:
    """Let all threads allocate from one heap, and return what is freed to the system.

    By default glibc gives each thread a heap of its own, and keeps more the larger the blocks were
    that it has seen.  To be called before there are threads.
    """
    with suppress(AttributeError):  # another library than glibc
        set_option = ctypes.CDLL(None).mallopt
        set_option(M_ARENA_MAX, 1)
        set_option(M_MMAP_THRESHOLD, KEPT_BYTES)
        set_option(M_TRIM_THRESHOLD, KEPT_BYTES)


def rehearse(app: Flask) -> None:
    """Open a page of each sort, so that templates, translations and statements are ready."""
    for path in (prefix_for(locale) + path for locale in LOCALES for path in REHEARSED):
        app.test_client().get(path, base_url=app.config["BASE_URL"])


def share() -> None:
    """Exempt loaded objects from garbage collection, which would unshare their memory pages.

    The collector then visits only what requests allocate, which is faster too.
    """
    gc.collect()
    gc.freeze()
