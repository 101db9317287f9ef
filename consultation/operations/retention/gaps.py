"""Gaps in the daily erasures: the clock has jumped, or the site was off.

What then goes by the clock alone, whatever the round, waits as long as after any other notice.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import in_paris
from consultation.jobs import worker
from consultation.mail.models import OutboxMessage
from consultation.operations.retention.notices import Announcement, enqueue
from consultation.operations.retention.policy import NOTICE

TASK = "retention"
"""The task of the worker that erases once a day."""
PREFIX = "retention:gap:"


def resumes_at(session: Session, at: datetime) -> datetime | None:
    """Return until when erasures wait since a gap, None where they do not.

    A notice from after `at` was written by a clock that was ahead.
    """
    moment = OutboxMessage.created_at
    warned_at = session.scalar(
        sa.select(sa.func.max(moment, type_=moment.type)).where(
            OutboxMessage.dedup_key.startswith(PREFIX), moment <= at
        )
    )
    if warned_at is not None and at < warned_at + NOTICE:
        return warned_at + NOTICE
    last = worker.last_runs(session).get(TASK)
    return at + NOTICE if last is not None and at - last.ended_at > NOTICE else None


def enqueue_due(session: Session, at: datetime) -> int:
    """Enqueue the notice of a gap that was not announced; return the number of mails.

    To be called before the run of the task is noted, which closes the gap.
    """
    resumed_at = resumes_at(session, at)
    session.rollback()
    if resumed_at != at + NOTICE:
        return 0
    return enqueue(session, f"{PREFIX}{at:%Y%m%d}:", announcement(resumed_at), at)


def notices(session: Session, at: datetime) -> list[Announcement]:
    """Return the announcement of a gap for the organisers' home page, if there is one."""
    resumed_at = resumes_at(session, at)
    return [announcement(resumed_at)] if resumed_at else []


def announcement(resumed_at: datetime) -> Announcement:
    """Return the announcement of erasures that wait."""
    return Announcement(
        goes="les courriels, les adresses et les coordonnées dont la durée de garde est passée",
        stays="les contributions et les chiffres",
        before="",
        round="",
        at=in_paris(resumed_at).isoformat(),
        count=0,
        setting="",
    )
