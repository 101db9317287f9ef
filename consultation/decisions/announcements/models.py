"""Tables of announcements: the edition that a mailing is about, and its recipients."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consultation.db.base import Base, enum_type
from consultation.decisions.models import PlanEdition
from consultation.invitations.models import Mailing, Skipped


class Announcement(Base):
    """The edition that a mailing is about.

    Unless it `may_precede_closing`, it does not leave while a round is open in which one of its
    recipients answered.
    """

    __tablename__ = "announcement"

    mailing_id: Mapped[int] = mapped_column(sa.ForeignKey("mailing.id"), primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_edition.id"), index=True)
    may_precede_closing: Mapped[bool] = mapped_column(default=False)

    mailing: Mapped[Mailing] = relationship()
    edition: Mapped[PlanEdition] = relationship()


class AnnouncementRecipient(Base):
    """A respondent to be told, listed when the mailing starts: waiting, queued, or skipped.

    `mailbox_index` tells which respondents share a mailbox; blank once they are erased.
    """

    __tablename__ = "announcement_recipient"
    __table_args__ = (
        sa.CheckConstraint("queued_at IS NULL OR skipped IS NULL", "queued_or_skipped"),
    )

    mailing_id: Mapped[int] = mapped_column(sa.ForeignKey("mailing.id"), primary_key=True)
    respondent_id: Mapped[int] = mapped_column(
        sa.ForeignKey("respondent.id"), primary_key=True, index=True
    )
    mailbox_index: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    queued_at: Mapped[datetime | None]
    skipped: Mapped[Skipped | None] = mapped_column(enum_type(Skipped, "skipped"))
