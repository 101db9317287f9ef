"""Rotation of the encryption keys: everything is encrypted anew while the site runs.

The first line of the file of keys writes.  A rotation puts a new key there, encrypts by it whatever
an older one encrypted, in small batches, and takes the older ones out once nothing needs them.
Interrupted anywhere, it goes on where it was: what is done shows in the file and in the rows.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.crypto import key_files
from consultation.crypto.key_files import ENCRYPTION
from consultation.crypto.keyring import EncryptedText, Keyring, Unreadable, keyring
from consultation.db.base import Base, purge_overwritten, writing
from consultation.inbox import attachments

BATCH = 200
SETTLING = 15.0
"""Seconds after which no process waits to write values that the former key encrypted."""
LONGEST_WRITE = 600.0  # seconds
LOCK = ".rotation"

Say = Callable[[str], None]


class RotationRefused(Exception):
    """The keys can't be rotated now; the message says in French what to do."""


@dataclass(frozen=True)
class Rotated:
    """Counts of a rotation: re-encrypted values and files, and retired keys.

    `unread` values are those that no key opens, left unchanged.
    """

    is_resumed: bool
    values: int
    files: int
    unread: int
    retired: int


def rotate(
    session: Session, keys_dir: Path, home: Path, say: Say, *, settling: float | None = None
) -> Rotated:
    """Add a new encryption key, re-encrypt everything, retire the old one; raise `RotationRefused`.

    Finishes an interrupted rotation.  Commits its own batches.
    """
    path, settling = keys_dir / ENCRYPTION, SETTLING if settling is None else settling
    with _locked(keys_dir):
        keys = key_files.read(path)
        is_resumed = len(keys) > 1
        if not is_resumed:
            keys = [key_files.new_key(), *keys]
            key_files.replace(path, keys)
        passed = [_Pass(session, home, keys[0], say)]
        _wait_for_writers(session, path, settling)
        while len(passed) == 1 or passed[-1].values + passed[-1].files:
            passed.append(_Pass(session, home, keys[0]))
        key_files.replace(path, keys[:1])
    _wait_for_readers(session, settling)
    return Rotated(
        is_resumed,
        sum(each.values for each in passed),
        sum(each.files for each in passed),
        passed[-1].unread,
        len(keys) - 1,
    )


def encrypted_columns() -> list[sa.Column[Any]]:
    """Return every encrypted column, in the order of the tables."""
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, EncryptedText)
    ]


def opened_samples(session: Session, keys: Keyring) -> list[bool]:
    """Return, for one value of each encrypted column that has any, whether the keys open it."""
    raw = [sa.type_coerce(column, sa.LargeBinary) for column in encrypted_columns()]
    queries = [sa.select(each).where(each.is_not(None)).limit(1) for each in raw]
    sealed = [session.scalar(each) for each in queries]
    return [opens(keys, bytes(each)) for each in sealed if each is not None]


def opens(keys: Keyring, sealed: bytes) -> bool:
    try:
        keys.decrypt(sealed)
    except Unreadable:
        return False
    return True


def sealed_batches(
    session: Session, column: sa.Column[Any]
) -> Iterator[tuple[sa.TableClause, list[tuple[Any, bytes]]]]:
    """Yield the stored values of an encrypted column in batches, with the key of their row.

    Each batch comes with a table of only the key and that column; no transaction stays open.
    """
    [key] = column.table.primary_key.columns
    raw = sa.column(column.name, sa.LargeBinary)
    table = sa.table(column.table.name, sa.column(key.name, key.type), raw)
    wanted = sa.select(table.c[key.name], raw).where(raw.is_not(None))
    wanted = wanted.order_by(table.c[key.name]).limit(BATCH)
    last = None
    while True:
        part = wanted if last is None else wanted.where(table.c[key.name] > last)
        batch = session.execute(part).all()
        session.rollback()
        if not batch:
            return
        last = batch[-1][0]
        yield table, [(id_, bytes(sealed)) for id_, sealed in batch]


class _Pass:
    """One pass over everything encrypted: re-encrypts what an older key encrypted."""

    def __init__(
        self, session: Session, home: Path, newest: str, say: Say = lambda _line: None
    ) -> None:
        self.values = self.files = self.unread = 0
        self._session, self._newest = session, Fernet(newest)
        self._say = say
        for column in encrypted_columns():
            self._renew_column(column)
        self._renew_files(home)

    def _renew_column(self, column: sa.Column[Any]) -> None:
        for table, batch in sealed_batches(self._session, column):
            renewed = [(id_, old, self._renewed(old)) for id_, old in batch]
            changes = [(id_, old, new) for id_, old, new in renewed if new is not None]
            if changes:
                self._store(table, changes)

    def _store(self, table: sa.TableClause, changes: list[tuple[Any, bytes, bytes]]) -> None:
        """Write one batch, except rows that another process has changed or removed."""
        key, raw = table.c
        with writing(self._session):
            for id_, old, new in changes:
                self._session.execute(
                    sa.update(table).where(key == id_, raw == old).values({raw.name: new})
                )
        self.values += len(changes)
        self._say(f"Valeurs chiffrées de nouveau : {self.values}")

    def _renew_files(self, home: Path) -> None:
        """Re-encrypt the attachments of mails; each keeps its age, by which orphans are removed."""
        for name in attachments.names(home):
            path = home / attachments.FOLDER / name
            try:
                renewed = None if name.startswith(".") else self._renewed(path.read_bytes())
                if renewed is not None:
                    attachments.renew(path, renewed)
                    self.files += 1
            except FileNotFoundError:
                continue  # just erased

    def _renewed(self, sealed: bytes) -> bytes | None:
        """Return a value encrypted with the newest key; None if it is already, or unreadable."""
        try:
            self._newest.decrypt(sealed)
        except InvalidToken:
            try:
                return self._newest.encrypt(keyring.decrypt(sealed).encode())
            except Unreadable:
                self.unread += 1
        return None


def _wait_for_writers(session: Session, path: Path, settling: float) -> None:
    """Wait until no open transaction may hold values that the former key encrypted.

    Every process loads the new key before it encrypts: see `Keyring`.
    """
    left = path.stat().st_mtime + settling - now().timestamp()
    time.sleep(min(max(left, 0.0), settling))
    if session.get_bind().dialect.name == "sqlite":
        with writing(session):
            session.execute(sa.text("SELECT 1"))  # having begun, no other is writing
        return
    mine = session.scalar(sa.text("SELECT pg_current_xact_id()::text::bigint"))
    over = sa.text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint > :mine")
    session.rollback()
    ends_at = time.monotonic() + LONGEST_WRITE
    while not session.scalar(over, {"mine": mine}):
        session.rollback()
        if time.monotonic() > ends_at:
            raise RotationRefused("Une écriture dure depuis dix minutes : relancez plus tard.")
        time.sleep(0.2)
    session.rollback()


def _wait_for_readers(session: Session, settling: float) -> None:
    """Purge values that the former key encrypted, as soon as no reader sees them."""
    ends_at = time.monotonic() + settling
    while not purge_overwritten(session) and time.monotonic() < ends_at:
        time.sleep(0.2)


@contextmanager
def _locked(keys_dir: Path) -> Iterator[None]:
    handle = os.open(keys_dir / LOCK, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise RotationRefused(
            "Une rotation est déjà en cours : attendez qu'elle finisse."
        ) from None
    finally:
        os.close(handle)
