"""Table of uploaded files that wait for their confirmation."""

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from consultation.crypto.keyring import EncryptedText, new_id
from consultation.db.base import JSON, Base, enum_type

BYTE_A_CHARACTER = "latin-1"
"""The encoding in which a file, whatever it holds, is a text to encrypt."""


class SheetPurpose(enum.StrEnum):
    """What an uploaded file is to change."""

    PLAN = "plan"
    STATUSES = "statuses"
    QUESTIONNAIRE = "questionnaire"
    CONTACTS = "contacts"
    VALUES = "values"
    TRANSLATIONS = "translations"


class SentSheet(Base):
    """An uploaded file before its confirmation; only its sender can read it, for a day.

    `choices` are those that its sender made beside it.
    """

    __tablename__ = "sent_sheet"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    purpose: Mapped[SheetPurpose] = mapped_column(enum_type(SheetPurpose, "purpose"))
    filename: Mapped[str] = mapped_column(sa.String(100))
    sealed: Mapped[str] = mapped_column("content", EncryptedText)
    choices: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    sent_at: Mapped[datetime] = mapped_column(index=True)

    @property
    def content(self) -> bytes:
        """The file as it was sent."""
        return self.sealed.encode(BYTE_A_CHARACTER)
