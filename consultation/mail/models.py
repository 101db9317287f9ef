"""Mail owed by committed facts, and the mails that carried it."""

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consultation.crypto import EncryptedText
from consultation.database import Base, enum_type


class MessageStatus(enum.StrEnum):
    """How far a message has come."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    UNDELIVERABLE = "undeliverable"
    SUPPRESSED = "suppressed"


class Delivery(Base):
    """One mail: what it carries is frozen when it is first tried, and every repeat is that mail."""

    __tablename__ = "delivery"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(sa.String(255), unique=True)
    recipient_index: Mapped[str] = mapped_column(sa.String(64))
    created_at: Mapped[datetime]

    messages: Mapped[list["OutboxMessage"]] = relationship(
        back_populates="delivery", order_by="OutboxMessage.id"
    )

    __table_args__ = (sa.Index(None, "recipient_index", "created_at"),)


class OutboxMessage(Base):
    """Mail owed.  `next_attempt_at` is when it is due; while it is being sent, its lease's end."""

    __tablename__ = "outbox_message"
    __table_args__ = (
        sa.Index(None, "status", "next_attempt_at"),
        sa.CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", "sent_has_its_moment"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dedup_key: Mapped[str] = mapped_column(sa.String(100), unique=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    locale: Mapped[str] = mapped_column(sa.String(5))
    batch_key: Mapped[str | None] = mapped_column(sa.String(120), index=True)
    recipient: Mapped[str | None] = mapped_column(EncryptedText)
    recipient_index: Mapped[str] = mapped_column(sa.String(64), index=True)
    parameters: Mapped[str | None] = mapped_column(EncryptedText)
    status: Mapped[MessageStatus] = mapped_column(
        enum_type(MessageStatus, "status"), default=MessageStatus.QUEUED
    )
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    last_error: Mapped[str | None] = mapped_column(sa.String(200))
    delivery_id: Mapped[int | None] = mapped_column(sa.ForeignKey("delivery.id"), index=True)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    delivery: Mapped[Delivery | None] = relationship(back_populates="messages")
