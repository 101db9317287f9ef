"""The reply of an institution: stored once, corrected by another until its term is over."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import in_paris
from consultation.db.stale import StaleEdit
from consultation.institutions.replies import message, requests
from consultation.institutions.replies.models import Reply, ReplyRequest

LONGEST_TEXT = 10_000
LONGEST_SIGNATURE = 300


MOST_A_DAY = 5


class TooManyToday(Exception):
    """The institution has sent all the versions of its reply that a day has room for."""


class TermOver(Exception):
    """The institution may not reply any more: its day has passed, or the request was ended."""


def find(session: Session, token: str) -> ReplyRequest | None:
    """Return the request that a personal link opens, None for a forged link; nothing is noted.

    A forged one is looked up all the same: the time to answer tells nothing of what exists.
    """
    query = sa.select(ReplyRequest).where(ReplyRequest.public_id == (message.id_of(token) or ""))
    return session.scalars(query).one_or_none()


def store(
    session: Session, public_id: str, text: str, signature: str, seen: str, at: datetime
) -> Reply:
    """Store a reply in place of the one of public id `seen`, if any.

    The same words again return the reply that is there.  Raise `TermOver`, `TooManyToday`, or
    `StaleEdit` where another reply was sent since the page was displayed.
    """
    request = requests.locked(session, public_id)
    if request is None or not requests.is_open(request, at):
        raise TermOver
    last = request.reply
    if last is not None and (last.text, last.signature) == (text, signature):
        return last
    if seen != (last.public_id if last else ""):
        raise StaleEdit("la réponse")
    today = in_paris(at).date()
    if sum(in_paris(it.submitted_at).date() == today for it in request.replies) >= MOST_A_DAY:
        raise TooManyToday
    reply = Reply(request_id=request.id, text=text, signature=signature, submitted_at=at)
    session.add(reply)
    session.flush()
    session.expire(request, ["replies"])
    return reply
