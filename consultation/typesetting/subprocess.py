"""Subprocess that runs typst, one for each document.

In the server itself typst would keep up to half a gigabyte between documents, texts included, and
a crash of typst would end the server.
"""

import json
import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from consultation.cores import on_every_core
from consultation.i18n import SHIPPED
from consultation.turns import NoDocument

AUTHOR = "Ensemble contre la traite des êtres humains"
PROGRAM = Path(__file__).with_name("program.py")
REFUSED = 3
DIRECTIONS = json.dumps({tag: it.direction for tag, it in SHIPPED.items()})
"""From which side each language is read, for templates."""
LONGEST = 30.0
"""Seconds for a document, and seconds that it waits for another one to be finished."""

_one_at_a_time = BoundedSemaphore(1)


class Refused(Exception):
    """Typst refuses the document; the message is its own, and may quote the document."""


class NoTypesetting(NoDocument):
    """No document can be made now: another one is being made, or this one takes too long."""


def typeset(template: Path, **options: Any) -> bytes:
    """Typeset a template; raise `Refused` or `NoTypesetting`.

    `options` are those of `typst.compile`, in JSON types; typst reads no folder but that of the
    template.
    """
    inputs = {"directions": DIRECTIONS, **options.pop("sys_inputs", {})}
    request = {"input": str(template), "root": str(template.parent), "sys_inputs": inputs}
    if not _one_at_a_time.acquire(timeout=LONGEST):
        raise NoTypesetting
    try:
        with on_every_core():
            done = subprocess.run(  # noqa: S603 - our own program, which reads its options from stdin
                [sys.executable, "-I", PROGRAM],
                input=json.dumps(request | options).encode(),
                capture_output=True,
                timeout=LONGEST,
                check=False,
            )
    except subprocess.TimeoutExpired:
        raise NoTypesetting from None
    finally:
        _one_at_a_time.release()
    if done.returncode == REFUSED:
        raise Refused(done.stderr.decode("utf-8", "replace"))
    if done.returncode:
        raise NoTypesetting
    return done.stdout
