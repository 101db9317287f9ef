"""The daily digest to organisers: how much came in, and where to read it; no text, no name."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.models import Account, AccountRole, Role
from consultation.clock import PARIS, in_paris
from consultation.database import writing
from consultation.inbox.models import IncomingMessage, State
from consultation.mail import outbox
from consultation.mail.kinds import MessageKind
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.responses.models import Response

SENT_FROM = time(7)
"""From when on the digest of the day before leaves, in Paris."""


@dataclass(frozen=True)
class Digest:
    """What is counted: `day` (ISO) in Paris, and how many there were or are."""

    day: str
    responses: int
    measures: int
    incoming: int
    undeliverable: int
    held: int = 0
    """How many acknowledgements wait until an administrator lets them go."""

    @property
    def date(self) -> datetime:
        """Noon of the day, so that it is the same day in any zone near Paris."""
        return datetime.combine(datetime.fromisoformat(self.day), time(12), PARIS)

    @property
    def is_worth_a_mail(self) -> bool:
        """Say whether anything happened: nobody is written to about nothing."""
        return bool(self.responses or self.incoming or self.undeliverable or self.held)


KIND = MessageKind("digest", "digest", Digest, "Résumé quotidien")


def owe(session: Session, at: datetime) -> int:
    """Owe yesterday's digest to every organiser, once; return how many were owed.

    To be called as often as one likes: it commits its own unit of work.
    """
    local = in_paris(at)
    if local.time() < SENT_FROM:
        return 0
    day = local.date() - timedelta(days=1)
    prefix = f"{KIND.name}:{day.isoformat()}:"
    session.rollback()
    if session.scalar(_already(prefix)):
        session.rollback()
        return 0
    with writing(session):
        counted = count(session, datetime.combine(day, time(), PARIS))
        if session.scalar(_already(prefix)) or not counted.is_worth_a_mail:
            return 0
        organisers = session.scalars(_organisers()).all()
        for account in organisers:
            outbox.enqueue(
                session,
                KIND.name,
                dedup_key=f"{prefix}{account.id}",
                recipient=account.email,
                locale="fr",
                parameters=counted,
                at=at,
            )
    return len(organisers)


def count(session: Session, midnight: datetime) -> Digest:
    """Return what happened in the day that begins at `midnight`, and what waits now."""
    until = datetime.combine(midnight.date() + timedelta(days=1), time(), PARIS)
    responses, measures = session.execute(
        sa.select(sa.func.count(), sa.func.count(sa.distinct(Response.questionnaire_id))).where(
            Response.submitted_at >= midnight, Response.submitted_at < until
        )
    ).one()
    return Digest(
        day=midnight.date().isoformat(),
        responses=responses,
        measures=measures,
        incoming=_count(session, IncomingMessage.state == State.WAITING),
        undeliverable=_count(
            session,
            OutboxMessage.status == MessageStatus.UNDELIVERABLE,
            OutboxMessage.created_at >= midnight - timedelta(days=5),
        ),
        held=outbox.held_count(session),
    )


def _count(session: Session, *which: sa.ColumnElement[bool]) -> int:
    return session.scalar(sa.select(sa.func.count()).where(*which)) or 0


def _already(prefix: str) -> sa.Select[int]:
    return sa.select(OutboxMessage.id).where(OutboxMessage.dedup_key.startswith(prefix)).limit(1)


def _organisers() -> sa.Select[Account]:
    return (
        sa.select(Account)
        .join(AccountRole)
        .where(AccountRole.role == Role.ORGANISER, Account.active, Account.password.is_not(None))
        .order_by(Account.id)
    )
