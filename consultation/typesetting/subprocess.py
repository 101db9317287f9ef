"""Typst in a process of its own, which ends with the document.

What it remembers between documents, up to half a gigabyte, would stay in the server, texts
included; and no text, however odd, can take the server down with it.
"""

import json
import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

PROGRAM = Path(__file__).with_name("program.py")
REFUSED = 3
LONGEST = 30.0
"""Seconds that a document may take, and that it waits for another one to be made."""

_one_at_a_time = BoundedSemaphore(1)


class Refused(Exception):
    """Typst refuses the document; the message is its own, and may quote what was written."""


class NoTypesetting(Exception):
    """No document can be made now: others are being made, or it takes too long."""


def typeset(template: Path, **options: Any) -> bytes:
    """Return what typst makes of a template; raise `Refused` or `NoTypesetting`.

    `options` are those of `typst.compile`, as JSON can hold them; it reads no other folder than
    that of the template.
    """
    asked = {"input": str(template), "root": str(template.parent), **options}
    if not _one_at_a_time.acquire(timeout=LONGEST):
        raise NoTypesetting
    try:
        done = subprocess.run(  # noqa: S603 - our own program; what it sets comes by its input
            [sys.executable, "-I", PROGRAM],
            input=json.dumps(asked).encode(),
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
