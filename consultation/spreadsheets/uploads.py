"""Uploaded workbooks that wait for their confirmation, each for its sender alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.spreadsheets.models import SentSheet, SheetPurpose

KEPT_FOR = timedelta(days=1)
LONGEST_FILENAME = 80


def keep(
    session: Session,
    account_id: int,
    purpose: SheetPurpose,
    filename: str,
    content: bytes,
    at: datetime,
) -> SentSheet:
    """Store a file for a day, and delete those whose day is over."""
    forget_old(session, at)
    kept = SentSheet(
        account_id=account_id,
        purpose=purpose,
        filename=filename[-LONGEST_FILENAME:],
        content=content,
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


def forget(session: Session, sheet: SentSheet) -> None:
    """Delete a file that was confirmed or given up; twice does no harm."""
    session.execute(sa.delete(SentSheet).where(SentSheet.id == sheet.id))


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
