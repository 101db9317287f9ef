"""Spam signals of a submission: honeypot, timing, missing proof of work.

Forms that have one are counted for the staff.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from consultation.responses.models import Submission
from consultation.responses.robots import proof_of_work
from consultation.responses.submission.key import SubmissionKey
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

TRAP_FIELD = "website"
"""A field that no person sees; machines fill in every field."""
QUICKEST = timedelta(seconds=5)
TRAP, NO_PROOF, QUICK = "trap", "no_proof", "quick"


def signal(
    sent: Mapping[str, str], key: SubmissionKey, at: datetime, *, asks_proof: bool = False
) -> str | None:
    """Return why a form may be a machine's, or None; a missing proof counts where one was asked."""
    if sent.get(TRAP_FIELD, ""):
        return TRAP
    if asks_proof and not proof_of_work.is_proof(sent.get(proof_of_work.PROOF_FIELD, ""), key, at):
        return NO_PROOF
    return QUICK if at - key.issued_at < QUICKEST else None


@dataclass(frozen=True)
class Incoming:
    """Counts of stored forms, withdrawn ones included."""

    received: int
    hasty: int
    """Sent at once, or with the trap filled in."""
    without_proof: int


@needs(Permission.GUARD)
def since(work: Work, moment: datetime) -> Incoming:
    """Count the forms stored since `moment`; raise `NotAllowed`."""
    counted = sa.select(Submission.doubt, sa.func.count()).where(Submission.received_at >= moment)
    counts = dict(work.session.execute(counted.group_by(Submission.doubt)).all())
    doubted = sum(count for doubt, count in counts.items() if doubt is not None)
    without_proof = counts.get(NO_PROOF, 0)
    return Incoming(sum(counts.values()), doubted - without_proof, without_proof)
