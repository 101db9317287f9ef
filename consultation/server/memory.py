"""Memory of the processes of a server: what they share, and what each keeps for later.

Forked processes share what the parent holds until one of them writes there, and to use an object of
Python is to write its count of references.  So the parent does once what each would do anew.
"""

import ctypes
import gc
from contextlib import suppress

from flask import Flask

from consultation.i18n import LOCALES, prefix_for

M_ARENA_MAX = -8  # malloc.h of glibc

REHEARSED = ("/", "/mesures", "/outil/contribuer", "/connexion")
"""Pages that nearly every visitor or member of the staff opens."""


def bound_heap() -> None:
    """Let all threads allocate from one heap; to be called before there are threads.

    By default glibc gives each thread a heap of its own, with free memory that no other can use.
    """
    with suppress(AttributeError):  # another library than glibc
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


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
    with suppress(AttributeError):  # another library than glibc
        ctypes.CDLL(None).malloc_trim(0)
