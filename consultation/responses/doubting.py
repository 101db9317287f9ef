"""What makes a form look sent by a machine: moderators see it, and nobody is refused for it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from consultation.responses import proving
from consultation.responses.keys import SubmissionKey

TRAP_FIELD = "website"
"""A field that no person sees; machines fill in whatever they find."""
QUICKEST = timedelta(seconds=5)
TRAP, NO_PROOF, QUICK = "trap", "no_proof", "quick"


def doubt_of(
    sent: Mapping[str, str], key: SubmissionKey, at: datetime, *, asks_proof: bool = False
) -> str | None:
    """Return why a form may be a machine's, or None; a proof of work counts where it was asked."""
    if sent.get(TRAP_FIELD, ""):
        return TRAP
    if asks_proof and not proving.is_proof(sent.get(proving.PROOF_FIELD, ""), key, at):
        return NO_PROOF
    return QUICK if at - key.issued_at < QUICKEST else None
