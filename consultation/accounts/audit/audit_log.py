"""Audit log of the actions of staff: events are added, never changed."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from consultation.accounts.models import AuditEvent
from consultation.work.services import Work


def log(
    work: Work,
    action: str,
    subject: str | None = None,
    details: dict[str, Any] | None = None,
) -> AuditEvent:
    """Record an `action` of the actor, within the transaction of the work."""
    return record(work.session, work.actor.id, action, subject, details, at=work.at)


def record(
    session: Session,
    actor_id: int | None,
    action: str,
    subject: str | None = None,
    details: dict[str, Any] | None = None,
    *,
    at: datetime,
) -> AuditEvent:
    """Record, within the caller's transaction, that an account did `action`.

    `actor_id` is None where no account is known. `subject` is an id and `details` hold ids, counts
    and names of settings: never an address or a text of a respondent.
    """
    event = AuditEvent(
        account_id=actor_id, action=action, subject=subject, details=details, happened_at=at
    )
    session.add(event)
    return event
