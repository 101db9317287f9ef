"""Uploaded workbooks that wait for their confirmation, each for its sender alone."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.spreadsheets.models import BYTE_A_CHARACTER, SentSheet, SheetPurpose

KEPT_FOR = timedelta(days=1)
LONGEST_FILENAME = 80


def keep(
    session: Session,
    account_id: int,
    purpose: SheetPurpose,
    filename: str,
    content: bytes,
    at: datetime,
    choices: Mapping[str, Any] | None = None,
) -> SentSheet:
    """Store a file for a day, and delete those whose day is over."""
    forget_old(session, at)
    kept = SentSheet(
        account_id=account_id,
        purpose=purpose,
        filename=filename[-LONGEST_FILENAME:],
        sealed=content.decode(BYTE_A_CHARACTER),
        choices=dict(choices or {}),
        sent_at=at,
    )
    session.add(kept)
    session.flush()
    return kept


def find(
    session: Session, account_id: int, purpose: SheetPurpose, public_id: str, at: datetime
) -> SentSheet | None:
    """Return the file of that id if this account sent it for that purpose within a day."""
    return session.scalars(
        sa.select(SentSheet).where(
            SentSheet.public_id == public_id,
            SentSheet.account_id == account_id,
            SentSheet.purpose == purpose,
            SentSheet.sent_at > at - KEPT_FOR,
        )
    ).one_or_none()


def choose(session: Session, sheet: SentSheet, choices: Mapping[str, Any]) -> None:
    """Replace what its sender chose beside a file."""
    session.execute(
        sa.update(SentSheet).where(SentSheet.id == sheet.id).values(choices=dict(choices))
    )


def forget(session: Session, sheet: SentSheet) -> None:
    """Delete a file that was confirmed or given up; twice does no harm."""
    session.execute(sa.delete(SentSheet).where(SentSheet.id == sheet.id))


def forget_all(session: Session, purpose: SheetPurpose) -> None:
    """Delete the files of all senders that wait for that purpose."""
    session.execute(sa.delete(SentSheet).where(SentSheet.purpose == purpose))


def forget_old(session: Session, at: datetime) -> None:
    """Delete the files whose day is over."""
    session.execute(sa.delete(SentSheet).where(SentSheet.sent_at <= at - KEPT_FOR))


@contextmanager
def on_disk(filename: str, content: bytes) -> Iterator[Path]:
    """Write a file where the readers of sheets expect one, under its own name."""
    with TemporaryDirectory(prefix="consultation-") as folder:
        path = Path(folder) / Path(filename).name  # never out of the folder
        path.write_bytes(content)
        yield path
