"""Mailbox hashes of addresses that were stored without one, filled in by an hourly task.

Until a row has it, its decrypted address is compared instead (see `mail.mailbox_identity`):
nothing waits for this task.  Rows are filled a batch at a time, one transaction each; after an
interruption, rows without a hash are what is left.  Addresses that no key opens keep none, and so
do the suppressions of that time: they stop mail to every look-alike.
"""

from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.db.base import Base, writing
from consultation.invitations.models import Invitee
from consultation.jobs import worker
from consultation.jobs.worker import Task
from consultation.mail import mailbox_identity
from consultation.mail.addresses import mailbox_index_of
from consultation.mail.models import OutboxMessage
from consultation.responses.models import Contact

EVERY_SECONDS = 3600.0
BATCH = 200


def task() -> Task:
    """Return the hourly task; it has its own thread, so that it delays no mail."""
    return Task("mailboxes", EVERY_SECONDS, _turn, has_own_thread=True)


def _turn(session: Session) -> None:
    fill(session, worker.is_ending)


def fill(session: Session, should_stop: Callable[[], bool] = lambda: False) -> int:
    """Fill in missing hashes and return the number of rows; commits each batch."""
    count = 0
    for model, fill_some in (
        (OutboxMessage, _fill_messages),
        (Contact, _fill_contacts),
        (Invitee, _fill_invitees),
    ):
        for ids in _batches(session, Base.metadata.tables[model.__tablename__]):
            if should_stop():
                return count
            with writing(session):
                fill_some(session, ids)
            count += len(ids)
    return count


def _batches(session: Session, table: sa.Table) -> Iterator[list[Any]]:
    """Yield the keys of rows without a hash, with no transaction open in between."""
    [key] = table.primary_key.columns
    lacks = sa.select(key).where(_lacks_hash(table)).order_by(key).limit(BATCH)
    last = 0
    while ids := list(session.scalars(lacks.where(key > last))):
        session.rollback()
        last = ids[-1]
        yield ids
    session.rollback()


def _lacks_hash(table: sa.Table) -> sa.ColumnElement[bool]:
    """Return the condition of rows with an address and only its folded hash."""
    kept = (
        ("recipient", "recipient_index") if "recipient" in table.c else ("address", "address_index")
    )
    return sa.and_(table.c.mailbox_index.is_(None), *(table.c[name].is_not(None) for name in kept))


def _fill_messages(session: Session, ids: list[int]) -> None:
    mailbox_identity.fill(session, OutboxMessage.id.in_(ids))


def _fill_contacts(session: Session, ids: list[int]) -> None:
    _fill_rows(session, Base.metadata.tables[Contact.__tablename__], ids)


def _fill_invitees(session: Session, ids: list[int]) -> None:
    _fill_rows(session, Base.metadata.tables[Invitee.__tablename__], ids)


def _fill_rows(session: Session, table: sa.Table, ids: list[int]) -> None:
    """Write the hash of each address, with its row locked."""
    [key] = table.primary_key.columns
    rows = session.execute(
        sa.select(key, mailbox_identity.sealed(table.c.address))
        .where(key.in_(ids), _lacks_hash(table))
        .order_by(key)
        .with_for_update()
    ).all()
    for id_, sealed in rows:
        address = mailbox_identity.opened(sealed)
        if address is not None:
            filled = sa.update(table).where(key == id_)
            session.execute(filled.values(mailbox_index=mailbox_index_of(address)))
