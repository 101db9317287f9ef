"""What somebody typed into a form, given back by the page that says why it was not taken."""

import re
from dataclasses import dataclass, replace
from typing import Self

from flask import Request
from werkzeug.exceptions import HTTPException

SECRET = ("password", "secret", "passcode")
NOT_WRITTEN = ("_key", "_token")
DIGEST = re.compile("[0-9a-f]{64}")  # by which a page of ours tells what it showed
LONG = 40  # characters from which a field is shown and not only carried along


@dataclass(frozen=True)
class Typed:
    """The fields of a form: `shown`, to be read and copied, and `carried`, to be sent with them.

    `can_be_sent` says whether to send them again does no harm: a submission key counts once.
    """

    shown: list[tuple[str, str]]
    carried: list[tuple[str, str]]
    can_be_sent: bool

    @classmethod
    def of(cls, request: Request) -> Self | None:
        """Return what came with the request; None where that was no form, or held a secret."""
        try:
            fields = [] if request.files else list(request.form.items(multi=True))
        except HTTPException:  # too long, or no text at all
            return None
        if not fields or any(word in name for name, _value in fields for word in SECRET):
            return None
        shown = [each for each in fields if is_written(*each)]
        carried = [each for each in fields if not is_written(*each)]
        return cls(shown, carried, "submission_key" in request.form)


def typed_to_copy(request: Request) -> Typed | None:
    """Return what came with a request that is not to be sent again as it is, or None."""
    typed = Typed.of(request)
    return None if typed is None else replace(typed, can_be_sent=False)


def is_written(name: str, value: str) -> bool:
    """Say whether a value is one that somebody wrote, and would have to write again."""
    if name.endswith(NOT_WRITTEN) or DIGEST.fullmatch(value):
        return False
    return len(value) >= LONG or "\n" in value
