"""Circulars: mail to many, one to each recipient, once, as they are when it is enqueued.

A feature says who is due, and makes the mail of one of them.  What is the same for all is here:
keys, transactions, how many leave, and the test to oneself.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.crypto.keyring import keyring, new_id
from consultation.db.base import writing
from consultation.mail import outbox
from consultation.mail.addresses import Address
from consultation.mail.kinds import MessageKind
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.mail.outbox import Caps
from consultation.work.services import Work


@dataclass(frozen=True)
class Mail:
    """The mail to one recipient; the outbox takes one of each `dedup_key`."""

    dedup_key: str
    recipient: str
    locale: str
    parameters: Any


def key_of(kind: MessageKind, *names: object) -> str:
    """Return the outbox key of a mail: its kind, then the names of its occasion and recipient."""
    return ":".join([kind.name, *map(str, names)])


def key_column(kind: MessageKind, *names: Any) -> sa.ColumnElement[str]:
    """Return the same of each row of a query, whose columns are among the names."""
    key: sa.ColumnElement[str] = sa.literal(kind.name)
    for name in names:
        key = key + ":" + sa.cast(name, sa.String)
    return key


def is_written(kind: MessageKind, *names: Any) -> sa.ColumnElement[bool]:
    """Return the condition that the mail of this key is in the outbox, whatever became of it."""
    return sa.exists().where(OutboxMessage.dedup_key == key_column(kind, *names))


def enqueue(
    session: Session, kind: MessageKind, mail: Mail, at: datetime, caps: Caps | None = None
) -> bool:
    """Enqueue the mail to one recipient, inside `writing`; return whether it will leave.

    With `caps` it may share a mail with others to the same mailbox, and counts among those of its
    day.  To a suppressed address it is stored, and does not leave.
    """
    values: Mapping[str, Any] = {**vars(mail), "at": at}
    if caps:
        to_gather = {**values, "recipient": Address.of(mail.recipient)}
        return outbox.enqueue_gathered(session, outbox.prepare(session, kind, **to_gather), caps)
    return outbox.enqueue(session, kind.name, **values).status is MessageStatus.QUEUED


def _enqueue_all(session: Session, kind: MessageKind, mails: Iterable[Mail], at: datetime) -> int:
    """Enqueue the mails of many, inside `writing`; return how many will leave."""
    return sum([enqueue(session, kind, mail, at) for mail in mails])


def enqueue_each(
    session: Session,
    kind: MessageKind,
    due: sa.Select[*tuple[Any, ...]],
    mail_of: Callable[..., Mail | None],
    caps: Caps | None = None,
) -> int:
    """Enqueue the mail of each row that is due, in its own transaction; return how many will leave.

    `mail_of` gets the columns of the row and the time.  It locks the recipient and returns None
    where they are not due any more: several workers may run this at once.
    """
    count = 0
    for row in session.execute(due).all():
        with writing(session):
            at = now()
            mail = mail_of(*row, at)
            count += mail is not None and enqueue(session, kind, mail, at, caps)
    session.rollback()
    return count


def enqueue_once(
    session: Session,
    kind: MessageKind,
    prefix: str,
    mails: Callable[[], Iterable[Mail]],
    at: datetime,
) -> int:
    """Enqueue the mails about an event, in a transaction of their own; return how many will leave.

    None once the outbox has one whose key begins with `prefix`.  `mails` is called when it is
    sure that there is none; several workers may run this at once.
    """
    known = sa.select(OutboxMessage.id).where(OutboxMessage.dedup_key.startswith(prefix)).limit(1)
    session.rollback()
    is_known = session.scalar(known) is not None
    session.rollback()
    if is_known:
        return 0
    with writing(session):
        outbox.lock(session, keyring.blind_index("lock", prefix))
        return 0 if session.scalar(known) else _enqueue_all(session, kind, mails(), at)


def try_out(work: Work, kind: MessageKind, parameters: Mapping[str, Any]) -> int:
    """Enqueue a mail to the actor in each of these languages; return how many will leave."""
    mails = [
        Mail(
            dedup_key=f"{kind.name}_test:{new_id()}",
            recipient=work.actor.email,
            locale=locale,
            parameters=of_language,
        )
        for locale, of_language in parameters.items()
    ]
    return _enqueue_all(work.session, kind, mails, work.at)
