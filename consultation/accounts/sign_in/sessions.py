"""Sessions of staff: a row each, so that they can be revoked.

A row is found by the hash of the cookie's token.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.accounts.models import Account, StaffSession
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

MAX_IDLE = timedelta(minutes=30)
MAX_AGE = timedelta(hours=12)
SIGHTING_INTERVAL = timedelta(minutes=1)
TOKEN_BYTES = 32


def hash_of(token: str) -> str:
    """Return the hash of a token; its 256 random bits need no slower one."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def open_session(session: Session, account: Account, at: datetime) -> str:
    """Open a session of `account` and return its token; expired rows are deleted."""
    session.execute(sa.delete(StaffSession).where(StaffSession.created_at <= at - MAX_AGE))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(
        StaffSession(token_hash=hash_of(token), account_id=account.id, created_at=at, seen_at=at)
    )
    session.flush()
    return token


def find(session: Session, token: str, at: datetime) -> StaffSession | None:
    """Return the valid session of `token`, if any.

    A session ends when revoked, after 30 idle minutes, after 12 hours, or with its account.
    """
    return session.scalar(
        sa.select(StaffSession)
        .join(Account, Account.id == StaffSession.account_id)
        .where(StaffSession.token_hash == hash_of(token), *_is_valid(at), Account.active)
    )


def is_sighting_due(staff_session: StaffSession, at: datetime) -> bool:
    return at - staff_session.seen_at > SIGHTING_INTERVAL


def note_sighting(session: Session, token: str, at: datetime) -> None:
    """Record that the session is in use; never revives a revoked one."""
    session.execute(
        sa.update(StaffSession)
        .where(StaffSession.token_hash == hash_of(token), StaffSession.seen_at < at)
        .values(seen_at=at)
    )


def revoke(session: Session, token: str, at: datetime) -> int | None:
    """Revoke the session of `token`; return its account id, or None if it had ended."""
    return session.scalar(
        sa.update(StaffSession)
        .where(StaffSession.token_hash == hash_of(token), StaffSession.revoked_at.is_(None))
        .values(revoked_at=at)
        .returning(StaffSession.account_id)
    )


def revoke_all(session: Session, account: Account, at: datetime) -> int:
    """Revoke every session of `account`; return how many were open."""
    return _end(session, StaffSession.account_id == account.id, at)


def opened(session: Session, account_id: int, at: datetime) -> Sequence[StaffSession]:
    """Return the valid sessions of an account, the one seen last first."""
    return session.scalars(
        sa.select(StaffSession)
        .where(StaffSession.account_id == account_id, *_is_valid(at))
        .order_by(StaffSession.seen_at.desc(), StaffSession.created_at.desc())
    ).all()


@needs(Permission.WORKSPACE)
def revoke_one(work: Work, public_id: str) -> int:
    """Revoke one of the actor's sessions; return how many were open."""
    return _end_own(work, StaffSession.public_id == public_id)


@needs(Permission.WORKSPACE)
def revoke_others(work: Work, token: str) -> int:
    """Revoke the actor's sessions except that of `token`; return how many were open."""
    return _end_own(work, StaffSession.token_hash != hash_of(token))


def _end_own(work: Work, which: sa.ColumnElement[bool]) -> int:
    is_own = StaffSession.account_id == work.actor.id
    count = _end(work.session, sa.and_(is_own, which), work.at)
    if count:
        audit_log.log(work, "sessions_ended", str(work.actor.id), {"sessions": count})
    return count


def _end(session: Session, which: sa.ColumnElement[bool], at: datetime) -> int:
    ended = session.execute(
        sa.update(StaffSession)
        .where(which, StaffSession.revoked_at.is_(None))
        .values(revoked_at=at)
        .returning(StaffSession.created_at, StaffSession.seen_at)
    )
    return sum(row.created_at > at - MAX_AGE and row.seen_at > at - MAX_IDLE for row in ended)


def _is_valid(at: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        StaffSession.revoked_at.is_(None),
        StaffSession.created_at > at - MAX_AGE,
        StaffSession.seen_at > at - MAX_IDLE,
    )
