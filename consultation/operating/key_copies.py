"""Whether somebody has said that the keys in place have a copy elsewhere."""

from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation import key_files
from consultation.accounts import auditing
from consultation.accounts.models import AuditEvent

COPIED = "keys_copied"


def confirm(session: Session, directory: Path, at: datetime) -> None:
    """Note that the keys in place were copied: their check sum, and nothing of them."""
    auditing.record(session, None, COPIED, key_files.whole_sum(directory), at=at)


def is_confirmed(session: Session, directory: Path) -> bool:
    """Say whether the keys in place, these and no others, were said to have been copied."""
    found = sa.select(AuditEvent.id).where(
        AuditEvent.action == COPIED, AuditEvent.subject == key_files.whole_sum(directory)
    )
    return session.scalar(found.limit(1)) is not None
