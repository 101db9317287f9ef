"""What makes a form look sent by a machine: moderators see it, and nobody is refused for it."""

from datetime import datetime, timedelta
from typing import Protocol

from consultation.responses.keys import SubmissionKey

TRAP_FIELD = "website"
"""A field that no person sees; machines fill in whatever they find."""
QUICKEST = timedelta(seconds=5)
TRAP, QUICK = "trap", "quick"


class Sent(Protocol):
    """The fields of a form as they were sent."""

    def get(self, key: str, default: str = "", /) -> str:
        """Return one of them."""


def doubt_of(sent: Sent, key: SubmissionKey, at: datetime) -> str | None:
    """Return why a form may be a machine's, or None."""
    if sent.get(TRAP_FIELD, ""):
        return TRAP
    return QUICK if at - key.issued_at < QUICKEST else None
