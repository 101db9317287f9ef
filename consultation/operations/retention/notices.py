"""Warns organisers of what is about to be erased, sixty, forty-five and three days before."""

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

BEFORE = (60, 45, 3)
"""Days before the day on which something goes."""


@dataclass(frozen=True)
class Announcement:
    """What goes, of which round, when (ISO), and how to keep it longer."""

    goes: str
    stays: str
    before: str
    round: str
    at: str
    count: int
    setting: str

    @property
    def moment(self) -> datetime:
        """When it goes."""
        return datetime.fromisoformat(self.at)


KIND = MessageKind("retention", "retention", Announcement, "Effacement annoncé")


def owe(session: Session, settings: Mapping[str, Any], at: datetime) -> int:
    """Owe the warnings that are due now, each once; return how many mails that makes.

    To be called as often as one likes: it commits its own unit of work.
    """
    wanted = [due for due in policy.coming(session, settings, at) if _step(due, at)]
    missing = [due for due in wanted if not _is_told(session, due, at)]
    session.rollback()
    if not missing:
        return 0
    with writing(session):
        return sum(_owe(session, due, at) for due in missing if not _is_told(session, due, at))


def notices(session: Session, settings: Mapping[str, Any], at: datetime) -> list[Announcement]:
    """Return what goes within sixty days, for the home page of organisers."""
    return [
        _told(due, at) for due in policy.coming(session, settings, at) if _step(due, at) is not None
    ]


def _step(due: Due, at: datetime) -> int | None:
    """Return which of the warnings it is time for: the last whose day has come."""
    left = math.ceil((due.due_at - at).total_seconds() / 86_400)
    return min((days for days in BEFORE if left <= days), default=None)


def _is_told(session: Session, due: Due, at: datetime) -> bool:
    prefix = f"{due.key}{_step(due, at)}:"
    found = sa.select(OutboxMessage.id).where(OutboxMessage.dedup_key.startswith(prefix))
    return session.scalar(found.limit(1)) is not None


def _owe(session: Session, due: Due, at: datetime) -> int:
    accounts = _whom(session, Role.ORGANISER) or _whom(session, Role.ADMINISTRATOR)
    for account in accounts:
        outbox.enqueue(
            session,
            KIND.name,
            dedup_key=f"{due.key}{_step(due, at)}:{account.id}",
            recipient=account.email,
            locale="fr",
            parameters=_told(due, at),
            at=at,
        )
    return len(accounts)


def _told(due: Due, at: datetime) -> Announcement:
    term = due.term
    return Announcement(
        goes=term.goes,
        stays=term.stays,
        before=term.before,
        round=due.round.title["fr"],
        at=in_paris(due.goes_at(at)).isoformat(),
        count=due.count,
        setting=f"CONSULTATION_{term.setting}",
    )


def _whom(session: Session, role: Role) -> Sequence[Account]:
    return session.scalars(
        sa.select(Account)
        .join(AccountRole)
        .where(AccountRole.role == role, Account.active, Account.password.is_not(None))
        .order_by(Account.id)
    ).all()
