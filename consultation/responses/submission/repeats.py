"""Repeats: the same content sent again under another key, known for two hours by a keyed hash.

A browser that goes back after sending is given the form anew, with another key, and may put the
old words into it.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.crypto.keyring import keyring
from consultation.db.base import connection_of, writing
from consultation.jobs.worker import Task
from consultation.questionnaires.form import validation
from consultation.responses.models import Submission
from consultation.responses.submission import store
from consultation.responses.submission.store import Filled
from consultation.text import length

KNOWN_FOR = timedelta(hours=2)
SHORTEST = 40
"""Characters of text from which two people do not happen to say the same."""
BLANKED_EVERY_SECONDS = 300

_SENT = Submission.__table__.c
_RECEIVED = sa.select(
    sa.exists().where(
        _SENT.content_index == sa.bindparam("index"),
        _SENT.received_at > sa.bindparam("since", type_=_SENT.received_at.type),
    )
)


class ContentReceived(Exception):
    """The same content was received under another key less than two hours ago."""


def recognisable(filled: Filled, *, is_meant: bool) -> Filled:
    """Return the form with the hash of all that it says, of its author too.

    Without one where somebody else may well say the same: no address is given, and little text.
    With `is_meant` it is stored whatever was received before.
    """
    if store.address_in(filled) is None and _text_length(filled) < SHORTEST:
        return filled
    index = keyring.blind_index("repeat", filled.content_hash)
    return replace(filled, content_index=index, is_meant=is_meant)


def check(session: Session, filled: Filled, at: datetime) -> None:
    """Raise `ContentReceived` unless the form is new or meant; to be called inside `writing`.

    Of two that say the same at once, the second waits until the first is stored.
    """
    if filled.content_index is None:
        return
    if session.get_bind().dialect.name == "postgresql":  # SQLite has one writer anyway
        number = int(filled.content_index[:15], 16)
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))
    if filled.is_meant:
        return
    sought = {"index": filled.content_index, "since": at - KNOWN_FOR}
    if connection_of(session).execute(_RECEIVED, sought).scalar_one():
        raise ContentReceived


def task() -> Task:
    """Return the worker's task of blanking what is known no more."""
    return Task("repeats", BLANKED_EVERY_SECONDS, lambda session: blank_old(session, now()))


def blank_old(session: Session, at: datetime) -> None:
    """Blank the hashes of what was received two hours ago.  It commits its own unit of work."""
    with writing(session):
        session.execute(
            sa.update(Submission)
            .where(Submission.content_index.is_not(None), Submission.received_at <= at - KNOWN_FOR)
            .values(content_index=None),
            execution_options={"synchronize_session": False},
        )


def _text_length(filled: Filled) -> int:
    rows = validation.rows(filled.instrument, filled.values)
    return sum(length(value.text) for _question, value in rows if value.text)
