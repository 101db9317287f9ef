"""Stale edits: the error raised when a row was changed since it was displayed.

A digest carried by the form tells whether it was.
"""

import hashlib
from datetime import datetime


class StaleEdit(Exception):
    """Another edit was stored since `what` was displayed; nothing of this one is.

    `what` names it in French with its article (« la mesure »), `by` who changed it and `at` when,
    UTC, each None where that is not recorded.
    """

    def __init__(self, what: str, by: str | None = None, at: datetime | None = None) -> None:
        super().__init__(what)
        self.what, self.by, self.at = what, by, at


def digest(*values: object) -> str:
    """Return 32 hexadecimal digits that differ whenever the `repr` of a value does.

    A form carries them along, and the service compares them with those of what is stored.
    """
    content = repr(values).encode("utf-8", "surrogatepass")
    return hashlib.sha256(content).hexdigest()[:32]
