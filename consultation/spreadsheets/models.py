"""Table of uploaded files that wait for their confirmation."""

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from consultation.crypto.keyring import new_id
from consultation.db.base import Base, enum_type


class SheetPurpose(enum.StrEnum):
    """What an uploaded file is to change."""

    PLAN = "plan"
    STATUSES = "statuses"
    QUESTIONNAIRE = "questionnaire"


class SentSheet(Base):
    """An uploaded file before its confirmation; only its sender can read it, for a day."""

    __tablename__ = "sent_sheet"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    purpose: Mapped[SheetPurpose] = mapped_column(enum_type(SheetPurpose, "purpose"))
    filename: Mapped[str] = mapped_column(sa.String(100))
    content: Mapped[bytes]
    sent_at: Mapped[datetime] = mapped_column(index=True)
