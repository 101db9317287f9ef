"""The trail of what members of staff did: rows are added, never changed."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from consultation.accounts.models import AuditEvent


def record(
    session: Session,
    actor_id: int | None,
    action: str,
    subject: str | None = None,
    details: dict[str, Any] | None = None,
    *,
    at: datetime,
) -> AuditEvent:
    """Note within the caller's transaction that an account (None: nobody known) did `action`.

    `subject` is an id and `details` hold ids, counts and names of settings: never an address or a
    text of a respondent.
    """
    event = AuditEvent(
        account_id=actor_id, action=action, subject=subject, details=details, happened_at=at
    )
    session.add(event)
    return event
