"""Rotates the encryption keys: everything is encrypted anew while the site runs.

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
"""Seconds after which nobody waits any more to write what the former key encrypted."""
LONGEST_WRITE = 600.0  # seconds
LOCK = ".rotation"

Say = Callable[[str], None]


class RotationRefused(Exception):
    """The keys can't be rotated now; the message says why and what to do."""


@dataclass(frozen=True)
class Rotated:
    """What a rotation came to: what it encrypted anew, and how many keys it took out.

    `unread` values are those that no key at hand opens: they were left as they are.
    """

    is_resumed: bool
    values: int
    files: int
    unread: int
    retired: int


def rotate(
    session: Session, keys_dir: Path, home: Path, say: Say, *, settling: float | None = None
) -> Rotated:
    """Put a new encryption key first, or finish an earlier rotation; raise `RotationRefused`.

    It commits its own batches.
    """
    path, settling = keys_dir / ENCRYPTION, SETTLING if settling is None else settling
    with _alone(keys_dir):
        keys = key_files.read(path)
        is_resumed = len(keys) > 1
        if not is_resumed:
            keys = [key_files.new_key(), *keys]
            key_files.replace(path, keys)
        passed = [_Pass(session, home, keys[0], say)]
        _let_writers_end(session, path, settling)
        while len(passed) == 1 or passed[-1].values + passed[-1].files:
            passed.append(_Pass(session, home, keys[0]))
        key_files.replace(path, keys[:1])
    _let_readers_end(session, settling)
    return Rotated(
        is_resumed,
        sum(each.values for each in passed),
        sum(each.files for each in passed),
        passed[-1].unread,
        len(keys) - 1,
    )


def encrypted_columns() -> list[sa.Column[Any]]:
    """Return every column that is stored encrypted, in the order of the tables."""
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, EncryptedText)
    ]


def opened_samples(session: Session, keys: Keyring) -> list[bool]:
    """Say of one value of each column that holds some whether the keys at hand open it."""
    raw = [sa.type_coerce(column, sa.LargeBinary) for column in encrypted_columns()]
    asked = [sa.select(each).where(each.is_not(None)).limit(1) for each in raw]
    sealed = [session.scalar(each) for each in asked]
    return [opens(keys, bytes(each)) for each in sealed if each is not None]


def opens(keys: Keyring, sealed: bytes) -> bool:
    """Say whether one of the keys at hand opens a value."""
    try:
        keys.decrypt(sealed)
    except Unreadable:
        return False
    return True


def sealed_batches(
    session: Session, column: sa.Column[Any]
) -> Iterator[tuple[sa.TableClause, list[tuple[Any, bytes]]]]:
    """Give the values of an encrypted column as they are stored, by the key of their row.

    Each batch comes with its table, of which only the key and that column are named; nothing of
    the database is held on to meanwhile.
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
    """One look at everything that is encrypted; what an older key encrypted is encrypted anew."""

    def __init__(
        self, session: Session, home: Path, newest: str, say: Say = lambda _line: None
    ) -> None:
        self.values = self.files = self.unread = 0
        self._session, self._newest = session, Fernet(newest)
        for column in encrypted_columns():
            before = self.values
            self._renew_column(column)
            say(f"{column.table.name}.{column.name} : {self.values - before}")
        self._renew_files(home)

    def _renew_column(self, column: sa.Column[Any]) -> None:
        for table, batch in sealed_batches(self._session, column):
            renewed = [(id_, old, self._renewed(old)) for id_, old in batch]
            changes = [(id_, old, new) for id_, old, new in renewed if new is not None]
            if changes:
                self._store(table, changes)

    def _store(self, table: sa.TableClause, changes: list[tuple[Any, bytes, bytes]]) -> None:
        """Write one batch, but for the rows that somebody has changed or removed meanwhile."""
        key, raw = table.c
        with writing(self._session):
            for id_, old, new in changes:
                self._session.execute(
                    sa.update(table).where(key == id_, raw == old).values({raw.name: new})
                )
        self.values += len(changes)

    def _renew_files(self, home: Path) -> None:
        """Encrypt anew the files that came with mails; each keeps its age, by which strays go."""
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
        """Return a value as the newest key encrypts it, or None if there is nothing to do."""
        try:
            self._newest.decrypt(sealed)
        except InvalidToken:
            try:
                return self._newest.encrypt(keyring.decrypt(sealed).encode())
            except Unreadable:
                self.unread += 1
        return None


def _let_writers_end(session: Session, path: Path, settling: float) -> None:
    """Return once no transaction is open that may hold what the former key encrypted.

    Every process takes up the new key before it encrypts anything: see `Keyring`.
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


def _let_readers_end(session: Session, settling: float) -> None:
    """Take what the former key encrypted out of reach, as soon as nobody sees it any more."""
    ends_at = time.monotonic() + settling
    while not purge_overwritten(session) and time.monotonic() < ends_at:
        time.sleep(0.2)


@contextmanager
def _alone(keys_dir: Path) -> Iterator[None]:
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
