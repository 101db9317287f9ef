"""Retention notices: mails to organisers before an erasure, the last one three days before."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.models import Account, AccountRole, Role
from consultation.clock import in_paris
from consultation.db.base import writing
from consultation.mail import outbox
from consultation.mail.kinds import MessageKind
from consultation.mail.models import OutboxMessage
from consultation.operations.retention import policy
from consultation.operations.retention.policy import Due
from consultation.settings import ON_SCREEN


@dataclass(frozen=True)
class Announcement:
    """Parameters of a notice: what is erased, of which round, when (ISO), how to keep it longer.

    `before` and `setting` are empty for drafts, which no colleague may read, and `round` is after a
    gap (`gaps`).
    """

    goes: str
    stays: str
    before: str
    round: str
    at: str
    count: int
    setting: str

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.at)


KIND = MessageKind("retention", "retention", Announcement, "Effacement annoncé")


def enqueue_due(session: Session, settings: Mapping[str, Any], at: datetime) -> int:
    """Enqueue the notices that are due now, each once; return the number of mails.

    Idempotent; commits its own transaction.
    """
    wanted = [due for due in policy.coming(session, settings, at) if _step(due, at)]
    missing = [due for due in wanted if not _is_enqueued(session, due, at)]
    session.rollback()
    if not missing:
        return 0
    with writing(session):
        still_missing = [due for due in missing if not _is_enqueued(session, due, at)]
        return sum(_enqueue(session, due, at) for due in still_missing)


def enqueue(session: Session, key: str, announcement: Announcement, at: datetime) -> int:
    """Enqueue another notice to each organiser, once for a key; return the number of mails."""
    with writing(session):
        known = sa.select(OutboxMessage.id).where(OutboxMessage.dedup_key.startswith(f"{key}:"))
        if session.scalar(known.limit(1)) is not None:
            return 0
        return _enqueue_to_all(session, key, announcement, at)


def notices(session: Session, settings: Mapping[str, Any], at: datetime) -> list[Announcement]:
    """Return the announcements of erasures to come, for the organisers' home page."""
    coming = policy.coming(session, settings, at)
    return [_announcement(due, at) for due in coming if _step(due, at) is not None]


def _step(due: Due, at: datetime) -> int | None:
    """Return the latest step whose day has come, in days before the erasure, or None."""
    left = math.ceil((due.due_at - at).total_seconds() / 86_400)
    return min((days for days in due.period.steps if left <= days), default=None)


def _is_enqueued(session: Session, due: Due, at: datetime) -> bool:
    prefix = f"{due.key}{_step(due, at)}:"
    message = sa.select(OutboxMessage.id).where(OutboxMessage.dedup_key.startswith(prefix))
    return session.scalar(message.limit(1)) is not None


def _enqueue(session: Session, due: Due, at: datetime) -> int:
    return _enqueue_to_all(session, f"{due.key}{_step(due, at)}", _announcement(due, at), at)


def _enqueue_to_all(session: Session, key: str, announcement: Announcement, at: datetime) -> int:
    organisers = _accounts_with(session, Role.ORGANISER)
    accounts = organisers or _accounts_with(session, Role.ADMINISTRATOR)
    for account in accounts:
        outbox.enqueue(
            session,
            KIND.name,
            dedup_key=f"{key}:{account.id}",
            recipient=account.email,
            locale="fr",
            parameters=announcement,
            at=at,
        )
    return len(accounts)


def _announcement(due: Due, at: datetime) -> Announcement:
    period = due.period
    return Announcement(
        goes=period.goes,
        stays=period.stays,
        before=period.before,
        round=due.round.title["fr"],
        at=in_paris(due.goes_at(at)).isoformat(),
        count=due.count,
        setting=f"« {ON_SCREEN[period.setting].label} »" if period.setting else "",
    )


def _accounts_with(session: Session, role: Role) -> Sequence[Account]:
    return session.scalars(
        sa.select(Account)
        .join(AccountRole)
        .where(AccountRole.role == role, Account.active, Account.password.is_not(None))
        .order_by(Account.id)
    ).all()
