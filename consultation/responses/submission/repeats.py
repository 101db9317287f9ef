"""Repeated submissions: the same content sent again under another key.

Content is known for two hours, by a keyed hash.  A browser that goes back after sending gets the
form anew, with another key, and may fill in the old text.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.crypto.keyring import keyring
from consultation.db.base import writing
from consultation.db.statements import Statement
from consultation.jobs.worker import Task
from consultation.responses.models import Submission
from consultation.responses.submission.store import Filled
from consultation.text import length

KNOWN_FOR = timedelta(hours=2)
SHORTEST = 40
"""Characters of text from which two people do not happen to say the same."""
BLANKED_EVERY_SECONDS = 300

_SENT = Submission.__table__.c
_RECEIVED = Statement(
    sa.select(
        sa.exists().where(
            _SENT.content_index == sa.bindparam("index"),
            _SENT.received_at > sa.bindparam("since", type_=_SENT.received_at.type),
        )
    )
)


class ContentReceived(Exception):
    """The same content was received under another key less than two hours ago."""


def add_index(filled: Filled, *, is_meant: bool) -> Filled:
    """Return the form with the keyed hash of its content, identity included.

    Without one where two people may well send the same: no address and little text.  With
    `is_meant` it is stored whatever was received before.
    """
    if filled.respondent.address is None and _text_length(filled) < SHORTEST:
        return filled
    index = keyring.blind_index("repeat", filled.content_hash)
    return replace(filled, content_index=index, is_meant=is_meant)


def check(session: Session, filled: Filled, at: datetime) -> None:
    """Raise `ContentReceived` unless the content is new or meant; called inside `writing`.

    Of two requests with the same content at once, the second waits for the first.
    """
    if filled.content_index is None:
        return
    if session.get_bind().dialect.name == "postgresql":  # SQLite has one writer anyway
        number = int(filled.content_index[:15], 16)
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))
    if filled.is_meant:
        return
    sought = {"index": filled.content_index, "since": at - KNOWN_FOR}
    if _RECEIVED.value(session, sought):
        raise ContentReceived


def task() -> Task:
    """Return the worker's task that blanks the hashes after two hours."""
    return Task("repeats", BLANKED_EVERY_SECONDS, lambda session: blank_old(session, now()))


def blank_old(session: Session, at: datetime) -> None:
    """Blank the hashes of what was received two hours ago, in a transaction of its own."""
    with writing(session):
        session.execute(
            sa.update(Submission)
            .where(Submission.content_index.is_not(None), Submission.received_at <= at - KNOWN_FOR)
            .values(content_index=None),
            execution_options={"synchronize_session": False},
        )


def _text_length(filled: Filled) -> int:
    return sum(length(value.text) for _question, value in filled.checked.answers if value.text)
