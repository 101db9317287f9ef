"""Verification of the keys: whether they open this database, and are copied on paper.

Data whose keys are lost for good can be abandoned.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.accounts.models import AuditEvent
from consultation.crypto import key_files
from consultation.crypto.keyring import keyring
from consultation.db import upgrade
from consultation.db.base import connection_of, writing
from consultation.inbox import attachments
from consultation.operations.backups.content import Rows
from consultation.operations.keys import rotation

COPIED = "keys_copied"


def confirm(session: Session, directory: Path, at: datetime) -> None:
    """Record that the current keys were copied: their checksum only."""
    audit_log.record(session, None, COPIED, key_files.whole_sum(directory), at=at)


def is_confirmed(session: Session, directory: Path) -> bool:
    """Return whether a paper copy of exactly the current keys was confirmed."""
    statement = sa.select(AuditEvent.id).where(
        AuditEvent.action == COPIED, AuditEvent.subject == key_files.whole_sum(directory)
    )
    return session.scalar(statement.limit(1)) is not None


USED = "keys_used"
MAILBOX = "mailbox_index"


class KeysForeign(Exception):
    """The current keys are not those of the database."""

    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"Les clés de {directory} ne sont pas celles de cette base : les coordonnées ne se"
            " liraient plus, et les liens personnels n'ouvriraient rien. Remettez-y la copie des"
            " vôtres, puis relancez. Si elles sont perdues pour de bon :"
            " « consultation keys abandon »."
        )


def verify_keys(session: Session, directory: Path, at: datetime) -> None:
    """Record the keys of a new database; raise `KeysForeign` if it has others; inside `writing`.

    Of several servers that start at once, one does it.
    """
    upgrade.lock_preparation(connection_of(session))
    if not are_ours(session, directory):
        raise KeysForeign(directory)
    if _noted(session) is None:
        _note(session, directory, at)


def refuse_foreign(session: Session, directory: Path) -> None:
    """Raise `KeysForeign` if the database has other keys; leaves no transaction open."""
    try:
        if not are_ours(session, directory):
            raise KeysForeign(directory)
    finally:
        session.rollback()


def are_ours(session: Session, directory: Path) -> bool:
    """Return whether the current keys are those recorded and open what is encrypted.

    One value that they open is enough: other keys may have been lost before.
    """
    return _fit(directory, _noted(session), rotation.opened_samples(session, keyring))


def are_those_of(rows: Rows, directory: Path) -> bool:
    """Like `are_ours`, for a copy that is not restored yet, by the rows of its tables."""
    noted = [row for row in rows(AuditEvent.__tablename__) if row["action"] == USED]
    last = max(noted, key=lambda row: int(row["id"]), default={"subject": None})
    samples = [_first(rows, column) for column in rotation.encrypted_columns()]
    opened = [rotation.opens(keyring, sealed) for sealed in samples if sealed is not None]
    return _fit(directory, last["subject"], opened)


def _first(rows: Rows, column: sa.Column[Any]) -> bytes | None:
    values = (row.get(column.name) for row in rows(column.table.name))
    return next((value for value in values if value is not None), None)


def _fit(directory: Path, noted: str | None, opened: list[bool]) -> bool:
    if noted not in (None, key_files.lasting_sum(directory)):
        return False
    return any(opened) or not opened


def lost_count(session: Session, home: Path) -> int:
    """Return the number of values and files that no key opens."""
    columns = rotation.encrypted_columns()
    values = sum(len(lost) for column in columns for lost in _lost(session, column))
    return values + len(_lost_files(home))


def abandon(session: Session, directory: Path, home: Path, at: datetime) -> int:
    """Blank what no key opens, and record the current keys as those of the database.

    Returns the number of blanked values and files.  Commits its own batches, recorded before, the
    keys last: after an interruption it may be called again.
    """
    count = lost_count(session, home)
    with writing(session):
        audit_log.record(session, None, "keys_abandoned", details={"count": count}, at=at)
    attachments.remove(home, _lost_files(home))
    for column in rotation.encrypted_columns():
        for lost in _lost(session, column):
            with writing(session):
                _forget(session, column, lost)
    with writing(session):
        _note(session, directory, at)
    return count


def _lost(session: Session, column: sa.Column[Any]) -> Iterator[list[tuple[Any, bytes]]]:
    """Yield in batches the rows whose value in that column no key opens."""
    for _table, batch in rotation.sealed_batches(session, column):
        lost = [(id_, sealed) for id_, sealed in batch if not rotation.opens(keyring, sealed)]
        if lost:
            yield lost


def _forget(session: Session, column: sa.Column[Any], lost: list[tuple[Any, bytes]]) -> None:
    """Blank a value, or delete a row that needs it, unless another process changed it."""
    [key] = column.table.primary_key.columns
    blanked = {it.name: None for it in (column, *_indexes_of(column))}
    for id_, sealed in lost:
        which = (key == id_, sa.type_coerce(column, sa.LargeBinary) == sealed)
        session.execute(
            sa.update(column.table).where(*which).values(blanked)
            if column.nullable
            else sa.delete(column.table).where(*which)
        )


def _indexes_of(column: sa.Column[Any]) -> list[sa.Column[Any]]:
    """Return the hash columns that go with a value.

    Suppressions have only their hash, which is therefore not nullable and stays.
    """
    columns = column.table.columns
    index = columns.get(f"{column.name}_index")
    if index is None or not index.nullable:
        return []
    return [index, *(it for it in columns if it.name == MAILBOX)]


def _lost_files(home: Path) -> list[str]:
    folder = home / attachments.FOLDER
    return [
        name
        for name in attachments.names(home)
        if not name.startswith(".") and not rotation.opens(keyring, (folder / name).read_bytes())
    ]


def _noted(session: Session) -> str | None:
    """Return the checksum of the lasting keys that was recorded last."""
    statement = sa.select(AuditEvent.subject).where(AuditEvent.action == USED)
    return session.scalar(statement.order_by(AuditEvent.id.desc()).limit(1))


def _note(session: Session, directory: Path, at: datetime) -> None:
    audit_log.record(session, None, USED, key_files.lasting_sum(directory), at=at)
