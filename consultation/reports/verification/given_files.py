"""Digests of the files of reports that were given out: a file is recognised by its bytes.

Rows only grow.  A digest is stored before its file leaves.
"""

import hashlib
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.db.base import writing
from consultation.db.inserts import insert_once
from consultation.documents.formats import DocumentFormat
from consultation.documents.model import Document
from consultation.reports.models import ReportEdition, ReportFile


def remember(
    session: Session,
    edition: ReportEdition,
    document: Document,
    format: DocumentFormat,
    content: bytes,
    at: datetime,
) -> None:
    """Store the digest of a file unless it is known, in a transaction of its own."""
    known = given(session, content)
    values = {
        "edition_id": edition.id,
        "format": format,
        "locale": document.language,
        "has_quotations": bool(document.quotations),
        "digest": _digest(content),
        "made_at": at,
    }
    session.rollback()
    if known is None:
        with writing(session):
            insert_once(session, ReportFile, values)


def given(session: Session, content: bytes) -> ReportFile | None:
    """Return the row of a file that was given out, None for any other."""
    return session.scalars(
        sa.select(ReportFile).where(ReportFile.digest == _digest(content))
    ).one_or_none()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
