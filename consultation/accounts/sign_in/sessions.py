"""Sign-ins that can be revoked: a row each, known by the hash of the token in the cookie."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.models import Account, StaffSession

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
BETWEEN_SIGHTINGS = timedelta(minutes=1)
TOKEN_BYTES = 32


def hash_of(token: str) -> str:
    """Return what is stored of a token of 256 random bits, which needs no slower hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def open_session(session: Session, account: Account, at: datetime) -> str:
    """Open a session of `account` and return its token; rows too old for any cookie go."""
    session.execute(sa.delete(StaffSession).where(StaffSession.created_at <= at - LONGEST))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(
        StaffSession(token_hash=hash_of(token), account_id=account.id, created_at=at, seen_at=at)
    )
    session.flush()
    return token


def find(session: Session, token: str, at: datetime) -> StaffSession | None:
    """Return the session that `token` opens at `at`, if any.

    It does not once revoked, after 30 idle minutes, after 12 hours, or when its account is
    disabled.
    """
    return session.scalar(
        sa.select(StaffSession)
        .join(Account, Account.id == StaffSession.account_id)
        .where(StaffSession.token_hash == hash_of(token), *_alive(at), Account.active)
    )


def is_sighting_due(found: StaffSession, at: datetime) -> bool:
    """Say whether the session was last noted as seen more than a minute ago."""
    return at - found.seen_at > BETWEEN_SIGHTINGS


def note_sighting(session: Session, token: str, at: datetime) -> None:
    """Keep the session from idling out; never brings back a revoked one."""
    session.execute(
        sa.update(StaffSession)
        .where(StaffSession.token_hash == hash_of(token), StaffSession.seen_at < at)
        .values(seen_at=at)
    )


def revoke(session: Session, token: str, at: datetime) -> int | None:
    """End the session of `token` and return whose it was, or None if it had ended already."""
    return session.scalar(
        sa.update(StaffSession)
        .where(StaffSession.token_hash == hash_of(token), StaffSession.revoked_at.is_(None))
        .values(revoked_at=at)
        .returning(StaffSession.account_id)
    )


def revoke_all(session: Session, account: Account, at: datetime) -> int:
    """End every session of `account`, whatever the browser, and return how many there were."""
    return _end(session, StaffSession.account_id == account.id, at)


def opened(session: Session, account_id: int, at: datetime) -> Sequence[StaffSession]:
    """Return the sessions that open something at `at`, the one seen last first."""
    return session.scalars(
        sa.select(StaffSession)
        .where(StaffSession.account_id == account_id, *_alive(at))
        .order_by(StaffSession.seen_at.desc(), StaffSession.created_at.desc())
    ).all()


def revoke_one(session: Session, account_id: int, public_id: str, at: datetime) -> int:
    """End one session of an account, and return how many that were."""
    return _end(
        session,
        sa.and_(StaffSession.account_id == account_id, StaffSession.public_id == public_id),
        at,
    )


def revoke_others(session: Session, account_id: int, token: str, at: datetime) -> int:
    """End every session of an account but that of `token`; return how many there were."""
    others = sa.and_(
        StaffSession.account_id == account_id, StaffSession.token_hash != hash_of(token)
    )
    return _end(session, others, at)


def _end(session: Session, which: sa.ColumnElement[bool], at: datetime) -> int:
    ended = session.execute(
        sa.update(StaffSession)
        .where(which, StaffSession.revoked_at.is_(None))
        .values(revoked_at=at)
        .returning(StaffSession.created_at, StaffSession.seen_at)
    )
    return sum(row.created_at > at - LONGEST and row.seen_at > at - IDLE for row in ended)


def _alive(at: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        StaffSession.revoked_at.is_(None),
        StaffSession.created_at > at - LONGEST,
        StaffSession.seen_at > at - IDLE,
    )
