"""How many forms came lately and how many look like a machine's, for whoever guards the site."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.responses.doubting import NO_PROOF
from consultation.responses.models import Submission
from consultation.web.permissions import Actor, NotAllowed, Permission


@dataclass(frozen=True)
class Incoming:
    """Counts of forms that were stored, whatever became of them."""

    received: int
    hasty: int
    """Sent at once, or with the trap filled in."""
    without_proof: int


def since(session: Session, actor: Actor, moment: datetime) -> Incoming:
    """Count what has come since `moment`; raise `NotAllowed`."""
    if not actor.may(Permission.GUARD):
        raise NotAllowed
    counted = sa.select(Submission.doubt, sa.func.count()).where(Submission.received_at >= moment)
    counts = dict(session.execute(counted.group_by(Submission.doubt)).all())
    doubted = sum(count for doubt, count in counts.items() if doubt is not None)
    without_proof = counts.get(NO_PROOF, 0)
    return Incoming(sum(counts.values()), doubted - without_proof, without_proof)
