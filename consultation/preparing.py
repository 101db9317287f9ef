"""Make an installation ready: tables up to date, and in an empty one the shipped plan, open."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation import migrating
from consultation.database import connection_of
from consultation.plan import shipping
from consultation.plan.models import Plan
from consultation.questionnaires import publishing, rounds
from consultation.questionnaires.models import Round


@dataclass(frozen=True)
class Prepared:
    """What was done: None when the database held a plan already."""

    opened: Round | None


def prepare(session: Session, at: datetime) -> Prepared:
    """Load the shipped plan and open a first round, when there is neither plan nor round.

    Of several servers that start at once, one does; to be called inside `writing`.
    """
    migrating.take_turn(connection_of(session))
    is_empty = not session.scalar(sa.select(sa.func.count()).select_from(Plan))
    if not is_empty:
        return Prepared(None)
    shipping.load_shipped(session, at)
    opened = rounds.open_round(session, at)
    publishing.publish_outline(session, opened, at)
    return Prepared(opened)
