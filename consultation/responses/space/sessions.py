"""Respondent sessions: a space opened by a link in one browser, until two idle hours."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto.keyring import hashed
from consultation.responses.models import PersonalLink, Respondent, RespondentSession, Response

IDLE = timedelta(hours=2)
SEEN_EVERY = timedelta(minutes=1)
LATE = timedelta(minutes=1)
"""How long after the space is closed a save that its page began before is still taken."""
LEFT_AT_LEAST = IDLE - SEEN_EVERY
"""How long an unused space stays open at least: its last use is noted to the minute."""
SHOWN_FOR = IDLE
"""How long a receipt is displayed, and what confirms an erasure: `was_left` looks back so far."""


def open_space(session: Session, respondent_id: int, at: datetime) -> str:
    """Open the respondent's space; return the token that the browser keeps."""
    token = secrets.token_urlsafe(32)
    session.add(
        RespondentSession(
            token_hash=hashed(token), respondent_id=respondent_id, created_at=at, seen_at=at
        )
    )
    session.flush()
    return token


def find(session: Session, token: str | None, at: datetime) -> RespondentSession | None:
    """Return the open space that `token` belongs to, or None once idle, closed or unknown."""
    return _find(session, token, at, RespondentSession.revoked_at.is_(None))


def find_just_closed(session: Session, token: str | None, at: datetime) -> RespondentSession | None:
    """Return the space that was closed in this browser within `LATE`.

    Two requests leave a page at once, one that saves and one that closes, and either may come
    first.  Nothing of the space may be displayed for it.
    """
    return _find(session, token, at, RespondentSession.revoked_at > at - LATE)


def _find(
    session: Session, token: str | None, at: datetime, state: sa.ColumnElement[bool]
) -> RespondentSession | None:
    if not token:
        return None
    return session.scalars(
        sa.select(RespondentSession)
        .join(Respondent, Respondent.id == RespondentSession.respondent_id)
        .where(
            RespondentSession.token_hash == hashed(token),
            RespondentSession.seen_at > at - IDLE,
            Respondent.erased_at.is_(None),
            state,
        )
    ).one_or_none()


def is_due_to_be_seen(space: RespondentSession, at: datetime) -> bool:
    """Return whether `seen_at` is a minute old and has to be written again."""
    return at - space.seen_at >= SEEN_EVERY


def see(session: Session, space: RespondentSession, at: datetime) -> None:
    """Note that the space is in use."""
    session.execute(
        sa.update(RespondentSession)
        .where(RespondentSession.token_hash == space.token_hash)
        .values(seen_at=at)
    )


def close(session: Session, token: str, at: datetime) -> None:
    """Close the space in this browser."""
    session.execute(
        sa.update(RespondentSession)
        .where(
            RespondentSession.token_hash == hashed(token), RespondentSession.revoked_at.is_(None)
        )
        .values(revoked_at=at)
    )


def close_all(session: Session, respondent_id: int, at: datetime) -> None:
    """Close the respondent's space in every browser, as if long unused: no late save is taken.

    Another person may have opened it.
    """
    session.execute(
        sa.update(RespondentSession)
        .where(
            RespondentSession.respondent_id == respondent_id,
            sa.or_(
                RespondentSession.revoked_at.is_(None), RespondentSession.revoked_at > at - LATE
            ),
        )
        .values(revoked_at=at, seen_at=at - IDLE)
    )


@dataclass(frozen=True)
class Left:
    """What a browser that is left had: the token of its space, and what it was shown.

    A receipt goes by its code, the page that confirms an erasure by the mark of the respondent.
    """

    token: str | None
    displayed: Sequence[str]


def leave(session: Session, left: Left, at: datetime) -> None:
    """Close the space of a browser, and what it was shown: its history holds the addresses.

    The respondent of each gets the row of a space that is closed already, by which `was_left`
    holds of them.
    """
    if left.token:
        close(session, left.token, at)
    respondents = sa.union(
        sa.select(Response.respondent_id).where(Response.receipt_code.in_(left.displayed)),
        sa.select(PersonalLink.respondent_id).where(PersonalLink.id.in_(left.displayed)),
    )
    for respondent_id in session.scalars(respondents).all() if left.displayed else ():
        close(session, open_space(session, respondent_id, at), at)


def was_left(session: Session, respondent_id: int, since: datetime) -> bool:
    """Return whether a browser was left after that moment which had the respondent's pages.

    Looks back two hours: rows are deleted two hours after their last use.
    """
    closed = sa.exists().where(
        RespondentSession.respondent_id == respondent_id, RespondentSession.revoked_at > since
    )
    return bool(session.scalar(sa.select(closed)))


def forget_old(session: Session, at: datetime) -> int:
    """Delete the sessions that have been idle for two hours; return how many."""
    gone = session.execute(
        sa.delete(RespondentSession)
        .where(RespondentSession.seen_at <= at - IDLE)
        .returning(RespondentSession.token_hash)
    )
    return len(gone.all())
